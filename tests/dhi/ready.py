"""Readiness checks on manifests written out in a test, held against real or invented catalog facts."""

from dataclasses import replace

from migrate_dhi.dhi.catalog import Catalog, Definition, OwnedPath
from migrate_dhi.dhi.readiness import Running, check
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference

CATALOG = Catalog.bundled()

BARE = Definition(
    image="bare",
    line="1.4",
    version="1.4.2",
    distro="debian-13",
    variant="runtime",
    flavor="",
    tags=("1.4", "1.4.2", "1.4.2-debian13"),
    user="nonroot",
    uid=65532,
    gid=65532,
    shells=(),
    packages=("base-files", "ca-certificates-bundle", "tini", "tzdata"),
    entrypoint=("/usr/local/bin/bare",),
    cmd=("serve",),
    ports=("8080/tcp",),
    environment={},
    work_dir="",
    paths=(),
    platforms=("linux/amd64",),
    released=None,
    end_of_life=None,
    sources=(),
)
"""An image without a shell, with a program of its own."""

SHELLED = replace(BARE, shells=("bash",), packages=("base-files", "bash", "coreutils", "sed", "tini"))
"""The same with bash, coreutils and sed."""

DATABASE = replace(
    SHELLED,
    environment={"PGDATA": "/var/lib/bare/17/data"},
    paths=(OwnedPath("/var/lib/bare/17/data", 65532, 65532, "0700"),),
)
"""The same with a data directory of its own."""


def pod(container: str, pod: str = "", *, kind: str = "Deployment", meta: str = "", spec: str = "") -> str:
    """A workload with one container named `main`; texts are YAML in flow or block style, indented as needed."""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: app{meta}}}\nspec:\n{_in(spec, 2)}"
        f"  template:\n    metadata: {{labels: {{app: app}}}}\n    spec:\n{_in(pod, 6)}"
        f"      containers:\n        - name: main\n          image: dhi.io/bare:1.4.2\n{_in(container, 10)}"
    )


def config_map(name: str, **files: str) -> str:
    """A ConfigMap; `__` in a name stands for a dot."""
    lines = "".join(f"  {key.replace('__', '.')}: |\n{_in(text, 4)}" for key, text in files.items())
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{lines}"


def mounted(name: str, path: str) -> str:
    """The mount of a ConfigMap's volume, for the container."""
    return f"volumeMounts: [{{name: {name}, mountPath: {path}}}]\n"


def remarks(*texts: str, definition: Definition | None = BARE, before: str = "", **facts) -> list[Finding]:
    """The remarks on the containers named `main`, all of the same image."""
    manifests = Manifests({"app/templates/all.yaml": "\n---\n".join(texts)})
    after = facts.pop("after", Reference.parse("dhi.io/bare:1.4.2"))
    upstream = facts.pop("upstream", Reference.parse("docker.io/acme/bare:1.4.2"))
    images, operators = facts.pop("images", ()), facts.pop("operators", ())
    running = [
        Running(container, upstream, after, definition, **facts)
        for container in manifests.containers
        if container.name == "main"
    ]
    old = Manifests({"app/templates/all.yaml": before})
    return check(manifests, running, before=old, images=images, operators=operators)


def codes(*texts: str, **facts) -> list[tuple[str, str]]:
    """(code, severity) of each remark."""
    return [(remark.code, remark.severity) for remark in remarks(*texts, **facts)]


def _in(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" for line in text.splitlines())
