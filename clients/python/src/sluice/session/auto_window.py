"""The high-water mark ``auto``: as wide as what this receiver finishes in the target time, and no wider than it needs."""

from __future__ import annotations

from math import ceil, exp

__all__ = ["AutoWindow"]

#: How long a full window may take to be finished, in seconds.
_TARGET = 0.02
#: Widest window, in messages.
_MOST = 65_536
#: Busy time over which what was measured loses two thirds of its weight, in seconds.
_MEMORY = 0.1


class AutoWindow:
    """Measures how fast messages are finished and sizes the window by it.

    Capacity is what was finished over the time in which at least one message was held, so that a sender with little to send
    does not make a fast receiver look slow. Where one message alone takes long, the window spans that time twice: one being
    worked on, one on its way. It doubles while the sender is held up by it, and falls as soon as the capacity does.
    """

    def __init__(self, concurrency: int) -> None:
        self._least = max(2, 2 * concurrency)
        self.mark = max(4, self._least)
        self._held = 0
        self._finished_sum = 0.0
        self._busy_sum = 0.0
        self._accounted_at = 0.0
        self._busy_since = 0.0
        self._first = False
        self._latency = 0.0
        self._since_growth = 0
        self._held_up = False

    def arrived(self, count: int, now: float) -> None:
        """Messages came."""
        if self._held == 0:
            self._accounted_at = self._busy_since = now
            self._first = True
        self._held += count

    def exhausted(self) -> None:
        """The sender has used up its window, and may have more to send."""
        self._held_up = True

    def finished(self, count: int, now: float) -> None:
        """Messages were finished: the moment at which the mark changes."""
        if self._held:
            busy = max(0.0, now - self._accounted_at)
            self._accounted_at = now
            kept = exp(-busy / _MEMORY)
            self._finished_sum *= kept
            self._busy_sum = self._busy_sum * kept + busy
        self._held = max(0, self._held - count)
        self._finished_sum += count
        self._since_growth += count
        if self._first:
            self._learn_latency(now - self._busy_since)
        self._resize()

    def _learn_latency(self, latency: float) -> None:
        self._first = False
        known = self._latency
        # The least counts: what was held up by others says nothing of what one message needs.
        self._latency = latency if known == 0 or latency < known else known + (latency - known) / 8

    def _resize(self) -> None:
        useful = self._useful()
        if self.mark > useful:
            self.mark = useful
            self._since_growth = 0
        elif self._held_up and self._since_growth * 2 >= self.mark:
            self.mark = min(useful, self.mark * 2)
            self._since_growth = 0
            self._held_up = False

    def _useful(self) -> int:
        if self._busy_sum == 0:
            return _MOST
        span = max(_TARGET, 2 * self._latency)
        return min(_MOST, max(self._least, ceil(self._finished_sum / self._busy_sum * span)))
