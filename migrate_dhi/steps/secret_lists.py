"""Pull secrets of pods that an operator makes: the list in the very object that names the image."""

from collections.abc import Iterable, Iterator
from typing import Any

from migrate_dhi.edit import Set
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Object, Path, strings, value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.step import Proposal, Reach, Result
from migrate_dhi.trace.pull_secrets import LIST_KEYS, SecretValue, lists_names, lists_of


def resources_of(context: Context) -> Iterator[tuple[Object, tuple[Path, ...]]]:
    """The custom resources that name a hardened image, each with the places of its lists of pull secrets.

    Those that spell out pods of such an image are looked at as pods; a template of pods may leave it to the operator.
    """
    seen = set()
    for image in context.images:
        for slot in image.slots if image.hardened else ():
            item = context.manifests.find(slot.identity, slot.template, slot.index)
            if slot.role != "custom-resource" or item is None or item.identity in seen:
                continue
            seen.add(item.identity)
            if not any(context.image_of(container) for pod in item.pods for container in pod.containers):
                yield item, tuple(lists_of(item.data))


def begin(context: Context) -> None:
    """Have rendered what each release is asked for first, before anything has changed."""
    found = {item.identity.release: item for item, _ in resources_of(context) if not item.pods}
    for release, item in found.items():
        if context.choices.pull_secret and not _says(item, context.choices.pull_secret):
            context.trace_of(release).secrets.begin(item)


def of_resources(
    context: Context, resources: Iterable[tuple[Object, tuple[Path, ...]]]
) -> tuple[list["Resource"], list[Finding]]:
    """A goal for each custom resource whose list some value reaches, and what to tell of the others."""
    name = context.choices.pull_secret
    goals, silent = [], []
    for item, places in resources:
        said = _says(item, name)
        secrets = context.trace_of(item.identity.release).secrets
        values = () if said else tuple(secrets.find_for(item))
        if places or values:
            goals.append(Resource(context, item, places, values))
        elif not said:
            silent.append(operator_needs(item, name))
    return goals, silent


def setting_needs(context: Context, name: str) -> list[Finding]:
    """Images that stand in settings alone: what makes pods of them has to give them the secret."""
    found = []
    for image in context.images:
        slots = image.reachable if image.moves else image.slots if image.hardened else ()
        item = context.manifests.find(slots[0].identity, slots[0].template, slots[0].index) if slots else None
        outside = all(not slot.runs and slot.role != "custom-resource" for slot in image.slots)
        if item and outside and not _says(item, name):
            found.append(
                Finding(
                    "pull-secret-operator",
                    "warning",
                    f"{slots[0]} names {slots[0].read(context.manifests)} in its settings: pods that are made of "
                    f"it can pull it only if something gives them the secret {name}",
                    object=str(item.identity),
                    file=item.template,
                    help="give the secret to the service account of those pods, or set it in the operator's settings",
                )
            )
    return found


def _says(item: Object, name: str) -> bool:
    """Whether an object names the secret; what it is called itself, and its labels, say nothing of that."""
    return any(text == name and path[0] != "metadata" for path, text in strings(item.data))


def operator_needs(item: Object, name: str) -> Finding:
    """An operator makes pods of the image, and nothing shows that it gives them the secret."""
    return Finding(
        "pull-secret-operator",
        "warning",
        f"{item.identity} names a hardened image and lists no pull secret {name}: the pods that its operator makes "
        "can pull it only if something else gives them the secret",
        object=str(item.identity),
        file=item.template,
        help="give the secret to the service account of those pods, or set it in the settings of the operator",
    )


@record
class Resource:
    """One custom resource with the secret in its own list."""

    context: Context
    item: Object
    places: tuple[Path, ...]
    values: tuple[SecretValue, ...] = ()

    @property
    def label(self) -> str:
        """The object."""
        return str(self.item.identity)

    @property
    def images(self) -> tuple[Reference, ...]:
        """None of its own: the image moves whether its pods can pull it or not."""
        return ()

    def reached(self, result: Result) -> Reach:
        """The secret stands in one of the lists, and nothing that was listed is gone."""
        found = result.manifests.find(self.item.identity, self.item.template, self.item.index)
        for place in lists_of(found.data) if found else ():
            now = value_at(found.data, place) if found else None
            listed, before = now if isinstance(now, list) else [], value_at(self.item.data, place) or []
            if self._added(before) in listed and all(entry in listed for entry in before):
                return Reach(1, 1)
        return Reach(0, 1, (self.label,))

    def touches(self, change: Change) -> bool:
        """A change of one of the lists."""
        return self.expects(change)

    def expects(self, change: Change) -> bool:
        """The secret in one of the lists, and nothing else."""
        if change.identity != self.item.identity:
            return False
        if change.path[:-1] in self.places:
            return bool(change.after == self._added(value_at(self.item.data, change.path[:-1])))
        before = change.before if isinstance(change.before, list) else []
        added = self._added(before)
        if isinstance(change.after, dict):
            # The list may bring the map with it in which it stands alone.
            return change.before in (None, ABSENT, {}) and _alone(change.after, added)
        return change.path[-1] in LIST_KEYS and bool(change.after == [*before, added])

    def _added(self, before: Any) -> Any:
        """The secret as an entry of a list: its operator takes names alone where the entries so far are names."""
        name = self.context.choices.pull_secret
        return name if lists_names(before) else {"name": name}

    def propose(self) -> Iterator[Proposal]:
        """What is known to come out there; each list of the values under such a key, in both shapes."""
        name = self.context.choices.pull_secret
        for value in self.values:
            yield Proposal(
                (Set(value.path, value.with_secret(name), release=value.release),),
                f"add the secret to {value}",
            )
        label = self.item.identity.release
        values = self.context.traces[label].values
        for path in lists_of(values):
            old = value_at(values, path) or []
            for entry in ({"name": name}, name):
                text = ".".join(map(str, path))
                yield Proposal((Set(path, [*old, entry], release=label),), f"add the secret to {text}")


def _alone(data: Any, entry: Any) -> bool:
    """True for a list with this entry alone, and for maps that hold nothing but such a list."""
    while isinstance(data, dict) and len(data) == 1:
        ((key, data),) = data.items()
        if key in LIST_KEYS:
            return bool(data == [entry])
    return False
