"""Values in both directions, and octets that are refused."""

from __future__ import annotations

import hashlib
import time
from datetime import datetime, timezone
from typing import Any, Dict

import pytest
from sluice import DecodeError, EncodeError
from sluice.codec.decode import Decoder
from sluice.codec.encode import Encoder
from sluice.codec.scan import scan_frame
from vectors import load, octets, same, value

VALUES = load("values.json")
HOSTILE = load("hostile.json")["cases"]


def named(vector: Dict[str, Any]) -> str:
    return str(vector["id"])


@pytest.mark.parametrize("vector", VALUES["vectors"], ids=named)
def test_env_8_values_are_read_as_written(vector: Dict[str, Any]) -> None:
    frame, expected = octets(vector), value(vector["value"])
    (scanned,) = Decoder().values(frame)
    (trusted,) = Decoder(trusted=True).values(frame)
    assert scan_frame(frame) == 1
    assert same(scanned, expected)
    assert same(trusted, expected)


@pytest.mark.parametrize("vector", VALUES["vectors"], ids=named)
def test_env_17_values_are_written_as_the_vectors_say(vector: Dict[str, Any]) -> None:
    # A language with one number type writes some otherwise; what Python reads it writes as it was, but for forms that are only read.
    written = Encoder().encode(value(vector["value"]))
    if vector["id"] == "T21":
        # Finer than a datetime.
        assert written == Encoder().encode(datetime.fromtimestamp(1.999999, timezone.utc))
    else:
        assert written in (octets(vector), bytes.fromhex(vector.get("written", "")))


@pytest.mark.parametrize("vector", VALUES["sequences"], ids=named)
def test_env_1_values_stand_back_to_back(vector: Dict[str, Any]) -> None:
    frame, expected = octets(vector), [value(one) for one in vector["values"]]
    assert same(Decoder().values(frame), expected)
    assert b"".join(map(Encoder().encode, expected)) == frame


@pytest.mark.parametrize("case", HOSTILE, ids=named)
def test_env_6_env_7_env_11_every_hostile_vector_gets_its_verdict(case: Dict[str, Any]) -> None:
    frame = octets(case)
    assert hashlib.sha256(frame).hexdigest() == case["sha256"]
    decoder = Decoder()
    readings = {
        "payload": [lambda: len(decoder.values(frame)), lambda: scan_frame(frame), lambda: len(Decoder().values(frame))],
        "args": [lambda: decoder.args(frame) and None],
    }
    for name, ways in readings.items():
        verdict = case[name]
        for read in ways:
            if "accept" in verdict:
                assert read() in (verdict["accept"], None)
            else:
                with pytest.raises(DecodeError) as refused:
                    read()
                assert refused.value.rule in verdict["refuse"]
                assert refused.value.code == "ERR_SLUICE_DECODE"
    if "arrives" in case:
        assert same(decoder.values(frame)[0], value(case["arrives"]))


@pytest.mark.parametrize("case", HOSTILE, ids=named)
def test_env_10_every_hostile_vector_is_refused_as_headers(case: Dict[str, Any]) -> None:
    if "accept" in case["args"] and octets(case)[0] & 0xF0 in (0x80, 0xD0) and isinstance(Decoder().args(octets(case)), dict):
        assert Decoder().headers(octets(case), 1) == [Decoder().args(octets(case))]
        return
    with pytest.raises(DecodeError):
        Decoder().headers(octets(case), 1)


def test_sec_3_the_check_takes_time_in_proportion_to_the_frame() -> None:
    # A bound that no machine misses: it tells what is linear from what is not, and is no measure of speed.
    small = [case for case in HOSTILE if len(octets(case)) < 65_536]
    began = time.process_time()
    for case in small:
        try:
            Decoder().values(octets(case))
        except DecodeError:
            pass
    assert time.process_time() - began < 0.2 * len(small)


def test_env_12_a_frame_has_65_536_values_at_most() -> None:
    assert len(Decoder().values(b"\xc0" * 65_536)) == 65_536
    with pytest.raises(DecodeError, match="ENV-12"):
        Decoder().values(b"\xc0" * 65_537)
    with pytest.raises(DecodeError, match="ENV-12"):
        scan_frame(b"\xc0" * 65_537)


@pytest.mark.parametrize("depth,fits", [(64, True), (65, False)])
def test_env_2_arrays_lie_64_deep_at_most(depth: int, fits: bool) -> None:
    frame = b"\x91" * depth + b"\xc0"
    nested: Any = None
    for _ in range(depth):
        nested = [nested]
    if fits:
        assert Decoder().values(frame) == [nested]
        assert Encoder().encode(nested) == frame
    else:
        with pytest.raises(DecodeError, match="ENV-2"):
            Decoder().values(frame)
        with pytest.raises(EncodeError):
            Encoder().encode(nested)


def test_env_3_long_arrays_are_read_whole_and_counted() -> None:
    numbers = list(range(65_536))
    encoded = Encoder().encode(numbers)
    assert Decoder().values(encoded) == [numbers]
    with pytest.raises(EncodeError):
        Encoder().encode([*numbers, 0])
    with pytest.raises(DecodeError, match="ENV-3"):
        Decoder().values(b"\xdd\x00\x01\x00\x01" + b"\x00" * 65_537)


CYCLE: Any = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    "bad,path",
    [
        (2**64, "$"),
        (-(2**63) - 1, "$"),
        ({"orders": [{"total": 2**64}]}, "$.orders[0].total"),
        ({1: 2}, "$[1]"),
        ({"a": {b"k": 1}}, "$.a[b'k']"),
        ({"a b": ["\ud800"]}, "$['a b'][0]"),
        ({"a": {"\udc00": 1}}, "$.a['\\udc00']"),
        ({"__proto__": 1}, "$.__proto__"),
        ({"a": {"k" * 257: 1}}, "$.a"),
        ({"a": {1, 2}}, "$.a"),
        ([object()], "$[0]"),
        ([datetime(2026, 1, 1)], "$[0]"),
        (CYCLE, "$[0]"),
        ((1, {"f": print}), "$[1].f"),
    ],
)
def test_env_16_what_cannot_travel_is_refused_with_its_path(bad: Any, path: str) -> None:
    encoder = Encoder()
    with pytest.raises(EncodeError) as refused:
        encoder.encode(bad)
    assert refused.value.path == path
    assert refused.value.code == "ERR_SLUICE_ENCODE"
    assert encoder.encode({"a": 1}) == b"\x81\xa1a\x01"


def test_env_14_points_in_time_travel_as_timestamps() -> None:
    when = datetime(2026, 11, 23, 18, 30, 0, 123456, tzinfo=timezone.utc)
    assert Decoder().values(Encoder().encode([when])) == [[when]]


def test_env_5_env_15_what_travels_as_text_octets_and_nothing() -> None:
    encoder = Encoder()
    assert encoder.encode((1, "a")) == b"\x92\x01\xa1a"
    assert encoder.encode(bytearray(b"x")) == encoder.encode(memoryview(b"x")) == b"\xc4\x01x"
    assert Decoder().values(encoder.encode({"a": True, "b": None})) == [{"a": True, "b": None}]


def test_env_9_headers_are_as_many_as_messages() -> None:
    decoder = Decoder()
    assert decoder.headers(b"\x81\xa1a\x01\xc0", 2) == [{"a": 1}, None]
    for frame, count in ((b"\xc0", 2), (b"\xc0\xc0", 1), (b"\x01", 1)):
        with pytest.raises(DecodeError, match="ENV-9"):
            decoder.headers(frame, count)


def test_env_4_a_key_is_known_only_once_it_was_looked_at() -> None:
    decoder = Decoder()
    for _ in range(2):
        for bad in (b"\x81\xc4\x01a\x01", b"\x81\xa9__proto__\x01", b"\x81\xd9\x09__proto__\x01"):
            with pytest.raises(DecodeError, match="ENV-4"):
                decoder.values(bad)
        assert decoder.values(b"\x81\xa1a\x01") == [{"a": 1}]


def test_sec_6_a_value_is_data() -> None:
    assert Decoder().values(b"\x81\xa9__class__\xa3int") == [{"__class__": "int"}]
