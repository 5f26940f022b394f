"""Names that tell a secret, and the ways in which a file writes one down."""

import pytest

from migrate_dhi import redact
from migrate_dhi.redact import HIDDEN, names_secret


@pytest.fixture(autouse=True)
def anew():
    redact.forget()
    yield
    redact.forget()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "redisPassword",
        "API_KEY",
        "clientSecret",
        "token",
        "DB_TOKEN",
        "privateKey",
        "secretKey",
        "auth.pass",
        "dsn",
        "jwtSecret",
        "credentials",
        "secrets",
        "apiKey",
        "passphrase",
        "MYSQL_PWD",
        "encryption-key",
        "requirepass",
        "adminPasswd",
        ".dockerconfigjson",
    ],
)
def test_a_name_that_tells_a_secret(key):
    assert names_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "existingSecret",
        "passwordKey",
        "secretName",
        "imagePullSecrets",
        "pullSecret",
        "tokenTTL",
        "maxTokens",
        "secretKeyRef",
        "tlsSecret",
        "automountServiceAccountToken",
        "bypass",
        "compass",
        "external-secrets",
        "sealed-secrets",
        "createSecret",
        "tag",
        "image",
        "key",
        "existingSecretKey",
        "passwordSecret",
        "tokenExpiration",
        "passwordFile",
        "enabled",
    ],
)
def test_a_name_that_tells_none(key):
    assert not names_secret(key)


@pytest.mark.parametrize(
    "text",
    [
        "password: CANARY",
        "password: 'CANARY'  # note",
        '"apiKey": "CANARY"',
        "auth: {user: me, password: CANARY}",
        "a:\n  - name: DB_PASSWORD\n    value: CANARY",
        "a:\n  - value: CANARY\n    name: DB_PASSWORD",
        "a: [{name: X_TOKEN, value: CANARY}]",
        "privateKey: |\n  CANARY\n\n  CANARY",
        "nested:\n  privateKey: >-\n    CANARY\n    CANARY\nb: 1",
        "x: |\n  -----BEGIN RSA PRIVATE KEY-----\n  CANARY\n  -----END RSA PRIVATE KEY-----",
        'x: "-----BEGIN PRIVATE KEY-----\\nCANARY\\n-----END PRIVATE KEY-----\\n"',
        'x: "-----BEGIN PRIVATE KEY-----\\nCANARY\\n\n  CANARY-----END PRIVATE KEY-----"',
        "x: |\n  -----BEGIN RSA PRIVATE KEY-----\n  Proc-Type: 4,CANARY\n  DEK-Info: CANARY\n\n  CANARY",
        "## -----BEGIN RSA PRIVATE KEY-----\n## CANARY/+=\n## -----END RSA PRIVATE KEY-----",
        "passwords:\n  - CANARY\n  - CANARY",
        "passwords:\n- CANARY",
        "secrets:\n  FOO: CANARY\n  BAR: CANARY",
        "kind: Secret\ndata:\n  x: CANARY",
        "kind: Secret\nstringData:\n  x: CANARY",
        'args: ["--password=CANARY", "--port=1"]',
        "conf: |\n  user = me\n  password = CANARY",
        "# password: CANARY",
        "home: https://CANARY:CANARY@git.example/x",
        "home: https://CANARY@git.example/x",
        "home: https://git.example/x?token=CANARY&a=b",
        "password: CANARY\r\nb: 1\r",
    ],
)
def test_a_secret_in_a_file_is_hidden_and_the_rest_is_not(text):
    shown = redact.lines(text)

    assert "CANARY" not in shown
    assert HIDDEN in shown
    assert len(shown.split("\n")) == len(text.split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "imagePullSecrets:\n  - name: regcred",
        "auth:\n  existingSecret: my-auth\n  passwordKey: redis-password",
        "external-secrets:\n  image:\n    tag: v1",
        "password: ''",
        "token: null",
        "secret:\n  name: x\n  create: true",
        "image: docker.io/a/b:1@sha256:00",
        "repoURL: ssh://git@github.com/a/b",
        "env:\n  - name: PLAIN\n    value: fine",
        "pullSecret: regcred",
    ],
)
def test_what_is_no_secret_is_shown(text):
    assert redact.lines(text) == text


def test_what_was_learned_is_hidden_anywhere():
    redact.learn("auth:\n  password: s3cret-canary\n")

    assert (
        redact.text("template: the password s3cret-canary is short")
        == f"template: the password {HIDDEN} is short"
    )
    assert "czNjcmV0LWNhbmFyeQ==" not in redact.text("data: czNjcmV0LWNhbmFyeQ==")
    assert redact.text("xs3cret-canaryx") == "xs3cret-canaryx"


def test_an_ordinary_word_is_hidden_in_quotes_alone():
    redact.learn("password: admin\n")

    assert (
        redact.text("at '/password': 'admin' does not match") == f"at '/password': '{HIDDEN}' does not match"
    )
    assert redact.text("the admin reads") == "the admin reads"


def test_a_placeholder_and_a_switch_are_not_learned():
    redact.learn("password: '{{ .Values.x }}'\ntoken: true\nsecret: ${SECRET_VALUE}\n")

    assert redact.text("true {{ .Values.x }} ${SECRET_VALUE}") == "true {{ .Values.x }} ${SECRET_VALUE}"


def test_another_run_begins_anew():
    redact.learn("password: s3cret-canary")
    redact.forget()
    assert redact.text("s3cret-canary") == "s3cret-canary"
    redact.learn("password: s3cret-canary")
    assert redact.text("s3cret-canary") == HIDDEN


def test_data_is_hidden_by_its_keys():
    data = {
        "env": [{"name": "A_TOKEN", "value": "x"}, {"name": "B", "value": "y"}],
        "password": 5,
        "secrets": {"A": "x", "name": "n"},
        "enabled": True,
    }

    assert redact.data(data) == {
        "env": [{"name": "A_TOKEN", "value": HIDDEN}, {"name": "B", "value": "y"}],
        "password": HIDDEN,
        "secrets": {"A": HIDDEN, "name": "n"},
        "enabled": True,
    }


@pytest.mark.parametrize(
    "text",
    [
        # A comment that says how a key begins, as many charts have it.
        "## they start with\n## -----BEGIN RSA PRIVATE KEY-----\n## name should be that of a host\n",
        "x: '-----BEGIN PRIVATE KEY-----'\n",
        'x: "-----BEGIN PRIVATE KEY-----\\nabc\\n-----END PRIVATE KEY-----"\n',
        "x: |\n  -----BEGIN PRIVATE KEY-----\n  abc\n",
    ],
)
def test_what_stands_behind_a_key_is_shown(text):
    rest = "postgresql:\n  image:\n    repository: acme/db\n"

    assert redact.lines(text + rest).endswith(f"\n{rest}")
    redact.learn(text + rest)
    assert (
        redact.text("StatefulSet/db-postgresql: keeps its image: no")
        == "StatefulSet/db-postgresql: keeps its image: no"
    )


def test_a_key_that_is_never_closed_adds_no_line():
    text = "key: |\n  -----BEGIN PRIVATE KEY-----\n  abc\n\n"

    assert redact.lines(text).split("\n") == ["key: |", "  -----BEGIN PRIVATE KEY-----", "  (hidden)", "", ""]


def test_a_password_that_repeats_the_name_of_a_release_hides_no_path_or_command():
    values = "db:\n  user: orchestrator\n  password: orchestrator\n  token: s3cr3t-of-ours\n"
    redact.learn(values)

    redact.names("charts/orchestrator/values.yaml")

    assert redact.text("rollback dhi/charts-orchestrator") == "rollback dhi/charts-orchestrator"
    assert redact.text("it says `orchestrator` and s3cr3t-of-ours") == f"it says `orchestrator` and {HIDDEN}"
    assert redact.lines(values).splitlines()[1:3] == ["  user: orchestrator", f"  password: {HIDDEN}"]


# --- a secret that is the name of something else, too


@pytest.mark.parametrize("word", ["my-app", "redis", "10.0.12", "postgres-primary"])
@pytest.mark.parametrize("secret_first", [True, False])
def test_a_secret_that_is_a_name_in_plain_sight_is_hidden_as_a_secret_alone(word, secret_first):
    file = f"image:\n  repository: \"acme/{word}\"\n  tag: '{word}'\n"
    for text in (f"password: {word}\n", file)[:: 1 if secret_first else -1]:
        redact.learn(text)

    assert redact.lines(f"{file}password: {word}\n") == f"{file}password: {HIDDEN}\n"
    assert redact.text(f'apps/{word}/values.yaml of "{word}"') == f'apps/{word}/values.yaml of "{word}"'
    assert redact.data({"password": word, "name": word}) == {"password": HIDDEN, "name": word}


def test_a_secret_that_is_a_key_hides_no_key():
    redact.learn("container-image: 1\npassword: container-image\n")

    assert redact.text("`container-image` is no image") == "`container-image` is no image"


def test_what_helm_says_of_such_a_secret_is_hidden():
    redact.learn("password: my-app\nimage: acme/my-app\n")

    assert redact.said("the password my-app is too short") == f"the password {HIDDEN} is too short"
    assert (
        redact.said('got "my-app" in my-app/templates/x.yaml') == f'got "{HIDDEN}" in my-app/templates/x.yaml'
    )
    assert redact.text("the chart my-app") == "the chart my-app"


def test_what_is_a_name_here_need_not_be_one_in_another_process():
    redact.learn("password: my-app\ntoken: s3cr3t-C4N4RY\nname: my-app\n")

    assert "my-app" not in redact.learned()
    assert "s3cr3t-C4N4RY" in redact.learned()


@pytest.mark.parametrize(
    "text",
    [
        "env:\n  - name: ENDPOINT\n    value: s3cr3t-C4N4RY\n",
        "args: [--requirepass, s3cr3t-C4N4RY]\n",
        "description: s3cr3t-C4N4RY\n",
        "user: s3cr3t-C4N4RY\n",
        "repository: https://me:s3cr3t-C4N4RY@charts.example\n",
        "repository: me:s3cr3t-C4N4RY@charts.example/x\n",
    ],
)
def test_a_value_that_names_nothing_makes_no_secret_plain(text):
    redact.learn(f"password: s3cr3t-C4N4RY\n{text}")

    assert "s3cr3t" not in redact.text(text)
