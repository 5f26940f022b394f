"""Markers: where they are put, which renders show them, and that what a chart refuses is left out and nothing else."""

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.trace.candidates import Candidate
from migrate_dhi.trace.marking import MOST_RENDERS, aligned, apart, lay, path_of, render_narrowing
from migrate_dhi.trace.pattern import Variable

REFUSAL = """\
values don't meet the specifications of the schema(s) in the following chart(s):
{chart}:
- at '': validation failed
  - at '/image': additional properties 'Version', 'hub' not allowed
  - at '': additional properties 'tag' not allowed
"""
TAG, VERSION, HUB = ("own", "tag"), ("own", "image", "Version"), ("own", "image", "hub")
OTHERS = [("own", "image", "tag"), ("own", "image", "repository"), ("tag",), ("more", "image", "tag")]


def narrowed(items, refused, text):
    """The groups that render, the items that are left out, and how many renders it takes."""
    tried, left_out = [], []

    def render(group):
        tried.append(group)
        if any(item in refused for item in group):
            raise RenderError("refused") from ValueError(text)
        return Manifests({})

    groups = [list(group) for _, group in render_narrowing(items, render, refuse=left_out.append)]
    return groups, left_out, len(tried)


def test_what_the_schema_of_a_dependency_names_is_left_out_and_keys_of_that_name_elsewhere_are_not():
    refused = [TAG, VERSION, HUB]
    groups, left_out, renders = narrowed([*refused, *OTHERS], refused, REFUSAL.format(chart="own"))

    assert groups == [OTHERS]
    assert set(left_out) == set(refused)
    assert renders == 2


def test_the_values_of_an_alias_are_found_by_the_place_alone():
    refused = [TAG, VERSION, HUB]
    groups, left_out, _ = narrowed(refused + OTHERS[1:2], refused, REFUSAL.format(chart="upstream"))

    assert groups == [OTHERS[1:2]]
    assert set(left_out) == set(refused)


@pytest.mark.parametrize("text", ["no place at all", "- at '': validation failed"])
def test_halves_are_tried_where_nothing_is_named(text):
    groups, left_out, _ = narrowed([TAG, *OTHERS], [TAG], text)

    assert [item for group in groups for item in group] == OTHERS
    assert left_out == [TAG]


@pytest.mark.parametrize(
    ("named", "renders"),
    [
        # All, the others, the two of it, none, and each of the two.
        ("outer/charts/inner/templates/service.yaml:5:7: no such field", 6),
        ("outer/charts/own/charts/inner/templates/service.yaml:5:7: no such field", 6),
        # Of the chart itself, of another, or of a name that is an alias: halves of all.
        ("outer/templates/service.yaml:5:7: no such field", 8),
        ("outer/charts/none/templates/service.yaml:5:7: no such field", 8),
    ],
)
def test_the_values_of_the_dependency_that_fails_are_tried_apart_from_all_others(named, renders):
    inner = [("own", "inner", "tag"), ("own", "inner", "hub")]
    items = [*OTHERS[:3], inner[0], *((name, "tag") for name in "abc"), inner[1], ("d", "tag")]

    groups, left_out, tried = narrowed(items, inner[:1], named)

    assert sorted(item for group in groups for item in group) == sorted({*items} - {inner[0]})
    assert left_out == inner[:1]
    assert tried == renders


def test_where_nothing_renders_without_markers_either_no_halves_are_tried():
    tried = []

    def render(group):
        tried.append(list(group))
        raise RenderError("the rendered manifest is no YAML")

    refused = []
    assert not list(render_narrowing(OTHERS, render, refuse=refused.append))
    assert tried == [OTHERS, []]
    assert refused == OTHERS


def test_the_markers_of_a_line_that_is_no_yaml_are_tried_apart_from_all_others():
    lines = {item: str(number) for number, item in enumerate([*OTHERS, TAG, HUB], 70000)}
    tried = []

    def render(group):
        tried.append(list(group))
        if TAG in group and OTHERS[0] in group:
            near = f"image: {lines[TAG]}: {lines[OTHERS[0]]}"
            raise RenderError("the rendered manifest is no YAML", near=near)
        return Manifests({})

    groups = [list(group) for _, group in render_narrowing(list(lines), render, sign=lines.__getitem__)]

    assert groups == [[*OTHERS[1:], HUB], [OTHERS[0]], [TAG]]
    assert len(tried) == 6  # all, the others, the two, none, and each of the two


def test_a_manifest_that_is_no_yaml_shows_the_line():
    manifests = Manifests({"chart/templates/a.yaml": "a: 1\nimage: own: 2\nb: 1\n"})

    with pytest.raises(RenderError) as caught:
        _ = manifests.objects
    assert caught.value.near == "a: 1\nimage: own: 2"


def test_paths_of_which_one_lies_below_another_are_marked_apart_and_the_deepest_first():
    paths = [("pod", "secrets"), ("pod", "secrets", "web"), ("tag",), ("pod",)]

    assert list(apart(paths)) == [[("pod", "secrets", "web"), ("tag",)], [("pod", "secrets")], [("pod",)]]


@pytest.mark.parametrize("first", [[{"name": "a"}], "a"])
def test_what_is_laid_below_a_list_or_a_text_takes_its_place(first):
    path = ("pod", "secrets")

    assert lay({path: first, (*path, "web"): ["b"]}, {}) == {"pod": {"secrets": {"web": ["b"]}}}


# where values are put


@pytest.mark.parametrize(
    ("assignments", "merged", "laid"),
    [
        ({("a", "b"): 1}, {"a": {"c": 2}}, {"a": {"b": 1}}),
        ({("a", "b"): 1, ("a", "c"): 2, ("d",): 3}, {}, {"a": {"b": 1, "c": 2}, "d": 3}),
        # Helm replaces lists: the items beside come along
        ({("l", 1): "new"}, {"l": ["x", "y", "z"]}, {"l": ["x", "new", "z"]}),
        ({("l", 0, "a"): 1}, {"l": [{"a": 0, "b": 2}, "y"]}, {"l": [{"a": 1, "b": 2}, "y"]}),
        ({("l", 0, "a"): 1, ("l", 1): "n"}, {"l": [{"b": 2}, "y"]}, {"l": [{"a": 1, "b": 2}, "n"]}),
        ({("l", 0, "m", 0): 1}, {"l": [{"m": ["x", "y"]}]}, {"l": [{"m": [1, "y"]}]}),
        ({("a", "l", 0): 1}, {"a": {"l": ["x"], "k": 1}}, {"a": {"l": [1]}}),
        ({("l", 2): "new"}, {"l": ["x"]}, {"l": ["x", {}, "new"]}),
        # a value in the way gives way
        ({("a",): 1, ("a", "b"): 2}, {}, {"a": {"b": 2}}),
        ({("a", "b"): 1}, {"a": "text"}, {"a": {"b": 1}}),
        ({("a",): None}, {"a": 1}, {"a": None}),
    ],
)
def test_values_that_set_just_these_paths(assignments, merged, laid):
    before = repr(merged)

    assert lay(assignments, merged) == laid
    assert repr(merged) == before


# which objects of two renders are the same


def objects(*named, template="c/templates/a.yaml"):
    texts = (f"kind: {kind}\nmetadata: {{name: {name}}}\nv: {value}\n" for kind, name, value in named)
    return Manifests({template: "---\n".join(texts)})


def pairs(before, after):
    return [(old.identity.name, new.identity.name) for old, new in aligned(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([("A", "x", 1)], [("A", "x", 1)], []),
        ([("A", "x", 1)], [("A", "x", 2)], [("x", "x")]),
        # in another order
        ([("A", "x", 1), ("A", "y", 1)], [("A", "y", 2), ("A", "x", 2)], [("x", "x"), ("y", "y")]),
        # a marker in a name: by their place, where as many are left of each kind
        ([("A", "x", 1), ("A", "y", 1)], [("A", "x", 1), ("A", "m", 1)], [("x", "x"), ("y", "m")]),
        ([("A", "x", 1)], [("B", "m", 1)], []),
        ([("A", "x", 1)], [("A", "m", 1), ("A", "n", 1)], []),
        ([("A", "x", 1), ("B", "y", 1)], [("B", "n", 1), ("A", "m", 1)], []),
    ],
)
def test_objects_of_two_renders_in_pairs(before, after, found):
    assert pairs(objects(*before), objects(*after)) == found


def test_only_templates_whose_text_differs_are_paired():
    same = objects(("A", "x", 1), template="c/templates/b.yaml").files
    before = Manifests({**objects(("A", "y", 1)).files, **same})
    after = Manifests({**objects(("A", "y", 2)).files, **same})

    assert pairs(before, after) == [("y", "y")]
    assert pairs(Manifests({}), objects(("A", "x", 1))) == []


# how much is tried


def test_nothing_to_mark_is_no_render():
    assert list(render_narrowing([], lambda _: pytest.fail("a render"))) == []


def test_what_a_failure_demands_is_tried_once_more_with_the_same_items():
    tried = []

    def render(group):
        tried.append(list(group))
        if len(tried) == 1:
            raise RenderError("demands")
        return Manifests({})

    (found,) = render_narrowing(OTHERS, render, lambda _: True)

    assert tried == [OTHERS, OTHERS]
    assert found[1] == OTHERS


def test_a_chart_that_refuses_ever_more_is_traced_in_part():
    items = [("v", str(number)) for number in range(64)]
    tried = []

    def render(group):
        tried.append(group)
        if len(group) > 0:
            raise RenderError("refused")
        return Manifests({})

    assert list(render_narrowing(items, render)) == []
    # One more: whether it renders without any is asked once.
    assert len(tried) == MOST_RENDERS + 1


def test_an_item_is_known_by_its_path():
    assert path_of(("a", 1)) == ("a", 1)
    assert path_of(Candidate(Variable(("b",)))) == ("b",)
    assert path_of("text") == ()


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("- at '/image/tag': got string, want null", [("own", "image", "tag")]),
        ("- at '/tag': additional property 'x' not allowed", []),
        (
            "- at '/image': 'tag' is wrong",
            [("own", "image", "tag"), ("own", "image", "hub"), ("own", "image", "Version")],
        ),
        (
            "- at '': additional properties 'tag', 'image' not allowed",
            [("own", "tag"), ("own", "image", "tag"), ("own", "image", "hub"), ("own", "image", "Version")],
        ),
    ],
)
def test_what_a_schema_complains_of_by_place_and_by_key(line, refused):
    items = [TAG, VERSION, HUB, ("own", "image", "tag"), ("plain",)]

    groups, left_out, _ = (
        narrowed(items, refused, f"own:\n- at '': validation failed\n  {line}\n")
        if refused
        else ([items], [], 1)
    )

    assert sorted(left_out) == sorted(refused)
    assert sorted(item for group in groups for item in group) == sorted(set(items) - set(refused))
