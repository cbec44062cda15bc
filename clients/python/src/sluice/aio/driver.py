"""Runs a core on its sockets inside an event loop."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Callable, List, Optional, Tuple

from ..net.sockets import Sockets
from ..session.core import NEVER, Core

__all__ = ["Driver"]


class Driver:
    """Reads when the loop says that there is something; sends at once when idle, and once a turn while busy."""

    def __init__(self, core: Core, sockets: Sockets) -> None:
        self.core = core
        self.sockets = sockets
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._waiters: List[Tuple[Callable[[], bool], "asyncio.Future[bool]"]] = []
        self._timer: Optional[asyncio.TimerHandle] = None
        self._timer_at = NEVER
        self._busy = False
        for descriptor in sockets.fds:
            self._loop.add_reader(descriptor, self._readable)
        # What came between opening and now has told its tale already.
        self._loop.call_soon(self.visit)

    def visit(self, polled: bool = False) -> None:
        """Reads and sends whatever is to be read and sent."""
        if self.closed:
            return
        now = monotonic()
        moved = False
        while self.sockets.pump(now, polled):
            moved, polled = True, False
            now = monotonic()
        if moved:
            self.changed()
        self._set_timer(now)

    def gathered(self, full: bool) -> None:
        """Something was put out: it leaves at once, or with what follows in this turn of the loop."""
        if full or not self._busy:
            self._flush()
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._turned)

    def changed(self) -> None:
        """Something that others wait for has changed."""
        if not self._waiters:
            return
        waiters, self._waiters = self._waiters, []
        for ready, future in waiters:
            if future.done():
                continue
            if self.closed or ready():
                future.set_result(not self.closed or ready())
            else:
                self._waiters.append((ready, future))

    async def wait(self, ready: Callable[[], bool], timeout: Optional[float] = None) -> bool:
        """Waits until ``ready()``; False when the time is over or the driver is closed."""
        self.visit()
        if ready():
            return True
        if self.closed:
            return False
        self._flush()
        if ready():
            return True
        future: "asyncio.Future[bool]" = self._loop.create_future()
        waiter = (ready, future)
        self._waiters.append(waiter)
        try:
            if timeout is None:
                return await future
            return await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:
            return ready()
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def close(self, linger_ms: int) -> None:
        """Closes the sockets. Idempotent."""
        if self.closed:
            return
        self.visit()
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        for descriptor in self.sockets.fds:
            self._loop.remove_reader(descriptor)
        self.sockets.close(linger_ms)
        self.changed()

    def _readable(self) -> None:
        self.visit(True)

    def _flush(self) -> None:
        self.core.flush(monotonic())
        self.visit()

    def _turned(self) -> None:
        self._busy = False
        if not self.closed:
            self._flush()

    def _set_timer(self, now: float) -> None:
        at = self.core.wake_at
        if at == self._timer_at and self._timer is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timer_at = at
        if at != NEVER:
            self._timer = self._loop.call_later(max(0.0, at - now), self._due)

    def _due(self) -> None:
        self._timer = None
        self.visit()
