"""Decisions field by field: what an image becomes, by which word or rule, with which facts, offers and notes."""

from dataclasses import fields

import pytest

from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image

APP = catalog_of(
    image(
        "app",
        definition("1.2", "1.2.9-debian13"),
        definition("1.3", "1.3.4-debian13"),
        definition("1.3", "1.3.4-debian13-compat", flavor="compat", shells=["bash"]),
        definition("1.3", "1.3.4-debian13-fips", flavor="fips"),
        definition("1.3", "1.3.4-debian13-own", flavor="own"),
        definition("1.3", "1.3.4-debian13-root", flavor="helm", uid=0),
        definition("2.0", "2.0.0-debian13"),
        past={"1.1.7-debian13": ["2025-12-30", "2026-01-05"]},
    ),
    sources={"app": ["github.com/acme/app"]},
)
SOURCE = "built from github.com/acme/app, whose owner publishes quay.io/acme/app"
LISTED = {definition.tag: definition for definition in APP.definitions("app")}


def decided(text, fits=None, **wishes):
    """The fields of a decision that are not what they are by themselves, as texts where they are images."""
    reference = Reference.parse(text)
    found = decide([reference], Wishes(**wishes), APP, Playbooks(()), fits=fits)[reference]
    assert found.before == reference
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    told |= {
        "after": str(found.after) if found.after else None,
        "candidates": [one.tag for one in found.candidates],
        "notes": [one.code for one in found.notes],
        "definition": found.definition.tag if found.definition else None,
    }
    return {name: value for name, value in told.items() if name != "before" and value}


OFFERS = ["1.2.9-debian13", "1.3.4-debian13", "2.0.0-debian13"]


@pytest.mark.parametrize(
    ("text", "wishes", "expected"),
    [
        # By the rule.
        (
            "quay.io/acme/app:1.3.1",
            {},
            {
                "after": "dhi.io/app:1.3.4-debian13",
                "status": "migrate",
                "reason": f"{SOURCE}; 1.3.4-debian13 is the newest patch release of the line of 1.3.1",
                "definition": "1.3.4-debian13",
                "confidence": "certain",
                "candidates": OFFERS[1:],
                "rule": "newest-patch",
            },
        ),
        (
            "quay.io/acme/app:1.1.7",
            {},
            {
                "after": "dhi.io/app:1.1.7-debian13",
                "status": "migrate",
                "reason": f"{SOURCE}; 1.1.7-debian13 is the same version, listed until 2026-01-05",
                "definition": "1.2.9-debian13",
                "assumed": True,
                "confidence": "certain",
                "candidates": ["1.1.7-debian13", *OFFERS],
                "rule": "tag-past",
                "notes": ["tag-past"],
            },
        ),
        (
            "quay.io/acme/app:1.1.7",
            {"bounds": Bounds("patch", past=False)},
            {
                "status": "undecided",
                "reason": "the catalog lists no tag of app in reach of 1.1.7 (catalog of 2026-06-01)",
                "confidence": "certain",
                "candidates": ["1.1.7-debian13", *OFFERS],
            },
        ),
        # By the user's word.
        (
            "quay.io/acme/app:1.3.1",
            {"to": ("app:2.0.0-debian13",)},
            {
                "after": "dhi.io/app:2.0.0-debian13",
                "status": "migrate",
                "reason": "--to app:2.0.0-debian13",
                "definition": "2.0.0-debian13",
                "confidence": "chosen",
                "rule": "chosen",
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"to": ("app",)},
            {
                "after": "dhi.io/app:1.3.4-debian13",
                "status": "migrate",
                "reason": "--to app; 1.3.4-debian13 is the newest patch release of the line of 1.3.1",
                "definition": "1.3.4-debian13",
                "confidence": "certain",
                "candidates": OFFERS[1:],
                "rule": "newest-patch",
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"to": ("app:1.3.0-debian13",)},
            {
                "after": "dhi.io/app:1.3.0-debian13",
                "status": "migrate",
                "reason": "--to app:1.3.0-debian13",
                "definition": "1.3.4-debian13",
                "assumed": True,
                "confidence": "chosen",
                "rule": "chosen",
                "notes": ["tag-unlisted", "downgrade"],
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"to": ("app:1.2.9-debian13",)},
            {
                "after": "dhi.io/app:1.2.9-debian13",
                "status": "migrate",
                "reason": "--to app:1.2.9-debian13",
                "definition": "1.2.9-debian13",
                "confidence": "chosen",
                "rule": "chosen",
                "notes": ["downgrade"],
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"to": ("app=other",)},
            {
                "status": "undecided",
                "reason": "the catalog of 2026-06-01 does not list other, so its tag cannot be chosen",
                "confidence": "chosen",
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"to": ("app=other:9",)},
            {
                "after": "dhi.io/other:9",
                "status": "migrate",
                "reason": "--to app=other:9",
                "confidence": "chosen",
                "rule": "chosen",
                "notes": ["image-unlisted"],
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"to": (f"app@sha256:{'0' * 64}",)},
            {
                "after": f"dhi.io/app@sha256:{'0' * 64}",
                "status": "migrate",
                "reason": f"--to app@sha256:{'0' * 64}",
                "definition": "2.0.0-debian13",
                "assumed": True,
                "confidence": "chosen",
                "rule": "chosen",
                "notes": ["tag-unlisted"],
            },
        ),
        # What is hardened already stays, also where it is wished for.
        (
            "dhi.io/app:1.3.4-debian13",
            {"to": ("app",)},
            {
                "status": "already-dhi",
                "reason": "dhi.io/app is a hardened image already",
                "definition": "1.3.4-debian13",
                "confidence": "certain",
            },
        ),
        (
            "dhi.io/app:1.3.4-debian13",
            {"to": ("dhi.io/app:1.3.4-debian13",)},
            {
                "status": "already-dhi",
                "reason": "dhi.io/app is a hardened image already",
                "definition": "1.3.4-debian13",
                "confidence": "certain",
            },
        ),
        (
            "dhi.io/app:1.3.4-debian13",
            {"to": ("app:2.0.0-debian13",)},
            {
                "after": "dhi.io/app:2.0.0-debian13",
                "status": "migrate",
                "reason": "--to app:2.0.0-debian13",
                "definition": "2.0.0-debian13",
                "confidence": "chosen",
                "rule": "chosen",
            },
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"keep": ("app",)},
            {"status": "kept", "reason": "kept as it is, as --keep says"},
        ),
        (
            "quay.io/acme/app:1.3.1",
            {"answers": ("app=keep",)},
            {"status": "kept", "reason": "kept as it is, as the answers of the repository say"},
        ),
        # Moved by hand in part.
        (
            "dhi.io/app:v1.3",
            {},
            {
                "status": "already-dhi",
                "reason": "dhi.io/app is a hardened image already",
                "definition": "1.3.4-debian13",
                "assumed": True,
                "confidence": "certain",
                "notes": ["tag-unlisted"],
            },
        ),
        (
            "dhi.io/app:stable",
            {},
            {
                "after": "dhi.io/app:2.0.0-debian13",
                "status": "migrate",
                "reason": "moved by hand; 2.0.0-debian13 is the current line with the longest support, for stable",
                "definition": "2.0.0-debian13",
                "confidence": "certain",
                "candidates": ["2.0.0-debian13", "1.3.4-debian13", "1.2.9-debian13"],
                "rule": "supported",
                "notes": ["tag-floating", "image-misplaced"],
            },
        ),
        # Its registry stands twice.
        (
            "docker.io/dhi.io/app:1.3.4-debian13",
            {},
            {
                "after": "dhi.io/app:1.3.4-debian13",
                "status": "migrate",
                "reason": "dhi.io/app was meant",
                "definition": "1.3.4-debian13",
                "confidence": "certain",
                "rule": "same-version",
                "notes": ["image-misplaced"],
            },
        ),
        (
            "quay.io/else/thing:1",
            {},
            {
                "status": "no-counterpart",
                "reason": "no hardened image is known for quay.io/else/thing (catalog of 2026-06-01)",
            },
        ),
        (
            "quay.io/else/app:1.3.1",
            {},
            {
                "status": "kept",
                "reason": "only a weak match for quay.io/else/app: app (only the name is the same)",
                "confidence": "weak",
                "candidates": OFFERS[1:],
                "notes": ["match-weak"],
            },
        ),
    ],
)
def test_a_decision(text, wishes, expected):
    assert decided(text, **wishes) == expected


# --- what a chart needs of an image


def needing(shell=(), other=(), *, severity="error"):
    """What keeps definitions with these tags from running: a shell, or another thing besides."""

    def fits(_, definition):
        found = (
            [Finding("no-shell", severity, "it needs a shell (catalog: app)")]
            if definition.tag in shell
            else []
        )
        more = [Finding("no-tool", severity, "it needs a tool")] if definition.tag in other else []
        return [*found, *more]

    return fits


PLAIN, COMPAT, ROOT = "1.3.4-debian13", "1.3.4-debian13-compat", "1.3.4-debian13-root"
WHY = f"; flavor compat, because with {PLAIN} it needs a shell"


@pytest.mark.parametrize(
    ("shell", "other", "taken", "why"),
    [
        ((), (), PLAIN, ""),
        ((PLAIN,), (), COMPAT, WHY),
        # Another flavor that lacks as much, or something else, is no better.
        ((PLAIN, COMPAT), (), PLAIN, ""),
        ((PLAIN,), (COMPAT,), PLAIN, ""),
        ((PLAIN,), (PLAIN, COMPAT), COMPAT, WHY),
        ((PLAIN, COMPAT), (PLAIN,), COMPAT, WHY),
    ],
)
def test_a_free_flavor_of_the_same_version_that_lacks_less_is_taken(shell, other, taken, why):
    found = decided("quay.io/acme/app:1.3.4", fits=needing(shell, other))

    assert found["after"] == f"dhi.io/app:{taken}"
    assert found["reason"] == f"{SOURCE}; {taken} is the same version{why}"


def test_no_flavor_that_runs_as_root_is_taken_for_need():
    assert decided("quay.io/acme/app:1.3.4", fits=needing((PLAIN, COMPAT)))["after"] == f"dhi.io/app:{PLAIN}"
    assert ROOT in LISTED
