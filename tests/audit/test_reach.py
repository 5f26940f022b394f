"""Which policies select a backend, and which clients they let in."""

import pytest
import yaml

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


# --- ports: a policy is about those of the pods, after the Service


def served(ports, containers="[{containerPort: 6379, name: redis}]", spec=""):
    """The server behind a Service with these ports, and a client that names it."""
    text = SERVER.replace("ports: [{port: 6379}]", f"ports: {ports}\n  {spec or 'type: ClusterIP'}")
    return text.replace("image: valkey/valkey:9", f"image: valkey/valkey:9, ports: {containers}")


def against(server, rules, client=CLIENT):
    clients = clients_of(server, client, f"{HEAD}spec: {{podSelector: {{}}, ingress: {rules}}}\n")
    backend = clients.backend(clients.uses[0].address)
    return reach(clients.ground, backend, clients.uses)


@pytest.mark.parametrize(
    ("listed", "allowed"),
    [
        ("{port: 6379}", "yes"),
        ("{port: 6379, protocol: TCP}", "yes"),
        ("{port: 6379, protocol: UDP}", "no"),
        ("{protocol: TCP}", "yes"),
        ("{protocol: UDP}", "no"),
        ("{port: 6000, endPort: 7000}", "yes"),
        ("{port: 6379, endPort: 6379}", "yes"),
        ("{port: 6380, endPort: 7000}", "no"),
        ("{port: 6000, endPort: 6378}", "no"),
        ("{port: redis}", "yes"),
        ("{port: metrics}", "no"),
        ("{port: 9121}, {port: 6379}", "yes"),
    ],
)
def test_ports_of_a_rule(listed, allowed):
    found = against(served("[{port: 6379}]"), f"[{{ports: [{listed}]}}]")

    assert [verdict for _, verdict in found.allowed] == [allowed]


@pytest.mark.parametrize(
    ("ports", "spec", "admitted", "allowed"),
    [
        # The Service's own port is no port of the pods.
        ("[{port: 80, targetPort: 6379, name: redis}]", "", 80, "no"),
        ("[{port: 80, targetPort: 6379, name: redis}]", "", 6379, "yes"),
        ("[{port: 80, targetPort: redis, name: redis}]", "", 80, "no"),
        ("[{port: 80, targetPort: redis, name: redis}]", "", 6379, "yes"),
        # A headless one sends clients to the pods themselves.
        ("[{port: 6379, targetPort: 80}]", "clusterIP: None", 6379, "yes"),
        ("[{port: 6379, targetPort: 80}]", "clusterIP: None", 80, "no"),
        # What is open for metrics is not open for clients.
        ("[{port: 6379}, {port: 9121, name: metrics}]", "", 9121, "no"),
        ("[{port: 6379}, {port: 9121, name: metrics}]", "", 6379, "yes"),
    ],
)
def test_a_policy_is_about_the_ports_of_the_pods(ports, spec, admitted, allowed):
    found = against(served(ports, spec=spec), f"[{{ports: [{{port: {admitted}}}]}}]")

    assert [verdict for _, verdict in found.allowed] == [allowed]


@pytest.mark.parametrize(("written", "allowed"), [(":6379", "no"), (":6380", "yes"), ("", "no")])
def test_a_client_is_held_against_the_port_that_it_writes(written, allowed):
    server = served("[{port: 6379}, {port: 6380, name: tls}]")
    client = pod(f"env: [{{name: REDIS_HOST, value: 'cache.data.svc{written}'}}]")

    found = against(server, "[{ports: [{port: 6380}]}]", client)

    assert [verdict for _, verdict in found.allowed] == [allowed]


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("[{}]", "everyone: p selects it and lets everyone in"),
        ("[{ports: [{port: 9121}]}]", "nobody, since no rule of p is about its port"),
        ("[]", "nobody, since no rule of p is about its port"),
        ("[{from: [{namespaceSelector: {}}]}]", "every pod of the cluster, as p says"),
        ("[{from: [{namespaceSelector: {}, podSelector: {}}]}]", "every pod of the cluster, as p says"),
        ("[{from: [{namespaceSelector: {}, podSelector: {matchLabels: {a: b}}}]}]", "what p lets in"),
        ("[{from: [{podSelector: {}}]}, {ports: [{port: 9121}]}]", "what p lets in"),
    ],
)
def test_what_a_server_is_open_to(rules, told):
    assert against(served("[{port: 6379}]"), rules).open_to == told


def test_without_pods_it_is_not_known_who_gets_in():
    service, _, _ = SERVER.partition("---")
    clients = clients_of(service, CLIENT)
    backend = clients.backend(clients.uses[0].address)

    found = reach(clients.ground, backend, clients.uses)

    assert found.open_to == "not known: its pods are not rendered here"
    assert found.proposal == ""


# --- selectors with expressions


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("{key: app, operator: In, values: [web, api]}", "yes"),
        ("{key: app, operator: In, values: [api]}", "no"),
        ("{key: app, operator: NotIn, values: [web]}", "no"),
        ("{key: app, operator: NotIn, values: [api]}", "yes"),
        ("{key: tier, operator: NotIn, values: [back]}", "yes"),
        ("{key: tier, operator: In, values: [back]}", "no"),
        ("{key: app, operator: Exists}", "yes"),
        ("{key: tier, operator: Exists}", "no"),
        ("{key: tier, operator: DoesNotExist}", "yes"),
        ("{key: app, operator: DoesNotExist}", "no"),
        # A controller puts it there.
        ("{key: pod-template-hash, operator: Exists}", "unknown"),
        ("{key: app, operator: Near, values: [web]}", "unknown"),
    ],
)
def test_labels_of_a_client_against_expressions(expression, allowed):
    peer = f"{{namespaceSelector: {{}}, podSelector: {{matchExpressions: [{expression}]}}}}"

    [(_, found)] = looked(f"{HEAD}spec: {{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}\n").allowed

    assert found == allowed


@pytest.mark.parametrize(
    ("selector", "allowed"),
    [
        ("{matchLabels: {team: a}}", "unknown"),
        ("{matchLabels: {kubernetes.io/metadata.name: app, team: a}}", "unknown"),
        # Its name alone tells.
        ("{matchLabels: {kubernetes.io/metadata.name: other, team: a}}", "no"),
        ("{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [app, b]}]}", "yes"),
        ("{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [app]}]}", "no"),
        ("{matchExpressions: [{key: team, operator: DoesNotExist}]}", "unknown"),
    ],
)
def test_labels_of_a_namespace_that_is_not_in_git(selector, allowed):
    peer = f"{{namespaceSelector: {selector}}}"

    [(_, found)] = looked(f"{HEAD}spec: {{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}\n").allowed

    assert found == allowed


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("{}", 1),
        ("{matchLabels: {app: cache}}", 1),
        ("{matchLabels: {app: other}}", 0),
        ("{matchExpressions: [{key: app, operator: In, values: [cache]}]}", 1),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [cache]}]}", 0),
        ("{matchLabels: {statefulset.kubernetes.io/pod-name: cache-0}}", 1),
    ],
)
def test_a_policy_that_may_select_it_counts(selector, count):
    assert len(looked(f"{HEAD}spec: {{podSelector: {selector}}}\n").policies) == count


def test_a_policy_of_another_namespace_does_not_count():
    elsewhere = f"{HEAD}spec: {{podSelector: {{}}}}\n".replace("namespace: data", "namespace: app")

    assert looked(elsewhere).policies == ()


def test_rules_of_several_policies_add_up():
    none = f"{HEAD}spec: {{podSelector: {{}}}}\n"
    some = none.replace("name: p,", "name: q,").replace(
        "{podSelector: {}}", "{podSelector: {}, ingress: [{}]}"
    )

    assert looked(none).allowed[0][1] == "no"
    assert looked(none, some).allowed[0][1] == "yes"


# --- what is proposed


def proposed(server, *texts):
    clients = clients_of(server, CLIENT, *texts)
    backend = clients.backend(clients.uses[0].address)
    return yaml.safe_load(reach(clients.ground, backend, clients.uses).proposal)["spec"]["ingress"]


@pytest.mark.parametrize(
    ("ports", "containers", "expected"),
    [
        ("[{port: 6379}]", "[]", [6379]),
        ("[{port: 80, targetPort: 6379, name: redis}]", "[]", [6379]),
        ("[{port: 80, targetPort: main, name: redis}]", "[{name: main, containerPort: 7000}]", [7000]),
        ("[{port: 80, targetPort: main, name: redis}]", "[]", ["main"]),
    ],
)
def test_the_proposal_opens_the_ports_of_the_pods(ports, containers, expected):
    [rule] = proposed(served(ports, containers))

    assert [one["port"] for one in rule["ports"]] == expected


def test_the_proposal_lets_the_pods_of_a_server_talk_to_each_other():
    several = SERVER.replace("spec:\n  template", "spec:\n  replicas: 3\n  template")

    own, clients = proposed(several)

    assert own == {
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}},
                "podSelector": {"matchLabels": {"app": "cache"}},
            }
        ]
    }
    assert clients["from"][0]["podSelector"] == {"matchLabels": {"app": "web"}}


def test_replicas_of_another_object_are_let_in_too():
    replicas = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache-replicas, namespace: data}
spec:
  template:
    metadata: {labels: {app: cache-replicas}}
    spec: {containers: [{name: cache, image: valkey/valkey:9}]}
"""
    unlike = replicas.replace("cache-replicas", "app").replace("valkey/valkey:9", "example/app:1")

    own, _ = proposed(SERVER, replicas, unlike)

    labels = [one["podSelector"]["matchLabels"]["app"] for one in own["from"]]
    assert labels == ["cache", "cache-replicas"]


FOREIGN = (
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: %s, namespace: data}\nspec: {}\n"
)


def test_policies_of_another_kind_are_named_one_by_one():
    found = looked(FOREIGN % "c", FOREIGN % "d")

    assert found.open_to.endswith("; CiliumNetworkPolicy/c, CiliumNetworkPolicy/d may, and is not read")


@pytest.mark.parametrize(
    ("space", "allowed"),
    [
        ("{name: app, labels: {team: a}}", "yes"),
        ("{name: app, labels: {team: b}}", "no"),
        ("{name: app}", "no"),
        # That of another namespace says nothing of the client's own.
        ("{name: other, labels: {team: a}}", "unknown"),
    ],
)
def test_the_namespace_of_the_client_counts(space, allowed):
    peer = "{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: web}}}"
    policy = f"{HEAD}spec: {{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}\n"

    assert looked(policy, f"apiVersion: v1\nkind: Namespace\nmetadata: {space}\n").allowed[0][1] == allowed
