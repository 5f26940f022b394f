"""Databases: collisions by risk, and the numbers of a policy."""

import pytest

from migrate_dhi.audit.databases import allotments, collisions, read_policy
from migrate_dhi.errors import UsageError
from tests.audit.grounds import SERVER, clients_of, config, pod


def uses_of(*texts):
    clients = clients_of(SERVER, *texts)
    return clients.backend(clients.uses[0].address), clients.uses


def app(name, **databases):
    env = ", ".join(
        f"{{name: {part.upper()}_URL, value: 'redis://cache.data:6379/{number}'}}"
        for part, number in databases.items()
    )
    return pod(f"env: [{env}]", name=name)


@pytest.mark.parametrize(
    ("one", "other", "risk"),
    [("cache", "caching", "low"), ("cache", "queue", "high"), ("cache", "redis", "medium")],
)
def test_risk_is_what_may_be_lost(one, other, risk):
    _, uses = uses_of(app("a", **{one: 0}), app("b", **{other: 0}))

    [found] = collisions(uses)

    assert found.risk == risk


def test_one_application_collides_with_none():
    _, uses = uses_of(app("a", cache=0, queue=0))

    assert collisions(uses) == ()


def policy(tmp_path, text):
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return read_policy(file)


def numbers(backend, uses, own=None):
    return {one.use.who: one.proposed for one in allotments(backend, uses, own)}


def test_a_policy_gives_its_ranges(tmp_path):
    backend, uses = uses_of(app("a", cache=0, queue=1), app("b", cache=0))

    own = policy(tmp_path, "databases: {a: 5-6, b: 9}\nreserved: [0-2]\n")

    assert numbers(backend, uses, own) == {"a cache": "5", "a queue": "6", "b cache": "9"}


def test_a_range_that_is_too_short_leaves_one_without(tmp_path):
    backend, uses = uses_of(app("a", cache=0, queue=1), app("b", cache=0))

    own = policy(tmp_path, "databases: {a: 5, b: 9}\n")

    assert numbers(backend, uses, own)["a queue"] == ""


def test_without_a_policy_numbers_begin_behind_those_in_use():
    backend, uses = uses_of(app("a", cache=0, queue=1), app("b", cache=0))

    assert numbers(backend, uses) == {"a cache": "2", "a queue": "3", "b cache": "4"}


def test_nothing_is_proposed_where_nothing_is_shared():
    backend, uses = uses_of(app("a", cache=0), app("b", cache=1))

    assert allotments(backend, uses, None) == ()


def test_no_number_behind_the_last_database():
    backend, uses = uses_of(app("a", cache=15), app("b", cache=15))

    assert set(numbers(backend, uses).values()) == {""}


@pytest.mark.parametrize(
    "text",
    ["a: [", "other: 1\n", "databases: {a: x}\n", "databases: {a: 5-3}\n", "databases: {a: 1-3, b: 3}\n"],
)
def test_a_policy_that_is_not_in_order(tmp_path, text):
    with pytest.raises(UsageError):
        policy(tmp_path, text)


def test_a_database_by_its_name_is_shared_too():
    text = "url: postgres://u:p@db.data.svc/app"

    uses = clients_of(config(text, name="one"), config(text, name="two")).uses

    [found] = collisions(uses)
    assert (found.database, found.risk) == ("app", "medium")
