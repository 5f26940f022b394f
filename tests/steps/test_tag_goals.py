"""What the tag step does where a chart cannot take the tag, and how it names what it could not set: in memory."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.target import Decision
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Image
from migrate_dhi.steps.registry import RegistryStep
from migrate_dhi.steps.tag import TagStep
from migrate_dhi.trace.slots import Slot
from tests.dhi.ready import BARE

OLD, NEW = Reference.parse("docker.io/acme/bare:1.4.1"), Reference.parse("dhi.io/bare:1.4.2-debian13")
DIGEST = "sha256:" + "a" * 64
SLOT = Slot(None, "t", 0, (), None, "x", "container", "main", (("x",),))


def image(before=OLD, after=NEW, facts=BARE, **more):
    return Image(before, Decision(before, after, "migrate", "why", facts, **more), (SLOT,))


def context(*images):
    return SimpleNamespace(images=list(images), moving=tuple(one for one in images if one.moves))


# --- the bare version in place of a tag that a chart compares


@pytest.mark.parametrize(
    ("changed", "bare"),
    [
        ({}, True),
        ({"after": NEW.with_tag("1.4.2-debian13", DIGEST)}, True),
        # it is the bare version already, or the catalog does not list that
        ({"after": NEW.with_tag("1.4.2")}, False),
        ({"facts": replace(BARE, version="1.4.3")}, False),
        ({"facts": None}, False),
        ({"after": None}, False),
        # a tag that the user named, and facts of another line
        ({"confidence": "chosen"}, False),
        ({"assumed": True}, False),
    ],
)
def test_the_bare_version_of_the_same_image_is_the_other_way(changed, bare):
    one = image(**changed)
    found = TagStep().other_images(context(one), frozenset([OLD]))

    assert bool(found) is bare
    for other in found:
        assert other.decision.after == one.decision.after.with_tag("1.4.2", one.decision.after.digest)
        assert other.decision.reason == "why; 1.4.2 names the same image, and the chart reads it as a version"
        assert (other.decision.digest, other.before, other.slots) == ("", OLD, one.slots)


def test_only_images_that_failed_become_others_and_all_are_given_back():
    second = image(Reference.parse("docker.io/acme/second:1.4.1"))
    found = TagStep().other_images(context(image(), second), frozenset([OLD]))

    assert [one.decision.after.tag for one in found] == ["1.4.2", "1.4.2-debian13"]
    assert found[1] is second
    assert TagStep().other_images(context(image(), second), frozenset()) == []


# --- what is told


@pytest.mark.parametrize(
    ("missing", "item", "container"),
    [
        ("Deployment/web: main", "Deployment/web", "main"),
        ("Deployment/web: main (argument)", "Deployment/web", "main"),
        ("ConfigMap/c", "ConfigMap/c", ""),
        ("Job/x of prod: init", "Job/x of prod", "init"),
    ],
)
def test_what_keeps_its_tag_is_named(missing, item, container):
    found = TagStep().unreached(context(image()), missing)

    assert (found.code, found.severity, found.object, found.container) == (
        "tag-unreached",
        "error",
        item,
        container,
    )
    assert found.message.startswith(f"{missing} keeps its tag")
    assert "--pin-digest" not in found.help


@pytest.mark.parametrize(
    ("after", "digest", "pinned"),
    [
        (NEW.with_tag("1.4.2", DIGEST), DIGEST, True),
        (NEW.with_tag("1.4.2", DIGEST), "", False),
        (NEW, "", False),
        (NEW, DIGEST, False),
    ],
)
def test_a_digest_that_a_registry_told_may_be_left_out(after, digest, pinned):
    found = TagStep().unreached(context(image(after=after, digest=digest)), "Pod/web: main")

    assert ("leave --pin-digest out" in found.help) is pinned


@pytest.mark.parametrize(
    ("missing", "test", "severity", "container"),
    [
        ("Deployment/web: main", False, "error", "main"),
        ("Pod/check: main", True, "warning", "main"),
        # what stands in settings alone keeps nothing else from moving
        ("Deployment/web: main (environment)", False, "warning", "main"),
        ("ConfigMap/c", False, "warning", ""),
        ("Engine/e (custom-resource)", False, "warning", ""),
    ],
)
def test_an_image_that_could_not_be_moved_is_an_error_where_it_runs(missing, test, severity, container):
    asked = []
    known = SimpleNamespace(is_test=lambda item: asked.append(item) or test)
    found = RegistryStep().unreached(known, missing)

    assert (found.code, found.severity, found.container) == ("image-unreached", severity, container)
    assert set(asked) <= {missing.partition(":")[0]}


def test_subjects_name_where_images_come_from_and_which_they_are():
    second = image(Reference.parse("docker.io/acme/second:1"), Reference.parse("dhi.io/second:2"))
    known = context(image(), second, image())

    assert RegistryStep().subject(known) == "pull from dhi.io/bare, dhi.io/second"
    assert TagStep().subject(known) == "use dhi.io/bare:1.4.2-debian13, dhi.io/second:2"
