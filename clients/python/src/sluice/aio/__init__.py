"""The six classes for asyncio: the same names, options, frames and errors; what waits is awaited.

Objects are made inside a running event loop and belong to it.
"""

from __future__ import annotations

from ..receiving import Received
from .consumer import Consumer
from .producer import Producer
from .puller import Puller
from .pusher import Pusher
from .replier import Replier, Request
from .requester import Requester

__all__ = ["Consumer", "Producer", "Puller", "Pusher", "Received", "Replier", "Request", "Requester"]
