"""What a requester decides: which replier gets which request, when it is tried again, and when it has failed."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Protocol, Sequence, Set, Tuple

from ..codec.decode import Decoder
from ..codec.encode import Encoder
from ..errors import ClosedError, DecodeError, ProtocolError, RemoteError, SluiceError, TimeoutError
from ..limits import Limits
from ..wire.request_reply import CANCEL, END, SLUICE, Letter, decode_letter, encode_id, encode_letter
from .core import NEVER, Core, Peer
from .ledger import SenderStats

__all__ = ["Answer", "Call", "RequesterCore"]

#: Replies that say that a request was not begun: another peer may do it. Source: RR-7.
_NOT_BEGUN = ("ERR_SLUICE_FULL", "ERR_SLUICE_CLOSED")
_END_PAUSE = 1.0
_MOST_ENDS = 3


class Answer(Protocol):
    """Waits for the outcome of one request. Called exactly once, and must not raise."""

    def __call__(self, value: Any, headers: Optional[Dict[str, Any]], error: Optional[Exception]) -> None: ...


class Call:
    """One request of a caller's, over all its attempts."""

    __slots__ = ("answer", "avoid", "data", "headers", "id", "left", "peer", "timeout", "value")

    def __init__(
        self, value: Any, data: bytes, headers: Optional[bytes], timeout: float, retries: int, answer: Answer
    ) -> None:
        self.value = value
        self.data = data
        self.headers = headers
        self.timeout = timeout
        #: Attempts left after the present one.
        self.left = retries
        self.answer = answer
        self.id = 0
        self.peer: Optional[_Replier] = None
        self.avoid: Optional[Peer] = None


class _Replier:
    __slots__ = ("announced", "calls", "end_at", "ended", "ends", "peer")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.announced = False
        self.calls: Set[int] = set()
        self.ends = 0
        self.end_at = NEVER
        self.ended = False


class RequesterCore(Core):
    """Keeps many requests in flight; answers come in any order. Sans-I/O: see ``Core``. Source: RR-1 to RR-13."""

    def __init__(
        self, identity: str, limits: Limits, trusted: bool, in_flight: int, everywhere: bool = False
    ) -> None:
        super().__init__()
        self.late = 0
        self._identity = identity
        self._limits = limits
        self._decoder = Decoder(trusted)
        self._most = in_flight
        #: Tells every peer of the end, not only those that announced themselves: for the end of a link.
        self._everywhere = everywhere
        self._repliers: Dict[Peer, _Replier] = {}
        self._queue: Deque[Call] = deque()
        self._calls: Dict[int, Call] = {}
        self._due: List[Tuple[float, int]] = []
        self._next_id = 1
        self._accepted = 0
        self._retried = 0
        self._counts: Dict[str, int] = {}
        self._draining = False

    @property
    def live(self) -> int:
        """Repliers that can be sent to."""
        return len(self._repliers)

    @property
    def full(self) -> bool:
        return len(self._queue) >= self._limits.max_batch_messages

    @property
    def outstanding(self) -> int:
        return len(self._calls)

    def offer(self, call: Call, now: float) -> None:
        """Takes a request; its answer is told when it has come, or when it has failed."""
        self._accepted += 1
        self._enqueue(call, now)

    def cancel(self, call: Call, now: float) -> bool:
        """The caller no longer wants the answer; False when it had come before."""
        if self._calls.get(call.id) is not call:
            return False
        self._withdraw(call)
        self._count("failed")
        self._settle_down(now)
        return True

    def on_up(self, peer: Peer, now: float) -> None:
        self._repliers[peer] = _Replier(peer)
        self.flush(now)

    def on_down(self, peer: Peer, now: float) -> None:
        replier = self._repliers.pop(peer, None)
        if replier is None:
            return
        for id in sorted(replier.calls):
            self._again(self._calls[id], now, RemoteError("ERR_SLUICE_LINK", "the replier was lost"))
        self._settle_down(now)

    def on_frames(self, peer: Peer, frames: Sequence[bytes], now: float) -> None:
        replier = self._repliers.get(peer)
        if replier is None:
            # The first sign of a peer behind a bound socket.
            replier = self._repliers[peer] = _Replier(peer)
        try:
            letter = decode_letter(frames)
            if letter.ids is None:
                raise ProtocolError("RR-1", "a reply without the id of a request")
        except SluiceError as error:
            self.refuse(error)
            return
        if letter.flags & SLUICE:
            replier.announced = True
        if not letter.ids:
            if letter.flags & END:
                replier.ended = True
        else:
            self._replied(letter, letter.ids, now)
        self._settle_down(now)

    def on_time(self, now: float) -> None:
        self.wake_at = NEVER
        while self._due and self._due[0][0] <= now:
            call = self._calls.get(heapq.heappop(self._due)[1])
            if call is not None:
                late = TimeoutError(f"no answer within {call.timeout * 1000:g} ms", call.value)
                self._again(call, now, late)
        self._settle_down(now)

    def flush(self, now: float) -> None:
        """Sends what is queued to whoever has fewest in flight."""
        queue = self._queue
        while queue:
            replier = self._idlest(queue[0].avoid)
            if replier is None:
                break
            room = self._most - len(replier.calls)
            share = -(-len(queue) // max(1, len(self._repliers)))
            count = min(room, share, len(queue), self._limits.max_batch_messages) if replier.announced else 1
            self._send(replier, [queue.popleft() for _ in range(count)])
        if self._due:
            self.wake_by(self._due[0][0])
        if self._draining:
            self._end(now)

    def drain(self, now: float) -> None:
        """Takes no more; ``finished`` is set when everything is answered and every Sluice peer knows of the end."""
        self._draining = True
        self.flush(now)

    def close(self) -> int:
        """Ends at once; returns how many requests are undelivered."""
        lost = len(self._calls)
        for call in list(self._calls.values()):
            self._withdraw(call)
            call.answer(None, None, ClosedError("the requester was closed before the answer came", call.value))
        self._count("undelivered", lost)
        self._queue.clear()
        self.finished = True
        return lost

    def stats(self) -> SenderStats:
        count = self._counts.get
        return SenderStats(
            accepted=self._accepted,
            delivered=count("delivered", 0),
            failed=count("failed", 0),
            undelivered=count("undelivered", 0),
            redelivered=self._retried,
            pending=len(self._queue),
            in_flight=len(self._calls) - len(self._queue),
            peers=self.live,
            refused=self.refused,
        )

    def _enqueue(self, call: Call, now: float) -> None:
        call.id = self._next_id
        self._next_id += 1
        self._calls[call.id] = call
        self._queue.append(call)
        due = now + call.timeout
        heapq.heappush(self._due, (due, call.id))
        self.wake_by(due)

    def _withdraw(self, call: Call) -> None:
        """Takes the present attempt back."""
        self._calls.pop(call.id, None)
        replier, call.peer = call.peer, None
        if replier is None:
            if call in self._queue:
                self._queue.remove(call)
            return
        replier.calls.discard(call.id)
        if replier.announced and replier.peer in self._repliers:
            self.out.append((replier.peer, [encode_id(CANCEL, [call.id]), b"", b""]))

    def _again(self, call: Call, now: float, error: Exception) -> None:
        """Tries a request again, on another peer if there is one; or lets it fail."""
        replier = call.peer
        self._withdraw(call)
        if call.left > 0:
            call.left -= 1
            call.avoid = None if replier is None else replier.peer
            self._retried += 1
            self._enqueue(call, now)
        else:
            self._count("failed")
            call.answer(None, None, error)

    def _replied(self, letter: Letter, ids: Sequence[int], now: float) -> None:
        try:
            values = self._decoder.values(letter.payload)
            if len(values) != len(ids):
                raise DecodeError("RR-4", f"{len(values)} values for {len(ids)} correlations")
            headers = None if letter.headers is None else self._decoder.headers(letter.headers, len(ids))
        except DecodeError as error:
            self.refuse(error)
            for id in ids:
                self._answered(id, None, None, error)
            return
        for at, id in enumerate(ids):
            extra = None if headers is None else headers[at]
            failure = None if extra is None else extra.get("error")
            if failure is None:
                self._answered(id, values[at], extra, None)
            else:
                self._failed(id, failure, now)

    def _failed(self, id: int, failure: Any, now: float) -> None:
        call = self._calls.get(id)
        if call is None:
            self.late += 1
            return
        code, message = _read_failure(failure)
        error = RemoteError(code, message, call.value)
        if code in _NOT_BEGUN:
            self._again(call, now, error)
        else:
            self._answered(id, None, None, error)

    def _answered(self, id: int, value: Any, headers: Optional[Dict[str, Any]], error: Optional[Exception]) -> None:
        call = self._calls.pop(id, None)
        if call is None:
            self.late += 1
            return
        if call.peer is not None:
            call.peer.calls.discard(id)
        elif call in self._queue:
            self._queue.remove(call)
        self._count("delivered" if error is None else "failed")
        call.answer(value, headers, error)

    def _idlest(self, avoid: Optional[Peer]) -> Optional[_Replier]:
        best: Optional[_Replier] = None
        for replier in self._repliers.values():
            if len(replier.calls) >= self._most:
                continue
            if replier.peer is avoid and len(self._repliers) > 1:
                continue
            if best is None or len(replier.calls) < len(best.calls):
                best = replier
        return best

    def _send(self, replier: _Replier, calls: Sequence[Call]) -> None:
        for call in calls:
            call.peer = replier
            replier.calls.add(call.id)
        headers = None
        if any(call.headers for call in calls):
            headers = b"".join([call.headers or b"\xc0" for call in calls])
        payload = b"".join([call.data for call in calls])
        id = encode_id(0, [call.id for call in calls])
        self.out.append((replier.peer, encode_letter(id, payload, headers)))

    def _settle_down(self, now: float) -> None:
        if self._queue or self._draining:
            self.flush(now)
        elif self._due:
            self.wake_by(self._due[0][0])

    def _end(self, now: float) -> None:
        """Tells of the end, again and again until it is answered. Source: RR-10, RR-13."""
        if self._calls or self.finished:
            return
        waiting = False
        for replier in self._repliers.values():
            most = NEVER if replier.announced else _MOST_ENDS
            if replier.ended or not (replier.announced or self._everywhere) or replier.ends > most:
                continue
            waiting = True
            if replier.ends == 0 or now >= replier.end_at:
                replier.ends += 1
                replier.end_at = now + _END_PAUSE
                self.out.append((replier.peer, [encode_id(END, []), b"", Encoder().encode(self._identity)]))
            self.wake_by(replier.end_at)
        if not waiting:
            self.finished = True

    def _count(self, outcome: str, count: int = 1) -> None:
        self._counts[outcome] = self._counts.get(outcome, 0) + count


def _read_failure(failure: Any) -> Tuple[str, str]:
    if type(failure) is not dict:
        return "ERR_SLUICE_REMOTE", "the replier failed and did not say why"
    code, message = failure.get("code"), failure.get("message")
    return (
        code if type(code) is str else "ERR_SLUICE_REMOTE",
        message if type(message) is str else "the replier failed and did not say why",
    )
