"""What a registry has of an image, as lines."""

from collections.abc import Mapping
from typing import Any

from migrate_dhi.ui.catalog_text import table
from migrate_dhi.ui.lines import BLANK, Line, Look, Span


def live_lines(look: Look, live: Mapping[str, Any]) -> list[Line]:
    """The fullest tag of each definition, and whether it is as the catalog says; then the tags on one side alone."""
    lines = [BLANK, *look.wrap((), [Span(f"{live['place']}, asked now", "title")], hang=2)]
    problem = live["problem"] or ""
    # What is true of the whole registry is said once.
    own = [image for image in live["images"] if not (image["reason"] and problem.startswith(image["reason"]))]
    rows = [(image["tag"], _digest(image), _said(image)) for image in own]
    lines += table(look, rows, head=("tag", "digest", "the registry says")) if rows else []
    if problem:
        return [*lines, *look.wrap((Span("  "),), [Span(problem, "warn")], hang=2)]
    told = [f"{live['tags']} tags"]
    for key, what in (
        ("tags_unknown_to_catalog", "unknown to the catalog"),
        ("tags_missing", "listed by the catalog and not there"),
    ):
        if live[key]:
            told.append(f"{len(live[key])} {what}: {', '.join(live[key])}")
    for text in told:
        lines.append((Span("  "), Span(look.cut(text, look.width - 2))))
    return lines


def _digest(image: Mapping[str, Any]) -> str:
    return image["digest"][:19] if image["digest"] else ""


def _said(image: Mapping[str, Any]) -> str:
    if image["reason"]:
        return str(image["reason"])
    lacking = [f"not for {', '.join(image['platforms_missing'])}"] if image["platforms_missing"] else []
    return "; ".join([*lacking, *image["differences"]]) or "there, as the catalog says"
