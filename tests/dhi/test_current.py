"""Which catalog is used, and how a newer one gets there."""

import http.server
import shutil
import ssl
import subprocess

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.current import current_catalog, update_catalog, user_catalog
from migrate_dhi.errors import CatalogError
from tests.serving import serving


@pytest.fixture(autouse=True)
def own_data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def catalog_file(folder, day, **head):
    file = folder / f"{day}.jsonl.gz"
    file.write_bytes(
        pack(
            {"format": 1, "source": "s", "date": day, "commit": "c", **head},
            [{"image": "a", "definitions": []}],
        )
    )
    return file


def test_bundled_catalog_is_the_default():
    assert current_catalog().date == Catalog.bundled().date


def test_newer_catalog_is_taken(tmp_path):
    done = update_catalog(str(catalog_file(tmp_path, "2030-01-01")), shrunk=True)

    assert (done.old.date, done.new.date) == (Catalog.bundled().date, "2030-01-01")
    assert done.place == user_catalog()
    assert current_catalog().date == "2030-01-01"


def test_bundled_catalog_wins_over_an_older_own_one(tmp_path):
    user_catalog().parent.mkdir(parents=True)
    catalog_file(tmp_path, "2020-01-01").rename(user_catalog())

    assert current_catalog().date == Catalog.bundled().date


def test_named_catalog_wins(tmp_path):
    assert current_catalog(catalog_file(tmp_path, "2020-01-01")).date == "2020-01-01"


@pytest.mark.parametrize("head", [{"date": "2020-01-01"}, {"format": 99}])
def test_older_or_newer_format_is_not_written(tmp_path, head):
    with pytest.raises(CatalogError):
        update_catalog(str(catalog_file(tmp_path, "2030-01-01", **head)))

    assert not user_catalog().exists()


def test_damaged_catalog_is_not_written(tmp_path):
    file = tmp_path / "damaged"
    file.write_bytes(
        pack(
            {"format": 1, "source": "s", "date": "2030-01-01", "commit": "c"},
            [{"image": "a", "definitions": [1]}],
        )
    )

    with pytest.raises(CatalogError, match="damaged"):
        update_catalog(str(file))

    assert not user_catalog().exists()


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read"):
        update_catalog(str(tmp_path / "none"))


def test_plain_http_is_refused():
    with pytest.raises(CatalogError, match="https"):
        update_catalog("http://example.org/catalog")


def test_catalog_is_fetched_from_an_address(tmp_path):
    catalog_file(tmp_path, "2030-01-01")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(tmp_path))

    with serving(Handler) as port:
        new = update_catalog(f"http://127.0.0.1:{port}/2030-01-01.jsonl.gz", shrunk=True).new

    assert new.date == "2030-01-01"


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_an_address_that_leaves_encryption_is_refused(tmp_path, monkeypatch):
    catalog_file(tmp_path, "2030-01-01")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*new, *names], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(Redirecting, context) as port, pytest.raises(CatalogError, match="is not encrypted"):
        update_catalog(f"https://localhost:{port}/catalog.jsonl.gz")


class Redirecting(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Location", "http://127.0.0.1:9/x")
        self.end_headers()

    def log_message(self, *args):
        pass


def test_address_that_does_not_answer_is_an_error():
    with pytest.raises(CatalogError, match="cannot be fetched"):
        update_catalog("http://127.0.0.1:9/catalog.jsonl.gz")
