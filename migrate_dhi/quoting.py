"""Words of a command line as a shell takes them, whatever the name of a file holds."""

import unicodedata
from shlex import quote

UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that a terminal acts on, or that hide: control, format, surrogate, line separators."""

_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\", "'": "\\'"}


def shell_word(text: str) -> str:
    r"""A word quoted for bash, zsh and ksh; one that cannot be shown as it is by its escapes.

    >>> shell_word("my charts/a")
    "'my charts/a'"
    >>> shell_word("a\tb")
    "$'a\\tb'"
    """
    if not any(unicodedata.category(character) in UNSAFE for character in text):
        return quote(text)
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if unicodedata.category(character) not in UNSAFE:
        return character
    if 0xDC80 <= code <= 0xDCFF:
        # A byte that is no UTF-8, as Python keeps it in a name of a file.
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
