"""Questions to a person at a terminal; the only module that imports questionary."""

import sys

from migrate_dhi.errors import InterruptedByUserError


def at_terminal() -> bool:
    """True where someone can be asked: piped text is never consent."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str, *, default: bool = True) -> bool:
    """Ask yes or no; raises InterruptedByUserError on Ctrl-C."""
    import questionary  # noqa: PLC0415 - 90 ms, only where a question is asked

    try:
        return bool(questionary.confirm(question, default=default).unsafe_ask())
    except (KeyboardInterrupt, EOFError) as error:
        raise InterruptedByUserError("interrupted") from error
