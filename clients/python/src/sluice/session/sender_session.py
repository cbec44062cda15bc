"""The sending side of one connection: frames and times in, frames and settled messages out."""

from __future__ import annotations

from typing import Callable, List, Optional

from ..errors import ProtocolError, RemoteError, SluiceError
from ..wire.backpressure import encode_blocked, encode_bye, encode_data, encode_end, encode_greeting
from ..wire.packets import CODEC, VERSION, Ack, Bye, Data, Hello, Packet
from .batch import Batch
from .core import NEVER
from .flight import Flight
from .greeting import PROBE, Backoff, Objection, objection, required

__all__ = ["SenderSession"]

#: What the receiver said became of messages: outcome, how many.
Settled = Callable[[str, int], None]

#: What there is against a session with a receiver of this label, though its greeting is right.
Against = Callable[[str], Optional[Objection]]


def _nothing(label: str) -> Optional[Objection]:
    return None


class SenderSession:
    """Keeps what it has sent until it is acked, and knows how much more it may send.

    States::

                  open()              WELCOME         end()          ACK, ended
        waiting ─────────▶ greeting ──────────▶ live ────────▶ ending ─────────▶ ended
           └─────────── HELLO, where bound ──────▲

    BYE leads back to waiting from anywhere; a side that connected greets again after a pause.

    Source: BP-1 to BP-18, the sender's part.
    """

    def __init__(
        self,
        connected: bool,
        identity: str,
        new_epoch: Callable[[], bytes],
        settled: Settled,
        against: Against = _nothing,
    ) -> None:
        self.state = "waiting"
        #: Whether this side asks for the compact form. Source: BP-22.
        self.asks_compact = True
        self.flight = Flight()
        self.out: List[List[bytes]] = []
        #: What a session that is over had in flight, in order: to be sent again.
        self.returned: List[Batch] = []
        #: Frames that were thrown away though they break no rule; whoever counts them sets this back. Source: BP-6, BP-16.
        self.discarded = 0
        self.receiver = ""
        self._connected = connected
        self._identity = identity
        self._new_epoch = new_epoch
        self._settled = settled
        self._against = against
        self._epoch: Optional[bytes] = None
        self._hwm = 0
        self._hwm_bytes = 0
        #: The receiver takes DATA in one frame. Source: BP-22.
        self._compact = False
        self._serial = -1
        self._backoff = Backoff()
        self._objected: Optional[SluiceError] = None
        self._greet_at = NEVER
        self._heard_at = self._said_at = 0.0
        self._blocked = False
        self._last = False
        #: The sequence number up to which acks were asked for.
        self._hastened = 0

    @property
    def credit(self) -> int:
        """How many messages may be sent now. Source: BP-5, BP-18."""
        flight = self.flight
        if self.state != "live" or (flight.count and flight.bytes >= self._hwm_bytes):
            return 0
        return max(0, self._hwm - flight.count)

    @property
    def credit_bytes(self) -> int:
        """How many octets may be sent now; one message may always go when nothing is in flight."""
        return max(0, self._hwm_bytes - self.flight.bytes)

    def open(self, now: float) -> None:
        """The connection is there."""
        if self._connected:
            self._greet(now)

    def receive(self, packet: Packet, now: float) -> Optional[SluiceError]:
        """Takes what the receiver says; returns why the session is over, if a rule was broken."""
        try:
            if type(packet) is Ack:
                self._ack(packet, now)
            elif type(packet) is Hello:
                (self._welcomed if packet.welcome else self._greeted)(packet, now)
            elif type(packet) is Bye:
                self._parted(packet, now)
            else:
                raise ProtocolError("BP-19", f"a receiver does not say {type(packet).__name__.upper()}")
        except SluiceError as wrong:
            self.fail(wrong, now)
            return wrong
        error, self._objected = self._objected, None
        return error

    def fail(self, error: SluiceError, now: float) -> None:
        """Ends the session because the other side broke a rule."""
        self.out.append(encode_bye(self._epoch, "protocol", str(error)))
        self._over(now)

    def send(self, batch: Batch, now: float) -> None:
        """Sends a batch for which there is credit. Source: BP-4."""
        if self.flight.count == 0:
            self._heard_at = now
        first = self.flight.push(batch)
        data = Data(self._epoch or b"", first, batch.redelivered, batch.payload(), batch.header_frame())
        self.out.append(encode_data(data, self._compact))

    def block(self, now: float) -> None:
        """Says that messages wait for credit: once when that begins; ``tick`` repeats it. Source: BP-10."""
        if not self._blocked and self.state == "live":
            self._blocked = True
            self._mark(now)

    def hasten(self, now: float) -> None:
        """Asks for the acks of what is in flight, once for what was sent. Source: BP-10."""
        if self.state == "live" and self.flight.count and self.flight.next > self._hastened:
            self._hastened = self.flight.next
            self._mark(now)

    def last(self, now: float) -> None:
        """Says that nothing follows what was sent, unless another receiver loses something."""
        if not self._last and self.state == "live":
            self._last = True
            self._mark(now)

    def probe(self, now: float) -> None:
        """Asks whether the receiver is there."""
        if self.state in ("live", "ending"):
            self._mark(now)

    def end(self, now: float) -> None:
        """Says that there is no more; the receiver answers when it has finished everything. Source: BP-11."""
        if self.state == "live":
            self.state = "ending"
            self._mark(now)

    def close(self, code: str, message: str) -> None:
        """Says goodbye; what was in flight is in ``returned``. Source: BP-12."""
        if self._epoch is not None:
            self.out.append(encode_bye(self._epoch, code, message))
        self.lost()

    def lost(self) -> None:
        """The connection is gone; what was in flight is in ``returned``."""
        self.returned.extend(self.flight.take_back())
        self.flight = Flight()
        self.state = "waiting"
        self._epoch = None
        self._greet_at = NEVER
        self._blocked = self._last = False
        self._hastened = 0
        self._serial = -1

    @property
    def deadline(self) -> float:
        """When ``tick`` has something to do, if nothing comes before."""
        if self.state in ("waiting", "greeting"):
            return self._greet_at
        if self.state == "ending":
            return self._said_at + PROBE
        if self.state == "live":
            if self._blocked:
                return self._said_at + PROBE
            if self.flight.count:
                return max(self._said_at, self._heard_at) + PROBE
        return NEVER

    def tick(self, now: float) -> None:
        """Says again what has to be said again by now."""
        if now < self.deadline:
            return
        if self.state == "waiting":
            self._greet(now)
        elif self.state == "greeting":
            self._hello(now)
        else:
            self._mark(now)

    def _greeted(self, hello: Hello, now: float) -> None:
        if self._connected:
            raise ProtocolError("BP-1", "HELLO from the side that is bound")
        refusal = objection(hello, "sender") or self._against(hello.id)
        if refusal is not None:
            self.out.append(refusal.bye)
            self._objected = refusal.error
            self.lost()
            return
        if self.state != "live" or self.flight.next > 0:
            self.lost()
            self._epoch = self._new_epoch()
        self._live(hello, "BP-1", now)
        self.out.append(encode_greeting(self._greeting(True)))

    def _welcomed(self, hello: Hello, now: float) -> None:
        if not self._connected:
            raise ProtocolError("BP-2", "WELCOME from the side that connected")
        refusal = objection(hello, "sender")
        if refusal is not None:
            self.out.append(refusal.bye)
            self._objected = refusal.error
            self._over(now)
            return
        next_ = required(hello.next, "next", "BP-2")
        if required(hello.epoch, "epoch", "BP-2") != self._epoch:
            self.discarded += 1
            return
        if self.state != "greeting":
            return
        if next_ != self.flight.next:
            raise ProtocolError("BP-2", f"{next_} is expected, where {self.flight.next} comes next")
        self._backoff.reset()
        self._live(hello, "BP-2", now)

    def _live(self, hello: Hello, rule: str, now: float) -> None:
        self._hwm = required(hello.hwm, "hwm", rule)
        self._hwm_bytes = (1 << 53) if hello.hwm_bytes is None else hello.hwm_bytes
        self._compact = hello.compact
        self.receiver = hello.id
        self.state = "live"
        self._heard_at = now

    def _ack(self, ack: Ack, now: float) -> None:
        if self.state in ("waiting", "greeting"):
            self.discarded += 1
            if not self._connected:
                self.out.append(encode_bye(ack.epoch, "no-session", "there is no such session"))
            return
        if ack.epoch != self._epoch:
            self.discarded += 1
            return
        self._heard_at = now
        flight = self.flight
        for first, last in ack.ranges:
            self._settled("delivered", flight.settle(first, last, "delivered", None))
        for first, last, code, message in ack.rejected:
            outcome = "dead_lettered" if code == "dead-lettered" else "failed"
            self._settled(outcome, flight.settle(first, last, outcome, RemoteError(code, message)))
        if ack.serial is None or ack.serial >= self._serial:
            self._hwm = ack.hwm
            self._serial = self._serial if ack.serial is None else ack.serial
        if self._blocked and self.credit > 0:
            self._blocked = False
        if ack.ended and flight.count:
            raise ProtocolError("BP-11", f"the end was answered with {flight.count} messages in flight")
        if ack.ended and self.state == "ending":
            self.state = "ended"

    def _parted(self, bye: Bye, now: float) -> None:
        if bye.epoch is not None and bye.epoch != self._epoch:
            self.discarded += 1
            return
        self._over(now)
        if bye.code == "replaced":
            self._greet_at = self._backoff.longest(now)

    def _over(self, now: float) -> None:
        self.lost()
        if self._connected:
            self._greet_at = self._backoff.next(now)

    def _greet(self, now: float) -> None:
        self._epoch = self._new_epoch()
        self.state = "greeting"
        self._hello(now)

    def _hello(self, now: float) -> None:
        self._greet_at = self._backoff.next(now)
        self.out.append(encode_greeting(self._greeting(False)))

    def _greeting(self, welcome: bool) -> Hello:
        flight = self.flight
        return Hello(
            welcome, VERSION, "sender", self._identity, CODEC, self._epoch, flight.next, flight.acked, None, None, self.asks_compact
        )

    def _mark(self, now: float) -> None:
        self._said_at = now
        epoch, next_ = self._epoch or b"", self.flight.next
        self.out.append(encode_end(epoch, next_) if self.state == "ending" else encode_blocked(epoch, next_, self._last))
