"""The renders of several releases as one: what a plan for all of them looks at."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, Self, TypeVar

from migrate_dhi.helm.brought import LeftOut
from migrate_dhi.helm.engine import Engine, RenderOptions
from migrate_dhi.helm.renderer import Renderer, ahead
from migrate_dhi.kube.manifests import Manifests

_Told = TypeVar("_Told")


class AnyRenderer(Protocol):
    """What renders texts, of one release or of several."""

    def render(self, texts: Mapping[str, str], *, again: bool = False) -> Manifests:
        """The manifests with these texts."""
        ...

    def tells_time(self, texts: Mapping[str, str]) -> bool:
        """Whether the time may come out in a render of these texts."""
        ...


class Renderers:
    """Renders each release of a target with the same texts; of one alone it is that one's renderer.

    Args:
        members: a renderer for each release, each with its label.
    """

    def __init__(self, members: Sequence[Renderer]) -> None:
        self.members = tuple(members)

    @property
    def engine(self) -> Engine:
        """What renders."""
        return self.members[0].engine

    @property
    def options(self) -> RenderOptions:
        """Release, namespace and versions of the first."""
        return self.members[0].options

    @property
    def namespaces(self) -> Mapping[str, str]:
        """Label of a release → where it is deployed to."""
        return {member.label: member.options.namespace for member in self.members}

    @property
    def count(self) -> int:
        """How often a release was rendered."""
        return sum(member.count for member in self.members)

    def _of_each(self, told: Callable[[Renderer], Iterable[_Told]]) -> tuple[_Told, ...]:
        """What is told of the releases, each once."""
        return tuple(dict.fromkeys(one for member in self.members for one in told(member)))

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Schemas elsewhere that the values are not held against."""
        return self._of_each(lambda one: one.unchecked)

    @property
    def pinned(self) -> tuple[str, ...]:
        """What ranges of versions were taken for, each a sentence."""
        return self._of_each(lambda one: one.pinned)

    @property
    def stand_ins(self) -> tuple[str, ...]:
        """What was taken for charts that cannot be had, each a sentence."""
        return self._of_each(lambda one: one.stand_ins)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Dependencies that cannot be had, and that are switched off."""
        return self._of_each(lambda one: one.left_out)

    @property
    def looked_up(self) -> tuple[str, ...]:
        """Where templates read what only a cluster has, and a text stands in."""
        return self._of_each(lambda one: one.looked_up)

    @property
    def granted(self) -> tuple[str, ...]:
        """API versions that the charts demand of the cluster, and that nobody named."""
        return self._of_each(lambda one: one.granted)

    def render(self, texts: Mapping[str, str], *, again: bool = False) -> Manifests:
        """The manifests of all releases with these texts; raises as :meth:`Renderer.render` does."""
        if not again:
            ahead(self.members, texts)
        rendered = [member.render(texts, again=again) for member in self.members]
        return rendered[0] if len(rendered) == 1 else joined(rendered)

    def tells_time(self, texts: Mapping[str, str]) -> bool:
        """Whether the time may come out in a render of these texts."""
        return any(member.tells_time(texts) for member in self.members)

    def under(self, engine: Engine) -> Self:
        """The same with another engine."""
        return type(self)([member.under(engine) for member in self.members])

    def inputs(self) -> frozenset[str]:
        """Every repository path that is rendered."""
        return frozenset[str]().union(*(member.inputs() for member in self.members))


def joined(parts: Sequence[Manifests]) -> Manifests:
    """The manifests of several releases, each labelled, as one; without merged values."""
    files = {name: text for part in parts for name, text in part.files.items()}
    warnings = dict.fromkeys(warning for part in parts for warning in part.warnings)
    made = min(part.made[0] for part in parts), max(part.made[1] for part in parts)
    return Manifests(files, None, tuple(warnings), made)
