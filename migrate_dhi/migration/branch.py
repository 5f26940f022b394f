"""What a plan should say of the branch that it would be written to."""

from migrate_dhi.errors import BranchExistsError
from migrate_dhi.findings import Finding
from migrate_dhi.git.repository import Repository

EXISTS = "branch-exists"
"""The code of the finding that the branch is there already, so that ``--yes`` would stop."""


def of_branch(repository: Repository | None, branch: str) -> list[Finding]:
    """A warning where the branch cannot be created, with what to do.

    Raises:
        UsageError: Git takes no branch of this name.
    """
    if repository is None:
        return []
    try:
        repository.require_free(branch)
    except BranchExistsError as error:
        return [Finding(EXISTS, "warning", error.message, help=error.help)]
    return []
