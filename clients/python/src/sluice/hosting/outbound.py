"""The links that a stage sends into, all with one face."""

from __future__ import annotations

import threading
from typing import Any, Dict, Optional, Protocol

from ..producer import Producer
from ..pusher import Pusher
from ..requester import Requester
from ..session.batch import Ticket
from ..session.headers import Headers
from ..session.ledger import SenderStats
from .environment import LinkPlace

__all__ = ["Outbound", "open_outbound"]


class Outbound(Protocol):
    """A sender as a stage uses it. ``emit`` may wait; the ticket is settled when the message has ended."""

    def emit(self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket]) -> None: ...

    def ready(self, timeout_ms: Optional[float] = None) -> None: ...

    def hasten(self) -> None:
        """Asks for the acks of what was emitted, where receivers gather them."""

    def rest(self) -> None: ...

    def drain(self, timeout_ms: Optional[float] = None) -> None: ...

    def close(self) -> None: ...

    def stats(self) -> SenderStats: ...

    @property
    def endpoints(self) -> "list[str]": ...


class _Producing(Producer):
    # All that can be left after a drain is a goodbye to somebody who has gone already.
    _linger_ms = 100

    def emit(self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket]) -> None:
        self.offer(value, headers, ticket)


class _Pushing(Pusher):
    def hasten(self) -> None:
        """A socket that has taken a message is all that is waited for."""

    def emit(self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket]) -> None:
        self.offer(value, headers, ticket)


class _Requesting(Requester):
    """Lets no more requests be open than its peers may have at once, so that a stage holds no more than its windows."""

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(**options)
        self._room = threading.Semaphore(most)

    def hasten(self) -> None:
        """Each request is answered when it is finished."""

    def emit(self, value: Any, headers: Optional[Headers], ticket: Optional[Ticket]) -> None:
        self._room.acquire()
        try:
            future = self.submit(value, headers)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda done: self._answered(done.exception(), ticket))

    def _answered(self, error: Optional[BaseException], ticket: Optional[Ticket]) -> None:
        self._room.release()
        if ticket is None:
            return
        if error is None:
            ticket.settle("delivered", None)
        elif getattr(error, "code", "") == "ERR_SLUICE_CLOSED":
            ticket.settle("undelivered", None)
        else:
            ticket.settle("failed", error if isinstance(error, Exception) else None)


def open_outbound(place: LinkPlace) -> Outbound:
    """Opens the sending side of a link. Errors: ``OptionError``, ``LinkError``."""
    where: Dict[str, Any] = {
        "bind": place.bind or None,
        "connect": place.connect or None,
        "security": place.security,
        "insecure": place.insecure,
    }
    option = place.options.get
    if place.pattern == "backpressure":
        return _Producing(**where, identity=place.identity, trusted=place.trusted)
    if place.pattern == "fire-and-forget":
        return _Pushing(
            **where,
            high_water_mark=option("highWaterMark", 1_000),
            overflow=option("overflow", "drop-newest"),
            max_batch_messages=option("maxBatchMessages"),
        )
    in_flight = option("inFlight", "auto")
    if in_flight == "auto":
        # So that a batch behind the link can be full.
        in_flight = max(64, 2 * place.work)
    return _Requesting(
        in_flight * max(1, len(place.connect)),
        **where,
        identity=place.identity,
        trusted=place.trusted,
        timeout_ms=option("timeoutMs", 30_000),
        retries=option("retries", 3),
        in_flight=in_flight,
        tell_everyone=True,
    )
