"""Conversations as the document shows them: who says what, in octets, and what the octets mean."""

from __future__ import annotations

from io import BytesIO
from struct import unpack_from
from typing import Any, Dict, Iterator, List, Optional

import msgpack

__all__ = ["rendered"]

_WIDTH = 32
_COMMANDS = (b"HELLO", b"WELCOME", b"DATA", b"ACK", b"BLOCKED", b"END", b"BYE")


def rendered(conversation: Dict[str, Any]) -> str:
    """The text of one conversation. Frames follow one another, each with its length; ``=`` gives what it means."""
    lines: List[str] = []
    subject = conversation["subject"]["class"].lower()
    for step in conversation["steps"]:
        for who, name in (("give", "peer"), ("expect", subject)):
            if who in step:
                lines.extend(_message(name, [bytes.fromhex(frame) for frame in step[who]]))
    return "\n".join(lines)


def _message(name: str, frames: List[bytes]) -> Iterator[str]:
    for at, frame in enumerate(frames):
        margin = f"{name if at == 0 else '':<10}"
        rows = [frame[start : start + _WIDTH] for start in range(0, len(frame), _WIDTH)] or [b""]
        for row, octets in enumerate(rows):
            left = f"{margin}{len(frame):>3}  " if row == 0 else " " * 15
            yield (left + octets.hex().upper()).rstrip()
        meaning = _compact(frame) if len(frames) == 1 else None
        meaning = meaning or _meaning(frame, at)
        if meaning:
            yield " " * 15 + f"= {meaning}"


def _compact(frame: bytes) -> Optional[str]:
    if frame.startswith(b"SL\x02"):
        flags, count = unpack_from(">BH", frame, 3)
        ids = list(unpack_from(f">{count}Q", frame, 6))
        return f"compact, flags {flags}, correlations {ids}, {_meaning(frame[6 + 8 * count :], 1)}"
    if frame[:1] == b"D":
        _, flags, epoch, first = unpack_from(">cB8sQ", frame)
        return f"DATA h'{epoch.hex()}', first {first}, flags {flags}, {_meaning(frame[18:], 1)}"
    if frame[:1] == b"A":
        _, flags, epoch, serial, hwm = unpack_from(">cB8sQQ", frame)
        numbers = list(unpack_from(f">{(len(frame) - 26) // 8}Q", frame, 26))
        return f"ACK h'{epoch.hex()}', flags {flags}, serial {serial}, mark {hwm}, ranges {numbers}"
    return None


def _meaning(frame: bytes, at: int) -> str:
    if not frame:
        return "empty"
    if at == 0 and frame in _COMMANDS:
        return frame.decode()
    if frame.startswith(b"SL\x01"):
        ids = [int.from_bytes(frame[start : start + 8], "big") for start in range(4, len(frame), 8)]
        return f"Sluice id, flags {frame[3]}, correlations {ids}"
    try:
        return " ".join(_diagnosed(value) for value in msgpack.Unpacker(BytesIO(frame)))
    except (ValueError, msgpack.UnpackException):
        return "not a sequence of values"


def _diagnosed(value: Any) -> str:
    """Diagnostic notation: JSON, with bytes as h'…'."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {_diagnosed(part)}' for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_diagnosed, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "nil" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
