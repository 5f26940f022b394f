"""Which mutants of a room its tests kill: ``python benchmarks/mutants.py yamledit --sample 100 --seed 12``.

mutmut (``pip install mutmut==3.8.1``) makes the mutants, in a copy of HEAD. Its own runs start pytest anew for each of
them; this collects the tests once and forks, first to see which functions each test calls in this process, then for
each mutant: the tests that call its function, the quickest first, until one fails.
"""

import argparse
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[1]
# Seconds of the processor for one test (the slowest takes three), and ten times as many of the clock. A mutant that
# needs more is killed.
LIMIT = 12
# Tests that take long, and are not run.
SLOW = re.compile("collection_|killed_at|before_the_pack|fifty_thousand|/test_real_")
# What ended the last process that failed.
FAULT = Path("fault.txt")
COPIED = ("docs", "playbooks", "examples", "CONTRIBUTING.md")
CONFIG = (
    "[mutmut]\nsource_paths=migrate_dhi\nonly_mutate=migrate_dhi/{}/*\nalso_copy=\n "
    + "\n ".join(COPIED)
    + "\n"
)


class Late:
    """Helm's engine, loaded where it is asked for first: the threads of Go do not outlive a fork."""

    def __getattr__(self, name):
        # pytest asks whatever a module of tests holds for names of its own.
        if name.startswith("_") and name != "_native":
            raise AttributeError(name)
        if sys.modules["helm_python"] is self:
            del sys.modules["helm_python"]
        import helm_python  # noqa: PLC0415

        return getattr(helm_python, name)


class Mutants:
    """The plugin of pytest that runs the tests against each mutant of a sample."""

    def __init__(self, wanted):
        files = sorted(Path("migrate_dhi", wanted.room).rglob("*.meta"))
        names = [name for file in files for name in json.loads(file.read_text())["exit_code_by_key"]]
        known = sorted(name for name in names if re.search(wanted.matching, name))
        self.chosen = random.Random(wanted.seed).sample(known, min(wanted.sample, len(known)))
        self.of = len(known)
        self.longest = wanted.longest

    def pytest_runtestloop(self, session):
        """Tell of each mutant whether a test failed."""
        items = [item for item in session.items if not SLOW.search(item.nodeid)]
        seen = Path("calls.json")
        if forked(lambda: seen.write_text(json.dumps([called_by(*one) for one in followed(items)]))):
            raise pytest.UsageError(f"the tests fail without any mutant: {FAULT.read_text()}")
        calls = [(seconds, set(names)) for seconds, names in json.loads(seen.read_text())]
        order = sorted(range(len(items)), key=lambda at: calls[at][0])
        order = [at for at in order if calls[at][0] < self.longest]
        survivors = 0
        for name in self.chosen:
            function = name.partition("__mutmut_")[0]
            chosen = [items[at] for at in order if function in calls[at][1]]
            killed = forked(lambda name=name, chosen=chosen: run(name, chosen)) != 0
            survivors += not killed
            print(f"\n{'killed' if killed else 'SURVIVED'}\t{len(chosen)}\t{name}", flush=True)
        count = len(self.chosen)
        print(f"\n{count - survivors} of {count} killed; a sample of {self.of}", flush=True)
        return True


def forked(work):
    """The exit code of a quiet process of its own that does the work."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        work()
    except BaseException as error:  # noqa: BLE001
        FAULT.write_text(repr(error))
        os._exit(1)
    os._exit(0)


def followed(items):
    """Each test with the one after it, for which pytest keeps what they share."""
    return zip(items, [*items[1:], None], strict=True)


def called_by(item, following):
    """Seconds that one test takes, and the functions that it calls in this process."""
    from mutmut.mutation import trampoline  # noqa: PLC0415

    names, began = set(), time.perf_counter()
    trampoline.record_trampoline_hit = lambda name, **_: names.add(name)
    # Not in the environment: programs that the test starts would write down theirs, and fail at it.
    trampoline._mutant_under_test = "stats"  # noqa: SLF001
    passed(item, following)
    return time.perf_counter() - began, sorted(names)


def run(name, items):
    """Run the tests with the mutant; the first that fails ends it."""
    from mutmut.mutation.trampoline import set_mutant_under_test  # noqa: PLC0415

    set_mutant_under_test(name)
    for item, following in followed(items):
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        signal.alarm(10 * LIMIT)
        passed(item, following)


def passed(item, following):
    """Run one test; an error if it fails."""
    if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
        raise AssertionError(item.nodeid)


def main():
    """Make the mutants in a scratch copy, and run the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room", help="a folder of migrate_dhi")
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument(
        "--matching", default="", help="only mutants whose name has this (a regular expression)"
    )
    parser.add_argument(
        "--longest", type=float, default=60, help="seconds; tests that take longer are left out"
    )
    parser.add_argument("--tests", nargs="*", help="folders of tests; without it the room's own")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        packed = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(scratch, filter="data")
        os.chdir(scratch)
        Path("setup.cfg").write_text(CONFIG.format(wanted.room))
        Path("mutants").mkdir()
        import mutmut.__main__ as mutmut  # noqa: PLC0415

        mutmut.copy_src_dir()
        mutmut.copy_also_copy_files()
        mutmut.create_mutants(os.cpu_count() or 1)
        os.chdir("mutants")
        # Programs that tests start run the mutants, too.
        os.environ["PYTHONPATH"] = str(Path.cwd())
        sys.path.insert(0, str(Path.cwd()))
        sys.modules["helm_python"] = Late()
        tests = wanted.tests or [f"tests/{wanted.room}"]
        arguments = ["-q", "-s", "-p", "no:cacheprovider", "--rootdir=.", *tests]
        pytest.main(arguments, plugins=[Mutants(wanted)])


if __name__ == "__main__":
    main()
