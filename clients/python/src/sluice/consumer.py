"""The receiving side of backpressure: its acks are its senders' credit."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional, Union

from .errors import StateError
from .limits import Limits
from .net.endpoint import Endpoints
from .opening import open_consumer
from .receiving import Receiving
from .security.security import Security, guard_of
from .session.held import Held

__all__ = ["Consumer"]


class Consumer(Receiving[Held]):
    """Receives messages one after the other; each is finished, and acked, when the next is asked for.

    Breaking out of the loop leaves the current message unacked: its sender delivers it again once this consumer is
    closed. The iteration ends when as many senders have ended as ``senders`` says; without it, when all that ever came have.

    Frames: BP-1 to BP-19. Units: ``high_water_mark`` in messages a sender (default ``auto``), ``high_water_mark_bytes`` in octets.
    Errors: ``OptionError`` before any I/O; ``LinkError`` for an endpoint that cannot be bound.
    Not guaranteed: that a message comes only once; look at ``Received.redelivered``.

    Example::

        with Consumer(bind="tcp://127.0.0.1:5555") as consumer:
            for dish in consumer:
                dry(dish)
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

    @property
    def held_up(self) -> bool:
        """True when a sender has to wait for what was handed out and is not finished, or soon will."""
        with self._driver.mutex:
            return bool(self._core.held_up)

    def __enter__(self) -> Consumer:
        return self

    def _pause(self, paused: bool) -> None:
        with self._driver.lock:
            if self._driver.closed:
                raise StateError("Consumer: pause() or resume() after close()")
            self._core.pause(paused, monotonic())
            self._driver.visit()
