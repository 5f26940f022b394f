"""What Flux fills in for ``${VAR}``, in names and in values, and what stands in for what is not known."""

import pytest

from migrate_dhi.release.substitution import Variables
from tests.release.conftest import one
from tests.release.test_helmreleases import flux, with_source

KNOWN = Variables({"NAME": "web", "EMPTY": "", "PORT": "8080", "TAG": "1.10"})
SHELL = {"UPPER": "A-B-C", "PATH": "a/b/c.txt", "DOTS": "1.2.3"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a-${NAME}-b", "a-web-b"),
        ("$NAME", "$NAME"),
        ("$${NAME}", "${NAME}"),
        ("${NONE}", ""),
        ("${NONE:=x y}", "x y"),
        ("${NONE:-${NAME}}", "web"),
        ("${EMPTY:=x}", "x"),
        ("${NAME:=x}", "web"),
        ("${NONE:=}", ""),
        ("${NONE-x}", "x"),
        ("${NONE=x}", "x"),
        # Flux takes these for a default, too.
        ("${NONE:+x}", "x"),
        ("${NAME:+x}", "web"),
        ("${NONE:?x}", "x"),
        ("${NAME^^}", "WEB"),
        ("${NAME^}", "Web"),
        ("${UPPER,,}", "a-b-c"),
        ("${UPPER,}", "a-B-C"),
        ("${EMPTY^}", ""),
        ("${NAME:1}", "eb"),
        ("${NAME:0:1}", "w"),
        ("${NAME:7}", ""),
        ("${NAME:1:7}", "eb"),
        ("${NAME: -2}", "eb"),
        ("${NAME: -7}", "web"),
        ("${NAME:0:-1}", "we"),
        ("${NAME:2:-2}", ""),
        ("${PATH#a/}", "b/c.txt"),
        ("${PATH#*/}", "b/c.txt"),
        ("${PATH##*/}", "c.txt"),
        ("${PATH%.*}", "a/b/c"),
        ("${PATH%/*}", "a/b"),
        ("${PATH%%/*}", "a"),
        ("${PATH#x}", "a/b/c.txt"),
        ("${PATH%x}", "a/b/c.txt"),
        ("${DOTS//./-}", "1-2-3"),
        ("${DOTS/./-}", "1-2.3"),
        ("${DOTS/.}", "12.3"),
        ("${DOTS/#1/v1}", "v1.2.3"),
        ("${DOTS/#2/v2}", "1.2.3"),
        ("${DOTS/%3/4}", "1.2.4"),
        ("${DOTS/%2/4}", "1.2.3"),
        ("${DOTS//x/y}", "1.2.3"),
        # The tests of Flux itself (fluxcd/pkg, envsubst/eval_test.go).
        ("${#NAME}", "3"),
        ("${#NONE}", "0"),
        ("v${#UPPER}.${#NAME}", "v5.3"),
        ("$${#NAME}", "${#NAME}"),
        ("${PATH/\\//-}", "a-b/c.txt"),
        ("${PATH//\\//-}", "a-b-c.txt"),
        ("${NAME/e/\\/}", "w/b"),
        ("${DOTS/./}", "12.3"),
        ("${DOTS/#1/}", "1.2.3"),
        ("${DOTS/%3/}", "1.2.3"),
        ("$${NONE:=${NAME}}", "${NONE:=web}"),
        ("$${A}${NAME}$${B}", "${A}web${B}"),
        ("${NONE:=pre-${NAME}-post}", "pre-web-post"),
        ("${NONE:=${NAME^^}}", "WEB"),
        ("${1x}", "${1x}"),
        ("${}", "${}"),
        ("${NAME", "${NAME"),
    ],
)
def test_a_variable(text, expected):
    known = Variables({**KNOWN.values, **SHELL})

    assert known.filled(text) == expected
    assert known.data({"a": [text, 1, None]}) == {"a": [expected, 1, None]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('port: "${PORT}"\n', {'"${PORT}"': "8080"}),
        ("port: '${PORT}'\n", {"'${PORT}'": "8080"}),
        ('tag: "${TAG}-x"\n', {'"${TAG}-x"': '"1.10-x"'}),
        ('a: &port "${PORT}"\nb: *port\n', {'"${PORT}"': "8080"}),
        ('say: "a: ${PORT}"\n', {}),
        ('say: "${PORT:=\\"4\\"}"\n', {'"${PORT:=\\"4\\"}"': "8080"}),
        ('none: "${NONE:=\\"4\\"}"\n', {'"${NONE:=\\"4\\"}"': '"4"'}),
    ],
)
def test_quotes_are_lost_where_flux_writes_the_object_down(text, expected):
    plain = KNOWN.fill(text, quoted=False)

    assert {
        key: value for key, value in KNOWN.fill(text, quoted=True).items() if key not in plain
    } == expected


def test_text_of_a_config_map_keeps_its_quotes():
    assert KNOWN.fill('port: "${PORT}"\n', quoted=False) == {"${PORT}": "8080"}


def test_what_a_secret_may_give_gets_a_stand_in():
    known = Variables({"NAME": "web"}, ("Secret/keys",))

    assert known.filled("${DOMAIN_NAME}/${NAME}/${PATH:=x}") == "domain-name/web/x"
    assert known.unknown("${DOMAIN_NAME}/${NAME}/$${OTHER}") == ("DOMAIN_NAME",)
    assert KNOWN.unknown("${DOMAIN_NAME}") == ()


def estate(repo, more, values="{tag: '${TAG}', port: '${PORT}'}", **files):
    named = {f"apps/{name}": text for name, text in with_source(f"  values: {values}\n", **files).items()}
    named["apps/web.yaml"] = named["apps/web.yaml"].replace("name: web\n", "name: ${APP:=web}\n", 1)
    return repo.estate({**named, "cluster.yaml": flux("apps", "apps", more)})


SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {TAG: '1', PORT: '80'}\n"


def test_inline_beats_what_is_from_elsewhere(repo):
    more = "  postBuild: {substitute: {TAG: 'v2'}, substituteFrom: [{kind: ConfigMap, name: settings}]}\n"

    found = one(estate(repo, more, settings_yaml=SETTINGS))

    assert (found.name, repo.values(found)) == ("web", {"tag": "v2", "port": 80})
    assert found.notes == ()


@pytest.mark.parametrize(
    ("spaces", "expected"),
    [
        (("flux-system", "other"), "1"),
        (("other", "flux-system"), "2"),
        (("", "other"), "1"),
        (("other", ""), "2"),
    ],
)
def test_settings_of_the_namespace_of_the_kustomization_count(repo, spaces, expected):
    named = [
        SETTINGS.replace("name: settings", f"name: settings, namespace: '{space}'").replace("'1'", f"'{at}'")
        for at, space in enumerate(spaces, 1)
    ]
    more = "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n"

    found = one(estate(repo, more, one_yaml=named[0], two_yaml=named[1]))

    assert repo.values(found)["tag"] == int(expected)


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("'1.2.3'", "1.2.3"),
        ('"1.2\\n.3\\n"', "1.2.3"),
        ("true", True),
        ("5", 5),
    ],
)
@pytest.mark.parametrize("inline", [True, False])
def test_a_value_is_one_line(repo, value, tag, inline):
    given = f"substitute: {{TAG: {value}, PORT: '80'}}"
    more = (
        f"  postBuild: {{{given}}}\n"
        if inline
        else "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n"
    )

    found = one(estate(repo, more, settings_yaml=SETTINGS.replace("TAG: '1'", f"TAG: {value}")))

    assert repo.values(found)["tag"] == tag


@pytest.mark.parametrize(
    ("postbuild", "filled"),
    [
        ("{}", False),
        ("{substitute: {}}", False),
        ("{substituteStrategy: Always}", True),
        ("{substitute: {OTHER: x}}", True),
    ],
)
def test_where_no_variable_is_given_nothing_is_filled(repo, postbuild, filled):
    found = estate(repo, f"  postBuild: {postbuild}\n", values="{a: 'x${NONE}'}").releases[0]

    assert repo.values(found) == {"a": "x" if filled else "x${NONE}"}


@pytest.mark.parametrize("key", ["commonLabels", "commonAnnotations"])
def test_a_kustomization_may_refuse_for_all(repo, key):
    files = {f"apps/{name}": text for name, text in with_source("  values: {tag: '${TAG}'}\n").items()}
    files["apps/kustomization.yaml"] = (
        f"resources: [web.yaml, acme.yaml]\n{key}: {{kustomize.toolkit.fluxcd.io/substitute: disabled}}\n"
    )
    files["cluster.yaml"] = flux("apps", "apps", "  postBuild: {substitute: {TAG: '2'}}\n")

    assert repo.values(one(repo.estate(files))) == {"tag": "${TAG}"}


def test_without_variables_nothing_is_filled(repo):
    found = estate(repo, "")

    assert found.releases[0].layers[0].fill == {}
    assert repo.values(found.releases[0]) == {"tag": "${TAG}", "port": "${PORT}"}


def test_secret_is_a_stand_in_and_is_said(repo):
    found = one(estate(repo, "  postBuild: {substituteFrom: [{kind: Secret, name: keys}]}\n"))

    assert repo.values(found) == {"tag": "tag", "port": "port"}
    assert found.notes[1] == "${TAG} may be from Secret/keys, which is not read: a stand-in is rendered"


def test_object_may_refuse(repo):
    files = with_source("  values: {tag: '${TAG}'}\n")
    files["web.yaml"] = files["web.yaml"].replace(
        "metadata:", "metadata:\n  annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}"
    )
    named = {f"apps/{name}": text for name, text in files.items()}
    named["cluster.yaml"] = flux("apps", "apps", "  postBuild: {substitute: {TAG: '2'}}\n")

    assert repo.values(one(repo.estate(named))) == {"tag": "${TAG}"}


def test_each_cluster_has_its_own_settings(repo):
    files = {f"apps/{name}": text for name, text in with_source("  values: {tag: '${TAG}'}\n").items()}
    more = "  postBuild: {substituteFrom: [{kind: ConfigMap, name: settings}]}\n"
    for name in ("eu", "us"):
        files[f"{name}/settings.yaml"] = SETTINGS.replace("TAG: '1'", f"TAG: {name}")
        files[f"{name}/apps.yaml"] = flux("apps", "apps", more)

    found = repo.estate(files)

    assert [repo.values(release) for release in found.releases] == [{"tag": "eu"}, {"tag": "us"}]


def test_variable_that_hides_the_version_is_not_resolved(repo):
    files = with_source()
    files["web.yaml"] = files["web.yaml"].replace("1.2.3", "${VERSION}")
    named = {f"apps/{name}": text for name, text in files.items()}
    named["cluster.yaml"] = flux(
        "apps", "apps", "  postBuild: {substituteFrom: [{kind: Secret, name: keys}]}\n"
    )

    found = repo.estate(named)

    assert [one.reason for one in found.unresolved] == [
        "a variable hides the chart: VERSION is from Secret/keys"
    ]
    named["cluster.yaml"] = flux("apps", "apps", "  postBuild: {substitute: {VERSION: 2.0.0}}\n")
    assert one(repo.estate(named)).origin.version == "2.0.0"
