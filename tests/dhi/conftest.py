"""The bundled catalog, our playbooks, and a small checkout of a catalog repository of our own."""

import subprocess
from textwrap import dedent

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.playbook import load_playbooks


@pytest.fixture(scope="session")
def catalog():
    return Catalog.bundled()


@pytest.fixture(scope="session")
def playbooks():
    return load_playbooks()


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text))
    return file


SERVER = """\
    name: Server 1.x
    image: dhi.io/server
    variant: runtime
    tags:
      - "1"
      - "1.2"
      - 1.2.3
      - 1.2.3-debian13
    platforms: [linux/amd64]
    dates:
      release: "2026-01-01"
      end-of-life: "2027-01-01"
    contents:
      packages: ['!mawk', bash, coreutils, tool=1.2-3]
      builds:
        - name: server
          contents:
            files:
              - url: git+https://github.com/acme/server.git#v1.2.3
    accounts:
      run-as: "65532"
      users:
        - {name: nonroot, uid: 65532, gid: 65532}
    environment: {DATA: /data}
    paths:
      - {type: directory, path: /data/, uid: 65532, gid: 65532, mode: "0755"}
      - {type: symlink, path: /bin/x, uid: 0, gid: 0, source: /bin/y}
    work-dir: /data
    entrypoint: [/bin/server]
    cmd: [run]
    ports: [80, 53/udp]
    """
BASED = """\
    name: Based 2.x
    image: dhi.io/based
    variant: runtime
    tags: [2.0.0-debian13]
    platforms: [linux/amd64]
    contents:
      packages: [base-files]
      artifacts:
        - name: dhi.io/server:1.2.3-debian13@sha256:0000
          includes: [usr, etc]
    accounts: {root: true, run-as: root}
    """


@pytest.fixture
def checkout(tmp_path):
    """A Git checkout with two images and one chart, committed on 2026-02-01."""
    root = tmp_path / "catalog"
    write(root, "image/server/debian-13/1.yaml", SERVER)
    write(
        root,
        "image/server/info.yaml",
        "metadata: {display-name: The server, home-url: https://example.org}\n",
    )
    write(root, "image/server/config/not-a-definition.yaml", "a: 1\n")
    write(root, "image/based/debian-13/2.yaml", BASED)
    write(
        root,
        "chart/app/config/values.yaml",
        """\
        server:
          image:
            registry: ${server.registry}
            repository: ${server.repository}
            tag: ${server.tag}@${server.digest}
          securityContext: {runAsUser: 65532}
        """,
    )
    write(
        root,
        "chart/app/helm/1.yaml",
        """\
        tags: [1.0.0]
        contents:
          builds:
            - contents: {files: [{url: "git+https://github.com/acme/charts.git#app-1.0.0"}]}
              pipeline: [{work-dir: "${source.dir}/helm-charts/charts/upstream-app"}]
        """,
    )
    git(root, "2026-02-01", "init", "-q", "-b", "main")
    commit(root, "2026-02-01")
    return root


def git(root, day, *args):
    environment = {
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "HOME": str(root),
        **{
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "t"), ("EMAIL", "t@example.org"), ("DATE", f"{day}T12:00:00Z"))
        },
    }
    return subprocess.run(
        ["git", *args], cwd=root, env=environment, check=True, capture_output=True, text=True
    ).stdout


def commit(root, day):
    git(root, day, "add", "-A")
    git(root, day, "commit", "-q", "-m", f"state of {day}")
