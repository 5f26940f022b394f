"""Safe text, widths, wrapping and cutting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_dhi.ui.lines import ASCII, Look, Span, cells, command_lines, one_line, pad, plain, safe

NARROW = Look(width=60, fit=True)
FILE = Look(width=60, fit=False)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\rb", "a\\rb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x7f\x9b31m", "\\x7f\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("val\u200bkey", "val\\u200bkey"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ufeffname", "\\ufeffname"),
        ("\udc80.yaml", "\\udc80.yaml"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_a_terminal_would_act_on_is_written_out(text, shown):
    assert safe(text) == shown
    assert Span(text).text == shown


@pytest.mark.parametrize("text", ["", "docker.io/a/b:1.0", "größe", "日本語", "e\u0301", "a\\x1b", "✓ → …"])
def test_text_that_only_reads_is_left_alone(text):
    assert safe(text) == text


@given(st.text(st.characters()))
def test_no_text_keeps_a_control_or_format_character(text):
    shown = safe(text)

    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert safe(shown) == shown


def test_a_wide_character_counts_twice_and_a_combining_one_not_at_all():
    assert cells("ab") == 2
    assert cells("日本") == 4
    assert cells("e\u0301") == 1


def test_padding_counts_columns_not_characters():
    assert pad("日本", 6) == "日本  "
    assert pad("toolong", 3) == "toolong"


def test_a_message_of_several_lines_becomes_one():
    assert one_line("  template: x\n\n   at line 3  \r\n") == "template: x at line 3"
    assert one_line("two  blanks stay") == "two  blanks stay"


def test_words_wrap_with_a_hanging_indent():
    lines = NARROW.wrap((Span("  "),), [Span("word " * 20)], hang=4)

    assert [plain(line) for line in lines] == [
        "  " + " ".join(["word"] * 11),
        "    " + " ".join(["word"] * 9),
    ]


@given(st.lists(st.text(max_size=90), max_size=8), st.integers(0, 12))
def test_on_a_terminal_no_line_is_wider_than_it(texts, hang):
    lines = NARROW.wrap((Span("  "),), [Span(text) for text in texts], hang=hang)

    assert all(cells(plain(line)) <= 60 for line in lines)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), max_size=90), max_size=8))
def test_wrapping_loses_nothing_but_blanks(texts):
    lines = NARROW.wrap((), [Span(text) for text in texts], hang=2)

    assert "".join("".join(plain(line).split()) for line in lines) == "".join(texts)


def test_in_a_file_a_long_word_stays_whole():
    word = "x" * 90

    assert [plain(line) for line in FILE.wrap((), [Span("a"), Span(word)], hang=2)] == ["a", f"  {word}"]


def test_a_long_value_is_cut_on_a_terminal_only():
    assert NARROW.cut("x" * 80, 10) == "x" * 9 + "…"
    assert Look(width=60, fit=True, glyphs=ASCII).cut("x" * 80, 10) == "x" * 7 + "..."
    assert FILE.cut("x" * 80, 10) == "x" * 80
    assert NARROW.cut("x" * 10, 10) == "x" * 10


def test_a_cut_never_splits_a_wide_character():
    assert NARROW.cut("日本語日本語", 6) == "日本…"


def test_a_command_is_quoted_for_the_shell():
    lines = command_lines(FILE, ["migrate-dhi", "my charts/a", "--accept", "x;y"], indent=2)

    assert [plain(line) for line in lines] == ["  migrate-dhi 'my charts/a' --accept 'x;y'"]


def test_a_long_command_continues_with_a_backslash_and_keeps_a_flag_with_its_value():
    words = [
        "migrate-dhi",
        "apps/cluster/valkey",
        "--to",
        "dhi.io/valkey:9.0.2-debian13",
        "--pull-secret",
        "dhi",
        "--yes",
    ]

    assert [plain(line) for line in command_lines(NARROW, words, indent=2)] == [
        "  migrate-dhi apps/cluster/valkey \\",
        "    --to dhi.io/valkey:9.0.2-debian13 --pull-secret dhi \\",
        "    --yes",
    ]


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("fit", [True, False])
def test_what_is_too_long_for_its_lines_is_cut_with_a_sign_in_the_last_column(most, fit):
    look = Look(width=20, fit=fit)
    lines = [
        plain(line) for line in look.short((Span("> "),), [Span("word " * 6 + "x" * 40)], hang=2, most=most)
    ]

    assert len(lines) == most
    assert cells(lines[-1]) == 20
    assert lines[-1].endswith("…")


def test_what_fits_is_not_cut():
    assert Look(width=20).short((), [Span("just one line")], hang=2) == [(Span("just one line"),)]


def test_no_blank_stands_before_the_sign_of_a_cut():
    assert plain(Look(width=9).short((), [Span("abcdefgh ijkl")], hang=2)[0]) == "abcdefgh…"
