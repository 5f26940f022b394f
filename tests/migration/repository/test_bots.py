"""Rules of update bots that name an image which moves."""

import pytest

from tests.migration.repository.states import entry, found, moves, told

NGINX = moves("nginx:1.29", "dhi.io/nginx:1.29")
RENOVATE, DEPENDABOT = ".github/renovate.json5", ".github/dependabot.yml"


def rules(text, *images, path=RENOVATE):
    """Line and message of each rule that is found of a file."""
    some = told({path: text}, entry("data", *images, secret=""))
    return [(one.line, one.message) for one in some if one.code == "bot-rule"]


def test_a_rule_of_renovate():
    text = '{\n  "packageRules": [\n    {"matchPackageNames": ["docker.io/valkey/valkey", "acme/other"]}\n  ]\n}\n'

    assert rules(text) == [
        (
            3,
            "a rule of Renovate names docker.io/valkey/valkey, which becomes dhi.io/valkey: it no longer applies",
        )
    ]
    assert ("bot-rule", "notes.json", 3) not in found({"notes.json": text})


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("renovate.json", True),
        (".renovaterc", True),
        (".renovaterc.json", True),
        (".renovaterc.json5", True),
        (".gitlab/renovate.json5", True),
        ("tools/renovate/images.json5", True),
        (".renovate/images.json", True),
        ("renovate/deep/images.json", False),
        ("renovate.yaml", False),
        ("my-renovate.json", False),
        ("renovate.json.bak", False),
    ],
)
def test_the_settings_of_renovate(path, is_it):
    assert bool(rules('{"ignoreDeps": ["valkey/valkey"]}', path=path)) is is_it


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ('"matchPackageNames": ["valkey/valkey"]', True),
        ('matchPackageNames: ["valkey/valkey"]', True),
        ("'matchDepNames': ['valkey/valkey']", True),
        ('"excludePackageNames": ["x", "valkey/valkey"]', True),
        ('"matchPackageNames": [\n  "x", // and\n  "valkey/valkey"\n]', True),
        ('"depNameTemplate": "valkey/valkey"', True),
        ('"packageNameTemplate": "docker.io/valkey/valkey"', True),
        # Left out is as much as taken in.
        ('"matchPackageNames": ["!valkey/valkey"]', True),
        # Words for something else.
        ('"groupName": "valkey/valkey"', False),
        ('"addLabels": ["valkey/valkey"]', False),
        ('"matchFileNames": ["valkey/valkey"]', False),
        ('"description": ["valkey/valkey"]', False),
        ('"valkey/valkey": {"enabled": false}', False),
        ('// "matchPackageNames": ["valkey/valkey"]', False),
        ('"matchPackageNames": ["x"], "groupName": "valkey/valkey"', False),
        # Other names.
        ('"matchPackageNames": ["valkey/valkey-bundle"]', False),
        ('"matchPackageNames": ["quay.io/valkey/valkey"]', False),
        ('"matchPackageNames": ["dhi.io/valkey"]', False),
    ],
)
def test_which_words_of_renovate_are_names(text, is_it):
    assert bool(rules(f"{{{text}}}")) is is_it


@pytest.mark.parametrize(
    ("key", "word", "is_it"),
    [
        # Globs, and what the old and the new name have in common.
        ("matchPackageNames", "valkey/*", True),
        ("matchPackageNames", "docker.io/**", True),
        ("matchPackageNames", "*/valkey", False),
        ("matchPackageNames", "*valkey*", False),
        ("matchPackageNames", "**", False),
        ("matchPackageNames", "other/*", False),
        # Regular expressions stand between slashes there.
        ("matchPackageNames", "/^valkey\\\\/.*/", True),
        ("matchPackageNames", "/^valkey/i", True),
        ("matchPackageNames", "!/^valkey\\\\/valkey$/", True),
        ("matchPackageNames", "/valkey$/", False),
        ("matchPackageNames", "/^bitnami/", False),
        ("matchPackageNames", "/^.alkey\\\\/.+/", True),
        # One that is not simple is the user's own to understand, and never run.
        ("matchPackageNames", "/^(a+)+valkey/", False),
        ("matchPackageNames", "/^[v]alkey/", False),
        ("matchPackageNames", "/", False),
        ("matchPackagePatterns", "^valkey/", True),
        ("matchPackagePatterns", "^docker\\\\.io/valkey", True),
        ("matchPackagePatterns", "valkey", False),
        ("matchPackagePatterns", ".*", False),
        ("matchPackagePatterns", "^other", False),
        ("excludePackagePatterns", "^valkey/valkey$", True),
        # A beginning is none at the end, and a name no beginning.
        ("matchPackagePrefixes", "valkey/", True),
        ("matchPackagePrefixes", "docker.io/", True),
        ("matchDepPrefixes", "valk", True),
        ("matchPackagePrefixes", "lkey/", False),
        ("matchPackageNames", "valkey/", False),
        ("matchPackageNames", "valk", False),
    ],
)
def test_which_names_a_pattern_of_renovate_means(key, word, is_it):
    assert bool(rules(f'{{"{key}": ["{word}"]}}')) is is_it


def test_an_image_without_an_owner_is_meant_where_names_are_listed():
    assert rules('{"matchPackageNames": ["nginx"], "groupName": "nginx"}', NGINX) == [
        (1, "a rule of Renovate names nginx, which becomes dhi.io/nginx: it no longer applies")
    ]
    assert rules('{"matchPackageNames": ["library/nginx"]}', NGINX)
    assert not rules('{"matchPackageNames": ["acme/nginx"]}', NGINX)


def test_a_word_about_several_images_is_told_once():
    text = '{"matchPackagePrefixes": ["docker.io/"]}'
    some = [moves(f"acme/{name}:1", f"dhi.io/{name}:1") for name in "abcdef"]

    assert rules(text, *some) == [
        (
            1,
            (
                "a rule of Renovate names docker.io/, which becomes dhi.io/a, dhi.io/b, dhi.io/c, dhi.io/d and 2 more: "
                "it no longer applies"
            ),
        )
    ]
    # The same of both is the same.
    both = moves("acme/a:1", "dhi.io/a:1"), moves("docker.io/acme/b:1", "dhi.io/a:1")
    assert rules(text, *both)[0][1].endswith("which becomes dhi.io/a: it no longer applies")


# Dependabot


def update(rule, ecosystem="docker"):
    return f"version: 2\nupdates:\n- package-ecosystem: {ecosystem}\n  directory: /\n  {rule}\n"


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        (update("ignore: [{dependency-name: valkey/valkey}]"), True),
        (update("allow: [{dependency-name: 'valkey/*'}]"), True),
        (update("ignore: [{dependency-name: valkey/valkey}]", "docker-compose"), True),
        (update("ignore: [{dependency-name: valkey/valkey}]", '"helm"'), True),
        # The new name is met as well, for the registry is none of it.
        (update("ignore: [{dependency-name: 'valkey*'}]"), False),
        (update("ignore: [{dependency-name: '*'}]"), False),
        (update("ignore: [{dependency-name: other}]"), False),
        # A package of that name.
        (update("ignore: [{dependency-name: valkey/valkey}]", "npm"), False),
        (update("ignore: [{dependency-name: valkey/valkey}]", "gomod"), False),
        (update("labels: [valkey/valkey]"), False),
        (update("ignore: [{update-types: [x]}]"), False),
        ("updates: text\n", False),
        ("a: [\n", False),
    ],
)
def test_what_dependabot_ignores_or_allows(text, is_it):
    assert bool(rules(text, path=DEPENDABOT)) is is_it
    assert not rules(text, path="apps/dependabot.yml")


def test_a_rule_of_dependabot_is_told_with_its_line():
    (one,) = told(
        {DEPENDABOT: update("ignore:\n  - dependency-name: nginx")}, entry("data", NGINX, secret="")
    )

    assert (one.line, one.help) == (6, "name the hardened image in the rule, too")
    assert one.message == "a rule of Dependabot names nginx, which becomes dhi.io/nginx: it no longer applies"


# the image updater of Argo CD

LIST = "metadata:\n  annotations:\n    argocd-image-updater.argoproj.io/image-list: "


def test_the_image_updater():
    assert ("bot-rule", "app.yaml", 3) in found({"app.yaml": f"{LIST}a=valkey/valkey:~8, b=acme/other\n"})


@pytest.mark.parametrize(
    ("listed", "lines"),
    [
        ("valkey/valkey", [3]),
        ("docker.io/valkey/valkey:8.x", [3]),
        ('"valkey/valkey:^8"', [3]),
        ("a=acme/x,valkey=valkey/valkey:8", [3]),
        ("valkey=acme/other", []),
        ("valkey/valkey-bundle, quay.io/valkey/valkey", []),
        ("|-\n      a=acme/other,\n      b=valkey/valkey:~8", [5]),
        ("|-\n      a=valkey/valkey,\n      b=valkey/valkey:~8", [4, 5]),
        ("a=acme/other\n    note: valkey/valkey", []),
        # Each image of a line once.
        ("a=valkey/valkey, b=valkey/valkey", [3]),
    ],
)
def test_the_lists_of_the_image_updater(listed, lines):
    assert [line for line, _ in rules(f"{LIST}{listed}\n", path="app.yaml")] == lines


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("apps/a.yml", True),
        ("apps/a.json", True),
        ("lib/a.libsonnet", True),
        ("charts/apps/templates/app.yaml", True),
        ("infra/main.tf", True),
        ("docs/updater.md", False),
        ("pkg/update_test.go", False),
    ],
)
def test_where_an_application_is_declared(path, is_it):
    assert bool(rules(f"{LIST}valkey/valkey\n", path=path)) is is_it


def updater(images, *, api="argocd-image-updater.argoproj.io/v1alpha1", kind="ImageUpdater"):
    return (
        f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: all}}\n"
        f"spec: {{applicationRefs: [{{namePattern: '*', images: [{images}]}}]}}\n"
    )


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        (updater("{alias: a, imageName: 'valkey/valkey:8.x'}"), True),
        (updater("{alias: b, imageName: acme/x}, {alias: a, imageName: docker.io/valkey/valkey}"), True),
        (updater("{alias: valkey/valkey, imageName: acme/x}"), False),
        (updater("{alias: a, imageName: quay.io/valkey/valkey}"), False),
        (updater("text"), False),
        (updater("{alias: a, imageName: valkey/valkey}", api="x.example/v1"), False),
        (updater("{alias: a, imageName: valkey/valkey}", kind="Other"), False),
    ],
)
def test_the_objects_of_the_image_updater(text, is_it):
    found_ = rules(text, path="u.yaml")

    assert found_ == (
        [(1, "the image updater follows docker.io/valkey/valkey, which becomes dhi.io/valkey")] * is_it
    )
