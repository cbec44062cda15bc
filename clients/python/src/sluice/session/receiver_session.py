"""The receiving side of one connection: frames and times in, frames and messages out."""

from __future__ import annotations

from typing import Any, List, Optional, Union

from ..codec.decode import Decoder
from ..errors import ProtocolError, SluiceError
from ..limits import Limits
from ..wire.backpressure import encode_bye, encode_greeting
from ..wire.compact import COMPACT_BYTES
from ..wire.packets import CODEC, VERSION, Ack, Blocked, Bye, Data, End, Hello, Packet
from .core import NEVER
from .greeting import Backoff, objection, required
from .reception import Reception

__all__ = ["Messages", "ReceiverSession"]


class Messages:
    """The decoded messages of one DATA, with what they came with."""

    __slots__ = ("each", "first", "headers", "reception", "redelivered", "values")

    def __init__(
        self,
        reception: Reception,
        first: int,
        values: List[Any],
        headers: Optional[List[Any]],
        redelivered: bool,
        size: int = 0,
    ) -> None:
        #: Payload bytes of each, on average.
        self.each = size / max(1, len(values))
        self.reception = reception
        self.first = first
        self.values = values
        self.headers = headers
        self.redelivered = redelivered


class ReceiverSession:
    """Begins and ends sessions with one sender; what one brings is in its ``Reception``.

    Source: BP-1 to BP-19, the receiver's part.
    """

    def __init__(
        self,
        connected: bool,
        identity: str,
        decoder: Decoder,
        high_water_mark: Optional[int],
        high_water_mark_bytes: int,
        concurrency: int,
        limits: Limits,
    ) -> None:
        self._most_bytes = limits.max_buffered_bytes
        #: Whether this side asks for the compact form. Source: BP-22.
        self._asks_compact = limits.max_message_bytes >= COMPACT_BYTES
        self.out: List[List[bytes]] = []
        #: The session that is live.
        self.reception: Optional[Reception] = None
        self.arrived: Optional[Messages] = None
        #: Sessions that are over: what they brought and was not begun is to be thrown away.
        self.over: List[Reception] = []
        self.opened: Optional[Reception] = None
        #: Frames that were thrown away though they break no rule; whoever counts them sets this back. Source: BP-6, BP-16.
        self.discarded = 0
        self.farewell: Optional[str] = None
        self._connected = connected
        self._identity = identity
        self._decoder = decoder
        self._hwm = high_water_mark
        self._hwm_bytes = high_water_mark_bytes
        self._concurrency = concurrency
        self._backoff = Backoff()
        self._objected: Optional[SluiceError] = None
        self._greeting = False
        self._greet_at = NEVER
        self._paused = False

    def open(self, now: float) -> None:
        """The connection is there."""
        if self._connected:
            self._greet(now)

    def receive(self, packet: Packet, now: float) -> Optional[SluiceError]:
        """Takes what the sender says; returns why the session is over, if a rule was broken."""
        try:
            if isinstance(packet, Data):
                self._data(packet, now)
            elif isinstance(packet, Hello):
                (self._welcomed if packet.welcome else self._greeted)(packet, now)
            elif isinstance(packet, Bye):
                self._parted(packet, now)
            elif isinstance(packet, Ack):
                raise ProtocolError("BP-19", "a sender does not say ACK")
            else:
                self._told(packet, now)
        except SluiceError as wrong:
            self.fail(wrong, now)
            return wrong
        error, self._objected = self._objected, None
        return error

    def fail(self, error: SluiceError, now: float) -> None:
        """Ends the session because the other side broke a rule."""
        epoch = None if self.reception is None else self.reception.epoch
        self.out.append(encode_bye(epoch, "protocol", str(error)))
        self._over(now)

    def pause(self, paused: bool) -> None:
        """Sets the mark to 0, or takes that back, in this session and in those to come. Source: BP-13."""
        self._paused = paused
        if self.reception is not None:
            self.reception.paused = paused

    def close(self, code: str, message: str) -> None:
        """Says goodbye: what is not finished goes to another receiver."""
        if self.reception is not None:
            self.out.append(encode_bye(self.reception.epoch, code, message))
        self.lost()

    def lost(self) -> None:
        """The connection is gone."""
        if self.reception is not None:
            self.reception.over = True
            self.over.append(self.reception)
        self.reception = None
        self._greeting = False
        self._greet_at = NEVER

    @property
    def deadline(self) -> float:
        """When ``tick`` has something to do, if nothing comes before."""
        return self._greet_at if self.reception is None else self.reception.deadline

    def tick(self, now: float) -> None:
        """Says again what has to be said again by now."""
        if now < self.deadline:
            return
        reception = self.reception
        if reception is None:
            self._hello(now) if self._greeting else self._greet(now)
            return
        reception.owe()
        self.ack(now)

    def ack(self, now: float) -> None:
        """Acks what was settled, if anything."""
        if self.reception is not None:
            frames = self.reception.ack(now)
            if frames is not None:
                self.out.append(frames)

    def _known(self, packet: Union[Data, Blocked, End], now: float) -> bool:
        reception = self.reception
        if reception is None:
            self.discarded += 1
            if not self._connected:
                self.out.append(encode_bye(packet.epoch, "no-session", "there is no such session"))
            return False
        if packet.epoch == reception.epoch:
            return True
        self.discarded += 1
        # A late frame; but a sender that keeps asking in another session, and is silent in ours, is in that one.
        if type(packet) is not Data and reception.silent(now):
            if self._connected:
                self.lost()
                self._greet(now)
            else:
                self.out.append(encode_bye(packet.epoch, "no-session", "another is open"))
        return False

    def _told(self, packet: Union[Blocked, End], now: float) -> None:
        if self._known(packet, now) and self.reception is not None:
            self.reception.told(packet, now)

    def _data(self, data: Data, now: float) -> None:
        reception = self.reception
        if not self._known(data, now) or reception is None:
            return
        values = self._decoder.values(data.payload)
        headers = None if data.headers is None else self._decoder.headers(data.headers, len(values))
        if reception.data(data, len(values), now):
            self.arrived = Messages(reception, data.first, values, headers, data.redelivered, len(data.payload))
        else:
            self.discarded += 1

    def _greeted(self, hello: Hello, now: float) -> None:
        if self._connected:
            raise ProtocolError("BP-1", "HELLO from the side that is bound")
        refusal = objection(hello, "receiver")
        if refusal is not None:
            self.out.append(refusal.bye)
            self._objected = refusal.error
            self._over(now)
            return
        epoch = required(hello.epoch, "epoch", "BP-1")
        reception = self.reception
        if reception is None or reception.epoch != epoch:
            reception = self._begin(hello, epoch, "BP-1", now)
        self.out.append(encode_greeting(self._position(reception, True)))

    def _welcomed(self, hello: Hello, now: float) -> None:
        if not self._connected:
            raise ProtocolError("BP-2", "WELCOME from the side that connected")
        refusal = objection(hello, "receiver")
        if refusal is not None:
            self.out.append(refusal.bye)
            self._objected = refusal.error
            self._over(now)
            return
        epoch = required(hello.epoch, "epoch", "BP-2")
        # The answer to a HELLO that was repeated; a fresh epoch would say that the sender began anew (BP-15).
        if self.reception is not None and self.reception.epoch == epoch:
            return
        self._begin(hello, epoch, "BP-2", now)
        self._backoff.reset()

    def _parted(self, bye: Bye, now: float) -> None:
        if bye.epoch is not None and (self.reception is None or bye.epoch != self.reception.epoch):
            self.discarded += 1
            return
        self.farewell = bye.code
        self._over(now)

    def _begin(self, hello: Hello, epoch: bytes, rule: str, now: float) -> Reception:
        start = required(hello.next, "next", rule)
        self.lost()
        reception = Reception(epoch, start, hello.id, self._hwm, self._concurrency, now, self._most_bytes)
        reception.compact = hello.compact
        reception.paused = self._paused
        reception.announce()
        self.reception = self.opened = reception
        return reception

    def _over(self, now: float) -> None:
        self.lost()
        if self._connected:
            self._greet_at = self._backoff.next(now)

    def _greet(self, now: float) -> None:
        self._greeting = True
        self._hello(now)

    def _hello(self, now: float) -> None:
        self._greet_at = self._backoff.next(now)
        self.out.append(encode_greeting(self._position(None, False)))

    def _position(self, reception: Optional[Reception], welcome: bool) -> Hello:
        if reception is None:
            first = Reception(b"", 0, "", self._hwm, self._concurrency, 0.0)
            first.paused = self._paused
            return self._hello_of(welcome, None, 0, first.mark)
        epoch, next_, mark = reception.epoch, reception.expected, reception.announce()
        return self._hello_of(welcome, epoch, next_, mark)

    def _hello_of(self, welcome: bool, epoch: Optional[bytes], next_: int, mark: int) -> Hello:
        own = self._identity, CODEC, epoch, next_, 0, mark, self._hwm_bytes, self._asks_compact
        return Hello(welcome, VERSION, "receiver", *own)

