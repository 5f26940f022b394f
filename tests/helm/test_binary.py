"""The binary engine against real Helm binaries where they are installed, and a stand-in everywhere."""

from dataclasses import replace

import pytest

from migrate_dhi.errors import InvalidChartError, LimitError, PathNotFoundError, RenderError, UsageError
from migrate_dhi.helm import binary
from migrate_dhi.helm.binary import BinaryEngine
from migrate_dhi.helm.engine import DEFAULT_KUBE_VERSION, EmbeddedEngine, RenderOptions
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from tests.charts import copy_case
from tests.helm.binaries import NAMED, REAL, script, stand_in

OPTIONS = RenderOptions("cache", "store")

PRINTS = """\
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  kube: {{ .Capabilities.KubeVersion.Version }}
  has: {{ .Capabilities.APIVersions.Has "acme.io/v1" | quote }}
  value: {{ .Values.value | quote }}
"""


@pytest.fixture(params=["stand-in", *(path.name for path in REAL)])
def engine(request, tmp_path):
    real = {path.name: path for path in REAL}
    return BinaryEngine.open(real.get(request.param) or stand_in(tmp_path / "bin"))


@pytest.fixture
def prints(tmp_path):
    """A chart that prints what it is told."""
    chart = tmp_path / "prints"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: prints\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text("value: default\n")
    (chart / "templates" / "config.yaml").write_text(PRINTS)
    return chart


def data_of(rendering):
    return next(iter(Manifests(rendering.files).objects)).data["data"]


def test_a_folder_that_is_named_holds_real_binaries():
    assert REAL or not NAMED


def test_says_the_version_of_the_file(engine):
    assert engine.name == "helm"
    assert engine.label == f"Helm {engine.version}"
    assert engine.path.name in ("helm", f"helm-{engine.version}")


@pytest.mark.parametrize(
    "case",
    ["umbrella", "cronjob-and-tests", "tgz-dependency", "crlf"],
)
def test_renders_the_objects_of_the_embedded_engine(engine, case, tmp_path):
    chart = copy_case(case, tmp_path / case)
    ours = Manifests(EmbeddedEngine().render(chart, {}, OPTIONS).files)
    theirs = Manifests(engine.render(chart, {}, OPTIONS).files)
    assert theirs.objects
    assert compare(ours, theirs) == []
    assert {item.template for item in theirs.objects} == {item.template for item in ours.objects}


def test_several_documents_of_one_template_stay_together(engine, prints):
    (prints / "templates" / "config.yaml").write_text(f"{PRINTS}---\n{PRINTS}")
    objects = Manifests(engine.render(prints, {}, OPTIONS).files).objects
    assert [(item.template, item.index) for item in objects] == [
        ("prints/templates/config.yaml", 0),
        ("prints/templates/config.yaml", 1),
    ]


def test_notes_are_no_manifest(engine, prints):
    (prints / "templates" / "NOTES.txt").write_text("# Source: nothing\nthank you\n")
    assert len(Manifests(engine.render(prints, {}, OPTIONS).files).objects) == 1


def test_user_values_win_over_the_charts_own(engine, prints):
    assert data_of(engine.render(prints, {}, OPTIONS))["value"] == "default"
    assert (
        data_of(engine.render(prints, {"value": "from-user ü: {x}"}, OPTIONS))["value"] == "from-user ü: {x}"
    )


def test_release_namespace_and_cluster_are_told(engine, prints):
    options = RenderOptions("cache", "store", "v1.29.0", ("acme.io/v1",))
    rendering = engine.render(prints, {}, options)
    item = Manifests(rendering.files).objects[0]
    assert (item.identity.namespace, item.identity.name) == ("store", "cache")
    assert data_of(rendering) == {"kube": "v1.29.0", "has": "true", "value": "default"}


def test_the_kubernetes_version_is_the_embedded_engines_where_none_is_told(engine, prints):
    assert data_of(engine.render(prints, {}, OPTIONS))["kube"] == DEFAULT_KUBE_VERSION


def test_merged_values_come_with_it(engine, tmp_path):
    chart = copy_case("umbrella", tmp_path / "umbrella")
    mine = engine.render(chart, {"extra": 1}, OPTIONS, merged=True).values
    assert mine == EmbeddedEngine().render(chart, {"extra": 1}, OPTIONS, merged=True).values
    assert mine["extra"] == 1
    assert engine.render(chart, {}, OPTIONS).values == {}


def test_a_refusal_names_template_line_and_cause(engine, tmp_path):
    chart = copy_case("required-value", tmp_path / "required-value")
    with pytest.raises(RenderError) as caught:
        engine.render(chart, {}, OPTIONS)
    assert caught.value.where == "required-value/templates/deployment.yaml:23"
    assert caught.value.message == (
        "the chart does not render: auth.existingSecret is required: the Secret that holds the password"
    )
    assert caught.value.exit_code == 4


def test_a_schema_that_refuses_says_which_value(engine, tmp_path):
    chart = copy_case("schema-strict", tmp_path / "schema-strict")
    with pytest.raises(RenderError, match="unheard"):
        engine.render(chart, {"unheard": 1}, OPTIONS)


@pytest.mark.parametrize("case", ["templated-values", "bad-chart-yaml"])
def test_a_chart_that_is_no_yaml_is_invalid(engine, case, tmp_path):
    chart = copy_case(case, tmp_path / case)
    with pytest.raises((InvalidChartError, RenderError)) as caught:
        engine.render(chart, {}, OPTIONS)
    assert "cannot be loaded" in caught.value.message


def test_settings_of_the_user_do_not_count(engine, prints, monkeypatch, tmp_path):
    (tmp_path / "open").write_text("")
    for name, value in {
        "HELM_DEBUG": "true",
        "HELM_NAMESPACE": "elsewhere",
        "HELM_KUBEAPISERVER": "https://127.0.0.1:1",
        "KUBECONFIG": str(tmp_path / "open"),
        "HELM_PLUGINS": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    rendering = engine.render(prints, {}, OPTIONS)
    assert rendering.warnings == ()
    assert Manifests(rendering.files).objects[0].identity.namespace == "store"


def test_nothing_is_written_into_the_chart(engine, tmp_path):
    chart = copy_case("tgz-dependency", tmp_path / "tgz-dependency")
    before = {path: path.stat().st_mtime_ns for path in chart.rglob("*")}
    engine.render(chart, {"a": 1}, OPTIONS)
    assert {path: path.stat().st_mtime_ns for path in chart.rglob("*")} == before


def test_a_release_that_looks_like_an_option_is_none(tmp_path, prints):
    told = tmp_path / "told"
    fake = script(tmp_path / "helm", f'[ "$1" = version ] && echo v3.9.9 || echo "$@" > {told}')
    assert BinaryEngine.open(fake).render(prints, {}, RenderOptions("--debug")).files == {}
    assert told.read_text().split(" -- ")[1].split() == ["--debug", str(prints)]


def test_a_binary_is_found_by_its_name_in_the_path(tmp_path, monkeypatch):
    found = stand_in(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(found.parent), prepend=":")
    assert BinaryEngine.open(binary.Path("helm")).path == found


def test_a_path_that_is_not_there(tmp_path):
    for path in (tmp_path / "helm", binary.Path("no-helm-of-this-name")):
        with pytest.raises(PathNotFoundError, match=path.name) as caught:
            BinaryEngine.open(path)
        assert caught.value.exit_code == 2


def not_executable(folder):
    path = folder / "helm"
    path.write_text("#!/bin/sh\necho v3.9.9\n")
    return path


def no_program(folder):
    path = folder / "helm"
    path.write_bytes(b"\x7fELF no program")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: folder, "not an executable file"),
        (not_executable, "not an executable file"),
        (no_program, "cannot be run"),
        (lambda folder: script(folder / "helm", "echo v3.9.9; exit 1"), "does not answer as Helm does"),
        (lambda folder: script(folder / "helm", 'echo "$@"'), "does not answer as Helm does"),
        (lambda folder: script(folder / "helm", "echo v2.17.0"), "too old"),
    ],
)
def test_what_is_not_helm_is_refused(make, reason, tmp_path):
    with pytest.raises(UsageError, match=reason) as caught:
        BinaryEngine.open(make(tmp_path))
    assert caught.value.exit_code == 2


def test_a_binary_that_hangs_is_given_up(tmp_path, prints):
    engine = BinaryEngine.open(
        script(tmp_path / "helm", '[ "$1" = version ] && echo v3.9.9 && exit; exec sleep 20')
    )
    with pytest.raises(LimitError, match=r"Helm 3.9.9 takes more than 0.3 seconds") as caught:
        engine.render(prints, {}, replace(OPTIONS, seconds=0.3))
    assert caught.value.exit_code == 4


def test_a_failure_without_a_word_is_still_one(tmp_path, prints):
    engine = BinaryEngine.open(script(tmp_path / "helm", '[ "$1" = version ] && echo v3.9.9 && exit; exit 7'))
    with pytest.raises(RenderError, match="exit code 7"):
        engine.render(prints, {}, OPTIONS)
