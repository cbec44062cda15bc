"""The sending side of backpressure, awaited."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional

from ..limits import Limits
from ..net.endpoint import Endpoints
from ..opening import open_producer
from ..security.security import Security, guard_of
from ..session.batch import Ticket
from ..session.headers import Headers, encode_headers
from ..session.ledger import SenderStats
from .sending import Sending

__all__ = ["Producer"]


class Producer(Sending):
    """Sends messages to the receiver that has most credit, and keeps each until it is acked; see ``sluice.Producer``.

    What is sent in one turn of the loop shares a frame. Sends may overlap.

    Example::

        async with Producer(connect="tcp://127.0.0.1:5555") as producer:
            for dish in dishes:
                await producer.send(dish)
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

    async def send(self, value: Any, headers: Optional[Headers] = None, *, timeout_ms: Optional[float] = None) -> None:
        """Sends a message; returns when it is accepted, which is when there is credit for it.

        Errors: ``EncodeError`` for what cannot travel, ``TimeoutError`` and ``ClosedError`` with the message in ``undelivered``,
        ``StateError`` after ``drain`` or ``close``.
        """
        await self.offer(value, headers, None, timeout_ms)

    async def offer(
        self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket], timeout_ms: Optional[float] = None
    ) -> None:
        """Sends a message whose ``ticket`` is settled when it has ended: acked, rejected or undelivered."""
        core = self._core
        if self._draining or self._driver.closed:
            self._assert_open("send()")
        data = self._encoder.encode(value)
        extra = None if headers is None else encode_headers(self._encoder, headers)
        while core.free <= 0:
            # Several may wait, and the first to wake may take what there is.
            await self._wait_for_credit(value, timeout_ms)
        self._driver.gathered(core.offer(data, extra, ticket))

    def stats(self) -> SenderStats:
        """The ledger, as it stands."""
        stats: SenderStats = self._core.stats(self._waits, self._waited * 1000)
        return stats

    async def __aenter__(self) -> Producer:
        return self

    async def _wait_for_credit(self, value: Any, timeout_ms: Optional[float]) -> None:
        core = self._core
        began = monotonic()
        self._waits += 1
        core.waiting += 1
        core.flush(began)
        try:
            await self._wait_or_raise(lambda: bool(core.free > 0), timeout_ms, "no credit in time", value)
            self._assert_open("send()")
        finally:
            core.waiting -= 1
            self._waited += monotonic() - began
