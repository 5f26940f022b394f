"""An image that moves in some of its containers only: the later steps go on with those."""

from tests.conftest import SECRET, findings_of, steps_of
from tests.steps.reading import TO, VALKEY, effects_of, values_of


def test_the_tag_follows_where_the_image_moved(planned):
    plan = planned("partly-reached", to=TO, pull_secret=SECRET)

    registry, tag = steps_of(plan)["registry"], steps_of(plan)["tag"]
    assert (registry.done, registry.of) == (1, 2)
    assert (tag.status, tag.done, tag.of) == ("proven", 1, 1)
    assert values_of(tag) == {"image.tag": "8.1.9-debian13"}
    assert [after for _, after in effects_of(tag).values()] == [VALKEY]


def test_the_container_that_stays_is_an_error(planned):
    plan = planned("partly-reached", to=TO, pull_secret=SECRET)

    assert "image-unreached" in findings_of(plan)
    assert plan.status == "blocked"


def test_nothing_follows_where_the_image_did_not_move_at_all(planned):
    plan = planned("partly-reached", to=TO, skip=("registry",))

    assert steps_of(plan)["tag"].status == "blocked"
