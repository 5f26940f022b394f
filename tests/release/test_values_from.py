"""The values that a HelmRelease takes from maps: which map is meant, what is read of it, and what is only named."""

import pytest

from tests.release.conftest import layers, one
from tests.release.test_helmreleases import with_source


def config(data, *, name="settings", namespace="shop", kind="ConfigMap", more=""):
    where = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}{where}}}\ndata: {data}\n{more}"


def read(repo, entry, **files):
    return one(repo.estate(with_source(f"  valuesFrom: [{{{entry}}}]\n", **files)))


MAP = "kind: ConfigMap, name: settings"
SEAL = "sops: {mac: x}\n"


@pytest.mark.parametrize(
    ("entry", "text", "values"),
    [
        (MAP, config("{values.yaml: 'a: 1'}"), {"a": 1}),
        (f"{MAP}, valuesKey: other", config("{values.yaml: 'a: 1', other: 'a: 2'}"), {"a": 2}),
        (f"{MAP}, targetPath: a.b", config("{values.yaml: '5'}"), {"a": {"b": 5}}),
        (f"{MAP}, valuesKey: k, targetPath: 'a[0]'", config("{k: '\"5\"'}"), {"a": ["5"]}),
        (MAP, config("{values.yaml: ''}"), {}),
        # A map that names no namespace may get it when it is built.
        (MAP, config("{values.yaml: 'a: 1'}", namespace=""), {"a": 1}),
        # What is sealed is not read.
        (MAP, config("{values.yaml: 'a: 1'}", more=SEAL), {}),
        (MAP, config("{values.yaml: 'a: ENC[x]'}", more="sops: {mac_only_encrypted: true}\n"), {}),
        (
            MAP,
            config("{values.yaml: 'a: 1', b: 'ENC[x]'}", more="sops: {mac_only_encrypted: true}\n"),
            {"a": 1},
        ),
    ],
)
def test_what_a_map_of_the_repository_gives(repo, entry, text, values):
    assert repo.values(read(repo, entry, settings_yaml=text)) == values


@pytest.mark.parametrize(
    ("entry", "text", "file", "reason"),
    [
        (MAP, "", "web.yaml", "ConfigMap settings is not in this repository"),
        (f"{MAP}, optional: true", "", "web.yaml", "ConfigMap settings is not in this repository"),
        # Of another namespace it is another map.
        (
            MAP,
            config("{values.yaml: 'a: 1'}", namespace="other"),
            "web.yaml",
            "ConfigMap settings is not in this repository",
        ),
        (MAP, config("{other: 'a: 1'}"), "settings.yaml", "ConfigMap settings has no key values.yaml"),
        (MAP, config("{values.yaml: {a: 1}}"), "settings.yaml", "ConfigMap settings has no key values.yaml"),
        (
            MAP,
            config("{values.yaml: 'a: 1'}", more=SEAL),
            "settings.yaml",
            "settings.yaml is sealed with SOPS",
        ),
        (
            "kind: Secret, name: settings",
            config("{values.yaml: YTogMQ==}", kind="Secret"),
            "settings.yaml",
            "Secret settings, which is never read",
        ),
        # A Secret and a map of one name are two objects.
        (
            "kind: Secret, name: settings",
            config("{values.yaml: 'a: 1'}"),
            "web.yaml",
            "Secret settings, which is never read",
        ),
        (
            f"{MAP}, targetPath: 'a['",
            config("{values.yaml: '1'}"),
            "web.yaml",
            "ConfigMap settings: its targetPath is none that Helm takes",
        ),
    ],
)
def test_what_is_not_read_is_told_where_it_stands(repo, entry, text, file, reason):
    found = read(repo, entry, settings_yaml=text).layers[0]

    assert (found.form, found.file, found.reason, found.writable) == ("unread", file, reason, False)


def test_what_is_not_read_hides_only_what_lies_below_its_place(repo):
    found = read(repo, "kind: Secret, name: keys, targetPath: 'auth.users[1].password'").layers[0]

    assert (found.form, found.at) == ("unread", ("auth", "users", 1, "password"))


def test_an_optional_key_that_is_not_there_is_passed_over_and_another_is_not(repo):
    entries = (
        f"{{{MAP}, optional: true}}, {{{MAP}, valuesKey: there, optional: true}}, {{{MAP}, valuesKey: gone}}"
    )
    files = with_source(f"  valuesFrom: [{entries}]\n", settings_yaml=config("{there: 'a: 1'}"))

    found = one(repo.estate(files))

    assert [(layer.form, layer.path) for layer in found.layers[:-1]] == [
        ("text", ("data", "there")),
        ("unread", ()),
    ]


def test_of_two_maps_of_a_name_the_nearest_counts_where_neither_says_where_it_goes(repo):
    files = with_source(f"  valuesFrom: [{{{MAP}}}]\n")
    near = {f"apps/shop/{name}": text for name, text in files.items()}
    near["apps/shop/map.yaml"] = config("{values.yaml: 'a: near'}", namespace="")
    near["apps/mail/map.yaml"] = config("{values.yaml: 'a: far'}", namespace="")

    found = one(repo.estate(near))

    assert repo.values(found) == {"a": "near"}
    # One that says its namespace is meant before.
    near["apps/mail/map.yaml"] = config("{values.yaml: 'a: far'}")
    assert repo.values(one(repo.estate(near))) == {"a": "far"}


GENERATED = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [web.yaml, acme.yaml]
generatorOptions: {disableNameSuffixHash: %s}
configMapGenerator:
  - name: settings
    files: [values.yaml=env.yaml, gone.yaml]
    literals: ['port=8080', 'text="8080"']
"""


@pytest.mark.parametrize(
    ("entry", "told", "values"),
    [
        (MAP, ("file", "apps/env.yaml", 0, ()), {"a": 1}),
        (
            f"{MAP}, valuesKey: port, targetPath: p",
            ("text", "apps/kustomization.yaml", 0, ("configMapGenerator", 0, "literals", 0)),
            {"p": 8080},
        ),
        (
            f"{MAP}, valuesKey: text, targetPath: p",
            ("text", "apps/kustomization.yaml", 0, ("configMapGenerator", 0, "literals", 1)),
            {"p": 8080},
        ),
        (f"{MAP}, targetPath: p", ("text", "apps/env.yaml", 0, ("values.yaml",)), {"p": "a: 1"}),
        (f"{MAP}, valuesKey: gone.yaml", ("unread", "apps/gone.yaml", 0, ()), {}),
        (f"{MAP}, valuesKey: none", ("unread", "apps/kustomization.yaml", 0, ()), {}),
    ],
)
def test_what_a_generated_map_gives(repo, entry, told, values):
    files = {f"apps/{name}": text for name, text in with_source(f"  valuesFrom: [{{{entry}}}]\n").items()}
    files |= {"apps/kustomization.yaml": GENERATED % "true", "apps/env.yaml": "a: 1\n"}

    found = one(repo.estate(files))

    assert layers(found)[0] == told
    assert repo.values(found) == values
    # With a hash behind its name nobody finds it.
    hashed = one(repo.estate({"apps/kustomization.yaml": GENERATED % "false"}))
    assert (hashed.layers[0].form, "hash" in hashed.layers[0].reason) == ("unread", True)


def test_a_generated_file_that_is_gone_hides_only_its_place(repo):
    entry = f"{MAP}, valuesKey: gone.yaml, targetPath: a.b"
    files = {f"apps/{name}": text for name, text in with_source(f"  valuesFrom: [{{{entry}}}]\n").items()}

    found = one(repo.estate({**files, "apps/kustomization.yaml": GENERATED % "true", "apps/env.yaml": ""}))

    assert (found.layers[0].form, found.layers[0].at) == ("unread", ("a", "b"))
