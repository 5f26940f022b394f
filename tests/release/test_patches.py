"""What patches of kustomize make of an object, and which objects they mean."""

import pytest

from migrate_dhi.release.patches import Patch, Target, merge_patch, operate, pointer

DATA = {"a": {"b": 1, "c": [1, {"d": 2}, 3]}, "e": "x"}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/f", "value": 1}, DATA | {"f": 1}),
        ({"op": "add", "path": "/e", "value": 1}, DATA | {"e": 1}),
        ({"op": "add", "path": "/a/c/0", "value": 0}, {**DATA, "a": {"b": 1, "c": [0, 1, {"d": 2}, 3]}}),
        ({"op": "add", "path": "/a/c/3", "value": 4}, {**DATA, "a": {"b": 1, "c": [1, {"d": 2}, 3, 4]}}),
        ({"op": "add", "path": "/a/c/-", "value": 4}, {**DATA, "a": {"b": 1, "c": [1, {"d": 2}, 3, 4]}}),
        (
            {"op": "add", "path": "/a/c/1/f", "value": 4},
            {**DATA, "a": {"b": 1, "c": [1, {"d": 2, "f": 4}, 3]}},
        ),
        ({"op": "replace", "path": "/a/c/1", "value": 4}, {**DATA, "a": {"b": 1, "c": [1, 4, 3]}}),
        ({"op": "replace", "path": "/a/c/1/d", "value": 4}, {**DATA, "a": {"b": 1, "c": [1, {"d": 4}, 3]}}),
        ({"op": "replace", "path": "/a", "value": None}, {**DATA, "a": None}),
        ({"op": "replace", "path": "", "value": {"z": 1}}, {"z": 1}),
        ({"op": "remove", "path": "/a/c/1"}, {**DATA, "a": {"b": 1, "c": [1, 3]}}),
        ({"op": "remove", "path": "/a/c/1/d"}, {**DATA, "a": {"b": 1, "c": [1, {}, 3]}}),
        ({"op": "remove", "path": "/a/c"}, {**DATA, "a": {"b": 1}}),
        ({"op": "move", "from": "/a/b", "path": "/f"}, {"a": {"c": DATA["a"]["c"]}, "e": "x", "f": 1}),
        ({"op": "copy", "from": "/a/b", "path": "/f"}, DATA | {"f": 1}),
        ({"op": "copy", "from": "/a/c/1/d", "path": "/f"}, DATA | {"f": 2}),
        # What cannot be found stays as it is.
        ({"op": "remove", "path": "/gone/b"}, DATA),
        ({"op": "remove", "path": "/a/gone"}, DATA),
        ({"op": "remove", "path": "/a/c/7"}, DATA),
        ({"op": "remove", "path": "/a/c/x"}, DATA),
        ({"op": "remove", "path": "/e/x"}, DATA),
        ({"op": "remove", "path": ""}, DATA),
        ({"op": "remove"}, DATA),
        ({"op": "move", "from": "/gone", "path": "/f"}, DATA),
        ({"op": "move", "path": "/a"}, DATA | {"a": DATA}),
        ({"op": "copy", "from": "/a/c/7", "path": "/f"}, DATA),
        ({"op": "test", "path": "/a", "value": 1}, DATA),
        ({"op": "other", "path": "/a"}, DATA),
        ({}, DATA),
    ],
)
def test_an_operation(operation, expected):
    before = repr(DATA)

    assert operate(DATA, operation) == expected
    assert repr(DATA) == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a/b", ("a", "b")),
        ("/a~1b/c~0d", ("a/b", "c~d")),
        ("/~01", ("~1",)),
        ("/0/-", ("0", "-")),
        ("", ()),
        (None, ()),
        ("/", ("",)),
    ],
)
def test_a_pointer(text, expected):
    assert pointer(text) == expected


@pytest.mark.parametrize(
    ("data", "patch", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": 1}, {"a": 1}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": 1}, {"c": None}, {"a": 1}),
        ({}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ({"a": None}, {"b": 1}, {"a": None, "b": 1}),
        ({"a": {"b": 1}}, {"a": {"$patch": "replace", "c": 1}}, {"a": {"c": 1}}),
        ({"a": {"b": 1}}, {"a": {"$patch": "delete"}}, {}),
        ({"a": {"b": 1}}, {"a": {"$patch": "merge", "c": 1}}, {"a": {"b": 1, "c": 1}}),
    ],
)
def test_a_merge_patch(data, patch, expected):
    assert merge_patch(data, patch) == expected


OBJECT = {
    "apiVersion": "helm.toolkit.fluxcd.io/v2",
    "kind": "HelmRelease",
    "metadata": {"labels": {"tier": "front", "n": 1}, "annotations": {"a": "b"}},
}


def selects(text, names=(("shop", "web"),)):
    keys = dict(part.split(": ", 1) for part in text.split("; ") if part)
    return Target.read(keys).selects(OBJECT, names)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", True),
        ("kind: HelmRelease", True),
        ("kind: Helm", False),
        ("kind: Helm.*", True),
        ("kind: HelmRelease|Kustomization", True),
        ("group: helm.toolkit.fluxcd.io", True),
        ("group: apps", False),
        ("version: v2", True),
        ("version: v1", False),
        ("name: web", True),
        ("name: we", False),
        ("name: w.+", True),
        ("name: (", False),
        ("namespace: shop", True),
        ("namespace: default", False),
        ("kind: HelmRelease; name: other", False),
        ("labelSelector: tier=front", True),
        ("labelSelector: tier==front", True),
        ("labelSelector: tier = front", True),
        ("labelSelector: tier=back", False),
        ("labelSelector: tier!=front", False),
        ("labelSelector: gone!=front", True),
        ("labelSelector: gone=front", False),
        ("labelSelector: tier", True),
        ("labelSelector: gone", False),
        ("labelSelector: !gone", True),
        ("labelSelector: !tier", False),
        ("labelSelector: tier in (front, back)", True),
        ("labelSelector: tier in (back)", False),
        ("labelSelector: tier notin (back)", True),
        ("labelSelector: tier notin (front,back)", False),
        ("labelSelector: gone notin (front)", True),
        ("labelSelector: gone in (front)", False),
        ("labelSelector: tier=front,gone", False),
        ("labelSelector: tier in (front,back),n=1", True),
        ("labelSelector: n=2,tier=front", False),
        ("annotationSelector: a=b", True),
        ("annotationSelector: a=c", False),
        ("annotationSelector: tier=front", False),
    ],
)
def test_what_a_target_selects(target, expected):
    assert selects(target) is expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("name: web", True),
        ("name: b-a-web", True),
        # Only the first and the last name count.
        ("name: a-web", False),
        ("namespace: default", True),
        ("namespace: end", True),
        ("namespace: mid", False),
        ("name: web; namespace: end", True),
        ("name: b-a-web; namespace: default", True),
    ],
)
def test_names_and_namespaces_that_it_had(target, expected):
    assert selects(target, (("", "web"), ("mid", "a-web"), ("end", "b-a-web"))) is expected


@pytest.mark.parametrize(
    ("patch", "names", "expected"),
    [
        ({"name": "web"}, [("shop", "web")], True),
        ({"name": "web"}, [("", "web")], True),
        ({"name": "web", "namespace": "shop"}, [("shop", "web")], True),
        ({"name": "web", "namespace": "shop"}, [("", "web")], False),
        ({"name": "web", "namespace": "default"}, [("", "web")], True),
        ({"name": "web", "namespace": "default"}, [("shop", "web")], False),
        ({"name": "a-web"}, [("", "web"), ("", "a-web"), ("", "b-a-web")], True),
        ({"name": "web", "namespace": "shop"}, [("", "web"), ("shop", "a-web")], False),
        ({"name": "other"}, [("shop", "web")], False),
    ],
)
def test_what_a_patch_names_itself(patch, names, expected):
    data = {"apiVersion": "helm.toolkit.fluxcd.io/v2beta1", "kind": "HelmRelease", "metadata": patch}

    assert Patch("p.yaml", 0, 1, (), data).selects(OBJECT, tuple(names)) is expected


@pytest.mark.parametrize("other", [{"kind": "Other"}, {"apiVersion": "example.org/v2"}])
def test_a_patch_of_another_kind_means_another_object(other):
    data = {**OBJECT, "metadata": {"name": "web"}, **other}

    assert Patch("p.yaml", 0, 1, (), data).selects(OBJECT, (("shop", "web"),)) is False
