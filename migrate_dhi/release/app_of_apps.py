"""Charts that make Applications: rendered as they are deployed, and found again in their source.

What a template of the chart's own holds literally is edited there. To read it, every placeholder of the template is
filled with what came out in its place; conditions around it become empty lines. Where a chart that it depends on makes
Applications of its values, what they hold is read and not edited.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property, partial
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import DependencyError, MigrateDhiError
from migrate_dhi.helm.brought import OFFLINE
from migrate_dhi.helm.chart import Chart, join
from migrate_dhi.helm.engine import RenderOptions, read_values
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.kube.manifests import Object
from migrate_dhi.regex import regex
from migrate_dhi.release.argo_templates import Parameters, Template
from migrate_dhi.release.charts import environments
from migrate_dhi.release.contents import SOURCES, Contents, Resource
from migrate_dhi.release.filling import Filling
from migrate_dhi.release.folders import ChartFolder
from migrate_dhi.release.handed import Handed, files_handed_on, handed_on
from migrate_dhi.release.kustomize import Composed
from migrate_dhi.release.layer import Layer, merged
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.release import Release, Unresolved
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, text_at

_KINDS = ("Application", "ApplicationSet")
_Values = tuple[dict[str, Any], str, str, tuple[str, ...], tuple[Layer, ...]]
"""Values to render with, what is noted of that, how the result is told from others, their files and their layers."""
# What stands beside the revision where an Application is from: values with both are made into some.
_ADDRESS = "repoURL:"
# How templates ask for files of their chart, and the names of those that may be values.
_FILES = ".Files"
_VALUES = (".yaml", ".yml", ".tpl", ".gotmpl")
_IS_ONE = regex(r"kind:[ \t]*[\"']?Application(?:Set)?\b")


class AppCharts:
    """The app-of-apps charts of a repository."""

    def __init__(self, contents: Contents, shelf: Shelf) -> None:
        self.contents = contents
        self._shelf = shelf
        self._seen: set[str] = set()
        self._rendering: set[str] = set()
        self._made_by: set[str] = set()
        self._of_values: set[tuple[str, str]] = set()

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The folders of charts with a template that is an Application, or whose dependencies make some of values."""
        return tuple(dict.fromkeys((*self._templates.values(), *self._by_values)))

    @cached_property
    def _by_values(self) -> tuple[str, ...]:
        """The folders of charts with dependencies whose values, in a file beside Chart.yaml, name sources."""
        found = []
        for path in self.contents.holding(SOURCES):
            folder = posixpath.dirname(path) or "."
            chart = self.contents.charts.get(folder)
            if (
                chart
                and chart.metadata.get("dependencies")
                and posixpath.basename(path) != "Chart.yaml"
                and _ADDRESS in self.contents.text(path)
            ):
                found.append(folder)
        return tuple(found)

    @cached_property
    def _templates(self) -> Mapping[str, str]:
        """Template that is an Application → the folder of its chart."""
        found: dict[str, str] = {}
        for path in self.contents.holding("argoproj.io/"):
            chart = self.contents.chart_above(path)
            if chart is None or self.contents.charts[chart].vendored:
                continue
            if path.startswith(join(chart, "templates/")) and _IS_ONE.search(self.contents.text(path)):
                found[path] = chart
        return found

    def never_rendered(self) -> Iterator[Unresolved]:
        """The templates that made nothing in any render, though their chart rendered."""
        for path, chart in self._templates.items():
            if chart in self._rendering and path not in self._made_by:
                name = posixpath.basename(path)
                reason = "no values that are known here let the chart make it"
                yield Unresolved("application", name, path, 1, reason)

    def of_release(self, release: Release) -> Iterator[Placed | Unresolved]:
        """The Applications that the release of such a chart deploys."""
        chart = self.contents.charts[release.origin.path]
        texts = {file: self.contents.text(file) for file in release.files}
        options = RenderOptions(release.name, release.namespace or "default")
        values = merged(release.layers, texts)
        yield from self._rendered(
            chart, options, [(values, "", release.build or chart.path, release.files, release.layers)]
        )

    def of_folder(self, path: str) -> Iterator[Placed | Unresolved]:
        """The Applications of a chart that nothing deploys: with each environment's file, else with its own values.

        What a dependency makes of values is looked for in its own first: it may deploy the chart itself, and then the
        other files only begin that.
        """
        chart = self.contents.charts[path]
        alone: list[_Values] = [({}, "", chart.path, (), ())]
        if path in self._by_values:
            own = list(self._rendered(chart, RenderOptions(chart.name), alone))
            if any(isinstance(one, Placed) for one in own):
                yield from own
                return
        sets: list[_Values] = []
        for file in environments(self.contents, chart):
            try:
                values = read_values(self.contents.text(file), where=file)
            except MigrateDhiError:
                continue
            note = f"{chart.path} is rendered with {file}, though nothing here says that it is passed"
            sets.append((values, note, posixpath.basename(file), (file,), (Layer("file", file),)))
        found = list(self._rendered(chart, RenderOptions(chart.name), sets))
        yield from found or self._rendered(chart, RenderOptions(chart.name), alone)

    def _rendered(
        self, chart: ChartFolder, options: RenderOptions, sets: list[_Values]
    ) -> Iterator[Placed | Unresolved]:
        files = self.contents.files
        names = [name for name in ("Chart.yaml", "values.yaml") if chart.below(name) in files]
        texts = {chart.below(name): self.contents.text(chart.below(name)) for name in names}
        try:
            read = replace(Chart.read(files.root / chart.path, chart.path, texts), files=files)
            with Renderer(read, options, shelf=self._shelf) as renderer:
                for given in sets:
                    seen = f"{chart.path} {options} {given[0]}"
                    if seen not in self._seen:
                        self._seen.add(seen)
                        yield from self._made(chart, renderer, texts, given)
        except MigrateDhiError as error:
            yield _failed(chart, error, "")

    def _made(
        self, chart: ChartFolder, renderer: Renderer, texts: Mapping[str, str], given: _Values
    ) -> Iterator[Placed | Unresolved]:
        values, note, build, files, layers = given
        try:
            objects = renderer.render(texts, values).objects
        except MigrateDhiError as error:
            yield _failed(chart, error, note)
        else:
            own = [Layer("file", name) for name in texts if name == chart.below("values.yaml")]
            known = {**texts, **{file: self.contents.text(file) for file in files}}
            handed = handed_on(renderer, known, objects, [*own, *layers])
            # Seldom asked for, and a render more: the renderer may be closed by then.
            ask = partial(self._of_files, chart, renderer.chart, renderer.options, known, values, objects)
            yield from self._placed(chart, objects, note, build, (*texts, *files), handed, cache(ask))

    def _of_files(
        self,
        chart: ChartFolder,
        read: Chart,
        options: RenderOptions,
        texts: Mapping[str, str],
        values: Mapping[str, Any],
        objects: tuple[Object, ...],
    ) -> Mapping[tuple[str, str], Handed]:
        """What files of a chart are handed on to its Applications as."""
        made = [path for path, folder in self._templates.items() if folder == chart.path]
        if not any(_FILES in self.contents.text(path) for path in made):
            return {}
        left = tuple(f"{chart.below(name)}/" for name in ("templates", "charts", "crds"))
        inside = [path for path in self.contents.files.under(chart.path) if path.endswith(_VALUES)]
        files = {
            path: self.contents.text(path)
            for path in inside
            if path not in texts and not path.startswith(left)
        }
        try:
            with Renderer(read, options, shelf=self._shelf) as renderer:
                return files_handed_on(renderer, texts, values, objects, files)
        except MigrateDhiError:
            # It was rendered once; what it hands on is not known then.
            return {}

    def _placed(
        self,
        chart: ChartFolder,
        objects: tuple[Object, ...],
        note: str,
        build: str,
        files: tuple[str, ...],
        handed: Mapping[tuple[str, str], Handed],
        ask: Callable[[], Mapping[tuple[str, str], Handed]],
    ) -> Iterator[Placed]:
        self._rendering.add(chart.path)
        for one in objects:
            if one.kind not in _KINDS or not str(one.data.get("apiVersion")).startswith("argoproj.io/"):
                continue
            notes = (note,) if note else ()
            inside = one.template.partition("/")[2]
            if inside.startswith("charts/"):
                again = (chart.path, json.dumps(one.data, sort_keys=True, default=str))
                if again in self._of_values:
                    continue
                self._of_values.add(again)
                values, line = self._named_in(files, one)
                resource = Resource(values, 0, line, one.data)
                made = OfValues(files, _through(chart.below(inside), one, handed))
                yield Placed(Composed.of(resource), one.data, root=build, notes=notes, made=made)
                continue
            file = chart.below(inside)
            self._made_by.add(file)
            own = _through(file, one, handed, sources=(file,))
            more = partial(_asked, ask, file, one)
            source = TemplateSource(self.contents.text(file), one.data, files, own, more)
            resource = Resource(file, source.document, source.line, one.data)
            yield Placed(Composed.of(resource), one.data, root=build, notes=notes, made=source)

    def _named_in(self, files: tuple[str, ...], one: Object) -> tuple[str, int]:
        """The last file of values that names an object by a word of its own, and the 1-based line; else its begin."""
        name = re.compile(rf"(?<![\w.-]){re.escape(one.identity.name)}(?![\w.-])")
        for file in reversed(files):
            for number, line in enumerate(self.contents.text(file).splitlines(), 1):
                if name.search(line):
                    return file, number
        return files[-1], 1


def _through(
    file: str, one: Object, handed: Mapping[tuple[str, str], Handed], sources: tuple[str, ...] = ()
) -> Handed:
    """The layers that a template hands on to an object that it makes."""
    places = handed.get((one.identity.namespace, one.identity.name), {})
    through = f"{file}#{one.identity.name}"
    return {
        path: tuple(replace(layer, through=through, sources=sources) for layer in layers)
        for path, layers in places.items()
    }


def _asked(ask: Callable[[], Mapping[tuple[str, str], Handed]], file: str, one: Object) -> Handed:
    return _through(file, one, ask(), sources=(file,))


def _failed(chart: ChartFolder, error: MigrateDhiError, note: str) -> Unresolved:
    why = error.message
    if isinstance(error, DependencyError) and OFFLINE in why:
        # Nobody asked for it to be so: nothing is fetched for a list.
        why = f"{why.partition(OFFLINE)[2]} is not at hand; `migrate-dhi fetch` brings it, run that and this again"
    reason = f"its Applications cannot be rendered: {why}" + (f" ({note})" if note else "")
    return Unresolved("application", chart.name, chart.file, 1, reason)


class OfValues(Template):
    """What a dependency makes of values: nothing in it is a placeholder, and nothing is written to it.

    Args:
        files: the files of the values.
        handed: the inline values that are handed on from these.
    """

    reason = "a chart that this one depends on makes it of values"

    def __init__(self, files: tuple[str, ...], handed: Handed) -> None:
        super().__init__(Parameters({}, files=files), go=False)
        self.handed = handed

    def text(self, text: str) -> str:
        """The text itself."""
        return text

    def hides(self, _text: str) -> bool:
        """Nothing is hidden in what was rendered."""
        return False

    def data(self, data: Any) -> Any:
        """The data itself."""
        return data


class TemplateSource(OfValues):
    """A template of a chart, filled with what it rendered: the text that stands literally can be found in it.

    Args:
        text: the template's text.
        rendered: the object that it made.
        files: the files that it was rendered with.
        handed: the inline values that the chart hands on from its own.
        more: those that it hands on from its files.
    """

    whole = True
    reason = ""

    def __init__(
        self,
        text: str,
        rendered: Mapping[str, Any],
        files: tuple[str, ...],
        handed: Handed,
        more: Callable[[], Handed],
    ) -> None:
        super().__init__(files, handed)
        self._more = more
        self._filling = Filling(text)
        found = parts(text)
        sources = [mapping(data_of(self._filling.masked(part.text))) for part in found]
        self.document = _which(sources, rendered)
        self.line = found[self.document].line
        self._filling.learn(sources[self.document], rendered)

    def handed_at(self, path: ValuesPath) -> tuple[Layer, ...]:
        """The layers that the inline values at a place are handed on from."""
        return self.handed.get(path) or self._more().get(path, ())

    def fill(self, _text: str) -> dict[str, str]:
        """What to fill in to read the template as the object that it made."""
        return self._filling.fill


def _which(sources: list[dict[str, Any]], rendered: Mapping[str, Any]) -> int:
    """The document of a template that made an object: of its kind, and of its name where that is literal."""
    same = [at for at, one in enumerate(sources) if one.get("kind") == rendered.get("kind")]
    name = text_at(rendered, "metadata", "name")
    named = [at for at in same if text_at(sources[at], "metadata", "name") == name]
    return next(iter([*named, *same]), 0)
