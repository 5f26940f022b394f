"""Which values set which part of an image, pass by pass: on charts in memory, whose templates are functions."""

import pytest

from migrate_dhi.errors import RenderError
from tests.trace.in_python import node, pod, traced
from tests.trace.traced import shapes

DIGEST = "sha256:" + "a" * 64


def image(values, *, registry="registry", tag="tag"):
    """{registry}/{repository}:{tag}, each part where it is filled."""
    head = f"{values[registry]}/" if values.get(registry) else ""
    return f"{head}{values['repository']}:{values[tag]}"


def best(found):
    return [shapes(slot)[0] if slot.patterns else "" for slot in found.slots]


def with_digest(values):
    own = values["image"]
    return (
        f"{own['repository']}@{own['digest']}" if own.get("digest") else f"{own['repository']}:{own['tag']}"
    )


SPLIT = {"registry": "docker.io", "repository": "acme/app", "tag": "1.2.3"}


@pytest.mark.parametrize(
    ("template", "values", "expected", "renders"),
    [
        # the usual ones: one marked render
        (lambda v, _: pod(image(v["image"])), {"image": SPLIT}, "{image.registry}/{image.repository}:{image.tag}", 1),
        (lambda v, _: pod(v["image"]), {"image": "docker.io/acme/app:1.2.3"}, "{image}", 1),
        (lambda v, _: pod(f"{v['image']}:{v['tag']}"), {"image": "acme/app", "tag": "1.2.3"}, "{image}:{tag}", 1),
        (lambda v, _: pod(image(v["image"])), {"image": {**SPLIT, "tag": 1.25}}, "{image.registry}/{image.repository}:{image.tag}", 1),
        # an empty registry that a template leaves out
        (lambda v, _: pod(image(v["image"])), {"image": {**SPLIT, "registry": ""}}, "{image.registry}/{image.repository}:{image.tag}", 1),
        # a tag that falls back to the version of the application
        (
            lambda v, a: pod(f"{v['image']['repository']}:{v['image']['tag'] or a}"),
            {"image": {"repository": "acme/app", "tag": ""}},
            "{image.repository}:{image.tag}",
            1,
        ),
        (lambda v, a: pod(f"{v['repository']}:{a}"), {"repository": "acme/app"}, "{repository}:{appVersion}", 2),
        # a digest hides the tag
        (
            lambda v, _: pod(with_digest(v)),
            {"image": {"repository": "acme/app", "tag": "1.2.3", "digest": DIGEST}},
            "{image.repository}:{image.tag}",
            3,
        ),
        # under global, the chart's own and a dependency's
        (
            lambda v, _: pod(f"{v['global']['imageRegistry']}/{v['image']['repository']}:{v['image']['tag']}"),
            {"global": {"imageRegistry": "docker.io"}, "image": {"repository": "acme/app", "tag": "1.2.3"}},
            "{global.imageRegistry}/{image.repository}:{image.tag}",
            2,
        ),
        # a word of a longer text
        (
            lambda v, _: pod("other", args=[v["args"]]),
            {"args": "--image=acme/app:1.2.3 --debug"},
            "{args}",
            2,
        ),
        # what stands in an image under any name
        (
            lambda v, _: pod(f"{v['vendor']}:{v['image']['tag']}"),
            {"vendor": "acme", "image": {"tag": "1.2.3"}},
            "{vendor}:{image.tag}",
            2,
        ),
        # nothing
        (lambda _v, _a: pod("acme/app:1.2.3"), {"image": {"pullPolicy": "Always"}}, "", 0),
    ],
)  # fmt: skip
def test_the_values_of_an_image_and_the_renders_that_they_cost(template, values, expected, renders):
    found, chart = traced(template, values)
    known = [slot for slot in found.slots if slot.text != "other"]

    assert [shapes(slot)[0] if slot.patterns else "" for slot in known] == [expected]
    assert len(chart.renders) - (not expected) == renders


def test_the_version_of_the_application_is_no_value_of_a_chart_that_cannot_be_edited():
    def template(values, version):
        return pod(f"{values['repository']}:{version}")

    assert best(traced(template, {"repository": "acme/app"})[0]) == ["{repository}:{appVersion}"]
    assert best(traced(template, {"repository": "acme/app"}, editable=False)[0]) == ["{repository}:8.1.4"]


def test_what_nothing_lists_is_found_where_a_template_names_it():
    def template(values, version):
        own = values["image"]
        return pod(f"{own['repository']}:{own.get('tag') or version}")

    found, _ = traced(template, {"image": {"repository": "acme/app"}}, (node("{{ .Values.image.tag }}"),))
    assert best(found) == ["{image.repository}:{image.tag}"]
    found, _ = traced(template, {"image": {"repository": "acme/app"}}, editable=False)
    assert best(found) == ["{image.repository}:8.1.4"]


# --- values that several images share


def shared(values, _):
    def one(own):
        return f"{own.get('registry') or values['registry']}/{own['repository']}:{own['tag']}"

    return pod(one(values["a"]), one(values["b"]))


PARTS = {"a": {"repository": "acme/a", "tag": "1.2"}, "b": {"repository": "acme/b", "tag": "1.3"}}


def test_a_registry_of_its_own_comes_before_the_one_that_others_share():
    text = "{{ .Values.a.registry }}{{ .Values.b.registry }}"
    found, _ = traced(shared, {"registry": "docker.io", **PARTS}, (node(text),))

    assert best(found) == ["{registry}/{a.repository}:{a.tag}", "{registry}/{b.repository}:{b.tag}"]
    assert all(
        f"{{{name}.registry}}/{{{name}.repository}}:{{{name}.tag}}" in shapes(slot)
        for name, slot in zip("ab", found.slots, strict=True)
    )


def test_without_one_there_is_the_shared_one_alone():
    found, _ = traced(shared, {"registry": "docker.io", **PARTS})

    assert [shapes(slot) for slot in found.slots] == [
        ["{registry}/{a.repository}:{a.tag}"],
        ["{registry}/{b.repository}:{b.tag}"],
    ]


# --- what has to be set besides


def test_a_boolean_beside_the_values_that_adds_to_the_tag():
    def template(values, _):
        own = values["image"]
        return pod(f"{own['repository']}:{own['tag']}" + ("-slim" if own["slim"] else ""))

    found, _ = traced(template, {"image": {"repository": "acme/app", "tag": "1.2.3", "slim": True}})
    (slot,) = found.slots

    assert shapes(slot) == ["{image.repository}:{image.tag}", "{image.repository}:{image.tag}-slim"]
    assert {str(v): value for v, value in slot.settings[slot.patterns[0]].items()} == {"image.slim": False}


def test_a_boolean_that_changes_nothing_is_none():
    def template(values, _):
        return pod(f"{values['image']['repository']}:{values['image']['tag']}-slim")

    found, _ = traced(template, {"image": {"repository": "acme/app", "tag": "1.2.3", "debug": True}})

    assert [(shapes(slot), slot.settings) for slot in found.slots] == [
        (["{image.repository}:{image.tag}-slim"], {})
    ]


# --- refusals


def test_a_value_that_the_chart_refuses_costs_the_others_nothing_and_is_guessed():
    def template(values, _):
        if values["image"]["repository"] != "acme/app":
            raise RenderError("no", text=f"unknown image {values['image']['repository']}")
        return pod(image(values["image"]))

    found, _ = traced(template, {"image": SPLIT})

    assert best(found) == ["{image.registry}/{image.repository}:{image.tag}"]


@pytest.mark.parametrize("quoted", [True, False])
def test_a_tag_that_the_chart_bounds_from_above_keeps_its_version_before_the_mark(quoted):
    def template(values, version):
        tag = values["image"]["tag"] or version
        if "-" not in tag and tag != "v3.7.4":
            raise RenderError("no", text=f"up to v3.7.4, not {tag}" if quoted else "up to v3.7.4")
        return pod(image({**values["image"], "tag": tag}))

    found, _ = traced(template, {"image": {**SPLIT, "tag": ""}}, app_version="v3.7.4")

    assert best(found) == ["{image.registry}/{image.repository}:{image.tag}"]


def test_a_boolean_that_the_chart_demands_is_said():
    def template(values, _):
        if values["image"]["registry"] != "docker.io" and not values["security"]["others"]:
            raise RenderError("no", where="c/templates/t.yaml:1", text="set security.others to true")
        return pod(image(values["image"]))

    found, chart = traced(template, {"image": SPLIT, "security": {"others": False}})

    assert best(found) == ["{image.registry}/{image.repository}:{image.tag}"]
    assert [str(one) for one in found.demands] == ["security.others"]
    assert len(chart.renders) == 2
    assert traced(lambda v, _: pod(image(v["image"])), {"image": SPLIT})[0].demands == ()


# --- which objects, and which render


@pytest.mark.parametrize(
    ("around", "role", "container"),
    [
        (pod, "container", "c0"),
        (lambda text: pod("acme/x:1", initContainers=[{"name": "i", "image": text}]), "init", "i"),
        (lambda text: {**pod(text), "metadata": {"name": "x", "annotations": {"helm.sh/hook": "pre-upgrade"}}}, "hook", "c0"),
        (lambda text: {**pod(text), "metadata": {"name": "x", "annotations": {"helm.sh/hook": "test"}}}, "test", "c0"),
        (lambda text: {**pod(text), "metadata": {"name": "x", "annotations": {"helm.sh/hook": "test,post-install"}}}, "hook", "c0"),
        (lambda text: {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": pod(text)["spec"]}}}}}, "container", "c0"),
        (lambda text: {"kind": "PodTemplate", "template": {"spec": pod(text)["spec"]}}, "container", "c0"),
        (lambda text: {"kind": "List", "items": [pod(text)]}, "container", "c0"),
        (lambda text: {"kind": "PodList", "apiVersion": "v1", "items": [{"spec": pod(text)["spec"]}]}, "container", "c0"),
        (lambda text: pod("x", containers=[{"name": "e", "image": "x", "env": [{"name": "A", "value": text}]}]), "environment", "e"),
        (lambda text: pod("x", containers=[{"name": "e", "image": "x", "args": [f"--image={text}"]}]), "argument", "e"),
        (lambda text: {"kind": "ConfigMap", "apiVersion": "v1", "data": {"a.yaml": f"image: {text}\n"}}, "config", ""),
        (lambda text: {"kind": "Engine", "apiVersion": "acme.example/v1", "spec": {"image": text}}, "custom-resource", ""),
        (
            lambda text: {"kind": "Engine", "apiVersion": "acme.example/v1", "spec": {"podTemplate": {"spec": pod(text)["spec"]}}},
            "container",
            "c0",
        ),
    ],
)  # fmt: skip
def test_what_kind_of_place_an_image_stands_in(around, role, container):
    found, _ = traced(
        lambda v, _: around(f"docker.io/acme/app:{v['image']['tag']}"), {"image": {"tag": "1.2.3"}}
    )
    (slot,) = [slot for slot in found.slots if slot.text == "docker.io/acme/app:1.2.3"]

    assert (slot.role, slot.container) == (role, container)
    assert shapes(slot) == ["docker.io/acme/app:{image.tag}"]
    assert slot.runs is (role in {"container", "init", "hook", "test"})


def test_a_release_of_several_has_values_of_its_own():
    found, chart = traced(lambda v, _: pod(image(v["image"])), {"image": SPLIT})
    assert {variable.release for slot in found.slots for variable in slot.variables} == {""}
    assert {str(variable) for variable in found.variables} == {
        "image.registry",
        "image.repository",
        "image.tag",
    }
    assert found.nodes == chart.nodes


@pytest.mark.parametrize(
    ("nodes", "paths"),
    [
        # a marker for an empty tag is a version of the application of the chart that the value belongs to
        ((node(app_version="9.0.0"), node(prefix=("sub",), app_version="3.2.1")), "3.2"),
        ((node(app_version="9.0.0"),), "9.0"),
        ((node(app_version=""),), "1.0"),
    ],
)
def test_an_empty_tag_is_marked_as_a_version_of_its_own_chart(nodes, paths):
    def template(values, _):
        return pod(f"docker.io/acme/app:{values['sub']['image']['tag'] or '3.2.1'}")

    found, chart = traced(template, {"sub": {"image": {"tag": ""}}}, nodes)

    assert chart.renders[0]["sub"]["image"]["tag"].startswith(f"{paths}.7")
    assert best(found) == ["docker.io/acme/app:{sub.image.tag}"]
