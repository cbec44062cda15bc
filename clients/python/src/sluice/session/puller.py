"""What a puller decides: how much is read, and when the streams have ended."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, List, Optional, Sequence

from ..codec.decode import Decoder
from ..errors import SluiceError
from ..wire.fire_and_forget import Pushed, decode_pushed
from .core import NEVER, Core, Peer
from .ledger import ReceiverStats

__all__ = ["PulledBatch", "PullerCore"]

#: Silence after the last connection is gone in which what was still on its way arrives, in seconds.
_QUIET = 0.05


class PulledBatch:
    """Messages that came in one frame, to be settled from the front."""

    __slots__ = ("done", "each", "headers", "redelivered", "size", "start", "values")

    def __init__(self, pushed: Pushed, start: int = 0, octets: int = 0) -> None:
        #: Payload bytes of each, on average.
        self.each = octets / max(1, len(pushed.values))
        self.values = pushed.values
        self.headers: Optional[List[object]] = pushed.headers
        self.redelivered = False
        self.size = len(pushed.values)
        self.start = self.done = start


class PullerCore(Core):
    """Reads while less than ``high_water_mark`` messages are unfinished. Sans-I/O: see ``Core``. Source: FNF-1 to FNF-3."""

    def __init__(self, trusted: bool, high_water_mark: int, senders: Optional[int], most_bytes: float = NEVER) -> None:
        super().__init__()
        self.ready: Deque[PulledBatch] = deque()
        self._decoder = Decoder(trusted)
        self._mark = high_water_mark
        self._most_bytes = most_bytes
        self._bytes = 0.0
        self._senders = senders
        self._ends = self._connections = self._open = 0
        self._no_more = False
        self._quiet_at = NEVER
        self._silent = False
        self._held = self._received = 0
        self._counts: Dict[str, int] = {}

    @property
    def wants_frames(self) -> bool:
        return self._held < self._mark and self._bytes < self._most_bytes

    @property
    def live(self) -> int:
        return self._open

    @property
    def ended(self) -> bool:
        """Nothing more comes, and everything that came is finished."""
        if self._held or self.ready:
            return False
        if self._senders is not None and self._ends >= self._senders:
            return True
        if self._senders is None and self._open <= 0 and self._ends >= max(1, self._connections):
            return True
        return self._silent

    def on_connection(self, change: int) -> None:
        self._open += change
        if change > 0:
            self._connections += 1
            self._silent = False

    def on_down(self, peer: Peer, now: float) -> None:
        self._listen(now)

    def on_frames(self, peer: Peer, frames: Sequence[bytes], now: float) -> None:
        try:
            pushed = decode_pushed(frames, self._decoder)
        except SluiceError as error:
            self.refuse(error)
            return
        if pushed is None:
            self._ends += 1
        else:
            count = len(pushed.values)
            self._received += count
            self._held += count
            self._bytes += len(frames[0])
            self.ready.append(PulledBatch(pushed, 0, len(frames[0])))
        self._listen(now)

    def on_time(self, now: float) -> None:
        self.wake_at = NEVER
        if not self._no_more or self._open > 0:
            return
        if now < self._quiet_at:
            self.wake_by(self._quiet_at)
        elif self.wants_frames:
            self._silent = True
        else:
            # Silence means nothing while nothing is read.
            self._listen(now)

    def take(self) -> Optional[PulledBatch]:
        return self.ready.popleft() if self.ready else None

    def put_back(self, held: PulledBatch) -> None:
        self.ready.appendleft(held)

    def finish(self, held: PulledBatch, first: int, last: int, now: float) -> None:
        """Messages ``first`` to ``last``, both included, are finished: that makes room, and nobody is told."""
        self._count(held, "delivered", last - first + 1)

    def reject(self, held: PulledBatch, index: int, code: str, message: str, now: float) -> None:
        self._count(held, "dead_lettered" if code == "dead-lettered" else "failed", 1)

    def give_up(self, held: PulledBatch, count: int) -> None:
        self._count(held, "dropped", count)

    def no_more_senders(self, now: float) -> None:
        self._no_more = True
        self._listen(now)

    def close(self, now: float) -> None:
        while self.ready:
            held = self.ready.popleft()
            self._count(held, "dropped", held.size - held.start)
        self.finished = True

    def stats(self) -> ReceiverStats:
        count = self._counts.get
        return ReceiverStats(
            received=self._received,
            delivered=count("delivered", 0),
            dead_lettered=count("dead_lettered", 0),
            failed=count("failed", 0),
            dropped=count("dropped", 0),
            held=self._held,
            peers=self._open,
            refused=self.refused, refused_by=dict(self.refused_by),
        )

    def _count(self, held: PulledBatch, outcome: str, messages: int) -> None:
        self._held -= messages
        self._bytes -= messages * held.each
        self._counts[outcome] = self._counts.get(outcome, 0) + messages

    def _listen(self, now: float) -> None:
        if self._no_more:
            self._quiet_at = now + _QUIET
            self.wake_by(self._quiet_at)
