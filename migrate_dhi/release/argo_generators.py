"""The sets of parameters that the generators of an ApplicationSet give, as far as the repository tells them.

Read in Argo CD's sources of August 2026: the directory generator matches per segment, its ``exclude`` wins and dot
directories are skipped; the file generator's ``*`` crosses directories.
"""

import itertools
import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.kube.documents import fault
from migrate_dhi.regex import regex
from migrate_dhi.release.argo_templates import Parameters, Template
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, sequence, text_at

_NOT_IN_A_NAME = regex(r"[^-a-z0-9.]")


class Generators:
    """Asks generators for their parameters.

    Args:
        contents: the repository.
        go: whether the ApplicationSet uses Go templates.
    """

    def __init__(self, contents: Contents, *, go: bool) -> None:
        self.contents = contents
        self.go = go

    def parameters(self, generator: Any, above: Parameters | None = None) -> Iterator[Parameters]:
        """The sets of one generator; ``above`` are those of the first one of a matrix."""
        entry = mapping(generator)
        for found in self._asked(entry, above or Parameters({})):
            if _selected(mapping(entry.get("selector")), found):
                yield found

    def _asked(self, entry: Mapping[str, Any], above: Parameters) -> Iterator[Parameters]:
        if "list" in entry:
            yield from self._listed(mapping(entry["list"]), above)
        elif "git" in entry:
            yield from self._from_git(mapping(self._filled(entry["git"], above)))
        elif "matrix" in entry:
            yield from self._matrix(sequence(mapping(entry["matrix"]).get("generators")), above)
        elif "merge" in entry:
            yield from self._merged(mapping(entry["merge"]), above)
        else:
            kinds = [str(key) for key in entry if key != "selector"]
            own = mapping(entry.get(kinds[0])) if kinds else {}
            values = mapping(own.get("values"))
            yield Parameters({"values": dict(values)} if values else {}, (kinds[0] if kinds else "unknown",))

    def _filled(self, data: Any, above: Parameters) -> Any:
        return Template(above, go=self.go).data(data) if above.values else data

    def _listed(self, own: Mapping[str, Any], above: Parameters) -> Iterator[Parameters]:
        elements = list(sequence(self._filled(own.get("elements"), above)))
        if own.get("elementsYaml"):
            text = Template(above, go=self.go).text(str(own["elementsYaml"]))
            elements += sequence(data_of(text or ""))
        for element in elements:
            yield Parameters(mapping(element))

    def _from_git(self, own: Mapping[str, Any]) -> Iterator[Parameters]:
        revision = self.contents.addresses.other_revision(text_at(own, "revision"))
        if not self._is_here(own):
            yield Parameters({}, (f"git ({text_at(own, 'repoURL')})",))
            return
        extra = mapping(own.get("values"))
        prefix = text_at(own, "pathParamPrefix")
        found = self._directories(own) if own.get("directories") else self._files(own)
        for path, values in found:
            known = {**values, **_nested(prefix, {"path": path})}
            if extra:
                known["values"] = Template(Parameters(known), go=self.go).data(extra)
            name = path.get("filename")
            file = posixpath.normpath(posixpath.join(path["path"], name)) if name else ""
            yield Parameters(known, revision=revision, files=(file,) if file else ())

    def _is_here(self, own: Mapping[str, Any]) -> bool:
        """Whether the generator reads this repository: by its address, else by what it names."""
        if self.contents.addresses.is_here(text_at(own, "repoURL")):
            return True
        found = self._directories(own) if own.get("directories") else self._files(own)
        return next(found, None) is not None

    def _directories(self, own: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        wanted, unwanted = _patterns(own.get("directories"))
        for folder in sorted(self.contents.folders - {"."}):
            if any(part.startswith(".") for part in folder.split("/")):
                continue
            if any(_segments(folder, one) for one in wanted) and not any(
                _segments(folder, one) for one in unwanted
            ):
                yield _path(folder), {}

    def _files(self, own: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        wanted, unwanted = _patterns(own.get("files"))
        for path in self.contents.files.paths:
            if not any(_crossing(path, one) for one in wanted) or any(
                _crossing(path, one) for one in unwanted
            ):
                continue
            known = {
                **_path(posixpath.dirname(path) or "."),
                "filename": posixpath.basename(path),
                "filenameNormalized": _normalized(posixpath.basename(path)),
            }
            for data in _objects(self.contents.text(path)):
                yield known, data

    def _matrix(self, generators: list[Any], above: Parameters) -> Iterator[Parameters]:
        first, *others = generators or [{}]
        for one in self.parameters(first, above):
            sets = [list(self.parameters(other, above.over(one))) for other in others]
            for combined in itertools.product(*sets):
                found = one
                for other in combined:
                    found = found.over(other)
                yield found

    def _merged(self, own: Mapping[str, Any], above: Parameters) -> Iterator[Parameters]:
        generators = sequence(own.get("generators"))
        keys = [str(key) for key in sequence(own.get("mergeKeys"))]
        if not generators:
            return
        others = [one for generator in generators[1:] for one in self.parameters(generator, above)]
        for base in self.parameters(generators[0], above):
            found, variants = base, []
            for other in others:
                if base.unknown or other.unknown:
                    # Which of them belong together is known in the cluster alone.
                    variants.append(base.over(other))
                elif all(_at(base.values, key) == _at(other.values, key) for key in keys):
                    found = found.over(other)
            yield found
            yield from (one for one in _different(variants) if one.values != found.values)


def _different(sets: list[Parameters]) -> Iterator[Parameters]:
    seen: list[Any] = []
    for one in sets:
        if one.values not in seen:
            seen.append(one.values)
            yield one


def _patterns(entries: Any) -> tuple[list[str], list[str]]:
    """The patterns of what is wanted, and of what is left out."""
    found: tuple[list[str], list[str]] = ([], [])
    for entry in sequence(entries):
        found[mapping(entry).get("exclude") is True].append(posixpath.normpath(text_at(entry, "path")))
    return found


def _nested(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {prefix: values} if prefix else values


def _path(folder: str) -> dict[str, Any]:
    name = posixpath.basename(folder)
    segments = folder.split("/")
    return {
        "path": folder,
        "basename": name,
        "basenameNormalized": _normalized(name),
        "segments": segments,
        **{str(at): segment for at, segment in enumerate(segments)},
    }


def _normalized(name: str) -> str:
    return _NOT_IN_A_NAME.sub("-", name.lower())[:253].strip("-.")


def _segments(folder: str, pattern: str) -> bool:
    """Whether a folder matches, segment by segment: ``**`` stands for one of them, as ``*`` does (Go's path.Match)."""
    names, patterns = folder.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))


def _crossing(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path, pattern.replace("**/", ""))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects that a file of parameters holds: one, or a list of them; an empty file is one that says nothing."""
    first = parts(text)[0].text
    data = data_of(first)
    if data is None and not fault(first):
        data = {}
    for one in data if isinstance(data, list) else [data]:
        if isinstance(one, dict):
            yield one


def _at(values: Mapping[str, Any], key: str) -> Any:
    found: Any = values
    for step in key.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return values.get(key) if found is None else found


def _selected(selector: Mapping[str, Any], found: Parameters) -> bool:
    """Whether a set of parameters satisfies a generator's selector; what is not known does."""
    for key, value in mapping(selector.get("matchLabels")).items():
        has = _at(found.values, str(key))
        if not (has is None and found.unknown) and str(has) != str(value):
            return False
    for rule in sequence(selector.get("matchExpressions")):
        has = _at(found.values, text_at(rule, "key"))
        if has is None and found.unknown:
            continue
        wanted = [str(one) for one in sequence(mapping(rule).get("values"))]
        operator = text_at(rule, "operator")
        holds = {
            "In": has is not None and str(has) in wanted,
            "NotIn": has is None or str(has) not in wanted,
            "Exists": has is not None,
            "DoesNotExist": has is None,
        }
        if not holds.get(operator, True):
            return False
    return True
