"""Roles of backends: the bundled files, those of a user, and what is refused."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from migrate_dhi.dhi.roles import load_roles, plain, words_of
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
        ("REDIS", ("redis",)),
        ("redis2Host", ("redis2", "host")),
        ("myDB", ("my", "db")),
        ("DBHost", ("dbhost",)),
        ("--a..b__", ("a", "b")),
        ("", ()),
    ],
)
def test_words_of_a_name(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("key", "told"),
    [("REDIS_DB-Index", "redisdbindex"), ("redis.db", "redisdb"), ("Größe2", "gre2"), ("--", "")],
)
def test_letters_and_digits_of_a_name(key, told):
    assert plain(key) == told


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("REDIS_HOST", "redis-like"),
        ("valkeyPrimary", "redis-like"),
        ("app-postgresql", "postgres-like"),
        ("mariadb.galera", "mysql-like"),
        ("rabbitmq-url", "amqp"),
        ("mongodb", "mongo-like"),
        # A part of a word is none.
        ("predis", ""),
        ("postgresqlish", ""),
        ("app-host", ""),
    ],
)
def test_the_role_that_a_name_tells(name, role):
    found = load_roles().named(name)

    assert (found.name if found else "") == role


@pytest.mark.parametrize(
    ("scheme", "port", "role"),
    [
        ("redis", 6379, "redis-like"),
        ("rediss", 6379, "redis-like"),
        ("postgresql", 5432, "postgres-like"),
        ("mysql", 3306, "mysql-like"),
        ("amqp", 5672, "amqp"),
        ("mongodb", 27017, "mongo-like"),
    ],
)
def test_the_role_that_a_scheme_and_a_port_tell(scheme, port, role):
    roles = load_roles()

    assert (roles.by_scheme[scheme].name, roles.by_port[port].name) == (role, role)


def test_what_says_least_of_a_name_comes_last():
    kinds = [role.database_kind for role in load_roles().all]

    assert "none" in kinds
    assert kinds == sorted(kinds, key=lambda kind: kind == "none")


def test_a_port_that_two_roles_have_is_that_of_the_first(tmp_path):
    (tmp_path / "roles").mkdir()
    data = yaml.safe_load(next(file for file in FILES if "redis" in file.stem).read_text())
    (tmp_path / "roles" / "b.yaml").write_text(yaml.safe_dump({**data, "name": "b", "ports": [1, 2]}))
    (tmp_path / "roles" / "a.yaml").write_text(yaml.safe_dump({**data, "name": "a", "ports": [2, 3]}))

    by_port = load_roles([tmp_path]).by_port

    assert [by_port[port].name for port in (1, 2, 3)] == ["b", "a", "a"]


def test_components_are_known_by_name_and_by_word():
    role = next(role for role in load_roles().all if role.components)
    component = role.components[0]

    assert role.component(component.name) is component
    assert role.component("none") is None
    assert all(role.by_word[word].name == component.name for word in component.words)
