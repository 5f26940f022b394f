"""A release: one deployment of a chart, with its name, its namespace, and where its values are from."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from migrate_dhi.edit import ValuesPath
from migrate_dhi.record import record
from migrate_dhi.release.layer import Layer

WayName = Literal["chart", "application", "helmrelease", "kustomize", "fleet", "helmfile", "k3s"]


@record
class Origin:
    """Where a chart is from.

    ``kind`` is ``directory`` (``path`` is its folder in this repository), ``repository`` (an HTTP chart
    repository at ``url``), ``oci`` (``url`` without the chart's name at its end is never cut: it is the whole
    reference without tag) or ``git`` (``path`` inside the repository at ``url``). ``version`` is as it is
    asked for: an exact version, a range, a tag or a digest. ``values_files`` take the place of the chart's own
    values.yaml, by their paths inside the chart (Flux ``valuesFiles``); empty: values.yaml. ``lenient``: those of
    them that are not there are passed over.
    """

    kind: Literal["directory", "repository", "oci", "git"]
    name: str
    version: str = ""
    url: str = ""
    path: str = ""
    values_files: tuple[str, ...] = ()
    lenient: bool = False

    def to_json(self) -> dict[str, str | None]:
        """The chart in the JSON of ``releases``."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version or None,
            "path": self.path or None,
            "url": self.url or None,
        }


@record
class AfterHelm:
    """Something that changes the manifests of a release behind Helm: the key that asks for it, and its file."""

    key: str
    file: str


@record
class Release:
    """One deployment of a chart.

    Args:
        way: what deploys it.
        namespace: where it is deployed; empty where nothing says (then ``default`` is assumed, and said).
        name: the name of the Helm release.
        file: the file of the object that deploys it; for a chart that nothing deploys, its Chart.yaml.
        document: index of the document in that file.
        line: 1-based line of that document in the file.
        origin: where the chart is from.
        layers: the values over the chart's own, weakest first.
        object: name of the object that deploys it (``FILE#name``), where it is another than the release's; with
            ``@`` and the build behind it where several builds deploy it under one name.
        version_at: file, index of the document and path of the version of a chart from elsewhere, where that is known.
        after: what changes its manifests after Helm has rendered them.
        build: where the build begins that deploys it: the folder of a cluster, an environment's values file.
        kube_version: the Kubernetes version that the object names, or empty.
        api_versions: the API versions that the object names.
        revision: a branch or tag of this repository that is deployed and is not the base; such a release is
            listed and never called proven.
        notes: what was assumed, each a sentence (a stand-in for a placeholder, a repository known by its path).
        maker: name of the object that makes the one that deploys it (an ApplicationSet), or empty.
        by_version: only a risen chart version deploys an edit of the chart (a Flux chart from Git).
    """

    way: WayName
    namespace: str
    name: str
    file: str
    document: int
    line: int
    origin: Origin
    layers: tuple[Layer, ...] = ()
    object: str = ""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    revision: str = ""
    notes: tuple[str, ...] = ()
    by_version: bool = False
    build: str = ""
    after: tuple[AfterHelm, ...] = ()
    version_at: tuple[str, int, ValuesPath] | None = None
    maker: str = ""

    @property
    def id(self) -> str:
        """``namespace/name``, as the command line takes it."""
        return f"{self.namespace or 'default'}/{self.name}"

    @property
    def of_build(self) -> str:
        """The same, with the build that makes it behind it: for people, where others have its name."""
        return f"{self.id} ({self.build})" if self.build else self.id

    @property
    def files(self) -> tuple[str, ...]:
        """The files that its values are read from, those included that a layer's own text is composed of."""
        read = (layer for layer in self.layers if layer.form != "unread")
        return tuple(dict.fromkeys(file for layer in read for file in (*layer.sources, layer.file)))

    def to_json(self) -> dict[str, Any]:
        """The release in the JSON of ``releases``."""
        return {
            "way": self.way,
            "namespace": self.namespace,
            "name": self.name,
            "chart": self.origin.to_json(),
            "layers": [
                {"form": layer.form, "file": layer.file, "path": show(layer)} for layer in self.layers
            ],
            "file": self.file,
            "line": self.line,
            "object": self.object or None,
        }


def told_apart(releases: Iterable[Release], beside: Iterable[Release] = ()) -> list[str]:
    """The releases for people: with what builds it behind one whose name another of them has, or one beside."""
    releases = list(releases)
    often = Counter(one.id for one in {*releases, *beside})
    return [one.of_build if often[one.id] > 1 else one.id for one in releases]


def own_file(release: Release, others: Iterable[Release]) -> str:
    """The strongest file of a release that none of the others reads; empty where there is none."""
    there = {file for one in others for file in (one.file, *one.files)}
    return next((file for file in (*reversed(release.files), release.file) if file not in there), "")


def show(layer: Layer) -> str:
    """The path of a layer in its document, for people."""
    from migrate_dhi.yamledit import format_path  # noqa: PLC0415 - only where a layer is shown

    return format_path(layer.path) if layer.path else ""


NO_FOLDER = "there is no folder "
"""What a reason begins with where the folder of an Application is not there."""


@record
class Unresolved:
    """Something that deploys a chart, of which it cannot be known here what: the reason is for people."""

    way: WayName
    name: str
    file: str
    line: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The entry in the JSON of ``releases``."""
        return {
            "way": self.way,
            "name": self.name,
            "file": self.file,
            "line": self.line,
            "reason": self.reason,
        }
