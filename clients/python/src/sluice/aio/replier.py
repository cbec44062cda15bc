"""The answering side of request-reply, awaited."""

from __future__ import annotations

import asyncio
import inspect
from time import monotonic
from types import TracebackType
from typing import Any, AsyncIterator, Callable, List, Optional, Set, Type

from ..codec.encode import Encoder
from ..errors import ClosedError, EncodeError, TimeoutError
from ..limits import Limits
from ..net.endpoint import Endpoints
from ..opening import open_replier
from ..options import seconds, whole
from ..replier import failure_code
from ..security.security import Security, guard_of
from ..session.headers import Headers, encode_headers
from ..session.ledger import ReceiverStats
from ..session.replier import Asked
from .driver import Driver

__all__ = ["Replier", "Request"]

_LINGER_MS = 1_000


class Request:
    """One request, to be answered once by ``reply`` or ``fail``."""

    __slots__ = ("_asked", "_replier")

    def __init__(self, replier: Replier, asked: Asked) -> None:
        self._replier = replier
        self._asked = asked

    @property
    def value(self) -> Any:
        return self._asked.value

    @property
    def headers(self) -> Optional[Headers]:
        return self._asked.headers

    @property
    def cancelled(self) -> bool:
        """True when the requester no longer wants the answer, or is gone."""
        return self._asked.cancelled

    def reply(self, value: Any, headers: Optional[Headers] = None) -> None:
        """Answers. Does nothing when it was answered or cancelled before. Errors: ``EncodeError``, and then it is not answered."""
        self._replier._answer(self._asked, value, headers)

    def fail(self, code: str, message: str) -> None:
        """Answers with an error."""
        self._replier._fail(self._asked, code, message)


class Replier:
    """Iterates over requests, which may be answered in any order; or serves them with a function; see ``sluice.Replier``.

    Example::

        async with Replier(bind="tcp://127.0.0.1:5555") as replier:
            await replier.serve(wash, concurrency=8)
    """

    def __init__(
        self,
        *,
        bind: Endpoints = None,
        connect: Endpoints = None,
        high_water_mark: int = 1_024,
        senders: Optional[int] = None,
        limits: Optional[Limits] = None,
        trusted: bool = False,
        security: Optional[Security] = None,
        insecure: bool = False,
        context: Optional[Any] = None,
    ) -> None:
        self._core, sockets = open_replier(bind, connect, high_water_mark, senders, limits, trusted, context, guard_of(security, insecure))
        self._encoder = Encoder(self._core.limits.max_message_bytes)
        self._driver = Driver(self._core, sockets)

    async def __aiter__(self) -> AsyncIterator[Request]:
        """The requests, until every requester has ended or this is closed."""
        while True:
            request = await self.take()
            if request is None:
                return
            yield request

    async def take(self, timeout_ms: Optional[float] = None) -> Optional[Request]:
        """The next request; None at the end. Errors: ``TimeoutError``."""
        core, driver = self._core, self._driver
        timeout = seconds("timeout_ms", timeout_ms)
        while not driver.closed:
            asked = core.take()
            if asked is not None:
                return Request(self, asked)
            if core.ended:
                return None
            if not await driver.wait(lambda: bool(core.ready) or core.ended, timeout) and not driver.closed:
                raise TimeoutError("Replier: nothing came in time")
        return None

    async def serve(self, handler: Callable[[Any], Any], concurrency: int = 64) -> None:
        """Answers each request with what ``handler(value)`` returns, awaited where it can be, ``concurrency`` of them at once.

        An error's ``code`` goes to the requester where it has one, else the name of its class. A handler whose request is
        cancelled is cancelled too.
        """
        room = asyncio.Semaphore(whole("concurrency", concurrency, 1))
        tasks: Set["asyncio.Task[None]"] = set()
        try:
            while True:
                await room.acquire()
                request = await self.take()
                if request is None:
                    break
                task = asyncio.ensure_future(self._handle(handler, request))
                request._asked.on_cancel = task.cancel
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                task.add_done_callback(lambda _: room.release())
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()

    def no_more_senders(self) -> None:
        """Says that the requesters are gone: the iteration ends as soon as nothing more can come."""
        self._core.no_more_senders(monotonic())
        self._driver.changed()

    async def close(self) -> None:
        """Closes; what was not begun is told to be tried elsewhere. Idempotent."""
        if not self._driver.closed:
            self._driver.visit()
            self._core.close(monotonic())
            self._driver.close(_LINGER_MS)

    def stats(self) -> ReceiverStats:
        """The ledger, as it stands."""
        return self._core.stats()

    @property
    def endpoints(self) -> List[str]:
        """The endpoints really bound, in the order of ``bind``."""
        return list(self._driver.sockets.endpoints)

    @property
    def closed(self) -> bool:
        return self._driver.closed

    async def __aenter__(self) -> Replier:
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        await self.close()

    async def _handle(self, handler: Callable[[Any], Any], request: Request) -> None:
        try:
            answer = handler(request.value)
            request.reply(await answer if inspect.isawaitable(answer) else answer)
        except ClosedError:
            return
        except Exception as error:
            request.fail(failure_code(error), str(error))

    def _answer(self, asked: Asked, value: Any, headers: Optional[Headers]) -> None:
        self._assert_open()
        data = self._encoder.encode(value)
        self._core.reply(asked, data, None if headers is None else encode_headers(self._encoder, headers))
        self._driver.gathered(False)

    def _fail(self, asked: Asked, code: str, message: str) -> None:
        self._assert_open()
        try:
            self._core.fail(asked, code, message)
        except EncodeError:
            # Its words cannot travel; that it failed can.
            self._core.fail(asked, "ERR_SLUICE_REMOTE", "the handler failed")
        self._driver.gathered(False)

    def _assert_open(self) -> None:
        if self._driver.closed:
            raise ClosedError("Replier: closed before the answer was given")
