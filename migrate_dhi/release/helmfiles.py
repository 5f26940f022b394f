"""The way ``helmfile``: the releases of helmfiles, without evaluating them whole; what is templated is named.

What stands in braces is filled in where it is known: the name and namespace of a release, the environment and its
values. Lines of conditions are passed over.

Values: ``values`` in order < ``valuesTemplate`` < ``secrets`` < ``set`` < ``setTemplate`` < ``setString``; of each,
those of the templates that a release inherits come first, and before these those that the templates inherit.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.record import record
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.elsewhere import PACKED, at_archive, at_registry
from migrate_dhi.release.gotmpl import ENDING, LENIENT, State
from migrate_dhi.release.helmfile_files import helmfiles
from migrate_dhi.release.helmfile_layers import VALUES, Held, Helmfile, beside, layers_of
from migrate_dhi.release.helmfile_tokens import (
    CHOSEN,
    NAMED,
    PLACEHOLDER,
    SPACED,
    TOKEN,
    said,
    standing_in,
    templates_of,
    tokens_of,
    words_of,
)
from migrate_dhi.release.release import AfterHelm, Origin, Release, Unresolved
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.untyped import mapping, sequence, text_at

_AFTER = ("jsonPatches", "strategicMergePatches", "transformers", "postRenderer")


@record
class _Known:
    """A document of a helmfile, with all documents that count for it.

    ``overridden`` tells that another helmfile hands values of its own to it.
    """

    own: Helmfile
    all: list[Helmfile]
    overridden: bool = False

    @property
    def repositories(self) -> list[Any]:
        """The chart repositories that are known."""
        return [entry for one in self.all for entry in sequence(one.data.get("repositories"))]

    @property
    def namespace(self) -> str:
        """The namespace that overrides those of releases, or empty."""
        return self._last("namespace")

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that are declared, else the one that helmfile takes by itself."""
        named = [str(key) for one in self.all for key in mapping(one.data.get("environments"))]
        return tuple(dict.fromkeys(named)) or ("default",)

    @property
    def told(self) -> tuple[str, tuple[str, ...]]:
        """The version of Kubernetes and the versions of APIs that count where a release says nothing else."""
        apis = next((found for one in reversed(self.all) if (found := _apis(one.data))), ())
        return self._last("kubeVersion"), apis

    @property
    def inherited(self) -> list[dict[str, Any]]:
        """What every release inherits before what it names itself (``defaultInherit``, a name or a list)."""
        given = next((found for one in reversed(self.all) if (found := one.data.get("defaultInherit"))), None)
        return [{"template": str(name)} for name in (given if isinstance(given, list) else [given]) if name]

    @property
    def lenient(self) -> bool:
        """Whether values files that are not there are passed over, where a release says nothing else."""
        return self._last("missingFileHandler") in LENIENT

    def _last(self, key: str) -> str:
        """What is said last, where documents are laid over one another (helmfile 1.2; before, bases came first)."""
        return next((found for one in reversed(self.all) if (found := text_at(one.data, key))), "")

    def state(self, contents: Contents, environment: str, name: str = "", namespace: str = "") -> State:
        """What templates are filled with: the folder and the entry of each document that gives values."""
        defaults = [(posixpath.dirname(one.file), {"values": one.data.get("values")}) for one in self.all]
        chosen = [
            (posixpath.dirname(one.file), mapping(one.data.get("environments")).get(environment))
            for one in self.all
        ]
        entries = (*defaults, *chosen)
        known = not self.overridden and TOKEN not in str(entries)
        return State(contents, environment, name, namespace, entries, known)

    def words_of(self, state: State, held: list["Held"]) -> dict[str, str]:
        """What its tokens become by what is known now."""
        data = [[one for *_, one in held], self.namespace, self.repositories]
        return words_of(state, [one.fill for one in self.all], data)

    def template(self, name: str) -> tuple[Helmfile, Mapping[str, Any]] | None:
        """The template of a name, and the document that it stands in."""
        for one in reversed(self.all):
            found = mapping(one.data.get("templates")).get(name)
            if isinstance(found, dict):
                return one, found
        return None


def find(declared: Declared) -> Iterator[Release | Unresolved]:
    """Every release of every helmfile, also of those that another one names."""
    contents = declared.contents
    waiting = helmfiles(contents)
    seen: set[str] = set()
    overridden: set[str] = set()
    found: list[tuple[Helmfile, list[Helmfile]]] = []
    while waiting:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        read = list(_read(contents, path))
        yield from (one for one in read if isinstance(one, Unresolved))
        documents = [one for one in read if isinstance(one, Helmfile)]
        # Documents of a file, and those that it is based on, are laid over one another.
        known = [*_bases(contents, documents, {path}), *documents]
        for one in documents:
            waiting += _named(contents, one)
            overridden |= set(_named(contents, one, given=True))
            found.append((one, known))
    for one, known in found:
        for index, entry in enumerate([] if _is_replaced(one, known) else sequence(one.data.get("releases"))):
            yield from _releases(contents, _Known(one, known, one.file in overridden), index, mapping(entry))


def _is_replaced(one: Helmfile, known: list[Helmfile]) -> bool:
    """Whether a later part of the same file has releases: its list takes the place of this one's.

    helmfile cuts a file at lines that are just ``---`` and lays the parts over one another, lists as a whole; what is
    separated otherwise adds up (pkg/app: desiredStateLoader.load, pkg/state: StateCreator.Parse).
    """
    return any(
        other.file == one.file and other.cut > one.cut and sequence(other.data.get("releases"))
        for other in known
    )


def _read(contents: Contents, path: str) -> Iterator[Helmfile | Unresolved]:
    text = contents.text(path)
    fill = tokens_of(text)
    lines = text.splitlines()
    for index, part in enumerate(parts(text)):
        cut = lines[1 : part.line - 1].count("---")
        data = data_of(PLACEHOLDER.sub(lambda found: fill[found[0]], part.text))
        if isinstance(data, dict):
            yield Helmfile(path, data, fill, index, part.line, cut)
        elif data is not None or "releases:" in part.text:
            reason = "its templates are evaluated by helmfile, and it is no YAML before"
            yield Unresolved("helmfile", posixpath.basename(path), path, part.line, reason)


def _named(contents: Contents, helmfile: Helmfile, *, given: bool = False) -> list[str]:
    """The helmfiles that one names, by path or pattern; with ``given`` those that it hands values to."""
    found: list[str] = []
    for entry in sequence(helmfile.data.get("helmfiles")):
        if given and not mapping(entry).get("values"):
            continue
        name = text_at(entry, "path") if isinstance(entry, dict) else str(entry)
        pattern = beside(helmfile, name)
        found += contents.matching(pattern)
    return found


def _bases(contents: Contents, documents: list[Helmfile], seen: set[str]) -> Iterator[Helmfile]:
    for document in documents:
        for name in sequence(document.data.get("bases")):
            path = contents.beside(document.file, str(name))
            if path and path not in seen:
                found = [one for one in _read(contents, path) if isinstance(one, Helmfile)]
                yield from _bases(contents, found, {*seen, path})
                yield from found


def _releases(
    contents: Contents, known: _Known, index: int, entry: Mapping[str, Any]
) -> Iterator[Release | Unresolved]:
    """The release of an entry, in each environment where it reads which one it is."""
    if entry.get("installed") is False:
        return
    own = _named_templates(entry)
    told = {text_at(one, "template") for one in own}
    default = [one for one in known.inherited if one["template"] not in told]
    held: list[Held] = [*_inherited(known, [*default, *own]), (known.own, ("releases", index), entry)]
    environments = known.environments
    words = [known.words_of(known.state(contents, environment), held) for environment in environments]
    asks = CHOSEN in str([one[2] for one in held]) or any(_templated(one[2]) for one in held)
    if not asks and all(one == words[0] for one in words):
        found = [_release(contents, known, held, "", words[0])]
    else:
        ways = zip(environments, words, strict=True)
        found = [_release(contents, known, held, environment, one) for environment, one in ways]
    chosen = environments if asks or len(found) > 1 else ("",)
    named = [(environment, one) for environment, one in zip(chosen, found, strict=True) if one]
    yield from dict.fromkeys(_of_environment(environment, one, len(chosen)) for environment, one in named)


def _of_environment(environment: str, found: Release | Unresolved, of: int) -> Release | Unresolved:
    """A release as one of an environment, where there are others; or it is said which environment is assumed."""
    if isinstance(found, Unresolved) or environment in ("", "default" if of == 1 else ""):
        return found
    if of > 1:
        return replace(found, build=environment)
    note = f"the environment {environment} is assumed, the only one that the helmfile declares"
    return replace(found, notes=(*found.notes, note))


def _templated(entry: Mapping[str, Any]) -> bool:
    """Whether values stand in a template that is filled with those of the environment."""
    return any(str(one).endswith(ENDING) for key in VALUES for one in sequence(entry.get(key)))


def _release(
    contents: Contents, known: _Known, held: list[Held], environment: str, words: Mapping[str, str]
) -> Release | Unresolved | None:
    """The release in an environment; None where it is not installed there."""
    helmfile = known.own
    words = {CHOSEN: environment, **words} if environment else words
    whole: dict[str, Any] = {}
    for _, _, data in held:
        whole |= said(data, words)
    if any(text_at(whole, key).strip().lower() == "false" for key in ("installed", "installedTemplate")):
        return None
    templates = templates_of(one.fill for one in known.all)
    told = text_at(whole, "name"), said(known.namespace, words) or text_at(whole, "namespace")
    name, namespace = (standing_in(one, templates) for one in told)
    state = known.state(contents, environment, name, namespace)
    words = {**words, NAMED: name, SPACED: namespace, **known.words_of(state, held)}
    held = [(replace(one, fill=said(one.fill, words)), where, said(data, words)) for one, where, data in held]
    whole, entry, line = said(whole, words), held[-1][2], helmfile.line
    hidden = next((key for key in ("chart", "version") if TOKEN in text_at(whole, key)), "")
    if hidden:
        asked = next(template for token, template in templates.items() if token in text_at(whole, hidden))
        reason = f"its {hidden} is a template of helmfile of which nothing is known here: {asked}"
        return Unresolved("helmfile", name, helmfile.file, line, reason)
    origin = _origin(contents, known, words, text_at(whole, "chart"), text_at(whole, "version"))
    if isinstance(origin, str):
        return Unresolved("helmfile", name, helmfile.file, line, origin)
    handler = text_at(whole, "missingFileHandler")
    lenient = handler in LENIENT if handler else known.lenient
    layers = list(layers_of(state, held, lenient=lenient))
    kube, apis = known.told
    notes = ["its condition is not evaluated"] if entry.get("condition") else []
    if told != (name, namespace) or TOKEN in str([entry.get(key) for key in VALUES]):
        notes.append("what helmfile fills in is not known here: stand-ins are rendered")
    if any(one.form == "map" and not one.path and state.stands_in(one.file) for one in layers):
        notes.append(
            "what the process of helmfile has in its environment is not known here: stand-ins are rendered"
        )
    return Release(
        "helmfile",
        namespace=namespace,
        name=name,
        file=helmfile.file,
        document=helmfile.document,
        line=line,
        origin=origin,
        layers=tuple(layers),
        kube_version=text_at(whole, "kubeVersion") or kube,
        api_versions=_apis(whole) or apis,
        notes=tuple(notes),
        after=tuple(dict.fromkeys(_after(known, whole))),
    )


def _apis(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, sequence(entry.get("apiVersions"))))


def _named_templates(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of ``inherit``; one alone was a map in older versions of helmfile."""
    given = entry.get("inherit")
    return [mapping(one) for one in (given if isinstance(given, list) else [given])]


def _inherited(known: _Known, items: list[dict[str, Any]], seen: tuple[str, ...] = ()) -> Iterator[Held]:
    """The templates that items of ``inherit`` name, each behind those that it inherits, without what is left out."""
    for item in items:
        name, left = text_at(item, "template"), sequence(item.get("except"))
        found = known.template(name)
        if found is None or name in seen:
            continue
        above = _inherited(known, _named_templates(found[1]), (*seen, name))
        for helmfile, where, data in (*above, (found[0], ("templates", name), found[1])):
            yield helmfile, where, {key: value for key, value in data.items() if key not in left}


def _after(known: _Known, entry: Mapping[str, Any]) -> Iterator[AfterHelm]:
    """What helmfile lays over the manifests that Helm renders."""
    for key in _AFTER:
        if entry.get(key):
            yield AfterHelm(key, known.own.file)
    for one in known.all:
        if text_at(one.data, "helmDefaults", "postRenderer") and not entry.get("postRenderer"):
            yield AfterHelm("helmDefaults.postRenderer", one.file)


def _origin(
    contents: Contents, known: _Known, words: Mapping[str, str], chart: str, version: str
) -> Origin | str:
    if chart.startswith("oci://"):
        return at_registry(chart, version)
    path = beside(known.own, chart)
    if path in contents.charts:
        return contents.charts[path].origin
    if path in contents.files:
        return PACKED.format(path)
    if chart.startswith((".", "/")) or not chart or path in contents.folders:
        return f"there is no chart at {path}"
    if "://" in chart or "::" in chart:
        return at_archive(chart) or f"the chart {chart} is fetched in a way that is not read here"
    name, _, inner = chart.partition("/")
    for entry in known.repositories:
        if text_at(entry, "name") == name and inner:
            url = said(text_at(entry, "url"), words)
            if TOKEN in url:
                return "the address of its chart is a template of helmfile"
            if mapping(entry).get("oci") is True or url.startswith("oci://"):
                return at_registry(f"oci://{url.removeprefix('oci://').rstrip('/')}/{inner}", version)
            return Origin("repository", inner, version, url)
    if inner:
        # Whoever runs helmfile has added it to Helm by that name.
        return Origin("repository", inner, version, f"@{name}")
    return f"there is no chart at {path}"
