"""ApplicationSets: the Applications that their generators make, and the text of the template that each value stands in."""

import pytest

from migrate_dhi.release.argo_templates import Parameters, Template
from tests.release.conftest import layers

HELM = ("spec", "template", "spec", "source", "helm")


def appset(generators, source, *, go=True, name=None, more=""):
    name = name or ("{{ .name }}" if go else "{{name}}")
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: all}}
spec:
  goTemplate: {str(go).lower()}
  generators:
    {generators}
  template:
    metadata: {{name: '{name}'}}
    spec:
      destination: {{namespace: '{name}'}}
      source:
        {source}
{more}
"""


LIST = "- list: {elements: [{name: web, tag: '1', port: 80}, {name: db, tag: '2', port: 90}]}"
REMOTE = "{repoURL: 'https://charts.example.com', chart: base, targetRevision: 1.0.0}"
LOCAL = """repoURL: https://example.com/acme/shop.git
        targetRevision: main
        path: %s"""
WITH_VALUES = """repoURL: https://charts.example.com
        chart: base
        targetRevision: 1.0.0
        helm:
          %s"""


# --- generators


def names(estate):
    assert not estate.unresolved
    return [found.name for found in estate.releases]


@pytest.mark.parametrize("go", [True, False])
def test_list(repo, go):
    estate = repo.estate({"all.yaml": appset(LIST, REMOTE, go=go)})

    assert names(estate) == ["web", "db"]
    assert [found.namespace for found in estate.releases] == ["web", "db"]


@pytest.mark.parametrize(
    ("go", "path", "name"),
    [(True, "'{{ .path.path }}'", "{{ .path.basename }}"), (False, "'{{path}}'", "{{path.basename}}")],
)
def test_directories_of_git(repo, go, path, name):
    generator = """- git:
        repoURL: https://example.com/acme/shop.git
        revision: HEAD
        directories: [{path: apps/*}, {path: apps/off, exclude: true}]"""
    files = {
        "all.yaml": appset(generator, LOCAL % path, go=go, name=name),
        "apps/web/": "",
        "apps/off/": "",
        "apps/.hidden/": "",
        "apps/deep/er/": "",
    }

    estate = repo.estate(files)

    assert [(found.way, found.name) for found in estate.releases] == [
        ("application", "web"),
        ("chart", "hidden"),
        ("chart", "er"),
        ("chart", "off"),
    ]
    assert estate.releases[0].origin.path == "apps/web"


@pytest.mark.parametrize(
    ("go", "name"),
    [(True, "{{ .app.name }}-{{ .path.basename }}"), (False, "{{app.name}}-{{path.basename}}")],
)
def test_files_of_git(repo, go, name):
    generator = "- git: {repoURL: 'https://example.com/acme/shop.git', files: [{path: 'env/**/config.yaml'}]}"
    files = {
        "all.yaml": appset(generator, REMOTE, go=go, name=name),
        "env/eu/config.yaml": "app: {name: web}\n",
        "env/us/west/config.yaml": "- app: {name: db}\n- app: {name: mq}\n",
    }

    assert names(repo.estate(files)) == ["web-eu", "db-west", "mq-west"]


def test_frozen_values_have_the_file_of_their_generator_as_a_source(repo):
    generator = "- git: {repoURL: 'https://example.com/acme/shop.git', files: [{path: 'env/*.yaml'}]}"
    values = "valuesObject: {kept: '{{ if .tag }}{{ .tag }}{{ end }}'}"
    files = {
        "all.yaml": appset(generator, WITH_VALUES % values, go=True, name="web"),
        "env/eu.yaml": "tag: '1'\n",
    }
    estate = repo.estate(files)

    (found,) = estate.releases

    assert repo.values(found) == {"kept": "1"}
    assert [(layer.writable, layer.file, layer.sources) for layer in found.layers] == [
        (False, "all.yaml", ("env/eu.yaml",))
    ]
    assert estate.readers("env/eu.yaml") == (found,)


def test_matrix_fills_the_second_from_the_first(repo):
    generator = """- matrix:
        generators:
          - git: {repoURL: 'https://example.com/acme/shop.git', directories: [{path: env/*}]}
          - git: {repoURL: 'https://example.com/acme/shop.git', files: [{path: '{{ .path.path }}/apps.yaml'}]}"""
    files = {
        "all.yaml": appset(generator, REMOTE),
        "env/eu/apps.yaml": "name: web\n",
        "env/us/apps.yaml": "- name: db\n- name: mq\n",
    }

    assert names(repo.estate(files)) == ["web", "db", "mq"]


def test_matrix_with_clusters_is_not_known_and_only_hides_what_uses_them(repo):
    generator = f"- matrix: {{generators: [{LIST[2:]}, {{clusters: {{values: {{size: big}}}}}}]}}"
    values = (
        WITH_VALUES % "valuesObject: {host: '{{ .server }}', size: '{{ .values.size }}', tag: '{{ .tag }}'}"
    )

    estate = repo.estate({"all.yaml": appset(generator, values)})

    assert [repo.values(found) for found in estate.releases] == [
        {"host": "https://server", "size": "big", "tag": "1"},
        {"host": "https://server", "size": "big", "tag": "2"},
    ]
    assert estate.releases[0].notes == (
        "what the generator clusters gives is not known here: stand-ins are rendered",
    )


def test_merge_lays_matching_sets_over_the_first(repo):
    generator = f"""- merge:
        mergeKeys: [name]
        generators:
          - {LIST[2:]}
          - list: {{elements: [{{name: db, tag: '9'}}, {{name: none, tag: '7'}}]}}"""

    estate = repo.estate({"all.yaml": appset(generator, WITH_VALUES % "valuesObject: {tag: '{{ .tag }}'}")})

    assert [repo.values(found) for found in estate.releases] == [{"tag": "1"}, {"tag": "9"}]


def test_selector_leaves_sets_out(repo):
    generator = LIST + "\n      selector: {matchLabels: {name: db}}"

    assert names(repo.estate({"all.yaml": appset(generator, REMOTE)})) == ["db"]


def test_elements_as_text(repo):
    generator = '- list: {elementsYaml: "[{name: web}, {name: db}]"}'

    assert names(repo.estate({"all.yaml": appset(generator, REMOTE)})) == ["web", "db"]


@pytest.mark.parametrize(
    ("source", "hidden"),
    [
        (
            "{repoURL: 'https://charts.example.com', chart: base, targetRevision: '{{ .version }}'}",
            "targetRevision",
        ),
        ("{repoURL: 'https://charts.example.com', chart: '{{ .chart }}', targetRevision: '1'}", "chart"),
        ("{repoURL: 'https://example.com/x', path: 'apps/{{ .app }}', targetRevision: main}", "path"),
    ],
)
def test_what_hides_the_chart_is_not_resolved(repo, source, hidden):
    estate = repo.estate({"all.yaml": appset("- plugin: {configMapRef: {name: x}}", source, name="web")})

    assert [found.reason for found in estate.unresolved] == [
        f"its {hidden} is not known: the generator plugin gives it"
    ]


def test_values_file_that_a_generator_names_is_not_resolved(repo):
    source = (LOCAL % "apps/web") + "\n        helm: {valueFiles: ['values-{{ .name }}.yaml']}"

    estate = repo.estate({"all.yaml": appset("- clusters: {}", source, name="web"), "apps/web/": ""})

    assert [found.reason for found in estate.unresolved] == [
        "a values file is not known: the generator clusters names it"
    ]


# --- values


@pytest.mark.parametrize(
    ("go", "values"),
    [
        (True, "valuesObject: {tag: '{{ .tag }}', m: {'{{ .name }}': 'x-{{ .port }}'}, keep: one}"),
        (False, "valuesObject: {tag: '{{tag}}', m: {'{{name}}': 'x-{{ port }}'}, keep: one}"),
        (
            True,
            "values: |\n            tag: '{{ .tag }}'\n            m: {'{{ .name }}': \"x-{{ .port }}\"}\n            keep: one",
        ),
    ],
)
def test_values_stand_in_the_template_with_their_placeholders(repo, go, values):
    estate = repo.estate({"all.yaml": appset(LIST, WITH_VALUES % values, go=go)})

    assert [repo.values(found) for found in estate.releases] == [
        {"tag": "1", "m": {"web": "x-80"}, "keep": "one"},
        {"tag": "2", "m": {"db": "x-90"}, "keep": "one"},
    ]
    layer = estate.releases[1].layers[0]
    assert (layer.file, layer.path[:-1], layer.writable) == ("all.yaml", HELM, True)
    assert estate.readers("all.yaml") == estate.releases


def test_function_in_a_placeholder_is_evaluated(repo):
    estate = repo.estate(
        {
            "all.yaml": appset(
                LIST,
                WITH_VALUES % "valuesObject: {n: '{{ default \"x\" .none | upper }}-{{ .name | quote }}'}",
            )
        }
    )

    assert repo.values(estate.releases[0]) == {"n": 'X-"web"'}


def test_condition_in_values_is_read_and_not_written(repo):
    values = "values: |\n            {{- if eq .name \"db\" }}\n            big: true\n            {{- end }}\n            tag: '{{ .tag }}'"

    estate = repo.estate({"all.yaml": appset(LIST, WITH_VALUES % values)})

    assert [repo.values(found) for found in estate.releases] == [{"tag": "1"}, {"big": True, "tag": "2"}]
    assert [found.layers[0].writable for found in estate.releases] == [False, False]


def test_placeholder_without_quotes_in_a_file_is_read(repo):
    text = appset(LIST, WITH_VALUES % "releaseName: {{ .name }}\n          valuesObject: {a: 1}")

    estate = repo.estate({"all.yaml": text})

    assert names(estate) == ["web", "db"]
    assert repo.values(estate.releases[0]) == {"a": 1}


def test_unknown_placeholder_of_the_old_notation_stays_as_it_is(repo):
    estate = repo.estate(
        {"all.yaml": appset(LIST, WITH_VALUES % "valuesObject: {a: '{{nothing}}'}", go=False)}
    )

    assert repo.values(estate.releases[0]) == {"a": "{{nothing}}"}


def test_values_file_by_parameter(repo):
    source = (LOCAL % "apps/web") + "\n        helm: {valueFiles: ['/env/{{ .name }}.yaml']}"
    files = {
        "all.yaml": appset(LIST, source),
        "apps/web/": "",
        "env/web.yaml": "a: 1\n",
        "env/db.yaml": "a: 2\n",
    }

    estate = repo.estate(files)

    assert [repo.values(found) for found in estate.releases] == [{"a": 1}, {"a": 2}]
    assert [found.name for found in estate.readers("env/db.yaml")] == ["db"]


def test_template_of_a_generator_is_laid_over(repo):
    generator = with_template("{spec: {source: {targetRevision: 9.9.9}}}")

    assert {
        found.origin.version for found in repo.estate({"all.yaml": appset(generator, REMOTE)}).releases
    } == {"9.9.9"}


def with_template(template):
    """The list generator with a template of its own."""
    return LIST.replace("elements:", f"template: {template}, elements:")


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ("valuesObject: {a: 1}", "valuesObject: {b: 2}", {"b": 2}),
        ("valuesObject: {a: 1}", "releaseName: x", {"a": 1}),
        ("valuesObject: {a: 1}", "valuesObject: {}", {"a": 1}),
        ("valuesObject: {a: 1}", "values: 'b: 2'", {"a": 1}),
        ("values: 'a: 1'", "values: 'b: 2'", {"b": 2}),
        ("values: 'a: 1'", "valuesObject: {b: 2}", {"b": 2}),
        ("releaseName: x", "values: 'b: 2'", {"b": 2}),
        (
            "parameters: [{name: a, value: '1'}]",
            "parameters: [{name: b, value: '{{ .tag }}'}]",
            {"b": 2},
        ),
        ("parameters: [{name: a, value: '1'}]", "valuesObject: {b: 2}", {"a": 1, "b": 2}),
    ],
)
def test_values_in_the_template_of_a_generator_take_the_place_of_the_others(repo, base, over, expected):
    generator = with_template(f"{{spec: {{source: {{helm: {{{over}}}}}}}}}")

    found = repo.estate({"all.yaml": appset(generator, WITH_VALUES % base)}).releases[1]

    assert repo.values(found) == expected
    stands = {layer.path[:3] for layer in found.layers if layer.values({"all.yaml": repo.text("all.yaml")})}
    wanted = ("spec", "generators", 0) if "b" in expected else ("spec", "template", "spec")
    assert wanted in stands


def test_sources_in_the_template_of_a_generator_take_the_place_of_all_others(repo):
    source = "{repoURL: 'https://charts.example.com', chart: %s, targetRevision: 1.0.0, helm: {valuesObject: {a: %s}}}"
    own = f"{{spec: {{sources: [{source % ('own', 2)}]}}}}"
    text = appset(with_template(own), REMOTE).replace(
        f"source:\n        {REMOTE}", f"sources: [{source % ('base', 1)}]"
    )

    found = repo.estate({"all.yaml": text}).releases[0]

    assert (found.origin.name, repo.values(found)) == ("own", {"a": 2})
    assert [layer.path[:3] for layer in found.layers] == [("spec", "generators", 0)]


def test_what_stands_beside_a_generator_is_no_template(repo):
    generator = LIST + "\n      template: {spec: {source: {targetRevision: 9.9.9}}}"

    assert {
        found.origin.version for found in repo.estate({"all.yaml": appset(generator, REMOTE)}).releases
    } == {"1.0.0"}


PATCH = """  templatePatch: |
    spec:
      source:
        helm:
          valuesObject: {tag: '{{ .tag }}', more: true}
"""


def test_template_patch_is_a_layer_of_its_own(repo):
    found = repo.estate(
        {"all.yaml": appset(LIST, WITH_VALUES % "valuesObject: {tag: none, keep: one}", more=PATCH)}
    ).releases[1]

    assert layers(found)[1] == ("text", "all.yaml", 0, ("spec", "templatePatch"))
    assert found.layers[1].inner == ("spec", "source", "helm", "valuesObject")
    assert repo.values(found) == {"tag": "2", "keep": "one", "more": True}
    edit = found.layers[1].edit(("more",), False, {})
    assert (edit.path, edit.inner) == (
        ("spec", "templatePatch"),
        ("spec", "source", "helm", "valuesObject", "more"),
    )


def test_template_patch_with_conditions_is_read_and_not_written(repo):
    patch = PATCH.replace("    spec:\n", '    {{- if eq .name "db" }}\n    spec:\n', 1) + "    {{- end }}\n"

    web, db = repo.estate(
        {"all.yaml": appset(LIST, WITH_VALUES % "valuesObject: {tag: none}", more=patch)}
    ).releases

    assert (repo.values(web), repo.values(db)) == ({"tag": "none"}, {"tag": "2", "more": True})
    assert [layer.writable for layer in db.layers] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("{tag: none}", "{tag: other}", False),
        ("more: true", "more: false", True),
        ('eq .name "db"', 'ne .name "db"', True),
        ("chart: base", "chart: other", False),
    ],
)
@pytest.mark.parametrize("generator", [LIST, "- git: {files: [{path: sets/*.yaml}]}"])
def test_edits_beside_a_template_patch_with_conditions_leave_it_as_it_is(repo, generator, old, new, stale):
    patch = PATCH.replace("    spec:\n", '    {{- if eq .name "db" }}\n    spec:\n', 1) + "    {{- end }}\n"
    text = appset(generator, WITH_VALUES % "valuesObject: {tag: none}", more=patch)
    files = {"all.yaml": text, "sets/db.yaml": "{name: db, tag: '2'}\n"}
    frozen = next(found for found in repo.estate(files).releases if found.name == "db").layers[1]
    before = {name: repo.text(name) for name in files}

    assert old in text
    assert frozen.is_stale(before, {**before, "all.yaml": before["all.yaml"].replace(old, new)}) is stale
    elements = {**before, "sets/db.yaml": "{name: db, tag: '3'}\n"}
    assert frozen.is_stale(before, elements) is ("git" in generator)


def test_template_patch_that_cannot_be_evaluated_is_not_resolved(repo):
    patch = "  templatePatch: |\n    {{ nosuchfunction }}\n"

    estate = repo.estate({"all.yaml": appset(LIST, REMOTE, more=patch)})

    assert {found.reason for found in estate.unresolved} == {"its templatePatch cannot be evaluated here"}


def test_stand_ins_show_what_a_text_depends_on():
    template = Template(Parameters({"known": "x"}, ("plugin",)), go=True)

    assert template.text("{{ .known }}-{{ .secret.key_name }}") == "x-key-name"
    assert template.hides("{{ .known }}") is False
    assert template.hides("{{ if .known }}a{{ else }}{{ .secret }}{{ end }}") is False
    assert template.hides("{{ .secret | upper }}") is True


# --- app-of-apps charts


APPS = """
{{- if .Values.web.enabled }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {{ .Values.prefix }}web
spec:
  destination: {namespace: shop}
  source:
    repoURL: {{ .Values.repo | quote }}
    targetRevision: main
    path: apps/web
    helm:
      valueFiles:
        - values-{{ .Values.env }}.yaml
      valuesObject:
        image:
          tag: "1"
        host: {{ .Values.env }}.example.com
      %s
{{- end }}
"""
TREE = {
    "root/": "",
    "root/values.yaml": "web: {enabled: true}\nprefix: ''\nrepo: https://example.com/acme/shop.git\nenv: dev\n",
    "root/templates/apps.yaml": APPS % "",
    "apps/web/": "",
    "apps/web/values-dev.yaml": "a: 1\n",
    "apps/web/values-eu.yaml": "a: 2\n",
}
ROOT = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: root}
spec:
  destination: {namespace: argocd}
  source: {repoURL: 'https://example.com/acme/shop.git', path: root, targetRevision: main, helm: {valuesObject: {env: eu, prefix: eu-}}}
"""


def test_applications_of_a_chart_are_rendered_as_it_is_deployed(repo):
    estate = repo.estate({**TREE, "root.yaml": ROOT}, urls=["https://example.com/acme/shop"])

    assert [found.id for found in estate.releases] == ["argocd/root", "shop/eu-web"]
    web = estate.releases[1]
    assert (web.file, web.document) == (
        "root/templates/apps.yaml",
        1,
    )  # its condition stands before the first ---
    assert [layer.file for layer in web.layers] == ["apps/web/values-eu.yaml", "root/templates/apps.yaml"]
    assert repo.values(web) == {"a": 2, "image": {"tag": "1"}, "host": "eu.example.com"}
    assert web.layers[1].writable
    assert web.layers[1].edit(("image", "tag"), "2", {}).document == 1


def test_chart_that_nothing_deploys_is_rendered_with_each_environment(repo):
    files = {**TREE, "root/values-eu.yaml": "env: eu\n", "root/values-off.yaml": "web: {enabled: false}\n"}

    estate = repo.estate(files)

    assert [(found.way, found.name) for found in estate.releases] == [
        ("application", "web"),
        ("chart", "root"),
    ]
    assert estate.releases[0].notes[0] == (
        "root is rendered with root/values-eu.yaml, though nothing here says that it is passed"
    )


def test_chart_without_environments_is_rendered_with_its_own_values(repo):
    assert [found.name for found in repo.estate(TREE).releases] == ["web", "root"]


def test_values_that_are_not_literal_are_read_and_not_written(repo):
    text = APPS.replace('image:\n          tag: "1"', "{{- toYaml .Values.web | nindent 8 }}") % ""

    found = repo.estate({**TREE, "root/templates/apps.yaml": text}).releases[0]

    assert repo.values(found) == {"a": 1, "enabled": True, "host": "dev.example.com"}
    assert found.layers[-1].writable is False
    assert found.layers[-1].sources == ("root/Chart.yaml", "root/values.yaml")


def test_values_that_are_not_literal_have_the_files_of_the_parent_as_sources(repo):
    text = APPS.replace('image:\n          tag: "1"', "{{- toYaml .Values.web | nindent 8 }}") % ""
    files = {**TREE, "root.yaml": ROOT, "root/templates/apps.yaml": text}

    estate = repo.estate(files, urls=["https://example.com/acme/shop"])

    web = next(found for found in estate.releases if found.name == "eu-web")
    assert web.layers[-1].sources == ("root/Chart.yaml", "root/values.yaml", "root.yaml")
    assert web in estate.readers("root.yaml")


def test_chart_that_does_not_render_is_not_resolved(repo):
    files = {**TREE, "root/templates/apps.yaml": APPS % "" + '{{ fail "name a cluster" }}\n'}

    estate = repo.estate(files)

    assert [found.name for found in estate.releases] == ["web", "root"]
    assert "name a cluster" in estate.unresolved[0].reason


def test_applicationset_of_a_chart_is_read_and_not_written(repo):
    text = (
        appset(LIST, WITH_VALUES % "valuesObject: {tag: '{{ .tag }}'}")
        .replace("{{ ", "{{ `{{ ")
        .replace(" }}", " }}` }}")
    )

    estate = repo.estate({"root/": "", "root/templates/all.yaml": text})

    assert [repo.values(found) for found in estate.releases[:2]] == [{"tag": "1"}, {"tag": "2"}]
    assert estate.releases[0].layers[0].writable is False


def test_environments_are_told_apart_by_name(repo):
    files = {**TREE, "root/values-eu.yaml": "env: eu\n", "root/values-dev.yaml": "env: dev\n"}

    found = [one for one in repo.estate(files).releases if one.way == "application"]

    assert [one.object for one in found] == ["web@values-dev.yaml", "web@values-eu.yaml"]


def test_template_that_no_known_values_switch_on_is_not_resolved(repo):
    files = {**TREE, "root/templates/off.yaml": APPS.replace("web.enabled", "none") % ""}

    assert [(one.file, one.reason) for one in repo.estate(files).unresolved] == [
        ("root/templates/off.yaml", "no values that are known here let the chart make it")
    ]


def test_merge_of_clusters_gives_each_variant_that_its_values_tell(repo):
    generator = """- merge:
        mergeKeys: [server]
        generators:
          - clusters: {values: {chart: base, version: 1.0.0}}
          - clusters: {selector: {matchLabels: {env: staging}}, values: {version: 2.0.0}}
          - clusters: {selector: {matchLabels: {env: prod}}, values: {version: 1.0.0}}"""
    source = "{repoURL: 'https://charts.example.com', chart: '{{values.chart}}', targetRevision: '{{values.version}}'}"

    estate = repo.estate({"all.yaml": appset(generator, source, go=False, name="web")})

    assert [found.origin.version for found in estate.releases] == ["1.0.0", "2.0.0"]
    assert not estate.unresolved


@pytest.mark.parametrize("count", [3, 4])
def test_folders_that_are_not_there_for_many_clusters_are_told_together(repo, count):
    elements = "".join(f"\n          - {{name: c{number}}}" for number in range(count))
    source = "{repoURL: 'https://example.com/acme/shop', path: 'apps/{{name}}', targetRevision: main}"
    text = appset(f"- list:\n        elements:{elements}", source, go=False, name="web-{{name}}")
    estate = repo.estate({"all.yaml": text, "apps/other.yaml": ""}, urls=["https://example.com/acme/shop"])

    reasons = [one.reason for one in estate.unresolved]
    assert reasons == (
        [f"there is no folder apps/c{number}" for number in range(3)]
        if count == 3
        else ["there is no folder apps/c0, and none of 3 others that it would read"]
    )


@pytest.mark.parametrize(("go", "server"), [(True, "{{ .server }}"), (False, "{{server}}")])
def test_server_of_a_cluster_is_an_address_where_no_cluster_is_known(repo, go, server):
    """A schema of the values may ask for one."""
    values = WITH_VALUES % f"valuesObject: {{server: '{server}'}}"

    found = repo.estate({"all.yaml": appset("- clusters: {}", values, go=go, name="web")})

    assert [repo.values(one) for one in found.releases] == [{"server": "https://server"}]


def test_annotation_of_a_cluster_that_is_not_known_is_a_stand_in_like_its_labels(repo):
    values = """values: |
            host: '{{ index .metadata.annotations "example.com/host" | default "none" }}'
            size: '{{ .metadata.labels.size }}'
            {{- if index .metadata.annotations "example.com/more" }}
            more: true
            {{- end }}"""

    found = repo.estate({"all.yaml": appset("- clusters: {}", WITH_VALUES % values, go=True, name="web")})

    assert [repo.values(one) for one in found.releases] == [
        {"host": "com-host", "size": "size", "more": True}
    ]
