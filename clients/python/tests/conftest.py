"""What tests share: a clean-up of what they open, and peers in processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable, Iterator, List

import pytest
from processes import Process

HERE = Path(__file__).resolve().parent


@pytest.fixture
def kept() -> Iterator[Callable[[Any], Any]]:
    """Closes what it is given at the end of the test, last first."""
    things: List[Any] = []

    def keep(thing: Any) -> Any:
        things.append(thing)
        return thing

    yield keep
    for thing in reversed(things):
        thing.close()


@pytest.fixture
def peer() -> Iterator[Callable[..., Process]]:
    """Starts ``peer.py`` in a process of its own, which does not outlive the test."""
    processes: List[Process] = []

    def start(*arguments: object) -> Process:
        process = Process([sys.executable, str(HERE / "peer.py"), *map(str, arguments)])
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()


@pytest.fixture(params=["tcp", "ipc"])
def endpoint(request: Any, tmp_path: Path) -> str:
    """Where to bind, over each transport."""
    return "tcp://127.0.0.1:*" if request.param == "tcp" else f"ipc://{tmp_path}/s"
