"""A catalog from its repository: what is one, which tags are carried over, and which new catalog is a fault."""

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.renewal import carried, check_size, is_repository
from migrate_dhi.errors import CatalogError
from tests.dhi.apps import catalog_of, definition, image


@pytest.mark.parametrize(
    ("source", "is_one"),
    [
        ("https://github.com/acme/catalog.git", True),
        ("ssh://git@example.com/acme/catalog", True),
        ("git@example.com:acme/catalog", True),
        ("file:///srv/catalog", True),
        (".", True),
        # A file of a catalog, at an address or here.
        ("https://example.com/catalog.jsonl.gz", False),
        ("https://github.com/acme/catalog", False),
        ("catalog.jsonl.gz", False),
        ("none/such/folder", False),
    ],
)
def test_what_is_a_repository(source, is_one):
    assert is_repository(source) is is_one


PAST = {"0.9.0-debian13": ["2025-01-01", "2025-06-01"]}


@pytest.mark.parametrize(
    ("record", "days"),
    [
        # What is listed now was seen on the day of the catalog, for the first time if it was never before.
        (
            image("app", definition("1", "1.0.0-debian13", "1.0.0", "1")),
            {"1.0.0-debian13": ["2026-06-01", "2026-06-01"]},
        ),
        (
            image("app", definition("1", "1.0.0-debian13"), past=PAST),
            {"0.9.0-debian13": ["2025-01-01", "2025-06-01"], "1.0.0-debian13": ["2026-06-01", "2026-06-01"]},
        ),
        # One that was gone and is listed again keeps its first day.
        (
            image("app", definition("0", "0.9.0-debian13"), past=PAST),
            {"0.9.0-debian13": ["2025-01-01", "2026-06-01"]},
        ),
        # Tags that name no whole version and distro float, and images for building are no counterparts.
        (image("app", definition("1", "1.0.0-debian13-dev", variant="dev"), past=PAST), PAST),
        (image("app", definition("1", "1", "1-debian13", "latest")), {}),
        # An image that is gone has been listed all the same.
        ({"gone": "app", "past": PAST}, PAST),
    ],
)
def test_tags_of_once_are_carried_over(record, days):
    assert carried(catalog_of(record)) == {"app": days}


def sized(images, tags, date="2026-06-01"):
    """A catalog with so many images, and so many tags among them."""
    counts = [tags // images + (at < tags % images) for at in range(images)]
    records = [
        image(f"app-{at}", definition("1", *(f"1.0.{n}-debian13" for n in range(max(count, 1)))))
        for at, count in enumerate(counts)
    ]
    return Catalog(pack({"format": 1, "source": "s", "date": date, "commit": ""}, records), "test")


@pytest.mark.parametrize(
    ("images", "tags", "fault"),
    [
        (10, 100, False),
        (11, 130, False),
        # A tenth of the images and a quarter of the tags may end.
        (9, 75, False),
        (8, 100, True),
        (10, 74, True),
        (9, 74, True),
        (1, 1, True),
    ],
)
def test_a_catalog_that_has_shrunk_is_a_fault(images, tags, fault):
    old, new = sized(10, 100), sized(images, tags, "2026-07-01")

    if not fault:
        check_size(new, old, "s")
        return
    with pytest.raises(CatalogError) as caught:
        check_size(new, old, "https://example.com/c")
    assert f"the catalog of 2026-07-01 lists {images} images with {tags} tags" in caught.value.message
    assert "of 2026-06-01, 10 with 100" in caught.value.message
    assert (caught.value.where, "--accept-shrunk" in caught.value.help) == ("https://example.com/c", True)
