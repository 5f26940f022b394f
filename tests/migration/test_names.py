"""Names that Kubernetes or Git would refuse, told before a plan is made with them."""

import pytest

from migrate_dhi.errors import UsageError
from migrate_dhi.migration.names import check_api_versions, check_branch_name, check_kube_version, check_names


@pytest.mark.parametrize(
    "named",
    [
        {"pull_secret": "kubernetes-dhi"},
        {"pull_secret": "a.b-c.d"},
        {"pull_secret": "a" * 253},
        {"release": "a" * 53},
        {"release": "1password"},
        {"release": "a.b"},
        {"namespace": "a" * 63},
        {"namespace": "x"},
        {"pull_secret": "", "release": "", "namespace": ""},
    ],
)
def test_a_name_that_kubernetes_takes(named):
    check_names(**named)


@pytest.mark.parametrize(
    ("named", "flag", "longest", "dots"),
    [
        ({"pull_secret": "Kubernetes"}, "--pull-secret", 253, True),
        ({"pull_secret": "a_b"}, "--pull-secret", 253, True),
        ({"pull_secret": "a..b"}, "--pull-secret", 253, True),
        ({"pull_secret": "a" * 254}, "--pull-secret", 253, True),
        ({"pull_secret": "a\n"}, "--pull-secret", 253, True),
        ({"release": "-a"}, "--release", 53, True),
        ({"release": "a-"}, "--release", 53, True),
        ({"release": "a" * 54}, "--release", 53, True),
        ({"namespace": "a.b"}, "--namespace", 63, False),
        ({"namespace": "a" * 64}, "--namespace", 63, False),
        ({"namespace": "ü"}, "--namespace", 63, False),
        # The first that is wrong.
        ({"pull_secret": "fine", "namespace": "a b"}, "--namespace", 63, False),
    ],
)
def test_a_name_that_it_refuses(named, flag, longest, dots):
    with pytest.raises(UsageError) as caught:
        check_names(**named)

    name = list(named.values())[-1]
    assert caught.value.message == f"{flag} {name}: this is no name in Kubernetes"
    more = " and dots" if dots else ""
    assert caught.value.help == f"write it with at most {longest} small letters, digits, dashes{more}"


@pytest.mark.parametrize(
    "version", ["", "1", "1.31", "v1.31", "1.31.2", "v1.31.2-eks-1234", "v1.31.2+k3s1", "1.29-gke.5"]
)
def test_a_version_of_kubernetes(version):
    check_kube_version(version)


@pytest.mark.parametrize("version", ["x", "1.", "v", "1.2.3.4", "1.31 ", ">=1.31", "latest", "1.31\n"])
def test_what_is_no_version_of_kubernetes(version):
    with pytest.raises(UsageError, match="this is no version"):
        check_kube_version(version)


@pytest.mark.parametrize(
    "version",
    [
        "v1",
        "apps/v1",
        "v1/Pod",
        "monitoring.coreos.com/v1",
        "monitoring.coreos.com/v1/ServiceMonitor",
        "a/v2beta1",
    ],
)
def test_an_api_version(version):
    check_api_versions(["v1", version])


@pytest.mark.parametrize(
    "version",
    ["", "///", "V1", "apps/1", "apps/v1/", "apps/v1/pod", "Apps/v1", "a b/v1", "apps/v1/Pod/x", "a./v1"],
)
def test_what_is_no_api_version(version):
    with pytest.raises(UsageError, match="this is no API version"):
        check_api_versions(["v1", version])


def test_a_branch_is_asked_of_git_where_there_is_a_repository(workshop):
    from migrate_dhi.git.repository import Repository

    repository = Repository.discover(workshop.root)

    check_branch_name(repository, "dhi/web")
    check_branch_name(repository, "")
    check_branch_name(None, "a..b")
    with pytest.raises(UsageError):
        check_branch_name(repository, "a..b")
