"""What a server's own settings say of a password: one that none is seen of is open only where its kind is by itself."""

import pytest

from migrate_dhi.audit.server import Server
from migrate_dhi.audit.services import backends
from tests.audit.grounds import ROLES, SERVER, clients_of


def auth_of(image, port, env=""):
    text = SERVER.replace("6379", str(port)).replace("image: valkey/valkey:9", f"image: {image}{env}")
    clients = clients_of(text)
    [backend] = backends(clients.ground, ROLES)
    return Server(clients.ground, backend, clients.readers).auth[0]


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
