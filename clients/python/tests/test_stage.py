"""A function as a stage: what its environment says, and what its runner hears."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest
from processes import PATIENCE, Process
from sluice import Consumer, OptionError, Producer, Puller, Replier, Requester
from sluice.hosting.environment import read_environment

Keep = Callable[[Any], Any]
Start = Callable[..., Process]

PROGRAMS = {
    "dry": "def handler(dish):\n    return {**dish, 'wet': False}",
    "twice": "def handler(dish):\n    yield dish\n    yield dish",
    "none": "def handler(dish):\n    print('dried', dish['id'])\n    print(dish['id'])",
    "slow": "import time\ndef handler(dish):\n    time.sleep(0.002)\n    return dish",
    "fail": "def handler(dish):\n    if dish['id'] == 3:\n        raise ValueError('broken')\n    return dish",
    "awaited": "import asyncio\nasync def handler(dish):\n    await asyncio.sleep(0)\n    return dish",
    "stream": "async def handler(dish):\n    yield dish",
    "context": "def handler(dish, context):\n    return [dish['id'], context.headers, context.redelivered]",
    "wash": "def handler():\n    for id in range(100):\n        yield {'id': id}",
    "forever": "import itertools\ndef handler():\n    for id in itertools.count():\n        yield {'id': id}",
}


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[Start]:
    processes: List[Process] = []

    def start(program: str, *links: Dict[str, Any], **variables: str) -> Process:
        script = tmp_path / f"{program}.py"
        script.write_text(f"from sluice import stage\n\n{PROGRAMS[program]}\n\nstage(handler)\n")
        env = {**os.environ, "SLUICE_STAGE": "dryer", "SLUICE_LINKS": json.dumps(links), **variables}
        process = Process([sys.executable, str(script)], env)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()


def link(side: str, endpoints: List[str], pattern: str = "backpressure", **other: Any) -> Dict[str, Any]:
    name = "washer:dryer" if side == "receiver" else "dryer:shelf"
    return {"name": name, "pattern": pattern, "side": side, "connect": endpoints, **other}


def report(process: Process, kind: str) -> Any:
    return process.wait_for(lambda lines: [line for line in lines if line.get("report") == kind])[0]


def between(kept: Keep, staged: Start, program: str, count: int = 20, **variables: str) -> "tuple[List[Any], Process, Producer]":
    """Sends dishes through a stage between two links, and returns what came out."""
    producer, consumer = kept(Producer(bind="tcp://127.0.0.1:*")), kept(Consumer(bind="tcp://127.0.0.1:*", senders=1))
    process = staged(program, link("receiver", producer.endpoints, senders=1), link("sender", consumer.endpoints), **variables)
    feeding = feed(producer, count)
    out = list(consumer)
    feeding.join(PATIENCE)
    return out, process, producer


def feed(producer: Producer, count: int) -> threading.Thread:
    """Sends dishes and drains, in a thread of its own: the pace is that of whoever takes them at the other end."""

    def send() -> None:
        for id in range(count):
            producer.send({"id": id, "wet": True}, {"id": f"m{id}", "attempt": 1}, timeout_ms=PATIENCE * 1000)
        producer.drain(PATIENCE * 1000)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread


def test_stg_6_a_stage_between_two_links_ends_by_itself(kept: Keep, staged: Start) -> None:
    out, process, producer = between(kept, staged, "dry", SLUICE_CONTROL="stdio")
    assert out == [{"id": id, "wet": False} for id in range(20)]
    assert process.child.wait(PATIENCE) == 0
    assert producer.stats().delivered == 20
    assert report(process, "ready")["endpoints"] == {"washer:dryer": [], "dryer:shelf": []}
    done = report(process, "done")["stats"]
    assert done["stages"]["dryer"]["in"] == done["stages"]["dryer"]["out"] == 20
    assert done["links"]["dryer:shelf"]["sender"]["delivered"] == 20
    assert done["links"]["washer:dryer"]["receiver"]["deadLettered"] == 0


@pytest.mark.parametrize("program,times", [("twice", 2), ("awaited", 1), ("stream", 1)])
def test_stg_1_a_handler_gives_one_none_or_many(kept: Keep, staged: Start, program: str, times: int) -> None:
    out, process, _ = between(kept, staged, program, SLUICE_CONCURRENCY="1")
    assert [dish["id"] for dish in out] == [id for id in range(20) for _ in range(times)]
    assert process.child.wait(PATIENCE) == 0


def test_stg_1_env_18_a_handler_with_two_parameters_gets_headers_which_are_passed_on(kept: Keep, staged: Start) -> None:
    out, _, _ = between(kept, staged, "context", 2)
    assert out == [[0, {"id": "m0", "attempt": 1}, False], [1, {"id": "m1", "attempt": 1}, False]]


def test_stg_11_a_message_past_its_deadline_is_not_begun(kept: Keep, staged: Start) -> None:
    producer, consumer = kept(Producer(bind="tcp://127.0.0.1:*")), kept(Consumer(bind="tcp://127.0.0.1:*", senders=1))
    staged("dry", link("receiver", producer.endpoints, senders=1), link("sender", consumer.endpoints))
    now = datetime.now(timezone.utc)
    producer.send({"id": 0}, {"deadline": now - timedelta(seconds=1)}, timeout_ms=PATIENCE * 1000)
    producer.send({"id": 1}, {"deadline": now + timedelta(hours=1)}, timeout_ms=PATIENCE * 1000)
    draining = threading.Thread(target=producer.drain, args=(PATIENCE * 1000,), daemon=True)
    draining.start()
    assert [dish["id"] for dish in consumer] == [1]
    draining.join(PATIENCE)
    assert (producer.stats().delivered, producer.stats().failed) == (1, 1)


def test_stg_2_what_a_stage_prints_is_told_from_its_reports(kept: Keep, staged: Start) -> None:
    producer = kept(Producer(bind="tcp://127.0.0.1:*"))
    process = staged("none", link("receiver", producer.endpoints), SLUICE_CONTROL="stdio")
    producer.send({"id": 7}, timeout_ms=PATIENCE * 1000)
    producer.drain(PATIENCE * 1000)
    report(process, "done")
    assert "".join(process.other) == "dried 7\n7\n"
    assert process.child.wait(PATIENCE) == 0


def test_stg_6_a_failed_message_is_told_and_the_stage_goes_on(kept: Keep, staged: Start) -> None:
    out, process, producer = between(kept, staged, "fail")
    assert [dish["id"] for dish in out] == [id for id in range(20) if id != 3]
    assert (producer.stats().delivered, producer.stats().failed) == (19, 1)
    assert process.child.wait(PATIENCE) == 1


def test_stg_7_a_message_is_acked_when_what_it_led_to_is(kept: Keep, staged: Start) -> None:
    producer, consumer = kept(Producer(bind="tcp://127.0.0.1:*")), kept(Consumer(bind="tcp://127.0.0.1:*", high_water_mark=1))
    staged("dry", link("receiver", producer.endpoints), link("sender", consumer.endpoints))
    producer.send({"id": 0}, timeout_ms=PATIENCE * 1000)
    loop = iter(consumer)
    assert next(loop)["id"] == 0
    assert producer.stats().in_flight == 1
    producer.send({"id": 1}, timeout_ms=PATIENCE * 1000)
    assert next(loop)["id"] == 1
    with producer._driver.lock:
        assert producer._driver.wait(lambda: producer._core.stats().delivered == 1, PATIENCE)
    loop.close()  # type: ignore[attr-defined]


def test_stg_7_a_killed_stage_in_the_middle_loses_nothing(kept: Keep, staged: Start) -> None:
    producer, consumer = kept(Producer(bind="tcp://127.0.0.1:*")), kept(Consumer(bind="tcp://127.0.0.1:*", senders=1))
    links = link("receiver", producer.endpoints, options={"highWaterMark": 20}), link("sender", consumer.endpoints)
    first = staged("slow", *links)
    feeding = feed(producer, 100)
    took: List[int] = []
    for dish in consumer:
        took.append(dish["id"])
        if len(took) == 30:
            first.kill()
            staged("slow", *links)
    feeding.join(PATIENCE)
    assert set(took) == set(range(100))


def test_stg_4_a_source_begins_when_it_is_told(kept: Keep, staged: Start) -> None:
    consumer = kept(Consumer(bind="tcp://127.0.0.1:*", senders=1))
    process = staged("wash", link("sender", consumer.endpoints), SLUICE_CONTROL="stdio")
    report(process, "connected")
    assert consumer.stats().received == 0
    process.tell("not a command")
    process.tell(json.dumps({"command": "start"}))
    assert [dish["id"] for dish in consumer] == list(range(100))
    assert process.child.wait(PATIENCE) == 0


def leave(how: str, process: Process) -> None:
    if how == "drain":
        process.tell(json.dumps({"command": "drain"}))
    elif how == "end of input":
        assert process.child.stdin is not None
        process.child.stdin.close()
        process.child.stdin = None
    else:
        process.child.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("how", ["drain", "end of input", "SIGTERM"])
def test_stg_5_a_source_is_drained(kept: Keep, staged: Start, how: str) -> None:
    consumer = kept(Consumer(bind="tcp://127.0.0.1:*", senders=1))
    process = staged("forever", link("sender", consumer.endpoints), SLUICE_CONTROL="stdio")
    process.tell(json.dumps({"command": "start"}))
    took: List[int] = []
    for dish in consumer:
        took.append(dish["id"])
        if len(took) == 50:
            leave(how, process)
    assert took == list(range(len(took)))
    assert process.child.wait(PATIENCE) == 0


def test_stg_5_a_stage_that_is_asked_to_leave_gives_back_what_it_has_not_begun(kept: Keep, staged: Start) -> None:
    producer, consumer = kept(Producer(bind="tcp://127.0.0.1:*")), kept(Consumer(bind="tcp://127.0.0.1:*"))
    links = link("receiver", producer.endpoints, options={"highWaterMark": 50}), link("sender", consumer.endpoints)
    process = staged("slow", *links)
    for id in range(50):
        producer.send({"id": id}, timeout_ms=PATIENCE * 1000)
    took = [consumer.receive(PATIENCE * 1000)["id"] for _ in range(5)]
    process.child.send_signal(signal.SIGTERM)
    took.extend(dish["id"] for dish in consumer)
    assert process.child.wait(PATIENCE) == 0
    assert took == list(range(len(took)))
    stats = producer.stats()
    assert stats.delivered == len(took) < 50 and stats.pending == 50 - len(took)


@pytest.mark.parametrize("pattern", ["backpressure", "request-reply"])
def test_stg_6_a_stage_with_nothing_to_send_tells_a_receiver_of_its_end_that_comes_later(
    kept: Keep, staged: Start, tmp_path: Path, pattern: str
) -> None:
    producer = kept(Producer(bind="tcp://127.0.0.1:*"))
    later = f"ipc://{tmp_path}/shelf"
    process = staged("dry", link("receiver", producer.endpoints, senders=1), link("sender", [later], pattern))
    producer.ready(PATIENCE * 1000)
    producer.drain(PATIENCE * 1000)
    if pattern == "backpressure":
        assert list(kept(Consumer(bind=later, senders=1))) == []
    else:
        kept(Replier(bind=later, senders=1)).serve(lambda dish: dish)
    assert process.child.wait(PATIENCE) == 0


def test_stg_1_links_of_every_pattern(kept: Keep, staged: Start) -> None:
    requester, replier = kept(Requester(bind="tcp://127.0.0.1:*")), kept(Replier(bind="tcp://127.0.0.1:*", senders=1))
    process = staged(
        "dry",
        link("receiver", requester.endpoints, "request-reply", senders=1),
        link("sender", replier.endpoints, "request-reply", options={"timeoutMs": 20_000}),
    )
    future = requester.submit({"id": 1, "wet": True})
    request = replier.take(PATIENCE * 1000)
    assert request is not None and request.value == {"id": 1, "wet": False}
    assert not future.done()
    request.reply(None)
    assert future.result(PATIENCE) is None
    requester.drain(PATIENCE * 1000)
    assert replier.take(PATIENCE * 1000) is None
    assert process.child.wait(PATIENCE) == 0


def test_stg_1_fire_and_forget_out_of_a_source(kept: Keep, staged: Start) -> None:
    puller = kept(Puller(bind="tcp://127.0.0.1:*", senders=1))
    process = staged("wash", link("sender", puller.endpoints, "fire-and-forget"), SLUICE_CONTROL="stdio")
    report(process, "connected")
    process.tell(json.dumps({"command": "start"}))
    assert [dish["id"] for dish in puller] == list(range(100))
    assert process.child.wait(PATIENCE) == 0


def test_stg_3_a_link_that_cannot_be_opened_is_an_error_in_words(staged: Start) -> None:
    process = staged("dry", {"name": "a:b", "pattern": "backpressure", "side": "receiver", "bind": ["tcp://999.1.1.1:1"]}, SLUICE_INSECURE="1")
    assert process.child.wait(PATIENCE) == 1


@pytest.mark.parametrize(
    "variables,named",
    [
        ({}, "SLUICE_STAGE"),
        ({"SLUICE_STAGE": "dryer"}, "SLUICE_LINKS"),
        ({"SLUICE_STAGE": "dryer", "SLUICE_LINKS": "[]"}, "SLUICE_LINKS"),
        ({"SLUICE_STAGE": "dryer", "SLUICE_LINKS": '[{"name": "a:b"}]'}, "SLUICE_LINKS[0]"),
        ({"SLUICE_STAGE": "dryer", "SLUICE_REPLICA": "x"}, "SLUICE_REPLICA"),
        ({"SLUICE_STAGE": "dryer", "SLUICE_CONTROL": "telepathy"}, "SLUICE_CONTROL"),
    ],
)
def test_stg_1_an_environment_that_cannot_be_understood_is_refused(variables: Dict[str, str], named: Optional[str]) -> None:
    with pytest.raises(OptionError) as refused:
        read_environment(variables)
    assert refused.value.option == named


def test_stg_1_it_exits_with_status_2(staged: Start) -> None:
    assert staged("dry", SLUICE_LINKS="no json").child.wait(PATIENCE) == 2
