"""Read a checkout of the catalog repository: its YAML files, its date and commit."""

from pathlib import Path
from typing import Any

from migrate_dhi.errors import CatalogError
from migrate_dhi.git.run import ask
from migrate_dhi.kube.documents import fault, structure


def load_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping (an empty one: nothing), or CatalogError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"this file of the checkout cannot be read: {error}", where=str(path)) from error
    content = structure(text)
    if content is None:
        broken = fault(text)
        if broken:
            line, problem = broken
            where = f"{path}:{line}" if line else str(path)
            raise CatalogError(f"this file of the checkout cannot be read: {problem}", where=where)
        return {}
    if not isinstance(content, dict):
        raise CatalogError("this file of the checkout holds no mapping", where=str(path))
    return content


def head_of(checkout: Path) -> tuple[str, str]:
    """The day (ISO) and the id of the commit that is checked out; RepositoryError outside Git."""
    day, _, commit = ask(checkout, "log", "-1", "--format=%cs %H").text.partition(" ")
    return day, commit
