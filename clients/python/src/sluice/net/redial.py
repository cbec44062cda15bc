"""Connecting anew to an endpoint that refused, and binding one anew that was left."""

from __future__ import annotations

import logging
from time import sleep
from typing import Any

import zmq

from ..errors import LinkError
from ..session.core import NEVER

__all__ = ["Redial", "bind_again"]

#: First pause before an endpoint is connected to anew that refused the handshake, and the longest, in seconds.
_FIRST, _LONGEST = 0.25, 5.0
#: Pause before an endpoint that was left is bound again, in seconds, and how often that is tried.
_REBIND, _REBIND_TRIES = 0.02, 100

_log = logging.getLogger("sluice")


class Redial:
    """When to connect anew: libzmq does so by itself where the network failed, and never where the other side refused. Source: SEC-12."""

    def __init__(self) -> None:
        self.at = NEVER
        self._pause = _FIRST
        self._told = ""

    def refused(self, error: LinkError, final: bool, now: float) -> None:
        if final:
            self.at = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST)
        # Whoever is kept out would never know why; told once, as long as the reason stays the same.
        if self._told != str(error):
            self._told = str(error)
            _log.warning("%s", error)

    def welcomed(self) -> None:
        self.at = NEVER
        self._pause = _FIRST

    def dial(self, socket: Any, endpoint: str) -> None:
        self.at = NEVER
        try:
            socket.disconnect(endpoint)
        except zmq.ZMQError:
            # Libzmq has let go of it already.
            pass
        socket.connect(endpoint)


def bind_again(socket: Any, endpoint: str) -> None:
    """Errors: ``LinkError`` where the endpoint stays taken."""
    for tries in range(_REBIND_TRIES):
        try:
            socket.bind(endpoint)
            return
        except zmq.ZMQError as error:
            if tries == _REBIND_TRIES - 1:
                raise LinkError(f"cannot bind {endpoint} again: {error.strerror}", endpoint, error.errno) from error
            sleep(_REBIND)
