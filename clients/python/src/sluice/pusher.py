"""The sending side of fire-and-forget: puts messages down and never waits."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional

from .limits import Limits
from .net.endpoint import Endpoints
from .opening import open_pusher
from .security.security import Security, guard_of
from .sending import Sending
from .session.batch import Ticket
from .session.headers import Headers, encode_headers
from .session.ledger import SenderStats

__all__ = ["Pusher"]

class Pusher(Sending):
    """Sends messages to whichever receivers are there, each in turn.

    Never waits: without a receiver a message is dropped as ``no-peer``, and without room as ``full``; ``stats()`` tells how many. Leaving its
    ``with`` block hands over what is pending and tells every receiver of the end.

    Frames: FNF-1, FNF-2; 64 KiB or 1 024 messages each by default, one each with ``max_batch_messages=1``.
    Units: ``high_water_mark`` in messages that wait while no socket takes any, default 1 000; ``overflow`` is
    ``drop-newest`` or ``drop-oldest``.
    Errors: ``OptionError`` before any I/O; ``LinkError`` for an endpoint that cannot be bound.
    Not guaranteed: that what a socket took arrives; between receivers, order.

    Example::

        with Pusher(connect="tcp://127.0.0.1:5555") as pusher:
            pusher.ready()
            pusher.send({"level": "info", "text": "hello"})
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

    def send(self, value: Any, headers: Optional[Headers] = None) -> None:
        """Puts a message down, or drops one; returns at once. Errors: ``EncodeError``; ``StateError`` after ``drain`` or ``close``."""
        self.offer(value, headers, None)

    def offer(self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket]) -> None:
        """Puts a message down; the ticket is settled when a socket has taken it, or when it was dropped."""
        driver = self._driver
        core = self._core
        with driver.lock:
            self._assert_open("send()")
            data = self._encoder.encode(value)
            extra = None if headers is None else encode_headers(self._encoder, headers)
            if core.live == 0:
                driver.visit()
            core.offer(data, extra, ticket, monotonic())
            driver.gathered(core.full)

    def stats(self) -> SenderStats:
        """The ledger, as it stands."""
        with self._driver.lock:
            stats: SenderStats = self._core.stats()
            return stats

    def __enter__(self) -> Pusher:
        return self

    def _begin_drain(self, now: float) -> None:
        self._driver.visit()
        lanes = self._driver.sockets.lanes
        self._core.drain({peer: lane.connections for lane in lanes for peer in lane.peers}, now)
