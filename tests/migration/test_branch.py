"""What a plan says of the branch that it would be written to."""

import pytest

from migrate_dhi.errors import BranchExistsError, UsageError
from migrate_dhi.migration.branch import of_branch, of_hooks


class Repository:
    """A repository with these hooks, where a branch is free, there, or no name."""

    def __init__(self, *hooks, error=None):
        self.found, self.error = hooks, error

    def hooks(self):
        return self.found

    def require_free(self, branch):
        assert branch == "dhi/x"
        if self.error:
            raise self.error


def told(repository, *, run_hooks=False):
    return [
        (one.code, one.severity, one.message, one.help)
        for one in of_branch(repository, "dhi/x", run_hooks=run_hooks)
    ]


HELP = "--run-hooks runs them first, in a worktree of their own"


def test_a_free_branch_of_a_repository_without_hooks():
    assert told(Repository()) == []
    assert told(None) == []


def test_a_branch_that_is_there():
    error = BranchExistsError("the branch dhi/x exists", help="roll it back")

    assert told(Repository(error=error)) == [
        ("branch-exists", "warning", "the branch dhi/x exists", "roll it back")
    ]


def test_a_name_that_git_does_not_take_is_no_finding():
    with pytest.raises(UsageError):
        told(Repository(error=UsageError("no name")))


@pytest.mark.parametrize(
    ("hooks", "text"),
    [
        (["pre-commit"], "the hook pre-commit of this repository does not run on the commits of the branch"),
        (
            ["pre-commit", "commit-msg"],
            "the hooks pre-commit and commit-msg of this repository do not run on the commits of the branch",
        ),
    ],
)
def test_hooks_that_do_not_run(hooks, text):
    assert told(Repository(*hooks)) == [("hooks-not-run", "info", text, HELP)]
    assert told(Repository(*hooks), run_hooks=True) == []
    assert [one.message for one in of_hooks(Repository(*hooks), run_hooks=False)] == [text]


def test_both_are_told_the_hooks_first():
    found = told(Repository("commit-msg", error=BranchExistsError("there")))

    assert [code for code, *_ in found] == ["hooks-not-run", "branch-exists"]
