"""How much a requester takes before anything is answered."""

from __future__ import annotations

from ..errors import FullError
from .call import Call

__all__ = ["RequestBounds"]


class RequestBounds:
    """Requests that wait to be sent, and octets of all that are not answered. One always may go."""

    def __init__(self, messages: int = 65_536, octets: int = 256 * 1024 * 1024) -> None:
        self._messages = messages
        self._octets = octets
        self._held = 0

    def take(self, call: Call, waiting: int) -> None:
        """Counts a request in. Errors: ``FullError`` where it is one too many."""
        if waiting >= self._messages:
            raise FullError(f"{self._messages} requests wait to be sent already (high_water_mark)", call.value)
        if self._held >= self._octets:
            words = f"requests of {self._octets} bytes are not answered yet (high_water_mark_bytes)"
            raise FullError(words, call.value)
        self._held += len(call.data)

    def leave(self, call: Call) -> None:
        """It has ended."""
        self._held -= len(call.data)
