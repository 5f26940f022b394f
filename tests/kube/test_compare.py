"""What differs between two structures: list items that come or go, and those that stay."""

import pytest

from migrate_dhi.kube.compare import ABSENT, differences


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (["-a", "-b"], ["-a", "-new", "-b"], [((1,), ABSENT, "-new")]),
        (["-a", "-old", "-b"], ["-a", "-b"], [((1,), "-old", ABSENT)]),
        (["-a=1", "-b"], ["-a=2", "-new", "-b"], [((0,), "-a=1", "-a=2"), ((1,), ABSENT, "-new")]),
        (["-a", "-b"], ["-b", "-a"], [((0,), "-a", "-b"), ((1,), "-b", "-a")]),
        ([], ["-new"], [((0,), ABSENT, "-new")]),
        ([1, "-b"], [1, 2, "-b"], [((1,), "-b", 2), ((2,), ABSENT, "-b")]),
    ],
)
def test_an_argument_that_comes_or_goes_changes_none_behind_it(before, after, found):
    assert list(differences(before, after)) == found
