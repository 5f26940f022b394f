"""What a registry said of an image, and what people are told of it."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.seen import (
    Seen,
    facts_notes,
    gone_note,
    newer_note,
    seen_notes,
    there_note,
    unpinned_note,
)
from migrate_dhi.oci.image import Configuration
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image

AFTER = Reference.parse("dhi.io/app:1.2.9-debian13")
BEFORE = Reference.parse("acme/app:1.2.3")


def told(findings):
    return [(one.code, one.severity, one.message, one.help) for one in findings]


# --- whether it is there


@pytest.mark.parametrize(
    ("seen", "code", "severity", "message", "help_text"),
    [
        (
            Seen(gone="it is not there"),
            "tag-gone",
            "error",
            f"{AFTER} cannot be pulled: it is not there",
            "name another tag with --to, or --keep the image",
        ),
        (
            Seen(problem="no login", advice="log in"),
            "live-unconfirmed",
            "warning",
            f"whether {AFTER} is there, and its facts, are not confirmed: no login",
            "log in",
        ),
        (
            Seen(lacking=("linux/arm64", "linux/s390x"), has=("linux/amd64",)),
            "platform-missing",
            "error",
            f"{AFTER} is not there for linux/arm64, linux/s390x, only for linux/amd64",
            "name another tag with --to, or the platforms that your nodes have with --platform",
        ),
        (
            Seen(lacking=("linux/arm64",)),
            "platform-missing",
            "error",
            f"{AFTER} is not there for linux/arm64",
            "name another tag with --to, or the platforms that your nodes have with --platform",
        ),
        # The gravest alone.
        (
            Seen(gone="it is not there", problem="no login", lacking=("x",)),
            "tag-gone",
            "error",
            f"{AFTER} cannot be pulled: it is not there",
            "name another tag with --to, or --keep the image",
        ),
    ],
)
def test_what_is_wrong_with_a_chosen_image(seen, code, severity, message, help_text):
    assert told(seen_notes(AFTER, seen)) == [(code, severity, message, help_text)]


def test_what_is_there_needs_no_word_of_that():
    assert seen_notes(AFTER, Seen("sha256:1", has=("linux/amd64",))) == []


def test_tags_that_were_ruled_out_are_told_with_the_first_reason():
    catalog = catalog_of(image("app", definition("1.2", "1.2.9-debian13")))
    lost = {AFTER: "it is not there", AFTER.with_tag("1.2.8"): "neither", AFTER.with_tag("1.2.7"): "nor that"}
    said = f"{AFTER} is not taken, though the catalog of 2026-06-01 knows it: it is not there"
    help_text = "name a tag that is there with --to, if another is wanted"

    assert told([gone_note(lost, catalog)]) == [
        ("tag-gone", "warning", f"{said}, nor 1.2.8, 1.2.7", help_text)
    ]
    assert told([gone_note({AFTER: "it is not there"}, catalog)]) == [
        ("tag-gone", "warning", said, help_text)
    ]


def test_a_digest_that_nobody_knows():
    assert told([unpinned_note(AFTER)]) == [
        (
            "digest-unknown",
            "error",
            f"the digest of {AFTER} is not known, so --pin-digest cannot write it",
            "try again when the registry answers, or leave --pin-digest out",
        )
    ]


def test_one_that_is_there_for_all():
    seen = Seen("sha256:1", has=("linux/amd64", "linux/arm64"))

    assert told([there_note(AFTER, seen, ", too")]) == [
        ("live-confirmed", "info", f"{AFTER} is there for linux/amd64, linux/arm64 (sha256:1), too", "")
    ]


# --- whether it is the hardened one

APP = catalog_of(
    image(
        "app",
        definition("1.2", "1.2.9-debian13", user="nonroot", uid=65532, work_dir="/", entrypoint=["/app"]),
    )
)
(KNOWN,) = APP.definitions("app")


def facts(name, own=KNOWN, *, assumed=False, **seen):
    labels = {"com.docker.dhi.name": name} if name else {}
    told_by = Seen("sha256:1", Configuration("linux/amd64", labels=labels), has=("linux/amd64",), **seen)
    return told(facts_notes(AFTER, KNOWN, told_by, own, assumed=assumed))


LABEL_HELP = "look at what was copied there, or name another place with --target"
CONFIRMED = (
    "live-confirmed",
    "info",
    f"{AFTER} is there for linux/amd64 (sha256:1), with user, entrypoint and ports as the catalog says",
    "",
)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("app", None),
        ("other", f"{AFTER} is labelled as the hardened image other, not app"),
        ("", f"{AFTER} has no label of a hardened image: it may be another image of that name"),
    ],
)
def test_its_label_says_what_it_is(name, message):
    wrong = [("image-not-hardened", "warning", message, LABEL_HELP)] if message else []

    assert facts(name) == [*wrong, CONFIRMED]


@pytest.mark.parametrize(("assumed", "line"), [(False, ""), (True, " of the nearest line")])
def test_where_it_is_not_as_the_catalog_says(assumed, line):
    own = replace(KNOWN, uid=70, user="app")

    assert facts("app", own, assumed=assumed) == [
        (
            "facts-differ",
            "warning",
            f"{AFTER} is not as the catalog{line} says; this plan goes by the image: user app (catalog: nonroot)",
            "use a newer catalog, or see `migrate-dhi catalog show app --live`",
        )
    ]


def test_one_that_lacks_a_platform_is_not_confirmed():
    assert facts("app", lacking=("linux/arm64",)) == []


# --- what the registry has besides


def newest(line, version, tags, after, **more):
    catalog = catalog_of(image("app", definition(line, f"{version}-debian13", **more)))
    (known,) = catalog.definitions("app")
    found = newer_note(BEFORE, Reference.parse(f"dhi.io/app:{after}"), tags, known, catalog)
    assert isinstance(catalog, Catalog)
    return found


@pytest.mark.parametrize(
    ("line", "version", "tags", "best"),
    [
        ("1.2", "1.2.9", ["1.2.10-debian13", "1.2.11-debian13", "1.2.8-debian13"], "1.2.11-debian13"),
        # Of two numbers the second one counts patches.
        ("17", "17.9", ["17.11-debian13", "18.1-debian13"], "17.11-debian13"),
        # Another line, distro, flavor or kind, fewer numbers, and what the catalog knows, are none.
        ("1.2", "1.2.9", ["1.3.0-debian13", "2.0.0-debian13"], None),
        ("1.2", "1.2.9", ["1.2.11-alpine3.23", "1.2.11-debian13-compat", "1.2.11-debian13-dev"], None),
        ("1.2", "1.2.9", ["1.2", "1.2-debian13", "latest", "1.2.9-debian13"], None),
        ("3.22", "3.22", ["3.23-debian13"], None),
        ("1.2", "1.2.9", [], None),
    ],
)
def test_the_newest_patch_that_the_catalog_does_not_know(line, version, tags, best):
    after = f"{version}-debian13"

    found = newest(line, version, tags, after)

    assert (found and (found.code, found.severity, found.message, found.help)) == (
        best
        and (
            "tag-newer",
            "info",
            f"dhi.io/app has {best}, which the catalog of 2026-06-01 does not know yet: {after} is older",
            f"take it with --to acme/app=dhi.io/app:{best}, or renew the catalog",
        )
    )
