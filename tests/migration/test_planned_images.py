"""Images as the plan shows them: what they become, why they stay, and which values set which part."""

from datetime import date
from types import SimpleNamespace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Identity
from migrate_dhi.migration.planned_images import of_what_moves, planned_image, planned_images, template_line
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Choices
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.slots import Slot

OLD, NEW = Reference.parse("docker.io/acme/app:1.0"), Reference.parse("dhi.io/app:1.1")
REGISTRY, REPOSITORY, TAG, DIGEST, WHOLE = (
    Variable(("image", name)) for name in ("registry", "repository", "tag", "digest", "whole")
)


def slot(*patterns, role="container", release="", name="web"):
    identity = Identity("apps/v1", "Deployment", "", name, release=release)
    return Slot(identity, "c/templates/d.yaml", 0, ("spec",), None, str(OLD), role, "main", patterns)


def image(*slots, before=OLD, after=NEW, status="migrate", moved=True, notes=(), **more):
    decision = SimpleNamespace(
        status=status,
        after=after,
        reason="newer line",
        candidates=(),
        confidence="certain",
        rule="same-line",
        definition=None,
        digest="sha256:x",
        notes=notes,
        assumed=False,
        **more,
    )
    slots = slots or (slot((REPOSITORY, ":", TAG)),)
    fixed = tuple(one for one in slots if not one.patterns)
    return SimpleNamespace(
        before=before,
        decision=decision,
        slots=slots,
        moves=status == "migrate",
        fixed=fixed,
        reachable=tuple(one for one in slots if one.patterns),
        moved_in=lambda _: SimpleNamespace(slots=("one",) * moved),
    )


def context(*images, unmoved=None, skip=(), edited=True, inner=None):
    def place(variable):
        return None if variable.path[-1] == "nowhere" else Edit("v.yaml", variable.path, None, inner=inner)

    return SimpleNamespace(
        images=images,
        unmoved=unmoved or {},
        choices=Choices(skip=skip),
        edited=edited,
        manifests=None,
        place=place,
    )


# what becomes of it


@pytest.mark.parametrize(
    ("one", "more", "status", "after", "reason"),
    [
        (image(), {}, "migrate", "dhi.io/app:1.1", "newer line"),
        (image(status="undecided"), {}, "undecided", "", "newer line"),
        (image(status="kept"), {}, "kept", "", "newer line"),
        # No value reaches it: it does not move, and nobody is asked.
        (
            image(slot()),
            {},
            "fixed",
            "",
            "no value of this chart reaches it; it is fixed in c/templates/d.yaml",
        ),
        (
            image(slot(), status="undecided"),
            {},
            "fixed",
            "",
            "no value of this chart reaches it; it is fixed in c/templates/d.yaml",
        ),
        (image(slot(), status="kept"), {}, "kept", "", "newer line"),
        # One place of several is enough.
        (image(slot(), slot((WHOLE,))), {}, "migrate", "dhi.io/app:1.1", "newer line"),
        # A step was to move it, and it is where it was.
        (image(moved=False), {"unmoved": {"registry": {OLD}}}, "fixed", "", "no proposal to move it holds"),
        (image(moved=True), {"unmoved": {"registry": {OLD}}}, "migrate", "dhi.io/app:1.1", "newer line"),
        (image(moved=False), {"unmoved": {"registry": {NEW}}}, "migrate", "dhi.io/app:1.1", "newer line"),
        (image(status="kept", moved=False), {"unmoved": {"registry": {OLD}}}, "kept", "", "newer line"),
        # The user has left the step out, or nothing moves at all: then the step tells why.
        (
            image(moved=False),
            {"unmoved": {"registry": {OLD}}, "skip": ("registry",)},
            "migrate",
            "dhi.io/app:1.1",
            "newer line",
        ),
        (
            image(moved=False),
            {"unmoved": {"registry": {OLD}}, "edited": False},
            "migrate",
            "dhi.io/app:1.1",
            "newer line",
        ),
        (
            image(slot((WHOLE,), role="environment"), moved=False),
            {"unmoved": {"registry": {OLD}}, "edited": False},
            "fixed",
            "",
            "no proposal to move it holds",
        ),
    ],
)
def test_an_image_becomes_what_was_decided_unless_nothing_can_move_it(one, more, status, after, reason):
    planned = planned_image(one, context(one, **more))

    assert (planned.status, planned.after, planned.reason) == (status, after, reason)
    # A rule and a digest speak of what it becomes.
    moves = status == "migrate"
    assert (planned.rule, planned.digest) == (("same-line", "sha256:x") if moves else ("", ""))


def test_uses_and_releases_are_told_each_once():
    one = image(
        slot((WHOLE,), release="a"), slot((WHOLE,), role="init", release="a"), slot((WHOLE,), release="b")
    )
    planned = planned_image(one, context(one))

    assert [(use.kind, use.name, use.container, use.role) for use in planned.used_by] == [
        ("Deployment", "web", "main", "container"),
        ("Deployment", "web", "main", "init"),
        ("Deployment", "web", "main", "container"),
    ]
    assert planned.releases == ("a", "b")


# which values set it


@pytest.mark.parametrize(
    ("pattern", "roles"),
    [
        ((WHOLE,), {"whole": "image"}),
        ((REPOSITORY, ":", TAG), {"repository": "repository", "tag": "tag"}),
        (
            (REGISTRY, "/", REPOSITORY, ":", TAG),
            {"registry": "registry", "repository": "repository", "tag": "tag"},
        ),
        (
            (REGISTRY, REPOSITORY, ":", TAG),
            {"registry": "registry", "repository": "repository", "tag": "tag"},
        ),
        # The name may stand in the template, behind a registry that a value gives.
        ((REGISTRY, "/acme/app:", TAG), {"registry": "registry", "tag": "tag"}),
        ((REGISTRY, "/acme/app:1.0"), {"registry": "registry"}),
        (("docker.io/", REPOSITORY, ":1.0"), {"repository": "repository"}),
        (
            ("docker.io/", REGISTRY, "/", REPOSITORY, ":1.0"),
            {"registry": "repository", "repository": "repository"},
        ),
        ((REPOSITORY, "-server:", TAG), {"repository": "repository", "tag": "tag"}),
        ((REPOSITORY, ":", TAG, "@", DIGEST), {"repository": "repository", "tag": "tag", "digest": "digest"}),
        ((REPOSITORY, "@", DIGEST), {"repository": "repository", "digest": "digest"}),
        ((REPOSITORY, ":", TAG, "-alpine"), {"repository": "repository", "tag": "tag"}),
        (("acme/app:1.0",), {}),
    ],
)
def test_each_value_is_told_with_the_part_that_it_sets(pattern, roles):
    one = image(slot(pattern))

    values = planned_image(one, context(one)).values
    assert {value.path.rpartition(".")[2]: value.role for value in values} == roles
    assert all(value.file == "v.yaml" for value in values)


def test_a_value_is_told_once_and_by_where_it_stands():
    one = image(slot((REPOSITORY, ":", TAG)), slot((REPOSITORY, ":", TAG)), slot((Variable(("nowhere",)),)))

    assert [
        (value.file, value.path) for value in planned_image(one, context(one, inner=("a", 0))).values
    ] == [
        ("v.yaml", "image.repository.a[0]"),
        ("v.yaml", "image.tag.a[0]"),
        ("", "nowhere"),
    ]


# what is known of it


def definition(**more):
    known = {
        "line": "1.1",
        "user": "nonroot",
        "uid": 65532,
        "shells": ("bash",),
        "end_of_life": date(2030, 1, 2),
    }
    return SimpleNamespace(**{**known, "observed": False, **more})


@pytest.mark.parametrize(
    ("more", "assumed", "facts"),
    [
        ({}, False, ("1.1", "2030-01-02", False)),
        ({"end_of_life": None}, False, ("1.1", "", False)),
        # Facts of another line are assumed; what the image told itself is not, and it knows no line.
        ({}, True, ("1.1", "2030-01-02", True)),
        ({"observed": True}, True, ("", "", False)),
        ({"observed": True}, False, ("1.1", "2030-01-02", False)),
    ],
)
def test_facts_are_those_of_the_catalog_unless_the_image_told_them(more, assumed, facts):
    one = image()
    one.decision.definition, one.decision.assumed = definition(**more), assumed
    found = planned_image(one, context(one)).facts

    assert (found.line, found.end_of_life, found.assumed) == facts
    assert (found.user, found.uid, found.shells) == ("nonroot", 65532, ("bash",))


# what went with an exchanged chart


@pytest.mark.parametrize(
    ("status", "exchanged", "told"),
    [
        ("already-dhi", {}, [("dhi.io/app:1.1", "", "already-dhi")]),
        ("already-dhi", {"acme/app:1.0": "dhi.io/app:1.1"}, [("acme/app:1.0", "dhi.io/app:1.1", "migrate")]),
        (
            "already-dhi",
            {"acme/app:1.0": "dhi.io/app:1.1", "acme/app:0.9": "dhi.io/app:1.1"},
            [("acme/app:1.0", "dhi.io/app:1.1", "migrate"), ("acme/app:0.9", "dhi.io/app:1.1", "migrate")],
        ),
        ("already-dhi", {"acme/other:1.0": "dhi.io/other:1.1"}, [("dhi.io/app:1.1", "", "already-dhi")]),
        # What the hardened chart brings and is to move still is told as that.
        ("kept", {"acme/app:1.0": "dhi.io/app:1.1"}, [("dhi.io/app:1.1", "", "kept")]),
    ],
)
def test_an_image_that_went_with_a_chart_is_told_as_what_it_was(status, exchanged, told):
    one = image(before=NEW, after=None, status=status)

    assert [(p.before, p.after, p.status) for p in planned_images(context(one), exchanged)] == told


def test_nothing_is_said_of_the_choice_for_an_image_that_stayed():
    said, shared, other = (
        Finding(code, "warning", "m") for code in ("line-newer", "tag-past", "engine-warning")
    )
    stays = image(notes=(said, shared), moved=False)
    moves = image(before=NEW, notes=(shared,))
    there = context(stays, moves, unmoved={"registry": {OLD}})

    assert of_what_moves([said, shared, other], there) == [shared, other]
    assert of_what_moves([said, shared, other], context(stays, moves)) == [said, shared, other]


@pytest.mark.parametrize(("needle", "line"), [("image:", 2), ("kind", 1), ("none", 0)])
def test_the_line_of_a_template_that_holds_a_text(needle, line):
    node = SimpleNamespace(
        templates=[
            ("c/templates/a.yaml", "image: x\n"),
            ("c/templates/b.yaml", "kind: Pod\nimage: x\nimage: z\n"),
        ]
    )
    here = SimpleNamespace(node_of=lambda _: node)

    assert template_line(here, "c/templates/b.yaml", needle) == line
    assert template_line(here, SimpleNamespace(template="c/templates/b.yaml"), needle) == line
    assert template_line(here, "c/templates/c.yaml", needle) == 0
