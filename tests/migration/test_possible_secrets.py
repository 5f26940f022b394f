"""Logins for registries that do not show for which."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import RepositoryError
from migrate_dhi.findings import Finding
from migrate_dhi.migration.possible_secrets import possible_secrets, with_possible
from tests.texts import Texts

LOGIN = "kubernetes.io/dockerconfigjson"


def made(kind, more, *, name="regcred", namespace="data", api="bitnami.com/v1alpha1"):
    where = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}{where}}}\n{more}\n"


SEALED = f"spec: {{template: {{type: {LOGIN}}}, encryptedData: {{.dockerconfigjson: x}}}}"


def names(*texts, spaces=("data",), **files):
    files |= {f"{n}.yaml": text for n, text in enumerate(texts)}
    return [(one.name, one.file, one.line) for one in possible_secrets(Texts(files), spaces)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (made("SealedSecret", SEALED), True),
        (made("SealedSecret", "spec: {encryptedData: {.dockerconfigjson: x}}"), True),
        (made("SealedSecret", f"spec: {{template: {{type: {LOGIN}}}}}"), True),
        (
            made("Secret", f"type: {LOGIN}\ndata: {{.dockerconfigjson: ENC}}\nsops: {{mac: x}}", api="v1"),
            True,
        ),
        (made("Secret", "type: kubernetes.io/dockercfg", api="v1"), True),
        (made("ExternalSecret", f"spec: {{target: {{name: regcred, template: {{type: {LOGIN}}}}}}}"), True),
        # Another kind of Secret, or none.
        (
            made(
                "SealedSecret",
                "spec: {template: {type: Opaque}, encryptedData: {password: x}} # dockerconfigjson",
            ),
            False,
        ),
        (made("Secret", "type: Opaque # dockerconfigjson", api="v1"), False),
        (made("ConfigMap", f"data: {{type: {LOGIN}}}", api="v1"), False),
        (made("ConfigMap", f"type: {LOGIN}", api="v1"), False),
        (f"{LOGIN}: [", False),
    ],
)
def test_what_makes_a_login(text, found):
    assert names(text) == [("regcred", "0.yaml", 1)] * found


def test_only_what_the_namespace_gets():
    text = made("SealedSecret", SEALED)

    assert names(text, spaces=("web",)) == []
    assert names(text, spaces=("web", "data")) == [("regcred", "0.yaml", 1)]
    assert names(text, spaces=()) == []
    reflected = text.replace(
        "name: regcred,",
        "name: regcred, annotations: {reflector.v1.k8s.emberstack.com/reflection-allowed: 'true', "
        "reflector.v1.k8s.emberstack.com/reflection-auto-enabled: 'true'},",
    )
    assert names(reflected, spaces=("web",)) == [("regcred", "0.yaml", 1)]


def test_the_namespace_of_a_kustomization():
    files = {
        "a/s.yaml": made("SealedSecret", SEALED, namespace=""),
        "a/kustomization.yaml": "namespace: web\nresources: [s.yaml]\n",
    }

    assert names(spaces=("web",), **files) == [("regcred", "a/s.yaml", 1)]
    assert names(spaces=("data",), **files) == []


def test_each_name_once_in_the_order_of_the_files():
    one, two = made("SealedSecret", SEALED), made("SealedSecret", SEALED, name="other")

    assert names(one, two, one) == [("regcred", "0.yaml", 1), ("other", "1.yaml", 1)]


NONE = Finding("pull-secret-none", "warning", "no name is known", help="name it with --pull-secret NAME")
OTHER = Finding("float-tag", "warning", "x", help="y")


def helped(finding, *texts, files=True, namespace="data"):
    snapshot = Texts({f"{n}.yaml": text for n, text in enumerate(texts)}) if files else None
    source = SimpleNamespace(
        files=snapshot, target=SimpleNamespace(releases=[SimpleNamespace(namespace=namespace)])
    )
    (one,) = with_possible([finding], source)
    assert (one.code, one.severity, one.message) == (finding.code, finding.severity, finding.message)
    return one.help


def test_where_no_name_is_known_the_possible_ones_are_named_and_none_is_taken():
    texts = made("SealedSecret", SEALED), made("SealedSecret", SEALED, name="other")

    assert helped(NONE, *texts) == (
        "name it with --pull-secret NAME; a login that does not show its registry is regcred (0.yaml:1), other (1.yaml:1)"
    )


def test_what_is_possible_nowhere_or_not_asked_for_is_not_named():
    text = made("SealedSecret", SEALED)

    assert helped(NONE, text, namespace="web") == helped(NONE) == helped(NONE, text, files=False) == NONE.help
    assert helped(OTHER, text) == "y"
    assert helped(NONE, made("SealedSecret", SEALED, namespace="default"), namespace="") != NONE.help


def test_a_file_that_cannot_be_read_hides_no_plan():
    class Partial(Texts):
        def read_all(self, _):
            raise RepositoryError("the remote does not answer")

    files = Partial({"a.yaml": ""})
    files._mentioning = lambda _: ("a.yaml",)
    source = SimpleNamespace(
        files=files, target=SimpleNamespace(releases=[SimpleNamespace(namespace="data")])
    )

    assert with_possible([NONE], source) == [NONE]
