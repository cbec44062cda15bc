"""Endpoints: what is refused before a socket is opened."""

from __future__ import annotations

import errno
import os
import socket
import stat
from typing import Sequence, Tuple, Union

from ..errors import LinkError, OptionError

__all__ = ["Endpoints", "endpoints_of", "protect_path", "refuse_shared", "refuse_taken", "remove_path"]

#: One endpoint or several.
Endpoints = Union[str, Sequence[str], None]

_SCHEMES = ("tcp://", "ipc://", "inproc://")


def endpoints_of(bind: Endpoints, connect: Endpoints) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """Both lists, checked. Errors: ``OptionError`` when there is none, or one of an unknown form."""
    both = _listed(bind, "bind"), _listed(connect, "connect")
    if not any(both):
        raise OptionError("bind", "give at least one endpoint in bind or connect, such as 'tcp://127.0.0.1:5555'")
    return both


def _listed(given: Endpoints, option: str) -> Tuple[str, ...]:
    if given is None:
        return ()
    many = (given,) if isinstance(given, str) else tuple(given)
    for endpoint in many:
        if not isinstance(endpoint, str) or not endpoint.startswith(_SCHEMES):
            raise OptionError(option, f"{option}: {endpoint!r} is not one of {', '.join(s + '…' for s in _SCHEMES)}")
    return many


def refuse_taken(endpoint: str) -> None:
    """Refuses an ipc path on which somebody answers: ZeroMQ would take it over in silence. Errors: ``LinkError``."""
    path = endpoint[len("ipc://") :] if endpoint.startswith("ipc://") else ""
    if not path or path == "*" or path.startswith("@") or not os.path.exists(path):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return
    raise LinkError(f"{endpoint} is in use", endpoint, errno.EADDRINUSE)


def refuse_shared(endpoint: str) -> None:
    """Refuses an ipc path where everybody could put a socket of their own in its place. Errors: ``LinkError``."""
    path = endpoint[len("ipc://") :] if endpoint.startswith("ipc://") else ""
    if not path or path == "*" or path.startswith("@"):
        return
    directory = os.path.dirname(path) or "."
    mode = os.stat(directory).st_mode if os.path.isdir(directory) else 0
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        message = f"cannot bind {endpoint}: everybody may write in {directory}; take one of mode 0700, or say insecure=True"
        raise LinkError(message, endpoint, errno.EACCES)


def protect_path(endpoint: str) -> None:
    """Lets nobody but this user connect to an ipc path that is bound."""
    path = endpoint[len("ipc://") :] if endpoint.startswith("ipc://") else ""
    if path and not path.startswith("@"):
        os.chmod(path, 0o600)


def remove_path(endpoint: str) -> None:
    """Removes the file of an ipc endpoint that was let go of: ZeroMQ leaves it there."""
    path = endpoint[len("ipc://") :] if endpoint.startswith("ipc://") else ""
    if path and not path.startswith("@"):
        try:
            os.unlink(path)
        except OSError:
            # Somebody was faster: the runner, which removes the whole directory.
            pass
