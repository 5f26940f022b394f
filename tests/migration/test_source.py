"""Where the chart comes from: the base's own bytes, whatever the worktree, the place and the state of it."""

import json
import os
from pathlib import Path

import pytest

from migrate_dhi.errors import NoChartError, PathNotFoundError, RepositoryError, UsageError
from migrate_dhi.migration.nearest_chart import find_chart
from migrate_dhi.migration.source import _folders, open_source
from tests.charts import copy_case

CHART = "apps/values-comments"
BRANCH = "dhi/apps-values-comments"


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments")
    return workshop


def written(shop, chart=CHART, branch=BRANCH, cwd=None, where=None):
    """Write the branch, and return (values.yaml of the base, of the branch) as blobs."""
    ran = shop.run(where or chart, "--yes", cwd=cwd)
    assert ran.code == 0, ran.err
    return tuple(
        shop.git("cat-file", "blob", f"{rev}:{chart}/values.yaml").encode() for rev in ("HEAD", branch)
    )


def changed_lines(shop, branch, chart=CHART):
    return shop.git("diff", "--numstat", "HEAD", branch, "--", f"{chart}/values.yaml").split("\t")[:2]


# --- the text that is edited


def test_autocrlf_edits_the_blob_and_not_the_worktree(shop):
    shop.git("config", "core.autocrlf", "true")
    file = shop.root / CHART / "values.yaml"
    file.unlink()
    shop.git("checkout", "--", CHART)
    assert b"\r\n" in file.read_bytes()

    _, after = written(shop)

    assert b"\r" not in after
    assert shop.git("status", "--porcelain") == ""


def test_crlf_in_the_blob_stays_and_only_the_edited_lines_differ(shop):
    shop.add("crlf")

    _, after = written(shop, "apps/crlf", "dhi/apps-crlf")

    assert after.count(b"\n") == after.count(b"\r\n")
    # registry, repository, tag
    assert changed_lines(shop, "dhi/apps-crlf", "apps/crlf") == ["3", "3"]


def test_crlf_in_the_blob_stays_under_autocrlf(shop):
    shop.add("crlf")
    shop.git("config", "core.autocrlf", "true")

    _, after = written(shop, "apps/crlf", "dhi/apps-crlf")

    assert after.count(b"\n") == after.count(b"\r\n")
    assert changed_lines(shop, "dhi/apps-crlf", "apps/crlf") == ["3", "3"]


def test_a_byte_order_mark_stays(shop):
    shop.add("values-bom")

    before, after = written(shop, "apps/values-bom", "dhi/apps-values-bom")

    assert before[:3] == after[:3] == b"\xef\xbb\xbf"


def test_a_values_file_that_is_missing_is_created(shop):
    shop.add("values-missing")

    assert shop.run("apps/values-missing", "--yes").code == 0

    created = shop.git("diff", "--diff-filter=A", "--name-only", "HEAD", "dhi/apps-values-missing")
    assert created == "apps/values-missing/values.yaml"
    assert not (shop.root / "apps/values-missing/values.yaml").exists()


def test_a_file_mode_stays(shop):
    (shop.root / CHART / "values.yaml").chmod(0o755)
    shop.commit("executable")

    written(shop)

    assert shop.git("ls-tree", BRANCH, f"{CHART}/values.yaml").startswith("100755")


# --- the place


def test_a_chart_at_the_root_of_the_repository(tmp_path, workshop):
    workshop.git("rm", "--quiet", "README.md")
    workshop.git("commit", "--quiet", "--message", "make room")
    chart = copy_case("values-comments", tmp_path / "chart")
    for entry in list(chart.iterdir()):
        entry.rename(workshop.root / entry.name)
    workshop.commit("a chart")

    ran = workshop.run("--yes")

    assert ran.code == 0, ran.err
    (branch,) = (name for name in workshop.branches() if name != "main")
    assert workshop.git("diff", "--name-only", "main", branch).splitlines() == ["Chart.yaml", "values.yaml"]


class Tree(dict):
    """The files of a commit, in memory."""

    root, skipped = Path("/nowhere"), {}

    def is_link(self, _):
        return False

    def pointer(self, _):
        return ""

    def read(self, name):
        return self[name].encode()


def beside(name, *folders):
    listed = ", ".join(
        f"{{name: x{n}, version: 1.0.0, repository: '{one}'}}" for n, one in enumerate(folders)
    )
    return f"apiVersion: v2\nname: {name}\nversion: 1.0.0\ndependencies: [{listed}]\n"


@pytest.mark.parametrize(
    ("charts", "folders"),
    [
        ({"apps/web": beside("web")}, ["apps/web"]),
        ({"apps/web": beside("web", "https://charts.example.org", "oci://r.example")}, ["apps/web"]),
        ({"apps/web": beside("web", "file://../lib"), "apps/lib": beside("lib")}, ["apps/web", "apps/lib"]),
        # So are those that it depends on itself, each once, and the chart itself.
        (
            {
                "apps/web": beside("web", "file://../lib", "file://../../common"),
                "apps/lib": beside("lib", "file://../../common", "file://../web"),
                "common": beside("common"),
            },
            ["apps/web", "apps/lib", "common"],
        ),
        # One that is not there, or no chart, is looked at all the same; one outside of the repository is not.
        ({"apps/web": beside("web", "file://../lib", "file://../../../x")}, ["apps/web", "apps/lib"]),
        ({"apps/web": beside("web", "file://../lib"), "apps/lib": "a: [\n"}, ["apps/web", "apps/lib"]),
    ],
)
def test_a_chart_is_rendered_from_its_folder_and_those_of_all_charts_beside_it(charts, folders):
    tree = Tree({f"{folder}/Chart.yaml": text for folder, text in charts.items()})

    assert _folders(Path("/nowhere/apps/web"), "apps/web", tree, branch=True) == folders


@pytest.mark.parametrize("where", [".", "", "../values-comments", "Chart.yaml"])
def test_from_inside_the_chart(shop, where):
    ran = shop.run(*([where] if where else []), "--yes", cwd=shop.root / CHART)

    assert ran.code == 0, ran.err
    assert BRANCH in shop.branches()


def test_from_a_folder_below_the_chart(shop):
    assert (
        shop.run("--yes", cwd=shop.root / CHART / "charts/node/templates").code == 5
    )  # the chart above, which depends on it, would change
    # the chart at or above that folder is the vendored one, and never the other way round
    assert find_chart(shop.root / CHART / "charts/node/templates") == shop.root / CHART / "charts/node"


def test_from_another_folder_of_the_repository(shop):
    other = shop.root / "docs" / "deep"
    other.mkdir(parents=True)

    before, after = written(shop, cwd=other, where="../../apps/values-comments")

    assert before != after


def test_from_outside_the_repository(shop, tmp_path):
    before, after = written(shop, cwd=tmp_path, where=shop.root / CHART)

    assert before != after


def test_through_a_symbolic_link(shop, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(shop.root / CHART)

    before, after = written(shop, cwd=tmp_path, where="link")

    assert before != after


def test_folder_names_with_blanks_and_other_letters(shop):
    shop.add("values-comments", "apps/ein Dienst/größe")

    ran = shop.run("apps/ein Dienst/größe", "--yes")

    assert ran.code == 0, ran.err
    (branch,) = (name for name in shop.branches() if name.startswith("dhi/"))
    names = shop.git("-c", "core.quotePath=off", "diff", "--name-only", "HEAD", branch).splitlines()
    assert names == ["apps/ein Dienst/größe/Chart.yaml", "apps/ein Dienst/größe/values.yaml"]


# --- the state of the worktree


def test_other_files_that_are_dirty_stay_as_they_are(shop):
    (shop.root / "README.md").write_text("changed\n")
    (shop.root / "new.txt").write_text("new\n")
    (shop.root / "staged.txt").write_text("staged\n")
    shop.git("add", "staged.txt")
    status = shop.git("status", "--porcelain=v2", "--branch")
    index = (shop.root / ".git/index").read_bytes()

    written(shop)

    assert shop.git("status", "--porcelain=v2", "--branch") == status
    assert (shop.root / ".git/index").read_bytes() == index
    assert (
        shop.git("ls-tree", "-r", "--name-only", BRANCH).splitlines()
        == shop.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()
    )


def test_a_detached_head_stays_detached(shop):
    shop.git("checkout", "--quiet", "--detach")

    written(shop)

    assert (shop.root / ".git/HEAD").read_text().strip() == shop.git("rev-parse", "main")


def test_a_linked_worktree(shop, tmp_path):
    linked = tmp_path / "linked"
    shop.git("worktree", "add", "--quiet", "-b", "feature", str(linked))

    ran = shop.run(CHART, "--yes", cwd=linked)

    assert ran.code == 0, ran.err
    assert BRANCH in shop.branches()
    assert shop.git("status", "--porcelain", cwd=linked) == ""
    assert shop.git("symbolic-ref", "HEAD", cwd=linked) == "refs/heads/feature"


def test_a_dirty_chart_is_planned_as_it_lies_there_with_a_finding(shop):
    file = shop.root / CHART / "values.yaml"
    file.write_text(file.read_text() + "# not committed yet\n")

    ran = shop.run(CHART, "--plan", "--format", "json")

    plan = json.loads(ran.out)
    assert ran.code == 0
    findings = {(found["code"], found["file"]) for found in plan["findings"]}
    assert ("uncommitted-change", f"{CHART}/values.yaml") in findings


def test_an_untracked_file_beside_does_not_matter(shop):
    (shop.root / CHART / "notes.md").write_text("mine\n")

    written(shop)

    assert "notes.md" not in shop.git("ls-tree", "-r", "--name-only", BRANCH)


def test_another_base(shop):
    start = shop.git("rev-parse", "HEAD")
    (shop.root / "README.md").write_text("later\n")
    shop.commit("later")

    ran = shop.run(CHART, "--yes", "--base", start)

    assert ran.code == 0, ran.err
    assert shop.git("merge-base", "HEAD", BRANCH) == start


def test_a_chart_that_differs_from_the_other_base_is_not_written(shop):
    start = shop.git("rev-parse", "HEAD")
    file = shop.root / CHART / "values.yaml"
    file.write_text(file.read_text() + "# later\n")
    shop.commit("later")

    ran = shop.run(CHART, "--yes", "--base", start)

    assert ran.code == 4
    assert f"{CHART}/values.yaml" in ran.error["error"]


# --- the source itself


def test_a_chart_outside_git_has_no_repository(tmp_path, clean_home):
    source = open_source(copy_case("values-comments", tmp_path / "chart"))

    assert source.repository is None
    assert source.chart.path == "."
    assert sorted(source.chart.texts) == ["Chart.yaml", "values.yaml"]
    assert source.dirty == ()


def test_another_base_needs_a_repository(tmp_path, clean_home):
    with pytest.raises(RepositoryError):
        open_source(copy_case("values-comments", tmp_path / "chart"), base="main")


def test_values_files_keep_their_order_and_their_place(shop):
    (shop.root / "env").mkdir()
    for name in ("a", "b"):
        (shop.root / "env" / f"{name}.yaml").write_text(f"node: {{{name}: 1}}\n")
    shop.commit("environments")

    source = open_source(shop.root / CHART, values=[shop.root / "env/b.yaml", shop.root / "env/a.yaml"])

    assert [layer.file for layer in source.target.layers] == ["env/b.yaml", "env/a.yaml"]
    assert list(source.chart.texts)[-2:] == ["env/b.yaml", "env/a.yaml"]


def test_a_changed_values_file_outside_the_chart_is_dirty(shop):
    (shop.root / "prod.yaml").write_text("node: {}\n")
    shop.commit("prod")
    (shop.root / "prod.yaml").write_text("node: {a: 1}\n")

    source = open_source(shop.root / CHART, values=[shop.root / "prod.yaml"])

    assert [change.path for change in source.dirty] == ["prod.yaml"]


@pytest.mark.parametrize(("name", "error"), [("nothing", PathNotFoundError), ("apps", NoChartError)])
def test_what_is_no_chart(shop, name, error):
    with pytest.raises(error):
        open_source(shop.root / name)


def test_an_unknown_revision(shop):
    with pytest.raises(UsageError):
        open_source(shop.root / CHART, base="no-such-thing")


def test_variables_of_an_outer_git_do_not_mislead(shop, monkeypatch, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shop.git("init", "--quiet", "--template=", cwd=other)
    monkeypatch.setenv("GIT_DIR", os.fspath(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(other / "index"))

    source = open_source(shop.root / CHART)

    assert source.repository is not None
    assert source.repository.root == shop.root
