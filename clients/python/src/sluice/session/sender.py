"""What a producer decides: which message goes to which receiver, when, and how each ended."""

from __future__ import annotations

import os
from collections import deque
from functools import partial
from typing import Callable, Deque, Dict, Optional, Sequence

from ..codec.decode import Decoder
from ..errors import ProtocolError, SluiceError
from ..limits import Limits
from ..wire.compact import COMPACT_BYTES
from ..wire.backpressure import decode_packet, encode_bye
from .batch import Batch, Ticket
from .core import NEVER, Core, Peer
from .greeting import Objection
from .ledger import SenderStats
from .sender_session import SenderSession

__all__ = ["SenderCore"]


def _random_epoch() -> bytes:
    return os.urandom(8)


class SenderCore(Core):
    """Holds every message until a receiver has acked it. Sans-I/O: see ``Core``.

    ``offer`` takes a message only while ``free`` is above zero: every pending message has its credit, so that memory is bounded
    by what the receivers announced.
    """

    def __init__(
        self, identity: str, limits: Limits, trusted: bool, new_epoch: Callable[[], bytes] = _random_epoch
    ) -> None:
        super().__init__()
        self.free = 0
        #: Callers that wait for ``free``: messages that are here, and not accepted.
        self.waiting = 0
        self._identity = identity
        self.limits = limits
        self._most_messages = limits.max_batch_messages
        self._most_bytes = limits.max_batch_bytes
        self._decoder = Decoder(trusted)
        self._new_epoch = new_epoch
        self._sessions: Dict[Peer, SenderSession] = {}
        self._pending: Deque[Batch] = deque()
        self._tail: Optional[Batch] = None
        self._pending_count = 0
        self._counts: Dict[str, int] = {}
        self._accepted = 0
        self._redelivered = 0
        self._undelivered = 0
        self._draining = False

    @property
    def live(self) -> int:
        """Receivers with a session."""
        return sum(session.state == "live" for session in self._sessions.values())

    def offer(self, data: bytes, headers: Optional[bytes], ticket: Optional[Ticket]) -> bool:
        """Takes an encoded message; True when what was gathered is to be flushed at once. The caller has looked at ``free``."""
        tail = self._tail
        if tail is None:
            tail = self._tail = Batch()
            self._pending.append(tail)
        tail.append(data, headers, ticket)
        self._accepted += 1
        self._pending_count += 1
        self.free -= 1
        return tail.bytes >= self._most_bytes or len(tail.messages) >= self._most_messages

    def on_up(self, peer: Peer, now: float) -> None:
        self._session(peer).open(now)
        self._after(peer, now)

    def on_frames(self, peer: Peer, frames: Sequence[bytes], now: float) -> None:
        session = self._session(peer)
        try:
            packet = decode_packet(frames, self._decoder)
        except SluiceError as error:
            self.refuse(error)
            session.fail(error, now)
        else:
            wrong = session.receive(packet, now)
            if wrong is not None:
                self.refuse(wrong)
            self.refused += session.discarded
            session.discarded = 0
        self._after(peer, now)
        if not peer.connected and session.state == "waiting":
            self._sessions.pop(peer, None)

    def on_down(self, peer: Peer, now: float) -> None:
        session = self._sessions.pop(peer, None)
        if session is not None:
            session.lost()
            self._take_back(session)
            self._settle_down(now)

    def on_suspect(self, now: float) -> None:
        for peer, session in list(self._sessions.items()):
            session.probe(now)
            self._send_out(peer, session)

    def on_time(self, now: float) -> None:
        self.wake_at = NEVER
        for peer, session in list(self._sessions.items()):
            session.tick(now)
            self._send_out(peer, session)
            self.wake_by(session.deadline)

    def flush(self, now: float) -> None:
        """Sends what is pending to whoever has most credit, in shares as large as the credit of each."""
        self._tail = None
        pending = self._pending
        while pending:
            best, most, total = self._roomiest()
            if best is None:
                self._block(now)
                break
            session = self._sessions[best]
            share = most if most == total else max(1, -(-self._pending_count * most // total))
            batch = self._cut(min(most, share), session)
            session.send(batch, now)
            self._pending_count -= len(batch)
            if batch.redelivered:
                self._redelivered += len(batch)
            self._send_out(best, session)
            self.wake_by(session.deadline)
        self._measure()
        if self.waiting and self.free <= 0:
            self._block(now)
        if self._draining:
            self._end(now)

    def hasten(self, now: float) -> None:
        """Sends what is pending and asks for the acks of all that is in flight: somebody waits for them. Source: BP-10."""
        self.flush(now)
        for peer, session in self._sessions.items():
            session.hasten(now)
            self._send_out(peer, session)

    def drain(self, now: float) -> None:
        """Takes no more; ``finished`` is set when everything is settled and every receiver has said so."""
        self._draining = True
        self.flush(now)

    def close(self) -> int:
        """Ends at once; returns how many messages are undelivered, whose tickets are told so."""
        for peer, session in list(self._sessions.items()):
            code = "done" if session.state == "ended" else "closed"
            session.close(code, "nothing more comes" if code == "done" else "the sender closes")
            self._take_back(session)
            self._send_out(peer, session)
        lost = self._pending_count
        for batch in self._pending:
            batch.settle("undelivered", None)
        self._sessions.clear()
        self._pending.clear()
        self._tail = None
        self._pending_count = 0
        self._undelivered += lost
        self.free = 0
        self.finished = True
        return lost

    def stats(self, waits: int = 0, waited_ms: float = 0.0) -> SenderStats:
        count = self._counts.get
        return SenderStats(
            accepted=self._accepted,
            delivered=count("delivered", 0),
            dead_lettered=count("dead_lettered", 0),
            failed=count("failed", 0),
            undelivered=self._undelivered,
            redelivered=self._redelivered,
            pending=self._pending_count,
            in_flight=sum(session.flight.count for session in self._sessions.values()),
            peers=self.live,
            refused=self.refused, refused_by=dict(self.refused_by),
            waits=waits,
            waited_ms=waited_ms,
        )

    def _session(self, peer: Peer) -> SenderSession:
        session = self._sessions.get(peer)
        if session is None:
            against = partial(self._against, peer)
            session = SenderSession(peer.connected, self._identity, self._new_epoch, self._count, against)
            session.asks_compact = self.limits.max_message_bytes >= COMPACT_BYTES
            self._sessions[peer] = session
            if len(self._sessions) > self.limits.max_peers:
                self.refuse(ProtocolError("SEC-9", "more peers than allowed"))
                session.close("limit", "more peers than allowed")
        return session

    def _against(self, peer: Peer, label: str) -> Optional[Objection]:
        """One label has so many sessions and no more. Source: SEC-17."""
        others = (session for other, session in self._sessions.items() if other is not peer)
        most = self.limits.max_sessions_per_identity
        if sum(session.receiver == label and session.state in ("live", "ending", "ended") for session in others) < most:
            return None
        words = f"{most} sessions of one id are served here, and no more (max_sessions_per_identity)"
        return Objection(encode_bye(None, "limit", words), ProtocolError("SEC-17", words))

    def _count(self, outcome: str, messages: int) -> None:
        self._counts[outcome] = self._counts.get(outcome, 0) + messages

    def _after(self, peer: Peer, now: float) -> None:
        session = self._sessions[peer]
        self._take_back(session)
        self._send_out(peer, session)
        self.wake_by(session.deadline)
        self._settle_down(now)

    def _settle_down(self, now: float) -> None:
        if self._pending or self.waiting or self._draining:
            self.flush(now)
        else:
            self._measure()

    def _send_out(self, peer: Peer, session: SenderSession) -> None:
        if session.out:
            self.out.extend([(peer, frames) for frames in session.out])
            session.out.clear()

    def _take_back(self, session: SenderSession) -> None:
        """Puts what a lost session had in flight in front of everything. Source: BP-14."""
        if session.returned:
            self._tail = None
            self._pending.extendleft(reversed(session.returned))
            self._pending_count += sum(map(len, session.returned))
            session.returned = []

    def _roomiest(self) -> "tuple[Optional[Peer], int, int]":
        best: Optional[Peer] = None
        most = total = 0
        for peer, session in self._sessions.items():
            credit = session.credit
            total += credit
            if credit > most:
                best, most = peer, credit
        return best, most, total

    def _cut(self, most: int, session: SenderSession) -> Batch:
        """Takes the next frame's messages off the pending ones. Source: BP-18, FNF-5."""
        pending = self._pending
        batch = pending[0]
        limits = self.limits
        room = min(session.credit_bytes, limits.max_batch_bytes, limits.max_message_bytes)
        count = batch.fitting(min(most, limits.max_batch_messages), room, limits.max_message_bytes)
        if count < len(batch):
            return batch.split(count)
        pending.popleft()
        return batch

    def _block(self, now: float) -> None:
        for peer, session in self._sessions.items():
            session.block(now)
            self._send_out(peer, session)
            self.wake_by(session.deadline)

    def _measure(self) -> None:
        self.free = sum([session.credit for session in self._sessions.values()]) - self._pending_count

    def _end(self, now: float) -> None:
        sessions = self._sessions
        if self._pending_count:
            return
        if any(session.flight.count for session in sessions.values()):
            for peer, session in sessions.items():
                session.last(now)
                self._send_out(peer, session)
            return
        waiting = False
        for peer, session in sessions.items():
            session.end(now)
            self._send_out(peer, session)
            self.wake_by(session.deadline)
            waiting = waiting or session.state in ("ending", "greeting")
        if not waiting:
            self.close()
