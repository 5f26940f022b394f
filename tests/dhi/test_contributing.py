"""The walk of CONTRIBUTING.md, "add a check", with the very lines that stand there."""

import pytest

from migrate_dhi.dhi import readiness
from tests.dhi.ready import codes, pod
from tests.walks import blocks, cases_of, module

CHECK, TESTS = blocks("Add a check")
FOUND = cases_of(TESTS, codes=codes, pod=pod)


@pytest.mark.parametrize("name", sorted(FOUND))
def test_the_cases_of_the_walk_pass(name, monkeypatch):
    made = module("migrate_dhi.dhi.readiness.tokens", CHECK, monkeypatch)
    monkeypatch.setattr(readiness, "_OF_CONTAINERS", (*readiness._OF_CONTAINERS, made.check))

    FOUND[name]()


def test_the_check_is_unknown_before_the_walk():
    assert ("token-mounted", "info") not in codes(pod(""))
