"""Argo CD Applications: which source is a chart, and where each of its values stands, in order of precedence."""

import pytest

from migrate_dhi.release.release import Origin
from tests.release.conftest import layers, one

HELM = ("spec", "source", "helm")


def app(source, *, more="", name="web"):
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  destination: {{namespace: shop, server: https://kubernetes.default.svc}}
  {source}
{more}
"""


REMOTE = "source: {repoURL: 'https://charts.example.com', chart: web, targetRevision: 1.2.3%s}"
LOCAL = "source: {repoURL: 'https://example.com/acme/shop.git', path: apps/web, targetRevision: HEAD%s}"
HERE = {"urls": ["git@example.com:acme/shop.git"]}


# --- what it is


def test_chart_of_a_repository(repo):
    found = one(repo.estate({"web.yaml": app(REMOTE % "")}))

    assert (found.way, found.id, found.file, found.line, found.object) == (
        "application",
        "shop/web",
        "web.yaml",
        1,
        "",
    )
    assert found.origin == Origin("repository", "web", "1.2.3", "https://charts.example.com")


def test_release_without_values_has_a_place_for_an_edit(repo):
    found = one(repo.estate({"web.yaml": app(REMOTE % "")}))

    assert layers(found) == [("map", "web.yaml", 0, (*HELM, "valuesObject"))]
    assert found.layers[0].edit(("image", "tag"), "2", {}).path == (*HELM, "valuesObject", "image", "tag")


def test_chart_in_this_repository_is_listed_under_the_application(repo):
    estate = repo.estate({"web.yaml": app(LOCAL % ""), "apps/web/": "", "apps/mail/": ""}, **HERE)

    assert [(found.way, found.name) for found in estate.releases] == [
        ("application", "web"),
        ("chart", "mail"),
    ]
    assert estate.releases[0].origin == Origin("directory", "web", "1.0.0", path="apps/web")
    assert estate.releases[0].notes == ()
    assert estate.readers("apps/web/templates/a.yaml") == estate.releases[:1]


def test_repository_is_assumed_by_the_path_and_that_is_said(repo):
    found = one(repo.estate({"web.yaml": app(LOCAL % ""), "apps/web/": ""}))

    assert found.notes == (
        "https://example.com/acme/shop.git is taken for this repository: it has the chart apps/web",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "repoURL: 'oci://ghcr.io/acme/charts', chart: web, targetRevision: '1'",
            Origin("oci", "web", "1", "oci://ghcr.io/acme/charts/web"),
        ),
        (
            "repoURL: ghcr.io/acme/charts, chart: web, targetRevision: '1'",
            Origin("oci", "web", "1", "oci://ghcr.io/acme/charts/web"),
        ),
        (
            "repoURL: 'oci://ghcr.io/acme/charts/web', path: ., targetRevision: '1'",
            Origin("oci", "web", "1", "oci://ghcr.io/acme/charts/web"),
        ),
        ("repoURL: 'https://example.com/x.git', path: charts/web, targetRevision: v1, helm: {}", None),
        (
            "repoURL: 'https://example.com/x.git', path: charts/web, targetRevision: v1, helm: {releaseName: web}",
            Origin("git", "web", "v1", "https://example.com/x.git", "charts/web"),
        ),
    ],
)
def test_origin(repo, source, expected):
    estate = repo.estate({"web.yaml": app(f"source: {{{source}}}")})

    assert [found.origin for found in estate.releases] == ([expected] if expected else [])
    assert bool(estate.unresolved) is (expected is None)


@pytest.mark.parametrize(
    "source",
    [
        "source: {repoURL: 'https://example.com/x.git', path: manifests, directory: {recurse: true}}",
        "source: {repoURL: 'https://example.com/x.git', path: manifests, kustomize: {namePrefix: a-}}",
        "source: {repoURL: 'https://example.com/acme/shop.git', path: manifests}",
    ],
)
def test_source_that_is_no_chart_is_no_release(repo, source):
    estate = repo.estate({"web.yaml": app(source), "manifests/a.yaml": "kind: Service\n"}, **HERE)

    assert (estate.releases, estate.unresolved) == ((), ())


def test_chart_beside_a_kustomization_is_one_only_where_helm_is_set(repo):
    files = {"apps/web/": "", "apps/web/kustomization.yaml": "resources: []\n"}

    assert not [
        r for r in repo.estate({**files, "web.yaml": app(LOCAL % "")}).releases if r.way == "application"
    ]
    assert (
        one(repo.estate({**files, "web.yaml": app(LOCAL % ", helm: {releaseName: x}")})).way == "application"
    )


def test_path_elsewhere_may_be_a_chart(repo):
    source = "source: {repoURL: 'https://example.com/x.git', path: charts/web}"

    estate = repo.estate({"web.yaml": app(source)}, **HERE)

    assert [found.reason for found in estate.unresolved] == [
        "whether charts/web of https://example.com/x.git is a chart is not known here"
    ]


def test_plugin_renders_what_is_not_known(repo):
    estate = repo.estate({"web.yaml": app(LOCAL % ", plugin: {name: vault}"), "apps/web/": ""})

    assert "plugin" in estate.unresolved[0].reason


# --- name and namespace


@pytest.mark.parametrize(
    ("helm", "expected", "object_"),
    [
        ("", "shop/web", ""),
        (", helm: {releaseName: other}", "shop/other", "web"),
        (", helm: {namespace: there}", "there/web", ""),
    ],
)
def test_name_and_namespace(repo, helm, expected, object_):
    found = one(repo.estate({"web.yaml": app(REMOTE % helm)}))

    assert (found.id, found.object) == (expected, object_)


def test_kubernetes_that_it_names(repo):
    found = one(
        repo.estate({"web.yaml": app(REMOTE % ", helm: {kubeVersion: 1.30.0, apiVersions: [acme.io/v1]}")})
    )

    assert (found.kube_version, found.api_versions) == ("1.30.0", ("acme.io/v1",))


@pytest.mark.parametrize(("revision", "expected"), [("HEAD", ""), ("main", ""), ("production", "production")])
def test_revision_that_is_not_the_base(repo, revision, expected):
    files = {"web.yaml": app((LOCAL % "").replace("HEAD", revision)), "apps/web/": ""}

    assert one(repo.estate(files)).revision == expected


# --- layers


ALL = """\
source:
    repoURL: https://charts.example.com
    chart: web
    targetRevision: 1.2.3
    helm:
      parameters: [{name: image.tag, value: '4'}, {name: image.tag, value: '5', forceString: true}]
      valuesObject: {image: {tag: '3', registry: quay.io}}
      values: |
        image: {tag: '2'}
        ignored: true
"""


def test_parameters_beat_the_object_and_the_object_takes_the_place_of_the_text(repo):
    found = one(repo.estate({"web.yaml": app(ALL)}))

    assert layers(found) == [
        ("map", "web.yaml", 0, (*HELM, "valuesObject")),
        ("parameters", "web.yaml", 0, (*HELM, "parameters")),
    ]
    assert repo.values(found) == {"image": {"tag": "5", "registry": "quay.io"}}


def test_text_is_a_layer_where_there_is_no_object(repo):
    found = one(
        repo.estate(
            {"web.yaml": app(ALL.replace("valuesObject: {image: {tag: '3', registry: quay.io}}", ""))}
        )
    )

    assert layers(found)[0] == ("text", "web.yaml", 0, (*HELM, "values"))
    assert repo.values(found) == {"image": {"tag": "5"}, "ignored": True}


@pytest.mark.parametrize(
    ("helm", "expected"),
    [
        ("{valuesObject: {a: 1}, values: 'a: 2'}", {"a": 1}),
        ("{valuesObject: {}, values: 'a: 2'}", {}),
        ("{valuesObject: null, values: 'a: 2'}", {"a": 2}),
        ("{values: 'a: 2'}", {"a": 2}),
        ("{values: ''}", {}),
        ("{values: 'a: 2', parameters: [{name: a, value: '3'}]}", {"a": 3}),
        ("{parameters: [{name: a}]}", {"a": ""}),
        ("{parameters: [{name: a, value: null}]}", {"a": ""}),
        ("{parameters: [{name: a, value: '3', forceString: true}]}", {"a": "3"}),
        ("{parameters: [{name: a, value: 'x,y'}]}", {"a": "x,y"}),
        ("{parameters: [{name: a, value: '{x,y}'}]}", {"a": ["x", "y"]}),
        (
            "{parameters: [{name: 'a[1].b', value: x}], values: 'a: [{b: 1}, {b: 2, c: 3}]'}",
            {"a": [{"b": 1}, {"b": "x", "c": 3}]},
        ),
        ("{parameters: [{name: a.b, value: x}, {name: a, value: z}]}", {"a": "z"}),
    ],
)
def test_inline_values(repo, helm, expected):
    found = one(repo.estate({"web.yaml": app(REMOTE % f", helm: {helm}")}))

    assert repo.values(found) == expected


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("a.b", ("a", "b")),
        ("a[0].b", ("a", 0, "b")),
        ("a\\.b", ("a.b",)),
        # None that Helm takes: everything may lie there.
        ("a[", ()),
        ("a[x]", ()),
        ("a..b", ()),
        ("''", ()),
    ],
)
def test_where_a_file_parameter_may_lie(repo, name, at):
    entry = f"{{name: {name}, path: b.txt}}" if "[" not in name else f"{{name: '{name}', path: b.txt}}"

    found = one(repo.estate({"web.yaml": app(REMOTE % f", helm: {{fileParameters: [{entry}]}}")}))

    assert (found.layers[-1].form, found.layers[-1].at) == ("unread", at)


def test_file_parameters_are_named(repo):
    found = one(repo.estate({"web.yaml": app(REMOTE % ", helm: {fileParameters: [{name: a, path: b.txt}]}")}))

    assert found.layers[-1].reason == "fileParameters: a is the content of b.txt"


def test_values_files_are_layers_in_order_below_the_rest(repo):
    helm = ", helm: {valueFiles: [values.yaml, ../../env/prod.yaml, /env/eu.yaml], valuesObject: {a: 4}}"
    files = {
        "web.yaml": app(LOCAL % helm),
        "apps/web/": "",
        "apps/web/values.yaml": "a: 1\n",
        "env/prod.yaml": "a: 2\n",
        "env/eu.yaml": "a: 3\nb: 3\n",
    }

    found = one(repo.estate(files))

    assert [layer.file for layer in found.layers] == [
        "apps/web/values.yaml",
        "env/prod.yaml",
        "env/eu.yaml",
        "web.yaml",
    ]
    assert repo.values(found) == {"a": 4, "b": 3}
    assert repo.estate().readers("env/eu.yaml") == (found,)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("missing.yaml", "apps/web/missing.yaml is not there"),
        (
            "https://example.com/values.yaml",
            "the values file https://example.com/values.yaml is fetched by Argo CD",
        ),
        ("$other/values.yaml", "the values file $other/values.yaml refers to no source"),
        ("secret.yaml", "apps/web/secret.yaml is sealed with SOPS"),
        ("'<path:x#y>.yaml'", "the values file <path:x#y>.yaml has a placeholder that is not known here"),
    ],
)
def test_values_file_that_is_not_read_is_named(repo, entry, expected):
    files = {
        "web.yaml": app(LOCAL % f", helm: {{valueFiles: [{entry}]}}"),
        "apps/web/": "",
        "apps/web/secret.yaml": "a: 1\nsops: {mac: x}\n",
    }

    assert one(repo.estate(files)).layers[0].reason == expected


def test_missing_values_file_may_be_ignored_and_a_pattern_is_followed(repo):
    helm = ", helm: {ignoreMissingValueFiles: true, valueFiles: [missing.yaml, 'env/*.yaml']}"
    files = {
        "web.yaml": app(LOCAL % helm),
        "apps/web/": "",
        "apps/web/env/b.yaml": "",
        "apps/web/env/a.yaml": "",
        "apps/web/env/c/d.yaml": "",
    }

    assert [layer.file for layer in one(repo.estate(files)).layers[:-1]] == [
        "apps/web/env/a.yaml",
        "apps/web/env/b.yaml",
    ]


def test_values_file_inside_a_fetched_chart_is_not_known_and_its_own_says_nothing(repo):
    found = one(
        repo.estate({"web.yaml": app(REMOTE % ", helm: {valueFiles: [values.yaml, values-prod.yaml]}")})
    )

    assert [layer.reason for layer in found.layers[:-1]] == [
        "the values file values-prod.yaml is inside the chart"
    ]


SOURCES = """\
sources:
    - {repoURL: 'https://charts.example.com', chart: web, targetRevision: 1.2.3, helm: {valueFiles: [$here/env/prod.yaml]}}
    - {repoURL: 'https://example.com/acme/shop.git', ref: here, path: any, targetRevision: %s}
"""


def test_reference_names_a_file_from_the_root_of_its_repository(repo):
    found = one(
        repo.estate({"web.yaml": app(SOURCES % "main"), "env/prod.yaml": "a: 1\n", "any/a.yaml": ""}, **HERE)
    )

    assert layers(found) == [
        ("file", "env/prod.yaml", 0, ()),
        ("map", "web.yaml", 0, ("spec", "sources", 0, "helm", "valuesObject")),
    ]


def test_revision_that_is_filled_in_elsewhere_is_taken_for_the_base(repo):
    files = {"web.yaml": app(SOURCES % "<BRANCH>"), "env/prod.yaml": "a: 1\n", "any/a.yaml": ""}
    found = one(repo.estate(files, **HERE))

    assert layers(found)[0] == ("file", "env/prod.yaml", 0, ())
    assert "<BRANCH> is filled in elsewhere: it is taken for the revision that is planned" in found.notes


def test_reference_to_another_repository_or_revision_is_not_read(repo):
    files = {"web.yaml": app(SOURCES % "production"), "env/prod.yaml": "a: 1\n", "any/a.yaml": ""}
    elsewhere = {"web.yaml": app(SOURCES % "main")}

    assert (
        one(repo.estate(files, **HERE)).layers[0].reason
        == "the values file env/prod.yaml is read from production"
    )
    (repo.root / "env/prod.yaml").unlink()
    found = one(repo.estate(elsewhere, urls=["https://example.com/acme/other"]))
    assert found.layers[0].reason == "the values file env/prod.yaml is in https://example.com/acme/shop.git"


def test_several_charts_share_a_name_and_are_told_apart(repo):
    source = """sources:
    - {repoURL: 'https://charts.example.com', chart: web, targetRevision: '1'}
    - {repoURL: 'https://charts.example.com', chart: db, targetRevision: '2'}
"""

    estate = repo.estate({"web.yaml": app(source)})

    assert [(found.name, found.object, found.origin.name) for found in estate.releases] == [
        ("web", "web[0]", "web"),
        ("web", "web[1]", "db"),
    ]


def test_hydrator_beats_sources_and_they_beat_the_one(repo):
    source = (
        "sources: [{repoURL: 'https://charts.example.com', chart: b, targetRevision: '1'}]\n  " + REMOTE % ""
    )
    dry = "  sourceHydrator: {drySource: {repoURL: 'https://charts.example.com', chart: c, targetRevision: '1'}}\n"

    assert one(repo.estate({"web.yaml": app(source)})).origin.name == "b"
    found = one(repo.estate({"web.yaml": app(source, more=dry)}))
    assert (found.origin.name, found.layers[0].path) == (
        "c",
        ("spec", "sourceHydrator", "drySource", "helm", "valuesObject"),
    )


def test_written_back_file_of_an_application_in_any_namespace(repo):
    files = {
        "web.yaml": app(LOCAL % ""),
        "apps/web/": "",
        "apps/web/.argocd-source-argocd_web.yaml": "helm: {parameters: [{name: image.tag, value: '2'}]}\n",
    }

    assert repo.values(one(repo.estate(files))) == {"image": {"tag": 2}}


def test_written_back_parameters_take_the_place_of_the_list(repo):
    files = {
        "web.yaml": app(LOCAL % ", helm: {parameters: [{name: image.tag, value: '1'}, {name: a, value: b}]}"),
        "apps/web/": "",
        "apps/web/.argocd-source-web.yaml": "helm:\n  parameters: [{name: image.tag, value: 2.0.0, forcestring: true}]\n",
        "apps/web/.argocd-source-other.yaml": "helm: {parameters: []}\n",
    }

    found = one(repo.estate(files))

    assert layers(found)[-1] == ("parameters", "apps/web/.argocd-source-web.yaml", 0, ("helm", "parameters"))
    assert repo.values(found) == {"image": {"tag": "2.0.0"}}


def test_patch_of_an_application_is_a_layer(repo):
    files = {
        "base/web.yaml": app(REMOTE % ", helm: {valuesObject: {a: 1, b: 1}}"),
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "eu/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}]\n",
        "eu/p.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n"
        "spec: {source: {targetRevision: 2.0.0, helm: {valuesObject: {a: 2}}}}\n",
    }

    found = one(repo.estate(files))

    assert found.origin.version == "2.0.0"
    assert layers(found) == [
        ("map", "base/web.yaml", 0, (*HELM, "valuesObject")),
        ("map", "eu/p.yaml", 0, (*HELM, "valuesObject")),
    ]
    assert repo.values(found) == {"a": 2, "b": 1}


def test_a_patch_that_says_where_the_chart_is_is_no_application_of_its_own(repo):
    patch = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: NAME, namespace: argocd}\n"
    patch += "spec: {source: {path: apps/eu}}\n"
    files = {
        "base/web.yaml": app(LOCAL % ""),
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "eu/kustomization.yaml": "resources: [../base]\npatchesStrategicMerge: [p.yaml, q.yaml]\n",
        "eu/p.yaml": patch.replace("NAME", "web"),
        # Also one that finds nothing to change.
        "eu/q.yaml": patch.replace("NAME", "gone"),
        "apps/eu/": "",
    }

    assert one(repo.estate(files)).origin.path == "apps/eu"


@pytest.mark.parametrize("more", ["", "own.yaml, "])
def test_a_patch_of_an_application_that_a_remote_base_brings_is_told(repo, more):
    patch = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n"
    files = {
        "eu/kustomization.yaml": f"resources: [{more}https://github.com/acme/base]\npatches: [{{path: p.yaml}}]\n",
        "eu/own.yaml": app(LOCAL % "").replace("name: web", "name: own"),
        "eu/p.yaml": patch + "spec: {source: {path: apps/eu}}\n",
        "apps/web/": "",
        "apps/eu/": "",
    }

    estate = repo.estate(files)

    (told,) = estate.unresolved
    assert (told.way, told.name, told.file) == ("application", "web", "eu/p.yaml")
    assert told.reason == "it patches what a remote base brings (https://github.com/acme/base)"
    assert [one.name for one in estate.releases if one.way == "application"] == ["own"]


@pytest.mark.parametrize("kind", ["Application", "HelmRelease"])
def test_a_patch_of_all_of_a_kind_tells_of_none_that_a_remote_base_brings(repo, kind):
    patch = f"apiVersion: x/v1\nkind: {kind}\nmetadata: {{name: _}}\nspec: {{project: eu}}\n"
    files = {
        "eu/kustomization.yaml": "resources: [https://github.com/acme/crds]\n"
        f"patches: [{{path: p.yaml, target: {{kind: {kind}}}}}]\n",
        "eu/p.yaml": patch,
    }

    assert not repo.estate(files).unresolved


def test_json_patch_of_an_application_is_read_and_not_written(repo):
    files = {
        "base/web.yaml": app(REMOTE % ", helm: {valuesObject: {a: 1}}"),
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "eu/kustomization.yaml": "resources: [../base]\npatches:\n  - target: {kind: Application}\n    patch: |-\n"
        "      - {op: replace, path: /spec/source/helm/valuesObject/a, value: 2}\n",
    }

    found = one(repo.estate(files))

    assert (repo.values(found), found.layers[0].writable) == ({"a": 2}, False)
    assert found.layers[0].sources == ("base/web.yaml",)
    assert found.files == ("base/web.yaml", "eu/kustomization.yaml")
    assert [reader.name for reader in repo.estate(files).readers("base/web.yaml")] == ["web"]


def test_application_without_a_source_and_one_that_is_no_yaml_have_a_reason(repo):
    estate = repo.estate(
        {
            "a.yaml": app("project: x"),
            "b.yaml": "kind: Application\napiVersion: argoproj.io/v1alpha1\nspec: a: b\n",
        }
    )

    assert [(found.file, found.reason) for found in estate.unresolved] == [
        ("a.yaml", "it names no source"),
        ("b.yaml", "it is no YAML (line 3: mapping values are not allowed in this context)"),
    ]


# --- the variables of Argo CD's build environment


FILES = {"apps/web/": "", "env/web.yaml": "a: 1\n", "env/shop.yaml": "a: 2\n", "apps/web/web.yaml": "a: 3\n"}
REFERS = """sources:
  - repoURL: https://charts.example.com
    chart: web
    targetRevision: 1.2.3
    helm: {valueFiles: ['%s']}
  - {repoURL: 'https://example.com/acme/shop.git', targetRevision: HEAD, ref: vals}"""


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ("$ARGOCD_APP_NAME.yaml", "apps/web/web.yaml"),
        ("${ARGOCD_APP_NAME}.yaml", "apps/web/web.yaml"),
        ("/env/${ARGOCD_APP_NAMESPACE}.yaml", "env/shop.yaml"),
        ("../../env/$ARGOCD_APP_NAMESPACE.yaml", "env/shop.yaml"),
        ("/$ARGOCD_APP_SOURCE_PATH/web.yaml", "apps/web/web.yaml"),
        # A name that is no variable becomes nothing.
        ("/env/${HOME}web.yaml", "env/web.yaml"),
    ],
)
def test_values_files_named_by_variables(repo, entry, file):
    found = one(
        repo.estate({**FILES, "web.yaml": app(LOCAL % f", helm: {{valueFiles: ['{entry}']}}")}, **HERE)
    )

    assert [layer[:2] for layer in layers(found)[:1]] == [("file", file)]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("values-$ARGOCD_APP_REVISION.yaml", "ARGOCD_APP_REVISION, which is not known here"),
        ("${KUBE_VERSION}.yaml", "KUBE_VERSION, which is not known here"),
        ("$others/web.yaml", "refers to no source"),
    ],
)
def test_values_files_named_by_what_is_not_known(repo, entry, told):
    found = one(
        repo.estate({**FILES, "web.yaml": app(LOCAL % f", helm: {{valueFiles: ['{entry}']}}")}, **HERE)
    )

    assert found.layers[0].form == "unread"
    assert told in found.layers[0].reason


def test_variables_behind_a_source_that_is_referred_to(repo):
    files = {"env/web.yaml": "a: 1\n", "web.yaml": app(REFERS % "$vals/env/$ARGOCD_APP_NAME.yaml")}
    found = one(repo.estate(files, **HERE))

    assert layers(found)[0][:2] == ("file", "env/web.yaml")


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ("$ARGOCD_APP_NAME.example.com", "web.example.com"),
        ("${ARGOCD_APP_NAMESPACE}-$ARGOCD_APP_NAME", "shop-web"),
        ("pa$$word", "pa$word"),
        ("pa$word", "pa"),
        ("$$ARGOCD_APP_NAME", "$ARGOCD_APP_NAME"),
        ("5$", "5$"),
        # Only the sync knows it: it stays as it stands.
        ("$ARGOCD_APP_REVISION", "$ARGOCD_APP_REVISION"),
    ],
)
def test_parameters_with_variables(repo, value, becomes):
    parameters = (
        f"parameters: [{{name: a, value: '{value}'}}, {{name: tag, value: '1'}}], values: 'b: \"{value}\"'"
    )
    found = one(repo.estate({"web.yaml": app(REMOTE % f", helm: {{{parameters}}}")}))
    texts = {"web.yaml": (repo.root / "web.yaml").read_text()}

    assert repo.values(found) == {"a": becomes, "tag": 1, "b": value}
    # It is edited where it stands.
    assert found.layers[-1].edit(("tag",), "2", texts).path == (*HELM, "parameters", 1, "value")


# --- what a source is for


ROOT = {"Chart.yaml": "apiVersion: v2\nname: root\nversion: 1.0.0\n", "env/web.yaml": "a: 1\n"}


@pytest.mark.parametrize(
    ("lends", "names"),
    [
        # It only lends files, though the repository is a chart at its root.
        ("ref: vals", ["web"]),
        ("ref: vals, path: ''", ["web"]),
        # With a path it is deployed, too.
        ("ref: vals, path: .", ["web", "root"]),
        ("path: .", ["web", "root"]),
        ("ref: vals, chart: db", ["web", "db"]),
    ],
)
def test_a_source_that_lends_its_files_is_deployed_only_with_a_path(repo, lends, names):
    sources = f"""sources:
    - {{repoURL: 'https://charts.example.com', chart: web, targetRevision: 1.2.3}}
    - {{repoURL: 'https://example.com/acme/shop.git', targetRevision: HEAD, {lends}}}"""

    estate = repo.estate({**ROOT, "web.yaml": app(sources)}, **HERE)

    assert [found.origin.name for found in estate.releases if found.way == "application"] == names
    assert estate.unresolved == ()


@pytest.mark.parametrize(
    ("written", "values", "version"),
    [
        ("helm: {parameters: [{name: a, value: '2', forcestring: true}]}", {"a": "2", "b": 1}, "1.0.0"),
        ("helm: {valuesObject: {a: 2}}", {"a": 2, "b": 1}, "1.0.0"),
        ("helm: {valuesObject: {b: null}}", {"a": 1}, "1.0.0"),
        ("helm: {values: 'a: 9'}", {"a": 1, "b": 1}, "1.0.0"),
        ("helm: {valuesObject: null, values: 'a: 9'}", {"a": 9}, "1.0.0"),
        # Where the chart is from is never taken from there.
        (
            "{targetRevision: other, path: apps/mail, repoURL: 'https://x.example.com', chart: x}",
            {"a": 1, "b": 1},
            "1.0.0",
        ),
    ],
)
def test_what_is_written_back_beside_a_chart(repo, written, values, version):
    files = {
        "web.yaml": app(LOCAL % ", helm: {valuesObject: {a: 1, b: 1}}"),
        "apps/web/": "",
        "apps/web/.argocd-source-web.yaml": f"{written}\n",
    }

    found = next(one for one in repo.estate(files, **HERE).releases if one.way == "application")

    assert (found.origin.path, found.origin.version, found.revision) == ("apps/web", version, "")
    assert repo.values(found) == values


def test_written_back_files_lie_over_one_another_that_of_all_first(repo):
    files = {
        "web.yaml": app(LOCAL % ", helm: {valuesObject: {a: 1}}"),
        "apps/web/": "",
        "apps/web/.argocd-source.yaml": "helm: {valuesObject: {a: 2, b: 2}}\n",
        "apps/web/.argocd-source-web.yaml": "helm: {valuesObject: {b: 3}}\n",
        "apps/web/.argocd-source-mail.yaml": "helm: {valuesObject: {b: 4}}\n",
        ".argocd-source-web.yaml": "helm: {valuesObject: {b: 5}}\n",
    }

    found = one(repo.estate(files, **HERE))

    assert repo.values(found) == {"a": 2, "b": 3}
    assert [layer.file.rpartition("/")[2] for layer in found.layers] == [
        "web.yaml",
        ".argocd-source.yaml",
        ".argocd-source-web.yaml",
    ]


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("a: 1\nsops: {mac: x}\n", "apps/web/prod.yaml"),
        (None, "apps/web/prod.yaml"),
    ],
)
def test_a_values_file_that_is_not_read_is_told_by_its_own_path(repo, text, file):
    files = {"web.yaml": app(LOCAL % ", helm: {valueFiles: [prod.yaml]}"), "apps/web/": ""}

    found = one(repo.estate({**files, **({file: text} if text else {})}))

    assert (found.layers[0].form, found.layers[0].file, found.layers[0].writable) == ("unread", file, False)


@pytest.mark.parametrize(
    ("source", "hidden"),
    [
        ("{repoURL: 'https://charts.example.com', chart: '{{ chart }}', targetRevision: '1'}", True),
        ("{repoURL: 'https://charts.example.com', chart: web, targetRevision: '<path:a#b>'}", True),
        ("{repoURL: 'https://x.example.com', path: '<path:a#b>', helm: {releaseName: x}}", True),
        # Manifests of a folder that is filled in elsewhere are no chart.
        ("{repoURL: 'https://x.example.com', path: 'apps/<path:a#b>'}", False),
        ("{repoURL: 'https://x.example.com', path: 'apps/{{ name }}'}", False),
    ],
)
def test_placeholders_around_a_chart(repo, source, hidden):
    estate = repo.estate({"web.yaml": app(f"source: {source}")})

    assert estate.releases == ()
    assert [one.reason for one in estate.unresolved] == ["a placeholder hides the chart"] * hidden


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ("$ARGOCD_APP_PROJECT_NAME.yaml", "apps/web/tier.yaml"),
        ("/env/$ARGOCD_APP_SOURCE_TARGET_REVISION.yaml", "env/HEAD.yaml"),
    ],
)
def test_variables_of_the_project_and_the_revision(repo, entry, file):
    text = app(LOCAL % f", helm: {{valueFiles: ['{entry}']}}", more="  project: tier")

    found = one(repo.estate({"web.yaml": text, "apps/web/": "", file: "a: 1\n"}, **HERE))

    assert found.layers[0].file == file
