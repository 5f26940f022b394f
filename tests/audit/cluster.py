"""A server on loopback that speaks as much of the Kubernetes API as kubectl needs, and remembers what it was asked."""

import json
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler

from tests.serving import serving

GROUPS = {
    "apps/v1": {"deployments": "Deployment", "statefulsets": "StatefulSet"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
    "discovery.k8s.io/v1": {"endpointslices": "EndpointSlice"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy"},
    "argoproj.io/v1alpha1": {"applications": "Application"},
}
CORE = {
    "pods": "Pod",
    "services": "Service",
    "secrets": "Secret",
    "configmaps": "ConfigMap",
    "events": "Event",
    "persistentvolumeclaims": "PersistentVolumeClaim",
}
SHORT = {"persistentvolumeclaims": ["pvc"], "poddisruptionbudgets": ["pdb"]}


class Cluster:
    """A running server; ``objects`` maps ``plural/namespace/name`` to objects, ``logs`` names of pods to texts."""

    def __init__(self, objects, logs):
        self.objects = objects
        self.logs = logs
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_any(self):
                outer.asked.append((self.command, self.path))
                status, body = outer.answer(self.path.partition("?")[0], self.path.partition("?")[2])
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                kind = "text/plain" if isinstance(body, str) else "application/json"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.do_any)
        self._running = ExitStack()
        self.url = f"http://127.0.0.1:{self._running.enter_context(serving(Handler))}"

    def close(self):
        self._running.close()

    def kubeconfig(self, file):
        """A configuration with the contexts ``here`` and, beside it, one that leads nowhere."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "here", "cluster": {"server": self.url}},
                {"name": "else", "cluster": {"server": "http://127.0.0.1:1"}},
            ],
            "users": [{"name": "me", "user": {}}],
            "contexts": [
                {"name": name, "context": {"cluster": name, "user": "me"}} for name in ("here", "else")
            ],
            "current-context": "else",
        }
        file.write_text(json.dumps(config))
        return file

    def answer(self, path, query):
        parts = path.strip("/").split("/")
        if parts == ["api"]:
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if parts == ["apis"]:
            return 200, {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [group(name) for name in GROUPS],
            }
        if parts == ["api", "v1"]:
            return 200, resources("v1", CORE)
        if parts[0] == "apis" and "/".join(parts[1:]) in GROUPS:
            return 200, resources("/".join(parts[1:]), GROUPS["/".join(parts[1:])])
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        return self.objects_at(rest, query)

    def objects_at(self, rest, query):
        namespace = ""
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        if rest[2:] == ["log"]:
            return 200, self.logs.get(rest[1], "")
        plural, name = rest[0], rest[1] if len(rest) > 1 else ""
        if name:
            found = self.objects.get(f"{plural}/{namespace}/{name}")
            return (200, found) if found else (404, gone(plural, name))
        wanted = f"{plural}/{namespace}/" if namespace else f"{plural}/"
        items = [one for key, one in sorted(self.objects.items()) if key.startswith(wanted)]
        if "fieldSelector" in query:
            items = []
        kind = {**CORE, **{k: v for each in GROUPS.values() for k, v in each.items()}}.get(plural, "Thing")
        version = items[0]["apiVersion"] if items else "v1"
        return 200, {"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": items}


def group(name):
    version = {"groupVersion": name, "version": name.partition("/")[2]}
    return {"name": name.partition("/")[0], "versions": [version], "preferredVersion": version}


def resources(version, kinds):
    listed = [
        {
            "name": plural,
            "singularName": kind.lower(),
            "namespaced": True,
            "kind": kind,
            "verbs": ["get", "list"],
            "shortNames": SHORT.get(plural, []),
        }
        for plural, kind in kinds.items()
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


def gone(plural, name):
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": "NotFound",
        "message": f'{plural} "{name}" not found',
        "code": 404,
    }
