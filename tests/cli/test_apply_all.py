"""``--yes --all``: branches of many releases, none of which another one's failure harms."""

import json

import pytest

from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.groups import Group, groups_of
from migrate_dhi.migration.many import Branch, Told, bundles_of
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.scan import ScanEntry, ScannedImage
from migrate_dhi.migration.scanning import Ground
from migrate_dhi.migration.source import Opening
from migrate_dhi.migration.target import estate_of
from migrate_dhi.release.estate import Estate
from migrate_dhi.steps.context import Choices
from migrate_dhi.ui.apply_all import beside, branches_of
from tests.charts import copy_case
from tests.cli.test_scan import release
from tests.conftest import SECRET

CHARTS = {
    "apps/a/cache": "values-comments",
    "apps/a/fixed": "custom-resource-pieces",
    "apps/b/plain": "plain-chart",
}


@pytest.fixture
def estate(workshop, tmp_path):
    """Three charts, of which one is blocked by an error, and a release of a chart that is not at hand."""
    for path, case in CHARTS.items():
        workshop.add(case, path)
    copy_case("plain-chart", tmp_path / "charts" / "plain-chart")
    (workshop.root / "clusters").mkdir()
    (workshop.root / "clusters/away.yaml").write_text(release("away", chart="not-at-hand"))
    (workshop.root / "clusters/two.yaml").write_text(
        release("one") + "---\n" + release("two").partition("---\n")[2]
    )
    sealed = f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: {SECRET}, namespace: data}}\n"
    (workshop.root / "clusters/secret.yaml").write_text(sealed)
    workshop.commit("releases")
    workshop.flags = ("--offline", "--pull-secret", SECRET, "--chart-dir", str(tmp_path / "charts"))
    return workshop


def written(estate):
    return sorted(branch for branch in estate.branches() if branch.startswith("dhi/"))


def files(estate, branch):
    return estate.git("diff", "--name-only", "HEAD", branch).splitlines()


def write(estate, *arguments, code):
    ran = estate.run("--yes", "--all", *arguments, *estate.flags)
    assert ran.code == code, ran
    return ran


OWN = ["dhi/apps-a-cache", "dhi/apps-b-plain", "dhi/data-one", "dhi/data-two"]


def test_a_branch_for_each_release_that_is_ready(estate):
    before = {path: found for path, found in estate.picture().items() if not path.startswith(".git/")}

    ran = write(estate, code=4)

    assert written(estate) == OWN
    assert "4 branches written, 2 not, 0 with nothing to do." in ran.out
    assert "derived-value" in ran.out
    assert "not-at-hand" in ran.out
    # What is true of the repository is told where branches are written, too.
    said = " ".join(ran.out.split())
    assert (
        f"the pull secret {SECRET} (SealedSecret in clusters/secret.yaml:1) does not reach the namespace"
        in said
    )
    after = {path: found for path, found in estate.picture().items() if not path.startswith(".git/")}
    assert after == before


def test_where_the_repository_cannot_be_read_the_branches_are_told_all_the_same(tmp_path, capsys):
    images = (ScannedImage("valkey/valkey:8", "dhi.io/valkey:8", "migrate"),)
    entry = ScanEntry(
        "helmrelease", "data", "x", "a.yaml", 1, "ready", images=images, secrets=(("data", SECRET),)
    )
    told = Told(Group("data/x", ()), commits=("one",), entries=(entry,))
    ground = Ground(tmp_path, "0" * 40, Estate((), (), {}), Options(), Opening(branch=True))

    assert beside([Branch("dhi/x", (told,))], ground) == ()
    assert "the repository as a whole was not looked at: " in capsys.readouterr().err


def test_each_branch_is_what_it_is_alone(estate):
    write(estate, code=4)
    together = {branch: estate.git("rev-parse", f"{branch}^{{tree}}") for branch in written(estate)}
    for branch in together:
        estate.git("branch", "-D", branch)

    for argument in ("apps/a/cache", "apps/b/plain", "data/one", "data/two"):
        assert estate.run(argument, "--yes", *estate.flags).code == 0

    assert {branch: estate.git("rev-parse", f"{branch}^{{tree}}") for branch in written(estate)} == together


def test_again_it_says_that_the_branches_are_there_and_changes_none(estate):
    write(estate, code=4)
    before = estate.refs()

    ran = write(estate, code=4)

    assert estate.refs() == before
    assert "0 branches written, 6 not" in ran.out


def test_one_branch_for_all_holds_what_each_alone_changes(estate):
    write(estate, code=4)
    alone = {branch: set(files(estate, branch)) for branch in written(estate)}
    for branch in alone:
        estate.git("branch", "-D", branch)

    write(estate, "--branch-per", "all", code=4)

    assert written(estate) == ["dhi/all"]
    assert set(files(estate, "dhi/all")) == set().union(*alone.values())
    assert not [ref for ref in estate.refs() if "aside" in ref]
    subjects = estate.git("log", "--format=%s", "HEAD..dhi/all").splitlines()
    assert len(subjects) == len(set(subjects)) or len(subjects) > 8


def test_two_releases_of_one_file_on_one_branch_keep_each_other(estate):
    write(estate, "clusters/two.yaml", "--branch-per", "all", "--branch", "dhi/two", code=0)

    text = estate.git("show", "dhi/two:clusters/two.yaml")
    assert text.count("registry: dhi.io") == 2
    assert written(estate) == ["dhi/two"]


@pytest.mark.parametrize(
    ("per", "branches"),
    [
        ("directory", ["dhi/directory-apps-a", "dhi/directory-apps-b", "dhi/directory-clusters"]),
        ("namespace", ["dhi/namespace-data", "dhi/namespace-default"]),
    ],
)
def test_a_branch_for_each_place(estate, per, branches):
    write(estate, "--branch-per", per, code=4)

    assert written(estate) == branches


def test_parts_are_together_the_whole_and_none_twice(estate):
    found = []
    for part in (1, 2, 3):
        estate.run("--yes", "--all", "--shard", f"{part}/3", *estate.flags)
        found.append(written(estate))

    assert len(found[0]) < len(found[1]) <= len(found[2])
    assert found[2] == OWN


@pytest.mark.parametrize(("image", "told"), [("none-such", True), ("valkey", False)])
def test_a_flag_that_names_no_image_of_any_plan_is_told(estate, image, told):
    out = write(estate, "apps/b", "--keep", image, code=0).out

    assert (f"--keep {image}: no release that was planned uses that image" in out) is told


def test_only_below_a_folder(estate):
    write(estate, "apps/b", code=0)

    assert written(estate) == ["dhi/apps-b-plain"]


def test_texts_for_pull_requests(estate, tmp_path):
    write(estate, "--write-texts", tmp_path / "texts", code=4)

    index = json.loads((tmp_path / "texts/index.json").read_text())
    index.sort(key=lambda one: one["branch"])
    assert [one["branch"] for one in index] == OWN
    assert index[0]["title"] == "Move apps/a/cache to Docker Hardened Images"
    assert index[0]["releases"] == ["default/cache"]
    for one in index:
        assert "dhi.io/valkey" in (tmp_path / "texts" / one["body"]).read_text()


def test_what_the_worktree_changed_is_not_written_over(estate):
    file = estate.root / "apps/b/plain/values.yaml"
    file.write_text(file.read_text() + "# mine\n")

    ran = write(estate, code=4)

    assert "dhi/apps-b-plain" not in written(estate)
    assert "dhi/apps-a-cache" in written(estate)
    assert "differs from HEAD" in ran.out


def test_the_same_of_one_branch_for_all(estate):
    file = estate.root / "apps/b/plain/values.yaml"
    file.write_text(file.read_text() + "# mine\n")

    write(estate, "--branch-per", "all", code=4)

    assert "apps/b/plain/values.yaml" not in files(estate, "dhi/all")
    assert "apps/a/cache/values.yaml" in files(estate, "dhi/all")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plan", "--all"), "--all belongs to --yes"),
        (("--yes", "--shard", "1/2"), "--shard belongs to --all"),
        (("--yes", "--all", "--shard", "3/2"), "--shard 3/2: this is no part of a whole"),
        (("--yes", "--all", "--branch", "dhi/x"), "--branch names one branch, and --all writes many"),
        (("--yes", "--all", "--release", "x"), "--release is for one release"),
    ],
)
def test_flags_that_mean_nothing_together(estate, arguments, said):
    ran = estate.run(*arguments)

    assert ran.code == 2
    assert ran.error["error"] == said


def test_a_shared_branch_is_told_with_the_steps_of_all_its_plans_and_taken_back_whole(estate):
    write(estate, "--branch-per", "all", code=4)

    told = estate.run("status").out
    back = estate.run("rollback", "dhi/all", "--yes").out

    assert "dhi/all data/one, data/two, apps/a/cache, apps/b/plain, not merged" in " ".join(told.split())
    assert "(the step registry of apps/a/cache)" in " ".join(back.split())
    assert "no step" not in told + back
    assert written(estate) == []


def test_of_what_is_broken_off_nothing_is_held(estate, tmp_path):
    repository, commit = Repository(estate.root), estate.git("rev-parse", "HEAD")
    options = Options(offline=True, choices=Choices(pull_secret=SECRET), chart_dirs=(tmp_path / "charts",))
    opening = Opening((), "HEAD", branch=True, shelf=options.shelf)
    ground = Ground(estate.root, commit, estate_of(repository, commit, opening), options, opening)
    branches = branches_of(bundles_of(groups_of(ground.estate), "directory"), ground)

    assert next(branches).tip
    assert [ref for ref in estate.refs() if "aside" in ref]
    branches.close()

    assert not [ref for ref in estate.refs() if "aside" in ref]
