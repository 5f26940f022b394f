"""What of a user's values counts as one, what is tried in its place, and what a chart lists."""

import json
from types import SimpleNamespace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.errors import RenderError
from migrate_dhi.helm.chart import Dependency, merge
from migrate_dhi.helm.swap import Swap
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.values_kept import _leaves, _listed, _nested, _others, lost_values


@pytest.mark.parametrize(
    ("values", "leaves"),
    [
        ({}, []),
        ({"a": 1, "b": {"c": "x"}}, [(("a",), 1), (("b", "c"), "x")]),
        # A list is one value, and so is an empty map: what is in it replaces or opens the whole.
        ({"a": [{"b": 1}], "c": {}}, [(("a",), [{"b": 1}]), (("c",), {})]),
        ({"a": None, "b": {"c": {"d": None}}}, [(("a",), None), (("b", "c", "d"), None)]),
    ],
)
def test_every_value_with_its_path(values, leaves):
    assert list(_leaves(values)) == leaves


@pytest.mark.parametrize(
    ("value", "others"),
    [
        (True, [False, None]),
        (False, [True, None]),
        (0, [1, None]),
        (1.5, [2.5, None]),
        ("a", ["a0", None]),
        ("", ["x", None]),
        ([], [["x"], None]),
        ([{"a": 1}], [[{"a": 1}, {"a": 1}], [], None]),
        ({}, [{"x": "x"}, None]),
        (None, [None]),
    ],
)
def test_what_is_tried_in_place_of_a_value_is_of_its_kind_first(value, others):
    found = list(_others(value))

    assert found == others
    assert [type(one) for one in found] == [type(one) for one in others]


DEFAULTS = {"a": 1, "map": {"open": {}, "b": None, "c": {"d": 1}}, "list": [1]}


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        (("a",), True),
        (("map", "b"), True),
        (("map", "c", "d"), True),
        (("map", "c"), True),
        # A map that is open takes anything.
        (("map", "open", "x"), True),
        (("map", "open", "x", "y"), True),
        # So does a key without anything, which is how charts list what they have no default for.
        (("map", "b", "x"), True),
        (("list",), True),
        (("none",), False),
        (("map", "none"), False),
        (("a", "b"), False),
        (("list", "x"), False),
    ],
)
def test_what_a_chart_lists(path, listed):
    assert _listed(DEFAULTS, path) is listed


def test_a_chart_without_values_lists_none():
    assert not _listed({}, ("a",))


def test_a_value_at_its_path():
    assert _nested(("a", "b"), [1]) == {"a": {"b": [1]}}


# what a render with another value tells


class Renderer:
    """Renders what a chart makes of its values: an object of the dependency ``db``, and one of the chart itself."""

    def __init__(self, label, values, makes, defaults, above=lambda _: None):
        self.label, self.values, self.makes, self.above, self.count = label, values, makes, above, 0
        self.nodes = [
            SimpleNamespace(prefix=(), defaults={}),
            SimpleNamespace(prefix=("db",), defaults=defaults),
        ]

    def render(self, _, over=None, **__):
        self.count += 1
        values = merge(self.values, over or {})
        shown = {"db": self.makes({**values.get("db", {}), "global": values.get("global"), "n": self.count})}
        shown["own"] = self.above(values)
        places = {"db": "app/charts/db/templates/x.yaml", "own": "app/templates/x.yaml"}
        return Manifests(
            {
                places[name]: json.dumps(
                    {"kind": "ConfigMap", "metadata": {"name": name}, "data": {"v": str(data)}}
                )
                for name, data in shown.items()
            }
        )


DB = Dependency("db", "", "1.0.0", "https://charts.example.org")
SWAP = Swap(0, DB, Dependency("db-chart", "db", "2.0.0", "oci://hardened.example"), "")
TEXTS = {"app/values.yaml": "# values\ndb:\n  a: 1\n"}


def survey(values, makes, defaults, labels=("",), own=None, above=lambda _: None):
    if labels == ("",):
        values = {"": values}
    members = {
        label: SimpleNamespace(
            own=SimpleNamespace(file=own) if own else None,
            user_values=lambda _, label=label: values[label],
            place=lambda path, _: Edit("app/values.yaml", path, None),
        )
        for label in labels
    }
    every = [Renderer(label, values[label], makes, defaults, above) for label in labels]
    chart = SimpleNamespace(texts=TEXTS, name="app")
    source = SimpleNamespace(target=SimpleNamespace(members=members), chart=chart)
    return SimpleNamespace(renderer=SimpleNamespace(members=every), source=source)


def lost(values, before, after, *, listed=({}, {}), **more):
    found = lost_values(
        survey(values, before, listed[0], **more), survey(values, after, listed[1], **more), [SWAP]
    )
    return [(one.code, one.message.partition(":")[0]) for one in found]


def nothing(_):
    return ""


def asks(key):
    """Only whether there is a value."""
    return lambda values: bool(values.get(key))


def shows(*keys):
    return lambda values: [values.get(key) for key in keys]


def refusing(key, kept, text="values don't meet the specifications of the schema(s)"):
    def makes(values):
        if values.get(key) != kept:
            raise RenderError(text)
        return ""

    return makes


GONE = [("value-lost", "db.a is read no more")]


@pytest.mark.parametrize(
    ("value", "before", "after", "expected"),
    [
        (1, shows("a"), shows("a"), []),
        (1, shows("a"), nothing, GONE),
        (1, shows("a"), shows("b"), GONE),
        # Read otherwise is read.
        (1, shows("a"), lambda values: f"x{values.get('a')}", []),
        # A condition, to which any text is as good as another.
        ("name", asks("a"), asks("a"), []),
        ("name", asks("a"), nothing, GONE),
        ("name", shows("a"), asks("a"), []),
        (3, lambda values: (values.get("a") or 0) > 1, nothing, GONE),
        ([1], asks("a"), nothing, GONE),
        (True, asks("a"), nothing, GONE),
        (False, asks("a"), nothing, GONE),
        # An empty one asks for what the chart does by itself: what is in its place is read, or it is not.
        ("", asks("a"), asks("a"), []),
        ("", asks("a"), nothing, GONE),
        ({}, asks("a"), nothing, GONE),
        # What neither reads is not lost.
        (1, nothing, nothing, []),
        (1, nothing, shows("a"), []),
        # A template that fails with another value reads it.
        (1, shows("a"), refusing("a", 1, "a must be 1"), []),
        (1, refusing("a", 1, "a must be 1"), nothing, GONE),
        # What differs in each render shows nothing.
        (1, shows("a"), lambda values: values["n"], GONE),
        (None, shows("a"), nothing, []),
    ],
)
def test_a_value_is_lost_where_the_old_chart_reads_it_and_the_new_one_does_not(
    value, before, after, expected
):
    assert lost({"db": {"a": value}}, before, after) == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [({"a": 1}, []), ({"b": 1}, GONE), ({"a": {}}, [])],
)
def test_where_the_schema_refuses_every_other_value_the_chart_knows_what_it_lists(listed, expected):
    assert lost({"db": {"a": "x"}}, shows("a"), refusing("a", "x"), listed=({}, listed)) == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (({"a": 1}, {"b": 1}), [("value-unlisted", "db.a is not listed any more")]),
        (({"a": 1}, {"a": 2}), []),
        (({"a": {}}, {"a": None}), []),
        (({"b": 1}, {"b": 1}), []),
        (({"b": 1}, {"a": 1}), []),
    ],
)
def test_of_what_neither_reads_now_the_lists_tell(listed, expected):
    assert lost({"db": {"a": 1}}, nothing, nothing, listed=listed) == expected


@pytest.mark.parametrize(
    ("values", "above", "expected"),
    [
        ({"global": {"a": 1}}, nothing, [("value-lost", "global.a is read no more")]),
        # Of other dependencies, and of the chart itself, nothing is exchanged.
        ({"other": {"a": 1}, "a": 1}, nothing, []),
        # What a template of the chart itself reads is read before and after.
        ({"db": {"b": 1}}, lambda values: values["db"].get("b"), []),
        ({"db": {"a": 1}}, lambda values: values["db"].get("a"), GONE),
    ],
)
def test_only_what_exchanged_charts_make_of_it_counts(values, above, expected):
    def before(values):
        return values.get("a"), (values.get("global") or {}).get("a")

    assert lost(values, before, nothing, above=above) == expected


def test_what_is_said_names_the_value_its_line_and_both_charts():
    values = {"db": {"a": 1}}
    (found,) = lost_values(survey(values, shows("a"), {}), survey(values, nothing, {}), [SWAP])

    assert (found.severity, found.file, found.line) == ("error", "app/values.yaml", 3)
    assert found.message == "db.a is read no more: db 1.0.0 has it, and db-chart 2.0.0 has not"


def test_of_several_releases_each_value_is_told_once():
    assert lost(
        {"one": {"db": {"a": 1}}, "two": {"db": {"a": 1, "b": 1}}},
        shows("a", "b"),
        nothing,
        labels=("one", "two"),
    ) == [
        ("value-lost", "db.a is read no more"),
        ("value-lost", "db.b is read no more"),
    ]


def test_the_values_of_the_chart_that_has_the_dependency_count_under_those_of_its_release():
    assert lost({"db": {"b": 1}}, shows("a", "b"), nothing, own="app/values.yaml") == [
        ("value-lost", "db.a is read no more"),
        ("value-lost", "db.b is read no more"),
    ]


def test_of_a_chart_in_another_version_all_values_count():
    swap = Swap(-1, DB, Dependency("db", "", "2.0.0", ""), "", SimpleNamespace())
    surveys = [survey({"a": 1}, nothing, {}, above=above) for above in (shows("a"), nothing)]

    assert [one.message.partition(":")[0] for one in lost_values(*surveys, [swap])] == ["a is read no more"]


def test_of_a_chart_in_another_version_its_own_list_tells():
    swap = Swap(-1, DB, Dependency("db", "", "2.0.0", ""), "", SimpleNamespace())
    surveys = [survey({"a": 1}, nothing, {}) for _ in range(2)]
    for one, listed in zip(surveys, ({"a": 1}, {"b": 1}), strict=True):
        one.renderer.members[0].nodes[0].defaults = listed

    assert [one.code for one in lost_values(*surveys, [swap])] == ["value-unlisted"]
