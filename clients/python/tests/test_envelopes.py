"""Messages frame by frame, as the vectors say."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest
from make_vectors import VECTORS, made, text_of
from sluice import SluiceError
from sluice.codec.decode import Decoder
from sluice.errors import DecodeError, ProtocolError
from sluice.wire.backpressure import decode_packet
from sluice.wire.fire_and_forget import decode_pushed
from sluice.wire.packets import Ack, Blocked, Bye, Data, End, Hello
from sluice.wire.request_reply import CANCEL, END, decode_letter
from vectors import load


def read_backpressure(frames: List[bytes]) -> Dict[str, Any]:
    decoder = Decoder()
    packet = decode_packet(frames, decoder)
    epoch = None if packet.epoch is None else packet.epoch.hex()
    read: Dict[str, Any] = {"type": type(packet).__name__.lower(), **packet._asdict(), "epoch": epoch}
    if isinstance(packet, Hello):
        read["type"] = "welcome" if packet.welcome else "hello"
    elif isinstance(packet, Data):
        read["count"] = len(decoder.values(packet.payload))
    elif isinstance(packet, Ack):
        read["ranges"] = [list(part) for part in packet.ranges]
    else:
        assert isinstance(packet, (Blocked, End, Bye))
    return read


def read_letter(frames: List[bytes], requester: bool) -> Dict[str, Any]:
    letter = decode_letter(frames)
    if requester and letter.ids is None:
        raise ProtocolError("RR-1", "a reply without the id of a request")
    read: Dict[str, Any] = {"ids": None if letter.ids is None else [str(id) for id in letter.ids], "opaque": None}
    if letter.ids is None:
        read["opaque"] = None if letter.id is None else letter.id.hex()
    if letter.ids == ():
        read["identity"] = identity(letter.payload)
        ends = bool(letter.flags & END)
        read["type"] = ("ended" if ends else "announcement") if requester else "end"
        return read
    if letter.flags & CANCEL:
        return {**read, "type": "cancel"}
    read["type"] = "reply" if requester else "request"
    try:
        read["count"] = len(Decoder().values(letter.payload))
        if read["count"] != (1 if letter.ids is None else len(letter.ids)):
            raise DecodeError("RR-9", "another number of values")
    except DecodeError as error:
        read["unreadable"] = error.rule
    return read


def identity(payload: bytes) -> Optional[str]:
    if not payload:
        return None
    name = Decoder().args(payload)
    if type(name) is not str:
        raise ProtocolError("RR-10", "an END whose payload is not one text")
    return name


def read_pushed(frames: List[bytes]) -> Dict[str, Any]:
    pushed = decode_pushed(frames, Decoder())
    return {"type": "end"} if pushed is None else {"type": "batch", "count": len(pushed.values)}


READERS = {
    "backpressure": read_backpressure,
    "replier": lambda frames: read_letter(frames, False),
    "requester": lambda frames: read_letter(frames, True),
    "puller": read_pushed,
}


@pytest.mark.parametrize("vector", load("envelopes.json")["vectors"], ids=lambda vector: str(vector["id"]))
def test_bp_19_env_13_fnf_3_rr_9_rr_12_every_envelope_is_read_or_refused_as_the_vectors_say(vector: Dict[str, Any]) -> None:
    frames = [bytes.fromhex(frame) for frame in vector["frames"]]
    read = READERS[vector["reader"]]
    if "refuse" in vector:
        with pytest.raises(SluiceError) as refused:
            read(frames)
        assert refused.value.rule in vector["refuse"]  # type: ignore[attr-defined]
    else:
        found = read(frames)
        assert {key: found[key] for key in vector["reads"]} == vector["reads"]


@pytest.mark.parametrize("name", sorted(made()))
def test_the_vectors_are_what_make_vectors_makes(name: str) -> None:
    assert (VECTORS / name).read_text(encoding="utf-8") == text_of(made()[name])
