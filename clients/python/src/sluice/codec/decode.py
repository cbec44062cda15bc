"""Bytes from a peer, as values. The C decoder works within bounds; ``scan`` decides whenever it hesitates."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from itertools import chain
from typing import Any, Dict, List, Optional

import msgpack

from ..errors import DecodeError
from .scan import MAX_ELEMENTS, MAX_FRAME_ELEMENTS, MAX_VALUES, scan_frame, scan_value
from .shape import SCALARS, KeyMemory, check_decoded, check_levels

__all__ = ["Decoder"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_ONLY_DICTS = {dict}

#: Longest array the C decoder takes unseen: it reserves memory for what is declared, at each of its 1 024 levels.
_UNSEEN_LENGTH = 1_024

#: So many longer ones may be declared in a frame that is decoded at once: each reserves no more than eight times the frame.
_FEW = 8


class Decoder:
    """Decodes payload, args and headers frames; ``trusted`` leaves the checks of form out.

    A timestamp comes as a ``datetime`` in UTC, cut to microseconds, or as ``msgpack.Timestamp`` beyond the years of a ``datetime``.

    Errors: ``DecodeError`` with the rule that was broken.
    Not guaranteed: 2 ms a frame. A frame that has to be scanned in Python, as args, headers and what is refused are, takes about
    0.1 ms for each KiB of tiny arrays, maps or texts.
    Source: ENV-1 to ENV-12.
    """

    def __init__(self, trusted: bool = False) -> None:
        self._trusted = trusted
        self._keys = KeyMemory()
        self._unpacker: Optional[Any] = None
        # Fed after each frame: it comes out whole only if the frame ended where a value did, which no peer can feign.
        self._mark = os.urandom(8)
        self._seal = b"\xc4\x08" + self._mark

    def values(self, frame: bytes) -> List[Any]:
        """The values of a payload frame, one for each message."""
        if not frame:
            raise DecodeError("ENV-1", "an empty frame where a value is required")
        values = self._quickly(frame)
        if values is None and frame.count(b"\xdc") + frame.count(b"\xdd") <= _FEW:
            # An array that is long and honest.
            self._unpacker = _unpacker(len(frame), 3)
            values = self._quickly(frame)
            self._unpacker = None
        if values is None:
            scan_frame(frame)
            return _unpack_all(frame)
        if len(values) > MAX_VALUES:
            raise DecodeError("ENV-12", f"more than {MAX_VALUES} values in one frame")
        if not self._trusted:
            self._check(values, len(frame))
        return values

    def args(self, frame: bytes) -> Any:
        """The one value of an args frame; duplicate keys are refused."""
        if not frame:
            raise DecodeError("ENV-1", "an empty frame where a value is required")
        if scan_value(frame, 0, True)[0] != len(frame):
            raise DecodeError("ENV-1", "octets after the value of an args frame")
        return _unpack_all(frame)[0]

    def headers(self, frame: bytes, count: int) -> List[Optional[Dict[str, Any]]]:
        """The headers of ``count`` messages, each a dict or None; duplicate keys are refused."""
        if scan_frame(frame, True) != count:
            raise DecodeError("ENV-9", f"headers for another number of messages than {count}")
        headers = _unpack_all(frame)
        for header in headers:
            if header is not None and type(header) is not dict:
                raise DecodeError("ENV-9", "headers that are neither a map nor nil")
        return headers

    def _quickly(self, frame: bytes) -> Optional[List[Any]]:
        """Decodes within bounds that no frame can make dear; None where only a scan can tell."""
        if _LENIENT and not self._trusted and (b"\xd7\xff" in frame or b"\xc7\x0c\xff" in frame):
            return None
        unpacker = self._unpacker
        if unpacker is None:
            unpacker = self._unpacker = _unpacker(_UNSEEN_LENGTH, 3)
        try:
            unpacker.feed(frame)
            unpacker.feed(self._seal)
            values = list(unpacker)
            if values.pop() == self._mark:
                return values
        except Exception:
            # Which rule was broken is for the scan to say.
            pass
        self._unpacker = None
        return None

    def _check(self, values: List[Any], size: int) -> None:
        memory = self._keys
        known = memory.known
        plain = SCALARS.issuperset
        most = size > MAX_ELEMENTS
        # A batch of flat dicts whose keys were seen before, which is what most are: looked through without a step in Python.
        if (
            not most
            and set(map(type, values)) == _ONLY_DICTS
            and known.issuperset(chain.from_iterable(values))
            and plain(map(type, chain.from_iterable(map(dict.values, values))))
        ):
            return
        if not most:
            # So short a frame holds no more elements than a value may have.
            return check_levels(values, memory)
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


def _unpack_all(frame: bytes) -> List[Any]:
    """Decodes a frame that was scanned; only a year that ``datetime`` does not know can still fail."""
    try:
        return _drained(_unpacker(len(frame), 3), frame)
    except (OverflowError, ValueError):
        return [_dated(value) for value in _drained(_unpacker(len(frame), 0), frame)]


def _drained(unpacker: Any, frame: bytes) -> List[Any]:
    unpacker.feed(frame)
    return list(unpacker)


def _unpacker(longest: int, timestamp: int) -> Any:
    return msgpack.Unpacker(
        None,
        raw=False,
        strict_map_key=True,
        timestamp=timestamp,
        max_buffer_size=0,
        max_array_len=longest,
        max_map_len=MAX_ELEMENTS,
        ext_hook=_refuse_extension,
    )


def _refuse_extension(code: int, _data: bytes) -> Any:
    raise DecodeError("ENV-6", f"the extension type {code & 0xFF:#04x}")


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
