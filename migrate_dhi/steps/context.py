"""What the steps look at: the chart as it stands now, its renders, and what is known of its images."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.target import Decision
from migrate_dhi.edit import Edit, Set, ValuesPath
from migrate_dhi.helm.chart import Chart, join
from migrate_dhi.helm.swap import Swap
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import OF, Container, Manifests, Pod
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.release.target import Target
from migrate_dhi.trace.literals import value_of
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.slots import Slot
from migrate_dhi.trace.texts import word_at
from migrate_dhi.trace.tracing import Trace
from migrate_dhi.yamledit import Document

WAYS = ("values", "chart")
"""What an image is moved by: values alone, or hardened charts in place of dependencies first."""


@record
class Choices:
    """What the user wants of the steps, flags and answers alike.

    ``pull_secret`` empty: none is known. ``pinned`` maps a step's name to the edits that the user wants of
    it: they are tried instead of its proposals, and judged alike. Of the step named by ``explore`` the
    other proposals that hold are kept in its outcome, at the cost of a render for each. ``via`` is ``chart`` where
    hardened charts are to take the place of dependencies, and ``upgrade`` allows newer versions of these. With
    ``bots`` what follows an image is handed over to the hardened one.
    """

    pull_secret: str = ""
    probes: str = "shell"
    bump: str = "patch"
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    accept: frozenset[str] = frozenset()
    pinned: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    explore: str = ""
    via: str = "values"
    upgrade: bool = False
    bots: bool = False

    def pinned_value(self, step: str, path: ValuesPath) -> Any:
        """The value that the user pinned for a step at a path, or None."""
        return next((edit.value for edit in self.pinned.get(step, ()) if edit.path == path), None)


@record
class Image:
    """One image of the chart: every slot where it stands, and what becomes of it."""

    before: Reference
    decision: Decision
    slots: tuple[Slot, ...]

    @property
    def reachable(self) -> tuple[Slot, ...]:
        """The slots that some value reaches."""
        return tuple(slot for slot in self.slots if slot.patterns)

    @property
    def fixed(self) -> tuple[Slot, ...]:
        """The slots that stand in a template, beyond any value."""
        return tuple(slot for slot in self.slots if not slot.patterns)

    @property
    def moves(self) -> bool:
        """True where the image is to be migrated and a value reaches it."""
        return self.decision.status == "migrate" and bool(self.reachable)

    @property
    def runs(self) -> bool:
        """True where some container runs the image; else it stands in settings alone."""
        return any(slot.runs for slot in self.slots)

    @property
    def serves(self) -> bool:
        """True where some container runs the image that is none of a test of the chart alone."""
        return any(slot.runs and slot.role != "test" for slot in self.slots)

    @property
    def hardened(self) -> bool:
        """True where the image is hardened already, or will be."""
        return self.moves or self.decision.status == "already-dhi"

    def moved_in(self, manifests: Manifests) -> "Image":
        """The image with those slots alone that pull from its target in a render."""
        target = self.decision.after
        name = target.canonical().image if target else ""
        found = [(slot, Reference.try_parse(slot.read(manifests))) for slot in self.slots]
        slots = [slot for slot, reference in found if reference and reference.canonical().image == name]
        return replace(self, slots=tuple(slots))


@record
class Context:
    """The state between two steps: data, and what was traced; nothing in it renders for a step.

    ``texts`` and ``manifests`` are as the earlier steps left them; ``baseline`` is the chart as it was.
    ``unmoved`` maps a step's name to the images (as before) which it did not bring to their goal. ``swaps`` are the
    dependencies that a step is to exchange.
    """

    target: Target
    namespace: str
    baseline: Manifests
    traces: Mapping[str, Trace]
    images: Sequence[Image]
    choices: Choices
    playbooks: Playbooks
    texts: Mapping[str, str]
    manifests: Manifests
    unmoved: Mapping[str, frozenset[Reference]] = field(default_factory=dict)
    edited: bool = False
    swaps: Sequence[Swap] = ()

    @property
    def chart(self) -> Chart:
        """The chart that is deployed."""
        return self.target.chart

    @property
    def values(self) -> Mapping[str, Mapping[str, Any]]:
        """The merged values of each release as they were, by its label."""
        return {label: found.values for label, found in self.traces.items()}

    @property
    def nodes(self) -> Sequence[ChartNode]:
        """The chart and its dependencies."""
        return self.trace_of("").nodes

    @property
    def demands(self) -> tuple[Variable, ...]:
        """Booleans, false now, without which the chart refuses to render other images."""
        return tuple(dict.fromkeys(one for found in self.traces.values() for one in found.demands))

    def trace_of(self, release: str) -> Trace:
        """What was traced of the release of a label; of the first one for what belongs to the chart."""
        return self.traces.get(release) or next(iter(self.traces.values()))

    def variable(self, path: ValuesPath) -> Variable:
        """A value of the first release."""
        return Variable(path, release=next(iter(self.traces)))

    @property
    def moving(self) -> tuple[Image, ...]:
        """The images that this plan migrates."""
        return tuple(image for image in self.images if image.moves)

    @cached_property
    def hardened_slots(self) -> Mapping[tuple[Any, ...], Image]:
        """Slot key → image, for every slot that runs a hardened image once all steps have run."""
        found: dict[tuple[Any, ...], Image] = {}
        for image in self.images:
            for slot in image.reachable if image.moves else image.slots if image.hardened else ():
                found[slot.key] = image
                if slot.identity not in self.manifests.by_identity:
                    # An object that has another name in each render is known by its place.
                    found.setdefault((slot.template, slot.index, slot.identity.kind, slot.path), image)
        return found

    def image_of(self, container: Container) -> Image | None:
        """The hardened image that a container runs, or will run; None where it keeps another one."""
        item, path = container.pod.object, (*container.path, "image")
        found = self.hardened_slots.get((item.identity, path, None))
        if found is None:
            found = self.hardened_slots.get((item.template, item.index, item.kind, path))
        return found

    def holders(self, *containers: Container) -> list[ValuesPath]:
        """The maps of the values that hold the images of these containers."""
        found: dict[ValuesPath, None] = {}
        for container in containers:
            image, path = self.image_of(container), (*container.path, "image")
            for slot in image.slots if image else ():
                if slot.path == path and slot.is_in(container.pod.object, self.manifests):
                    found |= dict.fromkeys(slot.holders)
        return list(found)

    @cached_property
    def hardened_pods(self) -> tuple[Pod, ...]:
        """The pods, as rendered now, with a container that runs a hardened image."""
        return tuple(pod for pod in self.manifests.pods if any(self.image_of(c) for c in pod.containers))

    def document(self, file: str) -> Document:
        """A file of the chart as it stands now; an absent values.yaml is an empty document."""
        return parsed(self.texts.get(file, ""), file)

    def value(self, variable: Variable) -> Any:
        """What a value holds now, dependency defaults included."""
        if variable.source == "template":
            return value_of(self.texts, variable)
        if variable.source == "chart":
            return self.document(self.chart.chart_file).get(variable.path, None)
        member, defaults = self.target.of_label(variable.release), self.trace_of(variable.release).values
        return word_at(member.value(variable.path, self.texts, defaults), variable.word)

    def place(self, variable: Variable) -> Edit | None:
        """Where a value is to be written; None where nothing that can be edited may hold it."""
        return self.target.place(variable.path, self.texts, variable.source, variable.release)

    def sets_anything(self, sets: Sequence[Set]) -> bool:
        """Whether any edit comes of what a step wants: a deletion of what no layer lists does not."""
        return bool(self.target.edits(sets, self.texts, self.values))

    def is_test(self, item: str) -> bool:
        """Whether an object, as it is told, is a pod of `helm test`."""
        return any(pod.object.is_test for pod in self.manifests.pods if str(pod) == item)

    def own_template(self, template: str) -> str:
        """The repository path of a template by the path that Helm names it; empty where it is not the user's own."""
        name, folder = template.partition(OF)[0], f"{self.chart.name}/"
        path = join(self.chart.path, name.removeprefix(folder))
        own = self.chart.editable and name.startswith(f"{folder}templates/")
        return path if own or path in self.chart.templates else ""

    def template_beside(self, template: str) -> str:
        """The repository path of a template of a chart beside this one that it depends on (``file://``), or empty."""
        inside = template.partition(OF)[0].removeprefix(f"{self.chart.name}/charts/")
        key, _, rest = inside.partition("/")
        files = self.chart.files
        for one in self.chart.dependencies:
            if files is not None and one.key == key and one.repository.startswith("file://"):
                path = join(self.chart.beside(one) or "", rest)
                return path if path in files else ""
        return ""

    def node_of(self, template: str) -> ChartNode:
        """The chart of the tree that a template belongs to."""
        owners = [node for node in self.nodes if template.startswith(f"{node.folder}/templates/")]
        return max(owners, key=lambda node: len(node.folder)) if owners else self.nodes[0]


def parsed(text: str, name: str) -> Document:
    """A document parsed once for each text."""
    return _documents.get((text, name)) or known(Document(text, name=name))


def known(document: Document) -> Document:
    """The same document; it is not parsed again where its text is asked for (an edit leaves a parsed one)."""
    if len(_documents) >= _MOST_DOCUMENTS:
        _documents.clear()
    return _documents.setdefault((document.text, document.name), document)


_documents: dict[tuple[str, str], Document] = {}
_MOST_DOCUMENTS = 256
