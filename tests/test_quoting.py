"""Words that are printed to be pasted: a shell reads them as what they stand for."""

import os
import subprocess

import pytest

from migrate_dhi.quoting import shell_word


@pytest.mark.parametrize(
    "name",
    ["apps/web", "my charts/a", "a;touch X", "it's", "tab\there", "line\nbreak\\'", "bell\x07f", "\x85", "a\u202eb", "\udc80.yaml"],
)  # fmt: skip
def test_a_shell_takes_what_is_printed(name):
    word = shell_word(name)

    said = subprocess.run(
        ["bash", "-c", f"printf %s {word}"],
        check=True,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert said.stdout == os.fsencode(name)
    assert word.isprintable()


def test_a_plain_word_is_left_alone():
    assert shell_word("apps/web") == "apps/web"
