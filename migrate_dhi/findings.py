"""What the user should know: one class for everything that any room of the program has to say."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Literal

from migrate_dhi.record import record

Severity = Literal["info", "warning", "error"]

# What changes without a promise is accepted by its own name alone, never by `all`.
_BY_NAME_ALONE = frozenset({"unannounced-change", "derived-value"})


@record
class Finding:
    """Something the user should know; errors stop ``--yes`` unless accepted by their code.

    ``object`` reads ``Kind/name``; ``file`` is a file of the repository, or a template by the path that Helm
    names it; ``line`` is 1-based, 0 where there is none.
    """

    code: str
    severity: Severity
    message: str
    object: str = ""
    container: str = ""
    file: str = ""
    line: int = 0
    help: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding in the JSON contract; an absent part is null."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "object": self.object or None,
            "container": self.container or None,
            "file": self.file or None,
            "line": self.line or None,
            "help": self.help or None,
        }


def softened(finding: Finding) -> Finding:
    """The same finding as a warning, where it was an error."""
    return replace(finding, severity="warning") if finding.severity == "error" else finding


def is_accepted(code: str, accepted: Collection[str]) -> bool:
    """True where the user's ``--accept`` words cover the errors of a code."""
    return code in accepted or ("all" in accepted and code not in _BY_NAME_ALONE)
