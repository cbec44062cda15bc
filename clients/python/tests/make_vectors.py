"""Makes test/vectors/envelopes.json and conversations-*.json; a test fails when the files are not what this makes.

Run it to write the files: ``python make_vectors.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

from envelopes import backpressure_envelopes, request_envelopes, stream_envelopes
from talking import ABOUT
from talks_backpressure import consumer_talks, producer_talks
from talks_others import fire_and_forget_talks, replier_talks, requester_talks

VECTORS = Path(__file__).resolve().parents[3] / "test" / "vectors"


def made() -> Dict[str, Any]:
    """Every file by its name, as it is to be."""
    return {
        "envelopes.json": {
            "title": "Envelopes: messages frame by frame, and what a reader makes of them",
            "about": {
                "frames": ABOUT["frames"],
                "reader": "Who reads it: backpressure (either side), replier, requester, puller.",
                "reads": "What it says; correlations and epochs as text. unreadable: the request is answered with ERR_SLUICE_DECODE.",
                "refuse": "The rules by one of which it is refused.",
            },
            "vectors": [*stream_envelopes(), *request_envelopes(), *backpressure_envelopes()],
        },
        "conversations-backpressure.json": {
            "title": "Conversations of backpressure",
            "about": ABOUT,
            "conversations": [*producer_talks(), *consumer_talks()],
        },
        "conversations-request-reply.json": {
            "title": "Conversations of request-reply",
            "about": {
                **ABOUT,
                "more": "answered, failed: what the calls that wait get, in this order. serve: the handler is given the first and answers the second. "
                "match error: the message of the error may be another. expectErrors: error replies to these correlations come, in one frame or several. "
                "ended: the subject knows that nothing more comes.",
            },
            "conversations": [*requester_talks(), *replier_talks()],
        },
        "conversations-fire-and-forget.json": {
            "title": "Conversations of fire-and-forget",
            "about": {**ABOUT, "more": "ended: the subject knows that nothing more comes."},
            "conversations": fire_and_forget_talks(),
        },
    }


def text_of(content: Any) -> str:
    """One vector or conversation a line, so that a change shows where it is."""
    lists = [name for name, part in content.items() if isinstance(part, list)]
    head = json.dumps({name: part for name, part in content.items() if name not in lists}, indent=2, ensure_ascii=False)
    name = lists[0]
    lines = ",\n".join("    " + json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in content[name])
    return f'{head[:-2]},\n  "{name}": [\n{lines}\n  ]\n}}\n'


if __name__ == "__main__":
    for name, content in made().items():
        (VECTORS / name).write_text(text_of(content), encoding="utf-8")
