"""Files that configure the program of the upstream image, and lie where the hardened one's does not look."""

import re
from collections.abc import Iterator

from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounted_texts, mounts, within
from migrate_dhi.kube.shell import texts
from migrate_dhi.regex import regex

_MOST_TOLD = 3
_COMMENT = regex(r"(?m)^[ \t]*#.*$")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """An error for a file that is not empty or that a command writes, and a warning where the files are not known."""
    if running.definition is None or not running.moved:
        return
    for known in running.known.configuration:
        paths = [mount.path for mount in mounts(running.container) if _in(mount.path, known.paths)]
        if not paths or _is_told(running, manifests, known.paths):
            continue
        files = [
            path
            for path, text in mounted_texts(running.container, manifests)
            if _in(path, known.paths) and _says(text)
        ]
        written = any(folder in word for word in running.argv for folder in known.paths)
        yield running.finding(
            "config-unread",
            "error" if files or written else "warning",
            f"is given {', '.join((files or paths)[:_MOST_TOLD])}, where the program of the upstream image is "
            f"configured, and that of the hardened image is not: {known.text}",
            f"mount it where the hardened image's program looks, or name it in arguments; source: {known.source}",
        )


def _in(path: str, folders: tuple[str, ...]) -> bool:
    return any(within(path, folder) for folder in folders)


def _says(text: str) -> bool:
    return bool(_COMMENT.sub("", text).strip())


def _is_told(running: Running, manifests: Manifests, folders: tuple[str, ...]) -> bool:
    """Whether an option or an `include` names one of the folders."""
    names = "|".join(map(re.escape, folders))
    said = "\n".join(texts(running.container, manifests))
    return bool(regex(rf"""(?:--?[\w-]+(?:=|[ \n])|include(?:dir)?\s+)["']?(?:{names})""").search(said))
