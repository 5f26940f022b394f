"""Pull secrets that pods get without naming them: from a service account, a policy, or a job that patches accounts.

Kubernetes gives a pod the list of its service account only where the pod has none of its own (admission of service
accounts): a pod that names a secret loses what the account gave it. A policy that changes the pods themselves comes
after that: it adds to their list, puts another one in its place, or gives one to those that have none.
"""

import posixpath
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from migrate_dhi.findings import Finding
from migrate_dhi.migration.repository.matching import met
from migrate_dhi.migration.repository.seen import Seen, at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.streams import data_of
from migrate_dhi.untyped import mapping, sequence, text_at, walk
from migrate_dhi.wording import counted

_PATCH = regex(
    r"\bpatch\b.*\b(?:serviceaccounts?|sa)\b.*imagePullSecrets|imagePullSecrets.*\bserviceaccounts?\b"
)
_NAME = regex(r"""\bname\\?["']?\s*:\s*\\?["']?([a-z0-9][a-z0-9.-]*)""")
_SPACE = regex(r"(?:^|\s)(?:-n[ =]?|--namespace[ =])([a-z0-9][a-z0-9-]*)(?:\s|$)")
# Kyverno's anchors stand around a key: +(imagePullSecrets), <(image).
_ANCHORS = "+()^<>="
_LIST = "imagePullSecrets"
# What is written down for people is no script.
_PROSE = (".md", ".markdown", ".rst", ".adoc", ".txt", ".mdx")

_Way = Literal["gives", "adds", "replaces"]
"""What becomes of a pod that has a list of its own: it keeps that alone, has both, or loses it."""


@record
class _Giver:
    """What gives pods a list of secrets: for people, its place, the names, the namespaces that it is known for."""

    what: str
    file: str
    line: int
    names: tuple[str, ...]
    namespaces: Sequence[str]
    way: _Way = "gives"


def of_accounts(seen: Seen) -> Iterator[Finding]:
    """Lists that pods lose when they get a secret of their own, and lists that hold the wanted one already."""
    for name, namespaces in seen.wanted.items():
        for giver in (*_accounts(seen), *_policies(seen, namespaces), *_jobs(seen)):
            there = [one for one in namespaces if any(fnmatchcase(one, space) for space in giver.namespaces)]
            if there:
                yield from _told(giver, name, there)


def _told(giver: _Giver, name: str, there: Sequence[str]) -> Iterator[Finding]:
    """What a giver means for the pods of some namespaces that are to name a secret."""
    more = f" and {counted(len(there) - 1, 'more namespace')}" if len(there) > 1 else ""
    where = f"in {there[0]}{more}"
    others = ", ".join(one for one in giver.names if one != name)
    if giver.way == "replaces" and name not in giver.names:
        yield Finding(
            "pull-secret-displaced",
            "warning",
            f"{giver.what} puts {others} in the place of the pull secrets that pods {where} name: {name} would not "
            "stay",
            file=giver.file,
            line=giver.line,
            help=f"let it add to the list (`/spec/{_LIST}/-`), or name {name} there too",
        )
    elif giver.way == "gives" and others:
        yield Finding(
            "pull-secret-displaced",
            "warning",
            f"{giver.what} gives pods {where} the pull secret {others}: a pod that names {name} "
            "itself does not get it any more",
            file=giver.file,
            line=giver.line,
            help=f"where such a pod has other private images, add {name} to the same list instead "
            "(--skip pull-secret), or name both in the values",
        )
    elif name in giver.names:
        yield Finding(
            "pull-secret-given",
            "info",
            f"{giver.what} gives pods {where} the pull secret {name} already",
            file=giver.file,
            line=giver.line,
            help="values need not name it for pods of that account: --skip pull-secret leaves them as they are",
        )


def _accounts(seen: Seen) -> Iterator[_Giver]:
    """Service accounts with a list; of any other than ``default`` only pods that name it have it."""
    for one in seen.objects:
        if one.data.get("kind") == "ServiceAccount":
            names = _names(one.data.get(_LIST))
            account = text_at(one.data, "metadata", "name")
            if names and account == "default":
                what = f"the service account {account}"
                yield _Giver(what, one.file, one.line, names, (one.namespace or "default",))


def _policies(seen: Seen, namespaces: Sequence[str]) -> Iterator[_Giver]:
    """Policies that put a list into pods or accounts as they are made."""
    for one in seen.objects:
        for rule in map(mapping, sequence(at(one.data, "spec", "rules"))):
            change = rule.get("mutate")
            lists = list(_lists(change))
            kinds = [str(kind).rpartition("/")[2] for kind in _kinds(rule.get("match"))]
            names = tuple(dict.fromkeys(name for some, _ in lists for name in some))
            if names and _meets(change, seen.hardened):
                what = f"{one.data.get('kind')} {text_at(one.data, 'metadata', 'name')}"
                # Of an account the pods have what they have of every account.
                way = "gives" if "ServiceAccount" in kinds else lists[0][1]
                yield _Giver(what, one.file, one.line, names, met(one, rule, namespaces), way)


def _kinds(match: Any) -> Iterator[Any]:
    for one in (match, *(one for key in ("any", "all") for one in sequence(at(match, key)))):
        yield from sequence(at(one, "resources", "kinds"))


def _lists(data: Any) -> Iterator[tuple[tuple[str, ...], _Way]]:
    """The lists of names in a change, and what each does to a list that is there."""
    if isinstance(data, dict):
        for key, value in data.items():
            if str(key).strip(_ANCHORS) == _LIST:
                yield _names(value), "gives" if str(key).startswith("+") else "adds"
            else:
                yield from _lists(value)
    elif isinstance(data, list):
        for item in data:
            yield from _lists(item)
    elif isinstance(data, str) and _LIST in data:
        yield from _operations(data)


def _operations(text: str) -> Iterator[tuple[tuple[str, ...], _Way]]:
    """The same of a JSON patch as text (RFC 6902): what is added at the list itself takes its place."""
    for one in map(mapping, sequence(data_of(text))):
        path = str(one.get("path") or "")
        if _LIST in path and one.get("op") in ("add", "replace"):
            value = one.get("value")
            names = _names(value if isinstance(value, list) else [value])
            if names:
                yield names, "replaces" if path.endswith(_LIST) or one["op"] == "replace" else "adds"


def _meets(change: Any, images: Sequence[str]) -> bool:
    """Whether a change is made to pods of such images: with an anchor around ``image`` only to those that it fits."""
    return not images or all(
        any(fnmatchcase(image, part.strip()) for part in pattern.split("|") for image in images)
        for pattern in _conditions(change)
    )


def _conditions(data: Any) -> Iterator[str]:
    for path, value in walk(data):
        if path[-1] in ("(image)", "<(image)") and isinstance(value, str):
            yield value


def _jobs(seen: Seen) -> Iterator[_Giver]:
    """Lines of scripts that patch service accounts."""
    for path, number, line in seen.files.lines_with(_LIST):
        if posixpath.splitext(path)[1].lower() in _PROSE or line.lstrip().startswith("#"):
            continue
        names = _NAME.findall(line.partition(_LIST)[2]) if _PATCH.search(line) else []
        if names:
            spaces = _SPACE.findall(line)
            what = "a script that patches service accounts"
            yield _Giver(what, path, number, tuple(names), tuple(spaces) or ("*",))


def _names(listed: Any) -> tuple[str, ...]:
    return tuple(
        str(name)
        for item in sequence(listed)
        if (name := mapping(item).get("name")) and "{{" not in str(name)
    )
