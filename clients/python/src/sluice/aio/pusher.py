"""The sending side of fire-and-forget, for event loops."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional

from ..limits import Limits
from ..net.endpoint import Endpoints
from ..opening import open_pusher
from ..security.security import Security, guard_of
from ..session.batch import Ticket
from ..session.headers import Headers, encode_headers
from ..session.ledger import SenderStats
from .sending import Sending

__all__ = ["Pusher"]


class Pusher(Sending):
    """Sends messages to whichever receivers are there, each in turn, and never waits; see ``sluice.Pusher``.

    Example::

        async with Pusher(connect="tcp://127.0.0.1:5555") as pusher:
            await pusher.ready()
            await pusher.send({"level": "info", "text": "hello"})
    """

    _linger_ms = 5_000

    def __init__(
        self,
        *,
        bind: Endpoints = None,
        connect: Endpoints = None,
        high_water_mark: int = 1_000,
        overflow: str = "drop-newest",
        max_batch_messages: Optional[int] = None,
        limits: Optional[Limits] = None,
        drain_timeout_ms: float = 10_000,
        security: Optional[Security] = None,
        insecure: bool = False,
        context: Optional[Any] = None,
    ) -> None:
        core, sockets = open_pusher(bind, connect, high_water_mark, overflow, max_batch_messages, limits, context, guard_of(security, insecure))
        super().__init__(core, sockets, "Pusher", drain_timeout_ms)

    async def send(self, value: Any, headers: Optional[Headers] = None) -> None:
        """Puts a message down, or drops one; returns at once. Errors: ``EncodeError``; ``StateError`` after ``drain`` or ``close``."""
        self.offer(value, headers, None)

    def offer(self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket]) -> None:
        """Puts a message down; the ticket is settled when a socket has taken it, or when it was dropped."""
        self._assert_open("send()")
        core = self._core
        data = self._encoder.encode(value)
        extra = None if headers is None else encode_headers(self._encoder, headers)
        if core.live == 0:
            self._driver.visit()
        core.offer(data, extra, ticket, monotonic())
        self._driver.gathered(core.full)

    def stats(self) -> SenderStats:
        """The ledger, as it stands."""
        stats: SenderStats = self._core.stats()
        return stats

    async def __aenter__(self) -> Pusher:
        return self

    def _begin_drain(self, now: float) -> None:
        self._driver.visit()
        lanes = self._driver.sockets.lanes
        self._core.drain({peer: lane.connections for lane in lanes for peer in lane.peers}, now)
