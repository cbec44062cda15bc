"""A function as a stage of a pipeline whose other stages may be in other languages."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import traceback
from typing import Any, Callable, NoReturn

from ..errors import LinkError, OptionError, SluiceError
from .control import Control
from .environment import Environment, read_environment
from .host import Host
from .results import Context

__all__ = ["Context", "stage"]

#: How long after its drain has timed out a stage may still take to end, in seconds.
_GRACE = 1.0


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
    threading.Thread(
        target=_obey, args=(control, host, started, environment), name="sluice control", daemon=True
    ).start()
    control.listen()
    control.report(report="ready", endpoints=host.endpoints)
    threading.Thread(target=_tell, args=(control, host, environment.report_every_ms / 1000), name="sluice reports", daemon=True).start()
    try:
        if host.is_source:
            started.wait()
        fine = host.run()
    except Exception as error:
        host.close()
        code = getattr(error, "code", type(error).__name__)
        control.report(report="failed", error={"code": code, "message": str(error)})
        if isinstance(error, SluiceError):
            sys.stderr.write(f"sluice: {type(error).__name__}: {error}\n")
        else:
            traceback.print_exc()
        sys.exit(1)
    control.report(report="done", stats=host.stats())
    sys.exit(0 if fine else 1)


def _obey(control: Control, host: Host, started: threading.Event, environment: Environment) -> None:
    asked_to_leave = False
    while True:
        command = control.commands.get()
        name = command.get("command")
        if name == "abandoned":
            if host.over:
                continue
            _write_nowhere()
            if environment.run_directory is not None:
                shutil.rmtree(environment.run_directory, ignore_errors=True)
            name = "leave"
        if name == "start":
            started.set()
        elif name == "drain":
            host.drain()
            started.set()
        elif name == "noMoreSenders":
            host.no_more_senders(str(command.get("link")))
        elif name == "close" or (name == "leave" and asked_to_leave):
            host.close()
            _end_within(_GRACE)
        elif name == "leave":
            asked_to_leave = True
            host.leave()
            started.set()
            _end_within(environment.drain_timeout_ms / 1000 + _GRACE)


def _write_nowhere() -> None:
    """Nobody listens any more; that is not to fail the handlers that print."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        os.dup2(nowhere, output)
    os.close(nowhere)


def _end_within(seconds: float) -> None:
    """Ends the process for good: a handler may wait for something that never comes."""

    def end() -> None:
        try:
            sys.stderr.write("sluice: the handler did not end in time\n")
            sys.stderr.flush()
        finally:
            os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _tell(control: Control, host: Host, report_every: float) -> None:
    """Says when every receiver is there, and now and again how things stand."""
    threading.Thread(target=_tell_connected, args=(control, host), name="sluice connecting", daemon=True).start()
    pause = threading.Event()
    while not pause.wait(report_every):
        control.report(report="stats", stats=host.stats())


def _tell_connected(control: Control, host: Host) -> None:
    try:
        host.connected()
    except Exception:
        # It was closed before anybody came; the end of the stage says so.
        return
    control.report(report="connected")
