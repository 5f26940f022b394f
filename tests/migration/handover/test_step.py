"""The hand-over as a step of a plan: what it edits, what it settles, and what it may not change."""

from types import SimpleNamespace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.migration.handover.step import hand_over
from migrate_dhi.migration.plan import StepOutcome
from tests.migration.handover import grounds

TEXT = "image:\n  # renovate: depName=valkey/valkey\n  tag: 8.1.4\n"
STALE = Finding("bot-comment-stale", "warning", "stale", file="values.yaml", line=2)
OTHER = Finding("bot-comment-stale", "warning", "stale", file="values.yaml", line=9)
WARNING = Finding("float-tag", "warning", "moves", file="values.yaml", line=2)
RULES = {"renovate.json": '{"ignoreDeps": ["valkey/valkey"]}'}


class Renderers:
    """Gives these renders in their order, after the one that the plan has."""

    engine = SimpleNamespace(label="helm 4")

    def __init__(self, *renders):
        self.renders, self.asked = list(renders), []

    def render(self, texts, *, again=False):
        self.asked.append((texts["values.yaml"], again))
        return SimpleNamespace(files=self.renders.pop(0))


def handed(text=TEXT, *renders, findings=(), edits=((3, "8.1.4"),), **more):
    one = grounds.ground(text, *edits, **more)
    one.context.manifests = SimpleNamespace(files={"t.yaml": "a"})
    one.source.target.releases = [SimpleNamespace(way="x", file="app.yaml", id="data/cache")]
    one.context.target = one.source.target
    one.context.chart = SimpleNamespace(path="apps/cache", editable=True, name="cache")
    outcome = StepOutcome("tag", "Tag", "proven", "", edits=tuple(one.edits))
    renderer = Renderers(*renders)
    return hand_over(one.source, one.context, [outcome], findings, renderer), renderer


SAME = {"t.yaml": "a"}


def test_it_edits_the_comment_and_settles_what_was_said_of_it():
    found, renderer = handed(TEXT, SAME, findings=[STALE, OTHER, WARNING])

    step = found.outcome
    assert found.findings == (OTHER, WARNING)
    assert (step.name, step.status, step.done, step.of) == ("bots", "proven", 1, 1)
    assert step.reason == "nothing in the manifests changes"
    assert step.files == {"values.yaml": TEXT.replace("valkey/valkey", "dhi.io/valkey")}
    assert [(edit.line, edit.before, edit.after) for edit in step.edits] == [
        (2, "valkey/valkey", "dhi.io/valkey")
    ]
    assert "-  # renovate: depName=valkey/valkey\n+  # renovate: depName=dhi.io/valkey\n" in step.diff
    assert step.commit.subject == "chore(cache): hand update bots over to the hardened images"
    assert step.commit.body.endswith("- values.yaml: dhi.io/valkey takes the place of valkey/valkey")
    assert step.commit.trailers == {
        "DHI-Step": ("bots",),
        "DHI-Chart": ("apps/cache",),
        "DHI-Release": ("data/cache",),
        "DHI-Proof": ("helm 4",),
    }
    assert renderer.asked == [(step.files["values.yaml"], False)]


def test_what_no_render_shows_says_why_it_may_be_believed():
    found, renderer = handed("tag: 8.1.4\n", edits=((1, "8.1.4"),), files=RULES)

    fact = "a rule of Renovate names both images"
    assert found.outcome.reason == f"nothing in the manifests changes; no render shows the rest: {fact}"
    assert found.outcome.commit.body.endswith(f"\n\n{fact}")
    # No file of the chart changes, so there is nothing to render.
    assert renderer.asked == []


def test_one_edit_in_each_place_and_one_commit():
    found, _ = handed(TEXT, SAME, files=RULES)

    assert (found.outcome.done, list(found.outcome.files)) == (2, ["values.yaml", "renovate.json"])
    assert found.outcome.diff.index("renovate.json") < found.outcome.diff.index("values.yaml")


@pytest.mark.parametrize(
    ("renders", "status"),
    [
        # The same, or other only where a second look is other, too.
        ([SAME], "proven"),
        ([{"t.yaml": "b"}, {"t.yaml": "c"}], "proven"),
        ([{"t.yaml": "a", "n.yaml": "x"}, {"t.yaml": "a", "n.yaml": "y"}], "proven"),
        ([{"t.yaml": "b"}, SAME], "not-needed"),
        ([{}, SAME], "not-needed"),
        ([{"t.yaml": "b", "n.yaml": "x"}, {"t.yaml": "c"}], "not-needed"),
    ],
)
def test_an_edit_that_the_manifests_show_is_none_of_it(renders, status):
    found, renderer = handed(TEXT, *renders, findings=[STALE])

    assert found.outcome.status == status
    assert [again for _, again in renderer.asked] == [False, True][: len(renders)]
    if status == "not-needed":
        assert (found.outcome.reason, found.outcome.files) == ("the manifests would change with it", {})
        # What was to be settled is not.
        assert found.findings == (STALE,)


@pytest.mark.parametrize(
    ("findings", "reason"),
    [
        ([], "no bot is known to follow one"),
        ([WARNING], "no bot is known to follow one"),
        ([STALE], "what follows an image that moves is yours to word"),
        ([Finding("bot-overwrites", "warning", "x")], "what follows an image that moves is yours to word"),
    ],
)
def test_where_nothing_can_be_handed_over(findings, reason):
    found, renderer = handed("tag: 8.1.4\n", edits=((1, "8.1.4"),), findings=findings)

    assert (found.outcome.status, found.outcome.reason) == ("not-needed", reason)
    assert found.findings == tuple(findings)
    assert renderer.asked == []


def test_where_a_plan_edits_nothing_the_bots_stay():
    """The image that a rule names is still the one that runs."""
    assert handed("x: 1\n", edits=(), files=RULES)[0].outcome.status == "not-needed"
