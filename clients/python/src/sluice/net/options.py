"""Socket options that are set on every socket."""

from __future__ import annotations

from typing import Any

import zmq

from ..limits import Limits

__all__ = ["set_options", "set_router_options"]


def set_options(socket: Any, limits: Limits, high_water_mark: int) -> None:
    """Sets every bound before anything is bound or connected. Source: SEC-1, SEC-2, section Heartbeating."""
    socket.setsockopt(zmq.LINGER, 0)
    # Where a domain is set and nobody answers, libzmq would let everybody in. Source: SEC-11.
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
    socket.setsockopt(zmq.SNDHWM, high_water_mark)
    socket.setsockopt(zmq.MAXMSGSIZE, limits.max_message_bytes)
    # Left to itself the system asks after 1, 3, 7, 15 and 31 s whether somebody is there: who is asked may have been back for as long.
    socket.setsockopt(zmq.CONNECT_TIMEOUT, 1_500)
    socket.setsockopt(zmq.HANDSHAKE_IVL, limits.handshake_timeout_ms)
    if socket.getsockopt(zmq.TYPE) in (zmq.PUSH, zmq.PULL):
        # A PULL that is full reads no heartbeats: its sender would take it for dead, hang up, and lose what is on its way.
        socket.setsockopt(zmq.RCVHWM, high_water_mark)
        socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, max(1, limits.heartbeat_timeout_ms // 1_000))
        socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, max(1, limits.heartbeat_interval_ms // 1_000))
        socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, 3)
    else:
        # At a bound libzmq 4.3.5 stops reading, and a connection that is reset then takes the whole process with its next heartbeat.
        socket.setsockopt(zmq.RCVHWM, 0)
        # Without a time to live: libzmq forgets it with the next message, and pays for it with each.
        socket.setsockopt(zmq.HEARTBEAT_IVL, limits.heartbeat_interval_ms)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, limits.heartbeat_timeout_ms)
    # A PUSH that is not connected takes nothing, so that its queue never outlives a connection. The others put nothing out before a
    # handshake anyway, and with this option would throw away what they had received when the other side hangs up.
    socket.setsockopt(zmq.IMMEDIATE, int(socket.getsockopt(zmq.TYPE) == zmq.PUSH))
    socket.setsockopt(zmq.RECONNECT_IVL, 50)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1_000)


def set_router_options(socket: Any) -> None:
    """A ROUTER that says when a peer is gone, and lets no peer take another's place."""
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    socket.setsockopt(zmq.ROUTER_HANDOVER, 0)
