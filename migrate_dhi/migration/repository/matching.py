"""For which namespaces the rule of an admission policy holds, as far as its object tells."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.migration.repository.seen import at
from migrate_dhi.release.raw import RawObject
from migrate_dhi.untyped import mapping, sequence

# Kinds that hold in their own namespace alone (Kyverno, Kubewarden); newer ones of Kyverno begin so.
_OWN = {"Policy", "AdmissionPolicy", "AdmissionPolicyGroup"}
_OWN_PREFIX = "Namespaced"
_NAME_LABEL = "kubernetes.io/metadata.name"
# With any of these more than the namespace decides what is left out.
_PLAIN = {"namespaces", "kinds"}


def met(one: RawObject, rule: Mapping[str, Any], namespaces: Iterable[str]) -> list[str]:
    """Those of some namespaces for which a rule of a policy holds; labels that only the cluster knows let all in.

    ``rule`` is one of Kyverno's; an empty one where the object is a rule as a whole.
    """
    return [space for space in namespaces if _of_object(one, space) and _of_rule(rule, space)]


def _of_object(one: RawObject, space: str) -> bool:
    kind = str(one.data.get("kind") or "")
    if (kind in _OWN or kind.startswith(_OWN_PREFIX)) and space != (one.namespace or "default"):
        return False
    match = at(one.data, "spec", "match")
    selectors = (
        at(match, "namespaceSelector"),
        at(one.data, "spec", "namespaceSelector"),
        at(one.data, "spec", "matchConstraints", "namespaceSelector"),
    )
    return (
        _named(at(match, "namespaces"), space, empty=True)
        and not _named(at(match, "excludedNamespaces"), space, empty=False)
        and all(_selected(selector, space) for selector in selectors)
    )


def _of_rule(rule: Mapping[str, Any], space: str) -> bool:
    wanted, left = mapping(rule.get("match")), mapping(rule.get("exclude"))
    own = [wanted] if "resources" in wanted else []
    any_ = sequence(wanted.get("any"))
    return (
        all(_fits(one, space) for one in (*own, *sequence(wanted.get("all"))))
        and (not any_ or any(_fits(one, space) for one in any_))
        and not any(_leaves_out(one, space) for one in (left, *sequence(left.get("any"))))
    )


def _fits(filter_: Any, space: str) -> bool:
    found = at(filter_, "resources")
    return _named(at(found, "namespaces"), space, empty=True) and _selected(
        at(found, "namespaceSelector"), space
    )


def _leaves_out(filter_: Any, space: str) -> bool:
    found = mapping(at(filter_, "resources"))
    return found.keys() <= _PLAIN and _named(found.get("namespaces"), space, empty=False)


def _named(patterns: Any, space: str, *, empty: bool) -> bool:
    some = sequence(patterns)
    return any(fnmatchcase(space, str(one)) for one in some) if some else empty


def _selected(selector: Any, space: str) -> bool:
    """Whether a selector lets a namespace in by its name."""
    name = mapping(at(selector, "matchLabels")).get(_NAME_LABEL)
    if name is not None and not fnmatchcase(space, str(name)):
        return False
    for rule in sequence(at(selector, "matchExpressions")):
        there = space in map(str, sequence(at(rule, "values")))
        if at(rule, "key") == _NAME_LABEL and at(rule, "operator") == ("NotIn" if there else "In"):
            return False
    return True
