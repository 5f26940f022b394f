"""What Git said once is not asked again in one moment, and is asked anew outside of it."""

import pytest

from migrate_dhi.errors import BranchExistsError, RepositoryError
from migrate_dhi.git import moment
from migrate_dhi.git.blobs import read_blobs
from migrate_dhi.git.branches import require_valid
from migrate_dhi.git.changes import FileChange
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot


@pytest.fixture
def shop(repo):
    for name in ("a/one.yaml", "a/two.yaml", "ab/three.yaml"):
        place = repo.root / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"image: docker.io/acme/{name[-8:-5]}\n")
    repo.commit("files")
    yield repo
    moment.end()


def repository(shop):
    return Repository.discover(shop.root)


def test_outside_of_a_moment_everything_is_asked_anew(shop):
    here = repository(shop)
    assert here.changed("HEAD", ["a"]) == []

    (shop.root / "a/one.yaml").write_text("image: other\n")

    assert here.changed("HEAD", ["a"]) == [FileChange("a/one.yaml", "modified")]


def test_in_a_moment_the_changes_of_each_folder_are_those_of_that_folder(shop):
    (shop.root / "a/one.yaml").write_text("image: other\n")
    (shop.root / "ab/new.yaml").write_text("image: other\n")
    asked = (["a"], ["ab"], ["a/one.yaml"], ["a/two.yaml"], ["."], ["a", "ab"], [])
    plain = [repository(shop).changed("HEAD", paths) for paths in asked]

    moment.begin(refs=True)

    assert [repository(shop).changed("HEAD", paths) for paths in asked] == plain


def test_a_moment_ends(shop):
    moment.begin(refs=True)
    repository(shop).changed("HEAD", ["a"])
    moment.end()
    (shop.root / "a/one.yaml").write_text("image: other\n")

    assert repository(shop).changed("HEAD", ["a"])


def test_a_repository_inside_another_is_found_in_a_moment_too(shop):
    inner = shop.root / "a/inner"
    inner.mkdir()
    shop.git("init", "--quiet", "a/inner")
    moment.begin(refs=True)

    assert Repository.discover(shop.root / "a").root == shop.root
    assert Repository.discover(inner).root == inner
    assert Repository.discover(shop.root / "ab").root == shop.root


def test_blobs_one_by_one_are_those_of_one_call(shop):
    blobs = [line.split()[2] for line in shop.git("ls-tree", "-r", "HEAD").splitlines()]
    plain = read_blobs(shop.root, blobs)
    moment.begin(refs=True)

    assert read_blobs(shop.root, blobs[:1]) | read_blobs(shop.root, blobs[1:]) == plain
    assert read_blobs(shop.root, []) == {}
    assert Snapshot.of_commit(shop.root, "HEAD").text("a/one.yaml") == "image: docker.io/acme/one\n"


def test_a_missing_blob_is_told_and_the_next_is_read(shop):
    (blob,) = [line.split()[2] for line in shop.git("ls-tree", "HEAD", "README.md").splitlines()]
    moment.begin(refs=True)

    with pytest.raises(RepositoryError, match="is not in this clone"):
        read_blobs(shop.root, ["0" * 40])
    assert read_blobs(shop.root, [blob])[blob].startswith(b"hello")


@pytest.mark.parametrize("refs", [True, False])
def test_a_branch_that_is_there_when_a_moment_begins_is_seen(shop, refs):
    shop.git("branch", "dhi/a")
    moment.begin(refs=refs)

    with pytest.raises(BranchExistsError):
        repository(shop).require_free("dhi/a")
    repository(shop).require_free("dhi/b")
    with pytest.raises(BranchExistsError, match="beside the branch dhi/a"):
        repository(shop).require_free("dhi/a/b")


def test_who_writes_branches_sees_those_that_came_since(shop):
    moment.begin(refs=False)
    repository(shop).require_free("dhi/a")
    shop.git("branch", "dhi/a")

    with pytest.raises(BranchExistsError):
        repository(shop).require_free("dhi/a")


@pytest.mark.parametrize("name", ["dhi/a", "dhi/apps-a.b_c+1", "dhi/a.b-c"])
def test_plain_names_are_what_git_takes(shop, name):
    require_valid(shop.root, name)
    shop.git("check-ref-format", f"refs/heads/{name}")


@pytest.mark.parametrize("name", ["dhi/a.lock", "dhi/a..b", "dhi/.a", "dhi/a.", "dhi/a b", "dhi/a//b"])
def test_odd_names_are_still_what_git_says(shop, name):
    with pytest.raises(Exception, match="is no name for a branch"):
        require_valid(shop.root, name)


def test_lines_with_a_word(shop):
    (shop.root / "a/link.yaml").symlink_to("two.yaml")
    (shop.root / "a/none.yaml").write_text("name: x\n")
    commit = shop.commit("link")
    expected = [
        ("a/link.yaml", 1, "image: docker.io/acme/two"),
        ("a/one.yaml", 1, "image: docker.io/acme/one"),
        ("a/two.yaml", 1, "image: docker.io/acme/two"),
        ("ab/three.yaml", 1, "image: docker.io/acme/ree"),
        ("apps/cluster/valkey/values.yaml", 1, "image:"),
    ]

    assert list(Snapshot.of_commit(shop.root, commit).lines_with("image:")) == expected
    assert list(Snapshot.of_worktree(shop.root).lines_with("image:")) == expected


def test_lines_with_a_word_in_a_plain_folder(tmp_path):
    (tmp_path / "a.yaml").write_text("x: 1\nimage: b\n")

    assert list(Snapshot.of_worktree(tmp_path).lines_with("image:")) == [("a.yaml", 2, "image: b")]
