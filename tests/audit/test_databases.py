"""Databases: collisions by risk, and the numbers of a policy."""

from dataclasses import replace

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
    [
        "a: [",
        "",
        "[]",
        "other: 1\n",
        "databases: {a: 1}\nother: 1\n",
        "databases: {a: x}\n",
        "databases: {a: -1}\n",
        "databases: {a: 5-3}\n",
        "databases: {a: 1-3, b: 3}\n",
        "databases: {a: 1-3, b: 0-1}\n",
        "databases: [a]\n",
        "databases: a\n",
        "reserved: 5\n",
        "reserved: 0-2\n",
        "reserved: {a: 1}\n",
        "reserved: [x]\n",
    ],
)
def test_a_policy_that_is_not_in_order(tmp_path, text):
    with pytest.raises(UsageError):
        policy(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "ranges", "reserved"),
    [
        ("{}", {}, set()),
        ("databases:\nreserved:\n", {}, set()),
        ("databases: {a: 3, b: '4 - 6'}\n", {"a": (3, 3), "b": (4, 6)}, set()),
        ("databases: {a: 0}\nreserved: [1, 3-4]\n", {"a": (0, 0)}, {1, 3, 4}),
        ("databases: {1: 1-2, b: 3}\n", {"1": (1, 2), "b": (3, 3)}, set()),
    ],
)
def test_a_policy_in_order(tmp_path, text, ranges, reserved):
    found = policy(tmp_path, text)

    assert (found.ranges, found.reserved) == (ranges, reserved)


def test_who_has_no_range_gets_a_number_behind_all_ranges_that_is_not_reserved(tmp_path):
    backend, uses = uses_of(app("a", cache=0), app("b", cache=0), app("c", cache=7))

    own = policy(tmp_path, "databases: {a: 3-4}\nreserved: [8, 9]\n")

    assert numbers(backend, uses, own) == {"a cache": "3", "b cache": "10", "c cache": "11"}


def test_the_last_database_is_given_and_none_behind_it():
    backend, uses = uses_of(app("a", cache=13), app("b", cache=13), app("c", cache=13))

    assert numbers(backend, uses) == {"a cache": "14", "b cache": "15", "c cache": ""}


def test_a_policy_gives_numbers_also_where_nothing_is_shared(tmp_path):
    backend, uses = uses_of(app("a", cache=0), app("b", cache=1))

    assert numbers(backend, uses, policy(tmp_path, "databases: {app/a: 5}\n")) == {
        "a cache": "5",
        "b cache": "6",
    }


@pytest.mark.parametrize(
    ("components", "risk", "text"),
    [
        (("queue", "queue"), "high", "loses what a queue and b queue keep"),
        (("queue", "cache"), "high", "loses what a queue keeps"),
        (("queue", "redis"), "high", "loses what a queue keeps"),
        (("redis", "redis"), "medium", "what one of them keeps there is not known"),
        (("cache", "caching"), "low", "only caches"),
    ],
)
def test_what_a_collision_says(components, risk, text):
    _, uses = uses_of(*(app(name, **{one: 0}) for name, one in zip("ab", components, strict=True)))

    [found] = collisions(uses)

    assert found.risk == risk
    assert text in found.reason


def test_collisions_that_risk_most_come_first():
    texts = [app(name, **{one: number}) for name in "ab" for one, number in (("cache", 10), ("caching", 2))]
    _, uses = uses_of(*texts, *(app(name, queue=11) for name in "cd"))

    assert [one.database for one in collisions(uses)] == ["11", "2", "10"]


def test_a_database_by_its_name_is_shared_too():
    text = "url: postgres://u:p@db.data.svc/app"

    uses = clients_of(config(text, name="one"), config(text, name="two")).uses

    [found] = collisions(uses)
    assert (found.database, found.risk) == ("app", "medium")


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("databases: {a: x}\n", "has 'x', which is no range", "write it as 3-5"),
        ("databases: {a: 5-3}\n", "has '5-3', which is no range", "write it as 3-5"),
        ("reserved: [x]\n", "has 'x', which is no range", "write it as 3-5"),
        ("databases: {a: 1-3, b: 3}\n", "gives 3 to a and to b", "one owner each"),
        ("databases: [1]\n", "databases is no map, or reserved no list", "see docs/audit.md"),
        ("reserved: {a: 1}\n", "databases is no map, or reserved no list", "see docs/audit.md"),
        ("other: 1\n", "has other keys than databases and reserved", "see docs/audit.md"),
        ("[]\n", "has other keys than databases and reserved", "see docs/audit.md"),
    ],
)
def test_what_is_wrong_with_a_policy_is_told_with_its_file(tmp_path, text, message, advice):
    with pytest.raises(UsageError) as caught:
        policy(tmp_path, text)

    assert caught.value.message.endswith(message)
    assert str(tmp_path / "policy.yaml") in caught.value.message
    assert caught.value.help == advice


def test_what_tells_no_database_or_has_none_collides_with_nothing():
    _, uses = uses_of(app("a", cache=0), app("b", cache=0))
    unknown = [replace(use, database="") for use in uses]
    without = [replace(use, role=replace(use.role, database_kind="none")) for use in uses]

    assert len(collisions(uses)) == 1
    assert collisions(unknown) == collisions(without) == ()
    # One application that asks for it in two places shares it with nobody.
    assert collisions([uses[0], replace(uses[0], component="queue")]) == ()
