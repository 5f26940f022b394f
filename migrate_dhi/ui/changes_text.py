"""What a step changes, as lines: the diff of the files, and what moves in the rendered manifests."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from migrate_dhi.migration.plan import Effect, StepOutcome
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.ui.lines import Line, Look, Span, Style, cells, safe

_DIFF_INDENT = 4
_GIT_ONLY = ("diff --git ", "index ", "new file mode ", "old mode ", "new mode ")
# A value longer than this is no longer read by a person, wherever the text goes; the JSON has it all.
_LONGEST_VALUE = 160
# Of a changed text (a configuration file in a ConfigMap) so many changed lines are shown.
_MOST_LINES = 12
_DERIVED = regex(r"(?:^|\.)(labels|annotations)(?:\.|\[)(?P<key>.+?)\]?$")
_POD = regex(r"^spec\.(?:jobTemplate\.spec\.)?template\.spec(?=\.)")
_BODY: dict[str, Style] = {"+": "added", "-": "removed", "@": "hunk", "\\": "faint"}
_PLAIN_TEXT = regex(r"[^\s\"'](?:.*[^\s\"'])?", re.DOTALL)


def file_lines(look: Look, file: str, diff: str) -> list[Line]:
    """The diff of one file below its name."""
    head, _, hunks = diff.split("\n", 2)
    made = Span(" (new)", "faint") if head == "--- /dev/null" else Span("")
    # A blank line of context tells nothing.
    told = "\n".join(line for line in hunks.split("\n") if line != " ")
    return [(Span("  "), Span(file, "name"), made), *diff_lines(look, told)]


def diff_lines(look: Look, diff: str) -> list[Line]:
    """A unified diff: added and removed lines whole, context lines shortened where lines must fit."""
    texts = [text for text in diff.split("\n") if text and not text.startswith(_GIT_ONLY)]
    styles = _diff_styles(texts)
    body = [text for text, style in zip(texts, styles, strict=True) if style not in {"faint", "hunk"}]
    if body and all(text.endswith("\r") for text in body):
        texts = [text.removesuffix("\r") for text in texts]
    lines: list[Line] = []
    for text, style in zip(texts, styles, strict=True):
        room = look.width - _DIFF_INDENT
        whole = style in {"added", "removed"}
        parts = look.pieces(text, room) if whole else [look.cut(text, room)]
        lines += [(Span(" " * _DIFF_INDENT), Span(part, style)) for part in parts]
    return lines


def _diff_styles(texts: Sequence[str]) -> list[Style]:
    """The style of each line; ``--- `` is a file name only before a hunk, else a removed line of dashes."""
    styles: list[Style] = []
    in_hunk = False
    for index, text in enumerate(texts):
        if text.startswith("@@"):
            in_hunk = True
        elif text.startswith("--- ") and "".join(texts[index + 2 : index + 3]).startswith("@@"):
            in_hunk = False
        styles.append(_BODY.get(text[0], "plain") if in_hunk else "faint")
    return styles


def value_text(value: Any) -> str:
    """A manifest value for people: ``(none)`` for an absent one, in quotes only where that matters."""
    if value is None:
        return "(none)"
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value):
        return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "..."
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."


@record
class Moved:
    """The same change of the same label or annotation in one or more objects."""

    kind: str
    key: str
    before: Any
    after: Any
    objects: tuple[str, ...]


def derived_key(effect: Effect) -> tuple[str, str] | None:
    """``("label", "app.kubernetes.io/version")`` where the effect is a label or an annotation only."""
    match = _DERIVED.search(effect.path)
    if match is None:
        return None
    return match[1].removesuffix("s"), match["key"].strip("\"'")


def split_effects(effects: Iterable[Effect]) -> tuple[dict[str, list[Effect]], list[Moved]]:
    """Effects by object, and apart from them the labels and annotations, the same ones taken together."""
    objects: dict[str, list[Effect]] = {}
    derived: dict[tuple[str, str, str, str], list[Effect]] = {}
    for effect in effects:
        key = derived_key(effect)
        if key is None:
            objects.setdefault(effect.object, []).append(effect)
        else:
            # A checksum differs in each object; that it moved is all there is to know.
            same = ("", "") if is_checksum(key[1]) else (value_text(effect.before), value_text(effect.after))
            derived.setdefault((*key, *same), []).append(effect)
    return objects, [_moved(key[0], key[1], found) for key, found in derived.items()]


def is_checksum(key: str) -> bool:
    """Whether an annotation holds a checksum, by its name."""
    return "checksum" in key.lower() or "sha256" in key.lower()


def _moved(kind: str, key: str, effects: Sequence[Effect]) -> Moved:
    objects = tuple(dict.fromkeys(effect.object for effect in effects))
    return Moved(kind, key, effects[0].before, effects[0].after, objects)


def effect_lines(look: Look, step: StepOutcome, *, verbose: bool) -> list[Line]:
    """What changes in the manifests: each object with its fields, then labels and annotations in short."""
    objects, moved = split_effects(step.effects)
    summary = "" if objects else f"only {_kinds(moved)} change." if moved else "nothing changes."
    lines = look.wrap((Span("  In the manifests:" + (" " if summary else "")),), [Span(summary)], hang=4)
    for name, effects in objects.items() if verbose else _in_releases(objects):
        lines.append((Span("    "), Span(look.cut(name, look.width - 4), "name")))
        for effect in effects:
            lines += _change(look, effect.path, effect.before, effect.after, indent=6)
    for change in moved:
        lines += _moved_lines(look, change, verbose=verbose)
    return lines


def _in_releases(objects: Mapping[str, list[Effect]]) -> Iterator[tuple[str, list[Effect]]]:
    """The objects, where one that changes alike in several releases is told once, with their number."""
    alike: dict[tuple[str, str], list[tuple[str, list[Effect]]]] = {}
    for name, effects in objects.items():
        changes = repr([(effect.path, effect.before, effect.after) for effect in effects])
        alike.setdefault((name.partition(" of ")[0], changes), []).append((name, effects))
    for (base, _), found in alike.items():
        yield (f"{base} in {len(found)} releases" if len(found) > 1 else found[0][0]), found[0][1]


def _kinds(moved: Sequence[Moved]) -> str:
    words = []
    if any(change.kind == "label" for change in moved):
        words.append("labels")
    if any(is_checksum(change.key) for change in moved if change.kind == "annotation"):
        words.append("checksum annotations")
    if any(not is_checksum(change.key) for change in moved if change.kind == "annotation"):
        words.append("annotations")
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def _moved_lines(look: Look, change: Moved, *, verbose: bool) -> list[Line]:
    count = len(change.objects)
    where = change.objects[0] if count == 1 else f"{count} objects"
    prefix: Line = (Span("    "),)
    title = [Span(f"{change.kind} {change.key}", "name"), Span(f"in {where}", "faint")]
    if is_checksum(change.key):
        lines = look.wrap(prefix, [*title, Span("follows", "faint")], hang=6)
    else:
        arrow = Span(f"{_value(look, change.before)} {look.glyphs.arrow} {_value(look, change.after)}")
        lines = look.wrap(prefix, [*title[:1], arrow, title[1]], hang=6)
    if verbose and count > 1:
        lines += look.wrap((Span("      "),), [Span(name, "faint") for name in change.objects], hang=6)
    return lines


def _change(look: Look, path: str, before: Any, after: Any, *, indent: int) -> list[Line]:
    """``path: before → after`` on one line if it fits, else below it; of texts the lines that differ."""
    blank = Span(" " * indent)
    if not path:
        return [(blank, Span("appears", "added") if before is None else Span("disappears", "removed"))]
    if isinstance(before, str) and isinstance(after, str) and "\n" in before.strip() + after.strip():
        return [
            (blank, Span(_place(look, path, look.width - indent))),
            *_text_change(look, before, after, indent),
        ]
    old, new = safe(value_text(before)), safe(value_text(after))
    arrow = f" {look.glyphs.arrow} "
    if indent + cells(f"{safe(path)}: {old}{arrow}{new}") <= look.width:
        return [(blank, Span(f"{path}: "), Span(old, "removed"), Span(arrow), Span(new, "added"))]
    return [
        (blank, Span(_place(look, path, look.width - indent))),
        *_signed(look, "-", old, indent, "removed"),
        *_signed(look, "+", new, indent, "added"),
    ]


def _place(look: Look, path: str, room: int) -> str:
    """A field's path; where it is too long, without the way to the pod, which all fields of pods share."""
    if look.fit and cells(safe(path)) > room:
        path = _POD.sub(look.glyphs.more, path)
    return look.cut(path, room)


def _text_change(look: Look, before: str, after: str, indent: int) -> list[Line]:
    changes = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    changes = [text for text in changes if not text.startswith("@@")]
    room = look.width - indent - 4
    lines: list[Line] = []
    for text in changes[:_MOST_LINES]:
        style: Style = "added" if text.startswith("+") else "removed"
        lines += _signed(look, text[0], look.cut(text[1:], room), indent, style)
    if len(changes) > _MOST_LINES:
        lines.append((Span(" " * indent), Span(f"  and {len(changes) - _MOST_LINES} more lines", "faint")))
    return lines


def _signed(look: Look, sign: str, text: str, indent: int, style: Style) -> list[Line]:
    head, *rest = look.pieces(text, look.width - indent - 4)
    lines: list[Line] = [(Span(" " * indent), Span(f"  {sign} {head}", style))]
    return lines + [(Span(" " * indent), Span(f"    {part}", style)) for part in rest]


def _value(look: Look, value: Any) -> str:
    return look.cut(value_text(value), 48)
