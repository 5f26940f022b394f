"""Hold the map from upstream to hardened images against a list of what Docker itself chose.

Usage: python benchmarks/map_truth.py TRUTH.json [--names-only]

TRUTH.json: {chart: {"containers": [{"before": IMAGE, "after": HARDENED or null}]}}. An image counts once per
distinct pair. *found*: the first candidate is Docker's choice, certain or likely; *asked*: only weak
candidates, or none; *wrong*: certain or likely, and another. Images that Docker leaves alone come apart.
``--names-only`` leaves out the table of known pairs and the playbooks: what the general rule does by itself.
"""

import json
import sys
from pathlib import Path

from migrate_dhi.dhi import upstream
from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.playbook import Playbooks, load_playbooks
from migrate_dhi.oci.reference import Reference


def main() -> None:
    truth = json.loads(Path(sys.argv[1]).read_text())
    names_only = "--names-only" in sys.argv
    if names_only:
        upstream.known_pairs = dict  # type: ignore[assignment]
    catalog = Catalog.bundled()
    playbooks = Playbooks([]) if names_only else load_playbooks()
    pairs = {(c["before"], c["after"]) for chart in truth.values() for c in chart["containers"]}
    counts = {"found": 0, "asked": 0, "wrong": 0}
    for before, after in sorted(pairs, key=str):
        candidates = upstream.match(Reference.parse(before), catalog, playbooks)
        best = candidates[0] if candidates else None
        if after is None:
            if best:
                print(f"left    {before}: Docker leaves it, the map says {best.target} ({best.confidence})")
            continue
        wanted = Reference.parse(after).name
        sure = best is not None and best.confidence != "weak"
        verdict = "found" if sure and best.target == wanted else "wrong" if sure else "asked"
        counts[verdict] += 1
        if verdict != "found":
            print(f"{verdict:7} {before}: Docker takes {wanted}, the map says {best}")
    total = sum(counts.values())
    print(
        ", ".join(f"{name} {number}" for name, number in counts.items()),
        f"of {total} ({counts['found'] / total:.1%} found)",
    )


if __name__ == "__main__":
    main()
