"""What the entrypoint script of a hardened image reads, and what it does with its arguments: from its text.

The catalog repository holds the text of some such scripts, in the definition (``paths[].content``) or beside it
(``paths[].source``, a path in the repository). Of the others, which come from the
sources of the program, nothing is said.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.catalog_file import Record
from migrate_dhi.kube.shell import unwrapped
from migrate_dhi.regex import regex

_COMMENT = regex(r"(?m)^\s*#.*$")
_FUNCTION = regex(r"(?ms)^(?:function\s+[\w-]+|[\w-]+\s*\(\))[^\n]*\{\n.*?^\}")
# Variables, and all of a beginning (`[[ $name != KAFKA_* ]]`, `${!SPARK_JAVA_OPT_@}`).
_VARIABLE = regex(r"\$\{?[!#]?([A-Z][A-Z0-9_]+)")
_BEGINNING = regex(r"(?<!\w)([A-Z][A-Z0-9_]*_)(?=[*@])")
_PATH = regex(r"(?<![\w}/.*<)])/(?!dev/|usr/|proc/)[a-z][\w.-]*(?:/[\w.-]+)*")
# The scripts of Docker Official Images, and those after them, take the value from a file, too: `NAME_FILE`.
_OR_FILE = regex(r"(?m)^\s*\w*file_env\s+['\"]?([A-Z][A-Z0-9_]*[A-Z0-9])\b")
_ALL = regex(r"\"?\$(?:[@*]|\{@)")
_ARGUMENT = regex(r"\$\{?[@*#1-9]")
_RUN = regex(r"(?m)^\s*exec\s+(.+)$")
_AGAIN = regex(r"\$0|BASH_SOURCE|\bgosu\b|\bsetpriv\b")
_OPTION = regex(r"\$\{1#-|\$\{1:0:1\}|[=(\s][\"']?--?[\"']?\*")
_OTHERWISE = regex(r"\bset -- |\bshift\b")
_BRANCH = regex(
    r"(?ms)^(?P<at>[ \t]*)if \[+ [\"']?\$1[\"']? ==? [\"']?(?P<word>[\w-]+)[\"']? \]+; *then\n"
    r"(?P<body>.*?)^(?P=at)(?:else|elif|fi)\b"
)


def script_facts(definition: Mapping[str, Any], checkout: Path) -> Record:
    """The facts of the script that the image starts, or none where there is none or its text is not there.

    ``path``; ``reads``: variables and paths that its text names; ``program``: what all arguments are handed to;
    ``verbatim``: arguments are run as they are, options too; ``drops``: first arguments whose further ones it does
    not read (``*``: it reads none at all).
    """
    path, text = next(_texts(definition, checkout), ("", ""))
    if not text.startswith("#!"):
        return {}
    text = _COMMENT.sub("", text)
    rest = _FUNCTION.sub("", text)
    program, verbatim = _handed_on(rest)
    facts = {
        "path": path,
        "reads": sorted(_reads(text)),
        "program": program,
        "verbatim": verbatim,
        "drops": _dropped(rest),
    }
    return {key: value for key, value in facts.items() if value}


def _texts(definition: Mapping[str, Any], checkout: Path) -> Iterator[tuple[str, str]]:
    inner = unwrapped([str(word) for key in ("entrypoint", "cmd") for word in definition.get(key) or ()])
    for file in definition.get("paths") or ():
        path = str(file.get("path"))
        if file.get("type") != "file" or not inner or inner[0] not in {path, path.rpartition("/")[2]}:
            continue
        source = checkout / str(file.get("source") or "")
        if file.get("content"):
            yield path, str(file["content"])
        elif source.is_file() and source.resolve().is_relative_to(checkout.resolve()):
            yield path, source.read_text(encoding="utf-8", errors="replace")


def _reads(text: str) -> set[str]:
    files = _OR_FILE.findall(text)
    names = {*_VARIABLE.findall(text), *files, *(f"{name}_FILE" for name in files)}
    return names | {f"{start}*" for start in _BEGINNING.findall(text)} | set(_PATH.findall(text))


def _handed_on(text: str) -> tuple[str, bool]:
    """The program that gets all arguments, and whether they are run as they are; neither where it depends."""
    lines = [line for line in _RUN.findall(text) if _ALL.search(line) and not _AGAIN.search(line)]
    started = {next(iter(unwrapped(_ALL.split(line)[0].split())), "") for line in lines}
    if len(started) != 1 or _OTHERWISE.search(text):
        return "", False
    program = started.pop()
    if program:
        return ("" if program.endswith(".sh") or "$" in program else program), False
    return "", _OPTION.search(text) is None


def _dropped(text: str) -> list[str]:
    if not _ARGUMENT.search(text):
        return ["*"]
    return [found["word"] for found in _BRANCH.finditer(text) if not _ALL.search(found["body"])]
