"""What it costs to find the releases of a large repository, beside listing and reading its files.

    python benchmarks/discovery.py [FILES]        default: 5000 YAML files

A repository is generated: one file in twenty is a HelmRelease in a kustomization, some are Applications and charts,
the rest are plain manifests. Both times are of a fresh process each, in processor seconds with Git's own, the best of
five.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.release.estate import Estate

VALUES = "".join(
    f"    key{at}:\n      image: {{repository: acme/x{at}, tag: '1.{at}'}}\n      list: [a, b, c]\n"
    for at in range(30)
)
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: app{at}}}
spec:
  chart:
    spec: {{chart: app, version: 1.0.{at}, sourceRef: {{kind: HelmRepository, name: acme, namespace: flux-system}}}}
  values:
{values}"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app{at}}}
spec:
  destination: {{namespace: apps}}
  source:
    repoURL: https://charts.example.com
    chart: app
    targetRevision: 1.0.{at}
    helm:
      valuesObject:
{values}"""
PLAIN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec: {template: {spec: {containers: [{name: a, image: b}]}}}
"""
SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: acme, namespace: flux-system}
spec: {url: 'https://charts.example.com'}
"""


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    if os.environ.get("DISCOVERY"):
        measure(Path(os.environ["DISCOVERY"]), files)
        return
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch), files)
        for state in ("worktree", "commit"):
            best = {task: min(run(scratch, task, state) for _ in range(5)) for task in ("read", "find")}
            ratio = best["find"] / best["read"]
            print(
                f"{files} files, {state}: read {best['read']:.2f} s, find {best['find']:.2f} s, {ratio:.2f} times"
            )


def run(root, task, state):
    """Processor seconds of one process and its Git, without what importing costs."""
    environment = {**os.environ, "DISCOVERY": root, "TASK": task, "STATE": state}
    done = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def measure(root, _files):
    started = spent()
    files = (
        Snapshot.of_commit(root, "HEAD") if os.environ["STATE"] == "commit" else Snapshot.of_worktree(root)
    )
    if os.environ["TASK"] == "read":
        files.read_all([path for path in files.paths if path.endswith(".yaml")])
    else:
        Estate.of(files)
    print(spent() - started)


def spent():
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def manifests(number):
    """A file of several objects, which no other file repeats."""
    return "---\n".join(PLAIN.replace("NAME", f"x{number}-{at}") for at in range(random.randint(3, 12)))


def generate(root, files):
    random.seed(1)
    written = 0

    def write(path, text):
        nonlocal written
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        written += 1

    write("flux/acme.yaml", SOURCE)
    for at in range(files // 20):
        write(f"apps/app{at}/release.yaml", RELEASE.format(at=at, values=VALUES))
        write(f"apps/app{at}/kustomization.yaml", f"namespace: ns{at % 25}\nresources: [release.yaml]\n")
    for at in range(files // 80):
        write(
            f"argo/app{at}.yaml",
            APPLICATION.format(
                at=at, values=VALUES.replace("    ", "        ", 1).replace("\n    ", "\n        ")
            ),
        )
        write(f"charts/c{at}/Chart.yaml", f"apiVersion: v2\nname: c{at}\nversion: 1.0.0\n")
        write(f"charts/c{at}/values.yaml", "replicas: 1\n")
        write(f"charts/c{at}/templates/deployment.yaml", PLAIN.replace("NAME", f"c{at}"))
    while written < files:
        write(f"manifests/m{written // 50}/f{written}.yaml", manifests(written))
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=root, check=True)


if __name__ == "__main__":
    main()
