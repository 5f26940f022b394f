"""Record a session of the wizard: docs/session.svg and docs/session.txt, from a real run on the example.

Run it with `make docs`. The program runs in a pseudo-terminal; what it prints is followed by a small screen
that knows the few control sequences in use. Commit dates are fixed, so that a second run gives the same files.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
COLUMNS = 112
UP, DOWN, ENTER = "\x1b[A", "\x1b[B", "\r"
SEQUENCE = re.compile(r"\x1b\[(?P<args>[0-9;?]*)(?P<end>[A-Za-z])|\x1b[()=>78].?")
TIME = re.compile(r" ?\(\d+\.\d s\)")
PART = re.compile(r"\x1b(?:\[[0-9;?]*|[()])?$")
# Question, keys, and whether its list stays in the record.
SCRIPT = (
    ("Name of the pull secret", (UP, ENTER), True),
    ("Its name in the cluster", ("kubernetes-dhi", ENTER), False),
    ("Which releases?", (ENTER,), True),
    ("Write 2 branches?", (DOWN, DOWN, ENTER), True),
    ("Which plan?", (DOWN, ENTER), False),
    ("Write 2 branches?", (ENTER,), False),
    ("Anything else?", (ENTER,), False),
)


class Screen:
    """Lines of (character, style) cells; a style is the text of the last colour sequence."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, str]]] = [[]]
        self.row = self.column = 0
        self.style = self.rest = ""

    def feed(self, text: str) -> None:
        """Take in what the program printed; a sequence that is cut off waits for its rest."""
        text = self.rest + text
        cut = PART.search(text)
        self.rest = cut[0] if cut else ""
        text = text.removesuffix(self.rest)
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if found:
                self._sequence(found["args"] or "", found["end"] or "")
                at = found.end()
            else:
                self._put(text[at])
                at += 1

    def _sequence(self, args: str, end: str) -> None:
        count = int(args) if args.isdecimal() else 1
        if end == "m":
            self.style = "" if args in {"", "0"} else f"{self.style};{args}".strip(";").removeprefix("0;")
        elif end == "A":
            self.row = max(0, self.row - count)
        elif end in {"C", "D"}:
            self.column = max(0, self.column + (count if end == "C" else -count))
        elif end in {"J", "K"}:
            self.lines[self.row][self.column :] = []
            if end == "J":
                self.lines[self.row + 1 :] = []

    def _put(self, character: str) -> None:
        if character == "\r":
            self.column = 0
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\n":
            self.row += 1
            while len(self.lines) <= self.row:
                self.lines.append([])
        elif character >= " ":
            line = self.lines[self.row]
            line.extend([(" ", "")] * (self.column + 1 - len(line)))
            line[self.column] = (character, self.style)
            self.column += 1

    def ansi(self) -> list[str]:
        """Each line with its colours."""
        shown = []
        for line in self.lines:
            text, style = "", ""
            for character, own in line:
                if own != style:
                    text += "\x1b[0m" + (f"\x1b[{own}m" if own else "")
                    style = own
                text += character
            shown.append((text + ("\x1b[0m" if style else "")).rstrip())
        return shown


def prepared(home: Path) -> dict[str, str]:
    """The example as a repository, and an environment that depends on nobody's settings."""
    shutil.copytree(ROOT / "examples" / "gitops", home / "gitops")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_DATE": "2026-09-01T12:00:00Z",
        "GIT_COMMITTER_DATE": "2026-09-01T12:00:00Z",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
    for words in (["init", "-q", "--template="], ["add", "-A"], ["commit", "-q", "-m", "start"]):
        subprocess.run(["git", *words], cwd=home / "gitops", env=environment, check=True)
    return environment


def record() -> list[str]:
    """The lines of the session, with colours."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = prepared(home)
        child = pexpect.spawn(
            sys.executable,
            ["-m", "migrate_dhi"],
            cwd=str(home / "gitops"),
            env=environment,
            dimensions=(200, COLUMNS),
            encoding="utf-8",
            timeout=30,
        )
        screen, lines, taken = Screen(), ["$ migrate-dhi"], 0
        for question, keys, keep in SCRIPT:
            while not any(question in plain(line) for line in screen.ansi()[taken:]):
                screen.feed(child.read_nonblocking(65536, timeout=30))
            with contextlib.suppress(pexpect.TIMEOUT):
                while True:
                    screen.feed(child.read_nonblocking(65536, timeout=0.4))
            shown = screen.ansi()
            asked = next(n for n in range(len(shown) - 1, -1, -1) if question in plain(shown[n]))
            lines += shown[taken:asked]
            taken = asked
            if keep:
                lines += shown[asked:]
            for key in keys:
                child.send(key)
        with contextlib.suppress(pexpect.EOF):
            while True:
                screen.feed(child.read_nonblocking(65536, timeout=30))
        # How long it took differs from run to run.
        return [TIME.sub("", line) for line in (*lines, *screen.ansi()[taken:])]


def plain(line: str) -> str:
    """A line without its colours."""
    return SEQUENCE.sub("", line)


def main() -> None:
    """Write both files."""
    lines = record()
    text = "\n".join(plain(line).rstrip() for line in lines).rstrip() + "\n"
    (ROOT / "docs" / "session.txt").write_text(text, encoding="utf-8")
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True)
    svg = console.export_svg(title="migrate-dhi", unique_id="session")
    # The fonts of a page on the network are not needed to read a record.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    (ROOT / "docs" / "session.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
