"""A chart as it is deployed: with the layers of values over it. Makes edits of what the steps ask for."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from migrate_dhi.edit import Edit, Set, ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.chart import Chart
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.release.layer import Layer, merged
from migrate_dhi.release.release import Release

_ABSENT = object()


@record
class Deployed:
    """One release, or a chart that nothing is known to deploy.

    ``layers`` are the values over the chart's own, weakest first. ``release`` is None for a chart directory
    that is planned by itself. ``shared`` are the layers that all releases of its target have: what none of its
    layers speaks of is written there once. ``example`` names the values file for tests that the chart is rendered
    with, where it renders with none of its own.
    """

    chart: Chart
    layers: tuple[Layer, ...] = ()
    release: Release | None = None
    shared: frozenset[Layer] = frozenset()
    example: str = ""

    @cached_property
    def own(self) -> Layer | None:
        """The chart's own values.yaml, where it is ours to edit."""
        ours = self.chart.editable and not self.chart.values_replaced
        return Layer("file", self.chart.values_file) if ours else None

    @cached_property
    def strongest_first(self) -> tuple[Layer, ...]:
        """Every layer that may hold a value, the chart's own last."""
        return (*reversed(self.layers), *((self.own,) if self.own else ()))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that values are read from, strongest first."""
        return tuple(dict.fromkeys(layer.file for layer in self.strongest_first if layer.form != "unread"))

    @property
    def deployer(self) -> str:
        """The file that deploys it, for people."""
        return self.release.file if self.release else self.chart.chart_file

    def user_values(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """The values over the chart's own, as the texts are now."""
        return merged(self.layers, texts)

    def value(self, path: ValuesPath, texts: Mapping[str, str], defaults: Mapping[str, Any]) -> Any:
        """What a value holds now; ``defaults`` are the merged values, dependencies' included."""
        for layer in self.strongest_first:
            found = _listed(layer, path, texts)
            if found is None:
                break  # a null deletes a dependency's default in some versions of Helm only
            if found is not _ABSENT:
                return found
        return value_at(defaults, path)

    def edits(
        self,
        sets: Iterable[Set],
        texts: Mapping[str, str],
        values: Mapping[str, Any],
        avoid: Callable[[Layer], bool] = lambda _: False,
    ) -> tuple[Edit, ...]:
        """The edits that make a step's wish true, each in the layer that decides.

        A layer that is to be avoided is passed over for a stronger one; where none is left, so is the edit.

        Helm replaces lists, so an edit inside a list that only weaker values hold takes the whole list over
        first; ``values`` are the merged ones.
        """
        found: dict[tuple[Any, ...], Edit] = {}
        for wish in sets:
            for edit in self._edits(wish, texts, avoid):
                for one in (*self._taken_over(edit, texts, values), edit):
                    found[(one.file, one.document, one.path, one.inner, one.delete)] = one
        return tuple(found.values())

    def completed(
        self, edits: Sequence[Edit], texts: Mapping[str, str], values: Mapping[str, Any]
    ) -> tuple[Edit, ...]:
        """Edits of the user's own: lists that they reach into are taken over first, and templates known as such."""
        told = [replace(edit, template=edit.file in self.chart.templates) for edit in edits]
        return tuple(one for edit in told for one in (*self._taken_over(edit, texts, values), edit))

    def place(self, path: ValuesPath, texts: Mapping[str, str], source: str = "values") -> Edit | None:
        """Where a value is to be written; the edit's own value is None. None where no layer can hold it."""
        return next(iter(self._edits(Set(path, source=source), texts)), None)

    def _edits(
        self, wish: Set, texts: Mapping[str, str], avoid: Callable[[Layer], bool] = lambda _: False
    ) -> Iterator[Edit]:
        if wish.source != "values":
            edit, layer = self._beside_values(wish)
            if edit and not avoid(layer):
                yield edit
        elif wish.delete:
            for layer in self.strongest_first:
                edit = layer.edit(wish.path, None, texts, delete=True)
                if edit and not avoid(layer) and _listed(layer, wish.path, texts) is not _ABSENT:
                    yield edit
        else:
            layers = [layer for layer in self.strongest_first if not wish.over or layer is not self.own]
            for layer in self._best_first(layers, wish.path, texts):
                edit = layer.edit(wish.path, wish.value, texts)
                if edit and not avoid(layer):
                    yield edit
                    return

    def _beside_values(self, wish: Set) -> tuple[Edit | None, Layer]:
        """The edit of what is no value, and where it lands: Chart.yaml, Chart.lock, a template, a version."""
        place = self.chart.versioned
        if wish.source == "version":
            file, document = (place.file, place.document) if place else ("", 0)
            edit = Edit(file, wish.path, wish.value, document=document) if place else None
            return edit, Layer("map", file, document, wish.path)
        if wish.source == "template":
            file = str(wish.path[0])
            return Edit(file, wish.path[1:], wish.value, template=True), Layer("file", file)
        file = self.chart.lock_file if wish.source == "lock" else self.chart.chart_file
        return Edit(file, wish.path, wish.value, wish.delete), Layer("file", file)

    def _best_first(self, layers: Sequence[Layer], path: ValuesPath, texts: Mapping[str, str]) -> list[Layer]:
        """The layer that decides; where none lists the path, the one with most of the way to it."""
        listing = [layer for layer in layers if _listed(layer, path, texts) is not _ABSENT]
        deciding = listing[:1]
        # What is weaker than the layer that decides would set nothing.
        others = list(layers[: layers.index(deciding[0])]) if deciding else list(layers)
        others.sort(
            key=lambda layer: (
                -_common(layer, path, texts),
                layer is not self.own,
                layer not in self.shared,
                # A map that is not there yet is made only where no other place has anything.
                not _has_any(layer, texts),
            )
        )
        # What lies below values that were not read may not count.
        return sorted([*deciding, *others], key=lambda layer: self.unread_over(layer, path) is not None)

    def _taken_over(self, edit: Edit, texts: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[Edit]:
        """The edit that copies the outermost list on the way which the layer lacks and the merged values hold."""
        layer, path = self.layer_of(edit)
        for end, step in enumerate(path):
            if layer and isinstance(step, int) and _listed(layer, path[:end], texts) is _ABSENT:
                items = value_at(values, path[:end])
                whole = (
                    layer.edit(path[:end], copy.deepcopy(items), texts) if isinstance(items, list) else None
                )
                if whole:
                    yield whole
                return

    def unread_over(self, layer: Layer, path: ValuesPath) -> Layer | None:
        """A layer that was not read, is stronger than this one and may hold a path; None where there is none."""
        above = self.layers[self.layers.index(layer) + 1 :] if layer in self.layers else self.layers
        return next(
            (one for one in above if one.form == "unread" and one.at[: len(path)] == path[: len(one.at)]),
            None,
        )

    def locked(self, path: ValuesPath, texts: Mapping[str, str]) -> Layer | None:
        """The layer that decides a value, where it was read and nothing may edit it; else None."""
        decides = (one for one in self.strongest_first if _listed(one, path, texts) is not _ABSENT)
        layer = next(decides, None)
        return layer if layer and not layer.writable and layer.form != "unread" else None

    def layer_of(self, edit: Edit) -> tuple[Layer | None, ValuesPath]:
        """The layer that an edit lands in, and the path in the release's values."""
        for layer in self.strongest_first:
            if layer.form == "unread" or layer.file != edit.file:
                continue
            if layer.form == "file" and edit.document is None:
                return layer, (*layer.at, *edit.path)
            if edit.document == layer.document and edit.path[: len(layer.path)] == layer.path:
                inside = edit.path[len(layer.path) :] if layer.form == "map" else edit.inner or ()
                return layer, (*layer.at, *inside)
        return None, ()


def _listed(layer: Layer, path: ValuesPath, texts: Mapping[str, str]) -> Any:
    """What a layer holds at a path; a layer that cannot be read lists nothing."""
    try:
        data: Any = layer.values(texts)
    except MigrateDhiError:
        return _ABSENT
    for step in path:
        there = step in data if isinstance(data, dict) else _has_item(data, step)
        if not there:
            return _ABSENT
        data = data[step]
    return data


def _has_any(layer: Layer, texts: Mapping[str, str]) -> bool:
    return _listed(layer, (), texts) not in (_ABSENT, {})


def _has_item(data: Any, step: str | int) -> bool:
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _common(layer: Layer, path: ValuesPath, texts: Mapping[str, str]) -> int:
    """How many steps of the way to a path a layer holds."""
    return next((n for n in range(len(path), 0, -1) if _listed(layer, path[:n], texts) is not _ABSENT), 0)
