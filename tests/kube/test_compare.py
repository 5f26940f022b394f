"""What differs between two renders: objects and fields that come, go, stay, or have another name or order."""

import json

import pytest

from migrate_dhi.kube.compare import ABSENT, compare, differences
from migrate_dhi.kube.manifests import Manifests


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (["-a", "-b"], ["-a", "-new", "-b"], [((1,), ABSENT, "-new")]),
        (["-a", "-old", "-b"], ["-a", "-b"], [((1,), "-old", ABSENT)]),
        (["-a=1", "-b"], ["-a=2", "-new", "-b"], [((0,), "-a=1", "-a=2"), ((1,), ABSENT, "-new")]),
        (["-a", "-b"], ["-b", "-a"], [((0,), "-a", "-b"), ((1,), "-b", "-a")]),
        ([], ["-new"], [((0,), ABSENT, "-new")]),
        (
            ["-a", "-b", "-c", "-z"],
            ["-d", "-e", "-z"],
            [((0,), "-a", "-d"), ((1,), "-b", "-e"), ((2,), "-c", ABSENT)],
        ),
        (
            ["-a", "-z"],
            ["-d", "-e", "-f", "-z"],
            [((0,), "-a", "-d"), ((1,), ABSENT, "-e"), ((2,), ABSENT, "-f")],
        ),
        ([1, "-b"], [1, 2, "-b"], [((1,), "-b", 2), ((2,), ABSENT, "-b")]),
    ],
)
def test_an_argument_that_comes_or_goes_changes_none_behind_it(before, after, found):
    assert list(differences(before, after)) == found


HEAD = "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\n"


def one(name="x", more="v: 1", *, api="v1", kind="ConfigMap", template="c/templates/a.yaml"):
    return Manifests({template: f"{HEAD.format(api=api, kind=kind, name=name)}{more}\n"})


def told(before, after):
    return [(str(change), change.before, change.after) for change in compare(before, after)]


def test_an_object_whose_name_is_made_up_is_known_by_its_place():
    assert told(one("x-1"), one("x-2", "v: 2")) == [
        ("ConfigMap/x-1 metadata.name", "x-1", "x-2"),
        ("ConfigMap/x-1 v", 1, 2),
    ]


@pytest.mark.parametrize(
    "after",
    [
        one("x-2", kind="Secret"),
        one("x-2", template="c/templates/b.yaml"),
        Manifests(
            {"c/templates/a.yaml": "kind: A\n---\n" + HEAD.format(api="v1", kind="ConfigMap", name="x-2")}
        ),
    ],
)
def test_another_kind_template_or_place_is_another_object(after):
    found = [str(change) for change in compare(one("x-1"), after)]

    assert found[0] == "ConfigMap/x-1 disappears"
    assert found[-1].endswith(" appears")


def test_of_two_whose_names_are_made_up_each_keeps_its_place():
    def two(first, second):
        texts = (HEAD.format(api="v1", kind="ConfigMap", name=name) for name in (first, second))
        return Manifests({"c/templates/a.yaml": "---\n".join(texts)})

    assert told(two("a", "b-1"), two("a", "b-2")) == [("ConfigMap/b-1 metadata.name", "b-1", "b-2")]
    # One that is there in both is not taken for the other.
    assert [text for text, _, _ in told(two("a", "b"), two("b", "c"))] == [
        "ConfigMap/a disappears",
        "ConfigMap/c appears",
    ]


def test_an_object_that_comes_or_goes_is_shown_whole():
    (gone,) = compare(one(), Manifests({}))
    (come,) = compare(Manifests({}), one())

    assert (gone.path, gone.after, come.path, come.before) == ((), ABSENT, (), ABSENT)
    assert gone.before["metadata"] == come.after["metadata"] == {"name": "x"}
    assert (str(gone.identity), gone.object, come.object) == (
        "ConfigMap/x",
        gone.before_object,
        come.after_object,
    )
    assert (gone.after_object, come.before_object) == (None, None)


def test_a_place_is_named_by_the_side_that_has_it():
    def pod(*names):
        listed = ", ".join(f"{{name: {name}, image: a}}" for name in names)
        return one(more=f"spec: {{containers: [{listed}]}}", kind="Pod")

    assert [change.place for change in compare(pod("a", "b"), pod("b"))] == ["spec.containers[a]"]
    assert [change.place for change in compare(pod("b"), pod("c", "b"))] == ["spec.containers[c]"]
    assert repr(ABSENT) == "(absent)"


def test_templates_that_render_the_same_are_not_parsed():
    broken = "a: [1\n"
    before = Manifests({"c/templates/a.yaml": "kind: A\n", "c/templates/b.yaml": broken})

    assert compare(before, Manifests(before.files)) == []


@pytest.mark.parametrize(
    ("api", "kind", "field", "counts"),
    [
        ("apps/v1", "Deployment", "initContainers", True),
        ("apps/v1", "Deployment", "containers", False),
        ("apps/v1", "Deployment", "env", False),
        ("acme.example/v1", "Engine", "containers", True),
        ("rbac.authorization.k8s.io/v1", "Role", "rules", False),
    ],
)
def test_where_the_order_of_named_items_counts(api, kind, field, counts):
    def listed(*names):
        items = ", ".join(f"{{name: {name}, value: '{name}'}}" for name in names)
        return one(more=f"spec: {{{field}: [{items}]}}", api=api, kind=kind)

    expected = [(f"{kind}/x spec.{field}", ["a", "b"], ["b", "a"])] if counts else []
    assert told(listed("a", "b"), listed("b", "a")) == expected
    # Of those that came or went the order says nothing.
    assert len(told(listed("a", "b"), listed("b", "c"))) == 2


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([{"name": "a"}, {"name": "a"}], [{"name": "a"}], [((1,), {"name": "a"}, ABSENT)]),
        ([{"name": 1}], [{"name": 2}], [((0, "name"), 1, 2)]),
        (
            [{"name": "a"}, "x"],
            ["x", {"name": "a"}],
            [((0,), {"name": "a"}, "x"), ((1,), "x", {"name": "a"})],
        ),
        (
            [{"name": "b", "v": 1}],
            [{"name": "a"}, {"name": "b", "v": 2}],
            [((0, "v"), 1, 2), ((0,), ABSENT, {"name": "a"})],
        ),
        ([["a"]], [["a", "b"]], [((0, 1), ABSENT, "b")]),
        ({1: "a"}, {1: "b"}, [(("1",), "a", "b")]),
        ({"a": [1]}, {"a": {}}, [(("a",), [1], {})]),
        (1, 1, []),
    ],
)
def test_items_are_matched_by_names_of_their_own_or_by_their_place(before, after, found):
    assert list(differences(before, after)) == found


# --- fields as Kubernetes merges them


def workload(field, before, after, kind="Deployment", api="apps/v1"):
    def made(value):
        spec = {"containers": [{"name": "main", field: value}]}
        data = {
            "apiVersion": api,
            "kind": kind,
            "metadata": {"name": "x"},
            "spec": {"template": {"spec": spec}},
        }
        return Manifests({"c/templates/a.yaml": json.dumps(data)})

    return [
        (change.place.partition("[main].")[2], change.before, change.after)
        for change in compare(made(before), made(after))
    ]


@pytest.mark.parametrize(
    ("field", "before", "after", "found"),
    [
        # by name, whatever the order
        ("env", [{"name": "A", "value": "1"}, {"name": "B"}], [{"name": "B"}, {"name": "A", "value": "2"}], [("env[A].value", "1", "2")]),
        ("env", [{"name": "A", "value": "1"}], [{"name": "A", "valueFrom": {}}], [("env[A].value", "1", ABSENT), ("env[A].valueFrom", ABSENT, {})]),
        ("ports", [{"name": "a", "containerPort": 1}, {"name": "b"}], [{"name": "b"}, {"name": "a", "containerPort": 2}], [("ports[a].containerPort", 1, 2)]),
        ("volumeMounts", [{"name": "v", "mountPath": "/a"}], [{"name": "v", "mountPath": "/b"}], [("volumeMounts[v].mountPath", "/a", "/b")]),
        # two mounts of one volume have no name of their own
        (
            "volumeMounts",
            [{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}],
            [{"name": "v", "mountPath": "/b"}, {"name": "v", "mountPath": "/a"}],
            [("volumeMounts[v].mountPath", "/a", "/b"), ("volumeMounts[v].mountPath", "/b", "/a")],
        ),
        # the last of two variables of a name counts: their order does
        (
            "env",
            [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
            [{"name": "A", "value": "2"}, {"name": "A", "value": "1"}],
            [("env[A].value", "1", "2"), ("env[A].value", "2", "1")],
        ),
        # what brings several variables has no name, and a later one wins
        (
            "envFrom",
            [{"secretRef": {"name": "a"}}, {"secretRef": {"name": "b"}}],
            [{"secretRef": {"name": "b"}}, {"secretRef": {"name": "a"}}],
            [("envFrom[0].secretRef.name", "a", "b"), ("envFrom[1].secretRef.name", "b", "a")],
        ),
        # a variable that names another one has to stand behind it
        (
            "env",
            [{"name": "A"}, {"name": "B", "value": "$(A)"}],
            [{"name": "B", "value": "$(A)"}, {"name": "A"}],
            [("env", ["A", "B"], ["B", "A"])],
        ),
        ("command", ["a", "b"], ["b", "a"], [("command[0]", "a", "b"), ("command[1]", "b", "a")]),
        ("image", "a:1", "a:1", []),
        ("tty", True, "true", [("tty", True, "true")]),
        ("tty", None, False, [("tty", None, False)]),
    ],
)  # fmt: skip
def test_fields_of_a_container(field, before, after, found):
    assert workload(field, before, after) == found


@pytest.mark.parametrize(
    ("api", "changes"),
    [
        ("apps/v1", 0),
        ("v1", 0),
        ("batch/v1", 0),
        ("networking.k8s.io/v1", 0),
        ("acme.example/v1", 1),
        ("x.k8s.io.example/v1", 1),
    ],
)
def test_the_order_of_named_items_counts_for_an_operator(api, changes):
    one, two = {"name": "a"}, {"name": "b"}

    assert len(workload("steps", [one, two], [two, one], kind="X", api=api)) == changes
