"""The examples of docs/decisions.md."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.rule import Bounds, Rule
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image

PAGE = (Path(__file__).parents[2] / "docs/decisions.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| `?([\w-]+)`? \| .* \| `app:([^`]*)` \| `?([^`|]*?)`? \| .* \|")
ROWS = ROW.findall(PAGE)
APP = catalog_of(
    image(
        "app",
        definition("1.2", "1.2.9-debian13"),
        definition("1.3", "1.3.0-debian13", end_of_life="2028-04-30"),
        definition("1.4", "1.4.2-debian13"),
        definition("2.0", "2.0.1-debian13"),
        past={f"1.1.{patch}-debian13": ["2026-01-01", "2026-02-01"] for patch in (3, 4)},
    ),
    sources={"app": ["github.com/acme/app"]},
)


def decided(words):
    tag, *flags = shlex.split(words)
    value = dict(pairwise(flags))
    bounds = Bounds(value.get("--within", "minor"), past="--no-past" not in flags, newest="--prefer" in flags)
    wishes = Wishes(to=(value["--to"],) if "--to" in value else (), bounds=bounds)
    before = Reference.parse(f"ghcr.io/acme/app:{tag}")
    return decide([before], wishes, APP, load_playbooks())[before]


@pytest.mark.parametrize(("rule", "words", "becomes"), ROWS)
def test_the_example_of_a_rule_is_true(rule, words, becomes):
    decision = decided(words)

    if rule == "-":
        assert (decision.status, becomes) == ("undecided", "-")
    else:
        assert (decision.rule, decision.after.tag) == (rule, becomes)


def test_every_rule_is_on_the_page():
    assert {rule for rule, _, _ in ROWS} == {*Rule.__args__, "-"} - {""}


@pytest.mark.parametrize(("words", "becomes"), re.findall(r"`app:([^`]*)`[^`|]* becomes\s+`([^`]*)`", PAGE))
def test_the_examples_of_the_flags_are_true(words, becomes):
    assert decided(words).after.tag == becomes


def test_a_lower_version_is_a_question_as_the_page_says():
    assert "`app:1.4.3` is a question" in PAGE
    assert decided("1.4.3").status == "undecided"
