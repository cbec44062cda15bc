"""The seven commands of the backpressure pattern, as frames and as tuples."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence

import msgpack

from ..codec.decode import Decoder
from ..errors import DecodeError, ProtocolError
from .compact import compact_ack, compact_data, decode_compact
from .packets import MOST_SEQUENCE, REDELIVERED, Ack, Blocked, Bye, Data, End, Hello, Packet, Range, Rejection

__all__ = [
    "decode_packet",
    "encode_ack",
    "encode_blocked",
    "encode_bye",
    "encode_data",
    "encode_end",
    "encode_greeting",
]


def encode_greeting(hello: Hello) -> List[bytes]:
    """HELLO, or WELCOME when ``hello.welcome``: the keys of its role only."""
    args: Dict[str, Any] = {"v": hello.version, "role": hello.role, "id": hello.id, "codec": hello.codec}
    if hello.epoch is not None:
        args["epoch"] = hello.epoch
        args["next"] = hello.next
    if hello.role == "sender":
        args["acked"] = hello.acked
    else:
        args["hwm"] = hello.hwm
        args["hwmBytes"] = hello.hwm_bytes
    if hello.compact:
        args["compact"] = True
    return [b"WELCOME" if hello.welcome else b"HELLO", msgpack.packb(args)]


def encode_data(data: Data, compact: bool) -> List[bytes]:
    """DATA; in one frame where the other side takes that and it can be. Source: BP-4, BP-22."""
    frame = compact_data(data) if compact else None
    if frame is not None:
        return [frame]
    epoch, first, redelivered, payload, headers = data
    frames = [b"DATA", msgpack.packb((epoch, first, REDELIVERED if redelivered else 0)), payload]
    if headers is not None:
        frames.append(headers)
    return frames


def encode_ack(ack: Ack, compact: bool) -> List[bytes]:
    """ACK; in one frame where the other side takes that and it can be. Source: BP-7, BP-22."""
    frame = compact_ack(ack) if compact else None
    if frame is not None:
        return [frame]
    args: List[Any] = [ack.epoch, ack.hwm, list(ack.ranges), list(ack.rejected), ack.ended]
    if ack.serial is not None:
        args.append(ack.serial)
    return [b"ACK", msgpack.packb(args)]


def encode_blocked(epoch: bytes, next_: int, last: bool = False) -> List[bytes]:
    return [b"BLOCKED", msgpack.packb((epoch, next_, True) if last else (epoch, next_))]


def encode_end(epoch: bytes, next_: int) -> List[bytes]:
    return [b"END", msgpack.packb((epoch, next_))]


def encode_bye(epoch: Optional[bytes], code: str, message: str) -> List[bytes]:
    return [b"BYE", msgpack.packb((epoch, code, message))]


def decode_packet(frames: Sequence[bytes], decoder: Decoder) -> Packet:
    """Reads one message; the payload of DATA is left encoded.

    Errors: ``ProtocolError`` and ``DecodeError``, nothing else. Source: BP-19, BP-23, ENV-10, ENV-13.
    """
    if len(frames) == 1:
        return decode_compact(frames[0])
    command = frames[0] if frames else b""
    reader = _READERS.get(command)
    if reader is None:
        if not 1 <= len(command) <= 32 or not all(0x20 < octet < 0x7F for octet in command):
            raise DecodeError("ENV-13", "a command that is not 1 to 32 octets of visible ASCII")
        raise ProtocolError("BP-19", f"an unknown command {command[:16]!r}")
    data = command == b"DATA"
    if not (3 <= len(frames) <= 4 if data else len(frames) == 2):
        raise ProtocolError("BP-19", f"{command.decode()} with {len(frames)} frames")
    args = decoder.args(frames[1])
    if data:
        return _read_data(args, frames)
    return reader(args)


def _array(args: Any, least: int, command: str) -> List[Any]:
    if type(args) is not list or len(args) < least:
        raise ProtocolError("BP-19", f"{command} with args that are not an array of {least}")
    return args


def _epoch(value: Any) -> bytes:
    if type(value) is not bytes or len(value) != 8:
        raise ProtocolError("BP-19", "an epoch that is not 8 octets")
    return value


def _sequence(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value <= MOST_SEQUENCE:
        raise ProtocolError("BP-19", f"{name} that is not a whole number below 2^53")
    return value


def _optional(args: Dict[str, Any], name: str) -> Optional[int]:
    return _sequence(args[name], name) if name in args else None


def _text(value: Any, name: str) -> str:
    if type(value) is not str:
        raise ProtocolError("BP-19", f"{name} that is not a string")
    return value


def _read_data(args: Any, frames: Sequence[bytes]) -> Data:
    epoch, first, flags = _array(args, 3, "DATA")[:3]
    redelivered = bool(_sequence(flags, "flags") & REDELIVERED)
    headers = frames[3] if len(frames) == 4 else None
    return Data(_epoch(epoch), _sequence(first, "a first sequence number"), redelivered, frames[2], headers)


def _read_greeting(args: Any, welcome: bool) -> Hello:
    if type(args) is not dict:
        raise ProtocolError("BP-19", "a greeting that is not a map")
    return Hello(
        welcome,
        _sequence(args.get("v"), "a version"),
        _text(args.get("role"), "a role"),
        _text(args.get("id"), "an id"),
        _text(args.get("codec"), "a codec"),
        _epoch(args["epoch"]) if "epoch" in args else None,
        _optional(args, "next"),
        _optional(args, "acked"),
        _optional(args, "hwm"),
        _optional(args, "hwmBytes"),
        args.get("compact") is True,
    )


def _read_ack(args: Any) -> Ack:
    epoch, hwm, ranges, rejected, ended, *more = _array(args, 5, "ACK")
    if type(ranges) is not list or type(rejected) is not list or type(ended) is not bool:
        raise ProtocolError("BP-19", "an ACK of another form")
    return Ack(
        _epoch(epoch),
        _sequence(hwm, "hwm"),
        [_range(part) for part in ranges],
        [_rejection(part) for part in rejected],
        ended,
        _sequence(more[0], "a serial") if more else None,
    )


def _range(part: Any) -> Range:
    first, last = _array(part, 2, "a range")[:2]
    if _sequence(first, "first") > _sequence(last, "last"):
        raise ProtocolError("BP-19", "a range whose end is before its beginning")
    return first, last


def _rejection(part: Any) -> Rejection:
    first, last = _range(part)
    code, message = _array(part, 4, "a rejection")[2:4]
    return first, last, _text(code, "a code"), _text(message, "a message")


def _read_blocked(args: Any) -> Blocked:
    epoch, next_, *more = _array(args, 2, "BLOCKED")
    return Blocked(_epoch(epoch), _sequence(next_, "next"), bool(more) and more[0] is True)


def _read_end(args: Any) -> End:
    epoch, next_ = _array(args, 2, "END")[:2]
    return End(_epoch(epoch), _sequence(next_, "next"))


def _read_bye(args: Any) -> Bye:
    epoch, code, message = _array(args, 3, "BYE")[:3]
    return Bye(None if epoch is None else _epoch(epoch), _text(code, "a code"), _text(message, "a message"))


_READERS: Dict[bytes, Callable[[Any], Packet]] = {
    b"HELLO": lambda args: _read_greeting(args, False),
    b"WELCOME": lambda args: _read_greeting(args, True),
    b"DATA": _read_end,
    b"ACK": _read_ack,
    b"BLOCKED": _read_blocked,
    b"END": _read_end,
    b"BYE": _read_bye,
}
