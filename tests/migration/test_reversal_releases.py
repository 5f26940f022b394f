"""Steps whose edits lie in other files than a chart's values are taken back by the files of their commits."""

import json
import shutil

import pytest

from tests.migration.test_reversal import FILES

RELEASE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: beside
  namespace: web
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: web
spec:
  interval: 1h
  chart:
    spec:
      chart: web
      version: 0.2.1
      sourceRef: {kind: HelmRepository, name: charts, namespace: web}
  values:
    image:
      repository: valkey/valkey # upstream
      tag: 8.1.3
"""
SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: charts
  namespace: web
spec:
  url: https://charts.example
"""
FILE, BRANCH, BACK = "clusters/a/web.yaml", "dhi/web-web", "dhi/web-web-reversal"
STEPS = {
    "registry": (
        "repository: valkey/valkey # upstream",
        "registry: dhi.io\n      repository: valkey # upstream",
    ),
    "tag": ("tag: 8.1.3", "tag: 9.0.2-debian13"),
}


@pytest.fixture
def flux(workshop, tmp_path):
    """A release whose chart is elsewhere, migrated on a branch as the program writes it."""
    for path, text in FILES.items():
        place = tmp_path / "charts" / path.removeprefix("apps/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    workshop.write = (workshop.root / FILE).write_text
    (workshop.root / FILE).parent.mkdir(parents=True)
    (workshop.root / "clusters/a/source.yaml").write_text(SOURCE)
    workshop.write(RELEASE)
    workshop.commit("deploy")
    workshop.git("switch", "--quiet", "--create", BRANCH)
    text = RELEASE
    for step, (old, new) in STEPS.items():
        text = text.replace(old, new)
        workshop.write(text)
        workshop.commit(f"feat(web): {step}\n\nDHI-Step: {step}\nDHI-Release: web/web\nDHI-Image: a:1 -> b:1")
    workshop.git("switch", "--quiet", "main")
    workshop.charts = tmp_path / "charts"
    return workshop


def back(flux, *flags, name="web/web", code=0):
    flags = ("--chart-dir", flux.charts, *flags)
    ran = flux.run("rollback", name, "--yes", "--offline", "--format", "json", *flags)
    assert ran.code == code, ran.err
    return json.loads(ran.out) if not code else ran.error


def test_a_release_is_found_by_its_name_and_by_its_branch(flux):
    assert f"{BRANCH}  web/web, not merged" in flux.run("status").out
    assert f"{BRANCH}  web/web, not merged" in flux.run("status", "web/web").out
    assert back(flux, "--to", "registry")["branch"] == BRANCH


@pytest.mark.parametrize("kept", [True, False])
def test_merged_steps_of_a_release_are_reversed_in_its_file(flux, kept):
    flux.git("merge", "--quiet", "--no-ff", BRANCH)
    if not kept:
        flux.git("branch", "-D", BRANCH)
    result = back(flux)
    assert result["branch"] == BACK
    assert flux.git("show", f"{BACK}:{FILE}") + "\n" == RELEASE
    assert result["proof"]["proven"], result["proof"]
    assert result["proof"]["releases"] == [f"web/web ({FILE})"]
    assert "DHI-Release: web/web" in flux.git("log", "-1", "--format=%(trailers)", BACK)
    assert "DHI-Chart" not in flux.git("log", "-1", "--format=%(trailers)", BACK)


def test_what_came_into_the_file_since_stays(flux):
    flux.git("merge", "--quiet", "--no-ff", BRANCH)
    text = (flux.root / FILE).read_text()
    flux.write(
        text.replace("interval: 1h", "interval: 2h")
        + "    replicas: 3\n---\nkind: Secret\nmetadata: {name: s}\n"
    )
    flux.commit("more")
    assert back(flux)["proof"]["proven"]
    assert flux.git("show", f"{BACK}:{FILE}") + "\n" == RELEASE.replace("interval: 1h", "interval: 2h") + (
        "    replicas: 3\n---\nkind: Secret\nmetadata: {name: s}\n"
    )


def test_a_chart_that_is_not_at_hand_is_not_proven(flux):
    flux.git("merge", "--quiet", "--no-ff", BRANCH)
    shutil.rmtree(flux.charts / "web")
    result = back(flux)
    assert not result["proof"]["proven"]
    (finding,) = result["findings"]
    assert finding["code"] == "reversal-unproven"
    assert f"web/web ({FILE})" in finding["message"]


def test_a_value_that_was_changed_since_names_file_and_path(flux):
    flux.git("merge", "--quiet", "--no-ff", BRANCH)
    flux.write((flux.root / FILE).read_text().replace("9.0.2-debian13", "9.9.9"))
    flux.commit("newer")
    error = back(flux, code=5)["error"]
    assert f"spec.values.image.tag in {FILE} is 9.9.9" in error


def test_squashed_without_a_word_and_with_its_branch(flux):
    flux.git("merge", "--quiet", "--squash", BRANCH)
    flux.commit("Harden (#7)")
    assert f"{BRANCH}  web/web, merged by squash" in flux.run("status").out
    assert [step["name"] for step in back(flux)["reversed"]] == ["tag", "registry"]


def test_a_file_that_was_moved_since_is_a_conflict(flux):
    flux.git("merge", "--quiet", "--no-ff", BRANCH)
    flux.git("mv", FILE, "clusters/a/moved.yaml")
    flux.commit("move")
    assert "is not there any more" in back(flux, code=5)["error"]
