"""Conversations of backpressure: what each side says, and what it gets for that."""

from __future__ import annotations

from typing import Any, Dict, List

from octets import EPOCH, NEXT_EPOCH, OLD_EPOCH, ack, bye, compact_ack, compact_data, data, frames, receiver_position, sender_position, values
from talking import Step, call, expect, give, greets, handed, refused, talk


PRODUCER = {"class": "Producer"}
CONSUMER = {"class": "Consumer", "options": {"highWaterMark": 4}}


def opened_producer(hwm: int = 4) -> List[Step]:
    return [
        greets("HELLO", sender_position()),
        give(frames("WELCOME", receiver_position(hwm, EPOCH, 0))),
    ]


def opened_consumer() -> List[Step]:
    return [
        give(frames("HELLO", sender_position())),
        greets("WELCOME", receiver_position(4, EPOCH, 0)),
    ]


def producer_talks() -> List[Dict[str, Any]]:
    connects, binds = {**PRODUCER, "side": "connect"}, {**PRODUCER, "side": "bind"}
    return [
        talk(
            "BP-P1", "a producer that connects sends, is acked and ends", ["BP-1", "BP-2", "BP-4", "BP-7", "BP-11", "BP-12"], connects,
            *opened_producer(), call("send", {"dish": "plate"}), expect(data(0, {"dish": "plate"})), give(ack([[0, 0]])),
            call("drain"), expect(frames("END", [EPOCH, 1])), give(ack(ended=True)), expect(bye("done"), "bye"),
        ),
        talk(
            "BP-P2", "a producer that is bound answers the receiver and sends", ["BP-1", "BP-2", "BP-4"], binds,
            give(frames("HELLO", receiver_position())), greets("WELCOME", sender_position()),
            call("send", 1), expect(data(0, 1)), give(ack([[0, 0]])), call("send", 2), expect(data(1, 2)), give(ack([[1, 1]])),
        ),
        talk(
            "BP-P3", "without credit a producer says so and waits", ["BP-5", "BP-10"], connects,
            *opened_producer(1), call("send", 1), expect(data(0, 1)), call("begin send", 2), expect(frames("BLOCKED", [EPOCH, 1])),
            give(ack([[0, 0]], hwm=1)), expect(data(1, 2)),
        ),
        talk(
            "BP-P4", "a mark of zero pauses, a larger one resumes", ["BP-13"], connects,
            *opened_producer(0), call("begin send", 1), expect(frames("BLOCKED", [EPOCH, 0])), give(ack(hwm=4)), expect(data(0, 1)),
        ),
        talk(
            "BP-P5", "what a lost session had in flight is sent again, in order and marked", ["BP-14", "BP-15", "BP-17"], binds,
            give(frames("HELLO", receiver_position())), greets("WELCOME", sender_position()), call("send", 1), expect(data(0, 1)),
            call("send", 2), expect(data(1, 2)), give(ack([[0, 0]])), give(bye("closed")),
            give(frames("HELLO", receiver_position())), greets("WELCOME", sender_position(NEXT_EPOCH)),
            expect(data(0, 2, flags=1, epoch=NEXT_EPOCH)),
        ),
        talk(
            "BP-P6", "an ack of what was never sent ends the session", ["BP-8"], connects,
            *opened_producer(), call("send", 1), expect(data(0, 1)), give(ack([[0, 1]])), expect(bye("protocol"), "bye"), refused("BP-8"),
        ),
        talk(
            "BP-P7", "an ack of another epoch changes nothing", ["BP-6"], connects,
            *opened_producer(1), call("send", 1), expect(data(0, 1)), give(ack([[0, 0]], epoch=OLD_EPOCH)), call("begin send", 2),
            expect(frames("BLOCKED", [EPOCH, 1])), give(ack([[0, 0]], hwm=1)), expect(data(1, 2)),
        ),
        talk(
            "BP-P8", "an ack that comes twice, or late, changes nothing", ["BP-7", "BP-20"], connects,
            *opened_producer(2), call("send", 1), expect(data(0, 1)), call("send", 2), expect(data(1, 2)),
            give(ack([[1, 1]], hwm=2, serial=2)), give(ack([[0, 1]], hwm=2, serial=3)), give(ack([[1, 1]], hwm=0, serial=2)),
            call("send", 3), expect(data(2, 3)),
        ),
        talk("BP-P9", "another version is refused with a reason", ["BP-3"], binds,
             give(frames("HELLO", receiver_position(v=2))), expect(bye("version", None), "bye")),
        talk("BP-P10", "two senders cannot be joined", ["BP-3"], binds,
             give(frames("HELLO", sender_position())), expect(bye("role", None), "bye")),
        talk("BP-P11", "another codec is refused with a reason", ["BP-3"], binds,
             give(frames("HELLO", receiver_position(codec="json"))), expect(bye("codec", None), "bye")),
        talk("BP-P12", "an unknown command ends the session", ["BP-19"], connects,
             *opened_producer(), give(frames("SHOUT", [EPOCH])), expect(bye("protocol"), "bye"), refused("BP-19")),
        talk(
            "BP-P13", "headers travel beside their messages", ["BP-4", "ENV-9"], connects,
            *opened_producer(), call("send", 1, {"id": "a"}), expect(data(0, 1, headers=[{"id": "a"}])),
        ),
        talk(
            "BP-P14", "a frame too large for what is left of the octets waits, and one alone goes", ["BP-18"], connects,
            greets("HELLO", sender_position()),
            give(frames("WELCOME", receiver_position(4, EPOCH, 0, hwmBytes=8))),
            call("send", "a plate"), expect(data(0, "a plate")), call("begin send", "another"),
            expect(frames("BLOCKED", [EPOCH, 1])), give(ack([[0, 0]])), expect(data(1, "another")),
        ),
        talk(
            "BP-P15", "a receiver that takes the compact form gets lone messages in one frame, and acks in one", ["BP-22"], connects,
            greets("HELLO", sender_position()), give(frames("WELCOME", receiver_position(4, EPOCH, 0, compact=True))),
            call("send", {"dish": "plate"}), expect(compact_data(0, {"dish": "plate"})), give(compact_ack(1, [[0, 0]])),
            call("drain"), expect(frames("END", [EPOCH, 1])), give(compact_ack(2, flags=1)), expect(bye("done"), "bye"),
        ),
    ]  # fmt: skip


def consumer_talks() -> List[Dict[str, Any]]:
    connects, binds = {**CONSUMER, "side": "connect"}, {**CONSUMER, "side": "bind"}
    return [
        talk(
            "BP-C1", "a consumer that is bound takes a batch, acks it and sees the end", ["BP-1", "BP-2", "BP-4", "BP-7", "BP-9", "BP-11"], binds,
            *opened_consumer(), give(data(0, "a", "b", "c")), handed("a", "b", "c"), expect(ack([[0, 2]]), "ack"),
            give(frames("END", [EPOCH, 3])), expect(ack([[0, 2]], ended=True), "ack"),
        ),
        talk(
            "BP-C2", "a consumer that connects greets first", ["BP-1", "BP-2", "BP-7"], connects,
            greets("HELLO", receiver_position()), give(frames("WELCOME", sender_position())), give(data(0, 1, 2)), handed(1, 2),
            expect(ack([[0, 1]]), "ack"),
        ),
        talk(
            "BP-C3", "a HELLO that is repeated gets the same answer", ["BP-2"], binds,
            *opened_consumer(), give(data(0, 1)), handed(1), expect(ack([[0, 0]]), "ack"), give(frames("HELLO", sender_position())),
            greets("WELCOME", receiver_position(4, EPOCH, 1)),
        ),
        talk("BP-C4", "messages beyond the window end the session", ["BP-5"], binds,
             *opened_consumer(), give(data(0, 1, 2, 3, 4, 5)), expect(bye("protocol"), "bye"), refused("BP-5")),
        talk("BP-C5", "a gap ends the session", ["BP-5"], binds,
             *opened_consumer(), give(data(1, 1)), expect(bye("protocol"), "bye"), refused("BP-5")),
        talk("BP-C6", "an end behind messages that did not come ends the session", ["BP-5"], binds,
             *opened_consumer(), give(frames("END", [EPOCH, 2])), expect(bye("protocol"), "bye"), refused("BP-5")),
        talk("BP-C7", "what came before is discarded", ["BP-5"], binds,
             *opened_consumer(), give(data(0, 1)), handed(1), expect(ack([[0, 0]]), "ack"), give(data(0, 1)), give(data(1, 2)), handed(2),
             expect(ack([[0, 1]]), "ack")),
        talk("BP-C8", "a frame of another epoch is discarded", ["BP-6"], binds,
             *opened_consumer(), give(data(0, "late", epoch=OLD_EPOCH)), give(data(0, "now")), handed("now"), expect(ack([[0, 0]]), "ack")),
        talk("BP-C9", "messages without a session are answered with a goodbye", ["BP-16"], binds,
             give(data(0, 1)), expect(bye("no-session"), "bye")),
        talk("BP-C10", "a sender without credit is answered", ["BP-10", "BP-21"], binds,
             *opened_consumer(), give(frames("BLOCKED", [EPOCH, 0])), expect(ack(), "ack"), give(frames("BLOCKED", [EPOCH, 0, True])),
             expect(ack(), "ack")),
        talk("BP-C11", "a payload that is cut off ends the session", ["BP-5", "ENV-1"], binds,
             *opened_consumer(), give(frames("DATA", [EPOCH, 0, 0], b"\x93\x01")), expect(bye("protocol"), "bye")),
        talk("BP-C12", "duplicate keys in args are refused", ["ENV-10"], binds,
             *opened_consumer(), give(frames("ACK", b"\x82\xa1a\x01\xa1a\x02")), expect(bye("protocol"), "bye"), refused("ENV-10")),
        talk("BP-C13", "a new epoch begins a new session", ["BP-6", "BP-15"], binds,
             *opened_consumer(), give(data(0, 1)), handed(1), expect(ack([[0, 0]]), "ack"),
             give(frames("HELLO", sender_position(NEXT_EPOCH))), greets("WELCOME", receiver_position(4, NEXT_EPOCH, 0)),
             give(data(0, 1, flags=1, epoch=NEXT_EPOCH)), handed(1), expect(ack([[0, 0]], epoch=NEXT_EPOCH), "ack")),
        talk("BP-C14", "two receivers cannot be joined", ["BP-3"], binds,
             give(frames("HELLO", receiver_position())), expect(bye("role", None), "bye")),
        talk("BP-C15", "a sender that takes the compact form is acked in one frame", ["BP-22"], binds,
             give(frames("HELLO", sender_position(compact=True))), greets("WELCOME", receiver_position(4, EPOCH, 0)),
             give(compact_data(0, 1, 2)), handed(1, 2), expect(compact_ack(1, [[0, 1]]), "ack"), give(compact_data(2, 3, flags=1)), handed(3),
             give(frames("END", [EPOCH, 3])), expect(compact_ack(2, [[0, 2]], flags=1), "ack"), {"ended": True}),
        talk("BP-C16", "a single frame that is neither DATA nor ACK ends the session", ["BP-23"], binds,
             give(frames("HELLO", sender_position(compact=True))), greets("WELCOME", receiver_position(4, EPOCH, 0)),
             give(frames(b"E\0" + EPOCH + bytes(8) + values(1))), expect(bye("protocol"), "bye"), refused("BP-23")),
    ]  # fmt: skip
