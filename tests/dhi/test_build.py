"""Building a catalog from a checkout: what is kept, and what is refused."""

import pytest

from migrate_dhi.dhi.build import build_catalog
from migrate_dhi.dhi.catalog import Catalog, OwnedPath, PastTag
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.overlays import overlay_for
from migrate_dhi.errors import CatalogError, RepositoryError

from .conftest import SERVER, commit, write


def built(checkout, **options):
    return Catalog(build_catalog(checkout, **options), "test")


def test_facts_of_a_definition_are_kept(checkout):
    [server] = built(checkout).definitions("server")

    assert (server.line, server.version, server.tag) == ("1", "1.2.3", "1.2.3-debian13")
    assert (server.user, server.uid, server.gid) == ("65532", 65532, 65532)
    assert server.shells == ("bash",)
    assert server.packages == ("bash", "coreutils", "tool")
    assert server.ports == ("80/tcp", "53/udp")
    assert server.paths == (OwnedPath("/data", 65532, 65532, "0755"),)
    assert server.end_of_life.isoformat() == "2027-01-01"
    assert server.sources == ("git+https://github.com/acme/server.git#v1.2.3",)


def test_shell_of_a_copied_base_counts(checkout):
    [based] = built(checkout).definitions("based")

    assert based.shells == ("bash",)
    assert (based.user, based.uid) == ("root", 0)


def test_other_files_are_no_definitions(checkout):
    assert built(checkout).names() == ("based", "server")


def test_head_names_day_and_commit(checkout):
    catalog = built(checkout)

    assert catalog.date == "2026-02-01"
    assert len(catalog.commit) == 40


def test_same_checkout_gives_the_same_bytes(checkout):
    assert build_catalog(checkout) == build_catalog(checkout)


def test_overlay_is_found_by_the_upstream_charts_name(checkout):
    overlay = overlay_for(built(checkout), "upstream-app")

    assert overlay.name == "app"
    assert overlay.slots == {"server.image.repository": "server"}
    assert overlay.values == {"server.securityContext.runAsUser": 65532}


def test_unknown_chart_has_no_overlay(checkout):
    assert overlay_for(built(checkout), "other") is None


def test_history_keeps_tags_that_are_gone(checkout):
    write(checkout, "image/server/debian-13/1.yaml", SERVER.replace("1.2.3", "1.2.4"))
    commit(checkout, "2026-03-01")

    catalog = built(checkout, history=True)

    assert catalog.past_tags("server") == (PastTag("1.2.3-debian13", "2026-02-01", "2026-03-01"),)
    assert catalog.find("server", "1.2.3-debian13") is None


def test_history_keeps_the_tags_of_an_image_that_is_gone(checkout):
    (checkout / "image/server/debian-13/1.yaml").unlink()
    commit(checkout, "2026-03-01")

    catalog = built(checkout, history=True)

    assert "server" not in catalog
    assert [tag.tag for tag in catalog.past_tags("server")] == ["1.2.3-debian13"]


def test_without_history_there_are_no_past_tags(checkout):
    assert built(checkout).past_tags("server") == ()


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="no folder image"):
        build_catalog(tmp_path)


def test_checkout_without_git_is_refused(tmp_path):
    (tmp_path / "image").mkdir()

    with pytest.raises(RepositoryError):
        build_catalog(tmp_path)


def test_definition_that_is_no_yaml_is_named(checkout):
    write(checkout, "image/server/debian-13/2.yaml", "tags: [")

    with pytest.raises(CatalogError) as error:
        build_catalog(checkout)

    assert "image/server/debian-13/2.yaml:" in error.value.where


def test_empty_catalog_packs(tmp_path):
    catalog = Catalog(pack({"format": 1, "source": "s", "date": "2026-01-01", "commit": ""}, []), "test")

    assert catalog.names() == ()
