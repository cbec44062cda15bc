"""What a receiver keeps of one session, from its WELCOME to its end."""

from __future__ import annotations

from typing import List, Optional, Sequence, Union

from ..errors import ProtocolError
from ..wire.backpressure import encode_ack
from ..wire.packets import Ack, Blocked, Data, End, Range, Rejection
from .auto_window import AutoWindow
from .core import NEVER
from .greeting import PROBE
from .ranges import Ranges

__all__ = ["Reception"]

#: Rejections that every full ack repeats, however far back they lie.
_MOST_REJECTIONS = 256


class Reception:
    """Checks what comes against the mark that was announced, and says what is to be acked.

    ``high_water_mark`` None is ``auto``. Source: BP-5, BP-7, BP-9, BP-11, BP-13.
    """

    def __init__(
        self,
        epoch: bytes,
        start: int,
        sender: str,
        high_water_mark: Optional[int],
        concurrency: int,
        now: float,
        most_bytes: float = NEVER,
    ) -> None:
        self._most_bytes = most_bytes
        #: An estimate where a frame is finished in part.
        self._bytes = 0.0
        self.epoch = epoch
        self.sender = sender
        #: The session is over: what it brought can no longer be acked, and is sent again.
        self.over = False
        #: The sequence number of the next message to come.
        self.expected = start
        self.paused = False
        #: The sender takes ACK in one frame. Source: BP-22.
        self.compact = False
        self._start = start
        self._fixed = high_water_mark
        self._auto = AutoWindow(concurrency) if high_water_mark is None else None
        self._announced = self._widest = 0
        #: The first sequence number that no announced mark ever allowed.
        self._limit = start
        self._finished = Ranges()
        self._news = Ranges()
        #: Rejections that a repeated ack says again, and those of them that no ack has said.
        self._rejected: List[Rejection] = []
        self._fresh: List[Rejection] = []
        self._total = 0
        self._unsized = 0
        self._unacked = 0
        self._serial = 0
        self._owes = False
        self._blocked = False
        self._end_before: Optional[int] = None
        self._end_acked = False
        self._acked_at = self._heard_at = now

    @property
    def held(self) -> int:
        """Messages received and not settled."""
        return self.expected - self._start - self._total

    @property
    def held_up(self) -> bool:
        """Half the mark is here and not settled: the sender has to wait for that, or soon will."""
        return 0 < self._announced <= self.held * 2

    @property
    def ended(self) -> bool:
        """The sender has ended and everything is settled."""
        return self._end_before is not None and self.expected >= self._end_before and self.held == 0

    @property
    def mark(self) -> int:
        if self.paused:
            return 0
        return self._auto.mark if self._auto is not None else self._fixed or 0

    def announce(self) -> int:
        """States the mark of now, in a frame that the caller sends. A smaller one does not punish what was sent before."""
        mark = self._announced = self.mark
        self._widest = max(self._widest, mark)
        self._limit = max(self._limit, self._start + self._total + mark)
        return mark

    def data(self, data: Data, count: int, now: float) -> bool:
        """Takes messages in; False for what came before. Errors: ``ProtocolError``. Source: BP-5, SEC-14."""
        self._heard_at = now
        end = data.first + count
        if end <= self.expected:
            return False
        if data.first != self.expected:
            raise ProtocolError("BP-5", f"messages from {data.first} on, where {self.expected} was expected")
        if end > self._limit:
            raise ProtocolError("BP-5", f"messages up to {end - 1}, beyond the window that ends before {self._limit}")
        if self._end_before is not None:
            raise ProtocolError("BP-11", "DATA after END")
        size = len(data.payload)
        if self._bytes > 1 and self._bytes + size > self._most_bytes:
            raise ProtocolError("BP-18", f"no more than {self._most_bytes} bytes are buffered for one peer (max_buffered_bytes)")
        self._bytes += size
        self.expected = end
        self._blocked = False
        auto = self._auto
        if auto is not None:
            auto.arrived(count, now)
            if end >= self._start + self._total + self._announced:
                auto.exhausted()
        return True

    def release(self, size: float) -> None:
        """Payload bytes of messages that are finished, or will not be. Source: SEC-14."""
        self._bytes -= size

    def told(self, packet: Union[Blocked, End], now: float) -> None:
        """Takes what the sender says of itself; an ack is owed. Source: BP-10, BP-11."""
        self._heard_at = now
        if packet.next > self.expected:
            raise ProtocolError("BP-5", f"{packet.next - self.expected} messages before {packet.next} were lost on the way")
        self._owes = True
        if type(packet) is End:
            self._end_before = packet.next
            return
        self._blocked = True
        if self._auto is not None:
            self._auto.exhausted()

    def silent(self, now: float) -> bool:
        """Whether the sender has been silent for so long that it may take another session for the present one."""
        return now >= self._heard_at + PROBE

    def finish(self, first: int, last: int) -> int:
        """Marks messages as delivered; returns how many were not finished before."""
        fresh = self._finished.add(first, last)
        if fresh:
            self._news.add(first, last)
            self._settled(fresh)
        return fresh

    def reject(self, rejection: Rejection) -> int:
        """Marks messages as settled and not delivered."""
        self._rejected.append(rejection)
        self._fresh.append(rejection)
        count = rejection[1] - rejection[0] + 1
        self._settled(count)
        return count

    def owe(self) -> None:
        """Says everything again with the next ack."""
        self._owes = True

    def due(self, now: float, pause: float) -> bool:
        """Whether what was settled is to be acked now rather than with what follows. Source: BP-9."""
        return (
            self._owes
            or self._unacked * 2 >= self._announced
            or (self._unacked > 0 and now >= self._acked_at + pause)
        )

    def ack(self, now: float) -> Optional[List[bytes]]:
        """What is to be acked now, if anything."""
        if self.over:
            return None
        auto = self._auto
        if auto is not None and self._unsized:
            auto.finished(self._unsized, now)
        self._unsized = 0
        ended = self.ended
        said = self._owes or (ended and not self._end_acked) or self.mark != self._announced
        ranges: Sequence[Range] = (self._finished if self._owes else self._news).ranges()
        rejected = self._rejected if self._owes else self._fresh
        if not said and not ranges and not rejected:
            return None
        self._news.clear()
        self._fresh = []
        self._forget()
        self._owes = False
        self._end_acked = ended
        self._acked_at = now
        self._unacked = 0
        self._serial += 1
        ack = Ack(self.epoch, self.announce(), ranges, rejected, ended, self._serial)
        return encode_ack(ack, self.compact)

    @property
    def unacked(self) -> int:
        """Messages settled that no ack has named."""
        return self._unacked

    @property
    def deadline(self) -> float:
        """When everything is to be said again, if nothing comes before."""
        # A sender that waits says so every second. One that does not, though it is told every second where this side stands,
        # has had credit since, and what it sent was lost: it asks when it hears nothing.
        asked = self._blocked and self._acked_at < self._heard_at + 2 * PROBE
        return self._acked_at + PROBE if self.held or asked else NEVER

    def _settled(self, count: int) -> None:
        self._total += count
        self._unsized += count
        self._unacked += count

    def _forget(self) -> None:
        """Folds old rejections behind the window into what is finished, so that it does not stay in pieces for ever.

        The last ones are kept: the ack that said them may be lost, and the sender, whose later messages were acked, go far beyond them.
        """
        if len(self._rejected) <= _MOST_REJECTIONS:
            return
        behind = self.expected - self._widest
        kept = []
        for rejection in self._rejected[:-_MOST_REJECTIONS]:
            if rejection[1] < behind:
                self._finished.add(rejection[0], rejection[1])
            else:
                kept.append(rejection)
        self._rejected = kept + self._rejected[-_MOST_REJECTIONS:]
