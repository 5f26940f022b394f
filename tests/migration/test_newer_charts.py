"""The search for the nearest newer version that solves something: what it takes, says, and looks at."""

from collections import Counter
from types import SimpleNamespace

import pytest

from migrate_dhi.errors import DependencyError, EditRefusedError, InvalidChartError, RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.migration.newer_charts import Search, troubles
from migrate_dhi.migration.plan import StepOutcome
from migrate_dhi.migration.plan_image import PlannedImage, Use

LINE, FIXED = ("its line is listed no more", "app"), ("an image is fixed in its template", "x")
NOW = Counter({LINE: 1, FIXED: 1})


class Versions:
    """What a plan with each version leaves open, and which of them were looked at."""

    def __init__(self, **left):
        self.left = {name.replace("v", "", 1).replace("_", "."): one for name, one in left.items()}
        self.looked = []

    def __call__(self, version):
        self.looked.append(version)
        found = self.left[version]
        if isinstance(found, Exception):
            raise found
        return Counter(found)

    def search(self, now=NOW):
        return Search(list(self.left), now, self)


ALL, NOTHING, ONE = {}, dict(NOW), {FIXED: 1}
WORSE = {("error x", "y"): 1}


@pytest.mark.parametrize(
    ("left", "found"),
    [
        ([], ""),
        ([ALL], "0"),
        ([NOTHING], ""),
        ([NOTHING, ALL], "1"),
        ([ALL, ALL, ALL], "0"),
        ([NOTHING, NOTHING, NOTHING, NOTHING, ALL], "4"),
        ([NOTHING, NOTHING, NOTHING, NOTHING, ALL, ALL, ALL], "4"),
        # The newest says what can be solved: less is not enough.
        ([ONE, ALL], "1"),
        ([ONE, ONE, ONE, ONE, ALL, ALL], "4"),
        ([ONE, ONE], "0"),
        # One that solves all, and brings troubles, is none.
        ([WORSE, ALL], "1"),
        ([ALL, WORSE], "0"),
        ([ONE, WORSE], "0"),
        ([WORSE, WORSE], ""),
        # Where the newest solves nothing, the nearest that solves anything does.
        ([NOTHING, ONE, ALL, NOTHING], "1"),
        ([NOTHING] * 13 + [ALL, NOTHING], ""),
    ],
)
def test_the_nearest_version_that_solves_what_can_be_solved(left, found):
    versions = Versions(**{f"v{at}": one for at, one in enumerate(left)})

    assert versions.search().nearest() == found


@pytest.mark.parametrize("first", range(40))
def test_each_version_is_looked_at_once_and_few_are(first):
    left = {f"v{at}": (ALL if at >= first else NOTHING) for at in range(40)}
    versions = Versions(**left)

    assert versions.search().nearest() == str(first)
    assert len(versions.looked) == len(set(versions.looked)) <= 10


@pytest.mark.parametrize(
    "error",
    [
        RenderError("it fails"),
        InvalidChartError("it fails"),
        DependencyError("it fails"),
        EditRefusedError("it fails"),
    ],
)
def test_a_version_that_cannot_be_looked_at_solves_nothing_and_says_why(error):
    search = Versions(v1=error, v2=ALL).search()

    assert search.nearest() == "2"
    assert search.told("store") == (
        "store 2 is the nearest newer version that solves what is open: app (its line is listed no more), "
        "x (an image is fixed in its template); looked at in vain: 1 (it fails)"
    )


NEAREST = "store 1 is the nearest newer version that solves what is open: app (its line is listed no more)"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({}, ""),
        (
            {"v1": NOTHING, "v2": NOTHING},
            "no newer version of store solves what is open; looked at in vain: 1, 2",
        ),
        (
            {"v1": ONE, "v2": WORSE},
            f"{NEAREST}; looked at in vain: 2",
        ),
        (
            {"v1": ALL},
            f"{NEAREST}, x (an image is fixed in its template)",
        ),
    ],
)
def test_what_is_told(left, said):
    search = Versions(**left).search()
    search.nearest()

    assert search.told("store") == said


def test_how_often_counts():
    now = Counter({LINE: 3})

    assert Versions(v1={LINE: 2}, v2={LINE: 1}).search(now).nearest() == "2"
    assert Versions(v1={LINE: 4}).search(now).nearest() == ""


# what a plan leaves open


def image(before="docker.io/acme/app:1", status="migrate", rule="", role="container"):
    return PlannedImage(before, "", status, "", (Use("Deployment", "x", "main", role),), rule=rule)


def step(status, done=0, of=0, name="probes"):
    return StepOutcome(name, "", status, "", done, of)


@pytest.mark.parametrize(
    ("images", "steps", "findings", "found"),
    [
        ((), (), (), {}),
        ((image(),), (), (), {}),
        ((image(rule="tag-past"),), (), (), {LINE: 1}),
        ((image(rule="line-newer"),), (), (), {LINE: 1}),
        ((image(rule="major-newer"),), (), (), {LINE: 1}),
        ((image(rule="same-version"),), (), (), {}),
        ((image(status="undecided"),), (), (), {LINE: 1}),
        # What stands in settings alone need not be decided.
        ((image(status="undecided", role="environment"),), (), (), {}),
        # The same image from another registry, or twice, is no other trouble.
        ((image(status="undecided"), image("quay.io/other/app:2", "undecided")), (), (), {LINE: 2}),
        ((), (), (("image-fixed", "warning"),), {FIXED: 1}),
        ((), (), (("shell-missing", "error"),), {("error shell-missing", "x"): 1}),
        ((), (), (("shell-missing", "warning"),), {}),
        # Each is counted as an image or as a step already.
        ((), (), (("image-undecided", "error"), ("step-blocked", "error")), {}),
        ((), (step("blocked", 0, 0),), (), {("not reached", "the step probes"): 1}),
        ((), (step("blocked", 0, 3),), (), {("not reached", "the step probes"): 3}),
        ((), (step("proven", 2, 3),), (), {("not reached", "the step probes"): 1}),
        ((), (step("proven", 3, 3), step("done", 1, 2, "tag"), step("not-needed", 0, 1, "tag")), (), {}),
    ],
)
def test_what_a_plan_leaves_open_is_counted_once(images, steps, findings, found):
    told = [Finding(code, severity, "m", "x") for code, severity in findings]

    assert troubles(SimpleNamespace(images=images, steps=steps, findings=told)) == Counter(found)
