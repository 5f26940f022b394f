"""Logins as docker and podman keep them."""

import base64
import json
import os
import time
from pathlib import Path

import pytest

from migrate_dhi import redact
from migrate_dhi.errors import CredentialsError
from migrate_dhi.oci.credentials import HUB_KEY, Credentials
from migrate_dhi.oci.helper import Helper


def auth(user, password):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def keep(home, path, **config):
    file = Path(home["HOME"]) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(config))
    return file


def helper(home, name, script):
    """A program on the PATH of its own."""
    file = Path(home["PATH"]) / f"docker-credential-{name}"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    home["PATH"] += f"{os.pathsep}{os.environ['PATH']}"


def found(home, host, repository=""):
    login = Credentials(home).find(host, repository)
    return login and (login.user, login.password)


def test_nobody_has_logged_in(home):
    assert Credentials(home).find("dhi.io") is None


def test_organisation_with_its_token(home):
    keep(home, ".docker/config.json", auths={"dhi.io": auth("acme", "dckr_oat_x:y")})

    assert found(home, "dhi.io") == ("acme", "dckr_oat_x:y")


@pytest.mark.parametrize("key", ["r.example", "https://r.example", "https://r.example/v1/", "r.example/v2"])
def test_ways_to_write_a_registry(home, key):
    keep(home, ".docker/config.json", auths={key: auth("a", "secret")})

    assert found(home, "r.example") == ("a", "secret")


def test_login_of_another_registry_is_not_taken(home):
    keep(home, ".docker/config.json", auths={"r.example:5000": auth("a", "secret")})

    assert found(home, "r.example") is None


@pytest.mark.parametrize("host", ["docker.io", "registry-1.docker.io"])
def test_docker_hub_under_its_old_address(home, host):
    keep(home, ".docker/config.json", auths={HUB_KEY: auth("a", "secret")})

    assert found(home, host) == ("a", "secret")


def test_podman_by_namespace_the_narrowest_first(home):
    auths = {"quay.io": auth("all", "1"), "quay.io/acme": auth("acme", "2"), "quay.io/acme/x": auth("x", "3")}
    keep(home, ".config/containers/auth.json", auths=auths)

    users = [found(home, "quay.io", repository)[0] for repository in ("acme/x", "acme/y", "other/x")]
    assert users == ["x", "acme", "all"]


def test_order_of_the_files(home, tmp_path):
    places = {
        "REGISTRY_AUTH_FILE": ("named/auth.json", "named/auth.json"),
        "DOCKER_CONFIG": ("docker/config.json", "docker"),
        "XDG_RUNTIME_DIR": ("run/containers/auth.json", "run"),
        "XDG_CONFIG_HOME": ("config/containers/auth.json", "config"),
    }
    for name, (file, value) in places.items():
        keep(home, file, auths={"dhi.io": auth(name, "secret")})
        home[name] = str(Path(home["HOME"], value))
    keep(home, ".docker/config.json", auths={"dhi.io": auth("docker", "secret")})

    users = []
    for name in [*places, ""]:
        users.append(found(home, "dhi.io")[0])
        home.pop(name, None)
        # With DOCKER_CONFIG gone the usual place of docker is the last of all.
    assert users == [*places, "docker"]


def test_identity_token_of_a_file(home):
    keep(home, ".docker/config.json", auths={"dhi.io": {**auth("a", ""), "identitytoken": "secret-token"}})

    login = Credentials(home).find("dhi.io")
    assert (login.identity, login.basic) == ("secret-token", "")


def test_helper_of_a_registry_before_the_store_and_the_file(home):
    helper(home, "own", 'read host; echo "{\\"Username\\": \\"$host\\", \\"Secret\\": \\"from-helper\\"}"')
    auths = {"dhi.io": auth("file", "secret"), "quay.io": auth("file", "secret")}
    keep(home, ".docker/config.json", credHelpers={"dhi.io": "own"}, auths=auths)

    assert found(home, "dhi.io") == ("dhi.io", "from-helper")
    assert found(home, "quay.io") == ("file", "secret")


def test_store_that_keeps_an_identity_token(home):
    helper(home, "desktop", 'echo "{\\"Username\\": \\"<token>\\", \\"Secret\\": \\"from-store\\"}"')
    keep(home, ".docker/config.json", credsStore="desktop")

    assert Credentials(home).find("docker.io").identity == "from-store"


def test_store_that_keeps_nothing_leaves_it_to_the_file(home):
    helper(home, "desktop", "echo credentials not found in native keychain; exit 1")
    keep(home, ".docker/config.json", credsStore="desktop", auths={"dhi.io": auth("file", "secret")})

    assert found(home, "dhi.io") == ("file", "secret")


def test_helper_that_waits_for_ever_is_ended_with_all_that_it_started(home, tmp_path):
    helper(home, "slow", f"(sleep 3; touch {tmp_path / 'late'}) & sleep 3; touch {tmp_path / 'late'}")
    begun = time.monotonic()

    with pytest.raises(CredentialsError) as caught:
        Helper("slow", "config.json", home, seconds=0.2).get("dhi.io")

    assert "does not answer within 0.2 seconds" in caught.value.message
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("name", "script", "told"),
    [
        ("gone", None, "No such file"),
        ("odd", "echo s3cr3t-words", "is no JSON"),
        ("fails", "echo the keychain is locked; exit 3", "ends with 3"),
        ("../sh", None, "is none of a program"),
    ],
)
def test_helper_that_does_not_help(home, name, script, told):
    if script:
        helper(home, name, script)
    file = keep(home, ".docker/config.json", credsStore=name)

    with pytest.raises(CredentialsError) as caught:
        Credentials(home).find("dhi.io")

    assert told in caught.value.message
    assert "s3cr3t" not in caught.value.message
    assert caught.value.where == str(file)


@pytest.mark.parametrize("text", ['{"auths": {"dhi.io": {"auth": "s3cr3t!"}}}', '{"auths": s3cr3t'])
def test_file_that_is_damaged(home, text):
    file = keep(home, ".docker/config.json")
    file.write_text(text)

    with pytest.raises(CredentialsError) as caught:
        Credentials(home).find("dhi.io")

    error = caught.value
    assert (error.where, "s3cr3t" in f"{error}{error.__cause__}") == (str(file), False)


def test_what_was_read_is_hidden_from_then_on(home):
    keep(home, ".docker/config.json", auths={"dhi.io": auth("acme", "dckr-oat-1")})

    login = Credentials(home).find("dhi.io")
    assert redact.text(f"{login.password} {login.basic}") == "(hidden) Basic (hidden)"
    assert "dckr" not in repr(login)
