"""HTTP to registries: TLS, own authorities, proxies, limits of time and size, bounded retries, careful redirects.

A status is the caller's matter; what is no answer at all is a RegistryError that says what to do.
"""

import ipaddress
import os
import ssl
import time
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from migrate_dhi import __version__, redact
from migrate_dhi.errors import PathNotFoundError, RegistryError
from migrate_dhi.record import record

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_ATTEMPTS = 3
_REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({429, 500, 502, 503, 504})
_CHUNK = 1 << 16
Origin = tuple[str, str, int]


@record
class Answer:
    """What a server answered; names of headers in small letters, ``url`` after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@record
class Limits:
    """Seconds to connect, to wait for the next byte, and for one whole answer; the longest pause that a server may
    ask for, and the first one before another attempt.
    """

    connect: float = 5
    read: float = 10
    whole: float = 30
    pause: float = 15
    again: float = 0.3


class Transport:
    """Sends requests; safe to use from several threads.

    Args:
        ca: a file of certificates that are trusted besides those of the system (which are, as OpenSSL has it, those
            of ``SSL_CERT_FILE`` where that is set).
        plain: registries (``host`` or ``host:port``) that are asked without TLS.
        limits: of time.

    Raises PathNotFoundError or RegistryError where ``ca`` cannot be read.
    """

    def __init__(
        self, ca: Path | None = None, plain: Collection[str] = (), limits: Limits | None = None
    ) -> None:
        self._plain = frozenset(plain)
        self._limits = limits or Limits()
        self._pools: dict[str, PoolManager] = {}
        self._dead: dict[Origin, RegistryError] = {}
        self._late: set[Origin] = set()
        self._trust = _trust(ca)

    def scheme(self, host: str) -> str:
        """``http`` for a registry that the user named so, or on this machine where it speaks no TLS; else ``https``."""
        if host in self._plain:
            return "http"
        if is_loopback(host) and not self._speaks_tls(host):
            self._plain |= {host}
            return "http"
        return "https"

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        authorization: str = "",
        form: Mapping[str, str] | None = None,
        limit: int,
    ) -> Answer:
        """The answer to a request, of at most ``limit`` bytes, after redirects; RegistryError where there is none.

        ``authorization`` goes to the host of the first address alone.
        """
        first = origin(url)
        for _ in range(_REDIRECTS + 1):
            sent = {
                "User-Agent": f"migrate-dhi/{__version__}",
                "Accept-Encoding": "identity",
                **(headers or {}),
            }
            if form:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            if authorization and origin(url) == first:
                sent["Authorization"] = authorization
            answer = self._patiently(method, url, sent, form, limit)
            target = answer.headers.get("location", "") if answer.status in _MOVED else ""
            # What a form holds is for one server alone.
            if not target or form:
                return answer
            url = self._next(url, address(target, url))
        raise RegistryError(
            f"{first[1]} sends from one address to the next without an end", help="ask who runs the registry"
        )

    def _next(self, url: str, target: str) -> str:
        before, after = urlsplit(url), urlsplit(target)
        if after.scheme == "https" or (after.scheme == "http" == before.scheme):
            return target
        raise RegistryError(
            f"{before.netloc} sends to {after.scheme}://{after.hostname}, which is not encrypted",
            help="ask who runs the registry; nothing is fetched this way",
        )

    def _patiently(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None, limit: int
    ) -> Answer:
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - only where a registry is asked

        at = origin(url)
        for attempt in range(_ATTEMPTS):
            if at in self._dead:
                raise self._dead[at]
            try:
                answer = self._once(method, url, headers, form, limit)
            except (HTTPError, TimeoutError, ValueError) as error:
                failure, again, dead = self._failure(at, error)
                if not again or attempt == _ATTEMPTS - 1:
                    if dead:
                        # The others need not wait for it, too.
                        self._dead[at] = failure
                    raise failure from error
                pause = self._limits.again * 2**attempt
            else:
                asked = self._pause(answer, attempt)
                if asked is None or attempt == _ATTEMPTS - 1:
                    return answer
                pause = asked
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None, limit: int
    ) -> Answer:
        from urllib3 import Timeout  # noqa: PLC0415

        response: BaseHTTPResponse = self._pool(url).request(
            method,
            url,
            headers=headers,
            body=urlencode(form) if form else None,
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=Timeout(connect=self._limits.connect, read=self._limits.read),
        )
        try:
            body = b"".join(self._chunks(response, url, limit))
        except BaseException:
            response.close()
            raise
        response.release_conn()
        # One that stands there several times is joined by commas.
        found = {name.lower(): str(response.headers[name]) for name in response.headers}
        return Answer(response.status, found, body, url)

    def _chunks(self, response: "BaseHTTPResponse", url: str, limit: int) -> Iterator[bytes]:
        end = time.monotonic() + self._limits.whole
        size = 0
        while chunk := response.read1(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise RegistryError(
                    f"{origin(url)[1]} answers with more than {limit:,} bytes where a few are expected",
                    help="check that this is the address of a registry",
                )
            if time.monotonic() > end:
                raise TimeoutError
            yield chunk

    def _pause(self, answer: Answer, attempt: int) -> float | None:
        """How long to wait before the next attempt; None where the answer is to be taken as it is."""
        if answer.status not in _AGAIN:
            return None
        asked = answer.headers.get("retry-after", "")
        if not asked.isdecimal():
            return float(self._limits.again * 2**attempt)
        return float(asked) if float(asked) <= self._limits.pause else None

    def _failure(self, at: Origin, error: Exception) -> tuple[RegistryError, bool, bool]:
        """What to tell of no answer, whether another attempt may help, and whether the host is as good as gone."""
        import urllib3.exceptions as known  # noqa: PLC0415

        _, host, port = at
        name = f"{host}:{port}" if port not in (80, 443) else host
        if isinstance(error, known.SSLError):
            return _untrusted(name, error), False, True
        if isinstance(error, known.ProxySchemeUnknown):
            message = "the proxy of the environment is of a kind that is not known here"
            return (
                RegistryError(message, help="name one with http:// or https://, or set NO_PROXY"),
                False,
                True,
            )
        if isinstance(error, ValueError):
            message = f"{name} cannot be asked: its address or the login for it has signs that it cannot have"
            return RegistryError(message, help="correct the address, or log in again"), False, False
        if isinstance(error, known.NameResolutionError):
            message, advice = (
                f"the name {host} is not known to this network",
                "correct the name, or check the network",
            )
        elif isinstance(error, known.ProxyError):
            message, advice = f"the proxy to {name} does not answer", "correct HTTPS_PROXY, or set NO_PROXY"
        elif isinstance(error, known.ConnectTimeoutError | known.NewConnectionError):
            message, advice = (
                f"{name} does not answer",
                "check that it runs, and that this machine may reach it",
            )
        elif isinstance(error, known.ReadTimeoutError | TimeoutError):
            seconds = self._limits.whole if isinstance(error, TimeoutError) else self._limits.read
            message, advice = f"{name} answers too slowly: not within {seconds:g} seconds", "try again later"
            # Once may be for one image alone; who is late again is not waited for any more.
            again = at in self._late
            self._late.add(at)
            return RegistryError(message, help=advice), False, again
        else:
            message, advice = f"the answer of {name} was cut short", "try again"
            return RegistryError(message, help=advice), True, False
        return RegistryError(message, help=advice), True, True

    def _pool(self, url: str) -> "PoolManager":
        from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

        import urllib3  # noqa: PLC0415

        parts = urlsplit(url)
        proxies = getproxies()
        proxy = "" if proxy_bypass(parts.netloc) else proxies.get(parts.scheme) or proxies.get("all", "")
        if is_loopback(parts.netloc):
            proxy = ""
        if proxy not in self._pools:
            settings: dict[str, Any] = {"ssl_context": self._trust, "maxsize": 8}
            self._pools[proxy] = _by_proxy(proxy, settings) if proxy else urllib3.PoolManager(**settings)
        return self._pools[proxy]

    def _speaks_tls(self, host: str) -> bool:
        """Whether a port of this machine speaks TLS; true also where it does not answer."""
        import socket  # noqa: PLC0415

        parts = urlsplit(f"//{host}")
        # Whom it would trust is not looked at, which takes 30 ms.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection(
                (parts.hostname or "", parts.port or 443), self._limits.connect
            ) as plain:
                context.wrap_socket(plain, server_hostname=parts.hostname).close()
        except ssl.SSLError:
            return False
        except OSError:
            return True
        return True


def address(text: str, base: str = "") -> str:
    """An address that a server gave, whole; raises RegistryError where it is none."""
    try:
        whole = urljoin(base, text)
        origin(whole)
    except ValueError:
        whole = ""
    if urlsplit(whole).scheme not in ("http", "https") or not urlsplit(whole).hostname:
        told = f"{origin(base)[1]} " if base else "a registry "
        raise RegistryError(f"{told}names an address that is none", help="ask who runs the registry")
    return whole


def origin(url: str) -> Origin:
    """Scheme, host and port of an address: what may see the same credentials."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def is_loopback(host: str) -> bool:
    """Whether a registry is on this machine, by its name or address (``host`` or ``host:port``)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _by_proxy(proxy: str, settings: Mapping[str, Any]) -> "PoolManager":
    """What sends by a proxy, with the login in its address."""
    import urllib3  # noqa: PLC0415

    address = proxy if "://" in proxy else f"http://{proxy}"
    parts = urlsplit(address)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    if parts.password:
        redact.learn_value(unquote(parts.password))
    headers = urllib3.make_headers(proxy_basic_auth=login)
    manager: PoolManager = urllib3.ProxyManager(address, proxy_headers=headers, **settings)
    return manager


def _trust(ca: Path | None) -> ssl.SSLContext:
    if ca is None:
        return _system_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca)
    except FileNotFoundError as error:
        raise PathNotFoundError("there is no such file", where=str(ca), help="correct --ca") from error
    except (OSError, ssl.SSLError) as error:
        raise RegistryError(
            "the file holds no certificates in PEM form", where=str(ca), help="correct --ca"
        ) from error
    return context


@lru_cache(maxsize=4)
def _system_trust(*_: str | None) -> ssl.SSLContext:
    """Whom the system trusts, with what variables say of it; read once, since that takes 30 ms."""
    return ssl.create_default_context()


def _untrusted(name: str, error: Exception) -> RegistryError:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        why = text.partition("certificate verify failed:")[2].partition("(_ssl")[0].strip(" :")
        return RegistryError(
            f"the certificate of {name} is not trusted" + (f": {why}" if why else ""),
            help="name the file of its authority with --ca FILE, or in SSL_CERT_FILE",
        )
    return RegistryError(
        f"{name} does not speak TLS as it should",
        help=f"--plain-http {name} asks it without encryption, if it is meant to be so",
    )
