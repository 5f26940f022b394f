"""How a long list or a long text is told to people: the beginning of it."""

from collections.abc import Iterable


def some_of(texts: Iterable[str], most: int, between: str = ", ") -> str:
    """The first of several texts, and how many more there are.

    >>> some_of(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    every = list(texts)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return between.join(every[:most]) + more


def counted(number: int, word: str, many: str = "s") -> str:
    """So many of a thing whose plural ends with ``many``.

    >>> counted(1, "image"), counted(0, "image"), counted(2, "branch", "es")
    ('1 image', '0 images', '2 branches')
    """
    return f"{number} {word}{many * (number != 1)}"


def shortened(value: object, most: int) -> str:
    r"""A value as a text in one line of at most so many characters.

    >>> shortened("one\n two", 6)
    'one...'
    """
    line = " ".join(str(value).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
