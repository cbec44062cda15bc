"""Every damaged golden message and every hostile vector, sent by a plain socket to real objects of each kind.

What each message is to be taken for is written down in ``test/vectors/damage.json``, which a reader of the protocol made that is
neither this client nor the TypeScript one. Each is refused by a named rule and counted, or discarded and counted, or taken; and
the next good message of another peer is served.
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Callable

import msgpack
import pytest
import zmq
from processes import PATIENCE
from sluice import ClosedError, Consumer, Limits, Producer, Puller, Pusher, Replier, Requester, TimeoutError
from sluice.session import greeting
from striking import MARK, Attacker, Blow, Watch, blows

Keep = Callable[[Any], Any]


class Taker:
    """Takes messages in a thread of its own, and says when one has come."""

    def __init__(self, receiver: Any) -> None:
        self._good = threading.Event()
        threading.Thread(target=self._take, args=(receiver,), daemon=True).start()

    def _take(self, receiver: Any) -> None:
        for value in receiver:
            if value == "good":
                self._good.set()

    def has(self) -> bool:
        return self._good.wait(PATIENCE)


TRUST = pytest.mark.parametrize("trusted", [False, True], ids=["", "trusted"])


@TRUST
def test_sec_5_a_puller_agrees_on_each_message_and_goes_on(kept: Keep, trusted: bool) -> None:
    puller = kept(Puller(bind="tcp://127.0.0.1:*", high_water_mark=1_000_000, senders=1_000_000, trusted=trusted))
    watch, taker = Watch(puller, trusted), Taker(puller)
    kept(Attacker(zmq.PUSH, puller.endpoints[0])).strike(watch, blows("Puller", "bind"))
    pusher = kept(Pusher(connect=puller.endpoints[0]))
    pusher.ready(PATIENCE * 1000)
    pusher.send("good")
    assert taker.has()


@TRUST
def test_sec_5_a_replier_agrees_on_each_message_and_goes_on(kept: Keep, trusted: bool) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*", high_water_mark=1_000_000, senders=1_000_000, trusted=trusted))
    watch = Watch(replier, trusted)
    threading.Thread(target=replier.serve, args=(lambda value: value,), daemon=True).start()
    kept(Attacker(zmq.DEALER, replier.endpoints[0])).strike(watch, blows("Replier", "bind"))
    assert kept(Requester(connect=replier.endpoints[0])).request("good", timeout_ms=PATIENCE * 1000) == "good"


@TRUST
def test_sec_5_a_requester_agrees_on_each_message_and_goes_on(kept: Keep, trusted: bool, tmp_path: Path) -> None:
    attacker = kept(Attacker(zmq.ROUTER))
    requester = kept(Requester(connect=[attacker.endpoint, f"ipc://{tmp_path}/good"], trusted=trusted))
    watch = Watch(requester, trusted)
    # Its requests are numbered from 1, as those of the golden conversations are; no flipped bit leads here.
    requester._core._last_id = 0b101 << 40
    unanswered = requester.submit("never answered")
    attacker.receive()
    attacker.strike(watch, blows("Requester", "connect"))
    replier = kept(Replier(bind=f"ipc://{tmp_path}/good"))
    threading.Thread(target=replier.serve, args=(lambda value: value,), daemon=True).start()
    wait_for(lambda: requester.stats().peers == 2)
    assert requester.request("good", timeout_ms=PATIENCE * 1000) == "good"
    assert not unanswered.done()


@pytest.mark.parametrize("side, trusted", [("bind", False), ("bind", True), ("connect", False)])
def test_sec_8_a_consumer_agrees_on_each_message_and_goes_on(kept: Keep, side: str, trusted: bool, tmp_path: Path) -> None:
    if side == "connect":
        attacker = kept(Attacker(zmq.ROUTER))
        where = {"connect": [attacker.endpoint, f"ipc://{tmp_path}/good"]}
    else:
        where = {"bind": "tcp://127.0.0.1:*"}
    consumer = kept(Consumer(**where, high_water_mark=MARK, senders=1_000_000, trusted=trusted))
    watch, taker = Watch(consumer, trusted), Taker(consumer)
    if side == "connect":
        attacker.receive()
    else:
        attacker = kept(Attacker(zmq.DEALER, consumer.endpoints[0]))
    attacker.strike(watch, blows("Consumer", side))
    good = {"connect": consumer.endpoints[0]} if side == "bind" else {"bind": f"ipc://{tmp_path}/good"}
    kept(Producer(**good)).send("good", timeout_ms=PATIENCE * 1000)
    assert taker.has()


@pytest.mark.parametrize("side", ["bind", "connect"])
def test_sec_8_a_producer_agrees_on_each_message_and_goes_on(
    kept: Keep, side: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that connects would wait for seconds after each session that has failed.
    monkeypatch.setattr(greeting, "_SHORTEST", 0.001)
    monkeypatch.setattr(greeting, "_LONGEST", 0.001)
    connects = side == "connect"
    attacker = kept(Attacker(zmq.ROUTER)) if connects else None
    where = {"connect": [attacker.endpoint, f"ipc://{tmp_path}/good"]} if attacker else {"bind": "tcp://127.0.0.1:*"}
    producer = kept(Producer(**where))
    watch = Watch(producer)
    threading.Thread(target=supply, args=(producer,), daemon=True).start()
    if attacker is None:
        attacker = kept(Attacker(zmq.DEALER, producer.endpoints[0]))
    else:
        attacker.receive()
    for blow in blows("Producer", side):
        attacker.strike_producer(watch, blow, connects)
    good = {"bind": f"ipc://{tmp_path}/good"} if connects else {"connect": producer.endpoints[0]}
    assert type(kept(Consumer(**good)).receive(PATIENCE * 1000)) is int


def supply(producer: Producer) -> None:
    """Sends numbers without end."""
    try:
        for number in range(1 << 60):
            producer.send(number)
    except ClosedError:
        pass


def wait_for(condition: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end
        sleep(0.001)


def test_sec_5_a_verdict_that_is_not_kept_is_noticed(kept: Keep) -> None:
    puller = kept(Puller(bind="tcp://127.0.0.1:*"))
    watch, attacker = Watch(puller), kept(Attacker(zmq.PUSH, puller.endpoints[0]))
    bad, good = (Blow("a blow", [], [frame], 0, lambda frame: frame, "x") for frame in (b"\xc1", b"\x01"))
    attacker.strike(watch, [bad])
    with pytest.raises(AssertionError, match="refused by 'ENV-7'"):
        attacker.strike(watch, [bad._replace(verdict=".")])
    with pytest.raises(AssertionError, match="counted 0 times"):
        attacker.strike(watch, [good])


def test_sec_1_a_frame_beyond_the_limit_costs_its_connection_only(kept: Keep) -> None:
    puller = kept(Puller(bind="tcp://127.0.0.1:*", limits=Limits(max_message_bytes=1_000)))
    kept(Attacker(zmq.PUSH, puller.endpoints[0])).send([b"\xc6\x00\x00\x10\x00" + bytes(4_096)])
    kept(Attacker(zmq.PUSH, puller.endpoints[0])).send([msgpack.packb("good")])
    assert puller.receive(PATIENCE * 1000) == "good"


def test_sec_2_garbage_instead_of_a_greeting_costs_nothing(kept: Keep) -> None:
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
