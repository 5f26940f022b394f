"""Projects of Argo CD that keep out what a migration needs."""

import pytest

from tests.migration.repository.states import found, secret

PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: apps, namespace: argocd}
spec: {SPEC}
"""


def codes_of(tmp_path, spec, maker="Secret"):
    text = PROJECT.replace("SPEC", spec) + "---\n" + secret(maker)
    return {one.code: one.message for one in found(tmp_path, {"p.yaml": text}).values()}


@pytest.mark.parametrize(
    "spec",
    [
        'namespaceResourceBlacklist: [{group: "", kind: Secret}]',
        'namespaceResourceWhitelist: [{group: apps, kind: "*"}]',
    ],
)
def test_the_kind_that_makes_the_secret_is_kept_out(tmp_path, spec):
    assert "does not let its Applications make a Secret" in codes_of(tmp_path, spec)["project-forbids"]


@pytest.mark.parametrize(
    "spec",
    [
        "sourceRepos: ['*']",
        'namespaceResourceWhitelist: [{group: "*", kind: "*"}]',
        "namespaceResourceBlacklist: [{group: '', kind: ResourceQuota}]",
    ],
)
def test_it_is_let_in(tmp_path, spec):
    assert set(codes_of(tmp_path, spec)) == {"pull-secret-made"}


def test_registries_of_charts_that_are_named(tmp_path):
    spec = "sourceRepos: ['https://github.com/acme/gitops', 'ghcr.io/acme/*']"

    assert (
        "charts are taken from registries that are named (ghcr.io/acme/*), and not from dhi.io"
        in codes_of(tmp_path, spec)["project-sources"]
    )
    assert "project-sources" not in codes_of(tmp_path, spec.replace("]", ", 'dhi.io/*']"))


def test_projects_that_name_no_registry(tmp_path):
    assert "project-sources" not in codes_of(tmp_path, "sourceRepos: ['https://charts.example.com/x']")
