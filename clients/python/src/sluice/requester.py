"""The asking side of request-reply: many requests in flight over one socket."""

from __future__ import annotations

import concurrent.futures
from time import monotonic
from typing import Any, Dict, Optional

from .limits import Limits
from .net.endpoint import Endpoints
from .opening import open_requester
from .options import attempt_seconds, whole
from .security.security import Security, guard_of
from .sending import Sending
from .session.call import Call
from .session.headers import Headers, encode_headers
from .session.ledger import SenderStats

__all__ = ["Requester"]

Future = concurrent.futures.Future


class Requester(Sending):
    """Sends requests and waits for their answers, which come in any order; a plain REP server answers as well.

    A request without an answer within ``timeout_ms`` is tried again, ``retries`` times, on another peer where there is one; so is one whose
    replier is lost. Threads may share a requester. Leaving its ``with`` block waits for the answers, for ``drain_timeout_ms`` at most.

    Frames: RR-1 to RR-14. Units: ``timeout_ms`` for each attempt, default 30 000; ``in_flight`` requests a peer, default 64;
    ``high_water_mark`` requests that wait to be sent, default 65 536; ``high_water_mark_bytes`` of requests not answered, default 256 MiB.
    Errors: ``OptionError`` before any I/O; ``LinkError`` for an endpoint that cannot be bound.
    Not guaranteed: that a request is handled only once; a retry may be the second time.

    Example::

        with Requester(connect="tcp://127.0.0.1:5555") as requester:
            print(requester.request({"dish": "plate"}))
    """

    def __init__(
        self,
        *,
        bind: Endpoints = None,
        connect: Endpoints = None,
        timeout_ms: float = 30_000,
        retries: int = 3,
        in_flight: int = 64,
        high_water_mark: int = 65_536,
        high_water_mark_bytes: int = 256 * 1024 * 1024,
        identity: Optional[str] = None,
        limits: Optional[Limits] = None,
        trusted: bool = False,
        drain_timeout_ms: float = 10_000,
        tell_everyone: bool = False,
        security: Optional[Security] = None,
        insecure: bool = False,
        context: Optional[Any] = None,
    ) -> None:
        self._timeout = attempt_seconds(timeout_ms)
        self._retries = whole("retries", retries, 0)
        marks = high_water_mark, high_water_mark_bytes
        guard = guard_of(security, insecure)
        core, sockets = open_requester(
            bind, connect, in_flight, identity, limits, trusted, tell_everyone, *marks, context, guard
        )
        super().__init__(core, sockets, "Requester", drain_timeout_ms)

    def request(self, value: Any, headers: Optional[Headers] = None, *, timeout_ms: Optional[float] = None) -> Any:
        """Sends a request and waits for its answer.

        Errors: ``EncodeError``; ``FullError``, ``TimeoutError`` and ``ClosedError`` with the request in ``undelivered``; ``RemoteError`` with the code and
        message of the other side's handler.
        """
        future, call = self._submit(value, headers, timeout_ms)
        with self._driver.lock:
            try:
                self._driver.wait(future.done)
            except BaseException:
                # Nobody will look at the answer any more.
                self._core.cancel(call, monotonic())
                self._driver.visit()
                raise
        return future.result(0)

    def submit(
        self, value: Any, headers: Optional[Headers] = None, *, timeout_ms: Optional[float] = None
    ) -> "Future[Any]":
        """Sends a request; the future has its answer, or its error. Errors: ``EncodeError``, ``StateError``, ``FullError``."""
        return self._submit(value, headers, timeout_ms)[0]

    def stats(self) -> SenderStats:
        """The ledger, as it stands; ``redelivered`` counts attempts after the first."""
        with self._driver.lock:
            stats: SenderStats = self._core.stats()
            return stats

    def __enter__(self) -> Requester:
        return self

    def _submit(
        self, value: Any, headers: Optional[Headers], timeout_ms: Optional[float]
    ) -> "tuple[Future[Any], Call]":
        future: "Future[Any]" = Future()
        future.set_running_or_notify_cancel()

        def answer(result: Any, headers: Optional[Dict[str, Any]], error: Optional[Exception]) -> None:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        timeout = self._timeout if timeout_ms is None else attempt_seconds(timeout_ms)
        driver = self._driver
        with driver.lock:
            self._assert_open("request()")
            data = self._encoder.encode(value)
            extra = None if headers is None else dict(headers)
            encode_headers(self._encoder, extra)
            call = Call(value, data, extra, timeout, self._retries, answer)
            self._core.offer(call, monotonic())
            driver.gathered(self._core.full)
        return future, call
