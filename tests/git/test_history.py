from __future__ import annotations

from migrate_dhi.git.history import log
from migrate_dhi.git.repository import Repository
from tests.git.conftest import CHART


def test_newest_first_with_all_that_a_commit_says(repo):
    base = repo.git("rev-parse", "HEAD")
    one = repo.commit("fix: ünï\n\nWhy.\n\nMore.\n\nDHI-Step: tag\nDHI-Image: a -> b\nDHI-Image: c ->\n d")
    two = repo.commit("plain")
    newest, oldest = Repository.discover(repo.root).log(base, "HEAD")
    assert (newest.id, newest.parents, newest.subject, newest.body, newest.trailers) == (
        two,
        (one,),
        "plain",
        "",
        {},
    )
    assert (oldest.id, oldest.parents, oldest.subject) == (one, (base,), "fix: ünï")
    assert oldest.body.startswith("Why.\n\nMore.\n\nDHI-Step: tag")
    assert oldest.trailers == {"DHI-Step": ["tag"], "DHI-Image": ["a -> b", "c -> d"]}


def test_nothing_new(repo):
    assert Repository.discover(repo.root).log("HEAD", "HEAD") == []


def test_against_several(repo):
    repo.git("switch", "-qc", "a")
    repo.commit("a")
    repo.git("switch", "-qc", "b")
    last = repo.commit("b")
    assert [commit.id for commit in Repository.discover(repo.root).log(["main", "a"], "b")] == [last]


def test_limit(repo):
    repo.commit("second")
    assert [commit.subject for commit in Repository.discover(repo.root).log((), "HEAD", limit=1)] == [
        "second"
    ]


def test_merge_has_two_parents(repo):
    repo.git("switch", "-qc", "a")
    repo.commit("a")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "a")
    assert len(Repository.discover(repo.root).log((), "HEAD", limit=1)[0].parents) == 2


def test_configuration_for_people_does_not_show(repo):
    repo.commit("x\n\nDHI-Step: tag")
    repo.git("notes", "add", "-m", "a note")
    for option, value in {
        "log.decorate": "full",
        "color.ui": "always",
        "format.pretty": "oneline",
        "log.date": "relative",
        "i18n.logOutputEncoding": "ISO-8859-1",
        "trailer.separators": "=",
        "log.abbrevCommit": "true",
        "log.follow": "true",
    }.items():
        repo.git("config", option, value)
    (commit,) = Repository.discover(repo.root).log("HEAD^", "HEAD")
    assert (len(commit.id), commit.subject, commit.trailers) == (40, "x", {"DHI-Step": ["tag"]})
    assert Repository.discover(repo.root).branches_with_trailer("DHI-Step") == {"main"}


def test_control_characters_in_a_message(repo):
    repo.commit("odd \x1f\x1e\x01 subject\n\nbody \x1f\n\nDHI-Step: tag")
    (commit,) = Repository.discover(repo.root).log("HEAD^", "HEAD")
    assert commit.trailers == {"DHI-Step": ["tag"]}
    assert "\x1f" in commit.body


def test_file_named_like_a_revision(repo):
    repo.write("main", "x\n")
    repo.commit("file")
    assert len(Repository.discover(repo.root).log((), "main")) == 2


def test_merged(repo):
    repo.git("branch", "old")
    repo.commit("new")
    repository = Repository.discover(repo.root)
    assert repository.merged("old", "main")
    assert not repository.merged("main", "old")


def test_no_branch_with_a_trailer(repo):
    repo.commit("body says\n\nDHI-Step: is no trailer here\n\nlast words")
    assert Repository.discover(repo.root).branches_with_trailer("DHI-Step") == set()


def test_several_tips_and_themselves_alone(repo):
    base = repo.git("rev-parse", "HEAD")
    repo.git("switch", "-qc", "a")
    one = repo.commit("a")
    repo.git("switch", "-qc", "b", "main")
    two = repo.commit("b")
    repository = Repository.discover(repo.root)
    assert {commit.id for commit in repository.log(base, [one, two])} == {one, two}
    assert [commit.id for commit in log(repo.root, (), [two, base, one], walk=False)] == [two, base, one]
    assert log(repo.root, (), []) == []


def test_only_commits_that_tell_of_something(repo):
    repo.commit("other DHI-Steps")
    first = repo.commit("x\n\nDHI-Step: tag")
    repo.commit("y\n\nDHI.Step: tag")
    last = repo.commit("z\n\nThis reverts commit 1.")
    found = Repository.discover(repo.root).log((), "HEAD", telling=("DHI-Step: ", "This reverts commit "))
    assert [commit.id for commit in found] == [last, first]


def test_only_commits_that_change_a_file(repo):
    base = repo.git("rev-parse", "HEAD")
    repo.write("a b/ü.txt", "1\n")
    one = repo.commit("one")
    repo.write("README.md", "2\n")
    repo.commit("two")
    assert [
        commit.id for commit in Repository.discover(repo.root).log(base, "HEAD", paths=["a b/ü.txt"])
    ] == [one]


def test_files_that_differ(repo):
    base = repo.git("rev-parse", "HEAD")
    repo.write("new", "1\n")
    repo.write("README.md", "changed\n")
    (repo.root / CHART / "run.sh").unlink()
    one = repo.commit("one")
    repo.git("mv", "README.md", "MOVED.md")
    two = repo.commit("two")
    repository = Repository.discover(repo.root)
    first, second, nothing, both = repository.differences([(base, one), (one, two), (one, one), (base, two)])
    shown = {file.path: (bool(file.before), bool(file.after)) for file in first}
    assert shown == {f"{CHART}/run.sh": (True, False), "README.md": (True, True), "new": (False, True)}
    ids = {file.path: file for file in first}
    assert ids["README.md"].before == repo.git("rev-parse", f"{base}:README.md")
    assert ids["README.md"].after == repo.git("rev-parse", f"{one}:README.md")
    assert {file.path for file in second} == {"README.md", "MOVED.md"}
    assert nothing == []
    assert {file.path for file in both} == {f"{CHART}/run.sh", "README.md", "MOVED.md", "new"}
    assert repository.differences([]) == []


def test_same_change_on_another_base_has_the_same_fingerprint(repo):
    lines = [f"{n}\n" for n in range(30)]
    repo.write("f", "".join(lines))
    base = repo.commit("base")
    repo.write("f", "".join(lines).replace("20\n", "twenty\n"))
    one = repo.commit("one")
    repo.git("switch", "-qc", "other", base)
    repo.write("f", "more\n" + "".join(lines))
    moved = repo.commit("moved")
    repo.git("cherry-pick", one)
    repository = Repository.discover(repo.root)
    here, there, another, none = repository.fingerprints(
        [(base, one), (moved, "HEAD"), (base, moved), (one, one)]
    )
    assert here == there != another
    assert none == ""


def test_merges(repo):
    repo.git("switch", "-qc", "side")
    repo.commit("side")
    repo.git("switch", "-q", "main")
    repo.commit("main")
    repo.git("merge", "-q", "side")
    repository = Repository.discover(repo.root)
    assert repository.is_merge("HEAD")
    assert not repository.is_merge("HEAD^1")
    assert not repository.is_merge("1" * 40)
