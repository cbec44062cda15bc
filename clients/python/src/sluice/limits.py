"""Every bound that is always on: its default and its unit."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import OptionError

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Bounds of one object's sockets and frames; pass a changed copy as ``limits=``.

    Errors: ``OptionError`` for a bound that is not a positive whole number.
    """

    max_message_bytes: int = 64 * 1024 * 1024
    """Largest frame a socket takes from a peer, and largest message that is sent, in bytes. Default 64 MiB."""
    handshake_timeout_ms: int = 5_000
    """Time a peer has to finish the ZMTP handshake. Default 5 000."""
    heartbeat_interval_ms: int = 1_000
    """Interval between two ZMTP heartbeats. Default 1 000."""
    heartbeat_timeout_ms: int = 3_000
    """Silence after which a peer is taken for dead. Default 3 000."""
    max_batch_bytes: int = 64 * 1024
    """Payload bytes gathered into one frame before it is sent at once. Default 64 KiB."""
    max_batch_messages: int = 1_024
    """Messages gathered into one frame before it is sent at once; 1 for bare peers. Default 1 024."""
    socket_high_water_mark: int = 100_000
    """Frames that libzmq may hold for one peer: a guard above the window, never the flow control."""
    max_peers: int = 10_000
    """Peers with a live session on one socket. Default 10 000."""
    max_buffered_bytes: int = 256 * 1024 * 1024
    """Payload bytes of one peer that are here and unfinished; of all peers of a Puller. Half of it bounds ``high_water_mark_bytes``.
    Default 256 MiB."""
    max_sessions_per_key: int = 1_000
    """Sessions that one CURVE key may begin within ten seconds on one bound socket. Default 1 000."""
    max_sessions_per_identity: int = 100
    """Live sessions of receivers of one ``identity`` with a bound backpressure sender; a receiver has one of each sender's.
    Default 100."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if type(value) is not int or value < 1:
                raise OptionError(name, f"{name} must be a whole number of at least 1, not {value!r}")
