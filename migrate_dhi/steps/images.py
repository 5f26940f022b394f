"""What the registry and the tag step share: a group of slots that the same values set."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import Set
from migrate_dhi.grouping import grouped
from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import Move
from migrate_dhi.steps.step import Proposal, Reach, Result
from migrate_dhi.trace.candidates import Candidate
from migrate_dhi.trace.pattern import Pattern, Variable, complete, solve, split_at_tag, variables
from migrate_dhi.trace.slots import Slot
from migrate_dhi.trace.texts import gaps_of, words_of
from migrate_dhi.wording import some_of

# SHA-1 and SHA-256 in hex.
_HASH = regex(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


@record
class SlotGroup:
    """Slots of one image with the same patterns: what moves one of them moves all."""

    context: Context
    image: Image
    slots: tuple[Slot, ...]
    wanted_of: Callable[[Image], Callable[[Reference], bool]]
    goal_texts: Callable[["SlotGroup"], list[str]]
    drop_digest: bool = False

    @property
    def label(self) -> str:
        """The image as it was before all steps."""
        return str(self.image.before)

    @property
    def images(self) -> tuple[Reference, ...]:
        """The one image."""
        return (self.image.before,)

    @property
    def now(self) -> Reference | None:
        """The image that these slots render now."""
        return Reference.try_parse(self.slots[0].read(self.context.manifests))

    def reached(self, result: Result) -> Reach:
        """Counts slots."""
        missing = []
        for slot in self.slots:
            reference = Reference.try_parse(slot.read(result.manifests))
            if reference is None or not self._is_right(reference, self.now, self.image):
                missing.append(str(slot))
        why = self._obstacle() if missing else ""
        return Reach(len(self.slots) - len(missing), len(self.slots), tuple(missing), why)

    def _obstacle(self) -> str:
        """What stands beside the values of the tag in every way that is known to set it."""
        patterns = self.slots[0].patterns
        beside = {text: None for pattern in patterns for text in _beside_tag(pattern)}
        if not self.drop_digest or not beside or any(map(complete, patterns)):
            return ""
        texts = " and ".join(repr(text) for text in beside)
        return f"the template puts {texts} beside the value of the tag, whatever that is"

    def touches(self, change: Change) -> bool:
        """The image fields of the slots themselves."""
        return bool(self._slots_of(change))

    def _slots_of(self, change: Change) -> list[Slot]:
        now = self.context.manifests
        return [slot for slot in self.slots if slot.words_at(change.path) and slot.is_in(change.object, now)]

    def expects(self, change: Change) -> bool:
        """The image fields of the slots, where they become what is wanted and nothing else in them changes."""
        found = self._slots_of(change)
        if not found or change.after_object is None:
            return False
        references = [Reference.try_parse(slot.read_in(change.after_object)) for slot in found]
        right = all(
            reference is not None and self._is_right(reference, self.now, self.image)
            for reference in references
        )
        words, now = {word for slot in found for word in slot.words_at(change.path)}, self.context.manifests
        if any(
            slot.words_at(change.path) & words and slot.is_in(change.object, now) for slot in self._staying
        ):
            # Another image has its tag in the same place, and stays.
            return False
        return right and (None in words or self._same_besides(change, words))

    @property
    def _staying(self) -> Iterator[Slot]:
        """The slots in pieces of images that do not move."""
        for image in self.context.images:
            yield from () if image.moves else (slot for slot in image.slots if slot.pieces)

    def _same_besides(self, change: Change, words: set[int | None]) -> bool:
        """True where a longer text differs in these words alone, or in images that reach goals of this step too."""
        if not isinstance(change.before, str) or not isinstance(change.after, str):
            return False
        old, new = words_of(change.before), words_of(change.after)
        if gaps_of(change.before) != gaps_of(change.after):
            return False
        others = {
            word: (image, slot)
            for image in self.context.moving
            for slot in image.reachable
            if slot.is_in(change.object, self.context.manifests)
            for word in slot.words_at(change.path)
        }
        return all(
            a == b
            or index in words
            or (index in others and self._moves_along(change, *others[index]))
            or _hashed(a, b)
            for index, (a, b) in enumerate(zip(old, new, strict=True))
        )

    def _moves_along(self, change: Change, image: Image, slot: Slot) -> bool:
        """True for another image of the same text that becomes what this step wants of it."""
        old, new = (
            Reference.try_parse(slot.read_in(item)) if item else None
            for item in (change.before_object, change.after_object)
        )
        return old is not None and new is not None and self._is_right(new, old, image)

    def _is_right(self, reference: Reference, now: Reference | None, image: Image) -> bool:
        # The registry step leaves tag and digest alone; the tag step asks for the whole reference.
        kept = self.drop_digest or now is None or (reference.tag, reference.digest) == (now.tag, now.digest)
        return self.wanted_of(image)(reference) and kept

    def propose(self) -> Iterator[Proposal]:
        """Solve each pattern for the goal; digests of the old image are emptied or exchanged where asked."""
        seen: set[tuple[Set, ...]] = set()
        for goal, digests in self._ways():
            for pattern, shape in self._shapes():
                settings = self.slots[0].settings.get(pattern, {})
                for moved in self._solved(pattern, shape, goal):
                    for proposal in self._proposals({**moved, **digests, **settings}):
                        if proposal.sets and proposal.sets not in seen:
                            seen.add(proposal.sets)
                            yield proposal

    def _solved(self, pattern: Pattern, shape: Pattern, goal: str) -> Iterator[Mapping[Variable, str]]:
        """What becomes of the values of a pattern, best first: what reads right already needs no value.

        A default may have filled an empty one. Where others are switched, it may be another one then: last comes all.
        """
        current = {variable: self.context.value(variable) for variable in variables(shape)}
        names = variables(split_at_tag(shape)[0])
        now = next(iter(solve(shape, self._now_text(whole=shape == pattern), current, most=1)), {})
        # A word that is gone is none that a later step finds.
        solutions = [
            one
            for one in solve(shape, goal, current)
            if all(text or variable.word is None for variable, text in one.items())
        ]
        for one in solutions:
            yield {
                v: text
                for v, text in one.items()
                if now.get(v) != text or (v in names and _is_other(current[v], text))
            }
        yield from solutions if pattern in self.slots[0].settings else ()

    def _ways(self) -> Iterator[tuple[str, Mapping[Variable, str]]]:
        """Each goal with what becomes of the values of digests: one that is wanted stands in its own value first."""
        old = dict.fromkeys(_digests(self.slots[0]), "") if self.drop_digest else {}
        for goal in self.goal_texts(self):
            name, _, digest = goal.partition("@")
            for variable in self._digest_values if digest and self.drop_digest else ():
                now = self.context.value(variable)
                for text in [digest] if now and ":" in str(now) else [digest, digest.partition(":")[2]]:
                    yield name, {**old, variable: text}
            yield goal, old

    @property
    def _digest_values(self) -> tuple[Variable, ...]:
        """The values that hold a digest of these slots, or look as if they might."""
        found = dict.fromkeys(_digests(self.slots[0]))
        beside = [v for p in self._patterns for part in split_at_tag(p)[:2] for v in variables(part)]
        for variable in beside:
            if variable.source == "values" and variable.word is None:
                values = self.context.trace_of(variable.release).values
                holder = value_at(values, variable.path[:-1])
                for key, value in holder.items() if isinstance(holder, dict) else ():
                    other = replace(variable, path=(*variable.path[:-1], key))
                    if isinstance(value, str | None) and Candidate(other).role == "digest":
                        found[other] = None
        return tuple(found)

    def _shapes(self) -> Iterator[tuple[Pattern, Pattern]]:
        """Each known pattern with the shape to solve: without a digest that goes, last without texts beside the tag.

        A template may put such a text there because of what the tag is now.
        """
        for pattern in self._patterns:
            yield pattern, _without_digest(pattern) if self.drop_digest else pattern
        for pattern in self._patterns if self.drop_digest else ():
            if _beside_tag(pattern):
                name, tag, _ = split_at_tag(pattern)
                yield pattern, (*name, ":", *(token for token in tag if isinstance(token, Variable)))

    def _proposals(self, assignment: Mapping[Variable, Any]) -> Iterator[Proposal]:
        """As it is, then with what the chart demanded of other images: never more than it takes."""
        plain = self._proposal(assignment)
        yield plain
        kept = self._kept([variable for variable, value in assignment.items() if value == ""])
        if plain.sets and kept.sets:
            yield Proposal((*plain.sets, *kept.sets), f"{plain.reason}, and {kept.reason} for what stays")
        demands = self.context.demands
        nearest = max((_shared(demand, v) for demand in demands for v in assignment), default=0)
        near = [demand for demand in demands if any(_shared(demand, v) == nearest for v in assignment)]
        for some in (near, demands):
            demanded = self._proposal(dict.fromkeys(some, True))
            if plain.sets and demanded.sets:
                reason = f"{plain.reason}, and {demanded.reason.removeprefix('set ')}, as the chart demands"
                yield Proposal((*plain.sets, *demanded.sets), reason)

    def _kept(self, emptied: Sequence[Variable]) -> Proposal:
        """What leaves the images that do not move as they are, though values that they share are emptied."""
        wanted: dict[Variable, str] = {}
        for slot in (slot for image in self.context.images if not image.moves for slot in image.slots):
            ways = [p for p, with_these in slot.settings.items() if with_these.keys() <= {*emptied}]
            if emptied and ways:
                current = {variable: self.context.value(variable) for variable in variables(ways[0])}
                wanted |= next(iter(solve(ways[0], slot.read(self.context.manifests), current, most=1)), {})
        return self._proposal(wanted)

    @property
    def _patterns(self) -> list[Pattern]:
        """The known patterns; for the name alone those first that need no other value switched."""
        settings = self.slots[0].settings
        return sorted(
            self.slots[0].patterns, key=lambda pattern: not self.drop_digest and pattern in settings
        )

    def _now_text(self, *, whole: bool) -> str:
        now = self.now
        if now is None:
            return ""
        # A digest may also be part of the tag's own value; then the pattern has none of its own to leave out.
        return str(now) if whole or not now.tag else str(now.with_tag(now.tag))

    def _proposal(self, assignment: Mapping[Variable, Any]) -> Proposal:
        sets, words = [], []
        for variable, value in assignment.items():
            old = self.context.value(variable)
            if old == value or (not isinstance(value, bool) and ("" if old is None else str(old)) == value):
                continue
            sets.append(
                Set(variable.path, value, variable.source, release=variable.release, word=variable.word)
            )
            name = variable if variable.word is None else f"{old} in {variable}"
            words.append(f"{name} to {'nothing' if value == '' else value}")
        return Proposal(tuple(sets), f"set {' and '.join(words)}" if words else "")


def groups(
    context: Context,
    wanted: Callable[[Image], Callable[[Reference], bool]],
    goal_texts: Callable[[SlotGroup], list[str]],
    *,
    drop_digest: bool = False,
) -> list[SlotGroup]:
    """The reachable slots of all images that move, by image and pattern."""
    found = []
    for image in context.moving:
        by_pattern = grouped((slot.patterns, slot) for slot in image.reachable)
        found += [
            SlotGroup(context, image, tuple(slots), wanted, goal_texts, drop_digest)
            for slots in by_pattern.values()
        ]
    return found


def shown_of(context: Context) -> list[tuple[str, str]]:
    """What labels and annotations may show of the images that move: (old, new) names, tags and versions."""
    pairs: dict[tuple[str, str], None] = {}
    for image, now in _rendered(context):
        after = image.decision.after or now
        for before in (now, image.before):
            pairs[before.image, after.image] = None
            pairs[before.tag, after.tag] = None
            # A chart may put the tag together, and show elsewhere the version that stands in front.
            pairs[_version(before.tag), _version(after.tag)] = None
    return [(old, new) for old, new in pairs if old and new]


def parts_of(context: Context) -> list[tuple[set[str], set[str]]]:
    """For each image that moves, its parts as they stood in any step, and the parts of its target."""
    found = []
    for image, now in _rendered(context):
        after = image.decision.after
        if after:
            half = after.with_tag(now.tag, now.digest)
            found.append((_parts(image.before) | _parts(now), _parts(after) | _parts(half)))
    return found


def rendered_moves(context: Context, becomes: Callable[[Reference, Reference], Reference]) -> list[Move]:
    """What each moving image is rendered as now, and what ``becomes`` makes of it and its target."""
    pairs = {
        now: becomes(now, image.decision.after) for image, now in _rendered(context) if image.decision.after
    }
    return [Move(now, after) for now, after in pairs.items()]


def _rendered(context: Context) -> Iterator[tuple[Image, Reference]]:
    for image in context.moving:
        for slot in image.slots:
            now = Reference.try_parse(slot.read(context.manifests))
            if now is not None:
                yield image, now


def _parts(reference: Reference) -> set[str]:
    whole = reference.canonical()
    texts = {reference.registry, reference.repository, reference.image, reference.name, reference.tag}
    texts |= {
        str(reference),
        str(whole),
        whole.registry,
        whole.repository,
        whole.image,
        reference.digest,
        _version(reference.tag),
    }
    return texts - {""}


def _version(tag: str) -> str:
    """What stands in front of the first dash, where that is more than a sign or two."""
    version, dash, _ = tag.partition("-")
    return version if dash and len(version) > 2 else ""


def _hashed(before: str, after: str) -> bool:
    """Two hashes of one kind: a text may hold one of a part of itself."""
    return len(before) == len(after) and all(map(_HASH.fullmatch, (before, after)))


def _is_other(value: Any, text: str) -> bool:
    """True for a value that holds another text; an empty one or a template may well render as this one."""
    return isinstance(value, str) and value not in ("", text) and "{{" not in value


def _shared(one: Variable, other: Variable) -> int:
    """How many steps from the root two values have in common: those of one dependency share its key."""
    pairs = zip(one.path, other.path, strict=False)
    return next((n for n, (left, right) in enumerate(pairs) if left != right), len(one.path))


def _digests(slot: Slot) -> tuple[Variable, ...]:
    """Every value that any pattern of the slot puts behind the ``@``."""
    return tuple(dict.fromkeys(v for pattern in slot.patterns for v in variables(split_at_tag(pattern)[2])))


def _beside_tag(pattern: Pattern) -> list[str]:
    """The fixed texts beside a value in the tag and digest of a pattern."""
    _, tag, digest = split_at_tag(pattern)
    tokens = (*tag, *digest)
    return [t for t in tokens if isinstance(t, str)] if any(isinstance(t, Variable) for t in tag) else []


def _without_digest(pattern: Pattern) -> Pattern:
    name, tag, digest = split_at_tag(pattern)
    if not digest or not tag:
        return pattern
    return (*name, ":", *tag)


def named(texts: Iterable[str]) -> str:
    """The first two of several, and how many more: a commit's subject is one short line."""
    return some_of(dict.fromkeys(texts), 2)
