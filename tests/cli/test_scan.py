"""The whole repository at once: ``scan``, and ``--plan`` at a root above several charts."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.charts import copy_case
from tests.conftest import SECRET

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "scan.schema.json").read_text(encoding="utf-8"))
RELEASE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: charts, namespace: flux-system}}
spec: {{url: "https://charts.example"}}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  interval: 1h
  chart:
    spec:
      chart: {chart}
      version: 1.4.0
      sourceRef: {{kind: HelmRepository, name: charts, namespace: flux-system}}
  values:
    image:
      registry: {registry}
      repository: {repository}
      tag: {tag}
"""
CLUSTER = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: unknown, namespace: argocd}
spec:
  generators: [{clusters: {}}]
  template:
    metadata: {name: "{{name}}-app"}
    spec:
      source: {repoURL: "{{metadata.annotations.repo}}", chart: "{{metadata.labels.chart}}", targetRevision: 1.0.0}
      destination: {namespace: default, name: "{{name}}"}
"""


def release(name, *, namespace="data", chart="plain-chart", image="docker.io/valkey/valkey:8.1.4"):
    name_, _, tag = image.rpartition(":")
    registry, _, repository = name_.partition("/")
    return RELEASE.format(
        name=name, namespace=namespace, chart=chart, registry=registry, repository=repository, tag=tag
    )


@pytest.fixture
def estate(workshop, tmp_path):
    """Releases of each status, and a folder with the chart that most of them deploy."""
    copy_case("plain-chart", tmp_path / "charts" / "plain-chart")
    texts = {
        "apps/cache.yaml": release("cache"),
        "apps/asks.yaml": release("asks", image="docker.io/valkey/valkey:6.0.1"),
        "apps/own.yaml": release("own", image="ghcr.io/acme/own:1.0.0"),
        "apps/away.yaml": release("away", chart="not-at-hand", namespace="other"),
        "apps/unknown.yaml": CLUSTER,
    }
    for file, text in texts.items():
        place = workshop.root / file
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    workshop.add("values-comments", "charts/commented")
    workshop.flags = ("--offline", "--pull-secret", SECRET, "--chart-dir", str(tmp_path / "charts"))
    return workshop


def scanned(estate, *arguments, code=4):
    ran = estate.run("scan", *arguments, *estate.flags, "--format", "json")
    assert ran.code == code, ran
    found = json.loads(ran.out)
    Draft202012Validator(SCHEMA).validate(found)
    return found


def statuses(found):
    return {release["name"]: release["status"] for release in found["releases"]}


EVERY = {
    "cache": "ready", "asks": "ask", "own": "nothing-to-do", "away": "error", "name-app": "unresolved", "commented": "ready",
}  # fmt: skip


def test_every_release_has_its_entry_and_its_status(estate):
    before = estate.picture()

    found = scanned(estate)

    assert statuses(found) == EVERY
    assert found["summary"] == {
        "ready": 2, "ask": 1, "blocked": 0, "nothing-to-do": 1, "unresolved": 1, "error": 1,
    }  # fmt: skip
    assert found["commit"] == estate.git("rev-parse", "HEAD")
    assert estate.picture() == before


def test_two_workers_find_what_one_finds(estate):
    one, two = scanned(estate, "--workers", "1"), scanned(estate, "--workers", "2")

    for found in (one, two):
        found["seconds"] = 0
        for entry in found["releases"]:
            entry["seconds"] = 0
    assert one == two


def test_the_images_of_the_repository_each_once(estate):
    (estate.root / "apps/second.yaml").write_text(release("second", namespace="b"))
    found = scanned(estate)

    valkey = next(image for image in found["images"] if image["before"] == "docker.io/valkey/valkey:8.1.4")
    assert valkey["after"].startswith("dhi.io/valkey:8.1.")
    assert valkey["used_by"] == len(valkey["releases"])
    assert {"data/cache", "b/second"} <= set(valkey["releases"])


def test_the_argument_of_an_entry_means_its_plan(estate):
    found = scanned(estate)

    for entry in found["releases"]:
        if entry["status"] in {"ready", "ask"}:
            ran = estate.run(entry["argument"], "--plan", "--format", "json", *estate.flags)
            plan = json.loads(ran.out)
            assert plan["branch"] == entry["branch"]
            assert {image["before"] for image in plan["images"]} == {
                image["before"] for image in entry["images"]
            }


def test_an_answer_counts_for_all_releases_and_need_not_concern_each(estate):
    found = scanned(estate, "--to", "valkey/valkey:6.0.1=dhi.io/valkey:8.1.9-debian13")

    assert statuses(found)["asks"] == "ready"
    assert statuses(found)["cache"] == "ready"


def test_an_image_that_no_release_has_is_an_error(estate):
    ran = estate.run("scan", *estate.flags, "--keep", "nosuch")

    assert ran.code == 2
    assert ran.error["error"] == "--keep nosuch: no release that was planned uses that image"


def test_a_target_that_no_image_has_as_its_counterpart_is_an_error(estate):
    ran = estate.run("scan", *estate.flags, "--to", "dhi.io/redis:8.4.6-debian13", "apps/cache.yaml")

    assert (ran.code, ran.out) == (2, "")
    assert ran.error["error"].startswith(
        "--to dhi.io/redis:8.4.6-debian13: no release that was planned has an image"
    )


@pytest.mark.parametrize(
    ("arguments", "shown", "hidden"),
    [
        (("--status", "ready"), {"cache", "commented"}, {"--status ready": 4}),
        (("--kind", "chart"), {"commented"}, {"--kind chart": 5}),
        (("--namespace", "other"), {"away"}, {"--namespace other": 5}),
        (("--image", "acme/own"), {"own"}, {"--image acme/own": 5}),
        (("charts",), {"commented"}, {"outside of the paths that are named": 5}),
        (("apps/cache.yaml", "apps/own.yaml"), {"cache", "own"}, {"outside of the paths that are named": 4}),
    ],
)
def test_what_is_not_shown_is_counted_with_the_reason(estate, arguments, shown, hidden):
    ran = estate.run("scan", *arguments, *estate.flags, "--format", "json")
    found = json.loads(ran.out)

    assert set(statuses(found)) == shown
    assert found["hidden"] == hidden


def test_only_what_reads_a_changed_file(estate):
    (estate.root / "apps/own.yaml").write_text(release("own", image="ghcr.io/acme/own:1.0.1"))
    values = estate.root / "charts/commented/values.yaml"
    values.write_text(values.read_text() + "# more\n")

    found = scanned(estate, "--changed-since", "HEAD", code=0)

    assert set(statuses(found)) == {"own", "commented"}
    assert found["hidden"] == {"nothing that they read differs from HEAD": 4}


def test_text_tells_what_is_next_for_each_and_the_commands(estate):
    ran = estate.run("scan", *estate.flags)

    assert ran.code == 4
    titles = [line for line in ran.out.splitlines() if line and not line.startswith(" ")]
    assert titles == [
        "Ready: proven, a branch can be written (2)",
        "Needs an answer: it is not decided what an image becomes (1)",
        "Could not be planned (1)",
        "Cannot be resolved: the chart or its values are not known from this repository (1)",
        "Nothing to do (1)",
        "Questions: 1",
        "In the repository",
        next(title for title in titles if title.startswith("6 releases: ")),
        "Next",
    ]
    assert "what becomes of docker.io/valkey/valkey:6.0.1?" in ran.out


def test_the_commands_that_come_next_can_be_run_where_they_are_told(estate):
    ran = estate.run("scan", *estate.flags, cwd=estate.root / "charts")

    (command,) = [line.split() for line in ran.out.splitlines() if " --yes " in f"{line} "]
    assert estate.run(*command[1:], cwd=estate.root / "charts").code == 0


@pytest.mark.parametrize("arguments", [("--plan",), ("apps", "charts", "--plan")])
def test_a_plan_at_a_root_is_the_overview(estate, arguments):
    ran = estate.run(*arguments, *estate.flags)

    assert ran.code == 4
    assert "6 releases: 2 ready, 1 ask, 1 nothing to do, 1 unresolved, 1 error" in ran.out


def test_a_plan_of_a_folder_is_the_overview_of_it(estate):
    ran = estate.run("charts", "--plan", *estate.flags)

    assert ran.code == 0
    assert "1 release: 1 ready" in ran.out
    assert "5 not shown: outside of the paths that are named" in ran.out


def test_check_tells_that_something_is_ready(estate):
    assert estate.run("scan", "charts", *estate.flags, "--check").code == 6


def test_outside_git_it_is_refused(workshop, tmp_path):
    (tmp_path / "plain").mkdir()

    assert workshop.run("scan", cwd=tmp_path / "plain").code == 4


def test_what_is_no_text_is_not_renewed(estate, tmp_path):
    file = tmp_path / "issue.md"
    file.write_bytes(b"\xff\xfe\x00")

    ran = estate.run("scan", "charts", *estate.flags, "--format", "markdown", "--update", file)

    assert (ran.code, ran.error["error"]) == (2, f"{file}: the file cannot be read as text")
    assert file.read_bytes() == b"\xff\xfe\x00"


def test_parts_of_a_scan_are_together_the_whole(estate):
    matrix = json.loads(estate.run("scan", "--matrix", "3", *estate.flags).out)["include"]
    parts = [
        json.loads(estate.run("scan", "--shard", job["shard"], *estate.flags, "--format", "json").out)
        for job in matrix
    ]

    assert [job["shard"] for job in matrix] == ["1/3", "2/3", "3/3"]
    assert sum(job["releases"] for job in matrix) == 5
    names = [name for part in parts for name in statuses(part)]
    assert sorted(names) == sorted(EVERY)
    assert all(part["hidden"]["other parts than --shard"] for part in parts)


def test_a_matrix_has_no_empty_job(estate):
    matrix = json.loads(estate.run("scan", "charts", "--matrix", "20", *estate.flags).out)

    assert matrix == {"include": [{"shard": "1/1", "releases": 1}]}


def test_a_branch_that_is_there_stands_in_the_way_of_one_that_is_ready(workshop):
    for name in ("one", "two"):
        copy_case("plain-chart", workshop.root / "apps" / name)
    workshop.commit("charts")
    assert workshop.run("apps/one", "--yes", "--pull-secret", SECRET).code == 0

    ran = workshop.run("scan", "--pull-secret", SECRET)

    said = " ".join(ran.out.split())
    assert "the branch dhi/apps-one exists already" in said
    assert "migrate-dhi apps/two --yes" in said
    assert "migrate-dhi apps/one --yes" not in said
