"""Who may come in: answers ZeroMQ's authentication protocol (RFC 27), in a thread for each context."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Any, Dict, List, Optional, Protocol, Tuple

import zmq
from zmq.utils import z85

from ..errors import LinkError

__all__ = ["Door", "close_door", "open_door"]


class Door(Protocol):
    """Decides for one bound socket, in the gatekeeper's thread."""

    def ask(self, key: str, address: str) -> Tuple[bytes, bytes]:
        """The status of the answer and a word for it."""

    def look(self) -> None:
        """Looks whether its list has changed elsewhere; called often."""


_ENDPOINT = "inproc://zeromq.zap.01"
#: How long the thread may take to notice that it is to end, in milliseconds.
_NOTICE_MS = 50
_NOBODY: Tuple[bytes, bytes] = (b"400", b"nobody answers for this socket")

_lock = threading.Lock()
_keepers: Dict[Tuple[int, int], _Gatekeeper] = {}


class _Gatekeeper:
    def __init__(self, context: Any) -> None:
        self.doors: Dict[bytes, Door] = {}
        self.opened = 0
        self._ending = False
        self._socket = context.socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 0)
        try:
            # Before the thread runs, so that it answers before whoever opens a door listens.
            self._socket.bind(_ENDPOINT)
        except zmq.ZMQError as error:
            self._socket.close()
            message = "another authenticator answers in this context: give context=zmq.Context() of its own"
            raise LinkError(message, _ENDPOINT, error.errno) from error
        self._thread = threading.Thread(target=self._run, name="sluice gatekeeper", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ending = True
        self._thread.join()

    def _run(self) -> None:
        while not self._ending:
            try:
                if self._socket.poll(_NOTICE_MS):
                    self._socket.send_multipart(self._answer(self._socket.recv_multipart()))
            except zmq.ZMQError:
                break
            for door in list(self.doors.values()):
                door.look()
        if not self._socket.closed:
            self._socket.unbind(_ENDPOINT)
            self._socket.close()

    def _answer(self, request: List[bytes]) -> List[bytes]:
        version, number, domain, address, _, mechanism = (request + [b""] * 6)[:6]
        door = self.doors.get(domain)
        key = request[6] if len(request) == 7 and mechanism == b"CURVE" else b""
        told = _NOBODY
        if door is not None and len(key) == 32:
            told = door.ask(z85.encode(key).decode(), address.decode("utf-8", "replace"))
        return [version, number, told[0], told[1], b"", b""]


def open_door(context: Any, door: Door) -> bytes:
    """Begins to answer for a socket; gives the domain to set on it. Libzmq lets everybody in where nobody answers. Source: SEC-11."""
    with _lock:
        place = (os.getpid(), id(context))
        keeper = _keepers.get(place)
        if keeper is None:
            keeper = _keepers[place] = _Gatekeeper(context)
            # It runs before the end of the context, which was registered before it.
            atexit.register(_end, place)
        keeper.opened += 1
        domain = b"sluice-%d" % keeper.opened
        keeper.doors[domain] = door
        return domain


def close_door(context: Any, domain: bytes) -> None:
    """Answers for that socket no more."""
    ending: Optional[_Gatekeeper] = None
    with _lock:
        keeper = _keepers.get((os.getpid(), id(context)))
        if keeper is None:
            return
        keeper.doors.pop(domain, None)
        if not keeper.doors:
            ending = _keepers.pop((os.getpid(), id(context)))
            ending.end()


def _end(place: Tuple[int, int]) -> None:
    with _lock:
        keeper = _keepers.pop(place, None) if place[0] == os.getpid() else None
    if keeper is not None:
        keeper.end()
