"""Scan N wrapper charts, no two alike, against a bare loop with the same number of loads, renders and parses.

    python benchmarks/fleet.py [N ...] [--workers 1 2] [--shared] [--profile] [--helm PATH] [--renovate PATH]
                                 [--dependency CHART ...]

Each wrapper has a vendored dependency of its own content. The bare loop runs on as many spawned workers as the scan and
does nothing but load, render and parse; so the ratio is what planning, proving and Git cost besides. Prints for each N:
seconds of both, the ratio, renders for each release (median), milliseconds for each release, and the peak memory of all
processes together (proportional set size, so that what they share counts once). On a machine that does other things,
the CPU time of all processes is what can be compared. With --shared all wrappers are deployed
with one more values file, which all of them read. --dependency names chart folders that take turns as what the
wrappers vendor, each time with another comment in its templates: real charts render longer than the small one.
--helm and --renovate say what others take for the same repository: as many processes of ``helm template`` as the scan
made renders, on as many workers, and Renovate's extract phase (``--platform=local --dry-run=extract``; it looks up
and renders nothing). Run it on an idle machine, or trust the ratios alone.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

IMAGES = (
    ("docker.io", "valkey/valkey", "8.1.4"),
    ("docker.io", "library/nginx", "1.29.1"),
    ("docker.io", "library/redis", "8.2.1"),
    ("docker.io", "prom/prometheus", "v3.5.0"),
    ("docker.io", "library/postgres", "17.6"),
    ("quay.io", "acme/own", "1.0.0"),
)
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-{{ .Values.part }}
  labels: {app.kubernetes.io/version: {{ .Values.image.tag | quote }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets: {{ toYaml . | nindent 8 }}
      {{- end }}
      securityContext: {{ toYaml .Values.podSecurityContext | nindent 8 }}
      containers:
      - name: main
        image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
        ports: [{name: main, containerPort: {{ .Values.port }}}]
        resources: {{ toYaml .Values.resources | nindent 10 }}
        env:
        {{- range $name, $value := .Values.env }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {ports: [{port: {{ .Values.port }}, targetPort: main}], selector: {app: {{ .Release.Name }}}}
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-config}
data: {{ toYaml .Values.config | nindent 2 }}
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source:
    repoURL: https://git.example/estate
    path: apps/{name}
    targetRevision: HEAD
    helm: {{valueFiles: [values.yaml, ../../common/values.yaml]}}
  destination: {{namespace: {name}, server: https://kubernetes.default.svc}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[60, 120])
    parser.add_argument("--workers", nargs="*", type=int, default=[2])
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--profile", action="store_true", help="one worker, in this process, under cProfile")
    parser.add_argument("--dependency", nargs="*", type=Path, default=[])
    parser.add_argument("--helm", type=Path, help="a Helm binary")
    parser.add_argument("--renovate", type=Path, help="the renovate program of an npm package")
    arguments = parser.parse_args()
    print(
        "| charts | workers | scan s | bare s | ratio | CPU ratio | renders (median) | CPU ms a release | peak MB |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
            root = Path(folder)
            generate(root, size, arguments)
            if arguments.profile:
                profiled(root)
                continue
            for workers in arguments.workers:
                row(root, size, workers, arguments)


def row(root, size, workers, arguments):
    start = used()
    seconds, peak, found = scanned(root, workers)
    middle = used()
    renders = [release["renders"] for release in found["releases"]]
    bare = loop(root, renders, workers)
    scan, loops = middle - start, used() - middle
    print(
        f"| {size} | {workers} | {seconds:.2f} | {bare:.2f} | {seconds / bare:.2f} | {scan / loops:.2f} "
        f"| {statistics.median(renders):g} | {1000 * scan / size:.0f} | {peak / 2**20:.0f} |",
        flush=True,
    )
    print(f"    {found['summary']}", file=sys.stderr)
    if arguments.helm:
        told("helm template", templated(root, renders, workers, arguments.helm), seconds)
    if arguments.renovate:
        told("renovate, extract phase", extracted(root, arguments.renovate), seconds)


def told(name, took, scan):
    print(f"    {name}: {took:.1f} s; scan / it: {scan / took:.2f}", flush=True)


def templated(root, renders, workers, helm):
    """Seconds of as many ``helm template`` processes as the scan made renders."""
    folders = sorted((root / "apps").iterdir())
    jobs = [folder for folder, count in zip(folders, renders, strict=True) for _ in range(count)]
    command = [str(helm), "template", "x"]
    began = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        list(
            pool.map(lambda folder: subprocess.run([*command, folder], check=True, capture_output=True), jobs)
        )
    return time.monotonic() - began


def extracted(root, renovate):
    """Seconds that Renovate takes to find what each file of the repository depends on."""
    began = time.monotonic()
    subprocess.run(
        [
            renovate,
            "--platform=local",
            "--dry-run=extract",
            "--onboarding=false",
            "--require-config=optional",
        ],
        check=True,
        cwd=root,
        env={**os.environ, "LOG_LEVEL": "warn"},
        capture_output=True,
    )
    return time.monotonic() - began


def used():
    """CPU seconds of all processes that ended: what others do on the machine is not in it."""
    times = os.times()
    return times.children_user + times.children_system


def generate(root, size, arguments):
    shared = arguments.shared
    chance = random.Random(7)
    for number in range(size):
        name = f"app-{number:04}"
        if arguments.dependency:
            chart = arguments.dependency[number % len(arguments.dependency)]
            wrap(root / "apps" / name, name, number, chart)
        else:
            write(root / "apps" / name, name, number, chance)
        if shared:
            place = root / "clusters" / f"{name}.yaml"
            place.parent.mkdir(exist_ok=True)
            place.write_text(APPLICATION.format(name=name))
    if shared:
        (root / "common").mkdir()
        (root / "common/values.yaml").write_text("global: {team: everyone}\n")
    run = lambda *words: subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True)  # noqa: E731
    run("init", "-q")
    run("remote", "add", "origin", "https://git.example/estate")
    run("add", "-A")
    run("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "estate")


def wrap(folder, name, number, chart):
    """A wrapper around a chart that is there."""
    metadata = yaml.safe_load((chart / "Chart.yaml").read_text())
    inner = folder / "charts" / metadata["name"]
    shutil.copytree(chart, inner)
    for template in sorted((inner / "templates").glob("*.yaml")):
        template.write_text(f"{{{{/* {number} */}}}}\n{template.read_text()}")
    (folder / "Chart.yaml").write_text(
        f"apiVersion: v2\nname: {name}\nversion: 0.1.{number}\ndependencies:\n- name: {metadata['name']}\n"
        f"  version: {metadata['version']}\n  repository: https://charts.example\n"
    )
    (folder / "values.yaml").write_text(f"# {name}\n{metadata['name']}:\n  fullnameOverride: {name}\n")


def write(folder, name, number, chance):
    registry, repository, tag = chance.choice(IMAGES)
    inner = folder / "charts" / "service"
    (inner / "templates").mkdir(parents=True)
    version = f"1.{number}.0"
    (folder / "Chart.yaml").write_text(
        f"apiVersion: v2\nname: {name}\nversion: 0.1.{number}\nappVersion: {tag!r}\ndependencies:\n"
        f"- {{name: service, version: {version}, repository: https://charts.example}}\n"
    )
    (folder / "values.yaml").write_text(
        f"# {name}\nservice:\n  part: p{number}\n  replicas: {chance.randint(1, 5)}\n"
        f"  image:\n    registry: {registry}\n"
        f"    repository: {repository}\n    tag: {tag!r}\n  env:\n"
        + "".join(f"    KEY_{at}: value-{chance.randint(0, 10**6)}\n" for at in range(8))
    )
    (inner / "Chart.yaml").write_text(
        f"apiVersion: v2\nname: service\nversion: {version}\nappVersion: {tag!r}\n"
    )
    (inner / "values.yaml").write_text(
        "part: main\nreplicas: 1\nimage: {registry: docker.io, repository: none/none, tag: '0'}\nimagePullSecrets: []\n"
        "podSecurityContext: {fsGroup: 1000}\nresources: {}\nenv: {}\nport: 8080\nconfig:\n"
        + "".join(f"  key-{at}: text {chance.randint(0, 10**6)}\n" for at in range(20))
    )
    for file, text in (("deployment", DEPLOYMENT), ("service", SERVICE), ("config", CONFIG)):
        (inner / "templates" / f"{file}.yaml").write_text(f"# {number}\n{text}")


def scanned(root, workers):
    command = [
        sys.executable,
        "-m",
        "migrate_dhi",
        "scan",
        "--offline",
        "--pull-secret",
        "dhi",
        "--format",
        "json",
    ]
    began = time.monotonic()
    process = subprocess.Popen([*command, "--workers", str(workers)], cwd=root, stdout=subprocess.PIPE)
    peak = [0]
    watching = threading.Thread(target=watch, args=(process, peak), daemon=True)
    watching.start()
    text = process.stdout.read()
    process.wait()
    return time.monotonic() - began, peak[0], json.loads(text)


def watch(process, peak):
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(proportional, family(process.pid))))
        time.sleep(0.1)


def family(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def proportional(pid):
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def loop(root, renders, workers):
    """Seconds of a bare loop: the same charts, each loaded, rendered and parsed as often."""
    folders = sorted((root / "apps").iterdir())
    jobs = [(str(folder), count) for folder, count in zip(folders, renders, strict=True)]
    began = time.monotonic()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=bare, args=(jobs[at::workers],)) for at in range(workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return time.monotonic() - began


def bare(jobs):
    import helm_python  # noqa: PLC0415 - counted, as the scan's own
    import yaml  # noqa: PLC0415

    for folder, count in jobs:
        for _ in range(count):
            rendered = helm_python.Chart.load(folder).render(name="x", namespace="x")
            for name, text in rendered.items():
                # Notes for people.
                if not name.endswith(".txt"):
                    list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def profiled(root):
    import cProfile  # noqa: PLC0415
    import pstats  # noqa: PLC0415

    from migrate_dhi.cli import run  # noqa: PLC0415

    os.chdir(root)
    profile = cProfile.Profile()
    out, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115, PTH123
    profile.runcall(run, ["scan", "--offline", "--pull-secret", "dhi", "--workers", "1"])
    sys.stdout = out
    for order in ("tottime", "cumulative"):
        pstats.Stats(profile).sort_stats(order).print_stats(70)
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
