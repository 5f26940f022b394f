"""The small kustomize: what it builds is what kubectl builds, and each part is found where it stands."""

import json
import subprocess

import pytest

from migrate_dhi.kube.documents import structure
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.layer import merged
from migrate_dhi.release.placed import Placed
from migrate_dhi.release.stacked import map_layers
from tests.helm.binaries import FOLDER, NAMED
from tests.release.builds import BASE, CASES, COMPONENT, FOLDERS, HEAD, KUSTOMIZATION, RELEASE, over
from tests.release.conftest import Repo

KUBECTL = FOLDER / "kubectl-of-4.1.4"
PATH = ("spec", "values")


def built(repo, files, folder="top"):
    """What is built of a folder: the objects with their layers of values."""
    repo.write(files)
    declared = Declared(repo.snapshot())
    build = declared.placement.builder.build(folder)
    found = []
    for one in build.objects:
        layers = map_layers(declared.contents, Placed(one, one.data, build), PATH)
        texts = {layer.file: declared.contents.text(layer.file) for layer in layers}
        found.append((one, layers, merged(layers, texts)))
    return build, found


def values(repo, files, folder="top"):
    return built(repo, files, folder)[1][0][2]


def test_a_folder_that_is_named_holds_kubectl():
    assert KUBECTL.is_file() or not NAMED


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """What kubectl builds of each case, all in one run: a suffix, which is taken off again, keeps them apart."""
    root = tmp_path_factory.mktemp("builds")
    for case, files in CASES.items():
        above = {f"{case}/{name}": text for name, text in files.items()}
        above[f"of/{case}/kustomization.yaml"] = (
            f"{KUSTOMIZATION}resources: [../../{case}/{FOLDERS.get(case, 'top')}]\nnameSuffix: -in-{case}\n"
        )
        Repo(root).write(above)
    Repo(root).write(
        {"all/kustomization.yaml": KUSTOMIZATION + f"resources: {[f'../of/{one}' for one in CASES]}\n"}
    )
    done = subprocess.run(
        [KUBECTL, "kustomize", "all"], cwd=root, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stderr
    found = {case: [] for case in CASES}
    for text in done.stdout.split("\n---\n"):
        one = structure(text)
        one["metadata"]["name"], _, case = one["metadata"]["name"].partition("-in-")
        found[case].append(one)
    return found


@pytest.mark.skipif(not KUBECTL.is_file(), reason="tests/install_helm.sh 4.1.4 was not run")
@pytest.mark.parametrize("case", CASES)
def test_build_is_what_kubectl_builds(repo, real, case):
    build, found = built(repo, CASES[case], FOLDERS.get(case, "top"))

    releases = [one for one in real[case] if one["kind"] == "HelmRelease"]
    assert len(releases) == len(found)
    for wanted, (one, _, made) in zip(releases, found, strict=True):
        assert (one.name, one.namespace) == (
            wanted["metadata"]["name"],
            wanted["metadata"].get("namespace", ""),
        )
        assert one.data["spec"]["chart"] == wanted["spec"]["chart"]
        # as JSON: true and 1 are equal to Python
        assert json.dumps(made, sort_keys=True) == json.dumps(wanted["spec"]["values"], sort_keys=True)
    assert [one.name for one in build.generated] == [
        one["metadata"]["name"] for one in real[case] if one["kind"] == "ConfigMap"
    ]


def test_each_patch_is_a_layer_where_it_stands(repo):
    layers = built(repo, CASES["bases-of-two"], "more")[1][0][1]

    assert [(one.form, one.file, one.path, one.removes) for one in layers] == [
        ("map", "base/release.yaml", PATH, False),
        ("map", "top/p.yaml", PATH, True),
        ("map", "more/p.yaml", PATH, True),
    ]
    assert all(one.writable for one in layers)


def test_document_of_a_patch_file_is_named(repo):
    layers = built(repo, CASES["strategic-several-documents"])[1][0][1]

    assert [(one.file, one.document) for one in layers[1:]] == [("top/p.yaml", 0), ("top/p.yaml", 1)]


def test_inline_patch_is_text_in_the_kustomization(repo):
    layer = built(repo, CASES["inline"])[1][0][1][-1]

    assert (layer.form, layer.file, layer.path, layer.inner) == (
        "text",
        "top/kustomization.yaml",
        ("patches", 0, "patch"),
        PATH,
    )
    edit = layer.edit(("image", "tag"), "3", {})
    assert (edit.path, edit.inner) == (("patches", 0, "patch"), (*PATH, "image", "tag"))


def test_operations_of_a_json_patch_are_layers_of_their_own(repo):
    layers = built(repo, CASES["json"])[1][0][1]

    assert [(one.at, one.inner, one.sets) for one in layers[1:]] == [
        (("image", "tag"), (0, "value"), True),
        (("list", 1, "image"), (1, "value"), True),
        (("kept",), (2, "value"), True),
    ]


def test_json_patch_in_a_file_is_a_map_layer_and_a_removal_is_not_written(repo):
    layers = built(repo, CASES["json-file"])[1][0][1]

    assert len(layers) == 2  # the chart's version is no value
    assert (layers[1].file, layers[1].writable, layers[1].removes) == ("top/ops.yaml", False, True)


def test_what_no_layer_can_say_is_read_as_a_whole_and_not_written(repo):
    layers = built(repo, CASES["json-list"])[1][0][1]

    assert layers[0].writable is False
    assert "layers cannot say" in layers[0].reason
    # what comes behind is a layer again
    assert (layers[-1].at, layers[-1].writable) == (("image", "tag"), True)


def test_remote_base_and_missing_files_are_named(repo):
    text = "resources: [../base, https://example.com/bases//crds?ref=v1, nowhere.yaml]\n"
    build, _ = built(repo, {**BASE, "top/kustomization.yaml": KUSTOMIZATION + text})

    assert build.remote == ("https://example.com/bases//crds?ref=v1",)
    assert build.missing == ("nowhere.yaml (top/kustomization.yaml)",)


def test_folder_that_is_part_of_itself_is_no_endless_build(repo):
    build, found = built(repo, {"top/kustomization.yaml": KUSTOMIZATION + "resources: [../top]\n"})

    assert (found, build.missing) == ([], ("top is part of itself",))


def test_folder_without_a_kustomization_takes_what_lies_below(repo):
    files = {
        "top/a/release.yaml": RELEASE,
        "top/b/kustomization.yaml": KUSTOMIZATION + "resources: [r.yaml]\nnamePrefix: b-\n",
        "top/b/r.yaml": RELEASE,
        "top/b/a/unnamed.yaml": RELEASE,
        "top/c/": "",
        "top/c/templates/r.yaml": RELEASE,
    }

    names = [one.name for one, _, _ in built(repo, files)[1]]

    assert names == ["web", "b-web"]


def test_directive_in_a_patch_is_not_taken_for_values(repo):
    patch = HEAD + "spec: {values: {kept: {$patch: replace, three: 3}}}\n"

    layers = built(repo, over("patches: [{path: p.yaml}]\n", p_yaml=patch))[1][0][1]

    assert [layer.writable for layer in layers] == [False]


def test_component_is_nothing_by_itself(repo):
    files = {
        "part/kustomization.yaml": COMPONENT + "resources: [release.yaml]\n",
        "part/release.yaml": RELEASE,
        "part/repo.yaml": "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: acme}\n"
        "spec: {url: 'https://example.com/charts'}\n",
    }

    estate = repo.estate(files)

    assert not estate.releases
    assert "component" in estate.unresolved[0].reason
