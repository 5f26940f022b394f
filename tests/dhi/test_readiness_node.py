"""Files and sockets of the node: when the hardened image's user may not open them, and when nothing is said."""

from dataclasses import replace

import pytest

from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, pod, remarks

MOUNT = "volumeMounts: [{name: host, mountPath: /host}]\n"


def told(path, container="", spec="", kind="", **facts):
    """The remarks on a folder of the node that the container mounts."""
    volume = f"volumes: [{{name: host, hostPath: {{path: {path}{', type: ' + kind if kind else ''}}}}}]\n"
    found = remarks(pod(MOUNT + container, volume + spec), **facts)
    return [one for one in found if one.code == "node-files"]


@pytest.mark.parametrize(
    "path",
    [
        "/var/log",
        "/var/log/",
        "/var/log/pods",
        "/var/lib/docker/containers",
        "/var/lib/kubelet/plugins/acme",
        "/run/containerd/containerd.sock",
        "/var/run/docker.sock",
        "/srv/acme/api.sock",
        "/dev",
        "/dev/fuse",
        "/etc/kubernetes/pki",
    ],
)
def test_what_root_alone_may_open_is_told(path):
    (remark,) = told(path)

    assert remark.severity == "warning"
    assert f"runs as 65532, the hardened image's own user, and mounts {path} of the node" in remark.message
    assert "set runAsUser: 0" in remark.help


@pytest.mark.parametrize("kind", ["Socket", "CharDevice", "BlockDevice"])
def test_a_socket_or_device_by_its_type(kind):
    assert len(told("/srv/acme", kind=kind)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/proc",
        "/sys",
        "/etc/machine-id",
        "/etc/localtime",
        "/var/log/acme",
        "/srv/data",
        "/dev/null",
        "/dev/shm",
    ],
)
def test_what_others_may_read_is_not(path):
    assert told(path) == []


@pytest.mark.parametrize(
    ("container", "spec", "facts"),
    [
        ("securityContext: {runAsUser: 0}\n", "", {}),
        ("", "securityContext: {supplementalGroups: [999]}\n", {}),
        # The chart's own user was there before, or the plan gives one since it must not be root.
        ("securityContext: {runAsUser: 1000}\n", "", {"user_before": 1000}),
        ("securityContext: {runAsUser: 65532}\n", "", {"user_given": True}),
        ("", "", {"definition": replace(BARE, uid=0)}),
        ("", "", {"definition": replace(BARE, uid=None)}),
        ("", "", {"definition": None}),
        ("", "", {"upstream": Reference.parse("dhi.io/bare:1.4.1")}),
    ],
)
def test_where_it_does_not_count(container, spec, facts):
    assert told("/var/log", container, spec, **facts) == []


def test_a_claim_of_that_name_is_no_folder_of_the_node():
    claim = "volumes: [{name: host, persistentVolumeClaim: {claimName: c}}]\n"

    assert [one for one in remarks(pod(MOUNT, claim)) if one.code == "node-files"] == []
