"""The old name in files that no release reads."""

import pytest

from tests.migration.repository.states import STAYS, entry, found, moves, secret, told


def test_copies_of_the_old_name():
    files = {
        "README.md": "We run `valkey/valkey:8.1.4`.\n",
        "charts/x/tests/__snapshot__/a_test.yaml.snap": "image: docker.io/valkey/valkey:8.1.4\n",
        "values.yaml": "image: docker.io/valkey/valkey:8.1.4\n",
        "other.md": "valkey/valkey-bundle is another one\n",
    }

    codes = found(files, entry("data", secret=""))

    (one,) = codes.values()
    assert (one.code, one.file, one.line) == ("image-copies", "README.md", 1)
    assert one.message == ("2 lines that no release reads name an image that moves (valkey in README.md:1)")


def test_images_of_a_kustomization_and_annotations_of_a_chart_are_copies():
    files = {
        "k/kustomization.yaml": "images:\n- name: valkey/valkey\n  newTag: 8.1.4\n",
        "c/Chart.yaml": "name: c\nversion: 1.0.0\nannotations:\n  images: docker.io/valkey/valkey:8.1.4\n",
        "k/patch.yaml": "name: valkey/valkey\n",
    }

    (one,) = found(files, entry("data", secret="")).values()

    assert one.message.startswith("2 lines that no release reads name an image")


@pytest.mark.parametrize(
    "path", ["renovate.json", ".github/renovate.json5", ".renovaterc", ".renovate/images.json5"]
)
def test_a_rule_of_renovate_is_told_as_such_and_is_no_copy(path):
    rule = '{"packageRules": [{"matchPackageNames": ["valkey/valkey"]}]}'

    codes = found({path: rule, "src/images.json": '["valkey/valkey:8"]'}, entry("data", secret=""))

    assert {(one.code, one.file) for one in codes.values()} == {
        ("bot-rule", path),
        ("image-copies", "src/images.json"),
    }


def test_nothing_is_said_where_nothing_changes():
    assert not found({"s.yaml": secret(), "README.md": "acme/own"}, entry("data", STAYS, secret=""))


def copied(line, *images, path="README.md"):
    some = told({path: line + "\n"}, entry("data", *images, secret=""))
    return [one.message for one in some if one.code == "image-copies"]


@pytest.mark.parametrize(
    ("line", "is_it"),
    [
        ("valkey/valkey", True),
        ("see `valkey/valkey:8`.", True),
        ("docker pull docker.io/valkey/valkey@sha256:0", True),
        ("skopeo copy docker://valkey/valkey:8 dir:x", True),
        ("skopeo copy docker://docker.io/valkey/valkey:8 dir:x", True),
        ("(valkey/valkey)", True),
        ('["valkey/valkey"]', True),
        # Another image, or none.
        ("quay.io/valkey/valkey:8", False),
        ("ghcr.io/acme/valkey/valkey:8", False),
        ("https://github.com/valkey/valkey", False),
        ("https://hub.docker.com/r/valkey/valkey", False),
        ("mydocker.io/valkey/valkey:8", False),
        ("my-valkey/valkey:8", False),
        ("valkey/valkey-bundle:8", False),
        ("valkey/valkey/x", False),
        ("valkey/valkey.md", False),
    ],
)
def test_how_a_text_names_an_image(line, is_it):
    assert bool(copied(line)) is is_it


def test_an_image_of_another_registry_is_named_with_it():
    other = moves("quay.io/acme/app:1", "dhi.io/app:1")

    assert copied("quay.io/acme/app:1", other)
    assert not copied("acme/app:1", other)


def test_of_names_without_an_owner_none_are_looked_for():
    """A bare word is a word of many texts."""
    assert not copied("nginx:1.29 and library/nginx:1", moves("nginx:1.29", "dhi.io/nginx:1.29"))


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("Jenkinsfile", True),
        ("docs/a.md", True),
        ("scripts/pull.sh", True),
        ("skaffold.yaml", True),
        ("charts/x/Chart.yaml", True),
        ("charts/x/tests/__snapshot__/a.yaml", True),
        # Other findings tell of what is deployed.
        ("apps/x/values.yaml", False),
        ("apps/x/deployment.yml", False),
    ],
)
def test_which_files_hold_copies(path, is_it):
    assert bool(copied("image: valkey/valkey:8", path=path)) is is_it


@pytest.mark.parametrize(
    ("line", "is_it"),
    [
        ("- name: valkey/valkey", True),
        ("  newName: valkey/valkey", True),
        ("  newName: docker.io/valkey/valkey", True),
        ("- image: valkey/valkey", False),
        ("# name: valkey/valkey", False),
    ],
)
def test_which_lines_of_a_kustomization_are_copies(line, is_it):
    assert bool(copied(f"images:\n{line}", path="k/kustomization.yaml")) is is_it


def test_more_than_a_few_images_are_counted():
    images = [moves(f"acme/a{n}:1", f"dhi.io/a{n}:1") for n in range(6)]
    text = "\n".join(f"acme/a{n}:1" for n in range(6))

    (message,) = copied(text, *images)

    assert message == (
        "6 lines that no release reads name images that move (a0 in README.md:1, a1 in README.md:2, "
        "a2 in README.md:3, a3 in README.md:4 and 2 more)"
    )
    assert copied("acme/a1:1 acme/a1:2", *images) == [
        "1 line that no release reads names an image that moves (a1 in README.md:1)"
    ]
