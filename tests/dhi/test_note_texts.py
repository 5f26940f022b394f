"""The notes on a decision, word for word: they become findings, and are all that a person reads of it."""

from dataclasses import replace
from datetime import date

import pytest

from migrate_dhi.dhi import note
from migrate_dhi.dhi.catalog import OwnedPath
from migrate_dhi.dhi.rule import Option
from migrate_dhi.dhi.tags import parse_upstream
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image
from tests.dhi.ready import BARE, SHELLED

ENDS = replace(BARE, end_of_life=date(2027, 1, 31))
OVER = replace(BARE, version="1.3.9", tags=("1.3.9-debian13",), end_of_life=date(2026, 11, 25))
NEW = replace(
    SHELLED,
    version="1.5.0",
    tags=("1.5.0-debian13",),
    user="app",
    uid=70,
    entrypoint=("/app",),
    ports=(),
    paths=(OwnedPath("/data", 70, 70, "0755"), OwnedPath("/etc/x", 0, 0, "0755")),
)
APP = catalog_of(
    image(
        "app",
        definition("1.4", "1.4.2-debian13"),
        definition("1.3", "1.3.9-debian13"),
        definition("1.4", "1.4.2-debian13-dev", variant="dev"),
        *(definition(f"0.{minor}", f"0.{minor}.1-debian13") for minor in range(3)),
        past={"1.2.8-debian13": ["2025-12-30", "2026-01-05"]},
    )
)
BESIDE = ", but 1.4.2-debian13, 1.3.9-debian13, 0.2.1-debian13, 0.1.1-debian13 and 1 more"
CATALOG = "the catalog of 2026-06-01 does not list"


def ref(text):
    return Reference.parse(text)


def option(rule, of=BARE, **facts):
    return Option(rule, of.tags[-1], of.release, of, **facts)


def told(finding):
    return (finding.code, finding.severity, finding.message, finding.help) if finding else None


# --- a tag that was taken

PAST = "dhi.io/app:1.4.1 was last listed on 2026-03-01: it gets no more updates"
PAST_HELP = (
    "name that one with --to, or take such ones always with --prefer newest; --no-past leaves past tags out"
)
NEWER = "dhi.io/app:1.5 is of a newer line than 1.3.0, whose own is listed no more"
CHANGED = (
    "user nonroot became app, shell none became bash, entrypoint /usr/local/bin/bare became /app, "
    "ports 8080/tcp became none, data none became /data"
)
NEWER_HELP = (
    "read the release notes between the two; name another tag with --to, or --within patch asks first"
)


@pytest.mark.parametrize(
    ("newer", "message"),
    [
        ([], PAST),
        ([option("line-newer")], f"{PAST}; the nearest that does is 1.4.2-debian13"),
        (
            [option("line-newer", ENDS)],
            f"{PAST}; the nearest that does is 1.4.2-debian13 (end of life 2027-01-31)",
        ),
        # A line that is past its end of life gets no updates.
        (
            [option("line-newer", OVER), option("line-newer")],
            f"{PAST}; the nearest that does is 1.4.2-debian13",
        ),
        (
            [option("line-newer", OVER)],
            f"{PAST}, and 1.3.9-debian13, the nearest that is listed, is past its end of life, too",
        ),
    ],
)
def test_a_tag_that_is_listed_no_more(newer, message):
    found = note.past_note(
        "dhi.io/app:1.4.1", option("tag-past", listed_until="2026-03-01"), newer, date(2026, 11, 26)
    )

    assert told(found) == ("tag-past", "warning", message, PAST_HELP)


@pytest.mark.parametrize(
    ("taken", "before", "message"),
    [
        (NEW, None, NEWER),
        (
            NEW,
            BARE,
            f"{NEWER}; since 1.4.2-debian13: {CHANGED}",
        ),
        (
            ENDS,
            BARE,
            f"{NEWER} (end of life 2027-01-31); user, shell, entrypoint, ports and data are as in 1.4.2-debian13",
        ),
    ],
)
def test_another_line(taken, before, message):
    found = note.newer_note("dhi.io/app:1.5", "1.3.0", option("line-newer", taken), before)

    assert told(found) == ("line-newer", "warning", message, NEWER_HELP)


@pytest.mark.parametrize(
    ("tag", "taken", "message"),
    [
        (
            "main",
            option("floating"),
            "the tag 'main' names no version: dhi.io/app:1.4 is the newest current line",
        ),
        ("", option("floating"), "the image has no tag: dhi.io/app:1.4 is the newest current line"),
        (
            "",
            option("floating", ENDS),
            "the image has no tag: dhi.io/app:1.4 is the newest current line (end of life 2027-01-31)",
        ),
        (
            "lts",
            option("supported"),
            "the tag 'lts' names no version: dhi.io/app:1.4 is the current line with the longest support",
        ),
    ],
)
def test_a_tag_without_a_version(tag, taken, message):
    found = note.floating_note("dhi.io/app:1.4", parse_upstream(tag), taken)

    assert told(found) == (
        "tag-floating",
        "warning",
        f"{message}, and what runs now may be older or newer",
        "look at what runs, and name its version with --to",
    )


def test_what_differs_between_two_lines_is_told_for_what_is_not_there_too():
    unnamed = replace(BARE, user="", shells=("bash",), entrypoint=(), ports=("1/tcp", "2/udp"))

    assert note.line_changes(unnamed, BARE) == [
        "user 65532 became nonroot",
        "shell bash became none",
        "entrypoint none became /usr/local/bin/bare",
        "ports 1/tcp, 2/udp became 8080/tcp",
    ]
    assert note.line_changes(BARE, BARE) == []


# --- what is not listed

ONCE = "; it was listed from 2025-12-30 to 2026-01-05, and may still be there to pull"
FACTS = "; its facts are assumed to be those of {}, the nearest that is listed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "dhi.io/app:1.2.8-debian13",
            f"the tag 1.2.8-debian13 of app{BESIDE}{ONCE}{FACTS.format('1.3.9-debian13')}",
        ),
        ("dhi.io/app:nonsense", f"the tag nonsense of app{BESIDE}{FACTS.format('1.4.2-debian13')}"),
        (
            "dhi.io/app",
            f"the tag latest, which no tag means, of app{BESIDE}{FACTS.format('1.4.2-debian13')}",
        ),
        (
            f"dhi.io/app@sha256:{'0' * 64}",
            f"the tag (none) of app{BESIDE}{FACTS.format('1.4.2-debian13')}",
        ),
        # Of another flavor nothing is known but what is plain, and of the other kind of image only that kind tells.
        ("dhi.io/app:9.9-debian13-own", f"the tag 9.9-debian13-own of app{BESIDE}"),
        (
            "dhi.io/app:1.4.1-debian13-dev",
            f"the tag 1.4.1-debian13-dev of app, but 1.4.2-debian13-dev{FACTS.format('1.4.2-debian13-dev')}",
        ),
    ],
)
def test_a_tag_that_is_not_listed(text, message):
    assert told(note.listed_note(APP, "app", ref(text))) == (
        "tag-unlisted",
        "warning",
        f"{CATALOG} {message}",
        "see the listed tags with `migrate-dhi catalog show app`",
    )


def test_an_image_that_is_not_listed():
    assert told(note.listed_note(APP, "other", ref("dhi.io/other:1"))) == (
        "image-unlisted",
        "warning",
        f"{CATALOG} an image other (dhi.io/other:1)",
        "see `migrate-dhi catalog list`",
    )
    assert note.listed_note(APP, "appp", ref("dhi.io/appp:1")).help == "do you mean app?"


@pytest.mark.parametrize(
    ("behind", "code", "help_text"),
    [
        (
            True,
            "catalog-behind",
            "wait for app to be hardened in this version, or name a tag with --to",
        ),
        (
            False,
            "catalog-missing",
            "see `migrate-dhi catalog show app`, and name an image with --to FROM=IMAGE:TAG",
        ),
    ],
)
def test_an_image_that_stays_for_want_of_one(behind, code, help_text):
    found = note.behind_note(ref("acme/app:9"), "app", "so it is", behind=behind)

    assert told(found) == (code, "warning", "acme/app:9 stays as it is: so it is", help_text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("harbor.example/dhi/none:1.2-debian13", ["image-unlisted"]),
        ("harbor.example/dhi/none:1.2", []),
        ("harbor.example/other/none:1.2-debian13", []),
    ],
)
def test_what_lies_where_hardened_images_do(text, codes):
    assert [one.code for one in note.place_notes(APP, ref(text))] == codes


# --- what the user should know of the choice

OWN = (
    "with scripts and paths of its own: a chart made for it may start or configure the hardened image wrongly"
)
MIRROR = "docker.io/acme/dhi-{name}"


@pytest.mark.parametrize(
    ("text", "template", "message", "help_text"),
    [
        (
            "docker.io/acme/dhi-app:1",
            MIRROR,
            f"docker.io/acme/dhi-app is a mirror's copy of a hardened image: what moves is taken from {MIRROR} too",
            "--target dhi.io/{name} takes it from Docker's registry",
        ),
        (
            "docker.io/acme/dhi-app:1",
            "dhi.io/{name}",
            "docker.io/acme/dhi-app is a mirror's copy of a hardened image",
            f"--target {MIRROR} takes what moves from there too",
        ),
    ],
)
def test_a_mirror(text, template, message, help_text):
    found = note.mirror_note(ref(text), [MIRROR], template)

    assert told(found) == ("mirror-found", "info", message, help_text)


def test_no_mirror():
    assert note.mirror_note(ref("dhi.io/app:1"), [MIRROR], "dhi.io/{name}") is None


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (
            lambda: note.downgrade_note(ref("app:2"), ref("dhi.io/app:1.0")),
            (
                "downgrade",
                "error",
                "app:2 would go down to 1.0: data and settings of the newer version may not be read by it",
                "name a version that is not lower with --to, or accept it with --accept downgrade",
            ),
        ),
        (
            lambda: note.misplaced_note(ref("dhi.io/x/app:1"), ref("dhi.io/app:1"), "it is odd"),
            (
                "image-misplaced",
                "warning",
                "dhi.io/x/app:1 cannot be what was meant: it is odd; this plan writes dhi.io/app:1",
                "look whether this is what was meant, or leave it out with --keep",
            ),
        ),
        (
            lambda: note.repackaged_note(ref("docker.io/bitnami/app:1"), "app"),
            (
                "repackaged-image",
                "warning",
                f"docker.io/bitnami/app is another build of app, {OWN}",
                "read the readiness findings, or --keep it",
            ),
        ),
        (
            lambda: note.weak_note(ref("acme/app:1"), ["app", "web"]),
            (
                "match-weak",
                "info",
                "acme/app stays as it is: that it is what is hardened as app or web only the name says",
                "where it is, move it with --to acme/app=app",
            ),
        ),
        (
            lambda: note.apart_note(ref("dhi.io/app:1.2"), ref("dhi.io/web:1.3")),
            (
                "family-split",
                "warning",
                "app and web belong together: they run 1.2 and 1.3",
                "name the version of web for app too, with --to",
            ),
        ),
    ],
)
def test_a_note(finding, expected):
    assert told(finding()) == expected


@pytest.mark.parametrize(
    ("versions", "moving", "message"),
    [
        (
            {"a/app:1": (1, 2), "b/web:1": (1, 3)},
            "a/app:1",
            "app and web belong together: they run 1.2 and 1.3",
        ),
        (
            {"a/app:1": (1, 4), "b/web:1": (1, 3)},
            "a/app:1",
            "app and web belong together: they run 1.4 and 1.3",
        ),
        # Of one name they are told whole.
        (
            {"a/app:1": (1, 2), "b/app:1": (1, 3)},
            "b/app:1",
            "b/app:1 and a/app:1 belong together: they run 1.3 and 1.2",
        ),
        # As far as both are written out they agree, or one says nothing.
        ({"a/app:1": (1, 2), "b/web:1": (1, 2, 5)}, "a/app:1", None),
        ({"a/app:1": (1, 2), "b/web:1": ()}, "a/app:1", None),
        ({"a/app:1": (), "b/web:1": (1, 3)}, "a/app:1", None),
        ({"a/app:1": (1, 2), "b/web:1": (1, 3)}, None, None),
    ],
)
def test_a_family_that_comes_apart(versions, moving, message):
    read = {ref(text): release for text, release in versions.items()}
    found = note.split_note(read, [ref(moving)] if moving else [])

    assert told(found) == (
        message
        and (
            "family-split",
            "warning",
            f"{message} after this plan",
            "name one version for both with --to, or --keep both",
        )
    )


# --- days


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (
            date(2027, 2, 1),
            ("end-of-life", "warning", "line 1.4 of bare is past its end of life since 2027-01-31"),
        ),
        (
            date(2027, 1, 31),
            ("end-of-life-soon", "info", "line 1.4 of bare reaches its end of life on 2027-01-31"),
        ),
        (
            date(2026, 8, 1),
            ("end-of-life-soon", "info", "line 1.4 of bare reaches its end of life on 2027-01-31"),
        ),
        (date(2026, 7, 31), None),
    ],
)
def test_an_end_of_life(today, expected):
    found = note.end_of_life_note(ENDS, today)

    assert told(found) == (
        expected and (*expected, "see the other lines with `migrate-dhi catalog show bare`")
    )
    assert note.end_of_life_note(BARE, today) is None


OLD = "the catalog is of 2026-06-01, {} days old{}: newer tags exist, and some it lists may be gone"


@pytest.mark.parametrize(
    ("today", "most", "expected"),
    [
        (date(2026, 8, 30), None, None),
        (date(2026, 8, 31), None, ("info", OLD.format(91, ""))),
        (date(2027, 6, 1), None, ("info", OLD.format(365, ""))),
        (date(2027, 6, 2), None, ("warning", OLD.format(366, ""))),
        (date(2026, 6, 8), 7, None),
        (date(2026, 6, 9), 7, ("error", OLD.format(8, f" ({note.MAX_AGE} allows 7)"))),
        (date(2026, 6, 2), 0, ("error", OLD.format(1, f" ({note.MAX_AGE} allows 0)"))),
    ],
)
def test_the_age_of_the_catalog(today, most, expected):
    found = note.catalog_age_note(APP, today, most)

    help_text = "fetch a newer one with `migrate-dhi catalog update`"
    assert told(found) == (expected and ("catalog-old", *expected, help_text))
