"""Exchanges: one step after the other, what is told of the jumps that come with them, and what was left out."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.swap import Swap
from migrate_dhi.migration import hardened_charts, newer_charts, values_kept, vendoring
from migrate_dhi.migration.exchanges import Exchanged, _jumps, _moved, begun, left_out
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import CommitText, StepOutcome
from migrate_dhi.migration.swappable import Found
from migrate_dhi.steps.context import Choices

FILE = "app/Chart.yaml"
CHART = Chart(
    Path("app"),
    "app",
    {
        FILE: "name: app\ndependencies:\n- {name: db, version: 1.0.0, repository: 'oci://x'}\n- {name: web, version: 2.0.0, repository: 'oci://x'}\n"
    },
)


def swap(before, after, name="db", at=0):
    return Swap(at, Dependency(name, "", before, "oci://x"), Dependency(name, "", after, "oci://x"), "")


# what comes along with another chart


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("1.2.3", "1.2.4", []),
        ("1.2.3", "1.9.0", []),
        ("1.2.3", "v1.3.0", []),
        ("1.2", "1.2.3", []),
        (
            "1.2.3",
            "2.0.0",
            [("chart-major", "warning", "db goes from 1.2.3 to 2.0.0: another major version")],
        ),
        (
            "9.0.0",
            "10.0.0",
            [("chart-major", "warning", "db goes from 9.0.0 to 10.0.0: another major version")],
        ),
        ("2.0.0", "1.9.0", [("downgrade", "error", "db would go down from 2.0.0 to 1.9.0 with the chart")]),
        ("10.0.0", "9.0.0", [("downgrade", "error", "db would go down from 10.0.0 to 9.0.0 with the chart")]),
        ("1.2.3", "1.2.1", [("downgrade", "error", "db would go down from 1.2.3 to 1.2.1 with the chart")]),
        # Below 1.0 a minor version may change anything (semver.org, 4).
        ("0.9.3", "0.9.4", []),
        (
            "0.9.3",
            "0.11.0",
            [
                (
                    "chart-major",
                    "warning",
                    "db goes from 0.9.3 to 0.11.0: below 1.0, where any minor version may break",
                )
            ],
        ),
        (
            "0.9.3",
            "1.0.0",
            [("chart-major", "warning", "db goes from 0.9.3 to 1.0.0: another major version")],
        ),
        # What is no version cannot be compared.
        ("", "1.0.0", []),
        ("main", "1.0.0", []),
    ],
)
def test_a_chart_in_another_major_version_is_told_and_an_older_one_is_an_error(before, after, told):
    assert [(one.code, one.severity, one.message) for one in _jumps([swap(before, after)], {}, CHART)] == told


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("docker.io/acme/db:16.4", "dhi.io/db:16.6-debian13", []),
        ("docker.io/acme/db:16.4", "dhi.io/db:17.2-debian13", ["chart-major"]),
        ("docker.io/acme/db:16.4", "dhi.io/db:16.2-debian13", ["downgrade"]),
        ("docker.io/acme/db:16", "dhi.io/db:16.2-debian13", []),
        # Images below 1.0 are judged by their first number: what runs, and not what sets it, changed.
        ("docker.io/acme/db:0.9.0", "dhi.io/db:0.10.1", []),
        ("docker.io/acme/db:latest", "dhi.io/db:16.2", []),
        ("docker.io/acme/db@sha256:" + "a" * 64, "dhi.io/db:16.2", []),
        ("docker.io/acme/db:v1.2.0", "dhi.io/db:1.2.1", []),
        ("NO IMAGE", "dhi.io/db:16.2", []),
    ],
)
def test_so_is_an_image_that_comes_with_it(old, new, codes):
    found = list(_jumps([swap("1.0.0", "1.0.0")], {old: new}, CHART))

    assert [one.code for one in found] == codes
    assert all(one.file == FILE and one.message.startswith("docker.io/acme/db ") for one in found)


def test_two_images_of_one_name_and_version_are_told_once():
    moved = {"acme/db:16": "dhi.io/db:17", "acme/db:16@sha256:" + "a" * 64: "dhi.io/db:17"}

    assert len(list(_jumps([swap("1.0.0", "1.0.0")], moved, CHART))) == 1


@pytest.mark.parametrize(
    ("lines", "moved"),
    [
        ((), {}),
        (("a:1 -> b:2",), {"a:1": "b:2"}),
        (("a:1 -> b:2", "c -> d"), {"a:1": "b:2", "c": "d"}),
    ],
)
def test_the_images_that_a_commit_says_it_moves(lines, moved):
    outcome = StepOutcome("chart", "", "proven", "", commit=CommitText("", "", {"DHI-Image": lines}))

    assert _moved(outcome) == moved
    assert _moved(replace(outcome, commit=None)) == {}
    assert _moved(replace(outcome, commit=CommitText("", "", {}))) == {}


@pytest.mark.parametrize(
    ("choices", "out"),
    [
        (Choices(), False),
        (Choices(skip=("chart",)), True),
        (Choices(skip=("tag",)), False),
        (Choices(only=("chart", "tag")), False),
        (Choices(only=("tag",)), True),
    ],
)
def test_what_the_user_leaves_out(choices, out):
    assert left_out("chart", choices) is out


# one step after the other


class Survey:
    """A survey of a chart; other texts make another one."""

    def __init__(self, texts, lock=None, renders=3):
        self.source = SimpleNamespace(chart=replace(CHART, texts=texts), lock=lock)
        self.renderer = SimpleNamespace(count=renders)

    def with_texts(self, texts):
        return Survey(texts, self.source.lock)


def exchanged(texts, swaps):
    """The text of a Chart.yaml with swaps made."""
    text = texts[FILE]
    for one in swaps:
        text = text.replace(
            f"name: {one.before.name}, version: {one.before.version}",
            f"name: {one.after.name}, version: {one.after.version}",
        )
    return {**texts, FILE: text}


class Planner:
    """Takes all swaps but those of names that it refuses; remembers what it was asked."""

    def __init__(self, state, refuses, asked):
        self.state, self.refuses, self.asked = state, refuses, asked

    def plan(self):
        return "a plan"

    def exchange(self, step, found):
        self.asked.append((step.name, [one.key for one in found.swaps]))
        taken = [one for one in found.swaps if one.key not in self.refuses]
        told = tuple(
            Finding("chart-unreached", "error", one.key) for one in found.swaps if one.key in self.refuses
        )
        lines = tuple(
            f"acme/{one.key}:{one.before.version} -> dhi.io/{one.key}:{one.after.version}" for one in taken
        )
        outcome = StepOutcome(
            step.name,
            "",
            "proven" if taken else found.status,
            found.reason,
            commit=CommitText("", " ".join(one.key for one in taken), {"DHI-Image": lines})
            if taken
            else None,
        )
        return Exchanged(
            outcome, (*found.findings, *told), exchanged(self.state.survey.source.chart.texts, taken)
        )


@pytest.fixture
def go(monkeypatch):
    """Begin with choices, where the searches find these swaps; gives what is begun, and what was asked."""

    def go(newer=(), hardened=(), *, refuses=(), lock=None, found=Found, **choices):
        asked, seen = [], []
        monkeypatch.setattr(
            values_kept,
            "lost_values",
            lambda *given: [Finding("value-lost", "error", given[-1][0].key)],
        )
        monkeypatch.setattr(
            vendoring, "with_vendored", lambda outcome, *_: replace(outcome, vendored={"x": None})
        )

        def looked_for(swaps, more=()):
            def look(survey, *_):
                seen.append(survey.source.chart.texts[FILE].count("version: 3"))
                return found(tuple(swaps), more)

            return look

        monkeypatch.setattr(newer_charts, "newer", looked_for(newer))
        monkeypatch.setattr(hardened_charts, "hardened", looked_for(hardened))
        survey = Survey(CHART.texts, lock)
        options = Options(choices=Choices(**choices))
        return begun(survey, options, lambda state: Planner(state, refuses, asked)), asked, seen

    return go


def test_nothing_is_looked_for_unasked(go):
    done, asked, seen = go([swap("1.0.0", "3.0.0")], [swap("1.0.0", "3.0.0")])

    assert (asked, seen, done.outcomes, done.findings, done.renders, done.moved) == ([], [], (), (), 0, {})
    assert done.chart.texts == CHART.texts


def test_a_newer_version_is_taken_and_then_a_hardened_chart_of_that(go):
    done, asked, seen = go([swap("1.0.0", "3.0.0")], [swap("3.0.0", "3.1.0")], upgrade=True, via="chart")

    assert asked == [("dependency", ["db"]), ("chart", ["db"])]
    # The second search begins where the first exchange ended.
    assert seen == [0, 1]
    assert "name: db, version: 3.1.0" in done.survey.source.chart.texts[FILE]
    assert done.chart.texts == CHART.texts
    assert [one.name for one in done.outcomes] == ["dependency", "chart"]
    assert done.moved == {"acme/db:1.0.0": "dhi.io/db:3.0.0", "acme/db:3.0.0": "dhi.io/db:3.1.0"}
    assert done.renders == 6
    assert [(one.code, one.message.partition(" goes")[0]) for one in done.findings] == [
        ("value-lost", "db"),
        ("chart-major", "db"),
        ("chart-major", "acme/db"),
        ("value-lost", "db"),
    ]
    # Each step tells what is its own.
    assert [len(one.findings) for one in done.outcomes] == [3, 1]
    assert all(one.vendored for one in done.outcomes)


def test_what_the_user_leaves_out_is_not_looked_for(go):
    done, asked, seen = go(hardened=[swap("1.0.0", "3.0.0")], via="chart", skip=("chart",))

    assert (asked, seen) == ([("chart", [])], [])
    assert (done.findings, done.renders, done.survey.source.chart.texts) == ((), 0, CHART.texts)


def test_where_only_some_can_be_had_the_commit_names_those_and_the_errors_the_rest(go):
    both = [swap("1.0.0", "3.0.0"), swap("2.0.0", "3.0.0", "web", 1)]
    done, asked, _ = go(hardened=both, via="chart", refuses=("web",))

    assert asked == [("chart", ["db", "web"]), ("chart", ["db"])]
    (outcome,) = done.outcomes
    assert outcome.commit.body == "db"
    assert "chart-unreached" in {one.code for one in outcome.findings}
    assert "name: web, version: 2.0.0" in done.survey.source.chart.texts[FILE]


def test_where_none_can_be_had_all_stays_and_the_errors_are_told(go):
    done, asked, _ = go(hardened=[swap("1.0.0", "3.0.0")], via="chart", refuses=("db",))

    assert asked == [("chart", ["db"])]
    assert [one.code for one in done.findings] == ["chart-unreached"]
    assert done.survey.source.chart.texts == CHART.texts
    assert (done.renders, done.moved, done.outcomes[0].vendored) == (0, {}, {})


def test_the_lock_counts_among_the_texts_before_where_something_is_exchanged(go):
    done, *_ = go(hardened=[swap("1.0.0", "3.0.0")], via="chart", lock="digest: x\n")
    assert done.chart.texts["app/Chart.lock"] == "digest: x\n"

    done, *_ = go(lock="digest: x\n")
    assert "app/Chart.lock" not in done.chart.texts
