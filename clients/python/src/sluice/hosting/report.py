"""Ledgers in the form that travels: the names of the pipeline's own."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping

from .inbound import Inbound
from .outbound import Outbound

__all__ = ["stats_report"]

_UNDERSCORE = re.compile(r"_([a-z])")


def stats_report(
    stage: str, counts: Mapping[str, int], inbound: Mapping[str, Inbound], outbound: Mapping[str, Outbound]
) -> Dict[str, Any]:
    """``{"stages": {…}, "links": {…}}``. Source: STG-3."""
    links: Dict[str, Any] = {name: {"receiver": _camel(vars(link.stats()))} for name, link in inbound.items()}
    links.update({name: {"sender": _camel(vars(link.stats()))} for name, link in outbound.items()})
    return {"stages": {stage: dict(counts)}, "links": links}


def _camel(stats: Mapping[str, Any]) -> Dict[str, Any]:
    return {_UNDERSCORE.sub(lambda match: match.group(1).upper(), name): value for name, value in stats.items()}
