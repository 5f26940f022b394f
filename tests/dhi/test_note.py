"""Notes on ends of life and on the catalog's age."""

from datetime import date

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.note import catalog_age_note, end_of_life_note


@pytest.mark.parametrize(
    ("today", "code"),
    [
        (date(2026, 10, 28), "end-of-life"),
        (date(2026, 10, 27), "end-of-life-soon"),
        (date(2026, 5, 1), "end-of-life-soon"),
        (date(2026, 4, 1), None),
    ],
)
def test_end_of_life_is_noted(catalog, today, code):
    definition = catalog.find("kubectl", "1.34.11-debian13-compat")

    note = end_of_life_note(definition, today)

    assert definition.end_of_life == date(2026, 10, 27)
    assert (note.code if note else None) == code


def test_line_without_end_of_life_is_not_noted(catalog):
    assert end_of_life_note(catalog.find("redis", "8.10.1-debian13"), date(2040, 1, 1)) is None


@pytest.mark.parametrize(
    ("day", "noted"),
    [
        ("2026-01-01", None),
        ("2025-08-01", ("catalog-old", "info")),
        ("2024-12-01", ("catalog-old", "warning")),
        ("soon", ("catalog-undated", "warning")),
    ],
)
def test_age_of_the_catalog_is_noted(day, noted):
    catalog = Catalog(pack({"format": 1, "source": "s", "date": day, "commit": ""}, []), "test")

    note = catalog_age_note(catalog, date(2026, 1, 10))

    assert ((note.code, note.severity) if note else None) == noted
