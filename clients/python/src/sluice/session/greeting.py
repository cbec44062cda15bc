"""How a session begins on either side: who says HELLO, how often, and what makes it impossible."""

from __future__ import annotations

from typing import List, Optional

from ..errors import ProtocolError
from ..wire.backpressure import CODEC, VERSION, Hello, encode_bye

__all__ = ["PROBE", "Backoff", "objection", "required"]

#: First and longest pause between two HELLOs, in seconds.
_SHORTEST = 0.25
_LONGEST = 2.0

#: How long a side waits for a sign of the other before it asks, in seconds.
PROBE = 1.0


class Backoff:
    """A pause that doubles each time. Source: BP-1, BP-17."""

    __slots__ = ("_pause",)

    def __init__(self) -> None:
        self._pause = _SHORTEST

    def next(self, now: float) -> float:
        """When it is time again, counted from ``now``."""
        at = now + self._pause
        self._pause = min(_LONGEST, self._pause * 2)
        return at

    def longest(self, now: float) -> float:
        """The longest pause at once: for an other side that is not to be asked soon."""
        self._pause = _LONGEST
        return now + _LONGEST

    def reset(self) -> None:
        self._pause = _SHORTEST


def objection(hello: Hello, own: str) -> Optional[List[bytes]]:
    """The BYE that a greeting gets which cannot begin a session with this side, or None. Source: BP-3."""
    if hello.version != VERSION:
        return encode_bye(None, "version", f"version {hello.version} is not spoken here; {VERSION} is")
    if hello.role == own:
        return encode_bye(None, "role", f"two {own}s cannot be joined")
    if hello.role not in ("sender", "receiver"):
        return encode_bye(None, "role", "neither a sender nor a receiver")
    if hello.codec != CODEC:
        return encode_bye(None, "codec", f"the codec {hello.codec[:32]} is not spoken here; {CODEC} is")
    return None


def required(value: Optional[int], name: str, rule: str) -> int:
    """What a greeting of this role cannot do without."""
    if value is None:
        raise ProtocolError(rule, f"a greeting without {name}")
    return value
