"""Lines and columns of a text, and which comments belong to an entry: counted with every kind of line ending."""

import pytest

from migrate_dhi.yamledit.layout import (
    column,
    comment_column,
    first_on_line,
    header_start,
    is_blank,
    line_end,
    line_number,
    line_start,
    next_line,
    own_comments_end,
    region_end,
    skip_trivia,
)

TEXT = "a: 1\r\n  b\n\n# c"


@pytest.mark.parametrize(
    ("at", "start", "end", "following", "col", "number"),
    [
        (0, 0, 4, 6, 0, 1),
        (3, 0, 4, 6, 3, 1),
        (4, 0, 4, 6, 4, 1),
        # Between the two characters of a line break it is still that line.
        (5, 0, 4, 6, 5, 1),
        (6, 6, 9, 10, 0, 2),
        (8, 6, 9, 10, 2, 2),
        (10, 10, 10, 11, 0, 3),
        (11, 11, 14, 14, 0, 4),
        (14, 11, 14, 14, 3, 4),
    ],
)
def test_the_line_of_a_place(at, start, end, following, col, number):
    assert (line_start(TEXT, at), line_end(TEXT, at), next_line(TEXT, at)) == (start, end, following)
    assert (column(TEXT, at), line_number(TEXT, at)) == (col, number)


@pytest.mark.parametrize(
    ("text", "at", "first"),
    [
        ("  a: 1", 2, True),
        ("- a", 2, False),
        ("x\n a", 3, True),
        ("\ta", 1, True),
        ("a", 0, True),
        ("a b", 2, False),
    ],
)
def test_what_is_first_on_its_line(text, at, first):
    assert first_on_line(text, at) is first


@pytest.mark.parametrize(
    ("text", "at", "found"),
    [
        ("  x", 0, 2),
        ("x", 0, 0),
        ("# c\nx", 0, 4),
        (" # c\r\n\r\n\t# d\n  x", 0, 15),
        # A sign that touches what is before it begins no comment.
        ("a#b", 1, 1),
        ("a #b", 1, 4),
        ("a# b", 1, 1),
        ("", 0, 0),
        ("  ", 0, 2),
    ],
)
def test_what_is_neither_blank_nor_comment(text, at, found):
    assert skip_trivia(text, at) == found


@pytest.mark.parametrize(
    ("line", "where", "blank"),
    [
        ("# c", 0, False),
        ("  # c", 2, False),
        ("\t# c", 1, False),
        ("a # c", None, False),
        ("", None, True),
        ("  \t", None, True),
        ("  #", 2, False),
        ("a", None, False),
    ],
)
def test_a_line_that_holds_a_comment_alone(line, where, blank):
    for ending in ("", "\n", "\r\n"):
        text = f"x\n{line}{ending}y" if ending else f"x\n{line}"
        assert (comment_column(text, 2), is_blank(text, 2)) == (where, blank)


def rest(text, end):
    return text[:end].count("\n") + 1


@pytest.mark.parametrize(
    ("below", "own", "lines"),
    [
        # Deeper than the key it belongs to the entry, across blank lines too.
        ("  # deep\nb: 1\n", 0, 2),
        ("\n  # deep\nb: 1\n", 0, 3),
        ("# flat\nb: 1\n", 0, 1),
        ("  # deep\n# flat\n  # deep\n", 0, 2),
        ("\n\nb: 1\n", 0, 1),
        ("  # one\n\n  # two\n\n", 0, 4),
        ("  # as deep as the key\n  b: 1\n", 2, 1),
        ("    # deeper\n  b: 1\n", 2, 2),
        ("", 0, 1),
    ],
)
def test_comments_below_an_entry(below, own, lines):
    for ending in ("\n", "\r\n"):
        text = f"{' ' * own}a: 1\n{below}".replace("\n", ending)

        end = region_end(text, own + 4, own, len(text), dashed=False)

        assert rest(text, end) == lines
        assert not text[end : end + 1].strip()


@pytest.mark.parametrize(
    ("below", "dashed", "lines"),
    [
        # Right below an unindented list a commented-out item is one of it.
        ("# - y\nb: 1\n", True, 2),
        ("# - y\n# - z\nb: 1\n", True, 3),
        ("#- y\nb: 1\n", True, 2),
        ("# - y\nb: 1\n", False, 1),
        ("# text\nb: 1\n", True, 1),
        # Behind a blank line it belongs to what follows.
        ("\n# - y\nb: 1\n", True, 1),
    ],
)
def test_items_that_are_commented_out_below_a_list(below, dashed, lines):
    text = f"a:\n- x\n{below}"

    assert rest(text, region_end(text, 6, 0, len(text), dashed=dashed)) == lines + 1


def test_what_stands_behind_the_document_belongs_to_no_entry_of_it():
    text = "a: 1\n  # in\n---\n  # out\n"

    assert rest(text, region_end(text, 4, 0, 12, dashed=False)) == 2
    assert rest(text, own_comments_end(text, 4, 0, 12)) == 2


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ("  # deep\n  # deep\nb: 1\n", 3),
        # A blank line ends what goes with a deleted entry.
        ("  # deep\n\n  # deep\nb: 1\n", 2),
        ("\n  # deep\n", 1),
        ("# flat\n", 1),
        ("b: 1\n", 1),
    ],
)
def test_comments_that_go_with_an_entry(below, lines):
    text = f"a: 1\n{below}"

    assert rest(text, own_comments_end(text, 4, 0, len(text))) == lines


@pytest.mark.parametrize(
    ("above", "alone", "taken"),
    [
        ("x: 1\n# text\n", True, 1),
        ("x: 1\n# one\n# two\n", True, 2),
        ("x: 1\n\n# one\n# two\n", True, 2),
        # With another entry right below, it may be a title of both.
        ("x: 1\n# text\n", False, 0),
        ("x: 1\n# what the port is\n", False, 1),
        ("x: 1\n# -- documented\n", False, 1),
        ("x: 1\n## @param deep.value what\n# more\n", False, 2),
        ("x: 1\n## @skip it\n", False, 1),
        # What opens the file, stands apart or deeper, or is YAML that is commented out, is not of the entry.
        ("# text\n", True, 0),
        ("x: 1\n# text\n\n", True, 0),
        ("x: 1\n  # deep\n", True, 0),
        ("x: 1\n# y: 1\n", True, 0),
        ("x: 1\n# y: 1\n# text\n", True, 1),
        ("x: 1\n# - item\n", True, 0),
        ("x: 1\n# y:\n", True, 0),
        ("x: 1\n## @section Ports\n", True, 0),
        ("x: 1\n# see: this is text\n", True, 1),
        ("x: 1\n", True, 0),
    ],
)
def test_comments_above_an_entry(above, alone, taken):
    text = f"{above}port: 80\n"
    start = len(above)

    at = header_start(text, start, 0, 0, "port", alone=alone)

    assert text[at:start].count("\n") == taken
