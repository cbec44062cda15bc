"""One request of a caller's, over all its attempts."""

from __future__ import annotations

from typing import Any, Callable, Collection, Dict, Optional, Set

from ..codec.encode import Encoder
from .core import Peer
from .headers import encode_headers

__all__ = ["Answer", "Call", "KnownReplier", "idlest"]


#: First and longest rest after a reply of a full replier, in seconds.
_SHORTEST_REST, _LONGEST_REST = 0.02, 1.0
#: Between two ENDs, in seconds, and how many a peer gets that has not announced itself.
_END_PAUSE, _MOST_ENDS = 1.0, 3

#: Waits for the outcome of one request: its value, its headers, or its error. Called exactly once, and must not raise.
Answer = Callable[[Any, Optional[Dict[str, Any]], Optional[Exception]], None]


class KnownReplier:
    """A replier, and what it has to do."""

    __slots__ = ("announced", "calls", "compact", "end_at", "ended", "ends", "overdue", "peer")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.announced = False
        #: It takes requests in one frame. Source: RR-14.
        self.compact = False
        self.calls: Set[int] = set()
        #: It let an attempt run out of time, and has answered nothing in time since.
        self.overdue = False
        #: How often it was told of the end, when again, and whether it has answered that.
        self.ends = 0
        self.end_at = 0.0
        self.ended = False

    def announce(self, compact: bool) -> None:
        """It has said that it is a Sluice replier, and whether it takes requests in one frame."""
        self.announced = True
        self.compact = compact

    def is_told(self, now: float) -> Optional[bool]:
        """Whether it is to be told of the end now; None where it was told often enough and says nothing. Source: RR-13."""
        if now < self.end_at:
            return False
        if not self.announced and self.ends >= _MOST_ENDS:
            return None
        self.ends += 1
        self.end_at = now + _END_PAUSE
        return True


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

    def run_out(self) -> None:
        """Its attempt has run out of time."""
        if self.state == "in-flight" and self.replier is not None:
            self.replier.overdue = True

    def rest(self) -> float:
        """How long it rests after its replier was full, in seconds: longer each time."""
        rest = min(_LONGEST_REST, _SHORTEST_REST * float(1 << self.rests))
        self.rests = min(self.rests + 1, 16)
        return rest

    def header_octets(self, encoder: Encoder) -> Optional[bytes]:
        """Its headers as they go out this time. Source: RR-6."""
        if self.sent == 0:
            return encode_headers(encoder, self.headers)
        return encode_headers(encoder, {**(self.headers or {}), "attempt": self.sent + 1})


def idlest(repliers: Collection[KnownReplier], most: int, avoid: Optional[KnownReplier]) -> Optional[KnownReplier]:
    """The replier with the fewest requests of those with fewer than ``most``; ``avoid`` only where it is the only one.

    One that is overdue has little in flight, since what it had was tried elsewhere: it would be given all that comes. So while others
    are sound it gets one request at a time, and that only where they have no room.
    """
    all_overdue = all(one.overdue for one in repliers)
    # What has waited in vain already is not what to try them with.
    most_of_overdue = most if all_overdue else 1 if avoid is None else 0
    free = [
        one
        for one in repliers
        if len(one.calls) < (most_of_overdue if one.overdue else most) and (one is not avoid or len(repliers) == 1)
    ]
    return min(free, key=lambda one: (one.overdue, len(one.calls)), default=None)
