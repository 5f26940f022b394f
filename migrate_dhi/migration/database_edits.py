"""Edits that give each component a database of its own, each proven: it moves this one and changes nothing else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.audit.clients import Clients
from migrate_dhi.audit.databases import Allotment
from migrate_dhi.audit.ground import Ground, Item, Rendered, items_of
from migrate_dhi.audit.leaves import leaves
from migrate_dhi.audit.places import Finder
from migrate_dhi.audit.report import BackendAudit
from migrate_dhi.audit.services import Backend
from migrate_dhi.dhi.roles import Roles, plain, words_of
from migrate_dhi.edit import Edit, Set, ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.grouping import grouped
from migrate_dhi.migration.editing import edited
from migrate_dhi.migration.plan import PlannedEdit
from migrate_dhi.migration.step_texts import planned_edits, unified_diff
from migrate_dhi.record import record
from migrate_dhi.trace.unlisted import leaves as values_leaves

_MOST_TRIALS = 12
_BY_HAND = "no chart renders it: edit its manifest by hand"


@record
class Given:
    """What became of one allotment: its edits, or the reason why there is none."""

    allotment: Allotment
    edits: tuple[PlannedEdit, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The entry in the JSON of ``audit --edits``."""
        return {
            "client": self.allotment.use.who,
            "release": self.allotment.use.release or None,
            "now": self.allotment.now,
            "proposed": self.allotment.proposed or None,
            "proven": bool(self.edits),
            "reason": self.reason or None,
            "edits": [edit.to_json() for edit in self.edits],
        }


@record
class DatabaseEdits:
    """The edits for one backend, and the diff of all files, fit for ``git apply``."""

    given: tuple[Given, ...]
    diff: str

    def to_json(self) -> dict[str, Any]:
        """The part of a backend in the JSON of ``audit --edits``."""
        return {"given": [one.to_json() for one in self.given], "diff": self.diff}


def database_edits(ground: Ground, roles: Roles, audited: BackendAudit) -> DatabaseEdits:
    """The edits that make the allotments of a backend true, release by release; nothing is written."""
    given: list[Given] = []
    diffs: dict[str, str] = {}
    by_release = grouped((one.use.release, one) for one in audited.allotments)
    for release, allotments in by_release.items():
        rendered = ground.by_id.get(release)
        if rendered is None or rendered.renderer is None:
            missing = ground.missing.get(release)
            why = f"its chart could not be rendered ({missing.reason})" if missing else _BY_HAND
            given += [Given(one, reason=why) for one in allotments]
            continue
        mover = _Mover(ground, roles, audited.backend, rendered)
        given += [mover.moved(one) for one in allotments]
        before = rendered.deployed.chart.texts
        for file, text in sorted(mover.texts.items()):
            if before.get(file) != text:
                diffs[file] = unified_diff(file, before.get(file), text)
    return DatabaseEdits(tuple(given), "".join(diffs.values()))


class _Mover:
    """The texts of one release, in which one component after the other gets its database."""

    def __init__(self, ground: Ground, roles: Roles, backend: Backend, rendered: Rendered) -> None:
        self._ground = ground
        self._roles = roles
        self._backend = backend
        self._rendered = rendered
        self.texts: Mapping[str, str] = rendered.deployed.chart.texts

    def moved(self, one: Allotment) -> Given:
        """Give a component its database, by the first value that does it and nothing else."""
        if not one.proposed:
            return Given(one, reason="no number is left for it")
        if one.proposed == one.now:
            return Given(one, reason="it has that number")
        try:
            before = self._items(self.texts)
        except MigrateDhiError as error:
            return Given(one, reason=str(error).splitlines()[0])
        reason = "no value of the release holds the number"
        for path, value in list(self._candidates(one))[:_MOST_TRIALS]:
            edits = self._rendered.deployed.edits([Set(path, value)], self.texts, self._rendered.values)
            shared = self._shared(edits)
            if not edits or shared:
                reason = f"{shared} reads that file too" if shared else reason
                continue
            try:
                texts = edited(self.texts, edits)
                after = self._items(texts)
            except MigrateDhiError as error:
                reason = str(error).splitlines()[0]
                continue
            if self._holds(one, before, after):
                planned = planned_edits(edits, self.texts, texts)
                self.texts = texts
                return Given(one, planned)
            reason = "a value that holds the number changes something else, or not this client"
        return Given(one, reason=reason)

    def _candidates(self, one: Allotment) -> Iterator[tuple[ValuesPath, Any]]:
        """The values that hold the number, with what they would become; those near the component's name first."""
        names = set(self._backend.role.keys["database"])
        component = self._backend.role.component(one.use.component)
        near = {*words_of(one.use.component), *(component.words if component else ())}
        found: list[tuple[int, ValuesPath, Any]] = []
        for path, value in values_leaves(self._rendered.values):
            key = plain(str(path[-1])) if path else ""
            words = {word for step in path for word in words_of(str(step))}
            rank = -len(near & words)
            if (
                str(value) == one.now
                and not isinstance(value, bool)
                and any(key.endswith(name) for name in names)
            ):
                found.append((rank, path, int(one.proposed) if isinstance(value, int) else one.proposed))
            elif isinstance(value, str) and "://" in value and one.use.host in value:
                other = re.sub(rf"/{one.now}(?=[?\s\"']|$)", f"/{one.proposed}", value)
                if other != value:
                    found.append((rank, path, other))
        found.sort(key=lambda item: item[0])
        yield from ((path, value) for _, path, value in found)

    def _shared(self, edits: Sequence[Edit]) -> str:
        """Another release that reads a file which would be edited; empty where there is none."""
        files = {edit.file for edit in edits}
        known = [(one.id, one.deployed.files) for one in self._ground.rendered]
        known += [(one.id, one.files) for one in self._ground.unrendered]
        own = self._rendered.id
        return next((name for name, read in known if name != own and not files.isdisjoint(read)), "")

    def _items(self, texts: Mapping[str, str]) -> tuple[Item, ...]:
        renderer = self._rendered.renderer
        if renderer is None:
            raise AssertionError("only what renders is edited")
        return items_of(renderer.render(texts), self._rendered.namespace, self._rendered.id)

    def _databases(self, items: tuple[Item, ...]) -> dict[str, str]:
        """The database of each client in a render, by its name."""
        backend = self._backend
        ground = Ground((replace(self._rendered, items=items),), (backend.item, *backend.workloads))
        clients = Clients(ground, self._roles, [backend], Finder(ground, {}))
        return {use.who: use.database for use in clients.uses if clients.backend(use.address)}

    def _holds(self, one: Allotment, before: tuple[Item, ...], after: tuple[Item, ...]) -> bool:
        """Whether this client moved, no other did, and each field that differs does so by the number alone."""
        wanted = {**self._databases(before), one.use.who: one.proposed}
        if self._databases(after) != wanted:
            return False
        old, new = _fields(before), _fields(after)
        number = re.compile(rf"(?<!\d){re.escape(one.now)}(?!\d)")
        return old.keys() == new.keys() and all(
            value == new[key]
            or "annotations" in key[1]
            or number.sub(one.proposed, value) == new[key]
            # A field may hold the number for something else, too.
            or _by_one(value, new[key], number, one.proposed)
            for key, value in old.items()
        )


def _by_one(before: str, after: str, number: re.Pattern[str], proposed: str) -> bool:
    """Whether one of the places of a number alone tells two texts apart."""
    return any(
        f"{before[: found.start()]}{proposed}{before[found.end() :]}" == after
        for found in number.finditer(before)
    )


def _fields(items: Sequence[Item]) -> dict[tuple[Any, tuple[str, ...], int], str]:
    """Every field of objects by object and place; those of one place are told apart by their order."""
    found: dict[tuple[Any, tuple[str, ...], int], str] = {}
    for item in items:
        for leaf in leaves(item.data):
            place = tuple(map(str, leaf.path))
            count = 0
            while (item.key, place, count) in found:
                count += 1
            found[item.key, place, count] = leaf.value
    return found
