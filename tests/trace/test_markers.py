"""Markers: what a value becomes with one in its place, and what a template made of it."""

import pytest

from migrate_dhi.trace.markers import FIRST_NUMBER, NUMBER, pattern_of, with_marker
from migrate_dhi.trace.pattern import Variable

R, P, T, D = (Variable((name,)) for name in ("registry", "repository", "tag", "digest"))
ONE, TWO, THREE = (str(FIRST_NUMBER + number) for number in range(3))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"r{ONE}.example/m{TWO}:1.2.{THREE}", [ONE, TWO, THREE]),
        (f"aaaa{ONE}", [ONE]),
        # a part of a longer number is another one
        (f"1{ONE}", []),
        (f"{ONE}0", []),
        ("61234567", []),
        ("7123456", []),
        ("", []),
    ],
)
def test_numbers_of_markers(text, numbers):
    assert NUMBER.findall(text) == numbers


@pytest.mark.parametrize(
    ("old", "word", "text"),
    [
        ("1.2.3", None, f"1.2.{ONE}"),
        (None, None, f"1.2.{ONE}"),
        (17, None, f"1.2.{ONE}"),
        ("--image=a/b:1 --debug", 1, f"--image=1.2.{ONE} --debug"),
        ("a b c", 0, f"1.2.{ONE} b c"),
    ],
)
def test_a_marker_takes_the_place_of_a_value_or_of_a_word(old, word, text):
    assert with_marker(old, Variable(("x",), word=word), f"1.2.{ONE}") == text


@pytest.mark.parametrize(
    ("text", "hits", "pattern"),
    [
        (f"r{ONE}.example/m{TWO}:1.2.{THREE}", [(f"r{ONE}.example", R), (f"m{TWO}", P), (f"1.2.{THREE}", T)], (R, "/", P, ":", T)),
        # without what a template takes off: a slash, a v, the name of the hash
        (f"r{ONE}.example/x", [(f"r{ONE}.example/", R)], (R, "x")),
        (f"r{ONE}.example:1", [(f"r{ONE}.example/", R)], (R, ":1")),
        (f"x:1.2.{ONE}", [(f"v1.2.{ONE}", T)], ("x:", T)),
        (f"x@sha256:{ONE}", [(f"sha256:{ONE}", D)], ("x@", D)),
        (f"x@other:{ONE}", [(f"sha256:{ONE}", D)], ("x@other:", D)),
        # shortened in another way: all between the joints of a reference
        (f"x:2-{ONE}-y", [(f"1.2.{ONE}", T)], ("x:", T)),
        (f"x/m{ONE}/y:1", [(f"a/m{ONE}", P)], ("x/", P, "/y:1")),
        # what is not there, and what stands there twice
        ("x:1", [(f"1.2.{ONE}", T)], ("x:1",)),
        (f"m{ONE}/m{ONE}", [(f"m{ONE}", P)], (P, "/", P)),
        ("x:word", [("word", T)], ("x:", T)),
        ("x:1", [("word", T)], ("x:1",)),
        ("", [], ("",)),
    ],
)  # fmt: skip
def test_what_a_template_made_of_markers(text, hits, pattern):
    assert pattern_of(text, hits) == pattern
