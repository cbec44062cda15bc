"""The sending side of backpressure: it goes as fast as its receivers finish, and loses nothing."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional

from .limits import Limits
from .net.endpoint import Endpoints
from .opening import open_producer
from .security.security import Security, guard_of
from .sending import Sending
from .session.batch import Ticket
from .session.headers import Headers, encode_headers
from .session.ledger import SenderStats

__all__ = ["Producer"]


class Producer(Sending):
    """Sends messages to the receiver that has most credit, and keeps each until it is acked.

    ``send`` returns when there is credit for its message; while there is none, or nobody is there, it waits. What a lost
    receiver had in flight is sent again, in order and marked, to whoever is there. Threads may share a producer. Leaving its
    ``with`` block drains it, for ``drain_timeout_ms`` at most.

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
        security: Optional[Security] = None,
        insecure: bool = False,
        context: Optional[Any] = None,
    ) -> None:
        self._waits = 0
        self._waited = 0.0
        core, sockets = open_producer(bind, connect, identity, limits, trusted, context, guard_of(security, insecure))
        super().__init__(core, sockets, "Producer", drain_timeout_ms)
        self._encode = self._encoder.encode

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
        with driver.mutex:
            if self._draining or driver.closed:
                self._assert_open("send()")
            data = self._encode(value)
            extra = None if headers is None else encode_headers(self._encoder, headers)
            if core.free <= 0:
                self._wait_for_credit(value, timeout_ms)
            driver.gathered(core.offer(data, extra, ticket))

    def hasten(self) -> None:
        """Asks for the acks of all that was sent, which receivers otherwise gather: somebody waits for them."""
        driver = self._driver
        with driver.mutex:
            if not driver.closed:
                self._core.hasten(monotonic())
                driver.told()

    def stats(self) -> SenderStats:
        """The ledger, as it stands."""
        with self._driver.lock:
            stats: SenderStats = self._core.stats(self._waits, self._waited * 1000)
            return stats

    def __enter__(self) -> Producer:
        return self

    def _wait_for_credit(self, value: Any, timeout_ms: Optional[float]) -> None:
        core = self._core
        began = monotonic()
        self._waits += 1
        core.waiting += 1
        core.flush(began)
        try:
            self._wait_or_raise(lambda: bool(core.free > 0), timeout_ms, "no credit in time", value)
            self._assert_open("send()")
        finally:
            core.waiting -= 1
            self._waited += monotonic() - began
