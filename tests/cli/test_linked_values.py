"""Values behind a symbolic link inside the repository: read through it, edited where they stand."""

import json

import pytest

CHART = "apps/web"
BRANCH = "dhi/apps-web"
REAL = "shared/web.yaml"
TO = ("--to", "valkey=dhi.io/valkey:8.1.9-debian13", "--pull-secret", "dhi", "--offline")
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {namespace: web, server: https://kubernetes.default.svc}
  source:
    repoURL: https://github.com/acme/gitops
    path: apps/web
    helm: {valueFiles: [prod.yaml]}
"""


@pytest.fixture
def shop(workshop):
    """A repository with a chart whose values.yaml is a link to a file beside the charts."""
    workshop.git("remote", "add", "origin", "https://github.com/acme/gitops")
    workshop.add("plain-chart", CHART)
    (workshop.root / "shared").mkdir()
    (workshop.root / CHART / "values.yaml").rename(workshop.root / REAL)
    (workshop.root / CHART / "values.yaml").symlink_to(f"../../{REAL}")
    workshop.commit("share the values")
    return workshop


def plan(shop, what=CHART, *flags, code=0):
    ran = shop.run(what, "--plan", "--format", "json", *TO, *flags)
    assert ran.code == code, ran.err
    return json.loads(ran.out)


def edited(found):
    return {edit["file"] for step in found["steps"] for edit in step["edits"]}


def test_the_edit_is_written_to_the_file_that_holds_them(shop):
    assert shop.run(CHART, "--yes", *TO).code == 0

    changed = shop.git("diff", "--name-only", "HEAD", BRANCH).splitlines()
    assert set(changed) == {REAL, f"{CHART}/Chart.yaml"}
    assert "dhi.io" in shop.git("show", f"{BRANCH}:{REAL}")
    assert shop.git("ls-tree", BRANCH, f"{CHART}/values.yaml").startswith("120000")
    assert "overlay-undoes" not in {one["code"] for one in plan(shop)["findings"]}


def test_it_is_taken_back(shop):
    assert shop.run(CHART, "--yes", *TO).code == 0

    assert shop.run("rollback", CHART, "--to", "registry", "--yes", "--offline").code == 0

    text = shop.git("show", f"{BRANCH}:{REAL}")
    assert "dhi.io" in text
    assert "debian13" not in text


def test_what_is_merged_is_reversed(shop):
    assert shop.run(CHART, "--yes", *TO).code == 0
    shop.git("merge", "--quiet", BRANCH)

    ran = shop.run("rollback", CHART, "--yes", "--offline", "--format", "json")

    assert ran.code == 0, ran.err
    assert "dhi.io" not in shop.git("show", f"{json.loads(ran.out)['branch']}:{REAL}")


def test_another_chart_that_reads_it_by_a_link_must_not_change(shop):
    shop.add("plain-chart", "apps/other")
    (shop.root / "apps/other/values.yaml").unlink()
    (shop.root / "apps/other/values.yaml").symlink_to(f"../../{REAL}")
    shop.commit("another chart")

    registry = plan(shop, code=5)["steps"][0]

    assert registry["status"] == "blocked"
    assert any("changes the release default/other" in one["verdict"] for one in registry["tried"])


def test_what_is_changed_here_is_planned_and_not_written(shop):
    real = shop.root / REAL
    real.write_text(real.read_text() + "# mine\n")

    found = plan(shop)

    assert REAL in edited(found)
    assert [one["file"] for one in found["findings"] if one["code"] == "uncommitted-change"] == [REAL]
    assert shop.run(CHART, "--yes", *TO).code != 0


def test_a_link_that_leads_elsewhere_here_is_followed_in_a_plan(shop):
    (shop.root / "shared/other.yaml").write_text((shop.root / REAL).read_text())
    (shop.root / CHART / "values.yaml").unlink()
    (shop.root / CHART / "values.yaml").symlink_to("../../shared/other.yaml")

    found = plan(shop)

    assert "shared/other.yaml" in edited(found)
    assert REAL not in edited(found)


def test_a_file_that_an_application_passes(shop):
    (shop.root / CHART / "prod.yaml").symlink_to("../../shared/prod.yaml")
    (shop.root / "shared/prod.yaml").write_text("image: {tag: 8.1.3}\n")
    (shop.root / "web.yaml").write_text(APPLICATION)
    shop.commit("deploy it")

    assert {REAL, "shared/prod.yaml"} <= edited(plan(shop, "web/web"))


def test_a_file_that_a_flag_names(shop):
    (shop.root / "link.yaml").symlink_to("shared/mine.yaml")
    (shop.root / "shared/mine.yaml").write_text("image: {tag: 8.1.3}\n")
    shop.commit("values of my own")

    assert "shared/mine.yaml" in edited(plan(shop, CHART, "--values", "link.yaml"))


def test_a_link_out_of_the_repository_is_refused_by_name(shop):
    (shop.root.parent / "outside.yaml").write_text((shop.root / REAL).read_text())
    (shop.root / CHART / "values.yaml").unlink()
    (shop.root / CHART / "values.yaml").symlink_to("../../../outside.yaml")
    shop.commit("out of here")

    ran = shop.run(CHART, "--yes", *TO)

    assert ran.code == 4
    assert "the link leads out of the repository" in ran.err
