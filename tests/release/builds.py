"""Small kustomize builds, one trap each; what they build is asked of the real kubectl where there is one."""

import json

RELEASE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  labels: {tier: front}
spec:
  chart:
    spec:
      chart: web
      version: 1.0.0
      sourceRef: {kind: HelmRepository, name: acme}
  values:
    image:
      registry: docker.io
      tag: "1"
    list: [{name: a, image: one}, {name: b, image: two}]
    gone: null
    kept: {one: 1, two: 2}
"""
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
BASE = {
    "base/release.yaml": RELEASE,
    "base/kustomization.yaml": KUSTOMIZATION + "resources: [release.yaml]\n",
}
HEAD = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n"


def over(text, **files):
    """The base with a kustomization over it, and its files."""
    return {
        **BASE,
        "top/kustomization.yaml": f"{KUSTOMIZATION}resources: [../base]\n{text}",
        **{
            f"top/{name.replace('__', '/').replace('_yaml', '.yaml')}": content
            for name, content in files.items()
        },
    }


CASES = {
    "namespace": over("namespace: shop\n"),
    "names": over("namePrefix: a-\nnameSuffix: -z\n"),
    "names-of-two": {
        **over("namePrefix: a-\n"),
        "more/kustomization.yaml": f"{KUSTOMIZATION}resources: [../top]\nnamePrefix: b-\n"
        "patches: [{path: p.yaml}]\n",
        "more/p.yaml": HEAD + "spec: {values: {image: {tag: '2'}}}\n",
    },
    "strategic-file": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD + "spec: {values: {image: {tag: '2'}, list: [{name: c}]}}\n",
    ),
    "strategic-null": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD
        + "spec: {values: {image: {registry: null, absent: null}, kept: null, new: {x: null, z: 1}}}\n",
    ),
    "strategic-target": over(
        "patches:\n  - path: p.yaml\n    target: {kind: HelmRelease, labelSelector: tier=front}\n"
        "  - path: q.yaml\n    target: {kind: HelmRelease, labelSelector: 'tier notin (front)'}\n",
        p_yaml=HEAD.replace("web", "any") + "spec: {values: {image: {tag: '2'}}}\n",
        q_yaml=HEAD.replace("web", "any") + "spec: {values: {image: {tag: '3'}}}\n",
    ),
    "strategic-names": over(
        "patches:\n  - path: p.yaml\n    target: {kind: HelmRelease, name: 'w.*'}\n"
        "  - path: q.yaml\n    target: {kind: HelmRelease, name: 'e'}\n",
        p_yaml=HEAD.replace("web", "any") + "spec: {values: {image: {tag: '2'}}}\n",
        q_yaml=HEAD.replace("web", "any") + "spec: {values: {image: {tag: '3'}}}\n",
    ),
    "strategic-several-documents": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD + "spec: {values: {one: 1}}\n---\n" + HEAD + "spec: {values: {two: 2}}\n",
    ),
    "strategic-old-field": over(
        "patchesStrategicMerge:\n  - p.yaml\n  - |-\n    "
        + HEAD.replace("\n", "\n    ")
        + "spec: {values: {b: 2}}\n",
        p_yaml=HEAD + "spec: {values: {a: 1}}\n",
    ),
    "strategic-delete": over("patches: [{path: p.yaml}]\n", p_yaml=HEAD + "$patch: delete\n"),
    "strategic-directives": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD + "spec: {values: {kept: {$patch: replace, three: 3}, image: {$patch: delete}}}\n",
    ),
    "inline": over(
        "patches:\n  - patch: |-\n      "
        + HEAD.replace("\n", "\n      ")
        + "spec: {values: {image: {tag: '2'}}}\n"
    ),
    "json": over(
        "patches:\n  - target: {kind: HelmRelease}\n    patch: |-\n"
        "      - {op: replace, path: /spec/values/image/tag, value: '2'}\n"
        "      - {op: replace, path: /spec/values/list/1/image, value: z}\n"
        "      - {op: add, path: /spec/values/kept, value: {three: 3}}\n"
    ),
    "json-file": over(
        "patches: [{target: {kind: HelmRelease}, path: ops.yaml}]\n",
        ops_yaml="- op: replace\n  path: /spec/chart/spec/version\n  value: 2.0.0\n"
        "- op: remove\n  path: /spec/values/image/registry\n",
    ),
    "json-list": over(
        "patches:\n  - target: {kind: HelmRelease}\n    patch: |-\n"
        "      - {op: add, path: /spec/values/list/-, value: {name: c}}\n"
        "      - {op: add, path: /spec/values/list/0, value: {name: d}}\n"
        "      - {op: remove, path: /spec/values/list/1}\n"
        "      - {op: replace, path: /spec/values/image/tag, value: '3'}\n"
    ),
    "json-move": over(
        "patches:\n  - target: {kind: HelmRelease}\n    patch: |-\n"
        "      - {op: move, from: /spec/values/image/tag, path: /spec/values/moved}\n"
        "      - {op: copy, from: /spec/values/kept, path: /spec/values/copied}\n"
    ),
    "json-whole": over(
        "patches:\n  - target: {kind: HelmRelease}\n    patch: |-\n"
        "      - {op: replace, path: /spec/values, value: {only: this}}\n"
    ),
    "json-escaped": over(
        "patches:\n  - target: {kind: HelmRelease}\n    patch: |-\n"
        "      - {op: add, path: /spec/values/a~1b~0c, value: 1}\n"
    ),
    "json-old-field": over(
        "namePrefix: a-\npatchesJson6902:\n"
        "  - target: {group: helm.toolkit.fluxcd.io, version: v2, kind: HelmRelease, name: web}\n    path: ops.yaml\n",
        ops_yaml="- {op: replace, path: /spec/values/image/tag, value: '2'}\n",
    ),
    "json-then-strategic": over(
        "patches:\n  - target: {kind: HelmRelease}\n    patch: |-\n"
        "      - {op: replace, path: /spec/values/kept, value: {three: 3}}\n"
        "  - path: p.yaml\n",
        p_yaml=HEAD + "spec: {values: {kept: {three: null, four: 4}}}\n",
    ),
    "component": over(
        "components: [part]\n",
        part__kustomization_yaml=COMPONENT + "patches: [{path: p.yaml}]\nnamespace: parts\n",
        part__p_yaml=HEAD + "spec: {values: {image: {tag: '2'}}}\n",
    ),
    "component-then-own": over(
        "components: [part]\npatches: [{path: p.yaml}]\n",
        part__kustomization_yaml=COMPONENT + "patches: [{path: q.yaml}]\n",
        part__q_yaml=HEAD + "spec: {values: {image: {tag: '2'}}}\n",
        p_yaml=HEAD + "spec: {values: {image: {tag: '3'}}}\n",
    ),
    "bases-of-two": {
        **over("patches: [{path: p.yaml}]\n", p_yaml=HEAD + "spec: {values: {image: {tag: '2'}}}\n"),
        "more/kustomization.yaml": f"{KUSTOMIZATION}resources: [../top]\npatches: [{{path: p.yaml}}]\n",
        "more/p.yaml": HEAD + "spec: {values: {image: {tag: '3', registry: quay.io}}}\n",
    },
    "generators": over(
        "configMapGenerator: [{name: web, literals: [a=b]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
    ),
}
SELECTED = """patches:
  - target: {{kind: HelmRelease, {0}}}
    patch: '[{{"op": "add", "path": "/spec/values/one", "value": "selected"}}]'
  - target: {{kind: HelmRelease, {1}}}
    patch: '[{{"op": "add", "path": "/spec/values/two", "value": "selected"}}]'
"""


def twice(text, first, second):
    """The base with a kustomization over it, and one over that with two patches for what each selects."""
    return {
        **over(text),
        "more/kustomization.yaml": f"{KUSTOMIZATION}resources: [../top]\n{SELECTED.format(first, second)}",
    }


CASES |= {
    "labels-of-a-base-select": twice(
        "labels: [{pairs: {team: a}}, {pairs: {tier: back}}]\n",
        "labelSelector: 'team=a,tier!=front'",
        "labelSelector: '!team'",
    ),
    "common-labels-of-a-base-select": twice(
        "commonLabels: {team: a}\ncommonAnnotations: {note: b}\n",
        "labelSelector: 'team in (a, b)'",
        "annotationSelector: note=c",
    ),
    "annotations-of-a-base-select": twice(
        "commonAnnotations: {note: b}\n", "annotationSelector: note=b", "annotationSelector: 'note notin (b)'"
    ),
    "first-name-and-last-namespace-select": twice(
        "namePrefix: a-\nnamespace: shop\n", "name: web, namespace: shop", "name: web, namespace: other"
    ),
    "last-name-and-first-namespace-select": twice(
        "namePrefix: a-\nnamespace: shop\n", "name: a-web, namespace: default", "name: a-we"
    ),
    "no-namespace-is-the-default-one": twice("", "namespace: default", "namespace: 'x?'"),
    "strategic-names-the-default-namespace": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD.replace("name: web", "name: web, namespace: default") + "spec: {values: {one: 1}}\n",
    ),
}


def patched(*patches):
    """The base with patches over it: lines of operations, or what the values of a strategic one are."""
    text = "patches:\n"
    for patch in patches:
        if patch.startswith("{op"):
            lines = "".join(f"      - {{op: {one}\n" for one in patch.split("{op: ")[1:])
            text += f"  - target: {{kind: HelmRelease}}\n    patch: |-\n{lines}"
        else:
            strategic = f"{HEAD}spec: {{values: {patch}}}\n".replace("\n", "\n      ")
            text += f"  - patch: |-\n      {strategic.rstrip()}\n"
    return over(text)


V = "/spec/values"
CASES |= {
    "json-null": patched(
        f"{{op: add, path: {V}/new, value: null}}{{op: replace, path: {V}/image/tag, value: null}}"
        f"{{op: replace, path: {V}/kept, value: null}}"
    ),
    "json-null-in-a-list": patched(
        f"{{op: replace, path: {V}/list/1/name, value: null}}{{op: add, path: {V}/list/0/new, value: null}}"
    ),
    "json-null-then-map": patched(
        f"{{op: replace, path: {V}/kept, value: null}}{{op: replace, path: {V}/kept, value: {{a: 1}}}}"
        f"{{op: add, path: {V}/kept/b, value: 2}}"
    ),
    "json-empty": patched(
        f"{{op: replace, path: {V}/kept, value: {{}}}}{{op: replace, path: {V}/list, value: []}}"
        f"{{op: replace, path: {V}/image/tag, value: ''}}"
    ),
    "json-list-then-item": patched(
        f"{{op: replace, path: {V}/list, value: [{{a: 1}}, 2]}}{{op: replace, path: {V}/list/0/a, value: 3}}"
        f"{{op: replace, path: {V}/list/1, value: {{b: 4}}}}"
    ),
    "json-text-in-place-of-a-map": patched(
        f"{{op: replace, path: {V}/kept, value: text}}{{op: replace, path: {V}/image/tag, value: {{a: 1}}}}"
    ),
    "json-remove-then-add": patched(
        f"{{op: remove, path: {V}/kept}}{{op: add, path: {V}/kept, value: {{four: 4}}}}"
        f"{{op: remove, path: {V}/image/tag}}"
    ),
    "json-test": patched(
        f"{{op: test, path: {V}/image/tag, value: '1'}}{{op: replace, path: {V}/image/tag, value: '2'}}"
    ),
    "json-move-in-a-list": patched(
        f"{{op: move, from: {V}/list/1, path: {V}/list/0}}{{op: move, from: {V}/list/0/image, path: {V}/moved}}"
    ),
    "json-whole-then-strategic": patched(
        f"{{op: replace, path: {V}, value: {{a: {{b: 1, c: 2}}}}}}", "{a: {b: null, d: 3}, e: null}"
    ),
    "strategic-then-json": patched(
        "{image: {tag: '2', new: {a: 1}}, list: [{name: c, image: three}]}",
        f"{{op: replace, path: {V}/list/0/image, value: four}}{{op: add, path: {V}/image/new/b, value: 2}}",
    ),
    "strategic-twice": patched(
        "{image: {tag: null, more: {a: 1}}}", "{image: {tag: '3', more: {a: null, b: {}}}}"
    ),
    "strategic-replace-then-merge": patched(
        "{kept: {$patch: replace, a: {b: 1}}}", "{kept: {a: {c: 2}, one: 5}}"
    ),
    "strategic-delete-then-merge": patched("{image: {$patch: delete}}", "{image: {tag: '4'}}"),
    "json-list-item-then-strategic-list": patched(
        f"{{op: replace, path: {V}/list/0/image, value: x}}", "{list: [{name: d}]}"
    ),
    "json-after-a-directive": patched(
        "{kept: {$patch: replace, three: 3}}", f"{{op: add, path: {V}/kept/four, value: 4}}"
    ),
}
FOLDERS = {"names-of-two": "more", "bases-of-two": "more"} | {
    case: "more" for case, files in CASES.items() if "more/kustomization.yaml" in files
}


def adding(path, value):
    """A JSON patch that adds a value."""
    return json.dumps([{"op": "add", "path": f"{V}/{path}", "value": value}])


ADDING = adding("a", 1)


def targeted(*targets):
    """The base with a patch for each target, which sets a value of its number."""
    lines = "".join(
        f"  - target: {{{target}}}\n    patch: '{adding('t' + str(at), 'set')}'\n"
        for at, target in enumerate(targets)
    )
    return over(f"patches:\n{lines}")


def of_component(text, component, **files):
    """The base with a kustomization over it that has a component."""
    files = {f"part__{name}": content for name, content in files.items()}
    return over(f"components: [part]\n{text}", part__kustomization_yaml=COMPONENT + component, **files)


def stacked(*texts):
    """The base, and one kustomization over another."""
    files, below = dict(BASE), "base"
    for at, text in enumerate(texts):
        name = "more" if at == len(texts) - 1 else f"level{at}"
        files[f"{name}/kustomization.yaml"] = f"{KUSTOMIZATION}resources: [../{below}]\n{text}"
        below = name
    return files


def setting(path, value):
    return f"patches: [{{target: {{kind: HelmRelease}}, patch: '{adding(path, value)}'}}]\n"


SECOND = RELEASE.replace("name: web", "name: xmail").replace('tag: "1"', 'tag: "m"')
MORE = {
    "target-groups": targeted(
        "group: helm.toolkit.fluxcd.io",
        "group: apps, kind: HelmRelease",
        "version: v2",
        "version: v2beta1",
        "group: 'helm.*'",
        "kind: 'Helm.*'",
        "kind: helmrelease",
    ),
    "target-names": targeted(
        "name: web",
        "name: 'w'",
        "name: 'w.b'",
        "name: 'web|xmail'",
        "name: '.*'",
        "name: '^web$'",
        "name: 'mail'",
    ),
    "target-labels": targeted(
        "labelSelector: tier=front",
        "labelSelector: tier==front",
        "labelSelector: tier!=front",
        "labelSelector: tier",
        "labelSelector: '!tier'",
        "labelSelector: 'tier in (front, back)'",
        "labelSelector: 'tier notin (front)'",
        "labelSelector: 'team notin (front)'",
        "labelSelector: 'tier=front,team=a'",
        "labelSelector: 'team!=a'",
        "annotationSelector: a=b",
        "annotationSelector: '!a'",
    ),
    "target-of-several-kinds": {
        **over(
            "resources: [../base, map.yaml]\npatches:\n  - target: {name: web}\n    patch: |-\n"
            f"      - {{op: add, path: /metadata/labels, value: {{tier: back}}}}\n{'':2}- target: {{labelSelector: tier=back, kind: HelmRelease}}\n"
            f"    patch: '{ADDING}'\n",
            map_yaml="apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
        ),
    },
    "component-of-a-component": of_component(
        "",
        "components: [../deeper]\n" + setting("a", "outer"),
    )
    | {"top/deeper/kustomization.yaml": COMPONENT + setting("a", "inner")},
    "two-components-in-order": over(
        "components: [one, two]\n" + setting("a", "own"),
        one__kustomization_yaml=COMPONENT + setting("a", "one"),
        two__kustomization_yaml=COMPONENT + "patches: [{target: {kind: HelmRelease}, path: c.yaml}]\n",
        two__c_yaml=f"- {{op: copy, from: {V}/a, path: {V}/b}}\n",
    ),
    "component-brings-resources": of_component(
        setting("all", "yes"), "resources: [second.yaml]\nnamePrefix: c-\n", second_yaml=SECOND
    ),
    "component-names-all": of_component("nameSuffix: -z\n", "namePrefix: a-\nnamespace: parts\n"),
    "component-labels-select": of_component(
        f"patches:\n  - target: {{kind: HelmRelease, labelSelector: team=a}}\n    patch: '{ADDING}'\n",
        "labels: [{pairs: {team: a}}]\n",
    ),
    "labels-come-after-patches": over(
        "labels: [{pairs: {team: a}}]\npatches:\n  - target: {kind: HelmRelease, labelSelector: team=a}\n"
        f"    patch: '{ADDING}'\n"
    ),
    "labels-with-selectors": twice(
        "labels: [{pairs: {team: a}, includeSelectors: true}, {pairs: {tier: b}, includeTemplates: true}]\n",
        "labelSelector: 'team=a,tier=b'",
        "labelSelector: tier=front",
    ),
    "a-namespace-over-another": stacked("namespace: one\n", "namespace: two\n", setting("a", "1")),
    "a-namespace-below-none": stacked("namespace: one\n", "namePrefix: p-\n", "nameSuffix: -s\n"),
    "prefixes-pile-up": stacked("namePrefix: a-\nnameSuffix: -z\n", "namePrefix: b-\nnameSuffix: -y\n"),
    "a-patch-by-the-name-in-between": stacked(
        "namePrefix: a-\n",
        f"namePrefix: b-\npatches: [{{target: {{kind: HelmRelease, name: a-web}}, patch: '{ADDING}'}}]\n",
    ),
    "a-patch-by-a-name-long-gone": stacked(
        "namePrefix: a-\n",
        "namePrefix: b-\n",
        f"patches: [{{target: {{kind: HelmRelease, name: a-web}}, patch: '{ADDING}'}}]\n",
    ),
    "levels-of-one-value": stacked(setting("a", "1"), setting("a", "2"), setting("b", "3")),
    "several-documents": {
        "base/release.yaml": f"# first\n---\n{RELEASE}---\n# nothing\n---\n{SECOND}",
        "base/kustomization.yaml": KUSTOMIZATION + "resources: [release.yaml]\n",
        "top/kustomization.yaml": f"{KUSTOMIZATION}resources: [../base]\npatches: [{{path: p.yaml}}]\n",
        "top/p.yaml": HEAD.replace("web", "xmail") + "spec: {values: {image: {tag: '9'}}}\n",
    },
    "an-old-name-for-bases": {
        **BASE,
        "top/kustomization.yml": f"{KUSTOMIZATION}bases: [../base]\n{setting('a', '1')}",
    },
    "a-capital-kustomization": {**BASE, "top/Kustomization": f"resources: [../base]\n{setting('a', '1')}"},
    "anchors-in-a-patch": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD + "spec: {values: {one: &a {x: 1}, two: *a}}\n",
    ),
    "a-patch-of-everything": over(
        "patches: [{path: p.yaml, target: {}}]\n".replace("target: {}", "target: {kind: HelmRelease}"),
        p_yaml=HEAD.replace("web", "ignored") + "spec: {values: {a: 1}}\n",
    ),
    "a-patch-of-metadata": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD.replace("{name: web}", "{name: web, labels: {tier: back, new: x}, annotations: {a: b}}"),
    ),
    "a-patch-that-takes-a-list-away": over(
        "patches: [{path: p.yaml}]\n", p_yaml=HEAD + "spec: {values: {list: null, image: {tag: null}}}\n"
    ),
    "a-patch-of-types": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD + "spec: {values: {num: 1.50, t: 'yes', f: 0o14}}\n",
    ),
    "empty-maps-and-lists": over(
        "patches: [{path: p.yaml}]\n",
        p_yaml=HEAD + "spec: {values: {image: {}, kept: {}, list: [], new: {}}}\n",
    ),
    "a-delete-by-target": {
        **over(
            "resources: [../base, second.yaml]\npatches:\n  - target: {kind: HelmRelease, name: web}\n"
            "    patch: |-\n      $patch: delete\n      apiVersion: helm.toolkit.fluxcd.io/v2\n"
            "      kind: HelmRelease\n      metadata: {name: any}\n",
            second_yaml=SECOND,
        ),
    },
    "operations-on-list-ends": patched(
        f"{{op: add, path: {V}/list/2, value: {{name: c}}}}{{op: remove, path: {V}/list/0}}",
        f"{{op: add, path: {V}/list/-, value: {{name: d}}}}{{op: replace, path: {V}/list/2/name, value: e}}",
    ),
    "operations-with-text-keys": patched(
        f"{{op: add, path: {V}/0, value: zero}}{{op: add, path: {V}/a.b, value: dotted}}",
        f"{{op: add, path: {V}/kept/1, value: {{x: 1}}}}{{op: remove, path: {V}/0}}",
    ),
    "operations-copy-of-a-list": patched(
        f"{{op: copy, from: {V}/list/0, path: {V}/list/-}}{{op: copy, from: {V}/image, path: {V}/list/0/image}}",
        f"{{op: replace, path: {V}/image/tag, value: '5'}}",
    ),
    "operations-move-out-and-back": patched(
        f"{{op: move, from: {V}/kept, path: {V}/other}}{{op: add, path: {V}/kept, value: {{new: 1}}}}",
        f"{{op: move, from: {V}/other/one, path: {V}/kept/one}}",
    ),
    "operations-on-the-chart": patched(
        "{op: replace, path: /spec/chart/spec/version, value: 9.9.9}",
        f"{{op: add, path: /spec/chart/spec/valuesFiles, value: [a.yaml]}}{{op: remove, path: {V}/gone}}",
    ),
    "a-strategic-patch-over-operations": patched(
        f"{{op: replace, path: {V}/image, value: {{tag: '7', more: {{a: 1}}}}}}",
        "{image: {more: {b: 2}}}",
        f"{{op: remove, path: {V}/image/more/a}}",
        "{image: {more: {a: 3}, tag: null}}",
    ),
    "old-fields-around-new-ones": over(
        "patchesStrategicMerge: [s.yaml]\npatches: [{path: p.yaml}]\npatchesJson6902:\n"
        "  - {target: {group: helm.toolkit.fluxcd.io, version: v2, kind: HelmRelease, name: web}, path: j.yaml}\n",
        s_yaml=HEAD + "spec: {values: {who: s, s: 1}}\n",
        p_yaml=HEAD + "spec: {values: {who: p, p: 1}}\n",
        j_yaml=f"- {{op: copy, from: {V}/who, path: {V}/then}}\n- {{op: replace, path: {V}/who, value: j}}\n",
    ),
}
CASES |= MORE
FOLDERS |= {case: "more" for case, files in MORE.items() if "more/kustomization.yaml" in files}
