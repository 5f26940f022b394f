"""Labels, disruption budgets and the versions that operators read."""

import pytest

from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import codes, pod, remarks

DIGEST = "sha256:" + "a" * 64
PINNED = Reference.parse(f"dhi.io/bare:1.4.2@{DIGEST}")


def labelled(value):
    return f'apiVersion: v1\nkind: Service\nmetadata: {{name: app, labels: {{version: "{value}"}}}}\n'


@pytest.mark.parametrize("value", [f"1.4.2@{DIGEST}", "1.4.2@x", "a" * 64, "-1", "1/2"])
def test_label_that_kubernetes_refuses(value):
    assert codes(labelled(value)) == [("label-invalid", "error")]


@pytest.mark.parametrize("value", ["1.4.2-debian13", "", "a" * 63, "A_b.c-1"])
def test_label_that_it_takes(value):
    assert codes(labelled(value)) == []


def test_label_in_a_pod_template():
    app = pod("").replace("labels: {app: app}", 'labels: {app: app, version: "1@2"}')

    assert codes(app) == [("label-invalid", "error")]


WRONG = "1@2"


@pytest.mark.parametrize(
    ("api", "kind", "spec"),
    [
        ("v1", "Service", "selector: {version: VALUE}"),
        ("apps/v1", "StatefulSet", "selector: {matchLabels: {version: VALUE}}"),
        ("apps/v1", "StatefulSet", "volumeClaimTemplates: [{}, {metadata: {labels: {version: VALUE}}}]"),
        ("batch/v1", "CronJob", "jobTemplate: {metadata: {labels: {version: VALUE}}}"),
        ("batch/v1", "CronJob", "jobTemplate: {spec: {template: {metadata: {labels: {version: VALUE}}}}}"),
        ("networking.k8s.io/v1", "NetworkPolicy", "podSelector: {matchLabels: {version: VALUE}}"),
        ("policy/v1", "PodDisruptionBudget", "selector: {matchLabels: {version: VALUE}}"),
    ],
)
def test_label_of_whatever_kubernetes_looks_at(api, kind, spec):
    text = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{{spec}}}\n"

    assert codes(text.replace("VALUE", f"'{WRONG}'")) == [("label-invalid", "error")]
    assert codes(text.replace("VALUE", "'1.2'")) == []
    wrong = text.replace("VALUE", f"'{WRONG}'")
    assert codes(wrong, before=wrong) == []
    # What is a label in a resource of others is not known.
    other = text.replace(f"apiVersion: {api}", "apiVersion: acme.example/v1")
    assert codes(other.replace("VALUE", f"'{WRONG}'")) == []


def test_label_that_was_wrong_before():
    assert codes(labelled("1@2"), before=labelled("1@2")) == []
    assert codes(labelled("1@3"), before=labelled("1@2")) == [("label-invalid", "error")]


def budget(spec):
    return (
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: app}\n"
        f"spec: {{selector: {{matchLabels: {{app: app}}}}, {spec}}}\n"
    )


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [
        ("minAvailable: 1", 1),
        ("maxUnavailable: 0", 3),
        ("maxUnavailable: 0%", 3),
        ("minAvailable: 100%", 3),
        ("minAvailable: 2", 2),
        ("minAvailable: 3", 2),
        # A part of the pods is rounded up.
        ("minAvailable: 50%", 1),
        ("minAvailable: 51%", 2),
        ("minAvailable: 67%", 3),
    ],
)
def test_budget_that_blocks_a_drain(spec, replicas):
    (remark,) = remarks(pod("", spec=f"replicas: {replicas}"), budget(spec))

    assert (remark.code, remark.severity) == ("disruption-blocked", "info")
    assert remark.object == "PodDisruptionBudget/app"


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [
        ("minAvailable: 1", 2),
        ("maxUnavailable: 1", 1),
        ("minAvailable: 50%", 2),
        ("minAvailable: 66%", 3),
        ("minAvailable: 0", 1),
        ("maxUnavailable: 1%", 1),
        ("maxUnavailable: 50%", 1),
        ("minAvailable: 1", 0),
        ("maxUnavailable: null", 1),
    ],
)
def test_budget_that_lets_pods_move(spec, replicas):
    assert codes(pod("", spec=f"replicas: {replicas}"), budget(spec)) == []


SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: x}}
spec: {{scaleTargetRef: {{kind: {kind}, name: {name}}}, {more}}}
"""


@pytest.mark.parametrize(
    ("replicas", "kind", "name", "more", "blocked"),
    [
        ("", "Deployment", "app", "minReplicas: 2", False),
        ("", "Deployment", "app", "minReplicas: 1", True),
        ("", "Deployment", "app", "maxReplicas: 5", True),
        ("", "StatefulSet", "app", "minReplicas: 2", True),
        ("", "Deployment", "other", "minReplicas: 2", True),
        ("replicas: 1", "Deployment", "app", "minReplicas: 2", True),
    ],
)
def test_how_many_pods_there_are_is_said_by_what_scales_them(replicas, kind, name, more, blocked):
    scaler = SCALER.format(kind=kind, name=name, more=more)

    found = codes(pod("", spec=replicas), budget("minAvailable: 1"), scaler)

    assert found == ([("disruption-blocked", "info")] if blocked else [])


def test_budget_of_another_workload():
    other = budget("maxUnavailable: 0").replace("app: app", "app: other")

    assert codes(pod(""), other) == []


def resource(image, more="", api="acme.example/v1"):
    return f'apiVersion: {api}\nkind: Cache\nmetadata: {{name: c}}\nspec: {{image: "{image}"{more}}}\n'


def test_digest_where_an_operator_reads_a_version():
    (remark,) = remarks(resource(PINNED), images=(PINNED,))

    assert (remark.code, remark.severity) == ("version-unreadable", "warning")
    assert remark.object == "Cache/c"


def test_resource_that_says_its_version():
    assert codes(resource(PINNED, ", version: 1.4.2"), images=(PINNED,)) == []


def test_image_without_a_digest_or_of_somebody_else():
    assert codes(resource("dhi.io/bare:1.4.2"), images=(PINNED,)) == []
    assert codes(resource(f"docker.io/acme/x:1@sha256:{'b' * 64}"), images=(PINNED,)) == []
    assert codes(resource(PINNED, api="networking.k8s.io/v1"), images=(PINNED,)) == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [("version", True), ("appVersion", True), ("serverVersion", True), ("image", False), ("versions", False)],
)
def test_a_version_field_with_a_digest_is_an_error(key, expected):
    digest = "@sha256:" + "a" * 64
    item = "apiVersion: acme.example/v1\nkind: Cluster\nmetadata: {{name: x}}\nspec: {{node: {{{key}: '{value}'}}}}\n"
    found = codes(item.format(key=key, value=f"1.4.2{digest}"), before=item.format(key=key, value="1.4.2"))

    assert (("version-unreadable", "error") in found) is expected
    suffixed = codes(item.format(key=key, value="1.4.2-debian13"), before=item.format(key=key, value="1.4.2"))
    assert (("version-suffix", "warning") in suffixed) is expected
    same = item.format(key=key, value=f"1.4.2{digest}")
    assert codes(same, before=same) == []


def test_a_suffix_is_an_error_only_where_a_playbook_says_that_the_operator_stops_at_it():
    item = (
        "apiVersion: {group}/v1\nkind: Kafka\nmetadata: {{name: x}}\nspec: {{kafka: {{version: {value}}}}}\n"
    )

    def found(group):
        return codes(
            item.format(group=group, value="4.2.0-debian13"),
            before=item.format(group=group, value="4.2.0"),
            operators=load_playbooks().operators,
        )

    assert found("kafka.strimzi.io") == [("version-unreadable", "error")]
    assert found("acme.example") == [("version-suffix", "warning")]


def test_a_label_with_the_version_is_for_people():
    item = "apiVersion: acme.example/v1\nkind: X\nmetadata: {{name: x, labels: {{app.kubernetes.io/version: {value}}}}}\n"

    assert codes(item.format(value="1.4.2-debian13"), before=item.format(value="1.4.2")) == []


def of_resource(spec, *images):
    """The remarks on a custom resource with this spec."""
    text = f"apiVersion: acme.example/v1\nkind: Cache\nmetadata: {{name: c}}\nspec: {spec}\n"
    return remarks(text, images=images or (PINNED,))


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        (f"{{image: '{PINNED}'}}", [str(PINNED)]),
        (f"{{a: [{{b: {{image: '{PINNED}'}}}}]}}", [str(PINNED)]),
        # A tag with a digest by itself, which is no image.
        (f"{{tag: '1.4.2@{DIGEST}'}}", [f"1.4.2@{DIGEST}"]),
        # Told once; one that says its version hides no other.
        (f"{{a: {{image: '{PINNED}'}}, b: {{image: '{PINNED}'}}}}", [str(PINNED)]),
        (f"{{a: {{image: '{PINNED}', version: '1'}}, b: {{image: '{PINNED}'}}}}", [str(PINNED)]),
        (f"{{other: 'docker.io/acme/x:1', image: '{PINNED}'}}", [str(PINNED)]),
        (f"{{image: '{PINNED}', version: ''}}", [str(PINNED)]),
        # The version must stand beside it.
        (f"{{version: '1', a: {{image: '{PINNED}'}}}}", [str(PINNED)]),
        (f"{{image: 'dhi.io/bare@sha256:{'c' * 64}'}}", []),
        ("{image: 5, list: [null]}", []),
    ],
)
def test_where_a_resource_names_an_image_with_a_digest(spec, named):
    found = of_resource(spec)

    assert [one.message.partition("; ")[0].removeprefix("Cache/c ") for one in found] == [
        f"names the image {text}" for text in named
    ]
    assert all("`version`" in one.help for one in found)


def test_a_resource_is_no_matter_where_no_image_has_a_digest():
    assert of_resource(f"{{image: '{PINNED}'}}", Reference.parse("dhi.io/bare:1.4.2")) == []
