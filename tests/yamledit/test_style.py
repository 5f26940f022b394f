"""The style of a file and of a place in it: new lines look like those that are there."""

import pytest

from migrate_dhi.yamledit import Document
from migrate_dhi.yamledit.style import Style, file_style


def style(text):
    return file_style(Document(text)._tree)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Style()),
        ("a: 1\n", Style()),
        ("a:\n    b: 1\n", Style(step=4, dash=4)),
        ("a:\n  b: 1\nc:\n    d: 1\ne:\n    f: 1\n", Style(step=4, dash=4)),
        # of equally common ones the larger
        ("a:\n  b: 1\nc:\n    d: 1\n", Style(step=4, dash=4)),
        # lists: right below their key, or indented
        ("a:\n- x\n", Style(dash=0)),
        ("a:\n  - x\n", Style(dash=2)),
        ("a:\n    - x\n", Style(dash=4)),
        ("a:\n- x\nb:\n- y\nc:\n  - z\n", Style(dash=0)),
        ("a:\n- x\nb:\n  - z\n", Style(dash=2)),
        ("a:\n- x\nb:\n- y\nc:\n  - z\nd:\n    - z\n", Style(dash=4)),
        ("a:\n    b: 1\nc: []\n", Style(step=4, dash=4)),
        # quotes: the commonest, double where none is
        ("a: 'x'\n", Style(quote="'")),
        ("a: 'x'\nb: \"y\"\n", Style(quote='"')),
        ("a: 'x'\nb: 'z'\nc: \"y\"\n", Style(quote="'")),
        ("a: ['x', 'y']\nb: \"z\"\n", Style(quote="'")),
        # texts are quoted where nearly all are that need not be
        ("a: {b: 'x', c: 'v'}\n", Style(quote="'")),
        ("a: {b: 'x', c: 'v'}\nd: 'z'\n", Style(quote="'", quote_texts=True)),
        ("a: {b: 'x', c: 'v'}\nd: 'z'\ne: w\n", Style(quote="'")),
        ("a: ['1', 'true', 'on']\n", Style(quote="'")),
        # what stands on the line of its key says nothing
        ("a: {b: {c: 1}}\n", Style()),
        ("a:\n      {b: 1}\n", Style()),
        ("a:\n      [b]\n", Style()),
        ("- a: 1\n  b: 2\n", Style()),
    ],
)
def test_the_prevailing_style(text, expected):
    assert style(text) == expected


@pytest.mark.parametrize(
    ("text", "path", "value", "after"),
    [
        # the neighbours' quotes, where all of them have some that need none
        ("a: 'x'\nb: 'y'\n", ("c",), "z", "a: 'x'\nb: 'y'\nc: 'z'\n"),
        ("a: 'x'\nb: w\n", ("c",), "z", "a: 'x'\nb: w\nc: z\n"),
        ("a: 'true'\nb: w\n", ("c",), "on", "a: 'true'\nb: w\nc: 'on'\n"),
        ("a: 'true'\n", ("c",), "z", "a: 'true'\nc: z\n"),
        # a map that is new has no neighbours: then the file's, where it has a habit
        ('a: "x"\nb: ["v", "z"]\n', ("c",), {"d": ["w"]}, 'a: "x"\nb: ["v", "z"]\nc:\n  d:\n    - "w"\n'),
        ('a: ["x", "y", "z"]\nb:\n  c: w\n', ("b", "d"), "v", 'a: ["x", "y", "z"]\nb:\n  c: w\n  d: v\n'),
        # as in JSON
        ('{"a": "x"}\n', ("c",), "z", '{"a": "x", "c": "z"}\n'),
        ("{a: x}\n", ("c",), "z", "{a: x, c: z}\n"),
        ("{ a: x }\n", ("c",), {"d": 1}, "{ a: x, c: { d: 1 } }\n"),
        ("a: [ x ]\n", ("a", 1), "z", "a: [ x, z ]\n"),
        # the neighbours' indentation before the file's
        ("a:\n  b:\n      c: 1\n", ("a", "d"), {"e": 1}, "a:\n  b:\n      c: 1\n  d:\n      e: 1\n"),
        ("l:\n  -   a: 1\n", ("l", 1), {"a": 2}, "l:\n  -   a: 1\n  -   a: 2\n"),
    ],
)
def test_new_text_looks_like_its_neighbours(text, path, value, after):
    assert Document(text).set(path, value).text == after
