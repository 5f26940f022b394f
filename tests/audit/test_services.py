"""What a host name leads to, and which Services are one backend."""

import pytest

from migrate_dhi.audit.services import Address, Names, backends, selects
from tests.audit.grounds import DATABASE, ROLES, SERVER, ground_of

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: data}\nspec: %s\n"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cache", None),
        ("cache.data", Address("data", "cache")),
        ("CACHE.data.", Address("data", "cache")),
        ("cache.data.svc", Address("data", "cache")),
        ("cache.data.svc.cluster.local", Address("data", "cache")),
        ("cache.data.svc.cluster.local.", Address("data", "cache")),
        ("cache-0.cache.data", Address("data", "cache", "cache-0")),
        ("cache-0.cache.data.svc", Address("data", "cache", "cache-0")),
        ("a.b.cache.data.svc", Address("data", "cache", "a.b")),
        ("gone.data.svc", Address("data", "gone", known=False)),
        ("cache.else.svc", Address("else", "cache", known=False)),
        ("gone.data", None),
        ("cache.svc", None),
        ("svc.data", None),
        ("cache.data.example", None),
        ("cache.data.example.com", None),
        ("10.0.0.1", None),
        ("", None),
    ],
)
def test_names_from_another_namespace(host, expected):
    assert Names(ground_of(SERVER), ROLES).address(host, "app") == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("cache", Address("data", "cache")),
        ("cache-0.cache", Address("data", "cache", "cache-0")),
        ("gone", None),
        ("cache-0.gone", None),
    ],
)
def test_short_names_in_its_own_namespace(host, expected):
    assert Names(ground_of(SERVER), ROLES).address(host, "data") == expected


def test_the_namespace_comes_before_the_pod():
    pods = SERVICE % ("app", "{ports: [{port: 1}]}")
    ground = ground_of(SERVER, pods.replace("namespace: data", "namespace: app"))

    assert Names(ground, ROLES).address("cache.data", "app") == Address("data", "cache")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cache.data.svc.cluster.local", Address("data", "cache")),
        ("cache.example.com", Address("data", "alias")),
        ("", Address("data", "alias")),
    ],
)
def test_an_external_name_leads_to_a_service_or_away(name, expected):
    alias = SERVICE % ("alias", f"{{type: ExternalName, externalName: '{name}'}}")

    assert Names(ground_of(SERVER, alias), ROLES).address("alias", "data") == expected


@pytest.mark.parametrize(
    ("kind", "api", "host"),
    [
        ("Cluster", "postgresql.cnpg.io/v1", "pg-rw"),
        ("Cluster", "postgresql.cnpg.io/v1", "pg-ro.data"),
        ("Dragonfly", "dragonflydb.io/v1alpha1", "pg"),
    ],
)
def test_services_that_an_operator_makes(kind, api, host):
    made = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: pg, namespace: data}}\n"

    assert Names(ground_of(made), ROLES).address(host, "data").known


@pytest.mark.parametrize(
    ("ports", "role"),
    [
        ("[{port: 6379}]", "redis-like"),
        ("[{port: 1, targetPort: 6379}]", "redis-like"),
        ("[{port: 1, name: redis}]", "redis-like"),
        ("[{port: 1, name: tcp-postgresql}]", "postgres-like"),
        ("[{port: 1, appProtocol: redis}]", "redis-like"),
        ("[{port: 9121, name: metrics}, {port: 6379}]", "redis-like"),
        ("[{port: 1, name: http}, {port: 5432}]", "postgres-like"),
        ("[{port: 1, name: http}]", "http"),
        ("[{port: 1, name: other}]", None),
        ("[]", None),
    ],
)
def test_the_role_of_a_service(ports, role):
    found = backends(ground_of(SERVICE % ("x", f"{{ports: {ports}}}")), ROLES)

    assert [one.role.name for one in found] == ([role] if role else [])


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_what_runs_once_is_no_server(kind):
    template = "{metadata: {labels: {app: cache}}, spec: {containers: [{name: a, image: b}]}}"
    spec = (
        f"{{template: {template}}}"
        if kind == "Job"
        else f"{{jobTemplate: {{spec: {{template: {template}}}}}}}"
    )
    job = f"apiVersion: batch/v1\nkind: {kind}\nmetadata: {{name: j, namespace: data}}\nspec: {spec}\n"
    service = SERVICE % ("cache", "{selector: {app: cache}, ports: [{port: 6379}]}")

    assert backends(ground_of(service, job), ROLES) == ()
    assert len(backends(ground_of(service), ROLES)) == 1


@pytest.mark.parametrize("spec", ["{type: ExternalName, ports: [{port: 6379}]}"])
def test_an_external_name_is_no_server(spec):
    assert backends(ground_of(SERVICE % ("x", spec)), ROLES) == ()


@pytest.mark.parametrize(
    "text", [SERVICE % ("'x-${CLUSTER}'", "{ports: [{port: 6379}]}"), DATABASE.replace("db, ", "'db-${X}', ")]
)
def test_a_template_that_no_build_fills_in_is_no_server(text):
    assert backends(ground_of(text), ROLES) == ()


def test_services_over_the_same_pods_are_one_backend_under_the_name_that_clients_use():
    more = [
        SERVICE % ("cache-headless", "{selector: {app: cache}, ports: [{port: 6379}]}"),
        SERVICE % ("cch", "{selector: {app: cache}, clusterIP: None, ports: [{port: 26379, name: redis}]}"),
        SERVICE % ("cache-metrics", "{selector: {app: cache}, ports: [{port: 6380, name: redis}]}"),
    ]

    [one] = backends(ground_of(*more, SERVER), ROLES)

    assert one.id == "data/cache"
    assert set(one.services) == {"cache", "cache-headless", "cch", "cache-metrics"}
    assert one.services[0] == "cache"
    assert one.ports[0] == 6379
    assert one.images == ("valkey/valkey:9",)


def test_services_without_pods_stay_apart():
    both = [SERVICE % (name, "{ports: [{port: 6379}]}") for name in ("a", "b")]

    assert [one.id for one in backends(ground_of(*both), ROLES)] == ["data/a", "data/b"]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [({"a": "1"}, True), ({"a": "1", "b": "2"}, True), ({"a": "2"}, False), ({"c": "1"}, False), ({}, False)],
)
def test_what_a_service_selects(selector, expected):
    assert selects(selector, {"a": "1", "b": "2"}) is expected
