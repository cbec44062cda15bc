"""A set of sequence numbers, kept as ranges: what an ack says."""

from __future__ import annotations

from bisect import bisect_left
from typing import List

from ..wire.packets import Range

__all__ = ["Ranges"]


class Ranges:
    """Ascending ranges that neither touch nor overlap. Growing at the end takes constant time."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self) -> None:
        self._firsts: List[int] = []
        self._lasts: List[int] = []

    def __len__(self) -> int:
        return len(self._firsts)

    def __contains__(self, sequence: int) -> bool:
        at = bisect_left(self._lasts, sequence)
        return at < len(self._lasts) and self._firsts[at] <= sequence

    def add(self, first: int, last: int) -> int:
        """Adds a range; returns how many of its numbers were not in the set before."""
        lasts = self._lasts
        if lasts and first == lasts[-1] + 1:
            lasts[-1] = last
            return last - first + 1
        # The ranges from `start` to `stop` (excluded) touch or overlap the new one and become one with it.
        start = stop = bisect_left(lasts, first - 1)
        lowest, highest, swallowed = first, last, 0
        while stop < len(lasts) and self._firsts[stop] <= last + 1:
            swallowed += lasts[stop] - self._firsts[stop] + 1
            lowest = min(lowest, self._firsts[stop])
            highest = max(highest, lasts[stop])
            stop += 1
        self._firsts[start:stop] = [lowest]
        lasts[start:stop] = [highest]
        return highest - lowest + 1 - swallowed

    def missing(self, first: int, last: int) -> List[Range]:
        """The parts of a range that are not in the set, ascending."""
        missing: List[Range] = []
        at = bisect_left(self._lasts, first)
        while first <= last:
            if at >= len(self._firsts) or self._firsts[at] > last:
                missing.append((first, last))
                break
            if self._firsts[at] > first:
                missing.append((first, self._firsts[at] - 1))
            first = self._lasts[at] + 1
            at += 1
        return missing

    def ranges(self) -> List[Range]:
        return list(zip(self._firsts, self._lasts))

    def clear(self) -> None:
        self._firsts.clear()
        self._lasts.clear()
