"""Judge a branch of migrate-dhi without migrate-dhi: check out base and branch, render both with Helm, compare.

This file shares no code with the program. It composes the values of a release from the layers that are listed for
it (``migrate-dhi releases --format json``) with PyYAML, renders with a Helm binary, and lets only these differ:
images that were to move, texts that hold them, pull secrets, probes, users, labels and annotations.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

HELM = os.environ.get("HELM", str(Path.home() / ".cache/migrate-dhi-test/helm/helm-4.1.4"))
LOADER = yaml.CSafeLoader
HANDLERS = {"exec", "tcpSocket", "httpGet", "grpc"}
USERS = {"runAsUser", "runAsGroup", "fsGroup", "runAsNonRoot", "supplementalGroups", "fsGroupChangePolicy"}
PODS = ("containers", "initContainers", "ephemeralContainers")


class _Values(yaml.SafeLoader):
    """PyYAML, which refuses an anchor that is defined again; YAML allows that, and Helm reads it."""

    def compose_node(self, parent, index):
        event = self.peek_event()
        if not isinstance(event, yaml.AliasEvent) and event.anchor:
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


class NotJudgedError(Exception):
    """The values of this release cannot be composed by the simple means of this file."""


def judge(repository, base, branch, releases, chart, plan):
    """What is wrong with a branch, a list of sentences; raises NotJudgedError.

    ``chart`` is a directory with its dependencies, or a function of a checkout that gives one; ``releases`` are
    entries of the listing; ``plan`` is the plan's JSON.
    """
    wrong = []
    planned = {edit["file"] for step in plan["steps"] for edit in step["edits"]}
    changed = git(repository, "diff", "--name-only", base, branch).split("\n")[:-1]
    wrong += [f"unplanned file {file}" for file in changed if file not in planned]
    with tempfile.TemporaryDirectory() as scratch:
        trees = [
            checkout(repository, commit, Path(scratch, name)) for name, commit in (("a", base), ("b", branch))
        ]
        for release in releases:
            charts = [chart(tree) if callable(chart) else chart for tree in trees]
            before, again = (render(release, trees[0], charts[0], Path(scratch)) for _ in range(2))
            after = render(release, trees[1], charts[1], Path(scratch))
            # An object with a random name is another one in each render.
            named = {key[0] for key in before.keys() ^ again.keys()}
            before, again, after = (
                {
                    key: one
                    for key, one in found.items()
                    if key[0] not in named or key in before.keys() & again.keys()
                }
                for found in (before, again, after)
            )
            noise = {path for path, *_ in differences(before, again)}
            name = f"{release['namespace']}/{release['name']}: "
            wrong += [name + fault for fault in compared(before, after, noise, plan)]
    return wrong


def git(repository, *arguments):
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def checkout(repository, commit, folder):
    folder.mkdir()
    archive = subprocess.run(
        ["git", "-C", repository, "archive", commit], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    return folder


def render(release, tree, chart, scratch):
    values = compose(release, tree)
    file = scratch / "values.yaml"
    file.write_text(json.dumps(values, default=str, ensure_ascii=False))
    command = [HELM, "template", release["name"], chart, "-n", release["namespace"] or "default", "-f", file]
    done = subprocess.run(
        [*command, "--kube-version", "1.34.0", "--skip-schema-validation"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotJudgedError(f"helm: {done.stderr.strip()[-300:]}")
    return objects(done.stdout)


def objects(text):
    found = {}
    for part in re.split(r"(?:^|\s*\n)---[^\n]*\n", "\n" + text):
        data = yaml.load(part, LOADER)
        if isinstance(data, dict):
            meta = data.get("metadata") or {}
            found[data.get("kind"), meta.get("namespace"), meta.get("name")] = data
    return found


def compose(release, tree):
    """The user values: the layers over one another."""
    values = {}
    for layer in release["layers"]:
        of_template = release["way"] == "application" and "/templates/" in layer["file"]
        if layer["form"] == "unread" or (layer["form"] != "file" and of_template):
            continue  # what a template makes is not made here, and is the same before and after
        text = (tree / layer["file"]).read_text()
        if layer["form"] == "file":
            over = yaml.load(substituted(text, release), _Values) or {}
        else:
            over = inside(layer, release, text)
        values = merged(values, over)
    return values


def substituted(text, release):
    if release["way"] == "helmrelease":
        text = re.sub(r"\$\{[A-Za-z_]\w*:=([^}]*)\}", r"\1", text)
        return re.sub(r"(?<!\$)\$\{[A-Za-z_]\w*[^}]*\}", "standin", text)
    return text


def inside(layer, release, text):
    """The values in a document of Kubernetes objects."""
    kinds = {"HelmRelease": "helmrelease", "Application": "application", "ApplicationSet": "application"}
    kinds |= {"HelmChart": "k3s", "HelmChartConfig": "k3s"}
    if "ApplicationSet" in text or release["way"] == "helmfile":
        text = re.sub(r"^\s*\{\{-?[^\n]*\}\}\s*$", "", text, flags=re.MULTILINE)
        text = re.sub(r"^(\s*(?:- )?[\w.-]+: +)\{\{[^}]*\}\}\s*$", r"\1standin", text, flags=re.MULTILINE)
        text = re.sub(r"\{\{[^}\n]*\}\}", "standin", text)
    found = []
    for part in re.split(r"^---.*$", substituted(text, release), flags=re.MULTILINE):
        data = yaml.load(part, _Values)
        # A patch in the text of a kustomization.
        of_patch = release["way"] == "helmrelease" and re.fullmatch(r"patches\[\d+\]\.patch", layer["path"])
        plain = isinstance(data, dict) and (
            of_patch
            or release["way"] in ("fleet", "helmfile")
            or (release["way"] == "kustomize" and "helmCharts" in data)
        )
        if not plain and (not isinstance(data, dict) or kinds.get(data.get("kind")) != release["way"]):
            continue
        value = at(data, layer["path"])
        if value and of_patch:
            value = at(yaml.load(value, _Values), "spec.values")
        found.append(value)
    found = [value for value in found if value is not None] or found[:1]
    if found == [None]:
        return {}
    if len(found) != 1:
        raise NotJudgedError(f"{len(found)} documents of {layer['file']} hold {layer['path']}")
    if layer["form"] == "text" and isinstance(found[0], str):
        return yaml.load(found[0], _Values) or {}
    if layer["form"] == "parameters":
        over = {}
        for item in found[0]:
            place = over
            *way, last = item["name"].split(".")
            for step in way:
                place = place.setdefault(step, {})
            place[last] = item["value"]
        return over
    return found[0]


def at(data, path):
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(data, list):
            data = data[int(step)] if step.isdigit() and int(step) < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def merged(values, over):
    if not isinstance(values, dict) or not isinstance(over, dict):
        return over
    return {**values, **{key: merged(values.get(key), value) for key, value in over.items()}}


def leaves(data, path=()):
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from leaves(value, (*path, str(key)))
    elif isinstance(data, list) and data:
        # An argument may hand the pull secret on to pods that an operator makes.
        data = [item for item in data if not re.search(r"-pull-?secrets?=kubernetes-dhi$", str(item))]
        names = [item.get("name") if isinstance(item, dict) else None for item in data]
        own = all(names) and len(set(map(str, names))) == len(names)
        for index, item in enumerate(data):
            yield from leaves(item, (*path, f"[{names[index] if own else index}]"))
    else:
        yield path, data


def differences(before, after):
    for key in dict.fromkeys([*before, *after]):
        old, new = dict(leaves(before.get(key))), dict(leaves(after.get(key)))
        for path in dict.fromkeys([*old, *new]):
            if old.get(path, "∅") != new.get(path, "∅"):
                yield (key, *path), old.get(path, "∅"), new.get(path, "∅")


def compared(before, after, noise, plan):
    moved = {
        one["before"]: one["after"] for one in plan["images"] if one["status"] == "migrate" and one["after"]
    }
    steps = {step["name"]: step for step in plan["steps"]}
    told = [f["message"] for f in plan["findings"] if f["code"] == "version-suffix"]
    for path, old, new in differences(before, after):
        place = f"{path[0][0]}/{path[0][2]} "
        if any(one.startswith(place) and f"{'.'.join(path[1:])}: {new}," in one for one in told):
            continue  # a custom resource shows the tag, and the plan warns of it
        if path not in noise and not allowed(path[1:], old, new, moved):
            yield f"{path[0][0]}/{path[0][2]} {'.'.join(path[1:])}: {str(old)[:90]!r} -> {str(new)[:90]!r}"
    for key, pod in pods(after):
        images = [str(c.get("image")) for kind in PODS for c in pod.get(kind) or ()]
        reached = steps["registry"].get("reached") or {"done": 0, "of": 0}
        if steps["registry"]["status"] == "proven" and reached["done"] == reached["of"]:
            yield from (f"{key}: {image} is left" for image in images if normal(image) in map(normal, moved))
        if steps["pull-secret"]["status"] == "proven" and (steps["pull-secret"].get("reached") or {}).get(
            "done"
        ) == (steps["pull-secret"].get("reached") or {}).get("of"):
            account = after.get(("ServiceAccount", pod["_"], pod.get("serviceAccountName"))) or {}
            secrets = [*(pod.get("imagePullSecrets") or ()), *(account.get("imagePullSecrets") or ())]
            if any(image in moved.values() for image in images) and {"name": "kubernetes-dhi"} not in secrets:
                yield f"{key}: no pull secret"
        for kind in PODS:
            for container in pod.get(kind) or ():
                for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
                    if len(HANDLERS & set(container.get(probe) or ())) > 1:
                        yield f"{key}: {probe} has two handlers"


def pods(found):
    for key, data in found.items():
        spec = data.get("spec") or {}
        job = (spec.get("jobTemplate") or {}).get("spec") or spec if isinstance(spec, dict) else {}
        pod = (job.get("template") or {}).get("spec") if isinstance(job.get("template"), dict) else None
        if data.get("kind") == "Pod":
            pod = spec
        if isinstance(pod, dict) and "containers" in pod:
            yield f"{key[0]}/{key[2]}", {**pod, "_": key[1]}


def normal(image):
    """A reference with Docker Hub written out."""
    first, slash, _ = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    if "." in first or ":" in first or first == "localhost":
        return image.replace("index.docker.io/", "docker.io/")
    return f"docker.io/{image}"


def allowed(path, old, new, moved):
    words = [re.sub(r"[\[\]]", "", step) for step in path]
    if {"matchLabels", "selector", "volumeClaimTemplates"} & set(words):
        return False
    if words[-1] == "image":
        return moved.get(old, moved.get(normal(str(old)))) == new or any(
            normal(a) == normal(str(old)) and b == new for a, b in moved.items()
        )
    if {"imagePullSecrets", "livenessProbe", "readinessProbe", "startupProbe"} & set(words):
        return True
    if len(words) > 1 and words[-2] == "securityContext" and words[-1] in USERS | {"∅"}:
        return True
    if words[-1] == "securityContext" and old in ("∅", {}, None):
        return True
    if "metadata" in words and {"labels", "annotations"} & set(words):
        return True
    if isinstance(old, str) and isinstance(new, str):
        text = old
        for a, b in sorted(moved.items(), key=lambda pair: -len(pair[0])):
            for form in (a, a.removeprefix("docker.io/"), a.removeprefix("docker.io/library/")):
                if form in text:
                    text = text.replace(form, b)
                    break
        return text == new
    return False


def vendored(folder, charts, scratch):
    """A copy of a chart directory with its dependencies from a folder of charts; raises NotJudgedError."""
    target = Path(tempfile.mkdtemp(dir=scratch)) / folder.name
    shutil.copytree(folder, target, symlinks=False)
    meta = yaml.load((target / "Chart.yaml").read_text(), LOADER)
    for dependency in meta.get("dependencies") or ():
        name, version = dependency["name"], str(dependency.get("version") or "")
        url = dependency.get("repository") or ""
        if (target / "charts" / name).exists() or list((target / "charts").glob(f"{name}-[0-9v]*.tgz")):
            continue
        source = (folder / url[7:]).resolve() if url.startswith("file://") else charts / f"{name}-{version}"
        if not (source / "Chart.yaml").is_file():
            found = [
                one
                for one in charts.glob(f"{name}-*")
                if (one / "Chart.yaml").is_file()
                and yaml.load((one / "Chart.yaml").read_text(), LOADER).get("name") == name
            ]
            if len(found) != 1:
                raise NotJudgedError(f"no chart {name} {version}")
            source = found[0]
        shutil.copytree(source, target / "charts" / name)
    return target
