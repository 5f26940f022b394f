"""Rancher Fleet: bundles that are charts, and what the customizations of their targets make of them."""

import pytest

from migrate_dhi.release.release import Origin
from tests.release.conftest import layers, one

REMOTE = """
defaultNamespace: shop
helm:
  releaseName: web
  repo: https://charts.example.com
  chart: web
  version: 1.2.3
  values: {a: 1, b: 1}
"""


@pytest.mark.parametrize("name", ["fleet.yaml", "fleet.yml"])
def test_chart_of_a_repository(repo, name):
    found = one(repo.estate({f"web/{name}": REMOTE}))

    assert (found.way, found.id, found.origin.name, found.origin.version) == (
        "fleet",
        "shop/web",
        "web",
        "1.2.3",
    )
    assert layers(found) == [("map", f"web/{name}", 0, ("helm", "values"))]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("helm: {releaseName: web}\n", "web"),
        ("helm: {releaseName: web, chart: ../parts/web}\n", "parts/web"),
        ("namespace: x\n", "web"),
    ],
)
def test_chart_in_a_folder(repo, text, path):
    files = {"web/fleet.yaml": text, "web/": "", "parts/web/": ""}

    found = next(release for release in repo.estate(files).releases if release.way == "fleet")

    assert found.origin.path == path


def test_name_that_is_the_bundles_is_said(repo):
    found = one(repo.estate({"apps/web/fleet.yaml": "namespace: x\n", "apps/web/": ""}))

    assert (found.id, found.notes) == (
        "x/apps-web",
        ("its name is that of its GitRepo and the folder: the folder alone is rendered",),
    )


def test_plain_manifests_are_no_release(repo):
    estate = repo.estate({"web/fleet.yaml": "namespace: x\n", "web/a.yaml": "kind: Service\n"})

    assert (estate.releases, estate.unresolved) == ((), ())


CUSTOMIZED = (
    REMOTE
    + """\
  valuesFiles: [values.yaml]
targetCustomizations:
  - name: prod
    namespace: live
    helm: {version: 2.0.0, values: {b: 3}, valuesFiles: [prod.yaml]}
  - name: labels
    clusterSelector: {matchLabels: {env: dev}}
  - name: off
    doNotDeploy: true
    helm: {values: {b: 9}}
"""
)


def test_each_customization_of_helm_is_a_release(repo):
    files = {"web/fleet.yaml": CUSTOMIZED, "web/values.yaml": "b: 2\nc: 2\n", "web/prod.yaml": "c: 4\n"}

    base, prod = repo.estate(files).releases

    assert (base.id, base.object, base.origin.version) == ("shop/web", "", "1.2.3")
    assert repo.values(base) == {"a": 1, "b": 2, "c": 2}
    assert (prod.id, prod.object, prod.origin.version) == ("live/web", "web@prod", "2.0.0")
    assert repo.values(prod) == {"a": 1, "b": 3, "c": 4}
    assert layers(prod)[2] == ("map", "web/fleet.yaml", 0, ("targetCustomizations", 0, "helm", "values"))


def test_template_of_a_cluster_is_a_stand_in_in_values_and_hides_a_version(repo):
    values = REMOTE.replace("a: 1", "a: '${ .ClusterLabels.region }'")
    version = REMOTE.replace("1.2.3", "${ .ClusterLabels.version }")

    found = one(repo.estate({"web/fleet.yaml": values}))

    assert repo.values(found) == {"a": "stand-in", "b": 1}
    assert found.notes == ("what Fleet fills in from the cluster is not known here: stand-ins are rendered",)
    assert "template hides the chart" in repo.estate({"web/fleet.yaml": version}).unresolved[0].reason


def test_values_of_the_cluster_and_missing_files_are_named(repo):
    text = (
        REMOTE
        + "  valuesFiles: [gone.yaml]\n  valuesFrom: [{configMapKeyRef: {name: settings, key: a}}, {secretKeyRef: {name: keys}}]\n"
    )

    found = one(repo.estate({"web/fleet.yaml": text}))

    assert [layer.reason for layer in found.layers[1:]] == [
        "web/gone.yaml is not there",
        "configMap settings of the cluster",
        "secret keys of the cluster",
    ]


PLAIN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata:\n  values.yaml: |\n    a: 9\n"
GENERATED = "configMapGenerator: [{name: settings, files: [%s], options: {disableNameSuffixHash: true}}]\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"maps/settings.yaml": PLAIN}, ("text", "maps/settings.yaml", ("data", "values.yaml"))),
        (
            {"maps/kustomization.yaml": GENERATED % "values.yaml", "maps/values.yaml": "a: 9\n"},
            ("file", "maps/values.yaml", ()),
        ),
        # A hash behind its name, another key, another namespace, and one for each cluster.
        (
            {
                "maps/kustomization.yaml": "configMapGenerator: [{name: settings, files: [values.yaml]}]\n",
                "maps/values.yaml": "a: 9\n",
            },
            None,
        ),
        ({"maps/kustomization.yaml": GENERATED % "more.yaml", "maps/more.yaml": "a: 9\n"}, None),
        ({"maps/settings.yaml": PLAIN.replace("shop", "mail")}, None),
        ({"eu/settings.yaml": PLAIN, "us/settings.yaml": PLAIN}, None),
    ],
)
def test_values_of_a_config_map_of_the_repository_are_read(repo, files, expected):
    text = f"{REMOTE}  valuesFrom: [{{configMapKeyRef: {{name: settings, namespace: shop, key: values.yaml}}}}]\n"

    found = one(repo.estate({"web/fleet.yaml": text, **files}))

    layer = found.layers[1]
    if expected is None:
        assert (layer.form, layer.reason) == ("unread", "configMap settings of the cluster")
    else:
        assert (layer.form, layer.file, layer.path) == expected
        assert repo.values(found) == {"a": 9, "b": 1}


@pytest.mark.parametrize(
    ("own", "target", "expected"),
    [
        ("[{configMapKeyRef: {name: a}}]", "", [["configMap a"], ["configMap a"]]),
        ("", "[{secretKeyRef: {name: b}}]", [[], ["secret b"]]),
        (
            "[{configMapKeyRef: {name: a}}]",
            "[{secretKeyRef: {name: b}}]",
            [["configMap a"], ["configMap a", "secret b"]],
        ),
    ],
)
def test_values_of_the_cluster_add_up(repo, own, target, expected):
    more = f"  valuesFrom: {own}\n" if own else ""
    helm = f"values: {{b: 2}}, valuesFrom: {target}" if target else "values: {b: 2}"

    found = repo.estate(
        {"web/fleet.yaml": f"{REMOTE}{more}targetCustomizations: [{{name: eu, helm: {{{helm}}}}}]\n"}
    ).releases

    assert [
        [layer.reason.removesuffix(" of the cluster") for layer in one.layers if layer.form == "unread"]
        for one in found
    ] == expected


@pytest.mark.parametrize(
    ("more", "customization", "expected"),
    [
        ("", "namespace: t", "t"),
        ("namespace: n\n", "", "n"),
        ("namespace: n\n", "namespace: t", "t"),
        ("defaultNamespace: d\n", "", "d"),
        ("namespace: n\ndefaultNamespace: d\n", "", "n"),
        ("defaultNamespace: d\n", "defaultNamespace: t", "t"),
        ("namespace: n\n", "defaultNamespace: t", "n"),
        ("", "", ""),
    ],
)
def test_namespace_of_a_customization(repo, more, customization, expected):
    target = ", ".join(one for one in ("name: eu", customization, "helm: {values: {a: 2}}") if one)

    text = REMOTE.replace("defaultNamespace: shop\n", more)

    found = repo.estate({"web/fleet.yaml": f"{text}targetCustomizations: [{{{target}}}]\n"}).releases

    assert found[-1].namespace == expected


@pytest.mark.parametrize(
    ("target", "count"),
    [
        ("{name: eu, helm: {values: {a: 2}}}", 2),
        ("{name: eu, helm: {values: {a: 2}}, doNotDeploy: true}", 1),
        ("{name: eu, doNotDeploy: true}", 1),
        ("{name: eu, kustomize: {dir: x}}", 1),
        ("{name: eu, helm: {}}", 1),
    ],
)
def test_customizations_that_change_nothing_of_helm_are_no_releases(repo, target, count):
    estate = repo.estate({"web/fleet.yaml": f"{REMOTE}targetCustomizations: [{target}]\n"})

    assert len(estate.releases) == count


def test_order_of_values_of_a_customization(repo):
    files = {
        "web/fleet.yaml": f"""{REMOTE.replace("values: {a: 1}", "values: {a: 1, b: 1, c: 1, d: 1}")}  valuesFiles: [one.yaml]
targetCustomizations: [{{name: eu, helm: {{values: {{c: 3}}, valuesFiles: [two.yaml]}}}}]
""",
        "web/one.yaml": "b: 2\nc: 2\nd: 2\n",
        "web/two.yaml": "d: 4\n",
    }

    base, eu = repo.estate(files).releases

    assert repo.values(base) == {"a": 1, "b": 2, "c": 2, "d": 2}
    assert repo.values(eu) == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_chart_by_the_address_of_its_archive(repo):
    text = "helm: {releaseName: web, chart: 'https://example.com/download/web-server-1.2.3.tgz'}\n"

    found = one(repo.estate({"web/fleet.yaml": text})).origin

    assert (found.name, found.version, found.url) == ("web-server", "1.2.3", "https://example.com/download")


def test_chart_elsewhere_has_a_reason(repo):
    estate = repo.estate({"web/fleet.yaml": "helm: {chart: 'git::https://example.com/x'}\n"})

    assert "is no folder here" in estate.unresolved[0].reason


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("kustomize: {dir: overlay}\n", ("web/fleet.yaml",)),
        ("targetCustomizations: [{name: eu, helm: {values: {a: 2}}, kustomize: {dir: eu}}]\n", ()),
        ("", ()),
    ],
)
def test_kustomize_behind_the_chart_is_said(repo, more, expected):
    found = repo.estate({"web/fleet.yaml": REMOTE + more}).releases

    assert tuple(after.file for after in found[0].after) == expected
    assert all(after.file == "web/fleet.yaml" for one in found[1:] for after in one.after)
    assert [len(one.after) for one in found[1:]] == [1] * (len(found) - 1)


@pytest.mark.parametrize(
    ("helm", "origin"),
    [
        (
            "chart: web, repo: 'https://c.example', version: 1.2.3",
            Origin("repository", "web", "1.2.3", "https://c.example"),
        ),
        ("chart: web, repo: 'https://c.example'", Origin("repository", "web", "", "https://c.example")),
        ("chart: 'oci://r.example/a/web', version: '1'", Origin("oci", "web", "1", "oci://r.example/a/web")),
        ("chart: 'oci://r.example/a/web:v1.2'", Origin("oci", "web", "v1.2", "oci://r.example/a/web")),
        ("chart: web, repo: 'oci://r.example/a/'", Origin("oci", "web", "", "oci://r.example/a/web")),
        (
            "chart: 'https://c.example/x/web-1.2.3.tgz'",
            Origin("repository", "web", "1.2.3", "https://c.example/x"),
        ),
        (
            "chart: 'https://c.example/web-server-v1.2.3-rc.1.tgz'",
            Origin("repository", "web-server", "v1.2.3-rc.1", "https://c.example"),
        ),
    ],
)
def test_where_a_chart_is_from(repo, helm, origin):
    assert one(repo.estate({"web/fleet.yaml": f"helm: {{releaseName: web, {helm}}}\n"})).origin == origin


@pytest.mark.parametrize(
    ("helm", "reason"),
    [
        ("chart: './none'", "the chart ./none is no folder here and in no repository that it names"),
        ("chart: '../web-1.2.3.tgz'", "the chart ../web-1.2.3.tgz is no folder here"),
        ("chart: './web-1.2.3.tgz'", "its chart is the archive web/web-1.2.3.tgz of this repository"),
        ("chart: 'https://c.example/web.zip'", "the chart https://c.example/web.zip is no folder here"),
        ("chart: '${ .Values.chart }'", "a template hides the chart"),
        ("chart: web, repo: 'https://${ .x }'", "a template hides the chart"),
    ],
)
def test_where_a_chart_is_from_is_not_known(repo, helm, reason):
    files = {"web/fleet.yaml": f"name: b\nhelm: {{{helm}}}\n", "web/web-1.2.3.tgz": ""}
    [found] = repo.estate(files).unresolved

    assert (found.name, found.file, found.reason.startswith(reason)) == ("b", "web/fleet.yaml", True)


def test_a_customization_may_name_another_chart(repo):
    text = REMOTE + "targetCustomizations: [{name: eu, helm: {version: 2.0.0, releaseName: other}}]\n"

    found = repo.estate({"web/fleet.yaml": text}).releases

    assert [(each.name, each.origin.version, each.object) for each in found] == [
        ("web", "1.2.3", ""),
        ("other", "2.0.0", "other@eu"),
    ]


def test_a_sealed_file_of_values_is_told_by_its_path_and_not_read(repo):
    text = "helm: {chart: web, repo: 'https://charts.example.com', releaseName: web, valuesFiles: [v.yaml]}\n"

    found = one(repo.estate({"web/fleet.yaml": text, "web/v.yaml": "a: 1\nsops: {mac: x}\n"}))

    sealed = found.layers[-1]
    assert (sealed.form, sealed.file, sealed.writable) == ("unread", "web/v.yaml", False)
    assert "SOPS" in sealed.reason
    assert repo.values(found) == {}
