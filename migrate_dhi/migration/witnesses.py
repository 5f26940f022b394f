"""Everything else in the repository that reads an edited file: it must not change by a plan that is not for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import InvalidChartError, LimitError, MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import join
from migrate_dhi.helm.engine import read_values
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.kube.compare import ABSENT, Change, compare
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.migration.immutable import of_changes
from migrate_dhi.migration.plan import ReleaseSummary
from migrate_dhi.migration.releases import summary_of
from migrate_dhi.migration.source import Source
from migrate_dhi.record import record
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer, merged
from migrate_dhi.release.release import Release
from migrate_dhi.steps.derived import follows, is_annotation, is_label
from migrate_dhi.wording import some_of

Texts = Mapping[str, str]
NOT_RENDERED = "witness-unproven"


class Witnesses:
    """The releases beside a target.

    Args:
        source: the target, with all that its repository deploys.
        open_release: opens another release as the target was opened.
        renderer_of: makes what renders a release.
    """

    def __init__(
        self,
        source: Source,
        open_release: Callable[[Release], Source],
        renderer_of: Callable[[Deployed], Renderer],
    ) -> None:
        self._source = source
        self._open_release = open_release
        self._renderer_of = renderer_of
        self._stack = ExitStack()
        self._known: dict[Release, _Witness] = {}
        self._unproven: dict[Release, str] = {}
        self._immutable: dict[Finding, None] = {}

    def close(self) -> None:
        """Remove the scratch directories."""
        self._stack.close()

    def readers(self, files: Iterator[str] | frozenset[str]) -> tuple[Release, ...]:
        """The releases that read one of these files in this revision, and are no part of the target."""
        return tuple(release for release in self._readers(files) if not release.revision)

    def _readers(self, files: Iterator[str] | frozenset[str]) -> tuple[Release, ...]:
        estate = self._source.estate
        if estate is None:
            return ()
        own = {*self._source.target.releases}
        found = dict.fromkeys(release for file in sorted(files) for release in estate.readers(file))
        return tuple(release for release in found if release not in own and not self._is_target(release))

    def _is_target(self, release: Release) -> bool:
        """A chart directory that is planned by itself is the release of the way ``chart``."""
        chart = self._source.chart
        return release.way == "chart" and chart.editable and release.origin.path == chart.path

    def share(self, layer: Layer) -> bool:
        """Whether a release beside the target reads what a layer holds, in its own values or in a chart.

        A chart whose template is the object that deploys a release only hands on what that object holds.
        """
        return any(self.sharers(layer))

    def sharers(self, layer: Layer) -> Iterator[Release]:
        """Those releases beside the target."""
        estate = self._source.estate
        for release in self.readers(frozenset({layer.file})):
            if estate and estate.lies_beside(release, layer.file):
                continue
            if _reads(release, layer) and not _makes(release, layer):
                yield release

    def faults(self, before: Texts, after: Texts) -> list[str]:
        """What the edits between two states change in other releases, each told with the release.

        ``before`` and ``after`` are the texts of the files that may be edited.
        """
        changed = _changed(before, after)
        return [fault for release in self.readers(changed) for fault in self._fault(release, before, after)]

    def _fault(self, release: Release, before: Texts, after: Texts) -> Iterator[str]:
        changed = _changed(before, after)
        stale = any(layer.is_stale(before, after) for layer in release.layers)
        if stale or self._by_link(release, changed):
            how = "is composed of it" if stale else "reads it through a link"
            yield f"{release.id} {how}, which cannot be followed"
            return
        try:
            witness = self._witness(release)
            if not witness.reads_otherwise(before, after):
                return
            found, carried = witness.changes(before, after)
            changes = [one for one in found if not self._is_handed_on(one, release, after)]
        except LimitError:
            # It still takes what any other render would need.
            raise
        except MigrateDhiError as error:
            if self._same_values(release, before, after):
                self._unproven[release] = error.message
                return
            yield f"{release.id} reads it and cannot be rendered ({error.message})"
            return
        unread = [layer.file for layer in release.layers if layer.form == "unread"]
        if unread and not found:
            yield f"{release.id} reads it, and values over it that are not read here ({unread[0]})"
        if not changes:
            # A label is nothing to speak of, but where the cluster refuses to change it.
            told = [replace(one, message=f"{release.id}: {one.message}") for one in of_changes(carried)]
            self._immutable |= dict.fromkeys(told)
        else:
            yield f"changes the release {release.id}: {some_of(map(str, changes), 1)}"

    def _is_handed_on(self, change: Change, release: Release, after: Texts) -> bool:
        """Whether a change is the edit itself, in the object of an app-of-apps chart that deploys the target.

        Other objects that the same template makes are releases of their own, which are rendered too.
        """
        file = join(release.origin.path, change.object.template.partition("/")[2])
        path = change.path
        through = f"{file}#{change.object.identity.name}"
        if _is_given(path) and any(_gives(layers, change, after) for layers in self._through(through)):
            return True
        return any(
            (
                layer.file == file
                and _makes(release, layer)
                and (
                    path[: len(layer.path)] == layer.path
                    or (change.before is ABSENT and _overlap(layer.path, path))
                )
            )
            for layer in self._source.target.layers
        )

    def _through(self, through: str) -> Iterator[list[Layer]]:
        """The layers of each release of the target that an object hands on."""
        for member in self._source.target.members.values():
            layers = [layer for layer in member.layers if layer.through == through]
            if layers:
                yield layers

    def _by_link(self, release: Release, changed: frozenset[str]) -> bool:
        """Whether a release reads one of these files by another path, which leads to it."""
        estate = self._source.estate
        return estate is not None and any(estate.reads_blindly(release, file) for file in changed)

    def _witness(self, release: Release) -> "_Witness":
        if release not in self._known:
            source = self._open_release(release)
            deployed = source.target.first
            renderer = self._stack.enter_context(self._renderer_of(deployed))
            self._known[release] = _Witness(deployed, renderer, self._renderer_of)
        return self._known[release]

    def _same_values(self, release: Release, before: Texts, after: Texts) -> bool:
        """Whether a release that does not render reads the same values after all, and no file of its chart changed."""
        changed = _changed(before, after)
        estate = self._source.estate
        if estate and any(release in estate.readers(file) for file in changed - set(release.files)):
            return False
        try:
            return all(layer.values(before) == layer.values(after) for layer in release.layers)
        except MigrateDhiError:
            return False

    def findings(self, files: frozenset[str]) -> list[Finding]:
        """What is not shown of releases that read these edited files.

        Some could not be rendered, and their values stay as they were; some are deployed from another revision.
        """
        elsewhere = [
            Finding(
                "foreign-revision",
                "warning",
                f"{release.id} deploys the revision {release.revision}: nothing is proven for it, and the edits reach "
                "it when that revision has them",
                file=release.file,
                line=release.line,
                help="plan on that revision with --base before it takes the edits over",
            )
            for release in self._readers(files)
            if release.revision
        ]
        unproven = [
            Finding(
                NOT_RENDERED,
                "warning",
                f"{release.id} reads a file that is edited and was not rendered ({reason}); its values stay the same",
                file=release.file,
                line=release.line,
                help="bring its chart with --chart-dir to have it rendered too",
            )
            for release, reason in self._unproven.items()
        ]
        return [*elsewhere, *unproven, *self._immutable]

    def summaries(self, files: frozenset[str]) -> tuple[ReleaseSummary, ...]:
        """The witnesses of a plan that edits these files."""
        found = []
        for release in self.readers(files):
            known = self._known.get(release)
            deployed = known.deployed if known else replace(self._source.target.first, release=release)
            layers = replace(deployed, layers=release.layers)
            found.append(summary_of(layers, release.namespace or "default", release.name, "witness"))
        return tuple(found)


def _changed(before: Texts, after: Texts) -> frozenset[str]:
    """The files whose text becomes another one."""
    return frozenset(file for file, text in after.items() if before.get(file) != text)


def _reads(release: Release, layer: Layer) -> bool:
    """Whether a release that reads a file reads this part of it: one file may hold the values of many."""
    own = [one for one in release.layers if one.file == layer.file and one.form != "unread"]
    if not own or layer.form == "file":
        return True
    return any(
        one.form == "file" or (one.document == layer.document and _overlap(one.path, layer.path))
        for one in own
    )


def _makes(release: Release, layer: Layer) -> bool:
    """Whether the chart of a release makes, by a template, the object that a layer stands in, or is handed on by."""
    folders = ("templates/", "charts/") if layer.through else ("templates/",)
    inside = release.origin.kind == "directory" and (layer.through or layer.file).startswith(
        tuple(join(release.origin.path, folder) for folder in folders)
    )
    return inside and (bool(layer.through) or layer.form in ("map", "text", "parameters"))


def _is_given(path: ValuesPath) -> bool:
    """Whether a path of an Application leads into inline values, or to them."""
    return "helm" in path and bool({"values", "valuesObject"} & {*path[path.index("helm") :]})


def _gives(layers: Sequence[Layer], change: Change, after: Texts) -> bool:
    """Whether an object gives what the layers hold now, where a change of inline values shows that."""
    path = change.path
    at = next(
        at for at, step in enumerate(path) if step in ("values", "valuesObject") and "helm" in path[:at]
    )
    given = None if change.after is ABSENT else change.after
    try:
        if isinstance(given, str) and at == len(path) - 1:
            given = read_values(given)
        return bool(value_at(merged(layers, after), path[at + 1 :]) == given)
    except InvalidChartError:
        return False


def _overlap(one: ValuesPath, other: ValuesPath) -> bool:
    return one[: len(other)] == other[: len(one)]


@record
class _Witness:
    """One release beside the target, ready to be rendered with other texts."""

    deployed: Deployed
    renderer: Renderer
    renderer_of: Callable[[Deployed], Renderer]

    def reads_otherwise(self, before: Texts, after: Texts) -> bool:
        """Whether its values or its chart are other ones: else there is nothing to render."""
        if self._beside(before, after) or any(
            self._texts(before).get(file) != self._texts(after).get(file) for file in self._of_chart
        ):
            return True
        return self.deployed.user_values(self._texts(before)) != self.deployed.user_values(self._texts(after))

    @cached_property
    def _of_chart(self) -> tuple[str, ...]:
        chart = self.deployed.chart
        return chart.chart_file, chart.lock_file, chart.values_file, *chart.templates

    def changes(self, before: Texts, after: Texts) -> tuple[list[Change], list[Change]]:
        """What changes in its manifests; and the labels and annotations that carry the chart's version, which may."""
        old = self._render(before)
        new = self._render(after)
        every = compare(old, new)
        carried = [change for change in every if self._carries_version(change, before, after)]
        found = [change for change in every if change not in carried]
        if found:
            # What differs between two renders of the same input is no change.
            noise = {(c.identity, c.path) for c in compare(old, self._render(before, again=True))}
            found = [change for change in found if (change.identity, change.path) not in noise]
        return found, carried

    def _render(self, texts: Texts, *, again: bool = False) -> Manifests:
        original = self.deployed.chart.texts
        beside = self._beside(original, texts)
        if not beside:
            return self.renderer.render(self._texts(texts), again=again)
        # A chart that it depends on is edited: it is laid out anew.
        chart = replace(self.deployed.chart, edited=beside)
        with self.renderer_of(replace(self.deployed, chart=chart)) as renderer:
            return renderer.render(self._texts(texts))

    def _texts(self, texts: Texts) -> dict[str, str]:
        """Its own texts, those that the target edits as they are there."""
        own = self.deployed.chart.texts
        new = {file: text for file, text in texts.items() if file in self._of_chart}
        return {**{file: texts.get(file, text) for file, text in own.items()}, **new}

    def _beside(self, before: Texts, after: Texts) -> dict[str, str]:
        """The edited files that its chart is rendered from and that are no texts of its own."""
        own = {*self.deployed.chart.texts, *self._of_chart}
        inputs = self.renderer.inputs()
        return {
            file: text
            for file, text in after.items()
            if file not in own and before.get(file) != text and self._is_input(file, inputs)
        }

    def _is_input(self, file: str, inputs: frozenset[str]) -> bool:
        folders = {path.rpartition("/")[0] for path in inputs}
        return file in inputs or file.rpartition("/")[0] in folders

    def _carries_version(self, change: Change, before: Texts, after: Texts) -> bool:
        if {"matchLabels", "selector", "volumeClaimTemplates"} & set(change.path):
            return False
        told = is_label(change.path) or is_annotation(change.path)
        return told and follows(change, shown=list(_versions(before, after)))


def _versions(before: Texts, after: Texts) -> Iterator[tuple[str, str]]:
    """Version and appVersion of each edited Chart.yaml: as they were, as they are; also behind the chart's name."""
    for file, text in after.items():
        if not file.endswith("Chart.yaml") or before.get(file) in (None, text):
            continue
        try:
            old, new = read_values(before[file]), read_values(text)
        except InvalidChartError:
            continue
        for key in ("version", "appVersion"):
            pair = str(old.get(key) or ""), str(new.get(key) or "")
            if all(pair) and pair[0] != pair[1]:
                yield pair
                yield f"{old.get('name')}-{pair[0]}", f"{new.get('name')}-{pair[1]}"
