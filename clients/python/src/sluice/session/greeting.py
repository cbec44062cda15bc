"""How a session begins on either side: who says HELLO, how often, and what makes it impossible."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, TypeVar

from ..errors import ProtocolError
from ..wire.backpressure import encode_bye
from ..wire.packets import CODEC, VERSION, Hello

__all__ = ["PROBE", "Backoff", "Objection", "objection", "required"]

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


class Objection(NamedTuple):
    """Why a greeting cannot begin a session, and the BYE that it gets. Source: BP-3."""

    bye: List[bytes]
    error: ProtocolError


def objection(hello: Hello, own: str) -> Optional[Objection]:
    """What a greeting gets which cannot begin a session with this side, or None. Source: BP-3."""
    if hello.version != VERSION:
        return _objecting("version", f"version {hello.version} is not spoken here; {VERSION} is")
    if hello.role == own:
        return _objecting("role", f"two {own}s cannot be joined")
    if hello.role not in ("sender", "receiver"):
        return _objecting("role", "neither a sender nor a receiver")
    if hello.codec != CODEC:
        return _objecting("codec", f"the codec {hello.codec[:32]} is not spoken here; {CODEC} is")
    return None


def _objecting(code: str, words: str) -> Objection:
    return Objection(encode_bye(None, code, words), ProtocolError("BP-3", words))


_T = TypeVar("_T")


def required(value: Optional[_T], name: str, rule: str) -> _T:
    """What a greeting of this role cannot do without."""
    if value is None:
        raise ProtocolError(rule, f"a greeting without {name}")
    return value
