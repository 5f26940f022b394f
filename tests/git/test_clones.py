"""A clone of a remote in a folder of the cache: what it knows without asking, and what names mean there."""

import pytest

from migrate_dhi.errors import RepositoryError
from migrate_dhi.git import clones
from migrate_dhi.git.clones import Clone, Found
from migrate_dhi.git.run import ask


@pytest.fixture
def clone(repo, tmp_path):
    repo.git("tag", "v1")
    repo.git("tag", "-a", "-m", "two", "v2")
    return Clone(f"file://{repo.root}", tmp_path / "cache/of/git/clone")


def test_what_a_name_means_at_the_remote(repo, clone):
    head = repo.git("rev-parse", "HEAD")

    assert clone.find("") == clone.find("HEAD") == Found(head, "HEAD")
    assert clone.find("main") == Found(head, "refs/heads/main")
    assert clone.find("v2") == Found(head, "refs/tags/v2")
    assert clone.find(head) == Found(head)
    assert clone.find("nosuch") is None
    assert [one.moves for one in (clone.find(""), clone.find("main"), clone.find("v1"))] == [
        True,
        True,
        False,
    ]


def test_tags_are_commits_also_where_they_are_annotated(repo, clone):
    head = repo.git("rev-parse", "HEAD")

    assert clone.tags() == {"v1": Found(head, "refs/tags/v1"), "v2": Found(head, "refs/tags/v2")}


def test_nobody_else_reads_the_folder_and_no_template_fills_it(clone):
    assert clone.root.stat().st_mode & 0o777 == 0o700
    assert not (clone.root / "hooks").exists()


def test_a_clone_that_was_interrupted_is_made_to_its_end(repo, tmp_path):
    place = tmp_path / "clone"
    place.mkdir()
    for name in ("config.lock", "shallow.lock", "packed-refs.lock"):
        (place / name).write_text("")

    Clone(f"file://{repo.root}", place)

    assert not list(place.glob("*.lock"))
    assert ask(place, "config", "--get-regexp", r"^(remote|extensions|core\.repository)").lines == [
        "core.repositoryformatversion 1",
        f"remote.origin.url file://{repo.root}",
        "remote.origin.promisor true",
        "remote.origin.partialclonefilter blob:none",
        "extensions.partialclone origin",
    ]
    # Made once: what is set up is left as it is.
    ask(place, "config", "remote.origin.url", "file:///elsewhere")
    Clone(f"file://{repo.root}", place)
    assert ask(place, "config", "remote.origin.url").text == "file:///elsewhere"


def test_what_is_here_is_known_without_the_remote(repo, clone):
    head = repo.git("rev-parse", "HEAD")
    assert (clone.has(head), clone.whole) == (False, False)

    assert clone.bring(clone.find("main")) == head

    repo.root.rename(repo.root.with_name("gone"))
    assert clone.has(head)
    assert not clone.has("1" * 40)
    assert clone.files(head)["README.md"][0] == "100644"


def test_contents_are_fetched_once_and_told(repo, clone):
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    commit = clone.bring(clone.find("main"))
    blob = clone.files(commit)["README.md"][1]
    told = []
    assert clone.missing([blob, blob]) == {blob}

    assert clone.contents([blob, blob], lambda *counts: told.append(counts)) == {blob: b"hello\n"}

    assert (clone.missing([blob]), told) == (set(), [(0, 1), (1, 1)])
    repo.root.rename(repo.root.with_name("gone"))
    assert clone.contents([blob]) == {blob: b"hello\n"}


def test_a_commit_that_no_name_means_is_found_among_those_of_the_branches(repo, clone):
    """As older servers, and those that speak the older protocol, give out only what their names mean."""
    first = repo.git("rev-parse", "HEAD")
    repo.git("switch", "-q", "-c", "side")
    repo.commit("more")
    repo.git("branch", "-q", "-D", "main")
    for tag in ("v1", "v2"):
        repo.git("tag", "-d", tag)
    ask(clone.root, "config", "protocol.version", "0")

    assert clone.bring(Found(first)) == first

    assert clone.has(first)
    assert ask(clone.root, "for-each-ref", "--format=%(refname)").lines == ["refs/kept/all/side"]
    with pytest.raises(RepositoryError, match="cannot be read with Git"):
        clone.bring(Found(first, "refs/heads/nothing"))


def test_many_contents_are_fetched_in_portions(repo, clone, monkeypatch):
    monkeypatch.setattr(clones, "_BATCH", 2)
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    files = clone.files(clone.bring(clone.find("main")))
    blobs = {blob for _, blob in files.values()}
    told = []

    clone.bring_files(blobs, lambda *counts: told.append(counts))

    # Here before any of them is asked for: Git would fetch each by itself then.
    assert clone.missing(blobs) == set()
    found = clone.contents(blobs)
    assert {path: found[blob] for path, (_, blob) in files.items()} == {
        path: (repo.root / path).read_bytes() for path in files
    }
    assert told == [(0, 4), (2, 4), (4, 4)]


def test_one_commit_or_all_before_it(repo, clone):
    first = repo.git("rev-parse", "HEAD")
    second = repo.commit("more")

    clone.bring(clone.find("main"))
    assert (clone.has(second), clone.has(first), clone.whole) == (True, False, False)
    clone.bring(clone.find("main"), history=True)
    assert (clone.has(first), clone.whole) == (True, True)
