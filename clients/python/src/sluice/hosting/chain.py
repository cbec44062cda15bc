"""When a message in the middle of a pipeline has ended: when everything that was made of it has. Source: BP-9, STG-7."""

from __future__ import annotations

import threading
from typing import Callable, Optional

from .inbound import Message

__all__ = ["Chain"]


class Chain:
    """Counts what is open for one message, and is the ticket of everything that was handed on for it.

    Its outcome is the worst of all parts. What a link dropped was handed over, as that link promises; what a link could not deliver
    leaves the message open, so that its sender keeps it.
    """

    __slots__ = ("_done", "_error", "_lock", "_lost", "_message", "_open", "_outcome")

    def __init__(self, message: Message, done: Callable[[str], None]) -> None:
        self._message = message
        self._done = done
        self._lock = threading.Lock()
        self._open = 1
        self._outcome = "delivered"
        self._error: Optional[Exception] = None
        self._lost = False

    def hand_on(self) -> None:
        """Something made of the message is offered to a link."""
        with self._lock:
            self._open += 1

    def settle(self, outcome: str, error: Optional[Exception]) -> None:
        """A link says how something that it took has ended; or the handler itself has."""
        with self._lock:
            if outcome == "undelivered":
                self._lost = True
            elif outcome not in ("delivered", "dropped") and self._outcome != "failed":
                self._outcome, self._error = outcome, error
            self._open -= 1
            if self._open:
                return
        if self._lost:
            self._done("lost")
        elif self._outcome == "delivered":
            self._message.finish()
            self._done("delivered")
        else:
            self._message.fail(self._outcome, self._error)
            self._done(self._outcome)
