"""Headers as they go out: a map for each message that has any."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from ..codec.encode import Encoder
from ..errors import EncodeError

__all__ = ["Headers", "encode_headers"]

#: What travels beside a message: W3C trace context, ``deadline``, ``attempt``, ``id`` and the user's own.
Headers = Mapping[str, Any]


def encode_headers(encoder: Encoder, headers: Optional[Headers]) -> Optional[bytes]:
    """Errors: ``EncodeError``, with a path that begins at ``$headers``. Source: ENV-9, ENV-18."""
    if not headers:
        return None
    plain: Dict[str, Any] = dict(headers)
    try:
        return encoder.encode(plain)
    except EncodeError as error:
        raise EncodeError(f"$headers{error.path[1:]}", str(error).partition(": ")[2]) from None
