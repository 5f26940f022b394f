"""The audit of the fixture estate says what the first user found by hand."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.audit.conftest import audited, shown

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(estate, request):
    """The one backend of the estate."""
    capture = request.getfixturevalue("capture")
    return audited(estate, capture, "--edits")


@pytest.fixture(scope="module")
def capture():
    """A capsys that lives as long as the module."""
    import contextlib
    import io

    class Capture:
        def __init__(self):
            self.out, self.err = io.StringIO(), io.StringIO()
            self.stack = contextlib.ExitStack()
            self.begin()

        def begin(self):
            self.stack.enter_context(contextlib.redirect_stdout(self.out))
            self.stack.enter_context(contextlib.redirect_stderr(self.err))

        def readouterr(self):
            self.stack.close()
            out, err = self.out.getvalue(), self.err.getvalue()
            return type("Said", (), {"out": out, "err": err})

    return Capture()


@pytest.fixture
def valkey(found):
    [backend] = found["backends"]
    return backend


def client(backend, name):
    return next(one for one in backend["clients"] if one["client"] == name)


def test_it_is_found_by_itself(valkey):
    assert valkey["service"] == "cache/valkey"
    assert valkey["role"] == "redis-like"
    assert valkey["workloads"] == ["Deployment/valkey"]


@pytest.mark.parametrize(
    ("name", "database", "authentication", "deployed"),
    [
        ("netbox tasks", "0", "no", True),
        ("netbox caching", "1", "no", True),
        ("harbor core", "0", "no", True),
        ("harbor jobservice", "1", "no", True),
        ("harbor registry", "2", "no", True),
        ("gitea session", "0", "yes", False),
        ("gitea cache", "1", "yes", False),
        ("gitea queue", "2", "yes", False),
    ],
)
def test_clients(valkey, name, database, authentication, deployed):
    one = client(valkey, name)

    assert (one["database"], one["authentication"], one["deployed"]) == (database, authentication, deployed)


def test_there_are_no_other_clients(valkey):
    assert len(valkey["clients"]) == 8


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("netbox tasks", "    host: valkey.cache.svc.cluster.local"),
        ("harbor core", "      addr: valkey.cache.svc.cluster.local:6379"),
        ("gitea queue", "  queue: redis://"),
    ],
)
def test_each_is_set_in_a_line_of_values(valkey, estate, name, text):
    one = client(valkey, name)

    assert (estate / one["file"]).read_text().splitlines()[one["line"] - 1].startswith(text)


def test_lines_tell_components_apart(valkey):
    assert client(valkey, "netbox tasks")["line"] == 3
    assert client(valkey, "netbox caching")["line"] == 7


def test_a_user_and_a_password_from_a_secret_are_named(valkey):
    one = client(valkey, "gitea session")

    assert one["user"] is True
    assert one["secrets"] == ["gitea-valkey/username", "gitea-valkey/password"]


def test_no_client_is_said_to_be_none(valkey):
    [other] = valkey["others"]

    assert other["release"] == "authentik/authentik"
    assert other["reason"] == "authentik.redis.host is empty"
    assert (other["file"], other["line"]) == ("apps/authentik/values.yaml", 5)


def test_a_client_of_a_service_from_elsewhere_is_listed(found):
    [one] = found["elsewhere"]

    assert (one["client"], one["service"], one["role"]) == ("authentik", "database/postgres", "postgres-like")


def test_nothing_asks_for_a_password(valkey):
    assert valkey["authentication"]["asked"] == "no"


def test_collisions(valkey):
    shared = {one["database"]: set(one["clients"]) for one in valkey["databases"]["collisions"]}

    assert shared["0"] >= {"netbox tasks", "harbor core"}
    assert shared["1"] >= {"netbox caching", "harbor jobservice"}
    assert shared["2"] == {"harbor registry", "gitea queue"}
    assert shared.keys() == {"0", "1", "2"}


def test_each_component_gets_a_number_of_its_own(valkey):
    proposed = {one["client"]: one["proposed"] for one in valkey["databases"]["allocation"]}

    assert proposed == {
        "harbor core": "3",
        "harbor jobservice": "4",
        "harbor registry": "5",
        "netbox tasks": "6",
        "netbox caching": "7",
        "gitea session": "8",
        "gitea cache": "9",
        "gitea queue": "10",
    }


def codes(backend, code):
    return [one for one in backend["findings"] if one["code"] == code]


def test_a_password_on_one_side_only(valkey):
    said = codes(valkey, "audit-auth-one-sided")

    assert len(said) == 3
    assert all("gitea" in one["message"] for one in said)


def test_what_is_not_deployed_would_fail(valkey):
    [one] = codes(valkey, "audit-would-fail")

    assert "gitea is not deployed (nothing in this repository deploys the chart)" in one["message"]
    assert "auth-one-sided" in one["message"]


def test_a_key_that_no_template_reads(valkey):
    [one] = codes(valkey, "audit-value-unread")

    assert "harbor.redis.external.existingKey is set, and no template reads it" in one["message"]
    assert "the templates read existingSecret" in one["message"]
    assert (one["file"], one["line"]) == ("apps/harbor/values.yaml", 9)


def test_it_is_open_to_everyone(valkey):
    assert valkey["reach"]["open_to"] == "every pod of the cluster, since no NetworkPolicy selects it"
    assert valkey["reach"]["policies"] == []
    assert 'kubernetes.io/metadata.name: "netbox"' in valkey["reach"]["proposal"]
    assert "gitea" not in valkey["reach"]["proposal"]


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("budget", "PodDisruptionBudget/valkey (minAvailable 1) with 1 replica lets no pod be evicted"),
        ("rollout", "Recreate on the ReadWriteOnce volume valkey-data"),
        ("spread", "before more are set it needs anti-affinity"),
        ("monitoring", "no exporter beside it"),
        ("persistence", "one volume (ReadWriteOnce)"),
        ("user", "valkey is set to run as 1000; the hardened image valkey has 65532"),
    ],
)
def test_operation(valkey, topic, text):
    assert any(text in one["message"] for one in valkey["operation"] if one["topic"] == topic)


def test_the_json_is_as_its_schema_says(found):
    schema = json.loads((ROOT / "docs" / "audit.schema.json").read_text())

    jsonschema.validate(found, schema)


def test_everything_is_rendered(found):
    assert found["not_rendered"] == []
    assert found["looked_at"]["releases"] == 5


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_text_and_markdown_say_the_same(estate, capsys, form):
    text = " ".join(shown(estate, capsys, "cache/valkey", "--format", form).replace("\\", "").split())

    for words in (
        "netbox tasks",
        "gitea queue (not deployed)",
        "apps/netbox/values.yaml:3",
        "every pod of the cluster",
    ):
        assert words in text


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_no_value_of_a_secret_is_shown(estate, capsys, form):
    assert "canary" not in shown(estate, capsys, "--format", form)
