"""How much of what repositories deploy is found: `migrate-dhi releases` held against a count of its own.

    python benchmarks/releases.py REPOSITORY...        clones, or bare Git directories

The count shares no code with the program: it reads the files of HEAD as Git lists them, cuts documents at ``---`` and
looks for HelmReleases with a chart, Applications with a Helm source, charts that kustomizations inflate, and chart
folders. A unit is found if the program names its file (and object) as a release or as unresolved, and resolved if as a
release. The remote's address is told as --repo-url, since clones of a mirror do not know it.
"""

import io
import json
import posixpath
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

import yaml

KINDS = ("helmrelease", "application", "kustomize", "chart")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def main():
    rows, reasons = [], {}
    for repository in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as scratch:
            root = checkout(repository, Path(scratch) / "repo")
            name = name_of(repository)
            counted = count(root)
            listed = releases(root, name)
        rows.append((name, *compare(counted, listed)))
        reasons[name] = Counter(general(one["reason"]) for one in listed["unresolved"])
    show(rows, reasons)


def name_of(repository):
    """`owner/name`, from the folder of a mirror (`owner+name/repo`) or of a clone."""
    folder = repository.parent.name if repository.name == "repo" else repository.name
    return re.sub(r"\+|__", "/", folder)


def checkout(repository, place):
    """The files of HEAD in a folder of their own, which is a repository again: worktrees are what people have."""
    place.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", repository, "archive", "HEAD"], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(place, filter="tar")
    subprocess.run(["git", "init", "-q", place], check=True)
    return place


def releases(root, name):
    command = [sys.executable, "-m", "migrate_dhi", "releases", str(root), "--format", "json"]
    command += ["--repo-url", f"https://github.com/{name}"]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


# --- the count


def count(root):
    """Units as (kind, file, name)."""
    paths = sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(root).parts
    )
    charts = {posixpath.dirname(path) or "." for path in paths if posixpath.basename(path) == "Chart.yaml"}
    units = set(chart_units(root, charts))
    for path in paths:
        if not path.endswith((".yaml", ".yml")) and posixpath.basename(path) != "Kustomization":
            continue
        text = (root / path).read_text(encoding="utf-8", errors="replace")
        template = in_templates(path, charts)
        for document in re.split(r"(?m)^---.*$", text):
            units |= set(units_of(path, document, charts, template=template))
    return units


def in_templates(path, charts):
    parts = path.split("/")
    for at in range(1, len(parts)):
        if ("/".join(parts[: at - 1]) or ".") in charts and parts[at - 1] in ("templates", "charts", "crds"):
            return True
    return False


def chart_units(root, charts):
    used, libraries = set(), set()
    for folder in charts:
        try:
            data = yaml.load((root / folder / "Chart.yaml").read_text(), Loader=LOADER)
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        if not isinstance(data, dict):
            continue
        if data.get("type") == "library":
            libraries.add(folder)
        for entry in data.get("dependencies") or []:
            address = str(entry.get("repository") or "")
            if address.startswith("file://"):
                used.add(posixpath.normpath(posixpath.join(folder, address[7:])))
    for folder in charts - used - libraries:
        parent = folder.rpartition("/charts/")[0]
        if not (parent and parent in charts):
            yield "chart", "Chart.yaml" if folder == "." else f"{folder}/Chart.yaml", ""


def units_of(path, document, charts, *, template):
    if re.search(r"(?m)^helmCharts:", document) and not template:
        data = parsed(document)
        for at, _ in enumerate((data or {}).get("helmCharts") or []):
            yield "kustomize", path, str(at)
    kind = re.search(r"(?m)^kind:\s*[\"']?(HelmRelease|Application|ApplicationSet)\b", document)
    if kind is None:
        return
    if kind[1] == "HelmRelease":
        if "toolkit.fluxcd.io" in document and not template and has_chart(document):
            yield "helmrelease", path, str(re.search(r"(?m)^  name:\s*(\S+)", document)[1])
    elif "argoproj.io/" in document and has_helm_source(document, charts):
        yield "application", path, ""


def has_chart(document):
    """A chart, or a reference to one; also of a text that this parser does not take (`=` as a value)."""
    data = parsed(document)
    if data is None:
        return bool(re.search(r"(?m)^  chart(Ref)?:", document))
    spec = data.get("spec") or {}
    return spec.get("chartRef") or ((spec.get("chart") or {}).get("spec") or {}).get("chart")


def has_helm_source(document, charts):
    """A source with `chart:` or `helm:`, or whose path is (or may become) a chart folder."""
    if re.search(r"(?m)^\s+(?:- )?(?:chart|helm):", document):
        return True
    for found in re.finditer(r"(?m)^\s+(?:- )?path:\s*[\"']?([^\"'\s#]+)", document):
        path = posixpath.normpath(found[1].strip("/") or ".")
        pattern = re.sub(r"\\\{.*?\\\}\\\}|\\\*", "[^/]+", re.escape(path))
        if any(re.fullmatch(pattern, chart) for chart in charts if chart != "."):
            return True
    return False


def parsed(document):
    try:
        data = yaml.load(document, Loader=LOADER)
    except (yaml.YAMLError, ValueError):
        return None
    return data if isinstance(data, dict) else None


# --- the comparison


def compare(counted, listed):
    """(units, found, resolved, releases, twice) and the units that were missed."""
    known = {}
    for group in ("unresolved", "releases"):
        for one in listed[group]:
            path = (one.get("chart") or {}).get("path")
            places = {(one["way"], one["file"])}
            if path is not None:
                places.add(("chart", "Chart.yaml" if path == "." else f"{path}/Chart.yaml"))
            for place in places:
                known.setdefault(place, set()).add(group)
    for chart in listed["dependencies"]:
        known.setdefault(("chart", f"{chart['path']}/Chart.yaml"), set()).add("releases")
    found = [unit for unit in counted if unit[:2] in known]
    resolved = [unit for unit in found if "releases" in known[unit[:2]]]
    missed = sorted(unit for unit in counted if unit[:2] not in known)
    same = Counter(json.dumps(one, sort_keys=True) for one in listed["releases"])
    twice = sum(number - 1 for number in same.values())
    kinds = Counter(kind for kind, _, _ in counted)
    return kinds, len(counted), len(found), len(resolved), len(listed["releases"]), twice, missed


def general(reason):
    """A reason without the names in it."""
    reason = re.sub(r"https?://\S+|\S+/\S+", "…", reason)
    return re.sub(r"^(HelmRepository|OCIRepository|GitRepository) \S+", r"\1 …", reason)


def show(rows, reasons):
    heads = (
        "repository",
        "HelmReleases",
        "Applications",
        "helmCharts",
        "chart folders",
        "found",
        "resolved",
        "listed",
        "twice",
    )
    print("| " + " | ".join(heads) + " |")
    print("|---|---|---|---|---|---|---|---|---|")
    total = Counter()
    for name, kinds, units, found, resolved, listed, twice, _ in rows:
        print(f"| {name} | {cells(kinds)} | {found}/{units} | {resolved}/{units} | {listed} | {twice} |")
        total += Counter(units=units, found=found, resolved=resolved, listed=listed, twice=twice) + kinds
    units = total["units"]
    print(
        f"| **all** | {cells(total)} | {total['found']}/{units} ({total['found'] / units:.1%}) | "
        f"{total['resolved']}/{units} ({total['resolved'] / units:.1%}) | {total['listed']} | {total['twice']} |"
    )
    for name, *_, missed in rows:
        for unit in missed:
            print(f"missed: {name} {unit}")
    for name, found in reasons.items():
        for reason, number in found.most_common():
            print(f"unresolved: {name} {number} times: {reason}")


def cells(kinds):
    return " | ".join(str(kinds[kind]) for kind in KINDS)


if __name__ == "__main__":
    main()
