"""Whatever is read by C, or ruled out by a look at the octets, is what a scan of every octet says."""

from __future__ import annotations

import random
from typing import Any, Callable, List

import msgpack
import pytest
from sluice import DecodeError
from sluice.codec.decode import Decoder
from sluice.codec.glance import most_containers, nests_little, pairs_of_lone_map, sound_keys
from sluice.codec.reader import Reader
from sluice.codec.scan import scan_frame, scan_value

#: Heads, bodies and whole values, in an order that makes sense now and then.
TOKENS = [
    bytes.fromhex(token)
    for token in """00 7f c0 c3 ff cc80 cd0101 ce00010000 cf0000000100000000 d0 d180ff cb3ff0000000000000 a0 a161 a162 a1ff d90161 da0001
        c40101 c4 80 81 82 83 90 91 92 93 a95f5f70726f746f5f5f d6ff00000001 d7ffee6b280000000001 d7ff0000000400000000 c70cff c1
        dc0002 dd00000001 de0001 df00000002 dcffff d4ff00 d502 d9ff 81a16101 82a16101a16102 82a16101a16201""".split()
]


def frames(seed: int) -> List[bytes]:
    made = random.Random(seed)
    return [b"".join(made.choices(TOKENS, k=made.randint(1, 9))) for _ in range(2_000)]


def outcome(read: Callable[[], Any]) -> Any:
    try:
        return repr(read())
    except DecodeError:
        return DecodeError


def unpacked(frame: bytes) -> List[Any]:
    unpacker = msgpack.Unpacker(None, timestamp=3, max_buffer_size=0)
    unpacker.feed(frame)
    return list(unpacker)


def scanned_args(frame: bytes) -> Any:
    if scan_value(frame, 0, True)[0] != len(frame):
        raise DecodeError("ENV-1", "octets after the value")
    return unpacked(frame)[0]


def scanned_values(frame: bytes, duplicates: bool = False) -> List[Any]:
    scan_frame(frame, duplicates)
    return unpacked(frame)


@pytest.mark.parametrize("seed", range(5))
def test_env_1_to_env_10_a_frame_is_read_as_a_scan_says(seed: int) -> None:
    decoder = Decoder()
    taken = 0
    for frame in frames(seed):
        right = outcome(lambda frame=frame: scanned_values(frame))
        assert outcome(lambda frame=frame: decoder.values(frame)) == right, frame.hex()
        assert outcome(lambda frame=frame: decoder.args(frame)) == outcome(lambda frame=frame: scanned_args(frame)), frame.hex()
        taken += right is not DecodeError
    assert 200 < taken < 1_800


@pytest.mark.parametrize("seed", range(5))
def test_env_9_env_10_headers_are_read_as_a_scan_says(seed: int) -> None:
    decoder = Decoder()
    for frame in frames(seed):
        right = outcome(lambda frame=frame: scanned_values(frame, True))
        count = 0 if right is DecodeError else scan_frame(frame, True)
        if right is not DecodeError and not all(value is None or type(value) is dict for value in unpacked(frame)):
            right = DecodeError
        assert outcome(lambda frame=frame, count=count: decoder.headers(frame, count)) == right, frame.hex()


def test_env_2_depth_is_ruled_out_by_the_number_of_containers_only() -> None:
    for depth in (63, 64, 65):
        for inside in (b"\x90", b"\x80", b"\x01"):
            frame = b"\x91" * (depth - (inside != b"\x01")) + inside
            for read in (Decoder().values, Decoder().args):
                assert (outcome(lambda read=read, frame=frame: read(frame)) is DecodeError) == (depth > 64)
    assert nests_little(b"\x91" * 63 + b"\x90", 64) and not nests_little(b"\x91" * 64 + b"\x90", 64)


def test_env_4_keys_are_ruled_out_by_their_octets_only() -> None:
    assert sound_keys(bytes.fromhex("81a16101")) and sound_keys(bytes.fromhex("91c40101"))
    assert not sound_keys(bytes.fromhex("81c4016101"))
    assert not sound_keys(b"\x81\xa9__proto__\x01")
    assert not sound_keys(b"\x81\xda\x01\x01" + b"a" * 257 + b"\x01")


def test_a_lone_map_is_known_by_its_head() -> None:
    frames = ["80", "82a16101a16202", "de0001a16101", "df00000001a16101"]
    assert [pairs_of_lone_map(bytes.fromhex(frame)) for frame in frames] == [0, 2, 1, 1]
    assert [pairs_of_lone_map(bytes.fromhex(frame)) for frame in ("90", "81a16180", "01")] == [-1, -1, -1]
    assert most_containers(bytes.fromhex("81a161809091")) == 4


def test_what_comes_before_a_stumble_is_kept() -> None:
    reader = Reader()
    for frame, end in (("01cd0101c1", 4), ("c1", 0), ("0102", 2), ("01920102cd01", 4), ("0191dd0000ffff", 1)):
        values, at = reader.before_stumbling(bytes.fromhex(frame))
        assert at == end and values == unpacked(bytes.fromhex(frame)[:end])
