"""No secret in any output: a canary stands wherever a chart may hold one, and comes out nowhere (F2)."""

import json
import re
import subprocess

import pytest

from migrate_dhi.migration.step_texts import unified_diff

CANARY = "s3cr3t-C4N4RY"
CHART = "apps/c"
FILES = {
    "Chart.yaml": f"""apiVersion: v2
name: c
version: 0.1.0
appVersion: "8.1.3"
home: https://me:{CANARY}@git.example/c
dependencies:
  - name: sub
    version: 0.1.0
    repository: https://me:{CANARY}@charts.example
""",
    "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
    "values.yaml": f"""image:
  registry: docker.io
  apiKey: {CANARY}
  repository: valkey/valkey
  password: "{CANARY}"
  tag: 8.1.3
  token: {CANARY}
auth: {{user: me, clientSecret: {CANARY}}}
env:
  - name: DB_PASSWORD
    value: {CANARY}
imagePullSecrets: []
privateKey: |
  {CANARY}
after: 1
""",
    "templates/all.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata:
      labels: {a: b}
      annotations: {note: "{{ .Values.image.password }} of {{ .Values.image.tag }}"}
    spec:
      imagePullSecrets: {{ toYaml .Values.imagePullSecrets | nindent 8 }}
      containers:
        - name: main
          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env: {{ toYaml .Values.env | nindent 12 }}
          args: ["--password={{ .Values.image.password }}-{{ .Values.image.tag }}"]
---
apiVersion: v1
kind: Secret
metadata: {name: c}
stringData:
  password: {{ .Values.image.password }}
  of: {{ .Values.image.tag }}
""",
}


@pytest.fixture
def shop(workshop):
    for name, text in FILES.items():
        write(workshop, name, text)
    workshop.git("add", "-A")
    workshop.commit("Add a chart with secrets")
    return workshop


def write(shop, name, text):
    path = shop.root / CHART / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def silent(ran):
    assert CANARY not in ran.out + ran.err
    assert "czNjcjN0" not in ran.out + ran.err
    return ran


ACCEPT = (
    "--accept",
    "all",
    "--accept",
    "unannounced-change",
    "--accept",
    "derived-value",
    "--pull-secret",
    "x",
)


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("flags", [(), ("-v",), ACCEPT, (*ACCEPT, "-v")])
def test_a_plan(shop, form, flags):
    ran = silent(shop.run(CHART, "--plan", "--format", form, *flags))

    assert "valkey" in ran.out


def test_a_branch_and_its_commits(shop):
    ran = silent(shop.run(CHART, "--yes", *ACCEPT))

    assert ran.code == 0
    assert CANARY not in shop.git("log", "--format=%B", "main..dhi/apps-c")
    # what is written is the file as it is, with its secrets
    assert CANARY in shop.git("show", "dhi/apps-c:apps/c/values.yaml")
    silent(shop.run("status"))
    silent(shop.run("status", "--format", "json"))
    silent(shop.run("rollback", CHART, "--yes"))


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_releases(shop, form):
    application = f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: a}}
spec:
  source: {{repoURL: "https://me:{CANARY}@charts.example", chart: other, targetRevision: 1.0.0}}
  destination: {{namespace: x}}
"""
    write(shop, "../../application.yaml", application)

    assert silent(shop.run("releases", "--format", form)).code == 0


def test_a_pin_of_a_secret(shop):
    pin = ("--pin", "tag", f"{CHART}/values.yaml", "image.password", f'"{CANARY}2"')

    for form in ("text", "json", "markdown"):
        silent(shop.run(CHART, "--plan", "--format", form, *pin, *ACCEPT))


@pytest.mark.parametrize(
    "template",
    [
        '{{ fail (printf "the password %s is too short" .Values.image.password) }}',
        '{{ required (printf "give more than %s" .Values.image.token) nil }}',
        "{{ .Values.image.password.of.what }}",
        "{{ .Values.image.password | mustFromJson }}",
        "{{ fail (.Values.auth | toYaml) }}",
        "{{ fail (b64enc .Values.image.password) }}",
        "{{ int64 .Values.image.password | fail }}",
        "a: {{ .Values.image.password }}: b: c",
    ],
)
@pytest.mark.parametrize("mode", [("--plan",), ("--yes",), ("--plan", "--format", "json")])
def test_a_template_that_fails(shop, template, mode):
    write(shop, "templates/fails.yaml", template)
    shop.git("add", "-A")
    shop.commit("Break it")

    assert silent(shop.run(CHART, *mode)).code != 0


@pytest.mark.parametrize(
    "rule",
    [
        {"type": "integer"},
        {"pattern": "^[a-z]+$"},
        {"enum": ["a"]},
        {"maxLength": 3},
        {"const": "x"},
    ],
)
def test_a_schema_that_refuses(shop, rule):
    schema = {"properties": {"image": {"properties": {"password": rule}}}}
    write(shop, "values.schema.json", json.dumps(schema))
    shop.git("add", "-A")
    shop.commit("Add a schema")

    ran = silent(shop.run(CHART, "--plan"))

    assert ran.code == 4
    assert "password" in ran.err


@pytest.mark.parametrize(
    "bad",
    [
        "  password: [",
        "  password: s3cr3t-C4N4RY: x",
        '  password: "s3cr3t-C4N4RY',
        "\tpassword: s3cr3t-C4N4RY",
    ],
)
def test_values_that_are_no_yaml(shop, bad):
    write(shop, "values.yaml", f"image:\n{bad}\n")
    shop.git("add", "-A")
    shop.commit("Break it")

    assert silent(shop.run(CHART, "--plan")).code != 0


def test_a_bug_and_its_traceback(shop, monkeypatch):
    def broken(*args, **kwargs):
        raise ValueError(f"cannot take {CANARY}")

    monkeypatch.setattr("migrate_dhi.migration.planning.of_readiness", broken)
    monkeypatch.setenv("MIGRATE_DHI_DEBUG", "1")

    ran = silent(shop.run(CHART, "--plan"))

    assert ran.code == 3
    assert "Traceback" in ran.err
    assert "cannot take (hidden)" in ran.err


# --- diffs that can be applied


def applied(tmp_path, before, after, *flags):
    (tmp_path / "f").write_text(before)
    diff = unified_diff("f", before, after)
    done = subprocess.run(
        ["git", "apply", *flags], input=diff, text=True, cwd=tmp_path, capture_output=True, check=False
    )
    return diff, done.returncode, (tmp_path / "f").read_text()


LINES = [f"line{number}: {number}" for number in range(12)]


@pytest.mark.parametrize("at", range(12))
def test_a_diff_leaves_a_secret_beside_it_out_and_is_applied(tmp_path, at):
    before = [*LINES]
    before[at] = f"password: {CANARY}"
    after = [re.sub("^line5: 5", "line5: new", line) for line in before]
    if at == 5:
        after[6] = "line6: new"
    texts = ["\n".join(lines) + "\n" for lines in (before, after)]

    diff, code, result = applied(tmp_path, *texts, *(["--unidiff-zero"] if at in {6, 7} else []))

    assert CANARY not in diff
    assert (code, result) == (0, texts[1])


def test_two_changes_around_a_secret_become_two_hunks(tmp_path):
    before = "a: 1\nb: 1\npassword: x1234567\nc: 1\nd: 1\n"
    after = before.replace("a: 1", "a: 2").replace("d: 1", "d: 2")

    diff, code, result = applied(tmp_path, before, after)

    assert diff.count("@@ -") == 2
    assert "x1234567" not in diff
    assert (code, result) == (0, after)


def test_a_secret_in_the_changed_line_is_never_shown():
    diff = unified_diff("f", f"a: {{password: {CANARY}, tag: 1}}\n", f"a: {{password: {CANARY}, tag: 2}}\n")

    assert CANARY not in diff
    assert "+a: {password: (hidden), tag: 2}" in diff


# --- a password that is a plain word


@pytest.mark.parametrize("word", ["app-one", "valkey", "8.1.3", "container-image"])
def test_a_password_that_is_a_name_leaves_the_plan_readable(workshop, word):
    files = {
        "Chart.yaml": "apiVersion: v2\nname: app-one\nversion: 0.1.0\n",
        "values.yaml": 'image:\n  registry: "docker.io"\n  repository: \'valkey/valkey\'\n  tag: "8.1.3"\n'
        f"  password: {word}\ncontainer-image: 1\nimagePullSecrets: []\n",
        "templates/all.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec:
  template:
    spec:
      imagePullSecrets: {{ toYaml .Values.imagePullSecrets | nindent 8 }}
      containers:
        - name: main
          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env: [{name: PASSWORD, value: {{ .Values.image.password | quote }}}]
""",
    }
    for name, text in files.items():
        write(workshop, f"../app-one/{name}", text)
    workshop.commit("Add a chart")
    plans = {}
    for password in (word, CANARY):
        write(
            workshop,
            "../app-one/values.yaml",
            files["values.yaml"].replace(f"password: {word}", f"password: {password}"),
        )
        workshop.git("commit", "--quiet", "--all", "--allow-empty", "--message", "Set it")
        for form in ("text", "json", "markdown"):
            flags = ("--plan", "--format", form, "--pull-secret", "kubernetes-dhi", *ACCEPT[:-2])
            plans[password, form] = workshop.run("apps/app-one", *flags).out

    for form in ("text", "json", "markdown"):
        assert plans[word, form] == plans[CANARY, form]


def test_a_template_that_tells_such_a_password(workshop):
    for name, text in FILES.items():
        write(workshop, name, text.replace(CANARY, "valkey-app"))
    write(workshop, "values.yaml", "image: {repository: acme/valkey-app, tag: 1}\npassword: valkey-app\n")
    write(
        workshop,
        "templates/fails.yaml",
        '{{ fail (printf "not %s, not %q" .Values.password .Values.password) }}',
    )
    workshop.commit("Break it")

    ran = workshop.run(CHART, "--plan")

    assert "not (hidden), not" in ran.err
    assert "valkey-app" not in ran.err
