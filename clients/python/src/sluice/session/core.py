"""The boundary between what a pattern decides and what carries it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..errors import SluiceError
from .refusals import reason_of

__all__ = ["NEVER", "Core", "Peer"]

NEVER = float("inf")


class Peer:
    """One remote end as a socket sees it. Compared by identity; the label is for people."""

    __slots__ = ("connected", "label", "routing", "socket")

    def __init__(self, label: str, connected: bool, socket: Any = None, routing: Optional[bytes] = None) -> None:
        self.label = label
        #: True where this side connected: then it is this side that speaks first.
        self.connected = connected
        self.socket = socket
        self.routing = routing

    def __repr__(self) -> str:
        return f"Peer({self.label!r})"


class Core:
    """Events in, frames out. Every call gives the time; nothing here waits.

    After any call, ``out`` holds what is to be sent, in order, and ``wake_at`` when ``on_time`` is due.
    """

    def __init__(self) -> None:
        self.out: List[Tuple[Peer, List[bytes]]] = []
        self.wake_at = NEVER
        #: Peers that a socket found gone while it sent; whoever pumps tells ``on_down``.
        self.lost: List[Peer] = []
        self.refused = 0
        self.refused_by: Dict[str, int] = {}
        #: The last thing that was refused, for people to look at.
        self.last_refusal: Optional[SluiceError] = None
        #: True when nothing further can happen and the sockets may go.
        self.finished = False

    def on_up(self, peer: Peer, now: float) -> None:
        """The peer can be sent to: on each connect, or when it first spoke to a bound socket."""

    def on_frames(self, peer: Peer, frames: Sequence[bytes], now: float) -> None:
        """Frames came. Raises nothing: what is wrong is refused and counted."""

    def on_down(self, peer: Peer, now: float) -> None:
        """Nothing more comes from this peer, and what was sent to it may be lost."""

    def on_writable(self, peer: Peer, now: float) -> None:
        """The peer of a PUSH socket takes frames: said at every look, and of no other kind of socket."""

    def on_connection(self, change: int) -> None:
        """A connection was made (1) or lost (-1), before anything is said of a peer."""

    def on_suspect(self, now: float) -> None:
        """Some connection of a bound socket was lost: send each peer something to find out whose."""

    def on_time(self, now: float) -> None:
        """``wake_at`` has come."""

    def flush(self, now: float) -> None:
        """Sends what was gathered."""

    @property
    def wants_frames(self) -> bool:
        """False while nothing more is to be read from the sockets."""
        return True

    def wake_by(self, at: float) -> None:
        if at < self.wake_at:
            self.wake_at = at

    def refuse(self, error: SluiceError) -> None:
        """Counts bytes that were thrown away."""
        self.refused += 1
        reason = reason_of(error)
        self.refused_by[reason] = self.refused_by.get(reason, 0) + 1
        self.last_refusal = error
