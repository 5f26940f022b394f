"""What a Helm binary prints, taken apart; and what a null in a chart's own values deletes, without any binary."""

from pathlib import Path

import pytest

from migrate_dhi.helm import binary
from migrate_dhi.helm.binary import _by_template, _complaint, _nulls, _without
from migrate_dhi.helm.watch import evidence


@pytest.mark.parametrize(
    ("output", "files"),
    [
        ("", {}),
        ("---\n# Source: a/templates/x.yaml\nkind: A\n", {"a/templates/x.yaml": "kind: A\n"}),
        (
            "---\n# Source: a/x.yaml\nkind: A\n---\n# Source: a/y.yaml\nkind: B\n",
            {"a/x.yaml": "kind: A\n", "a/y.yaml": "kind: B\n"},
        ),
        # Several documents of one template, also with those of others between them.
        (
            "---\n# Source: a/x.yaml\nkind: A\n---\n# Source: a/y.yaml\nkind: B\n---\n# Source: a/x.yaml\nkind: C\n",
            {"a/x.yaml": "kind: A\n---\nkind: C\n", "a/y.yaml": "kind: B\n"},
        ),
        # A comment that says the same inside of a document, or behind blanks, begins none.
        (
            "---\n# Source: a/x.yaml\nkind: A\n# Source: none\ntext: |\n  ---\n  # Source: none\n",
            {"a/x.yaml": "kind: A\n# Source: none\ntext: |\n  ---\n  # Source: none\n"},
        ),
        ("---\n# Source: a/x y.yaml\n\n\nkind: A", {"a/x y.yaml": "\n\nkind: A"}),
    ],
)
def test_the_documents_of_each_template(output, files):
    assert _by_template(output) == files


@pytest.mark.parametrize(
    ("notices", "complaint"),
    [
        (["Error: it is wrong"], "it is wrong"),
        (["level=WARN x", "Error: it is wrong", "in two lines"], "it is wrong\nin two lines"),
        (["Error: a", "", "Use --debug flag to render out invalid YAML"], "a"),
        (["no word of an error"], "no word of an error"),
        (["an Error: inside"], "an Error: inside"),
        ([], ""),
        ([" Error: x"], "Error: x"),
    ],
)
def test_what_helm_gives_up_with(notices, complaint):
    assert _complaint(notices) == complaint


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], ()),
        (["a", "", "  b  ", "a"], ("a", "b")),
        (["2026/01/02 03:04:05 warning: x", "2026/01/02 03:04:06.123 warning: x"], ("warning: x",)),
        (["level=INFO found symbolic link in path"], ()),
        (["at 2026/01/02 03:04:05 x"], ("at 2026/01/02 03:04:05 x",)),
    ],
)
def test_what_is_evidence_of_what_was_said_aside(lines, found):
    assert evidence(lines) == found


# --- nulls


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        ({}, []),
        ({"a": None}, [("a",)]),
        ({"a": {"b": None, "c": 1}, "d": {"e": {"f": None}}}, [("a", "b"), ("d", "e", "f")]),
        ({"a": [None], "b": 0, "c": "", "d": False}, []),
    ],
)
def test_where_a_null_stands(values, paths):
    assert _nulls(values) == paths


@pytest.mark.parametrize(
    ("merged", "path", "user", "left"),
    [
        ({"a": 1, "b": 2}, ("a",), {}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, ("a", "b"), {}, {"a": {"c": 2}}),
        # What the user sets after all stays.
        ({"a": {"b": 1}}, ("a", "b"), {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, ("a", "b"), {"a": {"c": 1}}, {"a": {}}),
        ({"a": {"b": 1}}, ("a", "b"), {"a": None}, {"a": {}}),
        # What is not there needs no deletion.
        ({"a": 1}, ("b",), {}, {"a": 1}),
        ({"a": "text"}, ("a", "b"), {}, {"a": "text"}),
        ({}, ("a", "b"), {}, {}),
    ],
)
def test_a_null_deletes_a_default_unless_the_user_sets_it(merged, path, user, left):
    before = repr(merged)

    assert _without(merged, path, user) == left
    assert repr(merged) == before


# --- the environment of a binary


def test_nothing_of_the_users_own_helm_is_in_sight(monkeypatch, tmp_path):
    for name in ("HELM_NAMESPACE", "HELM_KUBECONTEXT", "KUBECONFIG", "KUBE_TOKEN"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("OTHER", "kept")
    seen = {}

    def run(command, **how):
        seen.update(how, command=command)
        seen["cluster"] = Path(how["env"]["KUBECONFIG"]).read_text()

    monkeypatch.setattr(binary.subprocess, "run", run)

    binary._run(["helm", "x"], b"in", limit=7)

    told = seen["env"]
    assert {name for name in told if name.startswith(("HELM_", "KUBE"))} == {
        "HELM_CACHE_HOME",
        "HELM_CONFIG_HOME",
        "HELM_DATA_HOME",
        "HELM_PLUGINS",
        "KUBECONFIG",
    }
    assert (told["OTHER"], seen["cluster"], seen["input"], seen["timeout"]) == ("kept", "", b"in", 7)
    assert "mine" not in told.values()
    assert seen["command"] == ["helm", "x"]
