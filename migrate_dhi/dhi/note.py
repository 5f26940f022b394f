"""Notes on a decision (they become findings of the plan), and those on ends of life and the catalog's age."""

from datetime import date, timedelta
from typing import Literal

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.record import record

SOON = timedelta(days=183)
OLD_CATALOG = timedelta(days=90)


@record
class Note:
    """Something to tell about a decision: a stable code, a sentence, and what to do about it."""

    code: str
    severity: Literal["info", "warning", "error"]
    message: str
    help: str = ""


def end_of_life_note(definition: Definition, today: date) -> Note | None:
    """A note where the line is past its end of life (warning) or within six months of it (info)."""
    end = definition.end_of_life
    if end is None or end > today + SOON:
        return None
    line = f"line {definition.line} of {definition.image}"
    help_text = f"see the other lines with `migrate-dhi catalog show {definition.image}`"
    if end < today:
        return Note("end-of-life", "warning", f"{line} is past its end of life since {end}", help_text)
    return Note("end-of-life-soon", "info", f"{line} reaches its end of life on {end}", help_text)


def catalog_age_note(catalog: Catalog, today: date) -> Note | None:
    """A note where the catalog is older than three months: tags it lists may have been replaced since."""
    try:
        written = date.fromisoformat(catalog.date)
    except ValueError:
        return Note("catalog-undated", "warning", f"the catalog's date {catalog.date!r} is no date")
    days = (today - written).days
    if today - written <= OLD_CATALOG:
        return None
    return Note(
        "catalog-old",
        "warning" if days > 365 else "info",
        f"the catalog is of {catalog.date}, {days} days old: newer tags exist, and some it lists may be gone",
        "fetch a newer one with `migrate-dhi catalog update`",
    )
