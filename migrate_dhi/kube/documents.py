"""Rendered text as data: split into documents as Helm splits it, and parsed once for each text."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from math import isinf
from typing import Any, ClassVar

from migrate_dhi.errors import RenderError
from migrate_dhi.regex import regex
from migrate_dhi.unprintable import unprintable

_BLANK = regex(r"\s*")

# What PyYAML reads in another way than Helm, or in a way that nothing here needs.
_OTHERWISE = (":timestamp", ":value", ":int", ":float")
# Numbers as the YAML of Helm and Kubernetes has them (go.yaml.in/yaml/v2: resolve): `12:30` is a text, `1e+06` and `08`
# are none. How a number above a million leaves a template is `1e+06`.
_DIGITS = frozenset("+-.0123456789")
_NUMBERS = (
    ("int", regex(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]*|[1-9][0-9_]*)$")),
    (
        "float",
        regex(
            r"[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$"
        ),
    ),
)

# Text of a template → its parsed documents. Renders of one chart share most of their texts; of a repository full
# of charts only the last ones are kept.
_PARSED: dict[str, tuple[Mapping[str, Any], ...]] = {}
MOST_PARSED = 4_000
"""How many texts are kept with what they hold."""


def documents(template: str, text: str) -> tuple[Mapping[str, Any], ...]:
    """The documents of a rendered template that hold anything; raises RenderError where one is no YAML."""
    known = _PARSED.get(text)
    if known is not None:
        return known
    found: list[Mapping[str, Any]] = []
    for part in _parts(text):
        trimmed = part.strip()
        if not trimmed:
            continue
        data = _load(template, trimmed)
        if isinstance(data, dict) and data:
            found.extend(_unlisted(data))
    if len(_PARSED) >= MOST_PARSED:
        _PARSED.clear()
    _PARSED[text] = tuple(found)
    return _PARSED[text]


def _parts(text: str) -> Iterator[str]:
    r"""What stands between Helm's separators, ``(?:^|\s*\n)---\s*`` (pkg/release/util: SplitManifests).

    So ``---# comment`` splits as it does there. The pattern itself tries each blank of each indentation: 40 times as
    long for definitions of resources.
    """
    begin = 0
    if text.startswith("---"):
        yield ""
        begin = _behind_blanks(text, 3)
    while (at := text.find("\n---", begin)) >= 0:
        yield text[begin:at].rstrip()
        begin = _behind_blanks(text, at + 4)
    yield text[begin:]


def _behind_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _unlisted(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A ``List`` object stands for its items, in lists too; those of a ``ConfigMapList`` need not say their kind.

    Kubernetes: apimachinery, UnstructuredJSONScheme.
    """
    items, kind = data.get("items"), str(data.get("kind") or "")
    if not kind.endswith("List") or not isinstance(items, list):
        yield data
        return
    own = kind.removesuffix("List")
    head = {"apiVersion": data.get("apiVersion"), "kind": own} if own else {}
    for item in items:
        if isinstance(item, dict):
            yield from _unlisted(item if item.get("kind") else {**item, **head})


@cache
def _loader() -> Any:
    """PyYAML's C parser: on the manifests of 133 charts 1.6 s, where ruamel's takes 2.9."""
    import yaml  # noqa: PLC0415 - only where something renders

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Dates and a bare `=` stay text: they are compared and shown, never computed with. Numbers are Helm's.

        A tag that nobody defines, as in `matchType: !=`, says nothing to Helm and Kubernetes either: what bears it
        is read without.
        """

        yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
            first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(_OTHERWISE)]
            + [(f"tag:yaml.org,2002:{name}", pattern) for name, pattern in _NUMBERS if first in _DIGITS]
            for first, resolvers in base.yaml_implicit_resolvers.items()
        }

        def descend_resolver(self, _: Any, __: Any) -> None:
            """Nothing here depends on the path to a node."""

        def ascend_resolver(self) -> None:
            """As above."""

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            """The tag of a node that has none; PyYAML takes three calls of Python for each node."""
            if kind is not yaml.ScalarNode:
                return _LIST if kind is yaml.SequenceNode else _MAP
            if not implicit[0]:
                return _STRING
            tag = _TAGS.get(value)
            if tag is None:
                resolvers = self.yaml_implicit_resolvers.get(value[:1], ())
                tag = next((tag for tag, pattern in resolvers if pattern.match(value)), _STRING)
                if len(_TAGS) < _MOST_TAGS and len(value) < _LONG:
                    _TAGS[value] = tag
            return tag

        def untagged(self, node: Any) -> Any:
            if isinstance(node, yaml.MappingNode):
                return self.construct_mapping(node, deep=True)
            if isinstance(node, yaml.SequenceNode):
                return self.construct_sequence(node, deep=True)
            return node.value

        def number(self, node: Any) -> Any:
            """A number; `12e4567` is too large for one, and a text."""
            value = self.construct_yaml_float(node)
            return node.value if isinf(value) and "inf" not in node.value.lower() else value

    Loader.add_constructor(None, Loader.untagged)
    Loader.add_constructor("tag:yaml.org,2002:float", Loader.number)
    return Loader


def _read(text: str) -> Any:
    """The data of a text; raises as ``yaml.load`` does.

    PyYAML makes data of its nodes by generators, for aliases that lead back to what holds them, which takes nearly as
    long as its parser in C. Nothing here needs them where nothing has an anchor.
    """
    loader = _loader()(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if "&" not in text:
            with suppress(_OddError, RecursionError):
                return _built(loader, node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


# What a plain scalar is: manifests are made of the same words again and again.
_TAGS: dict[str, str] = {}
_MOST_TAGS, _LONG = 10_000, 40


class _OddError(Exception):
    """A node that is none of the plain ones."""


_STRING, _MAP, _LIST, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq", "merge"))


def _built(loader: Any, node: Any) -> Any:
    """The data of plain nodes; raises _OddError where a key is a merge or no scalar, or a map or a list has a tag."""
    if node.id == "scalar":
        return node.value if node.tag == _STRING else loader.construct_object(node)
    if node.id == "sequence" and node.tag == _LIST:
        return [_built(loader, item) for item in node.value]
    if node.id != "mapping" or node.tag != _MAP:
        raise _OddError
    found = {}
    for key, value in node.value:
        if key.id != "scalar" or key.tag == _MERGE:
            raise _OddError
        found[key.value if key.tag == _STRING else loader.construct_object(key)] = _built(loader, value)
    return found


def is_manifest(template: str) -> bool:
    """All but what Helm drops: notes, and templates that others include (helm/pkg: action, releaseutil)."""
    return not template.endswith("NOTES.txt") and not template.rpartition("/")[2].startswith("_")


def api_group(data: Mapping[str, Any]) -> str:
    """The API group of an object, as ``apps`` or ``helm.toolkit.fluxcd.io``; empty for the core."""
    return str(data.get("apiVersion") or "").rpartition("/")[0]


def structure(text: str) -> Any:
    """The data of a text that is YAML or JSON itself, or None where it is not."""
    import yaml  # noqa: PLC0415 - only where something renders

    try:
        return _read(text)
    except (yaml.YAMLError, ValueError):
        return None


def decoded(text: str) -> str | None:
    """What base64 holds, as in a Secret; None where it is none, or of no text."""
    try:
        # Go's decoder passes over the ends of lines.
        return base64.b64decode("".join(text.splitlines()), validate=True).decode("utf-8")
    except ValueError:
        return None


def fault(text: str) -> tuple[int, str] | None:
    """The 1-based line (0: unknown) and the reason why a text is no YAML; None where it is."""
    import yaml  # noqa: PLC0415 - only where something is broken

    try:
        _read(text)
    except (yaml.YAMLError, ValueError) as error:
        return _fault(text, error)
    return None


def _fault(text: str, error: Exception) -> tuple[int, str]:
    odd = unprintable(text)
    if odd:
        return odd
    mark = getattr(error, "problem_mark", None)
    return (mark.line + 1 if mark else 0), str(getattr(error, "problem", None) or error)


def _load(template: str, text: str) -> Any:
    import yaml  # noqa: PLC0415 - only where something renders

    try:
        return _read(text)
    except (yaml.YAMLError, ValueError) as error:
        line, problem = _fault(text, error)
        raise RenderError(
            f"the rendered manifest is no YAML: {problem}",
            where=f"{template}:{line}" if line else template,
            help="`helm template --debug` shows the manifest",
            near="\n".join(text.splitlines()[max(line - 2, 0) : line]),
        ) from error
