"""The old name in files that no release reads."""

import pytest

from tests.migration.repository.states import STAYS, entry, found, secret


def test_copies_of_the_old_name(tmp_path):
    files = {
        "README.md": "We run `valkey/valkey:8.1.4`.\n",
        "charts/x/tests/__snapshot__/a_test.yaml.snap": "image: docker.io/valkey/valkey:8.1.4\n",
        "values.yaml": "image: docker.io/valkey/valkey:8.1.4\n",
        "other.md": "valkey/valkey-bundle is another one\n",
    }

    codes = found(tmp_path, files, entry("data", secret=""))

    (one,) = codes.values()
    assert (one.code, one.file, one.line) == ("image-copies", "README.md", 1)
    assert one.message == ("2 lines that no release reads name an image that moves (valkey in README.md:1)")


def test_images_of_a_kustomization_and_annotations_of_a_chart_are_copies(tmp_path):
    files = {
        "k/kustomization.yaml": "images:\n- name: valkey/valkey\n  newTag: 8.1.4\n",
        "c/Chart.yaml": "name: c\nversion: 1.0.0\nannotations:\n  images: docker.io/valkey/valkey:8.1.4\n",
        "k/patch.yaml": "name: valkey/valkey\n",
    }

    (one,) = found(tmp_path, files, entry("data", secret="")).values()

    assert one.message.startswith("2 lines that no release reads name an image")


@pytest.mark.parametrize(
    "path", ["renovate.json", ".github/renovate.json5", ".renovaterc", ".renovate/images.json5"]
)
def test_a_rule_of_renovate_is_told_as_such_and_is_no_copy(tmp_path, path):
    rule = '{"packageRules": [{"matchPackageNames": ["valkey/valkey"]}]}'

    codes = found(tmp_path, {path: rule, "src/images.json": '["valkey/valkey:8"]'}, entry("data", secret=""))

    assert {(one.code, one.file) for one in codes.values()} == {
        ("bot-rule", path),
        ("image-copies", "src/images.json"),
    }


def test_nothing_is_said_where_nothing_changes(tmp_path):
    assert not found(tmp_path, {"s.yaml": secret(), "README.md": "acme/own"}, entry("data", STAYS, secret=""))
