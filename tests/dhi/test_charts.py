"""Which hardened chart is the hardened form of a chart, and what it says of itself."""

import pytest

from migrate_dhi.dhi.charts import HardenedChart, addresses_of, hardened_chart, images_of
from tests.dhi.apps import catalog_of

STORE = {
    "chart": "store",
    "versions": ["1.1.0"],
    "sources": ["Acme/charts"],
    "folders": ["big-store", "charts"],
}
COPY = {"chart": "store-copy", "versions": ["9.0.0"], "sources": ["other/charts"], "folders": ["big-store"]}


@pytest.fixture
def known():
    return catalog_of(COPY, STORE)


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.github.io/charts",
        "https://acme.github.io/charts/",
        "https://github.com/acme/charts",
        "https://github.com/acme/charts.git",
        "https://github.com/acme/charts/tree/main/store",
        "https://raw.githubusercontent.com/acme/charts/main",
        "git@github.com:acme/charts.git",
    ],
)
def test_the_repository_that_both_are_made_from_speaks_for_it(known, address):
    assert hardened_chart(known, "store", [address]) == HardenedChart(
        "store-chart", ("1.1.0",), "Acme/charts"
    )


@pytest.mark.parametrize(
    "address", ["", "https://acme.github.io/other", "https://github.com/acme/charts-old", "oci://x"]
)
def test_a_name_alone_says_so(known, address):
    assert hardened_chart(known, "store", [address]).made_from == ""


def test_of_several_with_the_name_the_one_from_the_same_repository_counts(known):
    assert hardened_chart(known, "big-store", ["https://github.com/acme/charts"]).name == "store-chart"


def test_another_chart_has_none(known):
    assert hardened_chart(known, "shop", ["https://github.com/acme/charts"]) is None


def test_the_bundled_catalog_names_the_artifact_that_is_called_otherwise(catalog):
    found = hardened_chart(catalog, "grafana-tempo", [])

    assert found.name == "tempo-chart"


def test_what_a_chart_says_of_itself():
    metadata = {
        "home": "https://acme.example",
        "sources": ["https://github.com/acme/charts"],
        "annotations": {
            "dhi.docker.com/helm.images": "- dhi/store:1.1.0@sha256:" + "0" * 64 + "\n- 'x.example/a:1'\n"
        },
    }

    assert list(addresses_of(metadata)) == ["https://acme.example", "https://github.com/acme/charts"]
    assert [str(one) for one in images_of(metadata)] == [
        "dhi.io/store:1.1.0@sha256:" + "0" * 64,
        "x.example/a:1",
    ]


@pytest.mark.parametrize(
    "annotations", [None, {}, {"dhi.docker.com/helm.images": ""}, {"other": "- a:1"}, "text"]
)
def test_a_chart_that_lists_no_images(annotations):
    assert images_of({"annotations": annotations}) == ()
