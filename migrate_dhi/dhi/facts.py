"""What the commands ``catalog`` and ``playbook`` show, as plain data in the shape of their JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.naming import meant
from migrate_dhi.dhi.playbook import Member, Playbook, Playbooks
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.tags import release_of
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.dhi.upstream import match
from migrate_dhi.errors import UnknownImageError
from migrate_dhi.oci.reference import Reference

Json = dict[str, Any]


def catalog_list(catalog: Catalog, word: str = "") -> list[Json]:
    """All images whose name contains a word: line names, number of tags, shells of the runtime images."""
    return [_overview(catalog, name) for name in catalog.names() if word in name]


def _overview(catalog: Catalog, name: str) -> Json:
    definitions = catalog.definitions(name)
    shells = {shell for d in definitions if d.variant == "runtime" for shell in d.shells}
    return {
        "name": name,
        "lines": list(dict.fromkeys(d.line for d in sorted(definitions, key=newest_first))),
        "tags": sum(len(d.tags) for d in definitions),
        "runtime_shells": sorted(shells),
    }


def catalog_show(catalog: Catalog, name: str) -> Json:
    """One image with its definitions (newest line first, runtime before dev), past tags and Docker's own use.

    Raises UnknownImageError with names alike where the catalog lists no such image.
    """
    if name not in catalog:
        help_text = meant(name, catalog.names()) or "see `migrate-dhi catalog list`"
        raise UnknownImageError(f"the catalog of {catalog.date} lists no image {name}", help=help_text)
    definitions = sorted(catalog.definitions(name), key=newest_first)
    return {
        "image": name,
        "title": catalog.record("image", name).get("title", name),
        "catalog": {"source": catalog.source, "date": catalog.date, "commit": catalog.commit},
        "lines": [_line(definition) for definition in definitions],
        "past_tags": [asdict(tag) for tag in catalog.past_tags(name)],
    }


def newest_first(definition: Definition) -> tuple[object, ...]:
    """Sorts definitions: newest version first, in it runtime before dev, plain before flavors, Debian first."""
    newest = tuple(-number for number in definition.release)
    distro = tuple(-number for number in release_of(definition.distro.partition("-")[2]))
    return (newest, definition.variant == "dev", definition.flavor, definition.distro[:1] != "d", distro)


def _line(definition: Definition) -> Json:
    return {
        "line": definition.line,
        "version": definition.version,
        "distro": definition.distro,
        "variant": definition.variant,
        "flavor": definition.flavor,
        "tags": list(definition.tags),
        "user": definition.user,
        "uid": definition.uid,
        "gid": definition.gid,
        "shells": list(definition.shells),
        "packages": list(definition.packages),
        "entrypoint": list(definition.entrypoint),
        "cmd": list(definition.cmd),
        "ports": list(definition.ports),
        "end_of_life": definition.end_of_life.isoformat() if definition.end_of_life else None,
        "released": definition.released.isoformat() if definition.released else None,
        "environment": dict(definition.environment),
        "work_dir": definition.work_dir,
        "paths": [asdict(path) for path in definition.paths],
        "platforms": list(definition.platforms),
        "sources": list(definition.sources),
    }


def catalog_match(catalog: Catalog, playbooks: Playbooks, image: str, bounds: Bounds | None = None) -> Json:
    """The candidates for an upstream image, best first, and what a plan would make of it by itself.

    Raises MalformedReferenceError where it is no image.
    """
    reference = Reference.parse(image)
    candidates = match(reference, catalog, playbooks)
    decision = decide([reference], Wishes(bounds=bounds or Bounds()), catalog, playbooks)[reference]
    return {
        "image": image,
        "candidates": [
            {**asdict(candidate), "listed": candidate.target in catalog} for candidate in candidates
        ],
        "decision": {
            "status": decision.status,
            "after": str(decision.after) if decision.after else None,
            "rule": decision.rule or None,
            "reason": decision.reason,
            "offers": [str(offer) for offer in decision.candidates],
            "findings": [note.to_json() for note in decision.notes],
        },
    }


def catalog_diff(old: Catalog, new: Catalog) -> Json:
    """What changed from one catalog to another: images, and for images in both their tags and users."""
    before, after = set(old.names()), set(new.names())
    changed = {name: change for name in sorted(before & after) if (change := _changes(old, new, name))}
    return {
        "from": {"source": old.source, "date": old.date, "commit": old.commit},
        "to": {"source": new.source, "date": new.date, "commit": new.commit},
        "images_added": sorted(after - before),
        "images_removed": sorted(before - after),
        "images_changed": changed,
    }


def _changes(old: Catalog, new: Catalog, name: str) -> Json:
    before = {tag: d for d in old.definitions(name) for tag in d.tags}
    after = {tag: d for d in new.definitions(name) for tag in d.tags}
    change: Json = {}
    if gone := sorted(before.keys() - after.keys()):
        change["tags_removed"] = gone
    if added := sorted(after.keys() - before.keys()):
        change["tags_added"] = added
    facts = {
        f"{d.line} {d.distro} {d.variant} {d.flavor}".strip(): (d.user, d.uid, d.shells)
        for d in before.values()
    }
    for definition in dict.fromkeys(after.values()):
        key = f"{definition.line} {definition.distro} {definition.variant} {definition.flavor}".strip()
        now = (definition.user, definition.uid, definition.shells)
        if facts.get(key, now) != now:
            change.setdefault("facts_changed", []).append(key)
    return change


def playbook_list(playbooks: Playbooks) -> list[Json]:
    """All playbooks with the hardened images that they are about."""
    return [
        {"name": p.name, "title": p.title, "targets": [m.target for m in p.members], "file": p.file}
        for p in playbooks
    ]


def playbook_show(playbooks: Playbooks, name: str) -> Json:
    """One playbook in full; UnknownImageError with names alike where there is none of that name."""
    playbook = playbooks.get(name)
    if playbook is None:
        help_text = meant(name, playbooks.names()) or "see `migrate-dhi playbook list`"
        raise UnknownImageError(f"there is no playbook {name}", help=help_text)
    return asdict(playbook)


def playbook_check(books: Sequence[Playbook] | Playbooks, catalog: Catalog) -> list[Json]:
    """For each playbook what the catalog says otherwise (an empty list: they agree)."""
    return [{"name": p.name, "file": p.file, "contradictions": contradictions(p, catalog)} for p in books]


def contradictions(playbook: Playbook, catalog: Catalog) -> list[str]:
    """What the catalog says otherwise, one sentence each; empty where playbook and catalog agree."""
    return [text for member in playbook.members for text in _contradictions(member, catalog)]


def _contradictions(member: Member, catalog: Catalog) -> Iterable[str]:
    if member.target not in catalog:
        yield f"the catalog of {catalog.date} lists no image {member.target}"
        return
    runtime = [d for d in catalog.definitions(member.target) if d.variant == "runtime"]
    # Some images come in flavors alone, and what is said without one is said of each.
    every = not member.flavor and all(d.flavor for d in runtime)
    lines = [
        d
        for d in runtime
        if (every or d.flavor == member.flavor)
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
