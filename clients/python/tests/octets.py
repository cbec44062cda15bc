"""Octets of the protocol's frames, made with msgpack alone and not with the client: a mistake of the client's cannot hide in them."""

from __future__ import annotations

import struct
from typing import Any, Dict, List, Optional, Sequence

import msgpack

EPOCH = bytes.fromhex("e1e2e3e4e5e6e7e8")
NEXT_EPOCH = bytes.fromhex("f1f2f3f4f5f6f7f8")
OLD_EPOCH = bytes.fromhex("0102030405060708")

Frames = List[str]


def pack(value: Any) -> bytes:
    return bytes(msgpack.packb(value))


def frames(*parts: Any) -> Frames:
    """Octets as they are, text as ASCII, everything else as one value."""
    return [
        (part if isinstance(part, bytes) else part.encode() if isinstance(part, str) else pack(part)).hex()
        for part in parts
    ]


def values(*many: Any) -> bytes:
    return b"".join(pack(one) for one in many)


def sluice_id(flags: int, *ids: int) -> bytes:
    return b"SL\x01" + struct.pack(f">B{len(ids)}Q", flags, *ids)


def compact_letter(flags: int, ids: Sequence[int], payload: bytes) -> Frames:
    return frames(b"SL\x02" + struct.pack(f">BH{len(ids)}Q", flags, len(ids), *ids) + payload)


# --- backpressure frames


def sender_position(epoch: bytes = EPOCH, next_: int = 0, acked: int = 0, **other: Any) -> Dict[str, Any]:
    position = {"v": 1, "role": "sender", "id": "washer", "codec": "msgpack", "epoch": epoch, "next": next_, "acked": acked}
    return {**position, **other}


def receiver_position(hwm: int = 4, epoch: Optional[bytes] = None, next_: int = 0, **other: Any) -> Dict[str, Any]:
    position: Dict[str, Any] = {"v": 1, "role": "receiver", "id": "dryer", "codec": "msgpack"}
    if epoch is not None:
        position.update(epoch=epoch, next=next_)
    return {**position, "hwm": hwm, "hwmBytes": 67_108_864, **other}


def data(first: int, *messages: Any, flags: int = 0, epoch: bytes = EPOCH, headers: Optional[Sequence[Any]] = None) -> Frames:
    extra = [] if headers is None else [values(*headers)]
    return frames("DATA", [epoch, first, flags], values(*messages), *extra)


def ack(
    ranges: Sequence[Any] = (),
    hwm: int = 4,
    ended: bool = False,
    rejected: Sequence[Any] = (),
    epoch: bytes = EPOCH,
    serial: Optional[int] = None,
) -> Frames:
    args: List[Any] = [epoch, hwm, list(ranges), list(rejected), ended]
    return frames("ACK", args if serial is None else [*args, serial])


def compact_data(first: int, *messages: Any, flags: int = 0, epoch: bytes = EPOCH) -> Frames:
    return frames(struct.pack(">cB8sQ", b"D", flags, epoch, first) + values(*messages))


def compact_ack(serial: int, ranges: Sequence[Any] = (), hwm: int = 4, flags: int = 0, epoch: bytes = EPOCH) -> Frames:
    numbers = [number for part in ranges for number in part]
    return frames(struct.pack(f">cB8s{2 + len(numbers)}Q", b"A", flags, epoch, serial, hwm, *numbers))


def bye(code: str, epoch: Optional[bytes] = EPOCH, message: str = "") -> Frames:
    return frames("BYE", [epoch, code, message])
