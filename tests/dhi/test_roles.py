"""Roles of backends: the bundled files, those of a user, and what is refused."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from migrate_dhi.dhi.roles import load_roles, words_of
from migrate_dhi.errors import CatalogError

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "playbooks/roles").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_each_file_is_as_the_schema_says(file):
    schema = json.loads((ROOT / "docs/role.schema.json").read_text())
    data = yaml.safe_load(file.read_text())

    jsonschema.validate(data, schema)
    assert data["name"] == file.stem


def test_a_scheme_belongs_to_one_role():
    schemes = [scheme for role in load_roles().all for scheme in role.schemes]

    assert len(schemes) == len(set(schemes))


def test_a_role_of_ones_own_takes_the_place_of_ours(tmp_path):
    (tmp_path / "roles").mkdir()
    data = yaml.safe_load(FILES[0].read_text())
    (tmp_path / "roles" / "mine.yaml").write_text(yaml.safe_dump({**data, "schemes": ["mine"]}))

    roles = load_roles([tmp_path])

    assert roles.get(data["name"]).schemes == ("mine",)
    assert "mine" in roles.by_scheme


@pytest.mark.parametrize("text", ["a: [", "name: x\n", "[]", "name: x\ntitle: y\nschemes: redis\n"])
def test_a_file_that_is_not_in_order_is_refused_by_its_name(tmp_path, text):
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "bad.yaml").write_text(text)

    with pytest.raises(CatalogError) as error:
        load_roles([tmp_path])

    assert error.value.where.endswith("bad.yaml")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("REDIS_CACHE_HOST", ("redis", "cache", "host")),
        ("redisCacheHost", ("redis", "cache", "host")),
        ("redis.cache-host", ("redis", "cache", "host")),
    ],
)
def test_words_of_a_name(name, words):
    assert words_of(name) == words
