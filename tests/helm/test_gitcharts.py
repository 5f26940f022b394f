"""Charts in other Git repositories: a folder at a revision, only what it needs, and again without network."""

import shutil
import subprocess
import time

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm import gitcharts
from migrate_dhi.helm.chart import GitChart
from migrate_dhi.helm.store import Store
from tests.helm.served import make_chart


@pytest.fixture
def remote(tmp_path, clean_home):
    """A bare repository with a chart, a chart beside it, and a large file that no chart needs."""
    work, bare = tmp_path / "work", tmp_path / "charts.git"
    work.mkdir()
    git(work, "init", "--quiet", "--template=")
    make_chart(work / "charts", "node", more="dependencies:\n- {name: base, repository: 'file://../base'}\n")
    make_chart(work / "charts", "base")
    (work / "large.bin").write_text("large\n" * 100_000)
    (work / "charts/node/LICENSE").symlink_to("../../LICENSE")
    (work / "LICENSE").write_text("free\n")
    found = Remote(work, bare)
    found.commit("1.0.0")
    return found


def git(where, *args):
    return subprocess.run(
        ["git", *args], cwd=where, check=True, capture_output=True, text=True
    ).stdout.strip()


class Remote:
    def __init__(self, work, bare):
        self.work, self.bare, self.url = work, bare, f"file://{bare}"
        git(work.parent, "init", "--quiet", "--bare", str(bare))
        git(bare, "config", "uploadpack.allowFilter", "true")

    def commit(self, version):
        """A commit in which the chart has that version, with a tag of the same name."""
        file = self.work / "charts/node/Chart.yaml"
        lines = [
            f"version: {version}" if line.startswith("version:") else line
            for line in file.read_text().split("\n")
        ]
        file.write_text("\n".join(lines))
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--allow-empty", "--message", version)
        git(self.work, "tag", "--annotate", "--message", version, version)
        git(self.work, "push", "--quiet", "--tags", str(self.bare), "HEAD:refs/heads/main")
        return git(self.work, "rev-parse", "HEAD")


@pytest.fixture
def take(remote, tmp_path):
    """The version of the chart at a revision, and the sentence."""

    def take(revision="", path="charts/node", *, offline=False):
        scratch = tmp_path / f"scratch{time.monotonic_ns()}"
        found = gitcharts.lay_out(
            GitChart(remote.url, revision, path), Store(tmp_path / "cache"), scratch, offline=offline
        )
        if found is None:
            return None
        take.folder = found[0]
        text = (found[0] / "Chart.yaml").read_text()
        return next(line for line in text.split("\n") if line.startswith("version")).split()[1], found[1]

    return take


def refusal(take, *args, **options):
    with pytest.raises(DependencyError) as caught:
        take(*args, **options)
    return caught.value


def test_a_chart_is_laid_out_with_the_chart_beside_it_and_links_resolved(take):
    take()

    assert sorted(path.name for path in take.folder.parent.iterdir()) == ["base", "node"]
    assert (take.folder / "LICENSE").read_text() == "free\n"
    assert not (take.folder.parent.parent / "large.bin").exists()


def test_contents_that_the_chart_does_not_need_are_not_fetched(take, tmp_path, remote):
    take()

    (clone,) = (tmp_path / "cache/git").iterdir()
    here = git(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert git(remote.bare, "rev-parse", "main:large.bin") not in here
    assert git(remote.bare, "rev-parse", "main:LICENSE") in here


NAMED = ("", "HEAD", "main", "refs/heads/main", "1.1.0")
RANGES = ("1.x", "~1.0.0", "1", "1.0", "1.0.0 - 1.9.0", ">=1.0.0 <2.0.0")


def test_every_kind_of_revision(take, remote):
    first = git(remote.work, "rev-parse", "HEAD")
    remote.commit("1.1.0")
    remote.commit("2.0.0")

    taken = {one: take(one)[0] for one in (*NAMED, first, *RANGES)}

    assert taken == {
        "": "2.0.0",
        "HEAD": "2.0.0",
        "main": "2.0.0",
        "refs/heads/main": "2.0.0",
        "1.1.0": "1.1.0",
        first: "1.0.0",
        "1.x": "1.1.0",
        "~1.0.0": "1.0.0",
        "1": "1.1.0",
        "1.0": "1.0.0",
        "1.0.0 - 1.9.0": "1.1.0",
        ">=1.0.0 <2.0.0": "1.1.0",
    }


def test_what_moves_is_said_and_what_does_not_is_not(take, remote):
    commit = git(remote.work, "rev-parse", "HEAD")

    assert f"asked for at main of {remote.url}, and was taken at commit {commit[:12]}" in take("main")[1]
    assert f"the tag 1.0.0, commit {commit[:12]}" in take("1.x")[1]
    assert [take(one)[1] for one in ("1.0.0", commit)] == ["", ""]


@pytest.mark.parametrize("revision", ["", "main", "1.0.0", "1.x"])
def test_it_is_taken_again_without_the_remote(take, remote, revision):
    online = take(revision)
    shutil.rmtree(remote.bare)

    assert take(revision, offline=True) == online


def test_offline_what_is_not_at_hand_is_not_fetched(take):
    assert take(offline=True) is None
    take("main")
    assert take("1.0.0", offline=True) is None
    assert take("main", path="charts/base", offline=True)


def test_a_branch_is_followed_after_a_while(take, remote, tmp_path, monkeypatch):
    take("main")
    remote.commit("1.1.0")
    soon = take("main")[0]
    monkeypatch.setattr(gitcharts, "_FRESH", 0)

    assert (soon, take("main")[0]) == ("1.0.0", "1.1.0")


def test_what_a_git_that_was_killed_left_is_not_in_the_way(take, remote, tmp_path):
    take("main")
    (clone,) = (tmp_path / "cache/git").iterdir()
    for name in ("config.lock", "shallow.lock"):
        (clone / name).write_text("")
    commit = remote.commit("1.1.0")

    assert take(commit)[0] == "1.1.0"


def test_a_chart_at_the_root_of_a_repository(take, remote):
    git(remote.work, "mv", "charts/base/Chart.yaml", "Chart.yaml")
    remote.commit("1.1.0")

    assert take("main", path=".")[0] == "1.0.0"


def test_what_is_not_there(take, remote):
    assert refusal(take, "gone").message == f"{remote.url} has no revision gone"
    assert (
        refusal(take, path="charts/gone").message
        == f"there is no chart at charts/gone of {remote.url} at HEAD"
    )


def test_a_remote_that_does_not_answer(take, remote):
    shutil.rmtree(remote.bare)

    error = refusal(take)

    assert error.message.startswith(f"{remote.url} cannot be read with Git: ")
    assert f"git ls-remote {remote.url}" in error.help


def test_no_program_is_run_for_an_address(tmp_path, clean_home):
    store = Store(tmp_path / "cache")
    chart = GitChart(f"ext::sh -c 'touch {tmp_path}/ran'", "", ".")

    with pytest.raises(DependencyError):
        gitcharts.lay_out(chart, store, tmp_path / "scratch", offline=False)

    assert not (tmp_path / "ran").exists()
