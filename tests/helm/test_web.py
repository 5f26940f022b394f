"""Whom downloads trust: read once, and anew where it is told otherwise."""

import ssl

import pytest

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
