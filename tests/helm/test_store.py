"""The cache of charts on disk: what is kept under which name, and what of it is trusted."""

import json
import os
import threading
import time

import pytest

from migrate_dhi.helm import store as stores
from migrate_dhi.helm.store import Kept, Store, digest_of

URL = "https://charts.example.org"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")


@pytest.fixture
def archive(tmp_path):
    """A file of ours with this content."""

    def made(content=b"packed"):
        file = tmp_path / "new.tgz"
        file.write_bytes(content)
        return file

    return made


def test_what_is_kept_lies_under_its_digest_and_is_found_again(store, archive):
    file = archive()
    digest = digest_of(file)

    kept = store.keep(URL, "node", "1.0.0", file)

    assert kept == Kept(store.folder / "archives" / f"{digest}.tgz", "1.0.0")
    assert kept.archive.read_bytes() == b"packed"
    assert not file.exists()
    assert Store(store.folder).find(URL, "node", "1.0.0") == kept


@pytest.mark.parametrize(
    ("repository", "name", "version", "found"),
    [
        (URL, "node", "1.0.0", True),
        (URL, "node", "v1.0.0", True),
        (URL, "node", "1.0.0+b", False),
        (URL, "node", "", False),
        (URL, "nod", "1.0.0", False),
        (f"{URL}/", "node", "1.0.0", False),
        ("", "node", "1.0.0", False),
        # The address and the name are not one text.
        (f"{URL}\nnode", "", "1.0.0", False),
    ],
)
def test_only_the_very_names_find_it(store, archive, repository, name, version, found):
    store.keep(URL, "node", "1.0.0", archive())

    assert bool(store.find(repository, name, version)) is found


@pytest.mark.parametrize(
    "version", ["^1.0.0", "", "*", ">=1 <2", "1.0.0+b.1", "../../x", "sha256:ab", "a/b", "1.x || 2"]
)
def test_anything_may_be_what_it_is_called(store, archive, version):
    kept = store.keep(URL, "node", "1.0.0", archive())
    dated = store.name(URL, "node", version, Kept(kept.archive, "1.0.0", "2026-01-01"))

    assert store.find(URL, "node", version) == dated
    inside = [path for path in store.folder.parent.rglob("*.json") if not path.is_relative_to(store.folder)]
    assert inside == []


def test_the_names_of_a_chart_are_told(store, archive):
    assert store.versions(URL, "node") == ()
    kept = store.keep(URL, "node", "1.0.0", archive())
    store.name(URL, "node", ">=1 <2", kept)
    store.keep(URL, "other", "3.0.0", archive(b"other"))

    assert store.versions(URL, "node") == ("1.0.0", ">=1 <2")


def test_one_archive_of_two_names_is_kept_once(store, archive):
    one = store.keep(URL, "node", "1.0.0", archive())
    other = store.keep("oci://r.example", "node", "1.0.0", archive())

    assert one.archive == other.archive
    assert len(list((store.folder / "archives").iterdir())) == 1


def test_one_that_was_damaged_is_thrown_away(store, archive):
    kept = store.keep(URL, "node", "1.0.0", archive())
    kept.archive.write_bytes(b"pack")

    assert store.find(URL, "node", "1.0.0") is None
    assert not kept.archive.exists()
    assert store.find(URL, "node", "1.0.0") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff", b'{"sha256": "x"}', b'{"sha256": "x", "version": "1", "day": ""}', b"null"],
)
def test_a_note_that_says_nothing_is_none(store, archive, content):
    store.keep(URL, "node", "1.0.0", archive())
    (note,) = store.folder.rglob("1.0.0.json")
    note.write_bytes(content)

    assert store.find(URL, "node", "1.0.0") is None


def test_a_note_cannot_name_a_file_elsewhere(store, archive, tmp_path):
    """Its digest is looked at, so that no other file of the user's is taken, or thrown away."""
    store.keep(URL, "node", "1.0.0", archive())
    (tmp_path / "mine.tgz").write_bytes(b"mine")
    (note,) = store.folder.rglob("1.0.0.json")
    note.write_text(json.dumps({"sha256": "../../mine", "version": "1.0.0", "day": ""}))

    assert store.find(URL, "node", "1.0.0") is None
    assert (tmp_path / "mine.tgz").read_bytes() == b"mine"


def cut(store, place):
    with store.writing(place) as file:
        file.write(b"ne")
        raise ValueError("cut")


def test_nothing_is_left_of_a_file_that_was_not_finished(store):
    place = store.folder / "indexes" / "x"
    with store.writing(place) as file:
        file.write(b"old")

    with pytest.raises(ValueError, match="cut"):
        cut(store, place)

    assert place.read_bytes() == b"old"
    assert [path.name for path in place.parent.iterdir()] == ["x"]


def test_scratch_is_gone_after_its_block_and_what_was_left_long_ago_too(store):
    old, new = store.folder / ".fetch-old", store.folder / ".fetch-new"
    for folder in (old, new):
        folder.mkdir()
    then = time.time() - 2 * 3600
    os.utime(old, (then, then))

    with store.scratch() as scratch:
        assert scratch.parent == store.folder
        (scratch / "half.tgz").write_bytes(b"x")
        assert not old.exists()

    assert [path.name for path in store.folder.iterdir()] == [".fetch-new"]


@pytest.mark.parametrize("folder", ["file/cache", "file"])
def test_a_cache_that_cannot_be_written_is_one_of_this_process(tmp_path, folder):
    (tmp_path / "file").write_text("")

    store = Store(tmp_path / folder)

    assert store.folder == stores._own_folder()
    assert Store(None).folder == store.folder


def test_what_is_locked_is_held_by_one_at_a_time(store):
    order = []

    def work(name):
        with store.locked("a", "b"):
            order.append(name)
            time.sleep(0.05)
            order.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    # Another item waits for none of them.
    with store.locked("a"), store.locked("b"):
        pass
    for thread in threads:
        thread.join()

    assert order in (["x", "x", "y", "y"], ["y", "y", "x", "x"])


def test_indexes_and_clones_of_two_addresses_are_two(store):
    assert store.index(URL) != store.index(f"{URL}/x")
    assert store.clone(URL) != store.clone(f"{URL}/x")
    assert store.index(URL).parent == store.folder / "indexes"


def test_what_cannot_be_read_has_no_digest(tmp_path):
    assert digest_of(tmp_path / "none") == ""
    assert digest_of(tmp_path) == ""
