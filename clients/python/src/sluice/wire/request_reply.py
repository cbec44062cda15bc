"""Request-reply on the wire: the envelope of RFC 28, so that a bare REQ and a bare REP take part."""

from __future__ import annotations

from struct import pack, unpack_from
from typing import List, NamedTuple, Optional, Sequence, Tuple

from ..errors import ProtocolError
from .compact import COMPACT_BYTES, MOST_COPIED

__all__ = [
    "CANCEL",
    "COMPACT",
    "END",
    "SLUICE",
    "Letter",
    "decode_id",
    "decode_letter",
    "encode_id",
    "encode_letter",
    "encode_message",
    "own_flag",
]

#: Set by a Sluice replier in everything it sends. Source: RR-3.
SLUICE = 1
#: The requester no longer wants the answers to these correlations. Source: RR-3.
CANCEL = 2
#: The requester sends nothing more (RR-10); from the replier: it has seen that (RR-13).
END = 4
#: Whoever sends it takes requests or replies in one frame. Source: RR-14.
COMPACT = 8

_HEAD = b"SL\x01"
_COMPACT_HEAD = b"SL\x02"
_MOST_IDS = 256


def own_flag(max_message_bytes: int) -> int:
    """The flag by which a side that takes messages of so many octets asks for the compact form. Source: RR-14."""
    return COMPACT if max_message_bytes >= COMPACT_BYTES else 0


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


def encode_message(
    flags: int, ids: Sequence[int], payload: bytes, headers: Optional[bytes], compact: bool
) -> List[bytes]:
    """A request or a reply; in one frame where the other side takes that and it can be. Source: RR-14."""
    if not compact or headers is not None or len(payload) > MOST_COPIED or len(ids) > _MOST_IDS:
        return encode_letter(encode_id(flags, ids), payload, headers)
    return [_COMPACT_HEAD + pack(f">BH{len(ids)}Q", flags, len(ids), *ids) + payload]


def decode_letter(frames: Sequence[bytes]) -> Letter:
    """Opens the envelope. Errors: ``ProtocolError``. Source: RR-1, RR-12, RR-14."""
    if len(frames) == 1 and frames[0]:
        return _decode_compact(frames[0])
    at = 0 if frames and not frames[0] else 1
    if not at + 2 <= len(frames) <= at + 3 or frames[at]:
        raise ProtocolError("RR-12", f"a message of {len(frames)} frames without a delimiter in its place")
    id = frames[0] if at else None
    read = None if id is None else decode_id(id)
    headers = frames[at + 2] if len(frames) > at + 2 else None
    if read is None:
        return Letter(id, 0, None, frames[at + 1], headers)
    return Letter(id, read[0], read[1], frames[at + 1], headers)


def _decode_compact(frame: bytes) -> Letter:
    if not frame.startswith(_COMPACT_HEAD) or len(frame) < 6:
        raise ProtocolError("RR-14", "a single frame that is neither a request nor a reply")
    flags, count = unpack_from(">BH", frame, 3)
    head = 6 + 8 * count
    if count == 0 or len(frame) < head:
        raise ProtocolError("RR-14", f"{count} correlations in a frame of {len(frame)} octets")
    return Letter(None, flags, unpack_from(f">{count}Q", frame, 6), frame[head:], None)
