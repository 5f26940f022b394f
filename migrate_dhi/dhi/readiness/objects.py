"""Objects besides pods: labels that Kubernetes refuses, budgets that block, versions that operators read."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from migrate_dhi.dhi.playbook import OperatorFact
from migrate_dhi.dhi.readiness.running import Running, on_object
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests, Object, Path, is_builtin, show_path, strings, value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex
from migrate_dhi.untyped import mapping
from migrate_dhi.wording import counted

_LABEL_LENGTH = 63
# Kubernetes: apimachinery, validation.IsValidLabelValue.
_LABEL = regex(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?")
_LABELLED = (
    ("spec", "selector"),
    ("spec", "selector", "matchLabels"),
    ("spec", "podSelector", "matchLabels"),
    ("spec", "template", "metadata", "labels"),
    ("spec", "jobTemplate", "metadata", "labels"),
    ("spec", "jobTemplate", "spec", "template", "metadata", "labels"),
)


def check_labels(manifests: Manifests, before: Manifests) -> Iterator[Finding]:
    """Label values that are no labels; what was one before the migration already is not repeated."""
    labelled = ((item, *label) for item in manifests.objects for label in _labels(item))
    found = [label for label in labelled if not _valid(label[-1])]
    others = before.objects if found else ()
    old = {(item.identity, place, value) for item in others for place, _, value in _labels(item)}
    for item, place, name, value in found:
        if (item.identity, place, value) not in old:
            long = len(str(value)) > _LABEL_LENGTH
            why = f"has {len(str(value))} characters, 63 are allowed" if long else "is no valid label"
            yield on_object(
                item,
                "label-invalid",
                "error",
                f"would have the label {name}: {str(value)[:80]}, which {why}: Kubernetes refuses the object",
                "give a tag without a digest, or set the label's value where the chart has one for it",
            )


def _labels(item: Object) -> Iterator[tuple[Any, str, Any]]:
    places: list[Path] = [("metadata", "labels")]
    if is_builtin(item.identity.api):
        # What else is a label in a resource of others is theirs to say.
        claims = value_at(item.data, ("spec", "volumeClaimTemplates"))
        every = range(len(claims)) if isinstance(claims, list) else ()
        places += [*_LABELLED, *(("spec", "volumeClaimTemplates", at, "metadata", "labels") for at in every)]
    for place in places:
        labels = value_at(item.data, place)
        for name, value in mapping(labels).items():
            # What a selector has besides labels is none.
            if not isinstance(value, dict | list):
                yield (*place, name), str(name), value


def _valid(value: Any) -> bool:
    # A number or a boolean is refused by another rule, and is no matter of the image.
    return not isinstance(value, str) or (len(value) <= _LABEL_LENGTH and bool(_LABEL.fullmatch(value)))


def check_budgets(manifests: Manifests, running: Sequence[Running]) -> Iterator[Finding]:
    """Disruption budgets that let no pod of a hardened workload be moved."""
    workloads = {r.container.pod.object.identity: r.container.pod.object for r in running if r.moved}
    for budget in manifests.objects:
        if budget.kind != "PodDisruptionBudget":
            continue
        selector = value_at(budget.data, ("spec", "selector", "matchLabels"))
        for item in workloads.values():
            labels = value_at(item.data, ("spec", "template", "metadata", "labels"))
            if not isinstance(selector, dict) or not isinstance(labels, dict) or not selector:
                continue
            if any(labels.get(key) != value for key, value in selector.items()):
                continue
            count = _replicas(item, manifests)
            if item.kind in {"Deployment", "StatefulSet"} and _blocks(budget, count):
                yield on_object(
                    budget,
                    "disruption-blocked",
                    "info",
                    f"lets no pod of {item.identity} ({counted(count, 'replica')}) be evicted: "
                    "the rollout goes through, a node drain does not",
                    "raise the replicas, or lower minAvailable, before nodes are drained",
                )


def _replicas(item: Object, manifests: Manifests) -> int:
    """How many pods a workload has at least: what scales it says so, if it does not itself."""
    told = value_at(item.data, ("spec", "replicas"))
    if isinstance(told, int):
        return told
    for scaler in manifests.objects:
        target = value_at(scaler.data, ("spec", "scaleTargetRef"))
        same = isinstance(target, dict) and (target.get("kind"), target.get("name")) == (
            item.kind,
            item.identity.name,
        )
        if scaler.kind == "HorizontalPodAutoscaler" and same:
            least = value_at(scaler.data, ("spec", "minReplicas"))
            return least if isinstance(least, int) else 1
    return 1


def _blocks(budget: Object, replicas: int) -> bool:
    """Whether not one of so many pods may go; a part of them is rounded up (Kubernetes, disruption controller)."""
    least = value_at(budget.data, ("spec", "minAvailable"))
    if least is not None:
        return replicas > 0 and _count(least, replicas) >= replicas
    most = value_at(budget.data, ("spec", "maxUnavailable"))
    return most is not None and _count(most, replicas) == 0


def _count(said: object, replicas: int) -> int:
    """A number of pods, or a part of them in percent; of what is neither, one of them."""
    text = str(said)
    if text.endswith("%") and text[:-1].isdecimal():
        return -(-int(text[:-1]) * replicas // 100)
    return int(text) if text.isdecimal() else 1


_VERSION = regex(r"version$", re.IGNORECASE)
_SUFFIXED = regex(r"v?\d+\.\d+\.\d+-[a-z][\w.-]*")


def check_version_fields(
    manifests: Manifests, before: Manifests, operators: Collection[OperatorFact] = ()
) -> Iterator[Finding]:
    """Version fields of custom resources that follow the tag of an image: an operator parses them.

    A digest is no part of any version. A suffix is one of a pre-release: an error only where it is known that the
    operator does not take it.
    """
    known = {fact.group: fact for fact in operators}
    for item in manifests.objects:
        if is_builtin(item.identity.api):
            continue
        old = before.by_identity.get(item.identity)
        if old is item:
            continue
        for path, text in strings(item.data):
            named = [step for step in path if isinstance(step, str)]
            if not named or not _VERSION.search(named[-1]) or (old and value_at(old.data, path) == text):
                continue
            fact = known.get(item.identity.api)
            if path[-2:-1] == ("labels",) and "@" not in text:
                # People and queries read it; one with a digest is refused by Kubernetes.
                continue
            if old and fact and _SUFFIXED.fullmatch(text):
                yield on_object(
                    item,
                    "version-unreadable",
                    "error",
                    f"would have {show_path(path)}: {text}: {fact.text} ({fact.source})",
                    "set the resource's own version to the plain number where the chart has a value for it",
                )
            elif old and _SUFFIXED.fullmatch(text):
                yield on_object(
                    item,
                    "version-suffix",
                    "warning",
                    f"has {show_path(path)}: {text}, the tag of the image: to an operator that reads a version it "
                    "comes before the release of that number",
                    "set the resource's own version to the plain number where the chart has a value for it",
                )
            if "@sha256:" in text:
                yield on_object(
                    item,
                    "version-unreadable",
                    "error",
                    f"would have {show_path(path)}: {text[:80]}, and an operator that reads a version cannot read it",
                    "set the resource's own version where the chart has a value for it, or give a tag without a digest",
                )


def check_versions(manifests: Manifests, images: Collection[Reference]) -> Iterator[Finding]:
    """Digests in images of custom resources, whose operator may read a version out of the tag."""
    digests = {image.digest for image in images if image.digest}
    for item in manifests.objects:
        if not digests or is_builtin(item.identity.api) or item.pods:
            continue
        for path, text in strings(item.data.get("spec")):
            reference = Reference.try_parse(text)
            digest = reference.digest if reference else text.rpartition("@")[2]
            if digest not in digests:
                continue
            owner = value_at(item.data.get("spec"), path[:-1])
            if isinstance(owner, dict) and owner.get("version"):
                continue
            yield on_object(
                item,
                "version-unreadable",
                "warning",
                f"names the image {text}; an operator that reads a version "
                "out of the tag cannot read one with a digest",
                "set the resource's own `version`, where it has one, or give a tag without a digest",
            )
