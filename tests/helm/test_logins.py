"""What Helm's own file of chart repositories says: addresses for names, and how to log in."""

import os

import pytest

from migrate_dhi.errors import DependencyError
from migrate_dhi.helm.logins import Login, address_of, login_of, registries_file, repositories_file

FILE = """\
repositories:
  - {name: stable, url: "https://charts.example.org/stable/"}
  - {name: private, url: "https://charts.example.org/private", username: me, password: pass-1234, caFile: /ca,
     certFile: /cert, keyFile: /key, insecure_skip_tls_verify: true, pass_credentials_all: true}
  - text
  - {name: empty}
"""


@pytest.fixture(autouse=True)
def repositories(tmp_path, monkeypatch):
    file = tmp_path / "repositories.yaml"
    file.write_text(FILE)
    monkeypatch.setenv("HELM_REPOSITORY_CONFIG", str(file))
    return file


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("@stable", "https://charts.example.org/stable/"),
        ("alias:private", "https://charts.example.org/private"),
        ("@empty", ""),
        ("https://charts.example.org", "https://charts.example.org"),
        ("oci://example.org/x", "oci://example.org/x"),
        ("", ""),
    ],
)
def test_the_address_of_a_repository_by_its_name(named, address):
    assert address_of(named) == address


def test_a_name_that_helm_does_not_have_says_how_to_add_it(repositories):
    with pytest.raises(DependencyError) as caught:
        address_of("@nothing")

    assert caught.value.message == f"Helm has no chart repository named nothing here ({repositories})"
    assert caught.value.help == "add it: helm repo add nothing URL"


PRIVATE = Login("me", "pass-1234", "/ca", "/cert", "/key", unchecked=True, everywhere=True)


@pytest.mark.parametrize(
    ("repository", "address", "login"),
    [
        ("https://charts.example.org/private", "https://charts.example.org/private", PRIVATE),
        ("https://charts.example.org/private/", "https://charts.example.org/private/", PRIVATE),
        ("https://charts.example.org/stable", "https://charts.example.org/stable", Login()),
        ("https://charts.example.org", "https://charts.example.org", Login()),
        # the user in the address, unless Helm knows one for it
        ("https://a%40b:c%20d@charts.example.org/x", "https://charts.example.org/x", Login("a@b", "c d")),
        ("https://a@charts.example.org/x", "https://charts.example.org/x", Login("a", "")),
        ("https://other:one@charts.example.org/private", "https://charts.example.org/private", PRIVATE),
        (
            "https://other:one@charts.example.org/stable",
            "https://charts.example.org/stable",
            Login("other", "one"),
        ),
        ("https://charts.example.org:8443/x", "https://charts.example.org:8443/x", Login()),
    ],
)
def test_how_to_log_in_at_an_address(repository, address, login):
    assert login_of(repository) == (address, login)


def test_a_password_is_not_shown():
    assert "pass-1234" not in repr(PRIVATE)


def test_a_file_that_changes_is_read_again_and_one_that_is_not_there_names_nothing(repositories):
    assert address_of("@stable").endswith("/stable/")
    repositories.write_text("repositories: [{name: stable, url: 'https://new.example.org'}]\n")
    os.utime(repositories, ns=(1, 1))
    assert address_of("@stable") == "https://new.example.org"
    for at, text in enumerate(("other: 1\n", "repositories: 5\n"), start=2):
        repositories.write_text(text)
        os.utime(repositories, ns=(at, at))
        assert login_of("https://new.example.org") == ("https://new.example.org", Login())
    repositories.unlink()
    with pytest.raises(DependencyError):
        address_of("@stable")


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HELM_CONFIG_HOME": "/a"}, "/a"),
        ({"XDG_CONFIG_HOME": "/b"}, "/b/helm"),
        ({"HELM_CONFIG_HOME": "/a", "XDG_CONFIG_HOME": "/b"}, "/a"),
        ({"HOME": "/home/me"}, "/home/me/.config/helm"),
    ],
)
def test_where_helm_keeps_its_files(monkeypatch, variables, folder):
    for name in ("HELM_REPOSITORY_CONFIG", "HELM_REGISTRY_CONFIG", "HELM_CONFIG_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert str(repositories_file()) == f"{folder}/repositories.yaml"
    assert str(registries_file()) == f"{folder}/registry/config.json"
    monkeypatch.setenv("HELM_REGISTRY_CONFIG", "/own.json")
    assert str(registries_file()) == "/own.json"
