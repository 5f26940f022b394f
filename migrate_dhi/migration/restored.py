"""Whether a reversal makes the manifests again what they were: rendered, and held against the steps' own renders.

A repository goes on, so its manifests are not asked to equal those of a year ago. What is asked: every field that
the steps changed, in every release that reads one of their files, has the value that it had before them; and
what else changes is told.
"""

import posixpath
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import Chart, join, remove
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions, read_values
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.kube.compare import ABSENT, Change, compare
from migrate_dhi.kube.manifests import Identity, Manifests
from migrate_dhi.migration.target import fetched
from migrate_dhi.record import record
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.layer import merged
from migrate_dhi.release.release import Release
from migrate_dhi.scratch import folder as scratch_folder
from migrate_dhi.untyped import child, maps, sequence

_Field = tuple[Identity, tuple[Any, ...]]
_MOST_TOLD = 20
_SECOND = 1.1


@record
class Restored:
    """What the renders show of a reversal.

    Attributes:
        releases: the releases that were rendered.
        fields: how many fields the steps had changed that are again what they were.
        wrong: those that are not, as people read them.
        besides: fields that change and that the steps had not changed.
        unproven: what was not rendered, each with its reason.
        engine: what rendered.
    """

    releases: tuple[str, ...] = ()
    fields: int = 0
    wrong: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    engine: str = ""

    @property
    def proven(self) -> bool:
        """Whether something was rendered, all that could be, and every field is again what it was."""
        return bool(self.releases) and not self.wrong and not self.unproven

    def to_json(self) -> dict[str, Any]:
        """The proof as JSON data."""
        return {
            "proven": self.proven,
            "releases": list(self.releases),
            "fields": self.fields,
            "wrong": list(self.wrong),
            "besides": list(self.besides),
            "unproven": list(self.unproven),
            "engine": self.engine or None,
        }


def restored(
    repository: Repository,
    states: Sequence[tuple[str, str]],
    base: str,
    files: Mapping[str, str | None],
    *,
    shelf: Shelf,
) -> Restored:
    """Render what the steps did, and what the reversal makes of the base; never raises for a chart.

    Args:
        repository: where.
        states: for each step that is taken back, newest first, the commits before and after it.
        base: the commit that the reversal is made on.
        files: path → text after the reversal, None for a file that goes.
        shelf: where charts and dependencies that are not in the repository come from.
    """
    files_now = Snapshot.of_commit(repository.root, base)
    now, then = _State(files_now, {}, shelf, files_now), _State(files_now, files, shelf, files_now)
    olds = {
        commit: _State(Snapshot.of_commit(repository.root, commit), {}, shelf, files_now)
        for commit in dict.fromkeys(commit for pair in states for commit in pair)
    }
    estate = Estate.of(files_now, Addresses.of_clone(repository.root))
    readers = dict.fromkeys(release for file in files for release in estate.readers(file))
    names: list[str] = []
    told = _Told()
    for release in readers:
        label = f"{release.id} ({release.file})"
        try:
            pairs = [(olds[before].render(release), olds[after].render(release)) for before, after in states]
            told.add(pairs, now.render(release), then.render(release), lambda r=release: now.again(r))
            names.append(label)
        except _NotRenderedError as error:
            told.unproven.append(f"{label}: {error}")
    if not readers:
        told.unproven.append("nothing in this repository deploys the files that change")
    return Restored(
        tuple(names),
        told.fields,
        tuple(told.wrong[:_MOST_TOLD]),
        tuple(told.besides[:_MOST_TOLD]),
        tuple(told.unproven),
        EmbeddedEngine().label,
    )


class _NotRenderedError(Exception):
    """A release that cannot be rendered here; never reaches the user as it is."""


class _State:
    """The files of a repository at one commit, some of them replaced."""

    def __init__(
        self, files: Snapshot, over: Mapping[str, str | None], shelf: Shelf, tracked: Snapshot
    ) -> None:
        self.files = files
        # What Git has in the newest state: on disk it is there, whatever this state has.
        self.tracked = tracked
        self.over = over
        self.shelf = shelf
        self.rendered: dict[Release, Manifests] = {}

    def render(self, release: Release) -> Manifests:
        """The manifests of a release."""
        if release not in self.rendered:
            self.rendered[release] = self.again(release)
        return self.rendered[release]

    def again(self, release: Release) -> Manifests:
        """The manifests of a release, rendered once more."""
        if any(layer.form == "unread" or layer.text for layer in release.layers):
            raise _NotRenderedError("some of its values are made or kept elsewhere")
        with scratch_folder() as scratch:
            try:
                return self._render(release, Path(scratch))
            except MigrateDhiError as error:
                raise _NotRenderedError(str(error)) from error

    def _render(self, release: Release, scratch: Path) -> Manifests:
        options = RenderOptions(
            release.name, release.namespace or "default", release.kube_version, release.api_versions
        )
        chart = self._chart(release, scratch)
        texts = {file: self._text(file) or "" for file in release.files} | dict(chart.texts)
        values = partial(merged, release.layers)
        with Renderer(chart, options, shelf=self.shelf, user_values=values) as renderer:
            return renderer.render(texts)

    def _chart(self, release: Release, scratch: Path) -> Chart:
        """The chart of a release as it was: laid out from this state, or fetched."""
        if release.origin.kind != "directory":
            return fetched(release, self.shelf)
        path = release.origin.path
        folders = self._charts(path)
        for folder in folders:
            self.files.lay_out(folder, scratch / folder)
        for file, text in self.over.items():
            target = scratch / file
            if text is None:
                remove(target)
            elif any(target.is_relative_to(scratch / folder) for folder in folders):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        # Archives that Git does not have are a source of dependencies, as a cache is.
        for archive in (self.files.root / path / "charts").glob("*.tgz"):
            target = scratch / path / "charts" / archive.name
            target.parent.mkdir(exist_ok=True)
            if not target.exists() and join(path, f"charts/{archive.name}") not in self.tracked:
                target.symlink_to(archive)
        names = [join(path, name) for name in ("Chart.yaml", "values.yaml")]
        texts = {name: text for name in names if (text := self._text(name)) is not None}
        if names[0] not in texts:
            raise _NotRenderedError(f"{names[0]} is not in {self.files.label}")
        return Chart.read(scratch / path, path, texts)

    def _charts(self, path: str) -> list[str]:
        """The chart's folder and those of the charts that it names by ``file://``, without those inside of others."""
        found = [path]
        for folder in found:
            name = join(folder, "Chart.yaml")
            for entry in maps(read_values(self._text(name) or "", where=name).get("dependencies")):
                address = str(entry.get("repository") or "")
                beside = posixpath.normpath(posixpath.join(folder, address.removeprefix("file://")))
                if (
                    address.startswith("file://")
                    and not beside.startswith(("..", "/"))
                    and beside not in found
                ):
                    found.append(beside)
        return [folder for folder in found if not any(_below(folder, other) for other in found)]

    def _text(self, file: str) -> str | None:
        real = self.files.real(file)
        return self.over[real] if real in self.over else self.files.text(real)


def _below(folder: str, other: str) -> bool:
    return folder != other and (other == "." or folder.startswith(f"{other}/"))


class _Told:
    """What the renders of all releases show."""

    def __init__(self) -> None:
        self.fields = 0
        self.wrong: list[str] = []
        self.besides: list[str] = []
        self.unproven: list[str] = []

    def add(
        self,
        steps: Iterable[tuple[Manifests, Manifests]],
        now: Manifests,
        then: Manifests,
        again: Any,
    ) -> None:
        """Hold a release against what its steps did, newest first."""
        expected: dict[_Field, Change] = {}
        for before, after in steps:
            expected |= {_field(change): change for change in compare(before, after)}
        moved = {_field(change): change for change in compare(now, then)}
        objects = {item.identity: item.data for item in then.objects}
        wrong = {
            key: change
            for key, change in expected.items()
            if not _equal(_found(objects.get(key[0], ABSENT), key[1]), change.before)
        }
        besides = {key: change for key, change in moved.items() if key not in expected}
        # Charts write times by the second, so a second look comes a second later.
        for pause in (0.0, _SECOND):
            if wrong or besides:
                time.sleep(pause)
                noise = {_field(change) for change in compare(now, again())}
                wrong = {key: change for key, change in wrong.items() if key not in noise}
                besides = {key: change for key, change in besides.items() if key not in noise}
        self.fields += len(expected) - len(wrong)
        self.wrong += map(str, wrong.values())
        self.besides += map(str, besides.values())


def _field(change: Change) -> _Field:
    """The field by names of list items, since others may have come before it."""
    owner = change.after_object if change.before is ABSENT else change.before_object
    data: Any = owner.data if owner else None
    named: tuple[Any, ...] = ()
    for step in change.path:
        data = child(data, step, ABSENT)
        name = data.get("name") if isinstance(step, int) and isinstance(data, dict) else None
        named = (*named, ("name", name) if isinstance(name, str) else step)
    return change.identity, named


def _found(data: Any, named: tuple[Any, ...]) -> Any:
    for step in named:
        if isinstance(step, tuple):
            data = next((one for one in sequence(data) if child(one, "name") == step[1]), ABSENT)
        else:
            data = child(data, step, ABSENT)
    return data


def _equal(one: Any, two: Any) -> bool:
    # Python takes 1, 1.0 and True for equal; Kubernetes does not.
    return type(one) is type(two) and bool(one == two)
