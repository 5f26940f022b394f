"""`migrate-dhi releases`: what a repository deploys, as text and as the JSON of the contract."""

import json

import pytest

KEYS = ["way", "namespace", "name", "chart", "layers", "file", "line", "object"]


@pytest.fixture
def shop(workshop):
    workshop.add("values-comments", "apps/cache")
    workshop.add("library-chart", "parts/lib")
    return workshop


def test_json_has_the_shape_of_the_contract(shop):
    ran = shop.run("releases", "--format", "json")

    listed = json.loads(ran.out)
    assert (ran.code, list(listed)) == (0, ["schema", "releases", "unresolved", "dependencies"])
    assert listed["schema"] == "migrate-dhi/releases/1"
    release = listed["releases"][0]
    assert list(release) == KEYS
    assert list(release["chart"]) == ["kind", "name", "version", "path", "url"]
    assert (release["way"], release["name"], release["chart"]["path"]) == ("chart", "cache", "apps/cache")
    assert [chart["path"] for chart in listed["dependencies"]] == ["parts/lib"]


def test_text_lists_releases_and_what_is_none(shop):
    ran = shop.run("releases")

    assert ran.code == 0
    assert "default/cache" in ran.out
    assert "1 release\n" in ran.out
    assert "parts/lib  a library; nothing here depends on it" in ran.out


def test_text_tells_releases_of_one_name_apart_by_what_builds_them(workshop):
    entry = "  - {name: web, namespace: shop, chart: reg/web, set: [{name: at, value: '{{ .Environment.Name }}'}]}\n"
    text = "environments: {dev: {}, prod: {}}\nrepositories: [{name: reg, url: ghcr.io/acme, oci: true}]\nreleases:\n"
    other = "  - {name: mail, namespace: shop, chart: reg/mail}\n"
    (workshop.root / "helmfile.yaml").write_text(text + entry + other)
    workshop.commit("helmfile")

    names = [line.partition("  ")[0] for line in workshop.run("releases").out.splitlines() if "shop/" in line]

    assert names == ["shop/web (dev)", "shop/web (prod)", "shop/mail"]


def test_folder_narrows_the_list(shop):
    assert "default/cache" in shop.run("releases", "apps").out
    assert "default/cache" not in shop.run("releases", "parts").out


def test_base_is_read_instead_of_the_worktree(shop):
    (shop.root / "apps" / "cache" / "Chart.yaml").unlink()

    assert "default/cache" not in shop.run("releases").out
    assert "default/cache" in shop.run("releases", "--base", "HEAD").out


def test_folder_without_git_is_listed_too(tmp_path, shop):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "Chart.yaml").write_text("name: web\nversion: 1.0.0\n")

    assert "default/web" in shop.run("releases", tmp_path / "plain").out


@pytest.mark.parametrize(
    ("words", "code"), [(["nowhere"], 2), (["--base", "nothing"], 2), (["--format", "xml"], 2)]
)
def test_what_is_not_there_is_refused(shop, words, code):
    assert shop.run("releases", *words).code == code


def test_listing_changes_nothing(shop):
    before = shop.picture()

    shop.run("releases")

    assert shop.picture() == before
