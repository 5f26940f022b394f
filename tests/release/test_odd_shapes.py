"""What stands where something else is expected: no shape of an object of any way is an error of the program."""

import contextlib
import random

import pytest
import yaml

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.layer import merged
from migrate_dhi.release.raw import raw_objects
from tests.odd import changed, places

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {namespace: shop}
  sources:
    - repoURL: https://example.com/a.git
      path: web
      targetRevision: main
      helm:
        releaseName: q
        valueFiles: [values.yaml, $r/x.yaml]
        valuesObject: {a: 1}
        values: 'b: 1'
        parameters: [{name: a, value: b, forceString: true}]
        fileParameters: [{name: z, path: y}]
    - {repoURL: https://other.example/a.git, ref: r, targetRevision: main}
    - {repoURL: https://charts.example, chart: c, targetRevision: 1.0.0, plugin: {name: x}}
"""
SET = """
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: s}
spec:
  goTemplate: true
  generators:
    - list: {elements: [{name: a}], template: {metadata: {}, spec: {source: {helm: {values: 'a: 1'}}}}}
      selector: {matchLabels: {name: a}, matchExpressions: [{key: name, operator: In, values: [a]}]}
    - git: {repoURL: https://example.com/a.git, revision: HEAD, directories: [{path: web}], values: {a: '{{.path.path}}'}}
    - git: {repoURL: https://example.com/a.git, files: [{path: web/*.yaml}]}
    - matrix: {generators: [{list: {elements: [{name: b}]}}, {clusters: {values: {x: y}}}]}
    - merge: {mergeKeys: [name], generators: [{list: {elements: [{name: b}]}}, {list: {elementsYaml: '[{name: b}]'}}]}
  template:
    metadata: {name: '{{ .name }}'}
    spec:
      destination: {namespace: '{{ .name }}'}
      source: {repoURL: https://charts.example, chart: c, targetRevision: 1.0.0, helm: {valuesObject: {t: '{{ .name }}'}}}
  templatePatch: 'spec: {source: {helm: {valuesObject: {more: 1}}}}'
"""
RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop, labels: {a: b}}
spec:
  targetNamespace: t
  chart: {spec: {chart: web, version: 1.0.0, valuesFiles: [a.yaml], sourceRef: {kind: HelmRepository, name: acme}}}
  chartRef: {kind: OCIRepository, name: o}
  valuesFrom: [{kind: ConfigMap, name: m, valuesKey: values.yaml, targetPath: a.b, optional: true}]
  values: {image: {tag: '1'}, list: [{a: 1}]}
  postRenderers: [{kustomize: {images: [{name: x, newTag: y}]}}]
"""
SOURCE = """
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: acme, namespace: shop}
spec: {url: https://charts.example, type: default}
"""
FLUX = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: k, namespace: flux-system}
spec:
  path: ./flux
  targetNamespace: tn
  components: [../part]
  sourceRef: {kind: GitRepository, name: g}
  patches: [{target: {kind: HelmRelease, labelSelector: a=b}, patch: '[{"op": "add", "path": "/spec/values/x", "value": 1}]'}]
  postBuild: {substitute: {V: 1}, substituteFrom: [{kind: ConfigMap, name: m}]}
"""
KUSTOMIZATION = """
namespace: n
resources: [release.yaml, source.yaml]
components: [../part]
labels: [{pairs: {a: b}}]
configMapGenerator: [{name: m, behavior: create, files: [values.yaml=v.yaml], literals: [a=b], options: {disableNameSuffixHash: true}}]
patches: [{path: p.yaml, target: {kind: HelmRelease}}, {patch: '[{"op": "remove", "path": "/spec/values/list"}]', target: {name: web}}]
patchesJson6902: [{target: {kind: HelmRelease}, path: j.yaml}]
replacements: [{source: {kind: ConfigMap}, targets: [{select: {kind: HelmRelease}, fieldPaths: [spec.values.a]}]}]
helmCharts: [{name: web, version: 1.0.0, repo: https://charts.example, valuesFile: v.yaml, valuesInline: {a: 1}, additionalValuesFiles: [v.yaml]}]
"""
PATCH = "spec: {values: {image: {tag: '3', $patch: replace}, list: [{$patch: delete}]}}"
OPERATIONS = "[{op: add, path: /spec/values/list/0, value: {b: 1}}, {op: move, from: /spec/values/list, path: /spec/values/l}]"
FLEET = """
namespace: n
helm: {chart: c, repo: https://charts.example, version: 1.0.0, values: {a: '${ .x }'}, valuesFiles: [v.yaml], valuesFrom: [{configMapKeyRef: {name: a}}]}
targetCustomizations: [{name: eu, helm: {values: {a: 2}, valuesFiles: [w.yaml]}, kustomize: {dir: y}}]
"""
HELMFILE = """
namespace: n
repositories: [{name: acme, url: https://charts.example, oci: false}]
environments: {default: {values: [{v: 1}]}, prod: {values: [{v: 2}]}}
templates: {t: {values: [{a: 1}, t.yaml], set: [{name: a, value: b}]}}
releases:
  - name: web
    chart: acme/web
    version: 1.0.0
    inherit: [{template: t, except: [set]}]
    values: [{a: 1, b: '{{ .Release.Name }}'}, v.yaml]
    set: [{name: 'a[0].b', value: x}, {name: c, values: [1]}, {name: d, file: f}]
    setString: [{name: a, value: 5}]
"""
SAMPLES = {
    "app.yaml": APPLICATION,
    "set.yaml": SET,
    "flux/release.yaml": RELEASE,
    "flux/source.yaml": SOURCE,
    "cluster.yaml": FLUX,
    "flux/kustomization.yaml": KUSTOMIZATION,
    "flux/p.yaml": PATCH,
    "flux/j.yaml": OPERATIONS,
    "fleet/fleet.yaml": FLEET,
    "helmfile.yaml": HELMFILE,
}
AROUND = {
    "web/": "",
    "web/values.yaml": "a: 1\n",
    "flux/v.yaml": "a: 1\n",
    "part/kustomization.yaml": "kind: Component\npatches: [{path: ../flux/p.yaml, target: {kind: HelmRelease}}]\n",
}
ODD = [None, [], {}, "x", 5, True, [None], {"x": None}, {1: 2}, "{{ .x", "${A", "a: [", "../..", ""]

CASES = [
    (file, path, value)
    for file, text in SAMPLES.items()
    for path in places(yaml.safe_load(text))
    for value in ODD
]
# Those that were errors once, and as many of all others as are quick.
KNOWN = [
    ("fleet/fleet.yaml", ("helm", "chart"), [None]),
    ("set.yaml", ("spec", "generators", 0), {1: 2}),
    ("flux/j.yaml", (0, "path"), ""),
    ("helmfile.yaml", ("releases", 0, "set", 2, "name"), "a["),
    ("app.yaml", ("spec", "sources", 0, "helm", "fileParameters", 0, "name"), "a[x]"),
]


@pytest.mark.parametrize(
    ("file", "path", "value"), [*KNOWN, *random.Random(12).sample(CASES, 20)], ids=lambda one: str(one)[-40:]
)
def test_any_shape_is_read_or_named(repo, file, path, value):
    odd = yaml.safe_dump(changed(yaml.safe_load(SAMPLES[file]), path, value))
    # Ways do not look at each other's files: what has nothing to do with it is left out.
    beside = {
        name: text for name, text in SAMPLES.items() if ("flux" in name) == ("flux" in file) and name != file
    }
    kept = beside if "flux" in file or file == "cluster.yaml" else {}
    flux = {"cluster.yaml": FLUX} if "flux" in file else {}
    repo.write({**AROUND, **kept, **flux, file: odd})

    snapshot = repo.snapshot()
    estate = Estate.of(snapshot)

    assert estate.to_json()["schema"] == "migrate-dhi/releases/1"
    for release in estate.releases:
        texts = {layer.file: snapshot.text(layer.file) or "" for layer in release.layers}
        with contextlib.suppress(MigrateDhiError):
            assert isinstance(merged(release.layers, texts), dict)
    assert all(one.namespace is not None for one in raw_objects(Declared(snapshot)))


def test_the_samples_themselves_are_read(repo):
    repo.write({**AROUND, **SAMPLES})

    estate = Estate.of(repo.snapshot())

    assert {one.way for one in estate.releases} == {
        "application",
        "helmrelease",
        "kustomize",
        "fleet",
        "helmfile",
    }


def test_an_object_of_an_odd_kind_beside_a_config_map_is_none(repo):
    text = (
        "kind: ConfigMap\nmetadata: {name: m, namespace: shop}\ndata: {values.yaml: 'b: 1'}\n---\nkind: [x]\n"
    )
    repo.write({**AROUND, "release.yaml": RELEASE, "source.yaml": SOURCE, "m.yaml": text})

    found = [one for one in Estate.of(repo.snapshot()).releases if one.way == "helmrelease"]

    assert "m.yaml" in [layer.file for one in found for layer in one.layers]


def test_a_source_of_an_odd_kind_is_not_this_repository(repo):
    odd = yaml.safe_load(FLUX)
    odd["spec"] |= {"path": ".", "sourceRef": {"kind": ["GitRepository"], "name": "g"}}
    repo.write({**AROUND, **SAMPLES, "cluster.yaml": yaml.safe_dump(odd)})

    assert Estate.of(repo.snapshot()).releases
