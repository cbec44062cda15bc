"""All sockets of one object: opened together, pumped together, closed together."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

import zmq

from ..errors import LinkError, SluiceError
from ..limits import Limits
from ..session.core import Core
from ..security.security import Guard
from .context import shared_context
from .curve import Doorway, prove
from .endpoint import protect_path, refuse_shared, refuse_taken
from .lane import Lane
from .options import set_options, set_router_options

__all__ = ["GOODBYE_MS", "Sockets"]

#: How long a goodbye may take to leave after a close, in milliseconds.
GOODBYE_MS = 250
#: How often connections are looked at while nobody waits, in seconds.
_WATCH_EVERY = 0.01


class Sockets:
    """Carries a core's frames. Not thread-safe: whoever holds the object's lock may call.

    ``shape`` is ``push``, ``pull`` or ``duplex``; a duplex is a ROUTER where it is bound and a DEALER for each connected endpoint.

    Errors: ``LinkError`` when an endpoint cannot be bound or connected to.
    """

    def __init__(
        self,
        shape: str,
        bind: Sequence[str],
        connect: Sequence[str],
        core: Core,
        limits: Limits,
        context: Optional[Any] = None,
        high_water_mark: Optional[int] = None,
        guard: Guard = Guard(None, False),
    ) -> None:
        guard.refuse_exposed(bind)
        self._security = guard.security
        self._insecure = guard.insecure
        self._core = core
        self._context = shared_context() if context is None else context
        self._limits = limits
        self._mark = limits.socket_high_water_mark if high_water_mark is None else high_water_mark
        self.lanes: List[Lane] = []
        #: The endpoints really bound, in the order of ``bind``.
        self.endpoints: List[str] = []
        self.closed = False
        self._watch_at = 0.0
        kinds = {"push": (zmq.PUSH, zmq.PUSH), "pull": (zmq.PULL, zmq.PULL), "duplex": (zmq.ROUTER, zmq.DEALER)}
        bound, connected = kinds[shape]
        try:
            if bind:
                self._bind(bound, bind)
            for endpoint in connect:
                self._connect(connected, endpoint)
        except SluiceError:
            self.close(0)
            raise

    @property
    def fds(self) -> List[int]:
        return [fd for lane in self.lanes for fd in lane.fds]

    @property
    def gone(self) -> bool:
        """True when the context was ended under it, as at the exit of a process that closed nothing."""
        return any(lane.socket.closed for lane in self.lanes)

    @property
    def connections(self) -> int:
        return sum(lane.connections for lane in self.lanes)

    def pump(self, now: float, polled: bool = False) -> bool:
        """Reads until nothing is left and sends what comes of it; True when there was anything.

        Only after False may its descriptors be waited on: they tell of changes, and sending takes such a tale away. ``polled`` says that one
        of them has told something: connections are looked at then, and else now and again only.
        """
        core = self._core
        moved = False
        watch = polled or now >= self._watch_at
        if watch:
            self._watch_at = now + _WATCH_EVERY
        for lane in self.lanes:
            if lane.pump(now, watch):
                moved = True
        if now >= core.wake_at:
            core.on_time(now)
        for lane in self.lanes:
            core.wake_by(lane.redial.at)
        if core.out or core.lost:
            self.flush(now)
            moved = True
        return moved

    def flush(self, now: float) -> None:
        """Sends what the core has put out, until nothing more comes of it."""
        core = self._core
        while core.out or core.lost:
            if self.lanes:
                self.lanes[0].flush()
            while core.lost:
                core.on_down(core.lost.pop(), now)

    def close(self, linger_ms: int) -> None:
        """Closes every socket; what was sent may still leave within ``linger_ms``."""
        if not self.closed:
            self.closed = True
            for lane in self.lanes:
                lane.close(linger_ms)

    def _open(self, kind: int) -> Any:
        socket = self._context.socket(kind)
        set_options(socket, self._limits, self._mark)
        if kind == zmq.ROUTER:
            set_router_options(socket)
        return socket

    def _bind(self, kind: int, endpoints: Sequence[str]) -> None:
        """With keys, tcp has a socket of its own beside that of ipc: files are guarded by their permissions."""
        found: Dict[int, str] = {}
        for secured in (True, False):
            places = [
                at for at, endpoint in enumerate(endpoints) if (self._security is not None and _is_tcp(endpoint)) is secured
            ]
            if places:
                found.update(zip(places, self._bind_lane(kind, [endpoints[at] for at in places], secured)))
        self.endpoints = [found[at] for at in range(len(endpoints))]

    def _bind_lane(self, kind: int, endpoints: Sequence[str], secured: bool) -> List[str]:
        socket = self._open(kind)
        security = self._security if secured else None
        doorway = None
        if security is not None:
            doorway = Doorway(socket, self._context, security, self._limits.max_sessions_per_key)
        public = None if security is None else security.keys.public
        lane = Lane(socket, self._core, endpoints[0], False, public, doorway)
        self.lanes.append(lane)
        for endpoint in endpoints:
            try:
                if not self._insecure:
                    refuse_shared(endpoint)
                refuse_taken(endpoint)
                socket.bind(endpoint)
            except zmq.ZMQError as error:
                raise LinkError(f"cannot bind {endpoint}: {error.strerror}", endpoint, error.errno) from error
            lane.bound.append(socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode())
            if not self._insecure:
                protect_path(lane.bound[-1])
        lane.endpoint = lane.bound[0]
        return lane.bound

    def _connect(self, kind: int, endpoint: str) -> None:
        socket = self._open(kind)
        security = self._security if _is_tcp(endpoint) else None
        lane = Lane(socket, self._core, endpoint, True, None if security is None else security.keys.public)
        self.lanes.append(lane)
        if security is not None:
            prove(socket, security, endpoint)
        try:
            socket.connect(endpoint)
        except zmq.ZMQError as error:
            raise LinkError(f"cannot connect to {endpoint}: {error.strerror}", endpoint, error.errno) from error


def _is_tcp(endpoint: str) -> bool:
    return endpoint.startswith("tcp://")
