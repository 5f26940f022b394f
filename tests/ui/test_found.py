"""Charts found by a walk, and what is listed of them."""

from pathlib import Path

from migrate_dhi.ui.found import Found, charts_under, look_at, releases_under, rows
from migrate_dhi.ui.lines import Look, cells


def chart(folder, text="name: x\nversion: 1.0.0\n", values=""):
    folder.mkdir(parents=True)
    (folder / "Chart.yaml").write_text(text)
    (folder / "values.yaml").write_text(values)
    return folder


def test_charts_are_found_at_any_depth_in_order(tmp_path):
    for name in ("b/deep/er", "a", "b/other"):
        chart(tmp_path / name)

    assert [str(found.relative_to(tmp_path)) for found in charts_under(tmp_path)] == [
        "a",
        "b/deep/er",
        "b/other",
    ]


def test_vendored_and_hidden_charts_are_none(tmp_path):
    chart(tmp_path / "a")
    for name in ("a/charts/dep", ".cache/x", "node_modules/y", "venv/z"):
        chart(tmp_path / name)

    assert list(charts_under(tmp_path)) == [tmp_path / "a"]


def test_a_folder_named_charts_that_is_not_vendored_is_searched(tmp_path):
    chart(tmp_path / "charts/a")

    assert list(charts_under(tmp_path)) == [tmp_path / "charts/a"]


def test_a_look_tells_versions_and_dependencies(tmp_path):
    text = "version: 1.2.3\nappVersion: 9\ndependencies:\n- {name: valkey, alias: cache, version: 0.9.3}\n- name: x\n"

    assert look_at(tmp_path, chart(tmp_path / "a", text), "dhi.io") == Found(
        Path("a"), "1.2.3", "9", "cache 0.9.3, x"
    )


def test_hardened_images_are_seen_but_not_in_comments(tmp_path):
    live = chart(tmp_path / "a", values="image: dhi.io/valkey\n")
    commented = chart(tmp_path / "b", values="image: valkey # dhi.io/valkey\n")

    assert look_at(tmp_path, live, "dhi.io").hardened
    assert not look_at(tmp_path, commented, "dhi.io").hardened


def test_a_chart_file_that_is_no_yaml_is_listed_with_its_fault(tmp_path):
    broken = chart(tmp_path / "a", "name: [")

    assert look_at(tmp_path, broken, "dhi.io").fault
    assert look_at(tmp_path, chart(tmp_path / "b", "just text"), "dhi.io").fault


def test_rows_are_aligned_and_long_paths_are_cut():
    found = [Found(Path("a"), "1.0.0", runs="x 1"), Found(Path("b" * 90), "10.0.0-rc.1", "7")]
    first, second = rows(Look(60, fit=True), found, 60)

    assert first.index("1.0.0") == second.index("10.0.0")
    assert cells(second.split("10.0.0")[0]) <= 32


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: cache, namespace: data}
spec:
  chart:
    spec: {chart: valkey, version: 0.9.3, sourceRef: {kind: HelmRepository, name: charts}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: data}
spec: {url: "https://charts.example"}
"""


def test_releases_of_charts_from_elsewhere_are_found_below_a_directory(workshop):
    for folder in ("apps", "infrastructure"):
        (workshop.root / folder).mkdir()
    (workshop.root / "apps/cache.yaml").write_text(RELEASE)
    workshop.commit("a release")

    (found,) = releases_under(workshop.root)

    assert (str(found.path), found.version, found.runs) == (
        "data/cache",
        "0.9.3",
        "valkey by apps/cache.yaml",
    )
    assert releases_under(workshop.root / "apps") == [found]
    assert releases_under(workshop.root / "infrastructure") == []


def test_outside_a_repository_there_are_no_releases(tmp_path):
    (tmp_path / "cache.yaml").write_text(RELEASE)

    assert releases_under(tmp_path) == []
