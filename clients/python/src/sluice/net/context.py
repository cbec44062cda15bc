"""The ZeroMQ context that objects share unless they are given one."""

from __future__ import annotations

import atexit
import os
from typing import Any, Dict

import zmq

# What libzmq sends where it lies is kept by this module until the process ends. Exits run in reverse order: its own has to be known
# before that of a context, or the octets are gone while the context still sends them.
import zmq.utils.garbage

__all__ = ["shared_context"]

#: One context for each process: one that came over a fork has no I/O thread.
_contexts: Dict[int, Any] = {}


def shared_context() -> Any:
    """The context of this process, ended at its exit: what was sent just before still leaves, for a second at most."""
    process = os.getpid()
    context = _contexts.get(process)
    if context is None or context.closed:
        context = _contexts[process] = zmq.Context()
        atexit.register(_end, process)
    return context


def _end(process: int) -> None:
    if os.getpid() == process:
        # Sockets that nobody closed let go at once; closed ones have their own time to linger.
        _contexts.pop(process).destroy(linger=0)
