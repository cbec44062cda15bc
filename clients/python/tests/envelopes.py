"""Messages frame by frame, good and bad, and what a reader makes of them."""

from __future__ import annotations

from typing import Any, Dict, List

from octets import (
    EPOCH,
    Frames,
    ack,
    bye,
    compact_ack,
    compact_data,
    compact_letter,
    data,
    frames,
    receiver_position,
    sender_position,
    sluice_id,
    values,
)



def envelope(id: str, reader: str, what: Frames, **reads: Any) -> Dict[str, Any]:
    return {"id": id, "reader": reader, "frames": what, **reads}


def backpressure_envelopes() -> List[Dict[str, Any]]:
    def good(id: str, what: Frames, **reads: Any) -> Dict[str, Any]:
        return envelope(id, "backpressure", what, reads=reads)

    def bad(id: str, what: Frames, *rules: str) -> Dict[str, Any]:
        return envelope(id, "backpressure", what, refuse=list(rules))

    epoch = EPOCH.hex()
    return [
        good("E-BP-1", frames("HELLO", sender_position()), type="hello", role="sender", epoch=epoch, next=0, acked=0),
        good("E-BP-2", frames("WELCOME", receiver_position(4, EPOCH, 3)), type="welcome", role="receiver", epoch=epoch, next=3, hwm=4),
        good("E-BP-3", frames("HELLO", sender_position(colour="blue")), type="hello", role="sender", epoch=epoch, next=0, acked=0),
        good("E-BP-4", data(5, 1, 2), type="data", epoch=epoch, first=5, redelivered=False, count=2),
        good("E-BP-5", data(5, 1, flags=1), type="data", epoch=epoch, first=5, redelivered=True, count=1),
        good("E-BP-6", ack([[0, 4], [6, 6]]), type="ack", epoch=epoch, hwm=4, ranges=[[0, 4], [6, 6]], ended=False),
        good("E-BP-7", ack([[0, 4]], serial=9), type="ack", epoch=epoch, hwm=4, ranges=[[0, 4]], ended=False, serial=9),
        good("E-BP-8", ack(rejected=[[5, 5, "dead-lettered", "too wet"]]), type="ack", epoch=epoch, hwm=4, ranges=[], ended=False),
        good("E-BP-9", frames("BLOCKED", [EPOCH, 7]), type="blocked", epoch=epoch, next=7, last=False),
        good("E-BP-10", frames("BLOCKED", [EPOCH, 7, True]), type="blocked", epoch=epoch, next=7, last=True),
        good("E-BP-11", frames("END", [EPOCH, 7]), type="end", epoch=epoch, next=7),
        good("E-BP-12", bye("closed", None, "over"), type="bye", code="closed"),
        good("E-BP-13", frames("END", [EPOCH, 7, "later"]), type="end", epoch=epoch, next=7),
        good("E-BP-14", ack([[0, 2**53 - 1]]), type="ack", epoch=epoch, hwm=4, ranges=[[0, 2**53 - 1]], ended=False),
        good("E-BP-15", compact_data(5, 1, 2, flags=1), type="data", epoch=epoch, first=5, redelivered=True, count=2),
        good("E-BP-16", compact_data(2**53 - 1, 1, flags=0xFE), type="data", epoch=epoch, first=2**53 - 1, redelivered=False, count=1),
        good("E-BP-17", compact_ack(9, [[0, 4], [6, 6]], flags=1), type="ack", epoch=epoch, hwm=4, ranges=[[0, 4], [6, 6]], ended=True, serial=9),
        good("E-BP-18", compact_ack(1), type="ack", epoch=epoch, hwm=4, ranges=[], ended=False, serial=1),
        bad("E-BP-20", frames(b""), "BP-23"),
        bad("E-BP-21", frames("SHOUT", [EPOCH]), "BP-19"),
        bad("E-BP-22", frames(b"\x00DATA", [EPOCH, 0, 0]), "ENV-13"),
        bad("E-BP-23", frames("DATA", [EPOCH, 0, 0]), "BP-19"),
        bad("E-BP-24", frames("ACK", [EPOCH, 4, [], [], False], b"x"), "BP-19"),
        bad("E-BP-25", frames("END"), "BP-23"),
        bad("E-BP-26", frames("END", [EPOCH]), "BP-19"),
        bad("E-BP-27", frames("END", [EPOCH[:7], 1]), "BP-19"),
        bad("E-BP-28", frames("END", [EPOCH, -1]), "BP-19"),
        bad("E-BP-29", frames("END", [EPOCH, 2**53]), "BP-19"),
        bad("E-BP-30", frames("END", [EPOCH, 1.5]), "BP-19"),
        bad("E-BP-31", frames("END", [EPOCH, True]), "BP-19"),
        bad("E-BP-32", frames("END", {"epoch": EPOCH, "next": 1}), "BP-19"),
        bad("E-BP-33", frames("END", values([EPOCH, 1], 2)), "ENV-1"),
        bad("E-BP-34", frames("END", b""), "ENV-1"),
        bad("E-BP-35", frames("HELLO", [1]), "BP-19"),
        bad("E-BP-36", frames("HELLO", {"v": 1}), "BP-19"),
        bad("E-BP-37", frames("HELLO", b"\x82\xa1v\x01\xa1v\x01"), "ENV-10"),
        bad("E-BP-38", frames("ACK", [EPOCH, 4, [[1]], [], False]), "BP-19"),
        bad("E-BP-39", frames("ACK", [EPOCH, 4, [], [[1, 2, "x"]], False]), "BP-19"),
        bad("E-BP-40", frames("ACK", [EPOCH, 4, [], [], 0]), "BP-19"),
        bad("E-BP-42", compact_data(5), "ENV-1"),
        bad("E-BP-43", compact_data(2**53, 1), "BP-23"),
        bad("E-BP-44", frames(bytes.fromhex(compact_data(5)[0])[:-1]), "BP-23"),
        bad("E-BP-45", compact_ack(1, [[5, 4]]), "BP-23"),
        bad("E-BP-46", compact_ack(1, [[0]]), "BP-23"),
        bad("E-BP-47", compact_ack(2**53), "BP-23"),
        bad("E-BP-48", frames(b"E" + bytes(40)), "BP-23"),
        bad("E-BP-41", frames("BYE", [None, 1, ""]), "BP-19"),
    ]


def request_envelopes() -> List[Dict[str, Any]]:
    def good(id: str, reader: str, what: Frames, **reads: Any) -> Dict[str, Any]:
        return envelope(id, reader, what, reads=reads)

    return [
        good("E-RR-1", "replier", frames(b"", values(1)), type="request", ids=None, opaque=None, count=1),
        good("E-RR-2", "replier", frames(b"\xff", b"", values(1)), type="request", ids=None, opaque="ff", count=1),
        good("E-RR-3", "replier", frames(sluice_id(0, 1), b"", values(1)), type="request", ids=["1"], count=1),
        good("E-RR-4", "replier", frames(sluice_id(0, 1, 2**64 - 1), b"", values(1, 2)), type="request", ids=["1", str(2**64 - 1)], count=2),
        good("E-RR-5", "replier", frames(sluice_id(2, 1), b"", b""), type="cancel", ids=["1"]),
        good("E-RR-6", "replier", frames(sluice_id(4), b"", values("shelf")), type="end", identity="shelf"),
        good("E-RR-7", "replier", frames(sluice_id(4), b"", b""), type="end", identity=None),
        good("E-RR-8", "replier", frames(b"SL\x02\x00" + bytes(8), b"", values(1)), type="request", ids=None, opaque="534c0200" + "00" * 8, count=1),
        good("E-RR-9", "replier", frames(b"SL\x01\x00" + bytes(7), b"", values(1)), type="request", ids=None, opaque="534c0100" + "00" * 7, count=1),
        good("E-RR-10", "replier", frames(sluice_id(0, 1), b"", values(1), values({"id": "a"})), type="request", ids=["1"], count=1),
        good("E-RR-11", "replier", frames(sluice_id(0, 1), b"", b""), type="request", ids=["1"], unreadable="ENV-1"),
        good("E-RR-12", "replier", frames(sluice_id(0, 1), b"", values(1, 2)), type="request", ids=["1"], unreadable="RR-9"),
        good("E-RR-13", "requester", frames(sluice_id(1), b"", b""), type="announcement"),
        good("E-RR-14", "requester", frames(sluice_id(5), b"", b""), type="ended"),
        good("E-RR-15", "requester", frames(sluice_id(1, 3), b"", values(1)), type="reply", ids=["3"], count=1),
        good("E-RR-16", "replier", compact_letter(8, [1, 2**64 - 1], values(1, 2)), type="request", ids=["1", str(2**64 - 1)], count=2),
        good("E-RR-17", "requester", compact_letter(9, [1], values(1)), type="reply", ids=["1"], count=1),
        good("E-RR-18", "replier", compact_letter(8, [1], b""), type="request", ids=["1"], unreadable="ENV-1"),
        envelope("E-RR-20", "requester", frames(b"", values(1)), refuse=["RR-1"]),
        envelope("E-RR-21", "requester", frames(b"\xff", b"", values(1)), refuse=["RR-1"]),
        envelope("E-RR-22", "replier", frames(values(1)), refuse=["RR-14"]),
        envelope("E-RR-23", "replier", frames(b""), refuse=["RR-12"]),
        envelope("E-RR-24", "replier", frames(b"a", b"b", b"", values(1)), refuse=["RR-12"]),
        envelope("E-RR-25", "replier", frames(b"", values(1), values({}), b"x"), refuse=["RR-12"]),
        envelope("E-RR-26", "replier", frames(sluice_id(4), b"", values(7)), refuse=["RR-10"]),
        envelope("E-RR-27", "replier", frames(b"SL\x02\x08\0\0" + values(1)), refuse=["RR-14"]),
        envelope("E-RR-28", "requester", frames(bytes.fromhex(compact_letter(9, [1, 2], b"")[0])[:-1]), refuse=["RR-14"]),
    ]


def stream_envelopes() -> List[Dict[str, Any]]:
    def good(id: str, what: Frames, **reads: Any) -> Dict[str, Any]:
        return envelope(id, "puller", what, reads=reads)

    return [
        good("E-FNF-1", frames(values(1)), type="batch", count=1),
        good("E-FNF-2", frames(values(1, 2, 3)), type="batch", count=3),
        good("E-FNF-3", frames(values(1, 2), values(None, {"id": "a"})), type="batch", count=2),
        good("E-FNF-4", frames(b""), type="end"),
        envelope("E-FNF-20", "puller", frames(values(1), values({}), b""), refuse=["FNF-3"]),
        envelope("E-FNF-21", "puller", frames(b"", values({})), refuse=["ENV-1"]),
        envelope("E-FNF-22", "puller", frames(values(1), b""), refuse=["ENV-1", "ENV-9"]),
        envelope("E-FNF-23", "puller", frames(values(1), values({}, {})), refuse=["ENV-9"]),
        envelope("E-FNF-24", "puller", frames(values(1), values(7)), refuse=["ENV-9"]),
        envelope("E-FNF-25", "puller", frames(values(1), b"\x82\xa1a\x01\xa1a\x02"), refuse=["ENV-10"]),
        envelope("E-FNF-26", "puller", frames(b"\x01\x93"), refuse=["ENV-1", "ENV-7"]),
    ]
