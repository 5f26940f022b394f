"""In which layer a wish is written: the one that decides, or the one where a person would look for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from migrate_dhi.edit import Edit, Set
from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.versioned import Versioned
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin, Release
from migrate_dhi.release.target import Target

CHART = {
    "Chart.yaml": "name: web\nversion: 1.0.0\n",
    "values.yaml": "image: {tag: '1', registry: a}\nlist: [1, 2]\n",
}
UNREAD = Layer("unread", "secret.yaml", writable=False)


def chart(**changes):
    return replace(Chart.read(Path(), ".", CHART), **changes)


def deployed(*layers, **changes):
    return Deployed(chart(**changes), tuple(layers))


def files(*names):
    return [Layer("file", f"{name}.yaml") for name in names]


def written(found):
    return [(edit.file.removesuffix(".yaml"), edit.path, edit.value) for edit in found]


TAG = ("image", "tag")


@pytest.mark.parametrize(
    ("texts", "path", "expected"),
    [
        # Only the chart lists it: there.
        ({}, TAG, "values"),
        ({"a": "x: 1"}, TAG, "values"),
        # The strongest that lists it decides.
        ({"a": "image: {tag: '2'}"}, TAG, "a"),
        ({"a": "image: {tag: '2'}", "b": "image: {tag: '3'}"}, TAG, "b"),
        ({"a": "image: {tag: '2'}", "b": "image: {registry: b}"}, TAG, "a"),
        ({"a": "image: {tag: null}"}, TAG, "a"),
        # Nothing lists it: beside its nearest relatives, else in the chart.
        ({"a": "image: {tag: '2'}"}, ("image", "digest"), "values"),
        ({"a": "side: {image: {tag: '2'}}"}, ("side", "image", "digest"), "a"),
        ({"a": "side: {x: 1}", "b": "side: {image: {tag: '2'}}"}, ("side", "image", "digest"), "b"),
        ({"a": "side: {x: 1}", "b": "side: {x: 2}"}, ("side", "image"), "b"),
        ({"a": "x: 1"}, ("new",), "values"),
        # A text that is none is passed over.
        ({"a": "image: ["}, TAG, "values"),
        ({"a": "image: text"}, TAG, "values"),
    ],
)
def test_layer_that_decides(texts, path, expected):
    one = deployed(*files("a", "b"))
    known = {**CHART, **{f"{name}.yaml": text for name, text in texts.items()}}

    assert written(one.edits([Set(path, "new")], known, {})) == [(expected, path, "new")]
    assert one.place(path, known).file == f"{expected}.yaml"


@pytest.mark.parametrize(
    ("texts", "path", "expected"),
    [
        ({}, TAG, "b"),
        ({"a": "image: {tag: '2'}"}, TAG, "a"),
        ({"a": "side: {x: 1}"}, ("side", "image"), "a"),
        # A map that is there comes before one that is to be made.
        ({"a": "x: 1"}, ("new",), "a"),
        ({}, ("new",), "b"),
    ],
)
def test_layer_that_decides_over_a_chart_from_elsewhere(texts, path, expected):
    one = deployed(*files("a", "b"), editable=False)
    known = {f"{name}.yaml": text for name, text in texts.items()}

    assert written(one.edits([Set(path, "new")], known, {})) == [(expected, path, "new")]


def test_replaced_values_of_a_chart_are_not_edited():
    known = {**CHART, "a.yaml": ""}

    assert written(deployed(*files("a"), values_replaced=True).edits([Set(TAG, "2")], known, {})) == [
        ("a", TAG, "2")
    ]
    assert deployed(values_replaced=True).edits([Set(TAG, "2")], known, {}) == ()
    assert deployed(values_replaced=True).files == ()


@pytest.mark.parametrize(
    ("avoided", "expected"), [((), "a"), (("a",), "b"), (("a", "b"), None), (("b",), "a")]
)
def test_a_layer_to_avoid_is_passed_over_for_a_stronger_one(avoided, expected):
    one = deployed(*files("a", "b"))
    known = {**CHART, "a.yaml": "image: {tag: '2'}"}

    found = one.edits([Set(TAG, "3")], known, {}, lambda layer: layer.file.removesuffix(".yaml") in avoided)

    assert [edit.file for edit in found] == ([f"{expected}.yaml"] if expected else [])


def test_what_is_over_the_chart_is_not_written_into_it():
    known = {**CHART, "a.yaml": ""}

    assert written(deployed(*files("a")).edits([Set(TAG, None, over=True)], known, {})) == [("a", TAG, None)]
    assert deployed().edits([Set(TAG, None, over=True)], CHART, {}) == ()


def test_a_key_is_taken_out_of_every_layer_that_lists_it():
    known = {**CHART, "a.yaml": "image: {tag: '2'}", "b.yaml": "x: 1", "c.yaml": "image: {tag: null}"}

    found = deployed(*files("a", "b", "c")).edits([Set(TAG, delete=True)], known, {})

    assert [(edit.file, edit.delete) for edit in found] == [
        ("c.yaml", True),
        ("a.yaml", True),
        ("values.yaml", True),
    ]


# --- lists


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        # Helm replaces lists: the whole one is taken over first.
        ("x: 1", ("list", 0), [(("list",), [7, 8]), (("list", 0), "new")]),
        ("list: [1]", ("list", 0), [(("list", 0), "new")]),
        ("x: 1", ("a", "list", 0, "b"), [(("a", "list"), [{"b": 1}]), (("a", "list", 0, "b"), "new")]),
        # What no values hold cannot be taken over.
        ("x: 1", ("none", 0), [(("none", 0), "new")]),
        ("x: 1", ("text", 0), [(("text", 0), "new")]),
    ],
)
def test_a_list_is_taken_over_before_an_item_of_it_is_edited(text, path, expected):
    one = deployed(*files("a"), editable=False)
    values = {"list": [7, 8], "a": {"list": [{"b": 1}]}, "text": "t"}

    found = one.edits([Set(path, "new")], {"a.yaml": text}, values)

    assert [(edit.path, edit.value) for edit in found] == expected


def test_two_items_take_a_list_over_once_and_leave_the_values_as_they_are():
    one, values = deployed(*files("a"), editable=False), {"list": [{"b": 1}, {"b": 2}]}
    wishes = [Set(("list", 0, "b"), 3), Set(("list", 1, "b"), 4)]

    found = one.edits(wishes, {"a.yaml": "x: 1"}, values)

    assert [edit.path for edit in found] == [("list",), ("list", 0, "b"), ("list", 1, "b")]
    assert found[0].value is not values["list"]


def test_an_item_in_the_layer_of_a_map_takes_over_the_list_there():
    layer = Layer("map", "hr.yaml", 0, ("spec", "values"))
    one = deployed(layer, editable=False)

    found = one.edits([Set(("list", 1), 5)], {"hr.yaml": "spec: {values: {x: 1}}"}, {"list": [1, 2]})

    assert [(edit.path, edit.document) for edit in found] == [
        (("spec", "values", "list"), 0),
        (("spec", "values", "list", 1), 0),
    ]


# --- what is not read


@pytest.mark.parametrize(
    ("at", "expected"),
    [((), "b"), (("image",), "b"), (("image", "tag"), "b"), (("other",), "a"), (("image", "registry"), "a")],
)
def test_what_is_not_read_may_decide_so_it_is_written_over_it(at, expected):
    hidden = replace(UNREAD, at=at)
    a, b = files("a", "b")
    one = deployed(a, hidden, b, editable=False)

    found = one.edits([Set(TAG, "3")], {"a.yaml": "image: {x: 1}"}, {})

    assert found[0].file == f"{expected}.yaml"


@pytest.mark.parametrize(
    ("path", "over"),
    [
        (("image", "tag"), True),
        (("image",), True),
        ((), True),
        (("image", "tag", "deep"), True),
        (("image", "registry"), False),
        (("other",), False),
    ],
)
def test_what_lies_below_values_that_were_not_read(path, over):
    a, b = files("a", "b")
    hidden = replace(UNREAD, at=("image", "tag"))
    one = deployed(a, hidden, b)

    assert one.unread_over(a, path) == (hidden if over else None)
    assert one.unread_over(one.own, path) == (hidden if over else None)
    assert one.unread_over(b, path) is None


def test_values_that_are_not_read_are_never_edited():
    assert deployed(UNREAD, editable=False).edits([Set(TAG, "2")], {}, {}) == ()
    assert deployed(UNREAD).files == ("values.yaml",)


# --- reading


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("x: 1", TAG, "1"),
        ("image: {tag: '2'}", TAG, "2"),
        ("image: {tag: ''}", TAG, ""),
        # A null deletes it, or not: the merged values tell.
        ("image: {tag: null}", TAG, "merged"),
        ("list: [5]", ("list", 0), 5),
        ("list: [5]", ("list", 1), 2),
        ("x: 1", ("none",), None),
        ("image: [", TAG, "1"),
    ],
)
def test_what_a_value_holds_now(text, path, expected):
    one = deployed(*files("a"))
    defaults = {"image": {"tag": "merged"}}

    assert one.value(path, {**CHART, "a.yaml": text}, defaults) == expected


@pytest.mark.parametrize(
    ("edit", "layer", "path"),
    [
        (Edit("a.yaml", TAG), 0, TAG),
        (Edit("hr.yaml", ("spec", "values", "x"), document=1), 1, ("x",)),
        (Edit("hr.yaml", ("spec", "other"), document=1), None, ()),
        (Edit("hr.yaml", ("spec", "values", "x"), document=0), None, ()),
        (Edit("map.yaml", ("data", "k"), document=0, inner=("y",)), 2, ("at", "y")),
        (Edit("secret.yaml", ("x",)), None, ()),
        (Edit("values.yaml", TAG), "own", TAG),
        (Edit("none.yaml", TAG), None, ()),
    ],
)
def test_the_layer_that_an_edit_lands_in(edit, layer, path):
    layers = (
        Layer("file", "a.yaml"),
        Layer("map", "hr.yaml", 1, ("spec", "values")),
        Layer("text", "map.yaml", 0, ("data", "k"), at=("at",)),
        UNREAD,
    )
    one = deployed(*layers)

    expected = one.own if layer == "own" else None if layer is None else layers[layer]
    assert one.layer_of(edit) == (expected, path)


@pytest.mark.parametrize(
    ("source", "file", "path"),
    [
        ("chart", "Chart.yaml", ("appVersion",)),
        ("lock", "Chart.lock", ("digest",)),
        ("template", "templates/a.yaml", (3,)),
    ],
)
def test_what_is_no_value_stands_in_files_of_the_chart(source, file, path):
    asked = (file, *path) if source == "template" else path

    [edit] = deployed(*files("a")).edits([Set(asked, "x", source=source)], CHART, {})

    assert (edit.file, edit.path, edit.value, edit.template) == (file, path, "x", source == "template")
    avoided = deployed().edits([Set(asked, "x", source=source)], CHART, {}, lambda layer: layer.file == file)
    assert avoided == ()


def test_the_version_of_a_chart_from_elsewhere_stands_in_its_object():
    at = ("spec", "chart", "spec", "version")
    place = Versioned("hr.yaml", 2, at, "1.0.0", "web", "https://c.example", lambda _: None)
    one, seen = deployed(editable=False, versioned=place), []

    [edit] = one.edits(
        [Set(at, "2.0.0", source="version")], {}, {}, lambda layer: seen.append(layer) or False
    )

    assert edit == Edit("hr.yaml", at, "2.0.0", document=2)
    assert seen == [Layer("map", "hr.yaml", 2, at)]
    assert (
        one.edits([Set(at, "2.0.0", source="version")], {}, {}, lambda layer: layer.file == "hr.yaml") == ()
    )


def test_the_version_of_a_chart_stands_nowhere_where_that_is_not_known():
    assert deployed().edits([Set(("version",), "2", source="version")], CHART, {}) == ()


# --- several releases


def release(name, namespace="shop", object_=""):
    return Release(
        "application", namespace, name, f"{name}.yaml", 0, 1, Origin("directory", "web"), object=object_
    )


def members(*names, shared=()):
    return [replace(deployed(*shared, *files(name), editable=False), release=release(name)) for name in names]


def test_one_release_has_the_empty_label():
    [one] = members("a")
    target = Target.of([one])

    assert (list(target.members), target.first, target.releases) == ([""], one, (one.release,))


@pytest.mark.parametrize(
    ("releases", "labels"),
    [
        ([release("a"), release("b")], ["shop/a", "shop/b"]),
        ([release("a"), release("a")], ["shop/a", "shop/a (2)"]),
        ([release("a", object_="x@eu"), release("a", object_="x@us")], ["shop/a (eu)", "shop/a (us)"]),
        ([release("a", ""), release("b")], ["default/a", "shop/b"]),
        ([None, release("b")], ["1", "shop/b"]),
    ],
)
def test_labels_of_several(releases, labels):
    found = Target.of([replace(deployed(), release=one) for one in releases])

    assert list(found.members) == labels


def test_each_release_is_edited_where_it_is_decided():
    target = Target.of(members("a", "b"))
    known = {"a.yaml": "image: {tag: '1'}", "b.yaml": "image: {tag: '2'}"}
    wishes = [Set(TAG, "3", release=f"shop/{name}") for name in "ab"]

    assert written(target.edits(wishes, known, {})) == [("a", TAG, "3"), ("b", TAG, "3")]


def test_what_nothing_lists_is_written_once_where_all_read_it():
    target = Target.of(members("a", "b", shared=files("all")))
    known = {"a.yaml": "x: 1", "b.yaml": "x: 1", "all.yaml": "x: 1"}
    wishes = [Set(("new",), "3", release=f"shop/{name}") for name in "ab"]

    assert written(target.edits(wishes, known, {})) == [("all", ("new",), "3")]


def test_words_of_one_text_are_set_together():
    [one] = members("a")
    known = {"a.yaml": "args: run --image x:1 --other y:2"}
    wishes = [Set(("args",), "z:9", word=4), Set(("args",), "x:8", word=2)]

    [edit] = Target.of([one]).edits(wishes, known, {"": {}})

    assert (edit.path, edit.value) == (("args",), "run --image x:8 --other z:9")


def test_words_of_what_is_no_text_are_nothing():
    [one] = members("a")

    assert Target.of([one]).edits([Set(("args",), "z", word=1)], {"a.yaml": "args: [x]"}, {"": {}}) == ()


def test_an_unknown_label_means_the_first():
    target = Target.of(members("a", "b"))

    assert target.of_label("none") is target.first
    assert target.of_label("shop/b") is target.members["shop/b"]
    assert target.files == ("a.yaml", "b.yaml")
    assert target.layers == tuple(files("a", "b"))
