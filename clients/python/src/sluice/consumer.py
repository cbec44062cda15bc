"""The receiving side of backpressure: its acks are its senders' credit."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Any, Iterator, NamedTuple, Optional, Type, Union

from .driver import Driver
from .errors import ClosedError, StateError, TimeoutError
from .limits import Limits
from .net.endpoint import Endpoints, endpoints_of
from .net.sockets import Sockets
from .options import checked_identity, checked_limits, high_water_mark, seconds, whole
from .session.headers import Headers
from .session.ledger import ReceiverStats
from .session.receiver import Held, ReceiverCore

__all__ = ["Consumer", "Received"]

_LINGER_MS = 1_000
#: How long acks wait for company while a batch is worked through, in seconds.
_ACK_PAUSE = 0.001


class Received(NamedTuple):
    """A message with what came beside it."""

    value: Any
    headers: Optional[Headers]
    redelivered: bool
    """True when it may have been delivered before."""


class Consumer:
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
        self._core = ReceiverCore(
            checked_identity(identity, "consumer"),
            bounds,
            trusted,
            _mark(high_water_mark),
            whole("high_water_mark_bytes", high_water_mark_bytes, 1),
            whole("concurrency", concurrency, 1),
            None if senders is None else whole("senders", senders, 1),
        )
        self._closing = False
        self._driver = Driver(self._core, Sockets("duplex", bound, connected, self._core, bounds, context), "consumer")

    def __iter__(self) -> Iterator[Any]:
        """The messages' values, one after the other, until every sender has ended or the consumer is closed."""
        while True:
            held = self.take()
            if held is None:
                return
            at = held.start
            values = held.values
            due = monotonic() + _ACK_PAUSE
            try:
                while at < held.size:
                    yield values[at]
                    at += 1
                    if monotonic() >= due:
                        self.finish(held, at)
                        due = monotonic() + _ACK_PAUSE
            except GeneratorExit:
                self._leave(held, at)
                raise
            self.finish(held, at)

    def received(self) -> Iterator[Received]:
        """The messages with their headers; otherwise like iterating over the consumer."""
        while True:
            held = self.take()
            if held is None:
                return
            at = held.start
            try:
                while at < held.size:
                    headers = None if held.headers is None else held.headers[at]
                    yield Received(held.values[at], headers, held.redelivered)
                    at += 1
                    self.finish(held, at)
            except GeneratorExit:
                self._leave(held, at)
                raise

    def receive(self, timeout_ms: Optional[float] = None) -> Any:
        """The next message, finished at once; for programs that cannot loop.

        Errors: ``TimeoutError``; ``ClosedError`` when every sender has ended.
        """
        held = self.take(timeout_ms)
        if held is None:
            raise ClosedError("Consumer: every sender has ended")
        value = held.values[held.start]
        self.finish(held, held.start + 1)
        self._put_back(held, held.start + 1)
        return value

    def take(self, timeout_ms: Optional[float] = None) -> Optional[Held]:
        """Messages that came together, to be settled by ``finish`` and ``reject``; None at the end of the stream.

        Errors: ``TimeoutError``.
        """
        core = self._core
        with self._driver.lock:
            held = core.take()
            if held is not None:
                return held
            if not self._driver.closed:
                self._driver.wait(lambda: bool(core.ready) or core.ended, seconds("timeout_ms", timeout_ms))
            held = core.take()
            if held is not None or core.ended or self._driver.closed:
                return held
        if timeout_ms is None:
            return self.take()
        raise TimeoutError("Consumer: nothing came in time")

    def finish(self, held: Held, until: int) -> None:
        """Settles what was taken, in order, up to the index ``until`` (excluded), as delivered."""
        if until > held.done:
            with self._driver.lock:
                first, held.done = held.done, until
                self._core.finish(held, first, until - 1, monotonic())
                self._driver.sockets.flush(monotonic())
                self._driver.changed()

    def settle(self, held: Held, index: int) -> None:
        """Settles one message of what was taken, in any order, as delivered."""
        with self._driver.lock:
            self._core.finish(held, index, index, monotonic())
            self._driver.sockets.flush(monotonic())
            self._driver.changed()

    def reject(self, held: Held, index: int, code: str, message: str) -> None:
        """Settles one message of what was taken as failed, or as dead-lettered where that is the code."""
        with self._driver.lock:
            self._core.reject(held, index, code, message, monotonic())
            self._driver.sockets.flush(monotonic())
            self._driver.changed()

    def pause(self) -> None:
        """Lets senders send no more than what is outstanding."""
        self._pause(True)

    def resume(self) -> None:
        """Takes ``pause`` back."""
        self._pause(False)

    def no_more_senders(self) -> None:
        """Says that the senders are gone: the iteration ends as soon as nothing more can come."""
        with self._driver.lock:
            self._core.no_more_senders()
            self._driver.changed()

    def close(self) -> None:
        """Acks what is finished and closes; what is not goes to another receiver. Idempotent."""
        with self._driver.lock:
            if not self._driver.closed and not self._closing:
                self._closing = True
                self._driver.visit()
                self._core.close(monotonic())
                self._driver.visit()
        self._driver.close(_LINGER_MS)

    def stats(self) -> ReceiverStats:
        """The ledger, as it stands."""
        with self._driver.lock:
            return self._core.stats()

    @property
    def endpoints(self) -> "list[str]":
        """The endpoints really bound, in the order of ``bind``."""
        return list(self._driver.sockets.endpoints)

    @property
    def closed(self) -> bool:
        return self._driver.closed

    def __enter__(self) -> Consumer:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def _pause(self, paused: bool) -> None:
        with self._driver.lock:
            if self._driver.closed:
                raise StateError("Consumer: pause() or resume() after close()")
            self._core.pause(paused, monotonic())
            self._driver.visit()

    def _leave(self, held: Held, at: int) -> None:
        """The loop was left while message ``at`` was worked on: it stays unacked, and what follows it is kept."""
        self.finish(held, at)
        with self._driver.lock:
            if not self._driver.closed:
                self._core.give_up(held, 1)
        self._put_back(held, at + 1)

    def _put_back(self, held: Held, at: int) -> None:
        if at < held.size:
            with self._driver.lock:
                rest = Held(held.peer, held.messages, at)
                self._core.put_back(rest)


def _mark(value: Union[int, str]) -> Optional[int]:
    return high_water_mark(value)
