"""Docker's hardened charts: which of them is the hardened form of a public chart, and what it says of itself.

The catalog lists each under a name, with the Git repositories that it is built from and its versions. The artifact is
called ``NAME-chart``, and so is the chart in it (``image:`` and ``CHART_HELM_NAME`` of its definition; of 117
definitions of 2026-08-22 one has another name). Its images are listed in an annotation of its Chart.yaml.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import sequence

IMAGES = "dhi.docker.com/helm.images"
_SUFFIX = "-chart"
# How the annotation names the registry of hardened images.
_FOLDER, _HOST = "dhi/", "dhi.io/"
_LISTED = regex(r"^\s*-\s*[\"']?(?P<image>[^\s\"']+)", re.MULTILINE)
_REPOSITORY = (
    regex(r"github(?:usercontent)?\.com[/:](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?(?:[/#?]|$)"),
    regex(r"//(?P<owner>[\w-]+)\.github\.io/(?P<name>[\w.-]+)"),
)


@record
class HardenedChart:
    """A hardened chart: the name of artifact and chart, the versions that the catalog lists, and the Git repository
    that both charts are made from; empty where only the names speak for it.
    """

    name: str
    versions: tuple[str, ...]
    made_from: str


def hardened_chart(catalog: Catalog, chart: str, addresses: Iterable[str]) -> HardenedChart | None:
    """The hardened form of a chart by the name in its Chart.yaml, or None.

    ``addresses`` say where the chart is from: its repository, its home page, its sources.
    """
    own = {repository for address in addresses for repository in _repositories(address)}
    found: list[HardenedChart] = []
    for name in catalog.charts(chart):
        said = catalog.record("chart", name)
        shared = next((one for one in said.get("sources", ()) if one.lower() in own), "")
        found.append(
            HardenedChart(said.get("artifact") or f"{name}{_SUFFIX}", tuple(said["versions"]), shared)
        )
    return max(found, key=lambda one: bool(one.made_from), default=None)


def addresses_of(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Where a chart says it is from, in its Chart.yaml."""
    yield str(metadata.get("home") or "")
    sources = metadata.get("sources")
    yield from map(str, sequence(sources))


def images_of(metadata: Mapping[str, Any]) -> tuple[Reference, ...]:
    """The images that a hardened chart lists of itself; none where it has no such annotation."""
    annotations = metadata.get("annotations")
    text = str(annotations.get(IMAGES) or "") if isinstance(annotations, dict) else ""
    names = (found["image"] for found in _LISTED.finditer(text))
    told = (_HOST + name.removeprefix(_FOLDER) if name.startswith(_FOLDER) else name for name in names)
    return tuple(image for name in told if (image := Reference.try_parse(name)))


def _repositories(address: str) -> Iterator[str]:
    for pattern in _REPOSITORY:
        for found in pattern.finditer(address):
            yield f"{found['owner']}/{found['name']}".lower()
