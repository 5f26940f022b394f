"""Which layers may be read where SOPS seals their file, and which files a layer that cannot be read is named with."""

import pytest

from migrate_dhi.release.contents import Contents
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.stacked import besides, sealed
from tests.release.conftest import one
from tests.release.test_helmreleases import with_source

SEAL = "sops: {mac: 'ENC[x]'}\n"
PARTLY = "sops: {mac: 'ENC[x]', mac_only_encrypted: true}\n"
OBJECT = "kind: HelmRelease\nspec: {values: {a: %s}, other: %s}\n"
FILE = Layer("file", "a.yaml")
MAP = Layer("map", "a.yaml", 0, ("spec", "values"))


@pytest.mark.parametrize(
    ("layer", "text", "is_sealed"),
    [
        (FILE, "a: 1\n", False),
        (FILE, f"a: 1\n{SEAL}", True),
        (FILE, f"a: 1\n{PARTLY}", False),
        (FILE, f"a: ENC[x]\n{PARTLY}", True),
        # It may be plain data, and no seal.
        (FILE, "a: {sops: x}\n", False),
        (FILE, "sops: text\n", False),
        (FILE, "sops: {mac: x, mac_only_encrypted: 'true'}\n", True),
        (MAP, OBJECT % ("1", "2") + SEAL, True),
        (MAP, OBJECT % ("1", "2") + PARTLY, False),
        (MAP, OBJECT % ("'ENC[x]'", "2") + PARTLY, True),
        # Another place of the object is encrypted.
        (MAP, OBJECT % ("1", "'ENC[x]'") + PARTLY, False),
        # Each document has a seal of its own.
        (MAP, OBJECT % ("1", "2") + f"---\nb: 1\n{SEAL}", False),
        (Layer("map", "a.yaml", 1, ("b",)), f"a: 1\n---\nb: {{c: 1}}\n{SEAL}", True),
        (Layer("text", "a.yaml", 0, ("data", "k")), f"data: {{k: 'a: 1', l: 'ENC[x]'}}\n{PARTLY}", False),
        (Layer("text", "a.yaml", 0, ("data", "k")), f"data: {{k: 'ENC[x]', l: 'a: 1'}}\n{PARTLY}", True),
        (Layer("text", "a.yaml", 0, ("data", "k")), f"data: {{k: 'a: 1'}}\n{SEAL}", True),
    ],
)
def test_a_seal(repo, layer, text, is_sealed):
    repo.write({"a.yaml": text})

    told = sealed(Contents(repo.snapshot()), layer)

    assert told == ("a.yaml is sealed with SOPS" if is_sealed else "")


def test_files_besides_one():
    assert besides("a", ["b", "a", "c", "b"]) == ("b", "c")
    assert besides("a", ["a"]) == ()


SECRET = "apiVersion: v1\nkind: %s\nmetadata: {name: keys, namespace: shop}\nstringData: {values.yaml: 'a: canary'}\n"


@pytest.mark.parametrize(
    ("files", "file"),
    [
        ({}, "web.yaml"),
        ({"keys.yaml": SECRET % "Secret"}, "keys.yaml"),
        # Of another kind it is another object.
        ({"keys.yaml": SECRET % "ConfigMap"}, "web.yaml"),
        (
            {
                "kustomization.yaml": "resources: [web.yaml, acme.yaml]\nsecretGenerator: [{name: keys, literals: [a=canary]}]\n"
            },
            "kustomization.yaml",
        ),
        (
            {
                "kustomization.yaml": "resources: [web.yaml, acme.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
                "secretGenerator: [{name: keys, literals: [a=canary]}]\n"
            },
            "kustomization.yaml",
        ),
    ],
)
def test_a_secret_is_named_where_it_stands_and_never_read(repo, files, file):
    more = "  valuesFrom: [{kind: Secret, name: keys}]\n"

    found = one(repo.estate(with_source(more) | files)).layers[0]

    assert (found.form, found.reason, found.writable) == ("unread", "Secret keys, which is never read", False)
    assert found.file == file
    assert found.values(dict.fromkeys(files, "a: canary")) == {}


@pytest.mark.parametrize(
    ("spaces", "expected"),
    [
        (["shop"], {"a": 0}),
        (["other"], {}),
        ([""], {"a": 0}),
        (["other", "shop"], {"a": 1}),
        (["shop", ""], {"a": 0}),
        (["", "shop"], {"a": 1}),
    ],
)
def test_of_several_config_maps_that_of_its_namespace_is_read(repo, spaces, expected):
    maps = {
        f"map{at}.yaml": (
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m, namespace: '{space}'}}\n"
            f"data: {{values.yaml: 'a: {at}'}}\n"
        )
        for at, space in enumerate(spaces)
    }

    found = one(repo.estate(with_source("  valuesFrom: [{kind: ConfigMap, name: m}]\n") | maps))

    assert repo.values(found) == expected
    assert found.layers[0].form == ("text" if expected else "unread")
