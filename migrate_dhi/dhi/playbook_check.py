"""Hold a playbook against the catalog: what it says of an image must be so in every line of it."""

from collections.abc import Iterable

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.playbook import Member, Playbook


def contradictions(playbook: Playbook, catalog: Catalog) -> list[str]:
    """What the catalog says otherwise, one sentence each; empty where playbook and catalog agree."""
    return [text for member in playbook.members for text in _contradictions(member, catalog)]


def _contradictions(member: Member, catalog: Catalog) -> Iterable[str]:
    if member.target not in catalog:
        yield f"the catalog of {catalog.date} lists no image {member.target}"
        return
    lines = [
        d
        for d in catalog.definitions(member.target)
        if d.variant == "runtime"
        and d.flavor == member.flavor
        and d.distro.startswith(member.distro or _family(member, catalog))
    ]
    if not lines:
        wish = " ".join(word for word in (member.distro, member.flavor) if word) or "plain"
        yield f"{member.target} has no {wish} runtime image in the catalog"
    for definition in lines:
        for fact, stated in _stated(member):
            listed = getattr(definition, fact)
            if stated != listed:
                yield f"{fact} of {definition.image}:{definition.tag} is {listed!r}, not {stated!r}"
        yield from _data(member, definition)


def _family(member: Member, catalog: Catalog) -> str:
    """Debian where the image comes on it, as the tag rule prefers."""
    on_debian = any(d.distro.startswith("debian") for d in catalog.definitions(member.target))
    return "debian" if on_debian else ""


def _stated(member: Member) -> Iterable[tuple[str, object]]:
    for fact in ("user", "uid", "shells", "ports", "entrypoint"):
        stated = getattr(member, fact)
        if stated is not None:
            yield fact, stated


def _data(member: Member, definition: Definition) -> Iterable[str]:
    """A data path that the image brings must have the owner that the playbook states."""
    owners = {path.path: (path.uid, path.gid) for path in definition.paths}
    for data in member.data:
        owner = owners.get(data.path)
        if owner and data.uid is not None and owner != (data.uid, data.gid):
            image = f"{definition.image}:{definition.tag}"
            yield f"{data.path} of {image} belongs to {owner}, not to {(data.uid, data.gid)}"
