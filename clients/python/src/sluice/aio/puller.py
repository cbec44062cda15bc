"""The receiving side of fire-and-forget, awaited."""

from __future__ import annotations

from typing import Any, Optional

from ..limits import Limits
from ..net.endpoint import Endpoints
from ..opening import open_puller
from ..security.security import Security, guard_of
from ..session.puller import PulledBatch
from .receiving import Receiving

__all__ = ["Puller"]


class Puller(Receiving[PulledBatch]):
    """Receives what pushers send, one message after the other; see ``sluice.Puller``.

    Example::

        async with Puller(bind="tcp://127.0.0.1:5555") as puller:
            async for line in puller:
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

    async def __aenter__(self) -> Puller:
        return self
