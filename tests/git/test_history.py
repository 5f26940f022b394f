from __future__ import annotations

from migrate_dhi.git.repository import Repository


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
    assert oldest.author == "A User <user@example.com>"
    assert oldest.date == repo.git("log", "-1", "--format=%aI", one)


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
