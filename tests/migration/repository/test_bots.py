"""Rules of update bots that name an image which moves."""

from tests.migration.repository.states import found


def test_a_rule_of_renovate(tmp_path):
    text = '{\n  "packageRules": [\n    {"matchPackageNames": ["docker.io/valkey/valkey", "acme/other"]}\n  ]\n}\n'

    assert ("bot-rule", ".github/renovate.json5", 3) in found(tmp_path, {".github/renovate.json5": text})
    assert ("bot-rule", "notes.json", 3) not in found(tmp_path, {"notes.json": text})


def test_the_image_updater(tmp_path):
    text = "metadata:\n  annotations:\n    argocd-image-updater.argoproj.io/image-list: a=valkey/valkey:~8, b=acme/other\n"

    assert ("bot-rule", "app.yaml", 3) in found(tmp_path, {"app.yaml": text})
