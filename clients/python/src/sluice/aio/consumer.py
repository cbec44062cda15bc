"""The receiving side of backpressure, awaited."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional, Union

from ..errors import StateError
from ..limits import Limits
from ..net.endpoint import Endpoints
from ..opening import open_consumer
from ..security.security import Security, guard_of
from ..session.held import Held
from .receiving import Receiving

__all__ = ["Consumer"]


class Consumer(Receiving[Held]):
    """Receives messages one after the other; each is finished, and acked, when the next is asked for; see ``sluice.Consumer``.

    Example::

        async with Consumer(bind="tcp://127.0.0.1:5555") as consumer:
            async for dish in consumer:
                await dry(dish)
    """

    def __init__(
        self,
        *,
        bind: Endpoints = None,
        connect: Endpoints = None,
        high_water_mark: Union[int, str] = "auto",
        high_water_mark_bytes: int = 64 * 1024 * 1024,
        senders: Optional[int] = None,
        concurrency: int = 1,
        identity: Optional[str] = None,
        limits: Optional[Limits] = None,
        trusted: bool = False,
        security: Optional[Security] = None,
        insecure: bool = False,
        context: Optional[Any] = None,
    ) -> None:
        core, sockets = open_consumer(
            bind,
            connect,
            high_water_mark,
            high_water_mark_bytes,
            senders,
            concurrency,
            identity,
            limits,
            trusted,
            context,
            guard_of(security, insecure),
        )
        super().__init__(core, sockets, "Consumer")

    def pause(self) -> None:
        """Lets senders send no more than what is outstanding."""
        self._pause(True)

    def resume(self) -> None:
        """Takes ``pause`` back."""
        self._pause(False)

    async def __aenter__(self) -> Consumer:
        return self

    def _pause(self, paused: bool) -> None:
        if self._driver.closed:
            raise StateError("Consumer: pause() or resume() after close()")
        self._core.pause(paused, monotonic())
        self._driver.visit()
