"""Image references: what is one, what its parts are, and which two name the same image."""

import pytest

from migrate_dhi.errors import MalformedReferenceError
from migrate_dhi.oci.reference import Reference

DIGEST = "sha256:" + "a1" * 32


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("valkey", ("", "valkey", "", "")),
        ("valkey:8.1", ("", "valkey", "8.1", "")),
        ("valkey/valkey:8.1", ("", "valkey/valkey", "8.1", "")),
        ("docker.io/valkey/valkey:8.1.3", ("docker.io", "valkey/valkey", "8.1.3", "")),
        ("dhi.io/valkey", ("dhi.io", "valkey", "", "")),
        ("localhost/app:1", ("localhost", "app", "1", "")),
        ("localhost:5000/app", ("localhost:5000", "app", "", "")),
        ("registry:5000/team/app:1", ("registry:5000", "team/app", "1", "")),
        ("[::1]:5000/app:1", ("[::1]:5000", "app", "1", "")),
        ("10.0.0.1:5000/a/b/c/d:1", ("10.0.0.1:5000", "a/b/c/d", "1", "")),
        ("Harbor.Example/app", ("Harbor.Example", "app", "", "")),
        (f"valkey@{DIGEST}", ("", "valkey", "", DIGEST)),
        (f"docker.io/valkey/valkey:8.1@{DIGEST}", ("docker.io", "valkey/valkey", "8.1", DIGEST)),
        ("app@sha512:" + "A" * 128, ("", "app", "", "sha512:" + "A" * 128)),
        ("app@multi+sha2_x.y-z:" + "0" * 32, ("", "app", "", "multi+sha2_x.y-z:" + "0" * 32)),
        ("a.b/c", ("a.b", "c", "", "")),
        ("a_b/c__d/e-f/g---h/i.j:_x.Y-Z", ("", "a_b/c__d/e-f/g---h/i.j", "_x.Y-Z", "")),
        ("app:" + "t" * 128, ("", "app", "t" * 128, "")),
    ],
)
def test_a_reference_has_these_parts_and_is_written_as_it_was_read(text, parts):
    reference = Reference.parse(text)

    assert (reference.registry, reference.repository, reference.tag, reference.digest) == parts
    assert str(reference) == text
    assert Reference.try_parse(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        " valkey",
        "valkey ",
        "valkey\n",
        "Valkey",
        "Team/app",
        "docker.io/Team/app",
        "/valkey",
        "valkey/",
        "a//b",
        "valkey:",
        "valkey:-1",
        "valkey:.1",
        "valkey:1:2",
        "valkey:1 2",
        "app:" + "t" * 129,
        "valkey@",
        "valkey@sha256",
        "valkey@sha256:abc",
        "valkey@sha256:" + "g" * 64,
        "valkey@sha256:" + "a" * 31,
        f"valkey@{DIGEST}:8.1",
        "-valkey",
        "valkey-",
        "a..b",
        "a___b",
        "a._b",
        "-host.example/app",
        "host-.example/app",
        "host.example:/app",
        "host.example:port/app",
        "[::1/app",
        "https://docker.io/valkey",
        "{{ .Values.image }}",
        "${IMAGE}",
        "docker.io/",
    ],
)
def test_what_is_no_reference_is_refused_with_the_form_that_one_has(text):
    assert Reference.try_parse(text) is None
    with pytest.raises(MalformedReferenceError) as refused:
        Reference.parse(text)
    assert repr(text) in str(refused.value)
    assert "registry/" in refused.value.help


@pytest.mark.parametrize(
    ("text", "name", "image"),
    [
        ("valkey:1", "valkey", "valkey"),
        ("valkey/cache:1", "cache", "valkey/cache"),
        (f"docker.io/a/b/c:1@{DIGEST}", "c", "docker.io/a/b/c"),
        ("localhost:5000/app", "app", "localhost:5000/app"),
    ],
)
def test_its_name_is_the_last_part_and_its_image_has_no_tag(text, name, image):
    reference = Reference.parse(text)

    assert (reference.name, reference.image) == (name, image)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("valkey", "docker.io/library/valkey"),
        ("valkey:8", "docker.io/library/valkey:8"),
        ("library/valkey", "docker.io/library/valkey"),
        ("docker.io/valkey", "docker.io/library/valkey"),
        ("index.docker.io/valkey:8", "docker.io/library/valkey:8"),
        ("registry-1.docker.io/valkey/valkey", "docker.io/valkey/valkey"),
        ("valkey/valkey", "docker.io/valkey/valkey"),
        ("dhi.io/valkey:8", "dhi.io/valkey:8"),
        ("localhost/valkey", "localhost/valkey"),
        ("quay.io/a/b", "quay.io/a/b"),
        (f"valkey@{DIGEST}", f"docker.io/library/valkey@{DIGEST}"),
    ],
)
def test_the_same_image_has_one_canonical_form(text, canonical):
    reference = Reference.parse(text).canonical()

    assert str(reference) == canonical
    assert reference.canonical() == reference


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("valkey:8", "valkey:9"),
        ("valkey/valkey", "valkey"),
        ("dhi.io/valkey", "docker.io/valkey"),
        ("dhi.io/library/valkey", "dhi.io/valkey"),
        ("docker.io:443/valkey", "docker.io/valkey"),
    ],
)
def test_other_images_have_another(one, other):
    assert Reference.parse(one).canonical() != Reference.parse(other).canonical()


def test_another_tag_takes_the_place_of_tag_and_digest():
    reference = Reference.parse(f"dhi.io/valkey:8.1@{DIGEST}")

    assert str(reference.with_tag("9.0")) == "dhi.io/valkey:9.0"
    assert str(reference.with_tag("9.0", DIGEST)) == f"dhi.io/valkey:9.0@{DIGEST}"
    assert str(reference.with_tag("")) == "dhi.io/valkey"
