"""Which maps of the values come out in which fields: templates here are functions of the values, in memory."""

import json
import re

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.regex import regex
from migrate_dhi.trace.fragments import FragmentTracer
from tests.trace.in_python import Chart, node

CONTEXT = regex(r"context", re.IGNORECASE)
USER = ("runAsUser",)
PLACE = ("spec", "containers", 0, "securityContext", "runAsUser")


def pod(name="web", *, context=None, of_pod=None, ports=()):
    """The text of a pod with the security contexts of its container and of itself."""
    main = {
        "name": "main",
        "image": "a",
        "ports": [{"containerPort": port} for port in ports],
        "securityContext": context,
    }
    spec = {"containers": [main], "securityContext": of_pod}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})


def tracer(template, values, nodes=()):
    chart = Chart(lambda merged, _: template(merged), values, nodes)
    before = chart.render({})
    chart.renders.clear()
    return FragmentTracer(chart, {}, before), chart, before


def reached(found):
    return sorted((".".join(map(str, hit.path)), ".".join(map(str, hit.place)), hit.listed) for hit in found)


# --- where a leaf comes out


@pytest.mark.parametrize(
    ("template", "hits"),
    [
        (
            lambda v: pod(context=v["main"].get("context")),
            [("main.context", ".".join(map(str, PLACE)), True)],
        ),
        (
            lambda v: pod(of_pod=v["main"]["context"]),
            [("main.context", "spec.securityContext.runAsUser", True)],
        ),
        (
            lambda v: pod(context=v["main"]["context"], of_pod=v["main"]["context"]),
            [
                ("main.context", ".".join(map(str, PLACE)), True),
                ("main.context", "spec.securityContext.runAsUser", True),
            ],
        ),
        # a leaf that stands under another key
        (
            lambda v: pod(context={"fsGroup": v["main"]["context"].get("runAsUser")}),
            [("main.context", "spec.containers.0.securityContext.fsGroup", True)],
        ),
        # one that nothing lists
        (lambda v: pod(context=v.get("podContext")), [("podContext", ".".join(map(str, PLACE)), False)]),
        # as a text it is no number
        (lambda v: pod(context={"runAsUser": str(v["main"]["context"].get("runAsUser"))}), []),
        (lambda _: pod(context={"runAsUser": 41_000}), []),
        (lambda _: pod(), []),
    ],
)
def test_where_a_number_below_a_map_comes_out(template, hits):
    fields, chart, before = tracer(template, {"main": {"context": {"runAsNonRoot": True}}})
    maps = [("main", "context"), ("podContext",)]
    found = fields.reaching(maps, USER)

    assert reached(found) == hits
    assert all(hit.is_at(hit.place, before.objects[0], before) for hit in found)
    assert not any(hit.is_at(hit.place[:-1], before.objects[0], before) for hit in found)
    # Once is enough, and nothing to mark needs no render.
    assert fields.reaching(maps, USER) is found
    assert fields.reaching([], USER) == []
    assert len(chart.renders) == 1


def test_each_map_has_a_number_that_the_manifests_do_not_hold():
    fields, chart, _ = tracer(lambda v: pod(context=v.get("b"), ports=(41_000, 41_002)), {})
    found = fields.reaching([("a",), ("b",), ("c",)], USER)

    assert reached(found) == [("b", ".".join(map(str, PLACE)), False)]
    assert chart.renders == [
        {"a": {"runAsUser": 41_001}, "b": {"runAsUser": 41_003}, "c": {"runAsUser": 41_004}}
    ]


def test_the_value_itself_may_be_the_field():
    fields, chart, _ = tracer(lambda v: pod(context={"runAsUser": v["user"]}), {"user": 5})
    (hit,) = fields.reaching([("user",)], ())

    assert (hit.path, hit.place, hit.leaf, hit.listed) == (("user",), PLACE, (), True)
    assert chart.renders == [{"user": 41_000}]


def test_a_map_in_a_list_is_marked_in_the_whole_list():
    fields, chart, _ = tracer(lambda v: pod(context=v["list"][1]), {"list": [{"a": 1}, {"b": 2}]})
    fields.begin([("list", 1)], USER)
    (hit,) = fields.reaching([("list", 1)], USER)

    assert (hit.path, hit.place, hit.listed) == (("list", 1), PLACE, True)
    assert chart.begun == [{"list": [{"a": 1}, {"b": 2, "runAsUser": 41_000}]}]


def test_a_map_that_the_chart_refuses_is_left_out_and_the_others_are_found():
    def template(values):
        if "runAsUser" in values["b"]:
            raise RenderError("no", text="b.runAsUser is not allowed")
        return pod(context=values["a"])

    fields, _, _ = tracer(template, {"a": {"x": 1}, "b": {}})

    assert reached(fields.reaching([("b",), ("a",)], USER)) == [("a", ".".join(map(str, PLACE)), True)]


def test_an_object_whose_name_is_made_up_is_known_by_its_place():
    fields, chart, _ = tracer(lambda v: pod(name=f"web-{len(v['a'])}", context=v["a"]), {"a": {"x": 1}})
    (hit,) = fields.reaching([("a",)], USER)
    again = chart.render({}, {"a": {"y": 2}})

    assert (hit.identity.name, hit.template, hit.index) == ("web-1", "c/templates/t.yaml", 0)
    assert hit.is_at(PLACE, again.objects[0], again)


def test_what_is_looked_at_first_can_be_begun_and_what_is_known_is_not():
    fields, chart, _ = tracer(lambda v: pod(context=v.get("a")), {})
    fields.begin([], USER)
    fields.begin([("a",)], USER)
    assert chart.begun == [{"a": {"runAsUser": 41_000}}]
    fields.reaching([("a",)], USER)
    fields.begin([("a",)], USER)
    assert len(chart.begun) == 1


# --- which maps there are


@pytest.mark.parametrize(
    ("values", "text", "empty", "filled"),
    [
        ({"securityContext": {"a": 1}}, "", [], [("securityContext",)]),
        ({"securityContext": {}}, "", [("securityContext",)], []),
        ({"securityContext": None}, "", [("securityContext",)], []),
        # the word may stand in the two keys above
        (
            {"contexts": {"pod": {"own": {"a": {}}}}},
            "",
            [],
            [("contexts",), ("contexts", "pod"), ("contexts", "pod", "own")],
        ),
        ({"securityContext": "text", "contextual": 1, "contexts": [1]}, "", [], []),
        ({"a": [{"context": {}}]}, "", [("a", 0, "context")], []),
        # what templates read and nothing lists
        ({}, "{{ .Values.main.podContext }}", [("main", "podContext")], []),
        ({"context": {}}, "{{ .Values.context }}", [("context",)], []),
        ({"context": {"a": 1}}, "{{ .Values.context }}", [], [("context",)]),
    ],
)
def test_maps_of_a_name_empty_ones_and_filled_ones(values, text, empty, filled):
    fields, _, _ = tracer(lambda _: pod(), values, [node(text)])

    assert fields.maps_named(CONTEXT) == (empty, filled)


def test_the_empty_map_of_a_library_is_looked_for_in_its_callers_scope_first():
    fields, _, _ = tracer(
        lambda _: pod(), {"lib": {"context": {}}}, [node(), node(prefix=("lib",), kind="library")]
    )

    assert fields.maps_named(CONTEXT) == ([("context",), ("lib", "context")], [])


def test_maps_by_their_content_by_their_place_and_beside_a_field():
    text = "securityContext:\n  runAsUser: {{ .Values.number }}\n"
    values = {"a": {"runAsNonRoot": True}, "b": {"runAsNonRoot": False}, "image": {"tag": "1"}, "number": 5}
    fields, _, _ = tracer(lambda _: pod(), values, [node(text + "{{ .podContext }}")])

    assert fields.maps_like([{"runAsNonRoot": True, "more": 1}, None, {}]) == [("a",)]
    assert fields.near("runAsUser") == [("number",)]
    assert fields.near("runAsGroup") == []
    assert fields.around([("image",)], CONTEXT) == [("image", "podContext"), ("podContext",)]
