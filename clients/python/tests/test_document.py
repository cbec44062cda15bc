"""What docs/protocol.md shows is what the vectors hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Dict

import pytest
from rendering import rendered
from test_conversations import CONVERSATIONS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "protocol.md"
SHOWN: Dict[str, str] = dict(re.findall(r"^```octets (\S+)\n(.*?)\n```$", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S))


def test_the_document_shows_conversations_of_each_pattern() -> None:
    assert {id.split("-")[0] for id in SHOWN} == {"BP", "RR", "FNF"}


@pytest.mark.parametrize("id", sorted(SHOWN))
def test_a_worked_example_is_the_conversation_of_its_name(id: str) -> None:
    (conversation,) = [one for one in CONVERSATIONS if one["id"] == id]
    assert SHOWN[id] == rendered(conversation)
