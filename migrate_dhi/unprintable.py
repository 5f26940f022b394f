"""Characters that no YAML may hold. Helm refuses most of them without a line, and reads on to a NUL alone."""

from migrate_dhi.regex import regex

# YAML 1.2.2, 5.1: the printable characters.
_UNPRINTABLE = regex("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def unprintable(text: str) -> tuple[int, str] | None:
    r"""The 1-based line of the first character that YAML forbids, and what to tell of it; None where there is none.

    >>> unprintable("a: 1\nb: \x00\n")
    (2, 'it holds the character U+0000 (NUL), which YAML forbids')
    """
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    name = " (NUL)" if found[0] == "\0" else ""
    line = text.count("\n", 0, found.start()) + 1
    return line, f"it holds the character U+{ord(found[0]):04X}{name}, which YAML forbids"
