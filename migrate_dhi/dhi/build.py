"""Build a catalog file from a checkout of Docker's public catalog repository.

Reads ``image/<name>/<distro>/<line>.yaml`` (one definition each), ``image/<name>/info.yaml`` and
``guides.md``, and the charts of ``chart/`` (see ``overlays``). Nothing is executed and nothing fetched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.catalog_file import FORMAT, Record, pack
from migrate_dhi.dhi.checkout import head_of, load_yaml
from migrate_dhi.dhi.overlays import chart_records
from migrate_dhi.dhi.past_tags import past_tags
from migrate_dhi.dhi.scripts import script_facts
from migrate_dhi.dhi.tags import Release, parse_hardened
from migrate_dhi.errors import CatalogError
from migrate_dhi.regex import regex

SOURCE = "docker-hardened-images/catalog"

# Packages that bring a shell, and the name under which images are said to have it.
_SHELLS = {
    "bash": "bash",
    "bash-static": "bash",
    "busybox": "busybox",
    "busybox-static": "busybox",
    "dash": "dash",
    "zsh": "zsh",
}
_ROOT_PARTS = frozenset({"bin", "usr", "usr/bin", "usr/**", "bin/**", "**", "*", "/", "usr/bin/**"})

# Folders, what lists the contents themselves, and data of the system.
_NO_PROGRAM = regex(r"^[^/]|/$|/sbom(?:/|$)|^/usr/(?:share|lib)/")
_REPOSITORY = regex(r"(github\.com|gitlab\.com|codeberg\.org)[/:]([\w.-]+)/([\w.-]+?)(?:\.git)?(?=[/#?]|$)")


def build_catalog(checkout: Path, *, history: bool = False) -> bytes:
    """The bytes of a catalog file from a Git checkout; with ``history`` also tags that were listed once.

    Raises CatalogError where this is no checkout of the catalog, RepositoryError where it has no history.
    """
    _check(checkout)
    day, commit = head_of(checkout)
    return build(checkout, day=day, commit=commit, past=past_tags(checkout) if history else None)


def build(
    checkout: Path, *, day: str, commit: str, past: Mapping[str, Mapping[str, list[str]]] | None = None
) -> bytes:
    """The bytes of a catalog file.

    Args:
        checkout: the directory that holds ``image/`` and ``chart/``.
        day: the date of the checkout's commit, ISO.
        commit: its full id.
        past: for each image the tags that are listed no more, with the days first and last seen.
    """
    _check(checkout)
    images = {record["image"]: record for record in _images(checkout)}
    _add_bases(images)
    for name, record in images.items():
        listed = {tag for definition in record["definitions"] for tag in definition["tags"]}
        gone = {tag: days for tag, days in (past or {}).get(name, {}).items() if tag not in listed}
        if gone:
            record["past"] = gone
    dropped: list[Record] = [
        {"gone": name, "past": tags} for name, tags in sorted((past or {}).items()) if name not in images
    ]
    head = {"format": FORMAT, "source": SOURCE, "date": day, "commit": commit}
    return pack(
        head,
        [
            {"map": "sources", "images": _repositories(images)},
            *images.values(),
            *dropped,
            *chart_records(checkout),
        ],
    )


def _check(checkout: Path) -> None:
    if not (checkout / "image").is_dir():
        raise CatalogError(
            "there is no folder image/ here",
            where=str(checkout),
            help=f"name a checkout of https://github.com/{SOURCE}",
        )


def _repositories(images: Mapping[str, Record]) -> Record:
    """For each image the repositories that its builds take their source from, the first build's first."""
    found: dict[str, list[str]] = {}
    for name, record in images.items():
        urls = [record["home"], *(url for d in record["definitions"] for url in d.get("sources", ()))]
        repositories = (_REPOSITORY.search(url) for url in urls)
        found[name] = list(dict.fromkeys(f"{m[1]}/{m[2]}/{m[3]}" for m in repositories if m))
    return found


def _images(checkout: Path) -> Iterator[Record]:
    for folder in sorted(path for path in (checkout / "image").iterdir() if path.is_dir()):
        definitions = [
            _with_script(load_yaml(file), file, checkout)
            for file in sorted(folder.glob("*/*.yaml"))
            if re.fullmatch(r"(?:debian|alpine)-[\d.]+", file.parent.name)
        ]
        if not definitions:
            continue
        record: Record = {"image": folder.name}
        info = folder / "info.yaml"
        metadata = load_yaml(info).get("metadata", {}) if info.is_file() else {}
        record["title"] = str(metadata.get("display-name", folder.name))
        record["home"] = str(metadata.get("home-url", ""))
        record["definitions"] = definitions
        yield record


def _with_script(definition: Mapping[str, Any], file: Path, checkout: Path) -> Record:
    facts = definition_facts(definition, file.stem, file.parent.name)
    script = script_facts(definition, checkout)
    return {**facts, "script": script} if script else facts


def definition_facts(definition: Mapping[str, Any], stem: str, distro: str) -> Record:
    """The compact facts of one definition file; facts that are absent or empty are left out."""
    flavor = str(definition.get("flavor") or "")
    variant = str(definition.get("variant", "runtime"))
    tags = [str(tag) for tag in definition.get("tags") or ()]
    contents = definition.get("contents") or {}
    packages = _packages(contents)
    user, uid, gid = _user(definition.get("accounts") or {})
    dates = definition.get("dates") or {}
    facts: Record = {
        "line": stem.removesuffix("-dev").removesuffix(f"-{flavor}" if flavor else ""),
        "version": _version(tags, flavor),
        "distro": distro,
        "variant": variant,
        "flavor": flavor,
        "tags": tags,
        "user": user,
        "uid": uid,
        "gid": gid,
        "shells": _shells(packages),
        "packages": packages,
        "entrypoint": [str(word) for word in definition.get("entrypoint") or ()],
        "cmd": [str(word) for word in definition.get("cmd") or ()],
        "ports": [port if "/" in port else f"{port}/tcp" for port in map(str, definition.get("ports") or ())],
        "environment": {str(key): str(value) for key, value in (definition.get("environment") or {}).items()},
        "work_dir": str(definition.get("work-dir") or ""),
        "paths": _paths(definition.get("paths") or ()),
        "platforms": [str(platform) for platform in definition.get("platforms") or ()],
        "released": str(dates.get("release") or ""),
        "end_of_life": str(dates.get("end-of-life") or ""),
        "sources": _sources(contents),
        "files": _files(contents, definition.get("paths") or ()),
        "bases": _bases(contents),
    }
    return {key: value for key, value in facts.items() if value not in ("", None, [], {})}


def _version(tags: Iterable[str], flavor: str) -> str:
    """The full version: the longest number that a tag begins with."""
    releases: list[Release] = [parse_hardened(tag, [flavor]).release for tag in tags]
    longest: Release = max(releases, key=lambda release: (len(release), release), default=())
    return ".".join(map(str, longest))


def _packages(contents: Mapping[str, Any]) -> list[str]:
    names = [str(package) for package in contents.get("packages") or ()]
    return sorted({re.split(r"[=<>~@]", name, maxsplit=1)[0] for name in names if not name.startswith("!")})


def _shells(packages: Iterable[str]) -> list[str]:
    return sorted({_SHELLS[package] for package in packages if package in _SHELLS})


def _user(accounts: Mapping[str, Any]) -> tuple[str, int | None, int | None]:
    """The user as written, and its numbers from the list of users (by name or by number)."""
    run_as = str(accounts.get("run-as") or "root")
    for user in accounts.get("users") or ():
        if run_as in {str(user.get("name")), str(user.get("uid"))}:
            return run_as, _number(user.get("uid")), _number(user.get("gid"))
    if run_as in {"root", "0"}:
        return run_as, 0, 0
    return run_as, _number(run_as), None


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else None


def _paths(paths: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Directories of any owner, and what else belongs to another user than root."""
    kept = []
    for path in paths:
        uid, gid = _number(path.get("uid")) or 0, _number(path.get("gid")) or 0
        if path.get("type") == "directory" or (uid and path.get("type") in {"file", "emptyfile"}):
            kept.append([str(path["path"]).rstrip("/") or "/", uid, gid, str(path.get("mode") or "")])
    return sorted(kept)


def _sources(contents: Mapping[str, Any]) -> list[str]:
    files = list(contents.get("files") or ())
    for part in contents.get("builds") or ():
        files += (part.get("contents") or {}).get("files") or ()
    return list(dict.fromkeys(str(file["url"]) for file in files if file.get("url")))


def _files(contents: Mapping[str, Any], paths: Iterable[Mapping[str, Any]]) -> list[str]:
    """Scripts, links and other single files that are put in beside the packages."""
    found = [file.get("path") for file in contents.get("files") or ()]
    found += [path.get("path") for path in paths if path.get("type") in {"file", "symlink"}]
    for part in contents.get("builds") or ():
        found += [output.get("target") for output in part.get("outputs") or ()]
    named = {str(path) for path in found if path}
    return sorted(path for path in named if _NO_PROGRAM.search(path) is None)


def _bases(contents: Mapping[str, Any]) -> list[str]:
    """Hardened images whose programs are copied in whole: ``["postgres:17.5-debian13"]``."""
    bases = []
    for artifact in contents.get("artifacts") or ():
        name = str(artifact.get("name", "")).partition("@")[0]
        if name.startswith("dhi.io/") and _ROOT_PARTS & {
            str(part) for part in artifact.get("includes") or ()
        }:
            bases.append(name.removeprefix("dhi.io/"))
    return bases


def _add_bases(images: Mapping[str, Record]) -> None:
    """Give images that copy another one's programs its shells, packages and entrypoint script too."""
    for record in images.values():
        for definition in record["definitions"]:
            for base in definition.pop("bases", ()):
                name, _, tag = base.partition(":")
                found = _alike(images.get(name, {}).get("definitions", ()), tag, definition["distro"])
                packages = sorted({*definition.get("packages", ()), *found.get("packages", ())})
                if packages:
                    definition["packages"] = packages
                shells = sorted({*definition.get("shells", ()), *found.get("shells", ())})
                if shells:
                    definition["shells"] = shells
                script = found.get("script")
                if script and script["path"] in definition.get("entrypoint", ()):
                    definition.setdefault("script", script)


def _alike(definitions: Iterable[Record], tag: str, distro: str) -> Record:
    """The definition of a base that lists the tag, else one like it in the same distro, else nothing."""
    listed = [d for d in definitions if tag in d["tags"]]
    variant = "dev" if tag.endswith("-dev") else "runtime"
    alike = [
        d for d in definitions if d["distro"] == distro and d["variant"] == variant and "flavor" not in d
    ]
    return next(iter((*listed, *alike)), {})
