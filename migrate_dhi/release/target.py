"""The releases that a plan migrates together, each under its label; one alone has the empty label."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import Edit, Set, ValuesPath
from migrate_dhi.helm.chart import Chart
from migrate_dhi.record import record
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Release
from migrate_dhi.trace.texts import with_words


@record
class Target:
    """The releases of one chart.

    ``members`` maps labels to releases, in order; ``others`` are the further releases of the same chart.
    ``alone``: nothing that another release reads is to be edited. ``values``
    that its methods take are the merged values of each release, by label.
    """

    members: Mapping[str, Deployed]
    others: tuple[str, ...] = ()
    alone: bool = False

    @classmethod
    def of(
        cls, members: Sequence[Deployed], others: tuple[str, ...] = (), *, alone: bool = False
    ) -> "Target":
        """The target of these releases; several are labelled ``namespace/name``, with the build where that is one."""
        if len(members) == 1:
            return cls({"": members[0]}, others, alone)
        shared = frozenset.intersection(*(frozenset(member.layers) for member in members))
        labels: dict[str, Deployed] = {}
        for number, member in enumerate(members, 1):
            name = member.example or (_label(member.release) if member.release else str(number))
            label = name if name not in labels else f"{name} ({number})"
            labels[label] = replace(member, shared=shared)
        return cls(labels, others, alone)

    @property
    def first(self) -> Deployed:
        """The first release."""
        return next(iter(self.members.values()))

    @property
    def chart(self) -> Chart:
        """The chart that all of them deploy."""
        return self.first.chart

    @property
    def releases(self) -> tuple[Release, ...]:
        """What is known of the releases; none for a chart directory that is planned by itself."""
        return tuple(member.release for member in self.members.values() if member.release)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of all releases."""
        return tuple(dict.fromkeys(layer for member in self.members.values() for layer in member.layers))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that values are read from, strongest first."""
        return tuple(dict.fromkeys(file for member in self.members.values() for file in member.files))

    @property
    def deployer(self) -> str:
        """The file that deploys it, for people."""
        return self.first.deployer

    def of_label(self, label: str) -> Deployed:
        """The release of a label; the first for a value that belongs to the chart."""
        return self.members.get(label) or self.first

    def edits(
        self,
        sets: Iterable[Set],
        texts: Mapping[str, str],
        values: Mapping[str, Mapping[str, Any]],
        avoid: Callable[[Layer], bool] = lambda _: False,
    ) -> tuple[Edit, ...]:
        """The edits that make a step's wish true, each in the layer that decides for its release, each once.

        Layers that are to be avoided are not edited: then a stronger one is, or none.
        """
        found: dict[Edit | tuple[Any, ...], Edit] = {}
        for wish in self._whole(sets, texts, values):
            member = self.of_label(wish.release)
            for edit in member.edits([wish], texts, values.get(wish.release, {}), avoid):
                found[(edit.file, edit.document, edit.path, edit.inner, edit.delete)] = edit
        return tuple(found.values())

    def _whole(
        self, sets: Iterable[Set], texts: Mapping[str, str], values: Mapping[str, Mapping[str, Any]]
    ) -> list[Set]:
        """The wishes with those for words of one text brought together: they set the text."""
        found: list[Set] = []
        words: dict[tuple[str, ValuesPath], dict[int, str]] = {}
        for wish in sets:
            if wish.word is None:
                found.append(wish)
            else:
                words.setdefault((wish.release, wish.path), {})[wish.word] = str(wish.value)
        for (release, path), new in words.items():
            text = self.of_label(release).value(path, texts, values.get(release, {}))
            if isinstance(text, str):
                found.append(Set(path, with_words(text, new), release=release))
        return found

    def completed(
        self, edits: Sequence[Edit], texts: Mapping[str, str], values: Mapping[str, Mapping[str, Any]]
    ) -> tuple[Edit, ...]:
        """Edits of the user's own, with the lists that they reach into taken over first."""
        found: dict[Edit | tuple[Any, ...], Edit] = {}
        for edit in edits:
            reading = (label for label, member in self.members.items() if member.layer_of(edit)[0])
            label = next(reading, next(iter(self.members)))
            for one in self.members[label].completed([edit], texts, values.get(label, {})):
                # Two items of one list take it over once.
                found[(one.file, one.document, one.path, one.inner, one.delete)] = one
        return tuple(found.values())

    def place(
        self, path: ValuesPath, texts: Mapping[str, str], source: str = "values", release: str = ""
    ) -> Edit | None:
        """Where a value of a release is to be written; None where no layer can hold it."""
        return self.of_label(release).place(path, texts, source)


def _label(release: Release) -> str:
    build = release.object.partition("@")[2]
    return f"{release.id} ({build})" if build else release.id
