"""One replica of a foreign stage: takes messages from its inbound links, calls its handler, and hands on what that gives."""

from __future__ import annotations

import sys
import threading
from datetime import datetime, timezone
from typing import Any, Callable, Dict, List, Optional

from ..errors import ClosedError, DeadlineError, StateError, TimeoutError
from .chain import Chain
from .environment import Environment
from .inbound import Inbound, Message, open_inbound
from .outbound import Outbound, open_outbound
from .report import stats_report
from .results import Caller, Context

__all__ = ["Host"]

#: How long an end waits for somebody to be told, in milliseconds.
_PATIENCE_MS = 5_000


class Host:
    """Opens a stage's links and runs its handler between them. Source: STG-1 to STG-7.

    Errors: ``OptionError`` and ``LinkError`` when a link cannot be opened.
    """

    def __init__(self, handler: Callable[..., Any], environment: Environment) -> None:
        self._environment = environment
        self._caller = Caller(handler)
        self._inbound: Dict[str, Inbound] = {}
        self._outbound: Dict[str, Outbound] = {}
        #: Those whose receivers are of another run, and hear of the end from their senders alone.
        self._awaited: List[Outbound] = []
        self._lock = threading.Condition()
        self._counts: Dict[str, int] = {"in": 0, "out": 0, "filtered": 0, "failed": 0, "deadLettered": 0, "running": 0, "expired": 0}
        self._chains = 0
        self._stopping = False
        #: True when all that there was to do is done.
        self.over = False
        self._error: Optional[BaseException] = None
        for place in environment.links:
            if place.side == "receiver":
                self._inbound[place.name] = open_inbound(place, environment.concurrency)
            else:
                self._outbound[place.name] = open_outbound(place)
                if not place.trusted and place.pattern != "fire-and-forget":
                    self._awaited.append(self._outbound[place.name])

    @property
    def is_source(self) -> bool:
        return not self._inbound

    @property
    def endpoints(self) -> Dict[str, List[str]]:
        inbound = {name: link.endpoints for name, link in self._inbound.items()}
        return {**inbound, **{name: link.endpoints for name, link in self._outbound.items()}}

    def connected(self) -> None:
        """Waits until every link that the stage sends into has a receiver. Errors: ``ClosedError``."""
        for link in self._outbound.values():
            link.ready()

    def run(self) -> bool:
        """Works until the inbound links have ended, or the source has; then drains. True when nothing failed."""
        if self.is_source:
            self._pump()
        else:
            self._work_all()
        timeout = self._environment.drain_timeout_ms if self._stopping else None
        with self._lock:
            self._lock.wait_for(lambda: self._chains == 0, None if timeout is None else timeout / 1000)
        for inbound in self._inbound.values():
            inbound.close()
        for outbound in self._awaited:
            self._meet(outbound)
        for outbound in self._outbound.values():
            outbound.drain(timeout)
        self.over = True
        if self._error is not None:
            raise self._error
        return self._counts["failed"] == 0

    def drain(self) -> None:
        """Stops a source; others go on until their senders have ended."""
        if self.is_source:
            self._stopping = True

    def leave(self) -> None:
        """Takes no more from anybody, finishes what it has, and ends: what was not begun goes to another replica."""
        self._stopping = True
        for inbound in self._inbound.values():
            inbound.leave()
        threading.Thread(target=self._shut, name="sluice leaving", daemon=True).start()

    def no_more_senders(self, link: str) -> None:
        inbound = self._inbound.get(link)
        if inbound is not None:
            inbound.no_more_senders()

    def close(self) -> None:
        """Ends at once."""
        self._stopping = True
        for inbound in self._inbound.values():
            inbound.close()
        for outbound in self._outbound.values():
            outbound.close()

    def stats(self) -> Dict[str, Any]:
        """The ledgers, in the form that travels."""
        with self._lock:
            counts = dict(self._counts)
        return stats_report(self._environment.stage, counts, self._inbound, self._outbound)

    def _shut(self) -> None:
        """Closes the inbound links once nothing that they gave is being worked on."""
        with self._lock:
            self._lock.wait_for(lambda: self._chains == 0, self._environment.drain_timeout_ms / 1000)
        for inbound in self._inbound.values():
            inbound.close()

    def _meet(self, outbound: Outbound) -> None:
        """Who ends before its connection stands would tell nobody, and be waited for. One that leaves has another in its place."""
        if self._stopping:
            return
        try:
            outbound.ready(_PATIENCE_MS)
        except (ClosedError, TimeoutError):
            # Nobody has come: there is nobody to tell.
            pass

    def _pump(self) -> None:
        for value in self._caller.source():
            if self._stopping:
                return
            self._count("in")
            self._emit(value, None, None)
            self._count("out")

    def _work_all(self) -> None:
        """Works in this thread, and in others where more than one message may be worked on at once."""
        workers = [inbound for inbound in self._inbound.values() for _ in range(self._environment.concurrency)]
        threads = [threading.Thread(target=self._work, args=(inbound,), daemon=True) for inbound in workers[1:]]
        for thread in threads:
            thread.start()
        self._work(workers[0])
        for thread in threads:
            thread.join()

    def _work(self, inbound: Inbound) -> None:
        try:
            message = self._next(inbound)
            while message is not None:
                self._handle(message)
                message = self._next(inbound)
        except BaseException as error:
            self._error = error

    def _next(self, inbound: Inbound) -> Optional[Message]:
        if inbound.waits:
            # Nothing more comes until what was sent is acked, and nobody else would ask for the acks or hear them in time.
            held_up = inbound.held_up
            for outbound in self._outbound.values():
                if held_up:
                    outbound.hasten()
                outbound.rest()
        return inbound.next()

    def _handle(self, message: Message) -> None:
        with self._lock:
            self._counts["in"] += 1
            self._counts["running"] += 1
            self._chains += 1
        chain = Chain(message, self._ended)
        outcome, cause, emitted = "delivered", None, 0
        try:
            context = Context(message.headers, message.redelivered)
            if message.headers:
                self._refuse_late(message, context)
            for value in self._caller.outputs(message.value, context):
                self._emit(value, message.headers, chain)
                emitted += 1
        except (ClosedError, StateError):
            # A link was closed under it: the message stays open, so that its sender keeps it.
            outcome = "undelivered"
        except Exception as error:
            outcome, cause = "failed", error
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        with self._lock:
            self._counts["running"] -= 1
            self._counts["out"] += emitted
            if outcome == "delivered" and self._outbound and not emitted:
                self._counts["filtered"] += 1
        chain.settle(outcome, cause)

    def _refuse_late(self, message: Message, context: Context) -> None:
        deadline = context.deadline
        if deadline is None or deadline > datetime.now(timezone.utc):
            return
        with self._lock:
            self._counts["expired"] += 1
        raise DeadlineError(f"stage '{self._environment.stage}' gave up a message at its deadline", message.value)

    def _emit(self, value: Any, headers: Any, chain: Optional[Chain]) -> None:
        extra = {name: header for name, header in headers.items() if name != "attempt"} if headers else None
        for link in self._outbound.values():
            if chain is not None:
                chain.hand_on()
            try:
                link.emit(value, extra, chain)
            except BaseException:
                if chain is not None:
                    chain.settle("dropped", None)
                raise

    def _ended(self, outcome: str) -> None:
        with self._lock:
            self._chains -= 1
            if outcome in ("failed", "dead_lettered"):
                self._counts["failed" if outcome == "failed" else "deadLettered"] += 1
            if self._chains == 0:
                self._lock.notify_all()

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1
