"""Which version of a chart is meant: how versions are ordered, what fits a range, and what folders hold."""

import io
import itertools
import os
import tarfile
from pathlib import Path

import pytest

from migrate_dhi.errors import InvalidChartError
from migrate_dhi.helm import shelf as shelves
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.engine import satisfies
from migrate_dhi.helm.shelf import (
    Shelf,
    exact,
    fits,
    is_source,
    missing,
    nearest,
    newer_minors,
    sortable,
    unpack,
    version_in,
)
from tests.helm.served import make_chart

LISTED = ["1.0.0", "v1.0.9", "1.2.0", "1.2.10", "1.2.9", "1.3.0-rc.1", "2.0.0", "0.9.0"]

# semver.org, 11, oldest first.
ORDER = (
    "0.9.9",
    "1.0.0-0",
    "1.0.0-1",
    "1.0.0-1.1",
    "1.0.0-12",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0-rc-1",
    "2.0.0",
)


# --- the order of versions


@pytest.mark.parametrize(("older", "newer"), [*itertools.pairwise(ORDER)])
def test_versions_are_ordered_as_helm_orders_them(older, newer):
    assert sortable(older) < sortable(newer)
    # Helm takes no pre-release for a range that names none.
    assert satisfies(f">{older}" if "-" in older else f">{older}-0", newer) is True


@pytest.mark.parametrize("version", ["1.2.3", "1.2.3-rc.1"])
@pytest.mark.parametrize("build", ["+7", "+build.7", "+build-7", "+git-8f3e.dirty-2"])
def test_what_stands_behind_a_plus_does_not_count(version, build):
    assert sortable(f"{version}{build}") == sortable(version)


@pytest.mark.parametrize(
    ("one", "other"), [("v1.2.3", "1.2.3"), ("1.2", "1.2.0"), ("1", "1.0.0"), ("1.2-rc.1", "1.2.0-rc.1")]
)
def test_the_same_version_is_written_in_several_ways(one, other):
    assert sortable(one) == sortable(other)


@pytest.mark.parametrize("odd", ["", "latest", "²", "1.²", "release-1.2.3", "-", "1.2.3-", "v", "sha256:ab"])
def test_anything_can_be_ordered(odd):
    assert sorted([*ORDER, odd], key=sortable)


def test_a_release_with_a_build_is_no_prerelease():
    assert newer_minors("1.0.0", ["1.1.0+build-3", "1.1.0-rc.1"]) == ["1.1.0+build-3"]


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1.0.0", "1.0.0"),
        ("v1.2.9", "1.2.9"),
        ("1.0.1", "v1.0.9"),
        ("1.1.0", "1.2.10"),
        ("1.2.11", "2.0.0"),
        ("1.3.0", "2.0.0"),
        ("2.0.1", ""),
    ],
)
def test_the_same_version_or_the_newest_patch_of_the_nearest_newer_minor(version, found):
    assert nearest(version, LISTED) == found


def test_nothing_listed():
    assert nearest("1.0.0", []) == ""


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1.0.0", ["v1.0.9", "1.2.10", "2.0.0"]),
        # Helm takes a part of a version for the first of its kind.
        ("1.2", ["1.2.10", "2.0.0"]),
        ("1.2.10", ["2.0.0"]),
        # Its release is newer than a candidate for it.
        ("1.2.10-rc.1", ["2.0.0"]),
        ("2.0.0", []),
        ("0.1.0", ["0.9.0", "v1.0.9", "1.2.10", "2.0.0"]),
    ],
)
def test_each_newer_minor_once_with_its_newest_patch(version, found):
    assert newer_minors(version, LISTED) == found


# --- what is asked for


@pytest.mark.parametrize(
    ("wanted", "here", "is_it"),
    [
        ("1.2.3", "1.2.3", True),
        ("v1.2.3", "1.2.3", True),
        ("1.2.3", "v1.2.3", True),
        ("1.2.3", "1.2.4", False),
        ("1.2", "1.2.9", True),
        ("1.2", "1.3.0", False),
        ("1", "1.9.9", True),
        ("1.x", "1.9.9", True),
        ("^1.2.0", "1.9.0", True),
        ("^1.2.0", "2.0.0", False),
        ("~1.2.0", "1.3.0", False),
        ("^0.2.0", "0.3.0", False),
        (">=1.0.0 <2.0.0", "1.5.0", True),
        ("1.0.0 - 1.4.0", "1.4.0", True),
        ("1.0.0 || 3.0.0", "3.0.0", True),
        # A range means releases, unless it names a pre-release.
        ("^1.2.0", "1.3.0-rc.1", False),
        (">=1.2.0-0", "1.3.0-rc.1", True),
        ("", "0.0.1", True),
        ("", "1.0.0-rc.1", False),
        ("*", "1.0.0", True),
        ("1.2.3+a", "1.2.3+a", True),
        ("latest", "latest", True),
        ("latest", "1.0.0", False),
        ("1.2.3", "nonsense", False),
    ],
)
def test_what_fits_what_is_asked_for(wanted, here, is_it):
    assert fits(wanted, here) is is_it


@pytest.mark.parametrize(
    ("version", "is_it"),
    [
        ("1.2.3", True),
        ("v1.2.3", True),
        ("1.2.3-rc.1", True),
        ("1.2.3+build-7", True),
        ("1.2.3-rc.1+b.x", True),
        ("sha256:0ab", True),
        ("1.2", False),
        ("1", False),
        ("", False),
        ("^1.2.3", False),
        ("1.2.x", False),
        ("1.2.3.4", False),
        ("1.2.3 || 2.0.0", False),
        ("latest", False),
        ("1.2.²", False),
    ],
)
def test_only_a_whole_version_names_the_same_archive_tomorrow(version, is_it):
    assert exact(version) is is_it


@pytest.mark.parametrize(
    ("repository", "is_it"),
    [
        ("https://charts.example.org", True),
        ("http://charts.example.org", True),
        ("oci://registry.example.org/charts", True),
        ("@stable", True),
        ("alias:stable", True),
        ("file://../other", False),
        ("", False),
        ("stable", False),
        ("git+https://example.org/x", False),
        ("charts.example.org", False),
    ],
)
def test_what_charts_can_be_fetched_from(repository, is_it):
    assert is_source(repository) is is_it


# --- what folders hold


@pytest.fixture
def folder(tmp_path):
    """A folder with the archives of these names, and with charts as directories."""
    place = tmp_path / "held"

    def made(*archives, **charts):
        place.mkdir()
        for name in archives:
            (place / name).write_bytes(b"packed")
        for name, version in charts.items():
            make_chart(place, name, version)
        return Shelf((place,))

    return made


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("node", "1.0.0", "node-1.0.0.tgz"),
        ("node", "v1.0.0", "node-1.0.0.tgz"),
        ("node", "^1.0.0", "node-1.10.0+b-1.tar.gz"),
        ("node", "", "node-1.10.0+b-1.tar.gz"),
        ("node", ">=1.0.0-0", "node-2.0.0-rc.1.tgz"),
        ("node", "3.0.0", None),
        ("node-agent", "2.0.0", "node-agent-2.0.0.tgz"),
        ("agent", "2.0.0", None),
        ("other", "v3.1.0", "other-v3.1.0.tgz"),
        ("beside", "0.1.0", "beside"),
        ("beside", "^0.2.0", None),
        ("", "1.0.0", None),
    ],
)
def test_a_chart_by_name_and_version(folder, name, version, found):
    shelf = folder(
        "node-1.0.0.tgz",
        "node-1.2.0.tgz",
        "node-1.10.0+b-1.tar.gz",
        "node-2.0.0-rc.1.tgz",
        "node-agent-2.0.0.tgz",
        "other-v3.1.0.tgz",
        "node.tgz",
        "node-x.tgz",
        "node-9.0.0.zip",
        "README.md",
        beside="0.1.0",
    )

    path = shelf.find(name, version)

    assert (path.name if path else None) == found


def test_the_versions_of_a_chart_are_told_oldest_first(folder):
    shelf = folder("node-1.10.0.tgz", "node-1.9.0.tgz", "node-1.9.0.tar.gz", "x-3.0.0.tgz")

    assert shelf.versions("node") == ["1.9.0", "1.10.0"]
    assert shelf.versions("y") == []


def test_what_comes_into_a_folder_is_seen(folder):
    shelf = folder("node-1.0.0.tgz")
    assert shelf.find("node", "2.0.0") is None
    place = shelf.folders[0]
    (place / "node-2.0.0.tgz").write_bytes(b"")
    os.utime(place, ns=(1, 1))

    assert shelf.find("node", "2.0.0") == place / "node-2.0.0.tgz"


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert Shelf((tmp_path / "none",)).find("node", "") is None


@pytest.mark.parametrize(
    ("repository", "advice", "said", "help_text"),
    [
        (
            "https://charts.example.org",
            "",
            "the chart node ^9 from https://charts.example.org is gone; --chart-dir holds node 1.2.0, 1.3.0, 1.10.0",
            "put node-VERSION.tgz into a folder and name that with --chart-dir",
        ),
        (
            "",
            "ask them",
            "the chart node ^9 from nowhere named is gone; --chart-dir holds node 1.2.0, 1.3.0, 1.10.0",
            "ask them; or put node-VERSION.tgz into a folder and name that with --chart-dir",
        ),
    ],
)
def test_a_chart_that_is_not_at_hand_is_told_with_what_is(folder, repository, advice, said, help_text):
    shelf = folder("node-1.0.0.tgz", "node-1.2.0.tgz", "node-1.3.0.tgz", "node-1.10.0.tgz")

    error = missing(Dependency("node", "", "^9", repository), shelf, "a.yaml:3", "is gone", advice)

    assert (error.message, error.help, error.where) == (said, help_text, "a.yaml:3")


# --- archives


def packed(tmp_path, *members):
    """An archive with these members: (name, content), or what is no plain file as (name, link)."""
    place = tmp_path / "a.tgz"
    with tarfile.open(place, "w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, Path):
                info.type, info.linkname = tarfile.SYMTYPE, str(content)
            else:
                info.size = len(content)
            archive.addfile(info, None if isinstance(content, Path) else io.BytesIO(content))
    return place


CHART = ("node/Chart.yaml", b"name: node\nversion: 1.2.3\n")


def test_an_archive_is_unpacked_to_its_one_folder(tmp_path):
    place = packed(tmp_path, CHART, ("node/templates/deep/a.yaml", b"a"), ("readme.md", b"b"))

    found = unpack(place, tmp_path / "out")

    assert found == tmp_path / "out" / "node"
    assert (found / "templates/deep/a.yaml").read_bytes() == b"a"


@pytest.mark.parametrize(
    "member",
    [
        ("../evil", b"x"),
        ("node/../../evil", b"x"),
        ("/evil", b"x"),
        ("node/evil", Path("/etc/passwd")),
    ],
)
def test_nothing_is_written_out_of_the_folder_and_no_link_is_made(tmp_path, member):
    unpack(packed(tmp_path, CHART, member), tmp_path / "out")

    written = [path for path in tmp_path.rglob("*") if path.name == "evil" or path.is_symlink()]
    assert written == []


@pytest.mark.parametrize(
    "members",
    [
        [],
        [("node/values.yaml", b"")],
        [("Chart.yaml", b"name: x")],
        [CHART, ("other/Chart.yaml", b"name: x")],
        [("a/b/Chart.yaml", b"name: x")],
    ],
    ids=["empty", "no chart", "no folder", "two charts", "too deep"],
)
def test_an_archive_of_no_chart_is_refused(tmp_path, members):
    with pytest.raises(InvalidChartError, match="the archive holds no chart") as caught:
        unpack(packed(tmp_path, *members), tmp_path / "out")

    assert caught.value.where == "a.tgz"


@pytest.mark.parametrize("keep", [0, 20, 100], ids=["nothing", "a head", "half"])
def test_an_archive_that_is_cut_is_refused(tmp_path, keep):
    place = packed(tmp_path, CHART, ("node/noise", os.urandom(500)))
    place.write_bytes(place.read_bytes()[:keep])

    with pytest.raises(InvalidChartError):
        unpack(place, tmp_path / "out")


def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(shelves, "_LARGEST", 3 << 20)
    place = packed(tmp_path, CHART, ("node/a", bytes(2 << 20)), ("node/b", bytes(2 << 20)))

    with pytest.raises(InvalidChartError, match="unpacks to more than 3 MiB"):
        unpack(place, tmp_path / "out")


@pytest.mark.parametrize(
    ("said", "version"),
    [(b"version: 1.2.3+a.b-1", "1.2.3+a.b-1"), (b"version: '2.0'", "2.0"), (b"version: 2.0", "2")],
)
def test_the_version_of_the_chart_in_an_archive(tmp_path, said, version):
    assert version_in(packed(tmp_path, ("node/Chart.yaml", b"name: node\n" + said))) == version


@pytest.mark.parametrize("said", [b"", b"version: ''", b"version: ../../x", b"version: 1 2", b"version: a/b"])
def test_a_version_that_would_name_another_file_is_refused(tmp_path, said):
    with pytest.raises(InvalidChartError, match="the chart in it has the version"):
        version_in(packed(tmp_path, ("node/Chart.yaml", b"name: node\n" + said)))


@pytest.mark.parametrize("version", ["1.2.0", "v1.2.0"])
def test_of_two_ways_to_write_a_version_the_one_that_is_asked_for_is_taken(tmp_path, version):
    for written in ("1.2.0", "v1.2.0"):
        folder = tmp_path / f"web-{written}"
        folder.mkdir()
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: web\nversion: {written}\n")

    assert Shelf((tmp_path,)).find("web", version) == tmp_path / f"web-{version}"
