"""Streams: what goes where, with colours and without, and to readers that go away."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from migrate_dhi.errors import MigrateDhiError, RenderError
from migrate_dhi.migration.status import Status
from migrate_dhi.ui import console
from migrate_dhi.ui.lines import Span
from migrate_dhi.ui.outcome_text import written_lines
from migrate_dhi.ui.plan_text import plan_lines
from migrate_dhi.ui.status_text import status_lines
from tests.ui import plans
from tests.ui.terminals import terminal

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "COLORTERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")


def on_terminal(monkeypatch, show, columns=100, stream="stdout", encoding="utf-8"):
    with terminal(columns, encoding) as end, monkeypatch.context() as patch:
        patch.setattr(sys, stream, end.stream)
        show()
    return end.shown


def show_ready():
    console.show_lines(plan_lines(console.look(), plans.ready(), verbose=True))


def test_a_terminal_gets_colours(monkeypatch):
    shown = on_terminal(monkeypatch, show_ready)

    assert "\x1b[32m+    registry: dhi.io" in shown
    assert "\x1b[31m-    registry: docker.io" in shown


def test_a_pipe_gets_the_same_text_without_colours(monkeypatch, capsys):
    show_ready()
    piped = capsys.readouterr()

    assert piped.out.splitlines() == [
        line.rstrip() for line in ANSI.sub("", on_terminal(monkeypatch, show_ready)).splitlines()
    ]
    assert piped.err == ""


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_escape_sequence_at_all_where_colours_are_off(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    assert "\x1b" not in on_terminal(monkeypatch, show_ready)


def test_an_empty_no_color_is_none(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")

    assert "\x1b[" in on_terminal(monkeypatch, show_ready)


@pytest.mark.parametrize("columns", [60, 80])
def test_the_width_of_the_terminal_is_kept(monkeypatch, columns):
    shown = ANSI.sub("", on_terminal(monkeypatch, show_ready, columns=columns))

    assert max(map(len, shown.splitlines())) <= columns


def test_columns_in_the_environment_counts_more(monkeypatch):
    monkeypatch.setenv("COLUMNS", "70")
    shown = ANSI.sub("", on_terminal(monkeypatch, show_ready, columns=200))

    assert max(map(len, shown.splitlines())) <= 70


@pytest.mark.parametrize("columns", [0, 20])
def test_a_width_unknown_or_too_small_is_no_error(monkeypatch, columns):
    assert "To write the" in on_terminal(monkeypatch, show_ready, columns=columns)


@pytest.mark.parametrize(
    "environment",
    [{"LANG": "C"}, {"LANG": "C", "LC_CTYPE": "C.UTF-8"}, {"LC_ALL": "POSIX"}, {"LANG": "de_DE.ISO-8859-1"}],
)
def test_a_terminal_of_another_locale_gets_ascii_signs(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert on_terminal(monkeypatch, show_ready).isascii()


@pytest.mark.parametrize(
    "environment", [{"LANG": ""}, {"LANG": "C", "LC_ALL": "C.UTF-8"}, {"LC_CTYPE": "UTF-8"}]
)
def test_a_terminal_of_a_utf8_locale_gets_unicode_signs(monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert "→" in on_terminal(monkeypatch, show_ready)


def test_an_encoding_without_a_character_gets_its_escape(monkeypatch):
    shown = on_terminal(monkeypatch, lambda: console.show_lines([(Span("größe 日"),)]), encoding="ascii")

    assert shown == "gr\\xf6\\xdfe \\u65e5\n"


def test_square_brackets_are_no_markup(monkeypatch):
    shown = on_terminal(monkeypatch, lambda: console.show_lines([(Span("[bold]x[/bold] :smile:", "name"),)]))

    assert ANSI.sub("", shown) == "[bold]x[/bold] :smile:\n"


@pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "\x9b2J", "\u202edlrow", "a\rb", "\x08\x08"])
def test_nothing_from_a_repository_reaches_the_terminal_as_a_control(monkeypatch, hostile):
    def show():
        look, plan = console.look(), plans.hostile(hostile)
        console.show_lines(plan_lines(look, plan, verbose=True))
        console.show_lines(written_lines(look, plan, f"dhi/{hostile}", ["a" * 40]))

    shown = ANSI.sub("", on_terminal(monkeypatch, show))

    assert hostile not in shown
    assert all(character.isprintable() for character in shown.replace("\n", ""))


def test_the_status_goes_to_stdout(capsys):
    console.show_lines(status_lines(console.look(), Status(())))

    assert capsys.readouterr() == ("No branch of migrate-dhi in this repository.\n", "")


def test_markdown_is_printed_as_it_is_but_for_controls(capsys):
    console.print_text("| a | b |\n\n\x1b[2J\n")

    assert capsys.readouterr().out == "| a | b |\n\n\\x1b[2J\n"


def test_json_is_ascii_and_read_back_exactly(capsys):
    data = {"name": "größe\x9b\u202e", "none": None, "list": [1, True]}
    console.print_json(data)
    text = capsys.readouterr().out

    assert text.isascii()
    assert json.loads(text) == data


def test_json_has_no_colours_on_a_terminal(monkeypatch):
    shown = on_terminal(monkeypatch, lambda: console.print_json(plans.ready().to_json()))

    assert json.loads(shown) == json.loads(json.dumps(plans.ready().to_json()))


def test_an_error_is_three_lines_on_stderr(capsys):
    console.print_error(
        RenderError("the chart does\nnot render\x1b[0m", where="values.yaml:3", help="look there")
    )
    printed = capsys.readouterr()

    assert printed.err == (
        "error: values.yaml:3: the chart does not render\\x1b[0m\nhelp: look there\nstate: nothing was changed\n"
    )
    assert printed.out == ""


def test_an_error_without_help_has_three_lines_too(capsys):
    console.print_error(MigrateDhiError("what"))
    lines = capsys.readouterr().err.splitlines()

    assert [line.split(" ")[0] for line in lines] == ["error:", "help:", "state:"]
    assert "bug in migrate-dhi" in lines[1]


def test_work_of_less_than_a_second_is_not_told_in_a_pipe(monkeypatch, capsys):
    monkeypatch.setattr(console, "_progress", {"shown": False})
    console.progress("rendering apps/a")
    console.progress("rendering apps/b")

    assert capsys.readouterr().err == ""


def test_progress_goes_to_stderr_line_by_line_in_a_pipe(monkeypatch, capsys):
    monkeypatch.setattr(console, "_progress", {"shown": False, "since": time.monotonic() - 2})
    console.progress("rendering apps/a")
    console.progress("")
    printed = capsys.readouterr()

    assert printed.err == "rendering apps/a\n"
    assert printed.out == ""


def test_progress_is_one_line_on_a_terminal_and_wiped_out_by_the_next_output(monkeypatch):
    def show():
        console.progress("rendering apps/a")
        console.progress("rendering " + "x" * 200)
        console.print_error(RenderError("gone", help="h"))

    shown = on_terminal(monkeypatch, show, columns=80, stream="stderr")
    parts = shown.split("\r\x1b[K")

    assert parts[0] == "rendering apps/a"
    assert len(parts[1]) == 79
    assert ANSI.sub("", parts[2]).startswith("error: gone\n")


def test_progress_on_a_dumb_terminal_has_no_escape_sequence(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(console, "_progress", {"shown": False, "since": time.monotonic() - 2})

    assert on_terminal(monkeypatch, lambda: console.progress("fetching"), stream="stderr") == "fetching\n"


def run(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


def test_a_reader_that_goes_away_ends_the_output_quietly():
    read, write = os.pipe()
    os.close(read)
    code = (
        "from migrate_dhi.ui import console; from migrate_dhi.ui.plan_text import plan_lines\n"
        "from tests.ui import plans\n"
        "for _ in range(50): console.show_lines(plan_lines(console.look(), plans.ready()))\n"
        "console._progress['since'] = 0.0; console.progress('still here')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)

    assert done.returncode == 0
    assert done.stderr == "still here\n"


def test_plain_output_needs_no_rich_and_no_git():
    done = run(
        "import sys; from migrate_dhi.ui import console; from migrate_dhi.ui.plan_text import plan_lines\n"
        "from tests.ui import plans\n"
        "console.show_lines(plan_lines(console.look(), plans.ready())); console.print_json({})\n"
        "print(sorted({'rich', 'git', 'questionary'} & set(sys.modules)), file=sys.stderr)"
    )

    assert done.stderr == "[]\n"
