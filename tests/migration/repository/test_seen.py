"""What the findings on a repository are made from."""

import pytest

from migrate_dhi.migration.repository.seen import Seen, at, moving_of, names_told, namespaces_told
from migrate_dhi.migration.scan import ScannedImage
from tests.migration.repository.states import STAYS, entry, moves
from tests.texts import Texts


def seen(*entries):
    return Seen(Texts({}), (), entries, moving_of(entries))


def test_the_wanted_secrets_each_with_its_namespaces_once():
    some = entry("data"), entry("web", secret="mine"), entry("web"), entry("data"), entry("x", secret="")

    assert seen(*some).wanted == {"dhi": ("data", "web"), "mine": ("web",)}


def test_the_images_that_releases_will_run_each_once():
    one, two = moves("a/a:1", "dhi.io/a:2"), moves("a/b:1", "dhi.io/b:2")

    assert seen(entry("x", one, STAYS), entry("y", two, one)).hardened == ("dhi.io/a:2", "dhi.io/b:2")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("valkey/valkey:8", "dhi.io/valkey:8", {"docker.io/valkey/valkey": "dhi.io/valkey"}),
        ("nginx", "dhi.io/nginx:1", {"docker.io/library/nginx": "dhi.io/nginx"}),
        ("quay.io/a/b@sha256:" + "0" * 64, "dhi.io/b:1", {"quay.io/a/b": "dhi.io/b"}),
        # Another tag of the same image is no move.
        ("dhi.io/valkey:8", "dhi.io/valkey:9", {}),
        ("nginx:1", "docker.io/library/nginx:2", {}),
        ("valkey/valkey:8", "", {}),
        ("{{ image }}", "dhi.io/valkey:8", {}),
    ],
)
def test_what_moves_by_its_name_alone(before, after, found):
    assert moving_of([entry("x", ScannedImage(before, after, "migrate"))]) == found


@pytest.mark.parametrize(
    ("path", "value"),
    [(("a", "b"), 1), (("a",), {"b": 1, "n": None}), (("a", "n"), None), (("a", "b", "c"), None), (("x",), None), ((), {"a": {"b": 1, "n": None}})],
)  # fmt: skip
def test_what_stands_at_a_path(path, value):
    assert at({"a": {"b": 1, "n": None}}, *path) == value
    assert at([1], "a") is None


@pytest.mark.parametrize(
    ("names", "told", "spaces"),
    [
        ("a", "a", "the namespace a"),
        ("ab", "a, b", "the namespaces a, b"),
        ("abcd", "a, b, c, d", "the namespaces a, b, c, d"),
        ("abcde", "a, b, c, d and 1 more", "the namespaces a, b, c, d and 1 more"),
    ],
)
def test_a_few_of_many_names(names, told, spaces):
    assert (names_told(names), namespaces_told(names)) == (told, spaces)
