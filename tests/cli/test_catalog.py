"""`migrate-dhi catalog`: what is known of images, what changed, a newer file, a file of one's own."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from migrate_dhi.dhi import facts
from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.ui import catalog_text
from migrate_dhi.ui.lines import Look, line_cells, plain

LIST_KEYS = {"name", "lines", "tags", "runtime_shells"}
LINE_KEYS = {
    *("line", "version", "distro", "variant", "flavor", "tags", "user", "uid", "gid", "shells"),
    *("packages", "entrypoint", "cmd", "ports", "end_of_life"),
}
DEFINITION = """\
image: dhi.io/server
variant: runtime
tags:
  - "1.2"
  - 1.2.3-debian13
platforms: [linux/amd64]
accounts: {run-as: "65532", users: [{name: nonroot, uid: 65532, gid: 65532}]}
"""


def image(name, *tags, user="nonroot", **more):
    definition = {"line": "1", "version": "1.2.3", "distro": "debian-13", "tags": list(tags), "user": user}
    return {"image": name, "definitions": [{**definition, "uid": 65532, **more}]}


def catalog_file(folder, day, *records, **head):
    file = folder / f"{day}.jsonl.gz"
    file.write_bytes(
        pack({"format": 1, "source": "acme/catalog", "date": day, "commit": f"c{day}", **head}, records)
    )
    return file


@pytest.fixture
def old(tmp_path):
    return catalog_file(
        tmp_path, "2026-01-01", image("app", "1.2.3-debian13"), image("gone", "1.2.3-debian13")
    )


@pytest.fixture
def new(tmp_path):
    changed = image("app", "1.2.4-debian13", user="root", version="1.2.4")
    return catalog_file(tmp_path, "2027-02-01", changed, image("more", "1.2.3-debian13"))


@pytest.fixture
def checkout(tmp_path, workshop, monkeypatch):
    """A Git checkout of a catalog repository with one image; at first it had another tag."""
    root = tmp_path / "checkout"
    file = root / "image/server/debian-13/1.yaml"
    file.parent.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", root], check=True)
    for day, text in (("01", DEFINITION.replace("1.2.3", "1.2.2")), ("05", DEFINITION)):
        file.write_text(text)
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-03-{day}T12:00:00Z")
        workshop.git("add", "--all", cwd=root)
        workshop.git("commit", "-q", "-m", "state", cwd=root)
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    return root


def refused(ran, code):
    assert (ran.code, ran.out) == (code, ""), ran
    assert ran.error["state"] == "nothing was changed"
    return ran.error


def as_json(ran):
    assert ran.code == 0, ran
    return json.loads(ran.out)


# --- list and show


def test_list_tells_all_images(workshop):
    ran = workshop.run("catalog", "list")

    lines = ran.out.splitlines()
    rows = [line for line in lines if line and not line.startswith(" ")]
    assert (ran.code, len(rows), rows[0].split()) == (0, 554 + 2, ["image", "tags", "shell", "lines"])
    assert lines[-1].startswith("554 images of the catalog of ")


def test_list_as_json(workshop):
    images = as_json(workshop.run("catalog", "list", "valkey", "--format", "json"))

    assert [found["name"] for found in images] == ["valkey", "valkey-operator"]
    assert all(found.keys() == LIST_KEYS for found in images)
    assert images[0]["runtime_shells"] == ["bash"]


def test_list_of_a_word_in_no_name_is_empty_and_no_error(workshop):
    assert as_json(workshop.run("catalog", "list", "zzz", "--format", "json")) == []
    assert workshop.run("catalog", "list", "zzz").out.startswith("No image of the catalog of ")


def test_list_of_an_empty_catalog(workshop, tmp_path):
    empty = catalog_file(tmp_path, "2026-01-01")

    assert as_json(workshop.run("catalog", "list", "--catalog", empty, "--format", "json")) == []


def test_show_has_line_tags_user_shell_and_end_of_life(workshop):
    out = workshop.run("catalog", "show", "valkey").out

    assert "9.1   9.1.1              nonroot (65532)  bash   2028-10-21   debian-13" in out
    assert "  9.1  9.1.1-debian13, 9, 9.1, " in out
    assert "-dev " in out
    assert "(until 20" in out


def test_show_fits_one_screen():
    lines = catalog_text.show_lines(Look(width=80, fit=True), facts.catalog_show(Catalog.bundled(), "valkey"))

    assert len(lines) <= 23
    assert max(map(line_cells, lines)) <= 80


def test_every_image_can_be_shown_in_80_columns():
    catalog = Catalog.bundled()
    for name in catalog.names()[::5]:
        lines = catalog_text.show_lines(Look(width=80, fit=True), facts.catalog_show(catalog, name))

        assert max(map(line_cells, lines)) <= 80, name
        shown = "\n".join(map(plain, lines))
        assert all(definition.version in shown for definition in catalog.definitions(name)[:1])


def test_show_as_json(workshop):
    shown = as_json(workshop.run("catalog", "show", "valkey", "--format=json"))

    assert shown["image"] == "valkey"
    assert all(line.keys() >= LINE_KEYS for line in shown["lines"])


def test_show_of_an_image_without_runtime_or_facts(workshop, tmp_path):
    bare = {
        "image": "bare",
        "definitions": [{"line": "1", "distro": "alpine-3.23", "variant": "dev", "tags": ["1-dev"]}],
    }
    file = catalog_file(tmp_path, "2026-01-01", bare, {"image": "none", "definitions": []})

    assert "not given" in workshop.run("catalog", "show", "bare", "--catalog", file).out
    assert workshop.run("catalog", "show", "none", "--catalog", file).code == 0


def test_texts_of_a_catalog_cannot_move_the_cursor(workshop, tmp_path):
    file = catalog_file(tmp_path, "2026-01-01", image("evil", "1.2.3-\x1b[2J"), source="a\x1b[31m")

    out = workshop.run("catalog", "show", "evil", "--catalog", file).out

    assert "\x1b" not in out
    assert "\\x1b[2J" in out


def test_an_unknown_name_offers_those_alike(workshop):
    error = refused(workshop.run("catalog", "show", "valky"), 2)

    assert "lists no image valky" in error["error"]
    assert "valkey" in error["help"]


# --- match


def test_match_says_how_sure_and_why(workshop):
    lines = workshop.run("catalog", "match", "redis:8").out.splitlines()

    assert lines[0] == "redis:8"
    assert [line.split()[1:3] for line in lines[1:3]] == [["redis", "certain"], ["valkey", "weak"]]


@pytest.mark.parametrize(
    ("flags", "tag", "rule"),
    [
        ((), "9.0.1-debian13", "tag-past"),
        (("--no-past",), "9.1.1-debian13", "line-newer"),
        (("--prefer", "newest"), "9.1.1-debian13", "line-newer"),
    ],
)
def test_match_gives_the_tag_and_its_rule(workshop, flags, tag, rule):
    out = workshop.run("catalog", "match", "valkey/valkey:9.0.1", *flags).out

    assert f"becomes dhi.io/valkey:{tag}  {rule}" in out


def test_match_says_what_is_possible_where_the_rule_ends(workshop):
    out = workshop.run("catalog", "match", "valkey/valkey:9.0.1", "--no-past", "--within", "patch").out

    assert "undecided" in out
    assert "possible: dhi.io/valkey:" in out


def test_match_as_json(workshop):
    matched = as_json(
        workshop.run("catalog", "match", "quay.io/jetstack/cert-manager-webhook", "--format", "json")
    )

    assert matched["image"] == "quay.io/jetstack/cert-manager-webhook"
    assert matched["candidates"][0].keys() >= {"target", "confidence", "source"}
    assert matched["candidates"][0]["confidence"] == "certain"


def test_no_match_is_said_and_no_error(workshop):
    ran = workshop.run("catalog", "match", "docker.io/acme/thing:1")

    assert ran.code == 0
    assert ran.out.startswith("No hardened image is known for docker.io/acme/thing:1")


def test_a_match_that_the_catalog_lost_is_marked(workshop, old):
    assert "does not list it" in workshop.run("catalog", "match", "valkey/valkey", "--catalog", old).out


def test_match_of_no_image(workshop):
    refused(workshop.run("catalog", "match", "Not An Image"), 2)


# --- diff


def test_diff_tells_what_changed(workshop, old, new):
    ran = workshop.run("catalog", "diff", old, new)

    assert ran.code == 0
    for text in ("+ more", "- gone", "+ 1.2.4-debian13", "- 1.2.3-debian13", "user or shell differ"):
        assert text in ran.out


def test_diff_as_json(workshop, old, new):
    diff = as_json(workshop.run("catalog", "diff", old, new, "--format", "json"))

    assert (diff["images_added"], diff["images_removed"]) == (["more"], ["gone"])
    assert diff["images_changed"].keys() == {"app"}


def test_diff_of_the_same_file(workshop, old):
    assert "Nothing differs." in workshop.run("catalog", "diff", old, old).out


def test_diff_is_against_the_catalog_in_use(workshop, old):
    diff = as_json(workshop.run("catalog", "diff", old, "--format", "json"))

    assert diff["to"]["source"] == "docker-hardened-images/catalog"
    assert len(diff["images_added"]) == 554


# --- update


def test_update_keeps_the_newer_catalog_for_this_user(workshop, new, clean_home):
    told = as_json(workshop.run("catalog", "update", new, "--accept-shrunk", "--format", "json"))

    assert Path(told["file"]).is_relative_to(clean_home)
    assert Path(told["file"]).read_bytes() == new.read_bytes()
    assert (told["to"]["date"], told["images"]) == ("2027-02-01", 2)
    assert [i["name"] for i in as_json(workshop.run("catalog", "list", "--format", "json"))] == [
        "app",
        "more",
    ]


def test_update_says_what_is_in_use(workshop, new):
    ran = workshop.run("catalog", "update", new, "--accept-shrunk")

    assert "The catalog of 2027-02-01 with 2 images is in use now" in ran.out


def test_an_older_catalog_does_not_take_the_newer_ones_place(workshop, old, clean_home):
    error = refused(workshop.run("catalog", "update", old), 4)

    assert "older than the one in use" in error["error"]
    assert not list(clean_home.rglob("catalog.jsonl.gz"))


def test_a_catalog_that_lists_far_less_is_refused_with_the_counts(workshop, new, clean_home):
    error = refused(workshop.run("catalog", "update", new), 4)

    bundled = Catalog.bundled()
    assert (
        f"the catalog of 2027-02-01 lists 2 images with 2 tags, and the one in use, of {bundled.date}"
        in error["error"]
    )
    assert "--accept-shrunk" in error["help"]
    assert not list(clean_home.rglob("catalog.jsonl.gz"))


def test_update_over_plain_http_is_refused(workshop):
    refused(workshop.run("catalog", "update", "http://catalog.example/catalog.jsonl.gz"), 4)


# --- build


def test_build_writes_a_catalog(workshop, checkout, tmp_path):
    out = tmp_path / "own.gz"

    told = as_json(workshop.run("catalog", "build", "--from", checkout, "-o", out, "--format", "json"))

    assert (told["file"], told["images"], told["bytes"]) == (str(out), 1, out.stat().st_size)
    assert Catalog.load(out).find("server", "1.2.3-debian13")
    assert Catalog.load(out).past_tags("server") == ()
    assert sorted(path.name for path in tmp_path.glob("*own*")) == ["own.gz"]


def test_build_with_history_keeps_tags_of_once(workshop, checkout, tmp_path):
    out = tmp_path / "own.gz"

    ran = workshop.run("catalog", "build", "--from", checkout, "--history", "-o", out)

    assert "Wrote the catalog of " in ran.out
    assert [tag.tag for tag in Catalog.load(out).past_tags("server")] == ["1.2.2-debian13"]


def test_build_twice_replaces_the_file(workshop, checkout):
    for _ in range(2):
        assert workshop.run("catalog", "build", "--from", checkout).code == 0
    assert Catalog.load(workshop.root / "catalog.jsonl.gz").names() == ("server",)


def test_build_overwrites_nothing_but_a_catalog(workshop, checkout):
    file = workshop.root / "values.yaml"
    file.write_text("precious: true\n")

    refused(workshop.run("catalog", "build", "--from", checkout, "-o", file), 2)

    assert file.read_text() == "precious: true\n"


def test_build_from_something_else(workshop, tmp_path):
    refused(workshop.run("catalog", "build", "--from", tmp_path / "nowhere"), 2)
    refused(workshop.run("catalog", "build", "--from", workshop.root), 4)
    assert not (workshop.root / "catalog.jsonl.gz").exists()


def test_build_where_nothing_can_be_written(workshop, checkout, tmp_path):
    assert (
        workshop.run("catalog", "build", "--from", checkout, "-o", tmp_path / "no/such/folder.gz").code == 1
    )


# --- files that are none


@pytest.mark.parametrize("command", [["list"], ["show", "app"], ["match", "app"]], ids=lambda c: c[0])
@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "this is no catalog file"),
        (b"not gzip", "this is no catalog file"),
        (gzip.compress(b'{"format": 99}\n'), "this program reads up to 1"),
        (gzip.compress(b"[]\n"), "this is no catalog file"),
    ],
    ids=["empty", "text", "newer", "other"],
)
def test_a_file_that_cannot_be_read(workshop, tmp_path, command, content, text):
    file = tmp_path / "file.gz"
    file.write_bytes(content)

    error = refused(workshop.run("catalog", *command, "--catalog", file), 4)

    assert text in error["error"]
    assert str(file) in error["error"]


def test_a_file_that_is_cut_off(workshop, tmp_path, old):
    file = tmp_path / "cut.gz"
    file.write_bytes(old.read_bytes()[:-20])

    refused(workshop.run("catalog", "show", "app", "--catalog", file), 4)


def test_a_file_that_does_not_exist(workshop, old):
    for words in (
        ["list", "--catalog", "nowhere"],
        ["diff", "nowhere"],
        ["diff", old, "nowhere"],
        ["update", "nowhere"],
    ):
        assert "nowhere" in refused(workshop.run("catalog", *words), 2)["error"]


def test_a_damaged_catalog_of_the_user_is_not_passed_over(workshop, clean_home):
    own = clean_home / ".local/share/migrate-dhi/catalog.jsonl.gz"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"broken")

    assert str(own) in refused(workshop.run("catalog", "list"), 4)["error"]


# --- the command itself


@pytest.mark.parametrize("words", [[], ["frob"], ["show"], ["build"], ["list", "--format", "xml"]], ids=str)
def test_usage(workshop, words):
    assert "migrate-dhi catalog" in refused(workshop.run("catalog", *words), 2)["help"]


@pytest.mark.parametrize("command", ["list", "show", "match", "diff", "update", "build"])
def test_every_command_has_help(workshop, command):
    out = workshop.run("catalog", command, "--help").out

    assert out.startswith(f"Usage: migrate-dhi catalog {command}")
    assert "--format" in out


def test_a_chart_called_catalog_is_named_by_its_path(workshop):
    workshop.add("values-comments", "catalog")

    assert workshop.run("./catalog", "--plan").code == 0


def test_looking_changes_nothing(workshop, old, new):
    before = workshop.picture()

    for words in (["list"], ["show", "redis"], ["match", "redis"], ["diff", old, new]):
        assert workshop.run("catalog", *words).code == 0

    assert workshop.picture() == before
