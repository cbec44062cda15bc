"""Options that several classes share, checked before any I/O."""

from __future__ import annotations

import secrets
from typing import Any, Optional, Union

from .errors import OptionError
from .limits import Limits

__all__ = ["attempt_seconds", "checked_identity", "checked_limits", "high_water_mark", "seconds", "whole"]

_LONGEST_IDENTITY = 255


def checked_limits(limits: Optional[Limits]) -> Limits:
    if limits is None:
        return Limits()
    if not isinstance(limits, Limits):
        raise OptionError("limits", f"limits must be a sluice.Limits, not {limits!r}")
    return limits


def checked_identity(identity: Optional[str], role: str) -> str:
    """The label this side gives itself; a random one unless it is given."""
    if identity is None:
        return f"{role}-{secrets.token_hex(6)}"
    if not isinstance(identity, str) or not 0 < len(identity) <= _LONGEST_IDENTITY:
        raise OptionError("identity", f"identity must be a string of 1 to {_LONGEST_IDENTITY} characters")
    return identity


def whole(name: str, value: Any, least: int) -> int:
    """A whole number. Errors: ``OptionError``."""
    if type(value) is not int or value < least:
        raise OptionError(name, f"{name} must be a whole number of at least {least}, not {value!r}")
    return value


def high_water_mark(value: Union[int, str]) -> Optional[int]:
    """A count, or None for ``auto``. Errors: ``OptionError``."""
    if value == "auto":
        return None
    if type(value) is not int or value < 1:
        raise OptionError("high_water_mark", f"high_water_mark must be 'auto' or a whole number, not {value!r}")
    return value


def seconds(name: str, milliseconds: Optional[float]) -> Optional[float]:
    """A time option in seconds, None where there is none. Errors: ``OptionError``."""
    if milliseconds is None:
        return None
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds >= 0:
        raise OptionError(name, f"{name} must be a number of milliseconds, not {milliseconds!r}")
    return milliseconds / 1000


def attempt_seconds(timeout_ms: float) -> float:
    """How long one attempt of a request may take, in seconds. Errors: ``OptionError``."""
    timeout = seconds("timeout_ms", timeout_ms)
    if not timeout:
        raise OptionError("timeout_ms", "timeout_ms must be a number of milliseconds above zero")
    return timeout
