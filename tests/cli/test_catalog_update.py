"""`catalog update` from a Git repository: built, compared, installed; interrupted, resumed, refused where it is at fault."""

import json
import subprocess

import pytest

from migrate_dhi.dhi import current, renewal
from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.git import clones

DEFINITION = """\
image: dhi.io/{image}
variant: runtime
tags:
  - "{version}-debian13"
  - "1"
platforms: [linux/amd64]
accounts: {{run-as: "65532", users: [{{name: nonroot, uid: 65532, gid: 65532}}]}}
"""


class Public:
    """A bare repository like the public one, and a worktree that commits to it."""

    def __init__(self, folder):
        self.work, self.bare = folder / "work", folder / "catalog.git"
        self.url = f"file://{self.bare}"
        self.day = 0
        for words in (["init", "-q", self.work], ["init", "-q", "--bare", self.bare]):
            subprocess.run(["git", *words], check=True)
        self.git("config", "uploadpack.allowFilter", "true", cwd=self.bare)

    def git(self, *words, cwd=None, **environment):
        done = subprocess.run(
            ["env", *(f"{k}={v}" for k, v in environment.items()), "git", *words],
            cwd=cwd or self.work,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, **versions):
        """One more day, on which these images have these versions; None: the image is gone."""
        self.day += 1
        for image, version in versions.items():
            file = self.work / f"image/{image}/debian-13/1.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            if version:
                file.write_text(DEFINITION.format(image=image, version=version))
                (file.parents[1] / "logo.svg").write_text(f"<svg>{image}</svg>")
        self.git("add", "--all")
        day = f"2030-01-{self.day:02}T12:00:00Z"
        self.git("commit", "-q", "--allow-empty", "-m", "state", GIT_COMMITTER_DATE=day)
        self.git("push", "-q", self.bare, "HEAD:refs/heads/main")
        return self


@pytest.fixture
def public(workshop, tmp_path, monkeypatch):
    """It stands in the place of the public one; a first catalog of it is in use."""
    found = Public(tmp_path).commit(one="1.0.0", two="1.0.0", three="1.0.0", four="1.0.0")
    monkeypatch.setattr(renewal, "PUBLIC", found.url)
    ran = workshop.run("catalog", "update", "--accept-shrunk")
    assert ran.code == 0, ran
    return found


def in_use():
    return Catalog.load(current.user_catalog())


def test_without_arguments_the_public_one_is_taken(workshop, public):
    public.commit(one="1.0.1", five="1.0.0")

    told = json.loads(workshop.run("catalog", "update", "--format", "json").out)

    assert (told["from"]["date"], told["to"]["date"], told["images"]) == ("2030-01-01", "2030-01-02", 5)
    assert told["to"]["commit"] == public.git("rev-parse", "HEAD")
    assert in_use().find("one", "1.0.1-debian13")


def test_tags_that_are_listed_no_more_are_carried_over(workshop, public):
    public.commit(one="1.0.1")
    workshop.run("catalog", "update")
    public.commit(one="1.0.2", two=None)
    workshop.run("catalog", "update", "--accept-shrunk")

    past = {tag.tag: (tag.first_seen, tag.last_seen) for tag in in_use().past_tags("one")}
    assert past == {
        "1.0.0-debian13": ("2030-01-01", "2030-01-01"),
        "1.0.1-debian13": ("2030-01-02", "2030-01-02"),
    }
    assert [tag.tag for tag in in_use().past_tags("two")] == ["1.0.0-debian13"]


def test_the_history_is_looked_through_on_request(workshop, public):
    for version in ("1.0.1", "1.0.2", "1.0.3"):
        public.commit(one=version)

    assert workshop.run("catalog", "update", "--history").code == 0

    past = {tag.tag: tag.last_seen for tag in in_use().past_tags("one")}
    assert past == {
        "1.0.0-debian13": "2030-01-02",
        "1.0.1-debian13": "2030-01-03",
        "1.0.2-debian13": "2030-01-04",
    }


def test_a_clone_with_the_history_keeps_it(workshop, public, clean_home):
    (clone,) = (clean_home / ".cache/migrate-dhi/catalogs/git").iterdir()
    for version, words in (("1.0.1", []), ("1.0.2", ["--history"]), ("1.0.3", []), ("1.0.4", [])):
        public.commit(one=version)
        assert workshop.run("catalog", "update", *words).code == 0
        if version == "1.0.1":
            assert (clone / "shallow").is_file()

    assert public.git("rev-list", "--count", public.git("rev-parse", "HEAD"), cwd=clone) == "5"


def test_only_what_a_catalog_is_built_from_is_fetched(workshop, public, clean_home):
    (clone,) = (clean_home / ".cache/migrate-dhi/catalogs/git").iterdir()
    here = public.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", cwd=clone).split()

    assert public.git("rev-parse", "HEAD:image/one/debian-13/1.yaml") in here
    assert public.git("rev-parse", "HEAD:image/one/logo.svg") not in here


def test_a_repository_that_was_emptied_is_refused_and_the_catalog_stays(workshop, public):
    before = current.user_catalog().read_bytes()
    public.commit(one=None, two=None, three=None, four=None)

    ran = workshop.run("catalog", "update")

    assert ran.code == 4
    assert (
        "the repository defines no image, and the catalog in use, of 2030-01-01, lists 4"
        in ran.error["error"]
    )
    assert current.user_catalog().read_bytes() == before


def test_a_repository_that_has_shrunk_is_refused_with_the_counts(workshop, public):
    public.commit(three=None, four=None)

    ran = workshop.run("catalog", "update")

    assert ran.code == 4
    assert "lists 2 images with 4 tags, and the one in use, of 2030-01-01, 4 with 8" in ran.error["error"]
    assert in_use().date == "2030-01-01"
    assert workshop.run("catalog", "update", "--accept-shrunk").code == 0
    assert in_use().date == "2030-01-02"


def test_an_interrupted_update_leaves_the_catalog_and_goes_on_where_it_stopped(
    public, clean_home, monkeypatch
):
    monkeypatch.setattr(clones, "_BATCH", 1)
    public.commit(**dict.fromkeys(("one", "two", "three", "four"), "1.0.1"), five="1.0.5", six="1.0.6")
    cache = clean_home / ".cache/migrate-dhi/catalogs"
    told = []

    def interrupted(text):
        told.append(text)
        if text == "fetching definitions: 2 of 6":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        current.update_catalog(cache=cache, progress=interrupted)
    assert in_use().date == "2030-01-01"
    told.clear()
    current.update_catalog(cache=cache, progress=told.append)

    assert in_use().date == "2030-01-02"
    assert "fetching definitions: 0 of 4" in told


def test_what_the_last_update_changed_is_told(workshop, public):
    public.commit(one="1.0.1")
    ran = workshop.run("catalog", "update")

    diff = json.loads(workshop.run("catalog", "diff", "--format", "json").out)

    assert "`migrate-dhi catalog diff --for .`" in ran.out.replace("\n  ", " ")
    assert (diff["from"]["date"], diff["to"]["date"]) == ("2030-01-01", "2030-01-02")
    assert diff["images_changed"]["one"]["tags_added"] == ["1.0.1-debian13"]


def test_a_source_by_folder_and_by_address(workshop, public):
    public.commit(one="1.0.1")

    for source in (public.work, public.bare, public.url):
        assert workshop.run("catalog", "update", source).code == 0
        assert in_use().date == "2030-01-02"


def test_a_repository_that_does_not_answer(workshop, public):
    ran = workshop.run("catalog", "update", "file:///gone/catalog.git")

    assert ran.code == 4
    assert ran.error["error"].startswith("file:///gone/catalog.git cannot be read with Git: ")
    assert in_use().date == "2030-01-01"


@pytest.mark.parametrize(("days", "severity"), [("", None), ("100000", None), ("0", "error")])
def test_how_old_it_may_be_is_said_by_the_environment(workshop, monkeypatch, days, severity):
    workshop.add("plain-chart")
    monkeypatch.setenv("MIGRATE_DHI_CATALOG_MAX_AGE", days)

    ran = workshop.run("apps/plain-chart", "--plan", "--format", "json")

    found = {one["code"]: one for one in json.loads(ran.out)["findings"]}
    said = found.get("catalog-old", {})
    if days:
        assert said.get("severity") == severity
        assert ran.code == (5 if severity else 0)
    if severity:
        assert "(MIGRATE_DHI_CATALOG_MAX_AGE allows 0)" in said["message"]
        assert said["help"] == "fetch a newer one with `migrate-dhi catalog update`"


def test_an_age_that_is_no_number(workshop, monkeypatch):
    workshop.add("plain-chart")
    monkeypatch.setenv("MIGRATE_DHI_CATALOG_MAX_AGE", "soon")

    ran = workshop.run("apps/plain-chart", "--plan")

    assert ran.code == 2
    assert "'soon', which is no number of days" in ran.error["error"]
