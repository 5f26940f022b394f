"""The real program in a pseudo-terminal, forked in place of started; in a real repository made from the example."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import struct
import subprocess
import termios
from pathlib import Path

import pexpect
from pexpect.fdpexpect import fdspawn

from tests import forked

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "gitops"
EXPORTER = "apps/monitoring/redis-exporter"
STORE = "apps/cluster/valkey"
UP, DOWN, ENTER, CTRL_C = "\x1b[A", "\x1b[B", "\r", "\x03"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]")
CONFIG = "[user]\n\tname = A\n\temail = a@example.com\n[init]\n\tdefaultBranch = main\n[maintenance]\n\tauto = false\n"


class Repo:
    """A repository with two charts; ``refs`` and ``changes`` say whether anything was touched."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "repo"
        shutil.copytree(EXAMPLE, self.root)
        (home / ".gitconfig").write_text(CONFIG)
        self.git("init", "-q", "--template=")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "start")

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR", "COVERAGE_FILE"}
        }
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            # No terminal here answers where its cursor stands.
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }

    def git(self, *words: str) -> str:
        run = subprocess.run(
            ["git", *words], cwd=self.root, env=self.environment, check=True, capture_output=True, text=True
        )
        return run.stdout

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return forked.run(words, cwd=self.root, env=self.environment)

    def state(self) -> tuple[str, str]:
        """All refs, and what differs in worktree and index."""
        return self.git("for-each-ref"), self.git("status", "--porcelain", "--untracked-files=all")

    def branches(self) -> list[str]:
        return self.git("for-each-ref", "--format=%(refname:short)", "refs/heads/dhi").split()

    def show(self, branch: str, file: str) -> str:
        return self.git("show", f"{branch}:{file}")

    def start(self, *words: str, columns: int = 100, rows: int = 50, **extra: str) -> Wizard:
        return Wizard(self, words, columns, rows, extra)


class Wizard:
    """One session: wait for a text, then press keys."""

    def __init__(
        self, repo: Repo, words: tuple[str, ...], columns: int, rows: int, extra: dict[str, str]
    ) -> None:
        self.raw = ""
        self.at = 0
        ours, theirs = os.openpty()
        self.child = fdspawn(ours, encoding="utf-8", timeout=15)
        self.resize(columns, rows)
        environment = {**repo.environment, **extra}
        self.program = forked.Program(words, cwd=repo.root, env=environment, terminal=theirs)
        os.close(theirs)

    @property
    def shown(self) -> str:
        return _ESCAPES.sub("", self.raw).replace("\r", "")

    def lines(self) -> list[str]:
        """What was printed, line by line; where the cursor goes up to draw anew, a line ends too."""
        return _ESCAPES.sub("", re.sub(r"\x1b\[\d*[AJ]", "\n", self.raw)).replace("\r", "\n").split("\n")

    def see(self, *texts: str) -> Wizard:
        """Wait until each text is on the screen, behind what was seen before."""
        for text in texts:
            # A long question is continued on the next line.
            wanted = re.compile(r"\s+".join(map(re.escape, text.split(" "))))
            while not (found := wanted.search(self.shown, self.at)):
                try:
                    self.raw += self.child.read_nonblocking(65536, timeout=15)
                except (pexpect.EOF, pexpect.TIMEOUT) as error:
                    raise AssertionError(f"{text!r} was not shown after:\n{self.shown[self.at :]}") from error
            self.at = found.end()
        return self

    def see_one(self, *texts: str) -> str:
        """Wait until any of the texts is on the screen; the one that came first."""
        while True:
            found = {self.shown.find(text, self.at): text for text in reversed(texts)}
            found.pop(-1, None)
            if found:
                first = min(found)
                self.at = first + len(found[first])
                return found[first]
            try:
                self.raw += self.child.read_nonblocking(65536, timeout=15)
            except (pexpect.EOF, pexpect.TIMEOUT) as error:
                raise AssertionError(f"none of {texts} was shown after:\n{self.shown[self.at :]}") from error

    def press(self, *keys: str) -> Wizard:
        for key in keys:
            self.child.send(key)
        return self

    def enter(self, *questions: str) -> Wizard:
        """Take what is proposed at each of these questions."""
        for question in questions:
            self.see(f"{question} (").press(ENTER)
        return self

    def choose(self, question: str, option: str) -> Wizard:
        """Move to an option and take it."""
        self.see(f"{question} (")
        start = self.at
        self.see(option)
        self.drain()
        rows = self.shown[start:].splitlines()[1:]
        pointer = next(index for index, row in enumerate(rows) if row.lstrip().startswith(("\u203a", ">")))
        wanted = next(index for index, row in enumerate(rows) if option in row)
        keys = [DOWN] * (wanted - pointer) if wanted > pointer else [UP] * (pointer - wanted)
        return self.press(*keys, ENTER)

    def drain(self) -> None:
        """Take in what is still on its way: the rest of a list."""
        with contextlib.suppress(pexpect.TIMEOUT):
            while True:
                self.raw += self.child.read_nonblocking(65536, timeout=0.1)

    def resize(self, columns: int, rows: int = 50) -> Wizard:
        fcntl.ioctl(self.child.child_fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return self

    def end(self) -> int:
        """Read on until the program ends; its exit code."""
        while True:
            try:
                self.raw += self.child.read_nonblocking(65536, timeout=15)
            except pexpect.EOF:
                break
        self.child.close()
        return self.program.wait(15)
