"""Objects by their bytes are those that Git itself would write, under the same names."""

from __future__ import annotations

from contextlib import closing

import pytest

from migrate_dhi.errors import WriteError
from migrate_dhi.git.objects import read, store
from migrate_dhi.git.run import Batch
from migrate_dhi.git.trees import Tree


@pytest.fixture(params=["sha1", "sha256"])
def kind(make, request):
    repo = make("kind", f"--object-format={request.param}")
    # Names that sort otherwise as folders, and every mode that there is.
    for path in ("a.b/x", "a/x", "a-b/x", "ünï", "tab\tx"):
        repo.write(path, path)
    (repo.root / "link").symlink_to("README.md")
    module = f"160000,{repo.git('rev-parse', 'HEAD')},module"
    repo.git("add", "-A")
    repo.git("update-index", "--add", "--cacheinfo", module)
    repo.git("commit", "-qm", "all kinds")
    return repo


def test_what_is_read_and_stored_is_what_git_reads_there(kind, tmp_path):
    names = ("HEAD", "HEAD^{tree}", "HEAD:README.md")
    with closing(Batch(kind.root, content=True)) as batch:
        for name in names:
            found, content = read(batch, name)
            type_ = kind.git("cat-file", "-t", name)
            assert store(tmp_path, type_, content, like=found) == found == kind.git("rev-parse", name)
            assert (tmp_path / found[:2] / found[2:]).exists()
    # Of the scratch folder alone, Git reads the same.
    for name in names:
        found = kind.git("rev-parse", name)
        loose = kind.root / ".git/objects" / found[:2] / found[2:]
        before = kind.git("cat-file", "-p", found)
        loose.unlink()
        loose.write_bytes((tmp_path / found[:2] / found[2:]).read_bytes())
        assert kind.git("cat-file", "-p", found) == before
    assert kind.git("fsck", "--strict", "--no-dangling") == ""


def test_a_tree_that_is_written_anew_is_the_same(kind, tmp_path):
    with closing(Batch(kind.root, content=True)) as batch:
        tree = Tree.read(batch, "HEAD^{tree}")
        before = tree.id
        content = read(batch, "HEAD:a/x")[1]

        after = tree.change({"a/x": content}, lambda *object_: store(tmp_path, *object_, like=before))

    assert after == before


def test_an_object_that_is_missing(repo):
    with (
        closing(Batch(repo.root, content=True)) as batch,
        pytest.raises(WriteError, match=f"{'1' * 40} is missing"),
    ):
        read(batch, "1" * 40)
