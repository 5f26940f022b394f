"""Several releases of one chart, and releases beside a target: planned together, or left as they are."""

import json

import pytest

from tests.charts import copy_case

TO = "dhi.io/valkey:8.1.9-debian13"
SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: "https://github.com/acme/gitops"}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: cache, namespace: {namespace}}}
spec:
  chart:
    spec:
      chart: ./apps/app
      sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}
  values:
    replicaCount: 2
{more}"""
PINNED = "    image:\n      tag: 8.1.3   # pinned in production\n"


@pytest.fixture
def estate(workshop):
    """A chart that staging and production deploy; production pins another tag."""
    workshop.git("remote", "add", "origin", "https://github.com/acme/gitops")
    copy_case("plain-chart", workshop.root / "apps" / "app")
    clusters = workshop.root / "clusters"
    clusters.mkdir()
    (clusters / "source.yaml").write_text(SOURCE)
    (clusters / "staging.yaml").write_text(RELEASE.format(namespace="staging", more=""))
    (clusters / "prod.yaml").write_text(RELEASE.format(namespace="prod", more=PINNED))
    workshop.commit("two releases of one chart")
    return workshop


def plan(estate, argument, *flags):
    ran = estate.run(argument, "--plan", "--format", "json", "--to", TO, "--pull-secret", "dhi", *flags)
    assert ran.out, ran
    return json.loads(ran.out)


def edits(found):
    return {
        (step["name"], edit["file"], edit["path"]): edit["after"]
        for step in found["steps"]
        for edit in step["edits"]
    }


def roles(found):
    return {(one["namespace"], one["role"]) for one in found["releases"]}


def test_a_chart_folder_means_all_its_releases_each_edited_where_its_value_is_decided(estate):
    found = plan(estate, "apps/app")

    assert found["status"] == "ready"
    assert roles(found) == {("prod", "target"), ("staging", "target")}
    assert edits(found) == {
        ("registry", "apps/app/values.yaml", "image.registry"): "dhi.io",
        ("registry", "apps/app/values.yaml", "image.repository"): "valkey",
        ("tag", "apps/app/values.yaml", "image.tag"): "8.1.9-debian13",
        ("tag", "clusters/prod.yaml", "spec.values.image.tag"): "8.1.9-debian13",
        ("pull-secret", "apps/app/values.yaml", "imagePullSecrets"): [{"name": "dhi"}],
        ("versions", "apps/app/Chart.yaml", "version"): "1.4.1",
        ("versions", "apps/app/Chart.yaml", "appVersion"): "8.1.9",
    }
    objects = {effect["object"] for step in found["steps"] for effect in step["effects"]}
    assert objects == {"Deployment/cache of prod/cache", "Deployment/cache of staging/cache"}
    assert {(image["before"], image["after"]) for image in found["images"]} == {
        ("docker.io/valkey/valkey:8.1.3", TO),
        ("docker.io/valkey/valkey:8.1.4", TO),
    }


def test_one_release_alone_is_edited_only_where_no_other_reads(estate):
    found = plan(estate, "staging/cache")

    assert found["status"] == "ready"
    assert edits(found) == {
        ("registry", "clusters/staging.yaml", "spec.values.image.registry"): "dhi.io",
        ("registry", "clusters/staging.yaml", "spec.values.image.repository"): "valkey",
        ("tag", "clusters/staging.yaml", "spec.values.image.tag"): "8.1.9-debian13",
        ("pull-secret", "clusters/staging.yaml", "spec.values.imagePullSecrets"): [{"name": "dhi"}],
    }
    assert roles(found) == {("staging", "target")}
    versions = next(step for step in found["steps"] if step["name"] == "versions")
    assert (versions["status"], "prod/cache" in versions["reason"]) == ("not-needed", True)


def test_a_branch_for_all_releases_leaves_every_other_byte(estate):
    ran = estate.run("apps/app", "--yes", "--to", TO, "--pull-secret", "dhi")

    assert ran.code == 0, ran
    changed = estate.git("diff", "--numstat", "main", "dhi/apps-app").splitlines()
    assert sorted(line.split("\t") for line in changed) == [
        ["1", "1", "clusters/prod.yaml"],
        ["2", "2", "apps/app/Chart.yaml"],
        ["5", "3", "apps/app/values.yaml"],
    ]
    trailers = estate.git("log", "-1", "--format=%(trailers:key=DHI-Release,valueonly)", "dhi/apps-app")
    assert trailers.split() == ["prod/cache", "staging/cache"]


def test_a_chart_that_depends_on_an_edited_one_must_not_change(estate):
    """T5 of a kind: the version of a `file://` dependency, pinned exactly, breaks the chart that depends on it."""
    umbrella = estate.root / "apps" / "umbrella"
    umbrella.mkdir()
    (umbrella / "Chart.yaml").write_text(
        "apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n"
        '  - {name: plain-chart, version: 1.4.0, repository: "file://../app"}\n'
    )
    (umbrella / "values.yaml").write_text("plain-chart: {image: {registry: quay.io}}\n")
    estate.commit("a chart that depends on the other")

    found = plan(estate, "apps/app")

    assert found["status"] == "ready"
    # What the two releases share with the chart beside them is set in files of their own.
    assert {file for _, file, _ in edits(found)} == {"clusters/prod.yaml", "clusters/staging.yaml"}
    assert {path for step, _, path in edits(found) if step == "registry"} == {
        "spec.values.image.registry",
        "spec.values.image.repository",
    }
    versions = next(step for step in found["steps"] if step["name"] == "versions")
    assert (versions["edits"], "umbrella" in json.dumps(versions["tried"])) == ([], True)


def test_a_values_file_that_two_charts_share_moves_neither_unannounced(estate):
    """T6 of a kind: a values file that several releases of different charts read."""
    copy_case("plain-chart", estate.root / "apps" / "other")
    shared = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared, namespace: flux-system}\ndata:\n  values.yaml: |\n    image:\n      registry: docker.io\n"
    (estate.root / "clusters" / "shared.yaml").write_text(shared)
    for namespace, chart in (("one", "app"), ("two", "other")):
        text = RELEASE.format(namespace=namespace, more="").replace("./apps/app", f"./apps/{chart}")
        text = text.replace("namespace: " + namespace, "namespace: flux-system").replace(
            "name: cache", f"name: {namespace}"
        )
        text += "  valuesFrom:\n    - {kind: ConfigMap, name: shared}\n"
        (estate.root / "clusters" / f"{namespace}.yaml").write_text(text)
    estate.commit("a shared map of values")

    found = plan(estate, "flux-system/one")

    assert ("registry", "clusters/one.yaml", "spec.values.image.registry") in edits(found)
    assert not any(file.endswith("shared.yaml") for _, file, _ in edits(found))


SOURCE_OF_DEV = """\
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: dev, namespace: flux-system}
spec: {url: "https://github.com/acme/gitops", ref: {branch: dev}}
"""


def test_a_release_of_another_revision_is_named_and_holds_nothing_up(estate):
    file = estate.root / "clusters/staging.yaml"
    file.write_text(file.read_text().replace("name: flux-system, namespace", "name: dev, namespace"))
    (estate.root / "clusters/source.yaml").write_text(SOURCE + SOURCE_OF_DEV)
    estate.commit("staging runs the branch dev")

    found = plan(estate, "apps/app")

    assert (found["status"], roles(found)) == ("ready", {("prod", "target")})
    [warned] = [one for one in found["findings"] if one["code"] == "foreign-revision"]
    assert warned["severity"] == "warning"
    assert warned["message"].startswith("staging/cache deploys the revision dev:")

    alone = plan(estate, "staging/cache")

    assert alone["status"] == "blocked"
    [error] = [one for one in alone["findings"] if one["code"] == "foreign-revision"]
    assert error["severity"] == "error"


UNRESOLVED = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators: [{clusters: {}}]
  template:
    metadata: {name: 'app-{{name}}'}
    spec:
      destination: {namespace: apps}
      source: {repoURL: 'https://github.com/acme/gitops', path: 'PATH'}
"""


@pytest.mark.parametrize(
    ("path", "named"),
    [("apps/{{name}}", "apps/app"), ("apps/app/{{name}}.d", ""), ("{{name}}", ""), ("other/{{name}}", "")],
)
def test_what_may_read_an_edited_file_and_could_not_be_resolved_is_named(estate, path, named):
    (estate.root / "clusters/all.yaml").write_text(UNRESOLVED.replace("PATH", path))
    estate.commit("an ApplicationSet for all clusters")

    found = plan(estate, "apps/app")

    said = [
        (one["severity"], one["file"], one["line"], one["message"])
        for one in found["findings"]
        if one["code"] == "reader-unresolved"
    ]
    assert len(said) == bool(named)
    for severity, file, line, message in said:
        assert (severity, file, line) == ("warning", "clusters/all.yaml", 1)
        assert message.startswith(f"clusters/all.yaml names {named} and could not be resolved: ")


HELMFILE = """\
releases:
  - name: one
    namespace: x
    chart: ./apps/app
    setString: [{name: fullnameOverride, value: "7"}]
    values: [{replicaCount: 1}]
  - name: two
    namespace: x
    chart: ./apps/app
    values: [{replicaCount: 2}]
"""


def test_release_of_a_helmfile_is_edited_beside_one_with_values_that_are_only_read(workshop):
    copy_case("plain-chart", workshop.root / "apps" / "app")
    (workshop.root / "helmfile.yaml").write_text(HELMFILE)
    workshop.commit("two releases in a helmfile")

    for name, at in (("x/two", 1), ("x/one", 0)):
        found = plan(workshop, name)

        assert found["status"] == "ready"
        assert {
            (file, path.partition(".image")[0]) for _, file, path in edits(found) if "image." in path
        } == {("helmfile.yaml", f"releases[{at}].values[0]")}


# --- a file that several releases share

SHARING = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: cache-{env}}}
spec:
  source: {{repoURL: "https://github.com/acme/gitops", path: {path}, helm: {{valueFiles: [{files}]}}}}
  destination: {{namespace: {env}}}
"""


@pytest.fixture
def sharing(workshop):
    """A chart that three environments deploy, two of them with a file of their own beside values.yaml."""
    workshop.git("remote", "add", "origin", "https://github.com/acme/gitops")
    copy_case("plain-chart", workshop.root / "apps/app")
    (workshop.root / "apps/app/values-eu.yaml").write_text("replicaCount: 2\n")
    (workshop.root / "apps/app/values-prod.yaml").write_text("image:\n  tag: 8.1.3\n")
    for env, files in (("dev", "values.yaml"), ("eu", "values-eu.yaml"), ("prod", "values-prod.yaml")):
        text = SHARING.format(env=env, path="apps/app", files=files)
        (workshop.root / f"{env}.yaml").write_text(text)
    workshop.commit("three releases of one chart")
    return workshop


def told(found):
    return [(one["message"], one["help"]) for one in found["findings"] if one["code"] == "shared-values"]


def test_a_release_that_is_named_alone_is_edited_in_its_own_file_and_the_shared_one_is_told(sharing):
    found = plan(sharing, "prod.yaml")

    assert {file for _, file, _ in edits(found)} == {"apps/app/values-prod.yaml"}
    ((message, help_text),) = told(found)
    assert message.startswith("apps/app/values.yaml is the place of image.registry, image.repository")
    assert "dev/cache-dev, eu/cache-eu read it too; written is apps/app/values-prod.yaml" in message
    assert help_text == "`migrate-dhi apps/app` plans all of them together, and edits it"
    assert "plans all of them together" in " ".join(sharing.run("prod.yaml", "--plan").out.split())


def test_a_plan_of_all_that_read_the_file_has_nothing_to_tell_of_it(sharing):
    assert told(plan(sharing, "apps/app")) == []
    assert told(plan(sharing, "apps/app/values.yaml")) == []


def test_a_template_that_reads_the_file_of_another_release_is_seen_by_the_proof(sharing):
    (sharing.root / "apps/app/templates/all.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\n"
        'data: {prod: {{ .Files.Get "values-prod.yaml" | quote }}}\n'
    )
    sharing.commit("it reads files")

    found = plan(sharing, "prod.yaml")

    assert found["status"] == "blocked" or "apps/app/values-prod.yaml" not in {f for _, f, _ in edits(found)}


def test_a_values_file_that_releases_of_one_foreign_chart_share_means_them_together(workshop, tmp_path):
    copy_case("plain-chart", tmp_path / "charts/plain-chart")
    (workshop.root / "base.yaml").write_text("image:\n  registry: docker.io\n  tag: 8.1.3\n")
    for env in ("dev", "prod"):
        (workshop.root / f"{env}.yaml").write_text(
            f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: cache-{env}}}\nspec:\n"
            f"  destination: {{namespace: {env}}}\n  sources:\n"
            "    - {repoURL: 'https://charts.example', chart: plain-chart, targetRevision: 1.4.0,\n"
            "       helm: {valueFiles: [$v/base.yaml]}}\n"
            "    - {repoURL: 'https://github.com/acme/gitops', targetRevision: HEAD, ref: v}\n"
        )
    workshop.git("remote", "add", "origin", "https://github.com/acme/gitops")
    workshop.commit("two releases of a foreign chart")
    shelf = ("--chart-dir", str(tmp_path / "charts"))

    together, alone = plan(workshop, "base.yaml", *shelf), plan(workshop, "dev.yaml", *shelf)

    assert roles(together) == {("dev", "target"), ("prod", "target")}
    assert together["branch"] == "dhi/base.yaml"
    assert ("tag", "base.yaml", "image.tag") in edits(together)
    assert {file for _, file, _ in edits(alone)} == {"dev.yaml"}
    assert told(alone)[0][1] == "`migrate-dhi base.yaml` plans all of them together, and edits it"
