"""Hardened charts: under which address they are asked for, which versions there are, and what nothing shows of them."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.charts import HardenedChart
from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.migration import hardened_charts
from migrate_dhi.migration.hardened_charts import _addresses, _doubts, _repository, _versions
from migrate_dhi.oci.reference import Reference

KNOWN = HardenedChart("db-chart", ("1.0.0", "1.1.0"), "acme/charts")
WANTED = Dependency("db-chart", "db", "", "oci://dhi.io")
CHART = Chart(Path("app"), "app", {})


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("dhi.io/db-chart", "oci://dhi.io"),
        ("harbor.example/dhi/db-chart", "oci://harbor.example/dhi"),
        ("harbor.example:8443/a/b/db-chart", "oci://harbor.example:8443/a/b"),
        # Images of Docker Hub are named by another host than its registry has.
        ("acme/db-chart", "oci://registry-1.docker.io/acme"),
        ("docker.io/acme/db-chart", "oci://registry-1.docker.io/acme"),
        ("index.docker.io/acme/db-chart", "oci://registry-1.docker.io/acme"),
    ],
)
def test_helm_asks_a_registry_for_the_folder_of_a_chart(place, address):
    assert _repository(Reference.parse(place)) == address


@pytest.mark.parametrize(
    ("held", "listed", "offline", "found"),
    [
        # What the user brings counts, whatever the registry has.
        (["0.9.0"], ["1.2.0"], False, ["0.9.0"]),
        ([], ["1.2.0"], False, ["1.2.0"]),
        ([], ["1.2.0"], True, ["1.2.0"]),
        # The catalog stands in for a registry only where that cannot be asked.
        ([], [], True, ["1.0.0", "1.1.0"]),
        ([], [], False, []),
    ],
)
def test_the_versions_at_hand_then_those_that_are_listed(monkeypatch, held, listed, offline, found):
    asked = []
    monkeypatch.setattr(
        hardened_charts, "versions_of", lambda wanted, *_, **more: asked.append((wanted, more)) or listed
    )
    shelf = SimpleNamespace(
        versions=lambda name: held if name == "db-chart" else pytest.fail(name), store=None
    )

    assert list(_versions(WANTED, KNOWN, SimpleNamespace(shelf=shelf, offline=offline))) == found
    assert asked == ([] if held else [(WANTED, {"offline": offline})])


IMAGE = (Reference.parse("dhi.io/db:1.0"),)


@pytest.mark.parametrize(
    ("made_from", "images", "codes"),
    [
        ("acme/charts", IMAGE, []),
        ("", IMAGE, ["chart-by-name"]),
        ("acme/charts", (), ["chart-not-hardened"]),
        ("", (), ["chart-by-name", "chart-not-hardened"]),
    ],
)
def test_what_nothing_shows_of_a_chart_is_an_error(made_from, images, codes):
    known = HardenedChart("db-chart", (), made_from)
    found = list(_doubts(Dependency("db", "", "1.0.0", ""), WANTED, known, images, CHART))

    assert [(one.code, one.severity, one.file) for one in found] == [
        (code, "error", "app/Chart.yaml") for code in codes
    ]


def test_a_chart_is_from_where_chart_yaml_and_it_itself_say():
    nodes = [
        SimpleNamespace(prefix=(), metadata={"home": "https://own.example"}),
        SimpleNamespace(
            prefix=("db",),
            metadata={"home": "https://db.example", "sources": ["https://github.com/acme/charts"]},
        ),
        SimpleNamespace(prefix=("db", "common"), metadata={"home": "https://common.example"}),
    ]
    alias = Dependency("postgres", "db", "1.0.0", "https://charts.example.org")

    assert list(_addresses(nodes, alias)) == [
        "https://charts.example.org",
        "https://db.example",
        "https://github.com/acme/charts",
    ]
    assert list(_addresses(nodes, Dependency("web", "", "1.0.0", ""))) == [""]
