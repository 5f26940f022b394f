"""A release as data: what it is called, what it reads, and what of it is its own."""

from dataclasses import replace

import pytest

from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin, Release, Unresolved, own_file, show, told_apart

BASE = Release(
    "application", "shop", "web", "web.yaml", 0, 1, Origin("repository", "web", "1.0.0", "https://x.example")
)


def reading(*layers, **changes):
    return replace(BASE, layers=tuple(layers), **changes)


def file(name):
    return Layer("file", name)


@pytest.mark.parametrize(("namespace", "expected"), [("shop", "shop/web"), ("", "default/web")])
def test_id(namespace, expected):
    assert replace(BASE, namespace=namespace).id == expected


def test_files_are_those_that_are_read_with_what_a_text_is_composed_of():
    frozen = Layer("map", "set.yaml", text="a: 1", sources=("env.yaml", "set.yaml"))
    unread = Layer("unread", "secret.yaml", writable=False)

    found = reading(file("a.yaml"), unread, frozen, file("a.yaml")).files

    assert found == ("a.yaml", "env.yaml", "set.yaml")


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (["a.yaml", "b.yaml"], [], "b.yaml"),
        (["a.yaml", "b.yaml"], [["b.yaml"]], "a.yaml"),
        (["a.yaml"], [["a.yaml"]], "web.yaml"),
        ([], [], "web.yaml"),
        # The other one stands in the same file.
        (["a.yaml"], [["a.yaml", "web.yaml"]], ""),
    ],
)
def test_the_strongest_file_that_no_other_reads(own, others, expected):
    release = reading(*map(file, own))
    rest = [replace(reading(*map(file, names)), file=f"other{at}.yaml") for at, names in enumerate(others)]

    assert own_file(release, rest) == expected


def test_a_file_that_deploys_two_is_the_own_of_none():
    assert own_file(BASE, [replace(BASE, name="db")]) == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [((), ""), (("spec", "values"), "spec.values"), (("spec", "sources", 1, "helm"), "spec.sources[1].helm")],
)
def test_path_of_a_layer_for_people(path, expected):
    assert show(Layer("map", "a.yaml", 0, path)) == expected


def test_json_of_a_release():
    layer = Layer("map", "web.yaml", 0, ("spec", "values"))

    assert reading(layer, object="other").to_json() == {
        "way": "application",
        "namespace": "shop",
        "name": "web",
        "chart": {
            "kind": "repository",
            "name": "web",
            "version": "1.0.0",
            "path": None,
            "url": "https://x.example",
        },
        "layers": [{"form": "map", "file": "web.yaml", "path": "spec.values"}],
        "file": "web.yaml",
        "line": 1,
        "object": "other",
    }


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (
            Origin("directory", "web", path="apps/web"),
            {"kind": "directory", "name": "web", "version": None, "path": "apps/web", "url": None},
        ),
        (
            Origin("oci", "web", "1", "oci://x/web"),
            {"kind": "oci", "name": "web", "version": "1", "path": None, "url": "oci://x/web"},
        ),
    ],
)
def test_json_of_a_chart(origin, expected):
    assert origin.to_json() == expected


def test_json_of_what_is_not_resolved():
    assert Unresolved("fleet", "web", "a.yaml", 3, "why").to_json() == {
        "way": "fleet",
        "name": "web",
        "file": "a.yaml",
        "line": 3,
        "reason": "why",
    }


def test_releases_of_one_name_are_told_apart_by_what_builds_them():
    def release(name, build):
        return Release("helmfile", "shop", name, "helmfile.yaml", 0, 1, Origin("oci", name), build=build)

    web, again, mail = release("web", "dev"), release("web", "prod"), release("mail", "dev")

    assert told_apart([web, again, mail]) == ["shop/web (dev)", "shop/web (prod)", "shop/mail"]
    assert told_apart([web, mail]) == ["shop/web", "shop/mail"]
    assert told_apart([web], [again]) == ["shop/web (dev)"]
    assert told_apart([web], [web]) == ["shop/web"]
