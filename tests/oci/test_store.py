"""What is kept of registries: found again by its digest alone, and no place outside of its folder is ever named."""

import hashlib
import os
import time

import pytest

from migrate_dhi.oci.store import Store, has_digest

DATA = b'{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
LONG = f"sha512:{hashlib.sha512(DATA).hexdigest()}"


@pytest.mark.parametrize(
    ("digest", "has"),
    [
        (DIGEST, True),
        (LONG, True),
        (DIGEST.upper(), False),
        (DIGEST[:-1], False),
        (DIGEST.replace("sha256", "sha512"), False),
        (LONG.replace("sha512", "sha256"), False),
        (f"md5:{hashlib.md5(DATA, usedforsecurity=False).hexdigest()}", False),
        (DIGEST.partition(":")[2], False),
        ("", False),
    ],
)
def test_whether_bytes_have_a_digest(digest, has):
    assert has_digest(DATA, digest) is has
    assert not has_digest(DATA + b" ", digest)


def test_what_is_kept_is_found_by_its_digest(tmp_path):
    Store(tmp_path).keep(DIGEST, DATA)

    assert Store(tmp_path).content(DIGEST) == DATA
    assert Store(None).content(DIGEST) is None
    assert Store(tmp_path / "other").content(DIGEST) is None


@pytest.mark.parametrize(
    "digest",
    [
        # Other bytes, another algorithm, and texts that lead elsewhere.
        DIGEST.replace(DIGEST[-1], "0" if DIGEST[-1] != "0" else "1"),
        LONG,
        "sha256:../../../etc/passwd",
        "sha256:" + "../" * 21 + "a",
        "../sha256:" + DIGEST[7:],
        "sha256:",
        "",
    ],
)
def test_what_has_not_its_digest_is_not_kept(tmp_path, digest):
    folder = tmp_path / "cache"
    store = Store(folder)
    store.keep(digest, DATA)

    assert store.content(digest) is None
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("content", [b"", DATA[:-1], b"other"])
def test_a_file_that_was_changed_is_as_good_as_absent(tmp_path, content):
    store = Store(tmp_path)
    store.keep(DIGEST, DATA)
    (kept,) = (path for path in tmp_path.rglob("*") if path.is_file())
    kept.write_bytes(content)

    assert store.content(DIGEST) is None
    store.keep(DIGEST, DATA)
    assert store.content(DIGEST) == DATA


def test_tags_are_found_for_the_repository_that_they_are_of(tmp_path):
    store = Store(tmp_path)
    store.keep_tags("ghcr.io/acme/web", ("1", "2"))
    store.keep_tags("ghcr.io/acme/empty", ())

    assert store.tags("ghcr.io/acme/web") == ("1", "2")
    assert store.tags("ghcr.io/acme/empty") == ()
    assert store.tags("ghcr.io/acme/we") is None
    assert Store(None).tags("ghcr.io/acme/web") is None


@pytest.mark.parametrize(
    ("age", "kept"), [(0, True), (9.9, True), (10.1, False), (-5, False), (10_000, False)]
)
def test_tags_are_good_for_minutes(tmp_path, age, kept):
    store = Store(tmp_path, minutes=10)
    store.keep_tags("a/b", ("1",))
    (file,) = (path for path in tmp_path.rglob("*.json"))
    then = time.time() - age * 60
    os.utime(file, (then, then))

    assert store.tags("a/b") == (("1",) if kept else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"tags": ["1"]}',
        '{"repository": "a/c", "tags": ["1"]}',
        '{"repository": "a/b", "tags": 5}',
        '{"repository": "a/b"}',
    ],
)
def test_a_list_of_tags_that_is_damaged_or_of_another_is_none(tmp_path, text):
    store = Store(tmp_path)
    store.keep_tags("a/b", ("1",))
    (file,) = (path for path in tmp_path.rglob("*.json"))
    file.write_text(text)

    assert store.tags("a/b") is None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file")
    store.keep(DIGEST, DATA)
    store.keep_tags("a/b", ("1",))

    assert (store.content(DIGEST), store.tags("a/b")) == (None, None)
