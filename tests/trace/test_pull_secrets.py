"""Which value puts a pull secret into which pods, in the shape that the chart wants."""

import pytest

from migrate_dhi.helm import watch
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.trace.literals import Landing, literal
from migrate_dhi.trace.pull_secrets import (
    SecretTracer,
    SecretValue,
    fixed_lists,
    lists_names,
    lists_of,
    names_of,
    pod_key,
    secrets_of,
)
from tests.trace.traced import trials_of

POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  {more}
  containers: [{{name: c, image: docker.io/acme/app:1.0}}]
"""
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\nimagePullSecrets: {{ toJson .Values.imagePullSecrets }}\n"
CUSTOM = "apiVersion: acme.example/v1\nkind: Engine\nmetadata: {name: e}\nspec: {pullSecrets: {{ toJson .Values.pullSecrets }}}\n"


def pods(*more):
    return "---\n".join(POD.format(name=f"p{number}", more=one) for number, one in enumerate(more))


def write(folder, templates, values="{}"):
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 0.1.0\n")
    (folder / "values.yaml").write_text(values)
    for number, text in enumerate(templates):
        (folder / "templates" / f"t{number}.yaml").write_text(text)
    return folder


def found(folder, templates, values="{}", wanted=None, holders=()):
    """{path: (shape, names of the pods)} of what is found for all pods, or for those of some names; the renders."""
    with trials_of(write(folder / "chart", templates, values)) as trials:
        before = trials.render(trials.chart.texts, merged=True)
        tracer = SecretTracer(trials, trials.chart.texts, before)
        keys = {pod_key(pod): pod.object.identity.name for pod in before.pods}
        asked = frozenset(key for key, name in keys.items() if wanted is None or name in wanted)
        values_ = tracer.find(asked, holders)
        shown = {str(v): (v.shape, "".join(sorted(keys[key] for key in v.pods))) for v in values_}
        return shown, values_, tracer, trials.count - 1


LIST = "imagePullSecrets: {{ toJson .Values.imagePullSecrets }}"


@pytest.mark.parametrize(
    ("line", "values", "path", "shape"),
    [
        # a list of maps, of strings, or one name
        (LIST, "imagePullSecrets: []", "imagePullSecrets", "maps"),
        (
            "imagePullSecrets: [{{ range .Values.pullSecrets }}{name: {{ . }}},{{ end }}]",
            "pullSecrets: []",
            "pullSecrets",
            "strings",
        ),
        (
            "imagePullSecrets: [{{ range .Values.pullSecrets }}{name: {{ . }}},{{ end }}]",
            "pullSecrets: [a]",
            "pullSecrets",
            "strings",
        ),
        (
            'imagePullSecrets: [{name: {{ .Values.image.pullSecret | default "x" }}}]',
            "image: {pullSecret: ''}",
            "image.pullSecret",
            "single",
        ),
        (
            "imagePullSecrets: [{name: {{ .Values.pullSecrets.name }}}]",
            "pullSecrets: {name: a, create: true}",
            "pullSecrets.name",
            "single",
        ),
        # listed nowhere, as null, or under global
        (
            "imagePullSecrets: {{ toJson .Values.image.pullSecrets }}",
            "image: {}",
            "image.pullSecrets",
            "maps",
        ),
        (LIST, "imagePullSecrets: null", "imagePullSecrets", "maps"),
        (
            "imagePullSecrets: {{ toJson .Values.global.imagePullSecrets }}",
            "global: {imagePullSecrets: []}",
            "global.imagePullSecrets",
            "maps",
        ),
        # under any name, beside the field
        ("imagePullSecrets: [{name: {{ .Values.login }}}]", "login: a", "login", "single"),
        # the whole pod is a map of the values
        (
            "{{- toYaml .Values.pod | nindent 2 }}",
            "pod: {hostname: a, hostIPC: true}",
            "pod.imagePullSecrets",
            "maps",
        ),
    ],
)
def test_the_value_and_its_shape(tmp_path, line, values, path, shape):
    shown, (value,), _, _ = found(tmp_path, [pods(line)], values)

    assert shown == {path: (shape, "p0")}
    assert value.pods == {"Pod/p0##0#spec"}
    assert (value.release, value.source, value.switches) == ("", "values", ())


def test_what_is_listed_is_said_with_what_it_holds(tmp_path):
    _, (value,), _, renders = found(tmp_path, [pods(LIST)], "imagePullSecrets: [{name: old}]")

    assert (value.value, value.listed, renders) == ([{"name": "old"}], True, 1)
    assert value.with_secret("new") == [{"name": "old"}, {"name": "new"}]


def test_a_switch_that_keeps_it_out_comes_along(tmp_path):
    line = (
        "{{ if .Values.login.enabled }}\n  imagePullSecrets: [{name: {{ .Values.login.existing }}}]{{ end }}"
    )

    shown, (value,), _, _ = found(tmp_path, [pods(line)], "login: {enabled: false, existing: ''}")

    assert shown == {"login.existing": ("single", "p0")}
    assert value.switches == (("login", "enabled"),)


def test_a_pod_gets_those_of_its_account_unless_it_lists_some_itself(tmp_path):
    templates = [
        ACCOUNT,
        pods(
            "serviceAccountName: runner",
            "hostname: a",
            "serviceAccountName: runner\n  imagePullSecrets: [{name: own}]",
        ),
    ]

    shown, _, _, _ = found(tmp_path, templates, "imagePullSecrets: []", wanted={"p0"})

    assert shown == {"imagePullSecrets": ("maps", "p0")}


def test_an_account_of_another_namespace_gives_a_pod_nothing(tmp_path):
    near, far = (
        ACCOUNT.replace("name: runner}", f"name: runner, namespace: {place}}}").replace(
            ".imagePull", f".{place}.imagePull"
        )
        for place in ("near", "far")
    )
    pod = pods("serviceAccountName: runner").replace("{name: p0}", "{name: p0, namespace: near}")

    shown, _, _, _ = found(
        tmp_path, [far, near, pod], "near: {imagePullSecrets: []}\nfar: {imagePullSecrets: []}"
    )

    assert shown == {"near.imagePullSecrets": ("maps", "p0")}


def test_each_pod_by_its_own_value_and_no_more_is_rendered_than_what_is_asked_needs(tmp_path):
    templates = [pods(LIST, "imagePullSecrets: {{ toJson .Values.other.imagePullSecrets }}", "hostname: a")]
    values = "imagePullSecrets: []\nother: {imagePullSecrets: []}\nglobal: {imagePullSecrets: []}"

    shown, _, _, renders = found(tmp_path, templates, values, wanted={"p0", "p1"})
    assert shown == {"imagePullSecrets": ("maps", "p0"), "other.imagePullSecrets": ("maps", "p1")}
    assert renders == 1
    shown, _, _, renders = found(tmp_path / "all", templates, values)
    assert len(shown) == 2
    assert renders > 1


def test_around_the_values_of_an_image_where_nothing_lists_it(tmp_path):
    line = "{{ with .Values.main.app }}\n  imagePullSecrets: {{ toJson .pullSecrets }}{{ end }}"

    shown, _, _, _ = found(
        tmp_path, [pods(line)], "main: {app: {image: a}}", holders=[("main", "app", "image")]
    )

    assert shown == {"main.app.pullSecrets": ("maps", "p0")}


def test_a_value_that_the_chart_refuses_is_remembered_and_those_beside_it_are_found(tmp_path):
    refuse = '{{ if .Values.sub.pullSecret }}{{ fail "no such key" }}{{ end }}\n'

    shown, _, tracer, _ = found(
        tmp_path, [refuse + pods(LIST, "hostname: a")], "imagePullSecrets: []\nsub: {pullSecret: ''}"
    )

    assert shown == {"imagePullSecrets": ("maps", "p0")}
    assert tracer.refused.keys() == {("sub", "pullSecret")}
    assert tracer.refused["sub", "pullSecret"].pods == frozenset()


def test_the_list_of_a_custom_resource_is_kept_apart_from_pods(tmp_path):
    chart = write(tmp_path / "chart", [CUSTOM], "pullSecrets: []")
    with trials_of(chart) as trials:
        before = trials.render(trials.chart.texts, merged=True)
        tracer = SecretTracer(trials, trials.chart.texts, before)
        (value,) = tracer.find_for(before.objects[0])

        assert (value.path, value.shape, value.pods) == (("pullSecrets",), "maps", {"Engine/e"})
        assert tracer.found == {}
        assert tracer.find_for(before.objects[0]) == [value]


def test_what_is_looked_for_first_is_begun_as_it_will_be_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "_processors", lambda: 2)
    monkeypatch.setattr(watch._state, "one_by_one", False)
    chart = write(tmp_path / "chart", [CUSTOM], "pullSecrets: []")
    with trials_of(chart) as trials, watch.settled():
        before = trials.render(trials.chart.texts, merged=True)
        (item,) = before.objects
        tracer = SecretTracer(trials, trials.chart.texts, before)
        tracer.begin(item)
        assert trials.count == 2

        (value,) = tracer.find_for(item)
        tracer.begin(item)

        assert value.path == ("pullSecrets",)
        assert trials.count == 2


GLOBAL = "imagePullSecrets: {{ toJson .Values.global.pullSecrets }}"


@pytest.mark.parametrize(
    ("line", "shown", "renders"),
    [
        # What came out nowhere in one shape is not tried in another one before all else was tried.
        (
            f"{GLOBAL} {{{{ if .Values.idle.used }}}}{{{{ .Values.idle.pullSecrets }}}}{{{{ end }}}}",
            "global.pullSecrets",
            2,
        ),
        (
            (
                "{{ with .Values.idle.pullSecrets }}{{ if kindIs `string` (index . 0) }}imagePullSecrets:"
                " [{name: {{ first . }}}]{{ end }}{{ end }}"
            ),
            "idle.pullSecrets",
            3,
        ),
    ],
)
def test_what_came_out_nowhere_is_asked_for_last(tmp_path, line, shown, renders):
    values = "idle: {used: false, pullSecrets: []}\nglobal: {pullSecrets: []}\nother: {pullSecrets: []}"

    told, _, _, count = found(tmp_path, [pods(line)], values)

    assert (list(told), count) == ([shown], renders)


@pytest.mark.parametrize(
    ("line", "shown", "renders"),
    [
        (GLOBAL, "global.pullSecrets", 1),
        ("imagePullSecrets: {{ toJson .Values.sub.pullSecrets }}", "sub.pullSecrets", 2),
    ],
)
def test_values_of_a_chart_that_is_left_out_are_asked_for_last(tmp_path, line, shown, renders):
    sub = write(tmp_path / "chart/charts/sub", ["a: {{ .Values.pullSecrets }}"])
    (sub / "Chart.yaml").write_text("apiVersion: v2\nname: sub\nversion: 0.1.0\n")
    chart = write(tmp_path / "chart", [pods(line)], "sub: {enabled: false}\nglobal: {pullSecrets: []}")
    (chart / "Chart.yaml").write_text(
        "apiVersion: v2\nname: app\nversion: 0.1.0\n"
        "dependencies: [{name: sub, version: 0.1.0, condition: sub.enabled, repository: ''}]\n"
    )
    with trials_of(chart) as trials:
        before = trials.render(trials.chart.texts, merged=True)
        tracer = SecretTracer(trials, trials.chart.texts, before)
        values = tracer.find(frozenset(map(pod_key, before.pods)))

        assert ([str(one) for one in values], trials.count - 1) == ([shown], renders)


# without a render


@pytest.mark.parametrize(
    ("shape", "value", "added"),
    [
        ("single", "old", "new"),
        ("single", ["old"], "new"),
        ("maps", [{"name": "old"}], [{"name": "old"}, {"name": "new"}]),
        ("maps", None, [{"name": "new"}]),
        ("maps", "text", [{"name": "new"}]),
        ("strings", ["old"], ["old", "new"]),
        ("strings", None, ["new"]),
    ],
)
def test_one_more_secret_keeps_those_that_are_there(shape, value, added):
    assert SecretValue(("a",), shape, frozenset(), value).with_secret("new") == added


def test_a_value_is_known_by_its_path_and_below_global_it_is_for_all():
    assert str(SecretValue(("a", "b", 0), "maps", frozenset())) == "a.b.0"
    assert SecretValue(("sub", "global", "x"), "maps", frozenset()).is_global
    assert not SecretValue(("x", "global"), "maps", frozenset()).is_global


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"imagePullSecrets": []}, [("imagePullSecrets",)]),
        (
            {"a": [{"pullSecrets": None}, {"pullSecrets": [{"name": "x"}]}]},
            [("a", 0, "pullSecrets"), ("a", 1, "pullSecrets")],
        ),
        ({"pullSecrets": "text"}, []),
        ({"pullSecrets": {"imagePullSecrets": []}}, [("pullSecrets", "imagePullSecrets")]),
        ({"pullSecret": []}, []),
        ("text", []),
    ],
)
def test_lists_of_pull_secrets_empty_ones_too(data, places):
    assert list(lists_of(data)) == places


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        (["a"], True),
        (["a", {"name": "b"}], False),
        ([{"name": "a"}], False),
        ([], False),
        (None, False),
        ("a", False),
    ],
)
def test_lists_of_names_alone(entries, names):
    assert lists_names(entries) is names


def test_names_are_those_of_well_formed_entries():
    assert names_of([{"name": "a"}, "b", {"name": 1}, {}, {"name": "c", "x": 1}, None]) == ["a", "c"]


ACCOUNTS = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {}}}\nimagePullSecrets: {}\n---\n"


@pytest.mark.parametrize(
    ("account", "more", "secrets"),
    [
        ("[{name: a}]", "hostname: x", []),
        ("[{name: a}]", "serviceAccountName: runner", ["a"]),
        ("[{name: a}]", "serviceAccountName: runner\n  imagePullSecrets: [{name: b}]", ["b"]),
        ("[{name: a}]", "serviceAccountName: runner\n  imagePullSecrets: []", ["a"]),
        ("text", "serviceAccountName: runner", []),
        ("null", "serviceAccountName: runner", []),
    ],
)
def test_what_a_pod_pulls_with_is_its_own_list_else_that_of_its_account(account, more, secrets):
    manifests = Manifests({"t.yaml": ACCOUNTS.format("runner", account) + POD.format(name="p", more=more)})

    assert names_of(secrets_of(manifests, manifests.pods[0])) == secrets


def test_a_line_of_a_template_stands_for_all_pods_that_it_makes():
    text = "---\n".join(
        POD.format(name=f"p{n}", more=f"imagePullSecrets: [{{name: s{n}}}]") for n in range(3)
    )
    manifests = Manifests({"app/templates/t.yaml": text})
    line, other = (
        literal("templates/t.yaml", ("imagePullSecrets", 0)),
        literal("templates/t.yaml", ("imagePullSecrets", 1)),
    )
    items = manifests.objects
    landings = [
        *(Landing(line, item.identity, item.template, item.index, ("spec",)) for item in items[:2]),
        Landing(other, items[2].identity, items[2].template, 2, ("spec",)),
        Landing(other, items[2].identity, items[2].template, 2, ("spec", "containers", 0)),
    ]

    first, second = fixed_lists(landings, manifests)

    assert first.pods == {pod_key(pod) for pod in manifests.pods[:2]}
    assert (first.path, first.shape, first.value, first.source) == (
        line.path,
        "maps",
        [{"name": "s0"}],
        "template",
    )
    assert second.pods == {pod_key(manifests.pods[2])}
