"""One request of a caller's, over all its attempts."""

from __future__ import annotations

from typing import Any, Callable, Collection, Dict, Optional, Set

from ..codec.encode import Encoder
from .core import Peer
from .headers import encode_headers

__all__ = ["Answer", "Call", "KnownReplier", "idlest"]


#: Waits for the outcome of one request: its value, its headers, or its error. Called exactly once, and must not raise.
Answer = Callable[[Any, Optional[Dict[str, Any]], Optional[Exception]], None]


class KnownReplier:
    """A replier, and what it has to do."""

    __slots__ = ("announced", "calls", "end_at", "ended", "ends", "peer")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.announced = False
        self.calls: Set[int] = set()
        #: How often it was told of the end, when again, and whether it has answered that.
        self.ends = 0
        self.end_at = 0.0
        self.ended = False


class Call:
    """A request from its offer to its answer. Its number stays the same over its attempts.

    States: ``queued``, ``in-flight``, ``resting`` (its replier was full: the same attempt, a little later), ``ended``.
    """

    __slots__ = (
        "answer", "attempts", "data", "deadline", "headers", "id", "replier", "rests", "sent", "state", "timeout", "value",
    )  # fmt: skip

    def __init__(
        self, value: Any, data: bytes, headers: Optional[Dict[str, Any]], timeout: float, retries: int, answer: Answer
    ) -> None:
        self.value = value
        self.data = data
        self.headers = headers
        self.timeout = timeout
        #: Attempts that are left, the present one included.
        self.attempts = retries + 1
        self.answer = answer
        self.id = 0
        self.sent = 0
        self.rests = 0
        self.deadline = 0.0
        self.state = "queued"
        #: Who has it, or had it last.
        self.replier: Optional[KnownReplier] = None

    def header_octets(self, encoder: Encoder) -> Optional[bytes]:
        """Its headers as they go out this time. Source: RR-6."""
        if self.sent == 0:
            return encode_headers(encoder, self.headers)
        return encode_headers(encoder, {**(self.headers or {}), "attempt": self.sent + 1})


def idlest(repliers: Collection[KnownReplier], most: int, avoid: Optional[KnownReplier]) -> Optional[KnownReplier]:
    """The replier with the fewest requests of those with fewer than ``most``; ``avoid`` only where it is the only one."""
    free = [one for one in repliers if len(one.calls) < most and (one is not avoid or len(repliers) == 1)]
    return min(free, key=lambda one: len(one.calls), default=None)
