"""What a plan should say of the branch that it would be written to."""

from migrate_dhi.errors import BranchExistsError
from migrate_dhi.findings import Finding
from migrate_dhi.git.repository import Repository

EXISTS = "branch-exists"
"""The code of the finding that the branch is there already, so that ``--yes`` would stop."""


HOOKS = "hooks-not-run"
"""The code of the finding that the user's hooks do not look at the commits."""


def of_branch(repository: Repository | None, branch: str, *, run_hooks: bool) -> list[Finding]:
    """A warning where the branch cannot be created, with what to do; a note on hooks that do not run.

    Raises:
        UsageError: Git takes no branch of this name.
    """
    if repository is None:
        return []
    found = of_hooks(repository, run_hooks=run_hooks)
    try:
        repository.require_free(branch)
    except BranchExistsError as error:
        found.append(Finding(EXISTS, "warning", error.message, help=error.help))
    return found


def of_hooks(repository: Repository, *, run_hooks: bool) -> list[Finding]:
    """A note on the user's hooks for commits where they are and do not run."""
    names = () if run_hooks else repository.hooks()
    if not names:
        return []
    several = len(names) > 1
    message = (
        f"the hook{'s' * several} {' and '.join(names)} of this repository {'do' if several else 'does'} not run "
        "on the commits of the branch"
    )
    help_ = "--run-hooks runs them first, in a worktree of their own"
    return [Finding(HOOKS, "info", message, help=help_)]
