"""A child process whose output is JSON lines."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from typing import Any, Callable, Dict, List, Optional

__all__ = ["PATIENCE", "Process"]

#: How long a test waits for what has to come, in seconds: an end for what hangs, never a measure.
PATIENCE = 30.0


class Process:
    """Reads a child's lines as they come, so that a test can wait for one."""

    def __init__(self, command: List[str], env: Optional[Dict[str, str]] = None) -> None:
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, env=env, text=True)
        self.lines: List[Dict[str, Any]] = []
        self.other: List[str] = []
        self._changed = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait_for(self, what: Callable[[List[Any]], Any]) -> Any:
        """Waits until ``what(lines)`` is true, and returns it."""
        with self._changed:
            self._changed.wait_for(lambda: what(self.lines) or self._over, PATIENCE)
            found = what(self.lines)
            assert found, f"it never came; there were {len(self.lines)} lines, the last {self.lines[-1:]}"
            return found

    def endpoint(self) -> str:
        """Where it is bound, once it has said so."""
        line = self.wait_for(lambda lines: lines and lines[0])
        return str(line["endpoints"][0])

    def done(self) -> Any:
        """Its last line, once it has ended by itself."""
        line = self.wait_for(lambda lines: [line for line in lines if line.get("done")])[0]
        assert self.child.wait(PATIENCE) == 0
        return line

    def tell(self, line: str) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def kill(self) -> None:
        """SIGKILL, and waits until it is gone."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGKILL)
        self.child.wait(PATIENCE)
        self._thread.join(PATIENCE)
        for stream in (self.child.stdin, self.child.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            # A report may stand behind output that has no line break yet, and goes on behind it. Source: STG-2.
            output, _, text = line.rpartition("\x1e")
            record = _record(text)
            with self._changed:
                if record is not None:
                    self.lines.append(record)
                else:
                    output = line
                if output:
                    self.other.append(output)
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()


def _record(text: str) -> Optional[Dict[str, Any]]:
    """The object that a line is, or None: a number or a text that a program prints is JSON too."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
