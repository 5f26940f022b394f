"""Renderer: rendered in a scratch folder, with dependencies from everywhere, and the chart itself left alone."""

import hashlib
import http.server
import re

import helm_python
import pytest

from migrate_dhi.errors import DependencyError, InvalidChartError, RenderError
from migrate_dhi.helm import watch
from migrate_dhi.helm.engine import RenderOptions, read_values, satisfies
from migrate_dhi.helm.renderer import Renderer, ahead
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.helm.states import unready
from migrate_dhi.helm.watch import settled
from migrate_dhi.migration.source import open_source
from tests.charts import copy_case, pack
from tests.serving import serving
from tests.trace.traced import trials_of

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n"


@pytest.fixture
def chart(tmp_path):
    """A chart of one template."""

    def make(
        template=CONFIG + "  a: {{ .Values.a | quote }}\n", values="a: 1\n", more="", name="one", path=None
    ):
        folder = path or tmp_path / name
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n{more}")
        if values is not None:
            (folder / "values.yaml").write_text(values)
        (folder / "templates/t.yaml").write_text(template)
        return folder

    return make


def rendered(folder, texts=None, extra=None, **options):
    with trials_of(folder, **options) as trials:
        return trials.render({**trials.chart.texts, **(texts or {})}, extra)


def refusal(folder, **options):
    with pytest.raises((RenderError, InvalidChartError, DependencyError)) as caught:
        rendered(folder, **options)
    return caught.value


# --- rendering


def test_the_texts_are_rendered_and_not_the_files(chart):
    folder = chart()

    (item,) = rendered(folder, {"values.yaml": "a: 2\n"}).objects

    assert item.data["data"] == {"a": "2"}
    assert (folder / "values.yaml").read_text() == "a: 1\n"


def test_texts_may_change_between_renders_and_back(chart):
    with trials_of(chart()) as trials:
        seen = [
            trials.render({**trials.chart.texts, "values.yaml": f"a: {n}\n"}).objects[0].data["data"]["a"]
            for n in (1, 2, 1)
        ]

    assert seen == ["1", "2", "1"]
    assert trials.count == 2  # the third is remembered


@pytest.mark.parametrize("place", ["templates/t.yaml", "env/prod/values.yaml"])
def test_a_text_in_a_folder_of_the_chart_is_not_written_to_the_users_file(chart, place):
    """Outside Git the folders of a chart are links in the scratch folder."""
    folder = chart()
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(file.read_text() if file.exists() else "a: 1\n")
    before = (file.stat().st_mtime_ns, file.read_text())

    (item,) = rendered(folder, {place: before[1].replace("a: ", "b: ")}).objects

    assert item.data["data"] == ({"b": "1"} if "templates" in place else {"a": "1"})
    assert (file.stat().st_mtime_ns, file.read_text()) == before


def test_what_is_rendered_again_is_not_taken_from_memory(chart):
    with trials_of(chart()) as trials:
        first = trials.render(trials.chart.texts)
        assert trials.render(trials.chart.texts) is first
        assert trials.render(trials.chart.texts, again=True) is not first

    assert trials.count == 2


WAYS = (
    CONFIG
    + '  a: {{ ternary "up" "in" .Release.IsUpgrade }}-{{ .Values.a }}-{{ .Values.b | required "no b" }}\n'
)


@pytest.fixture
def two(monkeypatch):
    """A process that has two processors, and in which no call has written anything yet."""
    monkeypatch.setattr(watch, "_processors", lambda: 2)
    monkeypatch.setattr(watch._state, "one_by_one", False)


@pytest.mark.usefixtures("two")
def test_what_is_rendered_ahead_is_as_rendered_one_by_one_and_not_rendered_again(chart):
    with trials_of(chart(WAYS, "a: 1\nb: 2\n")) as trials:
        texts = {**trials.chart.texts, "values.yaml": "a: 5\nb: 6\n"}
        views = [
            trials.seen(),
            trials.seen(upgrade=True),
            trials.seen(assumed={"a": 7}),
            trials.seen(assumed={"b": None}),
        ]

        with settled():
            ahead(views, texts)

            # The first one is made by whoever asks for it.
            assert [view.count for view in views] == [0, 1, 1, 1]
            shown = [view.render(texts).objects[0].data["data"]["a"] for view in views[:3]]
            assert shown == ["in-5-6", "up-5-6", "in-7-6"]
            assert [view.count for view in views] == [1, 1, 1, 1]
            with pytest.raises(RenderError, match="no b"):
                views[3].render(texts)


@pytest.mark.usefixtures("two")
def test_what_is_begun_is_of_the_texts_as_they_were_then(chart):
    with trials_of(chart()) as trials, settled():
        shown = [{**trials.chart.texts, "values.yaml": f"a: {number}\n"} for number in range(3)]
        for texts in shown:
            trials.begin(texts)
        trials.begin(shown[0], {"a": 7})
        trials.begin(shown[1], again=True)

        found = [trials.render(texts).objects[0].data["data"]["a"] for texts in shown]
        laid = trials.render(shown[0], {"a": 7}).objects[0].data["data"]["a"]
        again = trials.render(shown[1], again=True).objects[0].data["data"]["a"]

    assert (found, laid, again) == (["0", "1", "2"], "7", "1")
    assert trials.count == 5


@pytest.mark.usefixtures("two")
def test_what_is_begun_twice_or_known_is_made_once(chart):
    with trials_of(chart()) as trials, settled():
        trials.begin(trials.chart.texts)
        trials.begin(trials.chart.texts)
        trials.render(trials.chart.texts)
        trials.begin(trials.chart.texts)

    assert trials.count == 1


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("values", ["a: [\n", "a: {{\n"])
def test_what_cannot_be_begun_ends_with_its_error_where_it_is_asked_for(chart, values):
    with trials_of(chart()) as trials, settled():
        texts = {**trials.chart.texts, "values.yaml": values}
        trials.begin(texts)

        with pytest.raises(InvalidChartError):
            trials.render(texts)


def test_with_one_processor_nothing_is_begun(chart, monkeypatch):
    monkeypatch.setattr(watch, "_processors", lambda: 1)
    with trials_of(chart()) as trials:
        trials.begin(trials.chart.texts)

        assert trials.count == 0


@pytest.mark.usefixtures("two")
def test_of_several_renders_ahead_the_same_is_made_once(chart):
    folder = chart()
    with trials_of(folder) as one, trials_of(folder) as other, settled():
        texts = {**one.chart.texts, "values.yaml": "a: 5\n"}
        same = one.seen()

        ahead([one, same, other], texts)
        one.render(texts)

        # The same render is one, and the other folder is its own.
        assert [one.count + same.count, other.count] == [1, 1]
        assert other.render(texts).objects[0].data["data"] == {"a": "5"}


def test_extra_values_win(chart):
    (item,) = rendered(chart(), extra={"a": 3}).objects

    assert item.data["data"] == {"a": "3"}


def test_a_missing_values_file_can_be_made_up(chart):
    (item,) = rendered(chart(values=None), {"values.yaml": "a: 5\n"}).objects

    assert item.data["data"] == {"a": "5"}


def test_conditions_hold_anew_in_each_render(tmp_path):
    """A rendered chart handle is spent: a disabled dependency would be gone for good."""
    folder = copy_case("condition-off", tmp_path / "condition-off")
    with trials_of(folder) as trials:
        texts = trials.chart.texts
        off = len(trials.render(texts).pods)
        on = len(trials.render(texts, {"exporter": {"enabled": True}}).pods)
        off_again = len(trials.render(texts).pods)

    assert (off, on, off_again) == (1, 2, 1)


def test_the_scratch_folder_goes_with_the_trials(chart, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))

    rendered(chart())

    assert list(scratch.iterdir()) == []


def test_what_the_engine_says_aside_is_kept_and_not_printed(chart, capfd):
    folder = chart(values="inner:\n  map: {a: 1}\n", more="dependencies: [{name: inner, version: 0.1.0}]\n")
    chart(values="map: text\n", name="inner", path=folder / "charts/inner")

    manifests = rendered(folder)

    assert manifests.warnings == ("warning: skipped value for one.inner.map: Not a table.",)
    assert capfd.readouterr().err == ""


# --- Kubernetes versions


@pytest.mark.parametrize(
    ("constraint", "version", "fits"),
    [
        (">=1.25.0-0", "v1.31.0", True),
        (">=1.25.0-0 <1.33.0-0", "v1.36.0", False),
        ("^1.20", "1.31.2", True),
        (">= 1.25.0-0", "v1.29.3-eks-1234", True),
        ("no version", "v1.31.0", None),
    ],
)
def test_constraints_as_helm_reads_them(constraint, version, fits):
    assert satisfies(constraint, version) is fits


def test_a_kubernetes_version_that_is_excluded_is_refused(chart):
    error = refusal(chart(more="kubeVersion: '<1.30.0'\n"))

    assert isinstance(error, RenderError)
    assert "<1.30.0" in error.message


def test_the_kubernetes_version_reaches_the_templates(chart):
    folder = chart(
        CONFIG
        + '  v: {{ .Capabilities.KubeVersion.Version }}\n  x: "{{ .Capabilities.APIVersions.Has "a.b/v1" }}"\n'
    )
    source = open_source(folder)
    options = RenderOptions("one", kube_version="v1.30.5", api_versions=("a.b/v1",))

    with Renderer(source.chart, options, shelf=Shelf(offline=True)) as trials:
        (item,) = trials.render(source.chart.texts).objects

    assert item.data["data"] == {"v": "v1.30.5", "x": "true"}


# --- errors in words


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("a: {{ .Values.x.y.z }}", 1, "nil pointer"),
        ('a: b\nc: {{ required "give x" .Values.x }}', 2, "give x"),
        ('a: b\n\nc: {{ fail "never so" }}', 3, "never so"),
        ("a: {{ nofunction }}", 1, "nofunction"),
        ("a: {{ if }}", 1, "missing value for if"),
        ('a: {{ include "gone" . }}', 1, "gone"),
    ],
)
def test_the_template_and_the_line_and_the_cause(chart, template, line, words):
    error = refusal(chart(template))

    assert isinstance(error, RenderError)
    assert error.where == f"one/templates/t.yaml:{line}"
    assert words in error.message
    assert len(error.message) < 450
    assert "/tmp" not in str(error)


def test_the_innermost_template_is_named(chart):
    folder = chart('{{ include "outer" . }}')
    (folder / "templates/_h.tpl").write_text(
        '{{ define "outer" }}\n{{ include "inner" . }}{{ end }}\n{{ define "inner" }}{{ .Values.x.y.z }}{{ end }}'
    )

    error = refusal(folder)

    assert error.where == "one/templates/_h.tpl:3"
    assert "nil pointer" in error.message


def test_a_template_that_includes_itself_is_told_without_the_chain_of_its_calls(chart):
    folder = chart('{{ define "round" }}{{ include "round" . }}{{ end }}{{ include "round" . }}')

    error = refusal(folder)

    assert error.where.startswith("one/templates/")
    assert error.message.startswith(
        "the chart does not render: rendering template has a nested reference name: round"
    )


def test_a_schema_says_which_value_it_refuses(chart):
    folder = chart()
    (folder / "values.schema.json").write_text('{"type": "object", "properties": {"a": {"type": "string"}}}')

    error = refusal(folder)

    assert "/a" in error.message or "a:" in error.message
    assert "string" in error.message


def test_values_that_helm_cannot_read_name_the_file(chart):
    error = refusal(chart(values="a: [1\n"))

    assert isinstance(error, InvalidChartError)
    assert error.where.startswith("values.yaml")


def test_values_are_read_as_helm_reads_them():
    assert read_values("a: 0644\nb: on\nc: 12:30\nd: 1e3\n") == {"a": 420, "b": True, "c": "12:30", "d": 1000}


def test_values_that_are_no_yaml_name_the_line():
    with pytest.raises(InvalidChartError) as caught:
        read_values("a: 1\nb: [\n", where="values.yaml")

    assert caught.value.where.startswith("values.yaml:")


# --- dependencies


def dependency(repository, version="1.0.0"):
    return f"dependencies:\n  - {{name: node, version: '{version}', repository: '{repository}'}}\n"


@pytest.fixture
def packed(tmp_path):
    """The chart `node` 1.0.0 in a folder, with an index, as a chart repository serves it."""
    folder = tmp_path / "served"
    inner = tmp_path / "node"
    (inner / "templates").mkdir(parents=True)
    (inner / "Chart.yaml").write_text("apiVersion: v2\nname: node\nversion: 1.0.0\n")
    (inner / "templates/c.yaml").write_text(CONFIG + "  from: node\n")
    pack(inner, folder)
    return folder


@pytest.fixture
def served(packed):
    """The address of that chart repository on the loopback."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(packed))

        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

    asked = []
    with serving(Handler) as port:
        url = f"http://127.0.0.1:{port}"
        helm_python.repo_index_generate(packed, base_url=url)
        yield url, asked


def test_a_dependency_is_fetched_into_the_scratch_folder_alone(chart, served):
    url, _ = served
    folder = chart(more=dependency(url))

    found = rendered(folder, offline=False)

    assert [item.data["data"] for item in found.objects if "from" in item.data["data"]] == [{"from": "node"}]
    assert sorted(path.name for path in folder.iterdir()) == ["Chart.yaml", "templates", "values.yaml"]


def test_a_fetched_dependency_is_kept_and_taken_offline(chart, served, tmp_path):
    url, asked = served
    folder = chart(more=dependency(url))
    rendered(folder, offline=False, cache=tmp_path / "cache")
    asked.clear()

    found = rendered(folder, offline=True, cache=tmp_path / "cache")

    assert len(found.objects) == 2
    assert asked == []


def test_a_range_means_offline_what_it_meant_when_it_was_asked(chart, served, tmp_path):
    url, _ = served
    folder = chart(more=dependency(url, ">=1.0.0"))
    error = refusal(folder, offline=True, cache=tmp_path / "cache")
    rendered(folder, offline=False, cache=tmp_path / "cache")

    found = rendered(folder, offline=True, cache=tmp_path / "cache")

    assert "--offline" in error.message
    assert len(found.objects) == 2


def test_what_a_range_was_taken_for_is_told(chart, served):
    url, _ = served

    with trials_of(chart(more=dependency(url, ">=1.0.0")), offline=False) as trials:
        (pinned,) = trials.pinned

    assert pinned.startswith(
        f"the dependency node is asked for as >=1.0.0, and was taken as 1.0.0, the newest that {url} listed on 20"
    )


def test_the_cache_of_one_repository_is_not_taken_for_another(chart, served, tmp_path):
    url, _ = served
    rendered(chart(more=dependency(url)), offline=False, cache=tmp_path / "cache")
    other = chart(more=dependency("https://charts.acme.example"), name="other")

    assert "--offline" in refusal(other, offline=True, cache=tmp_path / "cache").message


def test_a_version_that_the_repository_has_not(chart, served):
    url, _ = served

    error = refusal(chart(more=dependency(url, "2.0.0")), offline=False)

    assert error.message.startswith(f"cannot fetch dependency node 2.0.0 from {url}: ")
    assert "/tmp" not in error.message


def test_the_version_of_the_lock_file_is_fetched(chart, served, packed, tmp_path):
    """One of two dependencies is vendored: only the other one is fetched, as Chart.lock has it."""
    url, _ = served
    newer = tmp_path / "newer" / "node"
    (newer / "templates").mkdir(parents=True)
    (newer / "Chart.yaml").write_text("apiVersion: v2\nname: node\nversion: 1.1.0\n")
    (newer / "templates/c.yaml").write_text(CONFIG + "  from: newer\n")
    pack(newer, packed)
    helm_python.repo_index_generate(packed, base_url=url)
    vendored = "  - {name: beside, version: 0.1.0, repository: 'http://127.0.0.1:9'}\n"
    folder = chart(more=dependency(url, "^1.0.0") + vendored)
    chart("kind: B\n", name="beside", path=folder / "charts/beside")
    (folder / "Chart.lock").write_text(dependency(url) + vendored)

    found = rendered(folder, offline=False)

    assert [item.data["data"] for item in found.objects if "from" in item.data.get("data", {})] == [
        {"from": "node"}
    ]


def test_an_archive_of_another_chart_is_not_rendered_as_nothing(chart, served, packed, tmp_path):
    url, _ = served
    other = tmp_path / "other"
    (other / "templates").mkdir(parents=True)
    (other / "Chart.yaml").write_text("apiVersion: v2\nname: other\nversion: 1.0.0\n")
    content = pack(other, tmp_path / "elsewhere").read_bytes()
    (packed / "node-1.0.0.tgz").write_bytes(content)
    index = packed / "index.yaml"
    index.write_text(
        re.sub(r"digest: \w+", f"digest: {hashlib.sha256(content).hexdigest()}", index.read_text())
    )

    error = refusal(chart(more=dependency(url)), offline=False)

    assert error.message == "dependency node 1.0.0: what was taken for it is another chart (misnamed)"


def test_a_repository_that_does_not_answer(chart):
    error = refusal(chart(more=dependency("http://127.0.0.1:9")), offline=False)

    assert isinstance(error, DependencyError)
    assert "127.0.0.1:9" in error.message
    assert "helm dependency build" in error.help


def test_a_dependency_without_repository(chart):
    assert "names no repository" in refusal(chart(more=dependency("")), offline=False).message


def test_a_dependency_beside_the_chart_is_packed(chart, tmp_path, packed):
    folder = chart(more=dependency("file://../node"))

    found = rendered(folder, offline=True)

    assert len(found.objects) == 2
    assert not (folder / "charts").exists()


def test_a_dependency_that_is_not_where_the_path_says(chart):
    error = refusal(chart(more=dependency("file://../gone")))

    assert "file://../gone" in error.message
    assert error.where == "Chart.yaml"


def test_archives_of_the_user_survive_a_fetch(chart, served, tmp_path):
    """Through a linked charts/ the engine deletes them."""
    url, _ = served
    more = tmp_path / "extra"
    (more / "templates").mkdir(parents=True)
    (more / "Chart.yaml").write_text("apiVersion: v2\nname: extra\nversion: 0.3.0\n")
    (more / "templates/c.yaml").write_text(CONFIG.replace("name: c", "name: d") + "  from: extra\n")
    folder = chart(
        more=dependency(url) + "  - {name: extra, version: 0.3.0, repository: 'https://x.example'}\n"
    )
    archive = pack(more, folder / "charts")
    before = archive.read_bytes()

    rendered(folder, offline=False)

    assert archive.read_bytes() == before
    assert [path.name for path in (folder / "charts").iterdir()] == ["extra-0.3.0.tgz"]


@pytest.mark.parametrize("case", ["mismatched-dependency", "missing-dependency"])
def test_what_is_not_ready_is_said_before_anything_renders(tmp_path, case):
    folder = copy_case(case, tmp_path / case)

    ((_, state),) = unready(open_source(folder).chart, folder)

    assert state in ("wrong version", "missing")
    assert isinstance(refusal(folder), DependencyError)


@pytest.mark.parametrize("case", ["tgz-dependency", "alias-dependency", "umbrella", "library-dependency"])
def test_what_is_vendored_is_ready(tmp_path, case):
    folder = copy_case(case, tmp_path / case)

    assert unready(open_source(folder).chart, folder) == []


def test_a_values_file_that_a_trial_created_is_gone_in_the_next_one(chart):
    folder = chart(template=CONFIG + "  a: {{ .Values.a | default 0 | quote }}\n", values=None)
    with trials_of(folder) as trials:
        texts = trials.chart.texts
        created = trials.render({**texts, trials.chart.values_file: "a: 5\n"})
        again = trials.render(texts)

    assert created.objects[0].data["data"] == {"a": "5"}
    assert again.objects[0].data["data"] == {"a": "0"}
