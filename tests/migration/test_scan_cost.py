"""What many releases cost: what one has in common with another is done once, and a release more costs no more."""

import re
from pathlib import Path

import pytest

from migrate_dhi.helm import engine
from migrate_dhi.helm.laid import Laid
from migrate_dhi.helm.reading import misread, seen_values
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration import options, survey
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import Opening
from migrate_dhi.migration.target import open_targets
from migrate_dhi.trace.slots import Slot
from tests.charts import copy_case
from tests.trace.traced import trials_of

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app-{name}, namespace: argocd}}
spec:
  source:
    repoURL: https://git.example/estate
    path: app
    targetRevision: HEAD
    helm: {{valuesObject: {{replicas: {number}}}}}
  destination: {{namespace: app-{name}, server: "https://kubernetes.default.svc"}}
"""


@pytest.fixture
def counted(workshop, monkeypatch):
    """How often a function is called in the plan of a chart that so many applications deploy."""
    workshop.git("remote", "add", "origin", "https://git.example/estate")
    chart = copy_case("upgrade-job", workshop.root / "app")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("migrator:", "migrator:\n  registry: ''"))
    template = chart / "templates/all.yaml"
    own = "{{ .Values.image.registry }}/{{ .Values.migrator.repository }}"
    template.write_text(template.read_text().replace(own, "docker.io/{{ .Values.migrator.repository }}"))
    monkeypatch.chdir(workshop.root)

    def count(releases, owner, name, *, alike=False):
        for number in range(releases):
            text = APPLICATION.format(name=0 if alike else number, number=0 if alike else number)
            (workshop.root / f"app-{number}.yaml").write_text(text)
        workshop.commit(f"{releases} releases")
        calls = []
        plain = getattr(owner, name)

        def call(*args, **flags):
            calls.append(args)
            return plain(*args, **flags)

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, call)
            (source,) = open_targets("app", Opening(branch=True))
            plan = plan_chart(source, options.Options(offline=True))
        assert plan.status == "ready"
        assert len(plan.releases) == releases
        return len(calls)

    return count


def test_an_image_is_looked_for_as_often_for_each_release_however_many_there_are(counted):
    few, many = counted(3, Slot, "read"), counted(6, Slot, "read")

    assert 0 < many <= 2.2 * few


def test_a_chart_is_laid_out_once_for_all_its_releases(counted):
    assert counted(3, Laid, "_lay_out") == 1


def test_a_text_that_many_renders_have_is_held_once(tmp_path):
    chart = copy_case("plain-chart", tmp_path / "chart")
    (chart / "templates/same.yaml").write_text("kind: ConfigMap\ndata: {a: {{ .Release.Name }}}\n")

    with trials_of(chart) as trials:
        one, other = (trials.render(trials.chart.texts, {"replicaCount": number}) for number in (1, 2))

    (name,) = [name for name in one.files if name.endswith("same.yaml")]
    assert one.files != other.files
    assert one.files[name] is other.files[name]


def test_what_is_written_into_a_chart_of_linked_folders_is_not_written_to_the_users_files(workshop):
    chart = copy_case("library-dependency", workshop.root / "app")
    (chart / "templates/more").mkdir()
    (chart / "templates/more/x.yaml").write_text("kind: ConfigMap\ndata: {a: b}\n")
    workshop.commit("a chart")
    file = chart / "templates/more/x.yaml"
    before = {path: path.read_bytes() for path in chart.rglob("*") if path.is_file()}

    with trials_of(chart) as trials:
        assert trials._laid.directory.joinpath("templates").is_symlink()
        texts = trials.chart.texts
        name = str(file.relative_to(workshop.root))
        (item,) = [
            one
            for one in trials.render({**texts, name: "kind: ConfigMap\ndata: {a: c}\n"}).objects
            if one.kind == "ConfigMap"
        ]
        nodes = {path for node in trials.nodes for path, _ in node.templates}
        trials.render(texts)

    assert item.data["data"] == {"a": "c"}
    assert any(path.endswith("templates/more/x.yaml") for path in nodes)
    assert {path: path.read_bytes() for path in chart.rglob("*") if path.is_file()} == before


def test_releases_that_differ_in_nothing_share_their_renders(counted):
    alone = counted(1, engine, "_rendered")

    assert counted(3, engine, "_rendered", alike=True) == alone
    assert counted(3, engine, "_rendered") == 3 * alone


@pytest.mark.parametrize(
    ("template", "renders"), [("{{ .Values.a }}", 1), ('{{ .Files.Get "env.yaml" }}', 2)]
)
def test_a_file_beside_the_templates_counts_where_they_read_files(tmp_path, template, renders):
    chart = copy_case("plain-chart", tmp_path / "chart")
    (chart / "env.yaml").write_text("a: 0\n")
    (chart / "templates/more.yaml").write_text(f"kind: ConfigMap\ndata:\n  a: {template}\n")

    with trials_of(chart) as trials:
        for number in (1, 2):
            trials.render({**trials.chart.texts, "env.yaml": f"a: {number}\n"})

        assert trials.count == renders


def test_a_folder_of_charts_is_looked_at_once_until_something_comes(tmp_path, monkeypatch):
    copy_case("plain-chart", tmp_path / "one")
    looked = []
    plain = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: looked.append(path) or plain(path))

    assert Shelf((tmp_path,)).versions("plain-chart") == ["1.4.0"]
    assert Shelf((tmp_path,)).versions("other") == []
    assert looked == [tmp_path]

    (tmp_path / "other-2.0.0.tgz").write_bytes(b"")
    assert Shelf((tmp_path,)).versions("other") == ["2.0.0"]


def test_values_that_were_read_before_stay_as_they_were_read():
    before = "a: {b: [1, 2]}\n"

    assert misread(before, "a: {b: [1, 3]}\n", [(("a", "b", 1), 3, False)]) == ""
    assert misread(before, "c: 1\n", [(("a",), None, True), (("c",), 1, False)]) == ""
    assert seen_values(before) == {"a": {"b": [1, 2]}}


@pytest.mark.parametrize(("limit", "more"), [(60.0, []), (0.0, ["rendering ., # s each time"])])
def test_of_a_heavy_chart_is_told_what_a_render_takes(tmp_path, monkeypatch, limit, more):
    chart = copy_case("plain-chart", tmp_path / "chart")
    monkeypatch.setattr(survey, "_HEAVY", limit)
    said = []
    (source,) = open_targets(str(chart), Opening())

    plan_chart(source, options.Options(offline=True, progress=said.append))

    assert [re.sub(r"\d+\.\d", "#", text) for text in said if text] == ["rendering .", *more]
