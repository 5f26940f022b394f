"""What a backend's own settings say: whether it asks for a password, keeps data, and needs replicas to write."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from migrate_dhi.audit.ground import Ground, Item
from migrate_dhi.audit.leaves import Leaf, leaves
from migrate_dhi.audit.readers import Readers
from migrate_dhi.audit.services import Backend
from migrate_dhi.dhi.roles import plain
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record

Auth = Literal["yes", "no", "unknown"]
_READ = ("ConfigMap", "Secret", "SealedSecret")
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
                item.kind in _READ and any(one.key in own for one in self._readers.of(item))
            ):
                # Of a Secret that stands in Git the keys alone are known.
                hidden = item.name if "Secret" in item.kind and not item.release else ""
                for leaf in leaves(item.data):
                    secret = str(leaf.secret or hidden)
                    yield Setting(item, leaf.key or _directive(leaf), _value(leaf), secret)
                    if item.kind in _READ and leaf.scope[-1:] == ("data",):
                        # A file of a single line.
                        yield Setting(item, _directive(leaf), leaf.value.partition(" ")[2].strip())

    def _hidden(self) -> str:
        """A Secret that one of its pods takes whole, and of which not even the keys are known; certificates apart."""
        own = {one.key for one in self.backend.workloads}
        certificates = {
            (item.namespace, value_at(item.data, ("spec", "secretName")))
            for item in self.ground.kind("Certificate")
        }
        wanted = (
            (one.namespace, one.name) for one in self._readers.wanted if one.item.key in own and not one.key
        )
        return next(
            (
                where[1]
                for where in wanted
                if where not in certificates and not self.ground.secret_names.get(where)
            ),
            "",
        )

    def told(self, name: str, *, whole: bool = False) -> Setting | None:
        """The first setting that tells something (``auth``, ``users``, ``persistence``), where it is on.

        With ``whole`` only one that tells it by its value.
        """
        listed = self.backend.role.server.get(name, ())
        names = {plain(one) for one in listed if "=" not in one and not whole}
        pairs = {one for one in listed if "=" in one}
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
        # That none is needed counts where none is given; some values switch it off in any case.
        open_, asked = self.told("no_auth", whole=True), self.told("auth")
        if asked and not open_:
            return "yes", f"{asked.item} sets {asked.key}"
        open_ = open_ or self.told("no_auth")
        if open_:
            return "no", f"{open_.item} sets {open_.key}"
        hidden = self._hidden()
        if hidden:
            return "unknown", f"the Secret {hidden} may hold a password, and is not read"
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
