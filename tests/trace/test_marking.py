"""Markers that a chart refuses are left out, and no others."""

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.trace.marking import apart, lay, render_narrowing

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
