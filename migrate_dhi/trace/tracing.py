"""Which value sets which part of which image: put markers in, render, read off where they come out.

Computed once per chart. Passes run from the likeliest values to the rarest, and stop as soon as values
are known for every container: listed values that look like parts of an image; the same with digests
emptied (a digest hides the tag); values under ``global``; values that templates read but nothing lists;
values that merely stand inside an image that renders; appVersion.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Path, strings, value_at
from migrate_dhi.record import record
from migrate_dhi.trace import candidates as find
from migrate_dhi.trace import narrow
from migrate_dhi.trace.candidates import Candidate
from migrate_dhi.trace.demands import demanded
from migrate_dhi.trace.fragments import FragmentTracer
from migrate_dhi.trace.literals import LiteralTracer, value_of, with_literal
from migrate_dhi.trace.markers import FIRST_NUMBER, NUMBER, pattern_of, with_marker
from migrate_dhi.trace.marking import aligned, is_shifted, lay, render_narrowing
from migrate_dhi.trace.narrow import guessed
from migrate_dhi.trace.pattern import Pattern, Variable, complete, unite, variables, width
from migrate_dhi.trace.pull_secrets import SecretTracer
from migrate_dhi.trace.slots import Slot, container_slots, role_of, setting_slots
from migrate_dhi.trace.texts import is_image, word_at, words_of


@record
class Trace:
    """All slots of a chart, the merged values that the templates saw, and what is known of pull secrets.

    ``fields`` finds the maps of the values that come out in some field, ``literals`` the lines of the chart's own
    templates that do; ``listed`` are the values that look like a part of an image; ``nodes`` gives the tree of charts.
    ``demands`` are booleans, false now, without which the chart refuses to render other images.
    """

    slots: tuple[Slot, ...]
    values: Mapping[str, Any]
    secrets: SecretTracer
    fields: FragmentTracer
    literals: LiteralTracer
    listed: Sequence[Candidate]
    demands: tuple[Variable, ...] = ()

    @property
    def nodes(self) -> Sequence[ChartNode]:
        """The chart and its dependencies."""
        return self.fields.nodes

    @property
    def variables(self) -> set[Variable]:
        """Every value that came out in some image, whatever its release."""
        return {replace(variable, release="") for slot in self.slots for variable in slot.variables}


APP_VERSION = Variable(("appVersion",), source="chart")


def trace(
    trials: Renderer,
    texts: Mapping[str, str],
    baseline: Manifests,
    set_app_version: Callable[[str], Mapping[str, str]],
) -> Trace:
    """Trace every image of a chart.

    Args:
        trials: what renders.
        texts: the chart's texts as they are.
        baseline: their render, with merged values.
        set_app_version: gives the texts with another appVersion; the editor is not known on this floor.
    """
    return _Tracer(trials, texts, baseline, set_app_version).run()


@record
class _Pass:
    """Candidates to mark in one render: with values of digests ``blank``, with others that are set so.

    What is learnt holds only with the ``settings``. ``needed``: also where something is known of each image;
    ``behind``: the version of a tag stays, with the mark behind a dash.
    """

    items: list[Candidate]
    blank: Mapping[ValuesPath, Any] = field(default_factory=dict)
    settings: Mapping[ValuesPath, Any] = field(default_factory=dict)
    needed: bool = False
    behind: bool = False


class _Tracer:
    def __init__(
        self,
        trials: Renderer,
        texts: Mapping[str, str],
        baseline: Manifests,
        set_app_version: Callable[[str], Mapping[str, str]],
    ) -> None:
        self.trials = trials
        self.texts = texts
        self.baseline = baseline
        self.set_app_version = set_app_version
        self.slots: dict[tuple[Identity, Path, int | None], Slot] = {}
        self.by_place: dict[tuple[Identity, Path], list[Slot]] = {}
        for slot in (*container_slots(baseline), *(s for o in baseline.objects for s in setting_slots(o))):
            self._add(slot)
        self.next_number = FIRST_NUMBER
        self.secrets = SecretTracer(trials, texts, baseline)
        self.literals = LiteralTracer(trials, texts, baseline)
        self.demands: dict[ValuesPath, Any] = {}
        self.listed = find.image_like(baseline.values)
        self.refused: dict[Any, Candidate] = {}
        # What each render showed of a slot; its patterns are these and what they make together.
        self.known: dict[tuple[Identity, Path, int | None], list[Pattern]] = {}

    def run(self) -> Trace:
        # A whole image among the values may come out in configuration alone: each is marked once.
        open_images = {c.variable for c in self.listed if find.is_whole_image(c)}
        for one in self._passes():
            marked = {candidate.variable for candidate in one.items}
            if self._finished() and open_images.isdisjoint(marked) and not one.needed:
                continue
            self._mark(one)
            open_images -= marked
        self._guess()
        demands = tuple(Variable(path) for path in self.demands)
        fields = FragmentTracer(self.trials, self.texts, self.baseline)
        digests: dict[ValuesPath, Any] = {c.path: "" for c in self._first() if c.role == "digest" and c.value}
        blank = lay(digests, self.baseline.values)
        render = partial(self.trials.render, self.texts, blank)
        slots = tuple(narrow.without_digest(self.slots.values(), render) if digests else self.slots.values())
        if self.trials.label:
            slots = tuple(slot.of_release(self.trials.label) for slot in slots)
            demands = tuple(replace(variable, release=self.trials.label) for variable in demands)
        return Trace(slots, self.baseline.values, self.secrets, fields, self.literals, self.listed, demands)

    def _add(self, slot: Slot) -> None:
        if slot.key not in self.slots:
            self.slots[slot.key] = slot
            for path in dict.fromkeys(place.path for place in slot.places):
                self.by_place.setdefault((slot.identity, path), []).append(slot)

    def _finished(self) -> bool:
        return self._looked() and all(any(map(complete, slot.patterns)) for slot in self.slots.values())

    def _looked(self) -> bool:
        # Images in arguments and configuration show up only in a marked render: one is always made.
        return self.next_number > FIRST_NUMBER or not self._first()

    def _first(self) -> list[Candidate]:
        return [c for c in self.listed if not c.is_global and find.is_likely(c)]

    def _guess(self) -> None:
        """Where nothing else is known, values that the chart or its schema refused to have marked."""
        for key, slot in self.slots.items():
            if self.refused and not any(map(complete, slot.patterns)):
                current = {variable: self._value(variable) for variable in slot.variables}
                guesses = guessed(slot, self.refused.values(), current)
                self.slots[key] = replace(slot, patterns=tuple(dict.fromkeys([*guesses, *slot.patterns])))

    def _passes(self) -> Iterator["_Pass"]:
        values = self.baseline.values
        yield _Pass(first := self._first())
        fixed = [slot.text for slot in self.slots.values() if not any(map(complete, slot.patterns))]
        yield _Pass(self.literals.images(fixed))
        blank = {c.path: "" for c in first if c.role == "digest" and c.value}
        if blank:
            yield _Pass([c for c in first if c.path not in blank], dict(blank))
        for_all = [c for c in self.listed if c.is_global and (c.role != "digest" or c.value)]
        for at_root in (True, False):
            shared = [c for c in for_all if (c.path[0] == "global") == at_root]
            # A registry for all hides the one that stands in a whole image.
            yield _Pass([c for c in shared if find.is_whole_image(c)])
            yield _Pass([c for c in shared if not find.is_whole_image(c)])
        of_several = self._shared() if self._finished() else []
        wanted = of_several or not self._finished()
        hidden = find.unlisted(values, self.trials.nodes, self.listed) if wanted else []
        hidden = [c for c in hidden if c.role != "digest"]
        yield _Pass(hidden, needed=bool(of_several))
        if blank:
            yield _Pass([*(c for c in first if c.path not in blank), *hidden], dict(blank))
        yield from self._without_shared(first, hidden)
        yield _Pass(
            [c for c in self.listed if not c.is_global and not find.is_likely(c) and c.role != "digest"]
        )
        yield from self._switched()
        # What an image is made of names other things, too: only images that are not known yet are asked for.
        # In settings there is more that looks like an image: there some value must be known to reach it.
        open_slots = [s for s in self.slots.values() if not any(map(complete, s.patterns))]
        unknown = [s for s in open_slots if s.word is None or s.patterns]
        holders = [holder for slot in unknown for holder in slot.holders]
        yield _Pass(find.by_content(values, [s.text for s in unknown], [*self.listed, *hidden], holders))
        yield from self._without_added()
        # A chart may bound the version that it takes from above.
        yield _Pass([c for c in self.refused.values() if c.role == "tag"], behind=True)
        if self.trials.chart.editable:
            yield _Pass([Candidate(APP_VERSION, self.trials.chart.app_version)])

    def _shared(self) -> list[Variable]:
        return narrow.shared(self.slots.values(), self.listed, self.trials.nodes, self.baseline.values)

    def _without_shared(self, first: list[Candidate], hidden: list[Candidate]) -> Iterator["_Pass"]:
        """Once more with the values emptied that move several images: what they hide may move one alone."""
        # First without what nothing lists: for such a value a template may write a line more.
        emptied = [v for v in self._shared() if self._value(v)]
        whole = [c for c in self.listed if c.is_global and find.is_whole_image(c)]
        for more in ([], hidden) if emptied and hidden else [hidden] if emptied else ():
            rest = [c for c in (*first, *whole, *more) if c.variable not in emptied]
            yield _Pass(rest, settings={v.path: "" for v in emptied if v.word is None}, needed=True)

    def _switched(self) -> Iterator["_Pass"]:
        """Once more with a boolean turned over that stands beside the values of an image.

        Charts add a suffix to the tag, or a digest of their own, because of such a value.
        """
        marked = self._marked_again()
        for parent in dict.fromkeys(c.path[:-1] for c in marked):
            siblings = value_at(self.baseline.values, parent)
            for key, value in siblings.items() if isinstance(siblings, dict) else ():
                if isinstance(value, bool):
                    mine = [c for c in marked if c.path[: len(parent)] == parent]
                    yield _Pass(mine, settings={(*parent, key): not value})

    def _without_added(self) -> Iterator["_Pass"]:
        """Once more without what may be the reason for a text that the templates add to a tag, wherever it stands."""
        marked = self._marked_again()
        added = narrow.added(slot for slot in self.slots.values() if not any(map(complete, slot.patterns)))
        for path, value in narrow.switches(self.trials.nodes, self.baseline.values, added):
            if path not in {candidate.path for candidate in marked}:
                yield _Pass(marked, settings={path: value})

    def _marked_again(self) -> list[Candidate]:
        """What reaches images of which not all is known."""
        open_slots = [s for s in self.slots.values() if s.patterns and not any(map(complete, s.patterns))]
        listed = {c.variable: c for c in self.listed}
        used = dict.fromkeys(v for slot in open_slots for v in slot.variables if v.source == "values")
        return [listed.get(v, Candidate(v)) for v in used]

    def _mark(self, one: "_Pass") -> None:
        items = one.items

        def render(group: Sequence[Candidate | ValuesPath]) -> Manifests:
            assignments: dict[ValuesPath, Any] = {**self.demands, **one.blank, **one.settings}
            chosen = [item for item in group if not isinstance(item, tuple)]
            assignments |= {path: riders[path] for path in group if isinstance(path, tuple)}
            for variable in (item.variable for item in chosen if item.variable.source == "values"):
                old = assignments.get(variable.path, value_at(self.baseline.values, variable.path))
                assignments[variable.path] = with_marker(old, variable, markers[variable])
            texts = self._texts(
                {i.variable: markers[i.variable] for i in chosen if i.variable.source != "values"}
            )
            return self.trials.render(texts, lay(assignments, self.baseline.values))

        # Pull secrets ride along in the first render: they come out elsewhere and cost nothing there.
        riders = {} if self.next_number > FIRST_NUMBER else self.secrets.marks(self.secrets.listed())

        markers = self._markers(items, behind=one.behind)
        switched = {Variable(path): value for path, value in one.settings.items()}
        by_number = {
            number[0]: (text, variable)
            for variable, text in markers.items()
            if (number := NUMBER.search(text))
        }
        numbers = {variable: number for number, (_, variable) in by_number.items()}

        def sign(item: Candidate | ValuesPath) -> str:
            return "" if isinstance(item, tuple) else numbers.get(item.variable, "")

        def refuse(item: Candidate | ValuesPath) -> None:
            if not isinstance(item, tuple):
                self.refused.setdefault(item.variable, item)

        marked: list[Candidate | ValuesPath] = [*items, *riders]
        for manifests, group in render_narrowing(marked, render, self._concede, sign=sign, refuse=refuse):
            for item in group:
                self.refused.pop(getattr(item, "variable", None), None)
            if riders:
                self.secrets.read(manifests, [item for item in group if isinstance(item, tuple)])
            for before, after in aligned(self.baseline, manifests):
                self._read(before, after, by_number, switched)

    def _texts(self, marks: Mapping[Variable, str]) -> Mapping[str, str]:
        """The texts with marks in Chart.yaml or in templates."""
        texts = self.set_app_version(marks[APP_VERSION]) if APP_VERSION in marks else self.texts
        for variable, mark in marks.items():
            if variable.source == "template":
                texts = with_literal(texts, variable, mark)
        return texts

    def _markers(self, items: list[Candidate], *, behind: bool) -> dict[Variable, str]:
        """A marker for each candidate, with a number of its own."""
        markers = {}
        for candidate in items:
            version, number = self._app_version(candidate), self.next_number
            markers[candidate.variable] = find.marker(candidate, number, version, behind=behind)
            self.next_number += 1
        return markers

    def _concede(self, error: MigrateDhiError) -> bool:
        """Set what the chart demands before it renders other images, once; the steps offer it too."""
        path = demanded(error, self.baseline.values, self.trials.nodes)
        if path is None or path in self.demands:
            return False
        self.demands[path] = True
        return True

    def _value(self, variable: Variable) -> Any:
        if variable.source == "chart":
            return self.trials.chart.app_version
        if variable.source == "template":
            return value_of(self.texts, variable)
        return word_at(value_at(self.baseline.values, variable.path), variable.word)

    def _app_version(self, candidate: Candidate) -> str:
        """The appVersion of the chart that a value belongs to."""
        if candidate.role != "tag" or candidate.value:
            return ""
        nodes = [n for n in self.trials.nodes if candidate.path[: len(n.prefix)] == n.prefix]
        return str(max(nodes, key=lambda n: len(n.prefix)).metadata.get("appVersion") or "") if nodes else ""

    def _read(
        self,
        before: Object,
        after: Object,
        by_number: Mapping[str, tuple[str, Variable]],
        switched: Mapping[Variable, Any],
    ) -> None:
        for path, text in strings(after.data):
            hits = [by_number[number] for number in NUMBER.findall(text) if number in by_number]
            if not hits or is_shifted(before, after, path):
                continue
            slots = list(self.by_place.get((before.identity, path), ()))
            old = value_at(before.data, path)
            longer = isinstance(old, str) and len(words_of(old)) != len(words_of(text))
            for slot in slots:
                if longer and slot.word is not None:
                    # Its words cannot be told any more.
                    continue
                image = slot.read_in(after)
                own = [by_number[number] for number in NUMBER.findall(image) if number in by_number]
                self._learn(slot.key, pattern_of(image, own), switched)
            if (
                isinstance(old, str)
                and "metadata" not in path[-3:]
                and not any(s.word is None for s in slots)
            ):
                self._read_words(before, path, old, text, hits)

    def _read_words(
        self, item: Object, path: Path, old: str, new: str, hits: list[tuple[str, Variable]]
    ) -> None:
        olds, news = words_of(old), words_of(new)
        if len(olds) != len(news):
            return
        for index, (left, right) in enumerate(zip(olds, news, strict=True)):
            if left == right or not is_image(left):
                continue
            pattern = pattern_of(right, hits)
            if not variables(pattern):
                continue
            whole = len(olds) == 1 and left == old.strip()
            key = (item.identity, path, None if whole else index)
            if key not in self.slots:
                role, container = role_of(item, path)
                self._add(Slot(item.identity, item.template, item.index, path, key[2], left, role, container))
                self._learn(key, pattern)

    def _learn(
        self,
        key: tuple[Identity, Path, int | None],
        pattern: Pattern,
        switched: Mapping[Variable, Any] | None = None,
    ) -> None:
        slot = self.slots[key]
        if switched:
            # Another reading of the chart: kept apart from what holds without the switch.
            known = [own for own in slot.patterns if complete(own)]
            around = all(switched.keys() & {*variables(own)} for own in known)
            if complete(pattern) and pattern not in slot.patterns and around:
                settings = {**slot.settings, pattern: switched}
                last = (*slot.patterns, pattern) if known else (pattern, *slot.patterns)
                self.slots[key] = replace(slot, patterns=last, settings=settings)
            return
        if not variables(pattern) or pattern in slot.patterns:
            return
        learnt = [*self.known.get(key, ()), pattern]
        self.known[key] = learnt
        current = {v: self._value(v) for each in learnt for v in variables(each)}
        # What holds only with settings comes behind, as it was learnt.
        whole = [*learnt, *unite(learnt, slot.text, current), *slot.settings]
        patterns = sorted(dict.fromkeys(whole), key=lambda each: (not complete(each), *width(each)))
        self.slots[key] = replace(slot, patterns=tuple(patterns))
