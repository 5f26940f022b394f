"""Runs kubectl, and nothing of it but what reads: the only place that ever asks a cluster anything.

What may be run is a list, not what may not: the verbs get, describe, logs, top and ``auth can-i``, and a few options.
A word that is not known is refused before anything runs. Secrets are asked for in no way.
"""

import re
import subprocess
from collections.abc import Sequence
from typing import Final

from migrate_dhi.errors import UsageError
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_VERBS: Final = frozenset({"get", "describe", "logs", "top"})
# Options with a value, then those without: what else there is may write a file, wait for ever, or ask as another user.
_WITH_VALUE: Final = frozenset(
    {"-n", "--namespace", "-l", "--selector", "-o", "--output", "--field-selector", "--tail", "--since", "-c"}
    | {"--container", "--sort-by"}
)
_ALONE: Final = frozenset(
    {"-A", "--all-namespaces", "--all-containers", "--no-headers", "--show-labels", "--prefix", "--previous"}
)
_OUTPUTS: Final = frozenset({"json", "wide", "name", "yaml"})
_RESOURCE = regex(r"[a-z0-9][a-z0-9.-]*", re.IGNORECASE)
_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9.:_-]*")
_SECRETS = regex(r"secrets?(?:\..*)?", re.IGNORECASE)
_SECONDS = 30


@record
class Answer:
    """What a command gave: whether it went well, and what it wrote."""

    ok: bool
    stdout: str
    stderr: str


def refusal(words: Sequence[str]) -> str:
    """Why a command may not be run, for people; empty where it may."""
    if not words:
        return "it names no verb"
    verb, *rest = words
    if verb == "auth":
        if rest[:1] != ["can-i"]:
            return "of auth only can-i reads"
        rest = rest[1:]
    elif verb not in _VERBS:
        return f"{verb} is none of get, describe, logs, top, auth can-i"
    plain: list[str] = []
    at = 0
    while at < len(rest):
        word = rest[at]
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            plain.append(word)
        elif name in _WITH_VALUE:
            if not equals:
                at += 1
                value = rest[at] if at < len(rest) else ""
            if not value or value.startswith("-"):
                return f"{name} lacks its value"
            if name in ("-o", "--output") and value not in _OUTPUTS:
                return f"{name} {value} is none of {', '.join(sorted(_OUTPUTS))}"
        elif word not in _ALONE:
            return f"{name} is no option that is known to read only"
        at += 1
    return _of_names(verb, plain)


def _of_names(verb: str, plain: Sequence[str]) -> str:
    if not plain:
        return "it names nothing"
    for position, word in enumerate(plain):
        for part in word.split(","):
            resource, slash, name = part.partition("/")
            of_resource = verb in ("get", "describe") and (position == 0 or bool(slash))
            if (of_resource or verb == "auth" or slash) and _SECRETS.fullmatch(resource):
                return "secrets are not asked for"
            if slash and not _NAME.fullmatch(name):
                return f"{part!r} is no name"
            if not (_RESOURCE if position == 0 else _NAME).fullmatch(resource):
                return f"{part!r} is no name"
    return ""


class Kubectl:
    """Asks one cluster.

    Args:
        context: the context of the user's configuration that is asked.
        program: what is run.

    Raises:
        UsageError: no context is named, or one that looks like an option.
    """

    def __init__(self, context: str, program: str = "kubectl") -> None:
        if not context or context.startswith("-"):
            raise UsageError(
                "--run-checks asks a cluster, and which one is not guessed",
                help="name it: --context NAME, as `kubectl config get-contexts` lists it",
            )
        self.context = context
        self.program = program

    def ask(self, words: Sequence[str]) -> Answer:
        """The answer to a command that reads; raises UsageError for any other, and where kubectl cannot be run."""
        why = refusal(words)
        if why:
            raise UsageError(
                f"kubectl {' '.join(words)} is not run: {why}", help="run it yourself if you mean it"
            )
        # The verb's own options end before ours: none of the words is taken for the value of one.
        command = [self.program, f"--context={self.context}", f"--request-timeout={_SECONDS}s", *words]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=2 * _SECONDS,
            )
        except FileNotFoundError as error:
            raise UsageError(
                f"there is no program {self.program}", help="install kubectl, or name it: --kubectl"
            ) from error
        except (OSError, subprocess.TimeoutExpired) as error:
            return Answer(ok=False, stdout="", stderr=f"{type(error).__name__}: {self.program}")
        return Answer(done.returncode == 0, done.stdout, done.stderr.strip())
