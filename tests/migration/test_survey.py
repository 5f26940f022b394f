"""What a release is rendered as, which of several share a chart that is laid out, and how many values are too many."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.migration import survey
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.survey import _more_than, _renderers, _witnesses, renderer_of
from migrate_dhi.release.release import Origin, Release

CHART = SimpleNamespace(path="apps/web", name="web")
FAR = Origin("repository", "app", "1.0.0", "https://charts.example.org")


@pytest.fixture
def made(monkeypatch):
    """What renderers are made with, in place of them."""
    monkeypatch.setattr(
        survey,
        "Renderer",
        lambda chart, options, **more: SimpleNamespace(chart=chart, options=options, **more),
    )
    monkeypatch.setattr(survey, "Laid", lambda chart, shelf: SimpleNamespace(chart=chart, shelf=shelf))


def member(release=None, chart=CHART):
    return SimpleNamespace(chart=chart, release=release, user_values=lambda _: {})


def release(namespace="data", name="cache", **more):
    return Release("application", namespace, name, "a.yaml", 0, 1, FAR, (), **more)


KUBE = {"kube_version": "1.31", "api_versions": ("a/v1",)}


@pytest.mark.parametrize(
    ("options", "one", "expected"),
    [
        ({}, None, ("web", "default", "", ())),
        ({}, release(), ("cache", "data", "", ())),
        ({}, release(""), ("cache", "default", "", ())),
        ({}, release(**KUBE), ("cache", "data", "1.31", ("a/v1",))),
        # Flags count more than what deploys it; API versions of both are there.
        ({"release": "r", "namespace": "n"}, release(), ("r", "n", "", ())),
        (
            {"kube_version": "1.30", "api_versions": ("b/v1",)},
            release(**KUBE),
            ("cache", "data", "1.30", ("b/v1", "a/v1")),
        ),
    ],
)
def test_a_release_is_rendered_as_what_deploys_it_says(made, options, one, expected):
    found = renderer_of(member(one), Options(**options)).options

    assert (found.release, found.namespace, found.kube_version, found.api_versions) == expected
    assert not found.is_upgrade


def test_releases_of_one_chart_share_where_it_is_laid_out(made):
    other = SimpleNamespace(path="apps/job", name="job")
    members = {"a": member(release()), "b": member(release(name="second")), "c": member(chart=other)}
    found = list(_renderers(SimpleNamespace(target=SimpleNamespace(members=members)), Options(), None))

    assert [one.label for one in found] == ["a", "b", "c"]
    assert found[0].laid is found[1].laid
    assert found[0].laid is not found[2].laid


def test_flags_are_for_the_target_alone(made):
    known = _witnesses(SimpleNamespace(), Options(release="r", namespace="n", kube_version="1.30"), None)
    found = known._renderer_of(member(release())).options

    assert (found.release, found.namespace, found.kube_version) == ("cache", "data", "1.30")


@pytest.mark.parametrize(
    ("data", "count"),
    [({}, 0), ({"a": 1}, 1), ({"a": {"b": [1, 2, {"c": None}]}}, 3), ([[], {}, [1]], 1), ("text", 1)],
)
def test_values_are_counted_by_their_leaves(data, count):
    assert not _more_than(count, data)
    assert not count or _more_than(count - 1, data)


def test_the_embedded_engine_checks_what_a_binary_proves_where_several_are_named(monkeypatch):
    from migrate_dhi.helm import binary

    monkeypatch.setattr(binary.BinaryEngine, "open", str)
    one, two = Path("helm-3"), Path("helm-4")

    def engines(*paths):
        return [found if isinstance(found, str) else "embedded" for found in survey._engines(paths)]

    assert engines() == ["embedded"]
    assert engines(one) == engines(one, one) == ["helm-3"]
    assert engines(one, two, one) == ["helm-3", "helm-4", "embedded"]
