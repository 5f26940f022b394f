"""Which check of Kubernetes' own asks what a probe's command line asks: ``httpGet`` or ``grpc``.

Nothing is guessed: an option that is not known, a second command, a pipe, an address elsewhere leave the command as it
is, with the reason. Sources: the README of grpc_health_probe; Kubernetes' API reference (HTTPGetAction, GRPCAction).
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, urlsplit

from migrate_dhi import redact
from migrate_dhi.kube.clients import Asked, NotNativeError, told
from migrate_dhi.kube.manifests import Container
from migrate_dhi.kube.shell import environment_of, shell_of, unwrapped
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.untyped import maps, text_at

_GRPC = frozenset({"grpc_health_probe", "grpc-health-probe"})
_LOCAL = regex(r"localhost|127(?:\.\d{1,3}){3}|::1|0\.0\.0\.0|::")
# Where the pod finds its own address or name (Kubernetes, downward API).
_OWN_FIELDS = frozenset({"status.podIP", "metadata.name"})
_HOSTNAME = regex(r"\$\(\s*hostname(?:\s+-[is])?\s*\)|`\s*hostname(?:\s+-[is])?\s*`")
_VARIABLE = regex(r"\$\{(\w+)(?::?-[^}]*)?\}|\$(\w+)")
_PLAIN_VALUE = regex(r"[\w.:/-]+")
_EXPANDED = regex(r"\$\((\w+)\)")
_QUOTED = r"'[^']*'|\"(?:\\.|[^\"\\])*\""
_QUIET = regex(rf"(?P<quoted>{_QUOTED})|\s*(?:(?:[12]|&)?>{{1,2}}\s*/dev/null|2>&1)(?=\s|$)")
_END = regex(r"(?:\s*(?:\|\|\s*(?:false|exit(?:\s+[1-9]\d*)?)|&&\s*(?:exit\s+0|true)))+\s*;?\s*$")
_JOINED = regex(r"\|\||&&|[;|&<>()\n`]")
_NEVER = regex(r"\|\|\s*(?:true|:|exit\s+0)\s*;?\s*$")

_NOWHERE = frozenset({"/dev/null", "-", "/dev/stdout"})


@record
class Native:
    """A handler of Kubernetes' own in place of a command line.

    ``differs`` says what it checks differently. Without a ``handler`` there is none, and ``why`` says for what
    reason; ``kind`` is the handler that was thought of, empty where the command asks no server at all.
    """

    kind: str
    handler: Mapping[str, Any]
    differs: tuple[str, ...] = ()
    why: str = ""


def native(command: Sequence[str], container: Container) -> Native:
    """The handler of Kubernetes' own that asks what the command line of an exec probe asks."""
    kind = _kind(command)
    if not kind:
        return Native("", {})
    try:
        argv = _argv(command, container)
        name = argv[0].rpartition("/")[2]
        return _grpc(argv[1:]) if name in _GRPC else _http(name, argv[1:])
    except NotNativeError as error:
        return Native(kind, {}, why=str(error))


def _kind(command: Sequence[str]) -> str:
    """The handler that a command line makes one think of."""
    inner = unwrapped(command)
    said = " ".join(inner) if shell_of(command) else (inner[0].rpartition("/")[2] if inner else "")
    for name in (*_GRPC, "curl", "wget"):
        if re.search(rf"(?<![\w.-]){name}(?![\w.-])", said):
            return "grpc" if name in _GRPC else "httpGet"
    return ""


def _argv(command: Sequence[str], container: Container) -> list[str]:
    """The words of the one program that a command line runs, with the variables that the manifest spells out."""
    known = {
        name: text
        for name, text in environment_of(container).items()
        if _PLAIN_VALUE.fullmatch(text) and not redact.names_secret(name)
    }
    for word in command[: len(command) - len(unwrapped(command))]:
        known.pop(word.partition("=")[0], None)
    inner = [_EXPANDED.sub(lambda m: known.get(m[1], m[0]), word) for word in unwrapped(command)]
    if not shell_of(command):
        return _whole(inner)
    if len(inner) != 3 or not re.fullmatch(r"-[a-z]*c", inner[1]):
        raise NotNativeError("its shell is given more than one text")
    return _whole(_shell_words(inner[2], {**dict.fromkeys(_own_names(container), "localhost"), **known}))


def _own_names(container: Container) -> Iterator[str]:
    """The variables that hold the pod's own address or name."""
    yield "HOSTNAME"
    for item in maps(container.spec.get("env")):
        if text_at(item, "valueFrom", "fieldRef", "fieldPath") in _OWN_FIELDS:
            yield str(item.get("name"))


def _shell_words(script: str, known: Mapping[str, str]) -> list[str]:
    """The words of a script that is one simple command, besides how it ends and where its output goes."""
    text = _HOSTNAME.sub("localhost", script.replace("\\\n", " ")).strip()
    if _NEVER.search(text):
        raise NotNativeError("it succeeds whatever the answer is")
    text = _END.sub("", _QUIET.sub(lambda m: m["quoted"] or "", text)).strip()
    for quoted in re.findall(r"'[^']*'", text):
        if "$" in quoted:
            raise NotNativeError("a text in quotes holds a $")
    text = _VARIABLE.sub(lambda m: known.get(m[1] or m[2], m[0]), text)
    if re.search(r"\$\(|`", text):
        raise NotNativeError("it uses what another command prints")
    if "|" in _bare(text).replace("||", ""):
        raise NotNativeError("it reads the answer in a pipe")
    if _JOINED.search(_bare(text)):
        raise NotNativeError("it runs more than the one command")
    try:
        return list(unwrapped(shlex.split(text)))
    except ValueError as error:
        raise NotNativeError("its quotes do not close") from error


def _bare(text: str) -> str:
    """A shell's text without what stands in quotes."""
    return re.sub(_QUOTED, "''", text)


def _whole(argv: list[str]) -> list[str]:
    if not argv:
        raise NotNativeError("it runs nothing")
    unknown = next((word for word in argv if "$" in word), "")
    if unknown:
        what = unknown[unknown.index("$") :].partition("/")[0]
        raise NotNativeError(f"the manifest gives no plain value for {what}")
    return argv


def _http(name: str, arguments: Sequence[str]) -> Native:
    if name not in {"curl", "wget"}:
        raise NotNativeError("it runs more than the one command")
    asked = told(name, arguments)
    if len(asked.addresses) != 1:
        raise NotNativeError("it asks no address" if not asked.addresses else "it asks several addresses")
    url = _url(asked.addresses[0])
    for method in asked.values("request"):
        if method.upper() != "GET":
            raise NotNativeError(f"it asks with {method.upper()}, and httpGet with GET alone")
    for place in (*asked.values("output"), *asked.values("output-document"), *asked.values("output-file")):
        if place not in _NOWHERE:
            raise NotNativeError(f"it writes the answer to {place}")
    action: dict[str, Any] = {"path": _path(url), "port": _port(url)}
    if url.scheme == "https":
        action["scheme"] = "HTTPS"
    headers = list(_headers(asked))
    if headers:
        action["httpHeaders"] = headers
    return Native("httpGet", {"httpGet": action}, tuple(_differences(name, asked, url)))


def _url(address: str) -> SplitResult:
    """An address of the container itself, taken apart."""
    try:
        url = urlsplit(address if "://" in address else f"http://{address}")
        host, _ = url.hostname or "", url.port
    except ValueError as error:
        raise NotNativeError("its address cannot be read") from error
    if url.scheme not in {"http", "https"}:
        raise NotNativeError(f"it asks by {url.scheme}")
    if "@" in url.netloc:
        raise NotNativeError("its address holds a user")
    if not _LOCAL.fullmatch(host):
        raise NotNativeError(f"it asks {host or 'no host'}, and not its own container")
    if re.search(r"[{}\[\]\s]", url.path + url.query):
        raise NotNativeError("its address stands for several")
    if any(redact.names_secret(pair.partition("=")[0]) for pair in url.query.split("&")):
        raise NotNativeError("its address holds a secret, which is not written anywhere else")
    return url


def _path(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _headers(asked: Asked) -> Iterator[dict[str, str]]:
    for agent in asked.values("user-agent"):
        yield {"name": "User-Agent", "value": agent}
    for header in asked.values("header"):
        name, colon, value = header.partition(":")
        if not colon or not re.fullmatch(r"[\w-]+", name):
            raise NotNativeError("one of its headers cannot be read")
        if name.lower() in {"authorization", "cookie", "proxy-authorization"} or redact.names_secret(name):
            raise NotNativeError(f"its header {name} holds a secret, which is not written anywhere else")
        yield {"name": name, "value": value.strip()}


def _differences(name: str, asked: Asked, url: SplitResult) -> Iterator[str]:
    """What ``httpGet`` checks differently."""
    failing = "fail" in asked or "fail-with-body" in asked
    if name == "curl" and not failing:
        yield "status 200 to 399 counts, where curl without -f took any answer"
    else:
        yield "status 200 to 399 counts"
    yield "the kubelet asks at the pod's address, where a server that listens on 127.0.0.1 alone does not answer"
    if not any(one.lower().startswith("host:") for one in asked.values("header")):
        yield f"the Host header is the pod's address, not {url.netloc}"
    if "head" in asked or "spider" in asked:
        yield "it asks with GET, not HEAD"
    if url.scheme == "https" and not {"insecure", "no-check-certificate"} & {o for o, _ in asked.options}:
        yield "the certificate is not checked"
    if any(option.startswith(("retry", "tries")) for option, _ in asked.options):
        yield "it does not try again by itself"


def _grpc(arguments: Sequence[str]) -> Native:
    """The handler of what ``grpc_health_probe`` is told: ``-addr``, ``-service``, time limits."""
    given: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        name = option.lstrip("-")
        if not option.startswith("-") or name not in {
            *("addr", "service", "connect-timeout", "rpc-timeout", "user-agent", "v"),
        }:
            raise NotNativeError(f"grpc_health_probe is given {option}")
        if name != "v":
            given[name] = value if equals else (rest.pop(0) if rest else "")
    host, _, port = given.get("addr", "").rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise NotNativeError("its address names no port by a number")
    if host and not _LOCAL.fullmatch(host.strip("[]")):
        raise NotNativeError(f"it asks {host}, and not its own container")
    service = {"service": given["service"]} if given.get("service") else {}
    return Native(
        "grpc",
        {"grpc": {"port": int(port), **service}},
        (
            "the kubelet asks at the pod's address, where a server that listens on 127.0.0.1 alone does not answer",
            "Kubernetes 1.24 or newer is needed",
        ),
    )
