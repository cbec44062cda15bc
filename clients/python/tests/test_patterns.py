"""Every pattern between two processes, and what becomes of it when one is killed."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from processes import PATIENCE, Process
from sluice import Consumer, LinkError, Producer, RemoteError, Replier, Requester

Start = Callable[..., Process]
Keep = Callable[[Any], Any]


def ids(process: Process) -> List[int]:
    return [line["id"] for line in process.lines if "id" in line]


def adds_up(stats: Dict[str, Any]) -> bool:
    ended = sum(stats[name] for name in ("delivered", "dropped", "dead_lettered", "failed", "undelivered"))
    return bool(stats["accepted"] == ended + stats["pending"] + stats["in_flight"])


def test_backpressure_delivers_everything_in_order(peer: Start, endpoint: str) -> None:
    consumer = peer("consume", "--bind", endpoint)
    producer = peer("produce", "--connect", consumer.endpoint(), "--count", 3000)
    done = producer.done()
    consumer.done()
    assert ids(consumer) == list(range(3000))
    assert done["stats"]["delivered"] == 3000 and adds_up(done["stats"])


def test_backpressure_with_the_producer_bound_and_two_consumers(peer: Start, endpoint: str) -> None:
    producer = peer("produce", "--bind", endpoint, "--count", 2000, "--peers", 2)
    consumers = [peer("consume", "--connect", producer.endpoint(), "--mark", 20) for _ in range(2)]
    assert producer.done()["stats"]["delivered"] == 2000
    for consumer in consumers:
        consumer.done()
    assert sorted(ids(consumers[0]) + ids(consumers[1])) == list(range(2000))


def test_backpressure_loses_nothing_when_the_consumer_is_killed(peer: Start, endpoint: str) -> None:
    producer = peer("produce", "--bind", endpoint, "--count", 1000)
    where = producer.endpoint()
    first = peer("consume", "--connect", where, "--mark", 50, "--pause-ms", 1)
    first.wait_for(lambda lines: len(lines) > 100)
    first.kill()
    second = peer("consume", "--connect", where, "--mark", 50)
    done = producer.done()
    second.done()
    assert set(ids(first)) | set(ids(second)) == set(range(1000))
    twice = set(ids(first)) & set(ids(second))
    assert len(twice) <= 50 and done["stats"]["redelivered"] >= len(twice)
    marked = {line["id"] for line in second.lines if line.get("redelivered")}
    assert twice <= marked


def test_backpressure_loses_nothing_when_a_bound_consumer_is_killed_and_restarted(peer: Start, tmp_path: Any) -> None:
    endpoint = f"ipc://{tmp_path}/s"
    first = peer("consume", "--bind", endpoint, "--mark", 50, "--pause-ms", 1)
    producer = peer("produce", "--connect", first.endpoint(), "--count", 1000)
    first.wait_for(lambda lines: len(lines) > 100)
    first.kill()
    second = peer("consume", "--bind", endpoint, "--mark", 50)
    producer.done()
    second.done()
    assert set(ids(first)) | set(ids(second)) == set(range(1000))


def test_backpressure_goes_on_when_a_producer_is_killed(peer: Start, endpoint: str) -> None:
    consumer = peer("consume", "--bind", endpoint, "--senders", 1, "--mark", 50)
    where = consumer.endpoint()
    victim = peer("produce", "--connect", where, "--first", 100_000, "--count", 1_000_000, "--identity", "washer")
    consumer.wait_for(lambda lines: len(lines) > 200)
    victim.kill()
    other = peer("produce", "--connect", where, "--count", 500, "--identity", "washer")
    other.done()
    consumer.done()
    took = ids(consumer)
    assert [one for one in took if one < 100_000] == list(range(500))
    from_victim = [one for one in took if one >= 100_000]
    assert from_victim == list(range(100_000, 100_000 + len(from_victim)))


def test_backpressure_slows_the_sender_to_the_receivers_pace(peer: Start, kept: Keep) -> None:
    producer = kept(Producer(bind="tcp://127.0.0.1:*"))
    consumer = peer("consume", "--connect", producer.endpoints[0], "--mark", 10, "--pause-ms", 2)
    for at in range(200):
        producer.send({"id": at})
        stats = producer.stats()
        assert stats.pending + stats.in_flight <= 10
    assert producer.stats().waits > 0
    producer.drain(PATIENCE * 1000)
    consumer.done()
    assert ids(consumer) == list(range(200))


def test_request_reply_answers_everything(peer: Start, endpoint: str) -> None:
    replier = peer("reply", "--bind", endpoint, "--senders", 1)
    requester = peer("request", "--connect", replier.endpoint(), "--count", 1000)
    done = requester.done()
    assert done["right"] and adds_up(done["stats"])
    assert replier.done()["stats"]["delivered"] == 1000


def test_request_reply_with_the_requester_bound(peer: Start, endpoint: str) -> None:
    requester = peer("request", "--bind", endpoint, "--count", 500)
    replier = peer("reply", "--connect", requester.endpoint(), "--senders", 1)
    assert requester.done()["right"]
    replier.done()


def test_request_reply_tries_another_replier_when_one_is_killed(peer: Start, kept: Keep) -> None:
    repliers = [peer("reply", "--bind", "tcp://127.0.0.1:*", "--pause-ms", 2) for _ in range(2)]
    where = [replier.endpoint() for replier in repliers]
    requester = kept(Requester(connect=where, timeout_ms=20_000, in_flight=16))
    futures = [requester.submit({"n": at}) for at in range(400)]
    futures[20].result(PATIENCE)
    repliers[0].kill()
    assert [future.result(PATIENCE)["n"] for future in futures] == [at * 2 for at in range(400)]
    assert requester.stats().redelivered > 0


def test_request_reply_picks_up_a_restarted_replier(peer: Start, kept: Keep, tmp_path: Any) -> None:
    endpoint = f"ipc://{tmp_path}/s"
    first = peer("reply", "--bind", endpoint)
    requester = kept(Requester(connect=first.endpoint()))
    assert requester.request({"n": 1}) == {"n": 2}
    first.kill()
    future = requester.submit({"n": 2})
    peer("reply", "--bind", endpoint).endpoint()
    assert future.result(PATIENCE) == {"n": 4}


def test_request_reply_goes_on_when_a_requester_is_killed(peer: Start, endpoint: str, kept: Keep) -> None:
    replier = peer("reply", "--bind", endpoint, "--pause-ms", 1)
    where = replier.endpoint()
    victim = peer("request", "--connect", where, "--count", 100_000)
    victim.wait_for(lambda lines: lines)
    victim.kill()
    requester = kept(Requester(connect=where))
    assert requester.request({"n": 21}) == {"n": 42}
    try:
        requester.request({"n": -1})
    except RemoteError as error:
        assert (error.remote_code, str(error)) == ("ValueError", "a negative number of plates")


def test_fire_and_forget_delivers_to_who_is_there(peer: Start, endpoint: str) -> None:
    puller = peer("pull", "--bind", endpoint, "--senders", 2)
    where = puller.endpoint()
    pushers = [peer("push", "--connect", where, "--first", first, "--count", 500) for first in (0, 1000)]
    for pusher in pushers:
        assert adds_up(pusher.done()["stats"])
    assert puller.done()["ids"] == [*range(500), *range(1000, 1500)]


def test_fire_and_forget_with_the_pusher_bound(peer: Start, endpoint: str) -> None:
    pusher = peer("push", "--bind", endpoint, "--count", 500)
    puller = peer("pull", "--connect", pusher.endpoint())
    pusher.done()
    assert puller.done()["ids"] == list(range(500))


def test_an_ipc_path_in_use_is_refused(kept: Keep, tmp_path: Any) -> None:
    endpoint = f"ipc://{tmp_path}/s"
    kept(Consumer(bind=endpoint))
    try:
        Consumer(bind=endpoint).close()
        raise AssertionError("it was taken over")
    except LinkError as error:
        assert error.endpoint == endpoint and error.code == "ERR_SLUICE_LINK"


def test_a_handler_that_leaves_its_loop_leaves_the_message_to_another(kept: Keep) -> None:
    producer = kept(Producer(bind="tcp://127.0.0.1:*"))
    first = kept(Consumer(connect=producer.endpoints[0], high_water_mark=4))
    for at in range(4):
        producer.send(at)
    for value in first:
        if value == 1:
            break
    assert next(iter(first)) == 2
    first.close()
    second = kept(Consumer(connect=producer.endpoints[0]))
    again = [next(second.received())]
    assert again[0].redelivered and again[0].value == 1


def test_a_replier_is_closed_while_it_waits(kept: Keep) -> None:
    replier = kept(Replier(bind="tcp://127.0.0.1:*"))
    requester = kept(Requester(connect=replier.endpoints[0], retries=0, timeout_ms=PATIENCE * 1000))
    future = requester.submit("never")
    requester.close()
    assert future.exception(PATIENCE).undelivered == "never"  # type: ignore[union-attr]
