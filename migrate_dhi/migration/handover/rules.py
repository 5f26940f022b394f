"""Lists in the settings of Renovate that name an image which moves: the hardened one is named beside it.

The old name stays: other releases may use it still.
"""

import json
from collections.abc import Callable, Iterator

from migrate_dhi.migration.handover.ground import Handed, HandoverGround, numbered
from migrate_dhi.migration.repository.bots import NAMES, RENOVATE
from migrate_dhi.migration.undoing import spelled
from migrate_dhi.regex import regex

_KEY = regex(r"""["']?(\w+)["']?\s*:\s*\[[^\[\]]*$""")
_QUOTED = regex(r"""(["'])([^"'\s]+)\1""")


def of_rules(ground: HandoverGround) -> Iterator[Handed]:
    """Every list of names, in every file of settings."""
    files = ground.source.files
    for file in (path for path in (files.paths if files else ()) if RENOVATE.search(path)):
        for before, after in ground.moving.items():
            yield from _named(ground, file, spelled(before).fullmatch, after.image)


def _named(ground: HandoverGround, file: str, is_it: Callable[[str], object], new: str) -> Iterator[Handed]:
    """One edit for each list; each is looked for anew in what the one before left."""
    while found := _next(ground, file, is_it, new):
        yield found


def _next(ground: HandoverGround, file: str, is_it: Callable[[str], object], new: str) -> Handed | None:
    text, before = ground.text(file), dict(ground.changed)
    for number, line in numbered(text):
        for match in _QUOTED.finditer(line):
            if not is_it(match[2]) or not _in_a_list(text, number, match.start(), new):
                continue
            word = f"{match[1]}{new}{match[1]}"
            alone = line.strip().rstrip(",") == match[0]
            between = f",\n{line[: len(line) - len(line.lstrip())]}" if alone else ", "
            ground.replace_line(
                file, number, line, f"{line[: match.end()]}{between}{word}{line[match.end() :]}"
            )
            if _adds_one(text, ground.text(file), new):
                fact = "a rule of Renovate names both images"
                return Handed(file, number, match[0], f"{match[0]}, {word}", fact, settles=((file, number),))
            ground.changed.clear()
            ground.changed.update(before)
    return None


def _in_a_list(text: str, number: int, column: int, new: str) -> bool:
    """Whether a word stands in a list of names that has not the new one yet."""
    lines = text.split("\n")
    above = "\n".join([*lines[: number - 1], lines[number - 1][:column]])
    key = _KEY.search(above)
    inside = text[above.rfind("[") :].partition("]")[0]
    return bool(key and key[1] in NAMES and f'"{new}"' not in inside and f"'{new}'" not in inside)


def _adds_one(before: str, after: str, new: str) -> bool:
    """Whether the settings are the same but for one name; JSON with comments is not read, and nothing is lost of it."""
    try:
        old, now = json.loads(before), json.loads(after)
    except ValueError:
        return True
    count = json.dumps(now).count(json.dumps(new)) - json.dumps(old).count(json.dumps(new))
    return count == 1
