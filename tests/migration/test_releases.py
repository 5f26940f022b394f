"""What a plan says of releases: what was assumed and not read, and what seals or shares what it edits."""

from types import SimpleNamespace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.migration.plan import PlannedEdit, StepOutcome
from migrate_dhi.migration.releases import is_idle, of_releases, of_sealed, of_unread, summary_of
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import AfterHelm, Origin, Release

FAR = Origin("repository", "app", "1.0.0", "https://charts.example.org")
EDIT = PlannedEdit("v.yaml", 1, "a", 1, 2)


def release(*layers, **more):
    return Release("helmrelease", "ns", "web", "r.yaml", 0, 7, FAR, layers, **more)


# the seal of SOPS

SEAL = "sops: {mac: 'ENC[x]'}\n"


@pytest.mark.parametrize(
    ("text", "sealed"),
    [
        ("a: 1\n", False),
        (f"a: 1\n{SEAL}", True),
        (f"---\na: 1\n{SEAL}", True),
        ('{"a": 1, "sops": {"mac": "x"}}', True),
        # A file of several documents is sealed as a whole.
        (f"a: 1\n{SEAL}---\nb: 1\n{SEAL}", True),
        (f"a: 1\n---\nb: 1\n{SEAL}", True),
        ("a: 1\nsops: {mac: x, mac_only_encrypted: true}\n", False),
        ("a: 1\nsops: {mac: x, mac_only_encrypted: false}\n", True),
        ("a: 1\nsops: {mac: x, mac_only_encrypted: 'true'}\n", True),
        # A chart may have values of that name.
        ("sops: {enabled: true}\n", False),
        ("sops: true\n", False),
        ("x:\n  sops: {mac: x}\n", False),
        (f"# {SEAL}a: 1\n", False),
        (f"a: [\n{SEAL}", False),
    ],
)
def test_an_edit_of_a_file_that_is_sealed_as_a_whole_is_an_error(text, sealed):
    assert [
        (one.code, one.severity, one.file)
        for one in of_sealed(["v.yaml"], {"v.yaml": text, "w.yaml": f"a: 1\n{SEAL}"})
    ] == [("sealed-file", "error", "v.yaml")] * sealed
    assert of_sealed(["new.yaml"], {}) == []


# what was assumed, and what changes manifests afterwards


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (release(), []),
        (
            release(notes=("a stands for b", "c")),
            [("release-assumed", "info", "r.yaml"), ("release-assumed", "info", "r.yaml")],
        ),
        (
            release(Layer("unread", "secret.yaml", reason="a Secret")),
            [("values-unread", "warning", "secret.yaml")],
        ),
        (release(Layer("file", "v.yaml")), []),
        # What replaces images counts for the images that move; else it may touch none of what the plan changes.
        (
            release(after=(AfterHelm("postRenderers.images", "r.yaml"),)),
            [("post-rendered", "error", "r.yaml")],
        ),
        (release(after=(AfterHelm("images", "k.yaml"),)), [("post-rendered", "error", "r.yaml")]),
        (release(after=(AfterHelm("patches", "k.yaml"),)), [("post-rendered", "warning", "r.yaml")]),
        (release(revision="v1"), [("foreign-revision", "error", "r.yaml")]),
        (release(by_version=True), [("deployed-by-version", "info", "r.yaml")]),
    ],
)
def test_what_is_said_of_a_release(one, told):
    target = SimpleNamespace(releases=[one])

    assert [(f.code, f.severity, f.file) for f in of_releases(target)] == told
    # Where nothing is changed nothing has to reach it.
    idle = [(code, "warning" if severity == "error" else severity, file) for code, severity, file in told]
    assert [(f.code, f.severity, f.file) for f in of_releases(target, idle=True)] == idle
    assert all(f.line in (7, 0) for f in of_releases(target))


@pytest.mark.parametrize(
    ("status", "edits", "idle"),
    [
        ("not-needed", (), True),
        ("done", (), True),
        ("proven", (EDIT,), False),
        ("blocked", (), False),
        ("waiting", (), False),
    ],
)
def test_a_plan_is_idle_where_it_changes_nothing_and_nothing_keeps_it_from_that(status, edits, idle):
    quiet, step = StepOutcome("tag", "", "done", ""), StepOutcome("tag", "", status, "", edits=edits)

    assert is_idle([quiet, step]) is idle
    assert is_idle([])


# what lies over an edit and was not read

CHART = SimpleNamespace(values_file="c/values.yaml", editable=False, path="c", texts={})
UNDER, OVER = Layer("file", "v.yaml"), Layer("unread", "secret.yaml", reason="a Secret")


@pytest.mark.parametrize(
    ("layers", "chosen", "told"),
    [
        ((UNDER, OVER), Edit("v.yaml", ("image", "tag"), "x"), True),
        # Of two the stronger one counts.
        ((OVER, UNDER), Edit("v.yaml", ("image", "tag"), "x"), False),
        ((UNDER,), Edit("v.yaml", ("image", "tag"), "x"), False),
        ((UNDER, OVER), Edit("other.yaml", ("image", "tag"), "x"), False),
        # What is put elsewhere does not lie over it.
        ((UNDER, Layer("unread", "secret.yaml", at=("auth",))), Edit("v.yaml", ("image", "tag"), "x"), False),
        ((UNDER, Layer("unread", "secret.yaml", at=("image",))), Edit("v.yaml", ("image", "tag"), "x"), True),
    ],
)
def test_values_that_were_not_read_may_lie_over_an_edit(layers, chosen, told):
    target = SimpleNamespace(members={"": Deployed(CHART, layers, release(*layers))})
    steps = [StepOutcome(name, "", "proven", "", chosen=(chosen,)) for name in ("registry", "tag")]

    found = of_unread(target, steps)

    assert [(one.code, one.severity, one.file) for one in found] == [
        ("layer-unread", "error", "secret.yaml")
    ] * told
    assert all(one.message.startswith("ns/web: secret.yaml lies over the edit of image.tag") for one in found)


def test_a_release_is_shown_with_the_namespace_and_name_that_it_was_rendered_for():
    layers = (Layer("map", "r.yaml", 0, ("spec", "values")), UNDER)
    deployed = Deployed(SimpleNamespace(chart_file="c/Chart.yaml", **vars(CHART)), layers, release(*layers))
    found = summary_of(deployed, "shown", "called", "witness")

    assert (found.way, found.namespace, found.name, found.file, found.line, found.role) == (
        "helmrelease",
        "shown",
        "called",
        "r.yaml",
        7,
        "witness",
    )
    assert found.layers == (("map", "r.yaml", "spec.values"), ("file", "v.yaml", ""))
    plain = summary_of(Deployed(deployed.chart), "ns", "web")
    assert (plain.way, plain.file, plain.line, plain.role) == ("chart", "c/Chart.yaml", 1, "target")
