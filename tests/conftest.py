"""What tests of plans share: fixture charts planned once, and real repositories with a fixture chart in them."""

import gc
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate_dhi.cli import run
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.target import Wishes
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import open_source
from migrate_dhi.steps.context import Choices
from tests import in_memory
from tests.charts import copy_as_dependency, copy_case

SECRET = "kubernetes-dhi"
GIT_CONFIG = """\
[user]
\tname = A User
\temail = user@example.com
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


# Thousands of collected tests are no garbage; looked through again and again, they took a third of the time.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Where tests run side by side, let them write in memory; one by one, what they write stays to be looked at."""
    if not getattr(config.option, "numprocesses", None) or config.option.basetemp:
        return
    place = in_memory.folder()
    if place:
        config.option.basetemp = str(place / "t")
        config.add_cleanup(lambda: shutil.rmtree(place, ignore_errors=True))
        os.environ["TMPDIR"] = str(place)
        tempfile.tempdir = None


def pytest_collection_finish(session):
    gc.freeze()
    gc.enable()


def options_of(
    *, pull_secret="", probes="shell", bump="patch", only=(), skip=(), accept=(), to=(), keep=(), **others
):
    """Options of a plan by the names of the flags."""
    target = others.pop("target", "")
    bounds = others.pop("bounds", Bounds())
    return Options(
        wishes=Wishes(to=tuple(to), keep=tuple(keep), target=target, bounds=bounds),
        choices=Choices(
            pull_secret=pull_secret,
            probes=probes,
            bump=bump,
            only=tuple(only),
            skip=tuple(skip),
            accept=frozenset(accept),
        ),
        **{"offline": True, **others},
    )


def plan_of(chart, *, values=(), **flags):
    """The plan of a chart directory."""
    return plan_chart(open_source(chart, values=[chart / name for name in values]), options_of(**flags))


def steps_of(plan):
    """The steps of a plan by name."""
    return {step.name: step for step in plan.steps}


def findings_of(plan):
    """The codes of a plan's findings, without the one that says that this is no repository."""
    return {finding.code for finding in plan.findings} - {"not-a-repository"}


@pytest.fixture(scope="session")
def planned(tmp_path_factory):
    """Plans of fixture charts, outside Git; each set of flags is planned once, since a plan never changes.

    ``foreign``: the case is a dependency, so that its templates are not the user's own.
    """
    known = {}

    def plan(case, *, foreign=False, **flags):
        key = (case, foreign, repr(sorted(flags.items())))
        if key not in known:
            copy = copy_as_dependency if foreign else copy_case
            chart = copy(case, tmp_path_factory.mktemp("chart") / case)
            known[key] = plan_of(chart, **flags)
        return known[key]

    return plan


@pytest.fixture
def clean_home(tmp_path, monkeypatch):
    """A home of its own, so that no configuration of the machine counts."""
    prepare_home(tmp_path / "home", monkeypatch)
    return tmp_path / "home"


def prepare_home(home, monkeypatch):
    """Make a directory the home of this process."""
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text(GIT_CONFIG)
    for name in [n for n in os.environ if n.startswith(("GIT_", "XDG_", "MIGRATE_DHI", "SSH_", "GPG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def estates(tmp_path_factory):
    """Where the repositories of :func:`estate` are, and those that there are by now."""
    return tmp_path_factory.mktemp("estates"), {}


@pytest.fixture
def estate(case, estates, monkeypatch):
    """The fixture chart ``case`` in a repository of its own, the same in all tests; its branches go again."""
    from tests.estates import Estate

    folder, known = estates
    prepare_home(folder / "home", monkeypatch)
    if case not in known:
        known[case] = Estate(folder / case, case)
    return known[case]


@dataclass(frozen=True)
class Ran:
    """One run of the program."""

    code: int
    out: str
    err: str

    @property
    def error(self):
        """The three lines of an error, as {label: text}; progress may stand above them."""
        lines = self.err.splitlines()[-3:]
        assert [line.partition(": ")[0] for line in lines] == ["error", "help", "state"], self.err
        return {label: text for label, _, text in (line.partition(": ") for line in lines)}


class Workshop:
    """A repository with fixture charts under ``apps/``, and the program to run in it."""

    def __init__(self, root, capsys, monkeypatch):
        self.root = root
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def add(self, case, path="", *, foreign=False):
        """Copy a fixture chart in, as a dependency where it is to be foreign, and commit it."""
        place = path or f"apps/{case}"
        chart = self.root / place
        chart.parent.mkdir(parents=True, exist_ok=True)
        (copy_as_dependency if foreign else copy_case)(case, chart)
        self.commit(f"add {case}")
        return chart

    def remove(self, path):
        """Take a folder away, and commit that."""
        shutil.rmtree(self.root / path)
        self.commit(f"remove {path}")

    def git(self, *args, cwd=None):
        done = subprocess.run(["git", *args], cwd=cwd or self.root, check=True, capture_output=True)
        return done.stdout.decode().removesuffix("\n")

    def commit(self, message):
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message", message)
        return self.head()

    def head(self):
        """The commit that is checked out, from where Git notes it: a process less for each commit of a test."""
        return (self.root / ".git/logs/HEAD").read_text().splitlines()[-1].split()[1]

    def refs(self):
        return self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()

    def branches(self):
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()

    def run(self, *args, cwd=None):
        """Run the program as the command line does; stdin is no terminal."""
        self._monkeypatch.chdir(cwd or self.root)
        self._capsys.readouterr()
        code = run([str(arg) for arg in args])
        said = self._capsys.readouterr()
        return Ran(code, said.out, said.err)

    def picture(self):
        """Every file of worktree and .git: mode, time of change and content."""
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                stat = path.lstat()
                content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
                found[str(path.relative_to(self.root))] = (stat.st_mode, stat.st_mtime_ns, content)
        return found


@pytest.fixture(scope="session")
def started(tmp_path_factory):
    """Where a repository with one commit is, to be copied; made by the first test that wants one."""
    return tmp_path_factory.mktemp("started") / "repo"


@pytest.fixture
def workshop(tmp_path, clean_home, started, capsys, monkeypatch):
    """An empty repository with one commit."""
    found = Workshop(tmp_path / "repo", capsys, monkeypatch)
    if started.exists():
        shutil.copytree(started, found.root)
        found.git("update-index", "-q", "--refresh")
        return found
    found.root.mkdir()
    found.git("init", "--quiet", "--template=")
    (found.root / "README.md").write_text("what runs in the cluster\n")
    found.commit("start")
    shutil.copytree(found.root, started)
    return found
