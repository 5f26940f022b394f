"""Ports of pods behind those of Services: by number, by name, behind a headless one; and what rules say of them."""

import pytest

from migrate_dhi.audit.ports import Lead, admits, leads, of_role
from migrate_dhi.audit.services import backends
from tests.audit.grounds import ROLES, ground_of

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: data}
spec:
  selector: {app: cache}%s
  ports: [%s]
"""
POD = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache, namespace: data}
spec:
  template:
    metadata: {labels: {app: cache}}
    spec: {containers: [{name: cache, image: valkey/valkey:9, ports: [%s]}]}
"""


def found(ports, containers="", more=""):
    ground = ground_of(SERVICE % (more, ports), POD % containers)
    (backend,) = backends(ground, ROLES)
    return [(one.port, set(one.pods)) for one in leads(ground, backend)]


NAMED = "{name: tcp, containerPort: 7000}, {name: metrics, containerPort: 9121}"


@pytest.mark.parametrize(
    ("ports", "containers", "more", "expected"),
    [
        ("{port: 6379}", "", "", [(6379, {6379})]),
        ("{port: 6379, targetPort: 7000}", "", "", [(6379, {7000})]),
        # A container's port has a number and a name: a policy may say either.
        ("{port: 6379, targetPort: 7000}", NAMED, "", [(6379, {7000, "tcp"})]),
        ("{port: 6379, targetPort: tcp}", NAMED, "", [(6379, {7000, "tcp"})]),
        ("{port: 6379, targetPort: other}", NAMED, "", [(6379, {"other"})]),
        (
            "{port: 6379, targetPort: tcp}, {port: 9121}",
            NAMED,
            "",
            [(6379, {7000, "tcp"}), (9121, {9121, "metrics"})],
        ),
        # Behind a headless one clients get to the port that they name.
        ("{port: 6379, targetPort: 7000}", NAMED, "\n  clusterIP: None", [(6379, {6379})]),
        (
            "{port: 6379}, {port: 7000, targetPort: 1}",
            NAMED,
            "\n  clusterIP: None",
            [(6379, {6379}), (7000, {7000, "tcp"})],
        ),
    ],
)
def test_where_a_port_of_a_service_leads(ports, containers, more, expected):
    assert found(ports, containers, more) == expected


LEADS = (Lead(6379, frozenset((7000, "tcp"))), Lead(9121, frozenset((9121,))), Lead(80, frozenset((6380,))))


@pytest.mark.parametrize(
    ("role", "pods"),
    [
        ((6379,), {7000, "tcp"}),
        # By the number of the pods' port, too.
        ((6380,), {6380}),
        ((6379, 6380), {7000, "tcp", 6380}),
        # Where no number tells, it may be any.
        ((5432,), {7000, "tcp", 9121, 6380}),
        ((), {7000, "tcp", 9121, 6380}),
    ],
)
def test_ports_that_serve_a_role(role, pods):
    assert of_role(role, LEADS) == pods


@pytest.mark.parametrize(
    ("ports", "admitted"),
    [
        ([], True),
        ([{"port": 7000}], True),
        ([{"port": "tcp"}], True),
        ([{"port": 6379}], False),
        ([{"port": "7000"}], False),
        ([{"protocol": "TCP"}], True),
        ([{"protocol": "TCP", "port": 7000}], True),
        ([{"protocol": "UDP", "port": 7000}], False),
        ([{"protocol": "UDP"}], False),
        ([{"port": 6379}, {"port": 7000}], True),
        ([{"port": 6000, "endPort": 8000}], True),
        ([{"port": 7000, "endPort": 7000}], True),
        ([{"port": 7001, "endPort": 8000}], False),
        ([{"port": 6000, "endPort": 6999}], False),
        ([{"port": [7000]}], False),
    ],
)
def test_what_a_rule_admits(ports, admitted):
    assert admits({"ports": ports} if ports else {}, frozenset((7000, "tcp"))) is admitted
