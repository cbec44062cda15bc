"""Both sides of backpressure without sockets, at the beginning of a session, and what they put out."""

from __future__ import annotations

from typing import Any, List, Tuple

import msgpack
from octets import EPOCH, frames, receiver_position, sender_position
from sluice import Limits
from sluice.session.core import Peer
from sluice.session.receiver import ReceiverCore
from sluice.session.sender import SenderCore

__all__ = ["LIMITS", "octets", "put", "receiver", "said", "sender"]

LIMITS = Limits()


def octets(hexadecimal: List[str]) -> List[bytes]:
    return [bytes.fromhex(frame) for frame in hexadecimal]


def said(core: Any) -> List[Tuple[bytes, Any]]:
    """What the core has put out since the last time: first frame and args."""
    out, core.out = core.out, []
    return [(sent[0], msgpack.unpackb(sent[1]) if len(sent) > 1 and sent[1] else None) for _, sent in out]


def sender(**options: Any) -> "tuple[SenderCore, Peer]":
    core = SenderCore("washer", LIMITS, False, lambda: EPOCH)
    peer = Peer("receiver", True)
    core.on_up(peer, 0.0)
    said(core)
    core.on_frames(peer, octets(frames("WELCOME", receiver_position(options.get("hwm", 4), EPOCH, 0))), 0.0)
    return core, peer


def receiver(hwm: Any = 4, senders: Any = None, limits: Limits = LIMITS) -> "tuple[ReceiverCore, Peer]":
    core = ReceiverCore("dryer", limits, False, hwm, 1 << 26, 1, senders)
    peer = Peer("sender", False)
    core.on_frames(peer, octets(frames("HELLO", sender_position())), 0.0)
    said(core)
    return core, peer


def put(core: SenderCore, *messages: Any, now: float = 0.0) -> None:
    for message in messages:
        core.offer(msgpack.packb(message), None, None)
    core.flush(now)
