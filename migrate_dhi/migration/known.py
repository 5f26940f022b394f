"""What catalog and playbooks say of a chart: findings and checks for people; none of it decides anything."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from shlex import quote

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.current import most_days
from migrate_dhi.dhi.note import catalog_age_note
from migrate_dhi.dhi.playbook import Playbook
from migrate_dhi.findings import Finding
from migrate_dhi.git.repository import Repository
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import ROLLED_OUT, Pod
from migrate_dhi.migration.plan import Check
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.untyped import text_at

_FOLDER = ".migrate-dhi/playbooks"
# `deployment/NAME-database -c NAME`: a kind and a name that only the chart can tell, and maybe a container.
_WORKLOAD = regex(r"\b(?:deployment|statefulset|daemonset)/NAME(?P<suffix>[\w-]*)")
_CONTAINER = regex(r" -c (?P<name>[\w-]+)")


def playbook_folders(repository: Repository | None, named: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The repository's own folder of playbooks, if it has one, then those that the user names; later ones win."""
    own = repository.root / _FOLDER if repository else None
    return (*([own] if own and own.is_dir() else []), *named)


def of_catalog(catalog: Catalog, today: date | None) -> list[Finding]:
    """An empty catalog, and with ``today`` an old one."""
    found = []
    if not catalog.names():
        found.append(
            Finding(
                "catalog-empty",
                "warning",
                f"the catalog of {catalog.date} lists no image at all, so no counterpart can be found",
                help="leave --catalog out, or fetch another one with `migrate-dhi catalog update`",
            )
        )
    note = catalog_age_note(catalog, today, most_days()) if today else None
    if note:
        found.append(note)
    return found


def of_playbooks(context: Context) -> list[Finding]:
    """What the playbooks of the migrated images advise: facts on the versions of these charts, and notes."""
    found = []
    charts = [(str(n.metadata.get("name")), str(n.metadata.get("version"))) for n in rendering(context)]
    for playbook in _playbooks(context):
        for fact in playbook.charts:
            for chart, version in charts:
                if fact.covers(chart, version):
                    found.append(_advice(playbook, f"{chart} {version}: {fact.text}", fact.source))
        if playbook.pull_secret and context.choices.pull_secret:
            found.append(_advice(playbook, playbook.pull_secret))
        found += [_advice(playbook, note.text, note.source) for note in playbook.notes]
    return found


def _advice(playbook: Playbook, text: str, source: str = "") -> Finding:
    origin = f"playbook {playbook.name}" + (f"; source: {source}" if source else "")
    return Finding("playbook", "info", f"{playbook.title}: {text}", help=f"advice of the {origin}")


def rendering(context: Context) -> Iterator[ChartNode]:
    """The chart and its dependencies as far as they render something.

    A wrapper that is called like its dependency is none of the upstream charts of that name.
    """
    root, *others = context.nodes
    named = {text_at(node.metadata, "name") for node in others}
    for node in [*([] if text_at(root.metadata, "name") in named else [root]), *others]:
        folder = f"{node.folder}/templates/"
        if any(item.template.startswith(folder) for item in context.baseline.objects):
            yield node


def _playbooks(context: Context) -> list[Playbook]:
    """The playbooks that are about the images that move, or about what they become."""
    found: dict[str, Playbook] = {}
    for image in context.moving:
        for playbook in _of_image(context, image):
            found.setdefault(playbook.name, playbook)
    return list(found.values())


def _of_image(context: Context, image: Image) -> Iterator[Playbook]:
    named = context.playbooks.match(image.before)
    target = hardened_target(image)
    if named:
        yield named[0]
    if target and not (named and named[1].target == target):
        other = context.playbooks.for_target(target)
        if other:
            yield other


def hardened_target(image: Image) -> str:
    """The name of the hardened image that an image is, or becomes; empty where neither is known."""
    decision = image.decision
    if decision.definition:
        return decision.definition.image
    return decision.after.name if decision.after else ""


def checks_of(context: Context) -> tuple[Check, ...]:
    """The playbooks' checks for the images that move, with this chart's names and namespace filled in.

    A check of a workload that this chart does not render is left out.
    """
    found: dict[str, Check] = {}
    for image in context.moving:
        pods = [
            pod for pod in context.hardened_pods if any(context.image_of(c) == image for c in pod.containers)
        ]
        for playbook in _of_image(context, image):
            for check in playbook.checks:
                for command in _filled(check.run, pods, context.namespace):
                    found.setdefault(command, Check(command, check.expect))
    return tuple(found.values())


def _filled(command: str, pods: Sequence[Pod], namespace: str) -> Iterator[str]:
    command = command.replace("-n NAMESPACE", f"--namespace {quote(namespace)}")
    workload, container = _WORKLOAD.search(command), _CONTAINER.search(command)
    if workload is None:
        yield command
        return
    for pod in pods:
        identity = pod.object.identity
        if identity.kind not in ROLLED_OUT or not identity.name.endswith(workload["suffix"]):
            continue
        if container and container["name"] not in {c.name for c in pod.containers}:
            continue
        start, end = workload.span()
        yield f"{command[:start]}{quote(f'{identity.kind.lower()}/{identity.name}')}{command[end:]}"
