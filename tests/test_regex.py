"""A pattern is compiled when it is asked, and every one that a module names can be."""

import importlib
import pkgutil
import re

import pytest

import migrate_dhi
from migrate_dhi.regex import regex


def test_it_has_the_methods_of_a_pattern() -> None:
    word = regex(r"(?P<word>b+)", re.IGNORECASE)

    assert word.sub("-", "aBbc") == "a-c"
    assert word.pattern == "(?P<word>b+)"
    assert word.groupindex == {"word": 1}
    assert [found["word"] for found in word.finditer("b BB")] == ["b", "BB"]


def test_an_error_is_raised_where_it_is_asked() -> None:
    wrong = regex("(")

    with pytest.raises(re.error, match="unterminated subpattern"):
        wrong.search("")


def test_every_pattern_of_the_program_compiles() -> None:
    found = 0
    for module in pkgutil.walk_packages(migrate_dhi.__path__, "migrate_dhi."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if type(value).__name__ == "_Regex":
                re.compile(value.pattern, value.flags)
                found += 1

    assert found > 200
