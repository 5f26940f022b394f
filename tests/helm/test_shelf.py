"""Which version of a chart is the nearest newer one."""

import pytest

from migrate_dhi.helm.shelf import nearest, newer_minors

LISTED = ["1.0.0", "v1.0.9", "1.2.0", "1.2.10", "1.2.9", "1.3.0-rc.1", "2.0.0", "0.9.0"]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1.0.0", "1.0.0"),
        ("v1.2.9", "1.2.9"),
        ("1.0.1", "v1.0.9"),
        ("1.1.0", "1.2.10"),
        ("1.2.11", "2.0.0"),
        ("1.3.0", "2.0.0"),
        ("2.0.1", ""),
    ],
)
def test_the_same_version_or_the_newest_patch_of_the_nearest_newer_minor(version, found):
    assert nearest(version, LISTED) == found


def test_nothing_listed():
    assert nearest("1.0.0", []) == ""


def test_each_newer_minor_once_with_its_newest_patch():
    assert newer_minors("1.0.0", LISTED) == ["v1.0.9", "1.2.10", "2.0.0"]
