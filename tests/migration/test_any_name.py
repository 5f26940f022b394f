"""Fields that a step edits are found under any name: by what renders, and by what templates read beside them."""

import textwrap

import pytest

from tests.conftest import plan_of, steps_of
from tests.steps.reading import values_of

HEAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
"""
CONTAINER = """\
      containers:
        - name: main
          image: {{ .Values.image }}
          ports: [{containerPort: 6379}]
"""
IMAGE = "image: docker.io/valkey/valkey:8.1.3\n"
SECRETS = "      imagePullSecrets: {{ toYaml .Values.imagePullSecrets | nindent 8 }}\n"
MAP, NAME = [{"name": "regcred"}], ["regcred"]


@pytest.fixture
def planned_with(tmp_path):
    """The plan of a chart whose pod has these values, and these lines in the pod and in the container."""

    def plan(values, pod="", own="", containers=CONTAINER):
        chart = tmp_path / "shop"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text(IMAGE + values)
        text = HEAD + textwrap.indent(pod, " " * 6) + containers + textwrap.indent(own, " " * 10)
        (chart / "templates/all.yaml").write_text(text)
        return plan_of(chart, pull_secret="regcred")

    return plan


RANGE = "{{- with %s }}\nimagePullSecrets:\n{{- range . }}\n  - name: {{ . }}\n{{- end }}\n{{- end }}\n"
PULL = {
    "a list": ("creds: []\n", "imagePullSecrets: {{ toYaml .Values.creds | nindent 8 }}\n", "creds", MAP),
    "names": ("pod: {auth: {names: []}}\n", RANGE % ".Values.pod.auth.names", "pod.auth.names", NAME),
    "nothing listed": ("x: 1\n", RANGE % ".Values.creds", "creds", NAME),
    "one name": (
        "login: ''\n",
        "{{- if .Values.login }}\nimagePullSecrets:\n  - name: {{ .Values.login }}\n{{- end }}\n",
        "login",
        "regcred",
    ),
    "the pod": (
        "podSpec: {terminationGracePeriodSeconds: 30}\n",
        "{{- toYaml .Values.podSpec | nindent 6 }}\n",
        "podSpec.imagePullSecrets",
        MAP,
    ),
    "some there": (
        "creds: [{name: old}]\n",
        "imagePullSecrets: {{ toYaml .Values.creds | nindent 8 }}\n",
        "creds",
        [{"name": "old"}, *MAP],
    ),
}


@pytest.mark.parametrize(("values", "pod", "path", "after"), PULL.values(), ids=PULL)
def test_pull_secrets(planned_with, values, pod, path, after):
    step = steps_of(planned_with(values, pod))["pull-secret"]

    assert (step.status, values_of(step)) == ("proven", {path: after})


def test_pull_secrets_in_a_named_template(planned_with):
    define = (
        "{{/* how it is defined */}}\n"
        '{{- define "shop.login" }}{{- range .Values.creds }}\n- name: {{ . }}\n{{- end }}{{ end }}\n'
    )
    pod = 'imagePullSecrets: {{ include "shop.login" . | nindent 8 }}\n'
    notes = CONTAINER + define
    step = steps_of(planned_with("creds: [old]\n", pod, containers=notes))["pull-secret"]

    assert values_of(step) == {"creds": ["old", "regcred"]}


USER = {
    "of the pod": (
        "rules: {runAsNonRoot: true}\n",
        "securityContext: {{ toYaml .Values.rules | nindent 8 }}\n",
        "",
    ),
    "of the container": (
        "rules: {runAsNonRoot: true}\n",
        "",
        "securityContext: {{ toYaml .Values.rules | nindent 12 }}\n",
    ),
    "in part": (
        "rules: {on: true, runAsNonRoot: true}\n",
        "",
        'securityContext: {{ omit .Values.rules "on" | toYaml | nindent 12 }}\n',
    ),
}


@pytest.mark.parametrize(("values", "pod", "own"), USER.values(), ids=USER)
def test_security_contexts(planned_with, values, pod, own):
    step = steps_of(planned_with(values + "imagePullSecrets: []\n", SECRETS.strip() + "\n" + pod, own))[
        "run-as-user"
    ]

    assert (step.status, values_of(step)) == ("proven", {"rules.runAsUser": 65532, "rules.runAsGroup": 65532})


def test_a_number_that_is_the_user(planned_with):
    own = "securityContext:\n  runAsNonRoot: true\n  {{- with .Values.uid }}\n  runAsUser: {{ . }}\n  {{- end }}\n"
    step = steps_of(planned_with("uid: null\nimagePullSecrets: []\n", SECRETS.strip() + "\n", own))[
        "run-as-user"
    ]

    assert (step.status, values_of(step)) == ("proven", {"uid": 65532})


def test_a_switch_that_demands_no_root_is_left_alone(planned_with):
    own = "securityContext: {runAsNonRoot: {{ .Values.strict }}}\n"
    step = steps_of(planned_with("strict: true\nimagePullSecrets: []\n", SECRETS.strip() + "\n", own))[
        "run-as-user"
    ]

    assert (step.status, step.edits) == ("blocked", ())


PROBE = "{exec: {command: [sh, -c, 'valkey-cli ping | tr a b']}, periodSeconds: 7}"


@pytest.mark.parametrize(
    ("values", "own", "path"),
    [
        (f"live: {PROBE}\n", "livenessProbe: {{ toYaml .Values.live | nindent 12 }}\n", "live"),
        (
            f"checks: {{a: {PROBE}}}\n",
            "livenessProbe: {{ toYaml .Values.checks.a | nindent 12 }}\n",
            "checks.a",
        ),
    ],
)
def test_probes(planned_with, values, own, path):
    step = steps_of(planned_with(values + "imagePullSecrets: []\n", SECRETS.strip() + "\n", own))["probes"]

    assert step.status == "proven"
    assert values_of(step)[f"{path}.tcpSocket"] == {"port": 6379}


def test_all_of_a_container_in_a_list_of_the_values(planned_with):
    values = (
        "imagePullSecrets: []\nmore:\n  - name: side\n    image: docker.io/valkey/valkey:8.1.3\n"
        f"    ports: [{{containerPort: 6379}}]\n    livenessProbe: {PROBE}\n    securityContext: {{runAsNonRoot: true}}\n"
    )
    containers = CONTAINER + "        {{- toYaml .Values.more | nindent 8 }}\n"
    steps = steps_of(planned_with(values, SECRETS.strip() + "\n", containers=containers))

    assert values_of(steps["probes"])["more[0].livenessProbe.tcpSocket"] == {"port": 6379}
    assert values_of(steps["run-as-user"])["more[0].securityContext.runAsUser"] == 65532


def test_a_template_that_only_speaks_of_definitions(planned_with):
    pod = "{{/* what is defined here */}}\nimagePullSecrets: {{ toYaml .Values.creds | nindent 8 }}\n"
    step = steps_of(planned_with("creds: []\n", pod))["pull-secret"]

    assert values_of(step) == {"creds": MAP}
