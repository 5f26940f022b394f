"""Lists of names in the settings of Renovate."""

import json

import pytest

from tests.cli.test_scan import release

FILE = ".github/renovate.json"


def rules(*lines):
    return '{\n  "packageRules": [{\n    ' + "\n    ".join(lines) + "\n  }]\n}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            ('"matchPackageNames": ["docker.io/valkey/valkey", "x"]',),
            ('"matchPackageNames": ["docker.io/valkey/valkey", "dhi.io/valkey", "x"]',),
        ),
        (
            ('"matchDepNames": [', '  "valkey/valkey"', "]"),
            ('"matchDepNames": [', '  "valkey/valkey",', '  "dhi.io/valkey"', "]"),
        ),
        (
            ('"matchDepNames": [', '  "valkey/valkey",', '  "x"', "]"),
            ('"matchDepNames": [', '  "valkey/valkey",', '  "dhi.io/valkey",', '  "x"', "]"),
        ),
    ],
)
def test_the_new_name_stands_beside_the_old_one(shop, before, after):
    shop.write(FILE, rules(*before)).plan()

    assert shop.workshop.run("data/cache", "--yes", *shop.flags).code == 0

    text = shop.workshop.git("show", f"dhi/data-cache:{FILE}")
    assert text == rules(*after).rstrip("\n")
    json.loads(text)


@pytest.mark.parametrize(
    "line",
    [
        '"matchPackageNames": ["valkey/valkey", "dhi.io/valkey"]',
        '"matchPackagePrefixes": ["valkey/valkey"]',
        '"description": "valkey/valkey"',
        '"matchPackageNames": ["valkey/valkey-bundle"]',
    ],
)
def test_what_needs_nothing_or_is_the_users_to_word(shop, line):
    assert shop.write(FILE, rules(line)).step()["status"] == "not-needed"


def test_json_with_comments_keeps_them(shop):
    text = '{\n  // ours\n  ignoreDeps: [\n    // cache\n    "valkey/valkey", // pinned\n  ],\n}\n'

    step = shop.write(".github/renovate.json5", text).step()

    assert shop.changed(step) == [
        '-    "valkey/valkey", // pinned',
        '+    "valkey/valkey", "dhi.io/valkey", // pinned',
    ]
    assert release("cache")
