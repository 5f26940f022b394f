"""Values schemas that name others by their address, and a chart laid out without those parts.

Helm fetches what a ``values.schema.json`` refers to, for every render anew, and refuses the chart where the
address does not answer; the embedded engine has no switch for it (helm-python-sdk 0.2.2). So the scratch copy of
such a chart gets a schema without its references to elsewhere. All the rest of the schema still holds.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from migrate_dhi.regex import regex

_SCHEMA: Final = "values.schema.json"
# Helm 4 names the address that it cannot load, Helm 3 what its HTTP client or its loader said.
_UNREACHED = regex(r'failing loading "https?:|Get "https?:|[Cc]ould not read schema from HTTP')
# The dialects of JSON Schema itself are built in.
_BUILT_IN = regex(r"https?://json-schema\.org/")


def unreached(message: str) -> bool:
    """True for a refusal of Helm that is about a schema at another address, and about no value."""
    return bool(_UNREACHED.search(message))


def detach(directory: Path) -> tuple[str, ...]:
    """Drop from the schemas of a chart and its dependencies what they refer to elsewhere.

    Args:
        directory: a scratch copy of the chart: files and folders in it may be symbolic links, which are
            replaced on the way to a schema; what they point at stays as it is. A packed dependency is packed anew.

    Returns:
        The addresses that are not looked at any more.
    """
    return tuple(dict.fromkeys(_detach(directory)))


def _detach(chart: Path) -> Iterator[str]:
    text, addresses = _own_schema(chart)
    if addresses:
        (chart / _SCHEMA).unlink()
        (chart / _SCHEMA).write_text(text, encoding="utf-8")
        yield from addresses
    for child in _children(chart):
        if child.is_dir() and _refers_elsewhere(child):
            yield from _detach(own_folder(own_folder(chart / "charts") / child.name))
        elif child.is_file() and _archive_refers_elsewhere(child):
            yield from _rewritten(own_folder(chart / "charts") / child.name)


def _children(chart: Path) -> list[Path]:
    """What Helm may load below ``charts/``: folders and archives, but for hidden ones."""
    try:
        with os.scandir(chart / "charts") as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
    return [Path(e) for e in found if e.name[0] not in "._" and (e.is_dir() or e.name.endswith(".tgz"))]


def _refers_elsewhere(chart: Path) -> bool:
    """True for a chart with such a schema, its own or a dependency's; only places where Helm looks for one."""
    return bool(_own_schema(chart)[1]) or any(
        _refers_elsewhere(child) if child.is_dir() else _archive_refers_elsewhere(child)
        for child in _children(chart)
    )


def _own_schema(chart: Path) -> tuple[str, list[str]]:
    """The chart's own schema without its references to elsewhere, and their addresses."""
    file = chart / _SCHEMA
    return _without_addresses(
        file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else ""
    )


def _archive_refers_elsewhere(archive: Path) -> bool:
    import tarfile  # noqa: PLC0415 - only where a dependency is packed

    found = False
    try:
        with tarfile.open(archive, "r:*") as packed:
            # To its end, which may be missing.
            for member in packed:
                wanted = member.isfile() and member.name.endswith(f"/{_SCHEMA}")
                content = packed.extractfile(member) if wanted else None
                if content and _without_addresses(content.read().decode("utf-8-sig", "replace"))[1]:
                    found = True
    except (tarfile.TarError, OSError, EOFError):
        # Helm says what is wrong with it.
        return False
    return found


def _rewritten(archive: Path) -> list[str]:
    """Give the archive other schemas, under its own name: all that Helm decides by the name stays decided."""
    import tarfile  # noqa: PLC0415 - only where a dependency is packed

    found: list[str] = []
    anew = io.BytesIO()
    with tarfile.open(archive, "r:*") as old, tarfile.open(fileobj=anew, mode="w:gz") as packed:
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            data = content.read() if content else b""
            if content and member.name.endswith(f"/{_SCHEMA}"):
                text, addresses = _without_addresses(data.decode("utf-8-sig", "replace"))
                found += addresses
                data = text.encode() if addresses else data
                member.size = len(data)
            packed.addfile(member, io.BytesIO(data) if content else None)
    # The link goes, not what it points at.
    archive.unlink()
    archive.write_bytes(anew.getvalue())
    return found


def own_folder(folder: Path) -> Path:
    """The folder as one of our own: a link to a folder becomes a folder of links."""
    if folder.is_symlink():
        target = folder.resolve()
        folder.unlink()
        folder.mkdir()
        for entry in target.iterdir():
            (folder / entry.name).symlink_to(entry)
    return folder


def _without_addresses(text: str) -> tuple[str, list[str]]:
    """A schema without its references to elsewhere, and their addresses; Helm may refuse the text for its form."""
    if "http" not in text:
        return text, []
    dropped: list[str] = []
    try:
        schema = json.loads(text)
        pruned = _pruned(schema, "", set(_identifiers(schema)), dropped)
    except ValueError:
        # No JSON, or an address that is none.
        return text, []
    return json.dumps(pruned), dropped


def _pruned(schema: Any, base: str, known: set[str], dropped: list[str]) -> Any:
    """The schema without references that lead elsewhere; ``base`` is the address that relative ones start from."""
    if isinstance(schema, list):
        return [_pruned(item, base, known, dropped) for item in schema]
    if not isinstance(schema, dict):
        return schema
    base = urljoin(base, schema["$id"]) if isinstance(schema.get("$id"), str) else base
    kept = {}
    for key, value in schema.items():
        address = urljoin(base, value) if key in {"$ref", "$schema"} and isinstance(value, str) else ""
        address = address.partition("#")[0]
        if (
            address.startswith(("http://", "https://"))
            and not _BUILT_IN.match(address)
            and address not in known
        ):
            dropped.append(address)
        else:
            kept[key] = _pruned(value, base, known, dropped)
    return kept


def _identifiers(schema: Any, base: str = "") -> Iterator[str]:
    """The addresses that parts of a schema give themselves: a reference to one of them stays inside."""
    if isinstance(schema, dict) and isinstance(schema.get("$id"), str):
        base = urljoin(base, schema["$id"])
        yield base.partition("#")[0]
    for value in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _identifiers(value, base)
