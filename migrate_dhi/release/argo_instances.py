"""The Applications of a repository: as they stand, and as ApplicationSets make them for each set of parameters."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.release.argo_generators import Generators
from migrate_dhi.release.argo_sources import AppSource, Place, places_of
from migrate_dhi.release.argo_templates import Template, Templates, is_control
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.patches import merge_patch
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.streams import data_of
from migrate_dhi.untyped import mapping, sequence, text_at

_SET: ValuesPath = ("spec", "template")


@record
class Application:
    """One Application.

    Args:
        placed: the object that it is, or the ApplicationSet that makes it.
        data: the Application, its placeholders filled.
        written: the same as it is written.
        base: where it stands in the object; empty for an Application itself.
        above: where the template of its generator stands, which is laid over it; empty where there is none.
        template: what fills its placeholders; None for an Application itself.
        change: the ``templatePatch`` that is laid over it, filled; and ``fixed`` why it cannot be written.
        broken: why it cannot be told what is made; empty where it can.
        revision: a branch or tag that a generator reads, where it is not the base.
    """

    placed: Placed
    data: Mapping[str, Any]
    written: Mapping[str, Any]
    base: ValuesPath = ()
    above: ValuesPath = ()
    template: Template | None = None
    change: Mapping[str, Any] | None = None
    fixed: str = ""
    broken: str = ""
    revision: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return text_at(self.data, "metadata", "name")

    @property
    def spec(self) -> Mapping[str, Any]:
        """Its spec."""
        return mapping(self.data.get("spec"))

    def hides(self, data: Any) -> bool:
        """Whether a text as it is written depends on what a generator gives and is not known here."""
        if isinstance(data, list):
            return any(map(self.hides, data))
        return self.template is not None and self.template.hides(str(data or ""))

    def sources(self) -> list[AppSource]:
        """The sources that count: the hydrator's, else several, else the one."""
        hydrated = mapping(mapping(self.spec.get("sourceHydrator")).get("drySource"))
        if hydrated:
            return [self._source(hydrated, ("sourceHydrator", "drySource"), None)]
        several = sequence(self.spec.get("sources"))
        if several:
            return [
                self._source(one, ("sources", at), at)
                for at, one in enumerate(several)
                if isinstance(one, dict)
            ]
        source = mapping(self.spec.get("source"))
        return [self._source(source, ("source",), None)] if source else []

    def _source(self, data: Mapping[str, Any], path: ValuesPath, index: int | None) -> AppSource:
        inside: ValuesPath = (*self.base, "spec", *path, "helm")
        places = self._overlaid(places_of(self.placed, inside, self.template), path)
        if self.change is not None:
            changed = value_at(self.change, ("spec", *path, "helm"))
            if isinstance(changed, dict):
                if index is not None:
                    places = []
                resource = self.placed.resource
                places.append(
                    Place(
                        resource.file,
                        resource.document,
                        ("spec", "templatePatch"),
                        changed,
                        ("spec", *path, "helm"),
                        self.template,
                        self.fixed,
                    )
                )
        written = mapping(value_at(self.written, ("spec", *path)))
        return AppSource(data, written, tuple(places), index)

    def _overlaid(self, places: list[Place], path: ValuesPath) -> list[Place]:
        """The places with that in the generator's template over them: a setting of it takes the place of theirs."""
        over = mapping(value_at(self.placed.resource.data, (*self.above, "spec"))) if self.above else {}
        if isinstance(path[-1], int) and over.get("sources"):
            places = []
        given = value_at(over, (*path, "helm"))
        if not isinstance(given, dict):
            return places
        kept = [
            replace(one, data={key: value for key, value in one.data.items() if not given.get(key)})
            for one in places
        ]
        return [*kept, *places_of(self.placed, (*self.above, "spec", *path, "helm"), self.template)]


def applications(contents: Contents, placed: Placed) -> Iterator[Application]:
    """The Application that an object is, or those that an ApplicationSet makes."""
    if placed.kind == "Application":
        yield Application(placed, placed.data, placed.data)
        return
    spec = mapping(placed.data.get("spec"))
    go = spec.get("goTemplate") is True
    generators = Generators(contents, go=go)
    written = mapping(spec.get("template"))
    for at, entry in enumerate(sequence(spec.get("generators"))):
        kind = next((key for key, one in mapping(entry).items() if mapping(one).get("template")), "")
        own = mapping(mapping(entry).get(kind)).get("template")
        of_entry = _filled_up(mapping(own), written) if kind else written
        sets = list(generators.parameters(entry))
        for template in Templates(sets, go=go).each():
            made = Application(
                placed,
                template.data(of_entry),
                of_entry,
                _SET,
                ("spec", "generators", at, kind, "template") if kind else (),
                template,
                revision=template.parameters.revision,
            )
            yield _patched(made, spec, template) if go and spec.get("templatePatch") else made


def _filled_up(over: Mapping[str, Any], under: Mapping[str, Any]) -> dict[str, Any]:
    """A template with what another one gives besides: maps deeply, values and lists as a whole."""
    merged = {**under, **{key: value for key, value in over.items() if value}}
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(under.get(key), dict) and key != "valuesObject":
            merged[key] = _filled_up(value, under[key])
    return merged


def _patched(made: Application, spec: Mapping[str, Any], template: Template) -> Application:
    """An Application with the ``templatePatch`` laid over it."""
    written = str(spec["templatePatch"])
    filled = template.text(written)
    change = data_of(filled) if filled is not None else None
    if filled is not None and change is None:
        return made
    if not isinstance(change, dict):
        return replace(made, broken="its templatePatch cannot be evaluated here")
    fixed = "its templatePatch has conditions or loops" if is_control(written) else ""
    return replace(
        made,
        data=merge_patch(made.data, change),
        written=merge_patch(made.written, mapping(data_of(written)) or change),
        change=change,
        fixed=fixed,
    )


def in_this_repository(contents: Contents, data: Mapping[str, Any]) -> str | None:
    """The folder of this repository that a source reads; None where it reads another one.

    An address decides, where one of this repository is known and is the same; else the path does.
    """
    if data.get("chart"):
        return None
    path = posixpath.normpath(text_at(data, "path").strip("/") or ".")
    here = contents.addresses.is_here(text_at(data, "repoURL"))
    if path == "." and not here:
        return None
    return path if path in contents.folders else None
