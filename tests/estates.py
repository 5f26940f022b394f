"""Fixture charts, each in a repository of its own and planned once for all tests that look at whole plans."""

import shutil
import subprocess
from datetime import date
from functools import cached_property

from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.source import open_source
from tests.charts import CHARTS, copy_case
from tests.conftest import SECRET, options_of

# What the charts themselves ask for.
FLAGS = {"kubeversion": {"kube_version": "v1.31.0"}}
VALUES = {"required-value": ["ci/test-values.yaml"]}
REFUSED = {
    "bad-chart-yaml",
    "chart-yaml-no-version",
    "mismatched-dependency",
    "missing-dependency",
    "templated-values",
}
CASES = sorted({path.parent.name for path in CHARTS.glob("*/Chart.yaml")} - REFUSED)
# Ends of life are told for this day, so that a plan reads the same on all days.
TODAY = date(2026, 9, 1)


class Estate:
    """A repository with one fixture chart at ``apps/CASE``, and its plans."""

    def __init__(self, root, case):
        self.root = root
        self.case = case
        self.chart = root / "apps" / case
        self.chart.parent.mkdir(parents=True)
        copy_case(case, self.chart)
        self.git("init", "--quiet", "--template=")
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--message", "start")
        self.before, (self.main,) = self.picture(), self.refs()

    def git(self, *args, stdin=None, cwd=None):
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.root, check=True, capture_output=True, input=stdin
        )
        return done.stdout

    def source(self, root=None):
        chart = (root or self.root) / "apps" / self.case
        return open_source(chart, values=[chart / name for name in VALUES.get(self.case, [])])

    def plan(self, root=None, **flags):
        return plan_chart(self.source(root), options_of(**FLAGS.get(self.case, {}), today=TODAY, **flags))

    @cached_property
    def first(self):
        """The plan that nobody has decided anything of."""
        return self.plan(pull_secret=SECRET)

    @cached_property
    def writable(self):
        """The plan, and its flags; what is blocked or undecided is left out, so that the rest can be written."""
        plan, flags = self.first, {"pull_secret": SECRET}
        if plan.status == "blocked":
            flags["accept"] = ("all", "derived-value", "unannounced-change")
            flags["skip"] = tuple(step.name for step in plan.blocked_steps)
            flags["keep"] = tuple(image.before for image in plan.images if image.status == "undecided")
            plan = self.plan(**flags)
        return plan, flags

    def refs(self):
        return self.git("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()

    def picture(self):
        files = [path for path in self.chart.rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    def planned_into(self, folder):
        """The chart as the plan leaves it, in a folder of its own outside Git."""
        plan, _ = self.writable
        shutil.copytree(self.chart, folder / "apps" / self.case)
        for step in plan.steps:
            for name, text in step.files.items():
                (folder / name).write_text(text, encoding="utf-8", newline="")
        return folder
