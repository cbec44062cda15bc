"""Bytes from a peer, as values. The C decoder works within bounds; ``scan`` decides whenever it hesitates."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Any, Dict, List, Optional

import msgpack

from ..errors import DecodeError
from .glance import most_containers, nests_little, pairs_of_lone_map, sound_keys
from .reader import Reader, unpacker
from .scan import MAX_DEPTH, MAX_ELEMENTS, MAX_FRAME_ELEMENTS, MAX_VALUES, scan_frame, scan_value
from .shape import SCALARS, KeyMemory, check_decoded, check_levels

__all__ = ["Decoder"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_ONLY_DICTS = {dict}

class Decoder:
    """Decodes payload, args and headers frames; ``trusted`` leaves the checks of form out.

    A timestamp comes as a ``datetime`` in UTC, cut to microseconds, or as ``msgpack.Timestamp`` beyond the years of a ``datetime``.

    Errors: ``DecodeError`` with the rule that was broken.
    Not guaranteed: 2 ms a frame. Python's msgpack takes longer for 64 KiB of arrays alone, and what is refused amid tiny arrays, maps
    or texts is scanned in Python, at about 0.1 ms for each KiB.
    Source: ENV-1 to ENV-12.
    """

    def __init__(self, trusted: bool = False) -> None:
        self._trusted = trusted
        self._keys = KeyMemory()
        self._reader = Reader()
        self._strict_reader = Reader(once=True)

    def values(self, frame: bytes) -> List[Any]:
        """The values of a payload frame, one for each message."""
        if not frame:
            raise DecodeError("ENV-1", "an empty frame where a value is required")
        values = self._reader.read(frame) if self._trusted or not _hesitates(frame) else None
        if values is None:
            return self._slowly(frame)
        if len(values) > MAX_VALUES:
            raise DecodeError("ENV-12", f"more than {MAX_VALUES} values in one frame")
        if not self._trusted:
            self._check(values, frame)
        return values

    def args(self, frame: bytes) -> Any:
        """The one value of an args frame; duplicate keys are refused."""
        if not frame:
            raise DecodeError("ENV-1", "an empty frame where a value is required")
        values = None if len(frame) > MAX_ELEMENTS or _hesitates(frame) else self._one(frame)
        if values is not None:
            self._check(values, frame)
            return values[0]
        if scan_value(frame, 0, True)[0] != len(frame):
            raise DecodeError("ENV-1", "octets after the value of an args frame")
        return _unpack_all(frame)[0]

    def headers(self, frame: bytes, count: int) -> List[Optional[Dict[str, Any]]]:
        """The headers of ``count`` messages, each a dict or None; duplicate keys are refused."""
        headers = None
        if frame and len(frame) <= MAX_ELEMENTS and not _hesitates(frame):
            headers = self._strict_reader.read(frame)
        if headers is not None and len(headers) == count:
            self._check(headers, frame)
        else:
            if scan_frame(frame, True) != count:
                raise DecodeError("ENV-9", f"headers for another number of messages than {count}")
            headers = _unpack_all(frame)
        for header in headers:
            if header is not None and type(header) is not dict:
                raise DecodeError("ENV-9", "headers that are neither a map nor nil")
        return headers

    def _one(self, frame: bytes) -> Optional[List[Any]]:
        """The one value of a frame in which no key comes twice; None where only a scan can tell."""
        pairs = pairs_of_lone_map(frame)
        if pairs < 0:
            return self._strict_reader.read_one(frame)
        values = self._reader.read_one(frame)
        return values if values is not None and len(values[0]) == pairs else None

    def _slowly(self, frame: bytes) -> List[Any]:
        """Reads a frame that C has stumbled over: what comes before that is checked as ever, and scanned from there on."""
        if len(frame) > MAX_ELEMENTS or _hesitates(frame):
            scan_frame(frame)
            return _unpack_all(frame)
        values, end = self._reader.before_stumbling(frame)
        if values:
            self._check(values, frame[:end])
        rest = frame[end:]
        scan_frame(rest)
        return values + _unpack_all(rest)

    def _check(self, values: List[Any], frame: bytes) -> None:
        memory = self._keys
        plain = SCALARS.issuperset
        sound = sound_keys(frame)
        # So short a frame holds no more elements than a value may have.
        if len(frame) <= MAX_ELEMENTS:
            # A batch of flat dicts, which is what most are: looked through without a step in Python.
            if (
                type(values[0]) is dict
                and set(map(type, values)) == _ONLY_DICTS
                and (sound or memory.known.issuperset(chain.from_iterable(values)))
                and (most_containers(frame) == len(values) or plain(map(type, chain.from_iterable(map(dict.values, values)))))
            ):
                return
            if not (sound and nests_little(frame, MAX_DEPTH)):
                check_levels(values, memory, sound)
            return
        all_elements = 0
        for value in values:
            kind = type(value)
            if kind is not dict and kind is not list:
                continue
            elements = check_decoded(value, memory, 1)
            if elements > MAX_ELEMENTS:
                raise DecodeError("ENV-3", f"more than {MAX_ELEMENTS} elements in one value")
            all_elements += elements
        if all_elements > MAX_FRAME_ELEMENTS:
            raise DecodeError("ENV-12", f"more than {MAX_FRAME_ELEMENTS} elements in one frame")


def _is_lenient() -> bool:
    """Whether this msgpack takes a timestamp with more nanoseconds than a second has, as some versions do."""
    try:
        msgpack.unpackb(b"\xd7\xff\xee\x6b\x28\x00\x00\x00\x00\x01", timestamp=3)
    except ValueError:
        return False
    return True


_LENIENT = _is_lenient()

#: How timestamps with nanoseconds begin.
_FINE_TIMES = (b"\xd7\xff", b"\xc7\x08\xff", b"\xc7\x0c\xff", b"\x00\x08\xff", b"\x00\x0c\xff")


def _hesitates(frame: bytes) -> bool:
    """Whether this msgpack might take a timestamp in it that is none."""
    return _LENIENT and any(begin in frame for begin in _FINE_TIMES)


def _unpack_all(frame: bytes) -> List[Any]:
    """Decodes a frame that was scanned; only a year that ``datetime`` does not know can still fail."""
    try:
        return _drained(unpacker(len(frame), 3), frame)
    except (OverflowError, ValueError):
        return [_dated(value) for value in _drained(unpacker(len(frame), 0), frame)]


def _drained(unpacker: Any, frame: bytes) -> List[Any]:
    unpacker.feed(frame)
    return list(unpacker)


def _dated(value: Any) -> Any:
    """Turns the timestamps that a ``datetime`` can hold into one, at every depth."""
    if type(value) is list:
        return [_dated(part) for part in value]
    if type(value) is dict:
        return {key: _dated(part) for key, part in value.items()}
    if isinstance(value, msgpack.Timestamp):
        try:
            return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanoseconds // 1000)
        except OverflowError:
            return value
    return value
