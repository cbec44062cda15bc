"""Quick looks at values in memory: whether they are plainly within the profile, in both directions."""

from __future__ import annotations

from itertools import chain
from typing import Any, List, Set

from ..errors import DecodeError
from .scan import MAX_DEPTH, MAX_KEY_BYTES

__all__ = ["SCALARS", "KeyMemory", "check_decoded", "check_levels"]

#: Types that travel as they are; nothing nests in them.
SCALARS = frozenset({int, str, float, bool, bytes, type(None)})

#: A str of so few characters cannot be longer than the rule allows, whatever they are.
_SURELY_SHORT = MAX_KEY_BYTES // 4

_ONLY_STR = {str}

#: How many keys are remembered; beyond that a memory starts anew, so that a peer cannot make it grow.
_MOST_KEYS = 4_096


class KeyMemory:
    """Map keys that were found good before: the keys of messages repeat, and a set is compared in C.

    Source: ENV-4.
    """

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known: Set[str] = set()

    def learn(self, keys: Any) -> str:
        """Looks at each key; returns what is wrong with the first bad one, or an empty string."""
        if len(self.known) > _MOST_KEYS:
            self.known.clear()
        # Looked through without a step in Python where nothing can be wrong with any of them.
        if set(map(type, keys)) != _ONLY_STR or "__proto__" in keys or max(map(len, keys)) > _SURELY_SHORT:
            for key in keys:
                wrong = _wrong_with(key)
                if wrong:
                    return wrong
        if len(keys) < _MOST_KEYS:
            self.known.update(keys)
        return ""


def _wrong_with(key: Any) -> str:
    if type(key) is not str:
        return f"a map key of type {type(key).__name__}, not a string"
    if len(key) > _SURELY_SHORT and len(key.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        return f"a map key of more than {MAX_KEY_BYTES} octets"
    if key == "__proto__":
        return "the map key __proto__"
    return ""


def check_levels(values: List[Any], memory: KeyMemory, sound: bool) -> None:
    """Checks values of a frame that is too short to hold too many elements: level by level, however many there are, in C.

    ``sound`` says that no key can be wrong. Errors: ``DecodeError``. Source: ENV-2, ENV-4.
    """
    level = values
    for _ in range(MAX_DEPTH + 1):
        kinds = set(map(type, level))
        lists, maps = _of(list, level, kinds), _of(dict, level, kinds)
        if not lists and not maps:
            return
        if maps and not sound:
            keys = set(chain.from_iterable(maps))
            wrong = "" if keys <= memory.known else memory.learn(keys)
            if wrong:
                raise DecodeError("ENV-4", wrong)
        level = list(chain.from_iterable(lists))
        if maps:
            level.extend(chain.from_iterable(map(dict.values, maps)))
    raise DecodeError("ENV-2", f"arrays and maps nested more than {MAX_DEPTH} deep")


def _of(kind: Any, level: List[Any], kinds: Set[Any]) -> List[Any]:
    """Those of a kind, where the level has such ``kinds``."""
    if kind not in kinds:
        return []
    return level if len(kinds) == 1 else [part for part in level if type(part) is kind]


def check_decoded(value: Any, memory: KeyMemory, depth: int) -> int:
    """Checks a list or dict that was decoded by C, and returns how many elements are in it.

    Errors: ``DecodeError``. Source: ENV-2, ENV-4.
    """
    if depth > MAX_DEPTH:
        raise DecodeError("ENV-2", f"arrays and maps nested more than {MAX_DEPTH} deep")
    elements = len(value)
    if type(value) is dict:
        if not value.keys() <= memory.known:
            wrong = memory.learn(value.keys())
            if wrong:
                raise DecodeError("ENV-4", wrong)
        inside = value.values()
    else:
        inside = value
    if SCALARS.issuperset(map(type, inside)):
        return elements
    for part in inside:
        kind = type(part)
        if kind is dict or kind is list:
            elements += check_decoded(part, memory, depth + 1)
    return elements
