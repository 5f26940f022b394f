"""A use: one connection that a setting asks for; and what of many uses is the same one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from migrate_dhi.audit.ground import Item
from migrate_dhi.audit.leaves import SecretKey
from migrate_dhi.audit.places import Place
from migrate_dhi.audit.services import Address
from migrate_dhi.dhi.roles import Role
from migrate_dhi.grouping import grouped
from migrate_dhi.record import record

Auth = Literal["yes", "no", "unknown"]


@record
class Use:
    """One connection that a setting asks for.

    Args:
        release: id of the release, or empty.
        item: the object that holds the setting.
        component: the part of the application, or empty.
        role: what kind of backend it is.
        address: where it leads; None where that is not known here.
        host: the host as it is written.
        port: the port, where one is written.
        database: number or name; empty where it is not known.
        said: whether the database is written; else it is the default.
        auth: whether it authenticates.
        user: whether it gives a user.
        secrets: the keys of Secrets that it takes something from.
        tls: whether it asks for an encrypted connection.
        place: where the setting stands.
        workloads: what runs with it.
        asleep: why it is not deployed, or empty.
    """

    release: str
    item: Item
    component: str
    role: Role
    address: Address | None
    host: str
    port: int | None
    database: str
    said: bool
    auth: Auth
    user: bool
    secrets: tuple[SecretKey, ...]
    tls: bool
    place: Place
    workloads: tuple[Item, ...] = ()
    asleep: str = ""
    more: tuple[Place, ...] = ()

    @property
    def who(self) -> str:
        """Its name for people: the release, else the workload, with the component."""
        base = self.release.partition("/")[2] or next((one.name for one in self.workloads), self.item.name)
        return f"{base} {self.component}".strip()

    @property
    def app(self) -> str:
        """What owns it: the release, else its namespace and the object."""
        own = next((one.name for one in self.workloads), self.item.name)
        return self.release or f"{self.item.namespace}/{own}"


def merged(found: Sequence[Use]) -> Iterator[Use]:
    """One use for those that say the same; what names no component joins one that does."""
    groups = grouped((_same(use), use) for use in found)
    joined: dict[tuple[object, ...], list[Use]] = {}
    for key, group in groups.items():
        if not key[-1]:
            joined[key[:-1]] = group
    named = {key[:-1] for key in groups if key[-1]}
    for key, group in groups.items():
        if key[-1]:
            yield _one([*group, *joined.get(key[:-1], ())], group)
        elif key[:-1] not in named:
            yield _one(group, group)


def _same(use: Use) -> tuple[object, ...]:
    where = (use.address.namespace, use.address.name) if use.address else tuple(map(str, use.secrets))
    return use.app, where, use.role.name, use.database, use.component


def _one(group: Sequence[Use], own: Sequence[Use]) -> Use:
    """One use of a group, as the likeliest of ``own`` says it, with what the others add."""
    first = min(own, key=lambda use: (not use.said, use.auth != "yes", not use.place.line))
    rank: Mapping[Auth, int] = {"yes": 0, "no": 1, "unknown": 2}
    places = tuple(dict.fromkeys(use.place for use in group if use.place != first.place))
    return replace(
        first,
        auth=min((use.auth for use in group), key=lambda auth: rank[auth]),
        user=any(use.user for use in group),
        secrets=tuple(dict.fromkeys(one for use in group for one in use.secrets)),
        workloads=tuple({one.key: one for use in group for one in use.workloads}.values()),
        more=places,
    )
