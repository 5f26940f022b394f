"""Whether a chart may tell the time: told by its templates, and by what they make templates of."""

import subprocess

import pytest

from migrate_dhi.helm.chart import Chart
from migrate_dhi.helm.clock import asks, tells_time
from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
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
    found = tells_time(read_nodes(root, "c", {}), root)
    return asks(values) if found is None else found


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
        "{{ if .Values.a }}\n{{- with\n  now }}{{ end }}{{ end }}",
        "a: {{ printf `%s` `}}` }}{{/* it's here: */}}{{ eq 'n' .x | and (now) }}",
        "a: {{ tpl `b: {{ now }}` . }}",
        'a: {{ tpl "b: {{ now | quote }}" . }}',
        "a: {{ .Values.x now",
        "a: {{ don't now }}",
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
        """expr: '{{`{{ $labels.pod }}`}} {{`"from":"now-15m"`}} {{ "up now" }}'""",
        "{{/* as of now */}}{{- /* it's now */ -}}{{ $now }}{{ eq '\"' 'n' }}",
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


def test_files_count_where_something_makes_a_template_of_a_text(tmp_path):
    asking = {"files/x": "a: {{ now }}"}
    assert told(chart(tmp_path / "a", "a: {{ tpl (.Files.Get `x`) . }}", **asking))
    assert not told(chart(tmp_path / "b", "a: {{ .Files.Get `x` }}", **asking))
    assert not told(chart(tmp_path / "c", "a: {{ tpl (.Files.Get `x`) . }}", **{"files/x": "as of now"}))


def test_files_of_packed_charts_count_however_deep(tmp_path):
    root = chart(tmp_path / "c", "a: {{ tpl (.Files.Get `x`) . }}")
    inner = chart(tmp_path / "inner", "a: b")
    outer = chart(tmp_path / "outer", "a: b")
    pack(inner, outer / "charts")
    pack(outer, root / "charts")
    assert not told(root)
    (inner / "x.txt").write_text("{{ now }}")
    pack(inner, outer / "charts")
    pack(outer, root / "charts")

    assert told(root)


def test_a_file_that_cannot_be_read_may_ask(tmp_path):
    root = chart(tmp_path, "a: {{ tpl (.Files.Get `x`) . }}", **{"files/x.tgz": "no archive"})

    assert told(root)


@pytest.mark.parametrize(
    "made",
    [
        "(genCA `x` 9).Cert",
        "(genCAWithKey `x` 9 .Values.key).Cert",
        "(genSelfSignedCert `x` nil nil 9).Cert",
        "(genSelfSignedCertWithKey `x` nil nil 9 .Values.key).Cert",
        "(genSignedCert `x` nil nil 9 (genCAWithKey `y` 9 .Values.key)).Cert",
        "(genSignedCertWithKey `x` nil nil 9 (genCAWithKey `y` 9 .Values.key) .Values.key).Cert",
    ],
)
def test_certificates_differ_at_once(tmp_path, made):
    key = subprocess.run(
        ["openssl", "genrsa", "-traditional", "2048"], capture_output=True, check=True, text=True
    ).stdout
    root = chart(tmp_path, f"a: {{{{ {made} | b64enc }}}}")
    one, two = (EmbeddedEngine().render(root, {"key": key}, RenderOptions("r")).files for _ in range(2))

    assert one != two
    assert not told(root)


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
