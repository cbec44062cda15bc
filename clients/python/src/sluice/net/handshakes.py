"""What became of each handshake, in our words: who refused whom, and what to do."""

from __future__ import annotations

import errno
from typing import Optional

import zmq

from ..errors import LinkError

__all__ = ["FAILED", "Handshakes"]

_AUTH, _PROTOCOL = int(zmq.EVENT_HANDSHAKE_FAILED_AUTH), int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
_OTHER = int(zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL)
#: The events that say so.
FAILED = _AUTH | _PROTOCOL | _OTHER
_CONNECTED, _UP, _DOWN = int(zmq.EVENT_CONNECTED), int(zmq.EVENT_HANDSHAKE_SUCCEEDED), int(zmq.EVENT_DISCONNECTED)
#: Of libzmq's protocol errors.
_CIPHER, _MECHANISM = 0x11000001, 0x11000002


class Handshakes:
    """Follows one socket. A connecting one has one connection at a time, so that a loss without a word is seen too."""

    def __init__(self, connects: bool, public_key: Optional[str]) -> None:
        self._connects = connects
        self._curve = public_key
        self._open = False

    def take(self, event: int, value: int, endpoint: str) -> Optional[LinkError]:
        """Takes an event; gives the error where it says that a handshake failed."""
        if event in (_CONNECTED, _UP):
            self._open = event == _CONNECTED
            return None
        silent = event == _DOWN
        if not (event & FAILED or silent):
            return None
        if self._connects:
            if not self._open:
                return None
            self._open = False
            if silent and self._curve is None:
                return None
            words = f"the connection to {endpoint} {self._own(event, value)}"
            return LinkError(words, endpoint, errno.ECONNREFUSED, self._reason(event, value))
        # Whoever refused a key has said so already, and knows the key.
        if silent or event == _AUTH:
            return None
        words = f"a connection at {endpoint} {self._theirs(event, value)}"
        return LinkError(words, endpoint, errno.ECONNABORTED, self._reason(event, value))

    def _reason(self, event: int, value: int) -> str:
        if event == _PROTOCOL and value == _MECHANISM:
            return "mechanism"
        if event == _AUTH or (event == _PROTOCOL and value == _CIPHER):
            return "key"
        unexplained = self._connects and self._curve is not None and not (event == _OTHER and value == errno.ETIMEDOUT)
        return "key" if unexplained else "handshake"

    def _own(self, event: int, value: int) -> str:
        if event == _AUTH:
            return (
                f"was refused: the key {self._curve} is not on the list there; add it to security.allow of that side, and this one comes in by itself"
            )
        if event == _PROTOCOL and value == _MECHANISM:
            if self._curve is None:
                return "was refused: that side speaks CURVE; give this one security=Security(key_file=…, server_key=…)"
            return "was refused: that side does not speak CURVE; give it security too, or leave it out here"
        if self._curve is None:
            return "ended in its handshake"
        return (
            "was ended in its handshake without a reason: most likely server_key is not the key of that side, "
            "or it has as many peers as it may (max_peers)"
        )

    def _theirs(self, event: int, value: int) -> str:
        if event == _PROTOCOL and value == _MECHANISM:
            if self._curve is None:
                return "was ended: the client speaks CURVE and this side has no security"
            return "was ended: the client does not speak CURVE, and this side has security"
        if event == _PROTOCOL and value == _CIPHER:
            return f"was ended: the client takes another server_key for this side's, which is {self._curve}"
        if event == _OTHER and value == errno.ETIMEDOUT:
            return "was ended: its handshake took longer than handshake_timeout_ms"
        return "ended in its handshake"
