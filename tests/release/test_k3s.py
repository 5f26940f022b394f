"""K3s: HelmCharts and what a HelmChartConfig lays over them, in the controller's order; and what is none of them."""

import pytest

from migrate_dhi.release.release import Origin
from tests.release.conftest import layers, one
from tests.release.test_flux_sources import release as helm_release

CONTENT = ("spec", "valuesContent")
VALUES = ("spec", "values")


def chart(spec="", *, kind="HelmChart", name="web", namespace="kube-system"):
    given = "chart: web, repo: 'https://charts.example.com', version: 1.2.3" if kind == "HelmChart" else ""
    both = ", ".join(part for part in (given, spec) if part)
    return f"apiVersion: helm.cattle.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{both}}}\n"


def config(spec, **more):
    return chart(spec, kind="HelmChartConfig", **more)


def test_a_chart_with_its_values_as_text(repo):
    found = one(
        repo.estate(
            {
                "web.yaml": f"# first\n---\n{chart('targetNamespace: shop, valuesContent: {!r}'.format('a: 1'))}"
            }
        )
    )

    assert (found.way, found.id, found.document, found.line) == ("k3s", "shop/web", 0, 3)
    assert found.origin == Origin("repository", "web", "1.2.3", "https://charts.example.com")
    assert found.version_at == ("web.yaml", 0, ("spec", "version"))
    assert layers(found) == [("text", "web.yaml", 0, CONTENT)]
    assert repo.values(found) == {"a": 1}
    assert found.layers[0].edit(("a",), 2, {}).inner == ("a",)


def test_a_chart_without_values_has_a_place_for_an_edit(repo):
    found = one(repo.estate({"web.yaml": chart()}))

    assert (found.id, layers(found)) == ("kube-system/web", [("map", "web.yaml", 0, VALUES)])


@pytest.mark.parametrize(
    ("own", "over", "values"),
    [
        ("valuesContent: 'a: 1'", "", {"a": 1}),
        ("values: {a: 2}", "", {"a": 2}),
        # The map is over the text, and a HelmChartConfig over both.
        ("valuesContent: 'a: 1\\n\\nb: 1', values: {a: 2}", "", {"a": 2, "b": 1}),
        ("valuesContent: 'a: 1', values: {b: 2}", "valuesContent: 'b: 3'", {"a": 1, "b": 3}),
        (
            "values: {a: {x: 1, z: 1}}",
            "valuesContent: 'a: {x: 2}', values: {a: {z: 3}}",
            {"a": {"x": 2, "z": 3}},
        ),
        # What is set is over all.
        ("set: {a: 9}, values: {a: 1}", "values: {a: 2}", {"a": 9}),
        ("set: {a.b: x, 'c[0]': y}", "", {"a": {"b": "x"}, "c": ["y"]}),
        # Texts stay texts, but for the words of YAML.
        (
            "set: {a: '1', b: 1, c: 'true', d: 'False', e: 'null', f: 'x,y'}",
            "",
            {"a": "1", "b": 1, "c": True, "d": False, "e": None, "f": "x,y"},
        ),
        ("set: {}", "", {}),
    ],
)
def test_values_in_the_order_of_the_controller(repo, own, over, values):
    text = chart(own.replace("'a: 1\\n\\nb: 1'", '"a: 1\\nb: 1"')) + (f"---\n{config(over)}" if over else "")

    assert repo.values(one(repo.estate({"web.yaml": text}))) == values


def test_where_each_layer_stands(repo):
    text = chart(
        "valuesContent: 'a: 1', values: {a: 2}, valuesSecrets: [{name: keys, keys: [k]}], set: {b: 3}"
    )

    found = one(
        repo.estate(
            {"web.yaml": text, "over.yaml": config("valuesContent: 'a: 4', valuesSecrets: [{name: more}]")}
        )
    )

    assert [(layer.form, layer.file, layer.path, layer.writable) for layer in found.layers] == [
        ("text", "web.yaml", CONTENT, True),
        ("map", "web.yaml", VALUES, True),
        ("unread", "web.yaml", (), False),
        ("text", "over.yaml", CONTENT, True),
        ("unread", "over.yaml", (), False),
        ("parameters", "web.yaml", ("spec", "set"), False),
    ]
    assert [layer.reason for layer in found.layers if layer.form == "unread"] == [
        "Secret keys, which is never read",
        "Secret more, which is never read",
    ]


@pytest.mark.parametrize(
    ("spec", "origin"),
    [
        ("chart: 'oci://ghcr.io/acme/web', version: '1'", Origin("oci", "web", "1", "oci://ghcr.io/acme/web")),
        # The digest counts where tag and digest are there, and what is said beside the reference before both.
        ("chart: 'oci://ghcr.io/acme/web:1@sha256:ab'", Origin("oci", "web", "sha256:ab", "oci://ghcr.io/acme/web")),
        ("chart: 'oci://ghcr.io:5000/web:1', version: '1'", Origin("oci", "web", "1", "oci://ghcr.io:5000/web")),
        ("chart: web, repo: 'oci://ghcr.io/acme/', version: '1'", Origin("oci", "web", "1", "oci://ghcr.io/acme/web")),
        ("chart: 'https://c.example.com/x/web-1.2.3.tgz'", Origin("repository", "web", "1.2.3", "https://c.example.com/x")),
        ("chart: web, repo: 'https://c.example.com'", Origin("repository", "web", "", "https://c.example.com")),
        ("chart: web", "the chart web is one that the cluster itself knows"),
        ("chart: stable/web", "the chart stable/web is one that the cluster itself knows"),
        ("chart: 'https://%{KUBERNETES_API}%/static/charts/web.tgz'", "the chart https://%{KUBERNETES_API}%/static/charts/web.tgz is one that the cluster itself knows"),
        ("chartContent: H4sI", "its chart is in the object itself (chartContent)"),
        ("chart: web, chartContent: H4sI", "its chart is in the object itself (chartContent)"),
    ],
)  # fmt: skip
def test_where_the_chart_is_from(repo, spec, origin):
    head = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: web}\n"
    estate = repo.estate({"web.yaml": f"{head}spec: {{{spec}}}\n"})

    found = [*(one.origin for one in estate.releases), *(one.reason for one in estate.unresolved)]
    assert found == [origin]


@pytest.mark.parametrize("chart", ["oci://ghcr.io/acme/web:1.2.3", "https://c.example.com/web-1.2.3.tgz"])
def test_version_that_the_address_of_the_chart_says_stands_at_no_place_of_its_own(repo, chart):
    head = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: web}\n"

    found = one(repo.estate({"web.yaml": f"{head}spec: {{chart: '{chart}'}}\n"}))

    assert (found.origin.version, found.version_at) == ("1.2.3", None)


@pytest.mark.parametrize(
    ("name", "namespace", "values"),
    [("web", "kube-system", {"a": 2}), ("mail", "kube-system", {"a": 1}), ("web", "shop", {"a": 1})],
)
def test_a_config_is_that_of_the_chart_of_its_name_and_namespace(repo, name, namespace, values):
    over = config("valuesContent: 'a: 2'", name=name, namespace=namespace)
    estate = repo.estate({"web.yaml": chart("values: {a: 1}"), "over.yaml": over})

    (found,) = estate.releases
    assert repo.values(found) == values
    # Alone it changes a chart that the cluster brings along.
    alone = [("over.yaml", "it changes a chart that the cluster brings along")] if values == {"a": 1} else []
    assert [(one.file, one.reason) for one in estate.unresolved] == alone


BASE = {"base/kustomization.yaml": "resources: [web.yaml]\n"}
TOP = "resources: [../base]\npatches: [{path: p.yaml}]\n"


@pytest.mark.parametrize(
    ("own", "patch", "values", "place"),
    [
        ("valuesContent: 'a: 1'", "valuesContent: 'b: 2'", {"b": 2}, ("text", "top/p.yaml", True)),
        ("valuesContent: 'a: 1'", "version: 2.0.0", {"a": 1}, ("text", "base/web.yaml", True)),
        ("values: {a: 1}", "values: {b: 2}", {"a": 1, "b": 2}, ("map", "base/web.yaml", True)),
        ("valuesContent: 'a: 1'", "valuesContent: null", {}, ("map", "base/web.yaml", True)),
    ],
)
def test_what_a_patch_makes_of_a_chart(repo, own, patch, values, place):
    text = chart(patch).replace("chart: web, repo: 'https://charts.example.com', version: 1.2.3, ", "")
    files = {**BASE, "base/web.yaml": chart(own), "top/kustomization.yaml": TOP, "top/p.yaml": text}

    found = one(repo.estate(files))

    first = found.layers[0]
    assert (repo.values(found), (first.form, first.file, first.writable)) == (values, place)


def test_what_a_json_patch_makes_of_the_text_is_read_and_not_written(repo):
    top = "resources: [../base]\npatches:\n  - target: {kind: HelmChart}\n    patch: |-\n"
    top += "      - {op: replace, path: /spec/valuesContent, value: 'a: 2'}\n"
    files = {**BASE, "base/web.yaml": chart("valuesContent: 'a: 1'"), "top/kustomization.yaml": top}

    found = one(repo.estate(files))

    assert (repo.values(found), found.layers[0].writable) == ({"a": 2}, False)
    assert "base/web.yaml" in found.files


def test_the_chart_of_flux_that_has_the_same_kind_is_another(repo):
    files = {
        "web.yaml": helm_release("chartRef: {kind: HelmChart, name: web, namespace: kube-system}"),
        "chart.yaml": chart(),
    }
    estate = repo.estate(files)

    assert [(found.way, found.id) for found in estate.releases] == [("k3s", "kube-system/web")]
    assert [one.reason for one in estate.unresolved] == [
        "HelmChart kube-system/web is not in this repository"
    ]
    flux = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: a}\nspec: {chart: web}\n"
    )
    assert repo.estate({"web.yaml": "", "chart.yaml": flux}).releases == ()


def test_a_chart_without_one_is_a_patch_of_what_stands_elsewhere(repo):
    text = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: web}\nspec: {version: '2'}\n"
    estate = repo.estate({"web.yaml": text})

    assert (estate.releases, estate.unresolved) == ((), ())


def test_one_that_is_no_yaml_has_a_reason(repo):
    text = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: a: b\n"

    assert [(one.way, one.file) for one in repo.estate({"web.yaml": text}).unresolved] == [
        ("k3s", "web.yaml")
    ]


def test_of_the_configs_of_several_clusters_that_of_its_own_counts(repo):
    files = {}
    for cluster in ("a", "b"):
        files[f"{cluster}/kustomization.yaml"] = "resources: [web.yaml, over.yaml]\n"
        files[f"{cluster}/web.yaml"] = chart("values: {own: 1}")
        files[f"{cluster}/over.yaml"] = config(f"values: {{of: {cluster}}}")

    found = repo.estate(files)

    assert [repo.values(one) for one in found.releases] == [{"own": 1, "of": "a"}, {"own": 1, "of": "b"}]
    assert found.unresolved == ()


def test_what_is_not_resolved_says_which_way_it_is(repo):
    alone = repo.estate({"over.yaml": config("values: {a: 1}"), "web.yaml": chart("chartContent: H4sI")})

    assert [one.way for one in alone.unresolved] == ["k3s"]
    assert [one.way for one in repo.estate({"web.yaml": ""}).unresolved] == ["k3s"]
