"""What a runner tells a stage by its environment."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from ..errors import OptionError
from ..security.security import Security

__all__ = ["Environment", "LinkPlace", "read_environment"]

_PATTERNS = ("fire-and-forget", "request-reply", "backpressure")
_SIDES = ("sender", "receiver")


class LinkPlace(NamedTuple):
    """One link of the stage: what it is, which side of it the stage stands on, and where."""

    name: str
    pattern: str
    side: str
    bind: List[str]
    connect: List[str]
    identity: str
    senders: Optional[int]
    trusted: bool
    work: int
    options: Dict[str, Any]
    security: Optional[Security] = None
    insecure: bool = False


class Environment(NamedTuple):
    """A stage's place in its pipeline. Source: STG-1."""

    stage: str
    replica: int
    links: List[LinkPlace]
    concurrency: int
    drain_timeout_ms: int
    controlled: bool
    """True when a runner speaks on standard input and listens on standard output."""
    report_every_ms: int
    run_directory: Optional[str]
    """To be removed by whoever finds that the runner is gone without a word."""


def read_environment(variables: Mapping[str, str]) -> Environment:
    """Reads the variables. Errors: ``OptionError``, with the variable's name. Source: STG-1, SEC-16."""
    stage = variables.get("SLUICE_STAGE", "")
    if not stage:
        raise OptionError("SLUICE_STAGE", "SLUICE_STAGE must name the stage; a runner sets it, or you by hand")
    replica = _whole(variables, "SLUICE_REPLICA", 0, 0)
    control = variables.get("SLUICE_CONTROL", "")
    if control not in ("", "stdio"):
        raise OptionError("SLUICE_CONTROL", f"SLUICE_CONTROL must be 'stdio' or nothing, not {control!r}")
    return Environment(
        stage,
        replica,
        _guarded(_links(variables.get("SLUICE_LINKS", ""), f"{stage}/{replica}"), variables),
        _whole(variables, "SLUICE_CONCURRENCY", 1, 1),
        _whole(variables, "SLUICE_DRAIN_TIMEOUT_MS", 10_000, 0),
        control == "stdio",
        _whole(variables, "SLUICE_REPORT_EVERY_MS", 1_000, 10),
        variables.get("SLUICE_RUN_DIRECTORY") or None,
    )


def _guarded(links: List[LinkPlace], variables: Mapping[str, str]) -> List[LinkPlace]:
    security = Security.from_environment(variables)
    insecure = variables.get("SLUICE_INSECURE", "") == "1"
    return [link._replace(security=security, insecure=insecure) for link in links]


def _whole(variables: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = variables.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise OptionError(name, f"{name} must be a whole number of at least {least}, not {text!r}")
    return int(text)


def _links(text: str, identity: str) -> List[LinkPlace]:
    try:
        links = json.loads(text)
    except ValueError:
        raise OptionError("SLUICE_LINKS", f"SLUICE_LINKS must be a JSON array of links, not {text[:60]!r}") from None
    if not isinstance(links, list) or not links:
        raise OptionError("SLUICE_LINKS", "SLUICE_LINKS must be a JSON array of at least one link")
    return [_link(link, at, identity) for at, link in enumerate(links)]


def _link(link: Any, at: int, identity: str) -> LinkPlace:
    where = f"SLUICE_LINKS[{at}]"
    if not isinstance(link, dict):
        raise OptionError(where, f"{where} must be an object")
    name = link.get("name")
    if not isinstance(name, str) or not name:
        raise OptionError(where, f"{where}.name must be a string such as 'washer:dryer'")
    if link.get("pattern") not in _PATTERNS:
        raise OptionError(where, f"{where}.pattern must be one of {', '.join(_PATTERNS)}, not {link.get('pattern')!r}")
    if link.get("side") not in _SIDES:
        raise OptionError(where, f"{where}.side must be 'sender' or 'receiver', not {link.get('side')!r}")
    bind, connect = _endpoints(link, "bind", where), _endpoints(link, "connect", where)
    if not bind and not connect:
        raise OptionError(where, f"{where} has neither bind nor connect")
    senders = link.get("senders")
    if senders is not None and (type(senders) is not int or senders < 1):
        raise OptionError(where, f"{where}.senders must be a whole number or null, not {senders!r}")
    work = link.get("work", 1)
    if type(work) is not int or work < 1:
        raise OptionError(where, f"{where}.work must be a whole number of at least 1, not {work!r}")
    options = link.get("options", {})
    if not isinstance(options, dict):
        raise OptionError(where, f"{where}.options must be an object")
    given = link.get("identity", identity)
    return LinkPlace(
        name, link["pattern"], link["side"], bind, connect, str(given), senders, link.get("trusted") is True, work, options
    )


def _endpoints(link: Dict[str, Any], key: str, where: str) -> List[str]:
    endpoints = link.get(key, [])
    if not isinstance(endpoints, list) or not all(isinstance(endpoint, str) for endpoint in endpoints):
        raise OptionError(where, f"{where}.{key} must be an array of endpoints")
    return endpoints
