"""Runs a core on its sockets for callers that block: in the caller's thread while it is here, else in a thread of its own."""

from __future__ import annotations

import os
import select
import threading
from time import monotonic
from typing import Callable, Optional

import zmq

from .net.sockets import Sockets
from .session.core import NEVER, Core

__all__ = ["Driver"]

#: How long after a caller's last visit the thread takes over, in seconds.
_GRACE = 0.03
#: Share of the time that flushes may take while messages come without a pause; and the shortest time between two, in seconds.
_FLUSH_SHARE = 0.1
_GATHER = 0.001
_LONGEST_WAIT = 3_600.0


class Driver:
    """One lock, one set of sockets, two kinds of thread.

    A caller that waits reads the sockets itself, which saves the way through another thread. While no caller is here, because a
    handler computes or the program does something else, the driver's own thread reads, acks and repeats what is due.
    What is sent in bursts is flushed by the next call, or by the thread as soon as the caller pauses: never by a timer.
    """

    def __init__(self, core: Core, sockets: Sockets, name: str) -> None:
        #: Both are one lock: the mutex for those who only come by, the condition for those who wait.
        self.mutex = threading.Lock()
        self.lock = threading.Condition(self.mutex)
        self.core = core
        self.sockets = sockets
        self.closed = False
        #: Set when its sockets are closed.
        self._gone = threading.Event()
        self._leading = False
        self._nudged = False
        self._visited_at = 0.0
        self._polled = True
        #: Whether the thread reads the sockets itself now.
        self._stands_in = False
        #: Until when what comes is gathered.
        self.flush_at = 0.0
        #: Until when each of the two waits, if nothing comes before.
        self._leads_until = self._sleeps_until = NEVER
        self._reader, self._interrupter = os.pipe()
        self._own_reader, self._nudger = os.pipe()
        for descriptor in (self._reader, self._interrupter, self._own_reader, self._nudger):
            os.set_blocking(descriptor, False)
        self._leaders = _poll(sockets.fds + [self._reader])
        self._standby = _poll([self._own_reader])
        self._active = _poll(sockets.fds + [self._own_reader])
        self._thread = threading.Thread(target=self._run, name=f"sluice {name}", daemon=True)
        self._thread.start()

    def visit(self) -> None:
        """Reads and sends whatever is to be read and sent. The caller holds the lock."""
        now = monotonic()
        self._visited_at = now
        self._pump(now)

    def gathered(self, full: bool) -> None:
        """Something was put out: it leaves at once, or together with what follows at once. The caller holds the lock."""
        if full or monotonic() >= self.flush_at:
            self.flush()
        elif not self._nudged:
            self._nudge()

    def flush(self) -> None:
        """Sends what was gathered, and says when that is worth its cost again. The caller holds the lock."""
        now = self._visited_at = monotonic()
        self.core.flush(now)
        self._pump(now)
        after = monotonic()
        self.flush_at = after + max(_GATHER, (after - now) / _FLUSH_SHARE)

    def rest(self) -> None:
        """The caller turns to something else for a while: the thread reads at once, not only when it has missed the caller."""
        # Also where the thread reads already: it would leave that to a caller who was here a moment ago.
        self._visited_at = -NEVER
        if self._stands_in:
            return
        with self.lock:
            if not self.closed:
                self._nudge()

    def told(self) -> None:
        """Something was said to the core from outside: what it puts out leaves, and its next time is kept. The caller holds the lock."""
        if self.core.out:
            self.visit()
        elif self._leading:
            if self.core.wake_at < self._leads_until:
                self._interrupt()
        elif self.core.wake_at < self._sleeps_until:
            self._nudge()

    def wait(self, ready: Callable[[], bool], timeout: Optional[float] = None) -> bool:
        """Waits until ``ready()``; False when the time is over. The caller holds the lock."""
        end = NEVER if timeout is None else monotonic() + timeout
        while True:
            self.visit()
            if ready():
                return True
            now = monotonic()
            if now >= end or self.closed:
                return False
            self.core.flush(now)
            if self.core.out:
                continue
            if self._leading:
                self.lock.wait(min(end - now, _LONGEST_WAIT))
            else:
                self._lead(min(end, self.core.wake_at) - now)

    def changed(self) -> None:
        """Something that others wait for has changed. The caller holds the lock."""
        self.lock.notify_all()
        if self._leading:
            self._interrupt()

    def close(self, linger_ms: int) -> None:
        """Closes the sockets and ends the thread. Idempotent: who comes second waits for the first. The caller does not hold the lock."""
        own = threading.current_thread() is self._thread
        with self.lock:
            first = not self.closed
            self.closed = True
            if first:
                self._nudge()
                self.changed()
        if not first:
            if not own:
                self._gone.wait()
            return
        try:
            self._close(linger_ms, own)
        finally:
            self._gone.set()

    def _close(self, linger_ms: int, own: bool) -> None:
        if not own:
            self._thread.join()
        with self.lock:
            while self._leading:
                self.lock.wait(0.01)
            self.sockets.close(linger_ms)
            for descriptor in (self._reader, self._interrupter, self._own_reader, self._nudger):
                os.close(descriptor)

    def _lead(self, timeout: float) -> None:
        self._leading = True
        self._leads_until = monotonic() + timeout
        self.lock.release()
        try:
            self._leaders.poll(_milliseconds(timeout))
        finally:
            self.lock.acquire()
            self._leading = False
            self._polled = True
            _empty(self._reader)
            self.lock.notify_all()

    def _pump(self, now: float) -> None:
        moved = False
        polled, self._polled = self._polled, False
        while self.sockets.pump(now, polled):
            moved = True
            polled = False
            now = monotonic()
        if moved:
            self.changed()

    def _interrupt(self) -> None:
        _signal(self._interrupter)

    def _nudge(self) -> None:
        if not self._nudged:
            self._nudged = True
            _signal(self._nudger)

    def _run(self) -> None:
        try:
            self._stand_in()
        except zmq.ZMQError:
            if not self.sockets.gone:
                raise

    def _stand_in(self) -> None:
        while True:
            with self.lock:
                if self.closed:
                    return
                now = monotonic()
                if self._nudged:
                    self._nudged = False
                    _empty(self._own_reader)
                    self.core.flush(now)
                    self._pump(now)
                elif now >= self.core.wake_at:
                    self._pump(now)
                absent = now - self._visited_at
                if self._leading or absent < _GRACE:
                    # Timers run here too; but what a leader waits for, it sees to itself.
                    until = NEVER if self._leading else self.core.wake_at - now
                    poll, timeout = self._standby, min(_GRACE, until)
                else:
                    self._pump(now)
                    poll, timeout = self._active, self.core.wake_at - now
                self._sleeps_until = now + timeout
                self._stands_in = poll is self._active
            if poll.poll(_milliseconds(timeout)):
                self._polled = True


def _poll(descriptors: "list[int]") -> "select.poll":
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return poll


def _milliseconds(seconds: float) -> float:
    # A little late rather than too early: a poll that returns before the time would be repeated.
    return max(0.0, min(seconds, _LONGEST_WAIT) * 1000 + 0.5)


def _signal(descriptor: int) -> None:
    try:
        os.write(descriptor, b"\0")
    except BlockingIOError:
        # Enough signals are there already.
        pass


def _empty(descriptor: int) -> None:
    try:
        while len(os.read(descriptor, 1024)) == 1024:
            pass
    except BlockingIOError:
        pass
