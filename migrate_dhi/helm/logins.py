"""What Helm's own file of chart repositories knows: names for addresses, and how to log in there.

The file is read and never written. It is found as Helm finds it: ``HELM_REPOSITORY_CONFIG``, else
``repositories.yaml`` in Helm's configuration folder (helm.sh/docs/helm/helm, "environment variables").
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from migrate_dhi import redact
from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.engine import read_values
from migrate_dhi.record import record
from migrate_dhi.untyped import maps

_NAMED = ("@", "alias:")


@record
class Login:
    """How to ask a chart repository; everything may be empty.

    ``everywhere`` sends name and password to other hosts too (Helm's ``--pass-credentials``).
    """

    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    unchecked: bool = False
    everywhere: bool = False


def repositories_file() -> Path:
    """Where Helm keeps the chart repositories that the user added."""
    named = os.environ.get("HELM_REPOSITORY_CONFIG")
    return Path(named) if named else _configuration() / "repositories.yaml"


def registries_file() -> Path:
    """Where ``helm registry login`` keeps the logins for registries, in docker's format."""
    named = os.environ.get("HELM_REGISTRY_CONFIG")
    return Path(named) if named else _configuration() / "registry" / "config.json"


def address_of(repository: str) -> str:
    """The address of a repository that may be named as Helm names it (``@stable``, ``alias:stable``).

    Raises DependencyError: the user's Helm has no repository of that name.
    """
    prefix = next((one for one in _NAMED if repository.startswith(one)), "")
    if not prefix:
        return repository
    name = repository.removeprefix(prefix)
    for entry in _entries():
        if entry.get("name") == name:
            return str(entry.get("url") or "")
    raise DependencyError(
        f"Helm has no chart repository named {name} here ({repositories_file()})",
        help=f"add it: helm repo add {name} URL",
    )


def login_of(repository: str) -> tuple[str, Login]:
    """A repository's address without the user that stands in it, and how to log in there."""
    parts = urlsplit(repository)
    address = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    for entry in _entries():
        if str(entry.get("url") or "").rstrip("/") in {repository.rstrip("/"), address.rstrip("/")}:
            login = _login(entry)
            break
    else:
        login = Login()
    if parts.username and not login.username:
        login = Login(unquote(parts.username), unquote(parts.password or ""))
    return address, login


def _login(entry: Mapping[str, Any]) -> Login:
    def text(key: str) -> str:
        return str(entry.get(key) or "")

    return Login(
        text("username"),
        text("password"),
        text("caFile"),
        text("certFile"),
        text("keyFile"),
        unchecked=bool(entry.get("insecure_skip_tls_verify")),
        everywhere=bool(entry.get("pass_credentials_all")),
    )


def _entries() -> tuple[Mapping[str, Any], ...]:
    file = repositories_file()
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=2)
def _read(file: Path, _changed: int) -> tuple[Mapping[str, Any], ...]:
    text = file.read_text(encoding="utf-8")
    redact.learn(text)
    return tuple(maps(read_values(text, where=str(file)).get("repositories")))


def _configuration() -> Path:
    home = os.environ.get("HELM_CONFIG_HOME")
    if home:
        return Path(home)
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Preferences"
    elif sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path.home() / ".config"
    return Path(os.environ.get("XDG_CONFIG_HOME") or base) / "helm"
