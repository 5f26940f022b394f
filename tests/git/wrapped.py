"""A git on the PATH that does something at its Nth call: what another process, or a crash, would do then."""

from __future__ import annotations

import shutil
from pathlib import Path

GIT = shutil.which("git")
SCRIPT = f"""\
#!/bin/sh
n=0
if [ -s "$WRAPPED_COUNT" ]; then read -r n <"$WRAPPED_COUNT"; fi
n=$((n + 1))
echo $n >"$WRAPPED_COUNT"
echo "$*" >>"$WRAPPED_COUNT.log"
if [ "$n" != "$WRAPPED_AT" ]; then exec {GIT} "$@"; fi
if [ "$WRAPPED_WHEN" = before ]; then eval "$WRAPPED_DO"; fi
{GIT} "$@"
status=$?
if [ "$WRAPPED_WHEN" = after ]; then eval "$WRAPPED_DO"; fi
exit $status
"""


class Wrapped:
    """The wrapper in a folder of its own, and the variables that switch it on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = folder / "count"
        (folder / "bin").mkdir(parents=True)
        script = folder / "bin" / "git"
        script.write_text(SCRIPT)
        script.chmod(0o755)

    def variables(self, path: str, at: int = 0, when: str = "before", do: str = ":") -> dict[str, str]:
        """The environment in which the call number `at` (from 1) does what the shell text `do` says."""
        self.count.unlink(missing_ok=True)
        Path(f"{self.count}.log").unlink(missing_ok=True)
        return {
            "PATH": f"{self.folder / 'bin'}:{path}",
            "WRAPPED_COUNT": str(self.count),
            "WRAPPED_AT": str(at),
            "WRAPPED_WHEN": when,
            "WRAPPED_DO": do,
        }

    @property
    def calls(self) -> list[str]:
        """The command lines of the calls since the variables were made."""
        log = Path(f"{self.count}.log")
        return log.read_text().splitlines() if log.exists() else []
