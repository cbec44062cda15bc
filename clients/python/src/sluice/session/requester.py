"""What a requester decides: which replier gets which request, when it is tried again, and when it has failed."""

from __future__ import annotations

import heapq
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Sequence, Tuple

from ..codec.decode import Decoder
from ..codec.encode import Encoder
from ..errors import ClosedError, DecodeError, LinkError, ProtocolError, RemoteError, SluiceError, TimeoutError
from ..limits import Limits
from ..wire.request_reply import CANCEL, COMPACT, END, SLUICE, Letter, decode_letter, encode_id, encode_message, own_flag
from .call import Call, KnownReplier, idlest
from .core import NEVER, Core, Peer
from .failure import NOT_BEGUN, outcome_of, read_failure
from .ledger import SenderStats
from .request_bounds import RequestBounds

__all__ = ["RequesterCore"]


class RequesterCore(Core):
    """Keeps many requests in flight; answers come in any order. Sans-I/O: see ``Core``. Source: RR-1 to RR-14."""

    def __init__(
        self, identity: str, limits: Limits, trusted: bool, in_flight: int, tell_everyone: bool = False,
        bounds: Optional[RequestBounds] = None,
    ) -> None:  # fmt: skip
        super().__init__()
        #: Replies that nobody waited for. Source: RR-8.
        self.late = 0
        self._identity = identity
        self.limits = limits
        self._own = own_flag(limits.max_message_bytes)
        self._decoder = Decoder(trusted)
        self._encoder = Encoder()
        self._most = in_flight
        self._bounds = bounds or RequestBounds()
        self._tell_everyone = tell_everyone
        self._repliers: Dict[Peer, KnownReplier] = {}
        self._queue: Deque[Call] = deque()
        self._calls: Dict[int, Call] = {}
        self._due: List[Tuple[float, int]] = []
        self._last_id = 0
        self._retried = 0
        self._counts: Dict[str, int] = {}
        self._draining = False

    @property
    def live(self) -> int:
        """Repliers that can be sent to."""
        return len(self._repliers)

    @property
    def _waiting(self) -> int:
        return len(self._calls) - sum(len(replier.calls) for replier in self._repliers.values())

    @property
    def full(self) -> bool:
        return len(self._queue) >= self.limits.max_batch_messages

    def offer(self, call: Call, now: float) -> None:
        """Takes a request; its answer is told when it has come, or when it has failed. Errors: ``FullError``."""
        self._bounds.take(call, self._waiting)
        self._last_id += 1
        call.id = self._last_id
        self._calls[call.id] = call
        self._begin(call, now)

    def cancel(self, call: Call, now: float) -> bool:
        """The caller no longer wants the answer; False when it had come before."""
        if call.state == "ended":
            return False
        self._release(call, None)
        self._end_call(call, "failed")
        self._settle_down(now)
        return True

    def on_up(self, peer: Peer, now: float) -> None:
        self._repliers[peer] = KnownReplier(peer)
        self.flush(now)

    def on_down(self, peer: Peer, now: float) -> None:
        replier = self._repliers.pop(peer, None)
        if replier is None:
            return
        for id in sorted(replier.calls):
            lost = LinkError(f"{peer.label} was lost with a request unanswered", peer.label)
            self._again(self._calls[id], lost, now)
        self._settle_down(now)

    def on_frames(self, peer: Peer, frames: Sequence[bytes], now: float) -> None:
        # It may be the first sign of a peer behind a bound socket.
        replier = self._repliers.get(peer) or self._repliers.setdefault(peer, KnownReplier(peer))
        try:
            letter = decode_letter(frames)
            if letter.ids is None:
                raise ProtocolError("RR-1", "a reply without the id of a request")
            if letter.flags & SLUICE:
                replier.announce(bool(letter.flags & COMPACT))
            if letter.ids:
                self._replied(letter, letter.ids, replier, now)
            elif letter.flags & END:
                # A bare peer returns an END as it came: that too says that it arrived.
                replier.ended = True
        except SluiceError as error:
            self.refuse(error)
        self._settle_down(now)

    def on_time(self, now: float) -> None:
        self.wake_at = NEVER
        while self._due and self._due[0][0] <= now:
            call = self._calls.get(heapq.heappop(self._due)[1])
            if call is None:
                continue
            if call.deadline <= now:
                call.run_out()
                self._release(call, None)
                self._again(call, TimeoutError(f"no answer within {call.timeout * 1000:g} ms", call.value), now)
            elif call.state == "resting":
                call.state = "queued"
                self._queue.append(call)
        self._settle_down(now)

    def flush(self, now: float) -> None:
        """Sends what is queued to whoever has fewest in flight, neighbours in one frame. Source: RR-6."""
        queue = self._queue
        while queue:
            first = queue[0]
            if first.state != "queued":
                queue.popleft()
                continue
            replier = idlest(self._repliers.values(), self._most, first.replier if first.sent else None)
            if replier is None:
                break
            run = [queue.popleft()]
            if replier.announced and not first.sent:
                share = min(self._most - len(replier.calls), -(-len(queue) // len(self._repliers)))
                size, largest = len(first.data), self.limits.max_message_bytes
                while queue and len(run) < min(share, self.limits.max_batch_messages):
                    size += len(queue[0].data)
                    if queue[0].state != "queued" or queue[0].sent or size > largest:
                        break
                    run.append(queue.popleft())
            self._send(replier, run)
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
        calls = list(self._calls.values())
        for call in calls:
            self._release(call, None)
            self._end_call(call, "undelivered")
            call.answer(None, None, ClosedError("the requester was closed before the answer came", call.value))
        self.finished = True
        return len(calls)

    def stats(self) -> SenderStats:
        count = self._counts.get
        return SenderStats(
            accepted=self._last_id,
            delivered=count("delivered", 0),
            dropped=count("dropped", 0),
            dead_lettered=count("dead_lettered", 0),
            failed=count("failed", 0),
            undelivered=count("undelivered", 0),
            redelivered=self._retried,
            pending=self._waiting,
            in_flight=len(self._calls) - self._waiting,
            peers=self.live,
            refused=self.refused, refused_by=dict(self.refused_by),
        )

    def _begin(self, call: Call, now: float) -> None:
        """Begins an attempt."""
        call.deadline = now + call.timeout
        self._look(call, call.deadline)
        if call.state != "queued" or call.sent == 0:
            call.state = "queued"
            self._queue.append(call)

    def _look(self, call: Call, at: float) -> None:
        heapq.heappush(self._due, (at, call.id))
        self.wake_by(at)

    def _again(self, call: Call, error: Exception, now: float) -> None:
        """Begins the next attempt, on another peer if there is one; or lets the request fail."""
        call.attempts -= 1
        if call.attempts > 0:
            if call.state != "queued":
                self._begin(call, now)
            else:
                call.deadline = now + call.timeout
                self._look(call, call.deadline)
        else:
            self._end_call(call, "failed")
            call.answer(None, None, error)

    def _release(self, call: Call, answered: Optional[KnownReplier]) -> None:
        """Takes a request off the hands of its replier, who is told unless it was the one that answered."""
        replier = call.replier
        if call.state != "in-flight" or replier is None:
            return
        call.state = "released"
        replier.calls.discard(call.id)
        replier.overdue = replier.overdue and replier is not answered
        if replier is not answered and replier.announced and replier.peer in self._repliers:
            self.out.append((replier.peer, [encode_id(CANCEL, [call.id]), b"", b""]))

    def _end_call(self, call: Call, outcome: str) -> None:
        call.state = "ended"
        if self._calls.pop(call.id, None) is not None:
            self._bounds.leave(call)
        self._counts[outcome] = self._counts.get(outcome, 0) + 1

    def _replied(self, letter: Letter, ids: Sequence[int], replier: KnownReplier, now: float) -> None:
        try:
            values = self._decoder.values(letter.payload)
            if len(values) != len(ids):
                raise DecodeError("RR-4", f"{len(values)} values for {len(ids)} correlations")
            headers = None if letter.headers is None else self._decoder.headers(letter.headers, len(ids))
        except DecodeError as error:
            for id in ids:
                self._answered(id, None, None, error, replier)
            raise
        for at, id in enumerate(ids):
            extra = None if headers is None else headers[at]
            failure = None if extra is None else extra.get("error")
            if failure is None:
                self._answered(id, values[at], extra, None, replier)
            else:
                self._failed(id, failure, replier, now)

    def _failed(self, id: int, failure: Any, replier: KnownReplier, now: float) -> None:
        code, message = read_failure(failure)
        call = self._calls.get(id)
        if call is None or code not in NOT_BEGUN:
            self._answered(id, None, None, RemoteError(code, message, call and call.value), replier)
        elif call.state == "in-flight" and call.replier is replier:
            self._release(call, replier)
            call.state = "resting"
            self._look(call, min(call.deadline, now + call.rest()))

    def _answered(
        self, id: int, value: Any, headers: Optional[Dict[str, Any]], error: Optional[Exception], replier: KnownReplier
    ) -> None:
        call = self._calls.get(id)
        if call is None:
            self.late += 1
            return
        self._release(call, replier)
        self._end_call(call, outcome_of(error))
        call.answer(value, headers, error)

    def _send(self, replier: KnownReplier, calls: Sequence[Call]) -> None:
        headers = [call.header_octets(self._encoder) for call in calls]
        for call in calls:
            self._retried += call.sent > 0
            call.sent += 1
            call.state = "in-flight"
            call.replier = replier
            replier.calls.add(call.id)
        beside = b"".join([header or b"\xc0" for header in headers]) if any(headers) else None
        payload = b"".join([call.data for call in calls])
        request = encode_message(self._own, [call.id for call in calls], payload, beside, replier.compact)
        self.out.append((replier.peer, request))

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
            if replier.ended or not (replier.announced or self._tell_everyone):
                continue
            due = replier.is_told(now)
            if due is None:
                continue
            if due:
                self.out.append((replier.peer, [encode_id(END, []), b"", self._encoder.encode(self._identity)]))
            waiting = True
            self.wake_by(replier.end_at)
        if not waiting:
            self.finished = True
