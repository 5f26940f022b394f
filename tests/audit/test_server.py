"""What a server's own settings say of a password: one that none is seen of is open only where its kind is by itself."""

import pytest

from migrate_dhi.audit.server import Server
from migrate_dhi.audit.services import backends
from tests.audit.grounds import ROLES, SERVER, clients_of


def server_of(image, port, env="", pod="", more=()):
    text = SERVER.replace("6379", str(port)).replace("image: valkey/valkey:9", f"image: {image}{env}")
    text = text.replace("spec: {containers", f"spec: {{{pod}containers")
    clients = clients_of(text, *more)
    [backend] = backends(clients.ground, ROLES)
    return Server(clients.ground, backend, clients.readers)


def auth_of(*args, **more):
    return server_of(*args, **more).auth[0]


@pytest.mark.parametrize(
    ("image", "port", "env", "expected"),
    [
        ("valkey/valkey:9", 6379, "", "no"),
        ("valkey/valkey:9", 6379, ", args: [--requirepass, x]", "yes"),
        ("mongo:8", 27017, "", "no"),
        ("mariadb:11", 3306, "", "unknown"),
        ("mariadb:11", 3306, ", env: [{name: MARIADB_ALLOW_EMPTY_ROOT_PASSWORD, value: '1'}]", "no"),
        ("postgres:17", 5432, "", "unknown"),
        ("postgres:17", 5432, ", env: [{name: POSTGRES_PASSWORD, value: x}]", "yes"),
        ("rabbitmq:4", 5672, "", "yes"),
    ],
)
def test_password_of_a_server(image, port, env, expected):
    assert auth_of(image, port, env) == expected


@pytest.mark.parametrize(
    ("image", "port", "env", "expected"),
    [
        # That none is needed counts where none is given.
        ("valkey", 6379, "{name: ALLOW_EMPTY_PASSWORD, value: 'yes'}", "no"),
        ("valkey", 6379, "{name: ALLOW_EMPTY_PASSWORD, value: 'no'}", "no"),
        (
            "valkey",
            6379,
            "{name: ALLOW_EMPTY_PASSWORD, value: 'yes'}, {name: VALKEY_PASSWORD, value: x}",
            "yes",
        ),
        (
            "mariadb",
            3306,
            "{name: MARIADB_ALLOW_EMPTY_ROOT_PASSWORD, value: '1'}, {name: MARIADB_PASSWORD, value: x}",
            "yes",
        ),
        # This one switches it off in any case.
        (
            "postgres",
            5432,
            "{name: POSTGRES_HOST_AUTH_METHOD, value: trust}, {name: POSTGRES_PASSWORD, value: x}",
            "no",
        ),
        ("postgres", 5432, "{name: POSTGRES_HOST_AUTH_METHOD, value: md5}", "unknown"),
        ("valkey", 6379, "{name: VALKEY_PASSWORD, value: ''}", "no"),
        (
            "valkey",
            6379,
            "{name: VALKEY_PASSWORD, valueFrom: {secretKeyRef: {name: s, key: k}}}",
            "yes",
        ),
    ],
)
def test_password_of_a_server_by_its_variables(image, port, env, expected):
    assert auth_of(f"{image}:1", port, f", env: [{env}]") == expected


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf, namespace: data}\ndata:\n  valkey.conf: |\n    %s\n"
MOUNTED = "volumes: [{name: c, configMap: {name: conf}}], "


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("requirepass word", "yes"),
        ('requirepass ""', "no"),
        ("# requirepass word", "no"),
        ("aclfile /etc/users.acl", "yes"),
        ("port 6379", "no"),
        ("masterauth word", "yes"),
    ],
)
def test_password_of_a_server_by_its_file(line, expected):
    found = server_of("valkey:9", 6379, pod=MOUNTED, more=[CONFIG % line])

    assert found.auth[0] == expected
    assert auth_of("valkey:9", 6379, more=[CONFIG % line]) == "no"


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: data}\nstringData: {%s: ''}\n"
SEALED = (
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s, namespace: data}\n"
    "spec: {encryptedData: {%s: ''}}\n"
)
CERTIFICATE = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: data}\nspec: {secretName: s}\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # Nothing is known of what it holds.
        ([], "unknown"),
        ([SECRET % "valkey-password"], "yes"),
        ([SECRET % "token"], "no"),
        ([SEALED % "valkey-password"], "yes"),
        ([SEALED % "token"], "no"),
        ([CERTIFICATE], "no"),
    ],
)
@pytest.mark.parametrize("way", ["env", "volume"])
def test_password_that_a_secret_may_hold(more, expected, way):
    env = ", envFrom: [{secretRef: {name: s}}]" if way == "env" else ""
    pod = "volumes: [{name: s, secret: {secretName: s}}], " if way == "volume" else ""

    assert auth_of("valkey:9", 6379, env, pod=pod, more=more) == expected


def test_one_key_of_a_secret_for_something_else_hides_nothing():
    env = ", env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}]"

    assert auth_of("valkey:9", 6379, env) == "no"


def test_what_is_not_rendered_here_is_not_known():
    service, _, _ = SERVER.partition("---")
    clients = clients_of(service)
    [backend] = backends(clients.ground, ROLES)

    assert Server(clients.ground, backend, clients.readers).auth == (
        "unknown",
        "what runs behind it is not rendered here",
    )


def test_an_operator_lets_nobody_in():
    clients = clients_of(
        "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: pg, namespace: data}\nspec: {}\n"
    )
    [backend] = backends(clients.ground, ROLES)

    asked, why = Server(clients.ground, backend, clients.readers).auth
    assert (asked, "operator of Cluster/pg" in why) == ("yes", True)


def test_the_setting_that_tells_is_named():
    assert server_of("valkey:9", 6379, pod=MOUNTED, more=[CONFIG % "requirepass canary"]).auth == (
        "yes",
        "ConfigMap/conf sets requirepass",
    )
