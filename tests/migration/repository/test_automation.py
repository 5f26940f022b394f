"""Image automation that follows an image by the name that it loses."""

import pytest

from tests.migration.repository.states import STAYS, entry, found, told

GROUP = "image.toolkit.fluxcd.io/v1beta2"


def scans(image="valkey/valkey", more="", *, api=GROUP, kind="ImageRepository"):
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: cache, namespace: flux-system}}\nspec: {{image: {image}{more}}}\n"


def test_flux_image_automation():
    assert ("bot-image-automation", "r.yaml", 1) in found({"r.yaml": scans()})
    assert not found({"r.yaml": scans()}, entry("data", STAYS, secret=""))


def test_it_says_what_scans_what_and_what_it_becomes():
    (one,) = told({"r.yaml": "# ours\n" + scans("docker.io/valkey/valkey")}, entry("data", secret=""))

    assert (one.severity, one.line) == ("warning", 2)
    assert one.message == (
        "ImageRepository cache scans docker.io/valkey/valkey, which becomes dhi.io/valkey: its policies would write the "
        "old name and tags back"
    )


@pytest.mark.parametrize(
    "text",
    [
        scans("acme/other"),
        scans("quay.io/valkey/valkey"),
        scans("dhi.io/valkey"),
        scans("'${IMAGE}'"),
        scans("[]"),
        # It scans nothing as long as it is suspended.
        scans(more=", suspend: true"),
        scans(kind="ImagePolicy"),
        # The kind of another group is another kind.
        scans(api="appstudio.redhat.com/v1alpha1"),
    ],
)
def test_what_scans_nothing_that_moves(text):
    assert not told({"r.yaml": text}, entry("data", secret=""))


def test_one_that_is_not_suspended_scans():
    assert told({"r.yaml": scans(more=", suspend: false")}, entry("data", secret=""))
