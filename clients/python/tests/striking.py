"""What the tests of damage strike with, and how they see what was made of it."""

from __future__ import annotations

import re
import threading
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

import msgpack
import zmq
from octets import EPOCH
from processes import PATIENCE
from vectors import load, octets

__all__ = ["MARK", "Attacker", "Blow", "Watch", "blows"]

Frames = List[bytes]
MARK = 4
RULE = re.compile(r"(ENV|FNF|RR|BP)-\d+")


class Blow(NamedTuple):
    """One bad message, or one that only looks as if. ``harm`` makes it out of the golden one."""

    what: str
    before: List[Frames]
    golden: Frames
    at: int
    harm: Callable[[bytes], bytes]
    #: ``.`` taken, ``d`` discarded and counted, ``x`` refused by a rule and counted, ``o`` one of these two.
    verdict: str

    def frames(self, epoch: bytes = EPOCH) -> Frames:
        frames = renamed(self.golden, epoch)
        frames[self.at] = self.harm(frames[self.at])
        return frames


def renamed(frames: Frames, epoch: bytes) -> Frames:
    """A producer draws its own epoch, which then stands in the place of the written one."""
    return [frame.replace(EPOCH, epoch) for frame in frames]


def _form(index: int) -> Callable[[bytes], bytes]:
    """A damaged form of a frame, in the order of the verdicts."""

    def harm(frame: bytes) -> bytes:
        if index < len(frame):
            return frame[:index]
        changed = bytearray(frame)
        bit = index - len(frame)
        changed[bit >> 3] ^= 1 << (bit & 7)
        return bytes(changed)

    return harm


def _bare(many: List[str]) -> Frames:
    return [bytes.fromhex(frame) for frame in many]


DAMAGE = load("damage.json")
HOSTILE = [(case["id"], octets(case)) for case in load("hostile.json")["cases"]]


def blows(kind: str, side: str) -> List[Blow]:
    """Every damaged form of every golden message that this class gets, and every hostile vector in every place."""
    found: List[Blow] = []
    for case in DAMAGE["cases"]:
        if (case["class"], case["side"]) == (kind, side):
            before, golden = list(map(_bare, case["before"])), _bare(case["frames"])
            for at, verdicts in enumerate(case["verdicts"]):
                for index, verdict in enumerate(verdicts):
                    found.append(Blow(f"{case['id']}, frame {at}, form {index}", before, golden, at, _form(index), verdict))
    assert len(found) > 100 and len({blow.verdict for blow in found}) > 1
    for case in DAMAGE["vectors"]:
        if (case["class"], case["side"]) == (kind, side):
            before, golden = list(map(_bare, case["before"])), _bare(case["frames"])
            assert len(case["verdicts"]) == len(HOSTILE)
            for (name, frame), verdict in zip(HOSTILE, case["verdicts"]):
                instead = lambda _, frame=frame: frame  # noqa: E731
                found.append(Blow(f"{name} as {case['place']}", before, golden, case["at"], instead, verdict))
    return found


class Watch:
    """Writes down what an object of ours makes of each message that its sockets bring: how often counted, and by which rule."""

    def __init__(self, ours: Any, trusted: bool = False) -> None:
        self.taken: List[Tuple[int, str]] = []
        self._trusted = trusted
        self._changed = threading.Condition()
        core = self._core = ours._core
        hand_over = core.on_frames

        def watched(*arguments: Any) -> None:
            before, core.last_refusal = core.stats().refused, None
            hand_over(*arguments)
            with self._changed:
                self.taken.append((core.stats().refused - before, getattr(core.last_refusal, "rule", "")))
                self._changed.notify()

        core.on_frames = watched

    def has(self, count: int) -> None:
        """Waits until so many messages have been taken."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.taken) >= count, PATIENCE)
        assert came, f"{len(self.taken)} of {count} messages came"

    def epochs(self) -> List[bytes]:
        """Those of a producer's sessions as they are now."""
        return [session._epoch for session in list(self._core._sessions.values())]

    def check(self, at: int, blow: Optional[Blow]) -> None:
        """Good messages are taken without a word; what is refused is counted once, and its error names a rule."""
        counted, rule = self.taken[at]
        verdict = "." if blow is None else blow.verdict
        right = (RULE.fullmatch(rule) and verdict in "xo") or (rule == "" and verdict != "x")
        if right and counted == (0 if verdict == "." else 1):
            return
        # What a trusted process sends is not asked for everything that is wrong with it.
        if self._trusted and verdict == "x" and rule == "" and counted == 0:
            return
        what = "what comes ahead of a blow" if blow is None else f"{blow.what}: {[frame[:80].hex() for frame in blow.frames()]}"
        raise AssertionError(f"{what} was to be {verdict!r}; it was refused by {rule!r} and counted {counted} times")


class Attacker:
    """A plain socket that sends anything, and throws away what it is sent unless it waits for something."""

    def __init__(self, kind: int, endpoint: str = "") -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(kind)
        self.routing: Frames = []
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.socket.setsockopt(zmq.RCVTIMEO, int(PATIENCE * 1000))
        if endpoint:
            self.socket.connect(endpoint)
        else:
            self.socket.bind("tcp://127.0.0.1:*")

    @property
    def endpoint(self) -> str:
        return str(self.socket.getsockopt(zmq.LAST_ENDPOINT).decode())

    def send(self, frames: Frames) -> None:
        self.socket.send_multipart(self.routing + frames)

    def receive(self) -> Frames:
        frames: Frames = self.socket.recv_multipart()
        if self.socket.type == zmq.ROUTER:
            self.routing = [frames.pop(0)]
        return frames

    def strike(self, watch: Watch, many: List[Blow]) -> None:
        """Sends every blow without waiting in between."""
        start = len(watch.taken)
        sent: List[Optional[Blow]] = []
        for blow in many:
            for frames in blow.before:
                self.send(frames)
                sent.append(None)
            self.send(blow.frames())
            sent.append(blow)
            while self.socket.type != zmq.PUSH and self.socket.poll(0):
                self.receive()
        watch.has(start + len(sent))
        for at, known in enumerate(sent):
            watch.check(start + at, known)

    def close(self) -> None:
        self.socket.close(0)
        self._context.term()

    def strike_producer(self, watch: Watch, blow: Blow, connects: bool) -> None:
        """Strikes a producer: a BYE and perhaps a greeting come ahead, and what the producer says to them is waited for."""
        self._say(watch, blow.before[0])
        while self.socket.poll(0):
            self.receive()
        epoch = self._greeted(b"HELLO", watch) if connects else b""
        for frames in blow.before[1:]:
            self._say(watch, renamed(frames, epoch) if connects else frames)
            epoch = epoch if connects else self._greeted(b"WELCOME", watch)
            sent = 0
            while sent < MARK:
                sent += self._data(epoch)
        self._say(watch, blow.frames(epoch or EPOCH))
        watch.check(len(watch.taken) - 1, blow)

    def _say(self, watch: Watch, frames: Frames) -> None:
        count = len(watch.taken)
        self.send(frames)
        watch.has(count + 1)

    def _greeted(self, command: bytes, watch: Watch) -> bytes:
        """The epoch of the session that begins. A greeting of an earlier one may still have been on its way, and is passed over."""
        while True:
            name, args = (*self.receive(), b"")[:2]
            if name == command:
                epoch: bytes = msgpack.unpackb(args)["epoch"]
                if epoch in watch.epochs():
                    return epoch

    def _data(self, epoch: bytes) -> int:
        """How many messages came in the next DATA of this session."""
        while True:
            frames = self.receive()
            if frames[0] == b"DATA" and epoch in frames[1]:
                unpacker = msgpack.Unpacker()
                unpacker.feed(frames[2])
                return len(list(unpacker))
