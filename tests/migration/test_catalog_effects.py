"""What another catalog changes for one release: told from its plans with both, without making them."""

from datetime import date
from types import SimpleNamespace

import pytest

from migrate_dhi.migration import catalog_effects
from migrate_dhi.migration.catalog_effects import Effect, _effects, _planned, effects_of
from migrate_dhi.migration.scan import ScanEntry, ScannedImage
from tests.dhi.apps import catalog_of, definition, image

TODAY = date(2026, 9, 1)


def listed(*definitions):
    return catalog_of(image("app", *definitions))


LINE = definition("1.2", "1.2.9-debian13")
BOTH = listed(LINE), listed(LINE)


def entry(*images, **steps):
    return ScanEntry("chart", "data", "web", "apps/web", 1, "ready", images=images, steps=steps)


def seen(before="acme/app:1.2.3", after="", status="no-counterpart", **facts):
    return ScannedImage(before, after, status, **facts)


def told(was, now, catalogs=BOTH):
    found = [(one.kind, one.about, one.text) for one in _effects(was, now, catalogs, TODAY)]
    assert [Effect(*one).to_json() for one in found] == [
        dict(zip(("kind", "about", "text"), one, strict=True)) for one in found
    ]
    return found


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"),
    [
        ("blocked", "proven", "step-possible", "the step tag became possible (it was blocked)"),
        ("not-needed", "proven", "step-possible", "the step tag became possible (it was not-needed)"),
        (None, "proven", "step-possible", "the step tag became possible (it was not there)"),
        ("proven", "blocked", "step-lost", "the step tag is blocked now"),
        ("proven", "not-needed", "step-lost", "the step tag is not-needed now"),
        ("proven", "proven", "", ""),
        ("done", "proven", "", ""),
        ("proven", "done", "", ""),
        ("blocked", "not-needed", "", ""),
    ],
)
def test_a_step_that_became_possible_or_is_so_no_more(old, new, kind, text):
    found = told(entry(**({"tag": old} if old else {})), entry(tag=new))

    assert found == ([(kind, "tag", text)] if kind else [])


GOES = seen(after="dhi.io/other:1.2.9", status="migrate")


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"),
    [
        (seen(), GOES, "image-possible", "acme/app:1.2.3 can become dhi.io/other:1.2.9"),
        (
            seen(status="undecided"),
            GOES,
            "image-possible",
            "acme/app:1.2.3 can become dhi.io/other:1.2.9",
        ),
        (GOES, seen(), "image-lost", "acme/app:1.2.3 would no more become dhi.io/other:1.2.9"),
        (
            GOES,
            seen(status="undecided", reason="it is gone"),
            "image-lost",
            "acme/app:1.2.3 would no more become dhi.io/other:1.2.9: it is gone",
        ),
        (
            GOES,
            seen(after="dhi.io/other:1.3.0", status="migrate"),
            "image-other",
            "acme/app:1.2.3 becomes dhi.io/other:1.3.0, and not dhi.io/other:1.2.9",
        ),
        (GOES, GOES, "", ""),
        (seen(), seen(status="undecided"), "", ""),
        (seen(reason="one"), seen(reason="two"), "", ""),
    ],
)
def test_an_image_that_goes_elsewhere(old, new, kind, text):
    assert told(entry(old), entry(new)) == ([(kind, "acme/app:1.2.3", text)] if kind else [])


def test_an_image_that_was_not_there_before_is_no_effect():
    assert told(entry(), entry(seen("acme/new:1"))) == []


HARDENED = seen("dhi.io/app:1.2.9-debian13", status="already-dhi")
GONE = "the line 1.2 of app is listed no more (since 2026-06-01)"


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"),
    [
        (LINE, definition("1.3", "1.3.0-debian13"), "line-gone", GONE),
        (LINE, definition("1.2", "1.2.9-debian13-compat", flavor="compat"), "line-gone", GONE),
        (LINE, definition("1.2", "1.2.9-debian13-dev", variant="dev"), "line-gone", GONE),
        # A newer patch, or another distro, is the same line.
        (LINE, definition("1.2", "1.2.11-alpine3.23", distro="alpine-3.23"), "", ""),
        (LINE, LINE, "", ""),
        (
            LINE,
            {**LINE, "end_of_life": "2026-08-31"},
            "line-ended",
            "the line 1.2 of app ended on 2026-08-31",
        ),
        (LINE, {**LINE, "end_of_life": "2026-09-01"}, "", ""),
        # It had ended when the older catalog was written.
        ({**LINE, "end_of_life": "2026-05-31"}, {**LINE, "end_of_life": "2026-05-31"}, "", ""),
        (
            {**LINE, "end_of_life": "2026-06-01"},
            {**LINE, "end_of_life": "2026-08-31"},
            "line-ended",
            "the line 1.2 of app ended on 2026-08-31",
        ),
    ],
)
def test_the_line_of_a_hardened_image(old, new, kind, text):
    found = told(entry(HARDENED), entry(HARDENED), (listed(old), listed(new)))

    # Told of the image before and now, and once to people.
    assert list(dict.fromkeys(found)) == ([(kind, HARDENED.before, text)] if kind else [])


@pytest.mark.parametrize(
    "one",
    [
        seen("dhi.io/app:1.2.9-debian13", status="already-dhi", runs=False),
        seen("acme/app:1.2.3"),
        seen("dhi.io/app:nonsense", status="already-dhi"),
        seen("no image", status="kept"),
    ],
)
def test_of_what_does_not_run_or_is_not_known_no_line_is_told(one):
    catalogs = listed(LINE), listed(definition("1.3", "1.3.0-debian13"))

    assert told(entry(one), entry(one), catalogs) == []


def test_the_line_of_what_an_image_becomes_counts():
    goes = seen(after="dhi.io/app:1.2.9-debian13", status="migrate")
    catalogs = listed(LINE), listed(definition("1.3", "1.3.0-debian13"))

    assert {kind for kind, _, _ in told(entry(goes), entry(goes), catalogs)} == {"line-gone"}


def test_builds_of_one_object_are_planned_each(monkeypatch):
    builds = [
        ScanEntry("helmrelease", "data", "web", "apps/web.yaml", 1, "ready", "apps/web.yaml", build=build)
        for build in ("eu", "us")
    ]
    monkeypatch.setattr(catalog_effects, "groups_of", lambda _: [SimpleNamespace(releases=builds)])
    monkeypatch.setattr(catalog_effects, "entries_of", lambda *_: [builds])
    said = []

    found = _planned(SimpleNamespace(estate=None, options=SimpleNamespace(catalog=None)), None, said.append)

    assert [one.build for one in found.values()] == ["eu", "us"]
    assert said == ["planned 2 of 2 with the catalog in use"]


# all releases of a repository


def both(monkeypatch, was, now, *, catalogs=BOTH, today=TODAY):
    """What is otherwise where the plans with the older catalog give these entries, and with the newer one those."""
    monkeypatch.setattr(
        catalog_effects, "groups_of", lambda estate: [SimpleNamespace(releases=one) for one in estate]
    )
    monkeypatch.setattr(
        catalog_effects, "entries_of", lambda groups, *_: [group.releases for group in groups]
    )
    grounds = tuple(
        SimpleNamespace(estate=entries, options=SimpleNamespace(catalog=name, today=today))
        for name, entries in (("old", was), ("new", now))
    )
    said = []
    return effects_of(grounds, catalogs, None, said.append), said


def of(name, status="ready", **steps):
    return ScanEntry("chart", "data", name, f"apps/{name}", 7, status, steps=steps)


def test_each_release_is_told_with_what_is_otherwise_for_it(monkeypatch):
    was = [[of("z", tag="blocked"), of("a", tag="proven")], [of("same", tag="proven")]]
    now = [
        [of("z", tag="proven"), of("a", tag="blocked")],
        [of("same", tag="proven"), of("new", tag="proven")],
    ]
    found, said = both(monkeypatch, was, now)

    # What deploys nothing with the older catalog cannot be compared.
    assert [
        (one.id, one.file, one.line, [effect.kind for effect in one.effects]) for one in found.affected
    ] == [
        ("data/a", "apps/a", 7, ["step-lost"]),
        ("data/z", "apps/z", 7, ["step-possible"]),
    ]
    assert (found.planned, found.failed) == (4, 0)
    assert said == [
        "planned 2 of 3 with the catalog old", "planned 3 of 3 with the catalog old",
        "planned 2 of 4 with the catalog new", "planned 4 of 4 with the catalog new", "",
    ]  # fmt: skip
    assert found.to_json()["affected"][0]["release"] == "data/a"


@pytest.mark.parametrize(("was", "now"), [("error", "ready"), ("ready", "error")])
def test_what_cannot_be_planned_with_either_is_counted_and_not_compared(monkeypatch, was, now):
    found, _ = both(monkeypatch, [[of("a", was, tag="blocked")]], [[of("a", now, tag="proven")]])

    assert (found.affected, found.planned, found.failed) == ((), int(now != "error"), int(now == "error"))


@pytest.mark.parametrize(
    ("ends", "today", "kinds"),
    [
        (date(2026, 8, 1), TODAY, ["line-ended"]),
        (date(2026, 10, 1), TODAY, []),
        # Without a day no end is told.
        (date(2026, 8, 1), None, []),
    ],
)
def test_a_line_that_ended_is_told_for_the_day(monkeypatch, ends, today, kinds):
    runs = seen("dhi.io/app:1.2.9-debian13", status="already-dhi")
    entries = [[entry(runs)]]
    ended = definition("1.2", "1.2.9-debian13", end_of_life=ends.isoformat())
    found, _ = both(monkeypatch, entries, entries, catalogs=(listed(LINE), listed(ended)), today=today)

    assert [effect.kind for one in found.affected for effect in one.effects] == kinds
