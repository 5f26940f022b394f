"""Grounds of a few manifests, without a repository and without a render."""

from migrate_dhi.audit.clients import Clients
from migrate_dhi.audit.ground import Ground, items_of
from migrate_dhi.audit.places import Finder
from migrate_dhi.audit.services import backends
from migrate_dhi.dhi.roles import load_roles
from migrate_dhi.kube.manifests import Manifests

ROLES = load_roles()
SERVER = """
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: data}
spec:
  selector: {app: cache}
  ports: [{port: 6379}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cache, namespace: data}
spec:
  template:
    metadata: {labels: {app: cache}}
    spec: {containers: [{name: cache, image: valkey/valkey:9}]}
"""
DATABASE = """
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec:
  selector: {app: db}
  ports: [{port: 5432}]
"""


def ground_of(*texts):
    """A ground of manifests; what names no namespace is in ``app``."""
    files = {f"{index}.yaml": text for index, text in enumerate(texts)}
    return Ground((), items_of(Manifests(files), "app", ""))


def clients_of(*texts):
    """The clients in these manifests."""
    ground = ground_of(*texts)
    return Clients(ground, ROLES, backends(ground, ROLES), Finder(ground, {}))


def pod(spec, name="web", namespace="app"):
    """A Deployment with one container that has this besides name and image."""
    body = "\n".join(f"          {line}" for line in spec.strip("\n").split("\n"))
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: main
          image: example/web:1
{body}
"""


def config(text, key="config", name="settings"):
    """A ConfigMap in ``app`` with one key."""
    body = "\n".join(f"    {line}" for line in text.strip("\n").split("\n"))
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n  {key}: |\n{body}\n"
