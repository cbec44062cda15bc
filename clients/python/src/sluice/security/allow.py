"""Which clients a bound socket lets in: by public key, and changed while it listens."""

from __future__ import annotations

import os
import threading
from time import monotonic
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ..errors import OptionError
from .keys import checked_key, public_key_in

__all__ = ["AllowList", "KeyDirectory"]

#: Pause between two looks at a directory, in seconds.
_LOOK_EVERY = 1.0


class AllowList:
    """Public keys, from any thread. A key that was added is let in at its next attempt; the connections of one that is taken off are ended.

    Errors: ``OptionError`` for a text that is no public key.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._keys = {checked_key(key, "security.allow") for key in keys}
        self._watchers: List[Callable[[str], None]] = []

    def add(self, key: str) -> None:
        """Lets a key in from now on."""
        with self._lock:
            self._keys.add(checked_key(key, "security.allow"))

    def discard(self, key: str) -> None:
        """Lets a key in no more, and ends its connections."""
        with self._lock:
            if key not in self._keys:
                return
            self._keys.remove(key)
            watchers = list(self._watchers)
        for tell in watchers:
            tell(key)

    def watch(self, removed: Callable[[str], None]) -> Callable[[], None]:
        """Calls ``removed`` for each key that is taken off, until what it gives is called."""
        with self._lock:
            self._watchers.append(removed)

        def stop() -> None:
            with self._lock:
                if removed in self._watchers:
                    self._watchers.remove(removed)

        return stop

    def look(self) -> None:
        """Takes in what has changed elsewhere: nothing, for a list in memory."""

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(set(self._keys))

    def __len__(self) -> int:
        return len(self._keys)


class KeyDirectory(AllowList):
    """The keys of the files ``NAME.key`` in a directory, looked at once a second. A file that holds no key lets nobody in."""

    def __init__(self, path: str, where: str) -> None:
        super().__init__()
        self.path = path
        self._files: Dict[str, Tuple[Tuple[float, int, int], Optional[str]]] = {}
        self._look_at = 0.0
        try:
            self._keys = self._read()
        except OSError as error:
            raise OptionError(where, f"{where}: the directory {path} cannot be read: {error.strerror}") from error

    def look(self) -> None:
        now = monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY
        try:
            keys = self._read()
        except OSError:
            # A directory that is gone for a moment, as when it is replaced as a whole, locks nobody out.
            return
        with self._lock:
            gone = self._keys - keys
            self._keys = keys
            watchers = list(self._watchers)
        for key in gone:
            for tell in watchers:
                tell(key)

    def _read(self) -> Set[str]:
        files: Dict[str, Tuple[Tuple[float, int, int], Optional[str]]] = {}
        for entry in os.scandir(self.path):
            if not entry.name.endswith(".key"):
                continue
            try:
                status = entry.stat()
                stamp = (status.st_mtime, status.st_size, status.st_ino)
                known = self._files.get(entry.name)
                files[entry.name] = known if known is not None and known[0] == stamp else (stamp, _key_of(entry.path))
            except OSError:
                # It went while it was looked at.
                continue
        self._files = files
        return {key for _, key in files.values() if key is not None}


def _key_of(path: str) -> Optional[str]:
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read(64 * 1024)
    try:
        return public_key_in(text, path, "security.allow_directory")
    except OptionError:
        return None
