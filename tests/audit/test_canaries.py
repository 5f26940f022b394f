"""No value of a secret in any output of the audit, wherever it stands and in whatever form it is shown."""

import shutil

import pytest

from migrate_dhi.cli import run
from tests.audit.conftest import ESTATE, committed

CANARIES = (
    "canaryPlain7731",
    "canaryUrl7732",
    "canaryValue7733",
    "canaryEnv7734",
    "canaryText7735",
    "canaryKey7736",
)
MANIFESTS = """
apiVersion: v1
kind: Secret
metadata: {name: plain, namespace: web}
stringData: {password: canaryPlain7731, url: "redis://:canaryPlain7731@valkey.cache.svc:6379/3"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: web}
data:
  url: redis://me:canaryUrl7732@valkey.cache.svc:6379/4
  app.ini: |
    [cache]
    host = valkey.cache.svc
    password = canaryText7735
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: example/web:1
          args: [--redis-url=redis://:canaryUrl7732@valkey.cache.svc:6379/5]
          env:
            - {name: REDIS_HOST, value: valkey.cache.svc}
            - {name: REDIS_PASSWORD, value: canaryEnv7734}
            - {name: QUEUE_URL, value: "redis://canaryKey7736@valkey.cache.svc:6379/6?password=canaryKey7736"}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The estate with secrets in every place that the audit reads."""
    root = tmp_path_factory.mktemp("canaries") / "own"
    shutil.copytree(ESTATE, root)
    (root / "secrets/web.yaml").write_text(MANIFESTS)
    values = root / "apps/harbor/values.yaml"
    values.write_text(values.read_text() + "      password: canaryValue7733\n")
    gitea = root / "apps/gitea/values.yaml"
    gitea.write_text(gitea.read_text().replace("$(VALKEY_PASSWORD)", "canaryUrl7732"))
    return committed(root)


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("flags", [(), ("--edits",), ("cache/valkey",)])
def test_no_canary_gets_out(own, capsys, monkeypatch, form, flags):
    monkeypatch.chdir(own)

    code = run(["audit", "--offline", "--format", form, *flags])

    said = capsys.readouterr()
    assert code == 0
    assert "web" in said.out
    assert [word for word in CANARIES if word in said.out + said.err] == []
