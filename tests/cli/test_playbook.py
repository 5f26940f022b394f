"""`migrate-dhi playbook`: the advice for products, and the check of one's own."""

import json

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack

OWN = """\
name: house
title: House rules
images: [docker.io/valkey/valkey]
target: {image: valkey}
facts: {user: nonroot, uid: 65532, source: us}
notes:
  - {text: Ask the cache team., source: us}
"""


@pytest.fixture
def own(workshop):
    """A playbook in the folder of this repository."""
    file = workshop.root / ".migrate-dhi/playbooks/house.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(OWN)
    return file


def refused(ran, code):
    assert (ran.code, ran.out) == (code, ""), ran
    assert ran.error["state"] == "nothing was changed"
    return ran.error


def as_json(ran, code=0):
    assert ran.code == code, ran
    return json.loads(ran.out)


def test_list_tells_ours(workshop):
    books = as_json(workshop.run("playbook", "list", "--format", "json"))

    assert {"valkey", "harbor", "postgres"} <= {book["name"] for book in books}
    assert all(book.keys() >= {"name", "title", "targets"} for book in books)
    assert "valkey" in workshop.run("playbook", "list").out


def test_list_tells_this_repositorys_and_those_of_a_folder(workshop, own, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more/other.yaml").write_text(OWN.replace("house", "other"))

    books = as_json(workshop.run("playbook", "list", "--playbooks", tmp_path / "more", "--format", "json"))

    assert {"house", "other", "valkey"} <= {book["name"] for book in books}


def test_outside_a_repository_ours_are_known(workshop, own, tmp_path):
    ran = workshop.run("playbook", "list", "--format", "json", cwd=tmp_path)

    assert "house" not in {book["name"] for book in as_json(ran)}


def test_show_tells_facts_notes_and_checks_with_their_sources(workshop):
    out = workshop.run("playbook", "show", "valkey").out

    for text in (
        "for docker.io/valkey/valkey",
        "user nonroot; uid 65532",
        "data in /data",
        "[catalog, ",
        "kubectl ",
    ):
        assert text in out


def test_show_as_json(workshop, own):
    book = as_json(workshop.run("playbook", "show", "house", "--format", "json"))

    assert book["members"][0]["target"] == "valkey"
    assert book["notes"] == [{"text": "Ask the cache team.", "source": "us"}]


def test_every_playbook_of_ours_can_be_shown(workshop):
    for book in as_json(workshop.run("playbook", "list", "--format", "json")):
        assert book["title"] in workshop.run("playbook", "show", book["name"]).out


def test_an_unknown_name_offers_those_alike(workshop):
    assert "valkey" in refused(workshop.run("playbook", "show", "valky"), 2)["help"]


def test_ours_agree_with_the_bundled_catalog(workshop):
    ran = workshop.run("playbook", "check")

    assert ran.code == 0
    assert all(line.endswith(" agrees with the catalog") for line in ran.out.splitlines())


def test_a_file_that_agrees(workshop, own):
    assert as_json(workshop.run("playbook", "check", own, "--format", "json")) == [
        {"name": "house", "file": str(own), "contradictions": []}
    ]


def test_a_file_that_the_catalog_contradicts(workshop, own):
    own.write_text(OWN.replace("65532", "999"))

    ran = workshop.run("playbook", "check", own)

    assert ran.code == 5
    assert "house the catalog says otherwise:" in ran.out
    assert "uid of valkey:9.1.1-debian13 is 65532, not 999" in ran.out


def test_against_a_catalog_that_lost_the_image(workshop, own, tmp_path):
    file = tmp_path / "empty.gz"
    file.write_bytes(pack({"format": 1, "source": "s", "date": "2026-01-01", "commit": "c"}, []))
    assert Catalog.load(file).names() == ()

    [result] = as_json(workshop.run("playbook", "check", own, "--catalog", file, "--format", "json"), 5)

    assert result["contradictions"] == ["the catalog of 2026-01-01 lists no image valkey"]


def test_every_file_that_is_not_in_order_is_told(workshop, own, tmp_path):
    broken, empty = tmp_path / "broken.yaml", tmp_path / "empty.yaml"
    broken.write_text("name: [\n")
    empty.write_text("")

    ran = workshop.run("playbook", "check", broken, own, empty)

    assert (ran.code, ran.out) == (4, "")
    assert f"{broken}:" in ran.err
    assert f"{empty}: this playbook is empty" in ran.err


def test_a_broken_playbook_of_the_repository_stops_the_list(workshop, own):
    own.write_text(OWN + "colour: blue\n")

    assert f"{own}:8: `colour`" in refused(workshop.run("playbook", "list"), 4)["error"]


def test_a_file_or_folder_that_does_not_exist(workshop):
    refused(workshop.run("playbook", "check", "nowhere.yaml"), 2)
    refused(workshop.run("playbook", "list", "--playbooks", "nowhere"), 2)


@pytest.mark.parametrize("words", [[], ["frob"], ["show"]], ids=str)
def test_usage(workshop, words):
    assert "migrate-dhi playbook" in refused(workshop.run("playbook", *words), 2)["help"]


def test_looking_changes_nothing(workshop, own):
    before = workshop.picture()

    for words in (["list"], ["show", "house"], ["check"], ["check", own]):
        assert workshop.run("playbook", *words).code == 0

    assert workshop.picture() == before
