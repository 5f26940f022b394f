"""Repositories with something that follows an image, and the last step of their plans."""

import json

import pytest

from tests.charts import copy_case
from tests.cli.test_scan import release
from tests.conftest import SECRET


class Shop:
    """A repository with one HelmRelease, ``apps/cache.yaml``, or what takes its place."""

    def __init__(self, workshop, charts):
        self.workshop = workshop
        self.flags = ("--offline", "--pull-secret", SECRET, "--chart-dir", str(charts), "--hand-over-bots")
        self.write("apps/cache.yaml", release("cache"))

    @property
    def root(self):
        return self.workshop.root

    def write(self, file, text):
        place = self.root / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return self

    def edit(self, file, old, new):
        text = (self.root / file).read_text()
        assert old in text
        return self.write(file, text.replace(old, new))

    def plan(self, argument="data/cache", *more):
        if self.workshop.git("status", "--porcelain"):
            self.workshop.commit("all")
        ran = self.workshop.run(argument, "--plan", "--format", "json", *self.flags, *more)
        assert ran.code in {0, 5}, ran
        return json.loads(ran.out)

    def step(self, *arguments):
        return next(step for step in self.plan(*arguments)["steps"] if step["name"] == "bots")

    def changed(self, step):
        """The lines that a step takes out and puts in."""
        return [
            line for line in step["diff"].splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"}
        ]


@pytest.fixture
def shop(workshop, tmp_path):
    copy_case("plain-chart", tmp_path / "charts" / "plain-chart")
    return Shop(workshop, tmp_path / "charts")
