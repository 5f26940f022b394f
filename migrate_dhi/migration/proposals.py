"""Several proposals at once: what they ask for together, and what trials of some tell of the next."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from migrate_dhi.edit import Set, ValuesPath
from migrate_dhi.kube.compare import Change
from migrate_dhi.steps.step import Goal, Proposal


class Experience:
    """What trials for some goals have shown, for those of the next; nothing is left out for it."""

    def __init__(self) -> None:
        self._surprised: dict[ValuesPath, set[int]] = defaultdict(set)
        self._kept: list[tuple[frozenset[str], Mapping[ValuesPath, Set]]] = []

    def ordered(self, proposals: Iterable[Proposal]) -> Iterator[Proposal]:
        """Those last that set a value which changed for two goals what was not to change: it is one of all images."""
        suspects = {path for path, goals in self._surprised.items() if len(goals) > 1}
        late = []
        for proposal in proposals:
            if suspects.isdisjoint(wish.path for wish in proposal.sets):
                yield proposal
            else:
                late.append(proposal)
        yield from late

    def note(self, goal: Goal, proposal: Proposal, surprises: Sequence[Change]) -> None:
        """Learn of what a proposal changed for a goal besides."""
        if surprises:
            for wish in proposal.sets:
                self._surprised[wish.path].add(id(goal))

    def keep(self, sets: Sequence[Set], kept: Mapping[ValuesPath, Set]) -> None:
        """Learn which values had to stay where sets were made that moved other images unseen."""
        self._kept.append((frozenset(map(repr, sets)), dict(kept)))

    def kept(self, sets: Sequence[Set]) -> dict[ValuesPath, Set]:
        """The values that have to stay for some of these sets, and that none of them sets."""
        wanted, set_ = frozenset(map(repr, sets)), {wish.path for wish in sets}
        known = [kept for some, kept in self._kept if some <= wanted]
        return {path: wish for kept in known for path, wish in kept.items() if path not in set_}


def joined(proposals: Iterable[Proposal | None]) -> tuple[Set, ...]:
    """What several proposals ask for, each once; of two for the same value the last one counts."""
    sets: dict[tuple[Any, ...], Set] = {}
    for proposal in proposals:
        for wish in proposal.sets if proposal else ():
            sets[(wish.source, wish.release, wish.path, wish.word, wish.delete)] = wish
    return tuple(sets.values())


def values_of(proposal: Proposal) -> dict[tuple[Any, ...], Any]:
    """What a proposal wants of each value."""
    return {(wish.source, wish.release, wish.path, wish.word): wish.value for wish in proposal.sets}


def agree(one: Mapping[tuple[Any, ...], Any], other: Mapping[tuple[Any, ...], Any]) -> bool:
    """Whether two want the same of the values that both want something of."""
    return all(one[key] == other[key] for key in one.keys() & other.keys())
