"""Images that were moved by hand: what is wrong is said, and mended where it is clear what was meant."""

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.oci.reference import Reference

NEW = "dhi.io/valkey:8.1.9-debian13"
MISPLACED, SPLIT = "image-misplaced", "family-split"


def decided(*images, **wishes):
    references = [Reference.parse(image) for image in images]
    decisions = decide(references, Wishes(**wishes), Catalog.bundled(), load_playbooks())
    return [decisions[reference] for reference in references]


def codes(decision):
    return [note.code for note in decision.notes]


@pytest.mark.parametrize(
    ("image", "after"),
    [
        # the registry alone was exchanged
        ("dhi.io/valkey/valkey:8.1.3", NEW),
        ("dhi.io/valkey/valkey:8.1.9-debian13", NEW),
        ("dhi.io/jetstack/cert-manager-webhook:v1.20.3", "dhi.io/cert-manager-webhook:1.20.3-debian13"),
        # the registry was written into the repository of a chart that has one of its own
        ("docker.io/dhi.io/valkey:8.1.9-debian13", NEW),
        ("quay.io/dhi.io/valkey:8.1.9-debian13", NEW),
        # tags that no hardened image has
        ("dhi.io/valkey:latest", "dhi.io/valkey:9.1.1-debian13"),
        ("dhi.io/valkey", "dhi.io/valkey:9.1.1-debian13"),
    ],
)
def test_what_was_meant_is_written(image, after):
    (decision,) = decided(image)

    assert (decision.status, str(decision.after)) == ("migrate", after)
    assert MISPLACED in codes(decision)


def test_a_mirror_that_was_meant_under_a_public_registry():
    (decision,) = decided(
        "docker.io/harbor.example/dhi/valkey:8.1.9-debian13", target="harbor.example/dhi/{name}"
    )

    assert str(decision.after) == "harbor.example/dhi/valkey:8.1.9-debian13"


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        ("dhi.io/valkey:nonsense", "already-dhi", "tag-unlisted"),
        ("dhi.io/valkey:9.0.2-debian13", "already-dhi", "tag-unlisted"),
        # it may have been a tag once, before the catalog knew any
        ("dhi.io/valkey:8.1.3", "already-dhi", "tag-unlisted"),
        ("dhi.io/valkeyy:8.1.9-debian13", "already-dhi", "image-unlisted"),
        # a mirror may have tags of its own
        ("harbor.example/dhi/valkey:latest", "already-dhi", "tag-unlisted"),
        ("harbor.example/dhi/nosuch:1.2.3-debian13", "no-counterpart", "image-unlisted"),
    ],
)
def test_what_is_not_clear_stays_and_is_said(image, status, code):
    (decision,) = decided(image)

    assert (decision.status, decision.after) == (status, None)
    assert code in codes(decision)
    assert MISPLACED not in codes(decision)


def test_a_proxy_named_for_the_registry_is_a_mirror():
    (decision,) = decided("harbor.example/dhi.io/valkey:8.1.9-debian13")

    assert (decision.status, codes(decision)) == ("already-dhi", ["mirror-found"])


def test_a_family_that_is_half_moved_goes_to_the_version_that_runs():
    controller, webhook = decided(
        "dhi.io/cert-manager-controller:1.20.3-debian13", "quay.io/jetstack/cert-manager-webhook:v1.20.3"
    )

    assert str(webhook.after) == "dhi.io/cert-manager-webhook:1.20.3-debian13"
    assert SPLIT not in [*codes(controller), *codes(webhook)]


def test_a_family_that_is_half_moved_to_another_version_is_said():
    # 1.19.1 was never listed for the other
    _, webhook = decided(
        "dhi.io/cert-manager-controller:1.19.1-debian13", "quay.io/jetstack/cert-manager-webhook:v1.19.1"
    )

    assert SPLIT in codes(webhook)


def test_hardened_images_of_one_product_with_two_versions_are_said():
    controller, webhook = decided(
        "dhi.io/cert-manager-controller:1.20.3-debian13", "dhi.io/cert-manager-webhook:1.19.6-debian13"
    )

    assert (SPLIT in codes(controller), SPLIT in codes(webhook)) == (False, True)


def test_products_with_versions_of_their_own_are_no_family():
    grafana, loki = decided("dhi.io/grafana:13.2.0-debian13", "dhi.io/loki:3.6.0-debian13")

    assert SPLIT not in [*codes(grafana), *codes(loki)]
