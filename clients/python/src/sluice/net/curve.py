"""CURVE on one socket: its options, and on a bound one the door that clients come through."""

from __future__ import annotations

import errno
import os
import threading
from time import monotonic
from typing import Any, Dict, List, Set, Tuple

from ..errors import LinkError
from ..security.security import Security
from .gatekeeper import close_door, open_door

__all__ = ["Doorway", "prove"]

#: Within what time the sessions of one key are counted, in seconds.
_COUNTED = 10.0
_IN, _LATER, _NEVER = (b"200", b"OK"), (b"300", b"later"), (b"400", b"the key is not on the list")


def prove(socket: Any, security: Security, endpoint: str) -> None:
    """Gives a connecting socket its keys. Errors: ``OptionError`` where the key of that side is not known."""
    _own(socket, security)
    socket.curve_serverkey = security.server_key_of(endpoint).encode()


class Doorway:
    """Lets clients of one bound socket in, from a thread of its own; what it decides is taken up by whoever pumps the socket."""

    def __init__(self, socket: Any, context: Any, security: Security, max_sessions_per_key: int) -> None:
        self._context = context
        self._security = security
        self._most = max_sessions_per_key
        self._lock = threading.Lock()
        self._counts: Dict[str, int] = {}
        self._counted_from = monotonic()
        self._ever: Set[str] = set()
        self._refusals: List[LinkError] = []
        self._cut = False
        self._reader, self._teller = os.pipe()
        for descriptor in (self._reader, self._teller):
            os.set_blocking(descriptor, False)
        _own(socket, security)
        socket.curve_server = True
        self._domain = open_door(context, self)
        socket.zap_domain = self._domain
        self._stop = security.allow.watch(self._removed)

    @property
    def fd(self) -> int:
        """Readable when something is to be taken up."""
        return self._reader

    def take(self) -> Tuple[List[LinkError], bool]:
        """What was refused since the last time, and whether every connection has to end."""
        with self._lock:
            if not self._refusals and not self._cut:
                return [], False
            refusals, cut = self._refusals, self._cut
            self._refusals, self._cut = [], False
        try:
            while len(os.read(self._reader, 1024)) == 1024:
                pass
        except BlockingIOError:
            pass
        return refusals, cut

    def close(self) -> None:
        self._stop()
        close_door(self._context, self._domain)
        os.close(self._reader)
        os.close(self._teller)

    def ask(self, key: str, address: str) -> Tuple[bytes, bytes]:
        with self._lock:
            if not self._security.admits(key):
                what = f"refused the key {key} of a client at {address}: it is not on the list of this side (security.allow)"
                return self._refuse(_NEVER, what, errno.EACCES, "key")
            if self._count(key) > self._most:
                what = f"refused the key {key} of a client at {address}: it began more than {self._most} sessions within {_COUNTED:.0f} s"
                return self._refuse(_LATER, what, errno.EAGAIN, "sessions")
            self._ever.add(key)
            return _IN

    def look(self) -> None:
        self._security.allow.look()

    def _count(self, key: str) -> int:
        now = monotonic()
        if now - self._counted_from >= _COUNTED:
            self._counted_from = now
            self._counts = {}
        self._counts[key] = count = self._counts.get(key, 0) + 1
        return count

    def _refuse(self, verdict: Tuple[bytes, bytes], what: str, number: int, reason: str) -> Tuple[bytes, bytes]:
        self._refusals.append(LinkError(what, None, number, reason))
        self._tell()
        return verdict

    def _removed(self, key: str) -> None:
        with self._lock:
            if self._security.admits(key) or key not in self._ever:
                return
            self._ever.remove(key)
            self._cut = True
            self._tell()

    def _tell(self) -> None:
        try:
            os.write(self._teller, b"\0")
        except BlockingIOError:
            # Enough was told already.
            pass


def _own(socket: Any, security: Security) -> None:
    socket.curve_publickey = security.keys.public.encode()
    socket.curve_secretkey = security.keys.reveal().encode()

