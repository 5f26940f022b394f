"""Databases of a backend: who shares one, what that risks, and which numbers each component could have."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from migrate_dhi.audit.services import Backend
from migrate_dhi.audit.uses import Use
from migrate_dhi.errors import UsageError
from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.grouping import grouped
from migrate_dhi.record import record
from migrate_dhi.regex import regex

Risk = Literal["high", "medium", "low"]
_RANGE = regex(r"(\d+)(?:\s*-\s*(\d+))?")


@record
class Collision:
    """One database that several applications use."""

    database: str
    uses: tuple[Use, ...]
    risk: Risk
    reason: str


@record
class Allotment:
    """The database that a component has, and the one that it could have."""

    use: Use
    now: str
    proposed: str


@record
class Policy:
    """Which numbers may be given: ``ranges`` by application, ``reserved`` to nobody."""

    ranges: Mapping[str, tuple[int, int]]
    reserved: frozenset[int] = frozenset()


def read_policy(file: Path) -> Policy:
    """A policy file: ``databases: {NAME: 3-5}`` and ``reserved: [0-2]``; raises UsageError with what is wrong."""
    try:
        data = yaml.safe_load(read_regular(file).decode("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(
            "the policy cannot be read", help=f"mend {file}: {str(error).splitlines()[0]}"
        ) from error
    if not isinstance(data, dict) or not data.keys() <= {"databases", "reserved"}:
        raise UsageError(
            f"the policy {file} has other keys than databases and reserved", help="see docs/audit.md"
        )
    named, kept = data.get("databases") or {}, data.get("reserved") or []
    if not isinstance(named, dict) or not isinstance(kept, list):
        raise UsageError(
            f"in the policy {file} databases is no map, or reserved no list", help="see docs/audit.md"
        )
    ranges = {str(name): _range(text, file) for name, text in named.items()}
    reserved = [_range(text, file) for text in kept]
    taken: dict[int, str] = {}
    for name, (first, last) in ranges.items():
        for number in range(first, last + 1):
            if number in taken:
                raise UsageError(
                    f"the policy {file} gives {number} to {taken[number]} and to {name}",
                    help="one owner each",
                )
            taken[number] = name
    return Policy(ranges, frozenset(n for first, last in reserved for n in range(first, last + 1)))


def _range(text: Any, file: Path) -> tuple[int, int]:
    match = _RANGE.fullmatch(str(text))
    if not match or int(match[2] or match[1]) < int(match[1]):
        raise UsageError(f"the policy {file} has {text!r}, which is no range", help="write it as 3-5")
    return int(match[1]), int(match[2] or match[1])


def collisions(uses: Iterable[Use]) -> tuple[Collision, ...]:
    """The databases that more than one application uses, those that risk most first."""
    naming = (use for use in uses if use.database and use.role.database_kind != "none")
    by_database = grouped((use.database, use) for use in naming)
    found = [
        Collision(database, tuple(shared), *_risk(shared))
        for database, shared in by_database.items()
        if len({use.app for use in shared}) > 1
    ]
    order = ("high", "medium", "low")
    return tuple(sorted(found, key=lambda one: (order.index(one.risk), _number(one.database), one.database)))


def _risk(shared: Sequence[Use]) -> tuple[Risk, str]:
    kept = [use for use in shared if (part := use.role.component(use.component)) and part.keeps]
    unknown = [use for use in shared if not use.role.component(use.component)]
    if shared[0].role.database_kind == "name":
        return "medium", "two applications write to one database by its name: look whether that is meant"
    if kept:
        *first, last = (use.who for use in kept)
        names = f"{', '.join(first)} and {last} keep" if first else f"{last} keeps"
        return "high", f"a flush, an eviction or a key of the same name by another loses what {names}"
    if unknown:
        return "medium", "what one of them keeps there is not known"
    return "low", "only caches: a flush by one empties the other's"


def allotments(backend: Backend, uses: Sequence[Use], policy: Policy | None) -> tuple[Allotment, ...]:
    """A number for every component of its own; only where databases are numbered and some are shared.

    With a policy each application has the range that the policy gives it. Without one the numbers begin behind those
    in use now, the deployed applications first.
    """
    numbered = [use for use in uses if use.database.isdecimal()]
    if backend.role.database_kind != "number" or not (policy or collisions(numbered)):
        return ()
    numbered.sort(key=lambda use: (bool(use.asleep), use.app.partition("/")[2], int(use.database)))
    by_app = grouped((use.app, use) for use in numbered)
    start = 1 + max((int(use.database) for use in numbered), default=-1)
    start = max(start, 1 + max((last for _, last in policy.ranges.values()), default=-1)) if policy else start
    found = []
    for app, own in by_app.items():
        span = policy.ranges.get(app) or policy.ranges.get(app.partition("/")[2]) if policy else None
        numbers = list(range(span[0], span[1] + 1)) if span else []
        for use in own:
            if span:
                number = numbers.pop(0) if numbers else None
            else:
                while policy and start in policy.reserved:
                    start += 1
                number, start = start, start + 1
            most = backend.role.database_most
            outside = number is None or (most and number >= most)
            found.append(Allotment(use, use.database, "" if outside else str(number)))
    return tuple(found)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
