"""Notes on a decision (they become findings of the plan), and those on ends of life and the catalog's age."""

from datetime import date, timedelta

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.findings import Finding

SOON = timedelta(days=183)
OLD_CATALOG = timedelta(days=90)


def end_of_life_note(definition: Definition, today: date) -> Finding | None:
    """A note where the line is past its end of life (warning) or within six months of it (info)."""
    end = definition.end_of_life
    if end is None or end > today + SOON:
        return None
    line = f"line {definition.line} of {definition.image}"
    help_text = f"see the other lines with `migrate-dhi catalog show {definition.image}`"
    if end < today:
        return Finding(
            "end-of-life", "warning", f"{line} is past its end of life since {end}", help=help_text
        )
    return Finding("end-of-life-soon", "info", f"{line} reaches its end of life on {end}", help=help_text)


def catalog_age_note(catalog: Catalog, today: date) -> Finding | None:
    """A note where the catalog is older than three months: tags it lists may have been replaced since."""
    try:
        written = date.fromisoformat(catalog.date)
    except ValueError:
        return Finding("catalog-undated", "warning", f"the catalog's date {catalog.date!r} is no date")
    days = (today - written).days
    if today - written <= OLD_CATALOG:
        return None
    return Finding(
        "catalog-old",
        "warning" if days > 365 else "info",
        f"the catalog is of {catalog.date}, {days} days old: newer tags exist, and some it lists may be gone",
        help="fetch a newer one with `migrate-dhi catalog update`",
    )
