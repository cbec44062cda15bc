"""What an ack says of messages that were rejected, on a clock that the tests turn."""

from __future__ import annotations

from cores import octets, put, receiver, said, sender
from octets import EPOCH, data, frames


def test_bp_9_a_rejection_whose_ack_was_lost_is_said_again() -> None:
    core, peer = receiver()
    producer, consumer = sender()
    put(producer, "cracked", "whole")
    core.on_frames(peer, octets(data(0, "cracked", "whole")), 0.0)
    held = core.take()
    assert held is not None
    core.reject(held, 0, "dead-lettered", "cracked", 0.0)
    core.finish(held, 1, 1, 0.0)
    settled = [[[1, 1]], [[0, 0, "dead-lettered", "cracked"]]]
    # This ack is lost: the producer hears nothing for a second, and asks.
    assert [args[2:4] for _, args in said(core)] == [settled]
    said(producer)
    producer.on_time(1.0)
    [(_, question)], producer.out = producer.out, []
    core.on_frames(peer, question, 1.0)
    [(_, again)], core.out = core.out, []
    producer.on_frames(consumer, again, 1.0)
    stats = producer.stats()
    assert (stats.dead_lettered, stats.delivered, stats.in_flight) == (1, 1, 0)
    # So may be this one.
    core.on_frames(peer, question, 2.0)
    assert [args[2:4] for _, args in said(core)] == [settled]


def test_bp_9_old_rejections_are_said_as_ranges_in_the_end() -> None:
    core, peer = receiver(hwm=10)
    for number in range(600):
        core.on_frames(peer, octets(data(number, number)), 0.0)
        held = core.take()
        assert held is not None
        core.reject(held, 0, "failed", "cracked", 0.0)
    said(core)
    core.on_frames(peer, octets(frames("BLOCKED", [EPOCH, 600])), 0.0)
    [(_, args)] = said(core)
    assert args[2] == [[0, 343]]
    assert [first for first, *_ in args[3]] == list(range(344, 600))
