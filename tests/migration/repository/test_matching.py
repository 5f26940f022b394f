"""For which namespaces the rule of an admission policy holds."""

import pytest
import yaml

from migrate_dhi.migration.repository.matching import met
from migrate_dhi.release.raw import RawObject

SPACES = ("data", "web", "team-a")
LABEL = "kubernetes.io/metadata.name"


def object_of(spec="", kind="ClusterPolicy", namespace=""):
    return RawObject("p.yaml", 0, 1, namespace, {"kind": kind, "spec": yaml.safe_load(spec) or {}})


def held(rule="", **object_):
    return met(object_of(**object_), yaml.safe_load(rule) or {}, SPACES)


@pytest.mark.parametrize(
    ("rule", "spaces"),
    [
        ("", SPACES),
        ("match: {resources: {kinds: [Pod]}}", SPACES),
        ("match: {resources: {namespaces: [web]}}", ("web",)),
        ("match: {resources: {namespaces: ['team-*', web]}}", ("web", "team-a")),
        ("match: {any: [{resources: {namespaces: [web]}}]}", ("web",)),
        ("match: {any: [{resources: {namespaces: [web]}}, {resources: {namespaces: [data]}}]}", ("data", "web")),
        # One that names none lets all in.
        ("match: {any: [{resources: {namespaces: [web]}}, {resources: {kinds: [Pod]}}]}", SPACES),
        # Of all, each has to fit.
        ("match: {all: [{resources: {namespaces: [web, data]}}, {resources: {namespaces: [web, x]}}]}", ("web",)),
        ("match: {all: [{resources: {namespaces: [web]}}, {resources: {kinds: [Pod]}}]}", ("web",)),
        ("match: {any: []}", SPACES),
        # What is kept out by more than its namespace may be in after all.
        ("exclude: {any: [{resources: {namespaces: [web]}}]}", ("data", "team-a")),
        ("exclude: {resources: {namespaces: ['team-*']}}", ("data", "web")),
        ("exclude: {any: [{resources: {kinds: [Pod], namespaces: [web]}}]}", ("data", "team-a")),
        ("exclude: {any: [{resources: {names: [x], namespaces: [web]}}]}", SPACES),
        ("exclude: {any: [{resources: {kinds: [Pod]}}]}", SPACES),
        ("exclude: {any: [{subjects: [{kind: User, name: x}]}]}", SPACES),
        ("match: {any: [{resources: {namespaces: [web, data]}}]}\nexclude: {any: [{resources: {namespaces: [web]}}]}",
         ("data",)),
        # Something else than a rule.
        ("match: text", SPACES),
        ("match: {any: [text]}", SPACES),
    ],
)  # fmt: skip
def test_what_a_rule_of_kyverno_names(rule, spaces):
    assert held(rule) == list(spaces)


@pytest.mark.parametrize(
    ("spec", "spaces"),
    [
        ("match: {namespaces: [web]}", ("web",)),
        ("match: {namespaces: ['team-*']}", ("team-a",)),
        ("match: {excludedNamespaces: [web, 'team-*']}", ("data",)),
        ("match: {namespaces: [web, data], excludedNamespaces: [web]}", ("data",)),
        ("match: {kinds: [{apiGroups: [''], kinds: [Pod]}]}", SPACES),
        ("match: {namespaces: []}", SPACES),
    ],
)
def test_what_a_constraint_names(spec, spaces):
    assert held(spec=spec, kind="K8sAllowedRepos") == list(spaces)


@pytest.mark.parametrize(
    ("selector", "spaces"),
    [
        (f"matchLabels: {{{LABEL}: web}}", ("web",)),
        (f"matchExpressions: [{{key: {LABEL}, operator: In, values: [web, x]}}]", ("web",)),
        (f"matchExpressions: [{{key: {LABEL}, operator: NotIn, values: [web]}}]", ("data", "team-a")),
        (f"matchExpressions: [{{key: {LABEL}, operator: Exists}}]", SPACES),
        # Other labels only the cluster knows.
        ("matchLabels: {team: a}", SPACES),
        ("matchExpressions: [{key: team, operator: In, values: [web]}]", SPACES),
        (f"matchLabels: {{team: a, {LABEL}: web}}", ("web",)),
    ],
)
@pytest.mark.parametrize(
    "where",
    [
        "namespaceSelector: {%s}",
        "matchConstraints: {namespaceSelector: {%s}}",
        "match: {namespaceSelector: {%s}}",
    ],
)
def test_what_a_selector_says_of_names(selector, where, spaces):
    assert held(spec=where % selector, kind="ValidatingAdmissionPolicy") == list(spaces)


def test_a_selector_within_a_rule():
    assert held(
        f"match: {{any: [{{resources: {{namespaceSelector: {{matchLabels: {{{LABEL}: web}}}}}}}}]}}"
    ) == ["web"]


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        ("Policy", True),
        ("AdmissionPolicy", True),
        ("AdmissionPolicyGroup", True),
        ("NamespacedValidatingPolicy", True),
        ("ClusterPolicy", False),
        ("ClusterAdmissionPolicy", False),
        ("ValidatingPolicy", False),
        ("ValidatingAdmissionPolicy", False),
    ],
)
def test_a_kind_that_holds_in_its_own_namespace_alone(kind, own):
    assert held(kind=kind, namespace="web") == (["web"] if own else list(SPACES))


def test_without_a_namespace_its_own_is_default():
    assert met(object_of(kind="Policy"), {}, ["default", "web"]) == ["default"]
