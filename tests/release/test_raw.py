"""Manifests that no chart renders: in which namespace each is deployed, how often, and with nothing of a Secret."""

import pytest

from migrate_dhi.git import run
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.raw import asleep, raw_objects
from tests.release.test_helmreleases import flux, with_source

SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web%s}\nspec: {}\n"
PLAIN = SERVICE % ""
OWN = SERVICE % ", namespace: own"


def found(repo, files):
    repo.write(files)
    return list(raw_objects(Declared(repo.snapshot(), Addresses())))


def spaces(repo, files):
    return sorted((one.file, one.namespace) for one in found(repo, files))


def application(path, namespace):
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n"
        f"  destination: {{namespace: {namespace}}}\n"
        f"  source: {{repoURL: 'https://example.com/x.git', path: {path}, targetRevision: HEAD}}\n"
    )


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/s.yaml": PLAIN}, [("a/s.yaml", "")]),
        ({"a/s.yaml": OWN}, [("a/s.yaml", "own")]),
        # A kustomization gives its own to all that it builds.
        (
            {"a/s.yaml": OWN, "a/kustomization.yaml": "namespace: n\nresources: [s.yaml]\n"},
            [("a/s.yaml", "n")],
        ),
        ({"a/s.yaml": OWN, "a/kustomization.yaml": "resources: [s.yaml]\n"}, [("a/s.yaml", "own")]),
        # That of an overlay reaches its base, and the outermost one counts.
        (
            {
                "base/s.yaml": PLAIN,
                "base/kustomization.yaml": "resources: [s.yaml]\n",
                "top/kustomization.yaml": "namespace: n\nresources: [../base]\n",
            },
            [("base/s.yaml", "n")],
        ),
        (
            {
                "base/s.yaml": OWN,
                "base/kustomization.yaml": "namespace: inner\nresources: [s.yaml]\n",
                "mid/kustomization.yaml": "namespace: mid\nresources: [../base]\n",
                "top/kustomization.yaml": "resources: [../mid]\n",
            },
            [("base/s.yaml", "mid")],
        ),
        (
            {
                "a/s.yaml": PLAIN,
                "a/kustomization.yaml": "namespace: a\nresources: [s.yaml]\n",
                "b/s.yaml": PLAIN,
                "b/kustomization.yaml": "namespace: b\nresources: [s.yaml]\n",
                "kustomization.yaml": "resources: [a, b]\n",
            },
            [("a/s.yaml", "a"), ("b/s.yaml", "b")],
        ),
        (
            {
                "part/kustomization.yaml": "kind: Component\nnamespace: part\n",
                "s.yaml": PLAIN,
                "kustomization.yaml": "resources: [s.yaml]\ncomponents: [part]\n",
            },
            [("s.yaml", "part")],
        ),
        # What deploys a folder says where it goes, for what says nothing itself.
        ({"a/s.yaml": PLAIN, "app.yaml": application("a", "dest")}, [("a/s.yaml", "dest")]),
        ({"a/s.yaml": OWN, "app.yaml": application("a", "dest")}, [("a/s.yaml", "own")]),
        ({"a/deep/s.yaml": PLAIN, "app.yaml": application("./a/", "dest")}, [("a/deep/s.yaml", "dest")]),
        (
            {
                "base/s.yaml": PLAIN,
                "base/kustomization.yaml": "resources: [s.yaml]\n",
                "top/kustomization.yaml": "resources: [../base]\n",
                "app.yaml": application("top", "dest"),
            },
            [("base/s.yaml", "dest")],
        ),
    ],
)
def test_namespace(repo, files, expected):
    assert spaces(repo, files) == expected


@pytest.mark.parametrize(
    ("more", "kustomization", "expected"),
    [
        ("", "", ""),
        ("  targetNamespace: target\n", "", "target"),
        ("", "namespace: n\nresources: [../base]\n", "n"),
        ("  targetNamespace: target\n", "namespace: n\nresources: [../base]\n", "target"),
    ],
)
def test_namespace_of_what_flux_deploys(repo, more, kustomization, expected):
    files = {"base/s.yaml": PLAIN, "cluster.yaml": flux("apps", "top" if kustomization else "base", more)}
    if kustomization:
        files |= {
            "base/kustomization.yaml": "resources: [s.yaml]\n",
            "top/kustomization.yaml": kustomization,
        }

    assert spaces(repo, files) == [("base/s.yaml", expected)]


def test_each_build_that_makes_another_of_it_counts(repo):
    files = {"base/s.yaml": PLAIN, "base/kustomization.yaml": "resources: [s.yaml]\n"}
    for name in ("eu", "us"):
        files[f"{name}/kustomization.yaml"] = f"namespace: {name}\nresources: [../base]\n"
    files["again/kustomization.yaml"] = "namespace: eu\nresources: [../base]\n"

    assert spaces(repo, files) == [("base/s.yaml", "eu"), ("base/s.yaml", "us")]


def test_what_flux_fills_in_is_filled_in(repo):
    files = {
        "apps/s.yaml": PLAIN.replace("{name: web}", "{name: 'web-${ENV}'}"),
        "cluster.yaml": flux("apps", "apps", "  postBuild: {substitute: {ENV: eu}}\n"),
    }

    assert [one.data["metadata"]["name"] for one in found(repo, files)] == ["web-eu"]


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"a.yaml": "# none\n"}, 0),
        ({"a.yaml": "apiVersion: v1\nkind: Service\n"}, 0),
        ({"a.yaml": "kind: Service\nmetadata: {name: a}\n# apiVersion\n"}, 0),
        ({"a.yaml": "- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n"}, 0),
        ({"a.json": "{}", "a.txt": PLAIN}, 0),
        ({"a.yaml": f"{PLAIN}---\n{OWN}"}, 2),
        ({"a.yaml": f"{PLAIN}---\nbroken: [\n"}, 1),
        (
            {
                "a.yaml": "apiVersion: v1\nkind: List\nitems:\n"
                "  - {apiVersion: v1, kind: Service, metadata: {name: a}}\n"
                "  - {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]}\n"
            },
            2,
        ),
        # What deploys charts is no object of its own, and templates of charts are none.
        ({"a.yaml": flux("x", "none")}, 0),
        ({"c/": "", "c/templates/a.yaml": PLAIN, "c/crds/a.yaml": PLAIN, "c/charts/x/a.yaml": PLAIN}, 0),
        ({"c/": "", "c/other/a.yaml": PLAIN}, 1),
        ({"kustomization.yaml": "apiVersion: v1\nkind: Kustomization\nmetadata: {name: a}\n"}, 0),
    ],
)
def test_what_counts_as_an_object(repo, files, count):
    assert len(found(repo, files)) == count


def test_line_and_document_of_an_object(repo):
    [_, one] = found(repo, {"a.yaml": f"{PLAIN}---\n# said\n\n{OWN}"})

    assert (one.document, one.line) == (1, 8)


SECRETS = {
    "Secret": "data: {a: Y2FuYXJ5}\nstringData: {b: canary}\n",
    "SealedSecret": "spec: {encryptedData: {a: canary}, template: {type: Opaque}}\n",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_of_a_secret_only_the_names_of_its_keys_are_kept(repo, kind):
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{SECRETS[kind]}sops: {{mac: canary}}\n"

    [one] = found(repo, {"a.yaml": text})

    data = {key: value for key, value in one.data.items() if key not in ("sops", "metadata")}
    assert "canary" not in str(data)
    assert "Y2FuYXJ5" not in str(data)
    keys = one.data.get("data") or one.data["spec"]["encryptedData"]
    assert keys == {"a": ""}


def test_the_seal_of_another_object_is_left_out(repo):
    [one] = found(repo, {"a.yaml": PLAIN + "sops: {mac: x}\n"})

    assert "sops" not in one.data


def test_generated_maps_are_objects_with_the_files_that_they_are_made_of(repo):
    text = "configMapGenerator: [{name: m, files: [a.yaml], literals: ['k=v']}]\n"
    text += "secretGenerator: [{name: s, namespace: own, literals: ['k=canary']}]\n"

    both = found(repo, {"kustomization.yaml": f"namespace: n\n{text}", "a.yaml": "x: 1\n"})

    assert [(one.data["kind"], one.namespace, one.data["data"]) for one in both] == [
        ("ConfigMap", "n", {"a.yaml": "x: 1\n", "k": "v"}),
        ("Secret", "own", {"k": ""}),
    ]
    assert both[0].sources == ("a.yaml", "kustomization.yaml")


# --- what is not deployed


def reasons(repo, files, *, others=True):
    repo.write(files)
    snapshot = repo.snapshot()
    declared = Declared(snapshot, Addresses())
    return [asleep(declared, one, others) for one in Estate.of(snapshot).releases]


@pytest.mark.parametrize(
    ("files", "others", "reason"),
    [
        ({"web/": ""}, True, "nothing in this repository deploys the chart"),
        ({"web/": ""}, False, ""),
        (with_source(), True, ""),
        (with_source("  suspend: true\n"), True, "its object is suspended"),
        (with_source("  suspend: false\n"), True, ""),
        (
            with_source(kustomization_yaml="resources: [acme.yaml]\n"),
            True,
            "kustomization.yaml does not list web.yaml",
        ),
        (with_source(kustomization_yaml="resources: [web.yaml, acme.yaml]\n"), True, ""),
    ],
)
def test_why_a_release_is_not_deployed(repo, files, others, reason):
    assert reasons(repo, files, others=others) == [reason]


def test_what_a_worktree_does_not_have_is_read_in_one_go(workshop, monkeypatch):
    for number in range(12):
        (workshop.root / f"{number}.yaml").write_text(PLAIN)
    workshop.commit("twelve")
    for number in range(12):
        (workshop.root / f"{number}.yaml").unlink()
    files = Snapshot.of_commit(workshop.root, "HEAD")
    asked, start = [], run._popen
    monkeypatch.setattr(run, "_popen", lambda root, words: asked.append(words) or start(root, words))

    assert len(list(raw_objects(Declared(files, Addresses())))) == 12
    assert len(asked) < 12


@pytest.mark.parametrize(
    ("spec", "namespace"),
    [
        ("targetNamespace: t", "t"),
        ("path: ./apps", ""),
    ],
)
def test_a_folder_that_flux_deploys_goes_where_that_says(repo, spec, namespace):
    files = {
        "apps/s.yaml": PLAIN,
        "cluster.yaml": flux("apps", "apps", f"  {spec}" if "target" in spec else ""),
    }

    assert ("apps/s.yaml", namespace) in spaces(repo, files)
    # What says its own namespace goes there where the build gives none.
    assert ("apps/s.yaml", namespace or "own") in spaces(repo, {**files, "apps/s.yaml": OWN})


def test_a_generated_map_is_an_object_of_its_kind(repo):
    text = "namespace: n\nconfigMapGenerator: [{name: m, literals: [a=1]}]\nsecretGenerator: [{name: s, literals: [b=2]}]\n"

    made = {one.data["kind"]: one for one in found(repo, {"a/kustomization.yaml": text})}

    assert made["ConfigMap"].data["apiVersion"] == made["Secret"].data["apiVersion"] == "v1"
    assert (made["ConfigMap"].data["data"], made["Secret"].data["data"]) == ({"a": "1"}, {"b": ""})
    assert (made["ConfigMap"].namespace, made["ConfigMap"].sources) == ("n", ("a/kustomization.yaml",))
