"""Roles of backends: what a URL scheme, a port and the name of a key tell of a service and of who uses it.

They are data, ``playbooks/roles/*.yaml``; users add their own in a folder ``roles`` of their playbooks. Names of keys
are compared by their letters and digits alone, in small ones: ``REDIS_DB-Index`` is ``redisdbindex``.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from migrate_dhi.dhi.playbook import bundled_folder
from migrate_dhi.errors import CatalogError
from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_OTHER = regex(r"[^a-z0-9]")
_PARTS = regex(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


@lru_cache(maxsize=65536)
def plain(key: str) -> str:
    """The letters and digits of a name, in small ones."""
    return _OTHER.sub("", key.lower())


@lru_cache(maxsize=65536)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters: ``redisCache_HOST`` is redis, cache, host."""
    return tuple(part.lower() for part in _PARTS.split(name) if part)


@record
class Component:
    """A part of an application: the words that name it, and whether it loses something when its data is gone."""

    name: str
    words: tuple[str, ...]
    keeps: bool


@record
class Operator:
    """A kind of which an operator makes services and secrets; ``{name}`` in their names is the object's.

    ``auth`` tells that the operator lets nobody in without a password.
    """

    group: str
    kind: str
    services: tuple[str, ...]
    secrets: tuple[str, ...] = ()
    auth: bool = False


@record
class Role:
    """What is known of one kind of backend.

    ``keys`` maps host, port, user, password and secret to the names of keys that hold them; ``databases`` are kind
    (``number``, ``name``, ``none``), default, and how many there are; ``server`` maps what a server's own settings
    tell (auth, no_auth, users, replicas_to_write, persistence) to their names, and open_by_default and asks_by_default
    to what says how a server is without such settings; ``complaints`` are what servers and clients log (regular
    expressions) where a connection is refused.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    tls_schemes: tuple[str, ...]
    ports: tuple[int, ...]
    words: tuple[str, ...]
    database_kind: str
    database_default: str
    database_most: int
    keys: Mapping[str, tuple[str, ...]]
    server: Mapping[str, tuple[str, ...]]
    components: tuple[Component, ...]
    operators: tuple[Operator, ...]
    complaints: tuple[str, ...]

    @cached_property
    def by_word(self) -> Mapping[str, Component]:
        """Each word of a component."""
        return {word: one for one in self.components for word in one.words}

    def component(self, name: str) -> Component | None:
        """A component by its name."""
        return next((one for one in self.components if one.name == name), None)


@record
class Roles:
    """All roles, by what tells them."""

    all: tuple[Role, ...]

    def get(self, name: str) -> Role | None:
        """A role by its name."""
        return next((one for one in self.all if one.name == name), None)

    @cached_property
    def by_scheme(self) -> Mapping[str, Role]:
        """The role of each scheme of a URL."""
        return {scheme: one for one in self.all for scheme in one.schemes}

    @cached_property
    def by_port(self) -> Mapping[int, Role]:
        """The role of each port by default."""
        return {port: one for one in reversed(self.all) for port in one.ports}

    @cached_property
    def by_operated(self) -> Mapping[tuple[str, str], tuple[Role, Operator]]:
        """Role and operator of each group and kind."""
        return {(made.group, made.kind): (one, made) for one in self.all for made in one.operators}

    def named(self, name: str) -> Role | None:
        """The role that a word of a name tells."""
        found = words_of(name)
        return next((one for one in self.all if set(found) & set(one.words)), None)


def load_roles(extra: Iterable[Path] = ()) -> Roles:
    """Our own roles and those of further folders of playbooks, which win by name; raises CatalogError."""
    found: dict[str, Role] = {}
    for folder in (bundled_folder(), *extra):
        for file in sorted((folder / "roles").glob("*.yaml")):
            role = _read(file)
            found[role.name] = role
    # What says least of a name comes last.
    return Roles(tuple(sorted(found.values(), key=lambda one: one.database_kind == "none")))


def _read(file: Path) -> Role:
    try:
        data = yaml.safe_load(read_regular(file).decode("utf-8"))
        return _role(data)
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise CatalogError(
            f"this role is not in order: {type(error).__name__} {str(error).splitlines()[0] if str(error) else ''}",
            where=str(file),
            help="docs/role.schema.json lists the keys",
        ) from error


def _role(data: Mapping[str, Any]) -> Role:
    databases = data["databases"]
    keys = {name: _texts(data["keys"][name]) for name in ("host", "port", "user", "password", "secret")}
    return Role(
        str(data["name"]),
        str(data["title"]),
        _texts(data["schemes"]),
        _texts(data["tls_schemes"]),
        tuple(int(port) for port in data["ports"]),
        _texts(data["words"]),
        str(databases["kind"]),
        str(databases["default"]),
        int(databases.get("most") or 0),
        {**keys, "database": _texts(databases["names"])},
        {name: _texts(names) for name, names in data["server"].items()},
        tuple(Component(str(c["name"]), _texts(c["words"]), bool(c["keeps"])) for c in data["components"]),
        tuple(
            Operator(
                str(o["group"]),
                str(o["kind"]),
                _texts(o["services"]),
                _texts(o.get("secrets", ())),
                bool(o.get("auth")),
            )
            for o in data["operators"]
        ),
        _texts(data["complaints"]),
    )


def _texts(items: Iterable[Any]) -> tuple[str, ...]:
    if isinstance(items, str):
        raise TypeError(f"{items!r} is no list")
    return tuple(str(item) for item in items)
