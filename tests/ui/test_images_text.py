"""Images: before and after, facts, and who uses them."""

from dataclasses import replace
from typing import get_args

import pytest

from migrate_dhi.dhi.rule import Rule
from migrate_dhi.migration.plan_image import ImageFacts, Use
from migrate_dhi.ui.images_text import facts_words, image_lines, uses_words
from migrate_dhi.ui.lines import Look, cells, plain
from tests.ui import plans

DIGEST = "@sha256:" + "0123456789ab" + "c" * 52


def texts(*images, look=None, verbose=False):
    return [plain(line) for line in image_lines(look or Look(), images, verbose=verbose)]


def test_before_and_after_stand_side_by_side():
    assert texts(plans.image())[0] == f"  ✓ {plans.BEFORE}  → {plans.AFTER}"


def test_on_a_narrow_terminal_they_stand_below_each_other():
    lines = texts(plans.image(), look=Look(width=60, fit=True))

    assert lines == [f"  ✓ {plans.BEFORE}", f"      → {plans.AFTER}"]
    assert all(cells(line) <= 60 for line in lines)


def test_arrows_are_aligned():
    lines = texts(*plans.blocked().images)

    assert lines[0].index("→") == next(line for line in lines if "waits for a choice" in line).index("waits")


def test_every_status_has_words_of_its_own():
    lines = [line for line in texts(*plans.with_every_image_status().images) if ":1.0" in line]

    assert len({line.split("  ")[-1] for line in lines}) == 6


@pytest.mark.parametrize(
    ("status", "confidence", "words"),
    [
        ("no-counterpart", "certain", "stays: no hardened tag in reach"),
        ("no-counterpart", "", "stays: no hardened counterpart"),
        ("kept", "weak", "stays: no sure counterpart"),
        ("kept", "certain", "stays as it is"),
        ("fixed", "certain", "stays: no value moves it"),
    ],
)
def test_an_image_with_a_counterpart_is_not_said_to_have_none(status, confidence, words):
    image = replace(plans.image(), status=status, after="", confidence=confidence, rule="")

    assert texts(image, look=Look(width=120))[0].endswith(f"  {words}")


@pytest.mark.parametrize(("facts", "listed"), [("own", True), ("assumed", False), ("none", False)])
def test_a_hardened_image_whose_tag_is_not_listed_has_no_tick(facts, listed):
    image = plans.image()
    known = None if facts == "none" else replace(image.facts, assumed=facts == "assumed")
    image = replace(image, status="already-dhi", after="", rule="", facts=known)

    line = texts(image, look=Look(width=120))[0]

    assert line.startswith("  \u2713 " if listed else "  ! ")
    assert ("is hardened already" in line, "its tag is not listed" in line) == (listed, not listed)


def test_an_image_that_stays_shows_no_arrow():
    images = [image for image in plans.with_every_image_status().images if image.status != "migrate"]

    assert "→" not in "".join(texts(*images))


def test_a_digest_is_short_on_a_terminal_and_whole_in_a_file():
    image = replace(plans.image(), after=plans.AFTER + DIGEST)

    assert f"{plans.AFTER}@sha256:0123456789ab…" in texts(image, look=Look(width=140, fit=True))[0]
    assert texts(image)[-1].endswith(DIGEST)


@pytest.mark.parametrize("rule", [rule for rule in get_args(Rule) if rule])
def test_the_rule_stands_beside_in_words(rule):
    line = texts(replace(plans.image(), rule=rule), look=Look(width=120))[0]

    assert line.startswith(f"  ✓ {plans.BEFORE}  → {plans.AFTER}  ")
    assert not line.endswith(rule)


def test_an_open_choice_lists_what_is_possible():
    text = " ".join(" ".join(texts(plans.blocked().images[1], verbose=True)).split())

    assert "possible: dhi.io/redis-exporter:1.80.1-debian13, dhi.io/redis-exporter:1.81.0-debian13" in text


def test_verbose_names_the_values_and_the_other_choices():
    lines = texts(plans.image(), verbose=True)

    assert f"      tag is set by valkey.image.tag in {plans.VALUES}" in lines
    assert "      also possible: dhi.io/valkey:9.0.3-debian13" in lines
    assert lines[-1] == "      match: certain"


def test_without_verbose_an_image_is_one_line():
    assert len(texts(plans.image())) == 1


def test_no_image_is_said():
    assert texts() == ["  The chart renders no image."]


def test_facts_say_when_there_is_no_shell_and_leave_out_what_is_unknown():
    assert facts_words(ImageFacts()) == ["no shell"]
    assert facts_words(ImageFacts(user="70", uid=70, shells=("dash", "bash"))) == [
        "user 70",
        "shell dash, bash",
    ]
    assert facts_words(ImageFacts(uid=65532)) == ["user 65532", "no shell"]


def test_the_end_of_life_of_another_line_is_not_told():
    facts = ImageFacts(line="9.1", end_of_life="2028-10-21", uid=65532)

    assert facts_words(facts) == ["line 9.1", "user 65532", "no shell", "end of life 2028-10-21"]
    assert facts_words(replace(facts, assumed=True)) == [
        "user 65532",
        "no shell",
        "assumed from line 9.1, the nearest that is listed",
    ]


def test_uses_are_told_by_object():
    uses = (
        Use("Deployment", "web", "app", "container"),
        Use("Deployment", "web", "wait", "init"),
        Use("ConfigMap", "images", "", "config"),
        Use("Pod", "check", "", "container"),
    )

    assert uses_words(uses) == ["Deployment/web (app, init wait)", "ConfigMap/images (config)", "Pod/check"]


def test_control_characters_in_a_container_name_are_written_out():
    image = replace(plans.image(), used_by=(Use("Pod", "a\x1b[1m", "b\u202e", "container"),))

    assert "      used by Pod/a\\x1b[1m (b\\u202e)" in texts(image, verbose=True)


def test_several_places_alike_in_one_object_are_counted():
    uses = [Use("Policy", "all", "", "custom-resource")] * 3 + [Use("Policy", "all", "app", "container")]

    assert uses_words(uses) == ["Policy/all (custom-resource 3x, app)"]
