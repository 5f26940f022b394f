"""Questions to a person at a terminal; the only module that imports questionary.

Each question takes its lines away when it is answered and leaves one line behind, so that what stays on
the screen reads as a record. A terminal that cannot move its cursor (``TERM=dumb``, as many screen readers
want it) gets numbered lists and typed answers instead. Ctrl-C raises InterruptedByUserError everywhere.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Generic, TypeVar

from migrate_dhi.errors import InterruptedByUserError
from migrate_dhi.record import record
from migrate_dhi.ui import console
from migrate_dhi.ui.lines import Line, Span, cells, safe

T = TypeVar("T")

# From so many options on, typing narrows the list down.
SEARCH_FROM = 10
# The user's own sixteen colours, as in the console; what is selected is not shown in reverse.
_STYLE = [
    ("qmark", "fg:ansicyan bold"),
    ("question", "bold"),
    ("answer", "fg:ansicyan"),
    ("pointer", "fg:ansicyan bold"),
    ("highlighted", "bold"),
    ("selected", "noreverse"),
    ("instruction", ""),
    ("search_success", "noinherit bold"),
    ("search_none", "noinherit fg:ansired"),
]


@record
class Option(Generic[T]):
    """One possible answer: what it means to the program, how it is listed, and how it is remembered."""

    value: T
    title: str
    short: str = ""

    @property
    def answer(self) -> str:
        """The words that stay on the screen once it is chosen."""
        return self.short or self.title


def at_terminal() -> bool:
    """True where someone can be asked: piped text is never consent."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str, *, default: bool = True) -> bool:
    """Ask yes or no."""
    if _plain():
        return _typed_confirm(question, default=default)
    questionary = _questionary()
    with _interruptible():
        asked = questionary.confirm(
            safe(question), default=default, style=_style(questionary), erase_when_done=True
        )
        answer = bool(_answer(asked))
    _remember(question, "yes" if answer else "no")
    return answer


def select(question: str, options: Sequence[Option[T]], default: T | None = None) -> T:
    """Ask for one of the options; Enter takes ``default``, else the first."""
    values = [option.value for option in options]
    start = values.index(default) if default in values else 0
    if _plain():
        chosen = options[_typed_number(question, options, start)]
    else:
        questionary = _questionary()
        with _interruptible():
            search = len(options) > SEARCH_FROM
            asked = questionary.select(
                safe(question),
                choices=_choices(questionary, options),
                default=start,
                pointer=_pointer(),
                instruction=_instruction(
                    question, "(arrows, or type to filter)" if search else "(arrows, then enter)"
                ),
                use_search_filter=search,
                use_jk_keys=not search,
                style=_style(questionary),
                erase_when_done=True,
            )
            chosen = options[_answer(asked)]
    _remember(question, chosen.answer)
    return chosen.value


def select_many(question: str, options: Sequence[Option[T]]) -> list[T]:
    """Ask for some of the options, in their order; Enter alone takes the one pointed at, at first the first."""
    if _plain() or not _beyond_ascii():
        chosen = [options[index] for index in _typed_numbers(question, options)]
    else:
        questionary = _questionary()
        search = len(options) > SEARCH_FROM
        with _interruptible():
            asked = questionary.checkbox(
                safe(question),
                choices=_choices(questionary, options),
                pointer=_pointer(),
                instruction=_instruction(
                    question, f"(space marks, enter takes{', type to filter' if search else ''})"
                ),
                use_search_filter=search,
                use_jk_keys=not search,
                style=_style(questionary),
                erase_when_done=True,
            )
            marked = _answer(asked) or [_pointed_at(asked)]
        chosen = [options[index] for index in marked]
    words = chosen[0].answer if len(chosen) == 1 else f"{len(chosen)} chosen"
    _remember(question, words)
    return [option.value for option in chosen]


def text(question: str, default: str = "", complaint: Callable[[str], str] = lambda _: "") -> str:
    """Ask for a text until ``complaint``, which says what is wrong with one, says nothing."""
    while True:
        if _plain():
            answer = _ask(f"{question} [{default}]: " if default else f"{question}: ") or default
        else:
            questionary = _questionary()
            with _interruptible():
                style = _style(questionary)
                asked = questionary.text(safe(question), default=default, style=style, erase_when_done=True)
                answer = str(_answer(asked)).strip()
        wrong = complaint(answer)
        if not wrong:
            break
        console.show_lines([(Span("! ", "warn"), Span(wrong))])
    _remember(question, answer or "(nothing)")
    return answer


def _remember(question: str, answer: str) -> None:
    if _plain():
        return
    look = console.look()
    asked = question if question.endswith(("?", ":")) else f"{question}:"
    lines = look.wrap((Span("? ", "command"),), [Span(asked, "name"), Span(answer, "command")], hang=4)
    console.show_lines(lines)


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, EOFError) as error:
        raise InterruptedByUserError("interrupted") from error


def _answer(question: Any) -> Any:
    """Ask; keys that were pressed before the question could be read answer nothing."""
    from prompt_toolkit.input.typeahead import clear_typeahead  # noqa: PLC0415 - comes with questionary

    with suppress(ImportError):  # Windows has no such terminals
        import termios  # noqa: PLC0415

        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    clear_typeahead(question.application.input)
    return question.unsafe_ask()


def _questionary() -> Any:
    import questionary  # noqa: PLC0415 - 90 ms, only where a question is asked

    _keep_key_bindings()
    console.progress("")
    return questionary


@cache
def _keep_key_bindings() -> None:
    """Let all questions share the keys that the library binds: else it binds 600 three times for each, in 16 ms."""
    from prompt_toolkit.application import application  # noqa: PLC0415 - comes with questionary

    # Another version of it may do so otherwise.
    load = getattr(application, "load_key_bindings", None)
    if load:
        setattr(application, "load_key_bindings", cache(load))  # noqa: B010 - not exported, for mypy


def _style(questionary: Any) -> Any:
    return questionary.Style(_STYLE)


def _choices(questionary: Any, options: Sequence[Option[T]]) -> list[Any]:
    look = console.look()
    # Pointer, mark and a last empty column.
    room = look.width - 6
    return [
        questionary.Choice(look.cut(option.title, room), value=index) for index, option in enumerate(options)
    ]


def _instruction(question: str, text: str) -> str:
    """How to answer: in fewer words where the line has no room for all of them."""
    # The sign, a blank before the instruction, and a last empty column.
    room = console.look().width - cells(safe(question)) - 4
    return text if cells(text) <= room else "(type to filter)" if "filter" in text else "(arrows)"


def _pointed_at(question: Any) -> int:
    from questionary.prompts.common import InquirerControl  # noqa: PLC0415 - see _questionary

    controls = question.application.layout.find_all_controls()
    control = next(control for control in controls if isinstance(control, InquirerControl))
    value: int = control.get_pointed_at().value  # type: ignore[assignment]
    return value


def _plain() -> bool:
    return os.environ.get("TERM", "") in {"", "dumb", "unknown"}


def _beyond_ascii() -> bool:
    return console.look().glyphs.more != "..."


def _pointer() -> str:
    return "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}" if _beyond_ascii() else ">"


def _ask(prompt: str) -> str:
    console.progress("")
    with _interruptible():
        return input(safe(prompt)).strip()


def _typed_confirm(question: str, *, default: bool) -> bool:
    while True:
        answer = _ask(f"{question} [{'Y/n' if default else 'y/N'}] ").lower()
        if not answer:
            return default
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")


def _list(question: str, options: Sequence[Option[T]]) -> None:
    lines: list[Line] = [(Span(question, "name"),)]
    lines += [(Span(f"  {number}) {option.title}"),) for number, option in enumerate(options, 1)]
    console.show_lines(lines)


def _typed_number(question: str, options: Sequence[Option[T]], start: int) -> int:
    _list(question, options)
    while True:
        answer = _ask(f"Number [{start + 1}]: ")
        if not answer:
            return start
        if answer.isdecimal() and 1 <= int(answer) <= len(options):
            return int(answer) - 1


def _typed_numbers(question: str, options: Sequence[Option[T]]) -> list[int]:
    _list(question, options)
    while True:
        answer = _ask("Numbers, with blanks between them [1]: ") or "1"
        words = answer.replace(",", " ").split()
        if words and all(word.isdecimal() and 1 <= int(word) <= len(options) for word in words):
            return sorted({int(word) - 1 for word in words})
