"""How a request that failed is told and counted."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from ..errors import RemoteError

__all__ = ["NOT_BEGUN", "outcome_of", "read_failure"]

#: Replies that say that a request was not begun: another peer, or this one later, may do it. Source: RR-7.
NOT_BEGUN = ("ERR_SLUICE_FULL", "ERR_SLUICE_CLOSED")


def outcome_of(error: Optional[Exception]) -> str:
    """Which count of the ledger an answer belongs to."""
    if error is None:
        return "delivered"
    code = error.remote_code if isinstance(error, RemoteError) else ""
    return {"dead-lettered": "dead_lettered", "dropped": "dropped"}.get(code, "failed")


def read_failure(failure: Any) -> Tuple[str, str]:
    """The code and the message of an error reply, with words for what it left out. Source: RR-7."""
    code, message = (failure.get("code"), failure.get("message")) if type(failure) is dict else (None, None)
    return (
        code if type(code) is str else "ERR_SLUICE_REMOTE",
        message if type(message) is str else "the replier failed and did not say why",
    )
