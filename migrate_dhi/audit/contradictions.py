"""What does not fit together: a password on one side only, values that no template reads, secrets nobody makes."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.audit.ground import Ground, Item, Rendered
from migrate_dhi.audit.places import line_in
from migrate_dhi.audit.readers import Readers
from migrate_dhi.audit.server import Server
from migrate_dhi.audit.uses import Use
from migrate_dhi.dhi.roles import Role, Roles, words_of
from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import merge
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.regex import regex
from migrate_dhi.release.layer import lifted
from migrate_dhi.trace.unlisted import leaves as values_leaves
from migrate_dhi.trace.unlisted import names_read

# Keys whose loss nobody notices before the first connection.
_SUSPECT = regex(r"^existing|secret|password|username|auth|credential|^key", re.IGNORECASE)
_MOST_TRIALS = 16
_TELLING = 4


def of_authentication(server: Server, uses: Sequence[Use]) -> Iterator[Finding]:
    """Clients that send a password to a server without one, and the other way round."""
    asked, why = server.auth
    name = server.backend.id
    for use in uses:
        if asked == "no" and use.auth == "yes":
            text = f"{use.who} sends {_sent(use)} to {name}, which asks for none ({why})"
        elif asked == "yes" and use.auth == "no":
            text = f"{use.who} sends no password to {name}, which asks for one ({why})"
        else:
            continue
        yield _of_use(
            "audit-auth-one-sided", use, text, "give both sides the same user and password, or neither"
        )


def _sent(use: Use) -> str:
    what = "a user and a password" if use.user else "a password"
    names = ", ".join(dict.fromkeys(secret.name for secret in use.secrets))
    return f"{what} from the Secret {names}" if names else what


def of_secrets(ground: Ground, readers: Readers, items: Sequence[Item], roles: Roles) -> Iterator[Finding]:
    """Secrets that the pods of these workloads want and that nothing in the repository makes."""
    made = list(_made_by_operators(ground, roles))
    keys = {item.key for item in items}
    names = {name for _, name in ground.secret_names}
    told: set[tuple[str, str, str]] = set()
    for one in readers.wanted:
        release = ground.by_id.get(one.item.release)
        anywhere = bool(release and release.asleep) and one.name in names
        operated = any(space == one.namespace and fnmatchcase(one.name, name) for space, name in made)
        missing = (one.namespace, one.name) not in ground.secret_names and not anywhere and not operated
        listed = ground.secret_names.get((one.namespace, one.name), frozenset())
        lost = bool(one.key and listed and one.key not in listed)
        mark = (one.namespace, one.name, one.key if lost else "")
        if one.item.key not in keys or one.optional or not one.name or not (missing or lost) or mark in told:
            continue
        told.add(mark)
        what = (
            f"the key {one.key} of the Secret {one.name}"
            if lost
            else f"the Secret {one.namespace}/{one.name}"
        )
        yield Finding(
            "audit-secret-undefined",
            "warning",
            f"{one.item} wants {what}, and nothing in this repository makes it",
            object=str(one.item),
            file=one.item.file,
            line=one.item.line,
            help="look whether it is made by hand or by an operator; without it the pod does not start",
        )


def _made_by_operators(ground: Ground, roles: Roles) -> Iterator[tuple[str, str]]:
    """Namespace and name, with ``*``, of the Secrets that operators make of objects."""
    for item in ground.items:
        role = roles.by_operated.get((item.object.identity.api, item.kind))
        for name in role[1].secrets if role else ():
            yield item.namespace, name.format(name=item.name)


def of_unread_values(rendered: Rendered, role: Role) -> Iterator[Finding]:
    """Values of a release that are set and that no template reads: proven by a render with another value."""
    renderer = rendered.renderer
    texts = rendered.deployed.chart.texts
    if renderer is None:
        return
    read = set[str]().union(*map(names_read, renderer.nodes))
    suspects = [
        path
        for path, value in values_leaves(rendered.written)
        if value is not None and _is_suspect(path, role, read)
    ]
    if suspects:
        before = renderer.render(texts)
        shown = "\n".join(before.files.values())
        # What comes out needs no trial.
        left = [path for path in suspects if not _comes_out(rendered, path, shown)]
        for path in _changing_nothing(rendered, before, left[:_MOST_TRIALS]):
            yield _unread(rendered, path, read)


def _comes_out(rendered: Rendered, path: ValuesPath, shown: str) -> bool:
    """Whether a value that is no common word stands in the render."""
    text = str(value_at(rendered.written, path))
    return len(text) >= _TELLING and text in shown


def _changing_nothing(rendered: Rendered, before: Manifests, paths: Sequence[ValuesPath]) -> list[ValuesPath]:
    """The paths whose values change nothing: tried together, and in halves where something changes."""
    if not paths or _changes_nothing(rendered, before, paths):
        return list(paths)
    if len(paths) == 1:
        return []
    half = len(paths) // 2
    return [
        path for part in (paths[:half], paths[half:]) for path in _changing_nothing(rendered, before, part)
    ]


def _is_suspect(path: Sequence[str | int], role: Role, read: set[str]) -> bool:
    if not path or any(isinstance(step, int) for step in path) or str(path[-1]) in read:
        return False
    about = {word for step in path for word in words_of(str(step))} & set(role.words)
    return bool(about) or bool(_SUSPECT.search(str(path[-1])))


def _changes_nothing(rendered: Rendered, before: Manifests, paths: Sequence[ValuesPath]) -> bool:
    """Whether other values at some paths leave every object as it is; what differs by itself must not hold the mark."""
    renderer, texts = rendered.renderer, rendered.deployed.chart.texts
    mark = "migrate-dhi-audit-mark"
    if renderer is None:
        return False
    other: dict[str, Any] = {}
    for path in paths:
        other = merge(other, lifted(mark, path))
    try:
        after = renderer.render(texts, other)
    except MigrateDhiError:
        return False
    different = [
        name for name in {*before.files, *after.files} if before.files.get(name) != after.files.get(name)
    ]
    if not different:
        return True
    again = renderer.render(texts, again=True)
    return all(
        before.files.get(name) != again.files.get(name) and mark not in after.files.get(name, "")
        for name in different
    )


def _unread(rendered: Rendered, path: Sequence[Any], read: set[str]) -> Finding:
    key = str(path[-1])
    first = words_of(key)[:1]
    alike = [name for name in read if words_of(name)[:1] == first and name != key]
    near = get_close_matches(key, alike, n=2, cutoff=0.4)
    instead = f"; the templates read {' and '.join(near)}" if near else ""
    file, line = line_in(rendered, key, [str(step) for step in path])
    return Finding(
        "audit-value-unread",
        "warning",
        f"{rendered.id}: {'.'.join(map(str, path))} is set, and no template reads it: with another value the render "
        f"is the same{instead}",
        file=file,
        line=line,
        help="set the key that the templates read, or take this one away",
    )


def of_asleep(uses: Sequence[Use], found: Sequence[Finding]) -> Iterator[Finding]:
    """Releases that are not deployed: whether they would fail if they were, and by what."""
    by_app: dict[str, Use] = {use.app: use for use in reversed(uses) if use.asleep}
    for app, use in by_app.items():
        own = {one.who for one in uses if one.app == app}
        reasons = [one for one in found if any(one.message.startswith(f"{who} ") for who in own)]
        reasons += [one for one in found if any(one.object == str(item) for item in use.workloads)]
        codes = sorted({one.code.removeprefix("audit-") for one in reasons})
        name = app.partition("/")[2] or app
        if not codes:
            text = f"{name} is a client and is not deployed: {use.asleep}"
            yield _of_use(
                "audit-not-deployed", use, text, "nothing is to be done before it is deployed", "info"
            )
        else:
            text = f"{name} is not deployed ({use.asleep}), and would fail if it were: {', '.join(codes)}"
            yield _of_use("audit-would-fail", use, text, "mend what is listed for it before it is deployed")


def _of_use(code: str, use: Use, text: str, remedy: str, severity: Any = "warning") -> Finding:
    place = use.place
    return Finding(code, severity, text, object=str(use.item), file=place.file, line=place.line, help=remedy)
