"""Which backends an audit is about, and what it says of those that it does not find."""

import pytest

from migrate_dhi.audit.report import audit
from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.errors import UsageError
from tests.audit.grounds import DATABASE, ROLES, SERVER, ground_of, pod

PLAYBOOKS = load_playbooks()
CLIENT = pod("env: [{name: REDIS_HOST, value: cache.data.svc}]")
WEB = """
apiVersion: v1
kind: Service
metadata: {name: front, namespace: data}
spec: {selector: {app: front}, ports: [{port: 80, name: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: data}
spec:
  template:
    metadata: {labels: {app: front}}
    spec: {containers: [{name: main, image: nginx:1.29}]}
"""
CALLER = pod("env: [{name: FRONT_URL, value: 'http://front.data.svc'}]", name="caller")


def audited(*texts, service=""):
    return audit(ground_of(*texts), ROLES, PLAYBOOKS, {}, service)


def names(*texts, **more):
    return [one.backend.id for one in audited(*texts, **more).backends]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([SERVER], ["data/cache"]),
        ([SERVER.replace("valkey/valkey:9", "example/unknown:1")], []),
        # Of what is not rendered here no image is known.
        ([DATABASE], []),
        ([SERVER.replace("valkey/valkey:9", "dhi.io/valkey:9")], ["data/cache"]),
        # Of web services those with a client.
        ([WEB], []),
        ([WEB, CALLER], ["data/front"]),
        (
            ["apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg, namespace: data}\n"],
            ["data/pg-rw"],
        ),
        ([], []),
    ],
)
def test_backends_that_are_found_by_themselves(texts, expected):
    assert names(*texts) == expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("data/cache", ["data/cache"]),
        ("data/cache-headless", ["data/cache"]),
        ("data/db", ["data/db"]),
        ("data/front", ["data/front"]),
    ],
)
def test_a_backend_that_is_asked_for(service, expected):
    headless = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: cache-headless, namespace: data}\n"
        "spec: {selector: {app: cache}, clusterIP: None, ports: [{port: 6379}]}\n"
    )

    assert names(SERVER, headless, DATABASE, WEB, service=service) == expected


@pytest.mark.parametrize("service", ["cache", "app/cache", "data/none"])
def test_a_backend_that_is_not_there(service):
    with pytest.raises(UsageError) as caught:
        audited(SERVER, DATABASE, WEB, service=service)

    assert caught.value.help == "the services here: data/cache, data/db"
    with pytest.raises(UsageError, match="no service or release") as caught:
        audited(WEB, service=service)
    assert caught.value.help == "the services here: none"


def test_clients_behind_a_secret_and_of_services_from_elsewhere():
    hidden = pod("env: [{name: REDIS_URL, valueFrom: {secretKeyRef: {name: s, key: k}}}]", name="hidden")
    away = pod("env: [{name: REDIS_URL, value: 'redis://gone.data.svc/1'}]", name="away")
    other = pod("env: [{name: DATABASE_URL, value: 'postgres://gone.data.svc/x'}]", name="other")

    found = audited(SERVER, CLIENT, hidden, away, other)

    assert [use.who for use in found.hidden] == ["hidden"]
    assert [use.who for use in found.elsewhere] == ["away", "other"]
    assert [use.who for use in found.backends[0].uses] == ["web"]
    # Where one backend is asked for, those of other roles are no news.
    asked = audited(SERVER, CLIENT, hidden, away, other, service="data/cache")
    assert [use.who for use in asked.elsewhere] == ["away"]


def test_json_of_a_client():
    [backend] = audited(SERVER, CLIENT).to_json()["backends"]

    [client] = backend["clients"]
    assert {
        key: client[key] for key in ("client", "service", "database", "database_written", "authentication")
    } == {
        "client": "web",
        "service": "data/cache",
        "database": "0",
        "database_written": False,
        "authentication": "no",
    }
    assert (client["evidence"], client["workloads"], client["deployed"]) == (
        "manifest",
        ["app/Deployment/web"],
        True,
    )
    assert backend["authentication"] == {"asked": "no", "reason": "none of its settings asks for one"}
    assert backend["reach"]["clients"] == [{"client": "web", "allowed": "yes"}]


def test_a_password_on_one_side_is_told():
    asking = SERVER.replace("image: valkey/valkey:9", "image: valkey/valkey:9, args: [--requirepass, x]")
    sending = pod("env: [{name: REDIS_URL, value: 'redis://:pw@cache.data.svc/1'}]")

    def told(*texts):
        return [(one.code, one.message) for one in audited(*texts).backends[0].findings]

    assert told(asking, sending) == []
    assert told(SERVER, CLIENT) == []
    [(code, text)] = told(asking, CLIENT)
    assert (code, "web sends no password to data/cache" in text) == ("audit-auth-one-sided", True)
    [(code, text)] = told(SERVER, sending)
    assert (code, "web sends a password to data/cache, which asks for none" in text) == (
        "audit-auth-one-sided",
        True,
    )
