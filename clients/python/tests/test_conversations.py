"""Whole conversations of the vectors, against real sockets."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import pytest
from replay import Replay
from vectors import load

FILES = ("conversations-backpressure.json", "conversations-fire-and-forget.json", "conversations-request-reply.json")
CONVERSATIONS: List[Dict[str, Any]] = [one for name in FILES for one in load(name)["conversations"]]


def title(conversation: Dict[str, Any]) -> str:
    return f"{' '.join(conversation['rules'])} {conversation['id']} {conversation['title']}"


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=title)
def test_a_conversation_goes_as_written(conversation: Dict[str, Any], kept: Callable[[Any], Any]) -> None:
    kept(Replay(conversation)).run()
