"""The language-neutral vectors of test/vectors, as octets and as values of this language."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Dict, List

import msgpack

VECTORS = Path(__file__).resolve().parents[3] / "test" / "vectors"
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def load(name: str) -> Dict[str, Any]:
    content: Dict[str, Any] = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return content


def octets(written: Dict[str, Any]) -> bytes:
    """hex, or parts, or a generator, as the files say."""
    if "hex" in written:
        return bytes.fromhex(written["hex"])
    if "parts" in written:
        return b"".join(bytes.fromhex(part["hex"]) * part["times"] for part in written["parts"])
    return _generated(written["generator"]["map32"])


def value(written: Dict[str, Any]) -> Any:
    """A value as values.json writes it: one key says the type."""
    ((kind, content),) = written.items()
    if isinstance(content, dict) and "repeat" in content:
        times = content["times"]
        if kind == "array":
            return [value(content["repeat"])] * times
        return content["repeat"] * times if kind == "str" else bytes.fromhex(content["repeat"]) * times
    if kind == "int":
        return int(content)
    if kind == "float":
        return float(content)
    if kind == "bin":
        return bytes.fromhex(content)
    if kind == "array":
        return [value(part) for part in content]
    if kind == "map":
        return {key: value(part) for key, part in content}
    if kind == "timestamp":
        return _instant(int(content["seconds"]), content["nanoseconds"])
    return content


def same(one: Any, other: Any) -> bool:
    """Equality that knows NaN, the sign of zero, and that 1 is not True."""
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


def _instant(seconds: int, nanoseconds: int) -> Any:
    try:
        return _EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    except OverflowError:
        return msgpack.Timestamp(seconds, nanoseconds)


def _generated(plan: Dict[str, Any]) -> bytes:
    keys: List[bytes] = []
    for number in range(plan["first"], plan["first"] + plan["count"]):
        keys.append(_key(plan["keys"], number))
    return b"\xdf" + plan["count"].to_bytes(4, "big") + b"".join(key + bytes.fromhex(plan["value"]) for key in keys)


def _key(kind: str, number: int) -> bytes:
    text = str(number) if kind == "decimal" else _base36(number).rjust(5, "_")
    return bytes([0xA0 | len(text)]) + text.encode()


def _base36(number: int) -> str:
    digits = ""
    while number:
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] + digits
        number //= 36
    return digits or "0"
