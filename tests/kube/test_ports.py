"""Ports: the one that a probe may use, by its name or number, and the one at which a Service expects a container."""

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.ports import declared, pointed_at, port_of_service, port_to_probe

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app}}
spec:
  template:
    metadata: {{labels: {{app: x, part: main}}}}
    spec:
      {more}
      containers:
        - name: main
          {main}
"""
SERVICE = """\
---
apiVersion: v1
kind: {kind}
metadata: {{name: s}}
spec: {{selector: {selector}, ports: {ports}}}
"""
SIDE = "initContainers: [{name: first, image: a}]"


def container(main="image: a", *services, more="hostname: a"):
    manifests = Manifests({"t.yaml": DEPLOYMENT.format(main=main, more=more) + "".join(services)})
    return manifests.pods[0].containers[-1], manifests


def service(ports, selector="{app: x}", kind="Service"):
    return SERVICE.format(kind=kind, selector=selector, ports=ports)


@pytest.mark.parametrize(
    ("ports", "numbers"),
    [
        ("[{containerPort: 80}, {containerPort: '81'}, text, {name: x}]", [80]),
        (
            "[{containerPort: true}, {containerPort: 0}, {containerPort: 65536}, {containerPort: 65535}]",
            [65535],
        ),
        ("[{containerPort: 1, protocol: UDP}, {containerPort: null}]", [1]),
        ("text", []),
        ("null", []),
    ],
)
def test_declared_are_ports_with_a_number(ports, numbers):
    main, _ = container(f"ports: {ports}")

    assert [port["containerPort"] for port in declared(main)] == numbers


WEB, METRICS, PLAIN = (
    "{name: web, containerPort: 80}",
    "{name: metrics, containerPort: 81}",
    "{containerPort: 82}",
)


@pytest.mark.parametrize(
    ("ports", "more", "likely", "port"),
    [
        # the first one that is not there for something else, else the first one
        (f"[{METRICS}, {WEB}]", "", (), "web"),
        (f"[{METRICS}, {PLAIN}]", "", (), 82),
        (f"[{METRICS}]", "", (), "metrics"),
        ("[]", "", (), None),
        ("[{name: web, containerPort: 80, protocol: UDP}]", "", (80,), None),
        ("[{name: web, containerPort: 80, protocol: TCP}]", "", (), "web"),
        ("[{name: web, containerPort: 80, protocol: ''}]", "", (), "web"),
        ("[{name: web, containerPort: 80, protocol: SCTP}, {containerPort: 82}]", "", (), 82),
        ("[{name: '', containerPort: 80}]", "", (), 80),
        # likely ones in their order, where they are declared
        (f"[{WEB}, {METRICS}, {PLAIN}]", "", (9, 82, 80), 82),
        (f"[{WEB}, {METRICS}]", "", (81,), "metrics"),
        # the port of another probe comes first
        (f"[{WEB}, {METRICS}]", "livenessProbe: {httpGet: {port: 81}}", (80,), "metrics"),
        (f"[{WEB}, {METRICS}]", "livenessProbe: {tcpSocket: {port: metrics}}", (80,), "metrics"),
        # declared or not: a port that is declared informs and opens nothing
        (f"[{WEB}, {METRICS}]", "livenessProbe: {httpGet: {port: 99}}", (80,), 99),
        ("null", "livenessProbe: {tcpSocket: {port: 99}}", (80,), 99),
        ("null", "livenessProbe: {grpc: {port: 99}}", (), 99),
        ("null", "livenessProbe: {exec: {command: [a]}}", (), None),
        (f"[{WEB}]", "livenessProbe: {grpc: {port: 80}}", (), "web"),
        # what asks elsewhere says nothing of this container, and what is no port nothing at all
        (f"[{WEB}]", "livenessProbe: {httpGet: {port: 99, host: other}}", (), "web"),
        (f"[{WEB}]", "livenessProbe: {tcpSocket: {port: 99, host: 127.0.0.1}}", (), "web"),
        (f"[{WEB}]", "livenessProbe: {httpGet: {port: 99, host: ''}}", (), 99),
        (f"[{WEB}]", "livenessProbe: {httpGet: {port: 0}}", (), "web"),
        (f"[{WEB}]", "livenessProbe: {httpGet: {port: 65536}}", (), "web"),
        (f"[{WEB}]", "livenessProbe: {httpGet: {port: true}}", (), "web"),
        (f"[{WEB}]", "livenessProbe: {httpGet: null}", (), "web"),
        (f"[{WEB}]", "livenessProbe: null", (), "web"),
        (f"[{WEB}, {METRICS}]", "livenessProbe: {httpGet: {port: none}}", (), "web"),
        (f"[{WEB}, {METRICS}]", "startupProbe: {httpGet: {port: 81}}", (80,), "web"),
        (
            f"[{WEB}, {METRICS}, {PLAIN}]",
            "readinessProbe: {httpGet: {port: 81}}\n          livenessProbe: {tcpSocket: {port: 82}}",
            (),
            82,
        ),
        # of two that share a number or a name the first one counts
        ("[{name: a, containerPort: 80}, {name: b, containerPort: 80}]", "", (80,), "a"),
    ],
)
def test_the_port_that_a_probe_may_use(ports, more, likely, port):
    main, _ = container(f"ports: {ports}\n          {more}")

    assert port_to_probe(main, likely, ("livenessProbe", "readinessProbe")) == port


@pytest.mark.parametrize(
    ("ports", "likely", "port"),
    [
        ("[{port: 1, targetPort: 80}]", (), 80),
        ("[{port: 80}]", (), 80),
        ("[{port: 1, targetPort: web}]", (), None),
        # what is not written, or written as nothing, is the Service's own port
        ("[{port: 80, targetPort: null}]", (), 80),
        ("[{port: 80, targetPort: 0}]", (), 80),
        ("[{port: 80, targetPort: ''}]", (), 80),
        ("[{port: 80, protocol: null}]", (), 80),
        ("[{port: 80, protocol: ''}]", (), 80),
        ("[{port: 80, protocol: SCTP}]", (), None),
        ("[{port: 80, appProtocol: http, nodePort: 30080}]", (), 80),
        ("[{port: 80, protocol: UDP}]", (), None),
        ("[{port: 80, protocol: TCP}]", (), 80),
        ("[{port: 80, name: metrics}]", (), None),
        ("[{port: 80}, {port: 81}]", (82, 81), 81),
        ("[{port: 80}, {port: 81}]", (82,), 80),
        ("[text]", (), None),
        ("text", (), None),
    ],
)
def test_the_port_at_which_a_service_expects_a_container(ports, likely, port):
    main, manifests = container("image: a", service(ports))

    assert port_of_service(main, likely, manifests) == port


@pytest.mark.parametrize(
    ("selector", "kind", "found"),
    [
        ("{app: x, part: main}", "Service", True),
        ("{app: x, part: other}", "Service", False),
        ("{app: x, more: y}", "Service", False),
        ("{}", "Service", False),
        ("null", "Service", False),
        ("{app: x}", "NetworkPolicy", False),
    ],
)
def test_a_service_is_one_that_selects_the_pod(selector, kind, found):
    main, manifests = container("image: a", service("[{port: 80}]", selector, kind))

    assert (port_of_service(main, (), manifests) == 80) is found


def test_a_container_that_declares_ports_and_one_that_runs_before_are_not_expected_there():
    at = service("[{port: 80}]")
    main, manifests = container(f"ports: [{PLAIN}]", at)
    assert port_of_service(main, (80,), manifests) is None

    main, manifests = container("image: a", at, more=SIDE)
    first = manifests.pods[0].containers[0]
    assert (first.name, port_of_service(first, (80,), manifests)) == ("first", None)
    # It does not listen beside the main one, either.
    assert port_of_service(main, (), manifests) == 80


@pytest.mark.parametrize(
    ("spec", "place", "own", "found"),
    [
        ("", "", "", True),
        ("type: NodePort, ", "", "", True),
        ("clusterIP: None, ", "", "", True),
        # its selector is ignored
        ("type: ExternalName, externalName: a.example, ", "", "", False),
        # it selects in its own namespace alone, which one of the two may leave to the release
        ("", "a", "a", True),
        ("", "a", "", True),
        ("", "", "a", True),
        ("", "a", "b", False),
    ],
)
def test_a_service_leads_to_the_pods_of_its_namespace(spec, place, own, found):
    at = service("[{port: 80}]").replace("spec: {", "spec: {" + spec)
    text = DEPLOYMENT.format(main="image: a", more="hostname: a").replace(
        "{name: app}", f"{{name: app, namespace: '{own}'}}"
    )
    manifests = Manifests({"t.yaml": text + at.replace("{name: s}", f"{{name: s, namespace: '{place}'}}")})

    assert (port_of_service(manifests.containers[0], (), manifests) == 80) is found


@pytest.mark.parametrize(("policy", "alone"), [("Always", False), ("Never", True), ("null", True)])
def test_a_sidecar_that_starts_first_may_listen_too(policy, alone):
    sidecar = f"initContainers: [{{name: first, image: a, restartPolicy: {policy}}}]"
    main, manifests = container("image: a", service("[{port: 80}, {port: 81}]"), more=sidecar)
    first = manifests.pods[0].containers[0]

    assert port_of_service(main, (), manifests) == (80 if alone else None)
    assert port_of_service(first, (81,), manifests) == (None if alone else 81)
    assert (first.role, first.lasts, main.lasts) == ("init", not alone, True)


@pytest.mark.parametrize(
    ("main", "services", "asked", "sent"),
    [
        ("image: a", "[{port: 80}]", set(), {80}),
        ("image: a", "[{port: 1, targetPort: 80}, {port: 81}]", set(), {80, 81}),
        ("ports: [{name: web, containerPort: 80}]", "[{port: 1, targetPort: web}]", set(), {80}),
        ("ports: [{name: web, containerPort: 80}]", "[{port: 1, targetPort: other}]", set(), set()),
        ("image: a", "[{port: 1, targetPort: '80'}]", set(), {80}),
        ("image: a", "[{port: 80, protocol: UDP}]", set(), set()),
        # what is named after its monitoring is asked all the same
        ("image: a", "[{port: 80, name: metrics}]", set(), {80}),
        ("livenessProbe: {httpGet: {port: 80}}", "[]", {80}, set()),
        ("livenessProbe: {tcpSocket: {port: 80}}", "[]", {80}, set()),
        ("livenessProbe: {grpc: {port: 80}}", "[]", {80}, set()),
        ("livenessProbe: {exec: {command: [a]}}", "[]", set(), set()),
        ("livenessProbe: {httpGet: {port: 80, host: other}}", "[]", set(), set()),
        (f"ports: [{WEB}]\n          livenessProbe: {{httpGet: {{port: web}}}}", "[]", {80}, set()),
        (f"ports: [{WEB}]\n          livenessProbe: {{httpGet: {{port: gone}}}}", "[]", set(), set()),
    ],
)
def test_where_probes_and_services_look(main, services, asked, sent):
    main, manifests = container(main, service(services))

    assert pointed_at(main, manifests, ("livenessProbe",)) == (asked, sent)
    assert pointed_at(main, manifests, ("readinessProbe",)) == (set(), sent)


@pytest.mark.parametrize(
    ("beside", "asked", "sent"),
    [
        ("image: b", {80}, {80}),
        # the port is the other one's
        ("ports: [{containerPort: 80}]", set(), set()),
        ("ports: [{containerPort: 82}]", {80}, {80}),
    ],
)
def test_the_containers_of_a_pod_share_its_ports(beside, asked, sent):
    own = f"ports: [{{containerPort: 80}}]\n          livenessProbe: {{httpGet: {{port: 80}}}}\n        - name: side\n          {beside}"
    _, manifests = container(own, service("[{port: 80}, {port: 81}]"))

    assert pointed_at(manifests.pods[0].containers[0], manifests, ("livenessProbe",)) == (asked, sent)


@pytest.mark.parametrize(("policy", "sent"), [("Always", {80}), ("Never", {80, 81})])
def test_a_native_sidecar_is_one_of_them_and_what_ends_before_is_not(policy, sent):
    sidecar = f"initContainers: [{{name: first, image: a, restartPolicy: {policy}}}]"
    main, manifests = container(
        "ports: [{containerPort: 80}]", service("[{port: 80}, {port: 81}]"), more=sidecar
    )

    assert pointed_at(main, manifests, ()) == (set(), sent)


def test_beside_another_container_only_a_likely_port_is_its_own():
    main, manifests = container("image: a\n        - name: side\n          image: b", service("[{port: 80}]"))

    assert port_of_service(main, (), manifests) is None
    assert port_of_service(main, (80,), manifests) == 80
