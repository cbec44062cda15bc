"""Request-reply on the wire: the envelope of RFC 28, so that a bare REQ and a bare REP take part."""

from __future__ import annotations

from struct import pack, unpack_from
from typing import List, NamedTuple, Optional, Sequence, Tuple

from ..errors import ProtocolError

__all__ = ["CANCEL", "END", "SLUICE", "Letter", "decode_id", "decode_letter", "encode_id", "encode_letter"]

#: Set by a Sluice replier in everything it sends. Source: RR-3.
SLUICE = 1
#: The requester no longer wants the answers to these correlations. Source: RR-3.
CANCEL = 2
#: The requester sends nothing more (RR-10); from the replier: it has seen that (RR-13).
END = 4

_HEAD = b"SL\x01"


class Letter(NamedTuple):
    """A message with its envelope opened; payload and headers are still encoded."""

    id: Optional[bytes]
    """The id frame; None from a peer that sent none."""
    flags: int
    ids: Optional[Tuple[int, ...]]
    """The correlations of a Sluice id; None where the id is opaque or missing."""
    payload: bytes
    headers: Optional[bytes]


def encode_id(flags: int, ids: Sequence[int]) -> bytes:
    """A Sluice id. Source: RR-2."""
    return _HEAD + pack(f">B{len(ids)}Q", flags, *ids)


def decode_id(frame: bytes) -> Optional[Tuple[int, Tuple[int, ...]]]:
    """Flags and correlations of a Sluice id; None where it is opaque. Source: RR-2."""
    if not frame.startswith(_HEAD) or len(frame) % 8 != 4:
        return None
    return frame[3], unpack_from(f">{len(frame) // 8}Q", frame, 4)


def encode_letter(id: Optional[bytes], payload: bytes, headers: Optional[bytes]) -> List[bytes]:
    frames = [b"", payload] if id is None else [id, b"", payload]
    if headers is not None:
        frames.append(headers)
    return frames


def decode_letter(frames: Sequence[bytes]) -> Letter:
    """Opens the envelope. Errors: ``ProtocolError``. Source: RR-1, RR-12."""
    at = 0 if frames and not frames[0] else 1
    if not at + 2 <= len(frames) <= at + 3 or frames[at]:
        raise ProtocolError("RR-12", f"a message of {len(frames)} frames without a delimiter in its place")
    id = frames[0] if at else None
    read = None if id is None else decode_id(id)
    headers = frames[at + 2] if len(frames) > at + 2 else None
    if read is None:
        return Letter(id, 0, None, frames[at + 1], headers)
    return Letter(id, read[0], read[1], frames[at + 1], headers)
