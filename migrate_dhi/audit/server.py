"""What a backend's own settings say: whether it asks for a password, keeps data, and needs replicas to write."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from migrate_dhi.audit.ground import Ground, Item
from migrate_dhi.audit.leaves import Leaf, leaves
from migrate_dhi.audit.readers import Readers
from migrate_dhi.audit.services import Backend
from migrate_dhi.dhi.roles import plain
from migrate_dhi.record import record

Auth = Literal["yes", "no", "unknown"]
_OFF = ("", "no", "false", "0", "off", '""', "''")


@record
class Setting:
    """One setting of a server, and the object that holds it."""

    item: Item
    key: str
    value: str
    secret: str = ""


class Server:
    """The settings of a backend's workloads and of what they read."""

    def __init__(self, ground: Ground, backend: Backend, readers: Readers) -> None:
        self.ground = ground
        self.backend = backend
        self._readers = readers

    @property
    def known(self) -> bool:
        """Whether its workloads are known here."""
        return bool(self.backend.workloads)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every setting."""
        return tuple(self._settings())

    def _settings(self) -> Iterator[Setting]:
        own = {one.key for one in self.backend.workloads}
        for item in self.ground.items:
            if item.key in own or (
                item.kind in ("ConfigMap", "Secret") and any(one.key in own for one in self._readers.of(item))
            ):
                for leaf in leaves(item.data):
                    yield Setting(item, leaf.key or _directive(leaf), _value(leaf), str(leaf.secret or ""))

    def told(self, name: str) -> Setting | None:
        """The first setting that tells something (``auth``, ``users``, ``persistence``), where it is on."""
        names = {plain(one) for one in self.backend.role.server.get(name, ()) if "=" not in one}
        pairs = {one for one in self.backend.role.server.get(name, ()) if "=" in one}
        for one in self.settings:
            key = plain(one.key)
            if key in names and (one.secret or one.value.lower() not in _OFF):
                return one
            if f"{key}={one.value.lower()}" in pairs:
                return one
        return None

    @cached_property
    def auth(self) -> tuple[Auth, str]:
        """Whether a password is asked for, and what tells it."""
        if self.backend.operator and self.backend.operator.auth:
            return "yes", f"the operator of {self.backend.item} lets nobody in without a password"
        if not self.known:
            return "unknown", "what runs behind it is not rendered here"
        open_ = self.told("no_auth")
        if open_:
            return "no", f"{open_.item} sets {open_.key}"
        asked = self.told("auth")
        if asked:
            return "yes", f"{asked.item} sets {asked.key}"
        # A server that refuses to start without a password, or makes one up, is not open because none is seen.
        if self.backend.role.server.get("open_by_default"):
            return "no", "none of its settings asks for one"
        always = self.backend.role.server.get("asks_by_default", ())
        return ("yes", always[0]) if always else ("unknown", "nothing tells")


def _directive(leaf: Leaf) -> str:
    """The word of a line such as ``requirepass secret``."""
    return leaf.value.partition(" ")[0]


def _value(leaf: Leaf) -> str:
    return leaf.value if leaf.key else leaf.value.partition(" ")[2].strip()
