"""Encoded messages on their way out: those that share one payload frame."""

from __future__ import annotations

from itertools import islice
from typing import Iterable, List, Optional, Protocol

__all__ = ["Batch", "Ticket", "fitting"]


class Ticket(Protocol):
    """Waits for the end of one message. Settled exactly once, and must not raise."""

    def settle(self, outcome: str, error: Optional[Exception]) -> None: ...


class Batch:
    """Messages in order, each encoded. Headers and tickets are kept only where one of them has any."""

    __slots__ = ("bytes", "headers", "messages", "redelivered", "tickets")

    def __init__(self, redelivered: bool = False) -> None:
        self.messages: List[bytes] = []
        self.headers: Optional[List[Optional[bytes]]] = None
        self.tickets: Optional[List[Optional[Ticket]]] = None
        self.bytes = 0
        self.redelivered = redelivered

    def __len__(self) -> int:
        return len(self.messages)

    def append(self, data: bytes, headers: Optional[bytes] = None, ticket: Optional[Ticket] = None) -> None:
        self.messages.append(data)
        self.bytes += len(data)
        if headers is not None or ticket is not None or self.headers is not None or self.tickets is not None:
            self._annotate(headers, ticket)

    def _annotate(self, headers: Optional[bytes], ticket: Optional[Ticket]) -> None:
        """Keeps what belongs to the message that was appended last."""
        at = len(self.messages) - 1
        if self.headers is not None:
            self.headers.append(headers)
        elif headers is not None:
            self.headers = [None] * at + [headers]
        if self.tickets is not None:
            self.tickets.append(ticket)
        elif ticket is not None:
            self.tickets = [None] * at + [ticket]

    def fitting(self, most: int, payload_bytes: int, header_bytes: int) -> int:
        """How many messages, at most ``most``, travel in frames of these sizes: one at least."""
        count = min(len(self.messages), most)
        if self.bytes > payload_bytes:
            count = fitting(map(len, self.messages), count, payload_bytes)
        if self.headers is not None:
            count = fitting((1 if header is None else len(header) for header in self.headers), count, header_bytes)
        return count

    def part(self, start: int, stop: int, redelivered: Optional[bool] = None) -> Batch:
        """The messages ``start`` (included) to ``stop`` (excluded), as a batch of their own."""
        part = Batch(self.redelivered if redelivered is None else redelivered)
        part.messages = self.messages[start:stop]
        part.bytes = sum(map(len, part.messages))
        if self.headers is not None:
            part.headers = self.headers[start:stop]
        if self.tickets is not None:
            part.tickets = self.tickets[start:stop]
        return part

    def split(self, count: int) -> Batch:
        """Takes the first ``count`` messages off, as a batch of their own."""
        head = self.part(0, count)
        del self.messages[:count]
        if self.headers is not None:
            del self.headers[:count]
        if self.tickets is not None:
            del self.tickets[:count]
        self.bytes -= head.bytes
        return head

    def payload(self) -> bytes:
        return self.messages[0] if len(self.messages) == 1 else b"".join(self.messages)

    def header_frame(self) -> Optional[bytes]:
        headers = self.headers
        if headers is None or not any(headers):
            return None
        return b"".join([header or b"\xc0" for header in headers])

    def settle(self, outcome: str, error: Optional[Exception]) -> None:
        """Tells every ticket how its message ended."""
        for ticket in self.tickets or ():
            if ticket is not None:
                ticket.settle(outcome, error)


def fitting(sizes: Iterable[int], most: int, room: int) -> int:
    """How many of these, at most ``most``, take no more than ``room`` together: one at least, since what is larger was refused before."""
    total = 0
    for count, size in enumerate(islice(sizes, most)):
        total += size
        if total > room and count > 0:
            return count
    return most
