"""Which commands a shell script runs, read without running it; what cannot be read is left out."""

import re
from collections.abc import Iterator

_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)(\w+)\1(.*?)\n(?:.*?\n)??[ \t]*\2[ \t]*(?=\n|$)", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "time", "exec", "env", "nohup"}
)
# These run the command that follows their own options.
_RUNNERS = frozenset({"timeout", "xargs", "nice", "setsid", "sudo"})
_LOOKUPS = frozenset({"command", "which", "type", "hash"})
_FUNCTION = re.compile(r"(?:^|[\s;])(?:function\s+)?([A-Za-z_][\w-]*)\s*\(\)")


def commands(script: str) -> list[tuple[str, tuple[str, ...]]]:
    """The commands of a script as (name without its folder, arguments).

    Left out are functions that the script defines, and commands that it looks for before it uses them
    (``command -v curl``): it knows what to do without them.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    excused = set(_FUNCTION.findall(script))
    for words in _simple(_HEREDOC.sub(r"\3", script.replace("\\\n", " "))):
        rest = list(words)
        while rest and (rest[0] in _KEYWORDS or _ASSIGNMENT.match(rest[0])):
            rest.pop(0)
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
        sign = text[at]
        if sign == "\\":
            word += text[at + 1 : at + 2]
            at += 2
        elif sign == "'":
            end = text.find("'", at + 1)
            end = len(text) if end < 0 else end
            word += text[at + 1 : end] or "''"
            at = end + 1
        elif sign == '"':
            end, inner = _quoted(text, at + 1)
            word += text[at + 1 : end].replace("\n", " ") or '""'
            yield from inner
            at = end + 1
        elif text.startswith("$((", at):
            end = text.find("))", at)
            at = len(text) if end < 0 else end + 2
            word += "0"
        elif text.startswith("$(", at) or sign == "`":
            end = _closing(text, at)
            yield from _simple(text[at + (2 if sign == "$" else 1) : end])
            word += "$"
            at = end + 1
        elif sign == "#" and not word:
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif sign in "<>" or (sign == "&" and text[at + 1 : at + 2] == ">"):
            word = ""
            match = re.compile(r"[<>&]+\s*(?:&?\d+|-|[^\s;|&()<>]+)?").match(text, at)
            at = match.end() if match else at + 1
        elif sign in ";|&\n()":
            words += [word] if word else []
            if words:
                yield words
            words, word = [], ""
            at += 1
        elif sign.isspace():
            words += [word] if word else []
            word = ""
            at += 1
        else:
            word += sign
            at += 1
    words += [word] if word else []
    if words:
        yield words


def _quoted(text: str, start: int) -> tuple[int, list[list[str]]]:
    """The end of a double-quoted text, and the commands that are substituted in it."""
    inner: list[list[str]] = []
    at = start
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 2
        elif text.startswith("$(", at) and not text.startswith("$((", at):
            end = _closing(text, at)
            inner += _simple(text[at + 2 : end])
            at = end + 1
        elif text[at] == "`":
            end = _closing(text, at)
            inner += _simple(text[at + 1 : end])
            at = end + 1
        else:
            at += 1
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
