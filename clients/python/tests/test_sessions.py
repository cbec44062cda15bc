"""What is decided without sockets, on a clock that the tests turn."""

from __future__ import annotations

from typing import Any, List, Tuple

import msgpack
import pytest
from cores import LIMITS, octets, put, receiver, said, sender
from octets import EPOCH, ack, bye, data, frames, receiver_position, sender_position, values
from sluice import Limits, OptionError
from sluice.session.core import Peer
from sluice.session.ranges import Ranges
from sluice.session.replier import ReplierCore
from sluice.session.sender import SenderCore


def test_bp_1_hello_is_repeated_after_250_ms_doubling_to_2_s() -> None:
    core = SenderCore("washer", LIMITS, False)
    core.on_up(Peer("receiver", True), 0.0)
    times, now = [0.0], 0.0
    assert [command for command, _ in said(core)] == [b"HELLO"]
    while len(times) < 7:
        now = core.wake_at
        core.on_time(now)
        assert [command for command, _ in said(core)] == [b"HELLO"]
        times.append(now)
    assert [round(later - earlier, 3) for earlier, later in zip(times, times[1:])] == [0.25, 0.5, 1.0, 2.0, 2.0, 2.0]


def test_bp_10_a_sender_asks_after_a_second_of_silence() -> None:
    core, _ = sender()
    put(core, 1)
    said(core)
    core.on_time(0.9)
    assert said(core) == []
    core.on_time(1.0)
    assert said(core) == [(b"BLOCKED", [EPOCH, 1])]


def test_bp_10_a_sender_asks_for_acks_that_are_waited_for_once_for_what_it_has_sent() -> None:
    core, peer = sender()
    core.hasten(0.0)
    assert said(core) == []
    put(core, 1)
    said(core)
    core.hasten(0.1)
    core.hasten(0.2)
    assert said(core) == [(b"BLOCKED", [EPOCH, 1])]
    put(core, 1)
    said(core)
    core.hasten(0.3)
    assert said(core) == [(b"BLOCKED", [EPOCH, 2])]


def test_a_receiver_knows_when_half_its_mark_holds_up_a_sender() -> None:
    core, peer = receiver(hwm=4)
    for at in range(2):
        assert not core.held_up
        core.on_frames(peer, octets(data(at, "dish")), 0.0)
    assert core.held_up


def test_bp_10_a_sender_that_nobody_waits_for_is_silent() -> None:
    core, peer = sender()
    put(core, 1)
    core.on_frames(peer, octets(ack([[0, 0]])), 0.1)
    said(core)
    core.on_time(60.0)
    assert said(core) == []


def test_bp_11_end_is_repeated_every_second_until_it_is_answered() -> None:
    core, peer = sender()
    core.drain(0.0)
    assert said(core) == [(b"END", [EPOCH, 0])]
    for now in (1.0, 2.0, 3.0):
        core.on_time(now)
        assert said(core) == [(b"END", [EPOCH, 0])]
    assert not core.finished
    core.on_frames(peer, octets(ack(ended=True)), 3.5)
    assert said(core) == [(b"BYE", [EPOCH, "done", "nothing more comes"])]
    assert core.finished


def test_bp_11_a_receiver_that_vanishes_while_end_is_unanswered_has_ended() -> None:
    core, peer = sender()
    core.drain(0.0)
    core.on_down(peer, 0.5)
    assert core.finished


def test_bp_21_a_draining_sender_says_that_nothing_follows() -> None:
    core, _ = sender()
    put(core, 1)
    said(core)
    core.drain(0.0)
    assert said(core) == [(b"BLOCKED", [EPOCH, 1, True])]


def test_bp_14_what_was_in_flight_goes_back_to_the_head_in_order() -> None:
    core, peer = sender(hwm=3)
    put(core, 1, 2, 3)
    core.on_frames(peer, octets(ack([[1, 1]], hwm=3)), 0.1)
    put(core, 4)
    said(core)
    core.on_down(peer, 0.2)
    assert core.stats().pending == 3
    again = Peer("another", True)
    core.on_up(again, 0.3)
    core.on_frames(again, octets(frames("WELCOME", receiver_position(9, EPOCH, 0))), 0.3)
    sent = [(msgpack.unpackb(one[1]), one[2]) for _, one in core.out if one[0] == b"DATA"]
    assert sent == [([EPOCH, 0, 1], values(1)), ([EPOCH, 1, 1], values(3)), ([EPOCH, 2, 1], values(4))]
    assert core.stats().redelivered == 3


def test_bp_12_a_rejected_message_is_counted_by_its_code() -> None:
    core, peer = sender()
    put(core, 1, 2, 3)
    core.on_frames(peer, octets(ack([[2, 2]], rejected=[[0, 0, "dead-lettered", "x"], [1, 1, "E_SOAP", "y"]])), 0.1)
    stats = core.stats()
    assert (stats.accepted, stats.delivered, stats.dead_lettered, stats.failed, stats.in_flight) == (3, 1, 1, 1, 0)


def test_bp_17_after_a_goodbye_the_connecting_side_greets_again_not_at_once() -> None:
    core, peer = sender()
    core.on_frames(peer, octets(bye("closed")), 1.0)
    said(core)
    core.on_time(1.2)
    assert said(core) == []
    core.on_time(1.25)
    assert [command for command, _ in said(core)] == [b"HELLO"]


def test_bp_17_a_sender_that_was_replaced_waits_longer() -> None:
    core, peer = sender()
    core.on_frames(peer, octets(bye("replaced")), 1.0)
    said(core)
    core.on_time(2.9)
    assert said(core) == []
    core.on_time(3.0)
    assert [command for command, _ in said(core)] == [b"HELLO"]


def test_bp_7_an_ack_is_repeated_after_a_second_while_messages_are_held() -> None:
    core, peer = receiver()
    core.on_frames(peer, octets(data(0, 1, 2)), 0.0)
    said(core)
    core.on_time(1.0)
    (said_again,) = said(core)
    assert said_again[0] == b"ACK" and said_again[1][2] == []


def test_bp_9_an_ack_goes_when_half_the_mark_is_finished_or_nothing_is_left() -> None:
    core, peer = receiver(hwm=8)
    core.on_frames(peer, octets(data(0, *range(8))), 0.0)
    said(core)
    held = core.take()
    assert held is not None
    core.finish(held, 0, 0, 0.0001)
    assert said(core) == []
    core.finish(held, 1, 3, 0.0002)
    assert [args[2] for _, args in said(core)] == [[[0, 3]]]
    core.finish(held, 4, 4, 0.0003)
    assert said(core) == []
    core.flush(0.0004)
    assert [args[2] for _, args in said(core)] == [[[4, 4]]]


def test_bp_9_what_is_finished_alone_is_acked_five_milliseconds_later() -> None:
    core, peer = receiver(hwm=100)
    core.on_frames(peer, octets(data(0, *range(10))), 0.0)
    said(core)
    held = core.take()
    assert held is not None
    core.finish(held, 0, 0, 0.0001)
    assert said(core) == [] and core.wake_at <= 0.0052
    core.on_time(0.0052)
    assert [args[2] for _, args in said(core)] == [[[0, 0]]]


def test_bp_13_a_pause_announces_a_mark_of_zero_at_once() -> None:
    core, peer = receiver()
    core.pause(True, 0.1)
    assert [(command, args[1]) for command, args in said(core)] == [(b"ACK", 0)]
    core.on_frames(peer, octets(data(0, 1, 2, 3, 4)), 0.2)
    assert core.refused == 0
    core.pause(False, 0.3)
    assert [(command, args[1]) for command, args in said(core)][-1] == (b"ACK", 4)


def test_bp_6_a_sender_that_is_back_on_another_connection_replaces_its_old_session() -> None:
    core, old = receiver()
    core.on_frames(old, octets(data(0, 1, 2)), 0.0)
    said(core)
    new = Peer("sender again", False)
    core.on_frames(new, octets(frames("HELLO", sender_position(b"22222222"))), 0.1)
    assert [(command, args) for command, args in said(core) if command == b"BYE"][0][1][:2] == [EPOCH, "replaced"]
    assert core.take() is None
    assert core.stats().dropped == 2 and core.stats().refused_by == {"sessions": 1}


def test_bp_20_a_mark_in_a_late_ack_is_not_taken() -> None:
    core, peer = sender(hwm=1)
    core.on_frames(peer, octets(ack(hwm=5, serial=7)), 0.0)
    core.on_frames(peer, octets(ack(hwm=2, serial=6)), 0.0)
    assert core.free == 5


def test_sec_9_one_session_more_than_allowed_is_refused() -> None:
    core, _ = receiver(limits=Limits(max_peers=1))
    late = Peer("another", False)
    core.on_frames(late, octets(frames("HELLO", sender_position(b"22222222", id="other"))), 0.1)
    assert [args[1] for command, args in said(core) if command == b"BYE"] == ["limit"]
    assert core.live == 1 and core.stats().refused_by == {"peers": 1}


def greeted(core: SenderCore, name: str, id: str, now: float) -> "tuple[Peer, List[Tuple[bytes, Any]]]":
    """A receiver says HELLO to a bound producer; gives what it hears."""
    peer = Peer(name, False)
    core.on_frames(peer, octets(frames("HELLO", receiver_position(id=id))), now)
    return peer, said(core)


def test_sec_17_one_label_has_so_many_sessions_and_others_have_theirs() -> None:
    core = SenderCore("washer", Limits(max_sessions_per_identity=2), False)
    first, _ = greeted(core, "a", "greedy", 0.0)
    greeted(core, "b", "greedy", 0.0)
    third, answer = greeted(core, "c", "greedy", 0.0)
    assert [(command, args[:2]) for command, args in answer] == [(b"BYE", [None, "limit"])]
    _, other = greeted(core, "d", "modest", 0.0)
    assert [command for command, _ in other] == [b"WELCOME"]
    assert core.live == 3 and core.stats().refused_by == {"sessions": 1}
    # A HELLO that is repeated is not one more, and one that has gone makes room.
    core.on_frames(first, octets(frames("HELLO", receiver_position(id="greedy"))), 0.1)
    assert [command for command, _ in said(core)] == [b"WELCOME"]
    core.on_down(first, 0.2)
    core.on_frames(third, octets(frames("HELLO", receiver_position(id="greedy"))), 0.3)
    assert [command for command, _ in said(core)] == [b"WELCOME"]


def test_sec_4_an_id_is_a_label() -> None:
    core, first = receiver()
    for command in (frames("ACK", [EPOCH, 1, [], [], False]), data(0, 1, epoch=b"33333333")):
        core.on_frames(Peer("other", False), octets(command), 0.1)
    core.on_frames(first, octets(data(0, "mine")), 0.2)
    held = core.take()
    assert held is not None and held.values == ["mine"]


def test_sec_7_an_error_says_no_more_than_its_code_and_message() -> None:
    core = ReplierCore(LIMITS, False, 10)
    peer = Peer("requester", False)
    core.on_frames(peer, octets(frames(b"", values(1))), 0.0)
    asked = core.take()
    assert asked is not None
    core.fail(asked, "E_SOAP", "no soap" * 10_000)
    error = msgpack.unpackb(core.out[-1][1][2])
    assert set(error) == {"error"} and set(error["error"]) == {"code", "message"} and len(error["error"]["message"]) == 4_096


def test_ranges_grow_touch_and_swallow() -> None:
    ranges = Ranges()
    assert [ranges.add(*part) for part in ((0, 1), (2, 4), (8, 9), (6, 6), (5, 7), (0, 9))] == [2, 3, 2, 1, 2, 0]
    assert ranges.ranges() == [(0, 9)]
    assert ranges.missing(5, 12) == [(10, 12)] and 9 in ranges and 10 not in ranges


def test_an_option_that_cannot_work_is_refused_before_any_io() -> None:
    from sluice import Consumer, Producer, Pusher, Requester

    for make in (
        lambda: Producer(),
        lambda: Producer(connect="http://x"),
        lambda: Consumer(bind="tcp://127.0.0.1:*", high_water_mark=0),
        lambda: Pusher(bind="tcp://127.0.0.1:*", overflow="explode"),
        lambda: Requester(bind="tcp://127.0.0.1:*", timeout_ms=0),
        lambda: Limits(max_peers=0),
    ):
        with pytest.raises(OptionError) as refused:
            make()
        assert refused.value.code == "ERR_SLUICE_OPTION" and refused.value.option
