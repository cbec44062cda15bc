"""The receiving side of fire-and-forget."""

from __future__ import annotations

from typing import Any, Optional

from .limits import Limits
from .net.endpoint import Endpoints
from .opening import open_puller
from .receiving import Receiving
from .security.security import Security, guard_of
from .session.puller import PulledBatch

__all__ = ["Puller"]

class Puller(Receiving[PulledBatch]):
    """Receives what pushers send, one message after the other; each is finished when the next is asked for.

    While ``high_water_mark`` messages are unfinished nothing is read from the network, and what is sent meanwhile piles up at the
    senders, who drop it. The iteration ends when as many senders have ended as ``senders`` says; without it, when every connection that
    came has ended its stream and is gone.

    Frames: FNF-1 to FNF-3. Units: ``high_water_mark`` in messages, default 1 000.
    Errors: ``OptionError`` before any I/O; ``LinkError`` for an endpoint that cannot be bound.
    Not guaranteed: that what is unread when the puller closes comes to anybody.

    Example::

        with Puller(bind="tcp://127.0.0.1:5555") as puller:
            for line in puller:
                print(line)
    """

    def __init__(
        self,
        *,
        bind: Endpoints = None,
        connect: Endpoints = None,
        high_water_mark: int = 1_000,
        senders: Optional[int] = None,
        limits: Optional[Limits] = None,
        trusted: bool = False,
        security: Optional[Security] = None,
        insecure: bool = False,
        context: Optional[Any] = None,
    ) -> None:
        core, sockets = open_puller(bind, connect, high_water_mark, senders, limits, trusted, context, guard_of(security, insecure))
        super().__init__(core, sockets, "Puller")

    def __enter__(self) -> Puller:
        return self
