"""Credentials for registries, as docker and podman keep them: read, never written, never shown.

Formats: docker's ``config.json`` (docs.docker.com, "docker login": ``auths``, ``credHelpers``, ``credsStore``) and
``containers-auth.json(5)`` of podman, whose keys may also name a namespace or repository. An organisation's token is a
login like any other: the user is the organisation's name.
"""

import base64
import binascii
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from migrate_dhi import redact
from migrate_dhi.errors import CredentialsError
from migrate_dhi.oci.helper import Helper
from migrate_dhi.oci.reference import DEFAULT_REGISTRY
from migrate_dhi.record import record
from migrate_dhi.untyped import mapping

# Docker keeps the login of its Hub under this, with a path.
HUB_KEY = "https://index.docker.io/v1/"
_HUB = frozenset({DEFAULT_REGISTRY, "index.docker.io", "registry-1.docker.io"})
# The user that a helper names where the secret is an identity token.
_TOKEN_USER = "<token>"  # noqa: S105 - a name, not a secret
_LARGEST = 4_000_000


@record
class Login:
    """One login: user and password, or a token that a token endpoint takes in their place.

    ``identity`` is a refresh token, ``bearer`` one that the registry takes as it is; ``source`` names the file or
    the helper, for people.
    """

    source: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of a header for basic authentication, or an empty string."""
        if not self.password:
            return ""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


class Credentials:
    """The user's logins; a file is read once, and a helper asked once for each registry.

    ``first`` are files of another program, in docker's format, that are looked into before podman's and docker's.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, first: Sequence[Path] = ()) -> None:
        self._first = tuple(first)
        self._environment = os.environ if environment is None else environment
        self._files: dict[Path, Mapping[str, Any]] = {}
        self._known: dict[str, Login | None] = {}

    def find(self, host: str, repository: str = "") -> Login | None:
        """The login for a repository of a registry, or None.

        Raises CredentialsError where a file that may hold one cannot be read, or its helper fails.
        """
        key = f"{host}/{repository}"
        if key not in self._known:
            found = next(
                (login for file in self._places() if (login := self._in(file, host, repository))), None
            )
            self._known[key] = found
        login = self._known[key]
        # Again each time: what was learned may have been forgotten since.
        for secret in (login.password, login.identity, login.bearer, login.basic[6:]) if login else ():
            redact.learn_value(secret)
        return login

    def mentions(self, host: str) -> bool:
        """Whether a file names a registry itself; no helper is asked, and a damaged file says nothing."""
        wanted = {_plain(name) for name in (*_HUB, HUB_KEY)} if host in _HUB else {host}
        for file in self._places():
            try:
                config = self._read(file)
            except CredentialsError:
                continue
            named = {_plain(key) for kind in ("auths", "credHelpers") for key in mapping(config.get(kind))}
            if wanted & named:
                return True
        return False

    def _places(self) -> Iterator[Path]:
        """The files in order: those that a variable names, podman's, docker's."""
        known = self._environment
        home = Path(known.get("HOME") or Path.home())
        named = known.get("REGISTRY_AUTH_FILE")
        docker = known.get("DOCKER_CONFIG")
        yield from self._first
        if named:
            yield Path(named)
        if docker:
            yield Path(docker) / "config.json"
        if known.get("XDG_RUNTIME_DIR"):
            yield Path(known["XDG_RUNTIME_DIR"]) / "containers/auth.json"
        yield Path(known.get("XDG_CONFIG_HOME") or home / ".config") / "containers/auth.json"
        if not docker:
            yield home / ".docker/config.json"

    def _in(self, file: Path, host: str, repository: str) -> Login | None:
        config = self._read(file)
        names = [HUB_KEY, *_HUB] if host in _HUB else [host]
        helpers = mapping(config.get("credHelpers"))
        helper = next((str(helpers[name]) for name in names if name in helpers), config.get("credsStore"))
        if helper:
            got = Helper(str(helper), str(file), self._environment).get(names[0])
            if got:
                return _of_helper(f"docker-credential-{helper}", *got)
        auths = {_plain(key): entry for key, entry in mapping(config.get("auths")).items()}
        for place in _wider(_plain(names[0]), host, repository):
            login = _of_entry(mapping(auths.get(place)), str(file))
            if login:
                return login
        return None

    def _read(self, file: Path) -> Mapping[str, Any]:
        if file not in self._files:
            self._files[file] = _content(file)
        return self._files[file]


def _content(file: Path) -> Mapping[str, Any]:
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise CredentialsError(
            f"the credentials cannot be read: {error.strerror}",
            where=str(file),
            help="let this user read the file",
        ) from error
    try:
        return mapping(json.loads(data)) if data.strip() else {}
    except ValueError:
        # Without a cause: what json says of it may quote the file.
        raise CredentialsError(
            "the credentials cannot be read: the file is no JSON",
            where=str(file),
            help="log in again, or correct it",
        ) from None


def _plain(key: str) -> str:
    """A key of ``auths`` without scheme and the path that old ones have: ``https://host/v1/`` is ``host``."""
    key = key.partition("://")[2] or key
    return key.rstrip("/").removesuffix("/v1").removesuffix("/v2")


def _wider(name: str, host: str, repository: str) -> Iterator[str]:
    """The keys that may hold a repository's login: itself, its namespaces, the registry; the narrowest first."""
    parts = repository.split("/") if repository else []
    for count in range(len(parts), 0, -1):
        yield f"{host}/{'/'.join(parts[:count])}"
    yield name
    yield host


def _of_helper(source: str, user: str, secret: str) -> Login:
    return Login(source, identity=secret) if user == _TOKEN_USER else Login(source, user, secret)


def _of_entry(entry: Mapping[str, Any], source: str) -> Login | None:
    user, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if entry.get("auth"):
        try:
            text = base64.b64decode(str(entry["auth"]), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            # Without a cause: it would hold the secret.
            raise CredentialsError(
                "a login in it is no base64 text", where=source, help="log in again"
            ) from None
        user, _, password = text.partition(":")
        password = password.strip("\0")
    identity, bearer = str(entry.get("identitytoken") or ""), str(entry.get("registrytoken") or "")
    if identity or bearer or password:
        return Login(source, user, password, identity, bearer)
    return None
