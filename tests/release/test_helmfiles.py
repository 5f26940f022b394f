"""helmfile: its releases, without evaluating its templates; what is templated is named."""

import pytest

from migrate_dhi.release.elsewhere import PACKED
from migrate_dhi.release.release import AfterHelm, Origin
from tests.release.conftest import layers, one

REPOSITORIES = "repositories: [{name: acme, url: 'https://charts.example.com'}, {name: reg, url: ghcr.io/acme, oci: true}]\n"


def helmfile(entry, more=""):
    return f"{REPOSITORIES}{more}releases:\n  - {entry}\n"


WEB = "{name: web, namespace: shop, chart: acme/web, version: 1.2.3%s}"


@pytest.mark.parametrize(
    "name", ["helmfile.yaml", "helmfile-prod.yml", "helmfile.d/01-web.yaml", "helmfile.yaml.gotmpl"]
)
def test_release_of_a_helmfile(repo, name):
    found = one(repo.estate({name: helmfile(WEB % "")}))

    assert (found.way, found.id, found.file) == ("helmfile", "shop/web", name)
    assert found.origin == Origin("repository", "web", "1.2.3", "https://charts.example.com")
    assert layers(found) == [("map", name, 0, ("releases", 0, "values", 0))]


def test_helmfile_of_another_name_is_known_by_its_form(repo):
    entry = "name: web\n    namespace: shop\n    chart: acme/web\n    values: [../config/web.yaml]"
    files = {"clusters/a.yaml": helmfile(entry), "config/web.yaml": "a: 1\n"}

    found = one(repo.estate(files))

    assert (found.way, found.id, found.file) == ("helmfile", "shop/web", "clusters/a.yaml")
    assert repo.values(found) == {"a": 1}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        # Values of a chart that makes Applications, and of nobody knows what.
        ("values/apps.yaml", "releases:\n  - name: web\n    chart: acme/web\n"),
        ("values/apps.yaml", helmfile("name: web\n    chart: acme/web", "project: shop\n")),
        ("apps/values.yaml", helmfile("name: web\n    chart: acme/web")),
        ("notes.yaml", "repositories: []\nreleases:\n  - version: 1.2.3\n"),
    ],
)
def test_other_lists_of_releases_are_none(repo, name, text):
    files = {name: text, "apps/Chart.yaml": "apiVersion: v2\nname: apps\nversion: 0.1.0\n"}

    assert [one.way for one in repo.estate(files).releases] == ["chart"]


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("reg/web", Origin("oci", "web", "", "oci://ghcr.io/acme/web")),
        ("oci://ghcr.io/acme/web", Origin("oci", "web", "", "oci://ghcr.io/acme/web")),
        ("oci://ghcr.io/acme/web:1.2.3", Origin("oci", "web", "1.2.3", "oci://ghcr.io/acme/web")),
        (
            "https://charts.example.com/web-1.2.3.tgz",
            Origin("repository", "web", "1.2.3", "https://charts.example.com"),
        ),
        # A repository that whoever runs helmfile has added to Helm.
        ("none/web", Origin("repository", "web", "", "@none")),
        ("./charts/web", Origin("directory", "web", "1.0.0", path="charts/web")),
    ],
)
def test_origin(repo, chart, expected):
    files = {"helmfile.yaml": helmfile(f"{{name: web, chart: '{chart}'}}"), "charts/web/": ""}

    assert repo.estate(files).releases[0].origin == expected


def test_values_in_order(repo):
    more = (
        ", values: [env/a.yaml, {b: 2, c: 2}], set: [{name: c, value: 3}], setString: [{name: d, value: '4'}]"
    )

    found = one(repo.estate({"helmfile.yaml": helmfile(WEB % more), "env/a.yaml": "a: 1\nb: 1\n"}))

    assert repo.values(found) == {"a": 1, "b": 2, "c": 3, "d": "4"}
    assert [(layer.form, layer.path) for layer in found.layers] == [
        ("file", ()),
        ("map", ("releases", 0, "values", 1)),
        ("parameters", ("releases", 0, "set")),
        ("parameters", ("releases", 0, "setString")),
    ]


def test_template_that_is_inherited_comes_first(repo):
    templates = "templates:\n  common: {namespace: there, values: [{a: 1, b: 1}]}\n"
    entry = "{name: web, chart: acme/web, inherit: [{template: common}], values: [{b: 2}]}"

    found = one(repo.estate({"helmfile.yaml": helmfile(entry, templates)}))

    assert (found.id, repo.values(found)) == ("there/web", {"a": 1, "b": 2})


def test_place_for_an_edit_is_behind_the_values_and_before_what_is_set(repo):
    found = one(
        repo.estate({"helmfile.yaml": helmfile(WEB % ", secrets: [s.yaml], set: [{name: c, value: 3}]")})
    )

    assert [(layer.form, layer.path) for layer in found.layers] == [
        ("map", ("releases", 0, "values", 0)),
        ("unread", ()),
        ("parameters", ("releases", 0, "set")),
    ]


def test_what_an_inherited_template_sets_is_over_all_values(repo):
    templates = (
        "templates:\n  common: {secrets: [s.yaml], set: [{name: a, value: 3}, {name: b, value: 3}],"
        " setString: [{name: c, value: '4'}]}\n"
    )
    entry = "{name: web, chart: acme/web, inherit: [{template: common}], values: [{a: 2}], set: [{name: b, value: 5}]}"

    found = one(repo.estate({"helmfile.yaml": helmfile(entry, templates)}))

    assert repo.values(found) == {"a": 3, "b": 5, "c": "4"}
    assert [(layer.form, layer.path) for layer in found.layers] == [
        ("map", ("releases", 0, "values", 0)),
        ("unread", ()),
        ("parameters", ("templates", "common", "set")),
        ("parameters", ("releases", 0, "set")),
        ("parameters", ("templates", "common", "setString")),
    ]
    assert found.layers[1].reason == "secrets: s.yaml"


@pytest.mark.parametrize("key", ["jsonPatches", "strategicMergePatches", "transformers"])
def test_what_helmfile_lays_over_the_manifests_is_said(repo, key):
    found = one(repo.estate({"helmfile.yaml": helmfile(WEB % f", {key}: [x.yaml]")}))

    assert found.after == (AfterHelm(key, "helmfile.yaml"),)


@pytest.mark.parametrize(
    ("entry", "more", "expected"),
    [
        (", postRenderer: ./x", "", (AfterHelm("postRenderer", "helmfile.yaml"),)),
        (
            "",
            "helmDefaults: {postRenderer: ./x}\n",
            (AfterHelm("helmDefaults.postRenderer", "helmfile.yaml"),),
        ),
        (
            ", inherit: [{template: t}]",
            "templates: {t: {postRenderer: ./x}}\n",
            (AfterHelm("postRenderer", "helmfile.yaml"),),
        ),
        ("", "", ()),
    ],
)
def test_post_renderer_is_said(repo, entry, more, expected):
    assert one(repo.estate({"helmfile.yaml": helmfile(WEB % entry, more)})).after == expected


def test_namespace_of_the_helmfile_overrides(repo):
    assert one(repo.estate({"helmfile.yaml": helmfile(WEB % "", "namespace: over\n")})).id == "over/web"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (
            WEB.replace("1.2.3", "'{{ .Values.version }}'") % "",
            "its version is a template of helmfile of which nothing is known here: .Values.version",
        ),
        (
            "{name: '{{ .Values.name }}', chart: 'acme/{{ .Values.chart }}'}",
            "its chart is a template of helmfile of which nothing is known here: .Values.chart",
        ),
        ("{name: web, chart: ./none}", "there is no chart at none"),
        (
            "{name: web, chart: ./packed/web-1.0.0.tgz}",
            PACKED.format("packed/web-1.0.0.tgz"),
        ),
        # helmfile makes a chart of such a folder.
        ("{name: web, chart: env/web}", "there is no chart at env/web"),
        ("{name: web, chart: web}", "there is no chart at web"),
        (
            "{name: web, chart: 'git::https://example.com/acme/web@chart?ref=1'}",
            "the chart git::https://example.com/acme/web@chart?ref=1 is fetched in a way that is not read here",
        ),
    ],
)
def test_what_hides_the_chart_has_a_reason(repo, entry, reason):
    files = {"env/web/service.yaml": "kind: Service\n", "packed/web-1.0.0.tgz": ""}
    estate = repo.estate({"helmfile.yaml": helmfile(entry), **files})

    assert [found.reason for found in estate.unresolved] == [reason]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            ", values: ['env/{{ .Values.size }}.yaml']",
            "the values file env/….yaml is named by a template of helmfile",
        ),
        (", values: [a.yaml.gotmpl]", "a.yaml.gotmpl is a template of helmfile"),
        (", values: [none.yaml]", "none.yaml is not there"),
        # Where helmfile runs, such a file may be there.
        (
            ", values: [/etc/defaults.yaml], missingFileHandler: Warn",
            "/etc/defaults.yaml is outside of this repository",
        ),
        (
            ", values: [../defaults.yaml], missingFileHandler: Warn",
            "../defaults.yaml is outside of this repository",
        ),
        (", secrets: [keys.yaml]", "secrets: keys.yaml"),
    ],
)
def test_values_that_are_not_read_are_named(repo, more, reason):
    found = one(repo.estate({"helmfile.yaml": helmfile(WEB % more), "a.yaml.gotmpl": "a: {{ exec `a` }}\n"}))

    assert [layer.reason for layer in found.layers if layer.form == "unread"] == [reason]


@pytest.mark.parametrize(
    "name",
    [
        "'{{ .Release.Name }}/{{ .Environment.Name }}.yaml'",
        "'{{`{{ .Release.Name }}`}}/{{`{{- .Environment.Name -}}`}}.yaml'",
    ],
)
@pytest.mark.parametrize("environments", ["", "environments: {prod: {values: [state.yaml]}}\n"])
def test_name_of_the_release_and_the_only_environment_are_filled_in(repo, name, environments):
    more = f"{environments}templates:\n  default: &default\n    values:\n      - {name}\n"
    entry = "name: web\n    namespace: shop\n    chart: acme/web\n    version: 1.2.3\n    <<: *default"
    chosen = "prod" if environments else "default"

    found = one(repo.estate({"helmfile.yaml": helmfile(entry, more), f"web/{chosen}.yaml": "a: 1\n"}))

    assert (found.layers[0].form, found.layers[0].file) == ("file", f"web/{chosen}.yaml")
    assert [("assumed" in note) for note in found.notes] == ([True] if environments else [])


def test_release_is_listed_for_each_environment_that_it_reads(repo):
    entry = "{name: web, namespace: '{{ .Environment.Name }}', chart: acme/web, values: ['{{ .Environment.Name }}.yaml']}"
    more = "environments:\n  dev: {}\n  prod: {}\n"
    files = {"dev.yaml": "a: 1\n", "prod.yaml": "a: 2\n"}

    found = repo.estate({"helmfile.yaml": helmfile(entry, more), **files}).releases

    assert [(one.id, one.build, repo.values(one)) for one in found] == [
        ("dev/web", "dev", {"a": 1}),
        ("prod/web", "prod", {"a": 2}),
    ]


@pytest.mark.parametrize(
    ("of_release", "of_helmfile", "forms"),
    [
        ("", "", ["unread", "map", "unread"]),
        ("Warn", "", ["map"]),
        ("", "Info", ["map"]),
        ("Error", "Info", ["unread", "map", "unread"]),
    ],
)
def test_values_file_that_is_not_there_is_passed_over_where_helmfile_does(
    repo, of_release, of_helmfile, forms
):
    more = ", values: [none.yaml], secrets: [none.yaml]" + (
        f", missingFileHandler: {of_release}" if of_release else ""
    )
    top = f"missingFileHandler: {of_helmfile}\n" if of_helmfile else ""

    found = one(repo.estate({"helmfile.yaml": helmfile(WEB % more, top)}))

    assert [layer.form for layer in found.layers] == forms


@pytest.mark.parametrize(
    "name", ["env/*.yaml", "git::https://example.com/acme/x@a.yaml?ref=1", "{{ .Values.x }}.yaml"]
)
def test_what_may_be_there_is_not_passed_over(repo, name):
    found = one(
        repo.estate({"helmfile.yaml": helmfile(WEB % f", values: ['{name}'], missingFileHandler: Warn")})
    )

    assert [layer.form for layer in found.layers] == ["unread", "map"]


def test_template_in_values_is_a_stand_in_and_lines_of_conditions_are_skipped(repo):
    text = """
        repositories: [{name: acme, url: 'https://charts.example.com'}]
        releases:
        {{- if .Values.web }}
          - name: web
            chart: acme/web
            values:
              - host: {{ .Values.host }}
                keep: one
        {{- end }}
        """

    found = one(repo.estate({"helmfile.yaml.gotmpl": text}))

    assert repo.values(found)["keep"] == "one"
    assert found.notes == ("what helmfile fills in is not known here: stand-ins are rendered",)


def test_helmfile_that_is_no_yaml_before_it_is_evaluated_has_a_reason(repo):
    estate = repo.estate({"helmfile.yaml": "releases:\n{{ range .x }}\n- name: [\n{{ end }}\n"})

    assert [found.reason for found in estate.unresolved] == [
        "its templates are evaluated by helmfile, and it is no YAML before"
    ]


def test_helmfile_that_another_names_is_read_and_what_is_not_installed_is_left_out(repo):
    files = {
        "helmfile.yaml": "helmfiles: [parts/*.yaml, {path: more/own.yaml}]\n",
        "parts/one.yaml": helmfile(WEB % ""),
        "more/own.yaml": helmfile(WEB.replace("name: web", "name: db") % "")
        + "  - {name: off, chart: acme/x, installed: false}\n",
        "other.yaml": helmfile(WEB % "").removeprefix(REPOSITORIES),
    }

    assert sorted(found.name for found in repo.estate(files).releases) == ["db", "web"]


APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  destination: {namespace: shop}
  source: {repoURL: 'https://charts.example.com', chart: web, targetRevision: 1.2.3}
"""


def test_release_that_an_operator_keeps_is_not_counted_twice(repo):
    found = one(repo.estate({"helmfile.yaml": helmfile(WEB % ""), "web.yaml": APPLICATION}))

    assert found.way == "application"


@pytest.mark.parametrize(
    ("entry", "version"),
    [
        (WEB % ", values: [object.yaml.gotmpl]", "1.2.3"),
        (WEB % ", values: [none.yaml]", "v1.2.3"),
        (WEB % "", "sha256:0a"),
        (WEB.replace("acme/web", "mirror/web") % "", "1.2.3"),
    ],
)
def test_release_that_only_begins_what_an_operator_keeps_is_not_counted_twice(repo, entry, version):
    """Its values are rendered of the operator's own object, or it brings the definitions of the chart alone."""
    files = {
        "helmfile.yaml": helmfile(entry).replace(
            "repositories: [", "repositories: [{name: mirror, url: 'https://m.example'}, "
        ),
        "web.yaml": APPLICATION.replace("1.2.3", version),
        "object.yaml.gotmpl": "{{ (readFile `web.yaml` | fromYaml).spec.source | toYaml }}\n",
    }

    assert [found.way for found in repo.estate(files).releases] == ["application"]


@pytest.mark.parametrize(
    "entry",
    [
        WEB % ", values: [{a: 1}]",
        WEB % ", values: [a.yaml]",
        WEB % ", secrets: [s.yaml]",
        WEB.replace("1.2.3", "2.0.0") % "",
        WEB.replace("acme/web", "acme/other") % "",
    ],
)
def test_release_of_another_chart_or_other_values_is_no_repetition(repo, entry):
    files = {"helmfile.yaml": helmfile(entry), "web.yaml": APPLICATION, "a.yaml": "a: 1\n"}

    assert [found.way for found in repo.estate(files).releases] == ["application", "helmfile"]


def test_documents_and_bases_are_laid_over_one_another(repo):
    files = {
        "helmfile.yaml": "bases: [base.yaml]\n---\ntemplates:\n  common: {namespace: there, values: [{a: 1}]}\n---\n"
        "releases:\n  - {name: web, chart: acme/web, inherit: [{template: common}]}\n",
        "base.yaml": REPOSITORIES,
    }

    found = one(repo.estate(files))

    assert (found.id, found.document, found.origin.url) == ("there/web", 2, "https://charts.example.com")
    assert layers(found)[0] == ("map", "helmfile.yaml", 1, ("templates", "common", "values", 0))


def test_list_and_file_of_set_and_what_is_left_out_of_a_template(repo):
    templates = "templates: {common: {values: [{a: 1}], set: [{name: c, value: 4}]}}\n"
    entry = (
        "{name: web, chart: acme/web, inherit: [{template: common, except: [values]}], "
        "set: [{name: hosts, values: [a, b]}, {name: key, file: cert.pem}, {name: b, value: 5}]}"
    )
    files = {"helmfile.yaml": helmfile(entry, templates)}

    found = one(repo.estate(files))

    assert repo.values(found) == {"b": 5, "c": 4, "hosts": ["a", "b"]}
    unread = next(layer for layer in found.layers if layer.form == "unread")
    assert (unread.at, unread.reason) == (("key",), "set: key is what the file cert.pem holds")
    own = found.layers[-2]
    assert own.edit(("b",), "6", files).path == ("releases", 0, "set", 2, "value")
    assert own.edit(("hosts",), "x", files) is None


TWO = (
    "environments:\n  dev: {values: [dev.yaml]}\n  prod: {values: [{version: 2.0.0, host: b.example}]}\n---\n"
)
DEV = {"dev.yaml": "version: 1.0.0\nhost: a.example\n"}


def test_what_the_values_of_each_environment_say_is_filled_in(repo):
    entry = WEB.replace("1.2.3", "'{{ .Values.version }}'") % ", values: [{host: '{{ .StateValues.host }}'}]"

    found = repo.estate({"helmfile.yaml": f"{TWO}{helmfile(entry)}", **DEV}).releases

    assert [(one.build, one.origin.version, repo.values(one), one.notes) for one in found] == [
        ("dev", "1.0.0", {"host": "a.example"}, ()),
        ("prod", "2.0.0", {"host": "b.example"}, ()),
    ]


def test_release_that_is_the_same_in_all_environments_is_listed_once(repo):
    entry = WEB.replace("shop", "'{{ .Values.space | default `there` }}'") % ""

    found = one(repo.estate({"helmfile.yaml": f"{TWO}{helmfile(entry)}", **DEV}))

    assert (found.id, found.build) == ("there/web", "")


def test_namespace_of_the_command_line_is_none(repo):
    assert (
        one(repo.estate({"helmfile.yaml": helmfile(WEB.replace("shop", "'{{ .Namespace }}'") % "")})).id
        == "default/web"
    )


@pytest.mark.parametrize("unknown", ["{{ .Values.none }}", "{{ requiredEnv `V` }}", "{{ exec `v` }}"])
def test_version_that_no_value_gives_has_a_reason_once(repo, unknown):
    entry = WEB.replace("1.2.3", f"'{unknown}'") % ""

    estate = repo.estate({"helmfile.yaml": f"{TWO}{helmfile(entry)}", **DEV})

    asked = unknown.strip("{} ")
    assert [(found.name, found.reason) for found in estate.unresolved] == [
        ("web", f"its version is a template of helmfile of which nothing is known here: {asked}")
    ]


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        ("{{ requiredEnv `SHOP_NAMESPACE` }}", "shop-namespace"),
        ('{{ .Values | get "shop.space" nil }}-x', "space-x"),
        ("{{ 1 }}{{ .Values.shop.space | quote }}", "1space"),
    ],
)
@pytest.mark.parametrize("where", ["release", "helmfile"])
def test_word_stands_in_for_a_name_that_no_value_gives(repo, namespace, expected, where):
    entry, more = WEB % "", f"namespace: '{namespace}'\n"
    if where == "release":
        entry, more = entry.replace("shop", f"'{namespace}'"), ""

    found = one(repo.estate({"helmfile.yaml": helmfile(entry, more)}))

    assert (found.id, found.notes) == (
        f"{expected}/web",
        ("what helmfile fills in is not known here: stand-ins are rendered",),
    )


def test_release_is_left_out_of_the_environment_where_it_is_not_installed(repo):
    entry = WEB % ", installed: '{{ eq .Values.host `b.example` }}'"

    found = one(repo.estate({"helmfile.yaml": f"{TWO}{helmfile(entry)}", **DEV}))

    assert found.build == "prod"


def test_what_asks_for_the_release_by_its_name_is_filled_in(repo):
    entry = WEB % ", values: [{host: '{{`{{ .Release.Name | upper }}`}}.example'}]"

    assert repo.values(one(repo.estate({"helmfile.yaml": helmfile(entry)}))) == {"host": "WEB.example"}


def test_address_of_a_repository_is_filled_in(repo):
    text = helmfile(WEB % "", "values: [{charts: charts.example.org}]\n")
    text = text.replace("https://charts.example.com", "https://{{ .Values.charts }}")

    assert one(repo.estate({"helmfile.yaml": text})).origin.url == "https://charts.example.org"


PROCESS = "what the process of helmfile has in its environment is not known here: stand-ins are rendered"


@pytest.mark.parametrize(
    ("text", "values", "notes"),
    [
        ("a: {{ requiredEnv `A` }}-x\nb: 1\n", {"a": "zq-variable-qz-x", "b": 1}, (PROCESS,)),
        ('a: {{ env "A" | default "other" }}\n', {"a": "other"}, ()),
        ("a: {{ .Release.Name }}/{{ .Environment.Name }}\n", {"a": "web/default"}, ()),
    ],
)
def test_values_file_that_helmfile_renders_is_read(repo, text, values, notes):
    found = one(
        repo.estate({"helmfile.yaml": helmfile(WEB % ", values: [a.yaml.gotmpl]"), "a.yaml.gotmpl": text})
    )

    assert (repo.values(found), found.notes) == (values, notes)


@pytest.mark.parametrize("text", ["{{ if env `A` }}\na: 1\n{{ end }}\n", "a: {{ .Values.none.deep }}\n"])
def test_values_file_of_which_nothing_is_known_is_named(repo, text):
    found = one(
        repo.estate({"helmfile.yaml": helmfile(WEB % ", values: [a.yaml.gotmpl]"), "a.yaml.gotmpl": text})
    )

    assert [layer.form for layer in found.layers] == ["unread", "map"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("env/*.yaml", ["env/a.yaml", "env/b.yaml"]),
        ("env/?.yaml", ["env/a.yaml", "env/b.yaml"]),
        ("env/[b-z].yaml", ["env/b.yaml"]),
        ("*/a.yaml", ["env/a.yaml"]),
        ("env/none-*.yaml", []),
        ("*.yaml", ["helmfile.yaml"]),
    ],
)
def test_pattern_of_values_files_stands_for_all_of_them_in_order(repo, pattern, expected):
    files = {
        "helmfile.yaml": helmfile(WEB % f", values: ['{pattern}', {{own: 1}}]"),
        "env/b.yaml": "a: 2\n",
        "env/a.yaml": "a: 1\n",
        "env/deep/c.yaml": "a: 3\n",
    }

    found = one(repo.estate(files)).layers

    assert [layer.file for layer in found if layer.form == "file"] == expected
    assert [layer.reason for layer in found if layer.form == "unread"] == (
        [] if expected else [f"{pattern} is not there"]
    )


@pytest.mark.parametrize(
    ("base", "first", "second", "expected"),
    [
        ("a", "", "", "a"),
        ("a", "b", "", "b"),
        ("a", "b", "c", "c"),
        ("a", "", "c", "c"),
        ("", "", "", "shop"),
    ],
)
def test_what_is_said_last_of_a_namespace_counts(repo, base, first, second, expected):
    def said(namespace):
        return f"namespace: {namespace}\n" if namespace else "{}\n"

    text = f"bases: [base.yaml]\n{said(first) if first else ''}---\n{said(second) if second else ''}"

    found = one(repo.estate({"helmfile.yaml": text + helmfile(WEB % ""), "base.yaml": said(base)}))

    assert found.namespace == expected


@pytest.mark.parametrize(
    ("base", "own", "forms"),
    [("Warn", "", ["map"]), ("Warn", "Error", ["unread", "map"]), ("Error", "Debug", ["map"])],
)
def test_what_is_said_last_of_missing_files_counts(repo, base, own, forms):
    top = "bases: [base.yaml]\n" + (f"missingFileHandler: {own}\n" if own else "")
    files = {
        "helmfile.yaml": helmfile(WEB % ", values: [none.yaml]", top),
        "base.yaml": f"missingFileHandler: {base}\n",
    }

    assert [layer.form for layer in one(repo.estate(files)).layers] == forms


@pytest.mark.parametrize(
    ("entry", "count"),
    [
        ("installed: true", 1),
        ("installed: false", 0),
        ("installed: '{{ .Values.active }}'", 0),
        ("condition: a.b", 1),
    ],
)
def test_what_is_not_installed_is_no_release(repo, entry, count):
    top = "environments: {default: {values: [{active: false}]}}\n"

    estate = repo.estate({"helmfile.yaml": helmfile(WEB % f", {entry}", top)})

    assert len(estate.releases) == count
    assert [note for found in estate.releases for note in found.notes] == (
        ["its condition is not evaluated"] if "condition" in entry else []
    )


# --- what is inherited, and parts of a file


COMMON = """\
templates:
  root: {namespace: base, values: [{a: 1, b: 1, c: 1}], set: [{name: s, value: root}]}
  one: {inherit: [{template: root}], values: [{b: 2}]}
  bare: {inherit: [{template: root, except: [values]}], values: [{b: 3}]}
  two: {namespace: two, values: [{c: 4}]}
  loop: {inherit: [{template: loop}], namespace: loop, values: [{a: 5}]}
"""


@pytest.mark.parametrize(
    ("more", "entry", "expected"),
    [
        # A template stands behind what it inherits itself.
        ("", "inherit: [{template: one}]", ("base/web", {"a": 1, "b": 2, "c": 1, "s": "root"})),
        (
            "",
            "inherit: [{template: one}], values: [{b: 9}]",
            ("base/web", {"a": 1, "b": 9, "c": 1, "s": "root"}),
        ),
        # What is left out is left out of all that comes with it, on either level.
        ("", "inherit: [{template: one, except: [values]}]", ("base/web", {"s": "root"})),
        ("", "inherit: [{template: one, except: [values, set]}]", ("base/web", {})),
        ("", "inherit: [{template: bare}]", ("base/web", {"b": 3, "s": "root"})),
        # The later of two is over the earlier, and the release over both.
        (
            "",
            "inherit: [{template: one}, {template: two}]",
            ("two/web", {"a": 1, "b": 2, "c": 4, "s": "root"}),
        ),
        (
            "",
            "inherit: [{template: two}, {template: root}]",
            ("base/web", {"a": 1, "b": 1, "c": 1, "s": "root"}),
        ),
        ("", "namespace: own, inherit: [{template: two}]", ("own/web", {"c": 4})),
        # One alone, as older versions took it; one that inherits itself, which helmfile refuses; one that is not there.
        ("", "inherit: {template: two}", ("two/web", {"c": 4})),
        ("", "inherit: [{template: loop}]", ("loop/web", {"a": 5})),
        ("", "inherit: [{template: gone}]", ("default/web", {})),
        # What every release inherits comes first, once.
        ("defaultInherit: two\n", "namespace: own", ("own/web", {"c": 4})),
        (
            "defaultInherit: [two]\n",
            "inherit: [{template: one}]",
            ("base/web", {"a": 1, "b": 2, "c": 1, "s": "root"}),
        ),
        (
            "defaultInherit: [two]\n",
            "inherit: [{template: one}, {template: two}]",
            ("two/web", {"a": 1, "b": 2, "c": 4, "s": "root"}),
        ),
        ("defaultInherit: [two]\n", "inherit: [{template: two, except: [values]}]", ("two/web", {})),
    ],
)
def test_templates_are_inherited(repo, more, entry, expected):
    text = helmfile(f"{{name: web, chart: acme/web, {entry}}}", f"{COMMON}{more}")

    found = one(repo.estate({"helmfile.yaml": text}))

    assert (found.id, repo.values(found)) == expected


PARTS = (
    "releases: [{name: web, chart: acme/web, values: [{part: 1}]}]\n",
    "releases: [{name: mail, chart: acme/mail}]\n",
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # The list of a later part takes the place of an earlier one's.
        (f"{PARTS[0]}---\n{PARTS[1]}", ["mail"]),
        (f"---\n{PARTS[0]}---\n{PARTS[1]}", ["mail"]),
        (f"{PARTS[0]}---\n{PARTS[1]}---\nhelmDefaults: {{wait: true}}\n", ["mail"]),
        # One that has none leaves it.
        (f"environments: {{default: {{}}}}\n---\n{PARTS[0]}---\ntemplates: {{}}\n", ["web"]),
        (f"{PARTS[0]}---\nreleases: []\n", ["web"]),
        # helmfile cuts at lines of three dashes and nothing else: the rest are documents of one part, which add up.
        (f"{PARTS[0]}--- # more\n{PARTS[1]}", ["web", "mail"]),
        (f"---\n{PARTS[0]}--- \n{PARTS[1]}", ["web", "mail"]),
    ],
)
def test_parts_of_a_file(repo, text, names):
    head = "---\n" if text.startswith("---\n") else ""

    estate = repo.estate({"helmfile.yaml": f"{head}{REPOSITORIES}{text.removeprefix(head)}"})

    assert [found.name for found in estate.releases] == names


def test_releases_of_a_part_that_counts_are_placed_in_their_document(repo):
    found = one(repo.estate({"helmfile.yaml": f"{REPOSITORIES}{PARTS[0]}---\n# more\n\n{PARTS[1]}"}))

    assert (found.name, found.document, found.line, found.origin.url) == (
        "mail",
        1,
        6,
        "https://charts.example.com",
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("values: [{a: 1, b: 1}], valuesTemplate: [{b: 2}]", {"a": 1, "b": 2}),
        ("valuesTemplate: [{b: '{{ .Release.Name }}'}]", {"b": "web"}),
        ("valuesTemplate: [env/a.yaml], values: [{a: 9, z: 9}]", {"a": 1, "z": 9}),
        ("valuesTemplate: ['env/{{ .Release.Name }}.yaml']", {"name": "web"}),
        ("valuesTemplate: [{b: 2}], set: [{name: b, value: x}]", {"b": "x"}),
        ("set: [{name: a, value: x}], setTemplate: [{name: a, value: z}]", {"a": "z"}),
        (
            "setTemplate: [{name: a, value: '{{ .Release.Name }}'}], setString: [{name: b, value: '1'}]",
            {"a": "web", "b": "1"},
        ),
        ("setString: [{name: a, value: '1'}], setTemplate: [{name: a, value: '2'}]", {"a": "1"}),
        ("inherit: [{template: late}], values: [{b: 5}]", {"b": 6}),
    ],
)
def test_values_that_are_filled_in_for_the_release(repo, entry, expected):
    more = "templates: {late: {valuesTemplate: [{b: 6}]}}\n"
    files = {
        "helmfile.yaml": helmfile(f"{{name: web, chart: acme/web, {entry}}}", more),
        "env/a.yaml": "a: 1\n",
        "env/web.yaml": "name: web\n",
    }

    found = one(repo.estate(files))

    assert repo.values(found) == expected


def test_place_for_an_edit_is_below_the_values_that_are_filled_in(repo):
    found = one(repo.estate({"helmfile.yaml": helmfile(WEB % ", valuesTemplate: [{a: 1}]")}))

    assert [layer.path for layer in found.layers] == [
        ("releases", 0, "values", 0),
        ("releases", 0, "valuesTemplate", 0),
    ]
    assert found.layers[1].edit(("a",), 2, {}).path == ("releases", 0, "valuesTemplate", 0, "a")


@pytest.mark.parametrize(
    ("more", "entry", "expected"),
    [
        (
            "",
            "kubeVersion: v1.30.0, apiVersions: [acme.io/v1, acme.io/v2]",
            ("v1.30.0", ("acme.io/v1", "acme.io/v2")),
        ),
        ("kubeVersion: v1.29.0\napiVersions: [all.io/v1]\n", "version: '1'", ("v1.29.0", ("all.io/v1",))),
        (
            "kubeVersion: v1.29.0\napiVersions: [all.io/v1]\n",
            "kubeVersion: v1.30.0",
            ("v1.30.0", ("all.io/v1",)),
        ),
        (
            "kubeVersion: v1.29.0\napiVersions: [all.io/v1]\n",
            "apiVersions: [acme.io/v1]",
            ("v1.29.0", ("acme.io/v1",)),
        ),
        ("", "version: '1'", ("", ())),
    ],
)
def test_kubernetes_that_it_names(repo, more, entry, expected):
    found = one(repo.estate({"helmfile.yaml": helmfile(f"{{name: web, chart: acme/web, {entry}}}", more)}))

    assert (found.kube_version, found.api_versions) == expected


@pytest.mark.parametrize(
    ("entry", "builds"),
    [
        ("installedTemplate: '{{ eq .Environment.Name \"prod\" }}'", ["prod"]),
        ("installedTemplate: '{{ ne .Environment.Name \"prod\" }}'", ["test"]),
        ("installedTemplate: 'false'", []),
        ("installed: false, installedTemplate: 'true'", []),
        ("installedTemplate: 'true'", [""]),
    ],
)
def test_where_a_template_installs_it(repo, entry, builds):
    more = "environments: {test: {}, prod: {}}\n"

    estate = repo.estate({"helmfile.yaml": helmfile(f"{{name: web, chart: acme/web, {entry}}}", more)})

    assert ([found.build for found in estate.releases], estate.unresolved) == (builds, ())
