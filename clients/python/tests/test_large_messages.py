"""Messages near the largest that a socket takes, sent in one go: none shares a frame that the other side would refuse."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable, List

import pytest
from processes import PATIENCE
from sluice import Consumer, EncodeError, Limits, Producer, Puller, Pusher, RemoteError, Replier, Requester, aio

Keep = Callable[[Any], Any]

LIMITS = Limits(max_message_bytes=100_000)
LOOPBACK = "tcp://127.0.0.1:*"
#: Small enough not to fill a frame by themselves, and too large to share one.
SIZES = [60_000, 90_000, 50_000, 99_000, 10]
TOO_LARGE = bytes(100_001)
REFUSED = r"cannot send a message of 100006 bytes; allowed: at most 100000 \(limits\.max_message_bytes, on both sides\)"


def sizes(receiver: Any) -> List[int]:
    return [len(message) for message in receiver]


def test_they_arrive_by_backpressure_and_one_that_is_larger_alone_is_refused(kept: Keep) -> None:
    consumer = kept(Consumer(bind=LOOPBACK, limits=LIMITS, senders=1, high_water_mark=50))
    producer = kept(Producer(connect=consumer.endpoints[0], limits=LIMITS))
    producer.ready(PATIENCE * 1000)
    for size in SIZES:
        producer.send(bytes(size), {"size": size})
    with pytest.raises(EncodeError, match=REFUSED):
        producer.send(TOO_LARGE)
    with pytest.raises(EncodeError, match=r"^\$headers: cannot send"):
        producer.send(1, {"large": TOO_LARGE})
    drained = threading.Thread(target=producer.drain)
    drained.start()
    assert sizes(consumer) == SIZES
    drained.join(PATIENCE)
    stats = producer.stats()
    assert (stats.accepted, stats.delivered, stats.redelivered) == (5, 5, 0)


def test_they_arrive_by_fire_and_forget_and_one_that_is_larger_alone_is_refused(kept: Keep) -> None:
    puller = kept(Puller(bind=LOOPBACK, limits=LIMITS, senders=1))
    pusher = kept(Pusher(connect=puller.endpoints[0], limits=LIMITS))
    pusher.ready(PATIENCE * 1000)
    for size in SIZES:
        pusher.send(bytes(size))
    with pytest.raises(EncodeError, match=REFUSED):
        pusher.send(TOO_LARGE)
    pusher.drain()
    assert sizes(puller) == SIZES
    assert pusher.stats().accepted == 5


def test_they_are_asked_and_answered_and_one_that_is_larger_alone_is_refused(kept: Keep) -> None:
    replier = kept(Replier(bind=LOOPBACK, limits=LIMITS))
    threading.Thread(target=replier.serve, args=(answer,), daemon=True).start()
    requester = kept(Requester(connect=replier.endpoints[0], limits=LIMITS, retries=0))
    # From the second on they may share frames, both ways.
    for _ in range(2):
        asked = [requester.submit(bytes(size)) for size in SIZES]
        assert [len(reply.result(PATIENCE)) for reply in asked] == SIZES
    with pytest.raises(EncodeError, match=REFUSED):
        requester.request(TOO_LARGE)
    with pytest.raises(RemoteError, match=REFUSED):
        requester.request("too large")


def answer(value: Any) -> Any:
    return TOO_LARGE if value == "too large" else value


def test_asyncio_refuses_them_too() -> None:
    async def send() -> None:
        async with aio.Pusher(bind=LOOPBACK, limits=LIMITS) as pusher:
            with pytest.raises(EncodeError, match=REFUSED):
                await pusher.send(TOO_LARGE)
        async with aio.Replier(bind=LOOPBACK, limits=LIMITS) as replier:
            async with aio.Requester(connect=replier.endpoints[0], limits=LIMITS) as requester:
                with pytest.raises(EncodeError, match=REFUSED):
                    await requester.request(TOO_LARGE)

    asyncio.run(send())
