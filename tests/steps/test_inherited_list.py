"""Images inside a list that only a dependency's defaults hold: Helm replaces lists, so the whole list is taken over."""

from tests.conftest import findings_of, steps_of
from tests.steps.reading import TO, VALKEY, effects_of, images_of, lines


def test_the_other_entries_of_the_list_stay_as_they_were(planned):
    step = steps_of(planned("list-in-dependency", to=TO))["registry"]

    assert step.status == "proven"
    assert list(images_of(step).values()) == [("docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.1.4")]
    assert len(effects_of(step)) == 1


def test_what_was_written_before_is_not_disturbed(planned):
    step = steps_of(planned("list-in-dependency", to=TO))["registry"]

    assert [line for line in lines(step) if line.startswith("-")] == []
    assert "+      image: docker.io/acme/prepare:1.0" in lines(step)


def test_the_next_step_edits_the_list_that_stands_there_now(planned):
    plan = planned("list-in-dependency", to=TO)

    step = steps_of(plan)["tag"]
    assert [line.lstrip("+-").strip() for line in lines(step)] == [
        "image: dhi.io/valkey:8.1.4",
        f"image: {VALKEY}",
    ]
    assert not findings_of(plan) & {"image-unreached", "tag-unreached"}
