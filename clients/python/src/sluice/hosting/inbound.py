"""The links that a stage receives from, all with one face: one message at a time, from any thread."""

from __future__ import annotations

import threading
from typing import Any, Dict, Optional, Protocol, Union

from ..consumer import Consumer
from ..puller import Puller
from ..replier import Replier, failure_code
from ..session.headers import Headers
from ..session.ledger import ReceiverStats
from .environment import LinkPlace

__all__ = ["Inbound", "Message", "open_inbound"]


class Message(Protocol):
    """One message in the hands of a handler, to be settled once."""

    value: Any
    headers: Optional[Headers]
    redelivered: bool

    def finish(self) -> None: ...

    def fail(self, outcome: str, error: Optional[Exception]) -> None: ...


class Inbound(Protocol):
    """A receiver as a stage uses it."""

    def next(self) -> Optional[Message]:
        """The next message; None when no more comes."""

    @property
    def waits(self) -> bool:
        """True when ``next`` would have to wait."""

    @property
    def held_up(self) -> bool:
        """True when somebody waits for what was handed out and is not settled."""

    def no_more_senders(self) -> None: ...

    def leave(self) -> None:
        """Hands out no more; what was handed out may still be settled."""

    def close(self) -> None: ...

    def stats(self) -> ReceiverStats: ...

    @property
    def endpoints(self) -> "list[str]": ...


class _Streamed:
    """A message of a consumer's or a puller's."""

    __slots__ = ("_held", "_index", "_owner", "headers", "redelivered", "value")

    def __init__(self, owner: _Stream, held: Any, index: int) -> None:
        self._owner = owner
        self._held = held
        self._index = index
        self.value = held.values[index]
        self.headers: Optional[Headers] = None if held.headers is None else held.headers[index]
        self.redelivered: bool = held.redelivered

    def finish(self) -> None:
        self._owner.receiver.settle(self._held, self._index)

    def fail(self, outcome: str, error: Optional[Exception]) -> None:
        code = "dead-lettered" if outcome == "dead_lettered" else _code(error)
        self._owner.receiver.reject(self._held, self._index, code, _words(error))


class _Stream:
    """Gives a receiver's batches out one message at a time."""

    def __init__(self, receiver: Union[Consumer, Puller]) -> None:
        self.receiver = receiver
        self._lock = threading.Lock()
        self._held: Any = None
        self._at = 0
        self._leaving = False

    def next(self) -> Optional[Message]:
        with self._lock:
            if self._leaving:
                return None
            if self._held is None or self._at >= self._held.size:
                self._held = self.receiver.take()
                if self._held is None:
                    return None
                self._at = self._held.start
            message = _Streamed(self, self._held, self._at)
            self._at += 1
            return message

    @property
    def waits(self) -> bool:
        held = self._held
        return (held is None or self._at >= held.size) and self.receiver.waits

    @property
    def held_up(self) -> bool:
        return isinstance(self.receiver, Consumer) and self.receiver.held_up

    def no_more_senders(self) -> None:
        self.receiver.no_more_senders()

    def leave(self) -> None:
        self._leaving = True
        if isinstance(self.receiver, Consumer) and not self.receiver.closed:
            self.receiver.pause()

    def close(self) -> None:
        self.receiver.close()

    def stats(self) -> ReceiverStats:
        return self.receiver.stats()

    @property
    def endpoints(self) -> "list[str]":
        return self.receiver.endpoints


class _Asked:
    """A request of a replier's; its sender only wants to know that it was finished."""

    __slots__ = ("_request", "headers", "redelivered", "value")

    def __init__(self, request: Any) -> None:
        self._request = request
        self.value = request.value
        self.headers: Optional[Headers] = request.headers
        self.redelivered = bool(request.headers) and request.headers.get("attempt", 1) != 1

    def finish(self) -> None:
        self._request.reply(None)

    def fail(self, outcome: str, error: Optional[Exception]) -> None:
        self._request.fail("dead-lettered" if outcome == "dead_lettered" else _code(error), _words(error))


class _Asking:
    def __init__(self, replier: Replier) -> None:
        self._replier = replier
        self._leaving = False

    def next(self) -> Optional[Message]:
        if self._leaving:
            return None
        request = self._replier.take()
        return None if request is None else _Asked(request)

    @property
    def waits(self) -> bool:
        return self._replier.waits

    @property
    def held_up(self) -> bool:
        return True

    def no_more_senders(self) -> None:
        self._replier.no_more_senders()

    def leave(self) -> None:
        self._leaving = True

    def close(self) -> None:
        self._replier.close()

    def stats(self) -> ReceiverStats:
        return self._replier.stats()

    @property
    def endpoints(self) -> "list[str]":
        return self._replier.endpoints


def open_inbound(place: LinkPlace, concurrency: int) -> Inbound:
    """Opens the receiving side of a link. Errors: ``OptionError``, ``LinkError``."""
    bind, connect, option = place.bind or None, place.connect or None, place.options.get
    if place.pattern == "backpressure":
        return _Stream(
            Consumer(
                bind=bind,
                connect=connect,
                high_water_mark=option("highWaterMark", "auto"),
                high_water_mark_bytes=option("highWaterMarkBytes", 64 * 1024 * 1024),
                senders=place.senders,
                concurrency=max(concurrency, place.work),
                identity=place.identity,
                trusted=place.trusted,
                security=place.security,
                insecure=place.insecure,
            )
        )
    shared: Dict[str, Any] = {
        "bind": bind,
        "connect": connect,
        "senders": place.senders,
        "trusted": place.trusted,
        "security": place.security,
        "insecure": place.insecure,
    }
    if place.pattern == "fire-and-forget":
        return _Stream(Puller(**shared))
    return _Asking(Replier(**shared))


def _code(error: Optional[Exception]) -> str:
    remote = getattr(error, "remote_code", None)
    if isinstance(remote, str):
        return remote
    return "ERR_SLUICE_REMOTE" if error is None else failure_code(error)


def _words(error: Optional[Exception]) -> str:
    return "" if error is None else str(error)[:4_096].encode("utf-8", "replace").decode()
