"""What one side of a link proves itself by and whom it lets in."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from ..errors import OptionError
from .allow import AllowList, KeyDirectory
from .keys import KeyPair, checked_key, read_pair, read_public

__all__ = ["Guard", "PerEndpoint", "Security", "guard_of"]

#: One value for every endpoint that is connected to, or one for each.
PerEndpoint = Union[str, Mapping[str, str]]

_PREFIX = "SLUICE_CURVE_"
_VARIABLES = {
    "SLUICE_CURVE_KEY_FILE": "key_file",
    "SLUICE_CURVE_PUBLIC_KEY": "public_key",
    "SLUICE_CURVE_SECRET_KEY": "secret_key",
    "SLUICE_CURVE_SERVER_KEY": "server_key",
    "SLUICE_CURVE_SERVER_KEY_FILE": "server_key_file",
    "SLUICE_CURVE_ALLOW": "allow",
    "SLUICE_CURVE_ALLOW_DIRECTORY": "allow_directory",
}


class Security:
    """CURVE on every tcp endpoint of the objects that are given it.

    ``key_file`` is this side's key pair (``NAME.key_secret`` of ``sluice keygen``), or ``public_key`` and ``secret_key`` as texts. A side that connects
    names the key of the one that binds, by ``server_key`` or ``server_key_file``, for every endpoint or by endpoint; default is its own. A
    side that binds lets in the keys of ``allow`` (an ``AllowList``, or keys) or ``allow_directory`` (files ``NAME.key``), beside its own.

    Errors: ``OptionError`` for keys or files that cannot be used; it never shows a secret. Source: SEC-10 to SEC-16.
    """

    def __init__(
        self,
        *,
        key_file: Optional[str] = None,
        public_key: Optional[str] = None,
        secret_key: Optional[str] = None,
        server_key: Optional[PerEndpoint] = None,
        server_key_file: Optional[PerEndpoint] = None,
        allow: Union[AllowList, Iterable[str], None] = None,
        allow_directory: Optional[str] = None,
    ) -> None:
        _refuse_both("key_file", key_file, "secret_key", secret_key)
        _refuse_both("server_key", server_key, "server_key_file", server_key_file)
        _refuse_both("allow", allow, "allow_directory", allow_directory)
        if key_file is not None:
            self.keys = read_pair(key_file, "security.key_file")
        elif public_key is not None and secret_key is not None:
            self.keys = KeyPair(public_key, secret_key, "security")
        else:
            raise OptionError("security.key_file", "security has no key pair: give key_file, or public_key and secret_key")
        if server_key_file is not None:
            self._server_key = _each(server_key_file, lambda path: read_public(path, "security.server_key_file"))
        else:
            given: PerEndpoint = self.keys.public if server_key is None else server_key
            self._server_key = _each(given, lambda key: checked_key(key, "security.server_key"))
        if allow_directory is not None:
            self.allow: AllowList = KeyDirectory(allow_directory, "security.allow_directory")
        else:
            self.allow = allow if isinstance(allow, AllowList) else AllowList(() if allow is None else allow)

    @classmethod
    def from_environment(cls, variables: Optional[Mapping[str, str]] = None) -> Optional[Security]:
        """Security by the variables ``SLUICE_CURVE_…``, or None where none is set. Errors: ``OptionError``. Source: SEC-16."""
        options: Dict[str, Any] = {}
        for name, text in (os.environ if variables is None else variables).items():
            if not name.startswith(_PREFIX) or not text:
                continue
            if name not in _VARIABLES:
                raise OptionError(name, f"there is no variable {name}; there are {', '.join(_VARIABLES)}")
            option = _VARIABLES[name]
            if option == "allow":
                options[option] = [key.strip() for key in text.split(",")]
            elif option.startswith("server_key") and text.startswith("tcp://"):
                options[option] = dict(_pair(part) for part in text.split(","))
            else:
                options[option] = text
        return cls(**options) if options else None

    def server_key_of(self, endpoint: str) -> str:
        """The key that whoever binds an endpoint has to prove. Errors: ``OptionError`` where none is known."""
        key = self._server_key if isinstance(self._server_key, str) else self._server_key.get(endpoint)
        if key is None:
            raise OptionError("security.server_key", f"security.server_key has none for {endpoint!r}")
        return key

    def admits(self, key: str) -> bool:
        return key == self.keys.public or key in self.allow


class Guard:
    """How the sockets of one object are guarded."""

    def __init__(self, security: Optional[Security], insecure: bool) -> None:
        self.security = security
        self.insecure = insecure

    def refuse_exposed(self, endpoints: Sequence[str]) -> None:
        """Errors: ``OptionError`` for tcp that is bound beyond loopback without keys. Source: SEC-10."""
        if self.security is not None or self.insecure:
            return
        for endpoint in endpoints:
            if endpoint.startswith("tcp://") and not _is_loopback(endpoint[len("tcp://") :].rpartition(":")[0]):
                raise OptionError(
                    "bind",
                    f"bind: {endpoint!r} would let everybody who can reach this host read and send messages; give security=Security(key_file=…) "
                    "on both sides with keys from 'sluice keygen', bind a loopback address such as tcp://127.0.0.1:*, "
                    "or say insecure=True where the network itself is trusted",
                )


def guard_of(security: Optional[Security], insecure: bool) -> Guard:
    """Errors: ``OptionError`` for what is no ``Security``."""
    if security is not None and not isinstance(security, Security):
        raise OptionError("security", f"security must be a sluice.Security, not a {type(security).__name__}")
    return Guard(security, insecure is True)


def _is_loopback(host: str) -> bool:
    bare = host.strip("[]").lower()
    return bare in ("localhost", "lo", "lo0", "::1") or bare.startswith(("127.", "::ffff:127."))


def _pair(text: str) -> List[str]:
    endpoint, _, value = text.partition("=")
    return [endpoint.strip(), value.strip()]


def _each(given: PerEndpoint, read: Callable[[str], str]) -> Union[str, Dict[str, str]]:
    if isinstance(given, str):
        return read(given)
    return {endpoint: read(text) for endpoint, text in given.items()}


def _refuse_both(one: str, first: object, other: str, second: object) -> None:
    if first is not None and second is not None:
        raise OptionError(f"security.{other}", f"security: give {one} or {other}, not both")
