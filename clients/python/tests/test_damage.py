"""Every truncation and every flipped bit of golden frames, and every hostile vector, sent to real objects of each kind.

Whatever comes, the next good message of another peer is served, and what is refused is counted.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator, List

import msgpack
import pytest
import zmq
from octets import EPOCH, ack, data, frames, receiver_position, sender_position, sluice_id, values
from processes import PATIENCE
from sluice import Consumer, Producer, Puller, Replier, Requester, TimeoutError
from vectors import load, octets

Keep = Callable[[Any], Any]
MESSAGE = {"id": 7, "name": "plate é", "wet": True, "tags": [1.5, None, b"\x00"]}
HOSTILE = [octets(case) for case in load("hostile.json")["cases"] if case["bytes"] < 300_000]


def bare(hexadecimal: List[str]) -> List[bytes]:
    return [bytes.fromhex(frame) for frame in hexadecimal]


def damaged(golden: List[bytes]) -> Iterator[List[bytes]]:
    """Each frame cut at every length, and with every bit flipped in turn; and each frame left out."""
    for at, frame in enumerate(golden):
        yield golden[:at] + golden[at + 1 :]
        for length in range(len(frame)):
            yield [*golden[:at], frame[:length], *golden[at + 1 :]]
        for bit in range(len(frame) * 8):
            changed = bytearray(frame)
            changed[bit // 8] ^= 1 << bit % 8
            yield [*golden[:at], bytes(changed), *golden[at + 1 :]]


def hostile(before: List[bytes], after: List[bytes]) -> Iterator[List[bytes]]:
    for octets_ in HOSTILE:
        yield [*before, octets_, *after]


class Attacker:
    """A plain socket that sends anything, and never waits for an answer."""

    def __init__(self, kind: int, endpoint: str = "") -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDTIMEO, int(PATIENCE * 1000))
        self.socket.setsockopt(zmq.RCVTIMEO, int(PATIENCE * 1000))
        if endpoint:
            self.socket.connect(endpoint)

    def send(self, messages: Iterator[List[bytes]]) -> int:
        count = 0
        for message in messages:
            if message:
                self.socket.send_multipart(message)
                count += 1
            while self.socket.type == zmq.DEALER and self.socket.poll(0):
                self.socket.recv_multipart()
        return count

    def close(self) -> None:
        self.socket.close(0)
        self._context.term()


def test_sec_5_a_puller_takes_the_next_good_message(kept: Keep) -> None:
    puller = kept(Puller(bind="tcp://127.0.0.1:*", high_water_mark=1_000_000))
    golden = [values(MESSAGE, MESSAGE), values({"id": "a"}, None)]
    attacker = kept(Attacker(zmq.PUSH, puller.endpoints[0]))
    sent = attacker.send(damaged(golden)) + attacker.send(hostile([], [])) + attacker.send(hostile([values(1)], []))
    good = kept(Attacker(zmq.PUSH, puller.endpoints[0]))
    good.socket.send(values("good"))
    attacker.socket.send(values("bad is over"))
    missing = {"good", "bad is over"}
    for value in puller:
        if isinstance(value, str):
            missing.discard(value)
        if not missing:
            break
    assert sent / 3 < puller.stats().refused < sent
    assert puller._core.last_refusal.rule[:3] in ("ENV", "FNF")


def test_sec_5_a_replier_serves_the_next_good_request(kept: Keep) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*", high_water_mark=1_000_000))
    threading.Thread(target=replier.serve, args=(lambda value: value,), daemon=True).start()
    golden = [sluice_id(0, 1, 2), b"", values(MESSAGE, 2), values({"id": "a"}, None)]
    attacker = kept(Attacker(zmq.DEALER, replier.endpoints[0]))
    sent = attacker.send(damaged(golden)) + attacker.send(hostile([sluice_id(0, 1), b""], []))
    sent += attacker.send(hostile([b"", values(1)], [])) + attacker.send(hostile([sluice_id(4), b""], []))
    requester = kept(Requester(connect=replier.endpoints[0]))
    assert requester.request("good", timeout_ms=PATIENCE * 1000) == "good"
    attacker.socket.send_multipart([b"last", b"", values("last")])
    while attacker.socket.recv_multipart()[0] != b"last":
        pass
    assert sent / 3 < replier.stats().refused < sent


def test_sec_5_a_requester_takes_the_next_good_reply(kept: Keep) -> None:
    attacker = kept(Attacker(zmq.ROUTER))
    attacker.socket.bind("tcp://127.0.0.1:*")
    requester = kept(Requester(connect=attacker.socket.getsockopt(zmq.LAST_ENDPOINT).decode()))
    future = requester.submit(MESSAGE)
    routing, id, _, _ = attacker.socket.recv_multipart()
    other = id[:4] + bytes(7) + b"\xff"
    golden = [other, b"", values(MESSAGE), values({"error": {"code": "E", "message": "m"}})]
    for message in damaged(golden):
        # One flip makes it the answer to the very request that waits: that is no damage.
        if message and message[0] != id:
            attacker.socket.send_multipart([routing, *message])
    for message in hostile([other, b""], []):
        attacker.socket.send_multipart([routing, *message])
    attacker.socket.send_multipart([routing, id, b"", values("good")])
    assert future.result(PATIENCE) == "good"
    assert requester.stats().refused > 100


def test_sec_8_a_consumer_takes_the_next_good_message(kept: Keep) -> None:
    consumer = kept(Consumer(bind="tcp://127.0.0.1:*", high_water_mark=1_000))
    attacker = kept(Attacker(zmq.DEALER, consumer.endpoints[0]))
    hello = bare(frames("HELLO", sender_position(id="attacker")))
    golden = [
        bare(data(0, MESSAGE, 2, headers=[{"id": "a"}, None])),
        bare(frames("END", [EPOCH, 0])),
        bare(frames("BLOCKED", [EPOCH, 0])),
        hello,
        bare(frames("BYE", [EPOCH, "closed", ""])),
    ]

    def every() -> Iterator[List[bytes]]:
        for one in golden:
            for message in damaged(one):
                yield hello
                yield message
        for message in hostile([b"DATA", golden[0][1]], []):
            yield hello
            yield message
        for message in hostile([b"END"], []):
            yield hello
            yield message
        for message in hostile([*golden[0][:3]], []):
            yield hello
            yield message

    found: List[Any] = []
    taken = threading.Event()

    def take() -> None:
        for value in consumer:
            found.append(value)
            if value == "good":
                taken.set()

    threading.Thread(target=take, daemon=True).start()
    sent = attacker.send(every())
    producer = kept(Producer(connect=consumer.endpoints[0]))
    producer.send("good", timeout_ms=PATIENCE * 1000)
    assert taken.wait(PATIENCE)
    assert 100 < consumer.stats().refused < sent
    assert consumer._core.last_refusal.rule[:3] in ("ENV", "BP-")


def test_sec_8_a_producer_serves_the_next_good_receiver(kept: Keep) -> None:
    producer = kept(Producer(bind="tcp://127.0.0.1:*"))
    attacker = kept(Attacker(zmq.DEALER, producer.endpoints[0]))
    hello = bare(frames("HELLO", receiver_position(hwm=0)))
    attacker.socket.send_multipart(hello)
    welcome = attacker.socket.recv_multipart()
    epoch = msgpack.unpackb(welcome[1])["epoch"]
    golden = [
        bare(ack([[0, 3]], rejected=[[4, 4, "E", "m"]], epoch=epoch, hwm=0, serial=2)),
        hello,
        bare(frames("BYE", [epoch, "closed", ""])),
    ]

    def every() -> Iterator[List[bytes]]:
        for one in golden:
            for message in damaged(one):
                yield message
                yield hello
        for message in hostile([b"ACK"], []):
            yield hello
            yield message

    sent = attacker.send(every())
    # What it has said last holds: it takes nothing.
    attacker.socket.send_multipart(bare(frames("BYE", [None, "closed", ""])))
    consumer = kept(Consumer(connect=producer.endpoints[0]))
    producer.send("good", timeout_ms=PATIENCE * 1000)
    values_ = iter(consumer)
    assert next(values_) == "good"
    assert 100 < producer.stats().refused < sent


def test_sec_1_a_frame_beyond_the_limit_costs_its_connection_only(kept: Keep) -> None:
    from sluice import Limits

    puller = kept(Puller(bind="tcp://127.0.0.1:*", limits=Limits(max_message_bytes=1_000)))
    attacker = kept(Attacker(zmq.PUSH, puller.endpoints[0]))
    attacker.socket.send(b"\xc6\x00\x00\x10\x00" + bytes(4_096))
    good = kept(Attacker(zmq.PUSH, puller.endpoints[0]))
    good.socket.send(values("good"))
    assert puller.receive(PATIENCE * 1000) == "good"


def test_sec_2_garbage_instead_of_a_greeting_costs_nothing(kept: Keep) -> None:
    import socket

    consumer = kept(Consumer(bind="tcp://127.0.0.1:*"))
    host, port = consumer.endpoints[0][len("tcp://") :].split(":")
    for garbage in (b"GET / HTTP/1.0\r\n\r\n", bytes(200), b"\xff" * 200, b""):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(garbage)
    producer = kept(Producer(connect=consumer.endpoints[0]))
    producer.send("good", timeout_ms=PATIENCE * 1000)
    assert next(iter(consumer)) == "good"


def test_a_consumer_without_messages_says_so_in_time(kept: Keep) -> None:
    consumer = kept(Consumer(bind="tcp://127.0.0.1:*"))
    with pytest.raises(TimeoutError):
        consumer.receive(1)
