"""One socket, with the watch on its connections."""

from __future__ import annotations

import errno
from time import monotonic
from typing import Any, Callable, Dict, List, Optional, Sequence

import zmq

from ..errors import LinkError
from ..session.core import Core, Peer
from .curve import Doorway
from .endpoint import remove_path
from .handshakes import FAILED, Handshakes
from .monitor import CLOSED, open_monitor, until_closed
from .redial import Redial, bind_again

__all__ = ["Lane"]

# Plain numbers: with the library's flags, each test and each union of them costs more than the call that it is for.
_EVENTS, _RCVMORE = int(zmq.EVENTS), int(zmq.RCVMORE)
_POLLIN, _POLLOUT = int(zmq.POLLIN), int(zmq.POLLOUT)
_LAST = int(zmq.DONTWAIT)
_MORE = int(zmq.DONTWAIT | zmq.SNDMORE)
_UP, _DOWN = int(zmq.EVENT_HANDSHAKE_SUCCEEDED), int(zmq.EVENT_DISCONNECTED)
#: After these libzmq does not connect again by itself.
_FINAL = int(zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH)
_WATCHED = _UP | _DOWN | FAILED | CLOSED | int(zmq.EVENT_CONNECTED)
#: Messages read in one go, so that one socket that never falls silent does not keep the others waiting.
_MOST_READ = 1_000
#: Frames above this many octets are handed over rather than copied.
_LARGE = 64 * 1024
#: Frames that a PUSH may have sent before the libzmq of a slow receiver stops to read.
_UNREAD = 16
#: How long receivers that may be so far behind are given to leave by themselves, in milliseconds.
_PARTING_MS = 1_000
#: How long those behind a ROUTER are given to hang up.
_HANGING_UP_MS = 50


class Lane:
    """A socket as its core sees it: peers that come and go, and frames.

    A connected socket is one peer, a new one for each connection. Behind a bound ROUTER each routing id is a peer, from its first
    frame on. A bound PUSH or PULL is one peer, while anybody is connected.
    """

    def __init__(
        self,
        socket: Any,
        core: Core,
        endpoint: str,
        connected: bool,
        public_key: Optional[str] = None,
        doorway: Optional[Doorway] = None,
    ) -> None:
        self.socket = socket
        #: The endpoints really bound.
        self.bound: List[str] = []
        self.redial = Redial()
        self._handshakes = Handshakes(connected, public_key)
        self._doorway = doorway
        self.endpoint = endpoint
        #: Connections that are open now.
        self.connections = 0
        self._failed = 0
        self._core = core
        self._connected = connected
        self._router = socket.getsockopt(zmq.TYPE) == zmq.ROUTER
        self._reads = socket.getsockopt(zmq.TYPE) != zmq.PUSH
        self._sent = 0
        self._peer: Optional[Peer] = None
        self._routed: Dict[bytes, Peer] = {}
        self._monitor = open_monitor(socket, _WATCHED)
        self.fds: List[int] = [socket.getsockopt(zmq.FD), self._monitor.getsockopt(zmq.FD)]
        if doorway is not None:
            self.fds.append(doorway.fd)
        self._receive: Callable[[int], bytes] = socket.recv
        self._option: Callable[[int], int] = socket.getsockopt

    @property
    def peers(self) -> List[Peer]:
        return list(self._routed.values()) if self._router else [self._peer] if self._peer is not None else []

    def pump(self, now: float, watch: bool) -> bool:
        """Hands over everything that has come; True when there was anything. ``watch`` looks at the connections too."""
        moved = watch and self._watch(now)
        if watch and self._doorway is not None:
            self._take_up(self._doorway, now)
        if now >= self.redial.at:
            self.redial.dial(self.socket, self.endpoint)
        if not self._reads:
            if self._option(_EVENTS) & _POLLOUT and self._peer is not None:
                self._core.on_writable(self._peer, now)
            return moved
        return self._take_in(now) or moved

    def _take_in(self, now: float) -> bool:
        """Reads what has come, as far as the core wants it."""
        moved = False
        core = self._core
        left = _MOST_READ
        option = self._option
        while left and core.wants_frames and option(_EVENTS) & _POLLIN:
            frames = self._read()
            if frames is None:
                break
            moved = True
            left -= 1
            if self._router:
                peer = self._peer_of(frames.pop(0))
                core.on_frames(peer, frames, now)
            else:
                core.on_frames(self._here(now), frames, now)
            self.flush()
        return moved

    def flush(self) -> None:
        """Sends what the core has put out, whichever socket it is for."""
        out = self._core.out
        if not out:
            return
        self._core.out = []
        for peer, frames in out:
            peer.socket.send(peer, frames)

    def send(self, peer: Peer, frames: Sequence[bytes]) -> bool:
        """Hands frames to a peer, at once. False when nothing was taken; the peer is gone, or a PUSH is full."""
        send = self.socket.send
        try:
            if peer.routing is not None:
                send(peer.routing, _MORE)
            last = len(frames) - 1
            for at, frame in enumerate(frames):
                send(frame, _LAST if at == last else _MORE, len(frame) < _LARGE)
            self._sent += 1
        except zmq.ZMQError as error:
            if error.errno == errno.EHOSTUNREACH and peer.routing is not None:
                self._lose(peer)
            elif error.errno != errno.EAGAIN:
                raise
            return False
        return True

    def close(self, linger_ms: int) -> None:
        """Closes the socket. Endpoints that it had bound are free when this returns."""
        if linger_ms > 0 and self._may_lose():
            self._deserted(min(linger_ms, _PARTING_MS) / 1_000)
        elif linger_ms > 0 and self._router:
            # Where both sides leave at once, a goodbye may meet a connection that is gone while the other side's waits to be read. A socket
            # closed then keeps that connection, unread, for as long as it lingers, and libzmq 4.3.5 aborts the process with the next
            # heartbeat on it. So the side that is bound leaves last; from peers that stay, all that was said has left meanwhile.
            self._deserted(_HANGING_UP_MS / 1_000)
        self.socket.disable_monitor()
        self._monitor.close(0)
        listening = [endpoint for endpoint in self.bound if not endpoint.startswith("inproc://")]
        # Of the last events only those of the listeners: libzmq waits for ever with one that nobody hears, and no others are waited for here.
        endings = open_monitor(self.socket, CLOSED) if listening else None
        # Leaving an endpoint would end its connections with what they have not sent: only a close lets that linger.
        self.socket.close(linger_ms)
        if endings is not None:
            for _ in listening:
                until_closed(endings)
            endings.close(0)
        for endpoint in listening:
            remove_path(endpoint)
        # Not before: whoever knocks meanwhile would be told that it is not on the list.
        if self._doorway is not None:
            self._doorway.close()

    def _may_lose(self) -> bool:
        """Whether a receiver can be so far behind that its libzmq reads no more: over ipc it then forgets what comes before an end."""
        return not self._reads and self._sent > _UNREAD and any(one.startswith("ipc:") for one in [self.endpoint, *self.bound])

    def _deserted(self, seconds: float) -> None:
        """Waits until every peer has left by itself, as one does that has seen the end."""
        until = monotonic() + seconds
        while self.connections > 0 and self._monitor.poll(max(0, int((until - monotonic()) * 1_000))):
            if int.from_bytes(self._monitor.recv_multipart(_LAST)[0][:2], "little") & _DOWN:
                self.connections -= 1

    def _take_up(self, doorway: Doorway, now: float) -> None:
        refusals, cut = doorway.take()
        for error in refusals:
            self._core.refuse(error)
        if cut:
            self._cut(now)

    def _cut(self, now: float) -> None:
        """Ends every connection and listens again, so that each client has to be let in anew. Errors: ``LinkError``. Source: SEC-13."""
        for endpoint in self.bound:
            self._unbind(endpoint)
        for endpoint in self.bound:
            bind_again(self.socket, endpoint)
        self._failed = 0
        while self.connections > 0:
            self.connections -= 1
            self._core.on_connection(-1)
        for peer in list(self._routed.values()):
            self._lose(peer)
        if not self._router:
            self._gone(now)

    def _refused(self, error: LinkError, final: bool, now: float) -> None:
        self._core.refuse(error)
        if self._connected:
            self.redial.refused(error, final, now)

    def _unbind(self, endpoint: str) -> None:
        if endpoint.startswith("inproc://"):
            return
        try:
            self.socket.unbind(endpoint)
        except zmq.ZMQError:
            return
        until_closed(self._monitor)
        remove_path(endpoint)

    def _read(self) -> Optional[List[bytes]]:
        receive, option = self._receive, self._option
        try:
            frames = [receive(_LAST)]
            while option(_RCVMORE):
                frames.append(receive(_LAST))
        except zmq.Again:
            return None
        return frames

    def _watch(self, now: float) -> bool:
        moved = False
        monitor = self._monitor
        while monitor.getsockopt(_EVENTS) & _POLLIN:
            head, endpoint = monitor.recv_multipart(_LAST)
            event = int.from_bytes(head[:2], "little")
            moved = True
            error = self._handshakes.take(event, int.from_bytes(head[2:6], "little"), endpoint.decode("utf-8", "replace"))
            if error is not None:
                self._refused(error, bool(event & _FINAL), now)
            if event == _UP:
                self._up(now)
            elif event == _DOWN:
                # What the peer said before it left is heard before it is taken for gone.
                if self._reads:
                    self._take_in(now)
                self._down(now)
            elif event & FAILED:
                self._failed += 1
            self.flush()
        return moved

    def _up(self, now: float) -> None:
        # Processing the socket's own commands first makes the new connection's queue known to it.
        self._option(_EVENTS)
        self.connections += 1
        self.redial.welcomed()
        self._core.on_connection(1)
        if self._router:
            return
        if self._connected and self._peer is not None:
            self._gone(now)
        if self._peer is None:
            self._here(now)

    def _here(self, now: float) -> Peer:
        peer = self._peer
        if peer is None:
            peer = self._peer = Peer(self.endpoint, self._connected, self)
            self._core.on_up(peer, now)
        return peer

    def _down(self, now: float) -> None:
        if self._failed or self.connections == 0:
            # The end of a connection whose handshake did not succeed: nobody was there.
            self._failed = max(0, self._failed - 1)
            return
        self.connections -= 1
        self._core.on_connection(-1)
        if self._router:
            self._core.on_suspect(now)
        elif self._connected or self.connections == 0:
            self._gone(now)

    def _gone(self, now: float) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            self._core.on_down(peer, now)

    def _peer_of(self, routing: bytes) -> Peer:
        peer = self._routed.get(routing)
        if peer is None:
            peer = self._routed[routing] = Peer(f"{self.endpoint}#{routing.hex()}", False, self, routing)
        return peer

    def _lose(self, peer: Peer) -> None:
        if peer.routing is not None and self._routed.pop(peer.routing, None) is not None:
            self._core.lost.append(peer)
