"""Selectors of labels as Kubernetes reads them, with expressions: those of budgets, policies and monitors."""

from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.audit.ground import maps_at, under

# What controllers put on the pods that they make; no manifest has them.
_ADDED = (
    "pod-template-hash",
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
)


def matches(selector: Mapping[str, Any], labels: Mapping[str, Any], *, all_known: bool = True) -> bool | None:
    """Whether a selector takes what has these labels; an empty one takes everything.

    None where a label decides that is not known here: one that a controller adds, or any that is not listed where
    not ``all_known``.
    """
    answers = list(_answers(selector, labels, all_known=all_known))
    return False if False in answers else None if None in answers else True


def _answers(
    selector: Mapping[str, Any], labels: Mapping[str, Any], *, all_known: bool
) -> Iterator[bool | None]:
    def unknown(key: str) -> bool:
        return key not in labels and (key in _ADDED or not all_known)

    for key, value in under(selector, ("matchLabels",)).items():
        yield None if unknown(key) else labels.get(key) == value
    for rule in maps_at(selector, ("matchExpressions",)):
        key, operator, listed = str(rule.get("key")), rule.get("operator"), rule.get("values")
        wanted = listed if isinstance(listed, list) else []
        there = key in labels
        if unknown(key):
            yield None
        elif operator in ("In", "NotIn"):
            yield (there and labels[key] in wanted) is (operator == "In")
        elif operator in ("Exists", "DoesNotExist"):
            yield there is (operator == "Exists")
        else:
            yield None
