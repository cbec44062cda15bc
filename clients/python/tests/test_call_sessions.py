"""What pushers and requesters decide without sockets, on a clock that the tests turn."""

from __future__ import annotations

from typing import Any, List

import msgpack
import pytest
from octets import sluice_id, values
from sluice import FullError, Limits, RemoteError, TimeoutError
from sluice.session.call import Call
from sluice.session.core import Peer
from sluice.session.pusher import PusherCore
from sluice.session.replier import ReplierCore
from sluice.session.request_bounds import RequestBounds
from sluice.session.requester import RequesterCore

LIMITS = Limits()


def test_fnf_4_without_a_receiver_a_message_is_dropped_as_no_peer() -> None:
    core = PusherCore(LIMITS, 10, False, lambda *_: True)
    core.offer(b"\x01", None, None, 0.0)
    stats = core.stats()
    assert (stats.accepted, stats.dropped, stats.dropped_by) == (1, 1, {"no-peer": 1})


@pytest.mark.parametrize("oldest,left", [(False, [b"\x00", b"\x01"]), (True, [b"\x03", b"\x04"])])
def test_fnf_4_without_room_a_message_is_dropped_as_full(oldest: bool, left: List[bytes]) -> None:
    taken: List[bytes] = []
    room = False

    def send(_: Peer, sent: List[bytes]) -> bool:
        if room:
            taken.extend(sent)
        return room

    core = PusherCore(Limits(max_batch_messages=1), 2, oldest, send)
    peer = Peer("receiver", True)
    core.on_up(peer, 0.0)
    for message in range(5):
        core.offer(bytes([message]), None, None, 0.0)
        core.flush(0.0)
    assert core.stats().dropped_by == {"full": 3}
    room = True
    core.on_writable(peer, 0.1)
    assert taken == left
    stats = core.stats()
    assert stats.accepted == stats.delivered + stats.dropped + stats.pending


def asking(retries: int = 0) -> "tuple[RequesterCore, List[Any], Call]":
    core = RequesterCore("shelf", LIMITS, False, 64)
    answers: List[Any] = []
    call = Call("q", values("q"), None, 1.0, retries, lambda value, headers, error: answers.append(error or value))
    return core, answers, call


def test_an_overdue_replier_gets_one_request_at_a_time_while_others_are_sound_until_it_answers_in_time() -> None:
    core = RequesterCore("shelf", LIMITS, False, 2)
    stuck, sound = Peer("stuck", True), Peer("sound", True)

    def ask(value: str, now: float) -> None:
        core.offer(Call(value, values(value), None, 1.0, 5, lambda *_: None), now)
        core.flush(now)

    def asked(since: int) -> List[Peer]:
        return [peer for peer, frames in core.out[since:] if frames[2]]

    core.on_up(stuck, 0.0)
    ask("a", 0.0)
    core.on_up(sound, 0.5)
    core.on_time(1.0)
    core.flush(1.0)
    assert asked(0) == [stuck, sound]
    before = len(core.out)
    for value in "bcd":
        ask(value, 1.1)
    # One more goes to the sound one, one to the other to see whether it is back, and the last waits.
    assert asked(before) == [sound, stuck] and core.stats().pending == 1
    before = len(core.out)
    core.on_frames(stuck, [core.out[before - 1][1][0], b"", values("answered")], 1.2)
    core.flush(1.2)
    ask("e", 1.3)
    assert asked(before) == [stuck, stuck]


@pytest.mark.parametrize("bounds", [RequestBounds(messages=2), RequestBounds(octets=15)])
def test_a_request_beyond_what_may_wait_is_refused_and_given_back(bounds: RequestBounds) -> None:
    core = RequesterCore("shelf", LIMITS, False, 64, bounds=bounds)

    def call(value: str) -> Call:
        return Call(value, b"\xaa" + value.encode(), None, 1.0, 0, lambda *_: None)

    first = call("0123456789")
    core.offer(first, 0.0)
    core.offer(call("1123456789"), 0.0)
    with pytest.raises(FullError) as caught:
        core.offer(call("2123456789"), 0.0)
    assert caught.value.undelivered == "2123456789"
    core.cancel(first, 0.1)
    core.offer(call("3123456789"), 0.2)
    assert core.stats().accepted == 3 and core.stats().pending == 2


def test_rr_6_a_retry_goes_to_another_peer_with_its_number_and_its_attempt() -> None:
    core, answers, call = asking(retries=1)
    first, second = Peer("one", True), Peer("two", True)
    core.on_up(first, 0.0)
    core.offer(call, 0.0)
    core.flush(0.0)
    assert core.out == [(first, [sluice_id(8, 1), b"", values("q")])]
    core.on_up(second, 0.1)
    core.on_time(1.0)
    assert core.out[1:] == [(second, [sluice_id(8, 1), b"", values("q"), values({"attempt": 2})])]
    core.on_frames(second, [sluice_id(0, 1), b"", values("a")], 1.5)
    assert answers == ["a"]


def test_rr_3_a_request_that_took_too_long_is_cancelled_and_fails() -> None:
    core, answers, call = asking()
    peer = Peer("one", True)
    core.on_up(peer, 0.0)
    core.on_frames(peer, [sluice_id(1), b"", b""], 0.0)
    core.offer(call, 0.0)
    core.flush(0.0)
    core.on_time(1.0)
    assert core.out[-1] == (peer, [sluice_id(2, 1), b"", b""])
    assert isinstance(answers[0], TimeoutError) and answers[0].undelivered == "q"
    core.on_frames(peer, [sluice_id(1, 1), b"", values("late")], 1.1)
    assert core.late == 1 and core.stats().failed == 1


def test_rr_3_a_cancelled_request_is_not_handed_over() -> None:
    core = ReplierCore(LIMITS, False, 10)
    peer = Peer("requester", False)
    core.on_frames(peer, [sluice_id(0, 1, 2), b"", values("a", "b")], 0.0)
    core.on_frames(peer, [sluice_id(2, 1), b"", b""], 0.1)
    asked = core.take()
    assert asked is not None and asked.value == "b"
    assert core.stats().dropped == 1


def test_rr_13_end_goes_three_times_to_a_stranger_and_then_no_more() -> None:
    core = RequesterCore("shelf", LIMITS, False, 64, tell_everyone=True)
    core.on_up(Peer("bare", True), 0.0)
    core.drain(0.0)
    now, times = 0.0, len(core.out)
    while not core.finished:
        now = core.wake_at
        core.on_time(now)
        times = len(core.out)
    assert times == 3 and now == 3.0


def test_rr_7_a_replier_that_closes_tells_who_was_not_begun() -> None:
    core = ReplierCore(LIMITS, False, 10)
    peer = Peer("requester", False)
    core.on_frames(peer, [sluice_id(0, 1), b"", values("a")], 0.0)
    core.close(0.1)
    assert msgpack.unpackb(core.out[-1][1][3])["error"]["code"] == "ERR_SLUICE_CLOSED"


def test_rr_8_an_unreadable_reply_fails_its_request() -> None:
    core, answers, call = asking()
    peer = Peer("one", True)
    core.on_up(peer, 0.0)
    core.offer(call, 0.0)
    core.flush(0.0)
    core.on_frames(peer, [sluice_id(0, 1), b"", b"\xc1"], 0.1)
    assert answers[0].code == "ERR_SLUICE_DECODE" and core.refused == 1


def test_rr_7_a_failure_without_words_is_a_remote_error_all_the_same() -> None:
    core, answers, call = asking()
    peer = Peer("one", True)
    core.on_up(peer, 0.0)
    core.offer(call, 0.0)
    core.flush(0.0)
    core.on_frames(peer, [sluice_id(0, 1), b"", values(None), values({"error": 7})], 0.1)
    assert isinstance(answers[0], RemoteError) and answers[0].remote_code == "ERR_SLUICE_REMOTE"
