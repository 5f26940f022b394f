"""Which commands a shell script runs, read without running it; what cannot be read is left out."""

import re
from collections.abc import Iterator

from migrate_dhi.regex import regex

_HEREDOC = regex(r"<<-?[ \t]*(['\"]?)(\w+)\1(.*?)\n(?:.*?\n)??[ \t]*\2[ \t]*(?=\n|$)", re.DOTALL)
_ASSIGNMENT = regex(r"[A-Za-z_]\w*\+?=")
# What may stand in front of a command; behind `function`, the name of one that is defined.
_BEFORE = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}"}
    | {"time", "exec", "env", "nohup", "function"}
)
# These run the command that follows their own options.
_RUNNERS = frozenset({"timeout", "xargs", "nice", "setsid", "sudo"})
_LOOKUPS = frozenset({"command", "which", "type", "hash"})
_FUNCTION = regex(r"(?:^|[\s;])([A-Za-z_][\w-]*)\s*\(\)")

_TOKEN = regex(
    r"""(?P<escape>\\.)
      | (?P<single>'[^']*'?)
      | (?P<sum>\$\(\(.*?(?:\)\)|$))
      | (?P<redirect>(?:\d*[<>]+|&>+)&?[ \t]*[^\s;|&()<>]*)
      | (?P<comment>\#[^\n]*)
      | (?P<separator>[;|&\n()])
      | (?P<space>[ \t\r\f\v]+)
      | (?P<other>[^\\'"$`;|&\n()<>\s\#]+|.)""",
    re.VERBOSE | re.DOTALL,
)


def commands(script: str) -> list[tuple[str, tuple[str, ...]]]:
    """The commands of a script as (name without its folder, arguments).

    Left out are functions that the script defines, and commands that it looks for before it uses them
    (``command -v curl``): it knows what to do without them.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    excused = set(_FUNCTION.findall(script))
    for words in _simple(_HEREDOC.sub(r"\3", script.replace("\\\n", " "))):
        rest = list(words)
        while rest and (rest[0] in _BEFORE or _ASSIGNMENT.match(rest[0])):
            if rest.pop(0) == "function" and rest:
                excused.add(rest.pop(0))
        if not rest:
            continue
        if rest[0] in _LOOKUPS:
            excused.update(word for word in rest[1:] if not word.startswith("-"))
            continue
        name = rest[0].rpartition("/")[2]
        found.append((name, tuple(rest[1:])))
        if name in _RUNNERS:
            inner = [word for word in rest[1:] if not word.startswith("-") and not word[:1].isdigit()]
            if inner:
                found.append((inner[0].rpartition("/")[2], tuple(inner[1:])))
    return [(name, arguments) for name, arguments in found if name not in excused]


def _simple(text: str) -> Iterator[list[str]]:
    """The simple commands of a text as lists of words, command substitutions included."""
    words: list[str] = []
    word = ""
    at = 0
    while at < len(text):
        nested = _nested(text, at)
        if nested:
            at, inner = nested
            yield from inner
            word += "$"
            continue
        match = _TOKEN.match(text, at)
        kind, token = (match.lastgroup, match.group()) if match else ("other", text[at])
        if kind == "comment" and word:
            kind, token = "other", "#"
        at += len(token)
        if kind in ("redirect", "comment"):
            word = ""
        elif kind in ("space", "separator"):
            words += [word] if word else []
            word = ""
            if kind == "separator" and words:
                yield words
                words = []
        else:
            word += token.strip("'") if kind == "single" else token[kind == "escape" :]
    words += [word] if word else []
    if words:
        yield words


def _nested(text: str, at: int) -> tuple[int, list[list[str]]] | None:
    """A double-quoted text or a substitution that begins here: where it ends, and the commands in it."""
    if text[at] == '"':
        end, inner = _quoted(text, at + 1)
        return end + 1, inner
    if text[at] == "`" or (text.startswith("$(", at) and not text.startswith("$((", at)):
        end = _closing(text, at)
        return end + 1, list(_simple(text[at + (1 if text[at] == "`" else 2) : end]))
    return None


def _quoted(text: str, start: int) -> tuple[int, list[list[str]]]:
    """The end of a double-quoted text, and the commands that are substituted in it."""
    inner: list[list[str]] = []
    at = start
    while at < len(text) and text[at] != '"':
        nested = _nested(text, at)
        if nested:
            at, found = nested
            inner += found
        else:
            at += 2 if text[at] == "\\" else 1
    return min(at, len(text)), inner


def _closing(text: str, at: int) -> int:
    """The end of the substitution that begins at a position; the text's end where it is never closed."""
    if text[at] == "`":
        end = text.find("`", at + 1)
        return len(text) if end < 0 else end
    depth = 0
    quote = ""
    for place in range(at + 1, len(text)):
        sign = text[place]
        if quote:
            quote = "" if sign == quote and text[place - 1] != "\\" else quote
        elif sign in "'\"" and text[place - 1] != "\\":
            quote = sign
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if not depth:
                return place
    return len(text)
