"""How quickly the bundled catalog answers, against reading the same facts with the json module.

Usage: python benchmarks/catalog_load.py

Prints medians of 20 runs in this process and the memory that each way keeps. The baseline is one JSON file of
the same records, uncompressed, read with json.loads.
"""

import gzip
import json
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

from migrate_dhi.dhi import catalog as catalog_module
from migrate_dhi.dhi.catalog import Catalog

RUNS = 20


def main() -> None:
    packed = Path(catalog_module.__file__).with_name("data") / "catalog.jsonl.gz"
    lines = gzip.decompress(packed.read_bytes()).decode().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "catalog.json"
        plain.write_text(f"[{','.join(lines)}]")
        sizes = (packed.stat().st_size / 1000, plain.stat().st_size / 1000)
        print("bundled file {:.0f} kB, the same as JSON {:.0f} kB".format(*sizes))
        ways: dict[str, Callable[[], object]] = {
            "json.loads of all facts": lambda: json.loads(plain.read_text()),
            "Catalog.bundled() and one image": one_image,
            "Catalog.bundled() and ten images": ten_images,
            "Catalog.bundled() and every image": every_image,
        }
        base = 0.0
        for name, way in ways.items():
            seconds = median(timed(way) for _ in range(RUNS))
            base = base or seconds
            figures = (
                f"{seconds * 1000:7.1f} ms  ratio {seconds / base:4.2f}  keeps {kept(way) / 1e6:5.1f} MB"
            )
            print(f"{name:36} {figures}")


def one_image() -> object:
    catalog = Catalog.bundled()
    return catalog, catalog.definitions("valkey")


def ten_images() -> object:
    catalog = Catalog.bundled()
    return catalog, [catalog.definitions(name) for name in catalog.names()[100:110]]


def every_image() -> object:
    catalog = Catalog.bundled()
    return catalog, [catalog.definitions(name) for name in catalog.names()]


def timed(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def kept(way: Callable[[], object]) -> float:
    tracemalloc.start()
    result = way()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del result
    return size


if __name__ == "__main__":
    main()
