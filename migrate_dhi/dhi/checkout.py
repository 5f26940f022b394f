"""Read a checkout of the catalog repository: its YAML files, its date and commit."""

from pathlib import Path
from typing import Any

from migrate_dhi.errors import CatalogError
from migrate_dhi.git.run import ask


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping (an empty one: nothing), or CatalogError."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only building a catalog needs it
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
        try:
            content = YAML(typ="safe", pure=False).load(text)
        except YAMLError:
            # The C parser is much faster, but refuses some valid flow scalars (`[a:b]`).
            content = YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        problem = getattr(error, "problem", None) or str(error)
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise CatalogError(f"this file of the checkout cannot be read: {problem}", where=where) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise CatalogError("this file of the checkout holds no mapping", where=str(path))
    return content


def head_of(checkout: Path) -> tuple[str, str]:
    """The day (ISO) and the id of the commit that is checked out; RepositoryError outside Git."""
    day, _, commit = ask(checkout, "log", "-1", "--format=%cs %H").text.partition(" ")
    return day, commit
