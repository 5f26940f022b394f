"""Settings that the upstream image's build changes the default of, and that nothing tells the program."""

import re
from collections.abc import Iterator

from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import mounted_texts, mounts, unread_variables, variables_from, within
from migrate_dhi.kube.ports import pointed_at
from migrate_dhi.kube.shell import PROBES, texts, variable_names
from migrate_dhi.regex import regex

_OF_OTHERS = frozenset({"configMap", "secret", "projected", "csi"})
_COMMENT = regex(r"(?m)^[ \t]*#.*$")


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Such settings of what a Service sends to: an error where all that could tell the program is read."""
    if running.definition is None or not running.moved or not running.known.defaults:
        return
    if not pointed_at(running.container, manifests, PROBES)[1]:
        return
    said = _COMMENT.sub("", "\n".join(_said(running, manifests)))
    for known in running.known.defaults:
        words = "|".join(map(_word, known.unless))
        if regex(words).search(said):
            continue
        unread = _unread(running, manifests)
        unless = f", unless {unread}, which is not known here, says it" if unread else ""
        yield running.finding(
            "default-differs",
            "warning" if unread else "error",
            f"runs with {known.setting} {known.value}, the default that the upstream image changes and the hardened "
            f"one does not, and nothing says {' or '.join(known.unless)}: {known.text}{unless}",
            f"set {known.setting} as it was, or what makes it needless, in the program's configuration or arguments"
            f"; source: {known.source}",
        )


def _said(running: Running, manifests: Manifests) -> Iterator[str]:
    """What the program may be told, also by a file that another container of its pod writes."""
    for container in running.container.pod.containers:
        yield from texts(container, manifests)
        yield from variable_names(container, manifests)


def _word(text: str) -> str:
    # Behind `\n`, a new line of what a script prints.
    return rf"(?:(?<![\w-])|(?<=\\[nt]))(?:--?)?{r'[ ]+'.join(map(re.escape, text.split()))}(?![\w-])"


def _unread(running: Running, manifests: Manifests) -> str:
    """What may tell the program and is not known: files of others, one that its command line names, or variables."""
    files = dict(mounted_texts(running.container, manifests))
    volumes = mounts(running.container)
    for mount in volumes:
        if _OF_OTHERS & mount.volume.keys() and not any(within(path, mount.path) for path in files):
            return f"what lies at {mount.path}"
    for word in running.argv:
        path = word.rpartition("=")[2]
        if path.startswith("/") and path not in files and any(mount.covers(path) for mount in volumes):
            return path
    given = dict(variables_from(running.container, manifests))
    told = [name for name, value in given.items() if value is None and f"$({name})" in " ".join(running.argv)]
    return " and ".join((*unread_variables(running.container, manifests), *told))
