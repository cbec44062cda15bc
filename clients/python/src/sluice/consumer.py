"""The receiving side of backpressure: its acks are its senders' credit."""

from __future__ import annotations

from time import monotonic
from typing import Any, Optional, Union

from .errors import StateError
from .limits import Limits
from .net.endpoint import Endpoints, endpoints_of
from .net.sockets import Sockets
from .options import checked_identity, checked_limits, whole
from .options import high_water_mark as checked_mark
from .receiving import Receiving
from .session.receiver import Held, ReceiverCore

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
        context: Optional[Any] = None,
    ) -> None:
        bound, connected = endpoints_of(bind, connect)
        bounds = checked_limits(limits)
        core = ReceiverCore(
            checked_identity(identity, "consumer"),
            bounds,
            trusted,
            checked_mark(high_water_mark),
            whole("high_water_mark_bytes", high_water_mark_bytes, 1),
            whole("concurrency", concurrency, 1),
            None if senders is None else whole("senders", senders, 1),
        )
        super().__init__(core, Sockets("duplex", bound, connected, core, bounds, context), "Consumer")

    def pause(self) -> None:
        """Lets senders send no more than what is outstanding."""
        self._pause(True)

    def resume(self) -> None:
        """Takes ``pause`` back."""
        self._pause(False)

    def __enter__(self) -> Consumer:
        return self

    def _pause(self, paused: bool) -> None:
        with self._driver.lock:
            if self._driver.closed:
                raise StateError("Consumer: pause() or resume() after close()")
            self._core.pause(paused, monotonic())
            self._driver.visit()
