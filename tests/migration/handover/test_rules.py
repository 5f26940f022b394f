"""Lists of names in the settings of Renovate."""

import json

import pytest

from migrate_dhi.migration.handover.rules import of_rules
from tests.migration.handover import grounds

FILE = ".github/renovate.json"


def rules(*lines):
    return '{\n  "packageRules": [{\n    ' + "\n    ".join(lines) + "\n  }]\n}\n"


def test_the_new_name_stands_beside_the_old_one(shop):
    before = ('"matchDepNames": [', '  "valkey/valkey"', "]")
    after = ('"matchDepNames": [', '  "valkey/valkey",', '  "dhi.io/valkey"', "]")
    shop.write(FILE, rules(*before)).plan()

    assert shop.workshop.run("data/cache", "--yes", *shop.flags).code == 0

    text = shop.workshop.git("show", f"dhi/data-cache:{FILE}")
    assert text == rules(*after).rstrip("\n")
    json.loads(text)


NGINX = ("nginx:1.29", "dhi.io/nginx:1.29")


def handed(text, *images, file="renovate.json"):
    """The settings as a hand-over leaves them; the same text where it leaves them alone."""
    one = grounds.ground(files={file: text}, images=images or (grounds.VALKEY,))
    made = list(of_rules(one))
    assert all(edit.fact == "a rule of Renovate names both images" for edit in made)
    assert bool(made) is bool(one.changed)
    return one.text(file)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"ignoreDeps": ["valkey/valkey"]}', '{"ignoreDeps": ["valkey/valkey", "dhi.io/valkey"]}'),
        (
            '{"ignoreDeps": ["x","valkey/valkey","y"]}',
            '{"ignoreDeps": ["x","valkey/valkey", "dhi.io/valkey","y"]}',
        ),
        # In every rule that names it.
        (
            '{"packageRules": [{"matchPackageNames": ["valkey/valkey"]}, {"matchDepNames": ["docker.io/valkey/valkey"]}]}',
            (
                '{"packageRules": [{"matchPackageNames": ["valkey/valkey", "dhi.io/valkey"]}, '
                '{"matchDepNames": ["docker.io/valkey/valkey", "dhi.io/valkey"]}]}'
            ),
        ),
        (
            '{\n"ignoreDeps": [\n  "valkey/valkey"\n],\n"packageRules": [{\n"matchPackageNames": [\n    "valkey/valkey"\n]}]}',
            (
                '{\n"ignoreDeps": [\n  "valkey/valkey",\n  "dhi.io/valkey"\n],\n"packageRules": [{\n"matchPackageNames": [\n'
                '    "valkey/valkey",\n    "dhi.io/valkey"\n]}]}'
            ),
        ),
        # Once only where it stands beside another way to write the old name.
        (
            '{"ignoreDeps": ["valkey/valkey", "docker.io/valkey/valkey"]}',
            '{"ignoreDeps": ["valkey/valkey", "dhi.io/valkey", "docker.io/valkey/valkey"]}',
        ),
        (
            '{\n  // ours\n  ignoreDeps: [\n    // cache\n    "valkey/valkey", // pinned\n  ],\n}\n',
            '{\n  // ours\n  ignoreDeps: [\n    // cache\n    "valkey/valkey", "dhi.io/valkey", // pinned\n  ],\n}\n',
        ),
        (
            "{ignoreDeps: ['valkey/valkey'], // ours\n}",
            "{ignoreDeps: ['valkey/valkey', 'dhi.io/valkey'], // ours\n}",
        ),
    ],
)
def test_the_new_name_comes_into_each_list(before, after):
    assert handed(before) == after


@pytest.mark.parametrize(
    "text",
    [
        '{"matchPackagePatterns": ["valkey/valkey"]}',
        '{"groupName": "valkey/valkey"}',
        '{"addLabels": ["valkey/valkey"]}',
        '{"valkey/valkey": []}',
        '{"ignoreDeps": ["quay.io/valkey/valkey", "valkey/valkey-bundle"]}',
        '{"ignoreDeps": ["valkey/valkey", "dhi.io/valkey"]}',
        "{'ignoreDeps': ['dhi.io/valkey', 'valkey/valkey']}",
        '{"ignoreDeps": ["!valkey/valkey"]}',
        # A text that looks like a list.
        """{"description": "see ignoreDeps: [ 'valkey/valkey' ]"}""",
        "",
    ],
)
def test_settings_that_are_left_alone(text):
    assert handed(text) == text


def test_several_images_of_one_list():
    assert handed('{"ignoreDeps": ["nginx", "valkey/valkey"]}', grounds.VALKEY, NGINX) == (
        '{"ignoreDeps": ["nginx", "dhi.io/nginx", "valkey/valkey", "dhi.io/valkey"]}'
    )


@pytest.mark.parametrize("file", ["values.json", "renovate.yaml", "package.json"])
def test_other_files_are_none_of_it(file):
    text = '{"ignoreDeps": ["valkey/valkey"]}'

    assert handed(text, file=file) == text


def test_each_edit_is_told_with_its_line():
    one = grounds.ground(files={"renovate.json": '{\n"ignoreDeps": ["valkey/valkey"],\n"x": 1}'})

    (made,) = of_rules(one)

    assert (made.line, made.before, made.after) == (2, '"valkey/valkey"', '"valkey/valkey", "dhi.io/valkey"')
    assert (made.settles, made.edit.path) == ((("renovate.json", 2),), "")
