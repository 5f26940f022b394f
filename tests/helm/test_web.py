"""Downloads: whom they trust and tell a login, where they are led, and what is said of each way in which they fail."""

import base64
import hashlib
import io
import socket
import ssl
from email.message import Message
from http.client import IncompleteRead, RemoteDisconnected
from types import SimpleNamespace
from urllib.error import HTTPError, URLError
from urllib.request import Request

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm import web
from migrate_dhi.helm.logins import Login


@pytest.fixture
def read(monkeypatch):
    """The authorities that are read from now on."""
    found, default = [], ssl.create_default_context
    monkeypatch.setattr(
        ssl, "create_default_context", lambda cafile: found.append(cafile) or default(cafile=cafile)
    )
    web._trust.cache_clear()
    return found


def test_authorities_are_read_once_for_all_downloads(read):
    for path in ("index.yaml", "a.tgz", "b.tgz"):
        web._opener(f"https://charts.example.org/{path}", Login())

    assert read == [None]


def test_other_authorities_are_read_anew(read, monkeypatch, tmp_path):
    web._opener("https://charts.example.org", Login())
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    web._opener("https://charts.example.org", Login())
    web._opener("https://charts.example.org", Login(unchecked=True))

    assert read == [None] * 3


def test_who_is_not_checked_for_one_is_for_the_others(read):
    files = ("", "", "", None, None)

    assert web._trust(*files, unchecked=True).verify_mode is ssl.CERT_NONE
    assert web._trust(*files, unchecked=False).verify_mode is ssl.CERT_REQUIRED


# --- what is asked, and of whom


@pytest.mark.parametrize(
    ("url", "login", "host", "sent"),
    [
        ("https://a.example/x", Login("me", "pass"), "", True),
        ("https://a.example/x", Login("me", "pass"), "a.example", True),
        # To no other host, and to no other port of it, unless the user wants it so.
        ("https://b.example/x", Login("me", "pass"), "a.example", False),
        ("https://a.example:8443/x", Login("me", "pass"), "a.example", False),
        ("https://b.example/x", Login("me", "pass", everywhere=True), "a.example", True),
        ("https://a.example/x", Login(), "", False),
        ("https://a.example/x", Login("", "pass"), "", False),
    ],
)
def test_a_login_goes_to_the_host_that_it_is_for(url, login, host, sent):
    headers = web._headers(url, login, host, None)

    told = f"Basic {base64.b64encode(b'me:pass').decode()}"
    assert headers.get("Authorization") == (told if sent else None)


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (None, {}),
        (web.Answer(), {}),
        (web.Answer(etag='"e"'), {"If-None-Match": '"e"'}),
        (web.Answer(modified="Thu"), {"If-Modified-Since": "Thu"}),
        (web.Answer(etag='"e"', modified="Thu"), {"If-None-Match": '"e"'}),
    ],
)
def test_what_is_known_is_asked_for_only_if_it_has_changed(known, asked):
    headers = web._headers("https://a.example", Login(), "", known)

    assert {name: headers[name] for name in headers if name.startswith("If-")} == asked


@pytest.mark.parametrize("url", ["ftp://a.example/x", "file:///etc/passwd", "a.example/x", ""])
def test_only_http_is_asked(url):
    with pytest.raises(DependencyError, match="is no address of http or https"):
        web._opener(url, Login())


@pytest.mark.parametrize("field", ["ca_file", "cert_file"])
def test_a_certificate_that_cannot_be_read_says_where_it_is_named(tmp_path, monkeypatch, field):
    monkeypatch.setenv("HELM_REPOSITORY_CONFIG", str(tmp_path / "repositories.yaml"))

    with pytest.raises(DependencyError) as caught:
        web._opener("https://a.example", Login(**{field: str(tmp_path / "gone.pem")}))

    assert caught.value.message.startswith("a certificate for https://a.example cannot be read")
    assert caught.value.where == str(tmp_path / "repositories.yaml")


# --- redirects


@pytest.mark.parametrize(
    ("old", "new", "everywhere", "keeps"),
    [
        ("https://a.example/x", "https://a.example/y", False, True),
        ("https://a.example/x", "https://b.example/y", False, False),
        ("https://a.example/x", "https://a.example:8443/y", False, False),
        ("https://a.example/x", "https://b.example/y", True, True),
        ("http://a.example/x", "https://a.example/y", False, True),
        ("http://a.example/x", "http://a.example/y", False, True),
    ],
)
def test_a_redirect_to_another_host_goes_without_the_login(old, new, everywhere, keeps):
    request = Request(old, headers={"Authorization": "Basic x"})

    followed = web._Redirects(everywhere).redirect_request(
        request, io.BytesIO(), 302, "Found", Message(), new
    )

    assert followed.full_url == new
    assert followed.has_header("Authorization") is keeps


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://a.example/x", "http://a.example/x"),
        ("https://a.example/x", "http://b.example/x"),
        ("http://a.example/x", "ftp://a.example/x"),
        ("https://me:word-one@a.example/x", "http://me:word-one@a.example/x"),
    ],
)
def test_an_encrypted_connection_is_not_left_for_a_plain_one(old, new):
    with pytest.raises(DependencyError, match="which is not encrypted") as caught:
        web._Redirects(everywhere=True).redirect_request(
            Request(old), io.BytesIO(), 302, "Found", Message(), new
        )

    assert "word-one" not in caught.value.message


# --- tries


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (TimeoutError(), True),
        (URLError(TimeoutError()), True),
        (ConnectionResetError(), True),
        (URLError(ConnectionResetError()), True),
        (IncompleteRead(b"", 1), True),
        (RemoteDisconnected(), True),
        (URLError(ConnectionRefusedError()), False),
        (URLError(socket.gaierror(-2, "unknown")), False),
        (URLError(ssl.SSLCertVerificationError("x")), False),
        (ssl.SSLError("x"), False),
        (ValueError("x"), False),
        (OSError("x"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error, passing):
    assert web._passing(error) is passing


@pytest.mark.parametrize(
    ("said", "tried", "wait"),
    [
        (None, 1, 0.3),
        (None, 2, 0.9),
        ("", 1, 0.3),
        ("7", 1, 7.0),
        ("0", 2, 0.0),
        # A day on which it is ready is not waited for.
        ("Thu, 01 Jan 2026 00:00:00 GMT", 1, 0.3),
        ("-1", 1, 0.3),
    ],
)
def test_how_long_is_waited(said, tried, wait):
    headers = Message()
    if said is not None:
        headers["Retry-After"] = said

    assert web._wait(headers, tried) == pytest.approx(wait)
    assert web._wait(None, tried) == pytest.approx(0.3 * 3 ** (tried - 1))


@pytest.mark.parametrize(
    ("code", "login", "says", "help_text"),
    [
        (401, Login(), "answers 401 (Why): it wants a login", "helm repo add"),
        (403, Login("me"), "answers 403 (Why): it wants another login", "helm repo add"),
        (404, Login(), "answers 404 (Why): there is nothing at this address", "correct the address"),
        (429, Login(), "answers 429 (Why): too many requests", "wait a while"),
        (500, Login(), "answers 500 (Why)", "run this again later"),
        (418, Login(), "answers 418 (Why)", "run this again later"),
    ],
)
def test_what_a_server_refuses_with_says_what_to_do(code, login, says, help_text):
    error = HTTPError("https://b.example/y", code, "Why", Message(), io.BytesIO())

    told = web._refused("https://a.example/x", error, login)

    assert told.message == f"https://a.example/x, by way of https://b.example/y, {says}"
    assert help_text in told.help


@pytest.mark.parametrize(
    ("error", "says", "help_text"),
    [
        (IncompleteRead(b"", 1), "the answer was cut off", "run this again"),
        (
            URLError(TimeoutError()),
            "no answer within 30 seconds",
            "run this again, or look at your proxy",
        ),
        (URLError(OSError(111, "Connection refused")), "Connection refused", "look at the address"),
        (ValueError("odd"), "odd", "look at the address"),
        (ConnectionResetError(), "ConnectionResetError", "look at the address"),
        (
            URLError(ssl.SSLCertVerificationError(1, "odd")),
            "its certificate is not trusted (odd)",
            "--ca-file",
        ),
        # What speaks no TLS has no certificate to distrust.
        (
            URLError(ssl.SSLError(1, "odd")),
            "no encrypted connection comes about (odd)",
            "without encryption",
        ),
    ],
)
def test_what_cannot_be_reached_says_why(error, says, help_text):
    told = web._failed("https://me:word-one@a.example/x", error)

    assert f"cannot be reached: {says}" in told.message
    assert "word-one" not in told.message
    assert help_text in told.help


class Served:
    """An answer in pieces."""

    def __init__(self, content, **headers):
        self.content, self.headers = io.BytesIO(content), Message()
        for name, value in headers.items():
            self.headers[name.replace("_", "-")] = value

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def read(self, size):
        return self.content.read(size)


def once(content, most=100, **headers):
    into = io.BytesIO()
    opener = SimpleNamespace(open=lambda *_, **__: Served(content, **headers))
    return web._once(opener, Request("https://a.example/x"), into, most), into.getvalue()


def test_what_is_downloaded_is_told_by_its_digest_and_size():
    answer, content = once(b"abc", ETag='"e"', Last_Modified="Thu", Content_Length="3")

    assert content == b"abc"
    assert answer == web.Answer(hashlib.sha256(b"abc").hexdigest(), 3, '"e"', "Thu")


def test_what_is_larger_than_it_may_be_is_not_taken_to_its_end(monkeypatch):
    monkeypatch.setattr(web, "_CHUNK", 10)
    assert once(b"x" * 100)[0].size == 100

    with pytest.raises(DependencyError, match="is larger than 0 MiB"):
        once(b"x" * 101)


def test_an_answer_that_is_shorter_than_promised_is_cut():
    with pytest.raises(IncompleteRead):
        once(b"abc", Content_Length="4")
    # More, and what is no number, say nothing.
    assert once(b"abc", Content_Length="2")[1] == b"abc"
    assert once(b"abc", Content_Length="many")[1] == b"abc"
