"""How much a plan asks to be read: the text of a real plan of a chart with five images."""

import pytest

from migrate_dhi.ui.lines import Look, cells, plain
from migrate_dhi.ui.plan_text import plan_lines
from tests.conftest import plan_of

SCREEN = 50
COLUMNS = 120
# Name, tag, port, and how it is probed.
IMAGES = (
    ("postgres", "17.5-alpine", 5432, "exec: {command: [sh, -c, pg_isready]}"),
    ("redis", "8.2.1-alpine", 6379, "tcpSocket: {port: main}"),
    ("nginx", "1.29.3-alpine", 8080, "httpGet: {path: /, port: main}"),
    ("memcached", "1.6.39-alpine", 11211, "tcpSocket: {port: main}"),
    ("traefik", "v3.5.0", 8000, "httpGet: {path: /ping, port: main}"),
)
POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels: {app.kubernetes.io/version: {{ .Values.NAME.image.tag | quote }}}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets: {{ toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: NAME
          image: "{{ .Values.NAME.image.registry }}/{{ .Values.NAME.image.repository }}:{{ .Values.NAME.image.tag }}"
          ports: [{name: main, containerPort: PORT}]
          livenessProbe: {{ toYaml .Values.NAME.livenessProbe | nindent 12 }}
"""
VALUES = """
# What runs as NAME.
NAME:
  replicas: 1
  image:
    registry: docker.io
    repository: library/NAME
    # Keep in step with the others.
    tag: TAG
    pullPolicy: IfNotPresent
  livenessProbe:
    PROBE
    periodSeconds: 10
  resources: {}
"""


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    chart = tmp_path_factory.mktemp("five") / "shop"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text('apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: "1.0"\n')
    texts = []
    for name, tag, port, probe in IMAGES:
        (chart / "templates" / f"{name}.yaml").write_text(
            POD.replace("NAME", name).replace("PORT", str(port))
        )
        texts.append(VALUES.replace("NAME", name).replace("TAG", tag).replace("PROBE", probe))
    (chart / "values.yaml").write_text("imagePullSecrets: []\n" + "".join(texts))
    return plan_of(chart, pull_secret="kubernetes-dhi")


def test_a_plan_of_five_images_fits_on_two_screens(five):
    lines = [plain(line) for line in plan_lines(Look(width=COLUMNS, fit=True), five)]
    assert sum(image.status == "migrate" for image in five.images) == 5
    assert len(five.editing_steps) >= 4

    assert len(lines) <= 2 * SCREEN, "\n".join(lines)
    assert max(map(cells, lines)) <= COLUMNS


def test_all_of_it_is_there_when_verbose(five):
    text = "\n".join(plain(line) for line in plan_lines(Look(width=COLUMNS, fit=True), five, verbose=True))

    assert all(f"\n{step.name}: " in text for step in five.editing_steps)
    assert all(finding.code in text for finding in five.findings)
    assert "In the manifests:" in text
