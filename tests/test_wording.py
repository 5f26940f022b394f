"""How a long list or a long text is told."""

import pytest

from migrate_dhi.wording import shortened, some_of


@pytest.mark.parametrize(
    ("texts", "told"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c"], "a, b and 1 more"), ("abcde", "a, b and 3 more")],
)  # fmt: skip
def test_the_first_two(texts, told):
    assert some_of(texts, 2) == told


def test_another_word_between():
    assert some_of(iter("abc"), 2, "; ") == "a; b and 1 more"


@pytest.mark.parametrize(
    ("value", "told"),
    [("123456", "123456"), ("1234567", "123..."), (" a\n  b ", "a b"), (None, "None"), (1, "1")],
)
def test_one_line_of_six_characters(value, told):
    assert shortened(value, 6) == told
