"""Who hangs up first, when both sides of a backpressure link have finished."""

from __future__ import annotations

import threading
from typing import Any, Callable, Iterator, List

import msgpack
import pytest
import zmq
from processes import PATIENCE
from sluice import Consumer, Producer
from sluice.net import lane

Keep = Callable[[Any], Any]
EPOCH = bytes(8)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A peer by hand, for which a bound side waits as long as it takes."""
    monkeypatch.setattr(lane, "_HANGING_UP_MS", 1_000 * PATIENCE)
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, int(PATIENCE * 1000))
        yield socket


def say(stranger: Any, command: bytes, arguments: Any) -> None:
    stranger.send_multipart([command, msgpack.packb(arguments)])


def hear(stranger: Any, command: bytes) -> Any:
    """The arguments of the next message of a command; others are passed over."""
    while True:
        frames: List[bytes] = stranger.recv_multipart()
        if frames[0] == command:
            return msgpack.unpackb(frames[1])


def greet(stranger: Any, role: str, **more: Any) -> Any:
    say(stranger, b"HELLO", {"v": 1, "role": role, "id": "stranger", "codec": "msgpack", **more})
    return hear(stranger, b"WELCOME")


def assert_leaves_after(stranger: Any, leaving: threading.Thread) -> None:
    hear(stranger, b"BYE")
    leaving.join(0.05)
    assert leaving.is_alive()
    stranger.close()
    leaving.join(PATIENCE)
    assert not leaving.is_alive()


def test_bp_12_a_bound_receiver_hangs_up_after_the_sender_that_has_ended(stranger: Any, kept: Keep) -> None:
    consumer = kept(Consumer(bind="tcp://127.0.0.1:*", senders=1))
    stranger.connect(consumer.endpoints[0])
    greet(stranger, "sender", epoch=EPOCH, next=0, acked=0)
    say(stranger, b"END", [EPOCH, 0])
    assert list(consumer) == []
    leaving = threading.Thread(target=consumer.close)
    leaving.start()
    assert_leaves_after(stranger, leaving)


def test_bp_12_a_bound_sender_hangs_up_after_the_receiver_that_has_finished(stranger: Any, kept: Keep) -> None:
    producer = kept(Producer(bind="tcp://127.0.0.1:*"))
    stranger.connect(producer.endpoints[0])
    epoch = greet(stranger, "receiver", hwm=4, hwmBytes=1_000_000)["epoch"]
    leaving = threading.Thread(target=producer.drain)
    leaving.start()
    hear(stranger, b"END")
    say(stranger, b"ACK", [epoch, 4, [], [], True])
    assert_leaves_after(stranger, leaving)
