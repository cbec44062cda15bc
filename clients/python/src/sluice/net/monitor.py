"""What a socket tells of its connections and of the places where it listens."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import zmq

__all__ = ["CLOSED", "open_monitor", "until_closed"]

#: A listener has let go of its endpoint, or could not.
CLOSED = int(zmq.EVENT_CLOSED | zmq.EVENT_CLOSE_FAILED)
#: How long that may take, in milliseconds.
_UNBIND_MS = 1_000


def open_monitor(socket: Any, events: int) -> Any:
    """A socket from which the ``events`` of another can be read.

    libzmq waits for ever with an event that nobody hears: before it is closed, its socket has to be told, or to have no such event left.
    """
    # The library names it after a descriptor, which may be another socket's while the name is still in use.
    return socket.get_monitor_socket(events, f"inproc://sluice-{uuid4().hex}")


def until_closed(monitor: Any) -> None:
    """Waits until a listener has let go of its endpoint."""
    while monitor.poll(_UNBIND_MS):
        if int.from_bytes(monitor.recv_multipart(zmq.DONTWAIT)[0][:2], "little") & CLOSED:
            break
