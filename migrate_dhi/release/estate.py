"""The estate: everything that a repository deploys, and which release reads which file."""

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from migrate_dhi import redact
from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.grouping import grouped
from migrate_dhi.record import record
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.folders import ChartFolder, folders_above
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import NO_FOLDER, Origin, Release, Unresolved
from migrate_dhi.release.ways import WAYS

SCHEMA = "migrate-dhi/releases/1"
# As many entries of one object whose folders are not there are told as one.
_MANY = 4


@record
class Estate:
    """All releases of a repository.

    Args:
        releases: every deployment of a chart once, those of one file together.
        unresolved: what deploys a chart that cannot be known here, each with its reason.
        charts: every chart folder by its path, also those that only serve as a dependency.
        links: file → the other paths by which symbolic links lead to it.
    """

    releases: tuple[Release, ...]
    unresolved: tuple[Unresolved, ...]
    charts: Mapping[str, ChartFolder]
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, files: Snapshot, addresses: Addresses | None = None, folders: tuple[Path, ...] = ()
    ) -> "Estate":
        """Find all releases in the files of a repository; reads files and renders app-of-apps charts.

        ``folders`` hold charts that these depend on.
        """
        declared = Declared(files, addresses, folders)
        found: list[Release | Unresolved] = []
        for way in WAYS:
            found += map(_hidden, way(declared))
        releases = _once(_without_links(files, one) for one in found if isinstance(one, Release))
        # Before its operator runs a cluster is begun with a helmfile that repeats what the operator then keeps.
        begun = {one.id for one in releases if one.way == "helmfile"}
        operated = [one for one in releases if one.way in ("helmrelease", "application") and one.id in begun]
        kept = {_repeated(files, one) for one in operated}
        releases = [
            one
            for one in releases
            if one.way != "helmfile"
            or not (_repeated(files, one) in kept or any(_begins(files, one, other) for other in operated))
        ]
        unresolved = _told_once(dict.fromkeys(one for one in found if isinstance(one, Unresolved)))
        redact.names(*(word for one in releases for word in (one.name, one.namespace, one.file)))
        redact.names(*declared.contents.charts)
        deployed = {
            one.origin.path for one in releases if one.way != "chart" and one.origin.kind == "directory"
        }
        return cls(
            tuple(one for one in releases if one.way != "chart" or one.origin.path not in deployed),
            unresolved,
            declared.contents.charts,
            grouped((files.real(path), path) for path in files.paths if files.is_link(path)),
        )

    @cached_property
    def dependencies(self) -> tuple[ChartFolder, ...]:
        """The charts that only serve as a dependency of others, and libraries; those vendored in one are left out."""
        deployed = {one.origin.path for one in self.releases if one.origin.kind == "directory"}
        return tuple(
            chart
            for path, chart in sorted(self.charts.items())
            if (chart.of or chart.library)
            and not chart.vendored
            and path not in deployed
            and path == chart.path
        )

    def readers(self, file: str) -> tuple[Release, ...]:
        """The releases whose values or chart are read from a file, their charts' dependencies included."""
        return tuple(
            dict.fromkeys(one for path in (file, *self.links.get(file, ())) for one in self._readers(path))
        )

    def real(self, file: str) -> str:
        """The path that holds what a file says: another one where it is a symbolic link."""
        return next((real for real, paths in self.links.items() if file in paths), file)

    def reads_blindly(self, release: Release, file: str) -> bool:
        """Whether a release reads a file by a path that leads to it, and that is not its chart's values.yaml."""
        followed = posixpath.join(release.origin.path, "values.yaml")
        return any(
            release in self._readers(path)
            for path in self.links.get(file, ())
            if posixpath.normpath(followed) != path
        )

    def lies_beside(self, release: Release, file: str) -> bool:
        """Whether a release passes over a file that lies in the folder of its chart, as the values of another one.

        Only a template could read it (``.Files``): that is for a render to show.
        """
        inside = PurePosixPath(file)
        if inside.name in {"values.yaml", "Chart.yaml", "Chart.lock"} or "templates" in inside.parts:
            return False
        return not any(release in self._by_layer.get(path, ()) for path in (file, *self.links.get(file, ())))

    def _readers(self, file: str) -> tuple[Release, ...]:
        found = list(self._by_layer.get(file, ()))
        for folder in folders_above(file):
            for chart in self._with_dependents(folder):
                found += self._by_chart.get(chart, ())
        return tuple(dict.fromkeys(found))

    def _with_dependents(self, chart: str) -> list[str]:
        if chart not in self.charts or self.charts[chart].path != chart:
            # What a link to the chart leads to is read by the chart's own path.
            return []
        seen = [chart]
        for path in seen:
            seen += [one for one in self.charts[path].of if one not in seen]
        return seen

    def of_chart(self, folder: str) -> tuple[Release, ...]:
        """The releases of a chart that lies in a folder of the repository."""
        return tuple(self._by_chart.get(folder, ()))

    @cached_property
    def by_id(self) -> Mapping[str, list[Release]]:
        """The releases by ``namespace/name``."""
        return grouped((one.id, one) for one in self.releases)

    @cached_property
    def by_file(self) -> Mapping[str, list[Release]]:
        """The releases by the file of the object that deploys them."""
        return grouped((one.file, one) for one in self.releases)

    @cached_property
    def _by_layer(self) -> Mapping[str, list[Release]]:
        return grouped((file, one) for one in self.releases for file in one.files)

    @cached_property
    def _by_chart(self) -> Mapping[str, list[Release]]:
        local = (one for one in self.releases if one.origin.kind == "directory")
        return grouped((one.origin.path, one) for one in local)

    def to_json(self) -> dict[str, Any]:
        """The JSON of ``releases``."""
        return {
            "schema": SCHEMA,
            "releases": [release.to_json() for release in self.releases],
            "unresolved": [one.to_json() for one in self.unresolved],
            "dependencies": [
                {"name": chart.name, "path": chart.path, "of": list(chart.of)} for chart in self.dependencies
            ],
        }


def _without_links(files: Snapshot, release: Release) -> Release:
    """The release with its object and its values as they stand, where links lead to them: that is what is edited."""
    named = {release.file, *(file for layer in release.layers for file in (layer.file, *layer.sources))}
    if not any(map(files.is_link, named)):
        return release
    layers = tuple(
        replace(layer, file=files.real(layer.file), sources=tuple(map(files.real, layer.sources)))
        for layer in release.layers
    )
    # A chart that is reached by a link has a path of its own.
    file = release.file if release.way == "chart" else files.real(release.file)
    return replace(release, layers=layers, file=file, version_at=_real_place(files, release.version_at))


def _real_place(
    files: Snapshot, at: tuple[str, int, ValuesPath] | None
) -> tuple[str, int, ValuesPath] | None:
    return (files.real(at[0]), *at[1:]) if at else None


def _told_once(found: Iterable[Unresolved]) -> tuple[Unresolved, ...]:
    """What is not resolved; folders that are not there for many clusters of one object are told together.

    A list of clusters that is merged with those that are known to Argo CD names more than there are in each overlay.
    """

    def key(one: Unresolved) -> tuple[str, ...]:
        absent = one.reason.startswith(NO_FOLDER)
        return (one.way, one.file, str(one.line), *(() if absent else (one.name, one.reason)))

    told: list[Unresolved] = []
    for same in grouped((key(one), one) for one in found).values():
        more = f"{same[0].reason}, and none of {len(same) - 1} others that it would read"
        told += same if len(same) < _MANY else [replace(same[0], reason=more)]
    return tuple(told)


def _repeated(files: Snapshot, release: Release) -> tuple[str, Origin, frozenset[str]]:
    """What two releases share where one repeats the other: id, chart, and the files that hold their values."""
    holding = set()
    for layer in release.layers:
        if not _is_empty(files, layer):
            holding |= {layer.file, *layer.sources}
    return release.id, release.origin, frozenset(holding)


def _is_empty(files: Snapshot, layer: Layer) -> bool:
    texts = {layer.file: files.text(layer.file) or ""}
    try:
        return layer.form != "unread" and not layer.values(texts)
    except MigrateDhiError:
        return False


def _begins(files: Snapshot, release: Release, operated: Release) -> bool:
    """Whether a release of helmfile is what an operator keeps, with no values of its own that could be read.

    People install the definitions of a chart before its operator runs, or render the values of the operator's object.
    """
    one, other = release.origin, operated.origin
    # A digest says nothing of the version.
    same = one.version.removeprefix("v") == other.version.removeprefix("v") or ":" in other.version
    return (
        (release.id, one.name, same) == (operated.id, other.name, True)
        and one.kind != "directory"
        and all(
            _is_empty(files, layer) or (layer.form == "unread" and not layer.reason.startswith("secrets"))
            for layer in release.layers
        )
    )


def _hidden(one: Release | Unresolved) -> Release | Unresolved:
    """What a placeholder keeps from being known: files that people copy to begin a release are written like that."""
    if isinstance(one, Unresolved):
        return one
    told = f"{one.origin.url} {one.origin.name} {one.origin.version} {one.origin.path}"
    if "{{" not in told:
        return one
    return Unresolved(one.way, one.name, one.file, one.line, "a placeholder hides the chart")


def _once(releases: Iterable[Release]) -> list[Release]:
    """The releases without those that say the same; what is noted of them is no difference.

    Those that differ and are named alike (one object in the builds of several clusters) get the build behind the
    name of their object.
    """
    found: dict[Any, Release] = {}
    for one in releases:
        fills = tuple(tuple(sorted(layer.fill.items())) for layer in one.layers)
        found.setdefault((*_named(one), one.origin, one.layers, fills, one.revision, one.after), one)
    alike = Counter(map(_named, found.values()))
    numbers: Counter[Any] = Counter()
    different = []
    for one in found.values():
        if alike[_named(one)] > 1:
            name = f"{one.object or one.name}@{one.build or 'other'}"
            numbers[one.file, one.document, name] += 1
            again = numbers[one.file, one.document, name]
            one = replace(one, object=f"{name}-{again}" if again > 1 else name)  # noqa: PLW2901
        different.append(one)
    return different


def _named(one: Release) -> tuple[str | int, ...]:
    return one.way, one.namespace, one.name, one.file, one.document, one.object
