"""A sender that rests: its own thread hears what comes."""

from __future__ import annotations

import threading
from time import monotonic, sleep
from typing import Any, Callable, List

import pytest
from processes import PATIENCE
from sluice import Consumer, Producer, driver

Keep = Callable[[Any], Any]


def test_its_thread_goes_on_to_read_though_its_caller_was_here_a_moment_ago(kept: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    # So long it would leave the reading to a caller that does not rest.
    monkeypatch.setattr(driver, "_GRACE", 3_600.0)
    consumer = kept(Consumer(bind="tcp://127.0.0.1:*"))
    producer = kept(Producer(connect=consumer.endpoints))
    own = producer._driver
    ended, read = threading.Event(), []  # type: threading.Event, List[bool]

    class Ticket:
        def settle(self, outcome: str, error: Any) -> None:
            read.append(own._stands_in)
            ended.set()

    producer.ready(PATIENCE * 1000)
    producer.offer("salad", None, Ticket())
    producer.rest()
    until = monotonic() + PATIENCE
    while not own._stands_in and monotonic() < until:
        sleep(0.001)
    with own.lock:
        own.visit()
    producer.rest()
    threading.Thread(target=lambda: list(consumer), daemon=True).start()
    assert ended.wait(PATIENCE)
    assert read == [True]
