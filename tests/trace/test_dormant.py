"""Images that a value switches off, found without a render; and how much of a wish a chart renders with."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import LimitError, RenderError
from migrate_dhi.trace.dormant import awake, find_dormant, switches
from migrate_dhi.trace.pattern import Variable

SPLIT = {"registry": "docker.io", "repository": "acme/app", "tag": "1.2"}


def dormant(values, nodes=(), reached=()):
    return [(one.image, one.path, one.switch) for one in find_dormant(values, nodes, reached)]


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (SPLIT, "docker.io/acme/app:1.2"),
        ({**SPLIT, "registry": "docker.io/"}, "docker.io/acme/app:1.2"),
        ({**SPLIT, "tag": ""}, "docker.io/acme/app"),
        ({**SPLIT, "tag": None}, "docker.io/acme/app"),
        ({**SPLIT, "tag": 17}, "docker.io/acme/app:17"),
        ({**SPLIT, "tag": True}, "docker.io/acme/app"),
        ({"repository": "acme/app", "version": "1.2"}, "acme/app:1.2"),
        ({"hub": "quay.io", "image": "acme/app", "tag": "1.2"}, "quay.io/acme/app:1.2"),
        ({"repository": "app", "tag": "1.2"}, "app:1.2"),
        ({"imageRegistry": "quay.io", "repository": "acme/app", "imageTag": "1.2"}, "quay.io/acme/app:1.2"),
    ],
)
def test_an_image_is_put_together_from_what_stands_beside_it(image, text):
    (found,) = dormant({"job": {"enabled": False, "image": image}})

    assert found[0] == text
    assert found[1][:2] == ("job", "image")
    assert found[2] == ("job", "enabled")


@pytest.mark.parametrize(
    "image",
    [
        {"repository": "app"},
        {"repository": ""},
        {"repository": "NO IMAGE"},
        {"tag": "1.2"},
        {"repository": 7},
    ],
)
def test_what_names_no_image_is_none(image):
    assert dormant({"job": {"enabled": False, "image": image}}) == []


@pytest.mark.parametrize(
    ("values", "switch"),
    [
        ({"enabled": False, "job": {"image": "a/b:1.2"}}, ("enabled",)),
        ({"enabled": False, "job": {"enabled": False, "image": "a/b:1.2"}}, ("job", "enabled")),
        ({"enabled": False, "job": {"enabled": True, "image": "a/b:1.2"}}, ("enabled",)),
        ({"job": {"createJob": False, "image": "a/b:1.2"}}, ("job", "createJob")),
        ({"job": {"INSTALL": False, "image": "a/b:1.2"}}, ("job", "INSTALL")),
        ({"job": {"deploy": False, "image": "a/b:1.2"}}, ("job", "deploy")),
    ],
)
def test_the_switch_is_the_closest_boolean_that_is_off_and_reads_like_one(values, switch):
    assert dormant(values) == [("a/b:1.2", ("job", "image"), switch)]


@pytest.mark.parametrize(
    "values",
    [
        {"job": {"enabled": True, "image": "a/b:1.2"}},
        {"job": {"enabled": 0, "image": "a/b:1.2"}},
        {"job": {"enabled": None, "image": "a/b:1.2"}},
        {"job": {"debug": False, "image": "a/b:1.2"}},
        {"other": {"enabled": False}, "job": {"image": "a/b:1.2"}},
        {"enabled": False, "global": {"image": "a/b:1.2"}},
    ],
)
def test_without_such_a_boolean_nothing_is_switched_off(values):
    assert dormant(values) == []


def test_an_image_that_came_out_is_not_asleep_and_its_neighbours_are_it():
    values = {"enabled": False, "job": {"image": SPLIT}}

    assert dormant(values, reached=[Variable(("job", "image", "tag"))]) == []
    assert len(dormant(values, reached=[Variable(("job", "tag"))])) == 1


def test_words_of_a_text_that_are_images_sleep_too():
    values = {"job": {"enabled": False, "args": "--image=acme/app:1.2 --tag=1.2"}}

    assert dormant(values) == [("acme/app:1.2", ("job", "args"), ("job", "enabled"))]


def node(prefix, defaults, *condition, tags=()):
    return SimpleNamespace(prefix=prefix, defaults=defaults, condition=condition, tags=tags)


def test_a_dependency_that_is_off_has_its_own_defaults_below_what_is_set_for_it():
    sub = node(("sub",), {"image": SPLIT}, ("sub", "on"))
    values = {"sub": {"on": False, "image": {"tag": "9.9"}}}

    assert dormant(values, [node((), {}), sub]) == [
        ("docker.io/acme/app:9.9", ("sub", "image", "repository"), ("sub", "on"))
    ]
    assert dormant({"sub": {"on": True}}, [sub]) == []
    assert dormant({}, [sub]) == []


@pytest.mark.parametrize(
    ("values", "switch"),
    [
        ({"first": False, "more": True}, ("first",)),
        ({"more": False}, ("more",)),
        ({"first": "false", "more": False}, ("more",)),
        ({"first": False, "tags": {"all": True}}, ("first",)),
        ({"tags": {"all": False}}, ("tags", "all")),
        ({"tags": {"all": False, "none": False}}, ("tags", "all")),
        # Helm takes it: the first condition that is a boolean decides, and one of its tags is enough.
        ({"first": True, "more": False}, None),
        ({"first": True, "tags": {"all": False}}, None),
        ({"tags": {"all": False, "some": True}}, None),
        ({"tags": {"other": False}}, None),
    ],
)
def test_the_switch_of_a_dependency_is_what_helm_leaves_it_out_for(values, switch):
    sub = node(("sub",), {"image": "a/b:1.2"}, ("first",), ("more",), tags=("all", "some"))

    assert dormant(values, [sub]) == ([("a/b:1.2", ("sub", "image"), switch)] if switch else [])


def test_a_dependency_may_be_off_by_its_own_default():
    sub = node(("sub",), {"enabled": False, "image": "a/b:1.2"}, ("sub", "enabled"))

    assert dormant({}, [sub]) == [("a/b:1.2", ("sub", "image"), ("sub", "enabled"))]
    assert dormant({"sub": {"enabled": True}}, [sub]) == []


def test_each_place_once():
    sub = node(("sub",), {"image": "a/b:1.2"}, ("sub", "enabled"))
    values = {"sub": {"enabled": False, "image": "a/b:1.2"}}

    found = find_dormant(values, [sub, sub], ())

    assert [str(one) for one in found] == ["a/b:1.2"]
    assert switches(found) == {("sub", "enabled"): True}


class Chart:
    """Renders but for some pairs of values; remembers what was tried."""

    def __init__(self, refused, error=RenderError):
        self.refused, self.error, self.tried = refused, error, []

    def render(self, _texts, extra):
        self.tried.append(extra)
        if self.refused(extra):
            raise self.error("refused")


@pytest.mark.parametrize(
    ("refused", "held", "renders"),
    [
        (lambda _: False, {"a": 1, "b": 2, "c": 3}, 1),
        (lambda v: "b" in v, {"a": 1, "c": 3}, 4),
        # Held with the two before it, the last is what was refused together.
        (lambda v: {"a", "c"} <= v.keys(), {"a": 1, "b": 2}, 3),
        (lambda _: True, {}, 5),
    ],
)
def test_as_much_of_a_wish_as_the_chart_renders_with(refused, held, renders):
    chart = Chart(refused)

    found = awake(chart, {}, {}, {("a",): 1, ("b",): 2, ("c",): 3})

    assert found == {(key,): value for key, value in held.items()}
    assert len(chart.tried) == renders


def test_what_is_set_besides_is_set_in_each_render_and_in_the_result():
    chart = Chart(lambda v: "a" in v)

    assert awake(chart, {}, {}, {("a",): 1, ("b",): 2}, {("o",): 0}) == {("o",): 0, ("b",): 2}
    assert all(extra["o"] == 0 for extra in chart.tried)
    assert awake(chart, {}, {}, {}, {("o",): 0}) == {("o",): 0}
    assert len(chart.tried) == 3


def test_a_wish_that_is_refused_alone_is_not_tried_twice_and_only_so_many_are():
    chart = Chart(lambda _: True)
    assert awake(chart, {}, {}, {("a",): 1}) == {}
    assert len(chart.tried) == 1
    assert awake(chart, {}, {}, {(n,): 1 for n in "abcdef"}, most=2) == {}
    # All, the two that may be tried but so, and each of them.
    assert len(chart.tried) == 1 + 1 + 3


def test_one_of_many_that_is_refused_costs_few_renders():
    chart = Chart(lambda v: "s17" in v)
    wished = {(f"s{n}",): n for n in range(40)}

    found = awake(chart, {}, {}, wished)

    assert found == {path: value for path, value in wished.items() if path != ("s17",)}
    assert len(chart.tried) < 12


def test_a_render_that_takes_too_much_ends_it():
    with pytest.raises(LimitError):
        awake(Chart(lambda _: True, LimitError), {}, {}, {("a",): 1, ("b",): 2})
