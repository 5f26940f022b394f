"""Small catalogs of our own: one image `app`, or several."""

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack


def definition(line, *tags, distro="debian-13", **facts):
    return {"line": line, "version": tags[0].split("-")[0], "distro": distro, "tags": list(tags), **facts}


def image(name, *definitions, past=None):
    return {"image": name, "definitions": list(definitions), "past": past or {}}


def catalog_of(*records, sources=None):
    return Catalog(packed(*records, sources=sources), "test")


def packed(*records, sources=None):
    """The bytes of a catalog file."""
    head = {"format": 1, "source": "s", "date": "2026-06-01", "commit": ""}
    known = [{"map": "sources", "images": sources}] if sources else []
    return pack(head, [*known, *records])
