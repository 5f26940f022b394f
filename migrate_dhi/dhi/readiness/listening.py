"""Ports: low ones that the image's user may not open, and others than the image listens on."""

from collections.abc import Iterator

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.readiness.running import Running
from migrate_dhi.findings import Finding
from migrate_dhi.kube.manifests import Manifests, value_at
from migrate_dhi.kube.mounts import brings_files, mounted_texts, unread_variables, variables_from
from migrate_dhi.kube.ports import declared, pointed_at
from migrate_dhi.kube.shell import PROBES, texts
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps

_FIRST_FREE = 1024
_SAYS = regex(r"(?i)(?<![\w.])\d{2,5}(?![\w.])|port|listen|addr|bind|host|url|endpoint|config|conf\b")
_SYSCTL = "net.ipv4.ip_unprivileged_port_start"


def check(running: Running, manifests: Manifests) -> Iterator[Finding]:
    """Remarks on the ports that a container declares, and that probes and Services point at."""
    definition = running.definition
    if definition is None or not running.moved:
        return
    numbers = {port["containerPort"] for port in declared(running.container)}
    own = {number for port in definition.ports if (number := _number(port))}
    differing = _elsewhere(running, definition, manifests, numbers, own)
    low = sorted(number for number in numbers if number < _FIRST_FREE)
    if differing and (differing.severity == "error" or not low):
        yield differing
    elif low and running.uid and not _may_open_low(running):
        yield _low(running, low[0], own)


def _low(running: Running, number: int, own: set[int]) -> Finding:
    listens = f"; it listens on {_listed(own)} by default" if own and number not in own else ""
    instead = f"set the port to {_listed(own)}" if own and number not in own else "choose a port from 1024 on"
    return running.finding(
        "port-low",
        "warning",
        f"declares port {number}, which the user {running.uid} of the hardened image may not be "
        f"allowed to open{listens}",
        f"{instead}, or allow it by the pod's sysctl {_SYSCTL}: 0 (the capability NET_BIND_SERVICE helps root alone, "
        "and a program whose file carries it)",
    )


def _elsewhere(
    running: Running, definition: Definition, manifests: Manifests, numbers: set[int], own: set[int]
) -> Finding | None:
    """The program listens where its configuration says; only where nothing says so, the image decides.

    It is an error where what could say so is known in full: no command line, no file from outside, every variable
    is read. Of 203 containers of 161 public charts whose counterpart lists its ports, 9 are probed at another
    port; 8 of them are told it by arguments, variables or a file, and the one that is not fails its probe. Of 6
    at which Services alone look elsewhere, 4 declare 80 and are told nothing, 1 has a file. Arguments that say nothing
    of a port leave a warning: of 116 plans of public charts none is remarked by that.
    """
    asked, sent = pointed_at(running.container, manifests, PROBES)
    pointed = asked | sent or numbers
    if not own or not pointed or own & (numbers | pointed) or running.command:
        return None
    if running.args and not ((asked or sent) and _silent(running, definition, manifests, own)):
        return None
    told = "\n".join(texts(running.container, manifests))
    if any(regex(rf"(?<!\d){number}(?!\d)").search(told) for number in numbers | pointed):
        return None
    unread = unread_variables(running.container, manifests) or (
        None in dict(variables_from(running.container, manifests)).values()
    )
    who = " and ".join(word for word, some in (("probes", asked), ("Services", sent)) if some)
    where = f"{who} look for it at port" if who else "declares port"
    default = _listed(own)
    return running.finding(
        "port-differs",
        "error" if who and not (unread or running.args or brings_files(running.container)) else "warning",
        f"{where} {_listed(pointed)}, which nothing tells it to use, and the hardened {definition.image} listens on "
        f"{default} by default",
        f"set the port, and what probes and Services point at, to {default}, or tell the program to use the other one",
    )


def _silent(running: Running, definition: Definition, manifests: Manifests, own: set[int]) -> bool:
    """Whether arguments say nothing of a port, and take the place of no command of the image that does.

    They name no number, address or file that is not read, since that may say it.
    """
    said = " ".join(running.args)
    files = dict(mounted_texts(running.container, manifests))
    paths = [path for word in running.args if (path := word.rpartition("=")[2]).startswith("/")]
    replaced = " ".join(definition.cmd)
    return (
        not _SAYS.search(said)
        and all(path in files for path in paths)
        and not any(regex(rf"(?<!\d){number}(?!\d)").search(replaced) for number in own)
    )


def _may_open_low(running: Running) -> bool:
    sysctls = value_at(running.container.pod.spec, ("securityContext", "sysctls"))
    named = {str(item.get("name")) for item in maps(sysctls)}
    granted = not running.capabilities.isdisjoint({"NET_BIND_SERVICE", "ALL"})
    return granted or _SYSCTL in named or running.privileged


def _number(port: str) -> int:
    text = port.partition("/")[0]
    return int(text) if text.isdecimal() else 0


def _listed(numbers: set[int]) -> str:
    return " or ".join(map(str, sorted(numbers)[:4]))
