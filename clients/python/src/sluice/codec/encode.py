"""Values of a caller, as bytes of the profile; what cannot travel is refused with the path to it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from math import inf
from typing import Any, List

import msgpack

from ..errors import EncodeError
from .scan import MAX_DEPTH, MAX_ELEMENTS, MAX_KEY_BYTES, in_range
from .shape import SCALARS, KeyMemory

__all__ = ["Encoder"]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_PLAIN = SCALARS.issuperset
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1


class Encoder:
    """Encodes one value at a time; holds nothing of it afterwards, so a caller may reuse its object.

    Lists, tuples and mappings of str keys travel as they are; ``bytes``, ``bytearray`` and ``memoryview`` as bin; an aware
    ``datetime`` as a timestamp.

    Units: ``max_bytes`` of one value, by default without a bound.
    Errors: ``EncodeError``, with the path to the offending part. Source: ENV-8, ENV-14 to ENV-17.
    """

    def __init__(self, max_bytes: float = inf) -> None:
        self._largest = max_bytes
        #: Whatever is shorter is within every bound.
        self._plain_bytes = min(max_bytes, MAX_ELEMENTS)
        self._keys = KeyMemory()
        self._known = self._keys.known
        self._packer = msgpack.Packer(use_bin_type=True)
        self._pack = self._packer.pack

    def encode(self, value: Any) -> bytes:
        """The octets of one value."""
        try:
            # The common case, written out: a flat dict whose keys were seen before.
            if (
                type(value) is dict and value.keys() <= self._known and _PLAIN(map(type, value.values()))
            ) or self._travels(value, 0):
                packed: bytes = self._pack(value)
                if len(packed) > self._plain_bytes:
                    refuse_large(value)
                    self._refuse_long(packed)
                return packed
        except EncodeError:
            raise
        except Exception:
            # The packer's own words name no place; the walk below finds it.
            self._packer.reset()
        made = _Explainer().plain(value, "$", 0)
        try:
            packed = bytes(self._pack(made))
        except Exception as error:
            self._packer.reset()
            raise EncodeError("$", f"cannot be encoded: {error}") from error
        self._refuse_long(packed)
        return packed

    def _refuse_long(self, packed: bytes) -> None:
        if len(packed) > self._largest:
            bound = f"allowed: at most {self._largest} (limits.max_message_bytes, on both sides)"
            raise EncodeError("$", f"cannot send a message of {len(packed)} bytes; {bound}")

    def _travels(self, value: Any, depth: int) -> bool:
        """Says whether the packer writes this as the profile wants it, as far as form goes."""
        kind = type(value)
        if kind is dict:
            if not value.keys() <= self._keys.known and self._keys.learn(value.keys()):
                return False
            inside = value.values()
        elif kind is list or kind is tuple:
            inside = value
        else:
            return kind in SCALARS
        if depth >= MAX_DEPTH:
            return False
        if SCALARS.issuperset(map(type, inside)):
            return True
        return all(self._travels(part, depth + 1) for part in inside)


def refuse_large(value: Any) -> None:
    """Refuses a value of more elements than the profile allows. Errors: ``EncodeError``. Source: ENV-3."""
    elements = _count(value)
    if elements > MAX_ELEMENTS:
        raise EncodeError("$", f"has {elements} elements, where {MAX_ELEMENTS} are the most (ENV-3)")


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_count(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return len(value) + sum(_count(part) for part in value)
    return 0


class _Explainer:
    """Walks a value that is not plainly within the profile: makes it plain, or says where it is not."""

    def __init__(self) -> None:
        self._above: List[int] = []
        self._elements = 0

    def plain(self, value: Any, path: str, depth: int) -> Any:
        if value is None or isinstance(value, (bool, float)):
            return value
        if isinstance(value, int):
            return _integer(value, path)
        if isinstance(value, str):
            return _text(value, path)
        if isinstance(value, (bytes, bytearray)):
            return bytes(value)
        if isinstance(value, memoryview):
            return value.tobytes()
        if isinstance(value, datetime):
            return _instant(value, path)
        if isinstance(value, msgpack.Timestamp):
            if not in_range(value.seconds, value.nanoseconds):
                raise EncodeError(path, "a timestamp out of range (ENV-6)")
            return value
        if isinstance(value, (list, tuple)) and not isinstance(value, msgpack.ExtType):
            self._enter(value, path, depth)
            made: Any = [self.plain(part, f"{path}[{at}]", depth + 1) for at, part in enumerate(value)]
        elif isinstance(value, dict):
            self._enter(value, path, depth)
            made = {}
            for key, part in value.items():
                name = _key(key, path)
                made[name] = self.plain(part, _step(path, name), depth + 1)
        else:
            raise EncodeError(path, f"the profile has no form for a {type(value).__name__} (ENV-16)")
        self._above.pop()
        return made

    def _enter(self, value: Any, path: str, depth: int) -> None:
        if id(value) in self._above:
            raise EncodeError(path, "contains itself (ENV-16)")
        if depth >= MAX_DEPTH:
            raise EncodeError(path, f"nested more than {MAX_DEPTH} deep (ENV-2)")
        self._elements += len(value)
        if self._elements > MAX_ELEMENTS:
            raise EncodeError(path, f"more than {MAX_ELEMENTS} elements in one value (ENV-3)")
        self._above.append(id(value))


def _step(path: str, key: str) -> str:
    return f"{path}.{key}" if _PLAIN_KEY.match(key) else f"{path}[{key!r}]"


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise EncodeError(f"{path}[{key!r}]", f"a key of type {type(key).__name__}, not a string (ENV-4)")
    octets = _octets(key, f"{path}[{key!r}]")
    if len(octets) > MAX_KEY_BYTES:
        raise EncodeError(path, f"a key of {len(octets)} octets, where {MAX_KEY_BYTES} are the most (ENV-4)")
    if key == "__proto__":
        raise EncodeError(f"{path}.__proto__", "a key that no receiver takes (ENV-4)")
    return str(key)


def _text(value: str, path: str) -> str:
    _octets(value, path)
    return str(value) if type(value) is not str else value


def _octets(value: str, path: str) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise EncodeError(path, "a lone surrogate, which is not UTF-8 (ENV-5)") from None


def _integer(value: int, path: str) -> int:
    if not _LEAST <= value <= _MOST:
        raise EncodeError(path, "an integer beyond 64 bits (ENV-8)")
    return int(value)


def _instant(value: datetime, path: str) -> Any:
    if value.tzinfo is None or value.utcoffset() is None:
        raise EncodeError(path, "a datetime without a time zone names no point in time (ENV-14)")
    # By hand: some versions of msgpack lose the sign of a time before 1970 that has a fraction.
    since = value - _EPOCH
    return msgpack.Timestamp(since.days * 86_400 + since.seconds, since.microseconds * 1_000)
