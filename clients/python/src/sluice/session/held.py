"""Messages in the hands of a consumer."""

from __future__ import annotations

from .core import Peer
from .receiver_session import Messages

__all__ = ["Held"]


class Held:
    """Messages that were handed over, in order, to be settled from the front or one by one."""

    __slots__ = ("done", "headers", "messages", "peer", "redelivered", "size", "start", "values")

    def __init__(self, peer: Peer, messages: Messages, start: int = 0) -> None:
        self.peer = peer
        self.messages = messages
        self.start = start
        self.values = messages.values
        self.headers = messages.headers
        self.redelivered = messages.redelivered
        self.size = len(messages.values)
        #: Before this index everything is settled.
        self.done = start
