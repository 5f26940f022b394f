"""Where the tracer of pull secrets looks, in which order, and what it makes of what comes out: charts in memory."""

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.trace.pull_secrets import SecretTracer, pod_key
from tests.trace.in_python import Chart, node, pod

ACCOUNT = {"kind": "ServiceAccount", "metadata": {"name": "own"}}


def found(template, values, nodes=(), *, holders=(), wanted=None):
    """{path: (shape, names of its pods)}, and the values with which it rendered."""
    chart = Chart(lambda merged, _: template(merged), values, nodes or (node(),))
    before = chart.render({})
    chart.renders.clear()
    tracer = SecretTracer(chart, {}, before)
    keys = {pod_key(one): one.object.identity.name for one in before.pods}
    asked = frozenset(key for key, name in keys.items() if wanted is None or name in wanted)
    known = {
        str(v): (v.shape, " ".join(sorted(keys[key] for key in v.pods))) for v in tracer.find(asked, holders)
    }
    return known, [sorted(extra) for extra in chart.renders], tracer


def maps(value):
    return pod("a", imagePullSecrets=value)


def names(value):
    return pod("a", imagePullSecrets=[{"name": one} for one in value or ()])


# --- shapes


@pytest.mark.parametrize(
    ("template", "values", "shape", "renders"),
    [
        (lambda v: maps(v["imagePullSecrets"]), {"imagePullSecrets": []}, "maps", 1),
        (lambda v: maps(v["imagePullSecrets"]), {"imagePullSecrets": [{"name": "x"}]}, "maps", 1),
        (lambda v: names(v["imagePullSecrets"]), {"imagePullSecrets": ["x"]}, "strings", 1),
        # an empty list does not tell: maps first, and names where those come out garbled
        (lambda v: names(v["imagePullSecrets"]), {"imagePullSecrets": []}, "strings", 2),
        (lambda v: names([v["imagePullSecret"]]), {"imagePullSecret": ""}, "single", 1),
        (lambda v: names([v["pullSecretName"]]), {"pullSecretName": "x"}, "single", 1),
        (lambda v: names([v["regcred"]]), {"regcred": "x"}, "single", 1),
        (lambda v: maps(v["imagePullSecret"]), {"imagePullSecret": None}, "maps", 2),
        # one name, though the key says several
        (lambda v: names([v["imagePullSecrets"]]), {"imagePullSecrets": None}, "single", 3),
        (lambda v: names([v["imagePullSecrets"]["name"]]), {"imagePullSecrets": {"name": "x", "create": True}}, "single", 1),
        # what came out garbled in one place is no way for another
        (
            lambda v: [maps(v["imagePullSecrets"]), {"kind": "ConfigMap", "data": {"a": f"map[{v['imagePullSecrets'][0]['name']}"}}],
            {"imagePullSecrets": [{"name": "x"}]},
            "maps",
            1,
        ),
    ],
)  # fmt: skip
def test_the_shape_that_comes_out_as_kubernetes_wants_it(template, values, shape, renders):
    known, rendered, _ = found(template, values)

    assert list(known.values()) == [(shape, "web")]
    assert len(rendered) == renders


@pytest.mark.parametrize(
    "template",
    [
        lambda v: maps([str(one) for one in v["imagePullSecrets"]]),
        lambda v: maps([{"name": str(v["imagePullSecrets"])}]),
        lambda v: maps([{"name": f"{one}-x"} for one in v["imagePullSecrets"]]),
        lambda v: maps([{"name": one, "more": 1} for one in v["imagePullSecrets"]]),
        # a map in the place of the list
        lambda v: maps(next(iter(v["imagePullSecrets"]), None)),
        lambda v: pod("a", hostname=str(v["imagePullSecrets"])),
    ],
)
def test_what_kubernetes_would_not_pull_with_is_no_way(template):
    assert found(template, {"imagePullSecrets": []})[0] == {}


def test_a_garbled_name_anywhere_rules_the_shape_out():
    """As Go writes a map into a text."""

    def template(values):
        told = "".join(
            f"map[name:{one['name']}]" for one in values["imagePullSecrets"] if isinstance(one, dict)
        )
        return [
            names(one if isinstance(one, str) else one["name"] for one in values["imagePullSecrets"]),
            {"kind": "ConfigMap", "data": {"a": told}},
        ]

    assert found(template, {"imagePullSecrets": []})[0] == {"imagePullSecrets": ("strings", "web")}


# --- places, in their order


@pytest.mark.parametrize(
    ("template", "values", "nodes", "path", "passes"),
    [
        # listed
        (lambda v: maps(v["imagePullSecrets"]), {"imagePullSecrets": [], "b": {"pullSecrets": []}}, (), "imagePullSecrets", [["b", "imagePullSecrets"]]),
        # read, and listed nowhere
        (lambda v: maps(v.get("pullSecrets")), {}, (node("{{ .Values.pullSecrets }}"),), "pullSecrets", [["pullSecrets"]]),
        # the chart's own global, then those of dependencies
        (
            lambda v: maps(v["global"]["imagePullSecrets"]),
            {"global": {"imagePullSecrets": []}, "sub": {"global": {"imagePullSecrets": []}}},
            (),
            "global.imagePullSecrets",
            [["global"]],
        ),
        (
            lambda v: maps(v["sub"]["global"]["imagePullSecrets"]),
            {"global": {"imagePullSecrets": []}, "sub": {"global": {"imagePullSecrets": []}}},
            (),
            "sub.global.imagePullSecrets",
            # what came out nowhere is asked for once more at the end of all
            [["global"], ["global", "sub"]],
        ),
        # those of a library in the scope of its caller
        (
            lambda v: maps(v.get("pullSecrets")),
            {"lib": {"pullSecrets": []}},
            (node(), node(prefix=("lib",), kind="library")),
            "pullSecrets",
            [["pullSecrets"]],
        ),
        (
            lambda v: maps(v["lib"]["pullSecrets"]),
            {"lib": {"pullSecrets": []}},
            (node(), node(prefix=("lib",), kind="library")),
            "lib.pullSecrets",
            [["pullSecrets"], ["lib"]],
        ),
        # under any name, beside the field
        (
            lambda v: names([v["login"]]),
            {"login": "x"},
            (node("imagePullSecrets:\n  - name: {{ .Values.login }}\n"),),
            "login",
            [["login"]],
        ),
        # the whole of a pod is a map of the values
        (lambda v: pod("a", hostname="h", **v["pod"]), {"pod": {"hostIPC": True}}, (), "pod.imagePullSecrets", [["pod"]]),
        # around the values of an image
        (
            lambda v: maps(v["main"].get("pullSecrets")),
            {"main": {"image": {"tag": "1"}}},
            (node("{{ .pullSecrets }}"),),
            "main.pullSecrets",
            [["main", "pullSecrets"]],
        ),
    ],
)  # fmt: skip
def test_where_a_value_is_looked_for_and_when(template, values, nodes, path, passes):
    known, rendered, _ = found(
        template, values, nodes, holders=[("main", "image")] if "main" in values else ()
    )

    assert list(known) == [path]
    assert rendered == passes


def test_a_switch_that_is_off_is_set_with_what_it_hides():
    text = "{{ if .Values.login.on }}\nimagePullSecrets:\n  - name: {{ .Values.login.secret }}\n{{ end }}"

    def template(values):
        return names([values["login"]["secret"]] if values["login"]["on"] else [])

    known, _, tracer = found(template, {"login": {"on": False, "secret": ""}}, (node(text),))

    assert known == {"login.secret": ("single", "web")}
    assert tracer.found["login", "secret"].switches == (("login", "on"),)


def test_nothing_is_rendered_for_pods_that_nobody_asks_for_or_that_are_known():
    values = {"imagePullSecrets": [], "global": {"imagePullSecrets": []}}

    assert found(lambda v: maps(v["imagePullSecrets"]), values, wanted=())[1] == []
    _, rendered, tracer = found(lambda v: maps(v["imagePullSecrets"]), values)
    assert len(rendered) == 1
    tracer.find(frozenset(key for value in tracer.found.values() for key in value.pods))
    assert len(tracer.renderer.renders) == 1


def test_two_values_of_which_one_lies_in_the_other_are_tried_apart():
    def template(values):
        own = values["pullSecrets"]
        return names([own["name"]] if isinstance(own, dict) else own)

    known, _, _ = found(template, {"pullSecrets": {"name": "x", "secrets": []}})

    assert known == {"pullSecrets.name": ("single", "web")}


# --- accounts


def of_account(own=None, of_pod=None, *, name="own", place=""):
    return [
        {**ACCOUNT, "metadata": {"name": "own", "namespace": place}, "imagePullSecrets": own},
        pod("a", serviceAccountName=name, imagePullSecrets=of_pod),
    ]


@pytest.mark.parametrize(
    ("template", "reached"),
    [
        (lambda v: of_account(v["imagePullSecrets"]), True),
        (lambda v: of_account(v["imagePullSecrets"], []), True),
        # a list of the pod's own hides that of its account
        (lambda v: of_account(v["imagePullSecrets"], [{"name": "fixed"}]), False),
        (lambda v: of_account(v["imagePullSecrets"], name="other"), False),
        (lambda v: of_account([str(one) for one in v["imagePullSecrets"]]), False),
        (lambda v: of_account(v["imagePullSecrets"], place="elsewhere"), True),
        (lambda v: of_account(None, v["imagePullSecrets"]), True),
    ],
)
def test_a_pod_gets_the_secrets_of_its_account(template, reached):
    assert bool(found(template, {"imagePullSecrets": []})[0]) is reached


def test_pods_of_another_namespace_do_not_get_them():
    def template(values):
        account, one = of_account(values["imagePullSecrets"], place="a")
        return [account, {**one, "metadata": {"name": "web", "namespace": "b"}}]

    assert found(template, {"imagePullSecrets": []})[0] == {}


# --- refusals


def test_what_the_chart_refuses_in_each_shape_is_remembered_with_the_last():
    def template(values):
        if values["imagePullSecrets"]:
            raise RenderError("no", text="imagePullSecrets are not allowed")
        return pod("a")

    known, rendered, tracer = found(template, {"imagePullSecrets": []})

    assert known == {}
    assert {path: value.shape for path, value in tracer.refused.items()} == {("imagePullSecrets",): "strings"}
    assert len(rendered) >= 2


# --- custom resources


def resource(listed):
    return {
        "apiVersion": "acme.example/v1",
        "kind": "Engine",
        "metadata": {"name": "e"},
        "spec": {"imagePullSecrets": listed},
    }


@pytest.mark.parametrize(
    ("template", "values", "shape"),
    [
        (lambda v: resource(v["imagePullSecrets"]), {"imagePullSecrets": []}, "maps"),
        (lambda v: resource(v["imagePullSecrets"]), {"imagePullSecrets": [{"name": "x"}]}, "maps"),
        # an operator that takes names alone
        (lambda v: resource(v["imagePullSecrets"]), {"imagePullSecrets": ["x"]}, "strings"),
        (
            lambda v: resource([{"name": one} for one in v["imagePullSecrets"]]),
            {"imagePullSecrets": ["x"]},
            "strings",
        ),
        (lambda v: resource(["fixed", *v["imagePullSecrets"]]), {"imagePullSecrets": []}, "strings"),
        (lambda v: resource([{"name": "fixed"}, *v["imagePullSecrets"]]), {"imagePullSecrets": []}, "maps"),
        (lambda _: resource([]), {"imagePullSecrets": []}, None),
        (
            lambda v: {**resource(v["imagePullSecrets"]), "apiVersion": "apps/v1"},
            {"imagePullSecrets": []},
            None,
        ),
    ],
)
def test_the_list_of_a_custom_resource(template, values, shape):
    chart = Chart(lambda merged, _: template(merged), values, (node(),))
    before = chart.render({})
    tracer = SecretTracer(chart, {}, before)

    assert [value.shape for value in tracer.find_for(before.objects[0])] == ([shape] if shape else [])
    assert tracer.found == {}
