"""The answering side of request-reply: serves Sluice requesters, plain REQ clients and DEALERs alike."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Any, Callable, Iterator, List, Optional, Type

from .codec.encode import Encoder
from .driver import Driver
from .errors import ClosedError, EncodeError, TimeoutError
from .limits import Limits
from .net.endpoint import Endpoints
from .opening import open_replier
from .options import seconds
from .security.security import Security, guard_of
from .session.headers import Headers, encode_headers
from .session.ledger import ReceiverStats
from .session.replier import Asked

__all__ = ["Replier", "Request"]

_LINGER_MS = 1_000


class Request:
    """One request, to be answered once by ``reply`` or ``fail``, from any thread."""

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
    """Iterates over requests, which may be answered in any order; or serves them with a function.

    The iteration ends when as many requesters have ended as ``senders`` says, or when it is closed. Requests beyond ``high_water_mark`` that
    are unanswered stay in the network.

    Frames: RR-1 to RR-14.
    Errors: ``OptionError`` before any I/O; ``LinkError`` for an endpoint that cannot be bound.
    Not guaranteed: that a request comes only once.

    Example::

        with Replier(bind="tcp://127.0.0.1:5555") as replier:
            replier.serve(lambda dish: {"washed": dish})
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
        self._closing = False
        self._driver = Driver(self._core, sockets, "Replier")

    def __iter__(self) -> Iterator[Request]:
        """The requests, until every requester has ended or this is closed."""
        while True:
            request = self.take()
            if request is None:
                return
            yield request

    @property
    def waits(self) -> bool:
        """True when ``take`` would have to wait."""
        return not self._core.ready

    def take(self, timeout_ms: Optional[float] = None) -> Optional[Request]:
        """The next request; None at the end. Errors: ``TimeoutError``."""
        core, driver = self._core, self._driver
        timeout = seconds("timeout_ms", timeout_ms)
        with driver.lock:
            while not driver.closed:
                asked = core.take()
                if asked is not None:
                    return Request(self, asked)
                core.flush(monotonic())
                if core.ended:
                    driver.visit()
                    return None
                if not driver.wait(lambda: bool(core.ready) or core.ended, timeout) and not driver.closed:
                    raise TimeoutError("Replier: nothing came in time")
        return None

    def serve(self, handler: Callable[[Any], Any]) -> None:
        """Answers each request with what ``handler(value)`` returns, or with its error, until the requests end.

        An error's ``code`` goes to the requester where it has one, else the name of its class; never its stack.
        """
        for request in self:
            try:
                request.reply(handler(request.value))
            except Exception as error:
                request.fail(failure_code(error), str(error))

    def no_more_senders(self) -> None:
        """Says that the requesters are gone: the iteration ends as soon as nothing more can come."""
        with self._driver.lock:
            self._core.no_more_senders(monotonic())
            self._driver.changed()

    def close(self) -> None:
        """Closes; what was not begun is told to be tried elsewhere. Idempotent."""
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
    def endpoints(self) -> List[str]:
        """The endpoints really bound, in the order of ``bind``."""
        return list(self._driver.sockets.endpoints)

    @property
    def closed(self) -> bool:
        return self._driver.closed

    def __enter__(self) -> Replier:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def _answer(self, asked: Asked, value: Any, headers: Optional[Headers]) -> None:
        with self._driver.lock:
            self._assert_open()
            data = self._encoder.encode(value)
            self._core.reply(asked, data, None if headers is None else encode_headers(self._encoder, headers))
            self._driver.gathered(not self._core.ready)

    def _fail(self, asked: Asked, code: str, message: str) -> None:
        with self._driver.lock:
            self._assert_open()
            try:
                self._core.fail(asked, code, message)
            except EncodeError:
                # Its words cannot travel; that it failed can.
                self._core.fail(asked, "ERR_SLUICE_REMOTE", "the handler failed")
            self._driver.gathered(not self._core.ready)

    def _assert_open(self) -> None:
        if self._driver.closed:
            raise ClosedError("Replier: closed before the answer was given")


def failure_code(error: BaseException) -> str:
    """The code that a handler's error has for the other side."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code else type(error).__name__
