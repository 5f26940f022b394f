"""Which policies select a backend, and which clients they let in."""

import pytest

from migrate_dhi.audit.reach import reach
from tests.audit.grounds import SERVER, clients_of, config, pod

CLIENT = pod("env: [{name: REDIS_HOST, value: cache.data.svc}]")
HEAD = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: data}\n"


def looked(*texts):
    clients = clients_of(SERVER, CLIENT, *texts)
    backend = clients.backend(clients.uses[0].address)
    return reach(clients.ground, backend, clients.uses)


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ("{podSelector: {}, ingress: []}", "no"),
        ("{podSelector: {matchLabels: {app: cache}}, policyTypes: [Ingress]}", "no"),
        ("{podSelector: {matchLabels: {app: other}}, ingress: []}", "yes"),
        ("{podSelector: {}, policyTypes: [Egress]}", "yes"),
        ("{podSelector: {}, ingress: [{}]}", "yes"),
        ("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "no"),
        ("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", "yes"),
        (
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: "
                "{matchLabels: {kubernetes.io/metadata.name: app}}}]}]}"
            ),
            "yes",
        ),
        (
            (
                "{podSelector: {}, ingress: [{from: [{namespaceSelector: "
                "{matchLabels: {kubernetes.io/metadata.name: app}}, podSelector: {matchLabels: {app: x}}}]}]}"
            ),
            "no",
        ),
        ("{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}", "unknown"),
        ("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}", "unknown"),
        ("{podSelector: {}, ingress: [{ports: [{port: 6379}]}]}", "yes"),
        ("{podSelector: {}, ingress: [{ports: [{port: 9121}]}]}", "no"),
    ],
)
def test_a_client_against_a_policy(spec, allowed):
    [(_, found)] = looked(f"{HEAD}spec: {spec}\n").allowed

    assert found == allowed


def test_labels_of_a_namespace_count():
    spaces = "apiVersion: v1\nkind: Namespace\nmetadata: {name: app, labels: {team: a}}\n"
    policy = f"{HEAD}spec: {{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{team: a}}}}}}]}}]}}\n"

    assert looked(policy, spaces).allowed[0][1] == "yes"


def test_a_policy_of_another_kind_is_named_and_not_read():
    found = looked(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: data}\nspec: {}\n"
    )

    assert [str(item) for item in found.foreign] == ["CiliumNetworkPolicy/c"]
    assert "CiliumNetworkPolicy/c may, and is not read" in found.open_to


def test_the_policy_that_is_proposed_lets_the_clients_in():
    proposal = looked().proposal

    assert looked(proposal).allowed[0][1] == "yes"
    stranger = pod("env: [{name: REDIS_HOST, value: cache.data.svc}]", name="stranger", namespace="else")
    allowed = {use.who: verdict for use, verdict in looked(proposal, stranger).allowed}
    assert allowed == {"web": "yes", "stranger": "no"}


def test_a_policy_names_the_clients_whose_pods_are_not_known_and_shuts_out_none_alone():
    stray = config("REDIS_HOST: cache.data.svc", key="REDIS_HOST", name="stray")
    clients = clients_of(SERVER, CLIENT, stray)
    backend = clients.backend(clients.uses[0].address)
    unknown = [use for use in clients.uses if not use.workloads]
    assert unknown

    proposal = reach(clients.ground, backend, clients.uses).proposal

    assert [line for line in proposal.splitlines() if line.startswith("#")] == [
        f'# not let in yet: "{use.who}", whose pods are not known here' for use in unknown
    ]
    assert reach(clients.ground, backend, unknown).proposal == ""
