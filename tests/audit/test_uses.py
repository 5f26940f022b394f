"""What of many uses is the same one, and what is known of it then."""

import pytest

from tests.audit.grounds import SERVER, clients_of, config, pod

PASSWORD = "{name: REDIS_CACHE_PASSWORD, valueFrom: {secretKeyRef: {name: s, key: p}}}"


def uses(*env):
    return clients_of(SERVER, pod(f"env: [{', '.join(env)}]")).uses


def variable(name, value):
    return f"{{name: {name}, value: '{value}'}}"


def test_a_setting_without_a_component_joins_one_that_names_one():
    [use] = uses(
        variable("REDIS_CACHE_URL", "redis://cache.data/0"),
        variable("REDIS_URL", "redis://u:p@cache.data/0"),
    )

    assert (use.component, use.auth, use.user) == ("cache", "yes", True)
    assert use.place.path.endswith("REDIS_CACHE_URL")
    assert [place.path.rpartition(".")[2] for place in use.more] == ["REDIS_URL"]


def test_a_setting_without_a_component_joins_each_one():
    found = uses(
        variable("REDIS_CACHE_URL", "redis://cache.data/0"),
        variable("REDIS_QUEUE_URL", "redis://cache.data/0"),
        variable("REDIS_URL", "redis://cache.data/0"),
    )

    assert [(use.component, len(use.more)) for use in found] == [("cache", 1), ("queue", 1)]


def test_another_database_is_another_use():
    found = uses(
        variable("REDIS_CACHE_URL", "redis://cache.data/1"), variable("REDIS_URL", "redis://cache.data/0")
    )

    assert [(use.component, use.database) for use in found] == [("cache", "1"), ("", "0")]


@pytest.mark.parametrize(
    ("env", "auth", "secrets"),
    [
        ([variable("REDIS_CACHE_HOST", "cache.data.svc"), PASSWORD], "yes", ["s/p"]),
        ([variable("REDIS_CACHE_HOST", "cache.data.svc")], "no", []),
        (
            [variable("REDIS_CACHE_HOST", "cache.data.svc"), variable("REDIS_CACHE_PASSWORD", "")],
            "no",
            [],
        ),
        # The pod reads some Secret: what it holds is not known.
        (
            [
                variable("REDIS_CACHE_HOST", "cache.data.svc"),
                "{name: TOKEN, valueFrom: {secretKeyRef: {name: t, key: k}}}",
            ],
            "unknown",
            [],
        ),
    ],
)
def test_what_a_client_authenticates_with(env, auth, secrets):
    [use] = uses(*env)

    assert (use.auth, [str(one) for one in use.secrets]) == (auth, secrets)


def test_the_same_in_two_objects_is_one_use_with_both_places():
    text = "REDIS_URL: redis://cache.data/3"
    reader = pod("envFrom: [{configMapRef: {name: one}}, {configMapRef: {name: two}}]")

    [use] = clients_of(SERVER, config(text, name="one"), config(text, name="two"), reader).uses

    assert (use.database, use.who) == ("3", "web")
    assert [place.file for place in (use.place, *use.more)] == ["1.yaml", "2.yaml"]
    assert [str(one) for one in use.workloads] == ["Deployment/web"]


def test_the_same_in_two_applications_is_two_uses():
    env = f"env: [{variable('REDIS_URL', 'redis://cache.data/3')}]"

    found = clients_of(SERVER, pod(env), pod(env, name="api")).uses

    assert [use.who for use in found] == ["web", "api"]
