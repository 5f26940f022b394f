"""Planning time beside a bare script that does the same renders: ratios, measured in one run.

    python benchmarks/planning.py [CHART] [--runs N]

Three programs run in turn, each as a process of its own: the planner (``--plan --format json``), a bare
script that imports the engine and does the same number of loads, renders and parses of the same chart, and
``--help`` beside an empty Python. The medians and their ratios are printed; nothing is judged.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "gitops" / "apps" / "cluster" / "valkey"

BARE = """
import re, sys
import helm_python, yaml
directory, renders = sys.argv[1], int(sys.argv[2])
split = re.compile(r"(?:^|\\s*\\n)---\\s*")
for _ in range(renders):
    with helm_python.Chart.load(directory) as chart:
        files = chart.render({}, name="valkey")
    for name, text in files.items():
        if name.endswith(".txt") or "/_" in name:
            continue
        for part in split.split(text):
            if part.strip():
                yaml.load(part, Loader=yaml.CSafeLoader)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chart", type=Path, nargs="?", default=EXAMPLE)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    chart = arguments.chart.resolve()
    to = ["--to", "dhi.io/valkey:9.0.2-debian13"] if chart == EXAMPLE else []
    plan = [
        sys.executable,
        "-m",
        "migrate_dhi",
        str(chart),
        "--plan",
        "--format",
        "json",
        "--offline",
        "--pull-secret",
        "regcred",
        *to,
    ]
    first = subprocess.run(plan, capture_output=True, text=True, check=False, env=environment())
    renders = json.loads(first.stdout)["renders"]
    commands = {
        "plan": plan,
        f"bare script, {renders} renders": [sys.executable, "-c", BARE, str(chart), str(renders)],
        "--help": [sys.executable, "-m", "migrate_dhi", "--help"],
        "empty Python": [sys.executable, "-c", ""],
    }
    times = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(arguments.runs):
            for name, command in commands.items():
                started = time.perf_counter()
                done = subprocess.run(
                    command, capture_output=True, check=False, cwd=folder, env=environment()
                )
                if done.returncode not in {0, 5}:
                    sys.exit(f"{name} failed: {done.stderr.decode()[-400:]}")
                times[name].append(time.perf_counter() - started)
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, seconds in median.items():
        print(f"{name:28} {seconds * 1000:7.0f} ms")
    planned, bare, help_time, empty = median.values()
    print(f"\nplan / bare script           {planned / bare:7.2f}   (goal: at most 1.5)")
    print(f"--help / empty Python        {help_time / empty:7.2f}   (goal: --help within 150 ms)")


def environment():
    """Compiled modules are kept, as in any installation."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


if __name__ == "__main__":
    main()
