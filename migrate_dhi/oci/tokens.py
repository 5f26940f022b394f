"""How a registry is told who asks: its challenge, and the answer to it.

Basic: RFC 7617. Bearer: the token specification of the distribution project (a token for one repository and one
right, from the server that the challenge names).
"""

import json
import re
import time
from collections.abc import Mapping
from threading import Lock
from urllib.parse import urlencode, urlsplit

from migrate_dhi import redact
from migrate_dhi.errors import RegistryDeniedError, RegistryError
from migrate_dhi.oci.credentials import Credentials, Login
from migrate_dhi.oci.transport import Answer, Transport, address
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_LARGEST = 1_000_000
_SECONDS = 60
_SHORTEST = 10
# A word with a parameter behind it: a comma within quotes has none.
_SCHEME = regex(r"(?:^|,)\s*(?P<scheme>[A-Za-z]+)(?=\s+[A-Za-z_]+\s*=)")
_PARAMETER = regex(r'(?P<key>[A-Za-z_]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s,]+))')


@record
class _Grant:
    header: str
    until: float


class Tokens:
    """Headers for authorization, kept while they are good."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self._transport = transport
        self._credentials = credentials
        self._grants: dict[tuple[str, str], _Grant] = {}
        self._lock = Lock()

    def known(self, host: str, repository: str) -> str:
        """The header that the registry took for a repository before, or an empty string."""
        grant = self._grants.get((host, repository))
        if grant is None or grant.until <= time.monotonic():
            return ""
        redact.learn_value(grant.header.partition(" ")[2])
        return grant.header

    def login(self, host: str, repository: str) -> Login | None:
        """The login that is used for a repository."""
        return self._credentials.find(host, repository)

    def answer(self, challenge: str, host: str, repository: str, refused: str = "") -> str:
        """The header for a challenge, other than the one that was refused; empty where there is none to give.

        Raises RegistryDeniedError where the token server refuses the login, RegistryError where it does not answer.
        """
        with self._lock:
            known = self.known(host, repository)
            if known and known != refused:
                return known
            grant = self._granted(challenge, host, repository)
            if grant is None or grant.header == refused:
                return ""
            self._grants[host, repository] = grant
            return grant.header

    def _granted(self, challenge: str, host: str, repository: str) -> _Grant | None:
        challenges = read_challenges(challenge)
        login = self.login(host, repository)
        bearer = challenges.get("bearer", {})
        if "realm" in bearer:
            if login and login.bearer:
                return _Grant(f"Bearer {login.bearer}", float("inf"))
            return self._token(bearer, host, repository, login)
        basic = login.basic if login and "basic" in challenges else ""
        return _Grant(basic, float("inf")) if basic else None

    def _token(
        self, parameters: Mapping[str, str], host: str, repository: str, login: Login | None
    ) -> _Grant:
        realm = address(parameters["realm"])
        self._check(realm, host)
        asked = {"scope": parameters.get("scope") or f"repository:{repository}:pull"}
        if parameters.get("service"):
            asked["service"] = parameters["service"]
        if login and login.identity:
            form = {
                "grant_type": "refresh_token",
                "client_id": "migrate-dhi",
                "refresh_token": login.identity,
                **asked,
            }
            answer = self._transport.send("POST", realm, form=form, limit=_LARGEST)
        else:
            url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(asked)}"
            basic = login.basic if login else ""
            answer = self._transport.send("GET", url, authorization=basic, limit=_LARGEST)
        return _read(answer, host, login)

    def _check(self, realm: str, host: str) -> None:
        """A login goes over an encrypted line, or one that the user has said is plain."""
        parts = urlsplit(realm)
        if parts.scheme == "https" or (parts.scheme == "http" and self._transport.scheme(host) == "http"):
            return
        raise RegistryError(
            f"{host} asks to send credentials to {parts.scheme}://{parts.hostname}, which is not encrypted",
            help="ask who runs the registry; nothing was sent",
        )


def read_challenges(text: str) -> dict[str, dict[str, str]]:
    """The challenges of a ``WWW-Authenticate`` header: schemes in small letters, each with its parameters.

    >>> read_challenges('Bearer realm="https://a/token",scope="repository:x:pull,push", Basic realm="a"')
    {'bearer': {'realm': 'https://a/token', 'scope': 'repository:x:pull,push'}, 'basic': {'realm': 'a'}}
    """
    starts = list(_SCHEME.finditer(text))
    if not starts:
        return {text.strip().lower(): {}}
    ends = [*(match.start() for match in starts[1:]), len(text)]
    return {
        match["scheme"].lower(): {
            found["key"].lower(): found["bare"] or re.sub(r"\\(.)", r"\1", found["quoted"] or "")
            for found in _PARAMETER.finditer(text, match.end(), end)
        }
        for match, end in zip(starts, ends, strict=True)
    }


def denied(host: str, repository: str, login: Login | None) -> RegistryDeniedError:
    """What to tell of a 401 or 403."""
    if login is None:
        return RegistryDeniedError(
            f"{host} shows {repository} to nobody without a login, and none is kept here",
            help=f"`docker login {host}` (or `podman login {host}`), then try again",
        )
    return RegistryDeniedError(
        f"{host} refuses the login from {login.source} for {repository}",
        help=f"it may have expired, or lack the right to read: `docker login {host}` "
        "(an organisation's token takes the organisation's name as the user)",
    )


def _read(answer: Answer, host: str, login: Login | None) -> _Grant:
    server = urlsplit(answer.url).netloc
    if answer.status in (400, 401, 403):
        raise denied(host, "its images", login)
    if answer.status != 200:
        raise RegistryError(
            f"{server} gives no token for {host}: status {answer.status}", help="try again later"
        )
    try:
        data = json.loads(answer.body)
        token = str(data.get("token") or data.get("access_token") or "")
        seconds = float(data.get("expires_in") or _SECONDS)
    except (ValueError, TypeError, AttributeError):
        token, seconds = "", 0.0
    if not token:
        raise RegistryError(f"{server} gives no token for {host} that can be read", help="try again later")
    redact.learn_value(token)
    # A token that is about to end would be refused on its way.
    return _Grant(f"Bearer {token}", time.monotonic() + max(seconds - 5, _SHORTEST))
