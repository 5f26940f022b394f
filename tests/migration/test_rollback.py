from __future__ import annotations

import json
import shlex
import shutil
from dataclasses import replace

import pytest

from migrate_dhi.errors import (
    BranchInUseError,
    NoChartError,
    RaceLostError,
    UnknownStepError,
    UsageError,
)
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.landed import Target, WrittenStep
from migrate_dhi.migration.rollback import Rollback, RollbackWishes, plan_rollback
from migrate_dhi.migration.status import BranchStatus
from tests.copies import become
from tests.migration.gitops import REDIS, VALKEY, make

BRANCH = "dhi/apps-cluster-valkey"


@pytest.fixture
def gitops(tmp_path, monkeypatch):
    found = make(tmp_path, monkeypatch)
    monkeypatch.chdir(found.root)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Where the repository with these steps is, to be copied."""
    return tmp_path_factory.mktemp("made") / "repo"


@pytest.fixture
def steps(gitops, made):
    if not made.exists():
        gitops.migrate(VALKEY, "registry", "tag", "versions")
        shutil.copytree(gitops.root, made)
    else:
        become(gitops.root, made)
        gitops.base = gitops.git("rev-parse", "HEAD")
    return gitops.git("log", "--reverse", "--format=%H", f"main..{BRANCH}").split()


def plan(gitops, target=BRANCH, **options):
    return plan_rollback(gitops.repository, target, RollbackWishes(shelf=Shelf(offline=True), **options))


def refused(gitops, error, *args, **options):
    refs = gitops.refs()
    with pytest.raises(error) as caught:
        plan(gitops, *args, **options)
    assert gitops.refs() == refs
    return caught.value


# whole


def test_whole_branch(gitops, steps):
    before = gitops.git("status", "--porcelain"), gitops.git("rev-parse", "HEAD")
    rollback = plan(gitops)
    assert [step.name for step in rollback.removed] == ["versions", "tag", "registry"]
    assert (rollback.kept, rollback.others, rollback.remotes) == ((), (), ())
    result = rollback.apply()
    assert (result.branch, result.deleted, result.commit) == (BRANCH, True, "")
    assert gitops.refs() == [f"refs/heads/main {gitops.base}", f"{result.backup} {steps[-1]}"]
    assert (gitops.git("status", "--porcelain"), gitops.git("rev-parse", "HEAD")) == before


def test_planning_changes_nothing(gitops, steps):
    refs = gitops.refs()
    plan(gitops)
    plan(gitops, to_step="tag")
    assert gitops.refs() == refs


def test_restore_brings_the_branch_back(gitops, steps):
    result = plan(gitops).apply()
    assert result.restore.startswith("git branch dhi/")
    gitops.git(*result.restore.split()[1:])
    assert gitops.git("rev-parse", BRANCH) == steps[-1]


def test_result_as_json(gitops, steps):
    result = plan(gitops).apply()
    assert json.loads(json.dumps(result.to_json())) == {
        "schema": "migrate-dhi/rollback/1",
        "branch": BRANCH,
        "deleted": True,
        "commit": None,
        "backup": result.backup,
        "restore": result.restore,
    }


def test_other_branches_stay(gitops, steps):
    gitops.migrate(REDIS, "tag")
    plan(gitops).apply()
    assert list(gitops.status()) == ["dhi/apps-cluster-redis"]


def test_migrate_again_after_a_rollback(gitops, steps):
    plan(gitops).apply()
    again = gitops.migrate(VALKEY, "registry")
    assert gitops.git("rev-parse", BRANCH) == again[-1]
    plan(gitops).apply()
    assert len(gitops.repository.branches("refs/migrate-dhi/backup/")) == 2


def test_dirty_worktree_and_index_stay(gitops, steps):
    (gitops.root / VALKEY / "values.yaml").write_text("dirty\n")
    (gitops.root / "staged").write_text("staged\n")
    gitops.git("add", "staged")
    before = gitops.git("status", "--porcelain"), (gitops.root / ".git/index").read_bytes()
    plan(gitops).apply()
    assert (gitops.git("status", "--porcelain"), (gitops.root / ".git/index").read_bytes()) == before


# to a step


def test_to_a_step_which_is_the_last_one_kept(gitops, steps):
    rollback = plan(gitops, to_step="registry")
    assert [step.name for step in rollback.kept] == ["registry"]
    assert [step.name for step in rollback.removed] == ["versions", "tag"]
    result = rollback.apply()
    assert (result.deleted, result.commit) == (False, steps[0])
    assert gitops.git("rev-parse", BRANCH) == steps[0]
    assert gitops.git("rev-parse", result.backup) == steps[-1]


def test_restore_after_going_back_to_a_step(gitops, steps):
    result = plan(gitops, to_step="registry").apply()
    gitops.git(*result.restore.split()[1:])
    assert gitops.git("rev-parse", BRANCH) == steps[-1]


def test_to_the_last_step_is_nothing_to_do(gitops, steps):
    refs = gitops.refs()
    rollback = plan(gitops, to_step="versions")
    result = rollback.apply()
    assert (rollback.nothing_to_do, result.deleted, result.backup, result.restore) == (True, False, "", "")
    assert (result.commit, gitops.refs()) == (steps[-1], refs)


def test_to_a_step_that_is_not_on_the_branch(gitops, steps):
    error = refused(gitops, UnknownStepError, to_step="probes")
    assert error.help == "its steps are: registry, tag, versions"
    assert error.exit_code == 2


# commits of others


@pytest.fixture
def fix(gitops, steps):
    gitops.git("switch", "-q", BRANCH)
    (gitops.root / "fix").write_text("by hand\n")
    fix = gitops.commit("fix by hand")
    gitops.git("switch", "-q", "main")
    return fix


def test_commits_of_others_are_named_and_kept_in_the_backup(gitops, fix):
    rollback = plan(gitops)
    assert [(commit.id, commit.subject) for commit in rollback.others] == [(fix, "fix by hand")]
    result = rollback.apply()
    assert gitops.git("show", f"{result.backup}:fix") == "by hand"


def test_to_the_last_step_takes_only_the_commits_above(gitops, steps, fix):
    rollback = plan(gitops, to_step="versions")
    assert (rollback.removed, [commit.id for commit in rollback.others]) == ((), [fix])
    assert rollback.apply().commit == steps[-1]


def test_commit_among_the_steps_that_are_kept_stays(gitops, tmp_path):
    gitops.migrate(VALKEY, "registry", branch="dhi/x")
    gitops.git("switch", "-q", "dhi/x")
    gitops.commit("by hand")
    gitops.commit(f"tag\n\nDHI-Step: tag\nDHI-Chart: {VALKEY}")
    gitops.commit(f"versions\n\nDHI-Step: versions\nDHI-Chart: {VALKEY}")
    gitops.git("switch", "-q", "main")
    rollback = plan(gitops, "dhi/x", to_step="tag")
    assert ([step.name for step in rollback.removed], rollback.others) == (["versions"], ())
    assert [commit.subject for commit in plan(gitops, "dhi/x").others] == ["by hand"]


# what the target may be


@pytest.mark.parametrize("target", [BRANCH, f"refs/heads/{BRANCH}", VALKEY, f"{VALKEY}/", f"./{VALKEY}"])
def test_branch_or_chart(gitops, steps, target):
    assert plan(gitops, target).branch.branch == BRANCH


def test_absolute_path_of_the_chart(gitops, steps):
    assert plan(gitops, str(gitops.root / VALKEY)).branch.branch == BRANCH


@pytest.mark.parametrize("target", ["valkey", "../cluster/valkey", VALKEY])
def test_chart_from_a_subdirectory(gitops, steps, monkeypatch, target):
    monkeypatch.chdir(gitops.root / "apps/cluster")
    assert plan(gitops, target).branch.branch == BRANCH


def test_chart_at_the_current_directory(gitops, steps, monkeypatch):
    (gitops.root / VALKEY / "templates").mkdir()
    monkeypatch.chdir(gitops.root / VALKEY / "templates")
    assert plan(gitops, None).branch.branch == BRANCH


def test_no_chart_at_the_current_directory(gitops, steps):
    assert refused(gitops, NoChartError, None).exit_code == 2


def test_chart_that_was_deleted_from_the_worktree(gitops, steps):
    for file in (gitops.root / VALKEY).iterdir():
        file.unlink()
    (gitops.root / VALKEY).rmdir()
    assert plan(gitops, VALKEY).branch.branch == BRANCH


def test_no_such_branch_says_which_there_are(gitops, steps):
    error = refused(gitops, UsageError, "dhi/nothing")
    assert error.exit_code == 2
    assert error.help == f"there are: {BRANCH} ({VALKEY})"


@pytest.mark.parametrize("name", ["dhi/apps-cluster-valkei", "apps/cluster/valky", "cluster/valkey2"])
def test_mistyped_name_tells_the_near_one(gitops, steps, name):
    assert refused(gitops, UsageError, name).help == f"did you mean {BRANCH}?"


def test_chart_that_was_not_migrated(gitops, steps):
    assert REDIS in refused(gitops, UsageError, REDIS).message


def test_no_branch_at_all(gitops):
    assert refused(gitops, UsageError, VALKEY).help.startswith("there is no branch")


@pytest.mark.parametrize("target", ["--help", "", "..", "/", "a\nb", "HEAD", "dhi/"])
def test_odd_targets(gitops, steps, target):
    refused(gitops, UsageError, target)


def test_branch_of_someone_else(gitops, steps):
    gitops.git("switch", "-qc", "feat/x")
    gitops.commit("mine")
    gitops.git("switch", "-q", "main")
    assert "no commit on the branch feat/x" in refused(gitops, UsageError, "feat/x").message


def test_trunk_is_not_rolled_back(gitops, steps):
    refused(gitops, UsageError, "main")


def test_chart_with_two_branches_is_the_one_named_after_it(gitops, steps):
    gitops.migrate(VALKEY, "tag", branch="dhi/other")
    assert plan(gitops, VALKEY).branch.branch == BRANCH


def test_chart_with_two_branches_of_other_names(gitops):
    gitops.migrate(VALKEY, "tag", branch="dhi/one")
    gitops.migrate(VALKEY, "tag", branch="dhi/two")
    assert refused(gitops, UsageError, VALKEY).help == "name one of them: dhi/one, dhi/two"


# not now


def test_checked_out_here_tells_how_to_leave(gitops, steps):
    gitops.git("switch", "-q", BRANCH)
    error = refused(gitops, BranchInUseError)
    assert (error.exit_code, error.help) == (4, f"leave it first: git -C {gitops.root} switch main")
    gitops.git(*error.help.partition("git ")[2].split())
    plan(gitops).apply()


def test_checked_out_in_a_linked_worktree(gitops, steps, tmp_path):
    gitops.git("worktree", "add", "-q", str(tmp_path / "my tree"), BRANCH)
    error = refused(gitops, BranchInUseError)
    assert error.help == f"leave it first: git -C '{tmp_path}/my tree' switch --detach"


def test_checked_out_in_a_worktree_that_was_deleted(gitops, steps, tmp_path):
    gitops.git("worktree", "add", "-q", str(tmp_path / "linked"), BRANCH)
    shutil.rmtree(tmp_path / "linked")
    error = refused(gitops, BranchInUseError)
    gitops.git(*error.help.partition(": git ")[2].split())
    assert plan(gitops).apply().deleted


def test_after_leaving_with_a_detached_head(gitops, steps):
    gitops.git("switch", "-q", "--detach", BRANCH)
    assert plan(gitops).apply().deleted
    assert gitops.git("rev-parse", "HEAD") == steps[-1]


def test_checked_out_between_plan_and_apply(gitops, steps):
    rollback = plan(gitops)
    gitops.git("switch", "-q", BRANCH)
    refs = gitops.refs()
    with pytest.raises(BranchInUseError):
        rollback.apply()
    assert gitops.refs() == refs


def test_branch_went_on_between_plan_and_apply(gitops, steps):
    rollback = plan(gitops)
    old = replace(rollback, branch=replace(rollback.branch, tip=steps[0]))
    refs = gitops.refs()
    with pytest.raises(RaceLostError):
        old.apply()
    assert gitops.refs() == refs


# what is not ours


def test_foreign_branch_with_a_copied_trailer_is_not_found_by_the_charts_name(gitops, steps):
    gitops.git("switch", "-qc", "feat/mine", BRANCH)
    (gitops.root / "mine").write_text("mine\n")
    gitops.git("add", "-A")
    gitops.git("commit", "-qm", f"mine\n\nDHI-Step: tag\nDHI-Chart: {VALKEY}")
    gitops.git("switch", "-q", "main")
    assert plan(gitops, VALKEY).branch.branch == BRANCH
    plan(gitops).apply()
    error = refused(gitops, UsageError, VALKEY)
    assert "feat/mine, which this program did not write here" in error.message
    assert error.help.endswith("migrate-dhi rollback feat/mine")
    rollback = plan(gitops, "feat/mine")
    assert rollback.apply().backup


def test_branch_of_a_name_of_its_own_is_found_where_it_was_written(gitops, tmp_path):
    gitops.migrate(VALKEY, "tag", branch="feat/harden")
    assert plan(gitops, VALKEY).branch.branch == "feat/harden"
    gitops.git("clone", "-q", ".", str(tmp_path / "clone"))
    gitops.git("switch", "-qc", "feat/harden", "origin/feat/harden", cwd=tmp_path / "clone")
    gitops.git("switch", "-q", "main", cwd=tmp_path / "clone")
    with pytest.raises(UsageError, match="did not write here"):
        plan_rollback(type(gitops.repository).discover(tmp_path / "clone"), VALKEY)


def test_commits_below_the_first_step_that_nothing_else_has_are_listed(gitops):
    gitops.git("switch", "-qc", "feat/base")
    lost = gitops.commit("on the base alone")
    gitops.git("switch", "-q", "main")
    gitops.migrate(VALKEY, "tag", base="feat/base")
    assert plan(gitops).others == ()
    gitops.git("branch", "-D", "feat/base")
    assert [commit.id for commit in plan(gitops).others] == [lost]


def test_step_that_stays_and_wants_one_that_goes_is_told(gitops):
    needs = {"registry": "tag"}
    gitops.migrate(VALKEY, "registry", "tag", "versions", needs=needs)
    assert plan(gitops).lacks is None
    assert plan(gitops, to_step="tag").lacks is None
    assert plan(gitops, to_step="registry").lacks.name == "registry"


def test_options_of_merged_steps_are_refused_before_the_merge(gitops, steps):
    refused(gitops, UsageError, skip=("tag",))
    refused(gitops, UsageError, branch="x")


def test_pushed_branch_names_the_ref_that_stays(gitops, steps, tmp_path):
    gitops.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    gitops.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    gitops.git("fetch", "-q", "origin")
    rollback = plan(gitops)
    assert rollback.remotes == (f"refs/remotes/origin/{BRANCH}",)
    rollback.apply()
    assert gitops.git("rev-parse", f"refs/remotes/origin/{BRANCH}") == steps[-1]


def test_commands_that_are_printed_are_quoted(gitops):
    name = "feat/a;$(b)'c"
    gitops.migrate(VALKEY, "registry", "tag", branch=name)
    moved = plan(gitops, name, to_step="registry").apply()
    assert shlex.split(moved.restore) == ["git", "branch", "--force", name, moved.backup]
    deleted = plan(gitops, name).apply()
    assert shlex.split(deleted.restore) == ["git", "branch", name, deleted.backup]
    gitops.git(*shlex.split(deleted.restore)[1:])
    gitops.git("branch", "-m", name, "copy;x")
    gitops.git("reflog", "expire", "--expire=now", "--all")
    assert refused(gitops, UsageError, VALKEY).help.endswith("migrate-dhi rollback 'copy;x'")


def test_branch_of_one_release_of_a_chart_is_found_by_the_release(gitops):
    message = f"tag\n\nDHI-Step: tag\nDHI-Chart: {VALKEY}\nDHI-Release: prod/cache"
    gitops.git("switch", "-qc", "dhi/prod-cache")
    gitops.commit(message)
    gitops.git("switch", "-q", "main")
    assert plan(gitops, "prod/cache").branch.branch == "dhi/prod-cache"
    gitops.git("reflog", "expire", "--expire=now", "--all")
    assert plan(gitops, VALKEY).branch.branch == "dhi/prod-cache"


# what is done to an unmerged branch


class Moves:
    """Remembers what is done to a branch."""

    def __init__(self):
        self.asked = []

    def move_branch(self, name, tip, commit):
        self.asked.append(("move", name, tip, commit))
        return "refs/migrate-dhi/backup/a b"

    def delete_branch(self, name, tip):
        self.asked.append(("delete", name, tip))
        return "refs/migrate-dhi/backup/a b"


def made_step(name, needs=""):
    return WrittenStep(name, f"c-{name}", name, (), "", "", needs)


def going(kept=(), removed=(), others=(), name="dhi/x"):
    branch = BranchStatus(name, "tip", Target("apps/x"), "base", (*kept, *removed), (), None, (), None)
    return Rollback(Moves(), branch, tuple(kept), tuple(removed), others, ())


def test_a_branch_of_which_nothing_stays_goes():
    one = going(removed=[made_step("tag")], name="dhi/it's")

    result = one.apply()

    assert one.repository.asked == [("delete", "dhi/it's", "tip")]
    assert (result.deleted, result.commit, result.backup) == (True, "", "refs/migrate-dhi/backup/a b")
    assert shlex.split(result.restore) == ["git", "branch", "dhi/it's", "refs/migrate-dhi/backup/a b"]


def test_one_of_which_steps_stay_is_moved_back():
    one = going([made_step("registry"), made_step("tag")], [made_step("versions")])

    result = one.apply()

    assert one.repository.asked == [("move", "dhi/x", "tip", "c-tag")]
    assert (result.deleted, result.commit) == (False, "c-tag")
    assert shlex.split(result.restore) == ["git", "branch", "--force", "dhi/x", "refs/migrate-dhi/backup/a b"]


def test_commits_of_others_above_the_last_step_go_as_well():
    one = going([made_step("tag")], others=("a commit",))

    assert not one.nothing_to_do
    assert one.apply().commit == "c-tag"


def test_where_nothing_goes_nothing_is_done():
    one = going([made_step("tag")])

    result = one.apply()

    assert (one.nothing_to_do, one.repository.asked) == (True, [])
    assert (result.commit, result.backup, result.restore) == ("tip", "", "")


@pytest.mark.parametrize(
    ("kept", "lacks"),
    [
        ([made_step("registry", "tag")], "registry"),
        ([made_step("registry", "tag"), made_step("tag")], None),
        ([made_step("registry+tag"), made_step("probes", "tag")], None),
        ([], None),
    ],
)
def test_a_step_that_stays_and_does_not_run_alone(kept, lacks):
    found = going(kept, [made_step("versions")]).lacks

    assert (found.name if found else None) == lacks
