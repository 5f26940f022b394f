"""Reading catalog files."""

import gzip

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.tags import parse_hardened
from migrate_dhi.errors import CatalogError
from tests.dhi.apps import catalog_of, definition, image

HEAD = {"format": 1, "source": "test", "date": "2026-01-01", "commit": "0"}


def test_bundled_catalog_holds_all_images(catalog):
    definitions = [d for name in catalog.names() for d in catalog.definitions(name)]

    assert len(catalog.names()) == 554
    assert len(definitions) == 2582
    assert sum(len(d.tags) for d in definitions) == 18095


def test_bundled_versions_are_what_is_read_in_their_tags_now(catalog):
    definitions = [d for name in catalog.names() for d in catalog.definitions(name)]

    for one in definitions:
        longest = max(
            (parse_hardened(tag, [one.flavor]).release for tag in one.tags), key=lambda r: (len(r), r)
        )
        assert one.version == ".".join(map(str, longest)), one.tags


def test_definition_has_its_facts(catalog):
    definition = catalog.find("valkey", "9.1.1-debian13")

    assert (definition.user, definition.uid, definition.gid) == ("nonroot", 65532, 65532)
    assert (definition.version, definition.line, definition.distro) == ("9.1.1", "9.1", "debian-13")
    assert definition.entrypoint == ("/usr/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh")
    assert definition.ports == ("6379/tcp",)
    assert "mawk" not in definition.packages


@pytest.mark.parametrize(
    ("named", "version", "line", "end"),
    [
        ("2.14", "2.14.5", "2.14", "2026-01-31"),
        ("2.12", "2.14.5", "2.14", None),
        ("2", "2.14.5", "2", "2026-01-31"),
    ],
)
def test_a_file_that_is_named_for_another_line_tells_no_end_of_life_of_its_tags(named, version, line, end):
    known = catalog_of(image("app", definition(named, f"{version}-debian13", end_of_life="2026-01-31")))

    [found] = known.definitions("app")

    assert (found.line, found.version) == (line, version)
    assert (found.end_of_life and found.end_of_life.isoformat()) == end


def test_unlisted_tag_has_the_facts_of_the_nearest_line(catalog):
    assert catalog.find("valkey", "9.0.2-debian13") is None
    assert catalog.nearest("valkey", "9.0.2-debian13").tag == "9.1.1-debian13"
    assert catalog.nearest("valkey", "8.0.1-debian13-sentinel-dev").tag == "8.0.10-debian13-sentinel-dev"


def test_tag_without_a_version_has_the_facts_of_the_newest_line(catalog):
    assert catalog.nearest("valkey", "").tag == "9.1.1-debian13"


def test_unknown_flavor_has_no_nearest_line(catalog):
    assert catalog.nearest("valkey", "9.1.1-debian13-fips") is None


def test_unknown_image_is_empty(catalog):
    assert "nothing" not in catalog
    assert catalog.definitions("nothing") == ()
    assert catalog.nearest("nothing", "1") is None


def test_empty_catalog_reads(tmp_path):
    file = tmp_path / "empty.gz"
    file.write_bytes(pack(HEAD, []))

    assert Catalog.load(file).names() == ()


@pytest.mark.parametrize(
    "content", [b"", b"not gzip", pack({"format": "x"}, []), pack({"source": "no format"}, [])]
)
def test_unreadable_file_is_an_error(tmp_path, content):
    file = tmp_path / "bad.gz"
    file.write_bytes(content)

    with pytest.raises(CatalogError, match="no catalog file"):
        Catalog.load(file)


def test_newer_format_is_an_error(tmp_path):
    file = tmp_path / "new.gz"
    file.write_bytes(pack(HEAD | {"format": 99}, []))

    with pytest.raises(CatalogError, match="format 99"):
        Catalog.load(file)


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(CatalogError, match="cannot be read"):
        Catalog.load(tmp_path / "none.gz")


def test_damaged_record_is_an_error(tmp_path):
    file = tmp_path / "damaged.gz"
    file.write_bytes(pack(HEAD, [{"image": "a", "definitions": [{"tags": 1}]}]))

    with pytest.raises(CatalogError, match="damaged"):
        Catalog.load(file).definitions("a")


def test_file_that_is_cut_off_is_an_error(tmp_path):
    file = tmp_path / "cut.gz"
    file.write_bytes(pack(HEAD, [{"image": "a", "definitions": []}])[:-20])

    with pytest.raises(CatalogError, match="no catalog file"):
        Catalog.load(file)


def test_damaged_member_is_an_error(tmp_path):
    file = tmp_path / "damaged.gz"
    data = bytearray(pack(HEAD, [{"image": "a", "definitions": []}]))
    data[-15] ^= 0xFF
    file.write_bytes(data)

    with pytest.raises(CatalogError, match="image a is damaged"):
        Catalog.load(file).definitions("a")


def test_file_is_plain_lines_for_other_tools(catalog):
    packed = pack(HEAD, [{"image": "a", "definitions": []}, {"chart": "b"}])

    assert gzip.decompress(packed).decode().splitlines()[1:] == [
        '{"image":"a","definitions":[]}',
        '{"chart":"b"}',
    ]


APP = catalog_of(
    image(
        "app",
        definition("2.1", "2.1.4-debian13", "2.1-debian13", "2.1"),
        definition("2.1", "2.1.4-alpine3.22", "2.1-alpine3.22", distro="alpine-3.22"),
        definition("2.0", "2.0.9-debian12", distro="debian-12"),
        definition("1.8", "1.8.0-debian13"),
        definition("2.1", "2.1.4-debian13-dev", variant="dev"),
        definition("2.1", "2.1.4-debian13-compat", flavor="compat"),
        definition("2.1", "2.1.4-debian13-kafka-4.2.0", flavor="kafka-4.2.0"),
        past={
            "2.1.3-debian13": ["2026-01-01", "2026-05-01"],
            "2.1.2-debian13": ["2025-12-01", "2026-05-01"],
            "2.2.0-debian13": ["2026-02-01", "2026-04-01"],
        },
    )
)


@pytest.mark.parametrize(
    ("tag", "line", "distro", "flavor", "variant"),
    [
        # Its distro before its line, its line before what is newer.
        ("2.1.3-debian13", "2.1", "debian-13", "", "runtime"),
        ("2.0.1-debian13", "2.1", "debian-13", "", "runtime"),
        ("2.0.1-debian12", "2.0", "debian-12", "", "runtime"),
        ("1.9.0-debian13", "1.8", "debian-13", "", "runtime"),
        ("1.0.0-debian13", "1.8", "debian-13", "", "runtime"),
        ("9.0.0-debian13", "2.1", "debian-13", "", "runtime"),
        ("2.1.9-alpine3.22", "2.1", "alpine-3.22", "", "runtime"),
        ("2.1.9-alpine3.21", "2.1", "alpine-3.22", "", "runtime"),
        # Debian where nothing names a distro; the newest where nothing names a version.
        ("2.1.9", "2.1", "debian-13", "", "runtime"),
        ("latest", "2.1", "debian-13", "", "runtime"),
        # An image for building is none that runs, and a flavor is another image.
        ("2.1.3-debian13-dev", "2.1", "debian-13", "", "dev"),
        ("2.1.3-debian13-compat", "2.1", "debian-13", "compat", "runtime"),
        # A flavor that carries a version resembles that of another version.
        ("2.1.4-debian13-kafka-4.1.0", "2.1", "debian-13", "kafka-4.2.0", "runtime"),
    ],
)
def test_the_nearest_definition(tag, line, distro, flavor, variant):
    found = APP.nearest("app", tag)

    assert (found.line, found.distro, found.flavor, found.variant) == (line, distro, flavor, variant)


@pytest.mark.parametrize(
    "tag", ["2.1.4-debian13-helm", "2.1.4-debian13-compat-dev", "2.1.4-debian13-nats-4.2.0"]
)
def test_another_flavor_resembles_none(tag):
    assert APP.nearest("app", tag) is None


def test_tags_of_once_come_latest_first():
    assert [past.tag for past in APP.past_tags("app")] == [
        "2.1.3-debian13",
        "2.1.2-debian13",
        "2.2.0-debian13",
    ]
    assert APP.past_tags("none") == ()


def test_a_catalog_without_some_tags_knows_their_facts_still():
    left = APP.without([("app", "2.1.4-debian13"), ("app", "2.1.3-debian13"), ("other", "2.1")])

    assert left.find("app", "2.1.4-debian13") is None
    assert left.find("app", "2.1-debian13").tags == ("2.1-debian13", "2.1")
    assert left.nearest("app", "2.1.4-debian13").tags[0] == "2.1.4-debian13"
    assert [past.tag for past in left.past_tags("app")] == ["2.1.2-debian13", "2.2.0-debian13"]
    # Taken away one after another they are all gone, and the first catalog has them yet.
    assert left.without([("app", "2.1")]).find("app", "2.1") is None
    assert left.without([("app", "2.1")]).find("app", "2.1.4-debian13") is None
    assert APP.find("app", "2.1.4-debian13").line == "2.1"
    assert APP.without([]) is APP


@pytest.mark.parametrize(
    ("tags", "most"),
    [
        (("1", "1.2", "1.2.3", "1.2.3-debian13", "1-debian13"), "1.2.3-debian13"),
        (("1.2.3", "1.2.3-debian", "1.2.3-debian13"), "1.2.3-debian13"),
        (("1.2.3-debian13", "1.2.3-cli-2.0-debian13"), "1.2.3-debian13"),
        (("10-jdk25", "10-jdk25-debian13"), "10-jdk25-debian13"),
    ],
)
def test_the_most_specific_tag(tags, most):
    (only,) = catalog_of(image("app", definition("1", *tags))).definitions("app")

    assert only.tag == most
