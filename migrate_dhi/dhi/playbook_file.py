"""Read one playbook file and refuse what is not in order, with file and line.

The shape is written down for editors in ``docs/playbook.schema.json``; the two are tested against each other.
"""

from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from migrate_dhi.dhi.playbook import (
    ChartFact,
    CheckCommand,
    DataPath,
    EntrypointReads,
    Fact,
    Member,
    OperatorFact,
    OtherDefault,
    Place,
    Playbook,
    ProbeAlternative,
)
from migrate_dhi.errors import CatalogError
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex

_MEMBER_KEYS = {"images", "target", "facts", "probes", "data", "entrypoint_reads", "defaults", "arguments"}
_MEMBER_KEYS |= {"writes", "configuration"}
_TOP_KEYS = _MEMBER_KEYS | {"name", "title", "members", "pull_secret", "charts", "notes", "checks"}
_TOP_KEYS |= {"operators", "$schema"}
_FACT_KEYS = {"user", "uid", "shells", "ports", "entrypoint", "source"}
_BOUND = r"(?:<=|>=|<|>|=)?\d+\.\d+\.\d+"
_BOUNDS = regex(rf"{_BOUND}(?: {_BOUND})*")
_HANDLERS = {"tcpSocket", "httpGet", "grpc", "exec"}
# A check must not change a cluster: these are the verbs that only read.
_READING = regex(
    r"(?:kubectl (?:-n \S+ )?(?:get|describe|logs|events|top|rollout status|auth can-i)"
    r"|argocd app (?:get|diff|list)|flux get)\b[^;|&><`$\r\n]*"
)


class _Place:
    """A node of the file with its path; reads its value by kind, or raises CatalogError with the line."""

    def __init__(self, node: Node, file: Path, path: str = "") -> None:
        self.node = node
        self.file = file
        self.path = path

    def refuse(self, message: str) -> NoReturn:
        line = self.node.start_mark.line + 1
        subject = f"`{self.path}` " if self.path else ""
        raise CatalogError(
            f"{subject}{message}",
            where=f"{self.file}:{line}",
            help="docs/playbook.schema.json lists the keys; `migrate-dhi playbook check` checks a file",
        )

    def keys(self, allowed: set[str], required: set[str] = frozenset()) -> dict[str, "_Place"]:  # type: ignore[assignment]
        if not isinstance(self.node, MappingNode):
            self.refuse("must be a mapping")
        found: dict[str, _Place] = {}
        for key, value in self.node.value:
            place = _Place(value, self.file, f"{self.path}.{key.value}".lstrip("."))
            if key.value not in allowed:
                _Place(key, self.file, place.path).refuse(
                    f"is no key of a playbook here (known: {', '.join(sorted(allowed))})"
                )
            if key.value in found:
                _Place(key, self.file, place.path).refuse("is given twice")
            found[key.value] = place
        for name in sorted(required - found.keys()):
            self.refuse(f"lacks the key `{name}`")
        return found

    def items(self) -> list["_Place"]:
        if not isinstance(self.node, SequenceNode):
            self.refuse("must be a list")
        return [_Place(node, self.file, f"{self.path}[{i}]") for i, node in enumerate(self.node.value)]

    def text(self) -> str:
        if not isinstance(self.node, ScalarNode) or not str(self.node.value).strip():
            self.refuse("must be a text")
        return str(self.node.value).strip()

    def number(self) -> int:
        text = self.text()
        if not text.isdecimal():
            self.refuse("must be a whole number")
        return int(text)

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def plain(self) -> Any:
        """Mappings, lists, whole numbers and texts as Python has them."""
        if isinstance(self.node, MappingNode):
            return {
                k.value: _Place(v, self.file, f"{self.path}.{k.value}").plain() for k, v in self.node.value
            }
        if isinstance(self.node, SequenceNode):
            return [item.plain() for item in self.items()]
        text = str(self.node.value)
        quoted = isinstance(self.node, ScalarNode) and self.node.style in {"'", '"', "|", ">"}
        return int(text) if text.isdecimal() and not quoted else text


def read_playbook(text: str, file: Path) -> Playbook:
    """A playbook from its text; the file's name (without ``.yaml``) must be the playbook's."""
    try:
        # Rendering loads this parser in any case; only the marks and texts of its nodes are looked at.
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "no YAML"
        raise CatalogError(f"this playbook is no valid YAML: {problem}", where=f"{file}{line}") from error
    if node is None:
        raise CatalogError("this playbook is empty", where=str(file))
    top = _Place(node, file)
    keys = top.keys(_TOP_KEYS, {"name", "title"})
    name = keys["name"].text()
    if name != file.stem:
        keys["name"].refuse(f"is {name!r}, but the file is named {file.name}")
    if ("members" in keys) == bool(keys.keys() & _MEMBER_KEYS):
        top.refuse("needs either `target` with `images`, or `members`")
    members = keys["members"].items() if "members" in keys else [top]
    if not members:
        keys["members"].refuse("is empty")
    return Playbook(
        name=name,
        title=keys["title"].text(),
        file=str(file),
        members=tuple(
            _member(m.keys(_MEMBER_KEYS if m is not top else _TOP_KEYS, {"images", "target"}), m)
            for m in members
        ),
        pull_secret=keys["pull_secret"].text() if "pull_secret" in keys else "",
        charts=tuple(_chart(place) for place in _list(keys, "charts")),
        notes=tuple(_fact(place) for place in _list(keys, "notes")),
        checks=tuple(_check(place) for place in _list(keys, "checks")),
        operators=tuple(_operator(place) for place in _list(keys, "operators")),
    )


def _list(keys: dict[str, _Place], name: str) -> list[_Place]:
    return keys[name].items() if name in keys else []


def _member(keys: dict[str, _Place], place: _Place) -> Member:
    for item in keys["images"].items():
        reference = Reference.try_parse(item.text())
        if reference is None or reference.tag or reference.digest:
            item.refuse("must be an image without tag, such as docker.io/library/name")
    if not keys["images"].items():
        keys["images"].refuse("is empty")
    target = keys["target"].keys({"image", "flavor", "distro", "reason"}, {"image"})
    if "flavor" in target and "reason" not in target:
        place.refuse("prefers a flavor, and so must give the `target.reason`")
    facts = keys["facts"].keys(_FACT_KEYS, {"source"}) if "facts" in keys else {}
    probes = keys["probes"].keys({"port", "alternatives"}) if "probes" in keys else {}
    texts = {name: target[name].text() if name in target else "" for name in ("flavor", "distro", "reason")}
    return Member(
        images=keys["images"].texts(),
        target=target["image"].text(),
        **texts,
        user=facts["user"].text() if "user" in facts else None,
        uid=facts["uid"].number() if "uid" in facts else None,
        shells=facts["shells"].texts() if "shells" in facts else None,
        ports=facts["ports"].texts() if "ports" in facts else None,
        entrypoint=facts["entrypoint"].texts() if "entrypoint" in facts else None,
        facts_source=facts["source"].text() if "source" in facts else "",
        probe_port=probes["port"].number() if "port" in probes else None,
        probes=tuple(_probe(item) for item in _list(probes, "alternatives")),
        data=tuple(_data(item) for item in _list(keys, "data")),
        entrypoint_reads=tuple(_reads(item) for item in _list(keys, "entrypoint_reads")),
        defaults=tuple(_default(item) for item in _list(keys, "defaults")),
        arguments=_fact(keys["arguments"]) if "arguments" in keys else None,
        writes=tuple(_place(item) for item in _list(keys, "writes")),
        configuration=tuple(_place(item) for item in _list(keys, "configuration")),
    )


def _probe(place: _Place) -> ProbeAlternative:
    keys = place.keys({"handler", "text", "source"}, {"handler", "text", "source"})
    handler = keys["handler"].plain()
    if not isinstance(handler, dict) or len(handler) != 1 or not handler.keys() <= _HANDLERS:
        keys["handler"].refuse(f"must have exactly one of {', '.join(sorted(_HANDLERS))}")
    return ProbeAlternative(handler, keys["text"].text(), keys["source"].text())


def _data(place: _Place) -> DataPath:
    keys = place.keys({"path", "before", "uid", "gid", "text", "source"}, {"path", "text", "source"})
    return DataPath(
        path=keys["path"].text(),
        before=keys["before"].text() if "before" in keys else "",
        uid=keys["uid"].number() if "uid" in keys else None,
        gid=keys["gid"].number() if "gid" in keys else None,
        text=keys["text"].text(),
        source=keys["source"].text(),
    )


def _reads(place: _Place) -> EntrypointReads:
    keys = place.keys({"variables", "paths", "text", "source"}, {"text", "source"})
    named = {name: keys[name].texts() if name in keys else () for name in ("variables", "paths")}
    if not any(named.values()):
        place.refuse("names neither `variables` nor `paths`")
    return EntrypointReads(**named, text=keys["text"].text(), source=keys["source"].text())


def _place(place: _Place) -> Place:
    keys = place.keys({"paths", "text", "source"}, {"paths", "text", "source"})
    if not keys["paths"].texts():
        keys["paths"].refuse("is empty")
    return Place(keys["paths"].texts(), keys["text"].text(), keys["source"].text())


def _default(place: _Place) -> OtherDefault:
    every = {"setting", "value", "unless", "text", "source"}
    keys = place.keys(every, every)
    unless = keys["unless"].texts()
    if not unless:
        keys["unless"].refuse("is empty")
    return OtherDefault(
        setting=keys["setting"].text(),
        value=keys["value"].text(),
        unless=unless,
        text=keys["text"].text(),
        source=keys["source"].text(),
    )


def _chart(place: _Place) -> ChartFact:
    keys = place.keys({"chart", "versions", "text", "source"}, {"chart", "versions", "text", "source"})
    if not _BOUNDS.fullmatch(keys["versions"].text()):
        keys["versions"].refuse("must be bounds such as `>=0.9.0 <0.11.0`")
    return ChartFact(*(keys[name].text() for name in ("chart", "versions", "text", "source")))


def _fact(place: _Place) -> Fact:
    keys = place.keys({"text", "source"}, {"text", "source"})
    return Fact(keys["text"].text(), keys["source"].text())


def _operator(place: _Place) -> OperatorFact:
    keys = place.keys({"group", "text", "source"}, {"group", "text", "source"})
    return OperatorFact(keys["group"].text(), keys["text"].text(), keys["source"].text())


def _check(place: _Place) -> CheckCommand:
    keys = place.keys({"run", "expect"}, {"run", "expect"})
    if not _READING.fullmatch(keys["run"].text()):
        keys["run"].refuse("must be one command that only reads (kubectl get, describe, logs, …)")
    return CheckCommand(keys["run"].text(), keys["expect"].text())
