"""Hold Docker's chart overlays against the upstream charts' default images, and print pairs as a table.

Usage: python benchmarks/pair_overlays.py CATALOG_CHECKOUT MIRRORS > pairs.tsv

MIRRORS holds bare repositories of the upstream charts as ``owner+name/repo``. For each slot of an overlay (a
values path where Docker puts a hardened image) the upstream chart's default at that path is read: the
upstream image. The rows (image, hardened image, confidence, source) are evidence for ``data/upstream.tsv``.
Charts whose repository is not at hand are named on stderr.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from migrate_dhi.dhi.overlays import chart_records, scalars
from migrate_dhi.oci.reference import Reference


def main() -> None:
    checkout, mirrors = Path(sys.argv[1]), Path(sys.argv[2])
    seen = set()
    for record in chart_records(checkout):
        for source in record["sources"]:
            repository = mirrors / source.replace("/", "+") / "repo"
            if not repository.is_dir():
                print(f"{record['chart']}: no {source}", file=sys.stderr)
                continue
            for defaults in charts(repository, set(record["slots"]), {record["chart"], *record["folders"]}):
                for path, target in record["slots"].items():
                    image = default_image(defaults, path)
                    if image and (image, target) not in seen:
                        seen.add((image, target))
                        print(
                            f"{image}\t{target}\tcertain\tDocker's overlay of chart {record['chart']}: {path}"
                        )


def git(repository: Path, *args: str) -> str:
    command = ["git", f"--git-dir={repository}", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout


def charts(repository: Path, slots: set[str], names: set[str]) -> Iterator[dict[str, Any]]:
    """The values of the chart that has one of the names, else of the one that knows most of the slots."""
    best: tuple[tuple[bool, int], dict[str, Any]] = ((False, 0), {})
    files = [
        f
        for f in git(repository, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
        if f.endswith("values.yaml")
    ]
    for file in files:
        try:
            text = git(repository, "show", f"HEAD:{file}")
            values = YAML(typ="safe", pure=False).load(text) if text.strip() else {}
        except YAMLError:
            continue
        if isinstance(values, dict):
            flat = dict(scalars(values))
            known = len(slots & flat.keys())
            fit = (Path(file).parent.name in names and known > 0, known)
            if fit > best[0]:
                best = (fit, flat)
    yield best[1]


def default_image(flat: dict[str, Any], path: str) -> str:
    """The upstream image whose repository the values hold at a path, in full, or an empty string."""
    value = flat.get(path)
    if not isinstance(value, str) or not value:
        return ""
    parent = path.rpartition(".")[0]
    registry = next(
        (str(v) for k in ("registry", "defaultRegistry", "host") if (v := flat.get(f"{parent}.{k}"))), ""
    )
    name = flat.get(f"{parent}.name") if path.endswith("repository") else None
    text = value if not registry or value.startswith(registry) else f"{registry}/{value}"
    reference = Reference.try_parse(text.strip("/"))
    if reference is None:
        return ""
    if name and isinstance(name, str) and "/" not in reference.repository:
        reference = Reference.try_parse(f"{text}/{name}") or reference
    return reference.canonical().image


if __name__ == "__main__":
    main()
