"""Pull secrets that pods get without naming them."""

import pytest

from tests.migration.repository.states import entry, moves, told

ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: NAME, namespace: data}
imagePullSecrets: [{name: SECRET}]
"""
POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: adds}
spec:
  rules:
  - name: add
    mutate: {patchStrategicMerge: {spec: {"+(imagePullSecrets)": [{name: SECRET}]}}}
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: patch, namespace: data}
spec:
  template:
    spec:
      containers:
      - name: main
        args:
        - kubectl patch serviceaccount default -p '{"imagePullSecrets": [{"name": "SECRET"}]}'
"""


def codes_of(text, name):
    return dict(told_of(text.replace("SECRET", name).replace("NAME", "default")))


def told_of(text, *entries, file="a.yaml"):
    """(code, message) of what is found of a file, but for what every repository here lacks."""
    some = told({file: text}, *entries)
    return [(one.code, one.message) for one in some if one.code != "pull-secret-nowhere"]


@pytest.mark.parametrize("text", [ACCOUNT, POLICY, JOB], ids=["account", "policy", "job"])
def test_another_secret_is_lost_by_pods_that_name_one(text):
    (code, message), *more = codes_of(text, "regcred").items()

    assert (code, more) == ("pull-secret-displaced", [])
    assert "gives pods in data the pull secret regcred: a pod that names dhi itself" in message


@pytest.mark.parametrize("text", [ACCOUNT, POLICY, JOB], ids=["account", "policy", "job"])
def test_the_wanted_secret_is_given_already(text):
    assert list(codes_of(text, "dhi")) == ["pull-secret-given"]


WEB = "  - name: add\n    match: {any: [{resources: {kinds: [Pod], namespaces: [web]}}]}\n"


@pytest.mark.parametrize(
    "text",
    [
        ACCOUNT.replace("NAME", "other"),
        ACCOUNT.replace("namespace: data", "namespace: web"),
        POLICY.replace("  - name: add\n", WEB),
    ],
)
def test_what_those_pods_do_not_get(text):
    assert not codes_of(text, "regcred")


# what a policy does to a pod that has a list of its own


def rule(change, match=""):
    """A policy with one rule that changes what is made."""
    text = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: adds}\nspec:\n  rules:\n  - name: one\n"
    return f"{text}{match}    mutate: {change}\n"


def kinds(*names):
    return f"    match: {{any: [{{resources: {{kinds: [{', '.join(names)}]}}}}]}}\n"


MERGED = "{patchStrategicMerge: {spec: {imagePullSecrets: [{name: regcred}]}}}"
APPENDED = "{patchesJson6902: '[{op: add, path: /spec/imagePullSecrets/-, value: {name: regcred}}]'}"
REPLACED = "{patchesJson6902: '[{op: add, path: /spec/imagePullSecrets, value: [{name: regcred}]}]'}"
FIRST = "{patchesJson6902: '[{op: replace, path: /spec/imagePullSecrets/0, value: {name: regcred}}]'}"
EACH = "{foreach: [{list: a, patchStrategicMerge: {spec: {+(imagePullSecrets): [{name: regcred}]}}}]}"
OF_ACCOUNTS = "{patchStrategicMerge: {imagePullSecrets: [{name: regcred}]}}"
GIVES = "ClusterPolicy adds gives pods in data the pull secret regcred: a pod that names dhi itself does not get it"
PUTS = "ClusterPolicy adds puts regcred in the place of the pull secrets that pods in data name: dhi would not stay"


@pytest.mark.parametrize(
    ("change", "match", "message"),
    [
        # Merged by name, a list has both.
        (MERGED, kinds("Pod"), ""),
        (MERGED, "", ""),
        (APPENDED, kinds("Pod"), ""),
        # Only where there is none yet.
        (MERGED.replace("imagePull", "+(imagePull").replace("ts: [", "ts): ["), kinds("Pod"), GIVES),
        (EACH, kinds("Pod"), GIVES),
        # At the list itself, or at an item of it.
        (REPLACED, kinds("Pod"), PUTS),
        (REPLACED.replace("op: add", "op: replace"), kinds("Pod"), PUTS),
        (FIRST, kinds("Pod"), PUTS),
        (REPLACED.replace("op: add", "op: test"), kinds("Pod"), ""),
        # An account is what pods with a list of their own do not look at, however it came to its own.
        (OF_ACCOUNTS, kinds("ServiceAccount"), GIVES),
        (OF_ACCOUNTS, kinds("v1/ServiceAccount"), GIVES),
        (REPLACED.replace("/spec", ""), kinds("ServiceAccount"), GIVES),
        (OF_ACCOUNTS, "    match: {resources: {kinds: [ServiceAccount]}}\n", GIVES),
        (OF_ACCOUNTS, "    match: {all: [{resources: {kinds: [ServiceAccount]}}]}\n", GIVES),
        # A name that the policy makes up is none.
        (MERGED.replace("regcred", '"{{ x }}"'), kinds("ServiceAccount"), ""),
        ("{patchStrategicMerge: {spec: {containers: [{name: regcred}]}}}", kinds("Pod"), ""),
    ],
)
def test_what_a_policy_does_to_a_pod_that_names_a_secret_itself(change, match, message):
    some = told_of(rule(change, match))

    assert [text[: len(message)] for _, text in some] == ([message] if message else [])
    assert all(code == "pull-secret-displaced" for code, _ in some)


@pytest.mark.parametrize("change", [MERGED, APPENDED, REPLACED, EACH, OF_ACCOUNTS])
def test_a_policy_that_gives_the_wanted_secret(change):
    some = told_of(rule(change.replace("regcred", "dhi"), kinds("Pod")))

    assert some == [
        ("pull-secret-given", "ClusterPolicy adds gives pods in data the pull secret dhi already"),
    ]


def test_a_list_that_is_replaced_by_one_with_the_wanted_secret_loses_nothing():
    both = REPLACED.replace("[{name: regcred}]", "[{name: regcred}, {name: dhi}]")

    assert [code for code, _ in told_of(rule(both, kinds("Pod")))] == ["pull-secret-given"]


def test_what_else_an_operation_names_is_no_secret():
    """A JSON patch may change more than one thing."""
    more = "[{op: add, path: /spec/imagePullSecrets, value: [{name: dhi}]}, {op: add, path: /spec/x, value: {name: other}}]"

    assert [code for code, _ in told_of(rule(f"{{patchesJson6902: '{more}'}}", kinds("Pod")))] == [
        "pull-secret-given"
    ]


@pytest.mark.parametrize(
    ("pattern", "met"),
    [
        ("dhi.io/*", True),
        ("corp.example/* | dhi.io/*", True),
        ("dhi.io/valkey:*", True),
        ("corp.example/*", False),
        ("dhi.io/nginx:*", False),
    ],
)
@pytest.mark.parametrize("anchor", ["(image)", "<(image)"])
def test_a_policy_for_pods_with_certain_images(pattern, met, anchor):
    change = f'{{patchStrategicMerge: {{spec: {{containers: [{{"{anchor}": "{pattern}"}}], imagePullSecrets: [{{name: dhi}}]}}}}}}'

    assert [code for code, _ in told_of(rule(change, kinds("Pod")))] == ["pull-secret-given"] * met


def test_any_image_of_the_repository_may_be_meant():
    change = '{patchStrategicMerge: {spec: {containers: [{(image): "dhi.io/nginx:*"}], imagePullSecrets: [{name: dhi}]}}}'
    both = entry("data"), entry("data", moves("nginx:1.29", "dhi.io/nginx:1.29"))

    assert [code for code, _ in told_of(rule(change), *both)] == ["pull-secret-given"]


# whom a giver is known for


def test_several_namespaces_are_counted():
    text = rule(MERGED.replace("imagePull", "+(imagePull").replace("ts: [", "ts): ["))

    ((_, message),) = told_of(text, entry("a"), entry("b"), entry("c"))

    assert message.startswith(
        "ClusterPolicy adds gives pods in a and 2 more namespaces the pull secret regcred"
    )


def test_each_wanted_secret_is_looked_at_for_itself():
    text = ACCOUNT.replace("SECRET", "regcred").replace("NAME", "default")

    some = told_of(text, entry("data"), entry("data", secret="mine"), entry("web", secret="other"))

    assert [message.partition("names ")[2].split()[0] for _, message in some] == ["dhi", "mine"]


def test_both_lists_of_an_account_are_told_apart():
    text = ACCOUNT.replace("NAME", "default").replace("{name: SECRET}", "{name: dhi}, {name: a}, {name: b}")

    ((code, message),) = told_of(text)

    assert code == "pull-secret-displaced"
    assert "gives pods in data the pull secret a, b: a pod that names dhi itself" in message


def test_an_account_without_a_namespace_is_in_default():
    text = ACCOUNT.replace("NAME", "default").replace(", namespace: data", "").replace("SECRET", "dhi")

    assert not told_of(text)
    assert [code for code, _ in told_of(text, entry("default"))] == ["pull-secret-given"]


@pytest.mark.parametrize("listed", ["[]", "[{}]", "[name]", '[{name: "{{ .Values.x }}"}]', "text"])
def test_an_account_that_gives_nothing(listed):
    text = ACCOUNT.replace("NAME", "default").replace("[{name: SECRET}]", listed)

    assert not told_of(text)


# scripts

PATCH = """kubectl patch {0} default {1} -p '{{"imagePullSecrets": [{{"name": "regcred"}}]}}'"""


@pytest.mark.parametrize("account", ["serviceaccount", "serviceaccounts", "sa"])
@pytest.mark.parametrize(
    ("space", "met"),
    [
        ("", True),
        ("-n data", True),
        ("-n=data", True),
        ("-ndata", True),
        ("--namespace data", True),
        ("--namespace=data", True),
        ("-n web", False),
        ("--namespace=web", False),
        # One that the script fills in may be any.
        ("-n $NS", True),
    ],
)
def test_the_namespace_of_a_command(account, space, met):
    assert bool(told_of(PATCH.format(account, space), file="setup.sh")) is met


@pytest.mark.parametrize(
    ("line", "found_"),
    [
        ("""kubectl patch sa default -p "{\\"imagePullSecrets\\": [{\\"name\\": \\"regcred\\"}]}" """, True),
        ("""kubectl patch sa default -p 'imagePullSecrets: [{name: regcred}]'""", True),
        ("""echo '{"imagePullSecrets": [{"name": "regcred"}]}' | kubectl apply -f serviceaccount""", True),
        ("""kubectl patch deployment web -p '{"imagePullSecrets": [{"name": "regcred"}]}'""", False),
        ("""kubectl patch sa default -p '{"imagePullSecrets": []}'""", False),
        ("""kubectl patch sa default -p '{"imagePullSecrets": [{"name": "$SECRET"}]}'""", False),
        ("""# kubectl patch sa default -p '{"imagePullSecrets": [{"name": "regcred"}]}'""", False),
    ],
)
def test_what_is_a_patch_of_accounts(line, found_):
    assert bool(told_of(f"#!/bin/sh\n{line}\n", file="setup.sh")) is found_


@pytest.mark.parametrize("file", ["README.md", "docs/setup.rst", "NOTES.txt", "docs/setup.ADOC"])
def test_what_people_read_is_no_script(file):
    assert not told_of(PATCH.format("sa", ""), file=file)
