"""Which values are taken for parts of an image by their keys, and what is put into them to find out."""

from types import SimpleNamespace

import pytest

from migrate_dhi.trace.candidates import (
    Candidate,
    by_content,
    image_like,
    is_likely,
    is_whole_image,
    marker,
    unlisted,
)
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.unlisted import named


@pytest.mark.parametrize(
    "key", ["tag", "imageTag", "tagSuffix", "dockerTag", "image_tag", "defaultTags", "TAG"]
)
def test_a_key_that_speaks_of_a_tag(key):
    assert [candidate.path for candidate in image_like({key: "1.2.3"})] == [(key,)]


@pytest.mark.parametrize("key", ["stage", "dataAggregator", "percentage", "advantage"])
def test_a_key_that_only_spells_it(key):
    assert image_like({key: "1.2.3"}) == []


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{{ .Values.image.tag }}", [("image", "tag")]),
        ("{{ ((.Values.image).tag) | default 1 }}", [("image", "tag")]),
        ("{{ ($.Values.a.b).c.d }}", [("a", "b", "c", "d")]),
        ('{{ index .Values "my-app" "image" }}', [("my-app", "image")]),
        ('{{ get .Values.app.image "tag" }}', [("app", "image", "tag")]),
        ('{{ dig "image" "tag" "latest" .Values.app }}', [("app", "image", "tag")]),
        ('{{ dig "image" "tag" $other (.Values) }}', [("image", "tag")]),
        ('{{ printf "%s" "x" }} {{ .Chart.Name }}', []),
    ],
)
def test_values_that_templates_name_in_any_spelling(text, paths):
    assert list(named(text)) == paths


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("docker.io/valkey/valkey:8.1.3", True),
        ("valkey/valkey:v8.1.3-alpine", True),
        ("localhost:5000/app:1.0", True),
        ("http://host/path:8.0", False),
        ("valkey:8.1.3", False),
        ("some/path:latest", False),
        ("run docker.io/valkey/valkey:8.1.3", True),
    ],
)
def test_a_whole_image_is_found_under_any_key(value, found):
    values = {"env": [{"name": "RELATED", "value": value}]}

    assert [c.path for c in image_like(values)] == ([("env", 0, "value")] if found else [])


DIGEST = f"sha256:{'0a' * 32}"


def candidate(key, value=None, label=""):
    return Candidate(Variable(("x", key)), value, label)


def paths(candidates):
    return [one.path for one in candidates]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("image",), True),
        (("images", "app", "name"), True),
        (("images", "all", "app", "name"), False),
        (("repo",), True),
        (("app-repo",), True),
        (("report",), False),
        (("hub",), True),
        (("githubs",), False),
        (("sha",), True),
        (("sha256",), True),
        (("shared",), False),
        (("appVersion",), True),
        (("versions",), False),
        (("digest",), True),
        (("image", "pullPolicy"), False),
        (("imagePullSecrets", 0), False),
        (("image", "labels", "tag"), False),
        (("labels", "image", "tag"), True),
        (("kubeVersion",), False),
        (("minTLSVersion",), False),
        ((0,), False),
        (("tags", 0), True),
    ],
)
def test_a_path_that_speaks_of_an_image(path, found):
    values = "1.2.3"
    for step in reversed(path):
        values = [values] if step == 0 else {step: values}

    assert paths(image_like(values)) == ([path] if found else [])


def test_booleans_and_empty_maps_are_no_part_of_an_image_and_a_null_is():
    assert paths(image_like({"image": {"tag": None, "digest": True, "registry": {}, "version": 1.5}})) == [
        ("image", "tag"),
        ("image", "version"),
    ]


def test_pieces_under_any_key_are_each_marked_once():
    values = {"env": [{"name": "SCAN_IMG", "value": "quay.io/acme/app"}, {"name": "SCAN_VER", "value": "v1"}]}

    assert [(c.path, c.role) for c in image_like(values)] == [
        (("env", 0, "value"), "repository"),
        (("env", 1, "value"), "tag"),
    ]
    assert paths(image_like({"image": {"repository": "quay.io/acme/app", "tag": "v1"}})) == [
        ("image", "repository"),
        ("image", "tag"),
    ]


@pytest.mark.parametrize(
    ("key", "value", "role"),
    [
        ("registry", "docker.io", "registry"),
        ("imageRegistry", "", "registry"),
        ("hub", "docker.io", "registry"),
        ("hostname", "docker.io", "registry"),
        ("digest", "", "digest"),
        ("sha", DIGEST, "digest"),
        ("tag", "", "tag"),
        ("version", "1", "tag"),
        ("stage", "1", "repository"),
        ("repository", "acme/app", "repository"),
        ("image", "acme/app:1.2", "image"),
        ("image", f"acme/app@{DIGEST}", "image"),
        ("image", "localhost:5000/app", "repository"),
        ("image", None, "repository"),
        ("image", 7, "repository"),
    ],
)
def test_what_a_value_is_by_its_key_and_content(key, value, role):
    assert candidate(key, value).role == role


def test_a_candidate_is_known_by_its_last_named_key():
    item = Candidate(Variable(("images", "app", 3)), "x")

    assert (item.key, Candidate(Variable((0,))).key, candidate("a", label="tag").role) == ("app", "", "tag")
    assert Candidate(Variable(("sub", "global", "tag"))).is_global
    assert not Candidate(Variable(("a", "global"))).is_global


@pytest.mark.parametrize(
    ("value", "whole"),
    [("acme/app:1.2", True), ("app:1.2", False), ("http://a/b:1", False), ("acme/app", False), (None, False)],
)
def test_a_whole_image_has_a_repository_and_a_tag(value, whole):
    assert is_whole_image(candidate("image", value)) is whole


@pytest.mark.parametrize(
    ("key", "value", "version", "text"),
    [
        # a tag stays a version of its line
        ("tag", "1.2.3", "", "1.2.70000001"),
        ("tag", "v1.2.3", "", "v1.2.70000001"),
        ("tag", "1.2.3-alpine", "", "1.2.70000001-alpine"),
        ("tag", "1.2", "", "1.2.70000001"),
        ("tag", "1", "", "1.0.70000001"),
        ("tag", "1-alpine", "", "1.0.70000001"),
        ("tag", 17, "", "17.0.70000001"),
        ("tag", "latest", "", "1.0.70000001"),
        ("tag", "", "", "1.0.70000001"),
        ("tag", None, "8.1.4", "8.1.70000001"),
        ("tag", "2.0.0", "8.1.4", "2.0.70000001"),
        ("tag", "{{ .Values.x }}", "", "1.0.70000001"),
        # what is added to a version stays no version
        ("tagSuffix", "-alpine", "", "-alpine70000001x"),
        ("tagVariant", "slim", "", "slim70000001x"),
        ("tag", "-alpine", "", "-alpine70000001x"),
        ("tag", "v", "", "v70000001x"),
        ("tag", "release-", "", "release-70000001x"),
        ("tagSuffix", "", "", "1.0.70000001"),
        # a registry stays a host, or a path of as many parts
        ("registry", "docker.io", "", "r70000001.example"),
        ("registry", "docker.io/", "", "r70000001.example/"),
        ("registry", "docker.io/acme", "", "docker.io/m70000001"),
        ("registry", "docker.io/acme/", "", "docker.io/m70000001/"),
        ("registry", None, "", "r70000001.example"),
        ("repository", "acme/app", "", "acme/m70000001"),
        ("repository", "app", "", "m70000001"),
        ("repository", "a/b/c/", "", "a/b/m70000001/"),
        ("repository", None, "", "m70000001"),
        ("image", "acme/app:1.2", "", "acme/m70000001:1.2.70000001"),
        ("image", f"acme/app:1.2@{DIGEST}", "", "acme/m70000001:1.2.70000001"),
        ("digest", DIGEST, "", "sha256:" + "70000001".rjust(64, "a")),
        ("digest", "", "", "sha256:" + "70000001".rjust(64, "a")),
        ("digest", "0a" * 32, "", "70000001".rjust(64, "a")),
    ],
)
def test_a_marker_keeps_the_shape_of_what_it_replaces(key, value, version, text):
    assert marker(candidate(key, value), 70000001, version) == text


@pytest.mark.parametrize(
    ("value", "version", "text"),
    [
        ("1.2.3", "", "1.2.3-70000001"),
        ("", "v3.7.4", "v3.7.4-70000001"),
        ("latest", "", "1.0.70000001"),
    ],
)
def test_a_marker_behind_the_version_of_a_tag(value, version, text):
    assert marker(candidate("tag", value), 70000001, version, behind=True) == text


@pytest.mark.parametrize(
    ("key", "value", "likely"),
    [
        ("anything", "x", True),
        ("anything", 0, True),
        ("tag", "", True),
        ("imageTag", None, True),
        ("image", "", True),
        ("repo", "", True),
        ("imageOverride", "", False),
        ("digest", "", False),
        ("myTag", None, False),
    ],
)
def test_an_empty_value_is_likely_by_its_plain_name_only(key, value, likely):
    assert is_likely(candidate(key, value)) is likely


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("quay.io", True),
        ("quay.io/acme", True),
        ("acme", True),
        ("acme/app/", True),
        ("acme/app", True),
        ("app:v1.2-alpine", False),
        ("v1.2-alpine", True),
        ("v1.2", True),
        ("1.2", True),
        ("alpine", True),
        ("quay.io/app", False),
        ("0a" * 32, True),
        (DIGEST, True),
        (f"quay.io/acme/app:v1.2-alpine@{DIGEST}", True),
        ("quay.io/acme/app:v1.2-alpine", True),
        ("ine", False),
        ("a", False),
        # a template, by what is written beside its braces
        ("{{ .Values.from }}/acme/app:v1.2-alpine", True),
        ("quay.io/acme/{{ .Values.name }}:{{ .Values.of }}", True),
        ("{{ .Chart.AppVersion }}", True),
        ("{{ .Values.from }}/acme/tool", False),
        ("v1.2-alpine {{ .Chart.Name }}", False),
        (True, False),
        (None, False),
    ],
)
def test_a_value_that_stands_whole_inside_of_an_image(value, found):
    image = f"quay.io/acme/app:v1.2-alpine@{DIGEST}"

    assert paths(by_content({"any": value}, [image], [])) == ([("any",)] if found else [])


def test_a_number_inside_of_an_image_and_what_is_known_is_not_asked_again():
    values = {"n": 17, "known": "17"}

    assert paths(by_content(values, ["a/b:17"], [Candidate(Variable(("known",)))])) == [("n",)]


def test_the_same_keys_beside_the_other_values_of_an_image_come_along():
    values = {
        "defaults": {"name": "app"},
        "main": {"tag": "1.2", "name": ""},
        "other": {"name": "set"},
        "list": ["app"],
    }

    found = by_content(values, ["acme/app:9"], [], [("main",), ("other",), ("list",), ("nothing",)])

    assert [(c.path, c.value) for c in found] == [
        (("defaults", "name"), "app"),
        (("list", 0), "app"),
        (("main", "name"), None),
    ]


def chart(text, prefix=(), defaults=None, kind="application"):
    return SimpleNamespace(
        prefix=prefix,
        metadata={"type": kind},
        defaults=defaults or {},
        templates=(("c/templates/x.yaml", text),),
    )


def test_values_that_templates_read_and_nothing_lists():
    values = {"set": {"tag": "1"}, "other": {"key": 1}, "nested": {"image": {"repository": "a", "tag": {}}}}
    text = '{{ .Values.new.tag }} {{ .Values.set.tag }} {{ .Values.plain }} {{ .image.digest }} {{ get . "hub" }}'

    found = unlisted(values, [chart(text, defaults={"gone": {"tag": None, "key": None}})], [])

    assert paths(found) == [
        ("gone", "tag"),
        ("new", "tag"),
        ("set", "digest"),
        ("set", "hub"),
        ("nested", "image", "digest"),
        ("nested", "image", "hub"),
    ]


def test_of_a_dependency_and_of_a_library_and_what_is_known_is_left_out():
    nodes = [
        chart("{{ .Values.image.tag }}", ("sub",)),
        chart("{{ .Values.image.hub }}", ("sub", "lib"), kind="library"),
    ]

    found = unlisted({}, nodes, [Candidate(Variable(("sub", "image", "tag")))])

    assert paths(found) == [("sub", "lib", "image", "hub"), ("sub", "image", "hub")]
