"""When a puller has ended that was told that its senders are gone. Sans-I/O, on a clock by hand."""

from __future__ import annotations

from sluice.session.core import NEVER, Peer
from sluice.session.puller import PullerCore


SENDER = Peer("sender", False)


def puller(mark: int = 10) -> PullerCore:
    core = PullerCore(True, mark, None)
    core.on_connection(1)
    return core


def tick(core: PullerCore) -> float:
    """Lets the time come that the core asked for; the time."""
    at = core.wake_at
    assert at < NEVER, "nothing would ever wake it"
    core.on_time(at)
    return at


def test_a_connection_that_goes_after_the_word_that_no_more_senders_come_delays_the_end_and_does_not_lose_it() -> None:
    core = puller()
    core.no_more_senders(0.0)
    core.on_connection(-1)
    core.on_down(SENDER, 0.02)
    assert tick(core) == 0.05
    assert not core.ended
    tick(core)
    assert core.ended


def test_it_waits_for_a_connection_that_is_open() -> None:
    core = puller()
    core.no_more_senders(0.0)
    tick(core)
    assert not core.ended
    core.on_connection(-1)
    core.on_down(SENDER, 1.0)
    tick(core)
    assert core.ended


def test_silence_means_nothing_while_it_reads_nothing() -> None:
    core = puller(mark=1)
    core.on_frames(SENDER, [b"\x01"], 0.0)
    core.no_more_senders(0.0)
    core.on_connection(-1)
    core.on_down(SENDER, 0.0)
    tick(core)
    held = core.take()
    assert held is not None
    core.finish(held, 0, 0, 0.06)
    assert not core.ended
    tick(core)
    assert core.ended
