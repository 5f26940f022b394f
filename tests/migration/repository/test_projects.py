"""Projects of Argo CD that keep out what a migration needs."""

import pytest

from tests.migration.repository.states import entry, found, moves, secret, told

PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: apps, namespace: argocd}
spec: {SPEC}
"""


def codes_of(spec, maker="Secret"):
    text = PROJECT.replace("SPEC", spec) + "---\n" + secret(maker)
    return {one.code: one.message for one in found({"p.yaml": text}).values()}


@pytest.mark.parametrize(
    "spec",
    [
        'namespaceResourceBlacklist: [{group: "", kind: Secret}]',
        'namespaceResourceWhitelist: [{group: apps, kind: "*"}]',
    ],
)
def test_the_kind_that_makes_the_secret_is_kept_out(spec):
    assert "does not let its Applications make a Secret" in codes_of(spec)["project-forbids"]


@pytest.mark.parametrize(
    "spec",
    [
        "sourceRepos: ['*']",
        'namespaceResourceWhitelist: [{group: "*", kind: "*"}]',
        "namespaceResourceBlacklist: [{group: '', kind: ResourceQuota}]",
    ],
)
def test_it_is_let_in(spec):
    assert set(codes_of(spec)) == {"pull-secret-made"}


def test_registries_of_charts_that_are_named():
    spec = "sourceRepos: ['https://github.com/acme/gitops', 'ghcr.io/acme/*']"

    assert (
        "charts are taken from registries that are named (ghcr.io/acme/*), and not from dhi.io"
        in codes_of(spec)["project-sources"]
    )
    assert "project-sources" not in codes_of(spec.replace("]", ", 'dhi.io/*']"))


def test_projects_that_name_no_registry():
    assert "project-sources" not in codes_of("sourceRepos: ['https://charts.example.com/x']")


@pytest.mark.parametrize(
    ("spec", "forbids"),
    [
        ("", False),
        # An empty list lets nothing in, and none all.
        ("namespaceResourceWhitelist: []", True),
        ("namespaceResourceWhitelist: null", False),
        ("namespaceResourceBlacklist: []", False),
        ("namespaceResourceWhitelist: [{group: bitnami.com, kind: SealedSecret}]", False),
        ("namespaceResourceWhitelist: [{group: '*', kind: SealedSecret}]", False),
        ("namespaceResourceWhitelist: [{group: bitnami.com, kind: '*'}]", False),
        ("namespaceResourceWhitelist: [{group: bitnami.com, kind: 'Sealed*'}]", False),
        ("namespaceResourceWhitelist: [{group: '', kind: Secret}]", True),
        ("namespaceResourceWhitelist: [{group: other.com, kind: SealedSecret}]", True),
        ("namespaceResourceWhitelist: [{kind: SealedSecret}]", True),
        ("namespaceResourceWhitelist: [text]", True),
        # What is kept out stays out.
        (
            (
                "namespaceResourceWhitelist: [{group: '*', kind: '*'}], "
                "namespaceResourceBlacklist: [{group: bitnami.com, kind: SealedSecret}]"
            ),
            True,
        ),
        ("namespaceResourceBlacklist: [{group: '', kind: SealedSecret}]", False),
        ("clusterResourceBlacklist: [{group: '*', kind: '*'}]", False),
    ],
)
def test_the_lists_of_a_project(spec, forbids):
    text = PROJECT.replace("SPEC", spec) + "---\n" + secret().replace("v1", "bitnami.com/v1alpha1", 1)

    found_ = [one.message for one in told({"p.yaml": text}) if one.code == "project-forbids"]

    assert found_ == [
        "AppProject apps does not let its Applications make a SealedSecret, which makes the pull secret dhi"
    ] * forbids  # fmt: skip


def test_an_object_of_the_cluster_is_not_asked_of_the_lists_of_namespaces():
    spec = "---\napiVersion: external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: dhi}\nspec: {}\n"
    text = PROJECT.replace("SPEC", "namespaceResourceWhitelist: []")

    assert "project-forbids" not in {one.code for one in told({"p.yaml": text + spec})}


def test_what_another_name_makes_is_no_matter():
    text = PROJECT.replace("SPEC", "namespaceResourceWhitelist: []") + "---\n" + secret(name="other")

    assert {one.code for one in told({"p.yaml": text})} == {"pull-secret-nowhere"}


def test_each_kind_is_told_once_for_each_project_and_secret():
    two = secret() + "---\n" + secret(namespace="web") + "---\n" + secret(name="mine")
    text = PROJECT.replace("SPEC", "namespaceResourceWhitelist: []")
    more = text.replace("name: apps", "name: more")

    some = told(
        {"p.yaml": f"{text}---\n{more}---\n{two}"}, entry("data"), entry("web"), entry("x", secret="mine")
    )

    told_ = [
        (one.message.split()[1], one.message.split()[-1]) for one in some if one.code == "project-forbids"
    ]
    assert told_ == [("apps", "dhi"), ("apps", "mine"), ("more", "dhi"), ("more", "mine")]


@pytest.mark.parametrize(
    ("sources", "named"),
    [
        (["ghcr.io/acme/*"], "ghcr.io/acme/*"),
        (["ghcr.io/acme/*", "quay.io/x"], "ghcr.io/acme/*, quay.io/x"),
        ([f"r{n}.example/x" for n in range(5)], "r0.example/x, r1.example/x, r2.example/x"),
        (["https://charts.example/*", "ghcr.io/*"], "ghcr.io/*"),
        (["*"], ""),
        (["dhi.io/*", "ghcr.io/*"], ""),
        (["*.io/*"], ""),
        (["https://*"], ""),
        ([], ""),
    ],
)
def test_which_registries_a_project_takes_charts_from(sources, named):
    text = PROJECT.replace("SPEC", f"sourceRepos: {sources}")

    found_ = [
        one for one in told({"p.yaml": text}, entry("data", secret="")) if one.code == "project-sources"
    ]

    assert [one.message.partition("named (")[2].partition(")")[0] for one in found_] == (
        [named] if named else []
    )
    assert all(one.severity == "info" for one in found_)


def test_projects_that_are_closed_are_counted_and_told_once():
    text = PROJECT.replace("SPEC", "sourceRepos: [ghcr.io/*]")
    other = text.replace("name: apps", "name: more").replace("ghcr.io", "quay.io")

    (one,) = told(
        {"p.yaml": f"{text}---\n{other}"},
        entry("data", moves("a/b:1", "dhi.io/b:1"), moves("a/c:1", "harbor.example/dhi/c:1"), secret=""),
    )

    assert (one.file, one.line) == ("p.yaml", 1)
    assert one.message == (
        "AppProject apps and 1 more: charts are taken from registries that are named (ghcr.io/*), and not from dhi.io, "
        "harbor.example"
    )


def test_a_project_that_takes_from_one_of_several_registries_is_open():
    text = PROJECT.replace("SPEC", "sourceRepos: [harbor.example/*]")
    some = entry("data", moves("a/b:1", "dhi.io/b:1"), moves("a/c:1", "harbor.example/dhi/c:1"), secret="")

    assert not told({"p.yaml": text}, some)
