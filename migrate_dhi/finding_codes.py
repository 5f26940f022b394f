"""The registry of findings: what each code means, how grave it is, and what to do.

The entries are data, ``finding_codes.toml`` beside this module; a test holds them against the code, both ways.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from migrate_dhi.errors import UsageError
from migrate_dhi.record import record

Severity = Literal["info", "warning", "error"]

_FILE = Path(__file__).with_suffix(".toml")
_MOST_NEAR = 4


@record
class Code:
    """One code: the severities that it comes with (the usual one first), its meaning, and what to do.

    ``by_name`` tells that ``--accept all`` does not cover it.
    """

    name: str
    severities: tuple[Severity, ...]
    meaning: str
    remedy: str
    by_name: bool = False

    @property
    def stops(self) -> bool:
        """Whether it may be an error, which stops a write until it is accepted."""
        return "error" in self.severities

    def to_json(self) -> dict[str, Any]:
        """The code in the JSON of ``migrate-dhi findings``."""
        return {
            "code": self.name,
            "severities": list(self.severities),
            "meaning": self.meaning,
            "help": self.remedy,
            "accepted_by_all": self.stops and not self.by_name,
        }


@cache
def codes() -> Mapping[str, Code]:
    """All codes by their names, in alphabetical order."""
    import tomllib  # noqa: PLC0415 - most runs name no code, and --help none

    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        name: Code(
            name, tuple(entry["severity"]), entry["meaning"], entry["remedy"], entry.get("by-name", False)
        )
        for name, entry in entries.items()
    }


def code_named(name: str) -> Code:
    """The code of a name; raises UsageError with the near ones."""
    found = codes().get(name)
    if found is None:
        raise UsageError(f"there is no finding {name!r}", help=_help(name, codes()))
    return found


def check_accepted(names: Iterable[str], flag: str = "--accept") -> None:
    """Raise UsageError for a word of ``--accept`` (or of ``accept`` in a file) that is no code."""
    for name in names:
        if name != "all" and name not in codes():
            stopping = [code.name for code in codes().values() if code.stops]
            raise UsageError(f"{flag} {name}: there is no such finding", help=_help(name, [*stopping, "all"]))


def _help(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - as above

    near = get_close_matches(name.lower(), list(known), n=_MOST_NEAR, cutoff=0.5)
    alike = f"near it: {', '.join(near)}; " if near else ""
    return f"{alike}`migrate-dhi findings` lists all"
