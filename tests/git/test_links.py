"""Where symbolic links lead, as a file system would say, told from names alone."""

import pytest

from migrate_dhi.git import links
from migrate_dhi.git.links import Links

OUT = "the link leads out of the repository"
CIRCLE = "the link leads to a folder that it is in"
NOTHING = "the link leads to no file"
MANY = "too many files are reached by links"


def followed(files, targets):
    """What the links list, and what is said of those that list nothing."""
    skipped = {}
    return Links(files, targets, skipped).followed(), skipped


@pytest.mark.parametrize(
    ("link", "target", "found"),
    [
        ("x", "a/f", {"x": "a/f"}),
        ("x", "./a//f", {"x": "a/f"}),
        ("b/x", "../a/f", {"b/x": "a/f"}),
        ("b/x", "../b/../a/./f", {"b/x": "a/f"}),
        ("x", "a", {"x/f": "a/f", "x/deep/g": "a/deep/g"}),
        ("x", "a/", {"x/f": "a/f", "x/deep/g": "a/deep/g"}),
        ("b/x", "../a/deep", {"b/x/g": "a/deep/g"}),
    ],
)
def test_a_link_stands_for_the_file_or_for_all_in_the_folder_that_it_leads_to(link, target, found):
    assert followed(["a-b", "a/f", "a/deep/g", "a0", "b/h"], {link: target}) == (found, {})


@pytest.mark.parametrize(
    ("link", "target", "why"),
    [
        ("x", "..", OUT),
        ("b/x", "../../a/f", OUT),
        ("x", "/a/f", OUT),
        ("x", "x", OUT),
        ("x", "a/nothing", NOTHING),
        ("x", "a/f/g", NOTHING),
        # "a" is no beginning of a path that only spells it
        ("x", "a/dee", NOTHING),
        ("x", ".", CIRCLE),
        ("a/x", ".", CIRCLE),
        ("a/deep/x", "..", CIRCLE),
        ("a/deep/x", "../..", CIRCLE),
    ],
)
def test_a_link_that_lists_nothing_says_why(link, target, why):
    assert followed(["a/f", "a/deep/g"], {link: target}) == ({}, {link: why})


def test_a_folder_beside_that_begins_with_the_same_letters_is_another_one():
    assert followed(["a/f"], {"ab": "a"}) == ({"ab/f": "a/f"}, {})


def test_a_link_through_links_is_shown_under_its_own_name():
    targets = {"one": "two", "two": "a", "a/up": "../b"}

    found, skipped = followed(["a/f", "b/g"], targets)

    assert found == {
        "one/f": "a/f",
        "two/f": "a/f",
        "one/up/g": "b/g",
        "two/up/g": "b/g",
        "a/up/g": "b/g",
    }
    assert skipped == {}


def test_a_link_to_the_root_from_inside_a_linked_folder_is_named_and_the_rest_is_listed():
    found, skipped = followed(["a/f", "b/g"], {"a/top": "..", "x": "a"})

    assert found == {"x/f": "a/f"}
    assert skipped == {"a/top": CIRCLE, "x/top": CIRCLE}


def test_as_many_links_in_a_row_as_the_kernel_follows():
    def chain(length):
        return {f"l{n}": f"l{n + 1}" for n in range(1, length)} | {f"l{length}": "f"}

    found, skipped = followed(["f"], chain(41))

    assert len(found) == 40
    assert "l2" in found
    assert skipped == {"l1": OUT}


def test_just_as_many_files_through_links_as_is_the_limit(monkeypatch):
    monkeypatch.setattr(links, "_MOST_LINKED", 2)

    assert followed(["a/f", "a/g"], {"x": "a"}) == ({"x/f": "a/f", "x/g": "a/g"}, {})
    assert followed(["a/f", "a/g", "a/h"], {"x": "a"}) == ({"x/f": "a/f", "x/g": "a/g"}, {"x": MANY})
