"""The images of a plan as lines: what each becomes, who uses it, what is known of the hardened one."""

from collections import Counter
from collections.abc import Iterable, Sequence

from migrate_dhi.dhi.tags import parse_upstream, release_of
from migrate_dhi.grouping import grouped
from migrate_dhi.migration.plan_image import ImageFacts, PlannedImage, Use
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex
from migrate_dhi.ui.lines import Line, Look, Span, Style, cells, one_line, pad, safe

_DIGEST = regex(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
_IMAGE_WORDS = {
    "already-dhi": "is hardened already",
    "no-counterpart": "stays: no hardened counterpart",
    "kept": "stays as it is",
    "fixed": "stays: no value moves it",
    "undecided": "waits for a choice",
}
# The rules of docs/decisions.md in as few words as a table has room for.
_RULE_WORDS = {
    "same-version": "same version",
    "newest-patch": "newest patch",
    "tag-past": "same line, no more updates",
    "line-newer": "newer line",
    "major-newer": "newer major version",
    "floating": "newest",
    "supported": "longest support",
    "chosen": "as asked for",
}


def image_lines(look: Look, images: Sequence[PlannedImage], *, verbose: bool = False) -> list[Line]:
    """A row for each image: what it becomes and by which rule; with ``verbose`` who uses it and what is known."""
    if not images:
        return [(Span("  The chart renders no image.", "faint"),)]
    before = max(cells(reference_words(look, image.before)) for image in images)
    after = max(cells(_becomes(look, image)) for image in images)
    rules = max(cells(rule_words(image)) for image in images)
    wide = 4 + before + 2 + after + (2 + rules if rules else 0) > look.width
    lines: list[Line] = []
    for image in images:
        lines += _image(look, image, 0 if wide else before, after)
        if verbose:
            lines += _image_details(look, image)
    return lines


def _image(look: Look, image: PlannedImage, before: int, after: int) -> list[Line]:
    """One image in columns; or, without a width for the first, on two lines."""
    sign, style = _image_sign(look, image)
    prefix: Line = (Span(f"  {sign} ", style),)
    name, rule = reference_words(look, image.before), rule_words(image)
    becomes = Span(_becomes(look, image), "good" if image.after else style)
    if before:
        gap = Span(" " * (2 + after - cells(becomes.text)) if rule else "")
        return [(*prefix, Span(pad(name, before + 2)), becomes, gap, Span(rule, "faint"))]
    pieces = [becomes, Span(f"({rule})" if rule else "", "faint")]
    return [*look.wrap(prefix, [Span(name)], hang=4), *look.wrap((Span("      "),), pieces, hang=8)]


def rule_words(image: PlannedImage) -> str:
    """The rule that chose the tag, in a few words, and whether a registry was asked and has it."""
    words = _RULE_WORDS.get(image.rule, image.rule)
    return f"{words}, in the registry" if image.digest else words


def pasted(before: str, candidates: Sequence[str]) -> str:
    """What a command to be copied says an image becomes: the first candidate of the same major, else a placeholder.

    A command that is pasted unread must not jump to another major version.
    """
    old = Reference.try_parse(before)
    major = parse_upstream(old.tag).release[:1] if old else ()
    for text in candidates:
        new = Reference.try_parse(text)
        if major and new and release_of(new.tag)[:1] == major:
            return text
    return "IMAGE:TAG"


def _becomes(look: Look, image: PlannedImage) -> str:
    if image.after:
        return f"{look.glyphs.arrow} {reference_words(look, image.after)}"
    return stays_words(image) or _IMAGE_WORDS[image.status]


def stays_words(image: PlannedImage) -> str:
    """What is to be said of an image that stays, where its status does not say enough; else empty."""
    if image.status == "no-counterpart" and image.confidence:
        return "stays: no hardened tag in reach"
    if _is_unlisted(image):
        return "is hardened; its tag is not listed"
    return "stays: no sure counterpart" if image.status == "kept" and image.confidence == "weak" else ""


def _is_unlisted(image: PlannedImage) -> bool:
    """Whether of a hardened image neither the catalog nor a registry that was asked has just this tag."""
    return image.status == "already-dhi" and (image.facts is None or image.facts.assumed)


def _image_sign(look: Look, image: PlannedImage) -> tuple[str, Style]:
    if _is_unlisted(image):
        return look.glyphs.warn, "warn"
    signs: dict[str, tuple[str, Style]] = {
        "migrate": (look.glyphs.good, "good"),
        "already-dhi": (look.glyphs.good, "good"),
        "fixed": (look.glyphs.warn, "warn"),
        "undecided": (look.glyphs.ask, "bad"),
    }
    return signs.get(image.status, (look.glyphs.neutral, "faint"))


def _image_details(look: Look, image: PlannedImage) -> list[Line]:
    details = []
    lines: list[Line] = []
    if image.facts:
        facts = Span(f" {look.glyphs.dot} ".join(facts_words(image.facts)))
        lines = look.wrap((Span("      "),), [facts], hang=8)
    if image.reason:
        details.append(one_line(image.reason))
    if image.status == "undecided" and image.candidates:
        details.append("possible: " + ", ".join(image.candidates))
    if image.used_by:
        details.append("used by " + "; ".join(uses_words(image.used_by)))
    details += [f"{value.role} is set by {value.path} in {value.file}" for value in image.values]
    if image.status != "undecided" and len(image.candidates) > 1:
        details.append("also possible: " + ", ".join(c for c in image.candidates if c != image.after))
    if image.confidence:
        rule = f", rule: {image.rule}" if image.rule else ""
        details.append(f"match: {image.confidence}{rule}")
    style: Style = "plain" if image.status == "undecided" else "faint"
    return lines + [
        line for text in details for line in look.wrap((Span("      "),), [Span(text, style)], hang=8)
    ]


def facts_words(facts: ImageFacts) -> list[str]:
    """Line, user, shell and end of life of a hardened image, each as a few words.

    Of another line's facts its end of life is none of them: a tag that is listed no more has no updates.
    """
    user = facts.user or ("" if facts.uid is None else str(facts.uid))
    if facts.user and facts.uid is not None and facts.user != str(facts.uid):
        user = f"{facts.user} ({facts.uid})"
    line = "" if facts.assumed or not facts.line else f"line {facts.line}"
    words = [line, f"user {user}" if user else ""]
    words.append(f"shell {', '.join(facts.shells)}" if facts.shells else "no shell")
    if facts.assumed:
        words.append(f"assumed from {f'line {facts.line}, ' if facts.line else ''}the nearest that is listed")
    elif facts.end_of_life:
        words.append(f"end of life {facts.end_of_life}")
    return [word for word in words if word]


def uses_words(uses: Iterable[Use]) -> list[str]:
    """``Deployment/valkey (valkey, init copy-config)``: the places of an image by object; alike ones are counted."""
    objects = grouped((f"{use.kind}/{use.name}", _place_words(use)) for use in uses)
    named = {
        name: [f"{place} {n}x" if n > 1 else place for place, n in Counter(filter(None, places)).items()]
        for name, places in objects.items()
    }
    return [f"{name} ({', '.join(places)})" if places else name for name, places in named.items()]


def _place_words(use: Use) -> str:
    return use.container if use.role == "container" else f"{use.role} {use.container}".strip()


def reference_words(look: Look, reference: str) -> str:
    """An image reference; where lines must fit, a digest by its first twelve digits."""
    return safe(_DIGEST.sub(rf"\1{look.glyphs.more}", reference) if look.fit else reference)
