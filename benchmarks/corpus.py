"""Plan real charts and report how far the program gets with them.

    python benchmarks/corpus.py FOLDER [--truth truth.json] [--first | --unattended [--catalog FILE]] [--only NAME]
        [--markdown FILE [--total]]

FOLDER holds wrapper charts, one in each folder, with their dependencies vendored (none of it is part of
this project). With ``--truth`` (container → hardened repository, as Docker's own values have it) the report
also says how many images were given the repository that Docker chose. Each chart is planned with a pull
secret, and with the hardened repository of the truth where the catalog asks (with ``--first``: where it is not
in the truth, with the first tag that is offered; else the image is kept). With ``--unattended`` nothing is
answered: each chart is planned as ``--yes --accept all --pull-secret regcred`` would, maybe with the catalog of
another day, and the report says what was asked, what would go down, and which families would be split.
"""

import argparse
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.tags import older, parse_hardened, parse_upstream
from migrate_dhi.dhi.target import Wishes
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.plan_image import RUNS
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import open_source
from migrate_dhi.steps.context import Choices


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--first", action="store_true", help="take the first offer where the catalog asks")
    parser.add_argument("--unattended", action="store_true", help="answer nothing; report questions")
    parser.add_argument(
        "--catalog", type=Path, help="a catalog file, as `migrate-dhi catalog build` writes it"
    )
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    parser.add_argument("--total", action="store_true", help="of the table, write the total alone")
    arguments = parser.parse_args()
    truth = json.loads(arguments.truth.read_text()) if arguments.truth else {}
    total, rows = Counter(), []
    for chart in sorted(p.parent for p in arguments.folder.glob("*/Chart.yaml")):
        if arguments.only and chart.name not in arguments.only:
            continue
        row = one(chart, truth.get(chart.name, {}), arguments)
        rows.append(row)
        total.update({k: v for k, v in row.items() if isinstance(v, int | float)})
        print(show(row), flush=True)
    print("\ntotals:", ", ".join(f"{name} {round(count, 1)}" for name, count in sorted(total.items())))
    print(f"charts {len(rows)}, failed {sum('error' in row for row in rows)}")
    if arguments.markdown:
        write_markdown(arguments.markdown, arguments.folder.name, rows, total, arguments.total)


COLUMNS = (
    "images",
    "migrate",
    "fixed",
    "undecided",
    "slots",
    "slots done",
    "pods",
    "pods done",
    "blocked",
    "errors",
    "two handlers",
    "unannounced",
    "truth",
    "truth same",
    "truth other",
    "renders",
    "seconds",
)


def write_markdown(file, name, rows, total, total_only):
    """One table for a folder of charts; the file may hold several, each under its own heading."""
    failed = sum("error" in row for row in rows)
    options = " ".join(option for option in sys.argv[1:] if option in {"--first", "--total", "--unattended"})
    lines = [
        f"## {name}",
        "",
        f"{datetime.now(tz=UTC).date().isoformat()}: `python benchmarks/corpus.py {name} {options}".rstrip()
        + "`; "
        f"{len(rows)} charts, of which {failed} do not render with these values.",
        "",
    ]
    lines += ["| chart | " + " | ".join(COLUMNS) + " |", "|" + " --- |" * (len(COLUMNS) + 1)]
    for row in () if total_only else rows:
        cells = [str(row.get(column, "")) for column in COLUMNS]
        lines.append(
            f"| {row['chart']} | "
            + (" | ".join(cells) if "error" not in row else row["error"].replace("|", "/"))
            + " |"
        )
    lines.append("| **all** | " + " | ".join(str(round(total[column], 1)) for column in COLUMNS) + " |")
    old = file.read_text() if file.exists() else ""
    kept = [
        part for part in old.split("\n## ") if part and not part.removeprefix("## ").startswith(f"{name}\n")
    ]
    head = kept[0] if kept and not kept[0].startswith("## ") else "# Real charts\n"
    rest = "".join(f"\n## {part.rstrip()}\n" for part in kept[1:])
    file.write_text(f"{head.rstrip()}\n{rest}\n" + "\n".join(lines) + "\n")


def one(chart, truth, arguments):
    started = time.perf_counter()
    try:
        if arguments.unattended:
            plan = unattended_plan(chart, arguments.catalog)
            undecided = [image.before for image in plan.images if image.asks]
        else:
            plan, undecided = best_plan(chart, truth, first=arguments.first)
    except MigrateDhiError as error:
        return {"chart": chart.name, "error": str(error)[:160]}
    except Exception as error:
        if arguments.verbose:
            raise
        return {"chart": chart.name, "error": f"BUG {type(error).__name__}: {error}"[:160]}
    images = Counter(image.status for image in plan.images)
    steps = {step.name: step for step in plan.steps}
    row = {
        "chart": chart.name,
        "images": len(plan.images),
        "migrate": images["migrate"],
        "fixed": images["fixed"],
        "undecided": len(undecided),
        "pods done": steps["pull-secret"].done,
        "pods": steps["pull-secret"].of,
        "blocked": sum(step.status == "blocked" for step in plan.steps),
        "errors": sum(finding.severity == "error" for finding in plan.findings),
        "renders": plan.renders,
        "seconds": round(time.perf_counter() - started, 2),
        "slots": steps["registry"].of,
        "slots done": min(steps["registry"].done, steps["tag"].done),
        "two handlers": two_handlers(plan),
        "unannounced": sum(finding.code == "unannounced-change" for finding in plan.findings),
    }
    if truth:
        row |= compare(plan, truth)
    if arguments.unattended:
        row |= decided(
            plan, Catalog.load(arguments.catalog) if arguments.catalog else Catalog.bundled(), truth
        )
    row["notes"] = notes(plan, undecided)
    return row


def best_plan(chart, truth, *, first=False):
    """The plan; where images are undecided, once more with Docker's own choice, the first offer, or without them."""
    source = open_source(chart)
    base = Options(choices=Choices(pull_secret="regcred"), offline=True, release="rel", namespace="apps")
    plan = plan_chart(source, base)
    undecided = [image for image in plan.images if image.status == "undecided"]
    if not undecided:
        return plan, []
    chosen = {plain(c["before"]): c["after"] for c in truth.get("containers", ()) if c["after"]}
    to, keep = [], []
    for image in undecided:
        offer = next((str(name) for name in image.candidates if ":" in str(name).rpartition("/")[2]), "")
        if plain(image.before) in chosen:
            to.append(f"{image.before}={pick(chosen[plain(image.before)], image.before)}")
        elif first and offer:
            to.append(f"{image.before}={offer}")
        else:
            keep.append(image.before)
    wishes = Wishes(to=tuple(to), keep=tuple(keep))
    undecided = [image.before for image in undecided]
    return plan_chart(
        source, Options(wishes, base.choices, offline=True, release="rel", namespace="apps")
    ), undecided


def unattended_plan(chart, catalog):
    choices = Choices(pull_secret="regcred", accept=frozenset({"all"}))
    options = Options(choices=choices, offline=True, release="rel", namespace="apps", catalog=catalog)
    return plan_chart(open_source(chart), options)


def decided(plan: Plan, catalog: Catalog, truth):
    """How the tags were found, what would go down, split families, and what the catalog of the day has."""
    result = Counter()
    for image in plan.images:
        result[f"rule {image.rule or image.status}"] += 1
        before, after = (
            parse_upstream(tag_of(image.before)).release,
            parse_hardened(tag_of(image.after)).release,
        )
        result["down"] += bool(before and after and older(after, before))
    result["split"] = sum(finding.code == "family-split" for finding in plan.findings)
    result["status " + plan.status] += 1
    # By repository: the charts may be those of another day than the truth, with other tags.
    chosen = {
        repository(c["before"]): repository(c["after"])
        for c in truth.get("containers", ())
        if c["after"] and repository(c["after"]).partition("/")[2] in catalog
    }
    for image in plan.images:
        uses = sum(use.role in RUNS for use in image.used_by)
        target = chosen.get(repository(image.before))
        if target:
            result["truth listed"] += uses
            result["truth listed same"] += uses * (repository(image.after) == target)
    return dict(result)


def tag_of(reference):
    return plain(reference).rpartition("/")[2].partition(":")[2]


def plain(reference):
    """Without the digest, which the truth leaves out."""
    return reference.partition("@")[0]


def pick(after, old):
    """Docker's repository, with its tag or else the old one."""
    name, colon, tag = after.partition("@")[0].rpartition(":")
    if colon and "/" not in tag:
        return f"{name}:{tag}"
    old_tag = old.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return f"{after}:{old_tag or 'latest'}"


def compare(plan: Plan, truth):
    planned = {image.before.partition("@")[0]: image for image in plan.images}
    result = Counter({"truth": 0, "truth same": 0, "truth other": 0, "truth kept": 0})
    for container in truth.get("containers", ()):
        if not container["after"]:
            continue
        result["truth"] += 1
        image = planned.get(container["before"].partition("@")[0])
        if image is None or not image.after:
            result["truth kept"] += 1
        elif repository(image.after) == repository(container["after"]):
            result["truth same"] += 1
        else:
            result["truth other"] += 1
    return dict(result)


def repository(reference):
    name = reference.partition("@")[0]
    head, _, tail = name.rpartition("/")
    return f"{head}/{tail.partition(':')[0]}"


def two_handlers(plan: Plan):
    return sum(
        1
        for step in plan.steps
        if step.name == "probes"
        for effect in step.effects
        if isinstance(effect.after, dict)
        and len({"exec", "httpGet", "tcpSocket", "grpc"} & effect.after.keys()) > 1
    )


def notes(plan: Plan, undecided):
    found = [
        f"{s.name} blocked: {s.reason}"
        + "".join(f"\n      tried {t.reason}: {t.verdict}" for t in s.tried[:4])
        for s in plan.steps
        if s.status == "blocked"
    ]
    found += [f"{s.name} {s.done}/{s.of}" for s in plan.steps if s.status == "proven" and s.done < s.of]
    found += [
        f"{f.code}: {f.message}"
        for f in plan.findings
        if f.severity == "error" and f.code != "image-undecided"
    ]
    found += [f"fixed: {i.before}" for i in plan.images if i.status == "fixed"]
    found += [f"asked: {name}" for name in undecided]
    return found


def show(row):
    if "error" in row:
        return f"{row['chart']:28} ERROR {row['error']}"
    head = " ".join(f"{k}={v}" for k, v in row.items() if k not in {"chart", "notes"} and v not in (0, ""))
    return "\n    ".join([f"{row['chart']:28} {head}", *(note[:420] for note in row["notes"])])


if __name__ == "__main__":
    sys.exit(main())
