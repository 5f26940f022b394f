"""Where the chart of a HelmRelease is from: its chart template or reference, and the source that this names."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.record import record
from migrate_dhi.release.addresses import checked_out
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.release import Origin
from migrate_dhi.untyped import mapping, sequence, text_at


@record
class Charted:
    """The chart of a HelmRelease, or why it is not known."""

    origin: Origin | None = None
    reason: str = ""
    by_version: bool = False
    revision: str = ""
    notes: tuple[str, ...] = ()
    version_at: tuple[str, int, ValuesPath] | None = None


class Sources:
    """The sources of a repository, by kind and name."""

    def __init__(self, contents: Contents, placed: tuple[Placed, ...]) -> None:
        self.contents = contents
        self._known: dict[tuple[str, str], list[Placed]] = {}
        for one in placed:
            # K3s has a HelmChart of its own.
            if not one.resource.group.endswith(".fluxcd.io"):
                continue
            self._known.setdefault((one.kind, one.name), []).append(one)

    def charted(self, release: Placed) -> Charted:
        """The chart that a HelmRelease deploys."""
        spec = mapping(release.data.get("spec"))
        template = mapping(mapping(spec.get("chart")).get("spec"))
        reference = mapping(spec.get("chartRef"))
        if template:
            found = _at(self._templated(template, release), release, ("spec", "chart", "spec", "version"))
        elif text_at(reference, "kind") == "HelmChart":
            chart = self._find("HelmChart", reference, release)
            if chart is None:
                return Charted(reason=_absent("HelmChart", reference))
            found = _at(self._templated(mapping(chart.data.get("spec")), chart), chart, ("spec", "version"))
        else:
            found = self._referred(reference, release)
        return _hidden(release, found)

    def _find(self, kind: str, reference: Mapping[str, Any], near: Placed) -> Placed | None:
        """The source that is meant: of the same build, cluster and namespace before others."""
        namespace = text_at(reference, "namespace") or near.namespace
        known = self._known.get((kind, text_at(reference, "name")), [])
        fitting = [one for one in known if one.namespace == namespace] or [
            one for one in known if not one.namespace or not namespace
        ]
        if not fitting and not text_at(reference, "namespace"):
            fitting = known
        fitting.sort(
            key=lambda one: (
                one.build is None or one.build is not near.build,
                one.root != near.root,
                -len(posixpath.commonprefix([one.resource.file, near.resource.file])),
            )
        )
        return fitting[0] if fitting else None

    def _referred(self, reference: Mapping[str, Any], release: Placed) -> Charted:
        """A chart by ``chartRef``: an OCIRepository is the chart itself."""
        kind = text_at(reference, "kind")
        if kind != "OCIRepository":
            return Charted(reason=f"the chart is from a {kind or 'reference'} that is made in the cluster")
        source = self._find(kind, reference, release)
        if source is None:
            return Charted(reason=_absent(kind, reference))
        spec = mapping(source.data.get("spec"))
        ref = mapping(spec.get("ref"))
        version = text_at(ref, "digest") or text_at(ref, "semver") or text_at(ref, "tag") or "latest"
        url = text_at(spec, "url")
        if not url:
            return Charted(reason=f"OCIRepository {source.name} gives no url")
        return _at(
            Charted(Origin("oci", posixpath.basename(url), version, url)), source, ("spec", "ref", "tag")
        )

    def _templated(self, template: Mapping[str, Any], holder: Placed) -> Charted:
        """A chart by a template: ``chart``, ``version`` and a ``sourceRef``."""
        reference = mapping(template.get("sourceRef"))
        kind, name = text_at(reference, "kind"), text_at(template, "chart")
        files = tuple(str(one) for one in sequence(template.get("valuesFiles")))
        if not files and text_at(template, "valuesFile"):
            files = (text_at(template, "valuesFile"),)
        lenient = bool(files) and template.get("ignoreMissingValuesFiles") is True
        source = self._find(kind, reference, holder)
        if kind == "GitRepository":
            found = self._from_git(template, source, name, files)
            return replace(found, origin=replace(found.origin, lenient=lenient)) if found.origin else found
        if source is None:
            return Charted(reason=_absent(kind, reference))
        url = text_at(source.data, "spec", "url")
        if kind != "HelmRepository" or not url:
            return Charted(reason=f"the chart is from a {kind}, which is not read here")
        version = text_at(template, "version")
        version = "" if version == "*" else version
        if text_at(source.data, "spec", "type") == "oci" or url.startswith("oci://"):
            address = f"{url.rstrip('/')}/{name}"
            named = posixpath.basename(name)
            return Charted(Origin("oci", named, version, address, values_files=files, lenient=lenient))
        return Charted(Origin("repository", name, version, url, values_files=files, lenient=lenient))

    def _from_git(
        self, template: Mapping[str, Any], source: Placed | None, name: str, files: tuple[str, ...]
    ) -> Charted:
        """A chart in a Git repository: this one, where its address or the path says so."""
        by_version = text_at(template, "reconcileStrategy") != "Revision"
        path = posixpath.normpath(name.strip("/") or ".")
        url = text_at(source.data, "spec", "url") if source else ""
        here = self.contents.addresses.is_here(url) if url else None
        chart = self.contents.charts.get(path)
        if chart is not None:
            notes = (
                ()
                if here
                else (f"{url or 'the source'} is taken for this repository: it has the chart {path}",)
            )
            origin = chart.origin
            # Flux names them from the root of the source, Helm from the chart.
            inner = tuple(posixpath.relpath(posixpath.normpath(one.lstrip("/")), path) for one in files)
            return Charted(
                Origin(origin.kind, origin.name, origin.version, path=path, values_files=inner),
                by_version=by_version,
                notes=notes,
                revision=self.contents.addresses.other_revision(checked_out(source.data if source else {})),
            )
        if here:
            return Charted(reason=f"there is no chart at {path}")
        if source is None:
            return Charted(reason=_absent("GitRepository", mapping(template.get("sourceRef"))))
        version = checked_out(source.data)
        chart_name = posixpath.basename(path) if path != "." else posixpath.basename(url).removesuffix(".git")
        return Charted(
            Origin("git", chart_name, version, url, path, files),
            by_version=by_version,
        )


def _at(charted: Charted, holder: Placed, path: ValuesPath) -> Charted:
    """The chart, with where its version stands; a patch that says otherwise is told by what is read there."""
    return replace(charted, version_at=(holder.resource.file, holder.resource.document, path))


def _absent(kind: str, reference: Mapping[str, Any]) -> str:
    name = "/".join(one for one in (text_at(reference, "namespace"), text_at(reference, "name")) if one)
    return f"{kind or 'a source'} {name or 'without a name'} is not in this repository".strip()


def _hidden(release: Placed, found: Charted) -> Charted:
    """The chart, unless a variable that is not known here hides it."""
    if found.origin is None:
        return found
    origin = found.origin
    told = f"{origin.name} {origin.version} {origin.url} {origin.path}"
    spec = mapping(release.object.data.get("spec"))
    written = " ".join(str(spec.get(key)) for key in ("chart", "chartRef"))
    names = release.variables.unknown(written) if release.variables else ()
    if names or "${" in told:
        reason = (
            f"{', '.join(names)} is from {', '.join(release.variables.hidden)}"
            if names and release.variables
            else ""
        )
        return Charted(reason=f"a variable hides the chart: {reason or told.strip()}")
    return found
