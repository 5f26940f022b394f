from __future__ import annotations

import pytest

from migrate_dhi.git.trailers import format_message, parse_trailers, told_in

TRAILERS = {"DHI-Step": "tag", "DHI-Image": ["a:1 -> b:2", "c -> d@sha256:0"]}


def read_back(repo, message):
    commit = repo.git("commit-tree", "HEAD^{tree}", stdin=message.encode())
    return repo.git("log", "-1", "--format=%(trailers:only,unfold)", commit)


def test_message_of_all_parts():
    assert format_message("fix: x", "Why.\n\nMore.", TRAILERS) == (
        "fix: x\n\nWhy.\n\nMore.\n\nDHI-Step: tag\nDHI-Image: a:1 -> b:2\nDHI-Image: c -> d@sha256:0\n"
    )


def test_message_without_a_body():
    assert format_message("fix: x", "", {"DHI-Step": "tag"}) == "fix: x\n\nDHI-Step: tag\n"


def test_message_without_trailers():
    assert format_message("fix: x", "Why.", {}) == "fix: x\n\nWhy.\n"


@pytest.mark.parametrize("body", ["", "Why.", "Note: this looks like one", "a\n---\nb", "# no comment"])
def test_git_reads_back_what_was_written(repo, body):
    block = read_back(repo, format_message("fix: x", body, TRAILERS))
    assert parse_trailers(block) == {"DHI-Step": ["tag"], "DHI-Image": ["a:1 -> b:2", "c -> d@sha256:0"]}


def test_value_with_a_line_break_cannot_forge_a_trailer(repo):
    block = read_back(
        repo, format_message("x", "", {"DHI-Step": "tag\nDHI-Chart: forged", "DHI-Chart": "real"})
    )
    assert parse_trailers(block) == {"DHI-Step": ["tag DHI-Chart: forged"], "DHI-Chart": ["real"]}


def test_body_does_not_count_as_trailers(repo):
    block = read_back(repo, format_message("x", "DHI-Step: not me", {"DHI-Step": "tag"}))
    assert parse_trailers(block) == {"DHI-Step": ["tag"]}


def test_colon_in_a_value_stays():
    assert parse_trailers("DHI-Image: docker.io/a:1 -> dhi.io/a: 2\n") == {
        "DHI-Image": ["docker.io/a:1 -> dhi.io/a: 2"]
    }


@pytest.mark.parametrize("path", ["two  blanks/x", "ünï", "a\u2028b", "a\x85b", "a:b"])
def test_odd_chart_path_is_read_back(repo, path):
    read = parse_trailers(read_back(repo, f"x\n\nDHI-Chart: {path}\n"))
    assert read == {"DHI-Chart": [path]}
    if len(path.splitlines()) == 1:
        assert format_message("x", "", read) == f"x\n\nDHI-Chart: {path}\n"


def test_no_trailers():
    assert parse_trailers("") == {}


def test_messages_put_together_are_told_apart():
    body = """\
* feat: pull from there (#1)

- x: y
    DHI-Step: registry
    DHI-Chart: apps/a b
DHI-Image: a -> b
DHI-Image: c -> d

> DHI-Step: tag
DHI-Other-Key: x
* DHI-Chart: apps/a b
see DHI-Step: nothing
DHI-Reverts: probes
"""
    assert told_in(body) == [
        {"DHI-Step": ["registry"], "DHI-Chart": ["apps/a b"], "DHI-Image": ["a -> b", "c -> d"]},
        {"DHI-Step": ["tag"], "DHI-Chart": ["apps/a b"]},
        {"DHI-Reverts": ["probes"]},
    ]


@pytest.mark.parametrize("body", ["", "Why.", "DHI-Chart: a", "DHI-Step:", "DHI-Step tag"])
def test_messages_without_a_step(body):
    assert told_in(body) == []
