"""Fire-and-forget on the wire, from PUSH to PULL."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence

from ..codec.decode import Decoder
from ..errors import ProtocolError

__all__ = ["END_OF_STREAM", "Pushed", "decode_pushed"]

#: The end of one sender's stream. Source: FNF-2.
END_OF_STREAM: List[bytes] = [b""]


class Pushed(NamedTuple):
    """Messages that came in one frame."""

    values: List[Any]
    headers: Optional[List[Any]]


def decode_pushed(frames: Sequence[bytes], decoder: Decoder) -> Optional[Pushed]:
    """Reads one message; None is the end of a stream.

    Errors: ``ProtocolError`` and ``DecodeError``, nothing else. Source: FNF-1 to FNF-3.
    """
    if not 1 <= len(frames) <= 2:
        raise ProtocolError("FNF-3", f"a message of {len(frames)} frames")
    if len(frames) == 1 and not frames[0]:
        return None
    values = decoder.values(frames[0])
    return Pushed(values, decoder.headers(frames[1], len(values)) if len(frames) == 2 else None)
