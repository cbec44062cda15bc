"""Key pairs of CURVE, each key 40 characters of Z85, and the files that hold them."""

from __future__ import annotations

import os
import re
from typing import Any, Optional

import zmq
from zmq.utils import z85

from ..errors import OptionError

__all__ = ["KeyPair", "checked_key", "public_key_in", "read_pair", "read_public"]

_LARGEST_FILE = 64 * 1024


class KeyPair:
    """A key pair; its secret does not show where it is printed. Errors: ``OptionError``, which never shows the secret."""

    __slots__ = ("_secret", "public")

    def __init__(self, public: Any, secret: Any, where: str) -> None:
        self.public = checked_key(public, f"{where}.public_key")
        if not _is_key(secret):
            raise OptionError(f"{where}.secret_key", f"{where}.secret_key is no key: 40 characters of Z85 that sluice keygen wrote")
        if zmq.curve_public(secret.encode()).decode() != self.public:
            raise OptionError(f"{where}.public_key", f"{where}.public_key is not the public half of the secret key beside it")
        self._secret: str = secret

    def reveal(self) -> str:
        """The secret, for whoever sets up a socket."""
        return self._secret

    def __repr__(self) -> str:
        return f"KeyPair({self.public!r})"


def checked_key(key: Any, where: str) -> str:
    """A public key as it was given. Errors: ``OptionError``."""
    if not _is_key(key):
        raise OptionError(where, f"{where}: {str(key)[:60]!r} is no public key: 40 characters of Z85, as sluice keygen prints them")
    text: str = key
    return text


def read_pair(path: str, where: str) -> KeyPair:
    """The key pair of a file. Errors: ``OptionError`` for one that cannot be read, holds none, or is open to others."""
    text = _read(path, where)
    if os.name == "posix" and os.stat(path).st_mode & 0o077:
        raise OptionError(where, f"{where}: the secret in {path} is open to others than its owner: chmod 600 {path}")
    secret = _value(text, "secret-key")
    if secret is None:
        raise OptionError(where, f"{where}: {path} has no secret key: give a file NAME.key_secret of sluice keygen")
    return KeyPair(_value(text, "public-key"), secret, where)


def read_public(path: str, where: str) -> str:
    """The public key of a file, with or without its secret. Errors: ``OptionError``."""
    return public_key_in(_read(path, where), path, where)


def public_key_in(text: str, path: str, where: str) -> str:
    """The public key in the text of a file. Errors: ``OptionError``."""
    key = _value(text, "public-key")
    if key is None:
        raise OptionError(where, f"{where}: {path} has no public key: give a file NAME.key of sluice keygen")
    return checked_key(key, f"{where}: {path}")


def _read(path: str, where: str) -> str:
    try:
        if os.path.getsize(path) > _LARGEST_FILE:
            raise OptionError(where, f"{where}: the key file {path} has more than {_LARGEST_FILE} bytes")
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise OptionError(where, f"{where}: the key file {path} cannot be read: {error.strerror}") from error


def _value(text: str, name: str) -> Optional[str]:
    found = re.search(rf'^\s*{name}\s*=\s*"([^"\n]*)"', text, re.MULTILINE)
    return found.group(1) if found else None


def _is_key(key: Any) -> bool:
    try:
        return isinstance(key, str) and len(key) == 40 and len(z85.decode(key)) == 32
    except Exception:  # a character that is none of Z85's, or a group beyond 32 bits: the library says so in several ways
        return False
