"""A function as a stage of a pipeline whose other stages may be in other languages."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Callable, NoReturn

from ..errors import LinkError, OptionError
from .control import Control
from .environment import read_environment
from .host import Host
from .results import Context

__all__ = ["Context", "stage"]

_REPORT_EVERY = 1.0


def stage(handler: Callable[..., Any]) -> NoReturn:
    """Runs this process as the stage that its environment describes, and exits when that has ended.

    ``handler`` takes a message, or a message and a ``Context``, and returns one value, nothing, or many by ``yield``; it may be ``async``.
    Without inbound links it takes nothing and gives the stream's messages. ``print`` goes to the runner's output.

    Exit status: 0 when nothing failed, 1 when something did, 2 when the environment cannot be understood. Source: STG-1 to STG-7.

    Example::

        from sluice import stage

        def dry(dish):
            return {**dish, "wet": False}

        stage(dry)
    """
    try:
        environment = read_environment(os.environ)
        host = Host(handler, environment)
    except (OptionError, LinkError) as error:
        sys.stderr.write(f"sluice: {error}\n")
        sys.exit(2 if isinstance(error, OptionError) else 1)
    control = Control(environment.controlled)
    started = threading.Event()
    threading.Thread(target=_obey, args=(control, host, started), name="sluice control", daemon=True).start()
    control.listen()
    control.report(report="ready", endpoints=host.endpoints)
    threading.Thread(target=_tell, args=(control, host), name="sluice reports", daemon=True).start()
    try:
        if host.is_source:
            started.wait()
        fine = host.run()
    except Exception as error:
        host.close()
        code = getattr(error, "code", type(error).__name__)
        control.report(report="failed", error={"code": code, "message": str(error)})
        sys.stderr.write(f"sluice: {type(error).__name__}: {error}\n")
        sys.exit(1)
    control.report(report="done", stats=host.stats())
    sys.exit(0 if fine else 1)


def _obey(control: Control, host: Host, started: threading.Event) -> None:
    asked_to_leave = False
    while True:
        command = control.commands.get()
        name = command.get("command")
        if name == "start":
            started.set()
        elif name == "drain":
            host.drain()
            started.set()
        elif name == "noMoreSenders":
            host.no_more_senders(str(command.get("link")))
        elif name == "close" or (name == "leave" and asked_to_leave):
            host.close()
        elif name == "leave":
            asked_to_leave = True
            host.leave()
            started.set()


def _tell(control: Control, host: Host) -> None:
    """Says when every receiver is there, and then now and again how things stand."""
    try:
        host.connected()
    except Exception:
        # It was closed before anybody came; the end of the stage says so.
        return
    control.report(report="connected")
    pause = threading.Event()
    while not pause.wait(_REPORT_EVERY):
        control.report(report="stats", stats=host.stats())
