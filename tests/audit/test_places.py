"""The line that a setting stands in: of several that hold its text the one near its names."""

import pytest

from migrate_dhi.audit.clients import Clients
from migrate_dhi.audit.ground import Ground, Item, item_of, items_of
from migrate_dhi.audit.places import Finder, Place
from migrate_dhi.audit.readers import Readers
from migrate_dhi.audit.services import backends
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.release.raw import RawObject
from tests.audit.grounds import ROLES, SERVER, config, ground_of, pod

TEXT = """\
# cache.data is said here
redis:
  cache:
    host: cache.data
    db: 0
  queue:
    host: cache.data
    db: 1
other: cache.data
"""


def placed(text, needles, hints, *, line=1):
    """The place of a setting in a manifest that begins in this line of a file."""
    raw = RawObject(
        "a.yaml", 0, line, "app", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    )
    item = item_of(raw)
    return Finder(Ground((), (item,)), {"a.yaml": text}).place(item, "path", needles, hints)


@pytest.mark.parametrize(
    ("needles", "hints", "line"),
    [
        (["cache.data"], ["redis", "cache", "host"], 4),
        (["cache.data"], ["redis", "queue", "host"], 7),
        (["cache.data"], ["other"], 9),
        # Of those that are alike the first.
        (["cache.data"], [], 4),
        # The surest text comes before the nearest names.
        (["db: 1", "cache.data"], ["cache"], 8),
        (["none", "db: 0"], [], 5),
        (["", "db: 0"], [], 5),
        (["none"], [], 1),
        ([], ["redis"], 1),
    ],
)
def test_line_of_a_setting(needles, hints, line):
    assert placed(TEXT, needles, hints).line == line


def test_a_comment_is_no_place():
    assert placed("# cache.data\nx: 1\n", ["cache.data"], []).line == 1
    assert placed("x: 1\n\n# cache.data\nhost: cache.data\n", ["cache.data"], []).line == 4


def test_only_its_own_document_is_looked_at():
    text = "host: cache.data\n---\nx: 1\nhost: cache.data\n---\nhost: cache.data\nredis: cache.data\n"

    assert placed(text, ["cache.data"], ["redis"], line=3).line == 4
    assert placed(text, ["none"], [], line=3).line == 3


@pytest.mark.parametrize(("line", "expected"), [(3, "a.yaml:3"), (0, "a.yaml")])
def test_place_for_people(line, expected):
    assert str(Place("a.yaml", line, "x")) == expected


def test_what_is_generated_stands_in_the_files_that_it_is_made_of():
    raw = RawObject(
        "kustomization.yaml",
        0,
        1,
        "app",
        {"kind": "ConfigMap", "metadata": {"name": "m"}},
        ("one.env", "two.env"),
    )
    item = item_of(raw)
    finder = Finder(Ground((), (item,)), {"one.env": "A=1\n", "two.env": "# no\nHOST=cache.data\n"})

    assert str(finder.place(item, "x", ["cache.data"], [])) == "two.env:2"
    assert str(finder.place(item, "x", ["gone"], [])) == "kustomization.yaml:1"


# --- the ground


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("{a: Y2FjaGU=}", {"a": "cache"}),
        ("{a: '%%%'}", {"a": ""}),
        ("{a: /w==}", {"a": ""}),
        ("{a: ''}", {"a": ""}),
    ],
)
def test_a_secret_that_a_chart_renders_is_read_as_text(data, expected):
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata: {data}\n"

    [item] = items_of(Manifests({"a.yaml": text}), "app", "app/web")

    assert item.data["data"] == expected


def test_a_config_map_stays_as_it_is():
    [item] = ground_of(config("Y2FjaGU=")).items

    assert item.data["data"] == {"config": "Y2FjaGU="}
    assert str(item) == "ConfigMap/settings"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("selector: {matchLabels: {a: b}}", {"a": "b"}),
        ("paused: false", {"app": "web", "team": "x"}),
    ],
)
def test_labels_that_stay(spec, expected):
    labels = "{app: web, team: x, helm.sh/chart: web-1, app.kubernetes.io/version: '1', app.kubernetes.io/managed-by: H}"
    text = (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w}}\nspec:\n  {spec}\n  template:\n"
        f"    metadata: {{labels: {labels}}}\n    spec: {{containers: [{{name: a, image: b}}]}}\n"
    )

    [item] = ground_of(text).items

    assert item.selector == expected


def test_objects_without_a_namespace_are_of_the_release():
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b, namespace: own}\n"

    found = items_of(Manifests({"a.yaml": text}), "shop", "shop/web")

    assert [(one.name, one.namespace, one.release) for one in found] == [
        ("a", "shop", "shop/web"),
        ("b", "own", "shop/web"),
    ]


@pytest.mark.parametrize(
    ("reader", "names"),
    [
        ("envFrom: [{configMapRef: {name: settings}}]", ["web"]),
        ("env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: config}}}]", ["web"]),
        ("envFrom: [{secretRef: {name: settings}}]", []),
        ("envFrom: [{configMapRef: {name: other}}]", []),
        ("tty: false", []),
    ],
)
def test_who_reads_a_config_map(reader, names):
    ground = ground_of(config("a: 1"), pod(reader))
    [item] = ground.kind("ConfigMap")

    assert [one.name for one in Readers(ground).of(item)] == names


def test_what_has_pods_runs_with_itself():
    ground = ground_of(SERVER, pod("tty: false"))

    assert [[one.name for one in Readers(ground).of(item)] for item in ground.workloads] == [
        ["cache"],
        ["web"],
    ]


def test_a_test_of_helm_is_no_client():
    hook = pod("env: [{name: REDIS_HOST, value: cache.data.svc}]").replace(
        "{name: web, namespace: app}", "{name: web, namespace: app, annotations: {helm.sh/hook: test}}", 1
    )
    ground = ground_of(SERVER, hook)

    assert Clients(ground, ROLES, backends(ground, ROLES), Finder(ground, {})).uses == ()


def test_items_know_their_keys():
    [item] = ground_of(pod("tty: false")).items

    assert isinstance(item, Item)
    assert item.key == ("Deployment", "app", "web")
    assert item.pod_labels == {"app": "web"}
