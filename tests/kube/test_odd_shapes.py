"""What stands where something else is expected: no shape of a manifest is an error of the program."""

import random

import pytest
import yaml

from migrate_dhi.dhi.readiness import Running, check
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.kube.mounts import (
    copied_texts,
    mounted_texts,
    secret_values,
    unread_variables,
    variables_from,
)
from migrate_dhi.kube.ports import pointed_at, port_of_service, port_to_probe
from migrate_dhi.kube.secrets_made import rendered_secrets
from migrate_dhi.kube.shell import PROBES
from migrate_dhi.kube.start import acted_on
from migrate_dhi.oci.reference import Reference
from tests.dhi.ready import BARE, DATABASE, SHELLED
from tests.odd import changed, places

WORKLOAD = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: app, namespace: n, labels: {app: app}, annotations: {a: b}}
spec:
  replicas: 1
  volumeClaimTemplates: [{metadata: {name: data}}]
  template:
    metadata: {labels: {app: app}, annotations: {a: b}}
    spec:
      serviceAccountName: sa
      imagePullSecrets: [{name: a}]
      securityContext:
        {runAsUser: 0, fsGroup: 7, supplementalGroups: [5], sysctls: [{name: net.ipv4.ip_unprivileged_port_start}]}
      initContainers:
        - {name: give, image: busybox, command: [sh, -c, chown -R 1 /data], volumeMounts: [{name: e, mountPath: /e}]}
      containers:
        - name: main
          image: dhi.io/bare:1.4.2
          command: [sh, -c, exec bare $A]
          args: [--port=80, --config, /etc/app/app.conf]
          env:
            - {name: A, value: b}
            - {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}
            - {name: D, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
          envFrom: [{configMapRef: {name: c}, prefix: p}, {secretRef: {name: s}}]
          ports: [{name: http, containerPort: 80, protocol: TCP}]
          volumeMounts:
            - {name: data, mountPath: /data}
            - {name: c, mountPath: /etc/app, subPath: app.conf}
            - {name: p, mountPath: /p}
            - {name: h, mountPath: /h}
          securityContext: {runAsUser: 999, readOnlyRootFilesystem: true, capabilities: {add: [NET_BIND_SERVICE]}}
          livenessProbe: {exec: {command: [sh, -c, curl -f http://localhost:80/x]}}
          readinessProbe: {httpGet: {path: /, port: http}}
          lifecycle: {preStop: {exec: {command: [sh, -c, sleep 5]}}}
      volumes:
        - {name: c, configMap: {name: c, items: [{key: app.conf, path: app.conf}]}}
        - {name: p, projected: {sources: [{secret: {name: s, items: [{key: k, path: k}]}}, {configMap: {name: c}}]}}
        - {name: e, emptyDir: {}}
        - {name: h, hostPath: {path: /data, type: Directory}}
"""
AROUND = """
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: n}
data: {app.conf: "port=80", k: "#!/bin/bash"}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: n}
data: {k: YWJjZGVmMTIz}
stringData: {l: abcdefgh1}
---
apiVersion: v1
kind: Service
metadata: {name: app, namespace: n}
spec: {selector: {app: app}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: app, namespace: n}
spec: {minAvailable: 1, selector: {matchLabels: {app: app}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: n}
imagePullSecrets: [{name: a}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [a.b], resources: [things/status], verbs: [update]}]
---
apiVersion: external-secrets.io/v1
kind: ClusterExternalSecret
metadata: {name: r}
spec:
  namespaces: [a]
  namespaceSelectors: [{matchLabels: {a: b}, matchExpressions: [{key: kubernetes.io/metadata.name, values: [x]}]}]
  externalSecretSpec: {target: {name: b, template: {metadata: {annotations: {a: b}}}}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: r}
spec: {rules: [{match: {any: [{resources: {names: [a]}}]}, generate: {kind: Secret, name: a, namespace: b}}]}
---
apiVersion: a.example.org/v1
kind: Thing
metadata: {name: t}
spec: {image: {repository: x, tag: "1"}, version: 1.4.2, podTemplate: {spec: {containers: [{name: a}]}}}
"""
SAMPLES = list(yaml.safe_load_all(f"{WORKLOAD}---{AROUND}"))
SPEC = ("spec", "template", "spec")
ODD = [None, [], {}, "x", 5, True, [5], [[]], [{}], [None], {"a": 5}]

CASES = [(at, path, value) for at, data in enumerate(SAMPLES) for path in places(data) for value in ODD]
# Those that were errors once, and as many of all others as are quick.
KNOWN = [
    (0, ("spec", "volumeClaimTemplates", 0, "metadata"), "x"),
    (0, (*SPEC, "securityContext", "sysctls"), 5),
    (0, (*SPEC, "securityContext", "sysctls", 0, "name"), []),
    (0, (*SPEC, "initContainers", 0, "command"), 5),
    (0, (*SPEC, "containers", 0, "securityContext", "capabilities", "add"), 5),
    (0, (*SPEC, "volumes", 1, "projected"), "x"),
    (0, (*SPEC, "volumes", 3, "hostPath", "type"), []),
    (7, ("spec",), 5),
    (7, ("spec", "namespaceSelectors", 0, "matchLabels"), 5),
]


@pytest.mark.parametrize(
    ("at", "path", "value"), [*KNOWN, *random.Random(12).sample(CASES, 30)], ids=lambda one: str(one)[-40:]
)
def test_any_shape_of_a_manifest_is_read(at, path, value):
    odd = [changed(data, path, value) if index == at else data for index, data in enumerate(SAMPLES)]
    manifests = Manifests({"app/templates/all.yaml": yaml.safe_dump_all(odd)})

    image, upstream = Reference.parse("dhi.io/bare:1.4.2"), Reference.parse("docker.io/acme/bare:1.4.2")
    running = [
        Running(container, upstream, image, definition)
        for container in manifests.containers
        for definition in (BARE, SHELLED, DATABASE)
    ]
    assert isinstance(check(manifests, running, before=manifests, images=[image]), list)
    assert rendered_secrets(manifests, {}) is not None
    assert isinstance(acted_on(manifests), tuple)
    for container in manifests.containers:
        for found in (mounted_texts, copied_texts, unread_variables, variables_from):
            list(found(container, manifests))
        port_to_probe(container, (80,), PROBES)
        port_of_service(container, (80,), manifests)
        pointed_at(container, manifests, PROBES)
        manifests.service_account(container.pod)
    assert all(isinstance(one, str) for one in secret_values(manifests))


def test_the_samples_themselves_are_read():
    manifests = Manifests({"app/templates/all.yaml": yaml.safe_dump_all(SAMPLES)})
    main = next(one for one in manifests.containers if one.name == "main")

    assert dict(mounted_texts(main, manifests)) == {
        "/etc/app": "port=80",
        "/p/k": "#!/bin/bash",
        "/p/app.conf": "port=80",
    }
    assert {one.name for one in rendered_secrets(manifests, {})} == {"b", "a"}
    assert acted_on(manifests) == (("a.b", "things"),)
