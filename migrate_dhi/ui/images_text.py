"""The images of a plan as lines: what each becomes, who uses it, what is known of the hardened one."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from migrate_dhi.migration.plan import ImageFacts, PlannedImage, Use
from migrate_dhi.ui.lines import Line, Look, Span, Style, cells, one_line, pad, safe

_DIGEST = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]{52}")
_IMAGE_WORDS = {
    "already-dhi": "is hardened already",
    "no-counterpart": "stays: no hardened counterpart",
    "kept": "stays as it is",
    "fixed": "stays: no value reaches it",
    "undecided": "needs a choice",
}


def image_lines(look: Look, images: Sequence[PlannedImage], *, verbose: bool = False) -> list[Line]:
    """Each image: what it becomes, then who uses it and what is known of the hardened one."""
    if not images:
        return [(Span("  The chart renders no image.", "faint"),)]
    column = max(cells(reference_words(look, image.before)) for image in images)
    if look.fit and any(4 + column + 2 + cells(_becomes(look, image)) > look.width for image in images):
        column = look.width
    lines: list[Line] = []
    for image in images:
        lines += _image(look, image, column)
        lines += _image_details(look, image, verbose=verbose)
    return lines


def _image(look: Look, image: PlannedImage, column: int) -> list[Line]:
    sign, style = _image_sign(look, image.status)
    prefix: Line = (Span(f"  {sign} ", style),)
    before = reference_words(look, image.before)
    becomes = _becomes(look, image)
    after = Span(becomes, "good" if image.after else style)
    if 4 + column + 2 + cells(safe(becomes)) <= look.width or not look.fit:
        return [(*prefix, Span(pad(before, column + 2)), after)]
    return [*look.wrap(prefix, [Span(before)], hang=4), *look.wrap((Span("    "),), [after], hang=6)]


def _becomes(look: Look, image: PlannedImage) -> str:
    if image.after:
        return f"{look.glyphs.arrow} {reference_words(look, image.after)}"
    return _IMAGE_WORDS[image.status]


def _image_sign(look: Look, status: str) -> tuple[str, Style]:
    signs: dict[str, tuple[str, Style]] = {
        "migrate": (look.glyphs.good, "good"),
        "already-dhi": (look.glyphs.good, "good"),
        "fixed": (look.glyphs.warn, "warn"),
        "undecided": (look.glyphs.ask, "bad"),
    }
    return signs.get(status, (look.glyphs.neutral, "faint"))


def _image_details(look: Look, image: PlannedImage, *, verbose: bool) -> list[Line]:
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
    if verbose:
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
    objects: dict[str, list[str]] = {}
    for use in uses:
        words = "" if use.role == "container" else f"{use.role} "
        objects.setdefault(f"{use.kind}/{use.name}", []).append(f"{words}{use.container}".strip())
    named = {
        name: [f"{place} {n}x" if n > 1 else place for place, n in Counter(filter(None, places)).items()]
        for name, places in objects.items()
    }
    return [f"{name} ({', '.join(places)})" if places else name for name, places in named.items()]


def reference_words(look: Look, reference: str) -> str:
    """An image reference; where lines must fit, a digest by its first twelve digits."""
    return safe(_DIGEST.sub(rf"\1{look.glyphs.more}", reference) if look.fit else reference)
