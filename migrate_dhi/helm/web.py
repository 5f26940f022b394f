"""Downloads over HTTP(S), for chart repositories: one clear error for each way in which they fail.

Credentials go to the host that they are for, and to no other that it redirects to; an encrypted connection is
never left for a plain one. Proxies are those of the environment.
"""

import base64
import hashlib
import os
import ssl
import time
from email.message import Message
from functools import lru_cache
from http.client import HTTPException, IncompleteRead
from typing import IO, Any, BinaryIO, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

from migrate_dhi import __version__, redact
from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.logins import Login, repositories_file
from migrate_dhi.record import record

_SECONDS = 30
_TRIES = 3
# A server that wants more time is told about, and not waited for.
_LONGEST_WAIT = 20.0
_CHUNK = 1 << 16
# Variables by which OpenSSL finds other authorities than the system's.
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_UNCHANGED, _UNAUTHORIZED, _FORBIDDEN, _GONE, _BUSY = 304, 401, 403, 404, 429
_PASSING = {_BUSY, 500, 502, 503, 504}


@record
class Answer:
    """What was downloaded: its sha256, its size, and what tells later whether it has changed.

    ``unchanged`` means that nothing was sent, since what ``etag`` or ``modified`` told of is still so.
    """

    sha256: str = ""
    size: int = 0
    etag: str = ""
    modified: str = ""
    unchanged: bool = False


def download(
    url: str, into: BinaryIO, *, login: Login, most: int, host: str = "", known: Answer | None = None
) -> Answer:
    """Write what is at an address into a file.

    Args:
        url: with http or https.
        into: an empty file; where a try fails half way it is emptied for the next.
        login: credentials and certificates.
        most: bytes that it may have.
        host: the host that the credentials are for, with its port; empty: that of the address.
        known: the answer before this one; if nothing has changed since, nothing is sent.

    Raises DependencyError, with what the server said and what to do.
    """
    request = Request(url, headers=_headers(url, login, host, known))  # noqa: S310 - checked in _opener
    opener = _opener(url, login)
    for left in reversed(range(_TRIES)):
        try:
            return _once(opener, request, into, most)
        except HTTPError as error:
            if error.code == _UNCHANGED and known:
                return Answer(known.sha256, known.size, known.etag, known.modified, unchanged=True)
            wait = _wait(error.headers, _TRIES - left)
            if error.code not in _PASSING or not left or wait > _LONGEST_WAIT:
                raise _refused(url, error, login) from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            if not left or not _passing(error):
                raise _failed(url, error) from error
            wait = _wait(None, _TRIES - left)
        into.seek(0)
        into.truncate()
        time.sleep(wait)
    raise AssertionError  # pragma: no cover - the last try returns or raises


def _once(opener: OpenerDirector, request: Request, into: BinaryIO, most: int) -> Answer:
    digest, size = hashlib.sha256(), 0
    with opener.open(request, timeout=_SECONDS) as answer:
        headers = cast("Message", answer.headers)
        expected = headers.get("Content-Length", "")
        while chunk := answer.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise DependencyError(
                    f"{_shown(request.full_url)} is larger than {most >> 20} MiB",
                    help="look at what is there",
                )
            digest.update(chunk)
            into.write(chunk)
    # Reading in pieces does not tell an answer that is cut.
    if expected.isdecimal() and size < int(expected):
        raise IncompleteRead(b"", int(expected) - size)
    return Answer(digest.hexdigest(), size, headers.get("ETag", ""), headers.get("Last-Modified", ""))


def _headers(url: str, login: Login, host: str, known: Answer | None) -> dict[str, str]:
    headers = {"User-Agent": f"migrate-dhi/{__version__}", "Accept-Encoding": "identity"}
    if login.username and (login.everywhere or not host or urlsplit(url).netloc == host):
        pair = base64.b64encode(f"{login.username}:{login.password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    elif known and known.modified:
        headers["If-Modified-Since"] = known.modified
    return headers


def _opener(url: str, login: Login) -> OpenerDirector:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise DependencyError(f"{_shown(url)} is no address of http or https", help="correct the repository")
    try:
        files = login.ca_file, login.cert_file, login.key_file
        context = _trust(*files, *map(os.environ.get, _AUTHORITIES), unchecked=login.unchecked)
    except (OSError, ssl.SSLError) as error:
        raise DependencyError(
            f"a certificate for {_shown(url)} cannot be read: {error}",
            where=str(repositories_file()),
            help="correct caFile, certFile and keyFile there",
        ) from error
    return build_opener(_Redirects(login.everywhere), HTTPSHandler(context=context))


@lru_cache(maxsize=16)
def _trust(ca: str, certificate: str, key: str, *_: str | None, unchecked: bool) -> ssl.SSLContext:
    """Whom to trust, and with which certificate; read once, since to read a system's authorities takes 30 ms."""
    context = ssl.create_default_context(cafile=ca or None)
    if certificate:
        context.load_cert_chain(certificate, key or None)
    if unchecked:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class _Redirects(HTTPRedirectHandler):
    """Follows to other hosts without credentials, and never from https to http."""

    def __init__(self, everywhere: bool) -> None:
        self._everywhere = everywhere

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme != "https" and (old.scheme == "https" or new.scheme != "http"):
            raise DependencyError(
                f"{_shown(req.full_url)} redirects to {_shown(newurl)}, which is not encrypted",
                help="ask who runs it, or use another repository",
            )
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request and old.netloc != new.netloc and not self._everywhere:
            request.remove_header("Authorization")
        return request


def _wait(headers: Message | None, tried: int) -> float:
    said = (headers.get("Retry-After", "") if headers else "").strip()
    return float(said) if said.isdecimal() else 0.3 * 3 ** (tried - 1)


def _passing(error: Exception) -> bool:
    """Whether another try may succeed: not for a name that is unknown, a certificate, or a closed port."""
    cause = error.reason if isinstance(error, URLError) else error
    return isinstance(cause, HTTPException | ConnectionResetError | TimeoutError) and not isinstance(
        cause, ssl.SSLError
    )


def _refused(url: str, error: HTTPError, login: Login) -> DependencyError:
    asked, answered = _shown(url), _shown(error.url or url)
    named = (
        asked if urlsplit(asked).netloc == urlsplit(answered).netloc else f"{asked}, by way of {answered},"
    )
    said = f"{named} answers {error.code} ({error.reason})"
    if error.code in {_UNAUTHORIZED, _FORBIDDEN}:
        return DependencyError(
            f"{said}: it wants {'another' if login.username else 'a'} login",
            help=f"`helm repo add NAME URL --username USER --password-stdin` keeps one in {repositories_file()}",
        )
    if error.code == _GONE:
        return DependencyError(f"{said}: there is nothing at this address", help="correct the address")
    if error.code == _BUSY:
        return DependencyError(
            f"{said}: too many requests", help="wait a while, or log in to be allowed more"
        )
    return DependencyError(said, help="run this again later")


def _failed(url: str, error: Exception) -> DependencyError:
    cause: Any = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, IncompleteRead):
        reason, advice = "the answer was cut off", "run this again"
    elif isinstance(cause, ssl.SSLCertVerificationError):
        reason = f"its certificate is not trusted ({getattr(cause, 'verify_message', '') or cause})"
        advice = "`helm repo add NAME URL --ca-file FILE` names the authority that signed it"
    elif isinstance(cause, ssl.SSLError):
        reason = f"no encrypted connection comes about ({getattr(cause, 'reason', '') or cause})"
        advice = "look at the address: there it may answer without encryption, or at another port"
    elif isinstance(cause, TimeoutError):
        reason, advice = f"no answer within {_SECONDS} seconds", "run this again, or look at your proxy"
    else:
        reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        advice = "look at the address and at your network"
    return DependencyError(f"{_shown(url)} cannot be reached: {reason}", help=advice)


def _shown(url: str) -> str:
    return redact.text(url)
