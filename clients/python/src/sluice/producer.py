"""The sending side of backpressure: it goes as fast as its receivers finish, and loses nothing."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Any, Optional, Type

from .codec.encode import Encoder
from .driver import Driver
from .errors import ClosedError, OptionError, StateError, TimeoutError
from .limits import Limits
from .net.endpoint import Endpoints, endpoints_of
from .net.sockets import Sockets
from .options import checked_identity, checked_limits, seconds
from .session.batch import Ticket
from .session.headers import Headers, encode_headers
from .session.ledger import SenderStats
from .session.sender import SenderCore

__all__ = ["Producer"]

#: How long a goodbye may take to leave, in milliseconds.
_LINGER_MS = 1_000


class Producer:
    """Sends messages to the receiver that has most credit, and keeps each until it is acked.

    ``send`` returns when there is credit for its message; while there is none, or nobody is there, it waits. What a lost
    receiver had in flight is sent again, in order and marked, to whoever is there. Threads may share a producer.

    Frames: BP-1 to BP-19; what is sent in a burst shares a frame, 64 KiB or 1 024 messages by default.
    Errors: ``OptionError`` before any I/O; ``LinkError`` for an endpoint that cannot be bound.
    Not guaranteed: that a message is delivered only once; between receivers, order.

    Example::

        with Producer(connect="tcp://127.0.0.1:5555") as producer:
            for dish in dishes:
                producer.send(dish)
    """

    def __init__(
        self,
        *,
        bind: Endpoints = None,
        connect: Endpoints = None,
        identity: Optional[str] = None,
        limits: Optional[Limits] = None,
        trusted: bool = False,
        drain_timeout_ms: float = 10_000,
        context: Optional[Any] = None,
    ) -> None:
        bound, connected = endpoints_of(bind, connect)
        bounds = checked_limits(limits)
        self._drain_timeout = seconds("drain_timeout_ms", drain_timeout_ms)
        if self._drain_timeout is None:
            raise OptionError("drain_timeout_ms", "drain_timeout_ms must be a number of milliseconds")
        self._core = SenderCore(checked_identity(identity, "producer"), bounds, trusted)
        self._encoder = Encoder()
        self._draining = False
        self._waits = 0
        self._waited = 0.0
        self._driver = Driver(self._core, Sockets("duplex", bound, connected, self._core, bounds, context), "producer")

    def send(self, value: Any, headers: Optional[Headers] = None, *, timeout_ms: Optional[float] = None) -> None:
        """Sends a message; returns when it is accepted, which is when there is credit for it.

        Errors: ``EncodeError`` for what cannot travel, ``TimeoutError`` and ``ClosedError`` with the message in ``undelivered``,
        ``StateError`` after ``drain`` or ``close``.
        """
        self.offer(value, headers, None, timeout_ms)

    def offer(
        self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket], timeout_ms: Optional[float] = None
    ) -> None:
        """Sends a message whose ``ticket`` is settled when it has ended: acked, rejected or undelivered."""
        driver = self._driver
        core = self._core
        with driver.lock:
            if self._draining or driver.closed:
                raise StateError("Producer: send() after drain() or close()")
            data = self._encoder.encode(value)
            extra = None if headers is None else encode_headers(self._encoder, headers)
            if core.free <= 0:
                self._wait_for_credit(value, timeout_ms)
            core.offer(data, extra, ticket)
            driver.gathered(core.full)

    def ready(self, timeout_ms: Optional[float] = None) -> None:
        """Waits until a receiver is there. Errors: ``TimeoutError``, ``ClosedError``."""
        with self._driver.lock:
            self._wait_or_raise(lambda: self._core.live > 0, timeout_ms, "no receiver came in time", None)

    def drain(self, timeout_ms: Optional[float] = None) -> None:
        """Takes no more, waits until every message is settled and every receiver has said so, then closes.

        Errors: ``TimeoutError``; the producer is still open then, and may be drained further or closed.
        """
        core = self._core
        with self._driver.lock:
            if not self._driver.closed:
                self._draining = True
                core.drain(monotonic())
                self._wait_or_raise(lambda: core.finished, timeout_ms, "not everything was acked in time", None)
                self._driver.visit()
        self._driver.close(_LINGER_MS)

    def close(self) -> None:
        """Closes at once; what is pending or in flight is undelivered, and counted so. Idempotent."""
        with self._driver.lock:
            if not self._driver.closed:
                self._draining = True
                self._core.close()
                self._driver.visit()
        self._driver.close(_LINGER_MS)

    def stats(self) -> SenderStats:
        """The ledger, as it stands."""
        with self._driver.lock:
            return self._core.stats(self._waits, self._waited * 1000)

    @property
    def endpoints(self) -> "list[str]":
        """The endpoints really bound, in the order of ``bind``."""
        return list(self._driver.sockets.endpoints)

    @property
    def closed(self) -> bool:
        return self._driver.closed

    def __enter__(self) -> Producer:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        try:
            if kind is None and not self.closed:
                self.drain(None if self._drain_timeout is None else self._drain_timeout * 1000)
        finally:
            self.close()

    def _wait_for_credit(self, value: Any, timeout_ms: Optional[float]) -> None:
        core = self._core
        began = monotonic()
        core.flush(began)
        self._waits += 1
        try:
            self._wait_or_raise(lambda: core.free > 0, timeout_ms, "no credit in time", value)
        finally:
            self._waited += monotonic() - began

    def _wait_or_raise(self, ready: Any, timeout_ms: Optional[float], late: str, value: Any) -> None:
        if self._driver.wait(ready, seconds("timeout_ms", timeout_ms)):
            return
        if self._driver.closed:
            raise ClosedError("Producer: closed while a call waited", value)
        raise TimeoutError(f"Producer: {late}", value)
