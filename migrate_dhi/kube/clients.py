"""What curl and wget are told on their command line, as far as it is known; the rest is refused, not guessed.

Sources: the manual pages of curl and of GNU Wget. Of options without a value those are known that change nothing
which a server could see.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from migrate_dhi.record import record
from migrate_dhi.regex import regex


class NotNativeError(Exception):
    """Something in a command line that no handler of Kubernetes' own does."""


@record
class Asked:
    """What a client is told: options by their long name (a switch has an empty value), and addresses."""

    options: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return any(name == option for option, _ in self.options)

    def values(self, name: str) -> list[str]:
        """The values of an option, in their order."""
        return [value for option, value in self.options if option == name]


@record
class _Client:
    """The options of a client: long switches, long ones with a value, and letters with the long name they stand for."""

    switches: re.Pattern[str]
    taking: re.Pattern[str]
    letters: Mapping[str, str]


_CLIENTS = {
    "curl": _Client(
        regex(
            r"fail(-with-body)?|silent|show-error|insecure|location|verbose|globoff|include|head|no-buffer|disable"
            r"|ipv[46]|progress-bar|no-progress-meter|compressed|http1\.1|path-as-is"
        ),
        regex(
            r"max-time|connect-timeout|retry(-delay|-max-time)?|output|write-out|header|user-agent|request|url|noproxy"
            r"|cacert|capath"
        ),
        {
            "f": "fail",
            "s": "silent",
            "S": "show-error",
            "k": "insecure",
            "L": "location",
            "v": "verbose",
            "g": "globoff",
            "i": "include",
            "I": "head",
            "N": "no-buffer",
            "q": "disable",
            "4": "ipv4",
            "6": "ipv6",
            "#": "progress-bar",
            "m": "max-time",
            "o": "output",
            "w": "write-out",
            "H": "header",
            "A": "user-agent",
            "X": "request",
        },
    ),
    "wget": _Client(
        regex(
            r"quiet|(no-)?verbose|spider|no-check-certificate|server-response|no-proxy|content-on-error|inet[46]-only"
        ),
        regex(
            r"output-(document|file)|(connect-|read-|dns-)?timeout|tries|header|user-agent|ca-certificate|waitretry"
            r"|proxy"
        ),
        {
            "q": "quiet",
            "v": "verbose",
            "S": "server-response",
            "4": "inet4-only",
            "6": "inet6-only",
            "T": "timeout",
            "t": "tries",
            "U": "user-agent",
            "Y": "proxy",
            "O": "output-document",
            "o": "output-file",
        },
    ),
}


def told(name: str, arguments: Sequence[str]) -> Asked:
    """Options and addresses of a command line of ``curl`` or ``wget``; raises NotNativeError."""
    client = _CLIENTS[name]
    options: list[tuple[str, str]] = []
    addresses: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word.startswith("--") and len(word) > 2:
            option, equals, value = word[2:].partition("=")
            if client.taking.fullmatch(option) and (equals or rest):
                options.append((option, value if equals else rest.pop(0)))
            elif client.switches.fullmatch(option) and not equals:
                options.append((option, ""))
            else:
                raise NotNativeError(f"{name} is given --{option}")
        elif word.startswith("-") and len(word) > 1 and word != "--":
            options += _letters(name, word[1:], rest)
        elif word != "--":
            addresses.append(word)
    urls = [value for option, value in options if option == "url"]
    return Asked(tuple(options), (*addresses, *urls))


def _letters(name: str, letters: str, rest: list[str]) -> Iterator[tuple[str, str]]:
    """The options of a word such as ``-fsSkm5``; the value of the last one may be the next word."""
    client = _CLIENTS[name]
    if name == "wget" and letters == "nv":
        return
    while letters:
        letter, letters = letters[0], letters[1:]
        option = client.letters.get(letter)
        if option and client.taking.fullmatch(option) and (letters or rest):
            yield option, letters or rest.pop(0)
            return
        if not option or client.taking.fullmatch(option):
            raise NotNativeError(f"{name} is given -{letter}")
        yield option, ""
