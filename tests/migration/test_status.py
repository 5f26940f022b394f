from __future__ import annotations

import pytest

from migrate_dhi.errors import RepositoryError, UsageError
from migrate_dhi.git import run
from migrate_dhi.git.history import Commit
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.landed import Landing, Target, WrittenStep
from migrate_dhi.migration.rollback import require_known
from migrate_dhi.migration.status import BranchStatus, Status, Trunks, WaitingReversal, read_status
from tests.migration.gitops import REDIS, VALKEY, make


@pytest.fixture
def gitops(tmp_path, monkeypatch):
    return make(tmp_path, monkeypatch)


def names(branch):
    return [step.name for step in branch.steps]


def test_no_branch(gitops):
    assert read_status(gitops.repository).to_json() == {
        "schema": "migrate-dhi/status/1",
        "branches": [],
        "merged": [],
        "reversals": [],
    }


def test_branches_with_their_steps(gitops):
    registry, tag = gitops.migrate(VALKEY, "registry", "tag")
    gitops.migrate(REDIS, "tag")
    found = gitops.status()
    assert list(found) == ["dhi/apps-cluster-redis", "dhi/apps-cluster-valkey"]
    assert found["dhi/apps-cluster-valkey"].to_json() == {
        "branch": "dhi/apps-cluster-valkey",
        "commit": tag,
        "chart": VALKEY,
        "releases": [],
        "base": gitops.base,
        "steps": [
            {
                "name": "registry",
                "commit": registry,
                "subject": f"registry of {VALKEY}",
                "images": ["a:1 -> dhi.io/a:1", "b:1 -> dhi.io/b:1"],
                "proof": "helm 4",
            },
            {"name": "tag", "commit": tag, "subject": f"tag of {VALKEY}", "images": [], "proof": "helm 4"},
        ],
        "lacks": None,
        "other_commits": [],
        "merged": False,
        "merged_as": None,
        "merged_commits": [],
        "taken_back": [],
        "checked_out": None,
    }


@pytest.mark.parametrize("merged", [False, True])
def test_many_branches_cost_no_more_processes_than_a_few(gitops, monkeypatch, merged):
    *_, tip = gitops.migrate(VALKEY, "registry", "tag")
    if merged:
        gitops.git("merge", "-q", "--ff-only", tip)
    asked, start = [], run._popen
    monkeypatch.setattr(run, "_popen", lambda root, words: asked.append(words) or start(root, words))

    def processes(number):
        at = [(f"dhi/base-{n}", gitops.base) for n in range(number)]
        at += [(f"dhi/tip-{n}", tip) for n in range(number if merged else 0)]
        for name, commit in at:
            gitops.git("update-ref", f"refs/heads/{name}", commit)
        asked.clear()
        assert len(gitops.status()) == 1 + (number if merged else 0)
        return len(asked)

    assert processes(2) == processes(12)


def test_one_chart_only(gitops):
    gitops.migrate(VALKEY, "tag")
    gitops.migrate(REDIS, "tag")
    found = require_known(gitops.repository, read_status(gitops.repository), REDIS)
    assert [branch.branch for branch in found.branches] == ["dhi/apps-cluster-redis"]
    with pytest.raises(UsageError, match="no chart, release or branch apps/cluster"):
        require_known(gitops.repository, read_status(gitops.repository), "apps/cluster")


def test_branch_of_another_name(gitops):
    gitops.migrate(VALKEY, "tag", branch="feat/harden")
    assert list(gitops.status()) == ["feat/harden"]


def test_branches_of_others_do_not_count(gitops):
    gitops.git("switch", "-qc", "feat/x")
    gitops.commit("mine")
    gitops.git("branch", "dhi/nothing", "main")
    gitops.git("switch", "-q", "main")
    assert gitops.status() == {}


def test_commits_of_others_on_the_branch(gitops):
    gitops.migrate(VALKEY, "registry", "tag")
    gitops.git("switch", "-q", "dhi/apps-cluster-valkey")
    fix = gitops.commit("fix by hand")
    gitops.git("switch", "-q", "main")
    (branch,) = gitops.status().values()
    assert (names(branch), [commit.id for commit in branch.others]) == (["registry", "tag"], [fix])
    assert branch.to_json()["other_commits"] == [{"commit": fix, "subject": "fix by hand"}]


def test_trunk_went_on(gitops):
    gitops.migrate(VALKEY, "tag")
    gitops.commit("later")
    (branch,) = gitops.status().values()
    assert (branch.base, branch.merged, names(branch)) == (gitops.base, False, ["tag"])


def test_base_that_the_trunk_does_not_have_is_no_commit_of_the_branch(gitops):
    gitops.git("switch", "-qc", "other")
    base = gitops.commit("not on main")
    gitops.git("switch", "-q", "main")
    gitops.migrate(VALKEY, "tag", base=base)
    branch = gitops.status()["dhi/apps-cluster-valkey"]
    assert (branch.base, branch.others) == (base, ())


@pytest.mark.parametrize("how", ["--ff-only", "--no-ff"])
def test_merged(gitops, how):
    gitops.migrate(VALKEY, "registry", "tag")
    gitops.git("merge", "-q", how, "dhi/apps-cluster-valkey")
    found = gitops.status()
    assert list(found) == ["dhi/apps-cluster-valkey"]
    branch = found["dhi/apps-cluster-valkey"]
    assert (branch.merged, names(branch), branch.base) == (True, ["registry", "tag"], gitops.base)


def test_merged_and_the_trunk_went_on(gitops):
    gitops.migrate(VALKEY, "tag")
    gitops.git("merge", "-q", "--ff-only", "dhi/apps-cluster-valkey")
    gitops.commit("later")
    assert gitops.status()["dhi/apps-cluster-valkey"].merged


def test_second_migration_on_top_of_a_merged_one(gitops):
    gitops.migrate(VALKEY, "registry", "tag", branch="dhi/first")
    gitops.git("merge", "-q", "--ff-only", "dhi/first")
    base = gitops.git("rev-parse", "HEAD")
    gitops.migrate(VALKEY, "tag", branch="dhi/second")
    second = gitops.status()["dhi/second"]
    assert (second.base, names(second), second.merged) == (base, ["tag"], False)
    gitops.git("merge", "-q", "--ff-only", "dhi/second")
    second = gitops.status()["dhi/second"]
    assert (second.base, names(second), second.merged) == (base, ["tag"], True)


def test_merged_on_the_remote_only(gitops, tmp_path):
    gitops.migrate(VALKEY, "tag")
    gitops.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    gitops.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    gitops.git("push", "-q", "origin", "dhi/apps-cluster-valkey:main")
    gitops.git("fetch", "-q", "origin")
    gitops.git("remote", "set-head", "origin", "main")
    assert gitops.status()["dhi/apps-cluster-valkey"].merged


def test_pushed_is_not_merged(gitops, tmp_path):
    gitops.migrate(VALKEY, "tag")
    gitops.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    gitops.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    gitops.git("fetch", "-q", "origin")
    gitops.git("remote", "set-head", "origin", "main")
    assert not gitops.status()["dhi/apps-cluster-valkey"].merged


@pytest.mark.parametrize("name", ["dhi/apps-cluster-valkey", "feat/harden"])
def test_checked_out_branch_is_not_merged_into_itself(gitops, name):
    gitops.migrate(VALKEY, "registry", "tag", branch=name)
    gitops.git("switch", "-q", name)
    branch = gitops.status()[name]
    assert (branch.merged, branch.checked_out, names(branch)) == (False, gitops.root, ["registry", "tag"])
    assert branch.to_json()["checked_out"] == str(gitops.root)


def test_head_detached_at_the_tip_is_no_merge(gitops):
    gitops.migrate(VALKEY, "tag")
    gitops.git("switch", "-q", "--detach", "dhi/apps-cluster-valkey")
    assert not gitops.status()["dhi/apps-cluster-valkey"].merged


@pytest.mark.parametrize("where", ["production", "dhi/apps-cluster-valkey"])
def test_trunk_of_an_unusual_name(gitops, where):
    gitops.git("branch", "-m", "main", "production")
    gitops.migrate(VALKEY, "registry", "tag")
    gitops.git("switch", "-q", where)
    branch = gitops.status()["dhi/apps-cluster-valkey"]
    assert (branch.merged, branch.base, names(branch)) == (False, gitops.base, ["registry", "tag"])


def test_only_branch_of_a_clone(gitops):
    gitops.migrate(VALKEY, "registry", "tag")
    gitops.git("switch", "-q", "dhi/apps-cluster-valkey")
    gitops.git("branch", "-D", "main")
    branch = gitops.status()["dhi/apps-cluster-valkey"]
    assert (branch.merged, branch.base, names(branch)) == (False, gitops.base, ["registry", "tag"])


def test_in_a_linked_worktree(gitops, tmp_path):
    gitops.migrate(VALKEY, "tag")
    gitops.git("worktree", "add", "-q", str(tmp_path / "linked"), "dhi/apps-cluster-valkey")
    assert gitops.status()["dhi/apps-cluster-valkey"].checked_out == tmp_path / "linked"


def test_against_another_base(gitops):
    gitops.migrate(VALKEY, "tag")
    gitops.git("branch", "staging", "dhi/apps-cluster-valkey")
    assert not gitops.status()["dhi/apps-cluster-valkey"].merged
    assert gitops.status(base="staging")["dhi/apps-cluster-valkey"].merged


def test_unknown_base(gitops):
    with pytest.raises(UsageError):
        gitops.status(base="nowhere")


def test_no_commit_yet(tmp_path, gitops):
    gitops.git("init", "-q", str(tmp_path / "new"))
    with pytest.raises(RepositoryError):
        read_status(Repository.discover(tmp_path / "new"))


def test_asking_changes_nothing(gitops):
    gitops.migrate(VALKEY, "tag")
    (gitops.root / VALKEY / "values.yaml").write_text("dirty: 1\n")
    files = [path for path in gitops.root.rglob("*") if path.is_file()]
    before = [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files]
    gitops.status()
    assert [path for path in gitops.root.rglob("*") if path.is_file()] == files
    assert [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in files] == before


def pick(gitops, commits, *, later):
    """Cherry-pick onto main, each within the second of its commit or ``later``."""
    for commit in commits:
        when = int(gitops.git("show", "-s", "--format=%ct", commit)) + later
        with pytest.MonkeyPatch.context() as env:
            env.setenv("GIT_COMMITTER_DATE", f"@{when} +0000")
            gitops.git("cherry-pick", commit)


def test_steps_that_a_trunk_has_as_they_are_belong_to_those_it_has_anew(gitops):
    registry, tag, secret, versions = gitops.migrate(VALKEY, "registry", "tag", "pull-secret", "versions")
    pick(gitops, [registry, tag], later=0)
    assert gitops.git("rev-parse", "main") == tag
    pick(gitops, [secret, versions], later=5)
    anew = gitops.git("rev-list", "--reverse", f"{tag}..main").split()

    (branch,) = gitops.status().values()

    assert names(branch) == ["registry", "tag", "pull-secret", "versions"]
    assert branch.base == gitops.base
    assert branch.to_json()["merged_as"] == "rebase"
    assert branch.to_json()["merged_commits"] == [registry, tag, *anew]


def test_steps_that_a_trunk_lacks_are_told_without_those_it_has(gitops):
    registry, tag, _ = gitops.migrate(VALKEY, "registry", "tag", "pull-secret")
    pick(gitops, [registry, tag], later=0)

    (branch,) = gitops.status().values()

    assert names(branch) == ["pull-secret"]
    assert not branch.merged


# one branch, made by hand


def step(name, *images, needs=""):
    return WrittenStep(name, f"c-{name}", name, images, "", "", needs)


def branch(*steps, others=(), landing=None):
    return BranchStatus("dhi/x", "tip", Target("apps/x"), "base", steps, others, landing, (), None)


def told(**trailers):
    return Commit("c", ("p",), "s", "", {f"DHI-{key}": [value] for key, value in trailers.items()})


@pytest.mark.parametrize(
    ("steps", "lacks"),
    [
        ((step("registry", needs="tag"), step("tag")), ""),
        ((step("registry", needs="tag"),), "registry"),
        ((step("registry+tag"), step("probes", needs="tag")), ""),
        ((step("registry", needs="tag"), step("probes", needs="x"), step("tag")), "probes"),
        ((step("registry"),), ""),
    ],
)
def test_a_step_that_does_not_run_as_it_is(steps, lacks):
    found = branch(*steps).lacks

    assert (found.name if found else "") == lacks
    assert branch(*steps).to_json()["lacks"] == (found.needs if found else None)


def test_what_each_image_is_after_the_last_step():
    steps = step("registry", "a:1 -> dhi.io/a:1", "b:1 -> dhi.io/b:1"), step("tag", "a:1 -> dhi.io/a:2")

    assert branch(*steps).images == {"a:1": "dhi.io/a:2", "b:1": "dhi.io/b:1"}


def test_the_steps_of_other_plans_in_the_order_in_which_they_were_written():
    """What is no step belongs to no plan; they come newest first."""
    others = (
        told(Step="tag", Chart="b"),
        told(Proof="x"),
        told(Step="tag", Chart="a"),
        told(Step="registry", Chart="b"),
    )

    found = branch(step("tag"), others=others).shared

    assert [(str(target), [one.name for one in steps]) for target, steps in found.items()] == [
        ("b", ["registry", "tag"]),
        ("a", ["tag"]),
    ]


@pytest.mark.parametrize(
    ("landing", "merged"),
    [
        (None, (False, None, [])),
        (Landing("squash", "t", ("c",)), (True, "squash", ["c"])),
        (Landing("content", "t"), (True, "content", [])),
    ],
)
def test_how_a_branch_was_merged_as_data(landing, merged):
    found = branch(step("tag"), landing=landing).to_json()

    assert (found["merged"], found["merged_as"], found["merged_commits"]) == merged


def test_the_reversal_of_a_target():
    one = WaitingReversal("dhi/x-reversal", "tip", Target("apps/x"), ("tag", "registry"))
    status = Status((), (), (one,))

    assert status.reversal_of(Target("apps/x")) is one
    assert status.reversal_of(Target("apps/x", ("data/x",))) is None
    assert status.to_json()["reversals"] == [
        {
            "branch": "dhi/x-reversal",
            "commit": "tip",
            "chart": "apps/x",
            "releases": [],
            "takes_back": ["tag", "registry"],
        }
    ]


# which branches others are merged into


class Refs:
    """A clone by its refs; ``steps`` are the branches that end with a step."""

    def __init__(self, *names, on="main", upstream="", steps=(), detached_at=""):
        self.refs = {name: f"c-{name.rpartition('/')[2]}" for name in names}
        self.on, self.follows, self.steps, self.detached_at = on, upstream, set(steps), detached_at

    def resolve(self, name):
        if name != "HEAD":
            return f"c-{name}"
        return self.refs[f"heads/{self.on}"] if self.on else self.detached_at

    def branches(self, prefix="refs/heads/"):
        if prefix == "refs/":
            return self.refs
        return {
            name.removeprefix("heads/"): tip for name, tip in self.refs.items() if name.startswith("heads/")
        }

    def current_branch(self):
        return self.on

    def upstream(self, _):
        return self.follows or None

    def branches_with_trailer(self, _):
        return self.steps

    def log(self, _, commit, *, limit):
        assert limit == 1
        return [Commit(commit, (), "", "", {"DHI-Step": ["tag"]} if commit == "c-step" else {})]


@pytest.mark.parametrize(
    ("repository", "trunks"),
    [
        (Refs("heads/main"), ["heads/main"]),
        (Refs("heads/main", "heads/feat/x"), ["heads/main"]),
        (Refs("heads/main", "heads/master"), ["heads/main", "heads/master"]),
        # What is worked on is one, too, and what it follows.
        (Refs("heads/main", "heads/feat/x", on="feat/x"), ["heads/main", "heads/feat/x"]),
        (
            Refs(
                "heads/main",
                "heads/feat/x",
                "remotes/origin/feat/x",
                on="feat/x",
                upstream="refs/remotes/origin/feat/x",
            ),
            ["heads/main", "remotes/origin/feat/x", "heads/feat/x"],
        ),
        # Not where it is gone.
        (Refs("heads/main", upstream="refs/remotes/origin/main"), ["heads/main"]),
        # The remote's own, and none of its others.
        (
            Refs("heads/main", "remotes/origin/HEAD", "remotes/origin/main"),
            ["heads/main", "remotes/origin/HEAD"],
        ),
        (Refs("heads/main", "remotes/a/b/HEAD"), ["heads/main"]),
        # A branch of ours is none for itself.
        (Refs("heads/main", "heads/dhi/x", on="dhi/x"), ["heads/main"]),
        (Refs("heads/main", "heads/harden", on="harden", steps=["harden"]), ["heads/main"]),
        (Refs("heads/production", "heads/dhi/x", "heads/dhi/y", on="dhi/x"), ["heads/production"]),
        (
            Refs("heads/production", "heads/harden", "heads/dhi/x", on="dhi/x", steps=["harden"]),
            ["heads/production"],
        ),
        (Refs("heads/dhi/x", on="dhi/x"), []),
        # Where there is nothing else, a name of the user's own is one.
        (Refs("heads/harden", on="harden", steps=["harden"]), ["heads/harden"]),
        # That main ends with a step is a merge.
        (Refs("heads/main", steps=["main"]), ["heads/main"]),
        # A detached HEAD is what it stands on.
        (Refs("heads/main", on=None, detached_at="c-other"), ["heads/main", "HEAD"]),
        (Refs("heads/main", "heads/dhi/x", on=None, detached_at="c-step"), ["heads/main"]),
        (Refs("heads/production", on=None, detached_at="c-step"), ["heads/production"]),
    ],
)
def test_which_branches_others_are_merged_into(repository, trunks):
    assert list(Trunks.read(repository).commits) == trunks


def test_a_base_that_is_named_is_the_only_one():
    assert Trunks.read(Refs("heads/main", "heads/dhi/x"), "staging").commits == {"staging": "c-staging"}


def test_the_trunks_but_one_and_that_of_head_first():
    found = Trunks({"heads/main": "a", "remotes/origin/HEAD": "b", "heads/feat": "a2"})

    assert found.besides("main") == ["a2", "b"]
    assert found.besides("dhi/x") == ["a", "a2", "b"]
    assert found.first() == ["a2", "b", "a"]
    assert [found.name(commit) for commit in ("a", "b", "a2")] == ["main", "origin/HEAD", "feat"]
    # Two at one commit: the one that is worked on.
    assert Trunks({"heads/main": "a", "heads/feat": "a"}).name("a") == "feat"
