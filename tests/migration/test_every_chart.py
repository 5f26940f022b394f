"""Every fixture chart, all steps: the plan touches nothing, says what is true, and is written as it was shown."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from migrate_dhi.helm.engine import EmbeddedEngine, RenderOptions
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.apply import apply_plan
from migrate_dhi.migration.rollback import plan_rollback
from tests.charts import CHARTS
from tests.conftest import options_of
from tests.estates import CASES, FLAGS, REFUSED, VALUES

SCHEMA = Draft202012Validator(json.loads((CHARTS.parents[1] / "docs/plan.schema.json").read_text("utf-8")))
# Two renders of it differ, by the name of an object even.
RANDOM = {"random-output"}
# All tests of a chart come one after the other: in the same process, where it is planned once.
each = pytest.mark.parametrize("case", CASES, scope="module")


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


@each
def test_the_json_keeps_to_its_schema(estate, case):
    plan, _ = estate.writable

    # Where nothing had to be decided they are one.
    for each in {id(one): one for one in (plan, estate.first)}.values():
        SCHEMA.validate(json.loads(json.dumps(each.to_json())))


@each
def test_the_plan_touches_nothing(estate, case):
    assert estate.first

    assert estate.picture() == estate.before
    assert [ref for ref in estate.refs() if not ref.startswith("refs/migrate-dhi/")] == [estate.main]


@each
def test_the_diffs_apply_one_after_the_other(estate, case, tmp_path):
    plan, _ = estate.writable
    shutil.copytree(estate.chart, tmp_path / "apps" / case)

    for step in plan.editing_steps:
        estate.git("apply", "-", stdin=step.diff.encode(), cwd=tmp_path)
        for name, text in step.files.items():
            assert (tmp_path / name).read_bytes() == text.encode()


@each
def test_the_branch_is_the_plan_and_rollback_takes_it_back(estate, case):
    plan, _ = estate.writable
    source, refs, before = estate.source(), estate.refs(), estate.picture()

    commits = apply_plan(source, plan, options_of())

    assert len(commits) == len(plan.editing_steps)
    assert estate.picture() == before
    assert estate.git("status", "--porcelain") == b""
    if not commits:
        assert estate.refs() == refs
        return
    log, names, texts, parent = [], [], b"", source.commit
    for commit, step in zip(commits, plan.editing_steps, strict=True):
        log += [commit, f"{parent}:", *sorted(step.files)]
        for name, text in step.files.items():
            names.append(f"{commit}:{name}\n")
            texts += f"{len(text.encode())}\n{text}\n".encode()
        parent = commit
    written = f"{source.commit}..{parent}"
    assert estate.git("log", "--reverse", "--name-only", "--format=%H %P:", written).decode().split() == log
    assert estate.git("cat-file", "--batch=%(objectsize)", stdin="".join(names).encode()) == texts
    assert set(estate.refs()) - set(refs) == {f"refs/heads/{plan.branch} {commits[-1]}"}
    plan_rollback(source.repository, plan.branch).apply()
    gone = [ref for ref in estate.refs() if not ref.startswith("refs/migrate-dhi/")]
    assert gone == [ref for ref in refs if not ref.startswith("refs/migrate-dhi/")]


@pytest.mark.parametrize("case", sorted(set(CASES) - RANDOM), scope="module")
def test_nothing_changes_but_what_the_plan_shows(estate, case, tmp_path):
    plan, _ = estate.writable
    after = estate.planned_into(tmp_path) / "apps" / case
    shown = {(effect.object, effect.path) for step in plan.steps for effect in step.effects}

    changes = compare(rendered(estate.chart, case), rendered(after, case))

    for change in changes:
        place = (str(change.identity), change.place)
        assert any(place[0] == name and place[1].startswith(path) for name, path in shown), str(change)
    assert bool(changes) == bool(shown)


@each
def test_a_second_run_has_nothing_to_do(estate, case, tmp_path):
    plan, flags = estate.writable

    again = estate.plan(estate.planned_into(tmp_path), **{**flags, "keep": ()})

    assert not again.editing_steps
    if plan.status != "blocked" and not flags.get("skip") and not flags.get("keep"):
        assert again.status == "nothing-to-do"


@each
def test_no_comment_is_lost(estate, case):
    plan, _ = estate.writable
    texts = dict(estate.source().chart.texts)
    after = {**texts}
    for step in plan.steps:
        after.update(step.files)

    for name, text in texts.items():
        assert not comments(text) - comments(after[name])


@each
def test_only_editable_files_of_the_chart_are_edited(estate, case):
    plan, _ = estate.writable
    own = {f"apps/{case}/{name}" for name in ("Chart.yaml", "values.yaml", *VALUES.get(case, []))}

    edited = {name for step in plan.steps for name in step.files}
    assert {name for name in edited if not name.startswith(f"apps/{case}/templates/")} <= own


def test_the_refused_ones_are_all_of_the_others():
    assert {path.parent.name for path in CHARTS.glob("*/Chart.yaml")} == set(CASES) | REFUSED
    assert all(Path(CHARTS, case).is_dir() for case in REFUSED)
