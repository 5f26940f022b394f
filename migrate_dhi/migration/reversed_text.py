"""A file without what a step did to it: only those lines, whatever was changed since elsewhere in it."""

from difflib import SequenceMatcher

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.migration.tree_edits import Conflict, TreeEdit, made, tree_edits
from migrate_dhi.yamledit.data import same


def reversed_text(
    file: str, before: str | None, after: str | None, now: str | None
) -> tuple[str | None, list[Conflict]]:
    """The text as it would be now if the step had not been made, and what stands against that.

    Args:
        file: its name, for refusals.
        before: the text before the step; None where the file was not there.
        after: the text that the step left.
        now: the text that is there.

    Returns:
        the text, or None for no file; and the conflicts, with which the text is not to be used.
    """
    if now == after:
        return before, []
    if now == before:
        return now, []
    if now is None or after is None:
        gone = "is not there any more" if now is None else "is there again"
        return now, [Conflict("", "the file as the step left it", f"the file {gone}")]
    old = before or ""
    lines = _by_lines(after, old, now)
    try:
        edits, _ = tree_edits(after, old), tree_edits(now, now)
    except EditRefusedError as error:
        # A template, say, of which only the lines can be told.
        if lines is not None:
            return _file(before, lines), []
        return now, [Conflict("", "the lines as the step left them", error.message)]
    if lines is not None and _same_edits(edits, now, lines):
        return _file(before, lines), []
    try:
        text, conflicts = made(now, edits, name=file)
    except EditRefusedError as error:
        return now, [Conflict("", "what can be edited exactly", error.message)]
    return _file(before, text), conflicts


def _file(before: str | None, text: str) -> str | None:
    """No file where there was none before the step and nothing is left of it."""
    return None if before is None and not text.strip() else text


def _by_lines(after: str, before: str, now: str) -> str | None:
    """The text with each change of lines undone that stands as it was left; None where one does not."""
    left, right, current = (text.splitlines(keepends=True) for text in (after, before, now))
    there: dict[int, int] = {-1: -1, len(left): len(current)}
    for block in SequenceMatcher(None, left, current, autojunk=False).get_matching_blocks():
        there |= {block.a + step: block.b + step for step in range(block.size)}
    result = list(current)
    hunks = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    for kind, start, end, other_start, other_end in reversed(hunks):
        if kind == "equal":
            continue
        at = there.get(start) if start < end else there.get(start - 1, -2) + 1
        whole = at is not None and [there.get(n) for n in range(start, end)] == list(
            range(at, at + end - start)
        )
        # One neighbour at least, for the same line may stand in many places; between two lines, both.
        beside = [there.get(start - 1) == (at or 0) - 1, there.get(end) == (at or 0) + end - start]
        if at is None or at < 0 or not whole or not (any(beside) if start < end else all(beside)):
            return None
        result[at : at + end - start] = right[other_start:other_end]
    return "".join(result)


def _same_edits(wanted: list[TreeEdit], now: str, lines: str) -> bool:
    """Whether the lines change the values that the step changed, and no others."""
    try:
        got = tree_edits(now, lines)
    except EditRefusedError:
        return False
    return len(wanted) == len(got) and all(
        (one.document, one.way, one.at is None) == (two.document, two.way, two.at is None)
        and same(one.old, two.old)
        and same(one.new, two.new)
        for one, two in zip(wanted, got, strict=True)
    )
