"""What every sending side has in common: a drain that says whether everything ended, and a close that says what did not."""

from __future__ import annotations

from time import monotonic
from types import TracebackType
from typing import Any, Callable, List, Optional, Type

from .codec.encode import Encoder
from .driver import Driver
from .errors import ClosedError, OptionError, StateError, TimeoutError
from .net.sockets import GOODBYE_MS, Sockets
from .options import seconds

__all__ = ["Sending"]


class Sending:
    """Owns a core's driver; its subclasses open the sockets and say what a message is."""

    #: How long what was sent may take to leave after a close, in milliseconds.
    _linger_ms = GOODBYE_MS

    def __init__(self, core: Any, sockets: Sockets, name: str, drain_timeout_ms: float) -> None:
        timeout = seconds("drain_timeout_ms", drain_timeout_ms)
        if timeout is None:
            sockets.close(0)
            raise OptionError("drain_timeout_ms", "drain_timeout_ms must be a number of milliseconds")
        self._core = core
        self._name = name
        self._drain_timeout_ms = drain_timeout_ms
        self._encoder = Encoder(core.limits.max_message_bytes)
        self._draining = False
        self._driver = Driver(core, sockets, name)

    def ready(self, timeout_ms: Optional[float] = None) -> None:
        """Waits until a peer is there. Errors: ``TimeoutError``, ``ClosedError``."""
        with self._driver.lock:
            self._wait_or_raise(lambda: self._core.live > 0, timeout_ms, "nobody came in time", None)

    def drain(self, timeout_ms: Optional[float] = None) -> None:
        """Takes no more, waits until every message is settled and every peer was told of the end, then closes.

        Errors: ``TimeoutError``; it is still open then, and may be drained further or closed.
        """
        core = self._core
        with self._driver.lock:
            if not self._driver.closed:
                self._draining = True
                self._begin_drain(monotonic())
                self._wait_or_raise(lambda: core.finished, timeout_ms, "not everything had ended in time", None)
                self._driver.visit()
        self._driver.close(self._linger_ms)

    def close(self) -> None:
        """Closes at once; what is pending or in flight is undelivered, and counted so. Idempotent."""
        with self._driver.lock:
            if not self._driver.closed:
                self._draining = True
                self._core.close()
                self._driver.visit()
        self._driver.close(self._linger_ms)

    def rest(self) -> None:
        """Says that the caller sends nothing for a while: acks and answers are heard at once all the same."""
        self._driver.rest()

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
        try:
            if kind is None and not self.closed:
                self.drain(self._drain_timeout_ms)
        finally:
            self.close()

    def _begin_drain(self, now: float) -> None:
        self._core.drain(now)

    def _assert_open(self, call: str) -> None:
        if self._draining or self._driver.closed:
            raise StateError(f"{self._name}: {call} after drain() or close()")

    def _wait_or_raise(
        self, ready: Callable[[], bool], timeout_ms: Optional[float], late: str, value: Any
    ) -> None:
        if self._driver.wait(ready, seconds("timeout_ms", timeout_ms)):
            return
        if self._driver.closed:
            raise ClosedError(f"{self._name}: closed while a call waited", value)
        raise TimeoutError(f"{self._name}: {late}", value)
