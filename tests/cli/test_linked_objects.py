"""Objects behind a symbolic link inside the repository: one release, edited where the object stands."""

import json

import pytest

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {namespace: web, server: https://kubernetes.default.svc}
  source:
    repoURL: https://github.com/acme/gitops
    path: apps/web
    helm: {valuesObject: {image: {tag: 8.1.3}}}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  chart: {spec: {chart: ./apps/web, sourceRef: {kind: GitRepository, name: gitops, namespace: flux-system}}}
  values: {image: {tag: 8.1.3}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: gitops, namespace: flux-system}
spec: {url: "https://github.com/acme/gitops", ref: {branch: main}}
"""
TO = ("--to", "valkey=dhi.io/valkey:8.1.9-debian13", "--pull-secret", "dhi", "--offline")
REAL = "objects/web.yaml"


@pytest.fixture(params=[APPLICATION, RELEASE], ids=["application", "helmrelease"])
def shop(workshop, request):
    """A repository whose object stands in a folder of its own, and is linked to from a cluster's."""
    workshop.git("remote", "add", "origin", "https://github.com/acme/gitops")
    workshop.add("plain-chart", "apps/web")
    (workshop.root / "objects").mkdir()
    (workshop.root / REAL).write_text(request.param)
    (workshop.root / "cluster").mkdir()
    (workshop.root / "cluster/web.yaml").symlink_to("../objects/web.yaml")
    workshop.commit("link to it")
    return workshop


def test_it_is_one_release(shop):
    (found,) = json.loads(shop.run("releases", "--format", "json").out)["releases"]

    assert (found["file"], [layer["file"] for layer in found["layers"]]) == (REAL, [REAL])


@pytest.mark.parametrize(
    "argument", ["cluster/web.yaml", "cluster/web.yaml#web", REAL, "web/web", "apps/web"]
)
def test_the_edit_is_written_to_the_file_that_holds_it(shop, argument):
    ran = shop.run(argument, "--yes", *TO)
    assert ran.code == 0, ran.err

    (branch,) = [one for one in shop.branches() if one.startswith("dhi/")]
    assert "8.1.9-debian13" in shop.git("show", f"{branch}:{REAL}")
    assert shop.git("ls-tree", branch, "cluster/web.yaml").startswith("120000")


def test_an_overlay_that_reaches_its_base_by_a_link(shop):
    (shop.root / "cluster/kustomization.yaml").write_text("namespace: shop\nresources: [web.yaml]\n")
    shop.commit("build it")
    found = json.loads(shop.run("releases", "--format", "json").out)["releases"]

    assert {one["file"] for one in found} == {REAL}
    ran = shop.run(REAL, "--plan", "--format", "json", *TO)
    assert ran.code in (0, 5), ran.err
