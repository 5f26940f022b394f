"""Which commands a shell script runs, read without running it; what cannot be read is left out."""

import re
from collections.abc import Iterator
from itertools import pairwise

from migrate_dhi.kube.shell import run_by
from migrate_dhi.regex import regex

_HEREDOC = regex(r"<<-?[ \t]*(['\"]?)(\w+)\1(.*?)\n(?:.*?\n)??[ \t]*\2[ \t]*(?=\n|$)", re.DOTALL)
_ASSIGNMENT = regex(r"[A-Za-z_]\w*\+?=")
# What may stand in front of a command; behind `function`, the name of one that is defined.
_BEFORE = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "function"})
# These stand for the command that they run: a shell brings them, or every image does.
_PASSED = frozenset({"time", "exec", "env", "nohup"})
_LOOKUPS = frozenset({"command", "which", "type", "hash"})
_TESTS = frozenset({"[", "[[", "test"})
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
    (``command -v curl``, ``[ -x /usr/bin/curl ]``): it knows what to do without them.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    excused = set(_FUNCTION.findall(script))
    for words in _simple(_HEREDOC.sub(r"\3", script.replace("\\\n", " "))):
        rest: tuple[str, ...] | None = tuple(words)
        while rest and (rest[0] in _BEFORE | _PASSED or _ASSIGNMENT.match(rest[0])):
            if rest[0] == "function":
                excused.update(rest[1:2])
                rest = rest[2:]
            else:
                rest = run_by(rest) if rest[0] in _PASSED else rest[1:]
        if rest and rest[0] in _LOOKUPS:
            excused.update(word for word in rest[1:] if not word.startswith("-"))
            continue
        if rest and rest[0] in _TESTS:
            excused.update(file.rpartition("/")[2] for sign, file in pairwise(rest) if sign == "-x")
        while rest and not rest[0][:1].isdigit():
            name = rest[0].rpartition("/")[2]
            found.append((name, rest[1:]))
            rest = run_by(rest) if name != "busybox" else None
    return [(name, arguments) for name, arguments in found if name not in excused]


def _simple(text: str) -> Iterator[list[str]]:
    """The simple commands of a text as lists of words: no patterns of ``case``, and no items of an array."""
    cases = 0
    passing, last = "", ""
    for words, sign in _split(text):
        if passing == ")":
            passing = "" if sign == ")" else passing
        elif passing:
            done = "esac" in words
            cases -= done
            passing = "" if done or sign == ")" else passing
        elif words[:1] == ["case"]:
            cases += 1
            passing = "" if sign == ")" else "case"
        elif words == ["esac"]:
            cases -= 1
        elif sign == "(" and words and _ASSIGNMENT.fullmatch(words[-1]):
            passing = ")"
        elif words:
            yield words
        elif cases and sign == last == ";":
            passing = "case"
        last = sign


def _split(text: str) -> Iterator[tuple[list[str], str]]:
    """The words of a text up to each separator, with it; command substitutions stand before what they are part of."""
    words: list[str] = []
    word = ""
    at = 0
    while at < len(text):
        nested = _nested(text, at)
        if nested:
            at, inner = nested
            yield from ((own, "") for own in inner)
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
            if kind == "separator":
                yield words, token
                words = []
        else:
            word += token.strip("'") if kind == "single" else token[kind == "escape" :]
    yield [*words, *([word] if word else [])], ""


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
