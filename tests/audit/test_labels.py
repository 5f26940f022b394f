"""Selectors of labels, as Kubernetes takes them, and where a label decides that nobody here knows."""

import pytest

from migrate_dhi.audit.labels import matches

LABELS = {"app": "web", "tier": "front", "empty": ""}


def rule(key, operator, *values):
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ({}, True),
        ({"matchLabels": {}}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "web", "tier": "front"}}, True),
        ({"matchLabels": {"app": "web", "tier": "back"}}, False),
        ({"matchLabels": {"other": "web"}}, False),
        ({"matchLabels": {"empty": ""}}, True),
        ({"matchLabels": {"other": ""}}, False),
        (rule("app", "In", "web", "mail"), True),
        (rule("app", "In", "mail"), False),
        (rule("app", "In"), False),
        (rule("other", "In", "web"), False),
        (rule("app", "NotIn", "mail"), True),
        (rule("app", "NotIn", "web"), False),
        # What has no such label is not among the values.
        (rule("other", "NotIn", "web"), True),
        (rule("app", "Exists"), True),
        (rule("empty", "Exists"), True),
        (rule("other", "Exists"), False),
        (rule("other", "DoesNotExist"), True),
        (rule("empty", "DoesNotExist"), False),
        # All of it must hold.
        ({**rule("app", "Exists"), "matchLabels": {"app": "mail"}}, False),
        ({**rule("tier", "NotIn", "front"), "matchLabels": {"app": "web"}}, False),
        # An operator that is none is not known to hold.
        (rule("app", "Gt", "1"), None),
        # What another rule refuses already needs no more knowledge.
        ({"matchLabels": {"app": "mail", "pod-template-hash": "x"}}, False),
    ],
)
def test_what_a_selector_takes(selector, taken):
    assert matches(selector, LABELS) is taken


@pytest.mark.parametrize(
    "label",
    [
        "pod-template-hash",
        "controller-revision-hash",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
    ],
)
@pytest.mark.parametrize("operator", ["In", "NotIn", "Exists", "DoesNotExist"])
def test_a_label_that_controllers_add_is_not_known(label, operator):
    assert matches(rule(label, operator, "x"), LABELS) is None
    assert matches({"matchLabels": {label: "x"}}, LABELS) is None
    # One that is written is known like any.
    assert matches({"matchLabels": {label: "x"}}, {**LABELS, label: "x"}) is True


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "mail"}}, False),
        # Of labels that are not all here, one that is missing may be there.
        ({"matchLabels": {"other": "x"}}, None),
        (rule("other", "DoesNotExist"), None),
        (rule("other", "NotIn", "x"), None),
        ({"matchLabels": {"other": "x", "app": "mail"}}, False),
    ],
)
def test_labels_that_are_not_all_known(selector, taken):
    assert matches(selector, LABELS, all_known=False) is taken
