"""The steps of a conversation, as the vectors write them."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from octets import Frames, frames

Step = Dict[str, Any]

def give(what: Frames) -> Step:
    return {"give": what}


def expect(what: Frames, match: str = "octets") -> Step:
    return {"expect": what, "match": match}


def greets(command: str, position: Dict[str, Any]) -> Step:
    """The subject says where it stands, and that it takes the compact form."""
    return expect(frames(command, {**position, "compact": True}), "greeting")


def call(name: str, *arguments: Any) -> Step:
    return {"call": name, "with": list(arguments)}


def handed(*messages: Any) -> Step:
    return {"handed": list(messages)}


def refused(*rules: str) -> Step:
    return {"refused": list(rules)}


def talk(id: str, title: str, rules: Sequence[str], subject: Dict[str, Any], *steps: Step) -> Dict[str, Any]:
    return {"id": id, "title": title, "rules": list(rules), "subject": subject, "steps": list(steps)}


ABOUT = {
    "frames": "Hexadecimal, one string a frame. What a ROUTER puts in front of what it receives is left out.",
    "subject": "The side that is tested, and whether it binds or connects; the other side is a plain socket that is fed by the steps.",
    "steps": "In order. give: the plain side sends these frames. expect: the subject sends these frames next; one that it has sent before may "
    "come again in between. call: the user of the subject does this. handed: the subject's handler is given these messages, and finishes "
    "them. refused: the subject has counted one more refusal, of one of these rules.",
    "match": "octets: exactly these. greeting: a map whose named keys are equal, id apart. ack: the same epoch, mark and end, and by now the same "
    "messages are acked. bye: the same epoch and code. request: the same but for the correlations.",
    "epoch": "Where the subject draws the epoch, the octets of the first one it says stand for those of its first epoch here, and so on: "
    "replace one by the other. Correlations likewise.",
}
