"""DATA and ACK in one frame each: a message that travels alone costs by its frames. Source: BP-22, BP-23."""

from __future__ import annotations

from struct import Struct, pack, unpack_from
from typing import Optional

from ..errors import ProtocolError
from .packets import MOST_SEQUENCE, REDELIVERED, Ack, Data, Packet

__all__ = ["COMPACT_BYTES", "MOST_COPIED", "compact_ack", "compact_data", "decode_compact"]

_ENDED = 1
_DATA_HEAD = Struct(">cB8sQ")
_ACK_HEAD = Struct(">cB8sQQ")
_RANGE = 16
#: A larger payload has a frame of its own: to copy it would cost more than a frame does.
MOST_COPIED = 4 * 1024
_MOST_RANGES = 256
#: No frame of this form is larger: a side that takes smaller messages only does not ask for it.
COMPACT_BYTES = 8 * 1024


def compact_data(data: Data) -> Optional[bytes]:
    """DATA in one frame; None with headers or a large payload."""
    if data.headers is not None or len(data.payload) > MOST_COPIED:
        return None
    return _DATA_HEAD.pack(b"D", REDELIVERED if data.redelivered else 0, data.epoch, data.first) + data.payload


def compact_ack(ack: Ack) -> Optional[bytes]:
    """ACK in one frame; None when something was rejected, or it has no serial or very many ranges."""
    if ack.rejected or ack.serial is None or len(ack.ranges) > _MOST_RANGES:
        return None
    numbers = [number for part in ack.ranges for number in part]
    head = _ACK_HEAD.pack(b"A", _ENDED if ack.ended else 0, ack.epoch, ack.serial, ack.hwm)
    return head + pack(f">{len(numbers)}Q", *numbers)


def decode_compact(frame: bytes) -> Packet:
    """Reads a single frame; the payload of DATA is left encoded. Errors: ``ProtocolError``."""
    kind = frame[:1]
    if kind == b"D" and len(frame) >= _DATA_HEAD.size:
        _, flags, epoch, first = _DATA_HEAD.unpack_from(frame)
        return Data(epoch, _known(first), bool(flags & REDELIVERED), frame[_DATA_HEAD.size :], None)
    ranged = len(frame) - _ACK_HEAD.size
    if kind == b"A" and ranged >= 0 and ranged % _RANGE == 0:
        _, flags, epoch, serial, hwm = _ACK_HEAD.unpack_from(frame)
        numbers = unpack_from(f">{ranged // 8}Q", frame, _ACK_HEAD.size)
        ranges = [(_known(first), _known(last)) for first, last in zip(numbers[::2], numbers[1::2])]
        if any(first > last for first, last in ranges):
            raise ProtocolError("BP-23", "a range whose end is before its beginning")
        return Ack(epoch, _known(hwm), ranges, [], bool(flags & _ENDED), _known(serial))
    raise ProtocolError("BP-23", f"a single frame of {len(frame)} octets that is neither DATA nor ACK")


def _known(number: int) -> int:
    if number > MOST_SEQUENCE:
        raise ProtocolError("BP-23", "a number beyond 2^53 - 1")
    return number
