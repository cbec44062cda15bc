"""The same classes under asyncio."""

from __future__ import annotations

import asyncio
from typing import Any, Awaitable, Callable

import pytest
from processes import PATIENCE
from sluice import RemoteError, StateError, TimeoutError, aio


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), PATIENCE))


@pytest.mark.parametrize("bound", ["consumer", "producer"])
def test_backpressure_delivers_everything(bound: str, endpoint: str) -> None:
    async def test() -> None:
        if bound == "consumer":
            consumer = aio.Consumer(bind=endpoint)
            producer = aio.Producer(connect=consumer.endpoints)
        else:
            producer = aio.Producer(bind=endpoint)
            consumer = aio.Consumer(connect=producer.endpoints)
        took: "list[Any]" = []

        async def take() -> None:
            async for received in consumer.received():
                took.append((received.value, received.headers))

        task = asyncio.ensure_future(take())
        async with producer:
            for at in range(2_000):
                await producer.send(at, {"n": at} if at % 2 else None)
        await task
        await consumer.close()
        assert took == [(at, {"n": at} if at % 2 else None) for at in range(2_000)]
        assert producer.stats().delivered == 2_000 and consumer.stats().delivered == 2_000

    run(test)


def test_a_loop_that_is_left_leaves_its_message_to_another() -> None:
    async def test() -> None:
        producer = aio.Producer(bind="tcp://127.0.0.1:*")
        first = aio.Consumer(connect=producer.endpoints, high_water_mark=4)
        for at in range(4):
            await producer.send(at)
        async for value in first:
            if value == 1:
                break
        async for value in first:
            assert value == 2
            break
        await first.close()
        second = aio.Consumer(connect=producer.endpoints)
        async for received in second.received():
            assert (received.value, received.redelivered) == (1, True)
            break
        await second.close()
        await producer.close()
        assert producer.stats().undelivered == 3

    run(test)


def test_request_reply_many_at_once() -> None:
    async def test() -> None:
        async with aio.Replier(bind="tcp://127.0.0.1:*", senders=1) as replier:

            async def double(value: Any) -> Any:
                await asyncio.sleep(0)
                if value < 0:
                    raise ValueError("negative")
                return value * 2

            serving = asyncio.ensure_future(replier.serve(double))
            async with aio.Requester(connect=replier.endpoints) as requester:
                assert await asyncio.gather(*map(requester.request, range(300))) == [at * 2 for at in range(300)]
                with pytest.raises(RemoteError, match="negative"):
                    await requester.request(-1)
            await serving

    run(test)


def test_rr_3_a_task_that_is_cancelled_cancels_the_handler_on_the_other_side() -> None:
    async def test() -> None:
        began, cancelled = asyncio.Event(), asyncio.Event()

        async def never(value: Any) -> Any:
            if value == "announce":
                return value
            began.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise

        async with aio.Replier(bind="tcp://127.0.0.1:*") as replier:
            serving = asyncio.ensure_future(replier.serve(never))
            async with aio.Requester(connect=replier.endpoints) as requester:
                await requester.request("announce")
                task = asyncio.ensure_future(requester.request("never"))
                await began.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await cancelled.wait()
            serving.cancel()

    run(test)


def test_fire_and_forget() -> None:
    async def test() -> None:
        async with aio.Puller(bind="tcp://127.0.0.1:*", senders=1, high_water_mark=10_000) as puller:
            async with aio.Pusher(connect=puller.endpoints, high_water_mark=10_000) as pusher:
                await pusher.ready()
                for at in range(1_000):
                    await pusher.send(at)
            assert [value async for value in puller] == list(range(1_000))

    run(test)


def test_sends_may_overlap_and_wait_for_credit() -> None:
    async def test() -> None:
        async with aio.Producer(bind="tcp://127.0.0.1:*") as producer:
            with pytest.raises(TimeoutError) as late:
                await producer.send("nobody is there", timeout_ms=1)
            assert late.value.undelivered == "nobody is there"
            sends = asyncio.gather(*map(producer.send, range(100)))
            async with aio.Consumer(connect=producer.endpoints, high_water_mark=5) as consumer:
                took = []
                async for value in consumer:
                    took.append(value)
                    if len(took) == 100:
                        break
                consumer.resume()
                await sends
                assert sorted(took) == list(range(100))
                await producer.close()
        with pytest.raises(StateError):
            await producer.send("after the end")

    run(test)
