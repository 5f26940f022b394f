"""Admission policies that would refuse a hardened image."""

import pytest

from tests.migration.repository.states import entry, found, moves
from tests.migration.repository.states import told as all_told

KYVERNO = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: registries, annotations: {policies.kyverno.io/title: From docker.io alone}}
spec:
  validationFailureAction: ACTION
  rules:
  - name: registries
    validate: {message: "only docker.io", pattern: {spec: {containers: [{image: "LIST"}]}}}
"""
GATEKEEPER = """\
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sAllowedRepos
metadata: {name: repos}
spec: {enforcementAction: ACTION, parameters: {repos: LIST}}
"""
NATIVE = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: cel}
spec:
  validations:
  - expression: object.spec.containers.all(c, LIST)
"""
SIGNED = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: signed}
spec:
  validationFailureAction: Enforce
  rules:
  - name: signed
    verifyImages: [{imageReferences: ["LIST"], attestors: []}]
"""


def told(text, listed, action="Enforce"):
    file = {"policy.yaml": text.replace("LIST", listed).replace("ACTION", action)}
    return [(one.code, one.severity, one.message) for one in found(file, entry("data", secret="")).values()]


@pytest.mark.parametrize(
    ("text", "listed", "action"),
    [
        (KYVERNO, "docker.io/* | ghcr.io/acme/*", "Enforce"),
        (GATEKEEPER, "[docker.io/, ghcr.io/acme]", "deny"),
    ],
)
def test_a_list_that_does_not_let_it_in(text, listed, action):
    ((code, severity, message),) = told(text, listed, action)

    assert (code, severity) == ("policy-refuses", "warning")
    assert "lets in docker.io/" in message
    assert message.endswith("and not dhi.io")


@pytest.mark.parametrize(
    ("text", "listed", "action"), [(KYVERNO, "docker.io/*", "Audit"), (GATEKEEPER, "[docker.io/]", "dryrun")]
)
def test_a_policy_that_only_tells_is_a_note(text, listed, action):
    assert [severity for _, severity, _ in told(text, listed, action)] == ["info"]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (KYVERNO, "docker.io/* | dhi.io/*"),
        (KYVERNO, "*"),
        (KYVERNO, "!docker.io/*"),
        (KYVERNO, "!*:latest"),
        (GATEKEEPER, "[docker.io/, dhi.io/valkey]"),
        (GATEKEEPER, "[app.kubernetes.io/name]"),
        (NATIVE, "c.image.startsWith('docker.io/') || c.image.startsWith('dhi.io/')"),
        (NATIVE, "!c.image.endsWith(':latest')"),
        (SIGNED, "ghcr.io/acme/*"),
    ],
)
def test_what_lets_it_in_or_is_not_about_registries(text, listed):
    assert not told(text, listed)


def test_a_list_that_keeps_it_out():
    ((code, severity, message),) = told(KYVERNO, "!dhi.io/*")

    assert (code, severity, message) == (
        "policy-refuses",
        "warning",
        "ClusterPolicy registries refuses dhi.io",
    )


def test_an_expression_is_named_and_not_decided():
    ((code, severity, message),) = told(NATIVE, "c.image.startsWith('docker.io/')")

    assert (code, severity) == ("policy-refuses", "info")
    assert "names docker.io/ in an expression" in message


@pytest.mark.parametrize("listed", ["*", "dhi.io/*", "dhi.io/valkey*"])
def test_a_signature_that_is_wanted(listed):
    ((code, severity, message),) = told(SIGNED, listed)

    assert (code, severity) == ("policy-signature", "warning")
    assert "wants a signature of dhi.io/valkey:8.1.9" in message


# whom and what a policy is about


def said(text, *entries):
    """(code, severity, message) of what is found of a policy."""
    some = all_told({"policy.yaml": text}, *(entries or (entry("data", secret=""),)))
    return [(one.code, one.severity, one.message) for one in some]


def messages(text, *entries):
    return [message for _, _, message in said(text, *entries)]


def kyverno(rule, spec="validationFailureAction: Enforce", kind="ClusterPolicy", namespace=""):
    where = f", namespace: {namespace}" if namespace else ""
    return (
        f"apiVersion: kyverno.io/v1\nkind: {kind}\nmetadata: {{name: p{where}}}\n"
        f"spec:\n  {spec}\n  rules:\n  - {{name: one, {rule}}}\n"
    )


DOCKER_ONLY = "validate: {pattern: {spec: {containers: [{image: docker.io/*}]}}}"
LETS_IN = "ClusterPolicy p lets in docker.io/*, and not dhi.io"


@pytest.mark.parametrize(
    ("match", "met"),
    [
        ("", True),
        ("match: {any: [{resources: {namespaces: [data]}}]}, ", True),
        ("match: {any: [{resources: {namespaces: [web]}}]}, ", False),
        ("exclude: {any: [{resources: {namespaces: [data]}}]}, ", False),
        ("exclude: {any: [{resources: {namespaces: [web]}}]}, ", True),
    ],
)
def test_a_rule_for_other_namespaces_is_none_of_it(match, met):
    assert messages(kyverno(match + DOCKER_ONLY)) == [LETS_IN] * met


def test_a_policy_of_a_namespace_holds_there():
    there, elsewhere = (kyverno(DOCKER_ONLY, kind="Policy", namespace=name) for name in ("data", "web"))

    assert messages(there) == ["Policy p lets in docker.io/*, and not dhi.io"]
    assert messages(elsewhere) == []


def test_a_constraint_for_other_namespaces_is_none_of_it():
    text = GATEKEEPER.replace("ACTION", "deny").replace("LIST}", "[docker.io/]}, match: {namespaces: [NS]}")

    assert len(messages(text.replace("NS", "data"))) == 1
    assert messages(text.replace("NS", "web")) == []


def test_rules_are_judged_each_for_itself():
    """What one lets in the other may not: both have to be fit."""
    two = kyverno(DOCKER_ONLY) + "  - name: two\n    " + DOCKER_ONLY.replace("docker.io/*", "dhi.io/*") + "\n"

    assert messages(two) == [LETS_IN]


def test_what_two_rules_say_alike_is_told_once():
    assert messages(kyverno(DOCKER_ONLY) + "  - name: two\n    " + DOCKER_ONLY + "\n") == [LETS_IN]


def test_every_image_has_to_be_let_in():
    some = entry("data", secret=""), entry("data", moves("nginx:1.29", "dhi.io/nginx:1.29"), secret="")
    text = kyverno(DOCKER_ONLY.replace("docker.io/*", "docker.io/* | dhi.io/valkey:*"))

    assert messages(text, *some) == ["ClusterPolicy p lets in docker.io/*, dhi.io/valkey:*, and not dhi.io"]
    assert messages(text.replace("dhi.io/valkey:*", "dhi.io/*"), *some) == []


def test_a_mirror_is_another_registry():
    some = entry("data", moves("docker.io/valkey/valkey:8", "harbor.example/dhi/valkey:8"), secret="")

    assert messages(kyverno(DOCKER_ONLY), some) == [
        "ClusterPolicy p lets in docker.io/*, and not harbor.example"
    ]
    assert messages(kyverno(DOCKER_ONLY.replace("docker.io/*", "harbor.example/*")), some) == []
    assert messages(
        kyverno(DOCKER_ONLY.replace("docker.io/*", "docker.io/* | harbor.example/other/*")), some
    ) == ["ClusterPolicy p lets in docker.io/*, harbor.example/other/*, and not harbor.example"]


# conditions of Kyverno's


def deny(
    operator, value, wrap="validate: {deny: {conditions: {any: [%s]}}}", key='"{{ images.*.*.registry }}"'
):
    return kyverno(wrap % f"{{key: {key}, operator: {operator}, value: {value}}}")


@pytest.mark.parametrize(
    ("operator", "value", "message"),
    [
        # Denied is what is not listed.
        ("AnyNotIn", "[docker.io, quay.io]", "ClusterPolicy p lets in docker.io, and not dhi.io"),
        ("NotIn", "[docker.io]", "ClusterPolicy p lets in docker.io, and not dhi.io"),
        ("AllNotIn", "[docker.io]", "ClusterPolicy p lets in docker.io, and not dhi.io"),
        ("NotEquals", "docker.io", "ClusterPolicy p lets in docker.io, and not dhi.io"),
        ("AnyNotIn", "[docker.io, dhi.io]", ""),
        # Denied is what is listed: that the old registry is takes nothing from the new one.
        ("AnyIn", "[docker.io]", ""),
        ("In", "[docker.io]", ""),
        ("Equals", "docker.io", ""),
        ("AnyIn", "[docker.io, dhi.io]", "ClusterPolicy p refuses dhi.io"),
        ("Equals", "dhi.io", "ClusterPolicy p refuses dhi.io"),
        # Another thing than a registry.
        ("AnyNotIn", "[ALL, NET_ADMIN]", ""),
        ("GreaterThan", "5", ""),
    ],
)
@pytest.mark.parametrize(
    "wrap",
    [
        "validate: {deny: {conditions: {any: [%s]}}}",
        "validate: {deny: {conditions: [%s]}}",
        "validate: {foreach: [{list: x, deny: {conditions: {all: [%s]}}}]}",
    ],
)
def test_a_condition_that_denies(operator, value, message, wrap):
    assert messages(deny(operator, value, wrap)) == ([message] if message else [])


def test_when_a_rule_is_looked_at_is_no_list_of_registries():
    only = "{key: a, operator: AnyIn, value: [docker.io]}"

    assert messages(kyverno(f"validate: {{foreach: [{{list: x, preconditions: {{any: [{only}]}}}}]}}")) == []


def test_a_registry_in_an_expression_is_named_and_not_decided():
    found_ = said(deny("Equals", "true", key="\"{{ starts_with(element.image, 'docker.io/') }}\""))

    assert [(code, severity) for code, severity, _ in found_] == [("policy-refuses", "info")]
    assert "names docker.io/ in an expression, and not dhi.io" in found_[0][2]


# whether a policy stops or tells


@pytest.mark.parametrize(
    ("spec", "rule", "severity"),
    [
        ("validationFailureAction: Enforce", DOCKER_ONLY, "warning"),
        ("validationFailureAction: enforce", DOCKER_ONLY, "warning"),
        ("validationFailureAction: Audit", DOCKER_ONLY, "info"),
        # It audits by default.
        ("background: true", DOCKER_ONLY, "info"),
        # What a rule says of itself counts more.
        ("validationFailureAction: Audit", DOCKER_ONLY.replace("{pattern", "{failureAction: Enforce, pattern"), "warning"),
        ("validationFailureAction: Enforce", DOCKER_ONLY.replace("{pattern", "{failureAction: Audit, pattern"), "info"),
        # In some namespaces it stops.
        (
            "validationFailureActionOverrides: [{action: enforce, namespaces: [data]}]",
            DOCKER_ONLY,
            "warning",
        ),
        (
            "validationFailureActionOverrides: [{action: audit, namespaces: [data]}]",
            DOCKER_ONLY,
            "info",
        ),
    ],
)  # fmt: skip
def test_whether_a_rule_of_kyverno_stops(spec, rule, severity):
    assert [one for _, one, _ in said(kyverno(rule, spec))] == [severity]


@pytest.mark.parametrize(
    ("action", "severity"),
    [
        ("enforcementAction: deny", "warning"),
        ("enforcementAction: warn", "info"),
        ("enforcementAction: dryrun", "info"),
        # Its own default.
        ("x: y", "warning"),
        ("enforcementAction: scoped, scopedEnforcementActions: [{action: warn}]", "info"),
        ("enforcementAction: scoped, scopedEnforcementActions: [{action: warn}, {action: deny}]", "warning"),
    ],
)
def test_whether_a_constraint_stops(action, severity):
    text = GATEKEEPER.replace("enforcementAction: ACTION", action).replace("LIST", "[docker.io/]")

    assert [one for _, one, _ in said(text)] == [severity]


# constraints, which list what they keep out as well


def constraint(parameters, kind="K8sAllowedRepos"):
    return (
        f"apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: {kind}\nmetadata: {{name: c}}\n"
        f"spec: {{parameters: {{{parameters}}}}}\n"
    )


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        ("K8sDisallowedRepos", "repos: [docker.io/]", ""),
        ("K8sDisallowedRepos", "repos: [dhi.io/]", "K8sDisallowedRepos c refuses dhi.io"),
        ("K8sBlockedRegistries", "list: [quay.io, dhi.io]", "K8sBlockedRegistries c refuses dhi.io"),
        ("ContainerRegistries", "denied: [docker.io], allowed: [dhi.io]", ""),
        ("ContainerRegistries", "allowed: [docker.io], denied: [dhi.io]", "ContainerRegistries c refuses dhi.io"),
        # Images that a constraint on something else lets alone.
        ("K8sContainerLimits", "cpu: 1, exemptImages: ['docker.io/acme/*']", ""),
        ("K8sPSPPrivilegedContainer", "exemptImages: [docker.io/x, quay.io/y]", ""),
        ("K8sAllowedRepos", "repos: [docker.io/], exemptImages: ['dhi.io/*']", ""),
        ("K8sAllowedRepos", "repos: [docker.io/], exemptImages: ['dhi.io/nginx*']",
         "K8sAllowedRepos c lets in docker.io/, and not dhi.io"),
        # A beginning of the name is enough.
        ("K8sAllowedRepos", "repos: [docker.io/, dhi.io/val]", ""),
        ("K8sAllowedRepos", "repos: [docker.io/, dhi.io]", ""),
        ("K8sAllowedRepos", "repos: [docker.io/, dhi.io/nginx]",
         "K8sAllowedRepos c lets in docker.io/, dhi.io/nginx, and not dhi.io"),
    ],
)  # fmt: skip
def test_what_a_constraint_lists(kind, parameters, message):
    assert messages(constraint(parameters, kind)) == ([message] if message else [])


def kubewarden(settings, mode="protect", kind="ClusterAdmissionPolicy"):
    return (
        f"apiVersion: policies.kubewarden.dev/v1\nkind: {kind}\nmetadata: {{name: k, namespace: web}}\n"
        f"spec: {{mode: {mode}, settings: {{{settings}}}}}\n"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("registries: {allow: [docker.io]}", "ClusterAdmissionPolicy k lets in docker.io, and not dhi.io"),
        ("registries: {allow: [docker.io, dhi.io]}", ""),
        ("registries: {reject: [docker.io]}", ""),
        ("registries: {reject: [dhi.io]}", "ClusterAdmissionPolicy k refuses dhi.io"),
        ("tags: {reject: [latest]}", ""),
    ],
)
def test_settings_of_kubewarden(settings, message):
    assert messages(kubewarden(settings)) == ([message] if message else [])
    assert [one for _, one, _ in said(kubewarden(settings, "monitor"))] == (["info"] if message else [])
    assert messages(kubewarden(settings, kind="AdmissionPolicy")) == []


# signatures


def verified(references, more="", spec="validationFailureAction: Enforce"):
    return kyverno(f"verifyImages: [{{imageReferences: [{references}]{more}}}]", spec)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (verified('"*"'), "warning"),
        (verified('"docker.io/*", "dhi.io/*"'), "warning"),
        (verified('"*"', spec="validationFailureAction: Audit"), "info"),
        (verified('"*"', ", failureAction: Audit"), "info"),
        (verified('"*"', ", failureAction: Enforce", "background: true"), "warning"),
        (verified('"*"', ', skipImageReferences: ["dhi.io/*"]'), ""),
        (verified('"*"', ', skipImageReferences: ["dhi.io/nginx*"]'), "warning"),
        (verified('"dhi.io/nginx*"'), ""),
        (kyverno('verifyImages: [{image: "dhi.io/*", key: x}]'), "warning"),
        (
            kyverno(
                'match: {any: [{resources: {namespaces: [web]}}]}, verifyImages: [{imageReferences: ["*"]}]'
            ),
            "",
        ),
    ],
)
def test_a_rule_that_verifies(text, severity):
    assert [(code, one) for code, one, _ in said(text)] == (
        [("policy-signature", severity)] if severity else []
    )


CLUSTER_IMAGE = """\
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: s}
spec: {images: [{glob: "GLOB"}], authorities: [AUTHORITY], mode: MODE}
"""


@pytest.mark.parametrize(
    ("glob", "authority", "mode", "severity"),
    [
        ("**", "{key: {data: x}}", "enforce", "warning"),
        ("dhi.io/**", "{keyless: {url: x}}", "enforce", "warning"),
        ("**", "{key: {data: x}}", "warn", "info"),
        ("docker.io/**", "{key: {data: x}}", "enforce", ""),
        # What lets everything pass wants no signature.
        ("**", "{static: {action: pass}}", "enforce", ""),
        ("**", "{static: {action: fail}}", "enforce", "warning"),
    ],
)
def test_a_policy_of_a_policy_controller(glob, authority, mode, severity):
    text = CLUSTER_IMAGE.replace("GLOB", glob).replace("AUTHORITY", authority).replace("MODE", mode)

    assert [(code, one) for code, one, _ in said(text)] == (
        [("policy-signature", severity)] if severity else []
    )


@pytest.mark.parametrize(
    ("actions", "severity"), [("[Deny]", "warning"), ("[Audit]", "info"), ("[Audit, Deny]", "warning")]
)
def test_a_policy_of_kyverno_that_verifies_images(actions, severity):
    text = (
        "apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: i}\n"
        f"spec: {{validationActions: {actions}, matchImageReferences: [{{glob: 'dhi.io/*'}}]}}\n"
    )

    assert [(code, one) for code, one, _ in said(text)] == [("policy-signature", severity)]


@pytest.mark.parametrize("api", ["example.com/v1", "v1", "kyverno.io.example/v1"])
def test_what_is_no_policy_is_not_read_as_one(api):
    assert messages(kyverno(DOCKER_ONLY).replace("kyverno.io/v1", api)) == []
