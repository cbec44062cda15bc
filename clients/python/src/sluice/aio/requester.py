"""The asking side of request-reply, awaited."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any, Dict, Optional

from ..limits import Limits
from ..net.endpoint import Endpoints
from ..opening import open_requester
from ..options import attempt_seconds, whole
from ..security.security import Security, guard_of
from ..session.call import Call
from ..session.headers import Headers, encode_headers
from ..session.ledger import SenderStats
from .sending import Sending

__all__ = ["Requester"]


class Requester(Sending):
    """Sends requests and awaits their answers, many at once; see ``sluice.Requester``. A task that is cancelled takes its request back.

    Example::

        async with Requester(connect="tcp://127.0.0.1:5555") as requester:
            print(await requester.request({"dish": "plate"}))
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

    async def request(
        self, value: Any, headers: Optional[Headers] = None, *, timeout_ms: Optional[float] = None
    ) -> Any:
        """Sends a request and waits for its answer.

        Errors: ``EncodeError``; ``FullError``, ``TimeoutError`` and ``ClosedError`` with the request in ``undelivered``; ``RemoteError`` with the code and
        message of the other side's handler.
        """
        self._assert_open("request()")
        future: "asyncio.Future[Any]" = asyncio.get_running_loop().create_future()

        def answer(result: Any, headers: Optional[Dict[str, Any]], error: Optional[Exception]) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        timeout = self._timeout if timeout_ms is None else attempt_seconds(timeout_ms)
        data = self._encoder.encode(value)
        extra = None if headers is None else dict(headers)
        encode_headers(self._encoder, extra)
        call = Call(value, data, extra, timeout, self._retries, answer)
        self._core.offer(call, monotonic())
        self._driver.gathered(self._core.full)
        try:
            return await future
        except asyncio.CancelledError:
            if not self._driver.closed:
                self._core.cancel(call, monotonic())
                self._driver.visit()
            raise

    def stats(self) -> SenderStats:
        """The ledger, as it stands; ``redelivered`` counts attempts after the first."""
        stats: SenderStats = self._core.stats()
        return stats

    async def __aenter__(self) -> Requester:
        return self
