"""Errors, by who must act. Every one has a stable ``code``, the same in every language."""

from __future__ import annotations

import builtins
from typing import Any, Optional

__all__ = [
    "ClosedError",
    "DeadlineError",
    "DecodeError",
    "EncodeError",
    "FullError",
    "LinkError",
    "OptionError",
    "ProtocolError",
    "RemoteError",
    "SluiceError",
    "StateError",
    "TimeoutError",
]


class SluiceError(Exception):
    """The base of every error that Sluice itself raises; ``code`` is stable across versions."""

    code = "ERR_SLUICE"


class OptionError(SluiceError, ValueError):
    """The caller passed an option or an argument that cannot work; raised before any I/O."""

    code = "ERR_SLUICE_OPTION"

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


class StateError(SluiceError):
    """The caller used an object in a state that does not allow it, such as ``send`` after ``drain``."""

    code = "ERR_SLUICE_STATE"


class _UndeliveredError(SluiceError):
    """What could not be delivered comes back with the error, so that nothing vanishes."""

    def __init__(self, message: str, undelivered: Any = None) -> None:
        super().__init__(message)
        self.undelivered = undelivered


class FullError(_UndeliveredError):
    """A bound was hit under the overflow strategy ``reject``; ``undelivered`` is the message."""

    code = "ERR_SLUICE_FULL"


class TimeoutError(_UndeliveredError, builtins.TimeoutError):
    """A stated time passed without an answer; ``undelivered`` is the message it was about."""

    code = "ERR_SLUICE_TIMEOUT"


class DeadlineError(_UndeliveredError):
    """The time by which a message mattered has passed; ``undelivered`` is the message."""

    code = "ERR_SLUICE_DEADLINE"


class ClosedError(_UndeliveredError):
    """The object was closed while the call waited; ``undelivered`` is the message it held."""

    code = "ERR_SLUICE_CLOSED"


class LinkError(SluiceError, OSError):
    """The network, the operating system or the other side refused; names the endpoint and the errno.

    ``reason`` is which bound or check refused, where one did: a key of ``stats().refused_by``.
    """

    code = "ERR_SLUICE_LINK"

    def __init__(
        self, message: str, endpoint: Optional[str] = None, number: Optional[int] = None, reason: Optional[str] = None
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.reason = reason
        if number is not None:
            self.errno = number


class EncodeError(SluiceError, ValueError):
    """A value cannot be carried by the interop profile; ``path`` leads to the offending part."""

    code = "ERR_SLUICE_ENCODE"

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class DecodeError(SluiceError, ValueError):
    """Bytes from a peer are not what the interop profile allows; costs that message or that peer only."""

    code = "ERR_SLUICE_DECODE"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{message} ({rule})")
        self.rule = rule


class ProtocolError(SluiceError):
    """A peer broke a rule of its pattern; its session ends, the link goes on."""

    code = "ERR_SLUICE_PROTOCOL"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{message} ({rule})")
        self.rule = rule


class RemoteError(_UndeliveredError):
    """The other side's handler failed; carries its code and message, never its stack."""

    code = "ERR_SLUICE_REMOTE"

    def __init__(self, remote_code: str, message: str, undelivered: Any = None) -> None:
        super().__init__(message, undelivered)
        self.remote_code = remote_code
