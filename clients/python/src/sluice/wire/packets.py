"""What the two sides of a backpressure session say to each other, as tuples."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence, Tuple, Union

__all__ = [
    "CODEC",
    "MOST_SEQUENCE",
    "REDELIVERED",
    "VERSION",
    "Ack",
    "Blocked",
    "Bye",
    "Data",
    "End",
    "Hello",
    "Packet",
    "Range",
    "Rejection",
]

VERSION = 1
CODEC = "msgpack"
REDELIVERED = 1
MOST_SEQUENCE = (1 << 53) - 1

#: First and last sequence number, both included.
Range = Tuple[int, int]
#: First, last, code and message of what was settled and not delivered.
Rejection = Tuple[int, int, str, str]


class Hello(NamedTuple):
    """HELLO or WELCOME: where a side stands when a session begins. Source: BP-1, BP-2."""

    welcome: bool
    version: int
    role: str
    id: str
    codec: str
    epoch: Optional[bytes]
    next: Optional[int]
    acked: Optional[int]
    hwm: Optional[int]
    hwm_bytes: Optional[int]
    #: Takes DATA and ACK in one frame each. Source: BP-22.
    compact: bool = False


class Data(NamedTuple):
    """Messages from ``first`` on, still encoded. Source: BP-4."""

    epoch: bytes
    first: int
    redelivered: bool
    payload: bytes
    headers: Optional[bytes]


class Ack(NamedTuple):
    """What a receiver has settled, and its mark. ``serial`` counts its acks. Source: BP-7."""

    epoch: bytes
    hwm: int
    ranges: Sequence[Range]
    rejected: Sequence[Rejection]
    ended: bool
    serial: Optional[int]


class Blocked(NamedTuple):
    """The sender has no credit, or asks whether the receiver is there. Source: BP-10.

    ``last`` says that nothing follows but what another receiver may lose.
    """

    epoch: bytes
    next: int
    last: bool = False


class End(NamedTuple):
    """Nothing comes at or after ``next``. Source: BP-11."""

    epoch: bytes
    next: int


class Bye(NamedTuple):
    """The session is over. Source: BP-12."""

    epoch: Optional[bytes]
    code: str
    message: str


Packet = Union[Hello, Data, Ack, Blocked, End, Bye]
