"""Cores with their sockets, opened from checked options: what a class and its asyncio twin have in common."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple, Union

from .errors import OptionError
from .limits import Limits
from .net.endpoint import Endpoints, endpoints_of
from .net.sockets import Sockets
from .options import checked_identity, checked_limits, high_water_mark, whole
from .security.security import Guard
from .session.core import Peer
from .session.puller import PullerCore
from .session.pusher import PusherCore
from .session.receiver import ReceiverCore
from .session.replier import ReplierCore
from .session.request_bounds import RequestBounds
from .session.requester import RequesterCore
from .session.sender import SenderCore

__all__ = ["open_consumer", "open_producer", "open_puller", "open_pusher", "open_replier", "open_requester"]

#: Frames that a one-way socket may hold: with batches of 64 KiB that is 4 MiB for each peer.
_SOCKET_FRAMES = 64


def open_producer(
    bind: Endpoints,
    connect: Endpoints,
    identity: Optional[str],
    limits: Optional[Limits],
    trusted: bool,
    context: Optional[Any],
    guard: Guard,
) -> Tuple[SenderCore, Sockets]:
    bound, connected = endpoints_of(bind, connect)
    bounds = checked_limits(limits)
    core = SenderCore(checked_identity(identity, "producer"), bounds, trusted)
    return core, Sockets("duplex", bound, connected, core, bounds, context, guard=guard)


def open_consumer(
    bind: Endpoints,
    connect: Endpoints,
    mark: Union[int, str],
    mark_bytes: int,
    senders: Optional[int],
    concurrency: int,
    identity: Optional[str],
    limits: Optional[Limits],
    trusted: bool,
    context: Optional[Any],
    guard: Guard,
) -> Tuple[ReceiverCore, Sockets]:
    bound, connected = endpoints_of(bind, connect)
    bounds = checked_limits(limits)
    core = ReceiverCore(
        checked_identity(identity, "consumer"),
        bounds,
        trusted,
        high_water_mark(mark),
        whole("high_water_mark_bytes", mark_bytes, 1),
        whole("concurrency", concurrency, 1),
        _senders(senders),
    )
    return core, Sockets("duplex", bound, connected, core, bounds, context, guard=guard)


def open_pusher(
    bind: Endpoints,
    connect: Endpoints,
    mark: int,
    overflow: str,
    max_batch_messages: Optional[int],
    limits: Optional[Limits],
    context: Optional[Any],
    guard: Guard,
) -> Tuple[PusherCore, Sockets]:
    bound, connected = endpoints_of(bind, connect)
    bounds = checked_limits(limits)
    whole("high_water_mark", mark, 1)
    if overflow not in ("drop-newest", "drop-oldest"):
        raise OptionError("overflow", f"overflow must be 'drop-newest' or 'drop-oldest', not {overflow!r}")
    if max_batch_messages is not None:
        most = min(bounds.max_batch_messages, whole("max_batch_messages", max_batch_messages, 1))
        bounds = Limits(**{**vars(bounds), "max_batch_messages": most})
    core = PusherCore(bounds, mark, overflow == "drop-oldest", _send)
    frames = max(_SOCKET_FRAMES, -(-mark // bounds.max_batch_messages))
    frames = min(frames, bounds.socket_high_water_mark)
    return core, Sockets("push", bound, connected, core, bounds, context, frames, guard=guard)


def open_puller(
    bind: Endpoints,
    connect: Endpoints,
    mark: int,
    senders: Optional[int],
    limits: Optional[Limits],
    trusted: bool,
    context: Optional[Any],
    guard: Guard,
) -> Tuple[PullerCore, Sockets]:
    bound, connected = endpoints_of(bind, connect)
    bounds = checked_limits(limits)
    core = PullerCore(trusted, whole("high_water_mark", mark, 1), _senders(senders), bounds.max_buffered_bytes)
    frames = min(bounds.socket_high_water_mark, mark, _SOCKET_FRAMES)
    return core, Sockets("pull", bound, connected, core, bounds, context, frames, guard=guard)


def open_requester(
    bind: Endpoints,
    connect: Endpoints,
    in_flight: int,
    identity: Optional[str],
    limits: Optional[Limits],
    trusted: bool,
    tell_everyone: bool,
    mark: int,
    mark_bytes: int,
    context: Optional[Any],
    guard: Guard,
) -> Tuple[RequesterCore, Sockets]:
    bound, connected = endpoints_of(bind, connect)
    bounds = checked_limits(limits)
    name = checked_identity(identity, "requester")
    room = RequestBounds(whole("high_water_mark", mark, 1), whole("high_water_mark_bytes", mark_bytes, 1))
    core = RequesterCore(name, bounds, trusted, whole("in_flight", in_flight, 1), tell_everyone, room)
    return core, Sockets("duplex", bound, connected, core, bounds, context, guard=guard)


def open_replier(
    bind: Endpoints,
    connect: Endpoints,
    mark: int,
    senders: Optional[int],
    limits: Optional[Limits],
    trusted: bool,
    context: Optional[Any],
    guard: Guard,
) -> Tuple[ReplierCore, Sockets]:
    bound, connected = endpoints_of(bind, connect)
    bounds = checked_limits(limits)
    core = ReplierCore(bounds, trusted, whole("high_water_mark", mark, 1), _senders(senders))
    return core, Sockets("duplex", bound, connected, core, bounds, context, guard=guard)


def _senders(senders: Optional[int]) -> Optional[int]:
    return None if senders is None else whole("senders", senders, 1)


def _send(peer: Peer, frames: List[bytes]) -> bool:
    taken: bool = peer.socket.send(peer, frames)
    return taken
