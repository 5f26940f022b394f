"""Writing the branch: as it was shown, once, and either whole or not at all."""

import json
import os
import shutil
import signal
import time
from types import SimpleNamespace

import pytest

from migrate_dhi.errors import BlockedError, DirtyChartError, RepositoryError
from migrate_dhi.findings import Finding
from migrate_dhi.migration.apply import Draft, check_edits, check_plan, check_source
from migrate_dhi.oci.reference import Reference
from tests import forked

CHART = "apps/values-comments"
BRANCH = "dhi/apps-values-comments"
FLAGS = ("--pull-secret", "kubernetes-dhi")


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments")
    return workshop


def planned(shop, *more):
    ran = shop.run(CHART, "--plan", "--format", "json", *FLAGS, *more)
    return ran.code, json.loads(ran.out)


def test_one_commit_for_each_step_that_edits(shop):
    _, plan = planned(shop)
    ran = shop.run(CHART, "--yes", *FLAGS)

    subjects = shop.git("log", "--reverse", "--format=%s", f"main..{BRANCH}").splitlines()

    assert ran.code == 0
    assert subjects == [step["commit"]["subject"] for step in plan["steps"] if step["edits"]]
    assert len(subjects) == 4


def test_the_trailers_say_what_ran(shop):
    shop.run(CHART, "--yes", *FLAGS)

    steps = shop.git(
        "log", "--reverse", "--format=%(trailers:key=DHI-Step,valueonly)", f"main..{BRANCH}"
    ).split()
    charts = set(shop.git("log", "--format=%(trailers:key=DHI-Chart,valueonly)", f"main..{BRANCH}").split())

    assert steps == ["registry", "tag", "pull-secret", "versions"]
    assert charts == {CHART}


def test_no_credential_is_written(shop):
    shop.run(CHART, "--yes", *FLAGS)

    diff = shop.git("diff", "main", BRANCH)

    assert "kubernetes-dhi" in diff
    assert "password" not in diff.lower()


def test_again_while_the_branch_stands(shop):
    shop.run(CHART, "--yes", *FLAGS)
    refs = shop.refs()

    ran = shop.run(CHART, "--yes", *FLAGS)

    assert ran.code == 4
    assert BRANCH in ran.error["error"]
    assert ran.out == ""
    assert shop.refs() == refs


@pytest.mark.parametrize("way", ["checkout", "merge", "squash"])
def test_again_on_the_branch_or_after_the_merge(shop, way):
    shop.run(CHART, "--yes", *FLAGS)
    if way == "checkout":
        shop.git("checkout", "--quiet", BRANCH)
    elif way == "merge":
        shop.git("merge", "--quiet", "--no-edit", "--no-ff", BRANCH)
    else:
        shop.git("merge", "--quiet", "--squash", BRANCH)
        shop.git("commit", "--quiet", "--message", "squashed")
        shop.git("branch", "--quiet", "-D", BRANCH)
    refs = shop.refs()

    code, plan = planned(shop)
    ran = shop.run(CHART, "--yes", *FLAGS)

    assert (code, plan["status"]) == (0, "nothing-to-do")
    assert ran.code == 0
    assert f"Nothing to do in {CHART}" in ran.out
    assert "Wrote" not in ran.out
    assert shop.refs() == refs


def test_two_charts_write_two_branches(shop):
    shop.add("plain-chart")

    ran = shop.run(CHART, "apps/plain-chart", "--yes", *FLAGS)

    assert ran.code == 0
    assert shop.branches() == ["dhi/apps-plain-chart", BRANCH, "main"]
    assert shop.git("merge-base", BRANCH, "dhi/apps-plain-chart") == shop.git("rev-parse", "main")


def test_a_chart_that_fails_does_not_stop_the_other(shop):
    shop.add("required-value")
    shop.remove("apps/required-value/ci")

    ran = shop.run("apps/required-value", CHART, "--yes", *FLAGS)

    assert ran.code == 4
    assert shop.branches() == [BRANCH, "main"]
    assert "error: " in ran.err
    assert "required-value" in ran.err


def test_a_branch_of_the_users_own_name(shop):
    assert shop.run(CHART, "--yes", "--branch", "feature/hardened", *FLAGS).code == 0

    assert shop.branches() == ["feature/hardened", "main"]


def test_the_users_hooks_are_not_run(shop):
    hooks = shop.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "post-commit", "prepare-commit-msg"):
        hook = hooks / name
        hook.write_text("#!/bin/sh\ntouch ../ran\nexit 1\n")
        hook.chmod(0o755)

    assert shop.run(CHART, "--yes", *FLAGS).code == 0
    assert not (shop.root.parent / "ran").exists()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.95])
def test_killed_in_the_middle_the_repository_is_as_before_or_the_branch_is_complete(shop, tmp_path, share):
    """The time of the kill is a share of what one whole run takes here."""
    command = [CHART, "--yes", *FLAGS]
    spare = tmp_path / "spare"
    shutil.copytree(shop.root, spare)
    started = time.monotonic()
    assert forked.run(command, cwd=spare).returncode == 0
    whole = time.monotonic() - started
    complete = len(shop.git("rev-list", f"main..{BRANCH}", cwd=spare).split())
    files = {name: value for name, value in shop.picture().items() if not name.startswith(".git/objects")}

    process = forked.Program(command, cwd=shop.root)
    time.sleep(whole * share)
    process.send_signal(signal.SIGKILL)
    process.wait()

    after = {name: value for name, value in shop.picture().items() if not name.startswith(".git/objects")}
    new = {name for name in after.keys() - files.keys() if not name.endswith(".lock")}
    assert {name: after[name] for name in files} == files
    if BRANCH in shop.branches():
        assert len(shop.git("rev-list", f"main..{BRANCH}").split()) == complete
        assert new <= {f".git/refs/heads/{BRANCH}", f".git/logs/refs/heads/{BRANCH}"}
    else:
        assert not new
        assert shop.run(CHART, "--yes", *FLAGS).code == 0
    shop.git("fsck", "--strict", "--no-dangling")


def test_the_scratch_folder_is_gone_afterwards(shop, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}

    assert forked.run([CHART, "--yes", *FLAGS], cwd=shop.root, env=environment).returncode == 0
    assert list(scratch.iterdir()) == []


# what forbids to write, before Git is asked


def source(changes=(), repository="r", obstacle=None, **more):
    chart = SimpleNamespace(chart_file="apps/x/Chart.yaml", directory="/r/apps/x")
    return SimpleNamespace(
        repository=repository, obstacle=obstacle, changes=changes, base="HEAD", chart=chart, **more
    )


def change(path, kind="modified"):
    return SimpleNamespace(path=path, kind=kind)


@pytest.mark.parametrize(
    ("obstacle", "help_"),
    [
        (None, "commit the chart to a Git repository first; --plan works all the same"),
        (RepositoryError("no commit", help="commit"), "commit; --plan works all the same"),
        (RepositoryError("odd"), "commit the chart to a Git repository first; --plan works all the same"),
    ],
)
def test_outside_of_git_no_branch_can_be_written(obstacle, help_):
    with pytest.raises(RepositoryError) as caught:
        check_source(source(repository=None, obstacle=obstacle))

    reason = obstacle.message if obstacle else "there is no repository"
    assert (caught.value.message, caught.value.help) == (f"no branch can be written: {reason}", help_)


@pytest.mark.parametrize(
    ("path", "kind", "refused"),
    [
        ("apps/x/Chart.yaml", "untracked", True),
        ("apps/x/Chart.yaml", "added", True),
        ("apps/x/Chart.yaml", "ignored", True),
        # That it differs matters where it is edited.
        ("apps/x/Chart.yaml", "modified", False),
        ("apps/x/values.yaml", "untracked", False),
    ],
)
def test_a_chart_that_the_base_does_not_have(path, kind, refused):
    one = source([change(path, kind)])

    if refused:
        with pytest.raises(DirtyChartError, match="the chart is not in HEAD"):
            check_source(one)
    else:
        assert check_source(one) == "r"


@pytest.mark.parametrize(
    ("changes", "edited", "message", "help_"),
    [
        (
            [change("a")],
            {"a"},
            "the file differs from HEAD: modified",
            "or put it aside with `git stash push -- a`",
        ),
        (
            [change("a"), change("b")],
            {"a", "b"},
            "the file differs from HEAD: modified (and 1 more)",
            "stash",
        ),
        ([change("a", "ignored")], {"a"}, "the file differs from HEAD: ignored", "commit it"),
    ],
)
def test_a_file_that_is_edited_and_differs(changes, edited, message, help_):
    with pytest.raises(DirtyChartError) as caught:
        check_edits(source(changes), edited)

    assert (caught.value.message, caught.value.where) == (message, "a")
    assert caught.value.help.endswith(help_) or help_ in caught.value.help


def test_what_is_not_edited_may_differ():
    check_edits(source([change("a")]), {"b"})
    check_edits(source([]), set())


@pytest.mark.parametrize("file", ["../values.yaml", "/tmp/values.yaml"])
def test_no_commit_can_hold_an_edit_of_a_file_outside(file):
    with pytest.raises(RepositoryError, match="outside the repository") as caught:
        check_edits(source([]), {"a", file})

    assert caught.value.where == file


def plan(status="blocked", images=(), errors=(), keepable=()):
    return SimpleNamespace(
        status=status, open_images=images, open_errors=errors, title="apps/x", keepable=keepable
    )


def undecided(name, *candidates):
    return SimpleNamespace(before=name, candidates=candidates)


@pytest.mark.parametrize(
    ("images", "message", "possible"),
    [
        ([undecided("a:1")], "it is not decided what a:1 becomes", ""),
        ([undecided("a:1", "x", "y")], "it is not decided what a:1 becomes", " (possible: x, y)"),
        ([undecided("a:1", *"uvwxyz")], "it is not decided what a:1 becomes", " (possible: u, v, w, x)"),
        (
            [undecided("a:1", "x"), undecided("b:2")],
            "it is not decided what a:1, b:2 become",
            " (possible: x)",
        ),
    ],
)
def test_an_image_that_is_not_decided(images, message, possible):
    with pytest.raises(BlockedError) as caught:
        check_plan(plan(images=images, errors=[Finding("x", "error", "later")]))

    assert (caught.value.message, caught.value.where) == (message, "apps/x")
    assert caught.value.help == (
        f"choose with --to a:1=IMAGE:TAG{possible}, leave it out with --keep a:1, or leave all such images as they are "
        "with --accept image-undecided"
    )


@pytest.mark.parametrize(
    ("help_", "told"),
    [
        ("", "see --plan; or take it as it is with --accept derived-value"),
        ("keep it", "keep it; or take it as it is with --accept derived-value"),
        # Said once.
        ("look, then --accept derived-value", "look, then --accept derived-value"),
    ],
)
def test_an_error_that_is_not_accepted(help_, told):
    error = Finding("derived-value", "error", "it is built from the tag", help=help_)

    with pytest.raises(BlockedError) as caught:
        check_plan(plan(errors=[error, Finding("other", "error", "x")]))

    assert (caught.value.message, caught.value.help) == ("derived-value: it is built from the tag", told)


def test_an_error_of_images_that_need_not_move_tells_how_they_stay():
    with pytest.raises(BlockedError) as caught:
        check_plan(
            plan(errors=[Finding("shell-missing", "error", "x", help="look")], keepable=("a:1", "b:1"))
        )

    assert caught.value.help == (
        "look; or take it as it is with --accept shell-missing; or leave a:1, b:1 with --keep blocked, and the rest moves"
    )


@pytest.mark.parametrize("status", ["ready", "nothing-to-do"])
def test_what_is_not_blocked_may_be_written(status):
    check_plan(plan(status))


class Live:
    def __init__(self, error=None):
        self.error, self.asked = error, []

    def check_again(self, digests):
        self.asked.append(dict(digests))
        if self.error:
            raise self.error


class Writes:
    def __init__(self):
        self.asked = []

    def write_branch(self, branch, base, commits, *, run_hooks):
        self.asked.append((branch, base, commits, run_hooks))
        return ["one"]


def test_registries_are_asked_once_more_before_anything_is_written():
    digests = {Reference.parse("dhi.io/a:1"): "sha256:0"}
    repository, live = Writes(), Live()
    draft = Draft(repository, "b", "base", ("commit",), digests)

    assert draft.write(SimpleNamespace(live=live, run_hooks=True)) == ["one"]
    assert (live.asked, repository.asked) == ([digests], [("b", "base", ("commit",), True)])

    with pytest.raises(BlockedError):
        draft.write(SimpleNamespace(live=Live(BlockedError("it moved")), run_hooks=False))
    assert len(repository.asked) == 1
    draft.write(SimpleNamespace(live=None, run_hooks=False))
    assert repository.asked[-1][3] is False
