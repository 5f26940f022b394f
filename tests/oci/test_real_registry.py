"""The client against a real registry: Debian's docker-registry, filled by skopeo."""

import pytest

from migrate_dhi.errors import NotInRegistryError, RegistryDeniedError, RegistryError
from migrate_dhi.oci.reference import Reference
from tests.oci.conftest import client, log_in
from tests.oci.real import PASSWORD, USER


def image(registry, tag="9.0.2", name="dhi/valkey"):
    return Reference(registry.host, name, tag)


@pytest.fixture
def logged_in(home, real):
    log_in(home, real.host, username=USER, password=PASSWORD)
    return client(home)


def test_digest_of_a_tag_is_that_of_the_index(logged_in, real, filled):
    assert logged_in.digest(image(real)) == filled.digest


def test_index_lists_platforms_without_attestations(logged_in, real):
    manifest = logged_in.manifest(image(real))

    assert [platform.name for platform in manifest.platforms] == ["linux/amd64", "linux/arm64/v8"]


def test_configuration_of_a_platform(logged_in, real):
    found = logged_in.configuration(image(real), "linux/arm64")

    assert (found.platform, found.user, found.entrypoint) == (
        "linux/arm64/v8",
        "nonroot",
        ("/usr/bin/valkey",),
    )
    assert (found.environment["A"], found.ports, found.work_dir) == ("b=c", ("6379/tcp",), "/data")
    assert found.labels["com.docker.dhi.shell"] == "bash"


def test_a_platform_that_is_not_there(logged_in, real):
    assert logged_in.configuration(image(real), "linux/s390x") is None


def test_all_of_1200_tags(logged_in, real, filled):
    many = {f"1.{minor}.{patch}" for minor in range(40) for patch in range(30)}
    real.put_tags("dhi/valkey", sorted(many), filled.digest)

    assert set(logged_in.tags(image(real))) == {*many, "9.0.2"}


def test_a_tag_that_is_not_there(logged_in, real):
    with pytest.raises(NotInRegistryError) as caught:
        logged_in.digest(image(real, "9.9.9"))

    assert caught.value.where == f"{real.host}/dhi/valkey:9.9.9"


def test_a_repository_that_is_not_there(logged_in, real):
    with pytest.raises(NotInRegistryError):
        logged_in.tags(image(real, name="dhi/nothing"))


def test_without_a_login(home, real):
    with pytest.raises(RegistryDeniedError) as caught:
        client(home).digest(image(real))

    assert "none is kept here" in caught.value.message
    assert f"docker login {real.host}" in caught.value.help


def test_with_a_wrong_login(home, real):
    file = log_in(home, real.host, username=USER, password="0ther-passw0rd")

    with pytest.raises(RegistryDeniedError) as caught:
        client(home).digest(image(real))

    assert caught.value.message == f"{real.host} refuses the login from {file} for dhi/valkey"
    assert "0ther" not in f"{caught.value}{caught.value.help}"


def test_what_has_a_digest_is_kept_on_disk_and_checked(home, real, tmp_path):
    log_in(home, real.host, username=USER, password=PASSWORD)
    folder = tmp_path / "cache"
    before = client(home, folder).configuration(image(real), "linux/amd64")
    kept = sorted(path for path in folder.rglob("*") if path.is_file())
    asked = real.log.read_text().count('"GET ')

    assert client(home, folder).configuration(image(real), "linux/amd64") == before
    assert (len(kept), real.log.read_text().count('"GET ')) == (3, asked)

    for path in kept:
        path.write_bytes(path.read_bytes()[:-1])
    assert client(home, folder).configuration(image(real), "linux/amd64") == before


def test_own_authority(home, encrypted, filled):
    encrypted.fill(filled.layout, "9.0.2", "dhi/valkey:9.0.2")
    log_in(home, encrypted.host, username=USER, password=PASSWORD)

    assert client(home, ca=encrypted.ca).digest(image(encrypted)) == filled.digest


def test_unknown_authority_is_not_trusted_on_this_machine_either(home, encrypted):
    with pytest.raises(RegistryError) as caught:
        client(home).digest(image(encrypted))

    assert f"the certificate of {encrypted.host} is not trusted" in caught.value.message
    assert "--ca FILE" in caught.value.help


def test_authority_named_by_the_usual_variable(home, encrypted, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(encrypted.ca))

    with pytest.raises(RegistryDeniedError):
        client(home).digest(image(encrypted))
