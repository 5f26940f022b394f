"""What differs between two renders of the same input: random names, passwords, certificates, dates."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from migrate_dhi.helm.renderers import AnyRenderer
from migrate_dhi.kube.compare import Change, compare
from migrate_dhi.steps.context import Context

# Charts write times by the second.
_SECOND = 1.1


@dataclass
class _Differing:
    """What a plan has learned of noise.

    ``twice``: it was looked for two times; ``dates``: at one of them two renders a second apart were compared.
    """

    fields: set[tuple[Any, ...]] = field(default_factory=set)
    kinds: set[tuple[str, str]] = field(default_factory=set)
    twice: bool = False
    dates: bool = False


@dataclass
class Noise:
    """What differs between two renders of the same input: random names, passwords, certificates, dates.

    Rendered only when a trial shows a change that no one announced; of a chart that may tell the time, the second
    time a second after the first render, since two quick renders of a date are equal. What one step learns holds
    for the next ones, too (``after``): dates are waited for once.
    """

    before: Context
    renderer: AnyRenderer
    known: _Differing = field(default_factory=_Differing)
    looks: int = 0

    def after(self, context: Context) -> "Noise":
        """The same noise in a later state of the chart; what is learned there is known here."""
        return Noise(context, self.renderer, self.known)

    def without(self, changes: Sequence[Change]) -> list[Change]:
        """The changes that are no noise, as far as is known by now."""
        return [change for change in changes if not self._is_noise(change)]

    def settled(self, changes: Sequence[Change]) -> list[Change]:
        """The changes that are no noise, looked for as long as there are some and there is more to learn."""
        left = self.without(changes)
        while left and self.look():
            left = self.without(left)
        return left

    def look(self) -> bool:
        """Render the unchanged chart once more; False when there is nothing more to learn."""
        if self.looks >= (1 if self.known.dates or (self.known.twice and not self._tells_time) else 2):
            return False
        since = self.before.manifests.made[1]
        if self.looks and self._tells_time:
            time.sleep(max(0.0, since + _SECOND - time.monotonic()))
        self.looks += 1
        self.known.twice = self.known.twice or self.looks == 2
        again = self.renderer.render(self.before.texts, again=True)
        self.known.dates = self.known.dates or again.made[0] - since >= _SECOND
        for change in compare(self.before.manifests, again):
            if change.path:
                self.known.fields.add((change.identity, change.path))
            else:
                self.known.kinds.add((change.object.template, change.object.kind))
        return True

    @cached_property
    def _tells_time(self) -> bool:
        return self.renderer.tells_time(self.before.texts)

    def _is_noise(self, change: Change) -> bool:
        if not change.path:
            return (change.object.template, change.object.kind) in self.known.kinds
        return any(
            (change.identity, change.path[:end]) in self.known.fields
            for end in range(1, len(change.path) + 1)
        )
