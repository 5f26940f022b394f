"""Which mutants of a room its tests kill: ``python benchmarks/mutants.py yamledit --sample 100 --seed 12``.

mutmut (``pip install mutmut==3.8.1``) makes the mutants, in a copy of HEAD. Its own runs start pytest anew for each of
them; this collects the tests of the room once and forks: first those of the module's own file, until one fails.
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
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[1]
# Seconds of the processor for one test; the slowest takes three. A mutant that needs more is killed.
LIMIT = 12
# Tests that take long, and are run only against the module whose file they stand in.
SLOW = re.compile(
    "collection_|killed_at|before_the_pack|fifty_thousand|/test_signing|/test_repository_kinds|/test_real_"
)
CONFIG = "[mutmut]\nsource_paths=migrate_dhi\nonly_mutate=migrate_dhi/{}/*\nalso_copy=\n docs\n playbooks\n examples\n"


class Late:
    """Helm's engine, loaded where it is asked for first: the threads of Go do not outlive a fork."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        del sys.modules["helm_python"]
        import helm_python  # noqa: PLC0415

        return getattr(helm_python, name)


class Mutants:
    """The plugin of pytest that runs the tests against each mutant of a sample."""

    def __init__(self, room, sample, seed):
        files = sorted(Path("migrate_dhi", room).rglob("*.meta"))
        self.known = sorted(
            name for file in files for name in json.loads(file.read_text())["exit_code_by_key"]
        )
        self.chosen = random.Random(seed).sample(self.known, min(sample, len(self.known)))

    def pytest_runtestloop(self, session):
        """Tell of each mutant whether a test failed."""
        if self.killed("none", [item for item in session.items if not SLOW.search(item.nodeid)]):
            raise pytest.UsageError("the tests fail without any mutant")
        survivors = 0
        for name in self.chosen:
            own = f"/test_{name.split('.')[2]}.py"
            items = [item for item in session.items if own in item.nodeid or not SLOW.search(item.nodeid)]
            killed = self.killed(name, sorted(items, key=lambda item: own not in item.nodeid))
            survivors += not killed
            print(f"\n{'killed' if killed else 'SURVIVED'}\t{name}", flush=True)
        count = len(self.chosen)
        print(f"\n{count - survivors} of {count} killed; a sample of {len(self.known)}", flush=True)
        return True

    def killed(self, name, items):
        """Whether a test fails with the mutant, or takes all time, in a process of its own."""
        if child := os.fork():
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
        from mutmut.mutation.trampoline import set_mutant_under_test  # noqa: PLC0415

        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        set_mutant_under_test(name)
        for item, following in zip(items, [*items[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_PROF, LIMIT)
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                os._exit(1)
        os._exit(0)


def main():
    """Make the mutants in a scratch copy, and run the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("room", help="a folder of migrate_dhi")
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=12)
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
        arguments = ["-q", "-s", "-p", "no:cacheprovider", "--rootdir=.", f"tests/{wanted.room}"]
        pytest.main(arguments, plugins=[Mutants(wanted.room, wanted.sample, wanted.seed)])


if __name__ == "__main__":
    main()
