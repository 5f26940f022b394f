"""Image automation that follows an image by the name that it loses."""

from tests.migration.repository.states import STAYS, entry, found


def test_flux_image_automation(tmp_path):
    text = (
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImageRepository\nmetadata: {name: cache, namespace: flux-system}\n"
        "spec: {image: valkey/valkey}\n"
    )

    assert ("bot-image-automation", "r.yaml", 1) in found(tmp_path, {"r.yaml": text})
    assert not found(tmp_path, {"r.yaml": text}, entry("data", STAYS, secret=""))
