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
    "mirrors of CRI-O": (
        "registries.conf",
        (
            '[[registry]]\nlocation = "dhi.io"\n\n[[registry.mirror]]\nlocation = "harbor.example/dhi"\n'
            '[[registry.mirror]]\nlocation = "other.example/dhi"\n[[registry]]\nlocation = "quay.io"\n'
        ),
    ),
    "a prefix and a mirror of CRI-O": (
        "registries.conf",
        '[[registry]]\nprefix = "dhi.io"\nlocation = "dhi.io"\n[[registry.mirror]]\nlocation = "harbor.example/dhi"\n',
    ),
    "OpenShift": (
        "mirrors.yaml",
        (
            "apiVersion: config.openshift.io/v1\nkind: ImageTagMirrorSet\nmetadata: {name: m}\nspec:\n"
            "  imageTagMirrors:\n    - source: dhi.io\n      mirrors: [harbor.example/dhi]\n"
        ),
    ),
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
        "mirrors: {dhi.io: {endpoint: []}}\n",
        "mirrors: {dhi.io: {endpoint: text}}\n",
        "mirrors: {dhi.io: {endpoint: ['not a place']}}\n",
        "- source: dhi.io\n  mirrors: []\n",
        "apiVersion: v1\nkind: Pod\nspec: {image: \"{{ replace_all('x', 'dhi.io/', 'harbor.example/') }}\"}\n",
    ],
)
def test_other_settings_rewrite_nothing(tmp_path, text):
    assert found(tmp_path, "a.yaml", text) == []


@pytest.mark.parametrize(
    "text",
    [
        '[[registry]]\nlocation = "dhi.io"\n',
        '[[registry]]\nlocation = "quay.io"\n[[registry.mirror]]\nlocation = "harbor.example"\n# dhi.io\n',
        '[[registry]]\nprefix = "dhi.io"\n',
        'server = "https://dhi.io"\n',
        '[host."https://harbor.example"]\n# dhi.io\n',
    ],
)
@pytest.mark.parametrize("name", ["registries.conf", "nodes/hosts.toml"])
def test_settings_of_nodes_that_lead_nowhere_else(tmp_path, name, text):
    assert found(tmp_path, name, text) == []


@pytest.mark.parametrize(
    ("name", "text", "how", "unseen"),
    [
        ("k3s", "mirrors: {'*': {endpoint: ['https://harbor.example/dhi']}}\n", "the nodes", True),
        ("old", "mirrors: {_default: {endpoints: ['https://harbor.example/dhi']}}\n", "the nodes", True),
        ("Harbor", FILES["Harbor"][1], "Harbor", False),
        ("Kyverno", FILES["Kyverno"][1], "Kyverno", True),
        ("CRI-O", FILES["CRI-O"][1], "CRI-O", True),
    ],
)
def test_what_rewrites_and_whether_the_manifests_show_it(tmp_path, name, text, how, unseen):
    file = {"Harbor": "h.tf", "CRI-O": "r.conf"}.get(name, "policy.yaml")

    [one] = found(tmp_path, file, text)

    assert (one.source, one.place, one.how.endswith(how), one.unseen) == ("dhi.io", PLACE, True, unseen)


@pytest.mark.parametrize(
    ("rewrite", "place"),
    [
        ('{"^(.*)$": "dhi/$1"}', "harbor.example/dhi"),
        ('{"(.*)": "a/b/$1"}', "harbor.example/a/b"),
        ('{"^x/(.*)": "$1"}', "harbor.example"),
        ("{}", "harbor.example/v2x"),
        ("text", "harbor.example/v2x"),
    ],
)
def test_what_stands_in_front_of_a_name_there(tmp_path, rewrite, place):
    text = f"mirrors: {{dhi.io: {{endpoint: ['https://harbor.example/v2x'], rewrite: {rewrite}}}}}\n"

    assert [one.place for one in found(tmp_path, "registries.yaml", text)] == [place]


def test_each_rewrite_is_told_once_with_its_first_file(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(K3S)
    (tmp_path / "large.yaml").write_text(K3S.replace("harbor", "large") + "#" * 600_000)

    assert [(one.file, one.place) for one in found(tmp_path, "c.yaml", K3S)] == [("a.yaml", PLACE)]
