"""Replays a conversation of the vectors: a real object of ours on one side, a plain socket on the other."""

from __future__ import annotations

import queue
import struct
import threading
from io import BytesIO
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

import msgpack
import sluice
import zmq
from processes import PATIENCE

__all__ = ["Replay"]

_NAMES = {"highWaterMark": "high_water_mark", "timeoutMs": "timeout_ms", "senders": "senders"}
_PLAIN = {"Producer": (zmq.ROUTER, zmq.DEALER), "Consumer": (zmq.ROUTER, zmq.DEALER), "Requester": (zmq.ROUTER, zmq.DEALER)}
_PLAIN.update({"Replier": (zmq.ROUTER, zmq.DEALER), "Pusher": (zmq.PULL, zmq.PULL), "Puller": (zmq.PUSH, zmq.PUSH)})


class Replay:
    """One conversation. ``run`` takes the steps in order and fails at the first that does not come true."""

    def __init__(self, conversation: Dict[str, Any]) -> None:
        subject = conversation["subject"]
        self.steps: List[Dict[str, Any]] = conversation["steps"]
        self._context = zmq.Context()
        kind = subject["class"]
        options = {_NAMES[name]: value for name, value in subject.get("options", {}).items()}
        if "identity" in subject:
            options["identity"] = subject["identity"]
        binding, connecting = _PLAIN[kind]
        connects = subject["side"] == "connect"
        self._plain = self._context.socket(binding if connects else connecting)
        self._plain.setsockopt(zmq.LINGER, 0)
        self._routing: Optional[bytes] = None
        self._routes = connects and binding == zmq.ROUTER
        if connects:
            self._plain.bind("tcp://127.0.0.1:*")
            where = {"connect": self._plain.getsockopt(zmq.LAST_ENDPOINT).decode()}
        else:
            where = {"bind": "tcp://127.0.0.1:*"}
        self.subject = getattr(sluice, kind)(**where, **options)
        if not connects:
            self._plain.connect(self.subject.endpoints[0])
        self._before: List[List[bytes]] = []
        self._names: Dict[bytes, bytes] = {}
        self._acked: Dict[bytes, Set[int]] = {}
        self._refusals = 0
        self._threads: List[threading.Thread] = []
        self._handed: "queue.Queue[Any]" = queue.Queue()
        self._answers: "queue.Queue[Any]" = queue.Queue()
        if kind in ("Consumer", "Puller"):
            self._begin(self._iterate)
        elif kind == "Pusher":
            self.subject.ready(PATIENCE * 1000)

    def run(self) -> None:
        for step in self.steps:
            (name, *_), content = step, next(iter(step.values()))
            getattr(self, f"_do_{name}")(content, step)

    def close(self) -> None:
        self.subject.close()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._plain.close(0)
        self._context.term()

    # --- steps

    def _do_give(self, frames: List[str], _: Any) -> None:
        octets = [self._renamed(bytes.fromhex(frame)) for frame in frames]
        if self._routes:
            assert self._routing is not None
            octets.insert(0, self._routing)
        self._plain.send_multipart(octets)

    def _do_expect(self, frames: List[str], step: Dict[str, Any]) -> None:
        wanted = [bytes.fromhex(frame) for frame in frames]
        match = getattr(self, f"_match_{step['match']}")
        while True:
            got = self._receive()
            if match(wanted, got):
                self._before.append(got)
                return
            # An ack may say a part of what is expected, and both come of themselves.
            byitself = got[0] == b"BLOCKED" or (ack_in(got) is not None and (step["match"] != "octets" or wanted[0] != b"ACK"))
            repeated = got in self._before or byitself
            assert repeated, f"expected {wanted}, got {got}"

    def _do_call(self, name: str, step: Dict[str, Any]) -> None:
        arguments = step["with"]
        begun, _, method = name.rpartition(" ")
        if method == "request":
            future = self.subject.submit(*arguments)
            future.add_done_callback(self._answers.put)
        elif begun or method == "drain":
            self._begin(lambda: getattr(self.subject, method)(*arguments))
        else:
            getattr(self.subject, method)(*arguments)

    def _do_handed(self, messages: List[Any], _: Any) -> None:
        for message in messages:
            assert self._handed.get(timeout=PATIENCE) == message

    def _do_refused(self, rules: List[str], _: Any) -> None:
        self._refusals += 1
        self._until(lambda: self.subject.stats().refused >= self._refusals)
        assert self.subject.stats().refused == self._refusals
        assert self.subject._core.last_refusal.rule in rules

    def _do_answered(self, answers: List[Any], _: Any) -> None:
        for answer in answers:
            assert self._answers.get(timeout=PATIENCE).result(0) == answer

    def _do_failed(self, failure: List[str], _: Any) -> None:
        error = self._answers.get(timeout=PATIENCE).exception(0)
        assert [error.remote_code, str(error)] == failure

    def _do_serve(self, pairs: List[Any], _: Any) -> None:
        for asked, answer in pairs:
            request = self.subject.take(PATIENCE * 1000)
            assert request.value == asked
            request.reply(answer)

    def _do_serveError(self, failure: List[Any], _: Any) -> None:
        request = self.subject.take(PATIENCE * 1000)
        assert request.value == failure[0]
        request.fail(*failure[1:])

    def _do_expectErrors(self, ids: List[int], step: Dict[str, Any]) -> None:
        left = set(ids)
        while left:
            id, _, payload, headers = self._receive()
            for one, header in zip(struct.unpack(f">{len(id) // 8}Q", id[4:]), msgpack.Unpacker(BytesIO(headers))):
                assert header["error"]["code"] == step["code"]
                left.discard(one)

    def _do_ended(self, _: bool, __: Any) -> None:
        if not self._threads:
            assert self.subject.take(PATIENCE * 1000) is None
            return
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    # --- matching

    def _match_octets(self, wanted: List[bytes], got: List[bytes]) -> bool:
        return [self._renamed(frame) for frame in wanted] == got

    def _match_greeting(self, wanted: List[bytes], got: List[bytes]) -> bool:
        if wanted[0] != got[0] or len(got) != 2:
            return False
        ours, theirs = msgpack.unpackb(wanted[1]), msgpack.unpackb(got[1])
        if "epoch" in ours and ours["role"] == "sender" and ours["epoch"] not in self._names:
            self._names[ours["epoch"]] = theirs["epoch"]
        ours = msgpack.unpackb(self._renamed(wanted[1]))
        return set(ours) == set(theirs) and all(ours[key] == theirs[key] for key in ours if key != "id")

    def _match_ack(self, wanted: List[bytes], got: List[bytes]) -> bool:
        said = ack_in(got)
        if said is None or len(got) != len(wanted):
            return False
        self._acked.setdefault(said[0], set()).update(n for first, last in said[3] for n in range(first, last + 1))
        ours = ack_in([self._renamed(frame) for frame in wanted])
        numbers = {n for first, last in ours[3] for n in range(first, last + 1)} if ours else set()
        return ours is not None and said[:3] == ours[:3] and numbers <= self._acked[said[0]]

    def _match_bye(self, wanted: List[bytes], got: List[bytes]) -> bool:
        if got[0] != b"BYE":
            return False
        ours, theirs = msgpack.unpackb(self._renamed(wanted[1])), msgpack.unpackb(got[1])
        return bool(ours[:2] == theirs[:2])

    def _match_request(self, wanted: List[bytes], got: List[bytes]) -> bool:
        # In the compact form a count stands ahead of the correlations, and the payload behind them.
        start, end = (4, len(wanted[0])) if len(wanted) > 1 else (6, 6 + 8 * int.from_bytes(wanted[0][4:6], "big"))
        for at in range(start, end, 8):
            self._names.setdefault(wanted[0][at : at + 8], got[0][at : at + 8])
        return self._match_octets(wanted, got)

    def _match_error(self, wanted: List[bytes], got: List[bytes]) -> bool:
        ours, theirs = msgpack.unpackb(wanted[3])["error"], msgpack.unpackb(got[3])["error"]
        return wanted[:3] == got[:3] and ours["code"] == theirs["code"]

    # --- what it stands on

    def _renamed(self, frame: bytes) -> bytes:
        for ours, theirs in self._names.items():
            frame = frame.replace(ours, theirs)
        return frame

    def _receive(self) -> List[bytes]:
        assert self._plain.poll(PATIENCE * 1000), "the subject said nothing"
        frames: List[bytes] = self._plain.recv_multipart()
        if self._routes:
            self._routing = frames.pop(0)
        return frames

    def _iterate(self) -> None:
        for value in self.subject:
            self._handed.put(value)

    def _begin(self, run: Callable[[], Any]) -> None:
        def quietly() -> None:
            try:
                run()
            except sluice.ClosedError:
                # The conversation was over before the call was.
                pass

        thread = threading.Thread(target=quietly, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _until(self, ready: Callable[[], bool]) -> None:
        waiting = threading.Event()
        for _ in range(int(PATIENCE * 100)):
            if ready():
                return
            waiting.wait(0.01)
        raise AssertionError("it never came true")


def ack_in(frames: List[bytes]) -> Optional[Tuple[bytes, int, bool, List[Tuple[int, int]]]]:
    """Epoch, mark, end and ranges of an ACK in either form."""
    if len(frames) == 1 and frames[0][:1] == b"A":
        head, flags, epoch, _, mark = struct.unpack_from(">cB8sQQ", frames[0])
        numbers = struct.unpack_from(f">{(len(frames[0]) - 26) // 8}Q", frames[0], 26)
        return epoch, mark, flags == 1, list(zip(numbers[::2], numbers[1::2]))
    if frames[0] != b"ACK":
        return None
    epoch, mark, ranges, _, ended, *_ = msgpack.unpackb(frames[1])
    return epoch, mark, ended, ranges
