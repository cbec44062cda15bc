"""Conversations of fire-and-forget and of request-reply."""

from __future__ import annotations

from typing import Any, Dict, List

from octets import compact_letter, frames, sluice_id, values
from talking import call, expect, give, handed, refused, talk



def fire_and_forget_talks() -> List[Dict[str, Any]]:
    pusher, puller = {"class": "Pusher", "side": "connect"}, {"class": "Puller", "side": "bind", "options": {"senders": 1}}
    return [
        talk("FNF-1", "a pusher sends a message alone, or with headers, and ends with an empty frame", ["FNF-1", "FNF-2"], pusher,
             call("send", {"dish": "cup"}), expect(frames(values({"dish": "cup"}))), call("send", 1, {"id": "x"}),
             expect(frames(values(1), values({"id": "x"}))), call("drain"), expect(frames(b""))),
        talk("FNF-2", "a puller takes batches and headers, and sees the end", ["FNF-1", "FNF-2"], puller,
             give(frames(values(1, 2))), handed(1, 2), give(frames(values(3, 4), values(None, {"id": "x"}))), handed(3, 4), give(frames(b"")),
             {"ended": True}),
        talk("FNF-3", "what is not a message is dropped, and the next is taken", ["FNF-3", "ENV-1", "ENV-9"], puller,
             give(frames(values(1), values({}), values(2))), refused("FNF-3"), give(frames(b"\x93\x01")), refused("ENV-1", "ENV-7"),
             give(frames(values(1, 2), values({}))), refused("ENV-9"), give(frames(b"", values({}))), refused("ENV-1"), give(frames(values(5))),
             handed(5)),
    ]  # fmt: skip


def requester_talks() -> List[Dict[str, Any]]:
    subject = {"class": "Requester", "side": "connect", "options": {"timeoutMs": 5000}}
    one, two, three = sluice_id(8, 1), sluice_id(8, 2), sluice_id(8, 3)
    announced = [
        call("begin request", 0), expect(frames(one, b"", values(0)), "request"), give(frames(sluice_id(1), b"", b"")),
        give(frames(sluice_id(1, 1), b"", values("hello"))), {"answered": ["hello"]},
    ]  # fmt: skip
    return [
        talk("RR-Q1", "a bare server returns the id as it came", ["RR-1", "RR-2"], subject,
             call("begin request", {"n": 1}), expect(frames(one, b"", values({"n": 1})), "request"), give(frames(one, b"", values({"n": 2}))),
             {"answered": [{"n": 2}]}),
        talk("RR-Q2", "to a server that has not announced itself each request goes alone", ["RR-6"], subject,
             call("begin request", 1), expect(frames(one, b"", values(1)), "request"), call("begin request", 2),
             expect(frames(two, b"", values(2)), "request"), give(frames(two, b"", values(20))), {"answered": [20]},
             give(frames(one, b"", values(10))), {"answered": [10]}),
        talk("RR-Q3", "one reply holds the answers to several requests, in any order", ["RR-4", "RR-5"], subject, *announced,
             call("begin request", 1), expect(frames(two, b"", values(1)), "request"), call("begin request", 2),
             expect(frames(three, b"", values(2)), "request"), give(frames(sluice_id(1, 3, 2), b"", values(20, 10))), {"answered": [20, 10]}),
        talk("RR-Q4", "an error reply has a code and a message", ["RR-7"], subject,
             call("begin request", 1), expect(frames(one, b"", values(1)), "request"),
             give(frames(one, b"", values(None), values({"error": {"code": "E_SOAP", "message": "no soap"}}))), {"failed": ["E_SOAP", "no soap"]}),
        talk("RR-Q5", "a reply that nobody waits for is ignored", ["RR-8"], subject,
             call("begin request", 1), expect(frames(one, b"", values(1)), "request"), give(frames(sluice_id(8, 99), b"", values("late"))),
             give(frames(one, b"", values("mine"))), {"answered": ["mine"]}),
        talk("RR-Q6", "a reply without an id is refused", ["RR-1", "RR-12"], subject,
             call("begin request", 1), expect(frames(one, b"", values(1)), "request"), give(frames(b"", values(2))), refused("RR-1"),
             give(frames(one, values(2))), refused("RR-12"), give(frames(one, b"", values("mine"))), {"answered": ["mine"]}),
        talk("RR-Q7", "a replier that was full is asked again", ["RR-7"], subject, *announced,
             call("begin request", 1), expect(frames(two, b"", values(1)), "request"),
             give(frames(sluice_id(1, 2), b"", values(None), values({"error": {"code": "ERR_SLUICE_FULL", "message": "full"}}))),
             expect(frames(two, b"", values(1), values({"attempt": 2})), "request"), give(frames(sluice_id(1, 2), b"", values("now"))),
             {"answered": ["now"]}),
        talk("RR-Q8", "a drain tells those that announced themselves", ["RR-10", "RR-13"], {**subject, "identity": "shelf"}, *announced,
             call("drain"), expect(frames(sluice_id(4), b"", values("shelf"))), give(frames(sluice_id(5), b"", b""))),
        talk("RR-Q9", "a replier that takes the compact form is asked in one frame", ["RR-14"], subject,
             call("begin request", 0), expect(frames(one, b"", values(0)), "request"), give(frames(sluice_id(9), b"", b"")),
             give(compact_letter(9, [1], values("hello"))), {"answered": ["hello"]}, call("begin request", 1),
             expect(compact_letter(8, [2], values(1)), "request"), give(compact_letter(9, [2], values(20))), {"answered": [20]}),
    ]  # fmt: skip


def replier_talks() -> List[Dict[str, Any]]:
    binds, connects = {"class": "Replier", "side": "bind"}, {"class": "Replier", "side": "connect"}
    announcement = frames(sluice_id(9), b"", b"")
    return [
        talk("RR-R1", "a bare request has no id, and neither has its answer", ["RR-1"], binds,
             give(frames(b"", values(1))), {"serve": [[1, 2]]}, expect(frames(b"", values(2)))),
        talk("RR-R2", "an opaque id is returned as it came", ["RR-2"], binds,
             give(frames(b"\x00\x01", b"", values(1))), {"serve": [[1, 2]]}, expect(frames(b"\x00\x01", b"", values(2)))),
        talk("RR-R3", "a Sluice request is announced to and answered with the flag", ["RR-3", "RR-4", "RR-5"], binds,
             give(frames(sluice_id(0, 7), b"", values(1))), expect(announcement), {"serve": [[1, 2]]},
             expect(frames(sluice_id(9, 7), b"", values(2)))),
        talk("RR-R4", "a replier that connects announces itself at once", ["RR-5"], connects, expect(announcement)),
        talk("RR-R5", "a request that cannot be read is answered all the same", ["RR-9"], binds,
             give(frames(sluice_id(0, 8), b"", b"\xc1")), expect(announcement),
             expect(frames(sluice_id(9, 8), b"", values(None), values({"error": {"code": "ERR_SLUICE_DECODE", "message": ""}})), "error")),
        talk("RR-R6", "as many values as correlations", ["RR-9"], binds,
             give(frames(sluice_id(0, 8, 9), b"", values(1))), expect(announcement),
             {"expectErrors": [8, 9], "code": "ERR_SLUICE_DECODE"}),
        talk("RR-R7", "an end is answered every time and counted once", ["RR-10", "RR-11", "RR-13"], {**binds, "options": {"senders": 1}},
             give(frames(sluice_id(4), b"", values("shelf"))), expect(frames(sluice_id(5), b"", b"")),
             {"ended": True}),
        talk("RR-R8", "what has no delimiter is dropped", ["RR-12"], binds,
             give(frames(values(1))), refused("RR-14"), give(frames(b"a", b"b", values(1))), refused("RR-12"),
             give(frames(b"", values(1))), {"serve": [[1, 2]]}, expect(frames(b"", values(2)))),
        talk("RR-R9", "a handler's error is answered with its code and message", ["RR-7"], binds,
             give(frames(sluice_id(0, 7), b"", values(1))), expect(announcement), {"serveError": [1, "E_SOAP", "no soap"]},
             expect(frames(sluice_id(9, 7), b"", values(None), values({"error": {"code": "E_SOAP", "message": "no soap"}})))),
        talk("RR-R10", "a requester that takes the compact form is answered in one frame", ["RR-14"], binds,
             give(frames(sluice_id(8, 7), b"", values(1))), expect(announcement), {"serve": [[1, 2]]}, expect(compact_letter(9, [7], values(2))),
             give(compact_letter(8, [8], values(3))), {"serve": [[3, 4]]}, expect(compact_letter(9, [8], values(4)))),
        talk("RR-R11", "a single frame that is no request is dropped", ["RR-14"], binds,
             give(frames(b"SL\x02\x08\0\x02" + bytes(7) + b"\x07" + values(1))), refused("RR-14"),
             give(frames(b"SL\x02\x08\0\0" + values(1))), refused("RR-14"),
             give(frames(b"", values(1))), {"serve": [[1, 2]]}, expect(frames(b"", values(2)))),
    ]  # fmt: skip
