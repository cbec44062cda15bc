"""How a stage and its runner speak: commands on standard input, reports on standard output, signals."""

from __future__ import annotations

import json
import queue
import signal
import sys
import threading
from typing import Any, Dict

__all__ = ["Control"]

#: Begins a report, so that it can be told from what the stage's own program prints. Source: STG-2.
_RECORD = "\x1e"

#: What a runner may say; anything else is for a later version. Source: STG-4.
_COMMANDS = ("start", "drain", "noMoreSenders", "leave", "close")


class Control:
    """Puts every command, from wherever it comes, into one queue. Source: STG-2 to STG-5."""

    def __init__(self, controlled: bool) -> None:
        self._controlled = controlled
        self._lock = threading.Lock()
        self.commands: "queue.SimpleQueue[Dict[str, Any]]" = queue.SimpleQueue()

    def listen(self) -> None:
        """Begins to take commands; called in the main thread, which alone may take signals."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._signalled)
            # A terminal's interrupt reaches the runner too, and it is for the runner to say what follows.
            signal.signal(signal.SIGINT, signal.SIG_IGN if self._controlled else self._signalled)
        if self._controlled:
            # What is printed is to be seen as it comes, and is not to be lost when the process is killed.
            reconfigure = getattr(sys.stdout, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(line_buffering=True)
            threading.Thread(target=self._read, name="sluice commands", daemon=True).start()
        else:
            self.commands.put({"command": "start"})

    def report(self, **what: Any) -> None:
        """Tells the runner; nobody is told where there is none."""
        if not self._controlled:
            return
        record = f"{_RECORD}{json.dumps(what)}\n".encode()
        output = sys.__stdout__
        if output is None:
            return
        with self._lock:
            try:
                # Through the buffer that everybody prints through, so that no output comes into the middle of a report.
                output.flush()
                output.buffer.write(record)
                output.buffer.flush()
            except (OSError, ValueError):
                # The runner is gone, or the handler has closed it; that the end of standard input has come says the former.
                pass

    def _signalled(self, _number: int, _frame: Any) -> None:
        self.commands.put({"command": "leave"})

    def _read(self) -> None:
        for line in sys.stdin:
            try:
                command = json.loads(line)
            except ValueError:
                continue
            if isinstance(command, dict) and command.get("command") in _COMMANDS:
                self.commands.put(command)
        self.commands.put({"command": "abandoned"})
