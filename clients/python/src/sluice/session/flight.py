"""What one session has sent and has not seen acked."""

from __future__ import annotations

from collections import deque
from typing import Deque, Iterator, List, Optional, Tuple

from ..errors import ProtocolError, RemoteError
from ..wire.packets import Range
from .batch import Batch
from .ranges import Ranges

__all__ = ["Flight"]


class _Sent:
    __slots__ = ("batch", "first", "left")

    def __init__(self, first: int, batch: Batch) -> None:
        self.first = first
        self.batch = batch
        self.left = len(batch)


class Flight:
    """The sending side's positions: pure numbers and the messages behind them.

    Sequence numbers are absolute, so an ack that is repeated or comes out of order does no harm. Source: BP-5, BP-7, BP-8.
    """

    def __init__(self) -> None:
        self.next = 0
        #: The first sequence number that is not acked.
        self.acked = 0
        self.count = 0
        self.bytes = 0
        self._sent: Deque[_Sent] = deque()
        #: Acked ahead of ``acked``: later messages may finish first.
        self._ahead = Ranges()

    def push(self, batch: Batch) -> int:
        """Counts a batch as sent and returns the sequence number of its first message."""
        first = self.next
        size = len(batch)
        self._sent.append(_Sent(first, batch))
        self.next = first + size
        self.count += size
        self.bytes += batch.bytes
        return first

    def settle(self, first: int, last: int, outcome: str, error: Optional[RemoteError]) -> int:
        """Takes an ack; tells the tickets of what it settles for the first time, and returns how many that are.

        Errors: ``ProtocolError`` for an ack of what was never sent. Source: BP-8.
        """
        if last >= self.next or first > last:
            raise ProtocolError("BP-8", f"an ack of {first} to {last}, where {self.next} is the next to be sent")
        if last < self.acked:
            return 0
        first = max(first, self.acked)
        if not len(self._ahead):
            fresh = [(first, last)]
        else:
            fresh = self._ahead.missing(first, last)
        count = 0
        for start, stop in fresh:
            self._mark(start, stop, outcome, error)
            count += stop - start + 1
        self._advance(first, last)
        self.count -= count
        return count

    def take_back(self) -> List[Batch]:
        """Takes everything out: what is unacked, in order, marked as redelivered. Source: BP-14."""
        batches: List[Batch] = []
        if self.next > self.acked:
            for first, last in self._ahead.missing(self.acked, self.next - 1):
                batches.extend(sent.batch.part(start, stop, True) for sent, start, stop in self._cut(first, last))
        self._sent.clear()
        self.count = self.bytes = 0
        return batches

    def _mark(self, first: int, last: int, outcome: str, error: Optional[RemoteError]) -> None:
        for sent, start, stop in self._cut(first, last):
            tickets = sent.batch.tickets
            if tickets is not None:
                for ticket in tickets[start:stop]:
                    if ticket is not None:
                        ticket.settle(outcome, error)
            sent.left -= stop - start
            if sent.left == 0:
                self.bytes -= sent.batch.bytes
        while self._sent and self._sent[0].left == 0:
            self._sent.popleft()

    def _cut(self, first: int, last: int) -> Iterator[Tuple[_Sent, int, int]]:
        """The batches that a range touches, each with where it begins and ends in it."""
        for sent in list(self._sent) if len(self._sent) > 1 else tuple(self._sent):
            if sent.first > last:
                return
            start = max(0, first - sent.first)
            stop = min(len(sent.batch), last + 1 - sent.first)
            if start < stop:
                yield sent, start, stop

    def _advance(self, first: int, last: int) -> None:
        if first == self.acked and not len(self._ahead):
            self.acked = last + 1
            return
        self._ahead.add(first, last)
        lowest: Range = self._ahead.ranges()[0]
        if lowest[0] <= self.acked:
            self.acked = lowest[1] + 1
            rest = self._ahead.ranges()[1:]
            self._ahead.clear()
            for start, stop in rest:
                self._ahead.add(start, stop)
