"""Flux HelmReleases: name, namespace, chart and layers, for each rule and trap."""

import hashlib

import pytest

from migrate_dhi.release.release import AfterHelm, Origin
from tests.release.conftest import layers, one

RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: shop
spec:
{spec}
"""
CHART = """\
  chart:
    spec:
      chart: web
      version: 1.2.3
      sourceRef: {kind: HelmRepository, name: acme}
"""
REPOSITORY = """
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: acme, namespace: shop}
spec: {url: https://charts.example.com}
"""
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  path: ./{path}
  sourceRef: {{kind: GitRepository, name: flux-system}}
{more}
"""


def release(more="", chart=CHART):
    return RELEASE.format(spec=chart + more)


def flux(name, path, more=""):
    return FLUX.format(name=name, path=path, more=more)


def with_source(more="", chart=CHART, **files):
    named = {name.replace("__", "/").replace("_yaml", ".yaml"): text for name, text in files.items()}
    return {"web.yaml": release(more, chart), "acme.yaml": REPOSITORY, **named}


# --- what it is


def test_inline_values_are_a_map_layer_of_a_chart_from_a_repository(repo):
    found = one(repo.estate(with_source("  values: {image: {tag: '1'}}\n")))

    assert (found.way, found.id, found.file, found.line, found.object) == (
        "helmrelease",
        "shop/web",
        "web.yaml",
        1,
        "",
    )
    assert found.origin == Origin("repository", "web", "1.2.3", "https://charts.example.com")
    assert layers(found) == [("map", "web.yaml", 0, ("spec", "values"))]
    assert repo.values(found) == {"image": {"tag": "1"}}


def test_release_without_values_has_a_place_for_an_edit(repo):
    found = one(repo.estate(with_source()))

    assert layers(found) == [("map", "web.yaml", 0, ("spec", "values"))]
    assert found.layers[-1].edit(("image", "tag"), "2", {}).path == ("spec", "values", "image", "tag")


def test_document_of_a_file_with_several_is_named(repo):
    found = one(repo.estate({"all.yaml": REPOSITORY + "---\n# the shop\n" + release().lstrip()}))

    assert (found.document, found.line) == (1, 7)
    assert layers(found) == [("map", "all.yaml", 1, ("spec", "values"))]


def test_release_without_a_chart_is_a_patch_and_no_release(repo):
    estate = repo.estate({"p.yaml": release(chart="  values: {a: 1}\n")})

    assert (estate.releases, estate.unresolved) == ((), ())


def test_template_of_a_chart_is_no_release(repo):
    estate = repo.estate({"chart/": "", "chart/templates/web.yaml": release()})

    assert [found.way for found in estate.releases] == ["chart"]


# --- name and namespace


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "shop/web"),
        ("  releaseName: other\n", "shop/other"),
        ("  targetNamespace: there\n", "there/there-web"),
        ("  targetNamespace: there\n  releaseName: other\n", "there/other"),
        ("  storageNamespace: there\n", "shop/web"),
    ],
)
def test_name_and_namespace(repo, more, expected):
    assert one(repo.estate(with_source(more))).id == expected


def test_long_name_is_cut_and_gets_a_hash(repo):
    name = "a-name-that-is-longer-than-helm-takes-for-one-of-its-releases"
    files = with_source(f"  releaseName: {name}\n")

    found = one(repo.estate(files)).name

    assert found == f"{name[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    assert len(found) == 53


def test_object_of_another_name_is_kept(repo):
    assert one(repo.estate(with_source("  releaseName: other\n"))).object == "web"


# --- the chart


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "type: oci, url: 'oci://ghcr.io/acme/charts'",
            Origin("oci", "web", "1.2.3", "oci://ghcr.io/acme/charts/web"),
        ),
        (
            "url: 'https://charts.example.com/'",
            Origin("repository", "web", "1.2.3", "https://charts.example.com/"),
        ),
    ],
)
def test_chart_of_a_helm_repository(repo, source, expected):
    files = with_source()
    files["acme.yaml"] = REPOSITORY.replace("url: https://charts.example.com", source)

    assert one(repo.estate(files)).origin == expected


@pytest.mark.parametrize(
    ("ref", "version"),
    [
        ("{tag: 1.0.0}", "1.0.0"),
        ("{tag: 1.0.0, semver: '>=1'}", ">=1"),
        ("{tag: 1.0.0, semver: '>=1', digest: 'sha256:abc'}", "sha256:abc"),
        ("{}", "latest"),
    ],
)
def test_chart_reference_to_an_oci_repository(repo, ref, version):
    source = f"""
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: OCIRepository
        metadata: {{name: web, namespace: shop}}
        spec: {{url: 'oci://ghcr.io/acme/charts/web-server', ref: {ref}}}
        """
    files = {"web.yaml": release(chart="  chartRef: {kind: OCIRepository, name: web}\n"), "oci.yaml": source}

    found = one(repo.estate(files)).origin

    assert found == Origin("oci", "web-server", version, "oci://ghcr.io/acme/charts/web-server")


def test_chart_reference_to_a_helm_chart(repo):
    chart = """
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: HelmChart
        metadata: {name: web, namespace: shop}
        spec: {chart: web-server, version: 4.5.6, valuesFiles: [prod.yaml], sourceRef: {kind: HelmRepository, name: acme}}
        """
    files = with_source(chart="  chartRef: {kind: HelmChart, name: web}\n", chart_yaml=chart)

    found = one(repo.estate(files)).origin

    assert (found.name, found.version, found.values_files) == ("web-server", "4.5.6", ("prod.yaml",))


GIT = """
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: shop, namespace: shop}
spec: {url: 'ssh://git@example.com/acme/shop.git', ref: {branch: main}}
"""
FROM_GIT = """\
  chart:
    spec:
      chart: ./charts/web
      sourceRef: {kind: GitRepository, name: shop}
      valuesFiles: [charts/web/values.yaml, ./env/prod.yaml]
"""


def test_chart_in_this_repository_needs_a_risen_version(repo):
    files = {"web.yaml": release(chart=FROM_GIT), "git.yaml": GIT, "charts/web/": "", "env/prod.yaml": ""}

    found = one(repo.estate(files, urls=["https://example.com/acme/shop"]))

    assert found.origin == Origin(
        "directory", "web", "1.0.0", path="charts/web", values_files=("values.yaml", "../../env/prod.yaml")
    )
    assert (found.by_version, found.notes) == (True, ())


def test_chart_of_a_revision_needs_no_risen_version(repo):
    chart = FROM_GIT + "      reconcileStrategy: Revision\n"
    files = {"web.yaml": release(chart=chart), "git.yaml": GIT, "charts/web/": ""}

    assert one(repo.estate(files)).by_version is False


def test_repository_is_taken_for_this_one_by_its_path_and_that_is_said(repo):
    files = {"web.yaml": release(chart=FROM_GIT), "git.yaml": GIT, "charts/web/": ""}

    found = one(repo.estate(files))

    assert found.origin.kind == "directory"
    assert found.notes == (
        "ssh://git@example.com/acme/shop.git is taken for this repository: it has the chart charts/web",
    )


def test_chart_in_another_repository(repo):
    found = one(
        repo.estate(
            {"web.yaml": release(chart=FROM_GIT), "git.yaml": GIT}, urls=["https://example.com/acme/other"]
        )
    )

    assert found.origin == Origin(
        "git",
        "web",
        "main",
        "ssh://git@example.com/acme/shop.git",
        "charts/web",
        ("charts/web/values.yaml", "./env/prod.yaml"),
    )


@pytest.mark.parametrize(
    ("chart", "reason"),
    [
        (CHART, "HelmRepository acme is not in this repository"),
        (CHART.replace("HelmRepository", "Bucket"), "Bucket acme is not in this repository"),
        ("  chartRef: {kind: OCIRepository, name: web}\n", "OCIRepository web is not in this repository"),
        (
            "  chartRef: {kind: ExternalArtifact, name: web}\n",
            "the chart is from a ExternalArtifact that is made in the cluster",
        ),
        (FROM_GIT, "GitRepository shop is not in this repository"),
    ],
)
def test_chart_that_is_not_known_has_a_reason(repo, chart, reason):
    estate = repo.estate({"web.yaml": release(chart=chart)})

    assert not estate.releases
    assert [(found.name, found.file, found.line, found.reason) for found in estate.unresolved] == [
        ("web", "web.yaml", 1, reason)
    ]


def test_source_of_the_own_namespace_comes_before_another(repo):
    other = REPOSITORY.replace("shop", "aaa").replace("charts.example.com", "other.example.com")

    found = one(repo.estate(with_source(a__first_yaml=other)))

    assert found.origin.url == "https://charts.example.com"


# --- values from elsewhere


MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data:
  values.yaml: |
    image: {tag: '1', registry: quay.io}
  tag: '1.10'
"""


def test_values_of_a_config_map_are_weaker_than_inline_ones(repo):
    more = "  valuesFrom: [{kind: ConfigMap, name: settings}]\n  values: {image: {tag: '2'}}\n"

    found = one(repo.estate(with_source(more, map_yaml=MAP)))

    assert layers(found) == [
        ("text", "map.yaml", 0, ("data", "values.yaml")),
        ("map", "web.yaml", 0, ("spec", "values")),
    ]
    assert repo.values(found) == {"image": {"tag": "2", "registry": "quay.io"}}


def test_target_path_takes_one_value_and_loses_to_what_comes_later(repo):
    entry = "{kind: ConfigMap, name: settings, valuesKey: tag, targetPath: image.tag}"

    found = one(repo.estate(with_source(f"  valuesFrom: [{entry}]\n  values: {{a: 1}}\n", map_yaml=MAP)))
    later = one(
        repo.estate(
            with_source(f"  valuesFrom: [{entry}, {{kind: ConfigMap, name: settings}}]\n", map_yaml=MAP)
        )
    )

    assert found.layers[0].at == ("image", "tag")
    assert repo.values(found)["image"] == {"tag": "1.10"}  # as --set reads it
    assert repo.values(later)["image"]["tag"] == "1"


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ("image.tag", "{}", {"image": {"tag": "1.10"}}),
        ("'hosts[0].name'", "{}", {"hosts": [{"name": "1.10"}]}),
        # It is laid into the list of an earlier entry, and an inline list takes the place of both.
        ("'list[1].tag'", "{}", {"list": [{"a": 1}, {"tag": "1.10", "b": 2}]}),
        ("'list[1].tag'", "{list: [{c: 3}]}", {"list": [{"c": 3}]}),
        ("a\\.b", "{}", {"a.b": "1.10"}),
    ],
)
def test_target_paths(repo, path, values, expected):
    entries = f"[{{kind: ConfigMap, name: lists}}, {{kind: ConfigMap, name: settings, valuesKey: tag, targetPath: {path}}}]"
    lists = MAP.replace("name: settings", "name: lists").replace(
        "image: {tag: '1', registry: quay.io}", "list: [{a: 1}, {b: 2}]"
    )
    more = f"  valuesFrom: {entries}\n  values: {values}\n"

    found = one(repo.estate(with_source(more, map_yaml=MAP, lists_yaml=lists)))

    merged = repo.values(found)
    assert {key: merged[key] for key in expected} == expected


@pytest.mark.parametrize("path", ["'a['", "a..b", "'[0]'", "'a[x]'"])
def test_target_path_that_is_none_is_named(repo, path):
    entry = f"{{kind: ConfigMap, name: settings, valuesKey: tag, targetPath: {path}}}"

    found = one(repo.estate(with_source(f"  valuesFrom: [{entry}]\n", map_yaml=MAP)))

    assert found.layers[0].reason == "ConfigMap settings: its targetPath is none that Helm takes"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{kind: Secret, name: keys}", "Secret keys, which is never read"),
        ("{kind: ConfigMap, name: nowhere}", "ConfigMap nowhere is not in this repository"),
        ("{kind: ConfigMap, name: nowhere, optional: true}", "ConfigMap nowhere is not in this repository"),
        (
            "{kind: ConfigMap, name: settings, valuesKey: prod.yaml}",
            "ConfigMap settings has no key prod.yaml",
        ),
    ],
)
def test_values_that_are_not_read_are_named(repo, entry, reason):
    found = one(repo.estate(with_source(f"  valuesFrom: [{entry}]\n", map_yaml=MAP)))

    assert (found.layers[0].form, found.layers[0].reason) == ("unread", reason)
    assert found.layers[-1].form == "map"


@pytest.mark.parametrize("generated", [False, True])
def test_an_optional_key_that_a_map_of_the_repository_lacks_is_passed_over(repo, generated):
    entries = (
        "[{kind: ConfigMap, name: settings}, {kind: ConfigMap, name: settings, valuesKey: a, optional: true}]"
    )
    files = {"map_yaml": MAP}
    if generated:
        more = "generatorOptions: {disableNameSuffixHash: true}"
        files = {"kustomization_yaml": KUSTOMIZATION.format(more=more), "small_yaml": "image: {tag: '1'}\n"}

    found = one(repo.estate(with_source(f"  valuesFrom: {entries}\n", **files)))

    assert [layer.form for layer in found.layers] == ["file" if generated else "text", "map"]


KUSTOMIZATION = """
resources: [web.yaml, acme.yaml]
configMapGenerator:
  - name: settings
    files: [values.yaml=small.yaml]
{more}
"""
FROM_MAP = "  valuesFrom: [{kind: ConfigMap, name: settings}]\n"
FOLLOWS = """
nameReference:
  - kind: ConfigMap
    version: v1
    fieldSpecs: [{path: spec/valuesFrom/name, kind: HelmRelease}]
"""


@pytest.mark.parametrize(
    "more", ["configurations: [follows.yaml]", "generatorOptions: {disableNameSuffixHash: true}"]
)
def test_generated_values_are_the_generators_file(repo, more):
    files = with_source(
        FROM_MAP,
        kustomization_yaml=KUSTOMIZATION.format(more=more),
        small_yaml="a: 1\n",
        follows_yaml=FOLLOWS,
    )

    found = one(repo.estate(files))

    assert layers(found)[0] == ("file", "small.yaml", 0, ())
    assert repo.values(found) == {"a": 1}


def test_generated_name_with_a_hash_that_nothing_follows_is_not_read(repo):
    files = with_source(FROM_MAP, kustomization_yaml=KUSTOMIZATION.format(more=""), small_yaml="a: 1\n")

    assert "hash" in one(repo.estate(files)).layers[0].reason


def test_generated_values_under_a_prefix_are_followed(repo):
    files = {
        f"base/{name}": text
        for name, text in with_source(
            FROM_MAP,
            kustomization_yaml=KUSTOMIZATION.format(more="configurations: [follows.yaml]"),
            small_yaml="a: 1\n",
            follows_yaml=FOLLOWS,
        ).items()
    }

    # a prefix would reach the HelmRepository too, and not the reference to it
    files["base/kustomization.yaml"] = files["base/kustomization.yaml"].replace(", acme.yaml", "")

    found = one(repo.estate({**files, "top/kustomization.yaml": "resources: [../base]\nnamePrefix: eu-\n"}))

    assert (found.id, layers(found)[0][:2]) == ("shop/eu-web", ("file", "base/small.yaml"))


def test_overlay_generates_over_its_base(repo):
    top = "resources: [../base]\nconfigMapGenerator: [{name: settings, behavior: merge, files: [values.yaml=big.yaml]}]\n"
    base = with_source(
        FROM_MAP,
        kustomization_yaml=KUSTOMIZATION.format(more="generatorOptions: {disableNameSuffixHash: true}"),
        small_yaml="a: 1\n",
    )
    files = {f"base/{name}": text for name, text in base.items()}
    files |= {
        "top/kustomization.yaml": top + "generatorOptions: {disableNameSuffixHash: true}\n",
        "top/big.yaml": "a: 2\n",
    }

    assert layers(one(repo.estate(files)))[0][:2] == ("file", "top/big.yaml")


def test_literal_of_a_generator_is_read_and_not_written(repo):
    text = "resources: [web.yaml, acme.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
    text += "configMapGenerator: [{name: settings, literals: ['tag=1.2.3']}]\n"
    more = "  valuesFrom: [{kind: ConfigMap, name: settings, valuesKey: tag, targetPath: image.tag}]\n"

    found = one(repo.estate(with_source(more, kustomization_yaml=text)))

    assert (found.layers[0].writable, repo.values(found)) == (False, {"image": {"tag": "1.2.3"}})


def test_one_value_of_a_generated_file_has_the_generator_as_a_source(repo):
    text = "resources: [web.yaml, acme.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
    text += "configMapGenerator: [{name: settings, envs: [some.env]}]\n"
    more = "  valuesFrom: [{kind: ConfigMap, name: settings, valuesKey: tag, targetPath: image.tag}]\n"
    files = {**with_source(more, kustomization_yaml=text), "some.env": "tag=1.2.3\n"}

    layer = one(repo.estate(files)).layers[0]

    assert (layer.file, layer.sources) == ("some.env", ("kustomization.yaml",))


def test_patch_of_a_config_map_is_the_place_of_its_values(repo):
    files = {f"base/{name}": text for name, text in with_source(FROM_MAP, map_yaml=MAP).items()}
    files["base/kustomization.yaml"] = "resources: [web.yaml, acme.yaml, map.yaml]\n"
    files["top/kustomization.yaml"] = "resources: [../base]\npatches: [{path: p.yaml}]\n"
    files["top/p.yaml"] = MAP.replace("tag: '1'", "tag: '9'")

    found = one(repo.estate(files))

    assert layers(found)[0] == ("text", "top/p.yaml", 0, ("data", "values.yaml"))
    assert repo.values(found)["image"]["tag"] == "9"


# --- builds


def test_each_build_is_a_release_with_the_layer_of_its_patch(repo):
    files = {f"base/{name}": text for name, text in with_source("  values: {a: 1}\n").items()}
    files["base/kustomization.yaml"] = "resources: [web.yaml, acme.yaml]\n"
    patch = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {chart: {spec: {version: 2.0.0}}, values: {a: %s}}\n"
    for name in ("eu", "us"):
        files[f"{name}/kustomization.yaml"] = (
            "resources: [../base]\npatches: [{path: p.yaml, target: {kind: HelmRelease}}]\n"
        )
        files[f"{name}/p.yaml"] = patch % name

    estate = repo.estate(files)

    assert not estate.unresolved
    assert [(found.origin.version, layers(found)[1][:2]) for found in estate.releases] == [
        ("2.0.0", ("map", "eu/p.yaml")),
        ("2.0.0", ("map", "us/p.yaml")),
    ]
    assert [repo.values(found) for found in estate.releases] == [{"a": "eu"}, {"a": "us"}]
    assert estate.readers("base/web.yaml") == estate.releases
    assert estate.readers("us/p.yaml") == estate.releases[1:]


def test_builds_that_make_the_same_of_it_are_one_release(repo):
    files = {f"base/{name}": text for name, text in with_source().items()}
    files["base/kustomization.yaml"] = "resources: [web.yaml, acme.yaml]\n"
    files["eu/kustomization.yaml"] = files["us/kustomization.yaml"] = "resources: [../base]\n"

    one(repo.estate(files))


def test_flux_kustomization_gives_namespace_prefix_patch_and_components(repo):
    more = """\
  targetNamespace: there
  namePrefix: eu-
  components: [../part]
  patches:
    - target: {kind: HelmRelease}
      patch: |-
        - op: add
          path: /spec/values/a
          value: 2
"""
    files = {f"apps/{name}": text for name, text in with_source("  values: {a: 1}\n").items()}
    files["apps/kustomization.yaml"] = "namespace: own\nresources: [web.yaml, acme.yaml]\n"
    files["part/kustomization.yaml"] = (
        "kind: Component\npatches: [{path: p.yaml, target: {kind: HelmRelease}}]\n"
    )
    files["part/p.yaml"] = (
        "apiVersion: x/v1\nkind: HelmRelease\nmetadata: {name: any}\nspec: {values: {b: 3}}\n"
    )
    files["cluster.yaml"] = flux("apps", "apps", more)

    estate = repo.estate(files)

    # the prefix reaches the HelmRepository too, and not the reference to it
    assert [found.reason for found in estate.unresolved] == ["HelmRepository acme is not in this repository"]

    files["cluster.yaml"] = flux("apps", "apps", more.replace("  namePrefix: eu-\n", ""))
    found = one(repo.estate(files))

    assert found.id == "there/web"
    assert layers(found)[1:] == [
        ("map", "part/p.yaml", 0, ("spec", "values")),
        ("text", "cluster.yaml", 0, ("spec", "patches", 0, "patch")),
    ]
    assert repo.values(found) == {"a": 2, "b": 3}


def test_one_path_used_twice_is_two_releases(repo):
    files = {f"apps/{name}": text for name, text in with_source().items()}
    files["cluster.yaml"] = (
        flux("one", "apps", "  targetNamespace: one") + "---" + flux("two", "apps", "  targetNamespace: two")
    )

    assert [found.id for found in repo.estate(files).releases] == ["one/web", "two/web"]


def test_parent_patches_its_children_so_that_they_patch(repo):
    more = """\
  patches:
    - target: {kind: Kustomization}
      patch: |-
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {name: any}
        spec:
          patches:
            - target: {kind: HelmRelease}
              patch: |-
                apiVersion: helm.toolkit.fluxcd.io/v2
                kind: HelmRelease
                metadata: {name: any}
                spec: {values: {a: 2}}
"""
    files = {f"apps/web/{name}": text for name, text in with_source("  values: {a: 1}\n").items()}
    files["cluster/ks.yaml"] = flux("web", "apps/web")
    files["flux.yaml"] = flux("cluster", "cluster", more)

    found = one(repo.estate(files))

    assert repo.values(found) == {"a": 2}
    assert [layer.writable for layer in found.layers] == [True, False]
    assert found.layers[1].sources == ("flux.yaml",)


def test_frozen_layer_names_the_files_that_it_is_composed_of(repo):
    base = with_source(
        "  values: {a: 1, list: [1]}\n", kustomization_yaml="resources: [web.yaml, acme.yaml]\n"
    )
    files = {f"base/{name}": text for name, text in base.items()}
    files["eu/kustomization.yaml"] = (
        "resources: [../base]\npatches:\n  - {path: p.yaml}\n"
        "  - {target: {kind: HelmRelease}, patch: '[{op: add, path: /spec/values/list/-, value: 2}]'}\n"
    )
    files["eu/p.yaml"] = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\n"
        "spec: {values: {b: 2}}\n"
    )
    estate = repo.estate(files)

    found = one(estate)

    assert repo.values(found) == {"a": 1, "b": 2, "list": [1, 2]}
    assert [(layer.file, layer.sources) for layer in found.layers] == [
        ("eu/kustomization.yaml", ("base/web.yaml", "eu/p.yaml"))
    ]
    assert estate.readers("eu/p.yaml") == estate.readers("base/web.yaml") == (found,)


def test_post_renderers_are_said_with_the_file_that_gives_them(repo):
    own = one(repo.estate(with_source("  postRenderers: [{kustomize: {}}]\n")))

    assert own.after == (AfterHelm("spec.postRenderers", "web.yaml"),)
    assert own.notes == ()


@pytest.mark.parametrize(
    "patch",
    [
        "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: web}, spec: {postRenderers: [{kustomize: {}}]}}",
        "[{op: add, path: /spec/postRenderers, value: [{kustomize: {}}]}]",
    ],
)
def test_post_renderers_that_a_patch_gives_are_in_its_file(repo, patch):
    base = with_source(kustomization_yaml="resources: [web.yaml, acme.yaml]\n")
    files = {f"base/{name}": text for name, text in base.items()}
    files["eu/kustomization.yaml"] = (
        "resources: [../base]\npatches: [{path: p.yaml, target: {kind: HelmRelease}}]\n"
    )
    files["eu/p.yaml"] = patch

    assert one(repo.estate(files)).after == (AfterHelm("spec.postRenderers", "eu/p.yaml"),)


def test_kustomizations_that_deploy_themselves_are_no_endless_chain(repo):
    files = {f"cluster/{name}": text for name, text in with_source().items()}
    files["cluster/flux.yaml"] = (
        flux("flux-system", "cluster") + "---" + flux("other", "cluster", "  targetNamespace: there")
    )

    assert [found.id for found in repo.estate(files).releases] == ["shop/web", "there/web"]


def test_path_in_an_artifact_is_found_where_it_is_copied_from(repo):
    files = {f"apps/production/{name}": text for name, text in with_source().items()}
    files["cluster.yaml"] = flux("apps", "production", "  targetNamespace: live").replace(
        "kind: GitRepository, name: flux-system", "kind: ExternalArtifact, name: apps"
    )
    files["artifact.yaml"] = """
        apiVersion: source.extensions.fluxcd.io/v1beta1
        kind: ArtifactGenerator
        metadata: {name: flux-system}
        spec:
          artifacts:
            - name: apps
              copy: [{from: '@repo/apps/base/**', to: '@artifact/base/'}, {from: '@repo/apps/production/**', to: '@artifact/production/'}]
        """

    assert one(repo.estate(files)).id == "live/web"


def test_patch_of_a_remote_base_is_not_resolved(repo):
    patch = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: far}\nspec: {values: {a: 1}}\n"
    files = with_source(p_yaml=patch)
    files["kustomization.yaml"] = (
        "resources: [web.yaml, acme.yaml, 'https://example.com/x//y?ref=v1']\npatches: [{path: p.yaml}]\n"
    )

    estate = repo.estate(files)

    assert [found.name for found in estate.releases] == ["web"]
    assert [(found.name, found.file) for found in estate.unresolved] == [("far", "p.yaml")]


@pytest.mark.parametrize(
    ("field", "resolved"), [("spec.values.image.tag", True), ("spec.chart.spec.version", False)]
)
def test_replacement_is_named(repo, field, resolved):
    text = f"""
        resources: [web.yaml, acme.yaml]
        replacements:
          - source: {{kind: ConfigMap, name: x, fieldPath: data.y}}
            targets: [{{select: {{kind: HelmRelease}}, fieldPaths: [{field}]}}]
        """

    estate = repo.estate(with_source(kustomization_yaml=text))

    assert bool(estate.releases) is resolved
    if resolved:
        assert estate.releases[0].layers[-1].reason == "a kustomize replacement sets values"
    else:
        assert "replacement" in estate.unresolved[0].reason


@pytest.mark.parametrize(
    ("ref", "revision"),
    [
        ("branch: main", ""),
        ("branch: production", "production"),
        # A branch says where the commit is found, and is not what is deployed.
        ("branch: main, commit: 8f3e2a", "8f3e2a"),
        ("branch: main, tag: v1.2", "v1.2"),
        ("name: refs/heads/next", "next"),
    ],
)
def test_revision_that_is_not_the_base_is_said(repo, ref, revision):
    files = {f"apps/{name}": text for name, text in with_source().items()}
    files["cluster.yaml"] = flux("apps", "apps")
    files["git.yaml"] = GIT.replace("name: shop,", "name: flux-system,").replace("branch: main", ref)

    assert one(repo.estate(files)).revision == revision


# --- sealed values


SEALED = "sops:\n  mac: ENC[AES256_GCM,data:x]\n"


def test_sealed_values_are_not_read(repo):
    files = with_source("  values: {a: 1}\n")
    files["web.yaml"] += SEALED

    assert one(repo.estate(files)).layers[0].reason == "web.yaml is sealed with SOPS"


@pytest.mark.parametrize(("value", "form"), [("plain", "map"), ("ENC[AES256_GCM,data:y]", "unread")])
def test_seal_over_encrypted_values_alone_lets_plain_ones_be_read(repo, value, form):
    files = with_source(f"  values: {{a: '{value}'}}\n")
    files["web.yaml"] += SEALED + "  mac_only_encrypted: true\n"

    assert one(repo.estate(files)).layers[0].form == form


def test_builds_of_several_clusters_are_told_apart_by_name(repo):
    files = {f"base/{name}": text for name, text in with_source("  values: {a: 1}\n").items()}
    files["base/kustomization.yaml"] = "resources: [web.yaml, acme.yaml]\n"
    for name in ("eu", "us"):
        more = f"  patches: [{{target: {{kind: HelmRelease}}, patch: '[{{op: add, path: /spec/values/b, value: {name}}}]'}}]\n"
        files[f"clusters/{name}/apps.yaml"] = flux("apps", "base", more)

    assert [found.object for found in repo.estate(files).releases] == ["web@clusters/eu", "web@clusters/us"]


def test_release_that_is_no_yaml_has_a_reason(repo):
    estate = repo.estate({"web.yaml": release("  values: {a: [}\n") + "--- \nkind: Service\n"})

    assert [(found.file, found.line, found.reason) for found in estate.unresolved] == [
        ("web.yaml", 1, "it is no YAML (line 12: did not find expected node content)")
    ]


def test_release_in_a_list_is_named(repo):
    item = release().replace("\n", "\n  ").replace("apiVersion", "- apiVersion", 1)
    text = f"apiVersion: v1\nkind: List\nitems:{item}\n"

    assert [found.reason for found in repo.estate({"all.yaml": text}).unresolved] == [
        "it is an item of a List, which is not read"
    ]


def test_root_of_another_repository_is_not_taken_for_this_one(repo):
    files = with_source()
    files["cluster.yaml"] = flux("other", ".", "  targetNamespace: there").replace(
        "name: flux-system}", "name: other}"
    )

    assert one(repo.estate(files)).id == "shop/web"

    files["git.yaml"] = GIT.replace("name: shop,", "name: other,")
    assert one(repo.estate(files, urls=["https://example.com/acme/shop"])).id == "there/web"


def test_root_is_built_where_its_source_builds_other_folders_here(repo):
    files = {**with_source(), "apps/empty.yaml": ""}
    files["cluster.yaml"] = flux("root", ".", "  targetNamespace: there") + "---" + flux("apps", "apps")

    assert one(repo.estate(files)).id == "there/web"


def test_source_may_hold_a_folder_of_the_repository(repo):
    files = {f"kubernetes/apps/web/{name}": text for name, text in with_source().items()}
    files["kubernetes/clusters/eu/ks.yaml"] = flux("apps", "apps/web", "  targetNamespace: eu")

    assert one(repo.estate(files)).id == "eu/web"


def test_the_source_of_another_cluster_says_nothing_of_this_one(repo):
    """Both clusters call their source alike, and that of one is made where no file tells."""
    files = {f"apps/{name}": text for name, text in with_source().items()}
    source = GIT.replace("name: shop,", "name: flux-system,").replace("branch: main", "branch: dev")
    files["clusters/dev/config/git.yaml"] = source
    files["clusters/dev/config/apps.yaml"] = flux("apps", "apps")
    files["clusters/prod/infra/apps.yaml"] = flux("apps", "apps")

    found = {release.build: release.revision for release in repo.estate(files).releases}

    assert found == {"clusters/dev/config": "dev", "clusters/prod/infra": ""}


def test_the_source_may_stand_in_a_folder_beside(repo):
    files = {f"apps/{name}": text for name, text in with_source().items()}
    source = GIT.replace("name: shop,", "name: flux-system,").replace("branch: main", "branch: dev")
    files["clusters/prod/sources/git.yaml"] = source
    files["clusters/prod/infra/apps.yaml"] = flux("apps", "apps")

    assert one(repo.estate(files)).revision == "dev"


def test_everything_that_is_known_of_a_release(repo):
    more = "  releaseName: shop-web\n  targetNamespace: there\n  kubeConfig: {secretRef: {name: other}}\n"
    files = {f"apps/{name}": text for name, text in with_source(more).items()}
    files["apps/web.yaml"] = "# said\n---\n" + files["apps/web.yaml"]
    files["clusters/eu/apps.yaml"] = flux("apps", "apps")

    found = one(repo.estate(files))

    assert (found.way, found.id, found.object, found.file) == (
        "helmrelease",
        "there/shop-web",
        "web",
        "apps/web.yaml",
    )
    assert (found.document, found.line, found.build, found.revision) == (0, 4, "clusters/eu", "")
    assert found.notes == ("it is deployed to another cluster",)
    assert (found.by_version, found.after) == (False, ())
    assert found.version_at == ("apps/web.yaml", 0, ("spec", "chart", "spec", "version"))


@pytest.mark.parametrize(
    ("more", "files", "lenient"),
    [
        (
            "valuesFiles: [values.yaml, env/eu.yaml], ignoreMissingValuesFiles: true",
            ("values.yaml", "env/eu.yaml"),
            True,
        ),
        ("valuesFiles: [a.yaml], ignoreMissingValuesFiles: false", ("a.yaml",), False),
        ("valuesFiles: [a.yaml], ignoreMissingValuesFiles: 'true'", ("a.yaml",), False),
        ("valuesFiles: [a.yaml]", ("a.yaml",), False),
        ("valuesFile: a.yaml, ignoreMissingValuesFiles: true", ("a.yaml",), True),
        # The list counts where both are given; without either the flag says nothing.
        ("valuesFile: a.yaml, valuesFiles: [b.yaml]", ("b.yaml",), False),
        ("ignoreMissingValuesFiles: true", (), False),
    ],
)
@pytest.mark.parametrize(
    "source",
    [
        {"kind": "HelmRepository", "url": "https://charts.example.com"},
        {"kind": "HelmRepository", "url": "oci://ghcr.io/acme", "type": "oci"},
        {"kind": "GitRepository", "url": "https://example.com/other.git"},
    ],
)
def test_files_in_place_of_the_values_of_a_chart(repo, source, more, files, lenient):
    kind = source["kind"]
    spec = ", ".join(f"{key}: '{value}'" for key, value in source.items() if key != "kind")
    chart = f"  chart: {{spec: {{chart: web, version: 1.2.3, sourceRef: {{kind: {kind}, name: acme}}, {more}}}}}\n"
    made = {"web.yaml": release(chart=chart), "acme.yaml": REPOSITORY.replace("HelmRepository", kind)}
    made["acme.yaml"] = made["acme.yaml"].replace("url: https://charts.example.com", spec)

    found = one(repo.estate(made))

    assert (found.origin.values_files, found.origin.lenient) == (files, lenient)
