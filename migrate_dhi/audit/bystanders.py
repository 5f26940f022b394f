"""Who is no client, and worth a word: a setting for one is there, and is empty or leads elsewhere."""

from collections.abc import Iterator

from migrate_dhi.audit.clients import Clients
from migrate_dhi.audit.ground import Rendered
from migrate_dhi.audit.leaves import Leaf
from migrate_dhi.audit.places import Place, line_in
from migrate_dhi.audit.services import Backend
from migrate_dhi.audit.urls import split_port, urls
from migrate_dhi.dhi.roles import Role, words_of
from migrate_dhi.record import record

_HOSTS = ("url", "uri", "host", "hostname", "addr", "address", "server", "endpoint", "dsn")


@record
class Bystander:
    """A release that is no client, and why that is worth a word."""

    release: str
    reason: str
    place: Place
    asleep: str = ""


def bystanders(clients: Clients, backend: Backend, *, alone: bool) -> Iterator[Bystander]:
    """The releases with a client setting of the backend's role that do not lead to it.

    Where this backend is not the only one that is looked at (``alone``), the clients of others are no news.
    """
    if backend.role.database_kind == "none":
        return
    others = {use.release for use in clients.uses if use.role == backend.role and not alone}
    using = others | {use.release for use in clients.uses if clients.backend(use.address) == backend}
    own = {item.release for item in backend.workloads} | {backend.item.release}
    for rendered in clients.ground.rendered:
        if rendered.id in using or rendered.id in own:
            continue
        found = _setting(clients, rendered, backend.role)
        if found:
            leaf, reason = found
            file, line = line_in(rendered, leaf.key, [str(step) for step in leaf.path])
            yield Bystander(
                rendered.id, reason, Place(file, line, ".".join(map(str, leaf.path))), rendered.asleep
            )


def _setting(clients: Clients, rendered: Rendered, role: Role) -> tuple[Leaf, str] | None:
    """The first setting that a person wrote for such a client, and where it leads."""
    for leaf in clients.written(rendered):
        words = {word for step in leaf.path for word in words_of(str(step))}
        if not words & set(role.words) or not words_of(leaf.key) or words_of(leaf.key)[-1] not in _HOSTS:
            continue
        shown = ".".join(str(step) for step in leaf.path)
        if not leaf.value:
            return leaf, f"{shown} is empty"
        hosts = [url.host for url in urls(leaf.value)] or [split_port(leaf.value)[0]]
        address = clients.names.address(hosts[0], rendered.namespace)
        if address:
            return leaf, f"{shown} leads to {address.namespace}/{address.name}"
        if "." in hosts[0] and "/" not in hosts[0]:
            return leaf, f"{shown} leads to {hosts[0]}, which is no Service of this repository"
    return None
