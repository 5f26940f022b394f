"""The words of an upstream tag: which say how it is built, which name a variant, and what explains one."""

from dataclasses import replace

import pytest

from migrate_dhi.dhi.tags import parse_upstream
from migrate_dhi.dhi.words import parts, unexplained, variant_words
from tests.dhi.ready import BARE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Redis_Exporter", ["redis", "exporter"]),
        ("a--b..c", ["a", "b", "c"]),
        ("", []),
        ("PHP8.3-FPM", ["php8", "3", "fpm"]),
    ],
)
def test_the_words_of_a_name(text, words):
    assert parts(text) == words


@pytest.mark.parametrize(
    "tag",
    [
        "1.2.3",
        "v1.2.3",
        "1.2.3-alpine",
        "1.2.3-alpine3.20",
        "1.2.3-slim-bookworm",
        "1.2.3-debian-12-r3",
        "1.2.3-ubuntu24.04",
        "1.2.3-ubi9",
        "1.2.3-ubi9-minimal",
        "1.2.3-jammy",
        "1.2.3-distroless-libc",
        "1.2.3-static-nonroot",
        "1.2.3-rootless",
        "1.2.3-linux-amd64",
        "1.2.3-arm64",
        "1.2.3-multiarch",
        "1.2.3-r0",
        "1.2.3-ls142",
        "1.2.3-build.7",
        "1.2.3-eksbuild.1",
        "1.2.3-rancher1",
        "1.2.3-k3s1",
        "1.2.3_p1",
        "1.2.3-v20240101",
        "1.2.3-20240101",
        "1.2.3-20240101t0102z",
        "1.2.3-g1a2b3c4",
        "1.2.3-1a2b3c4d",
        "3385.vf1123fb_515da_",
        "3385.vf1123fb_515da_-1",
        "1.2.3-oss",
        "1.2.3-community",
        "1.2.3-ga",
        "1.2.3-helm-chart",
        "1.2.3+deb12u1",
        "latest",
        "stable",
        "main",
    ],
)
def test_how_it_is_built_may_go(tag):
    assert variant_words(parse_upstream(tag)) == ()


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("8.3-apache", ("apache",)),
        ("3.13-management-alpine", ("management",)),
        ("1.27-perl", ("perl",)),
        ("17-jdk-jammy", ("jdk",)),
        ("2.1-cuda12.4-runtime", ("cuda12.4", "runtime")),
        ("1.2-enterprise", ("enterprise",)),
        ("v1.6.0-server", ("server",)),
        ("server-v1.6.0", ("server",)),
        ("16-3.4-postgis", ("postgis",)),
        ("9.0-full", ("full",)),
        ("1.2.3-web-gpu-slim", ("gpu", "web")),
        ("kafka-4.1.0", ("kafka",)),
    ],
)
def test_what_is_no_such_word_names_a_variant(tag, words):
    assert variant_words(parse_upstream(tag)) == words


def lost(*words, **facts):
    return unexplained(words, replace(BARE, **facts))


@pytest.mark.parametrize(
    ("word", "facts"),
    [
        ("bare", {}),
        ("server", {"image": "acme-server"}),
        ("compat", {"flavor": "compat"}),
        ("fpm", {"flavor": "php8.3-fpm"}),
        ("stable", {"line": "stable"}),
        ("jdk21", {"tags": ("1.4-jdk21-debian13",)}),
        ("web", {"tags": ("1.4.2-web-app-debian13",)}),
        ("perl", {"packages": ("perl-base=5",)}),
        ("postgis", {"packages": ("postgis-3",)}),
        ("geoip2", {"packages": ("geo-ip2",)}),
        ("controller", {"sources": ("https://github.com/acme/x.git#controller-v1.4.2",)}),
        ("apache", {"entrypoint": ("/usr/sbin/apache-start",)}),
        ("worker", {"entrypoint": (), "cmd": ("/bin/worker",)}),
    ],
)
def test_a_word_is_explained_by_what_the_image_is(word, facts):
    assert lost(word, **facts) == ()
    assert lost(word, "other", **facts) == ("other",)


@pytest.mark.parametrize(
    ("word", "facts"),
    [
        ("apache", {}),
        ("apache", {"entrypoint": ("/opt/apache/bin/httpd",)}),
        ("perl", {"sources": ("https://github.com/acme/perl.git#v1",)}),
        ("per", {"packages": ("perl",)}),
        ("jdk21", {"tags": ("1.4-jdk17-debian13",)}),
        ("debian13", {"tags": ("1.4",)}),
    ],
)
def test_a_word_is_not_explained_by_what_only_has_it_inside(word, facts):
    assert lost(word, **facts) == (word,)


@pytest.mark.parametrize(
    ("word", "image", "packages", "explained"),
    [
        ("jdk21", "tool", ("openjdk-21-jre",), True),
        ("jre", "tool", ("openjdk-21-jre",), True),
        ("java-21", "tool", ("openjdk-21-jre",), True),
        ("jdk17", "tool", ("openjdk-21-jre",), False),
        ("jdk", "tool", ("ca-certificates",), False),
        # A Java image is its own Java.
        ("jdk", "temurin", ("temurin-21-jre",), False),
        ("jre", "temurin", ("temurin-21-jre",), True),
    ],
)
def test_the_java_that_an_image_brings(word, image, packages, explained):
    assert bool(lost(word, image=image, packages=packages)) is not explained


def test_what_is_lost_keeps_its_order():
    assert lost("z", "bare", "a") == ("z", "a")
