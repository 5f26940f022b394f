"""Which values are taken for parts of an image by their keys."""

import pytest

from migrate_dhi.trace.candidates import image_like


@pytest.mark.parametrize(
    "key", ["tag", "imageTag", "tagSuffix", "dockerTag", "image_tag", "defaultTags", "TAG"]
)
def test_a_key_that_speaks_of_a_tag(key):
    assert [candidate.path for candidate in image_like({key: "1.2.3"})] == [(key,)]


@pytest.mark.parametrize("key", ["stage", "dataAggregator", "percentage", "advantage"])
def test_a_key_that_only_spells_it(key):
    assert image_like({key: "1.2.3"}) == []
