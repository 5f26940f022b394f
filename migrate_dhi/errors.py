"""Every failure this program can tell a user, one class each.

The class says what it means (docstring) and which exit code the command line returns. A message has
three parts, printed on three lines: what went wrong and where, the next thing to do, and what was and
was not changed.
"""

from typing import ClassVar

UNCHANGED = "nothing was changed"


class MigrateDhiError(Exception):
    """Anything that the program tells a user as an error; never raised itself.

    Args:
        message: what went wrong, one sentence without a full stop.
        where: the place as ``file`` or ``file:line``, or empty.
        help: the next thing to do, one sentence.
        state: what was and was not changed.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, where: str = "", help: str = "", state: str = UNCHANGED) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.where = where
        self.help = help
        self.state = state

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


# 1: a write failed


class WriteError(MigrateDhiError):
    """Git objects or the branch could not be written."""

    exit_code = 1


class RaceLostError(WriteError):
    """Another process changed the branch between reading and writing it."""


# 2: usage


class UsageError(MigrateDhiError):
    """The command line cannot be carried out as written."""

    exit_code = 2


class PathNotFoundError(UsageError):
    """A path on the command line does not exist."""


class NoReleaseError(MigrateDhiError):
    """Nothing in the repository deploys what was named."""

    exit_code = 2


class NoChartError(UsageError):
    """There is no Chart.yaml at (or above) the place that was named."""


class MalformedReferenceError(UsageError):
    """A text is no image reference of the form registry/repository:tag@digest."""


class UnknownStepError(UsageError):
    """A flag names a step that does not exist."""


class UnknownImageError(UsageError):
    """A flag names an image that the chart does not use, or that several images match."""


class ConflictingFlagsError(UsageError):
    """Two flags contradict each other."""


class AnswerMissingError(UsageError):
    """A question would have to be asked, but there is no terminal."""


# 4: not ready


class NotReadyError(MigrateDhiError):
    """The chart or the repository is not in a state to work on."""

    exit_code = 4


class InvalidChartError(NotReadyError):
    """Chart.yaml or a values file cannot be read as Helm would read it."""


class DependencyError(NotReadyError):
    """A dependency is missing, of the wrong version, or cannot be fetched."""


class RenderError(NotReadyError):
    """The chart does not render.

    Args:
        message: the cause, short.
        text: all that Helm said; it may name a value that the chart wants.
        near: the lines that were rendered where they are no YAML.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        help: str = "",  # noqa: A002
        text: str = "",
        near: str = "",
    ) -> None:
        super().__init__(message, where=where, help=help)
        self.text = text or message
        self.near = near


class LimitError(NotReadyError):
    """A render takes more time or memory than it may, or brings more than can be read; the run ends with it."""


class CatalogError(NotReadyError):
    """A catalog or playbook file cannot be read."""


class RepositoryError(NotReadyError):
    """There is no usable Git repository: none at all, no commit, or an unsupported feature."""


class NoWorktreeError(RepositoryError):
    """A Git repository without files: a bare one, or the inside of ``.git``."""


class RegistryError(NotReadyError):
    """A registry does not answer, or what it answers cannot be used."""


class RegistryDeniedError(RegistryError):
    """A registry wants credentials, or other ones than it was given."""


class NotInRegistryError(RegistryError):
    """A registry has no such repository, tag, manifest or blob."""


class CredentialsError(RegistryError):
    """Credentials for a registry are kept somewhere, but cannot be read."""


class DigestMovedError(NotReadyError):
    """A tag names another image than it did when the plan was made."""


class DirtyChartError(NotReadyError):
    """Files of the chart differ from the base revision."""


class IdentityError(NotReadyError):
    """Git has no author identity, or the commit cannot be signed as configured."""


class BranchExistsError(NotReadyError):
    """The branch that would be written exists already, or its name is taken by another ref."""


class BranchInUseError(NotReadyError):
    """The branch is checked out in a worktree."""


# 5: blocked


class BlockedError(MigrateDhiError):
    """The plan cannot be carried out in full, and was not."""

    exit_code = 5


class EditRefusedError(BlockedError):
    """A YAML edit cannot be made exactly, so it is not made at all.

    Args:
        message: the reason.
        line: the 1-based line that stands in the way, or 0 where there is none.
        places: other places that the edit would have changed, as ``line N`` texts or values paths.
    """

    def __init__(
        self,
        message: str,
        *,
        line: int = 0,
        places: tuple[str, ...] = (),
        where: str = "",
        help: str = "",  # noqa: A002
    ) -> None:
        super().__init__(message, where=where, help=help)
        self.line = line
        self.places = places


# 130: interrupted


class InterruptedByUserError(MigrateDhiError):
    """Ctrl-C, or the user chose to quit."""

    exit_code = 130
