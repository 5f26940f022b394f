"""What is rendered is what is committed: the base's tree for a branch, and what only the worktree has is named."""

import json
import os
from pathlib import PurePosixPath
from types import SimpleNamespace

import pytest

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.engine import RenderOptions
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.source import open_source
from migrate_dhi.migration.worktree import _is_read, _is_vendored
from tests.charts import copy_case, pack

CHART = "apps/service"
BRANCH = "dhi/apps-service"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: service}
spec:
  selector: {matchLabels: {app: service}}
  template:
    metadata: {labels: {app: service}}
    spec:
      containers:
        - name: service
          image: {{ include "image" . }}
"""
HELPER = '{{ define "image" }}{{ .Values.image }}:{{ .Values.tag }}{{ end }}'


@pytest.fixture
def repo(workshop):
    """A repository with one chart of our own."""
    write(workshop, "templates/deployment.yaml", DEPLOYMENT)
    write(workshop, "templates/_helpers.tpl", HELPER)
    write(workshop, "Chart.yaml", "apiVersion: v2\nname: service\nversion: 0.1.0\n")
    write(workshop, "values.yaml", "image: docker.io/valkey/valkey\ntag: 9.1.0\n")
    workshop.commit("service")
    return workshop


def write(repo, name, text, chart=CHART):
    file = repo.root / chart / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def planned(repo, *args):
    ran = repo.run(CHART, "--plan", "--format", "json", "--offline", *args)
    assert ran.out, ran.err
    return json.loads(ran.out)


def told(repo, *args):
    """The findings on the worktree of a dry run, as {file: code}, and what they say."""
    found = [f for f in planned(repo, *args)["findings"] if f["code"] in {"uncommitted-change", "not-in-git"}]
    return {f["file"]: f["code"] for f in found}, " ".join(f["message"] for f in found)


def written(repo, *args):
    ran = repo.run(CHART, "--yes", "--offline", *args)
    assert ran.code == 0, ran.err
    assert BRANCH in repo.branches()
    return ran.out


def renders(repo, revision, tmp_path):
    """Whether a clone of a revision renders."""
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--branch", revision, str(repo.root), str(clone))
    ran = repo.run(clone / CHART, "--plan", "--offline")
    return ran.code in (0, 5)


# --- T12: a file that only the worktree has


def test_a_clean_worktree_has_nothing_to_tell(repo):
    assert told(repo) == ({}, "")


def test_an_untracked_template_is_not_rendered_for_a_branch_and_named(repo):
    write(
        repo,
        "templates/more.yaml",
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: {{ .Values.absent.x }}}\n",
    )

    out = written(repo)

    assert f"{CHART}/templates/more.yaml is not in HEAD (untracked): the plan is for HEAD" in " ".join(
        out.split()
    )


def test_an_untracked_template_is_rendered_in_a_dry_run_and_named(repo):
    write(repo, "templates/more.yaml", DEPLOYMENT.replace("name: service", "name: more"))

    plan = planned(repo)

    users = {user["name"] for image in plan["images"] for user in image["used_by"]}
    assert users == {"service", "more"}
    assert told(repo) == (
        {f"{CHART}/templates/more.yaml": "uncommitted-change"},
        f"{CHART}/templates/more.yaml is not in HEAD (untracked): the plan is for the file as it lies here",
    )


@pytest.mark.parametrize("flags", [("--yes",), ("--plan",)])
def test_a_template_that_git_ignores_is_no_part_of_the_chart(repo, tmp_path, flags):
    (repo.root / ".gitignore").write_text("_need.tpl\n")
    helper = repo.root / CHART / "templates/_helpers.tpl"
    repo.git("mv", str(helper), str(helper.with_name("_need.tpl")))
    repo.git("rm", "--quiet", "--cached", f"{CHART}/templates/_need.tpl")
    repo.git("add", ".gitignore")
    repo.git("commit", "--quiet", "--message", "forget the helper")

    ran = repo.run(CHART, *flags, "--offline")

    assert ran.code == 4
    assert f"{CHART}/templates/_need.tpl lies here and is not in HEAD" in ran.error["help"]
    assert BRANCH not in repo.branches()
    assert not renders(repo, "main", tmp_path)


def test_a_file_that_git_ignores_is_named_where_helm_reads_it(repo):
    (repo.root / ".gitignore").write_text("*.own\nnotes.txt\ncharts/\nfiles/\n")
    repo.commit("ignore")
    for name in (
        "templates/x.own",
        "notes.txt",
        "charts/extra/Chart.yaml",
        "files/a.conf",
        "templates/.x.own",
    ):
        write(repo, name, "name: extra\nversion: 1.0.0\n")

    found, said = told(repo)

    assert found == dict.fromkeys(
        (f"{CHART}/charts/extra/Chart.yaml", f"{CHART}/templates/x.own"), "not-in-git"
    )
    assert "Git ignores it" in said


def test_a_file_of_any_name_is_named_where_a_template_reads_files(repo):
    write(repo, "templates/config.yaml", '{{ $.Files.Get "files/a.conf" }}')
    (repo.root / ".gitignore").write_text("files/\n")
    repo.commit("config")
    write(repo, "files/a.conf", "x")

    assert told(repo)[0] == {f"{CHART}/files/a.conf": "not-in-git"}


def test_notes_beside_the_chart_are_not_worth_a_word(repo):
    write(repo, "notes.md", "mine\n")

    assert told(repo)[0] == {}
    assert "notes.md" not in written(repo)


def test_values_that_git_ignores_are_not_edited(repo):
    (repo.root / ".gitignore").write_text("own.yaml\n")
    repo.commit("ignore")
    own = write(repo, "own.yaml", "tag: 9.1.0\n")

    ran = repo.run(CHART, "--yes", "--offline", "--values", own)

    assert ran.code == 4
    assert ran.error["error"] == f"{CHART}/own.yaml: the file differs from HEAD: ignored"


def test_a_link_out_of_the_repository_is_named(repo, tmp_path):
    (tmp_path / "outside.tpl").write_text('{{ define "other" }}{{ end }}')
    (repo.root / CHART / "templates/_other.tpl").symlink_to(tmp_path / "outside.tpl")
    repo.commit("link")

    found, said = told(repo)

    assert found == {f"{CHART}/templates/_other.tpl": "not-in-git"}
    assert "leads out of the repository" in said


def test_a_link_that_stays_inside_is_rendered(repo):
    (repo.root / "shared").mkdir()
    helper = repo.root / CHART / "templates/_helpers.tpl"
    helper.rename(repo.root / "shared/_helpers.tpl")
    helper.symlink_to("../../../shared/_helpers.tpl")
    repo.commit("share")

    assert told(repo)[0] == {}
    written(repo)


def test_a_changed_template_is_planned_from_the_base_for_a_branch(repo):
    write(repo, "templates/deployment.yaml", '{{ fail "half done" }}')

    out = written(repo)

    assert (
        f"{CHART}/templates/deployment.yaml differs from HEAD (modified): the plan is for HEAD"
        in " ".join(out.split())
    )
    ran = repo.run(CHART, "--plan", "--offline")
    assert ran.code == 4
    assert "half done" in ran.error["error"]


def test_a_template_that_is_deleted_here_is_rendered_for_a_branch(repo):
    (repo.root / CHART / "templates/_helpers.tpl").unlink()

    assert "(deleted): the plan is for HEAD" in " ".join(written(repo).split())
    assert repo.run(CHART, "--plan", "--offline").code == 4


def test_another_base_is_rendered_as_it_was(repo):
    start = repo.git("rev-parse", "HEAD")
    write(repo, "templates/deployment.yaml", '{{ fail "later" }}')
    repo.commit("later")

    written(repo, "--base", start)


# --- T25: charts beside the chart


@pytest.fixture
def sibling(repo):
    """The chart with a dependency that lies beside it."""
    helper = repo.root / CHART / "templates/_helpers.tpl"
    write(repo, "templates/_helpers.tpl", helper.read_text(), chart="library/common")
    helper.unlink()
    write(repo, "Chart.yaml", "apiVersion: v2\nname: common\nversion: 1.0.0\n", chart="library/common")
    text = (repo.root / CHART / "Chart.yaml").read_text()
    write(
        repo,
        "Chart.yaml",
        text
        + "dependencies:\n  - {name: common, version: 1.0.0, repository: 'file://../../library/common'}\n",
    )
    repo.commit("library")
    return repo


def test_a_chart_beside_is_rendered_as_the_base_has_it(sibling):
    write(sibling, "templates/_helpers.tpl", '{{ fail "half done" }}', chart="library/common")

    out = written(sibling)

    assert "library/common/templates/_helpers.tpl differs from HEAD (modified)" in " ".join(out.split())


def test_a_dry_run_shows_a_chart_beside_as_it_lies_here(sibling):
    write(sibling, "templates/_helpers.tpl", HELPER.replace("}}:{{", "}}:2{{"), chart="library/common")

    plan = planned(sibling)

    assert [image["before"] for image in plan["images"]] == ["docker.io/valkey/valkey:29.1.0"]
    assert told(sibling)[0] == {"library/common/templates/_helpers.tpl": "uncommitted-change"}


def test_what_a_chart_beside_needs_and_git_ignores_is_named(sibling):
    (sibling.root / ".gitignore").write_text("_helpers.tpl\n")
    sibling.git("rm", "--quiet", "--cached", "library/common/templates/_helpers.tpl")
    sibling.git("add", ".gitignore")
    sibling.git("commit", "--quiet", "--message", "forget")

    ran = sibling.run(CHART, "--yes", "--offline")

    assert ran.code == 4
    assert "library/common/templates/_helpers.tpl lies here" in ran.error["help"]


def test_a_chart_beside_that_is_not_committed_is_no_dependency_of_a_branch(repo):
    text = (repo.root / CHART / "Chart.yaml").read_text()
    write(
        repo,
        "Chart.yaml",
        text + "dependencies:\n  - {name: new, version: 1.0.0, repository: 'file://../new'}\n",
    )
    repo.commit("needs new")
    write(repo, "Chart.yaml", "apiVersion: v2\nname: new\nversion: 1.0.0\n", chart="apps/new")

    ran = repo.run(CHART, "--yes", "--offline")

    assert ran.code == 4
    assert "the folder is not in HEAD: commit it" in ran.error["help"]
    assert repo.run(CHART, "--plan", "--offline").code == 0


def test_a_chart_outside_the_repository_is_no_dependency(repo, tmp_path):
    outside = copy_case("plain-chart", tmp_path / "outside")
    text = (repo.root / CHART / "Chart.yaml").read_text()
    write(
        repo,
        "Chart.yaml",
        text + f"dependencies:\n  - {{name: o, version: 1.0.0, repository: 'file://{outside}'}}\n",
    )
    repo.commit("needs outside")

    ran = repo.run(CHART, "--plan", "--offline")

    assert ran.code == 4
    assert "outside the repository" in ran.error["help"]


def test_every_file_that_is_rendered_is_an_input(sibling):
    write(sibling, "prod.yaml", "tag: 9.1.0\n", chart="env")
    sibling.commit("environment")
    source = open_source(sibling.root / CHART, values=[sibling.root / "env/prod.yaml"])
    with Renderer(source.chart, RenderOptions("service"), shelf=Shelf(offline=True)) as trials:
        inputs = trials.inputs()

    assert inputs == {
        f"{CHART}/Chart.yaml",
        f"{CHART}/values.yaml",
        f"{CHART}/templates/deployment.yaml",
        "library/common/Chart.yaml",
        "library/common/templates/_helpers.tpl",
        "env/prod.yaml",
    }


# --- archives in an ignored charts/


@pytest.fixture
def vendored(repo, tmp_path):
    """The chart with a dependency whose archive lies in an ignored charts/; returns the archive."""
    (repo.root / ".gitignore").write_text("charts/\n")
    text = (repo.root / CHART / "Chart.yaml").read_text()
    needs = "dependencies:\n  - {name: common, version: ^1.0.0, repository: 'https://charts.invalid'}\n"
    write(repo, "Chart.yaml", text + needs)
    (repo.root / CHART / "templates/_helpers.tpl").unlink()
    repo.commit("needs common")
    common = tmp_path / "common"
    (common / "templates").mkdir(parents=True)
    (common / "Chart.yaml").write_text("apiVersion: v2\nname: common\nversion: 1.2.0\n")
    (common / "templates/_helpers.tpl").write_text(HELPER)
    return pack(common, repo.root / CHART / "charts")


def test_an_archive_in_an_ignored_folder_is_a_source_of_the_dependency(repo, vendored):
    before = vendored.read_bytes()

    written(repo)

    assert vendored.read_bytes() == before
    assert told(repo)[0] == {}


def test_of_several_archives_the_version_that_is_asked_for_is_taken(repo, vendored):
    vendored.with_name("common-2.0.0.tgz").write_bytes(b"not this one")
    vendored.with_name("common-thing-1.0.0.tgz").write_bytes(b"nor this one")

    written(repo)


def test_an_archive_of_another_version_is_not_taken(repo, vendored):
    vendored.rename(vendored.with_name("common-2.0.0.tgz"))

    ran = repo.run(CHART, "--plan", "--offline")

    assert ran.code == 4
    assert "not in charts/, and --offline forbids fetching: common ^1.0.0 from" in ran.error["error"]


def test_an_unpacked_dependency_in_an_ignored_folder_is_taken_too(repo, vendored):
    vendored.unlink()
    write(repo, "charts/common/Chart.yaml", "apiVersion: v2\nname: common\nversion: 1.2.0\n")
    write(repo, "charts/common/templates/_helpers.tpl", HELPER)

    written(repo)


def test_a_committed_archive_is_the_chart_s_own(repo, vendored):
    repo.commit("vendored after all")
    vendored.unlink()

    written(repo)


# --- U13: sparse checkouts, LFS, git-crypt


def test_a_sparse_checkout_is_read_from_the_commit(sibling):
    sibling.git("sparse-checkout", "set", CHART)
    assert not (sibling.root / "library").exists()

    assert told(sibling)[0] == {}
    written(sibling)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS"),
        (b"\0GITCRYPT\0\1\2\3", "git-crypt"),
    ],
)
@pytest.mark.parametrize("flag", ["--plan", "--yes"])
def test_values_that_git_holds_in_another_form_are_refused_with_the_attribute(repo, content, words, flag):
    (repo.root / CHART / "values.yaml").write_bytes(content)
    repo.commit("pointer")

    ran = repo.run(CHART, flag, "--offline")

    assert ran.code == 4
    assert ran.error["error"].startswith(f"{CHART}/values.yaml: the file is")
    assert words in ran.error["error"]
    assert "`filter` in .gitattributes" in ran.error["error"]


# --- U14: values outside the repository


def test_values_outside_the_repository_are_read_where_no_edit_lands_in_them(repo, tmp_path):
    outside = tmp_path / "cluster.yaml"
    outside.write_text("replicas: 2\n")
    outside.chmod(0o444)

    written(repo, "--values", outside)


def test_values_outside_the_repository_are_refused_where_an_edit_lands_in_them(repo, tmp_path):
    outside = tmp_path / "cluster.yaml"
    outside.write_text("tag: 9.1.0\n")

    ran = repo.run(CHART, "--yes", "--offline", "--values", outside)

    assert ran.code == 4
    assert str(outside) in ran.error["error"]


# --- F4: what is no file


@pytest.mark.parametrize("name", ["values.yaml", "Chart.yaml"])
@pytest.mark.parametrize("kind", ["fifo", "zero"])
@pytest.mark.parametrize("flag", ["--plan", "--yes"])
def test_what_is_no_regular_file_is_neither_opened_nor_waited_for(repo, name, kind, flag):
    file = repo.root / CHART / name
    file.unlink()
    if kind == "fifo":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/zero")
        repo.commit("zero")

    ran = repo.run(CHART, flag, "--offline")

    assert ran.code in (2, 4), ran.err
    assert name in ran.err


def test_a_fifo_beside_the_values_is_not_waited_for(repo):
    os.mkfifo(repo.root / CHART / "values-prod.yaml")
    os.mkfifo(repo.root / CHART / ".argocd-source-x.yaml")

    assert repo.run(CHART, "--plan", "--offline").code == 0


def test_values_that_are_too_large_are_named(repo):
    write(repo, "values.yaml", "#" * (6 * 1024 * 1024))
    with pytest.raises(InvalidChartError, match="too large"):
        open_source(repo.root / CHART)
    repo.commit("large")
    with pytest.raises(InvalidChartError, match="too large"):
        open_source(repo.root / CHART)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            "[none.yaml]",
            "the values in none.yaml were not read: none.yaml is not there; mend what",
        ),
        (
            "[{more: '{{ .Values.more }}'}]",
            "what helmfile fills in is not known here: stand-ins are rendered; mend what",
        ),
    ],
)
def test_values_that_are_not_known_are_named_where_the_chart_does_not_render(repo, values, told):
    write(repo, "values.yaml", "tag: 9.1.0\n")
    write(
        repo, "templates/_helpers.tpl", HELPER.replace(".Values.image", 'required "an image" .Values.image')
    )
    entry = f"{{name: web, namespace: shop, chart: ./{CHART}, values: {values}}}"
    (repo.root / "helmfile.yaml").write_text(f"releases:\n  - {entry}\n")
    repo.commit("a helmfile")

    ran = repo.run(CHART, "--plan", "--offline")

    assert ran.code == 4
    assert ran.error["help"].startswith(told)


# what Helm reads of a chart, by its place


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("apps/web/Chart.yaml", True),
        ("apps/web/values.yaml", True),
        ("apps/web/values.schema.json", True),
        ("apps/web/Chart.lock", True),
        ("apps/web/.helmignore", True),
        # An old chart (apiVersion v1) names its dependencies there.
        ("apps/web/requirements.yaml", True),
        ("apps/web/requirements.lock", True),
        ("apps/web/templates/deep/x.tpl", True),
        ("apps/web/charts/db-1.0.0.tgz", True),
        ("apps/web/crds/x.yaml", True),
        # Of a chart beside it, too.
        ("lib/values.yaml", True),
        ("lib/templates/x.yaml", True),
        ("apps/web/README.md", False),
        ("apps/web/values-prod.yaml", False),
        ("apps/web/docs/values.yaml", False),
        ("apps/web/templates.yaml", False),
        ("apps/job/values.yaml", False),
    ],
)
@pytest.mark.parametrize("template", ["{{ .Values.x }}", '{{ .Files.Get "x" }}'])
def test_a_file_is_read_by_its_place_or_by_a_template_that_reads_files(path, read, template):
    source = SimpleNamespace(folders=("apps/web", "lib"))
    trials = SimpleNamespace(members=[SimpleNamespace(nodes=[SimpleNamespace(templates=[("t", template)])])])
    any_name = ".Files" in template and not PurePosixPath(path).name.startswith(".")

    assert _is_read(source, trials, path) is (read or any_name)


@pytest.mark.parametrize(
    ("path", "vendored"),
    [
        ("web/charts/db-1.0.0.tgz", True),
        ("web/charts/db-v1.0.0.tgz", True),
        ("web/charts/db/templates/x.yaml", True),
        ("web/charts/db-agent-1.0.0.tgz", False),
        ("web/charts/other/Chart.yaml", False),
        ("web/charts/mydb-1.0.0.tgz", False),
    ],
)
def test_what_lies_below_charts_belongs_to_a_dependency_by_its_name(path, vendored):
    dependencies = [Dependency("db", "main", "1.0.0", ""), Dependency("web", "", "1.0.0", "")]
    source = SimpleNamespace(chart=SimpleNamespace(dependencies=dependencies))

    assert _is_vendored(source, path) is vendored
