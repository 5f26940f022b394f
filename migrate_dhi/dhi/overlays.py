"""Docker's own chart overlays: which values Docker sets to run a public chart on hardened images.

``chart/<name>/config/values.yaml`` of the catalog repository is laid over the upstream chart's values. In it
``${valkey.repository}`` stands for a hardened image, and other values (numeric users above all) are what
Docker found necessary. Both are facts for a second opinion, never a rule that the steps follow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import Record
from migrate_dhi.dhi.checkout import load_yaml
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_SLOT = regex(r"\$\{(?P<image>[a-z0-9-]+)\.(?P<part>[a-z]+)\}")
_IMAGE_PARTS = frozenset({"registry", "repository"})
_SOURCE = regex(r"github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?(?:#|$)")
_LONGEST_VALUE = 120


@record
class Overlay:
    """What Docker sets for one upstream chart: ``slots`` maps values paths to hardened images, ``values``
    the paths of other scalars to what they are set to. ``name`` is the overlay's, ``versions`` Docker's.
    """

    name: str
    versions: tuple[str, ...]
    slots: Mapping[str, str] = field(hash=False)
    values: Mapping[str, Any] = field(hash=False)


def overlay_for(catalog: Catalog, chart: str) -> Overlay | None:
    """Docker's overlay of an upstream chart by the name in its Chart.yaml, or None."""
    for name in catalog.charts(chart)[:1]:
        record = catalog.record("chart", name)
        return Overlay(name, tuple(record["versions"]), record["slots"], record["values"])
    return None


def chart_records(checkout: Path) -> Iterator[Record]:
    """One record for each chart: versions, source repositories and folders, image slots, other values.

    ``slots`` maps a values path to the hardened image whose repository stands there; ``values`` maps the
    paths of the other scalars to what Docker sets.
    """
    for folder in sorted(path for path in (checkout / "chart").glob("*") if path.is_dir()):
        versions: list[str] = []
        artifact = ""
        sources: list[str] = []
        folders: list[str] = []
        for file in sorted(folder.glob("helm/*.yaml")):
            definition = load_yaml(file)
            artifact = str(definition.get("image") or "").rpartition("/")[2]
            versions += [str(tag) for tag in definition.get("tags") or ()]
            for build in (definition.get("contents") or {}).get("builds") or ():
                urls = [str(f.get("url")) for f in (build.get("contents") or {}).get("files") or ()]
                sources += [match[1] for url in urls if (match := _SOURCE.search(url))]
                places = [str(step.get("work-dir") or "") for step in build.get("pipeline") or ()]
                folders += [place.strip("/").rpartition("/")[2] for place in places if "/" in place]
        slots: dict[str, str] = {}
        values: dict[str, Any] = {}
        for file in sorted(folder.glob("config/values*.yaml")):
            for path, value in scalars(load_yaml(file)):
                match = _SLOT.search(str(value))
                if match is None:
                    if len(str(value)) <= _LONGEST_VALUE:
                        values[path] = value
                elif match["part"] in _IMAGE_PARTS and "repository" in str(value):
                    slots[path] = match["image"]
        yield {
            "chart": folder.name,
            # One of 92 is not called as its folder.
            **({"artifact": artifact} if artifact not in ("", f"{folder.name}-chart") else {}),
            "versions": versions,
            "sources": list(dict.fromkeys(sources)),
            "folders": list(dict.fromkeys(folders)),
            "slots": slots,
            "values": values,
        }


def scalars(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The scalars of nested values with their paths; list items are ``[0]``, dots in keys are escaped."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = str(key).replace(".", "\\.")
            yield from scalars(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from scalars(item, f"{path}[{index}]")
    else:
        yield path, value
