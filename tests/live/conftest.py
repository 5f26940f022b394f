"""A repository with a chart that runs valkey 8.1.4, a small catalog, and a registry that has what a test puts there."""

import json

import pytest

from tests.dhi.apps import definition, image, packed
from tests.oci.conftest import encrypted, faulty, filled
from tests.oci.images import hardened
from tests.ui.test_plan_schema import VALIDATOR

__all__ = ["encrypted", "faulty", "filled"]

DEBIAN = {"distro": "debian-13", "user": "nonroot", "uid": 65532, "gid": 65532}
FACTS = {**DEBIAN, "entrypoint": ["/usr/bin/valkey"], "ports": ["6379/tcp"], "work_dir": "/data"}
PAST = {"8.1.4-debian13": ["2026-01-01", "2026-02-01"], "8.1.6-debian13": ["2026-01-01", "2026-02-01"]}


class Scene:
    """The program, asked to take images from a registry."""

    def __init__(self, workshop, registry, folder):
        self.workshop = workshop
        self.registry = registry
        self.chart = "apps/plain-chart"
        self.image, self.source = "valkey", "github.com/valkey-io/valkey"
        self.catalog = folder / "catalog.jsonl.gz"
        self.target = f"{registry.host}/dhi/{{name}}"
        self.listed(definition("8.1", "8.1.5-debian13", "8.1", **FACTS))

    def listed(self, *definitions, past=None):
        """What the catalog lists of the image."""
        sources = {self.image: [self.source]}
        self.catalog.write_bytes(packed(image(self.image, *definitions, past=past), sources=sources))

    def put(self, *tags, platforms=("linux/amd64", "linux/arm64"), **config):
        """Put one image under some tags; returns its digest."""
        index = self.registry.blobs.index(
            platforms, **{**hardened(self.image, tags[0].partition("-")[0]), **config}
        )
        for tag in tags:
            self.registry.put(f"dhi/{self.image}", tag, index)
        return index["digest"]

    def edit(self, name, old, new):
        """Change a file of the chart, and commit it."""
        file = self.workshop.root / self.chart / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        self.workshop.commit("edit the chart")

    def run(self, *words, live=True):
        words = [self.chart, "--catalog", self.catalog, "--target", self.target, *words]
        return self.workshop.run(*words, *(["--live"] if live else []))

    def plan(self, *words, **options):
        """The plan as JSON."""
        ran = self.run("--plan", "--format", "json", "--pull-secret", "x", *words, **options)
        assert ran.out, ran.err
        plan = json.loads(ran.out)
        VALIDATOR.validate(plan)
        return plan

    def host(self, text):
        """A text with the registry's address left out."""
        return text.replace(f"{self.registry.host}/dhi/", "")


@pytest.fixture
def scene(workshop, faulty, tmp_path):
    workshop.add("plain-chart")
    return Scene(workshop, faulty, tmp_path)


def after(plan):
    return plan["images"][0]["after"]


def found(plan, code):
    return [finding for finding in plan["findings"] if finding["code"] == code]
