from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_dhi.errors import BranchExistsError, UsageError
from migrate_dhi.git.branches import branch_name, made_here, only_on, require_free, require_valid
from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository


@pytest.mark.parametrize(
    ("chart", "name"),
    [
        ("apps/cluster/valkey", "dhi/apps-cluster-valkey"),
        ("valkey", "dhi/valkey"),
        (".", "dhi/root"),
        ("apps/my chart", "dhi/apps-my-chart"),
        ("apps/v1.2", "dhi/apps-v1.2"),
        (".hidden/x", "dhi/hidden-x"),
        ("x.lock", "dhi/x-lock"),
        ("a..b", "dhi/a-b"),
        ("a@{b", "dhi/a@-b"),
        ("größe", "dhi/größe"),
        ("a;$(b)", "dhi/a-b"),
    ],
)
def test_name_of_a_chart(chart, name):
    assert branch_name(chart) == name


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1), min_size=1
    )
)
def test_every_path_gives_a_valid_name(parts):
    name = branch_name("/".join(parts))
    assert (
        subprocess.run(
            ["git", "check-ref-format", "--branch", name], capture_output=True, check=False
        ).returncode
        == 0
    )


def test_names_of_long_paths_are_short_and_differ():
    one, two = branch_name("ä" * 300 + "/one"), branch_name("ä" * 300 + "/two")
    assert one != two
    assert len(one.encode()) < 220
    assert re.fullmatch(r"dhi/ä{93}-[0-9a-f]{12}", one)
    assert branch_name("a" * 200) == "dhi/" + "a" * 200
    assert re.fullmatch(r"dhi/a{187}-[0-9a-f]{12}", branch_name("a" * 201))


def test_path_that_is_no_utf8():
    assert branch_name("a\udce9b") == "dhi/a-b"


@pytest.mark.parametrize(
    "name", ["", "-x", "a b", "a..b", "x.lock", "HEAD", "refs/heads/x", "a/", "@{-1}", "a~1", "/a"]
)
def test_invalid_name(repo, name):
    with pytest.raises(UsageError):
        require_valid(repo.root, name)


@pytest.mark.parametrize("name", ["x", "feat/dhi-valkey", "dhi/ünï", "@"])
def test_valid_name(repo, name):
    require_valid(repo.root, name)


def test_odd_name_is_listed_whole(repo):
    repo.git("branch", "a\u2028b\x85c")
    assert set(Repository.discover(repo.root).branches()) == {"main", "a\u2028b\x85c"}


def test_free_beside_others(repo):
    repo.git("branch", "dhi/a")
    repo.git("branch", "dhi/ab/c")
    require_free(repo.root, "dhi/ab-c")
    require_free(repo.root, "dhi/b")
    assert len(repo.refs()) == 3


def test_tag_or_remote_of_that_name_is_no_obstacle(repo):
    repo.git("tag", "dhi/a")
    repo.git("update-ref", "refs/remotes/origin/dhi/a", "HEAD")
    require_free(repo.root, "dhi/a")
    assert Repository.discover(repo.root).branches() == {"main": repo.git("rev-parse", "HEAD")}


def test_taken(repo):
    repo.git("branch", "dhi/a")
    with pytest.raises(BranchExistsError, match=r"dhi/a exists already$") as caught:
        require_free(repo.root, "dhi/a")
    assert "--branch" in caught.value.help


def test_taken_by_another_chart_says_which(repo):
    repo.git("switch", "-qc", "dhi/a-b-c")
    repo.commit("step\n\nDHI-Step: tag\nDHI-Chart: a-b/c")
    with pytest.raises(BranchExistsError, match="of the chart a-b/c") as caught:
        require_free(repo.root, "dhi/a-b-c")
    assert "migrate-dhi rollback dhi/a-b-c" in caught.value.help


@pytest.mark.parametrize(("there", "wanted"), [("dhi", "dhi/a"), ("dhi/a", "dhi/a/b"), ("dhi/a/b", "dhi/a")])
def test_branch_above_or_below_in_the_name(repo, there, wanted):
    repo.git("branch", there)
    with pytest.raises(BranchExistsError, match=f"beside the branch {there}"):
        require_free(repo.root, wanted)


def test_checked_out_here(repo):
    assert Repository.discover(repo.root).checked_out("main") == repo.root


def test_checked_out_in_a_linked_worktree(repo, tmp_path):
    repo.git("worktree", "add", "-q", "-b", "dhi/a", str(tmp_path / "linked tree"))
    assert Repository.discover(repo.root).checked_out("dhi/a") == tmp_path / "linked tree"


def test_checked_out_nowhere(repo):
    repo.git("branch", "dhi/a")
    repo.git("switch", "-q", "--detach")
    repository = Repository.discover(repo.root)
    assert repository.checked_out("dhi/a") is None
    assert repository.checked_out("main") is None
    assert repository.current_branch() is None


def test_branch_that_is_being_rebased_is_in_use(repo):
    repo.git("switch", "-qc", "dhi/a")
    repo.write("README.md", "ours\n")
    repo.commit("ours")
    repo.git("switch", "-q", "main")
    repo.write("README.md", "theirs\n")
    repo.commit("theirs")
    repo.git("switch", "-q", "dhi/a")
    repo.git("rebase", "main", check=False)
    assert repo.git("symbolic-ref", "-q", "HEAD", check=False) == ""
    assert Repository.discover(repo.root).checked_out("dhi/a") == repo.root


def test_upstream(repo):
    repo.git("branch", "dhi/a")
    repo.git("branch", "-q", "--set-upstream-to=main", "dhi/a")
    repository = Repository.discover(repo.root)
    assert repository.upstream("dhi/a") == "refs/heads/main"
    assert repository.upstream("main") is None


def test_commits_that_are_on_one_branch_alone(repo):
    repo.git("switch", "-qc", "a")
    repo.commit("shared")
    repo.git("branch", "b")
    own = [repo.commit("one"), repo.commit("two")]
    # What is checked out, or where HEAD stands, stays without the branch.
    assert only_on(repo.root, "a") == []
    repo.git("switch", "-q", "main")
    assert only_on(repo.root, "a") == own[::-1]
    assert only_on(repo.root, "b") == []
    repo.git("update-ref", "refs/migrate-dhi/backup/a/x", "a")
    assert only_on(repo.root, "a") == own[::-1]
    repo.git("tag", "v1", own[0])
    assert only_on(repo.root, "a") == own[1:]
    repo.git("update-ref", "refs/remotes/origin/a", "a")
    assert only_on(repo.root, "a") == []


def test_which_branches_were_written_here(repo, tmp_path):
    repository = Repository.discover(repo.root)
    base = repository.resolve("HEAD")
    (tip,) = repository.write_branch("dhi/a", base, [CommitDraft("x\n", {"new": b"x\n"})])
    repo.git("branch", "copy", "dhi/a")
    repo.git("branch", "-m", "dhi/a", "dhi/moved")
    assert made_here(repo.root, "dhi/moved")
    assert not made_here(repo.root, "copy")
    assert not made_here(repo.root, "nothing")
    repository.move_branch("dhi/moved", tip, base)
    assert made_here(repo.root, "dhi/moved")
    repo.git("reflog", "expire", "--expire=now", "--all")
    assert not made_here(repo.root, "dhi/moved")
