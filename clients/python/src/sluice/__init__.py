"""Message patterns over ZeroMQ: fire-and-forget, request-reply and backpressure.

Each pattern is a pair of classes: ``Pusher`` and ``Puller``, ``Requester`` and ``Replier``, ``Producer`` and ``Consumer``. ``sluice.aio`` has the
same for asyncio. ``stage`` makes a function a stage of a pipeline whose other stages may be in other languages.
"""

from __future__ import annotations

from .consumer import Consumer
from .errors import (
    ClosedError,
    DeadlineError,
    DecodeError,
    EncodeError,
    FullError,
    LinkError,
    OptionError,
    ProtocolError,
    RemoteError,
    SluiceError,
    StateError,
    TimeoutError,
)
from .hosting import Context, stage
from .limits import Limits
from .producer import Producer
from .puller import Puller
from .pusher import Pusher
from .receiving import Received
from .replier import Replier, Request
from .requester import Requester
from .security.allow import AllowList
from .security.security import Security
from .session.headers import Headers
from .session.ledger import ReceiverStats, SenderStats

__version__ = "0.1.0"

__all__ = [
    "AllowList",
    "ClosedError",
    "DeadlineError",
    "Consumer",
    "Context",
    "DecodeError",
    "EncodeError",
    "FullError",
    "Headers",
    "Limits",
    "LinkError",
    "OptionError",
    "Producer",
    "ProtocolError",
    "Puller",
    "Pusher",
    "Received",
    "ReceiverStats",
    "RemoteError",
    "Replier",
    "Request",
    "Requester",
    "Security",
    "SenderStats",
    "SluiceError",
    "StateError",
    "TimeoutError",
    "stage",
]
