"""What a consumer decides: which messages are ready, which are acked, and when the stream has ended."""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, Optional, Sequence, Set

from ..codec.decode import Decoder
from ..errors import ProtocolError, SluiceError
from ..limits import Limits
from ..wire.backpressure import decode_packet, encode_bye
from .core import NEVER, Core, Peer
from .held import Held
from .ledger import ReceiverStats
from .receiver_session import ReceiverSession

__all__ = ["ReceiverCore"]

#: How long an ack waits for company while messages are held, in seconds.
_ACK_PAUSE = 0.005


class ReceiverCore(Core):
    """Takes messages in within the announced window and acks what is settled. Sans-I/O: see ``Core``."""

    def __init__(
        self,
        identity: str,
        limits: Limits,
        trusted: bool,
        high_water_mark: Optional[int],
        high_water_mark_bytes: int,
        concurrency: int = 1,
        senders: Optional[int] = None,
    ) -> None:
        super().__init__()
        self.ready: Deque[Held] = deque()
        self._identity = identity
        self._limits = limits
        self._decoder = Decoder(trusted)
        self._hwm = high_water_mark
        # A sender that keeps to what it is told stays well below what it is held to.
        self._hwm_bytes = min(high_water_mark_bytes, -(-limits.max_buffered_bytes // 2))
        self._concurrency = concurrency
        self._senders = senders
        self._sessions: Dict[Peer, ReceiverSession] = {}
        self._by_sender: Dict[str, Peer] = {}
        self._seen: Set[str] = set()
        self._ended: Set[str] = set()
        self._no_more = False
        self._paused = False
        self._counts: Dict[str, int] = {}
        self._received = 0
        self._redelivered = 0
        self._held = 0

    @property
    def ended(self) -> bool:
        """Every expected sender has ended and everything is settled."""
        if self._held or self.ready:
            return False
        if self._no_more and not self.live:
            return True
        if self._senders is not None:
            return len(self._ended) >= self._senders
        return bool(self._seen) and self._seen <= self._ended

    @property
    def held_up(self) -> bool:
        """A sender has to wait for what is not settled here, or soon will."""
        receptions = [session.reception for session in self._sessions.values()]
        return any(reception.held_up for reception in receptions if reception is not None)

    @property
    def live(self) -> int:
        """Senders with a session."""
        return sum(session.reception is not None for session in self._sessions.values())

    def on_up(self, peer: Peer, now: float) -> None:
        session = self._session(peer)
        session.open(now)
        self._after(peer, session, now)

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
        self._after(peer, session, now)
        if not peer.connected and session.reception is None:
            self._sessions.pop(peer, None)

    def on_down(self, peer: Peer, now: float) -> None:
        session = self._sessions.pop(peer, None)
        if session is not None:
            session.lost()
            self._after(peer, session, now)

    def on_suspect(self, now: float) -> None:
        for peer, session in list(self._sessions.items()):
            if session.reception is not None:
                session.reception.owe()
                self._ack(peer, session, now)

    def on_time(self, now: float) -> None:
        self.wake_at = NEVER
        for peer, session in list(self._sessions.items()):
            reception = session.reception
            if reception is not None and reception.unacked and reception.due(now, _ACK_PAUSE):
                session.ack(now)
            session.tick(now)
            self._after(peer, session, now)

    def flush(self, now: float) -> None:
        """Nothing is left to do: acks what is settled and was kept for company. Source: BP-9."""
        if not self.ready:
            for peer, session in self._sessions.items():
                if session.reception is not None and session.reception.unacked:
                    self._ack(peer, session, now)

    def take(self) -> Optional[Held]:
        """The messages to be handed over next; what its sender has given up meanwhile is thrown away. Source: BP-6."""
        while self.ready:
            held = self.ready.popleft()
            if not held.messages.reception.over:
                return held
            self._forget(held)
        return None

    def put_back(self, held: Held) -> None:
        """Takes back what was not begun."""
        self.ready.appendleft(held)

    def finish(self, held: Held, first: int, last: int, now: float) -> None:
        """Messages ``first`` to ``last`` of what was handed over, both included, are finished. Source: BP-9."""
        base = held.messages.first
        held.messages.reception.finish(base + first, base + last)
        self._settle(held, "delivered", last - first + 1, now)

    def reject(self, held: Held, index: int, code: str, message: str, now: float) -> None:
        """One message is settled and not delivered."""
        sequence = held.messages.first + index
        held.messages.reception.reject((sequence, sequence, code, message))
        self._settle(held, "dead_lettered" if code == "dead-lettered" else "failed", 1, now)

    def give_up(self, held: Held, count: int) -> None:
        """Messages were handed over and will never be settled here: their sender sends them again."""
        self._held -= count
        held.messages.reception.release(count * held.messages.each)
        self._count("dropped", count)

    def pause(self, paused: bool, now: float) -> None:
        """Lets senders send no more than what is outstanding, or takes that back. Source: BP-13."""
        self._paused = paused
        for peer, session in self._sessions.items():
            session.pause(paused)
            self._ack(peer, session, now)

    def no_more_senders(self, now: float) -> None:
        """The senders of this run are gone: the stream ends as soon as nothing more can come."""
        self._no_more = True

    def close(self, now: float) -> None:
        """Acks what is settled and says goodbye; the rest goes to another receiver."""
        code, words = ("done", "everything was finished") if self.ended else ("closed", "the receiver closes")
        for peer, session in list(self._sessions.items()):
            session.ack(now)
            session.close(code, words)
            self._send_out(peer, session)
        while self.ready:
            self._forget(self.ready.popleft())
        self._sessions.clear()
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
            redelivered=self._redelivered,
            peers=self.live,
            refused=self.refused, refused_by=dict(self.refused_by),
        )

    def _session(self, peer: Peer) -> ReceiverSession:
        session = self._sessions.get(peer)
        if session is None:
            marks = self._hwm, self._hwm_bytes, self._concurrency
            session = ReceiverSession(peer.connected, self._identity, self._decoder, *marks, self._limits)
            session.pause(self._paused)
            self._sessions[peer] = session
        return session

    def _after(self, peer: Peer, session: ReceiverSession, now: float) -> None:
        self._left(session)
        self._drop_stale(session)
        if session.opened is not None:
            self._opened(peer, session)
        arrived, session.arrived = session.arrived, None
        if arrived is not None:
            count = len(arrived.values)
            self._received += count
            self._held += count
            if arrived.redelivered:
                self._redelivered += count
            self.ready.append(Held(peer, arrived))
        reception = session.reception
        if reception is not None and (reception.ended or reception.due(now, _ACK_PAUSE)):
            session.ack(now)
            if reception.ended:
                self._ended.add(reception.sender)
        self._send_out(peer, session)
        self.wake_by(session.deadline)

    def _opened(self, peer: Peer, session: ReceiverSession) -> None:
        """A session has begun; an older one of the same sender, on another connection, is over. Source: BP-6, SEC-9."""
        opened, session.opened = session.opened, None
        if opened is None or session.reception is not opened:
            return
        if self.live > self._limits.max_peers:
            self.refuse(ProtocolError("SEC-9", "more peers than allowed"))
            session.close("limit", "more peers than allowed")
            return
        self._seen.add(opened.sender)
        self._ended.discard(opened.sender)
        before = self._by_sender.get(opened.sender)
        self._by_sender[opened.sender] = peer
        older = None if before is None or before is peer else self._sessions.pop(before, None)
        if older is not None and older.reception is not None and before is not None:
            self.out.append((before, encode_bye(older.reception.epoch, "replaced", "its sender began another session")))
            older.lost()
            self.refuse(ProtocolError("BP-6", "a sender has one session with a receiver"))
            self._drop_stale(older)

    def _left(self, session: ReceiverSession) -> None:
        """A sender that has left for good counts as ended, unless it is known who is to come. Source: BP-12."""
        farewell, session.farewell = session.farewell, None
        if farewell in ("done", "closed") and self._senders is None:
            self._ended.update(reception.sender for reception in session.over)

    def _drop_stale(self, session: ReceiverSession) -> None:
        if session.over:
            session.over.clear()
            for held in [held for held in self.ready if held.messages.reception.over]:
                self.ready.remove(held)
                self._forget(held)

    def _forget(self, held: Held) -> None:
        """What was not begun is thrown away; its sender sends it again."""
        self._held -= held.size - held.start
        self._count("dropped", held.size - held.start)

    def _settle(self, held: Held, outcome: str, count: int, now: float) -> None:
        self._held -= count
        held.messages.reception.release(count * held.messages.each)
        self._count(outcome, count)
        session = self._sessions.get(held.peer)
        if session is not None and session.reception is held.messages.reception:
            if session.reception.due(now, _ACK_PAUSE):
                self._ack(held.peer, session, now)
            else:
                self.wake_by(now + _ACK_PAUSE)

    def _ack(self, peer: Peer, session: ReceiverSession, now: float) -> None:
        session.ack(now)
        reception = session.reception
        if reception is not None and reception.ended:
            self._ended.add(reception.sender)
        self._send_out(peer, session)
        self.wake_by(session.deadline)

    def _send_out(self, peer: Peer, session: ReceiverSession) -> None:
        if session.out:
            self.out.extend([(peer, frames) for frames in session.out])
            session.out.clear()

    def _count(self, outcome: str, messages: int) -> None:
        self._counts[outcome] = self._counts.get(outcome, 0) + messages
