"""Charts from a real registry with TLS by an own authority and a login, asked for without ``--live``."""

import hashlib
import json

import pytest

from tests.charts import pack
from tests.cli.test_via_chart import Scene, chart_of, errors, step
from tests.helm.oci_served import LAYER, MANIFEST
from tests.helm.served import ChartServer
from tests.oci.conftest import log_in
from tests.oci.real import PASSWORD, USER

IMAGES = "annotations:\n  dhi.docker.com/helm.images: |\n    - dhi/store:1.1.0-debian13\n"


def layout_of(folder, archive, tag):
    """An OCI layout with one chart, as `helm push` makes the artifact."""
    (folder / "blobs/sha256").mkdir(parents=True)

    def kept(content, media_type, **more):
        digest = hashlib.sha256(content).hexdigest()
        (folder / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content), **more}

    config = kept(b'{"name":"store-chart","version":"1.1.0"}', "application/vnd.cncf.helm.config.v1+json")
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [kept(archive.read_bytes(), LAYER)],
    }
    named = {"annotations": {"org.opencontainers.image.ref.name": tag}}
    index = {"schemaVersion": 2, "manifests": [kept(json.dumps(manifest).encode(), MANIFEST, **named)]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


@pytest.fixture
def scene(workshop, encrypted, tmp_path, clean_home):
    chart = chart_of(
        tmp_path / "hardened", "store-chart", "1.1.0", ("dhi.io", "store", "1.1.0-debian13"), IMAGES
    )
    layout = layout_of(tmp_path / "layout", pack(chart, tmp_path / "packed"), "1.1.0")
    encrypted.fill(layout, "1.1.0", "dhi/store-chart:1.1.0")
    log_in({"HOME": str(clean_home)}, encrypted.host, username=USER, password=PASSWORD)
    with ChartServer(tmp_path / "served").running() as server:
        yield Scene(workshop, server, encrypted, tmp_path)


def test_the_hardened_chart_comes_from_it(scene):
    plan = scene.plan("--ca", scene.registry.ca)

    assert (step(plan)["status"], plan["status"]) == ("proven", "ready"), plan["findings"]
    assert scene.run("--yes", "--ca", scene.registry.ca).code == 0
    scene.workshop.git("merge", "--quiet", "dhi/apps-store")
    # The dependency of the merged chart comes from it too, and then from the cache.
    assert scene.workshop.run("fetch", "--ca", scene.registry.ca).code == 0
    assert scene.plan("--offline")["status"] == "nothing-to-do"


def test_an_authority_that_nobody_knows(scene):
    plan = scene.plan()

    assert step(plan)["status"] == "blocked"
    assert "certificate" in errors(plan)["chart-unreached"]


def test_a_file_of_certificates_that_is_not_there(scene):
    assert scene.run("--plan", "--ca", "nowhere.pem").code == 2
