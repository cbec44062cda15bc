"""Frames decoded by C, within bounds that no frame can make dear."""

from __future__ import annotations

import os
from itertools import islice
from typing import Any, List, Optional, Tuple

import msgpack

from ..errors import DecodeError
from .scan import MAX_ELEMENTS

__all__ = ["Reader", "unpacker"]

#: Longest array that is taken unseen: the decoder reserves memory for what is declared, at each of its 1 024 levels.
_UNSEEN_LENGTH = 1_024

#: So many longer ones may be declared in a frame that is decoded at once: each reserves no more than eight times the frame.
_FEW = 8


class Reader:
    """Keeps its decoder from frame to frame. ``once`` has it stumble over a map in which a key comes twice."""

    __slots__ = ("_kept", "_long", "_mark", "_once", "_seal")

    def __init__(self, once: bool = False) -> None:
        self._once = once
        self._kept: Optional[Any] = None
        self._long = (b"\xdc", b"\xdd", b"\xde", b"\xdf") if once else (b"\xdc", b"\xdd")
        # Fed after each frame: it comes out whole only if the frame ended where a value did, which no peer can feign.
        self._mark = os.urandom(8)
        self._seal = b"\xc4\x08" + self._mark

    def read(self, frame: bytes) -> Optional[List[Any]]:
        """The values of a frame that is not empty; None where only a scan can tell what is wrong with it, if anything."""
        kept = self._kept
        if kept is None:
            kept = self._kept = unpacker(_UNSEEN_LENGTH, 3, self._once)
        values = self._whole(kept, frame)
        if values is None:
            self._kept = None
            if 0 < sum(map(frame.count, self._long)) <= _FEW:
                # Perhaps an array that is long and honest.
                values = self._whole(unpacker(len(frame), 3, self._once), frame)
        return values

    def read_one(self, frame: bytes) -> Optional[List[Any]]:
        """The same of a frame that is to hold one value, none of which is read beyond the second."""
        kept, self._kept = self._kept or unpacker(_UNSEEN_LENGTH, 3, self._once), None
        try:
            kept.feed(frame)
            kept.feed(self._seal)
            values = list(islice(kept, 2))
            if len(values) == 2 and values.pop() == self._mark:
                self._kept = kept
                return values
        except Exception:
            # Which rule was broken is for the scan to say.
            pass
        return None

    def before_stumbling(self, frame: bytes) -> Tuple[List[Any], int]:
        """The values ahead of the first one that is not simply decoded, and where they end."""
        values: List[Any] = []
        try:
            # An iterator that fails leaves what came before in the list.
            values.extend(_fed(frame, self._once))
        except Exception:
            pass
        if not values:
            return [], 0
        again = _fed(frame, self._once)
        next(islice(again, len(values) - 1, None))
        return values, int(again.tell())

    def _whole(self, decoder: Any, frame: bytes) -> Optional[List[Any]]:
        try:
            decoder.feed(frame)
            decoder.feed(self._seal)
            values = list(decoder)
            if values.pop() == self._mark:
                return values
        except Exception:
            # Which rule was broken is for the scan to say.
            pass
        return None


def unpacker(longest: int, timestamp: int, once: bool = False) -> Any:
    """A decoder of msgpack's for the profile, as far as it knows of it."""
    return msgpack.Unpacker(
        None,
        raw=False,
        strict_map_key=True,
        timestamp=timestamp,
        max_buffer_size=0,
        max_array_len=longest,
        max_map_len=longest if once else MAX_ELEMENTS,
        object_pairs_hook=_dict_of if once else None,
        ext_hook=_refuse_extension,
    )


def _fed(frame: bytes, once: bool) -> Any:
    decoder = unpacker(_UNSEEN_LENGTH, 3, once)
    decoder.feed(frame)
    return decoder


def _dict_of(pairs: List[Tuple[Any, Any]]) -> Any:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise DecodeError("ENV-10", "a map key that comes twice")
    return made


def _refuse_extension(code: int, _data: bytes) -> Any:
    raise DecodeError("ENV-6", f"the extension type {code & 0xFF:#04x}")
