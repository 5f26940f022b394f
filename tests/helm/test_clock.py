"""Whether a chart may tell the time: told by its templates, and by what they make templates of."""

import pytest

from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.clock import tells_time
from migrate_dhi.helm.engine import RenderOptions
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import read_nodes
from tests.charts import pack

CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\n"


def chart(root, template, **files):
    """A chart with one template, and further files by their paths."""
    for name, text in {"Chart.yaml": CHART, "templates/a.yaml": template, **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def told(root, values=""):
    return tells_time(read_nodes(root, "c", {}), values)


@pytest.mark.parametrize(
    "template",
    [
        "at: {{ now }}",
        "at: {{- now | date `2006` -}}",
        "at: {{ (now).Year }}",
        'at: {{ date "2006-01-02" "" }}',
        'at: {{ dateInZone "2006" nil "UTC" }}',
        'at: {{ htmlDate "" }}',
        'at: {{ now | mustDateModify "-1h" }}',
        'at: {{ ago .Values.since }}{{ durationRound "2h" }}',
        "{{- $ca := genCA `x` 365 }}\na: {{ $ca.Cert }}",
        '{{- $c := genSelfSignedCert "x" nil nil 3 }}',
        '{{- $c := genSignedCertWithKey "x" nil nil 3 $ca $key }}',
        "{{ if .Values.a }}\n{{- with\n  now }}{{ end }}{{ end }}",
    ],
)
def test_a_template_asks_for_the_time(tmp_path, template):
    assert told(chart(tmp_path, template))


@pytest.mark.parametrize(
    "template",
    [
        "a: {{ .Values.now }}",
        "# rendered now, {{ .Values.a }} and dated\nupdateStrategy: {{ .Values.updateStrategy }}",
        "a: {{ .Values.date | quote }} now",
        "{{ include `c.validate` . }}{{ randAlphaNum 5 }}{{ genPrivateKey `rsa` }}",
        "now }} a {{ .Values.b }} now",
    ],
)
def test_a_template_does_not(tmp_path, template):
    assert not told(chart(tmp_path, template), "a: '{{ now }}'")


def test_values_count_where_something_makes_a_template_of_a_text(tmp_path):
    root = chart(tmp_path, "a: {{ tpl .Values.a . }}")

    assert told(root, "a: '{{ now }}'")
    assert not told(root, "a: now")
    (root / "values.yaml").write_text("a: '{{ now }}'\n")
    assert told(root)


def test_files_count_unseen_where_something_makes_a_template_of_a_text(tmp_path):
    assert told(chart(tmp_path / "a", "a: {{ tpl (.Files.Get `x`) . }}"))
    assert not told(chart(tmp_path / "b", "a: {{ .Files.Get `x` }}"))


@pytest.mark.parametrize("packed", [False, True])
def test_dependencies_count(tmp_path, packed):
    root = chart(tmp_path / "c", "a: b")
    if packed:
        pack(chart(tmp_path / "sub", "at: {{ now }}"), root / "charts")
    else:
        chart(root / "charts/sub", "at: {{ now }}")

    assert told(root)


def test_of_a_release_its_own_values_count(tmp_path):
    root = chart(tmp_path, "a: {{ tpl .Values.a . }}", **{"values.yaml": "a: b\n"})

    read = Chart.read(root, ".", {"Chart.yaml": CHART, "values.yaml": "a: b\n"})

    def asked(text):
        with Renderer(read, RenderOptions("r"), user_values=lambda _: {"a": text}) as renderer:
            return renderer.tells_time({})

    assert asked("{{ now }}")
    assert not asked("x")
