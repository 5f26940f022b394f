"""Chart folders: which are releases, which only serve others, and what is noted of them."""

import pytest

from migrate_dhi.release.release import Origin
from tests.release.conftest import one


def test_chart_that_nothing_deploys_is_a_release_of_its_own(repo):
    found = one(repo.estate({"apps/web/": ""}))

    assert (found.way, found.id, found.file) == ("chart", "default/web", "apps/web/Chart.yaml")
    assert found.origin == Origin("directory", "web", "1.0.0", path="apps/web")
    assert found.layers == ()


def test_chart_at_the_root_is_named_as_it_names_itself(repo):
    found = one(repo.estate({"Chart.yaml": "name: shop\nversion: 2.0.0\n"}))

    assert (found.name, found.origin.path) == ("shop", ".")


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("charts/web/1.15.2", "web"),
        ("charts/web/v2", "web"),
        ("charts/web/8.1.0-rc.1", "web"),
        ("charts/web-2", "web-2"),
        ("charts/My_Web.app", "my-web-app"),
        ("charts/7zip", "7zip"),
    ],
)
def test_chart_is_named_after_its_folder_and_not_after_a_version(repo, folder, name):
    found = one(repo.estate({f"{folder}/Chart.yaml": "name: web\nversion: 2.0.0\n"}))

    assert (found.name, found.origin.path) == (name, folder)


def test_environment_and_test_values_are_noted_and_are_no_layers(repo):
    found = one(
        repo.estate(
            {"web/": "", "web/values-prod.yaml": "", "web/ci/small-values.yaml": "", "web/values.yaml": ""}
        )
    )

    assert found.layers == ()
    assert found.notes == (
        "nothing in the repository passes values-prod.yaml",
        "1 file of values for tests in ci/",
    )


@pytest.mark.parametrize("version", ["$version", "'{{ version }}'", "'@VERSION@'", "1.2.3-${BUILD}"])
def test_chart_whose_version_a_build_fills_in_is_not_resolved(repo, version):
    estate = repo.estate({"web/Chart.yaml": f"name: web\nversion: {version}\n"})

    assert [one.reason for one in estate.unresolved] == [
        f"its version, {version.strip(chr(39))}, is filled in before Helm reads it"
    ]
    assert not estate.releases


LINKED = """
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: web}
    spec:
      destination: {namespace: shop}
      source: {repoURL: https://example.com/acme/gitops, path: apps/web}
    """


def linked(repo, files=None):
    repo.write({"charts/web/": "", "charts/web/values.yaml": "a: 1\n", **(files or {})})
    (repo.root / "apps").mkdir()
    (repo.root / "apps" / "web").symlink_to("../charts/web")
    return repo.estate(urls=["https://example.com/acme/gitops"])


def test_link_to_a_chart_is_that_chart(repo):
    estate = linked(repo)

    assert [release.origin.path for release in estate.releases] == ["charts/web"]
    assert not estate.dependencies
    assert not estate.reads_blindly(estate.releases[0], "charts/web/values.yaml")


def test_what_deploys_a_chart_by_a_link_deploys_that_chart(repo):
    estate = linked(repo, {"web.yaml": LINKED})

    (found,) = estate.releases
    assert (found.way, found.id, found.origin.path) == ("application", "shop/web", "charts/web")
    assert estate.readers("charts/web/values.yaml") == (found,)
    assert not estate.reads_blindly(found, "charts/web/values.yaml")


def test_chart_that_shares_a_file_with_another_by_a_link_is_one_of_its_own(repo):
    repo.write({"charts/web/": "", "charts/web/values.yaml": "a: 1\n", "apps/web/values.yaml": "a: 2\n"})
    (repo.root / "apps" / "web" / "Chart.yaml").symlink_to("../../charts/web/Chart.yaml")

    assert sorted(one.origin.path for one in repo.estate().releases) == ["apps/web", "charts/web"]


def test_library_is_no_release(repo):
    estate = repo.estate({"lib/": "type: library\n"})

    assert not estate.releases
    assert [chart.path for chart in estate.dependencies] == ["lib"]


def test_dependency_by_path_is_named_as_such_and_is_no_release(repo):
    estate = repo.estate(
        {
            "apps/web/": "dependencies: [{name: base, version: 1.0.0, repository: 'file://../../parts/base'}]\n",
            "parts/base/": "dependencies: [{name: root, version: 1.0.0, repository: 'file://../root'}]\n",
            "parts/root/": "",
        }
    )

    assert one(estate).name == "web"
    assert [(chart.path, chart.of) for chart in estate.dependencies] == [
        ("parts/base", ("apps/web",)),
        ("parts/root", ("parts/base",)),
    ]
    assert estate.readers("parts/root/templates/a.yaml") == estate.releases


def test_vendored_chart_is_part_of_its_chart(repo):
    estate = repo.estate({"apps/web/": "", "apps/web/charts/db/": "", "charts/free/": ""})

    assert [release.name for release in estate.releases] == ["web", "free"]
    assert estate.dependencies == ()
    assert estate.readers("apps/web/charts/db/values.yaml") == (estate.releases[0],)


def test_charts_that_depend_on_each_other_are_no_endless_walk(repo):
    entry = "dependencies: [{name: x, version: 1.0.0, repository: 'file://../%s'}]\n"

    estate = repo.estate({"a/": entry % "b", "b/": entry % "a"})

    assert estate.readers("a/values.yaml") == ()
    assert not estate.releases


def test_scaffold_is_not_resolved(repo):
    estate = repo.estate(
        {"starter/Chart.yaml": "name: <NAME>\nversion: 1.0.0\n", "odd/Chart.yaml": "name: [\n"}
    )

    assert not estate.releases
    assert [(found.name, found.file) for found in estate.unresolved] == [
        ("odd", "odd/Chart.yaml"),
        ("starter", "starter/Chart.yaml"),
    ]


def test_readers_of_a_file_are_the_releases_whose_chart_it_is_part_of(repo):
    entry = "dependencies: [{name: base, version: 1.0.0, repository: 'file://../base'}]\n"
    estate = repo.estate({"web/": entry, "mail/": "", "base/": ""})

    assert [found.name for found in estate.readers("base/values.yaml")] == ["web"]
    assert [found.name for found in estate.readers("mail/templates/a.yaml")] == ["mail"]
    assert estate.readers("README.md") == ()
