"""Registries for tests: a real one for the session, and one that misbehaves for each test."""

import json
from types import SimpleNamespace

import pytest

from migrate_dhi import redact
from migrate_dhi.oci.credentials import Credentials
from migrate_dhi.oci.registry import Registry
from migrate_dhi.oci.store import Store
from migrate_dhi.oci.transport import Limits, Transport
from tests.oci.faulty import FaultyRegistry
from tests.oci.images import Blobs, hardened
from tests.oci.real import RealRegistry, certificates, require


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A layout with an index, and the digest of that: what registries are filled with."""
    blobs = Blobs()
    index = blobs.index(**hardened("valkey", "9.0.2", shell="bash"))
    layout = tmp_path_factory.mktemp("layout")
    blobs.write(layout, {"9.0.2": index})
    return SimpleNamespace(layout=layout, digest=index["digest"], blobs=blobs)


@pytest.fixture(scope="session")
def real(tmp_path_factory, filled):
    """A real registry that wants a login, with dhi/valkey:9.0.2."""
    require()
    with RealRegistry(tmp_path_factory.mktemp("registry")) as registry:
        registry.fill(filled.layout, "9.0.2", "dhi/valkey:9.0.2")
        yield registry


@pytest.fixture(scope="session")
def encrypted(tmp_path_factory):
    """A real registry with TLS by an authority of its own, which is ``ca``."""
    require()
    folder = tmp_path_factory.mktemp("tls")
    ca, *pair = certificates(folder)
    with RealRegistry(folder, tls=pair) as registry:
        registry.ca = ca
        yield registry


@pytest.fixture
def faulty():
    """A registry that does as it is told."""
    registry = FaultyRegistry()
    yield registry
    registry.stop()


@pytest.fixture(autouse=True)
def no_secrets_left():
    yield
    redact.forget()


@pytest.fixture
def home(tmp_path):
    """Variables of a user who has logged in nowhere."""
    return {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}


def log_in(home, host, **entry):
    """Keep a login as docker does."""
    from pathlib import Path

    file = Path(home["HOME"]) / ".docker/config.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    config = json.loads(file.read_text()) if file.exists() else {"auths": {}}
    config["auths"][host] = entry
    file.write_text(json.dumps(config))
    return file


def client(home, folder=None, ca=None, plain=(), **seconds):
    """A client with short limits."""
    limits = Limits(**{"connect": 2, "read": 2, "whole": 3, "pause": 0.2, "again": 0.02, **seconds})
    return Registry(Transport(ca, plain, limits), Credentials(home), Store(folder))
