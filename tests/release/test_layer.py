"""Layers: what each form reads as values, and the edit that it makes of a path."""

import json
from dataclasses import replace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.errors import InvalidChartError
from migrate_dhi.release.layer import Layer, merged, path_or_root, set_path

HELM_RELEASE = """\
# our database
---
apiVersion: v1
kind: Namespace
---
kind: HelmRelease
spec:
  values:
    image: {repository: acme/db, tag: "1.2"}
    mode: 0644
"""

APPLICATION = """\
kind: Application
spec:
  source:
    helm:
      values: |
        image:
          tag: ${VERSION}
      parameters:
        - name: image.tag
          value: "1.10"
          forceString: true
        - name: args
          value: a,b
        - name: replicas
          value: "3"
"""


def test_map_in_a_document_is_read_as_helm_reads_it():
    layer = Layer("map", "db.yaml", 1, ("spec", "values"))

    assert layer.values({"db.yaml": HELM_RELEASE}) == {
        "image": {"repository": "acme/db", "tag": "1.2"},
        "mode": 420,
    }


def test_map_that_is_not_there_is_empty_and_can_be_written():
    layer = Layer("map", "db.yaml", 0, ("spec", "values"))

    assert layer.values({"db.yaml": HELM_RELEASE}) == {}
    assert layer.edit(("a", "b"), 1, {}) == Edit("db.yaml", ("spec", "values", "a", "b"), 1, document=0)


def test_text_is_read_with_its_placeholders_filled():
    layer = Layer("text", "app.yaml", 0, ("spec", "source", "helm", "values"), fill={"${VERSION}": "'2.0'"})

    assert layer.values({"app.yaml": APPLICATION}) == {"image": {"tag": "2.0"}}
    assert layer.edit(("image", "tag"), "3", {}) == Edit(
        "app.yaml", layer.path, "3", document=0, inner=("image", "tag")
    )


def test_parameters_are_read_as_set_reads_them():
    layer = Layer("parameters", "app.yaml", 0, ("spec", "source", "helm", "parameters"))

    assert layer.values({"app.yaml": APPLICATION}) == {"image": {"tag": "1.10"}, "args": "a,b", "replicas": 3}


def test_parameters_that_are_no_list_set_nothing_and_hold_nothing_to_edit():
    layer = Layer("parameters", "app.yaml", path=("parameters",))
    texts = {"app.yaml": "parameters: 5\n"}

    assert layer.values(texts) == {}
    assert layer.edit(("image", "tag"), "2", texts) is None


def test_parameter_is_edited_where_it_is_listed_and_never_added():
    layer = Layer("parameters", "app.yaml", 0, ("spec", "source", "helm", "parameters"))
    texts = {"app.yaml": APPLICATION}

    assert layer.edit(("image", "tag"), "2", texts) == Edit(
        "app.yaml", (*layer.path, 0, "value"), "2", document=0
    )
    assert layer.edit(("image", "registry"), "x", texts) is None
    assert layer.edit(("image", "tag"), None, texts, delete=True) is None


def test_value_below_a_target_path_is_put_there():
    text = "kind: ConfigMap\ndata:\n  tag: '1.10'\n"
    layer = Layer("text", "map.yaml", 0, ("data", "tag"), at=("image", "tag"))

    assert layer.values({"map.yaml": text}) == {"image": {"tag": "1.10"}}


def test_what_is_not_read_adds_nothing_and_is_never_edited():
    layer = Layer("unread", "secret.yaml", reason="a Secret")

    assert layer.values({}) == {}
    assert layer.edit(("a",), 1, {}) is None


@pytest.mark.parametrize(("removes", "expected"), [(False, {"a": {"b": None}}), (True, {"a": {}})])
def test_null_deletes_the_default_or_the_weaker_layers_key(removes, expected):
    layers = [Layer("file", "one.yaml"), Layer("file", "two.yaml", removes=removes)]

    assert merged(layers, {"one.yaml": "a: {b: 1}\n", "two.yaml": "a: {b: null}\n"}) == expected


def test_document_that_is_gone_is_an_error():
    with pytest.raises(InvalidChartError, match="not there any more"):
        Layer("map", "db.yaml", 7, ("spec",)).values({"db.yaml": HELM_RELEASE})


PATCHES = """\
patches:
  - patch: |-
      kind: HelmRelease
      spec:
        values:
          image: {tag: "2"}
  - patch: |-
      - op: replace
        path: /spec/values/containers/0/image
        value: acme/db:2
"""


def test_values_of_an_inline_patch_stand_deep_in_its_text():
    layer = Layer("text", "k.yaml", path=("patches", 0, "patch"), inner=("spec", "values"))

    assert layer.values({"k.yaml": PATCHES}) == {"image": {"tag": "2"}}
    assert layer.edit(("image", "tag"), "3", {}) == Edit(
        "k.yaml", ("patches", 0, "patch"), "3", document=0, inner=("spec", "values", "image", "tag")
    )


def test_operation_of_a_json_patch_sets_one_place_in_a_list():
    at = ("containers", 0, "image")
    patch = Layer("text", "k.yaml", path=("patches", 1, "patch"), inner=(0, "value"), at=at, sets=True)
    base = "containers: [{name: a, image: acme/db:1}, {name: b}]\n"

    values = merged([Layer("file", "base.yaml"), patch], {"base.yaml": base, "k.yaml": PATCHES})

    assert values == {"containers": [{"name": "a", "image": "acme/db:2"}, {"name": "b"}]}
    assert patch.edit(at, "acme/db:3", {}) == Edit(
        "k.yaml", ("patches", 1, "patch"), "acme/db:3", document=0, inner=(0, "value")
    )
    assert patch.edit(("containers", 1, "image"), "x", {}) is None


def test_operation_of_a_json_patch_takes_the_place_of_a_whole_map():
    patch = Layer("map", "p.yaml", path=(0, "value"), at=("image",), sets=True)
    texts = {
        "base.yaml": "image: {tag: '1', registry: x}\n",
        "p.yaml": "- {op: replace, value: {tag: '2'}}\n",
    }

    assert merged([Layer("file", "base.yaml"), patch], texts) == {"image": {"tag": "2"}}


def test_what_is_filled_in_is_not_taken_for_a_placeholder():
    layer = Layer("file", "v.yaml", fill={"$${A}": "${A}", "${A}": "1", "${A:=2}": "${A}"})

    assert layer.values({"v.yaml": "a: $${A}\nb: ${A}\nc: ${A:=2}\n"}) == {"a": "${A}", "b": 1, "c": "${A}"}


@pytest.mark.parametrize(
    ("path", "after", "stale"),
    [
        # What stands in a text inside the file: the text as a whole.
        (("t", "a"), "t: |\n  a: 1\nu: 3\n", False),
        (("t", "a"), "t: |\n  a: 2\nu: 2\n", True),
        (("t", "a", "b"), "t: |\n  a: 1\nu: 3\n", False),
        (("l", 0, "a"), "t: |\n  a: 1\nl: ['a: 2']\n", True),
        # What is not there tells nothing.
        (("gone", "a"), "t: |\n  a: 1\nu: 3\n", True),
        (("u",), "t: |\n  a: 9\nu: 2\n", False),
    ],
)
def test_text_that_stands_for_a_place_in_a_text_is_stale_where_that_changes(path, after, stale):
    before = "t: |\n  a: 1\nu: 2\nl: ['a: 1']\n"
    layer = Layer("map", "h.yaml", path=path, text="a: 1\n")

    assert layer.is_stale({"h.yaml": before}, {"h.yaml": after}) is stale


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("{name: a, value: '1', forceString: true}", "1"),
        # What a write-back file holds is read without regard to case (argocd-image-updater writes it so).
        ("{name: a, value: '1', forcestring: true}", "1"),
        ("{name: a, value: '1', forceString: false}", 1),
        ("{name: a, value: '1', forceString: 'true'}", 1),
        ("{name: a, value: 'true'}", True),
        ("{name: a, value: 'null'}", None),
        ("{name: a, value: '01'}", "01"),
        ("{name: a, value: '1.20'}", "1.20"),
        ("{name: a, value: true}", True),
        ("{name: a, value: 'x,b=2'}", "x,b=2"),
        ("{name: a, value: 'x\\,y'}", "x,y"),
        ("{name: a, value: '{}'}", [""]),
        ("{name: a, value: '{1,b}', forceString: true}", ["1", "b"]),
    ],
)
def test_a_parameter_is_typed_as_set_types_it(item, value):
    layer = Layer("parameters", "h.yaml", path=("p",))

    assert layer.values({"h.yaml": f"p: [{item}]\n"}) == {"a": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.10", "1.10"),
        ("true", True),
        ("web\n", "web"),
        ("{a,b}", ["a", "b"]),
        ("a,b", "a,b"),
        # In quotes it is a text, without them.
        ("'1'", "1"),
        ('"true"', "true"),
        ("\"'1'\"", "1"),
        ("'a,b'", "a,b"),
        ("it's", "it's"),
        ("'open", "'open"),
    ],
)
def test_one_value_below_a_target_path(text, value):
    layer = Layer("text", "m.yaml", path=("data", "k"), at=("image", "tag"))

    assert layer.values({"m.yaml": f"data: {{k: {json.dumps(text)}}}\n"}) == {"image": {"tag": value}}


@pytest.mark.parametrize(
    ("sources", "changes", "stale"),
    [
        ((), {"h.yaml": "a: {b: 2}\nc: 4\n"}, False),
        ((), {"h.yaml": "a: {b: 3}\nc: 3\n"}, True),
        ((), {"other.yaml": "x: 2\n"}, False),
        (("other.yaml",), {"other.yaml": "x: 2\n"}, True),
        (("other.yaml",), {"h.yaml": "a: {b: 2}\nc: 4\n"}, True),
    ],
)
def test_text_that_stands_for_a_place_is_stale_where_the_place_changes(sources, changes, stale):
    before = {"h.yaml": "a: {b: 2}\nc: 3\n", "other.yaml": "x: 1\n"}
    layer = Layer("map", "h.yaml", path=("a",), text="a: {b: '2'}\n", sources=sources)

    assert layer.is_stale(before, {**before, **changes}) is stale
    # What is composed of nothing else in its own file follows no other place there.
    alone = replace(layer, alone=True)
    assert alone.is_stale(before, {**before, **changes}) is (
        stale and changes != {"h.yaml": "a: {b: 2}\nc: 4\n"}
    )
    assert not replace(layer, text="").is_stale(before, {**before, **changes})


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a\\.b.c", ("a.b", "c")),
        ("a[0]", ("a", 0)),
        ("a[2].b", ("a", 2, "b")),
        ("a[1][2].c", ("a", 1, 2, "c")),
        ("a b", ("a b",)),
    ],
)
def test_path_that_set_takes(name, path):
    assert set_path(name) == path


@pytest.mark.parametrize("name", ["", "a[", "[0]", "a..b", ".a", "a.", "a[x]", "a[-1]", "a,b"])
def test_path_that_set_does_not_take(name):
    with pytest.raises(InvalidChartError):
        set_path(name)

    assert path_or_root(name) == ()


PARAMETERS = "p:\n  - {name: 'a[1].b', value: x}\n  - {name: 'c[', value: y}\n  - {name: d, values: [1, 2]}\n"


@pytest.mark.parametrize(
    ("path", "index"), [(("a", 1, "b"), 0), (("a", 0, "b"), None), (("a",), None), ((), None), (("d",), None)]
)
def test_parameter_in_a_list_is_edited_where_it_is_listed(path, index):
    layer = Layer("parameters", "f.yaml", path=("p",))

    edit = layer.edit(path, True, {"f.yaml": PARAMETERS})

    expected = None if index is None else (("p", index, "value"), "true")
    assert (edit and (edit.path, edit.value)) == expected


@pytest.mark.parametrize(
    ("base", "at", "expected"),
    [
        ("{}", ("a", 0, "b"), {"a": [{"b": "x"}]}),
        ("{}", ("a", 1), {"a": [None, "x"]}),
        ("{a: [1, 2]}", ("a", 1), {"a": [1, "x"]}),
        ("{a: [{b: 1, c: 2}, 3]}", ("a", 0, "b"), {"a": [{"b": "x", "c": 2}, 3]}),
        ("{a: 1}", ("a", 0), {"a": ["x"]}),
        ("{a: {b: 1, c: 2}}", ("a", "b"), {"a": {"b": "x", "c": 2}}),
    ],
)
def test_one_value_is_laid_where_its_path_leads(base, at, expected):
    below = Layer("file", "base.yaml")
    one = Layer("text", "map.yaml", path=("data", "k"), at=at)

    assert merged((below, one), {"base.yaml": base, "map.yaml": "data: {k: x}\n"}) == expected
