"""Pull secrets that pods get without naming them: from a service account, a policy, or a job that patches accounts.

Kubernetes gives a pod the list of its service account only where the pod has none of its own (admission of service
accounts): a pod that names a secret loses what the account gave it.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.findings import Finding
from migrate_dhi.kube.secrets_made import matched
from migrate_dhi.migration.repository.seen import Seen, at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.streams import mapping, sequence, text_at

_PATCH = regex(
    r"\bpatch\b.*\b(?:serviceaccounts?|sa)\b.*imagePullSecrets|imagePullSecrets.*\bserviceaccounts?\b"
)
_NAME = regex(r"""["']?name["']?\s*:\s*\\?["']?([a-z0-9][a-z0-9.-]*)""")


@record
class _Giver:
    """What gives pods a list of secrets: for people, its place, the names, and the namespaces as patterns."""

    what: str
    file: str
    line: int
    names: tuple[str, ...]
    namespaces: tuple[str, ...] = ("*",)


def of_accounts(seen: Seen) -> Iterator[Finding]:
    """Lists that pods lose when they get a secret of their own, and lists that hold the wanted one already."""
    givers = [*_accounts(seen), *_policies(seen), *_jobs(seen)]
    for name, namespaces in seen.wanted.items():
        for giver in givers:
            met = [one for one in namespaces if any(fnmatchcase(one, space) for space in giver.namespaces)]
            others = [one for one in giver.names if one != name]
            if not met:
                continue
            where = f"in {met[0]}" + (f" and {len(met) - 1} more namespaces" if len(met) > 1 else "")
            if others:
                yield Finding(
                    "pull-secret-displaced",
                    "warning",
                    f"{giver.what} gives pods {where} the pull secret {', '.join(others)}: a pod that names {name} "
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
            names = _names(one.data.get("imagePullSecrets"))
            account = text_at(one.data, "metadata", "name")
            if names and account == "default":
                what = f"the service account {account}"
                yield _Giver(what, one.file, one.line, names, (one.namespace or "default",))


def _policies(seen: Seen) -> Iterator[_Giver]:
    """Policies that put a list into pods or accounts as they are made."""
    for one in seen.objects:
        for rule in sequence(at(one.data, "spec", "rules")):
            change = mapping(rule).get("mutate")
            names = tuple(dict.fromkeys(_lists(change)))
            if names:
                what = f"{one.data.get('kind')} {text_at(one.data, 'metadata', 'name')}"
                yield _Giver(what, one.file, one.line, names, matched(mapping(rule), "namespaces"))


def _lists(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            # Kyverno's anchors stand around a key: +(imagePullSecrets).
            if str(key).strip("+()^<>") == "imagePullSecrets":
                yield from _names(value)
            else:
                yield from _lists(value)
    elif isinstance(data, list):
        for item in data:
            yield from _lists(item)
    elif isinstance(data, str) and "imagePullSecrets" in data:
        yield from _NAME.findall(data.partition("imagePullSecrets")[2])


def _jobs(seen: Seen) -> Iterator[_Giver]:
    """Lines of scripts that patch service accounts."""
    for path, number, line in seen.files.lines_with("imagePullSecrets"):
        names = _NAME.findall(line.partition("imagePullSecrets")[2]) if _PATCH.search(line) else []
        if names:
            yield _Giver("a script that patches service accounts", path, number, tuple(names))


def _names(listed: Any) -> tuple[str, ...]:
    return tuple(
        str(name)
        for item in sequence(listed)
        if (name := mapping(item).get("name")) and "{{" not in str(name)
    )
