"""Scalars: what Helm reads in them, and how a value is written so that every reader agrees.

Reading follows Helm (``sigs.k8s.io/yaml``, a YAML 1.1 reader in Go that drops base 60 and dates),
measured against its own engine. Writing is stricter: a text is left unquoted only if YAML 1.1, YAML 1.2
and Helm all read the same text.
"""

import re
from typing import Final

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.regex import regex

Scalar = str | int | float | bool | None

_WORDS: Final[dict[str, bool | None]] = {
    **{form: value for word, value in (("yes", True), ("true", True), ("on", True), ("no", False),
       ("false", False), ("off", False), ("null", None)) for form in (word, word.capitalize(), word.upper())},
    "y": True, "Y": True, "n": False, "N": False, "~": None, "": None,
}  # fmt: skip

_EXACT: Final = 2**53  # Helm passes numbers through JSON as floating point.
_INT: Final = regex(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT: Final = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL: Final = {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}

# Anything that some YAML reader takes for a number, a date or a time of day.
_NUMBER_LIKE: Final = regex(
    r"""
      [-+]?\.?[0-9][0-9_,.]*(?:[eE][-+]?[0-9_]+)?     # 9.10  1_000  1e3  1,000 (but 1.2.3 is excepted below)
    | [-+]?0[xX][0-9a-fA-F_]+ | [-+]?0[oO][0-7_]+ | [-+]?[0-9_]+ | [-+]?0[bB][01_]+
    | [-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)? # 12:30
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\ \t].*)?   # 2024-01-01
    | [-+]?\.(?:inf|nan|_*[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?) | \.[0-9_]+
    | [-+]?[0-9_]+\.[0-9_]*(?:[eE][-+]?[0-9]+)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_VERSION: Final = regex(r"[0-9]+\.[0-9]+\.[0-9.]*[0-9]")
_WORD_LIKE: Final = frozenset(word.lower() for word in _WORDS) | {"=", "<<"}
# What no YAML file holds unescaped. Named by the few that do not print: the class of all others costs 3 ms to compile.
_UNPRINTABLE: Final = regex("[\0-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def read_plain(text: str) -> Scalar:
    """The value that Helm reads in an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if text[0] != "." or text == text.lower() or text in (".Inf", ".INF", ".NaN", ".NAN"):
        special = _SPECIAL.get(text.lower())
        if special is not None:
            return special
    return _number(text)


def _number(text: str) -> Scalar:
    digits = text.replace("_", "")
    if _INT.fullmatch(digits):
        number = _integer(digits)
        return number if abs(number) <= _EXACT else float(number)
    if _FLOAT.fullmatch(digits):
        value = float(digits)
        return text if value in (float("inf"), float("-inf")) else value
    return text


def _integer(digits: str) -> int:
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-").lower()
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def reads_as_text(text: str) -> bool:
    """Every YAML reader takes this unquoted scalar for the same text."""
    if text.lower() in _WORD_LIKE:
        return False
    if _VERSION.fullmatch(text):
        return True
    # Helm drops underscores before it looks at the form: 0_o7 is 7.
    return not (_NUMBER_LIKE.fullmatch(text) or _NUMBER_LIKE.fullmatch(text.replace("_", "")))


def plain_is_safe(text: str, *, flow: bool) -> bool:
    """The text can stand unquoted as a value or key, and no reader takes it for something else."""
    if not text or text != text.strip() or _UNPRINTABLE.search(text) or "\n" in text or "\t" in text:
        return False
    if text[0] in "?:,[]{}#&*!|>'\"%@`=" or text.startswith(("---", "...", "- ")) or text == "-":
        return False
    if ": " in text or " #" in text or text.endswith(":"):
        return False
    if flow and re.search(r"[,\[\]{}:]", text):
        return False
    return reads_as_text(text)


def single_quoted(text: str) -> str | None:
    """The text in single quotes, or None if those cannot hold it on one line."""
    if _UNPRINTABLE.search(text) or "\n" in text or "\t" in text:
        return None
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text: str) -> str:
    """The text in double quotes, with escapes where needed.

    Raises:
        EditRefusedError: a lone surrogate, which no YAML file can hold.
    """
    if re.search("[\ud800-\udfff]", text):
        raise EditRefusedError("a text with half a character (a lone surrogate) cannot be written")

    def escape(found: re.Match[str]) -> str:
        char = found[0]
        if char in _ESCAPES:
            return _ESCAPES[char]
        return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"

    return '"' + re.sub(rf'[\\"\n\t]|{_UNPRINTABLE.pattern}', escape, text) + '"'


def literal_block(text: str) -> tuple[str, list[str]] | None:
    """A text of several lines as a literal block: header and lines, or None if a block cannot hold it."""
    if "\n" not in text.rstrip("\n") and not text.endswith("\n"):
        return None
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if not lines[0].strip() or lines[0][0] in " \t" or not lines[-1].strip() or "\t" in body:
        return None
    if _UNPRINTABLE.search(text) or any(line != line.rstrip() for line in lines):
        return None
    return ("|" if text.endswith("\n") else "|-"), lines


def write_number(value: float | bool | None) -> str:
    """Write everything that is no text: null, booleans and numbers.

    Raises:
        EditRefusedError: infinity and not-a-number, which Helm refuses; integers that Helm would round.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) > _EXACT:
            raise EditRefusedError(
                f"{value} cannot be a value: Helm would round it", help="write it as a text"
            )
        return str(value)
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        raise EditRefusedError(f"{text} cannot be a value: Helm refuses it")
    mantissa, mark, exponent = text.partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}{mark}{exponent}" if mark else text
