"""Which changes of a render the API server would refuse, and what makes way for them."""

import pytest

from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.immutable import of_changes

OBJECT = """\
apiVersion: {api}
kind: {kind}
metadata: {{name: {name}{meta}}}
{body}
"""


def rendered(kind, body, *, name="a", meta="", api="apps/v1"):
    text = OBJECT.format(kind=kind, body=body, name=name, meta=meta, api=api)
    return Manifests({"c/templates/a.yaml": text})


def told(kind, before, after, **facts):
    """(code, severity, what is said) of the change from one body to another."""
    found = of_changes(compare(rendered(kind, before, **facts), rendered(kind, after, **facts)))
    return [(one.code, one.severity, one.message) for one in found]


SELECTOR = "spec: {{selector: {{matchLabels: {{v: '{0}'}}}}}}"
CLAIM = "spec: {{volumeClaimTemplates: [{{metadata: {{name: d, labels: {{v: '{0}'}}}}}}]}}"


@pytest.mark.parametrize(
    ("kind", "api", "body", "place"),
    [
        ("Deployment", "apps/v1", SELECTOR, "spec.selector"),
        ("ReplicaSet", "apps/v1", SELECTOR, "spec.selector"),
        ("DaemonSet", "apps/v1", SELECTOR, "spec.selector"),
        ("StatefulSet", "apps/v1", SELECTOR, "spec.selector"),
        ("StatefulSet", "apps/v1", CLAIM, "spec.volumeClaimTemplates"),
        ("StatefulSet", "apps/v1", "spec: {{serviceName: s{0}}}", "spec.serviceName"),
        ("StatefulSet", "apps/v1", "spec: {{podManagementPolicy: P{0}}}", "spec.podManagementPolicy"),
        ("PersistentVolumeClaim", "v1", "spec: {{storageClassName: s{0}}}", "spec.storageClassName"),
        ("PersistentVolumeClaim", "v1", "spec: {{accessModes: [M{0}]}}", "spec.accessModes"),
        ("PersistentVolumeClaim", "v1", "spec: {{volumeMode: M{0}}}", "spec.volumeMode"),
        ("PersistentVolumeClaim", "v1", "spec: {{dataSource: {{name: x{0}}}}}", "spec.dataSource"),
        ("RoleBinding", "rbac.authorization.k8s.io/v1", "roleRef: {{name: r{0}}}", "roleRef"),
        ("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "roleRef: {{name: r{0}}}", "roleRef"),
        ("Secret", "v1", "type: t{0}", "type"),
        ("StorageClass", "storage.k8s.io/v1", "provisioner: p{0}", "provisioner"),
        ("StorageClass", "storage.k8s.io/v1", "parameters: {{a: '{0}'}}", "parameters"),
        ("PriorityClass", "scheduling.k8s.io/v1", "value: {0}", "value"),
    ],
)
def test_what_cannot_be_changed_is_an_error(kind, api, body, place):
    (found,) = told(kind, body.format(1), body.format(2), api=api)

    assert found[:2] == ("immutable-field", "error")
    assert found[2].endswith(f"would change, and Kubernetes refuses to change {place}")


@pytest.mark.parametrize(
    ("kind", "api", "body"),
    [
        ("Deployment", "apps/v1", "spec: {{template: {{spec: {{x: {0}}}}}}}"),
        ("Deployment", "apps/v1", "spec: {{replicas: {0}}}"),
        ("StatefulSet", "apps/v1", "spec: {{template: {{spec: {{x: {0}}}}}}}"),
        ("StatefulSet", "apps/v1", "spec: {{updateStrategy: {{x: {0}}}}}"),
        ("CronJob", "batch/v1", "spec: {{jobTemplate: {{spec: {{template: {{x: {0}}}}}}}}}"),
        ("PersistentVolumeClaim", "v1", "spec: {{resources: {{requests: {{storage: {0}Gi}}}}}}"),
        ("Secret", "v1", "stringData: {{a: '{0}'}}"),
        ("ConfigMap", "v1", "data: {{a: '{0}'}}"),
        ("ConfigMap", "v1", "immutable: false\ndata: {{a: '{0}'}}"),
        ("RoleBinding", "rbac.authorization.k8s.io/v1", "subjects: [{{name: s{0}}}]"),
        ("Job", "batch/v1", "spec: {{ttlSecondsAfterFinished: {0}}}"),
        ("Service", "v1", "spec: {{selector: {{a: '{0}'}}}}"),
    ],
)
def test_what_may_change_needs_no_word(kind, api, body):
    assert told(kind, body.format(1), body.format(2), api=api) == []


@pytest.mark.parametrize(("kind", "field"), [("ConfigMap", "data"), ("Secret", "stringData")])
def test_an_object_may_say_of_itself_that_it_does_not_change(kind, field):
    body = f"immutable: true\n{field}: {{{{a: '{{0}}'}}}}"

    (found,) = told(kind, body.format(1), body.format(2), api="v1")

    assert found[0] == "immutable-field"
    # That it says so from now on is no obstacle yet.
    assert told(kind, f"{field}: {{a: '1'}}", body.format(2), api="v1") == []


JOB = "spec: {{template: {{spec: {{containers: [{{name: a, image: x:{0}}}]}}}}}}"


@pytest.mark.parametrize(
    ("annotations", "told_"),
    [
        ("", True),
        (", annotations: {helm.sh/hook: pre-upgrade}", False),
        (", annotations: {argocd.argoproj.io/hook: Sync}", False),
        (", annotations: {argocd.argoproj.io/sync-options: 'Force=true,Replace=true'}", False),
        (", annotations: {argocd.argoproj.io/sync-options: 'Replace=true, Prune=false ,Force=true'}", False),
        # An update is refused as a patch is: only a forced one deletes the Job.
        (", annotations: {argocd.argoproj.io/sync-options: Replace=true}", True),
        (", annotations: {argocd.argoproj.io/sync-options: Force=true}", True),
        (", annotations: {argocd.argoproj.io/sync-options: 'Force=false,Replace=true'}", True),
        (", annotations: {argocd.argoproj.io/sync-wave: '1'}", True),
        (", annotations: text", True),
    ],
)
def test_a_job_is_in_the_way_unless_something_deletes_it(annotations, told_):
    found = told("Job", JOB.format(1), JOB.format(2), meta=annotations, api="batch/v1")

    assert [one[:2] for one in found] == ([("immutable-job", "warning")] if told_ else [])


def test_an_object_with_another_name_is_a_new_one():
    """Charts put versions into names; the object of the old name goes."""
    body = SELECTOR.format(1), SELECTOR.format(2)
    old, new = (rendered("Deployment", text, name=name) for text, name in zip(body, "ab", strict=True))

    assert of_changes(compare(old, new)) == []


@pytest.mark.parametrize(("old", "new"), [(SELECTOR.format(1), None), (None, SELECTOR.format(1))])
def test_what_comes_or_goes_changes_nothing(old, new):
    before, after = (
        rendered("Deployment", text) if text else Manifests({"c/templates/a.yaml": ""}) for text in (old, new)
    )

    assert of_changes(compare(before, after)) == []


def test_each_field_of_an_object_is_told_once():
    body = "spec: {{selector: {{matchLabels: {{a: '{0}', b: '{0}'}}}}, serviceName: s{0}}}"

    assert len(told("StatefulSet", body.format(1), body.format(2))) == 2
