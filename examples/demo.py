"""The example migration, from plan to rollback, in a temporary Git repository: `make demo`, on two screens.

Copies examples/gitops, commits it as someone's repository, and runs the real command line on it. Each
command is printed before its output. Stops at the first command that fails, with its exit code; the copy is
removed at the end.
"""

import os
import shlex
import shutil
import site
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORE = "apps/cluster/valkey"
BRANCH = "dhi/apps-cluster-valkey"
FLAGS = ["--pull-secret", "kubernetes-dhi"]


def main() -> int:
    """Run the demonstration; return 0, or the exit code of the command that failed."""
    with tempfile.TemporaryDirectory(prefix="migrate-dhi-demo-") as folder:
        demo = Demo(Path(folder))
        try:
            demo.run()
        except subprocess.CalledProcessError as error:
            print(f"\nThe demonstration stopped: exit code {error.returncode}.", file=sys.stderr)
            return error.returncode
    return 0


class Demo:
    """The copied repository and the environment in which all commands run."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "gitops"
        self.environment = environment(home=folder / "home")

    def run(self) -> None:
        """All commands in order."""
        self.repository.parent.joinpath("home").mkdir()
        shutil.copytree(HERE / "gitops", self.repository)
        for words in (
            ["init", "--quiet", "--initial-branch=main"],
            ["add", "--all"],
            ["commit", "--quiet", "--message", "Add the applications"],
        ):
            subprocess.run(["git", *words], cwd=self.repository, env=self.environment, check=True)

        self.migrate_dhi(STORE, "--plan", *FLAGS)
        self.migrate_dhi(STORE, "--yes", *FLAGS)
        self.git("log", "--oneline", "-2", BRANCH)
        self.git("diff", "--shortstat", f"main..{BRANCH}")
        self.migrate_dhi("rollback", STORE, "--yes")

    def git(self, *arguments: str) -> None:
        """Run Git in the copy."""
        self.command(["git", "--no-pager", *arguments], shown=["git", *arguments])

    def migrate_dhi(self, *arguments: str) -> None:
        """Run the program in the copy, as a person would."""
        self.command([sys.executable, "-m", "migrate_dhi", *arguments], shown=["migrate-dhi", *arguments])

    def command(self, command: list[str], shown: list[str]) -> None:
        """Print and run one command; raise CalledProcessError if it fails."""
        print(f"$ {shlex.join(shown)}", flush=True)
        subprocess.run(command, cwd=self.repository, env=self.environment, check=True)


def environment(home: Path) -> dict[str, str]:
    """The environment of all commands: an identity of its own, and no Git configuration of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "XDG_"))}
    # The checkout is what is shown, installed or not.
    paths = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {
        "HOME": str(home),
        # Packages that were installed with `pip install --user` are looked up under HOME.
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONPATH": os.pathsep.join(paths),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Demo",
        "GIT_AUTHOR_EMAIL": "demo@example.com",
        "GIT_COMMITTER_NAME": "Demo",
        "GIT_COMMITTER_EMAIL": "demo@example.com",
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
