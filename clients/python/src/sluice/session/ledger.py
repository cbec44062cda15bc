"""What each side of a link counts: no message vanishes without a count and a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict

__all__ = ["ReceiverStats", "SenderStats"]


@dataclass(frozen=True)
class SenderStats:
    """``accepted = delivered + dropped + dead_lettered + failed + undelivered + pending + in_flight``."""

    accepted: int = 0
    delivered: int = 0
    dropped: int = 0
    dropped_by: Dict[str, int] = field(default_factory=dict)
    """Why, for each dropped message: ``no-peer``, ``full``."""
    dead_lettered: int = 0
    failed: int = 0
    undelivered: int = 0
    """Accepted, and not settled when the link was closed."""
    redelivered: int = 0
    """Sent again after the peer that held them was lost; beside the sum, not in it."""
    pending: int = 0
    in_flight: int = 0
    peers: int = 0
    refused: int = 0
    """What came in and was thrown away: frames that broke a rule or came too late, peers beyond a bound, connections that failed."""
    refused_by: Dict[str, int] = field(default_factory=dict)
    """Why: ``decode``, ``protocol``, ``key``, ``handshake``, ``mechanism``, ``peers``, ``sessions``, ``bytes``, ``link``."""
    waits: int = 0
    waited_ms: float = 0.0


@dataclass(frozen=True)
class ReceiverStats:
    """``received = delivered + dead_lettered + failed + dropped + held``."""

    received: int = 0
    delivered: int = 0
    dead_lettered: int = 0
    failed: int = 0
    dropped: int = 0
    held: int = 0
    """Handed over or ready to be, and not yet settled."""
    redelivered: int = 0
    peers: int = 0
    refused: int = 0
    refused_by: Dict[str, int] = field(default_factory=dict)
