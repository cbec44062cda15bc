"""What pullers and consumers have in common, awaited: each message is finished when the next is asked for."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Any, AsyncIterator, Generic, List, Optional, Type, TypeVar

from ..errors import ClosedError, TimeoutError
from ..net.sockets import GOODBYE_MS, Sockets
from ..options import seconds
from ..receiving import Batch, Received
from ..session.ledger import ReceiverStats
from .driver import Driver

__all__ = ["Receiving"]

#: How long acks wait for company while a batch is worked through, in seconds.
_ACK_PAUSE = 0.001

B = TypeVar("B", bound=Batch)


class _Loop(Generic[B]):
    """One ``async for``: where it stands lies with its owner, so that another loop goes on behind it."""

    def __init__(self, owner: "Receiving[B]", whole: bool) -> None:
        self._owner = owner
        self._whole = whole

    def __aiter__(self) -> "_Loop[B]":
        return self

    async def __anext__(self) -> Any:
        owner = self._owner
        await owner._advance()
        held, at = owner._held, owner._at
        if held is None:
            raise StopAsyncIteration
        if not self._whole:
            return held.values[at]
        return Received(held.values[at], None if held.headers is None else held.headers[at], held.redelivered)


class Receiving(Generic[B]):
    """Iterates over a core's messages; its subclasses open the sockets."""

    def __init__(self, core: Any, sockets: Sockets, name: str) -> None:
        self._core = core
        self._name = name
        self._held: Optional[B] = None
        self._at = 0
        self._working = False
        self._due = 0.0
        self._driver = Driver(core, sockets)

    def __aiter__(self) -> AsyncIterator[Any]:
        """The messages' values, one after the other, until every sender has ended or this is closed."""
        self._leave()
        return _Loop(self, False)

    def received(self) -> AsyncIterator[Received]:
        """The messages with their headers; otherwise like iterating."""
        self._leave()
        return _Loop(self, True)

    async def receive(self, timeout_ms: Optional[float] = None) -> Any:
        """The next message, finished at once: for programs that do not loop.

        Errors: ``TimeoutError``; ``ClosedError`` when every sender has ended.
        """
        held = await self.take(timeout_ms)
        if held is None:
            raise ClosedError(f"{self._name}: every sender has ended")
        at = held.start
        self.finish(held, at + 1)
        self._put_back(held, at + 1)
        return held.values[at]

    async def take(self, timeout_ms: Optional[float] = None) -> Optional[B]:
        """Messages that came together, to be settled by ``finish``, ``settle`` and ``reject``; None at the end.

        Errors: ``TimeoutError``.
        """
        core, driver = self._core, self._driver
        timeout = seconds("timeout_ms", timeout_ms)
        while not driver.closed:
            held: Optional[B] = core.take()
            if held is not None:
                if not core.ready:
                    driver.visit()
                return held
            if core.ended:
                return None
            if not await driver.wait(lambda: bool(core.ready) or core.ended, timeout) and not driver.closed:
                raise TimeoutError(f"{self._name}: nothing came in time")
        return None

    def finish(self, held: B, until: int) -> None:
        """Settles what was taken, in order, up to the index ``until`` (excluded), as delivered."""
        if until > held.done:
            first, held.done = held.done, until
            self._core.finish(held, first, until - 1, monotonic())
            self._told()

    def settle(self, held: B, index: int) -> None:
        """Settles one message of what was taken, in any order, as delivered."""
        self._core.finish(held, index, index, monotonic())
        self._told()

    def reject(self, held: B, index: int, code: str, message: str) -> None:
        """Settles one message of what was taken as failed, or as dead-lettered where that is the code."""
        self._core.reject(held, index, code, message, monotonic())
        self._told()

    def no_more_senders(self) -> None:
        """Says that the senders are gone: the iteration ends as soon as nothing more can come."""
        self._core.no_more_senders(monotonic())
        self._driver.visit()
        self._driver.changed()

    async def close(self) -> None:
        """Closes; what is unfinished is not acked. Idempotent."""
        if not self._driver.closed:
            self._leave()
            self._driver.visit()
            self._core.close(monotonic())
            self._driver.close(GOODBYE_MS)

    def stats(self) -> ReceiverStats:
        """The ledger, as it stands."""
        stats: ReceiverStats = self._core.stats()
        return stats

    @property
    def endpoints(self) -> List[str]:
        """The endpoints really bound, in the order of ``bind``."""
        return list(self._driver.sockets.endpoints)

    @property
    def closed(self) -> bool:
        return self._driver.closed

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.close()

    async def _advance(self) -> None:
        """Finishes the message that was handed over and makes the next one the present one."""
        held = self._held
        if held is not None:
            if self._working:
                self._at += 1
                self._working = False
                if self._at == held.size or monotonic() >= self._due:
                    self.finish(held, self._at)
                    self._due = monotonic() + _ACK_PAUSE
            if self._at < held.size:
                self._working = True
                return
        self._held = await self.take()
        self._at = 0 if self._held is None else self._held.start
        self._working = self._held is not None

    def _told(self) -> None:
        if not self._driver.closed:
            self._driver.visit()
            if self._core.ended:
                self._driver.changed()

    def _leave(self) -> None:
        """A loop was left while a message was worked on: it stays unsettled, and what follows it is kept."""
        held, self._held = self._held, None
        if held is None or self._driver.closed:
            return
        self.finish(held, self._at)
        if self._working:
            self._core.give_up(held, 1)
            self._at += 1
        self._working = False
        self._put_back(held, self._at)

    def _put_back(self, held: B, at: int) -> None:
        if at < held.size:
            held.start = held.done = at
            self._core.put_back(held)
