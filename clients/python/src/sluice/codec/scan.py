"""The check of bytes against the envelope rules, before anything is built from them.

Written by hand in Python, so that each refusal names its rule and nothing is reserved for a declared count. It is the
authority; the faster path in ``decode`` only ever accepts what this accepts.
"""

from __future__ import annotations

import re
from typing import Any, List, Optional, Set, Tuple

from ..errors import DecodeError

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "MAX_FRAME_ELEMENTS", "MAX_KEY_BYTES", "MAX_VALUES", "scan_frame", "scan_value"]

MAX_DEPTH = 64
MAX_ELEMENTS = 65_536
MAX_KEY_BYTES = 256
MAX_VALUES = 65_536
MAX_FRAME_ELEMENTS = 4_194_304

#: Octets of ±8.64e12 seconds and of 1e9 nanoseconds: what a Date of JavaScript can be.
MAX_SECONDS = 8_640_000_000_000
_NANOSECONDS = 1_000_000_000

_SCALAR, _STR, _BIN, _ARRAY, _MAP, _EXT, _BAD = range(7)


def _kinds() -> bytes:
    kinds = bytearray([_SCALAR]) * 256
    kinds[0x80:0x90] = bytes([_MAP]) * 16
    kinds[0x90:0xA0] = bytes([_ARRAY]) * 16
    kinds[0xA0:0xC0] = bytes([_STR]) * 32
    kinds[0xC1] = _BAD
    kinds[0xC4:0xC7] = bytes([_BIN]) * 3
    kinds[0xC7:0xCA] = bytes([_EXT]) * 3
    kinds[0xD4:0xD9] = bytes([_EXT]) * 5
    kinds[0xD9:0xDC] = bytes([_STR]) * 3
    kinds[0xDC:0xDE] = bytes([_ARRAY]) * 2
    kinds[0xDE:0xE0] = bytes([_MAP]) * 2
    return bytes(kinds)


def _widths() -> bytes:
    """Octets that hold the length, count or number after each first octet."""
    widths = bytearray(256)
    for first, width in (
        (0xC4, 1), (0xC5, 2), (0xC6, 4), (0xC7, 1), (0xC8, 2), (0xC9, 4), (0xCA, 4), (0xCB, 8),
        (0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8), (0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8),
        (0xD9, 1), (0xDA, 2), (0xDB, 4), (0xDC, 2), (0xDD, 4), (0xDE, 2), (0xDF, 4),
    ):  # fmt: skip
        widths[first] = width
    return bytes(widths)


_KIND = _kinds()
#: One-octet scalars in a row: small integers, nil and booleans.
_PLAIN_RUN = re.compile(rb"[\x00-\x7f\xc0\xc2\xc3\xe0-\xff]+").match
#: The same and wider numbers.
_NUMBER = rb"[\x00-\x7f\xc0\xc2\xc3\xe0-\xff]|[\xcc\xd0].|[\xcd\xd1]..|[\xca\xce\xd2].{4}|[\xcb\xcf\xd3].{8}"
_NUMBER_RUN = re.compile(b"(?:" + _NUMBER + b")+", re.DOTALL).match
_NUMBERS = re.compile(_NUMBER, re.DOTALL).findall
_WIDEST = 9
_WIDTH = _widths()


class _Map:
    """A map that is open: what is left of it, and its keys where duplicates are refused."""

    __slots__ = ("keys", "left")

    def __init__(self, pairs: int, keys: Optional[Set[bytes]]) -> None:
        self.left = pairs * 2
        self.keys = keys


class _Array:
    __slots__ = ("left",)

    def __init__(self, items: int) -> None:
        self.left = items


def scan_value(frame: bytes, at: int, duplicates: bool) -> Tuple[int, int]:
    """Checks one value from ``at`` on; returns where it ends and how many elements it has.

    Errors: ``DecodeError`` with the rule that was broken. Source: ENV-1 to ENV-7, ENV-10.
    """
    end = len(frame)
    open_containers: List[Any] = []
    elements = 0
    while True:
        if open_containers and type(open_containers[-1]) is _Array:
            at = _skip_scalars(frame, at, open_containers)
            if not open_containers:
                return at, elements
        key_of = _key_place(open_containers)
        if at >= end:
            raise DecodeError("ENV-7", "the frame ends inside a value")
        first = frame[at]
        kind = _KIND[first]
        if key_of is not None and kind != _STR:
            raise DecodeError("ENV-4", f"a map key that is not a string (octet {first:#04x})")
        width = _WIDTH[first]
        body = at + 1 + width
        if body > end:
            raise DecodeError("ENV-7", "the frame ends inside a number or a length")
        number = int.from_bytes(frame[at + 1 : body], "big") if width and kind != _SCALAR else first & 0x1F
        opened: Optional[object] = None
        if kind == _SCALAR:
            at = body
        elif kind == _STR:
            at = _check_text(frame, body, number, key_of, duplicates)
        elif kind == _BIN:
            at = body + number
            if at > end:
                raise DecodeError("ENV-7", "bytes that are longer than the frame")
        elif kind == _EXT:
            at = _check_timestamp(frame, first, body, number)
        elif kind == _BAD:
            raise DecodeError("ENV-7", "the octet C1, which begins nothing")
        else:
            count = number if width else first & 0x0F
            if len(open_containers) >= MAX_DEPTH:
                raise DecodeError("ENV-2", f"arrays and maps nested more than {MAX_DEPTH} deep")
            needed = count if kind == _ARRAY else count * 2
            if needed > end - body:
                raise DecodeError("ENV-7", f"a count of {count}, more than the frame can hold")
            elements += count
            if elements > MAX_ELEMENTS:
                raise DecodeError("ENV-3", f"more than {MAX_ELEMENTS} elements in one value")
            opened = _Array(count) if kind == _ARRAY else _Map(count, set() if duplicates else None)
            at = body
        _take_one(open_containers)
        if opened is not None:
            open_containers.append(opened)
        _close_full(open_containers)
        if not open_containers:
            return at, elements


def scan_frame(frame: bytes, duplicates: bool = False) -> int:
    """Checks a whole payload or headers frame and returns how many values it holds.

    Errors: ``DecodeError`` with the rule that was broken. Source: ENV-1, ENV-12.
    """
    if not frame:
        raise DecodeError("ENV-1", "an empty frame where a value is required")
    at = count = all_elements = 0
    while at < len(frame):
        elements, (plain, end) = 0, _run_of_scalars(frame, at, MAX_VALUES)
        if plain == 0:
            plain, (end, elements) = 1, scan_value(frame, at, duplicates)
        count += plain
        at = end
        all_elements += elements
        if all_elements > MAX_FRAME_ELEMENTS:
            raise DecodeError("ENV-12", f"more than {MAX_FRAME_ELEMENTS} elements in one frame")
        if count > MAX_VALUES:
            raise DecodeError("ENV-12", f"more than {MAX_VALUES} values in one frame")
    return count


def _run_of_scalars(frame: bytes, at: int, most: int) -> Tuple[int, int]:
    """How many numbers, nils and booleans come next, at most ``most``, and where they end."""
    plain = _PLAIN_RUN(frame, at, at + most)
    if plain is not None and plain.end() == min(at + most, len(frame)):
        return plain.end() - at, plain.end()
    run = _NUMBER_RUN(frame, at, at + most * _WIDEST)
    if run is None:
        return 0, at
    if plain is not None and plain.end() == run.end():
        return run.end() - at, run.end()
    numbers = _NUMBERS(frame, at, run.end())
    if len(numbers) <= most:
        return len(numbers), run.end()
    return most, at + sum(map(len, numbers[:most]))


def _skip_scalars(frame: bytes, at: int, open_containers: List[Any]) -> int:
    """Steps over the scalars that come next in an array, as many as there are, at once."""
    top = open_containers[-1]
    count, end = _run_of_scalars(frame, at, top.left)
    top.left -= count
    if count:
        _close_full(open_containers)
    return end


def _close_full(open_containers: List[Any]) -> None:
    """Closes the containers that have all that they hold; each was counted in the one around it when it was opened."""
    while open_containers and open_containers[-1].left == 0:
        open_containers.pop()


def _key_place(open_containers: List[Any]) -> Optional[_Map]:
    if not open_containers:
        return None
    top = open_containers[-1]
    return top if type(top) is _Map and top.left % 2 == 0 else None


def _take_one(open_containers: List[Any]) -> None:
    if open_containers:
        open_containers[-1].left -= 1


def _check_text(frame: bytes, body: int, length: int, key_of: Optional[_Map], duplicates: bool) -> int:
    stop = body + length
    if stop > len(frame):
        raise DecodeError("ENV-7", "a string that is longer than the frame")
    if key_of is not None and length > MAX_KEY_BYTES:
        raise DecodeError("ENV-4", f"a map key of {length} octets, where {MAX_KEY_BYTES} are the most")
    octets = frame[body:stop]
    if not octets.isascii():
        try:
            octets.decode("utf-8")
        except UnicodeDecodeError:
            raise DecodeError("ENV-5", "a string that is not UTF-8") from None
    if key_of is not None:
        if octets == b"__proto__":
            raise DecodeError("ENV-4", "the map key __proto__")
        if duplicates and key_of.keys is not None:
            if octets in key_of.keys:
                raise DecodeError("ENV-10", "a map key that comes twice")
            key_of.keys.add(octets)
    return stop


def _check_timestamp(frame: bytes, first: int, body: int, number: int) -> int:
    length = number if first <= 0xC9 else 1 << (first - 0xD4)
    if body >= len(frame):
        raise DecodeError("ENV-7", "the frame ends inside an extension")
    if frame[body] != 0xFF:
        raise DecodeError("ENV-6", f"the extension type {frame[body]:#04x}")
    if length not in (4, 8, 12):
        raise DecodeError("ENV-6", f"a timestamp of {length} octets")
    stop = body + 1 + length
    if stop > len(frame):
        raise DecodeError("ENV-7", "the frame ends inside a timestamp")
    data = frame[body + 1 : stop]
    if length == 4:
        return stop
    if length == 8:
        packed = int.from_bytes(data, "big")
        nanoseconds, seconds = packed >> 34, packed & 0x3FFFFFFFF
    else:
        nanoseconds = int.from_bytes(data[:4], "big")
        seconds = int.from_bytes(data[4:], "big", signed=True)
    if nanoseconds >= _NANOSECONDS or not in_range(seconds, nanoseconds):
        raise DecodeError("ENV-6", "a timestamp out of range")
    return stop


def in_range(seconds: int, nanoseconds: int) -> bool:
    """Says whether a point in time is one that every language of the profile can hold."""
    if not -MAX_SECONDS <= seconds <= MAX_SECONDS:
        return False
    return seconds < MAX_SECONDS or nanoseconds == 0
