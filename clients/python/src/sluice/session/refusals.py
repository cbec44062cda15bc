"""What was refused on the way in, by its reason."""

from __future__ import annotations

from ..errors import DecodeError, FullError, LinkError, ProtocolError, SluiceError

__all__ = ["reason_of"]

#: Rules whose breach is a bound that was hit, and what the bound is of.
_BOUNDS = {"BP-6": "sessions", "BP-18": "bytes", "SEC-9": "peers", "SEC-17": "sessions"}


def reason_of(error: SluiceError) -> str:
    """The key of ``stats().refused_by`` under which this is counted."""
    if isinstance(error, LinkError):
        return error.reason or "link"
    if isinstance(error, DecodeError):
        return "decode"
    if isinstance(error, FullError):
        return "bytes"
    return _BOUNDS.get(error.rule, "protocol") if isinstance(error, ProtocolError) else "other"
