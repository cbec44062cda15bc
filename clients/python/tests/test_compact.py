"""The compact form: what it is used for, and for whom."""

from __future__ import annotations

from octets import EPOCH, compact_letter, sluice_id, values
from sluice.codec.decode import Decoder
from sluice.limits import Limits
from sluice.session.core import Peer
from sluice.session.receiver import ReceiverCore
from sluice.session.replier import ReplierCore
from sluice.session.sender import SenderCore
from sluice.wire.backpressure import decode_packet, encode_ack, encode_data
from sluice.wire.packets import Ack, Data
from sluice.wire.request_reply import encode_message

DATA = Data(EPOCH, 2**53 - 1, True, values("a", 1), None)
ACK = Ack(EPOCH, 64, [(0, 2**40), (2**41, 2**41)], [], True, 2**33)


def test_bp_22_says_all_that_data_and_an_ack_say() -> None:
    assert decode_packet(encode_data(DATA, True), Decoder()) == DATA
    assert decode_packet(encode_ack(ACK, True), Decoder()) == ACK
    assert len(encode_data(DATA, True)) == len(encode_ack(ACK, True)) == 1


def test_bp_22_is_not_used_for_what_has_no_place_in_it_nor_for_a_side_that_did_not_ask() -> None:
    assert len(encode_data(DATA._replace(headers=values({}, {})), True)) == 4
    assert len(encode_data(DATA._replace(payload=values("x" * 5000)), True)) == 3
    assert len(encode_data(DATA, False)) == 3
    assert len(encode_ack(ACK._replace(rejected=[(0, 0, "failed", "")]), True)) == 2
    assert len(encode_ack(ACK._replace(serial=None), True)) == 2
    assert len(encode_ack(ACK, False)) == 2


def test_bp_22_is_not_used_for_an_ack_of_very_many_ranges() -> None:
    ranges = [(2 * n, 2 * n) for n in range(257)]
    assert len(encode_ack(ACK._replace(ranges=ranges[1:]), True)) == 1
    assert len(encode_ack(ACK._replace(ranges=ranges), True)) == 2


def test_bp_22_rr_14_is_not_asked_for_by_a_side_that_takes_smaller_messages_only() -> None:
    limits = Limits(max_message_bytes=2_000)
    now, peer = 0.0, Peer("a", True)
    sender, receiver = SenderCore("s", limits, True), ReceiverCore("r", limits, True, 4, 1 << 20)
    replier = ReplierCore(limits, True, 1)
    for core in (sender, receiver, replier):
        core.on_up(peer, now)
    assert [b"compact" in core.out[0][1][1] for core in (sender, receiver)] == [False, False]
    assert replier.out[0][1][0] == sluice_id(1)


def test_rr_14_is_used_where_the_other_side_takes_it_and_it_can_be() -> None:
    assert encode_message(8, [7], values("q"), None, True) == [bytes.fromhex(compact_letter(8, [7], values("q"))[0])]
    assert encode_message(8, [7], values("q"), None, False) == [sluice_id(8, 7), b"", values("q")]
    assert len(encode_message(8, [7], values("q"), values({}), True)) == 4
    assert len(encode_message(8, [7], values("x" * 5000), None, True)) == 3
