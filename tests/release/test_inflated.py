"""Charts that a kustomization inflates: where they are from, and their values in kustomize's order."""

import pytest

from migrate_dhi.release.release import AfterHelm, Origin
from tests.release.conftest import layers, one

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


def kustomization(entry, more=""):
    return f"{HEAD}{more}helmCharts:\n  - {entry}\n"


REMOTE = (
    "{name: web, repo: 'https://charts.example.com', version: 1.2.3, releaseName: shop, namespace: there%s}"
)


def test_chart_of_a_repository(repo):
    found = one(repo.estate({"web/kustomization.yaml": kustomization(REMOTE % "")}))

    assert (found.way, found.id, found.file, found.object) == (
        "kustomize",
        "there/shop",
        "web/kustomization.yaml",
        "web",
    )
    assert found.origin == Origin("repository", "web", "1.2.3", "https://charts.example.com")
    assert layers(found) == [("map", "web/kustomization.yaml", 0, ("helmCharts", 0, "valuesInline"))]


@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        ("", ["web/values.yaml", "web/kustomization.yaml", "web/more.yaml"]),
        (", valuesMerge: override", ["web/values.yaml", "web/kustomization.yaml", "web/more.yaml"]),
        (", valuesMerge: merge", ["web/kustomization.yaml", "web/values.yaml", "web/more.yaml"]),
        (", valuesMerge: replace", ["web/kustomization.yaml", "web/more.yaml"]),
    ],
)
def test_order_of_values(repo, merge, expected):
    entry = (
        REMOTE
        % f", valuesFile: values.yaml, valuesInline: {{a: 2}}, additionalValuesFiles: [more.yaml]{merge}"
    )
    files = {
        "web/kustomization.yaml": kustomization(entry),
        "web/values.yaml": "a: 1\n",
        "web/more.yaml": "b: 3\n",
    }

    found = one(repo.estate(files))

    assert [layer.file for layer in found.layers] == expected
    assert repo.values(found) == {"a": 1 if merge.endswith("merge") else 2, "b": 3}


@pytest.mark.parametrize(
    ("entry", "more", "path"),
    [
        ("{name: web, releaseName: web}", "", "apps/charts/web"),
        ("{name: web, releaseName: web}", "helmGlobals: {chartHome: ../parts}\n", "parts/web"),
        (
            "{name: web, releaseName: web, repo: 'https://x.example.com', version: 1.0.0}",
            "",
            "apps/charts/web-1.0.0/web",
        ),
    ],
)
def test_chart_beside_the_kustomization_is_used(repo, entry, more, path):
    files = {"apps/kustomization.yaml": kustomization(entry, more)}
    files |= {f"{where}/": "" for where in ("apps/charts/web", "parts/web", "apps/charts/web-1.0.0/web")}

    found = next(release for release in repo.estate(files).releases if release.way == "kustomize")

    assert (found.origin.kind, found.origin.path) == ("directory", path)


def test_chart_that_is_not_there_has_a_reason(repo):
    estate = repo.estate({"kustomization.yaml": kustomization("{name: web}")})

    assert [found.reason for found in estate.unresolved] == ["there is no chart at charts/web"]


def test_chart_of_a_registry_without_a_release_name(repo):
    found = one(
        repo.estate(
            {"kustomization.yaml": kustomization("{name: web, repo: 'oci://ghcr.io/acme', version: '1'}")}
        )
    )

    assert (found.id, found.origin.url) == ("default/release-name", "oci://ghcr.io/acme/web")


def test_each_build_is_a_release_and_builds_that_are_alike_are_one(repo):
    entry = "{name: web, repo: 'https://charts.example.com', version: 1.2.3, releaseName: shop}"
    files = {"base/kustomization.yaml": kustomization(entry)}
    for name, space in (("eu", "eu"), ("us", "us"), ("us2", "us")):
        files[f"{name}/kustomization.yaml"] = f"{HEAD}resources: [../base]\nnamespace: {space}\n"

    estate = repo.estate(files)

    assert [found.id for found in estate.releases] == ["eu/shop", "us/shop"]
    assert "before 5.8" in estate.releases[0].notes[0]


def test_chart_by_a_generator_file(repo):
    text = """
        apiVersion: builtin
        kind: HelmChartInflationGenerator
        metadata: {name: any}
        name: web
        repo: https://charts.example.com
        version: 1.2.3
        releaseName: shop
        valuesInline: {a: 1}
        """

    found = one(repo.estate({"kustomization.yaml": HEAD + "generators: [helm.yaml]\n", "helm.yaml": text}))

    assert layers(found) == [("map", "helm.yaml", 0, ("valuesInline",))]
    assert repo.values(found) == {"a": 1}


def test_what_is_not_read_or_not_looked_at_is_said(repo):
    entry = (
        REMOTE
        % ", valuesFile: nowhere.yaml, valuesInline: {a: null}, additionalValuesFiles: ['https://x.example.com/v.yaml']"
    )
    more = "patches: [{path: p.yaml}]\nimages: [{name: x, newTag: y}]\n"

    found = one(repo.estate({"kustomization.yaml": kustomization(entry, more)}))

    assert [layer.reason for layer in found.layers if layer.form == "unread"] == [
        "nowhere.yaml is not there",
        "the values file https://x.example.com/v.yaml is fetched by kustomize",
    ]
    assert [note.partition(" ")[0] for note in found.notes] == ["a"]
    assert found.after == (
        AfterHelm("patches", "kustomization.yaml"),
        AfterHelm("images", "kustomization.yaml"),
    )


@pytest.mark.parametrize(
    ("inline", "count"),
    [("{a: null}", 1), ("{a: {b: null}}", 1), ("{a: {b: 1}}", 0), ("{a: [null]}", 0), ("{}", 0)],
)
def test_a_null_that_may_be_lost_is_noted(repo, inline, count):
    found = one(repo.estate({"kustomization.yaml": kustomization(REMOTE % f", valuesInline: {inline}")}))

    assert len(found.notes) == count


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("images: [{name: x, newTag: y}]\n", (AfterHelm("images", "eu/kustomization.yaml"),)),
        (
            "patches: [{patch: '{kind: Deployment, apiVersion: apps/v1, metadata: {name: web}}'}]\n",
            (AfterHelm("patches", "eu/kustomization.yaml"),),
        ),
        (
            "patches: [{patch: '{kind: Application, apiVersion: argoproj.io/v1alpha1, metadata: {name: other}}'}]\n",
            (),
        ),
        ("", ()),
    ],
)
def test_what_a_build_above_lays_over_the_manifests_is_said(repo, more, expected):
    files = {
        "base/kustomization.yaml": kustomization(REMOTE % "", "resources: [other.yaml]\n"),
        "base/other.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: other}\n"
        "spec: {source: {repoURL: 'https://charts.example.com', chart: other, targetRevision: 1.0.0}}\n",
        "eu/kustomization.yaml": f"{HEAD}resources: [../base]\n{more}",
    }

    found = next(release for release in repo.estate(files).releases if release.way == "kustomize")

    assert found.after == expected


def test_images_of_a_flux_kustomization_are_laid_over_the_manifests(repo):
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web, namespace: flux}\n"
        "spec:\n  path: ./web\n  sourceRef: {kind: GitRepository, name: flux}\n"
        "  images: [{name: x, newTag: y}]\n"
        "  patches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /spec/x}]'}]\n"
    )

    found = one(repo.estate({"flux.yaml": flux, "web/kustomization.yaml": kustomization(REMOTE % "")}))

    assert found.after == (
        AfterHelm("spec.images", "flux.yaml"),
        AfterHelm("spec.patches", "flux.yaml"),
    )


def test_patch_of_everything_does_not_reach_the_chart(repo):
    more = "patches:\n  - target: {name: '.*'}\n    patch: '[{op: add, path: /metadata/name, value: x}]'\n"

    assert one(repo.estate({"kustomization.yaml": kustomization(REMOTE % "", more)})).name == "shop"


@pytest.mark.parametrize(("path", "images"), [("web", True), ("./web/", True), ("other", False)])
def test_images_of_an_application_are_laid_over_the_manifests(repo, path, images):
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\n"
        f"spec: {{source: {{repoURL: 'https://git.example.com/a', path: {path}, "
        "kustomize: {images: ['x=y:1'], namePrefix: a-}}}\n"
    )

    found = repo.estate({"app.yaml": application, "web/kustomization.yaml": kustomization(REMOTE % "")})
    release = next(one for one in found.releases if one.way == "kustomize")

    assert release.after == ((AfterHelm("spec.source.kustomize.images", "app.yaml"),) if images else ())


@pytest.mark.parametrize("used", [False, True])
def test_chart_of_a_component_that_nothing_builds_is_named(repo, used):
    component = kustomization(REMOTE % "").replace("kind: Kustomization", "kind: Component")
    files = {"parts/web/kustomization.yaml": component, "eu/kustomization.yaml": HEAD}
    if used:
        files["eu/kustomization.yaml"] += "components: [../parts/web]\n"

    found = repo.estate(files)

    assert [(release.way, release.build) for release in found.releases] == [("kustomize", "eu")] * used
    assert [(one.name, one.file, one.line, one.reason) for one in found.unresolved] == [
        ("web", "parts/web/kustomization.yaml", 1, "nothing here builds its component")
    ] * (not used)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("", ("there/shop", "web", "", ())),
        (", kubeVersion: v1.30.0", ("there/shop", "web", "v1.30.0", ())),
        (", apiVersions: [a/v1, b/v1]", ("there/shop", "web", "", ("a/v1", "b/v1"))),
    ],
)
def test_what_an_entry_says_of_its_release(repo, entry, expected):
    text = f"# said\n\n{kustomization(REMOTE % entry)}"

    found = one(repo.estate({"web/kustomization.yaml": text}))

    assert (found.id, found.object, found.kube_version, found.api_versions) == expected
    assert (found.document, found.line, found.build, found.revision, found.notes) == (0, 3, "web", "", ())


def test_a_release_of_the_charts_own_name_needs_no_other(repo):
    entry = "{name: web, releaseName: web, namespace: n, repo: 'https://c.example', version: '1'}"

    found = one(repo.estate({"kustomization.yaml": kustomization(entry)}))

    assert (found.id, found.object, found.build) == ("n/web", "", ".")


@pytest.mark.parametrize(("branch", "expected"), [("main", ""), ("production", "production")])
def test_what_flux_builds_of_another_branch_is_said(repo, branch, expected):
    flux = f"""
        apiVersion: kustomize.toolkit.fluxcd.io/v1
        kind: Kustomization
        metadata: {{name: apps, namespace: flux-system}}
        spec: {{path: ./web, sourceRef: {{kind: GitRepository, name: here}}}}
        ---
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: GitRepository
        metadata: {{name: here, namespace: flux-system}}
        spec: {{url: 'https://example.com/a.git', ref: {{branch: {branch}}}}}
        """

    found = one(repo.estate({"cluster.yaml": flux, "web/kustomization.yaml": kustomization(REMOTE % "")}))

    assert (found.revision, found.build) == (expected, ".")


@pytest.mark.parametrize(
    ("entry", "name", "noted"),
    [
        ("nameTemplate: front", "front", False),
        ("nameTemplate: '{{ \"Front\" | lower }}-end '", "front-end", False),
        # helm refuses both; the name is what counts where kustomize is asked for it.
        ("releaseName: shop, nameTemplate: front", "shop", False),
        # No two builds agree on it.
        ("nameTemplate: 'web-{{ randAlpha 8 | lower }}'", "release-name", True),
        ("nameTemplate: '{{ nothing }}'", "release-name", True),
        ("version: 1.2.3", "release-name", False),
    ],
)
def test_a_name_by_a_template(repo, entry, name, noted):
    text = kustomization(f"{{name: web, repo: 'https://charts.example.com', {entry}}}")

    found = one(repo.estate({"web/kustomization.yaml": text}))

    assert (found.name, any("nameTemplate" in note for note in found.notes)) == (name, noted)


def test_a_kustomization_that_is_no_yaml_is_told_with_what_that_means(repo):
    estate = repo.estate({"web/kustomization.yaml": "helmCharts: a: b\n", "kustomization.yaml": "a: b: c\n"})

    assert [(found.name, found.file) for found in estate.unresolved] == [
        (".", "kustomization.yaml"),
        ("web", "web/kustomization.yaml"),
    ]
    assert all(
        found.reason.endswith("; what it lists is taken as if nothing changed it")
        for found in estate.unresolved
    )


def test_a_values_file_of_a_chart_that_is_there_can_be_written(repo):
    files = {"web/kustomization.yaml": kustomization(REMOTE % ", valuesFile: v.yaml"), "web/v.yaml": "a: 1\n"}

    found = one(repo.estate(files))

    assert found.layers[0].edit(("a",), 2, {}).file == "web/v.yaml"
    assert (found.notes, found.layers[0].reason) == ((), "")
