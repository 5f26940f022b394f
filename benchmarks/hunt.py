"""Plan and migrate the releases of real GitOps repositories, and have each branch judged by other means.

    python benchmarks/hunt.py REPOSITORY CHARTS OUT [--only TEXT] [--skip NAME] [--most N] [--every N] [--force]

REPOSITORY is a clone that may get branches; CHARTS a folder of chart directories (``--chart-dir``). Each release is
planned (``--plan --format json --offline``), a branch is written of what is ready (``--yes``), judged by
``judge_branch.py`` and deleted again. With ``--force`` errors are accepted and undecided images are kept, so that
more edits are judged. OUT gets one line of JSON for each argument. Nothing that is fetched is part of this project.
"""

import argparse
import contextlib
import io
import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

import judge_branch

from migrate_dhi.cli import run

FLAGS = ("--offline", "--pull-secret", "kubernetes-dhi")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("charts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--most", type=int, default=10**6, help="leave out arguments that mean more releases")
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--force", action="store_true")
    arguments = parser.parse_args()
    charts = arguments.charts.resolve()
    out = arguments.out.open("a")
    os.chdir(arguments.repository)
    _, text, _ = called(["releases", "--format", "json"])
    groups = {}
    for release in json.loads(text)["releases"]:
        directory = release["chart"]["kind"] == "directory"
        name = (
            release["chart"]["path"]
            if directory
            else f"{release['file']}#{release['namespace'] or 'default'}/{release['name']}"
        )
        groups.setdefault(name, []).append(release)
    counts = Counter()
    groups = {name: found for name, found in groups.items() if len(found) <= arguments.most}
    chosen = [name for name in groups if arguments.only in name and name not in arguments.skip][
        :: arguments.every
    ]
    for number, name in enumerate(chosen):
        began = time.monotonic()
        entry = one(name, groups[name], charts, arguments.force)
        entry |= {
            "argument": name,
            "releases": len(groups[name]),
            "seconds": round(time.monotonic() - began, 2),
        }
        counts[entry["outcome"]] += 1
        out.write(json.dumps(entry) + "\n")
        out.flush()
        print(
            f"{number + 1}/{len(chosen)}",
            entry["outcome"],
            name,
            entry["seconds"],
            entry.get("why", "")[:300],
            flush=True,
        )
    print(arguments.repository.name, dict(counts))


def called(words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    return code, out.getvalue(), err.getvalue()


def one(name, releases, charts, force):
    words = [name, *FLAGS, "--chart-dir", str(charts)]
    code, text, told = called([*words, "--plan", "--format", "json"])
    if code not in (0, 5):
        return {"outcome": {3: "CRASH", 4: "not at hand"}.get(code, f"exit {code}"), "why": told.strip()}
    plans = json.loads(text)
    if "plans" in plans:
        if len(plans["plans"]) != 1:
            return {"outcome": "several", "why": str(len(plans["plans"]))}
        plans = plans["plans"][0]
    found = {
        "status": plans["status"],
        "images": dict(Counter(image["status"] for image in plans["images"])),
        "steps": {step["name"]: step["status"] for step in plans["steps"]},
        "blocked": [f"{s['name']}: {s['reason']}" for s in plans["steps"] if s["status"] == "blocked"],
        "findings": [
            f"{f['severity']} {f['code']}: {f['message']}"
            for f in plans["findings"]
            if f["severity"] != "info"
        ],
    }
    found["errors"] = sorted({f["code"] for f in plans["findings"] if f["severity"] == "error"})
    status = plans["status"]
    if status == "blocked":
        found["outcome"] = "asked" if found["images"].get("undecided") else "blocked"
        found["why"] = "; ".join([*found["errors"], *found["blocked"]])
        if not force:
            return found
        keep = [image["before"] for image in plans["images"] if image["status"] == "undecided"]
        words += [word for image in keep for word in ("--keep", image)]
        words += ["--accept", "all"]
        code, text, told = called([*words, "--plan", "--format", "json"])
        if code not in (0, 5):
            return found | {"outcome": "CRASH" if code == 3 else "exit after --keep", "why": told.strip()}
        plans = json.loads(text)
        plans = plans["plans"][0] if "plans" in plans else plans
        half = [
            step
            for step in plans["steps"]
            if step["name"] in ("registry", "tag") and step["status"] == "blocked"
        ]
        if half:
            # Accepted, this is a migration by halves: there is nothing that a judge could hold it to.
            return found
    return written(words, releases, charts, plans, found)


def written(words, releases, charts, plans, found):
    """The same with a branch written and judged, where anything is to be written."""
    if plans["status"] == "nothing-to-do" or not any(step["edits"] for step in plans["steps"]):
        return found | {"outcome": found.get("outcome", "nothing to do")}
    if not plans["chart"]["path"]:
        targets = {json.dumps(r["layers"]) for r in plans["releases"] if r["role"] == "target"}
        releases = [r for r in releases if json.dumps(r["layers"]) in targets] or releases
    base = judge_branch.git(".", "rev-parse", "HEAD").strip()
    code, _, told = called([*words, "--yes"])
    if code:
        return found | {
            "outcome": "CRASH" if code == 3 else found.get("outcome", f"--yes exit {code}"),
            "why": told,
        }
    branches = judge_branch.git(".", "for-each-ref", "--format=%(refname:short)", "refs/heads/dhi").split()
    try:
        wrong = judged(base, branches, releases, charts, plans)
    except (judge_branch.NotJudgedError, judge_branch.yaml.YAMLError) as reason:
        return found | {
            "outcome": found.get("outcome", "ready"),
            "judged": False,
            "why": f"not judged: {reason}",
        }
    finally:
        for branch in branches:
            subprocess.run(["git", "update-ref", "-d", f"refs/heads/{branch}"], check=True)
    if wrong:
        return found | {"outcome": "WRONG", "why": "; ".join(wrong[:6]), "wrong": wrong}
    return found | {"outcome": found.get("outcome", "ready"), "judged": True}


def judged(base, branches, releases, charts, plan):
    if len(branches) != 1:
        return [f"branches {branches}"]
    origin = releases[0]["chart"]
    with tempfile.TemporaryDirectory() as scratch:
        if origin["kind"] == "directory":
            chart = lambda tree: judge_branch.vendored(tree / origin["path"], charts, scratch)  # noqa: E731
        else:
            chart = at_hand(charts, plan["chart"])
        return judge_branch.judge(".", base, branches[0], releases, chart, plan)


def at_hand(charts, chart):
    for folder in charts.iterdir():
        if folder.name.startswith(chart["name"]):
            meta = judge_branch.yaml.load((folder / "Chart.yaml").read_text(), judge_branch.LOADER)
            if (meta["name"], str(meta["version"])) == (chart["name"], chart["version"]):
                return folder
    raise judge_branch.NotJudgedError(f"no chart {chart['name']}")


if __name__ == "__main__":
    main()
