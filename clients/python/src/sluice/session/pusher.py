"""What a pusher decides: whose turn it is, and what is dropped."""

from __future__ import annotations

from collections import deque
from typing import Callable, Deque, Dict, List, Optional

from ..limits import Limits
from ..wire.fire_and_forget import END_OF_STREAM
from .batch import Batch, Ticket
from .core import Core, Peer
from .ledger import SenderStats

__all__ = ["PusherCore"]

#: Hands frames to a peer; False when it took nothing.
Send = Callable[[Peer, List[bytes]], bool]


class PusherCore(Core):
    """Gathers what is put down and gives it to receivers in turn; never waits. Sans-I/O: ``send`` is handed in.

    Source: FNF-1, FNF-2, FNF-4, FNF-5.
    """

    def __init__(self, limits: Limits, high_water_mark: int, drop_oldest: bool, send: Send) -> None:
        super().__init__()
        self.limits = limits
        self._mark = high_water_mark
        self._drop_oldest = drop_oldest
        self._send = send
        self._peers: List[Peer] = []
        self._blocked: Dict[Peer, bool] = {}
        self._turn = 0
        self._pending: Deque[Batch] = deque()
        self._pending_count = 0
        self._accepted = self._delivered = self._undelivered = 0
        self._dropped: Dict[str, int] = {}
        self._draining = False
        self._ends: Dict[Peer, int] = {}

    @property
    def live(self) -> int:
        """Receivers, or bound sockets with receivers behind them."""
        return len(self._peers)

    @property
    def full(self) -> bool:
        """True when what was gathered is to be flushed at once."""
        tail = self._pending[-1] if self._pending else None
        if tail is None:
            return False
        return len(tail) >= self.limits.max_batch_messages or tail.bytes >= self.limits.max_batch_bytes

    def offer(self, data: bytes, headers: Optional[bytes], ticket: Optional[Ticket], now: float) -> None:
        """Takes a message, or drops one."""
        self._accepted += 1
        if not self._peers:
            return self._drop("no-peer", ticket)
        if self._pending_count >= self._mark:
            self.flush(now)
        if self._pending_count >= self._mark:
            if not self._drop_oldest:
                return self._drop("full", ticket)
            oldest = self._pending[0].split(1)
            self._pending_count -= 1
            if not len(self._pending[0]):
                self._pending.popleft()
            self._drop("full", (oldest.tickets or [None])[0])
        if not self._pending or self.full:
            self._pending.append(Batch())
        self._pending[-1].append(data, headers, ticket)
        self._pending_count += 1
        return None

    def on_up(self, peer: Peer, now: float) -> None:
        self._peers.append(peer)
        self._blocked[peer] = False
        self.flush(now)

    def on_down(self, peer: Peer, now: float) -> None:
        if peer in self._blocked:
            self._peers.remove(peer)
            del self._blocked[peer]
            self._ends.pop(peer, None)
        self._end(now)

    def on_writable(self, peer: Peer, now: float) -> None:
        if self._blocked.get(peer):
            self._blocked[peer] = False
            self.flush(now)

    def flush(self, now: float) -> None:
        pending = self._pending
        while pending:
            peer = self._next()
            if peer is None:
                break
            batch = pending[0]
            share = -(-len(batch) // len(self._peers)) if len(pending) == 1 else len(batch)
            largest = self.limits.max_message_bytes
            count = batch.fitting(min(share, self.limits.max_batch_messages), largest, largest)
            part = batch if count >= len(batch) else batch.part(0, count)
            frames = [part.payload()]
            extra = part.header_frame()
            if extra is not None:
                frames.append(extra)
            if not self._send(peer, frames):
                self._blocked[peer] = True
                continue
            if part is batch:
                pending.popleft()
            else:
                batch.split(count)
            self._pending_count -= len(part)
            self._delivered += len(part)
            part.settle("delivered", None)
        if self._draining:
            self._end(now)

    def drain(self, connections: Dict[Peer, int], now: float) -> None:
        """Takes no more; sends what is pending, then an end for each of the ``connections``."""
        self._draining = True
        self._ends = {peer: connections.get(peer, 1) for peer in self._peers}
        self.flush(now)

    def close(self) -> int:
        """Ends at once; returns how many messages are undelivered."""
        lost = self._pending_count
        for batch in self._pending:
            batch.settle("undelivered", None)
        self._pending.clear()
        self._pending_count = 0
        self._undelivered += lost
        self.finished = True
        return lost

    def stats(self) -> SenderStats:
        return SenderStats(
            accepted=self._accepted,
            delivered=self._delivered,
            dropped=sum(self._dropped.values()),
            dropped_by=dict(self._dropped),
            undelivered=self._undelivered,
            pending=self._pending_count,
            peers=self.live,
            refused=self.refused, refused_by=dict(self.refused_by),
        )

    def _next(self) -> Optional[Peer]:
        for _ in range(len(self._peers)):
            self._turn = (self._turn + 1) % len(self._peers)
            peer = self._peers[self._turn]
            if not self._blocked[peer]:
                return peer
        return None

    def _drop(self, reason: str, ticket: Optional[Ticket]) -> None:
        self._dropped[reason] = self._dropped.get(reason, 0) + 1
        if ticket is not None:
            ticket.settle("dropped", None)

    def _end(self, now: float) -> None:
        if not self._draining or self.finished:
            return
        if not self._peers:
            for batch in self._pending:
                for ticket in batch.tickets or [None] * len(batch):
                    self._drop("no-peer", ticket)
            self._pending.clear()
            self._pending_count = 0
        if self._pending:
            return
        for peer, owed in list(self._ends.items()):
            while owed and not self._blocked[peer]:
                if self._send(peer, list(END_OF_STREAM)):
                    owed -= 1
                else:
                    self._blocked[peer] = True
            self._ends[peer] = owed
        if not any(self._ends.values()):
            self.finished = True
