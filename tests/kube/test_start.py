"""What of a release matters when a cluster begins: whom its custom objects read from, by references and by hosts."""

import pytest

from migrate_dhi.kube.manifests import OF, Manifests
from migrate_dhi.kube.start import Reader, hosts_behind, reader, readers, start_of


def read(spec, namespace="here", **more):
    return reader(
        {"apiVersion": "es.example/v1", "kind": "Store", "metadata": {"name": "s"}, "spec": spec, **more},
        namespace,
    )


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        # DNS of Services, with and without the cluster's domain, a port, a path, a pod in front
        ("vault.sec.svc", [("vault", "sec")]),
        ("vault.sec.svc.cluster.local", [("vault", "sec")]),
        ("vault.sec.svc:8200", [("vault", "sec")]),
        ("https://vault.sec.svc:8200/v1", [("vault", "sec")]),
        ("vault-0.vault.sec.svc", [("vault", "sec")]),
        ("https://vault-0.vault-internal.sec.svc.cluster.local:8200", [("vault-internal", "sec")]),
        ("a.x.svc:9092,b.y.svc:9092", [("a", "x"), ("b", "y")]),
        ("host=a.x.svc port=1", [("a", "x")]),
        ("user:word@a.x.svc:1/db", [("a", "x")]),
        ("a.x.svc a.x.svc", [("a", "x")]),
        # without the suffix in an address alone
        ("http://vault:8200", [("vault", "here")]),
        ("http://vault", [("vault", "here")]),
        ("http://vault.sec/v1", [("vault", "sec")]),
        ("http://vault.sec?x=1", [("vault", "sec")]),
        ("amqp://me:word@queue.mq:5672", [("queue", "mq")]),
        ("amqp://me@queue", [("queue", "here")]),
        ("vault:8200", []),
        ("vault.sec", []),
        ("https://vault.example.com/x", []),
        ("a.x.svcs", []),
        ("a.svc", []),
        ("", []),
    ],
)
def test_services_that_a_text_names(text, hosts):
    assert list(read({"server": text}).hosts) == hosts
    assert list(read({"list": [{"deep": text}]}).hosts) == hosts


@pytest.mark.parametrize(
    ("spec", "refers"),
    [
        ({"secretStoreRef": {"name": "a", "kind": "ClusterStore"}}, [("ClusterStore", "a")]),
        ({"secretStoreRef": {"name": "a"}}, [("", "a")]),
        ({"vaultAuthRef": "a"}, [("", "a")]),
        ({"vaultAuthRef": "other/a"}, [("", "a")]),
        ({"list": [{"xRef": {"name": "a"}}, {"yRef": {"name": "b"}}]}, [("", "a"), ("", "b")]),
        ({"xRef": {"name": "a", "innerRef": {"name": "b"}}}, [("", "a"), ("", "b")]),
        ({"xRef": {"name": "a"}, "yRef": {"name": "a"}}, [("", "a")]),
        ({"xRef": {"key": "a"}}, []),
        ({"xRef": {"name": 1}}, []),
        ({"xRef": None}, []),
        ({"reference": {"name": "a"}}, []),
        ("text", []),
        (None, []),
    ],
)
def test_objects_that_an_object_refers_to(spec, refers):
    assert list(read(spec).refers) == refers


def test_only_custom_objects_that_read_from_somewhere_are_readers():
    spec = {"server": "http://vault.sec"}
    objects = [
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec}, "x"),
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "metadata": {"name": "a"},
                "spec": spec,
            },
            "x",
        ),
        ({"apiVersion": "es.example/v1", "kind": "Store", "metadata": {"name": "a"}, "spec": {}}, "x"),
        ({"apiVersion": "es.example/v1", "kind": "Store", "metadata": None, "spec": spec}, "x"),
    ]

    assert readers(objects) == (Reader("es.example", "Store", "", (), (("vault", "sec"),)),)


def test_hosts_behind_an_object_are_those_of_what_it_refers_to_too():
    def one(name, *refers, kind="Store", group="es.example", host=()):
        return Reader(group, kind, name, refers, host)

    first = one("first", ("Store", "second"), kind="Secret", host=(("a", "x"),))
    second = one("second", ("", "third"), host=(("b", "x"),))
    third = one("third", ("Store", "second"), kind="Auth", host=(("c", "x"), ("d", "x")))
    others = [
        one("second", kind="Other", host=(("no", "x"),)),
        one("third", group="other.example", host=(("no", "x"),)),
    ]

    found = [(owner.name, host[0]) for owner, host in hosts_behind(first, [first, second, third, *others])]
    assert found == [("first", "a"), ("second", "b"), ("third", "c"), ("third", "d")]


def test_what_a_release_serves_makes_and_reads():
    text = """\
apiVersion: v1
kind: Service
metadata: {name: vault}
---
apiVersion: v1
kind: Service
metadata: {name: own, namespace: own}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
type: kubernetes.io/dockerconfigjson
---
apiVersion: v1
kind: Secret
metadata: {name: other}
---
apiVersion: es.example/v1
kind: Store
metadata: {name: s}
spec: {server: "http://vault:8200"}
"""
    manifests = Manifests({f"c/templates/a.yaml{OF}one": text, f"c/templates/a.yaml{OF}two": text})
    found = start_of(manifests, {"one": "first"})

    assert found.serves == (("vault", "first"), ("own", "own"), ("vault", "default"), ("own", "own"))
    assert [(made.name, made.namespaces) for made in found.makes] == [
        ("login", ("first",)),
        ("login", ("default",)),
    ]
    assert [one.hosts for one in found.reads] == [(("vault", "first"),), (("vault", "default"),)]
    assert found.reconciles == ()
