"""What becomes another text where one chart takes the place of another, and whether texts have it already."""

import pytest

from migrate_dhi.helm.chart import Chart, Dependency
from migrate_dhi.helm.swap import Swap
from migrate_dhi.helm.versioned import Versioned, version_in

OLD = Dependency("redis", "", "18.0.0", "https://old.example.org")
NEW = Dependency("valkey", "", "3.0.0", "https://new.example.org")


def swap(before=OLD, after=NEW, at=0, versioned=None):
    return Swap(at, before, after, "why", versioned)


def declared(one):
    """The entry of Chart.yaml that stands for a dependency."""
    told = {"name": one.name, "version": one.version, "repository": one.repository, "alias": one.alias}
    return {name: text for name, text in told.items() if text}


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        # Another name keeps the key of the values by an alias.
        (
            OLD,
            NEW,
            {
                "name": "valkey",
                "version": "3.0.0",
                "repository": "https://new.example.org",
                "alias": "redis",
            },
        ),
        # A newer version of the same is a version alone.
        (OLD, Dependency("redis", "", "19.0.0", OLD.repository), {"version": "19.0.0"}),
        # An alias that there is stays as it is.
        (Dependency("redis", "cache", "18.0.0", "u"), Dependency("valkey", "", "3.0.0", "u"), None),
        # A key that is the new name needs no alias.
        (
            Dependency("redis", "valkey", "18.0.0", "u"),
            Dependency("valkey", "valkey", "18.0.0", "u"),
            {"name": "valkey"},
        ),
        (OLD, OLD, {}),
    ],
)
def test_the_fields_that_become_others(before, after, changed):
    if changed is None:
        changed = {"name": "valkey", "version": "3.0.0"}

    assert swap(before, after).entry(declared(before), alias=True) == changed


def test_in_a_lock_file_there_is_no_alias():
    assert "alias" not in swap().entry(declared(OLD), alias=False)


def test_the_values_stay_under_the_same_key():
    assert swap().key == "redis"
    assert swap(Dependency("redis", "cache", "1.0.0", "u")).key == "cache"
    assert str(swap()) == "redis: redis 18.0.0 -> valkey 3.0.0 from https://new.example.org"


CHART = (
    "name: c\nversion: 1.0.0\ndependencies:\n- {name: other, version: 1.0.0, repository: u}\n"
    "- {name: NAME, version: 3.0.0, repository: 'https://new.example.org'ALIAS}\n"
)


@pytest.mark.parametrize(
    ("text", "is_in"),
    [
        (CHART.replace("NAME", "valkey").replace("ALIAS", ", alias: redis"), True),
        # Its values would stand under another key.
        (CHART.replace("NAME", "valkey").replace("ALIAS", ""), False),
        (CHART.replace("NAME", "redis").replace("ALIAS", ""), False),
    ],
)
def test_whether_a_chart_has_it(text, is_in):
    assert swap(at=1).is_in({"c/Chart.yaml": text}, "c/Chart.yaml") is is_in


# --- a chart from elsewhere, whose version stands in an object

OBJECTS = """\
# first
kind: Namespace
---
kind: HelmRelease
spec:
  chart:
    spec:
      version: "18.0.0"
      other: 1.10
---
kind: Application
spec:
  sources:
  - targetRevision: 2.0.0
  - targetRevision: {{ .rev }}
"""
CHART_VERSION = ("spec", "chart", "spec", "version")


def versioned(version="18.0.0", document=1, path=CHART_VERSION):
    return Versioned(
        "apps/r.yaml", document, path, version, "redis", "https://old.example.org", lambda _: None
    )


@pytest.mark.parametrize(
    ("document", "path", "version"),
    [
        (1, CHART_VERSION, "18.0.0"),
        (2, ("spec", "sources", 0, "targetRevision"), "2.0.0"),
        (0, CHART_VERSION, ""),
        (2, ("spec", "sources", 5, "targetRevision"), ""),
        (7, CHART_VERSION, ""),
        (1, ("spec", "chart", "spec", "none"), ""),
    ],
)
def test_what_stands_at_a_place_of_a_stream(document, path, version):
    assert version_in(OBJECTS, "apps/r.yaml", document, path) == version


def test_a_text_that_is_no_yaml_says_no_version():
    assert version_in("a: [\n", "apps/r.yaml", 0, ("a",)) == ""
    assert version_in("", "apps/r.yaml", 0, ("a",)) == ""


@pytest.mark.parametrize(
    ("texts", "stands", "read"),
    [
        ({"apps/r.yaml": OBJECTS}, True, "18.0.0"),
        ({"apps/r.yaml": OBJECTS.replace("18.0.0", "19.0.0")}, False, "19.0.0"),
        # A file that these texts do not have is as it was found.
        ({}, False, "18.0.0"),
        ({"apps/r.yaml": "kind: List\n"}, False, ""),
    ],
)
def test_whether_the_version_stands_where_it_is_edited(texts, stands, read):
    assert versioned().stands(texts) is stands
    assert versioned().read(texts) == read


def test_of_a_chart_from_elsewhere_the_object_is_edited_and_the_version_alone_tells(tmp_path):
    newer = Dependency("redis", "", "19.0.0", OLD.repository)
    one = swap(after=newer, versioned=versioned())
    chart = Chart(tmp_path, "c", {})

    assert one.key == ""
    assert one.file_of(chart) == "apps/r.yaml"
    assert swap().file_of(chart) == "c/Chart.yaml"
    assert not one.is_in({"apps/r.yaml": OBJECTS}, "c/Chart.yaml")
    assert one.is_in({"apps/r.yaml": OBJECTS.replace("18.0.0", "19.0.0")}, "c/Chart.yaml")
