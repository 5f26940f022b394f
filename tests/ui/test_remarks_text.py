"""Findings as lines: errors in full, warnings in two lines, notes as a count."""

from dataclasses import replace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.ui.lines import Look, cells, plain
from migrate_dhi.ui.remarks_text import counts, finding_lines, first_names, remark_lines, told_lines
from tests.ui import plans

FILE = Look()
LONG = "the catalog does not list this tag, and nobody knows whether it can be pulled at all; " * 4


def texts(lines):
    return [plain(line) for line in lines]


def test_findings_come_gravest_first_with_place_and_help():
    findings = [
        plans.finding("info", "c"),
        plans.finding("error", "a", file="values.yaml", line=3),
        plans.finding("warning", "b"),
    ]
    lines = texts(finding_lines(FILE, findings))

    assert [line for line in lines if not line.startswith("      ")] == [
        "  ✗ error    a",
        "  ! warning  b",
        "  i info     c",
    ]
    assert lines[2:4] == ["      at values.yaml:3", "      help: check that it can be pulled"]


def test_equal_findings_are_told_once_with_all_their_places():
    findings = [plans.finding(object=name) for name in ("Pod/a", "Pod/b", "Pod/a")]
    lines = texts(finding_lines(FILE, findings))

    assert len(lines) == 4
    assert "      at Pod/a; Pod/b" in lines


def test_what_can_be_done_is_said_once_for_all_of_one_code():
    findings = [replace(plans.finding(object=name), message=f"{name} is old") for name in ("Pod/a", "Pod/b")]
    other = replace(findings[0], message="another", help="do something else")
    lines = texts(finding_lines(FILE, [findings[0], other, findings[1]]))

    assert lines == [
        f"  ! warning  {other.code}",
        "      Pod/a is old",
        "      at Pod/a",
        "      Pod/b is old",
        "      at Pod/b",
        "      help: check that it can be pulled",
        f"  ! warning  {other.code}",
        "      another",
        "      at Pod/a",
        "      help: do something else",
    ]


@pytest.mark.parametrize("accepted", [{"shell-missing"}, {"all"}])
def test_an_accepted_error_says_so(accepted):
    lines = texts(finding_lines(FILE, plans.blocked().findings, accepted))

    assert lines[0] == "  ✗ error    shell-missing  (accepted)"


def test_a_warning_is_never_called_accepted():
    assert "accepted" not in "".join(texts(finding_lines(FILE, [plans.finding()], {"all"})))


def test_a_message_of_several_lines_stays_one_paragraph():
    lines = texts(finding_lines(FILE, [Finding("x", "info", "first\n  second\x1b[0m")]))

    assert lines == ["  i info     x", "      first second\\x1b[0m"]


def test_a_warning_takes_two_lines_however_long_it_is():
    warning = Finding("tag-unlisted", "warning", LONG, help=LONG)
    lines = texts(remark_lines(FILE, [warning]))

    assert lines[:2] == ["", "Warnings"]
    assert len(lines) == 4
    assert lines[3].endswith("…")
    assert all(cells(line) <= 100 for line in lines)


def test_a_short_warning_is_whole_with_place_and_help():
    text = " ".join(texts(remark_lines(FILE, [plans.finding(file="values.yaml", line=3)]))[2:])

    assert " ".join(text.split()) == (
        "! tag-unlisted the catalog does not list the tag 9.0.2-debian13 (values.yaml:3) → check that it can be pulled"
    )


def test_the_same_warning_on_several_objects_is_told_once_with_the_count():
    found = [Finding("a", "warning", f"Pod/{n} lacks it", f"Pod/{n}", help="mend it") for n in range(5)]
    text = "\n".join(texts(remark_lines(FILE, [*found, *found])))

    assert text.count("lacks it") == 1
    assert "Pod/0 lacks it (and 4 more alike)" in text


def test_of_a_warning_in_several_releases_the_first_is_told_without_its_release():
    found = [Finding("a", "warning", f"Pod/x of n/{n} lacks it of old", f"Pod/x of n/{n}") for n in "ab"]

    assert texts(remark_lines(FILE, found))[2] == "  ! a Pod/x lacks it of old (and 1 more alike)"
    assert "Pod/x of n/a lacks it" in texts(remark_lines(FILE, found[:1]))[2]


def test_warnings_with_another_advice_stand_apart():
    found = [Finding("a", "warning", f"image {n}", help=f"choose {n}") for n in range(3)]

    assert len([line for line in texts(remark_lines(FILE, found)) if line.startswith("  ! a")]) == 3


def test_an_error_is_told_in_full():
    lines = texts(remark_lines(FILE, [Finding("a", "error", LONG, help=LONG)]))

    assert " ".join(" ".join(lines).split()).count("nobody knows whether it can be pulled") == 8


def test_the_place_of_an_error_is_told_where_its_message_does_not_tell_it():
    named = Finding("a", "error", "Pod/x cannot run", "Pod/x", "app", "c/templates/x.yaml")
    place = Finding("a", "error", "it cannot run", "Pod/x", "app", "values.yaml", 3)

    assert len(remark_lines(FILE, [named])) == 4
    assert texts(remark_lines(FILE, [place]))[-1] == "      at values.yaml:3"
    assert texts(remark_lines(FILE, [replace(place, line=0)]))[-1] == "      at Pod/x"
    assert "c/templates/x.yaml" in texts(remark_lines(FILE, [named], verbose=True))[-1]


def test_an_error_in_many_releases_is_told_once_with_the_first_three_places():
    found = [
        Finding(
            "a",
            "error",
            f"Pod/x of n/{n} (clusters/{n}) cannot run",
            f"Pod/x of n/{n} (clusters/{n})",
            help="h",
        )
        for n in range(17)
    ]
    short = " ".join(" ".join(texts(remark_lines(FILE, found))).split())
    long = " ".join(" ".join(texts(remark_lines(FILE, found, verbose=True))).split())

    assert short.count("cannot run") == 1
    assert "a Pod/x cannot run at Pod/x of n/0" in short
    assert "n/2 (clusters/2) and 14 more help: h" in short
    assert long.count("cannot run") == 17


def test_notes_are_told_only_when_verbose():
    note = plans.finding("info", "image-fixed")

    assert remark_lines(FILE, [note]) == []
    assert any("image-fixed" in line for line in texts(remark_lines(FILE, [note], verbose=True)))


def test_where_something_is_written_notes_are_a_count():
    notes = [Finding("a", "info", text) for text in ("one", "two", "two")]

    assert texts(told_lines(FILE, notes, ())) == ["", "  2 notes of less weight: see --plan -v."]
    assert (
        texts(told_lines(FILE, [*notes, plans.finding()], ()))[-1]
        == "  2 notes of less weight: see --plan -v."
    )


def test_equal_findings_count_once():
    found = [plans.finding(object=name) for name in ("Pod/a", "Pod/b")] + [plans.finding("info", "x")]

    assert counts(found) == {"error": 0, "warning": 1, "info": 1}


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("read by a/b, a/c, a/d", "read by a/b, a/c, a/d"),
        ("read by a/b, a/c, a/d, a/e", "read by a/b, a/c, a/d and 1 more"),
        ("read by a/b, a/c (x), a/d, a/e, a/f, too", "read by a/b, a/c (x), a/d and 2 more, too"),
        (
            "t/a.yaml for the release n/a (x), t/a.yaml for the release n/b (y), t/c.yaml, t/d.yaml, t/e.yaml",
            "t/a.yaml for the release n/a (x), t/a.yaml for the release n/b (y), t/c.yaml and 2 more",
        ),
        ("of a/b, a/c, a/d, a/e and a/f: why", "of a/b, a/c, a/d and 2 more: why"),
        (
            "one thing, and another, or not, as it is, and so on",
            "one thing, and another, or not, as it is, and so on",
        ),
    ],
)
def test_of_many_names_the_first_three_are_told(text, short):
    assert first_names(text) == short


@pytest.mark.parametrize(
    ("message", "help_text", "end"),
    [
        (LONG, "name it with --pull-secret NAME", "→ --pull-secret NAME"),
        (
            LONG,
            "take them with --prefer newest, or --to IMAGE=TAG; --no-past leaves them out",
            "→ --prefer newest, --to IMAGE=TAG",
        ),
        # Where all of it fits, it is said in full; where no flag does it, the end is cut.
        ("short", "name it with --pull-secret NAME", "→ name it with --pull-secret NAME"),
        (LONG, "look into the image", "…"),
    ],
)
def test_a_warning_that_is_cut_keeps_the_flag_that_helps(message, help_text, end):
    finding = replace(plans.finding("warning"), message=message, help=help_text)
    lines = texts(remark_lines(Look(width=100), [finding]))[2:]

    assert len(lines) <= 2
    assert lines[-1].endswith(end)
    assert max(map(cells, lines)) <= 100


@pytest.mark.parametrize("help_text", ["set it in the pod", "name it with --to"])
def test_how_many_are_alike_is_told_however_long_the_first_is(help_text):
    found = [Finding("a", "warning", f"Pod/{name} {LONG}", help=help_text) for name in "xyz"]

    lines = texts(remark_lines(FILE, found))[2:]

    assert len(lines) == 2
    assert "(and 2 more alike)" in " ".join(lines)
