"""What a render of the chart as it is does not show: parts for upgrades alone, and parts that are switched off.

Each is rendered as a view of its own, before and after: what an edit does there unannounced is as false as
anywhere else. Whether it is announced is judged in ``proof.py``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from migrate_dhi.edit import Set, ValuesPath
from migrate_dhi.errors import LimitError, MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import join, merge
from migrate_dhi.helm.renderer import Renderer, ahead
from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import OF, Manifests, Object, strings
from migrate_dhi.oci.reference import DEFAULT_REGISTRY, Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.candidates import looks_like_image_path
from migrate_dhi.trace.conditions import Settings, labels, settings, unfilled, unshown
from migrate_dhi.trace.dormant import Dormant, awake, switches
from migrate_dhi.trace.marking import lay
from migrate_dhi.trace.slots import setting_slots
from migrate_dhi.trace.texts import words_of
from migrate_dhi.wording import shortened, some_of

# What a template can ask of whether the release is there already.
_ASKS = regex(r"IsUpgrade|IsInstall|Revision")
# Conditions that are tried one by one where the chart does not render with all of them.
_MOST_GUARDS = 6
_UPGRADE = "on an upgrade"
_SHOW = "give the values that let them in with --values"
_MOST_TOLD = 3
_GIVE = "give the values that it asks for then with --values"
_REGISTRY = regex(r"(?:image[_-]?)?(?:registry|hub)(?:[_-]?(?:url|host|server))?", re.IGNORECASE)


@record
class View:
    """One way to render the chart besides the plain one: ``label`` says which, as the end of a sentence.

    ``switched`` tells that a value that is off now is on there.
    """

    label: str
    renderer: Renderer
    switched: bool = False


class _OfRelease:
    """The views of one release.

    Args:
        plain: what renders the chart as it is.
        texts: the chart as it is.
        values: its merged values.
        dormant: the images that a value switches off.
    """

    def __init__(
        self, plain: Renderer, texts: Mapping[str, str], values: Mapping[str, Any], dormant: Sequence[Dormant]
    ) -> None:
        self._plain = plain
        self._texts = texts
        self._values = values
        self._dormant = dormant
        self._looking = plain.seen()
        self._renderers = [self._looking]
        self.blind: list[Finding] = []

    @property
    def count(self) -> int:
        """How many renders the views took; none where nobody looked."""
        return sum(renderer.count for renderer in self._renderers)

    @cached_property
    def ways(self) -> tuple[View, ...]:
        """The views to look at."""
        return tuple(
            View(" ".join([_UPGRADE] * upgrade + [labels(held)] * bool(held)), renderer, bool(held))
            for upgrade, held, renderer in self._seen((self._awake, self._turned))
        )

    def _seen(
        self, several: Iterable[Mapping[ValuesPath, Any]]
    ) -> Iterator[tuple[bool, Mapping[ValuesPath, Any], Renderer]]:
        """What renders the chart as an upgrade, where it differs, and with each of these laid over, in both ways."""
        for held in ({}, *filter(None, several)):
            for upgrade in (False, True) if self._differs else (False,):
                if upgrade or held:
                    renderer = self._plain.seen(upgrade=upgrade, assumed=lay(held, self._values))
                    self._renderers.append(renderer)
                    yield upgrade, held, renderer

    @cached_property
    def _differs(self) -> bool:
        """Whether a template asks if this is an upgrade."""
        return any(_ASKS.search(text) for node in self._plain.nodes for _, text in node.templates)

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The views that render with the chart as it is; of the others ``blind`` tells."""
        return tuple(self._rendering())

    def _rendering(self) -> Iterator[View]:
        ways, told = self.ways, len(self.blind)
        for view in ways:
            if view.renderer.options.is_upgrade and len(self.blind) > told:
                # It does not render as an upgrade at all.
                continue
            try:
                _ = view.renderer.render(self._texts).objects
            except LimitError:
                # It still takes what any other render would need.
                raise
            except MigrateDhiError as error:
                self.blind.append(
                    Finding(
                        "render-unseen",
                        "info",
                        f"the chart does not render {view.label} with these values: what it would be then was not "
                        f"looked at ({shortened(error.message, 160)})",
                        file=error.where,
                        help=_GIVE,
                    )
                )
            else:
                yield view

    @cached_property
    def _asleep(self) -> tuple[Mapping[ValuesPath, Any], Mapping[ValuesPath, Any]]:
        """What would let images in that do not render now: switches beside them, and conditions around them."""
        if self._plain.assumed:
            return {}, {}
        known = switches(self._dormant)
        return known, {path: value for path, value in self._guards[0].items() if path not in known}

    @property
    def _off(self) -> Settings:
        """What would let images in by being off."""
        return {} if self._plain.assumed else self._guards[1]

    @cached_property
    def _guards(self) -> tuple[Settings, Settings]:
        return settings(self._plain.nodes, self._values)

    @cached_property
    def _awake(self) -> Mapping[ValuesPath, Any]:
        """As much of it as the chart renders with."""
        known, more = self._asleep
        trial = partial(awake, self._looking, self._texts, self._values)
        together = bool(known and more)
        held = trial({**known, **more}, most=0) if together else {}
        if not held:
            held = trial(known)
            held = trial(more, held, most=_MOST_GUARDS, refused=together and held.keys() == known.keys())
        self._tell(more, held)
        return held

    @cached_property
    def _turned(self) -> Mapping[ValuesPath, Any]:
        """What lets images in by being off: over what is on, as much as the chart renders with; else nothing."""
        off = self._off
        if not off:
            return {}
        held = awake(self._looking, self._texts, self._values, off, self._awake, most=_MOST_GUARDS)
        self._tell(off, held)
        return held if any(held.get(path) == value for path, value in off.items()) else {}

    def _tell(self, wished: Mapping[ValuesPath, Any], held: Mapping[ValuesPath, Any]) -> None:
        """Tell what conditions want and the chart does not render with."""
        left = {path: value for path, value in wished.items() if held.get(path) != value}
        if left:
            message = f"the chart does not render {labels(left)}: what it would be then was not looked at"
            self.blind.append(Finding("render-unseen", "info", message, help=_GIVE))

    def begin(self) -> None:
        """Have rendered what is looked at first, as if the chart rendered with all that is asleep."""
        known, more = self._asleep
        on = {**known, **more}
        for _, _, renderer in self._seen((on, {**on, **self._off} if self._off else {})):
            renderer.begin(self._texts)

    def shows(self, item: Dormant) -> bool | None:
        """Whether a dormant image renders once its switch is on; None where the chart does not render then."""
        if item.switch not in self._awake:
            return None
        named = Reference.try_parse(item.image)
        name = named.canonical().repository if named else item.image
        return name in self._only_there

    @cached_property
    def _only_there(self) -> set[str]:
        """The repositories of images that some view shows, and the chart as it is does not."""
        plain = _repositories(self._plain.render(self._texts, merged=True))
        return set().union(*(_repositories(view.renderer.render(self._texts)) for view in self.views)) - plain

    @cached_property
    def unshown(self) -> list[Finding]:
        """The images in the text of templates that neither the plain render nor any view shows."""
        renders = [
            self._plain.render(self._texts),
            *(view.renderer.render(self._texts) for view in self.views),
        ]
        files = [{name.partition(OF)[0]: text for name, text in one.files.items()} for one in renders]
        chart = self._plain.chart
        below = join(chart.path, "")
        own = {f"{chart.name}/{path.removeprefix(below)}": text for path, text in self._texts.items()}
        nodes = self._plain.nodes
        on = {name.partition("/templates/")[0] for one in files for name, text in one.items() if text.strip()}
        empty = (
            (file, line, f"the image that {path} would bring")
            for file, line, path in unfilled(nodes, self._values, own)
            if file.partition("/templates/")[0] in on
        )
        found = list(dict.fromkeys([*unshown(nodes, files, own), *empty]))
        if not found:
            return []
        told = some_of((f"{name} ({file}:{line})" for file, line, name in found), _MOST_TOLD)
        message = f"no render shows {told}: what an edit does to them was not looked at"
        file, line, _ = found[0]
        return [Finding("render-unseen", "info", message, file=file, line=line, help=_SHOW)]

    @cached_property
    def _known(self) -> Mapping[str, Any]:
        """The merged values with the defaults of dependencies that are left out, which Helm leaves out of them."""
        values = self._values
        for node in self._plain.nodes:
            defaults = node.defaults
            for key in reversed(node.prefix):
                defaults = {key: defaults}
            values = merge(defaults, values)
        return values

    def kept(self, hidden: Sequence[Change]) -> tuple[Set, ...]:
        """Registries of their own for images that an edit would move along unseen; nothing where one has none."""
        label = self._plain.label
        sets: dict[ValuesPath, Set] = {}
        for change in (change for change in hidden if change.identity.release == label):
            # Where its registry holds nothing, a template may write what stands between it and the name alone.
            before, after = (
                Reference.try_parse(str(one).lstrip("/")) for one in (change.before, change.after)
            )
            if before is None or after is None or before.name != after.name:
                return ()
            registry = before.registry or DEFAULT_REGISTRY
            paths = list(_registries(self._known, before, registry))
            if not paths:
                return ()
            sets |= {path: Set(path, registry, release=label) for path in paths}
        return tuple(sets.values())


class Unseen:
    """The views of all releases of a target.

    Args:
        members: for each release what renders it as it is, its merged values, and the images that a value of it
            switches off.
        texts: the texts as they are.
    """

    def __init__(
        self,
        members: Iterable[tuple[Renderer, Mapping[str, Any], Sequence[Dormant]]],
        texts: Mapping[str, str],
    ) -> None:
        self._texts = texts
        self._members = [_OfRelease(plain, texts, values, dormant) for plain, values, dormant in members]

    @property
    def count(self) -> int:
        """How many renders the views took; none where nobody looked."""
        return sum(member.count for member in self._members)

    def begin(self) -> None:
        """Have rendered what is looked at first."""
        for member in self._members:
            member.begin()

    @property
    def blind(self) -> list[Finding]:
        """The views that were not looked at, since the chart does not render there, and images that no view shows."""
        return list(
            dict.fromkeys(finding for member in self._members for finding in (*member.blind, *member.unshown))
        )

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The views that render with the chart as it is; of the others ``blind`` tells."""
        ahead([view.renderer for member in self._members for view in member.ways], self._texts)
        return tuple(view for member in self._members for view in member.views)

    def shows(self, item: Dormant) -> bool | None:
        """Whether a dormant image renders once its switch is on; None where no chart renders then."""
        shown = [member.shows(item) for member in self._members]
        return True if True in shown else False if False in shown else None

    def kept(self, hidden: Sequence[Change]) -> tuple[Set, ...]:
        """Registries of their own for images that an edit would move along unseen; nothing where one has none."""
        return tuple(wish for member in self._members for wish in member.kept(hidden))


def _repositories(manifests: Manifests) -> set[str]:
    """The repositories of everything in the manifests that reads like an image, whole or in pieces."""
    return set().union(*(item.once(_repositories_of) for item in manifests.objects))


def _repositories_of(item: Object) -> frozenset[str]:
    texts = {text for _, text in strings(item.data) if ":" in text}
    words = {word for text in texts for word in words_of(text) if ":" in word}
    words |= {slot.text for slot in setting_slots(item) if slot.pieces}
    named = map(Reference.try_parse, words)
    return frozenset(one.canonical().repository for one in named if one and one.tag)


def _registries(values: Any, image: Reference, registry: str, path: ValuesPath = ()) -> Iterator[ValuesPath]:
    """Beside each value that names the image's repository: the key of its own registry, where it holds another.

    It holds nothing where one of another image counts for it, and what it holds is hidden where one counts for all.
    """
    if isinstance(values, list):
        for index, item in enumerate(values):
            yield from _registries(item, image, registry, (*path, index))
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        if isinstance(value, str) and value and f"/{image.repository}".endswith(f"/{value}"):
            if "/" not in value and not looks_like_image_path((*path, key)):
                # A label, or what else has the name of a program.
                continue
            own = [name for name in values if _REGISTRY.fullmatch(str(name))] or ["registry"]
            yield from ((*path, name) for name in own if values.get(name) != registry)
        yield from _registries(value, image, registry, (*path, key))
