"""What a bound sender sent still leaves after its close, and while its process ends."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, List

import msgpack
import pytest
import zmq
from processes import PATIENCE, Process
from sluice import Consumer, Pusher

Keep = Callable[[Any], Any]

#: More than the system's own buffers hold, in messages that libzmq reads where they lie.
COUNT, OCTETS = 24, 900_000

PROGRAM = f"""
import json
from sluice import Pusher
with Pusher(bind="tcp://127.0.0.1:*", max_batch_messages=1) as pusher:
    print(json.dumps({{"endpoints": pusher.endpoints}}), flush=True)
    pusher.ready()
    for at in range({COUNT}):
        pusher.send([at, bytes([at]) * {OCTETS}])
    pusher.drain()
    print(json.dumps({{"done": True}}), flush=True)
"""


@pytest.fixture
def pull() -> Iterator[Any]:
    """A receiver that takes one message and what its system has room for, until it is read."""
    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.setsockopt(zmq.RCVHWM, 1)
        socket.setsockopt(zmq.RCVTIMEO, int(PATIENCE * 1000))
        yield socket


def assert_all_of_it(pull: Any) -> None:
    for at in range(COUNT):
        assert msgpack.unpackb(pull.recv()) == [at, bytes([at]) * OCTETS]
    assert pull.recv() == b""


def test_a_bound_pusher_that_is_closed_still_sends_what_it_holds(pull: Any, kept: Keep) -> None:
    pusher = kept(Pusher(bind="tcp://127.0.0.1:*", max_batch_messages=1))
    pull.connect(pusher.endpoints[0])
    pusher.ready(PATIENCE * 1000)
    for at in range(COUNT):
        pusher.send([at, bytes([at]) * OCTETS])
    pusher.drain(PATIENCE * 1000)
    assert_all_of_it(pull)


def test_whoever_closes_second_returns_when_the_endpoint_is_free_too(tmp_path: Path) -> None:
    path = tmp_path / "s"
    consumer = Consumer(bind=f"ipc://{path}")
    together, left = threading.Barrier(8), []  # type: threading.Barrier, List[bool]

    def close() -> None:
        together.wait(PATIENCE)
        consumer.close()
        left.append(path.exists())

    closing = [threading.Thread(target=close) for _ in range(8)]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join(PATIENCE)
    assert left == [False] * 8


def test_a_process_that_ends_still_sends_what_its_pusher_holds(pull: Any) -> None:
    process = Process([sys.executable, "-c", PROGRAM])
    try:
        pull.connect(process.endpoint())
        process.wait_for(lambda lines: [line for line in lines if line.get("done")])
        assert_all_of_it(pull)
        assert process.child.wait(PATIENCE) == 0
    finally:
        process.kill()
