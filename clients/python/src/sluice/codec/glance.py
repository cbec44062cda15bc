"""What the octets of a frame rule out, whatever they stand for: without the head of a kind it holds no value of that kind."""

from __future__ import annotations

__all__ = ["most_containers", "nests_little", "pairs_of_lone_map", "sound_keys"]

_MAPS = bytes([*range(0x81, 0x90), 0xDE, 0xDF])
_FILLED = _MAPS + bytes([*range(0x91, 0xA0), 0xDC, 0xDD])
_CONTAINERS = _FILLED + b"\x80\x90"
#: Heads of bytes, and of texts that may be longer than a key.
_NO_KEYS = bytes([0xC4, 0xC5, 0xC6, 0xDA, 0xDB])


def _count(frame: bytes, heads: bytes) -> int:
    return len(frame) - len(frame.translate(None, heads))


def most_containers(frame: bytes) -> int:
    """How many arrays and maps it holds at the most."""
    return _count(frame, _CONTAINERS)


def nests_little(frame: bytes, depth: int) -> bool:
    """Whether it cannot nest deeper than this: it has fewer arrays and maps with anything in them."""
    return _count(frame, _FILLED) < depth


def pairs_of_lone_map(frame: bytes) -> int:
    """How many pairs it declares, where it begins with a map and holds no other container; else -1."""
    first = frame[0]
    if not (first & 0xF0 == 0x80 or first in b"\xde\xdf") or most_containers(frame) != 1:
        return -1
    return first & 0x0F if first < 0x90 else int.from_bytes(frame[1 : 3 if first == 0xDE else 5], "big")


def sound_keys(frame: bytes) -> bool:
    """Whether every map key that a decoder takes out of it is one that the profile allows. Source: ENV-4."""
    return (b"__proto__" not in frame and _count(frame, _NO_KEYS) == 0) or _count(frame, _MAPS) == 0
