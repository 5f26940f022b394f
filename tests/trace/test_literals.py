"""Lines of the chart's own templates: which hold an image, and where what is put beside them comes out."""

import pytest

from migrate_dhi.trace.literals import LiteralTracer, literal, place_of, value_of, with_literal
from migrate_dhi.yamledit import MISSING
from tests.trace.traced import trials_of

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: one}
spec:
  containers:
    - name: a
      image: docker.io/acme/app:1.0
    - name: b
      image: "docker.io/acme/side:{{ .Values.tag }}"
"""
TWO = """\
{{- range $name := list "two" "three" }}
---
apiVersion: v1
kind: Pod
metadata: {name: {{ $name }}}
spec:
  containers: [{name: a, image: docker.io/acme/other:2.0}]
{{- end }}
"""


@pytest.fixture
def tracer(tmp_path):
    def make(**templates):
        chart = tmp_path / "chart"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: app\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text("tag: '3.0'\n")
        for name, text in templates.items():
            (chart / "templates" / f"{name}.yaml").write_text(text)
        return trials_of(chart)

    return make


def traced(trials):
    return LiteralTracer(trials, trials.chart.texts, trials.render(trials.chart.texts, merged=True))


def test_lines_and_words_that_hold_a_wanted_image_and_names_whose_tag_is_given(tracer):
    with tracer(one=POD, two=TWO) as trials:
        found = traced(trials).images(
            ["docker.io/acme/app:1.0", "docker.io/acme/side:3.0", "docker.io/acme/other:2.0"]
        )

    assert [(str(one.variable), one.value) for one in found] == [
        ("image[0] of templates/one.yaml", "docker.io/acme/app:1.0"),
        ("word[0] of templates/two.yaml", "docker.io/acme/other:2.0"),
        ("name[0] of templates/one.yaml", "docker.io/acme/side"),
    ]


@pytest.mark.parametrize("wanted", [[], ["docker.io/acme/app:1.1"], ["docker.io/acme/sid:1"], ["app:1.0"]])
def test_what_is_not_wanted_is_not_found(tracer, wanted):
    with tracer(one=POD) as trials:
        assert traced(trials).images(wanted) == []


def test_where_the_places_for_pull_secrets_come_out_and_it_is_looked_for_once(tracer):
    with tracer(one=POD, two=TWO) as trials:
        tracing = traced(trials)
        before = trials.count
        found = tracing.landings("imagePullSecrets")
        cost = trials.count - before
        assert tracing.landings("imagePullSecrets") is found
        assert trials.count - before == cost == 1

    assert [(str(one.variable), one.identity.name, one.path) for one in found] == [
        ("imagePullSecrets[0] of templates/one.yaml", "one", ("spec",)),
        ("imagePullSecrets[0] of templates/two.yaml", "two", ("spec",)),
        ("imagePullSecrets[0] of templates/two.yaml", "three", ("spec",)),
    ]


def test_the_place_of_a_user_is_the_container_and_what_is_no_line_is_no_place(tracer):
    with tracer(one=POD, two=TWO) as trials:
        found = traced(trials).landings("securityContext")

    assert [(str(one.variable), one.path) for one in found] == [
        ("securityContext[0] of templates/one.yaml", ("spec", "containers", 0)),
        ("securityContext[1] of templates/one.yaml", ("spec", "containers", 1)),
    ]


def test_a_landing_is_at_its_map_in_any_render(tracer):
    with tracer(one=POD) as trials:
        tracing = traced(trials)
        (landing,) = tracing.landings("imagePullSecrets")
        manifests = trials.render(trials.chart.texts)
    (item,) = manifests.objects

    assert landing.is_at(("spec",), item, manifests)
    assert not landing.is_at(("spec", "containers", 0), item, manifests)


def test_a_line_is_read_and_written_by_its_place():
    texts = {"t.yaml": POD, "other": "x"}
    line = literal("t.yaml", ("image", 0))

    after = with_literal(texts, line, "dhi.io/app:1.1")

    assert after == {"t.yaml": POD.replace("docker.io/acme/app:1.0", "dhi.io/app:1.1"), "other": "x"}
    assert texts["t.yaml"] == POD
    assert value_of(after, line) == "dhi.io/app:1.1"
    assert value_of(texts, literal("t.yaml", ("image", 1))) is MISSING
    assert place_of(line.path) == ("t.yaml", ("image", 0))
    assert (line.source, line.path) == ("template", ("t.yaml", "image", 0))
