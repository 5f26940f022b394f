"""Names of pull secrets: those that a repository uses for a registry already, and those that a plan gives to pods."""

from types import SimpleNamespace

import pytest

from migrate_dhi.migration.plan import Effect
from migrate_dhi.migration.pullsecret_names import (
    known_in,
    known_pull_secrets,
    pull_secrets_for,
    wanted_secrets,
)
from migrate_dhi.oci.reference import Reference


class Files(dict):
    """A repository in memory."""

    __hash__ = object.__hash__

    def mentioning(self, *words):
        return tuple(sorted(name for name, text in self.items() if any(word in text for word in words)))

    def read_all(self, _):
        return {}

    def text(self, name):
        return self[name]


DHI = {"dhi.io"}


def known(*texts, hosts=DHI, name="apps/{}/values.yaml"):
    return known_in(Files({name.format(n): text for n, text in enumerate(texts)}), hosts)


def values(secrets, key="imagePullSecrets", registry="dhi.io"):
    return f"image: {{registry: {registry}}}\n{key}: {secrets}\n"


@pytest.mark.parametrize(
    ("secrets", "names"),
    [
        ("[{name: dhi}]", ["dhi"]),
        ("[dhi]", ["dhi"]),
        ("[dhi, {name: other}]", ["dhi", "other"]),
        ("dhi", ["dhi"]),
        ("{name: dhi}", ["dhi"]),
        ("[]", []),
        ("null", []),
        ("true", []),
        # What beside a name stands in a map is none, and neither is what Kubernetes takes for none.
        ("{create: true, name: dhi, user: bot, password: x}", ["dhi"]),
        ("{nested: {name: x}}", []),
        ("['{{ .Values.secret }}', UPPER, 'a b', '-a', a.b-c]", ["a.b-c"]),
    ],
)
def test_names_stand_in_lists_of_texts_and_of_maps(secrets, names):
    assert known(values(secrets)) == names


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("imagePullSecrets", True),
        ("imagePullSecret", True),
        ("pullSecrets", True),
        ("pull_secrets", True),
        ("image-pull-secret", True),
        ("IMAGE_PULL_SECRETS", True),
        ("imagePullSecretName", True),
        ("secrets", False),
        ("existingSecret", False),
        ("imagePullPolicy", False),
    ],
)
def test_under_keys_that_speak_of_pull_secrets(key, counts):
    assert known(values("[dhi]", key)) == ["dhi"] * counts
    assert known(f"# dhi.io\na: {{b: [{{{key}: [dhi]}}]}}\n") == ["dhi"] * counts


def test_the_most_used_comes_first_and_of_equal_ones_the_first_by_name():
    assert known(values("[b]"), values("[c]"), values("[a]"), values("[c]")) == ["c", "a", "b"]
    # One file may name it for many parts.
    assert known(values("[a]"), values("[b]") + "part: {pullSecrets: [b]}\n") == ["b", "a"]


def test_only_files_that_name_the_registry_count():
    assert known(values("[hub]", registry="docker.io"), values("[dhi]")) == ["dhi"]
    assert known(values("[mirror]", registry="mirror.example"), hosts={"dhi.io", "mirror.example"}) == [
        "mirror"
    ]
    assert known(values("[dhi]"), hosts=set()) == []
    assert known("# pullSecrets of dhi.io\n[a, {name: b}]\n") == []


RELEASE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  values:
    image: {registry: dhi.io}
    imagePullSecrets: [{name: dhi}]
"""


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"apps/web/release.yaml": RELEASE}, ["dhi"]),
        ({"apps/web/release.yml": RELEASE}, ["dhi"]),
        ({"apps/web/release.yaml": RELEASE.replace("web}", "{{ .name }}}")}, ["dhi"]),
        ({"apps/web/README.md": RELEASE}, []),
        # A broken document hides none of the others.
        ({"apps/web/release.yaml": f"a: [\n---\n{RELEASE}"}, ["dhi"]),
        # A folder may be called as the one for vendored charts is.
        ({"charts/web/values.yaml": values("[dhi]"), "charts/web/Chart.yaml": ""}, ["dhi"]),
        ({"web/charts/db/values.yaml": values("[db]"), "web/Chart.yaml": ""}, []),
        ({"charts/db/values.yaml": values("[db]"), "Chart.yaml": ""}, []),
        ({"web/templates/pod.yaml": values("[own]"), "web/Chart.yaml": ""}, []),
        ({"templates/values.yaml": values("[own]")}, ["own"]),
    ],
)
def test_wherever_a_repository_sets_values_and_in_no_template_or_vendored_chart(files, names):
    assert known_in(Files(files), DHI) == names


def test_outside_of_a_repository_the_texts_of_the_chart_tell():
    chart = SimpleNamespace(texts={"c/values.yaml": values("[dhi]"), "c/Chart.yaml": "name: c\n"})

    assert known_pull_secrets(SimpleNamespace(files=None, chart=chart), DHI) == ["dhi"]
    assert known_pull_secrets(SimpleNamespace(files=None, chart=chart), {"mirror.example"}) == []


def image(after, before="acme/app:1", *, hardened=True):
    decision = SimpleNamespace(after=Reference.parse(after) if after else None)
    return SimpleNamespace(before=Reference.parse(before), decision=decision, hardened=hardened)


@pytest.mark.parametrize(
    ("images", "names"),
    [
        ([image("dhi.io/app:1")], ["dhi"]),
        ([image("", "dhi.io/app:1")], ["dhi"]),
        ([image("mirror.example/dhi/app:1")], ["mirror"]),
        ([image("dhi.io/app:1"), image("mirror.example/dhi/app:1")], ["dhi", "mirror"]),
        ([image("dhi.io/app:1", hardened=False)], []),
        ([], []),
    ],
)
def test_for_the_registries_that_hardened_images_come_from(images, names):
    files = Files(
        {"a/values.yaml": values("[dhi]"), "b/values.yaml": values("[mirror]", registry="mirror.example")}
    )

    assert pull_secrets_for(SimpleNamespace(files=files), images) == names


# what a plan gives to pods


def planned(*effects, releases=(("apps", "target"),), namespace="default"):
    step = SimpleNamespace(effects=[Effect("Deployment/x", *one) for one in effects])
    told = [SimpleNamespace(namespace=name, role=role) for name, role in releases]
    return wanted_secrets(SimpleNamespace(editing_steps=[step], releases=told, namespace=namespace))


PULL = "spec.template.spec.imagePullSecrets"


@pytest.mark.parametrize(
    ("effect", "wanted"),
    [
        ((PULL, None, [{"name": "dhi"}]), ["dhi"]),
        ((f"{PULL}[0]", None, {"name": "dhi"}), ["dhi"]),
        ((f"{PULL}[0].name", "hub", "dhi"), ["dhi"]),
        # What pods have had is there.
        ((PULL, [{"name": "hub"}], [{"name": "hub"}, {"name": "dhi"}]), ["dhi"]),
        ((PULL, [{"name": "dhi"}], None), []),
        (("spec.template.spec.containers[x].image", "a", "dhi"), []),
    ],
)
def test_a_secret_that_a_pod_comes_to_name_is_wanted(effect, wanted):
    assert planned(effect) == tuple(("apps", name) for name in wanted)


def test_it_is_wanted_once_in_each_namespace_of_the_target():
    effect = (PULL, None, [{"name": "dhi"}])
    releases = (("a", "target"), ("b", "target"), ("a", "target"), ("c", "witness"))

    assert planned(effect, effect, releases=releases) == (("a", "dhi"), ("b", "dhi"))
    assert planned(effect, releases=()) == (("default", "dhi"),)
