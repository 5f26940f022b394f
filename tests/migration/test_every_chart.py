"""Every fixture chart, all steps: the plan touches nothing, says what is true, and is written as it was shown."""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.apply import apply_plan
from migrate_dhi.migration.planning import plan_chart
from migrate_dhi.migration.rollback import plan_rollback
from migrate_dhi.migration.source import open_source
from tests.charts import CHARTS, copy_case
from tests.conftest import options_of, prepare_home

SCHEMA = Draft202012Validator(json.loads((CHARTS.parents[1] / "docs/plan.schema.json").read_text("utf-8")))
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
# Two renders of it differ, by the name of an object even.
RANDOM = {"random-output"}
CASES = sorted({path.parent.name for path in CHARTS.glob("*/Chart.yaml")} - REFUSED)


class Estate:
    """One repository with every fixture chart in it, each planned once."""

    def __init__(self, root):
        self.root = root
        self._plans = {}
        self.first = {}

    def git(self, *args, stdin=None, cwd=None):
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.root, check=True, capture_output=True, input=stdin
        )
        return done.stdout

    def source(self, case, root=None):
        chart = (root or self.root) / "apps" / case
        return open_source(chart, values=[chart / name for name in VALUES.get(case, [])])

    def plan(self, case, root=None, **flags):
        return plan_chart(self.source(case, root), options_of(**FLAGS.get(case, {}), **flags))

    def writable(self, case):
        """The plan, and its flags; what is blocked or undecided is left out, so that the rest can be written."""
        if case not in self._plans:
            flags = {"pull_secret": "kubernetes-dhi"}
            plan = self.first[case] = self.plan(case, **flags)
            if plan.status == "blocked":
                flags["accept"] = ("all", "derived-value", "unannounced-change")
                flags["skip"] = tuple(step.name for step in plan.blocked_steps)
                flags["keep"] = tuple(image.before for image in plan.images if image.status == "undecided")
                plan = self.plan(case, **flags)
            self._plans[case] = (plan, flags)
        return self._plans[case]

    def refs(self):
        return self.git("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()

    def picture(self, case):
        files = [path for path in (self.root / "apps" / case).rglob("*") if path.is_file()]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("estate")
    with pytest.MonkeyPatch.context() as patch:
        prepare_home(folder / "home", patch)
        estate = Estate(folder / "repo")
        (folder / "repo" / "apps").mkdir(parents=True)
        for case in CASES:
            copy_case(case, folder / "repo" / "apps" / case)
        estate.git("init", "--quiet", "--template=")
        estate.git("add", "--all", "--force")
        estate.git("commit", "--quiet", "--message", "start")
        yield estate


def copied(estate, case, plan, tmp_path):
    """The chart as the plan leaves it, in a folder of its own outside Git."""
    shutil.copytree(estate.root / "apps" / case, tmp_path / "apps" / case)
    for step in plan.steps:
        for name, text in step.files.items():
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    return tmp_path


def rendered(chart, case):
    """The manifests of a chart, by the engine and by nothing else of this program."""
    values = {}
    if case in VALUES:
        import yaml

        values = yaml.safe_load((chart / VALUES[case][0]).read_text())
    options = RenderOptions(case, kube_version=FLAGS.get(case, {}).get("kube_version", ""))
    return Manifests(EmbeddedEngine().render(chart, values, options).files)


def comments(text):
    """The comments of a text with their number; a line of a script inside a value is none."""
    script = text.replace("# PONG, or the pod restarts", "")
    return Counter(re.findall(r"(?:^|(?<=\s))#[^\r\n]*", script, re.MULTILINE))


@pytest.mark.parametrize("case", CASES)
def test_the_json_keeps_to_its_schema(estate, case):
    plan, _ = estate.writable(case)

    SCHEMA.validate(json.loads(json.dumps(plan.to_json())))
    SCHEMA.validate(json.loads(json.dumps(estate.first[case].to_json())))


@pytest.mark.parametrize("case", CASES)
def test_the_plan_touches_nothing(estate, case):
    before, refs = estate.picture(case), estate.refs()

    estate.plan(case, pull_secret="kubernetes-dhi", probes="tcp")

    assert estate.picture(case) == before
    assert estate.refs() == refs


@pytest.mark.parametrize("case", CASES)
def test_the_diffs_apply_one_after_the_other(estate, case, tmp_path):
    plan, _ = estate.writable(case)
    shutil.copytree(estate.root / "apps" / case, tmp_path / "apps" / case)

    for step in plan.editing_steps:
        estate.git("apply", "-", stdin=step.diff.encode(), cwd=tmp_path)
        for name, text in step.files.items():
            assert (tmp_path / name).read_bytes() == text.encode()


@pytest.mark.parametrize("case", CASES)
def test_the_branch_is_the_plan_and_rollback_takes_it_back(estate, case):
    plan, _ = estate.writable(case)
    source, refs, before = estate.source(case), estate.refs(), estate.picture(case)

    commits = apply_plan(source, plan, options_of())

    assert len(commits) == len(plan.editing_steps)
    assert estate.picture(case) == before
    assert estate.git("status", "--porcelain") == b""
    parent = source.commit
    for commit, step in zip(commits, plan.editing_steps, strict=True):
        assert estate.git("rev-parse", f"{commit}^").decode().strip() == parent
        changed = estate.git("diff", "--name-only", "-z", parent, commit).decode().split("\0")[:-1]
        assert sorted(changed) == sorted(step.files)
        for name, text in step.files.items():
            assert estate.git("cat-file", "blob", f"{commit}:{name}") == text.encode()
        parent = commit
    if not commits:
        assert estate.refs() == refs
        return
    assert set(estate.refs()) - set(refs) == {f"refs/heads/{plan.branch} {commits[-1]}"}
    plan_rollback(source.repository, plan.branch).apply()
    gone = [ref for ref in estate.refs() if not ref.startswith("refs/migrate-dhi/")]
    assert gone == [ref for ref in refs if not ref.startswith("refs/migrate-dhi/")]


@pytest.mark.parametrize("case", sorted(set(CASES) - RANDOM))
def test_nothing_changes_but_what_the_plan_shows(estate, case, tmp_path):
    plan, _ = estate.writable(case)
    root = copied(estate, case, plan, tmp_path)
    shown = {(effect.object, effect.path) for step in plan.steps for effect in step.effects}

    changes = compare(rendered(estate.root / "apps" / case, case), rendered(root / "apps" / case, case))

    for change in changes:
        place = (str(change.identity), change.place)
        assert any(place[0] == name and place[1].startswith(path) for name, path in shown), str(change)
    assert bool(changes) == bool(shown)


@pytest.mark.parametrize("case", CASES)
def test_a_second_run_has_nothing_to_do(estate, case, tmp_path):
    plan, flags = estate.writable(case)

    again = estate.plan(case, copied(estate, case, plan, tmp_path), **{**flags, "keep": ()})

    assert not again.editing_steps
    if plan.status != "blocked" and not flags.get("skip") and not flags.get("keep"):
        assert again.status == "nothing-to-do"


@pytest.mark.parametrize("case", CASES)
def test_no_comment_is_lost(estate, case):
    plan, _ = estate.writable(case)
    texts = dict(estate.source(case).chart.texts)
    after = {**texts}
    for step in plan.steps:
        after.update(step.files)

    for name, text in texts.items():
        assert not comments(text) - comments(after[name])


@pytest.mark.parametrize("case", CASES)
def test_only_editable_files_of_the_chart_are_edited(estate, case):
    plan, _ = estate.writable(case)
    own = {f"apps/{case}/{name}" for name in ("Chart.yaml", "values.yaml", *VALUES.get(case, []))}

    edited = {name for step in plan.steps for name in step.files}
    assert {name for name in edited if not name.startswith(f"apps/{case}/templates/")} <= own


def test_the_refused_ones_are_all_of_the_others():
    assert {path.parent.name for path in CHARTS.glob("*/Chart.yaml")} == set(CASES) | REFUSED
    assert all(Path(CHARTS, case).is_dir() for case in REFUSED)
