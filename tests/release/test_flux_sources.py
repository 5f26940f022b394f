"""Where the chart of a HelmRelease is from: which source is meant, what it says, and where its version stands."""

import pytest

from migrate_dhi.release.release import Origin
from tests.release.conftest import one

HERE = {"urls": ["https://example.com/acme/shop.git"]}


def source(kind, spec, *, name="acme", namespace="shop"):
    where = f", namespace: {namespace}" if namespace else ""
    group = "source.toolkit.fluxcd.io/v1"
    return f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\nspec: {{{spec}}}\n"


def release(chart, *, namespace="shop"):
    where = f", namespace: {namespace}" if namespace else ""
    head = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
    return f"{head}metadata: {{name: web{where}}}\nspec: {{{chart}}}\n"


def template(more="version: 1.2.3", kind="HelmRepository", name="acme", chart="web"):
    return f"chart: {{spec: {{chart: {chart}, sourceRef: {{kind: {kind}, name: {name}}}, {more}}}}}"


HTTP = source("HelmRepository", "url: 'https://charts.example.com'")


@pytest.mark.parametrize(
    ("spec", "chart", "origin"),
    [
        (
            "url: 'https://c.example.com'",
            template(),
            Origin("repository", "web", "1.2.3", "https://c.example.com"),
        ),
        (
            "url: 'https://c.example.com'",
            template("version: '*'"),
            Origin("repository", "web", "", "https://c.example.com"),
        ),
        (
            "url: 'https://c.example.com'",
            template("interval: 1h"),
            Origin("repository", "web", "", "https://c.example.com"),
        ),
        (
            "url: 'https://c.example.com'",
            template("version: '>=1 <2'"),
            Origin("repository", "web", ">=1 <2", "https://c.example.com"),
        ),
        (
            "url: 'oci://ghcr.io/acme', type: oci",
            template(),
            Origin("oci", "web", "1.2.3", "oci://ghcr.io/acme/web"),
        ),
        (
            "url: 'oci://ghcr.io/acme/', type: oci",
            template(),
            Origin("oci", "web", "1.2.3", "oci://ghcr.io/acme/web"),
        ),
        ("url: 'oci://ghcr.io/acme'", template(), Origin("oci", "web", "1.2.3", "oci://ghcr.io/acme/web")),
        (
            "url: 'oci://ghcr.io/acme', type: oci",
            template(chart="deep/web"),
            Origin("oci", "web", "1.2.3", "oci://ghcr.io/acme/deep/web"),
        ),
    ],
)
def test_a_chart_of_a_repository(repo, spec, chart, origin):
    found = one(repo.estate({"web.yaml": release(chart), "acme.yaml": source("HelmRepository", spec)}))

    assert found.origin == origin
    assert found.version_at == ("web.yaml", 0, ("spec", "chart", "spec", "version"))
    assert not found.by_version


@pytest.mark.parametrize(
    ("ref", "version"),
    [
        ("ref: {tag: v1}", "v1"),
        ("ref: {semver: '1.x', tag: v1}", "1.x"),
        ("ref: {digest: 'sha256:ab', semver: '1.x', tag: v1}", "sha256:ab"),
        ("ref: {}", "latest"),
        ("interval: 1h", "latest"),
    ],
)
def test_a_chart_that_is_an_artifact(repo, ref, version):
    spec = f"url: 'oci://ghcr.io/acme/web', {ref}"
    files = {
        "web.yaml": release("chartRef: {kind: OCIRepository, name: acme}"),
        "acme.yaml": f"# first\n---\n{source('OCIRepository', spec)}",
    }

    found = one(repo.estate(files))

    assert found.origin == Origin("oci", "web", version, "oci://ghcr.io/acme/web")
    assert found.version_at == ("acme.yaml", 0, ("spec", "ref", "tag"))


@pytest.mark.parametrize(
    ("chart", "reason"),
    [
        (template(name="gone"), "HelmRepository gone is not in this repository"),
        (template(kind="Bucket"), "Bucket acme is not in this repository"),
        (template(kind="Bucket", name="pail"), "the chart is from a Bucket, which is not read here"),
        (template(name="empty"), "the chart is from a HelmRepository, which is not read here"),
        (template(kind="GitRepository", name="gone"), "GitRepository gone is not in this repository"),
        (
            template(kind="GitRepository", name="here", chart="charts/gone"),
            "there is no chart at charts/gone",
        ),
        (
            "chartRef: {kind: OCIRepository, name: gone, namespace: x}",
            "OCIRepository x/gone is not in this repository",
        ),
        ("chartRef: {kind: OCIRepository, name: bare}", "OCIRepository bare gives no url"),
        ("chartRef: {kind: HelmChart, name: gone}", "HelmChart gone is not in this repository"),
        (
            "chartRef: {kind: ExternalArtifact, name: a}",
            "the chart is from a ExternalArtifact that is made in the cluster",
        ),
        ("chartRef: {name: a}", "the chart is from a reference that is made in the cluster"),
        ("chart: {spec: {chart: web}}", "a source without a name is not in this repository"),
        (template("version: '${V}'"), "a variable hides the chart: web ${V} https://charts.example.com"),
    ],
)
def test_a_chart_that_is_not_known_has_its_reason(repo, chart, reason):
    files = {
        "web.yaml": release(chart),
        "acme.yaml": HTTP,
        "more.yaml": "---\n".join(
            (
                source("Bucket", "url: 'https://s3.example.com'", name="pail"),
                source("HelmRepository", "interval: 1h", name="empty"),
                source("OCIRepository", "interval: 1h", name="bare"),
                source("GitRepository", "url: 'https://example.com/acme/shop'", name="here"),
            )
        ),
    }

    estate = repo.estate(files, **HERE)

    assert (estate.releases, [one.reason for one in estate.unresolved]) == ((), [reason])


@pytest.mark.parametrize(
    ("namespace", "reference", "there", "url"),
    [
        # The namespace of the reference, else that of the release.
        ("shop", "namespace: flux", ("shop", "flux"), "flux"),
        ("shop", "", ("shop", "flux"), "shop"),
        ("shop", "", ("flux", ""), ""),
        ("", "", ("flux", ""), ""),
        ("", "", ("flux",), "flux"),
        # None of that namespace: one that names none may get it when it is built.
        ("shop", "namespace: other", ("flux", ""), ""),
        ("shop", "namespace: other", ("flux",), None),
        # One that is known by its name alone, where nothing was said of its namespace.
        ("shop", "", ("flux",), "flux"),
    ],
)
def test_of_several_sources_of_a_name_that_of_the_namespace_counts(repo, namespace, reference, there, url):
    chart = f"chart: {{spec: {{chart: web, sourceRef: {{kind: HelmRepository, name: acme, {reference}}}}}}}"
    files = {
        f"{space or 'none'}.yaml": source(
            "HelmRepository", f"url: 'https://{space}.example.com'", namespace=space
        )
        for space in there
    }

    estate = repo.estate({"web.yaml": release(chart, namespace=namespace), **files})

    assert [found.origin.url for found in estate.releases] == (
        [] if url is None else [f"https://{url}.example.com"]
    )


@pytest.mark.parametrize(
    ("more", "ref", "by_version", "revision"),
    [
        ("interval: 1h", "ref: {branch: main}", True, ""),
        ("reconcileStrategy: ChartVersion", "interval: 1h", True, ""),
        ("reconcileStrategy: Revision", "ref: {tag: v1}", False, "v1"),
        ("interval: 1h", "ref: {branch: main, commit: abc}", True, "abc"),
    ],
)
def test_a_chart_of_this_repository(repo, more, ref, by_version, revision):
    files = {
        "web.yaml": release(template(more, "GitRepository", chart="./charts/web/")),
        "acme.yaml": source("GitRepository", f"url: 'ssh://git@example.com/acme/shop', {ref}"),
        "charts/web/": "",
    }

    found = one(repo.estate(files, **HERE))

    assert found.origin == Origin("directory", "web", "1.0.0", path="charts/web")
    assert (found.by_version, found.revision, found.notes) == (by_version, revision, ())


@pytest.mark.parametrize(
    ("chart", "origin"),
    [
        ("charts/web", Origin("git", "web", "v2", "https://example.com/other.git", "charts/web")),
        ("/charts/web/", Origin("git", "web", "v2", "https://example.com/other.git", "charts/web")),
        (".", Origin("git", "other", "v2", "https://example.com/other.git", ".")),
    ],
)
def test_a_chart_of_another_repository(repo, chart, origin):
    spec = "url: 'https://example.com/other.git', ref: {branch: main, tag: v2}"
    files = {
        "web.yaml": release(template("interval: 1h", "GitRepository", chart=chart)),
        "acme.yaml": source("GitRepository", spec),
    }

    assert one(repo.estate(files, **HERE)).origin == origin


def test_a_chart_by_a_helm_chart_is_told_where_that_stands(repo):
    spec = "chart: web, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}, valuesFiles: [a.yaml]"
    files = {
        "web.yaml": release("chartRef: {kind: HelmChart, name: made, namespace: shop}"),
        "all.yaml": f"{HTTP}---\n{source('HelmChart', spec, name='made')}",
    }

    found = one(repo.estate(files))

    assert found.origin == Origin(
        "repository", "web", "1.2.3", "https://charts.example.com", values_files=("a.yaml",)
    )
    assert found.version_at == ("all.yaml", 1, ("spec", "version"))
