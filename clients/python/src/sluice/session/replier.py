"""What a replier decides: which requests are ready, and how their answers go back."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Set, Tuple

from ..codec.decode import Decoder
from ..codec.encode import Encoder
from ..errors import DecodeError, FullError, ProtocolError, SluiceError
from ..limits import Limits
from ..wire.request_reply import (
    CANCEL,
    COMPACT,
    END,
    SLUICE,
    Letter,
    decode_letter,
    encode_id,
    encode_letter,
    encode_message,
    own_flag,
)
from .batch import fitting
from .core import Core, Peer
from .ledger import ReceiverStats

__all__ = ["Asked", "ReplierCore"]

_NIL = b"\xc0"
#: Characters of an error's code and message that travel; what is longer is of no use to a person.
_MOST_CODE = 256
_MOST_MESSAGE = 4_096


class Asked:
    """One request, to be answered once."""

    __slots__ = ("answered", "cancelled", "headers", "id", "on_cancel", "opaque", "peer", "size", "value")

    def __init__(
        self, peer: Peer, id: Optional[int], opaque: Optional[bytes], value: Any, headers: Optional[Dict[str, Any]]
    ) -> None:
        self.peer = peer
        #: The correlation of a Sluice requester; None from a bare one, whose id frame is ``opaque``.
        self.id = id
        self.opaque = opaque
        self.value = value
        self.headers = headers
        #: Payload bytes that it takes here until it is answered.
        self.size = 0.0
        self.answered = False
        self.cancelled = False
        self.on_cancel: Optional[Callable[[], object]] = None


class ReplierCore(Core):
    """Takes requests of every kind and answers them in any order. Sans-I/O: see ``Core``. Source: RR-1 to RR-14."""

    def __init__(self, limits: Limits, trusted: bool, most: int, senders: Optional[int] = None) -> None:
        super().__init__()
        self.ready: Deque[Asked] = deque()
        self.limits = limits
        self._own = own_flag(limits.max_message_bytes)
        self._decoder = Decoder(trusted)
        self._encoder = Encoder()
        self._most = most
        self._senders = senders
        self._peers: Set[Peer] = set()
        self._announced: Set[Peer] = set()
        #: Requesters that take replies in one frame. Source: RR-14.
        self._compact: Set[Peer] = set()
        self._known: Dict[Peer, Dict[int, Asked]] = {}
        self._open = 0
        self._bytes: Dict[Peer, float] = {}
        self._ended: Set[object] = set()
        self._done: Set[Peer] = set()
        self._no_more = False
        self._answers: Dict[Peer, List[Tuple[int, bytes, Optional[bytes]]]] = {}
        self._received = 0
        self._counts: Dict[str, int] = {}

    @property
    def wants_frames(self) -> bool:
        return self._open < self._most

    @property
    def live(self) -> int:
        return len(self._peers)

    @property
    def ended(self) -> bool:
        """Every expected requester has ended and everything is answered."""
        if self._open:
            return False
        if self._no_more:
            return True
        if self._senders is not None:
            return len(self._ended) >= self._senders
        return bool(self._ended) and all(peer in self._done for peer in self._peers)

    def on_up(self, peer: Peer, now: float) -> None:
        self._peers.add(peer)
        if peer.connected:
            self._announce(peer)

    def on_down(self, peer: Peer, now: float) -> None:
        self._peers.discard(peer)
        self._announced.discard(peer)
        self._done.discard(peer)
        self._compact.discard(peer)
        self._answers.pop(peer, None)
        for asked in list(self._known.pop(peer, {}).values()):
            self._cancel(asked)
        self._bytes.pop(peer, None)

    def on_suspect(self, now: float) -> None:
        """Repeats the announcement, which changes nothing: a peer that is gone is found out by it."""
        for peer in self._announced:
            self.out.append((peer, [encode_id(SLUICE | self._own, []), b"", b""]))

    def on_frames(self, peer: Peer, frames: Sequence[bytes], now: float) -> None:
        self._peers.add(peer)
        try:
            letter = decode_letter(frames)
            if letter.ids is None:
                self._asked_bare(peer, letter)
            elif letter.flags & END and not letter.ids:
                self._told_end(peer, letter)
            elif letter.flags & CANCEL:
                for id in letter.ids:
                    asked = self._known.get(peer, {}).pop(id, None)
                    if asked is not None:
                        self._cancel(asked)
            else:
                self._announce(peer)
                (self._compact.add if letter.flags & COMPACT else self._compact.discard)(peer)
                self._asked(peer, letter, letter.ids)
        except SluiceError as error:
            self.refuse(error)
        if self._answers and not self.ready:
            # Answers that no handler gave: nobody else sends them.
            self.flush(now)

    def take(self) -> Optional[Asked]:
        """The next request that is still wanted."""
        while self.ready:
            asked = self.ready.popleft()
            if not asked.answered:
                return asked
        return None

    def reply(self, asked: Asked, data: bytes, headers: Optional[bytes], outcome: str = "delivered") -> bool:
        """Answers a request; False when it was answered, or withdrawn, before. ``flush`` sends it."""
        if asked.answered:
            return False
        self._close(asked, outcome)
        if asked.peer not in self._peers:
            return True
        if asked.id is None:
            self.out.append((asked.peer, encode_letter(asked.opaque, data, headers)))
        else:
            self._known.get(asked.peer, {}).pop(asked.id, None)
            self._answers.setdefault(asked.peer, []).append((asked.id, data, headers))
        return True

    def fail(self, asked: Asked, code: str, message: str, outcome: str = "failed") -> bool:
        """Answers a request with an error. Source: RR-7."""
        error = {"code": code[:_MOST_CODE], "message": message[:_MOST_MESSAGE]}
        return self.reply(asked, _NIL, self._encoder.encode({"error": error}), outcome)

    def flush(self, now: float) -> None:
        """Sends the answers that were gathered, those for one peer in one frame. Source: RR-4."""
        if not self._answers:
            return
        answers, self._answers = self._answers, {}
        most, largest = self.limits.max_batch_messages, self.limits.max_message_bytes
        for peer, many in answers.items():
            while many:
                count = fitting((len(data) for _, data, _ in many), min(most, len(many)), largest)
                self._send(peer, many[:count])
                many = many[count:]

    def no_more_senders(self, now: float) -> None:
        self._no_more = True

    def close(self, now: float) -> None:
        """Tells the requesters of what was not begun that another may do it. Source: RR-7."""
        for asked in list(self.ready):
            self.fail(asked, "ERR_SLUICE_CLOSED", "the replier closes", "dropped")
        self.ready.clear()
        self.flush(now)
        self.finished = True

    def stats(self) -> ReceiverStats:
        count = self._counts.get
        return ReceiverStats(
            received=self._received,
            delivered=count("delivered", 0),
            failed=count("failed", 0),
            dropped=count("dropped", 0),
            held=self._open,
            peers=self.live,
            refused=self.refused, refused_by=dict(self.refused_by),
        )

    def _announce(self, peer: Peer) -> None:
        if peer not in self._announced:
            self._announced.add(peer)
            self.out.append((peer, [encode_id(SLUICE | self._own, []), b"", b""]))

    def _asked(self, peer: Peer, letter: Letter, ids: Sequence[int]) -> None:
        try:
            values, headers = self._read(letter, len(ids))
        except DecodeError as error:
            # Without a handler having seen it: an answer for each correlation. Source: RR-9.
            self.refuse(error)
            for id in ids:
                self._take(Asked(peer, id, None, None, None))
                self.fail(self.ready.pop(), error.code, str(error))
            return
        known = self._known.setdefault(peer, {})
        for at, id in enumerate(ids):
            asked = Asked(peer, id, None, values[at], None if headers is None else headers[at])
            known[id] = asked
            self._take(asked, len(letter.payload) / len(ids))

    def _asked_bare(self, peer: Peer, letter: Letter) -> None:
        try:
            values, headers = self._read(letter, 1)
            asked = Asked(peer, None, letter.id, values[0], None if headers is None else headers[0])
            self._take(asked, len(letter.payload))
        except DecodeError as error:
            self.refuse(error)
            self._take(Asked(peer, None, letter.id, None, None))
            self.fail(self.ready.pop(), error.code, str(error))

    def _read(self, letter: Letter, count: int) -> "Tuple[List[Any], Optional[List[Any]]]":
        values = self._decoder.values(letter.payload)
        if len(values) != count:
            raise DecodeError("RR-9", f"{len(values)} values for {count} correlations")
        return values, None if letter.headers is None else self._decoder.headers(letter.headers, count)

    def _told_end(self, peer: Peer, letter: Letter) -> None:
        """Counts an end once and answers it every time. Source: RR-10, RR-11, RR-13."""
        name: object = peer
        if letter.payload:
            name = self._decoder.args(letter.payload)
            if type(name) is not str:
                raise ProtocolError("RR-10", "an END whose payload is not one text")
        if peer not in self._done:
            # One connection is one requester, whatever names it gives itself.
            self._ended.add(name)
            self._done.add(peer)
        self.out.append((peer, [encode_id(SLUICE | END, []), b"", b""]))

    def _take(self, asked: Asked, size: float = 0) -> None:
        self._received += 1
        self._open += 1
        self.ready.append(asked)
        held = self._bytes.get(asked.peer, 0.0)
        if held > 1 and held + size > self.limits.max_buffered_bytes:
            # Not begun: another replier may do it, or this one later. Source: SEC-14.
            most = self.limits.max_buffered_bytes
            error = FullError(f"{most} bytes of requests of one peer are here already (max_buffered_bytes)")
            self.refuse(error)
            self.fail(self.ready.pop(), error.code, str(error), "dropped")
            return
        asked.size = size
        self._bytes[asked.peer] = held + size

    def _cancel(self, asked: Asked) -> None:
        if not asked.answered:
            asked.cancelled = True
            self._close(asked, "dropped")
            if asked.on_cancel is not None:
                asked.on_cancel()

    def _close(self, asked: Asked, outcome: str) -> None:
        asked.answered = True
        self._open -= 1
        if asked.peer in self._bytes:
            self._bytes[asked.peer] -= asked.size
        self._counts[outcome] = self._counts.get(outcome, 0) + 1

    def _send(self, peer: Peer, answers: Sequence[Tuple[int, bytes, Optional[bytes]]]) -> None:
        headers = None
        if any(extra for _, _, extra in answers):
            headers = b"".join([extra or _NIL for _, _, extra in answers])
        payload = b"".join([data for _, data, _ in answers])
        ids = [id for id, _, _ in answers]
        self.out.append((peer, encode_message(SLUICE | self._own, ids, payload, headers, peer in self._compact)))
