"""What the user should know: one class for everything that any room of the program has to say."""

from collections.abc import Collection
from typing import Any

from migrate_dhi.finding_codes import Severity, codes
from migrate_dhi.record import record

__all__ = ["Finding", "Severity", "is_accepted"]


@record
class Finding:
    """Something the user should know; errors stop a write unless accepted by their code.

    ``object`` reads ``Kind/name``; ``file`` is a file of the repository, or a template by the path that Helm
    names it; ``line`` is 1-based, 0 where there is none. ``ways`` are words of the command line, each of which
    settles an error otherwise than by accepting it.
    """

    code: str
    severity: Severity
    message: str
    object: str = ""
    container: str = ""
    file: str = ""
    line: int = 0
    help: str = ""
    ways: tuple[tuple[str, ...], ...] = ()

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


def is_accepted(code: str, accepted: Collection[str]) -> bool:
    """True where the user's ``--accept`` words cover the errors of a code."""
    return code in accepted or ("all" in accepted and code in codes() and not codes()[code].by_name)
