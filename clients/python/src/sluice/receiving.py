"""What pullers and consumers have in common: messages one after the other, each finished when the next is asked for."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Any, Generic, Iterator, List, NamedTuple, Optional, Protocol, Type, TypeVar

from .driver import Driver
from .errors import ClosedError, TimeoutError
from .net.sockets import GOODBYE_MS, Sockets
from .options import seconds
from .session.headers import Headers
from .session.ledger import ReceiverStats

__all__ = ["Received", "Receiving"]

#: How long acks wait for company while a batch is worked through, in seconds.
_ACK_PAUSE = 0.002


class Received(NamedTuple):
    """A message with what came beside it."""

    value: Any
    headers: Optional[Headers]
    redelivered: bool
    """True when it may have been delivered before."""


class Batch(Protocol):
    """Messages that came together."""

    values: List[Any]
    headers: Optional[List[Any]]
    redelivered: bool
    size: int
    start: int
    done: int


B = TypeVar("B", bound=Batch)


class Receiving(Generic[B]):
    """Iterates over a core's messages; its subclasses open the sockets."""

    def __init__(self, core: Any, sockets: Sockets, name: str) -> None:
        self._core = core
        self._name = name
        self._closing = False
        self._driver = Driver(core, sockets, name)

    def __iter__(self) -> Iterator[Any]:
        """The messages' values, one after the other, until every sender has ended or this is closed."""
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
        """The messages with their headers; otherwise like iterating."""
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
        """The next message, finished at once: for programs that do not loop.

        Errors: ``TimeoutError``; ``ClosedError`` when every sender has ended.
        """
        held = self.take(timeout_ms)
        if held is None:
            raise ClosedError(f"{self._name}: every sender has ended")
        at = held.start
        self.finish(held, at + 1)
        self._put_back(held, at + 1)
        return held.values[at]

    @property
    def waits(self) -> bool:
        """True when ``take`` would have to wait."""
        return not self._core.ready

    def take(self, timeout_ms: Optional[float] = None) -> Optional[B]:
        """Messages that came together, to be settled by ``finish``, ``settle`` and ``reject``; None at the end.

        Errors: ``TimeoutError``.
        """
        core, driver = self._core, self._driver
        timeout = seconds("timeout_ms", timeout_ms)
        with driver.lock:
            while not driver.closed:
                held: Optional[B] = core.take()
                if held is not None:
                    if not core.ready:
                        driver.visit()
                    return held
                if core.ended:
                    return None
                if not driver.wait(lambda: bool(core.ready) or core.ended, timeout) and not driver.closed:
                    raise TimeoutError(f"{self._name}: nothing came in time")
        return None

    def finish(self, held: B, until: int) -> None:
        """Settles what was taken, in order, up to the index ``until`` (excluded), as delivered."""
        if until > held.done:
            first, held.done = held.done, until
            with self._driver.lock:
                self._core.finish(held, first, until - 1, monotonic())
                self._told()

    def settle(self, held: B, index: int) -> None:
        """Settles one message of what was taken, in any order, as delivered."""
        with self._driver.lock:
            self._core.finish(held, index, index, monotonic())
            self._told()

    def reject(self, held: B, index: int, code: str, message: str) -> None:
        """Settles one message of what was taken as failed, or as dead-lettered where that is the code."""
        with self._driver.lock:
            self._core.reject(held, index, code, message, monotonic())
            self._told()

    def no_more_senders(self) -> None:
        """Says that the senders are gone: the iteration ends as soon as nothing more can come."""
        with self._driver.lock:
            self._core.no_more_senders(monotonic())
            self._driver.changed()

    def close(self) -> None:
        """Closes; what is unfinished is not acked. Idempotent."""
        with self._driver.lock:
            if not self._driver.closed and not self._closing:
                self._closing = True
                self._driver.visit()
                self._core.close(monotonic())
                self._driver.visit()
        self._driver.close(GOODBYE_MS)

    def stats(self) -> ReceiverStats:
        """The ledger, as it stands."""
        with self._driver.lock:
            stats: ReceiverStats = self._core.stats()
            return stats

    @property
    def endpoints(self) -> List[str]:
        """The endpoints really bound, in the order of ``bind``."""
        return list(self._driver.sockets.endpoints)

    @property
    def closed(self) -> bool:
        return self._driver.closed

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def _told(self) -> None:
        if not self._driver.closed:
            self._driver.told()
            if self._core.ended:
                self._driver.changed()

    def _leave(self, held: B, at: int) -> None:
        """The loop was left while message ``at`` was worked on: it stays unsettled, and what follows it is kept."""
        self.finish(held, at)
        with self._driver.lock:
            if not self._driver.closed:
                self._core.give_up(held, 1)
        self._put_back(held, at + 1)

    def _put_back(self, held: B, at: int) -> None:
        if at < held.size:
            held.start = held.done = at
            with self._driver.lock:
                self._core.put_back(held)
