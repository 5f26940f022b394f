"""Registry rewrites in the repository's own settings: which are read, and what they say."""

import pytest

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.release.rewrites import rewrites

PLACE = "harbor.example/dhi"
K3S = 'mirrors:\n  dhi.io:\n    endpoint:\n      - "https://harbor.example/v2/dhi"\n'
FILES = {
    "k3s": ("registries.yaml", K3S),
    "k3s with a rewrite": (
        "etc/rancher/k3s/registries.yaml",
        'mirrors:\n  "dhi.io":\n    endpoint: ["https://harbor.example"]\n    rewrite: {"^(.*)$": "dhi/$1"}\n',
    ),
    "Talos": (
        "talos/patch.yaml",
        (
            "machine:\n  registries:\n    mirrors:\n      dhi.io:\n        endpoints: [https://harbor.example/v2/dhi]\n"
            "        overridePath: true\n"
        ),
    ),
    "a document of Talos": (
        "talos/mirror.yaml",
        (
            "machine: {}\n---\napiVersion: v1alpha1\nkind: RegistryMirrorConfig\nname: dhi.io\n"
            "endpoints: [{url: https://harbor.example/v2/dhi}]\n"
        ),
    ),
    "containerd": (
        "nodes/certs.d/dhi.io/hosts.toml",
        '# dhi.io\n[host."https://harbor.example/v2/dhi"]\n  capabilities = ["pull"]\n  override_path = true\n',
    ),
    "containerd with a server": (
        "nodes/hosts.toml",
        'server = "https://dhi.io"\n\n[host."https://harbor.example/v2/dhi"]\n',
    ),
    "an older containerd": (
        "nodes/config.toml",
        '[plugins."io.containerd.grpc.v1.cri".registry.mirrors."dhi.io"]\n  endpoint = ["https://harbor.example/dhi"]\n',
    ),
    "CRI-O": ("registries.conf", '[[registry]]\nprefix = "dhi.io"\nlocation = "harbor.example/dhi"\n'),
    "Kubespray": (
        "group_vars/all.yml",
        "containerd_registries_mirrors:\n  - prefix: dhi.io\n    mirrors: [{host: https://harbor.example/v2/dhi}]\n",
    ),
    "text in other settings": (
        "cloud-init.yaml",
        "write_files:\n  - path: /etc/rancher/k3s/registries.yaml\n    content: |\n"
        + "".join(f"      {line}\n" for line in K3S.splitlines()),
    ),
    "Kyverno": (
        "policies/rewrite.yaml",
        (
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec:\n"
            """  image: "{{ replace_all('{{element.image}}', 'dhi.io/', 'harbor.example/dhi/') }}"\n"""
        ),
    ),
    "Kyverno by an expression": (
        "policies/more.yaml",
        (
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\nspec:\n  image: >-\n    {{ "
            "regex_replace_all('^dhi\\\\.io/(.*)$', '{{element.image}}', 'harbor.example/dhi/$1') }}\n"
        ),
    ),
    "Harbor": (
        "terraform/harbor.tf",
        (
            'provider "harbor" {\n  url = "https://harbor.example"\n}\nresource "harbor_registry" "hardened" {\n'
            '  endpoint_url = "https://dhi.io"\n}\nresource "harbor_project" "hardened" {\n  name = "dhi"\n'
            "  registry_id = harbor_registry.hardened.registry_id\n}\n"
        ),
    ),
}


def found(tmp_path, name, text):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return rewrites(Snapshot.of_worktree(tmp_path), "dhi.io")


@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
def test_what_is_taken_from_another_place(tmp_path, name, text):
    (one,) = found(tmp_path, name, text)

    assert (one.source, one.place, one.file) == ("dhi.io", PLACE, name)
    assert "dhi.io" in text.splitlines()[one.line - 1].replace("\\", "")


def test_what_is_rewritten_to_the_registry(tmp_path):
    text = FILES["Kyverno"][1].replace("'dhi.io/', 'harbor.example/dhi/'", "'docker.io/', 'dhi.io/'")
    (one,) = found(tmp_path, "policy.yaml", text)

    assert (one.source, one.place) == ("docker.io", "dhi.io")


@pytest.mark.parametrize(
    "text",
    [
        "mirrors:\n  docker.io:\n    endpoint: [https://harbor.example]\n# dhi.io\n",
        "mirrors: {dhi.io: }\n",
        "mirrors: {dhi.io: {endpoint: [https://dhi.io]}}\n",
        "image: dhi.io/valkey:8.1.9\n",
        "mirrors: [dhi.io\n",
    ],
)
def test_other_settings_rewrite_nothing(tmp_path, text):
    assert found(tmp_path, "a.yaml", text) == []
