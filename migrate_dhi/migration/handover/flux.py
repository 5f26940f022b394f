"""Flux's image automation behind a marker beside an edited value: it scans the hardened image, and takes its tags.

``ImageRepository.spec.image`` becomes the hardened image, and ``ImagePolicy.spec.filterTags`` a pattern that fits its
tags, with the version in it, where a range of versions decides (its tags have a suffix, which ranges take as a
pre-release). What other markers or policies use too is left alone.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.grouping import grouped
from migrate_dhi.migration.handover.ground import Handed, HandoverGround
from migrate_dhi.migration.undoing import POLICY, followed
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.raw import RawObject, raw_objects
from migrate_dhi.untyped import mapping, text_at
from migrate_dhi.yamledit import Stream, format_path

_MARKER = regex(r"\{[^{}]*\$imagepolicy[^{}]*\}")
_TAG = regex(r"(?P<version>\d+(?:\.\d+)*)(?P<suffix>-[\w.-]+)?")


@record
class _Followed:
    """A policy that writes an edited value: its objects, the image that it is of, and the places of its markers."""

    policy: RawObject
    repository: RawObject
    after: Reference
    markers: tuple[tuple[str, int], ...]


def of_flux(ground: HandoverGround) -> Iterator[Handed]:
    """The objects of each policy that writes an edited value and nothing else."""
    markers = grouped(
        (name, (edit.file, number))
        for edit, number, comment in followed(ground.source, ground.edits)
        if POLICY.search(comment) and (name := _policy_of(comment))
    )
    if not markers or ground.source.files is None:
        return
    objects = list(raw_objects(Declared(ground.source.files, Addresses(()))))
    for name, places in markers.items():
        one = _followed(ground, objects, name, tuple(dict.fromkeys(places)))
        if one and not _shared(ground, objects, one, name):
            yield from _handed(ground, one)


def _policy_of(comment: str) -> str:
    """``namespace:name`` of the policy that a marker names."""
    found = _MARKER.search(comment)
    try:
        text = str(json.loads(found[0]).get("$imagepolicy", "")) if found else ""
    except ValueError:
        return ""
    return ":".join(text.split(":")[:2])


def _followed(
    ground: HandoverGround, objects: Sequence[RawObject], name: str, markers: tuple[tuple[str, int], ...]
) -> _Followed | None:
    policies = {_id(one): one for one in objects if one.data.get("kind") == "ImagePolicy"}
    scanned = {_id(one): one for one in objects if one.data.get("kind") == "ImageRepository"}
    policy = policies.get(name)
    repository = scanned.get(_scans(policy)) if policy else None
    image = Reference.try_parse(text_at(repository.data, "spec", "image")) if repository else None
    for before, after in ground.moving.items() if image else ():
        if image and policy and repository and image.canonical().image == before.canonical().image:
            return _Followed(policy, repository, after, markers)
    return None


def _id(one: RawObject) -> str:
    return f"{one.namespace or 'default'}:{text_at(one.data, 'metadata', 'name')}"


def _scans(policy: RawObject) -> str:
    """The repository of a policy, as its ``namespace:name``."""
    named = mapping(mapping(policy.data.get("spec")).get("imageRepositoryRef"))
    return f"{named.get('namespace') or policy.namespace or 'default'}:{named.get('name') or ''}"


def _shared(ground: HandoverGround, objects: Sequence[RawObject], one: _Followed, name: str) -> bool:
    """Whether another policy scans the same repository, or another place is written by the policy."""
    others = [
        policy
        for policy in objects
        if policy.data.get("kind") == "ImagePolicy" and _scans(policy) == _id(one.repository)
    ]
    files = ground.source.files
    places = {
        (path, number)
        for path, number, line in (files.lines_with("$imagepolicy") if files else ())
        if _policy_of(line) == name
    }
    return len(others) > 1 or bool(places - set(one.markers))


def _handed(ground: HandoverGround, one: _Followed) -> Iterator[Handed]:
    """The edits of the two objects; none where one of them cannot be made."""
    fact = f"ImageRepository scans {one.after.image}, with a login of its own"
    wanted: list[tuple[RawObject, tuple[str, ...], Any, str]] = [
        (one.repository, ("spec", "image"), one.after.image, fact)
    ]
    tags = _filter(one.policy.data, one.after.tag)
    if tags is None:
        return
    if tags:
        fact = f"the pattern of ImagePolicy fits {one.after.tag}"
        wanted.append((one.policy, ("spec", "filterTags"), tags, fact))
    before = dict(ground.changed)
    made = []
    try:
        for target, path, value, fact in wanted:
            old = _set(ground, target, path, value)
            shown = value if isinstance(value, str) else value["pattern"]
            made.append(
                Handed(
                    target.file,
                    target.line,
                    old,
                    shown,
                    fact,
                    format_path(path),
                    target.document,
                    one.markers,
                )
            )
    except EditRefusedError:
        ground.changed.clear()
        ground.changed.update(before)
        return
    yield from made


def _filter(policy: Mapping[str, Any], tag: str) -> dict[str, str] | None:
    """The filter that a policy needs for such tags: empty where it needs none, None where it is the user's to word."""
    spec = mapping(policy.get("spec"))
    semver = "semver" in mapping(spec.get("policy"))
    match = _TAG.fullmatch(tag)
    now = str(mapping(spec.get("filterTags")).get("pattern") or "")
    if not semver or not match:
        return None
    if not match["suffix"] and not now:
        return {}
    pattern = rf"^(?P<version>\d+(?:\.\d+)*){re.escape(match['suffix'] or '').replace(chr(92) + '-', '-')}$"
    return {"pattern": pattern, "extract": "$version"}


def _set(ground: HandoverGround, target: RawObject, path: tuple[str, ...], value: Any) -> str:
    """Write a value of an object; what stood there, for people. Raises EditRefusedError."""
    stream = Stream(ground.text(target.file), name=target.file, placeholders=True)
    document = stream.documents[target.document]
    old = document.get(path, None)
    ground.changed[target.file] = stream.replaced(target.document, document.set(path, value)).text
    return old if isinstance(old, str) else str(mapping(old).get("pattern") or "")
