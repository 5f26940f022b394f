"""ConfigMaps that kustomizations generate: their keys, and which one a HelmRelease reads."""

import pytest

from migrate_dhi.release.contents import Contents
from migrate_dhi.release.generators import generated
from migrate_dhi.release.kustomize import Builder
from tests.release.conftest import one

PLAIN = "generatorOptions: {disableNameSuffixHash: true}\n"


def texts(repo, entry, files=None):
    """The texts of the keys of one generator."""
    repo.write({"kustomization.yaml": f"configMapGenerator: [{entry}]\n", **(files or {})})
    contents = Contents(repo.snapshot())
    [made] = generated(contents, "kustomization.yaml", contents.data("kustomization.yaml"), ())
    return {name: key.text or contents.text(key.file) for name, key in made.keys.items()}


@pytest.mark.parametrize(
    ("literal", "key", "text"),
    [
        ("a=1", "a", "1"),
        ("a=b=c", "a", "b=c"),
        ("a='x'", "a", "x"),
        ('a="x"', "a", "x"),
        # One pair of quotes is taken off.
        ("a='\"x\"'", "a", '"x"'),
        ("a=it's", "a", "it's"),
        ("a='x\"", "a", "'x\""),
        ("a='", "a", "'"),
    ],
)
def test_a_literal(repo, literal, key, text):
    quoted = literal.replace("\\", "\\\\").replace('"', '\\"')

    assert texts(repo, f'{{name: m, literals: ["{quoted}"]}}') == {key: text}


def test_lines_of_an_env_file(repo):
    files = {"e.env": 'x="q"\n  y=z \n#c=d\n  # e=f\n\nalone\n'}

    for entry in ("{name: m, envs: [e.env]}", "{name: m, env: e.env}"):
        assert texts(repo, entry, files) == {"x": '"q"', "y": "z "}


def test_files_under_their_own_name_and_another(repo):
    files = {"conf/a.yaml": "a: 1\n", "b.yaml": "b: 1\n"}

    found = texts(repo, "{name: m, files: [conf/a.yaml, other.yaml=b.yaml, gone.yaml]}", files)

    assert found == {"a.yaml": "a: 1\n", "other.yaml": "b: 1\n", "gone.yaml": ""}


def values(literal, options="disableNameSuffixHash: true", more=""):
    return f"configMapGenerator: [{{name: m, literals: ['{literal}'], options: {{{options}}}{more}}}]\n"


@pytest.mark.parametrize(
    ("base", "top", "expected"),
    [
        # kustomize finds it by the name that it had before the prefix.
        ("namePrefix: a-\n" + values("x=1"), values("y=2", more=", behavior: merge"), {"x": "1", "y": "2"}),
        ("namePrefix: a-\n" + values("x=1"), values("x=2", more=", behavior: merge"), {"x": "2"}),
        ("namePrefix: a-\n" + values("x=1"), values("y=2", more=", behavior: replace"), {"y": "2"}),
        (
            "namespace: s\n" + values("x=1"),
            values("y=2", more=", behavior: merge, namespace: s"),
            {"x": "1", "y": "2"},
        ),
        ("namespace: s\n" + values("x=1"), values("y=2", more=", behavior: merge"), {"x": "1", "y": "2"}),
    ],
)
def test_an_overlay_merges_what_its_base_generates(repo, base, top, expected):
    repo.write({"base/kustomization.yaml": base, "top/kustomization.yaml": f"resources: [../base]\n{top}"})

    [made] = Builder(Contents(repo.snapshot())).build("top").generated

    assert {name: key.text for name, key in made.keys.items()} == expected
    assert made.name == ("a-m" if "namePrefix" in base else "m")


@pytest.mark.parametrize(("below", "above"), [(True, False), (False, True), (False, False), (True, True)])
def test_one_that_asks_for_no_hash_is_enough(repo, below, above):
    base, top = (f"disableNameSuffixHash: {str(one).lower()}" for one in (below, above))
    repo.write(
        {
            "base/kustomization.yaml": values("x=1", base),
            "top/kustomization.yaml": "resources: [../base]\n" + values("y=2", top, ", behavior: merge"),
        }
    )

    [made] = Builder(Contents(repo.snapshot())).build("top").generated

    assert made.hashed is not (below or above)


def test_generated_ones_of_several_namespaces_stay_apart(repo):
    files = {f"{space}/kustomization.yaml": f"namespace: {space}\n" + values(f"x={space}") for space in "ab"}
    merging = values("y=2", more=", behavior: merge, namespace: b")
    files["top/kustomization.yaml"] = f"resources: [../a, ../b]\n{merging}"
    repo.write(files)

    found = Builder(Contents(repo.snapshot())).build("top").generated

    assert [(one.namespace, {name: key.text for name, key in one.keys.items()}) for one in found] == [
        ("a", {"x": "a"}),
        ("b", {"x": "b", "y": "2"}),
    ]


RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chart: {spec: {chart: web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: acme, namespace: flux}}}
  valuesFrom: [{kind: ConfigMap, name: m}]
"""
REPOSITORY = """
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: acme, namespace: flux}
spec: {url: https://charts.example.com}
"""


def app(space, name="m", release=RELEASE):
    generator = f"configMapGenerator: [{{name: {name}, files: [values.yaml]}}]\n"
    return {
        f"{space}/kustomization.yaml": f"namespace: {space}\nresources: [r.yaml]\n{generator}{PLAIN}",
        f"{space}/r.yaml": release,
        f"{space}/values.yaml": f"from: {space}\n",
    }


def test_each_release_reads_the_generated_values_of_its_own_namespace(repo):
    files = app("a") | app("b") | {"repository.yaml": REPOSITORY}
    files["kustomization.yaml"] = "resources: [a, b, repository.yaml]\n"

    estate = repo.estate(files)

    assert {found.namespace: repo.values(found) for found in estate.releases} == {
        "a": {"from": "a"},
        "b": {"from": "b"},
    }


def test_generated_values_of_another_namespace_are_not_those_that_are_meant(repo):
    files = app("a", name="other") | app("b") | {"repository.yaml": REPOSITORY}
    files["kustomization.yaml"] = "resources: [a, b, repository.yaml]\n"

    [of_a] = [found for found in repo.estate(files).releases if found.namespace == "a"]

    assert (of_a.layers[0].form, of_a.layers[0].reason) == ("unread", "ConfigMap m is not in this repository")


def test_a_namespace_that_nothing_tells_is_the_same_one(repo):
    files = app("a") | {"repository.yaml": REPOSITORY}
    files["a/kustomization.yaml"] = files["a/kustomization.yaml"].replace("namespace: a\n", "")
    files["a/r.yaml"] = RELEASE.replace("{name: web}", "{name: web, namespace: s}")

    assert repo.values(one(repo.estate(files))) == {"from": "a"}
