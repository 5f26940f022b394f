"""The answers that a repository keeps: how they are read, and what counts more."""

from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.wish import Wishes
from migrate_dhi.errors import UsageError
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.repository_answers import (
    FILE,
    Answered,
    RepositoryAnswers,
    answered,
    differs,
    read_answers,
)
from migrate_dhi.steps.context import Choices


def read(text):
    return read_answers(text).everywhere


# texts as they stand


@pytest.mark.parametrize(
    ("text", "images"),
    [
        # No number, date or truth is made of a tag.
        ("images: {a/b:9.10: dhi.io/b:9.10}", {"a/b:9.10": "dhi.io/b:9.10"}),
        ("images:\n  a/b:1e3: dhi.io/b:2024-01-01", {"a/b:1e3": "dhi.io/b:2024-01-01"}),
        ("images: {'a/b': 'keep'}", {"a/b": "keep"}),
        ("images:\n  ? a/b\n  : keep", {"a/b": "keep"}),
        ("x: &x {a/b: keep}\nimages: *x", None),
        ("keep: [a, b/c:1, a]", {"a": "keep", "b/c:1": "keep"}),
        ("keep: []", {}),
        ("images: null", {}),
        ("images:", {}),
        ("images: ~", {}),
        # What is kept counts more than what it would become.
        ("images: {a: dhi.io/a}\nkeep: [a]", {"a": "keep"}),
    ],
)
def test_images(text, images):
    if images is None:
        with pytest.raises(UsageError, match="unknown key 'x'"):
            read(text)
    else:
        assert read(text).images == images


def test_an_anchor_may_be_used_again():
    found = read_answers("images: &all {a/b: keep}\nreleases: {data/*: {images: *all}}\n")

    assert found.of(["data/x"]).images == {"a/b": "keep"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("probes:\n", 1, "probes is not a text"),
        ("probes: ''\n", 1, "probes is not a text"),
        ("probes: [tcp]\n", 1, "probes is not a text"),
        ("target: 5\n", 1, "5"),
        ("\n\npull-secret: ~\n", 3, "no name in Kubernetes"),
        ("distro: Alpine\n", 1, "distro is 'Alpine'"),
        ("images: {a: }\n", 1, "images.a is not a text"),
        ("images:\n  a: [b]\n", 2, "images.a is not a text"),
        ("images: {'a b': keep}\n", 1, "a b"),
        ("images:\n  a/b: KEEP\n", 2, "KEEP"),
        ("images: text\n", 1, "images is not a map"),
        ("keep:\n- a\n- [b]\n", 3, "an item of keep is not a text"),
        ("keep:\n", 1, "keep is not a list"),
        ("accept: [all, '']\n", 1, "an item of accept is not a text"),
        ("skip: tag\n", 1, "skip is not a list"),
        ("releases: [a]\n", 1, "releases is not a map"),
        ("releases:\n  a/b: text\n", 2, "releases.a/b is not a map"),
        ("releases:\n  a/b: {}\n  a/b: {}\n", 3, "releases has the key 'a/b' twice"),
        ("releases: {'': {}}\n", 1, "a key of releases is not a text"),
        ("releases:\n  a/b:\n    probes: x\n", 3, "releases.a/b.probes is 'x'"),
        ("releases:\n  a/b:\n    skip:\n    - nosuch\n", 4, "releases.a/b.skip: there is no step 'nosuch'"),
        ("releases:\n  a/b: {accept: [nosuch]}\n", 2, "there is no such finding"),
        ("? [a]\n: b\n", 1, "a key of the file is not a text"),
        ("probes: tcp\n<<: {via: chart}\n", 2, "unknown key '<<'"),
        ("probes: tcp\n---\nvia: chart\n", 2, "no YAML"),
        ("probes: *none\n", 1, "no YAML"),
        ("a: \x00\n", 1, "no YAML"),
        ("\tprobes: tcp\n", 1, "no YAML"),
        ("text\n", 1, "the file is not a map"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, said):
    with pytest.raises(UsageError) as caught:
        read_answers(text)

    assert said in caught.value.message
    assert caught.value.where == f"{FILE}:{line}"
    assert caught.value.help


# which releases are meant


@pytest.mark.parametrize(
    ("pattern", "names", "fits"),
    [
        ("data/cache", ["data/cache"], True),
        ("data/*", ["data/cache"], True),
        ("*/cache", ["web/x", "data/cache"], True),
        ("apps/web", ["default/web", "apps/web"], True),
        ("apps.yaml#cache", ["data/cache", "apps.yaml#cache"], True),
        ("data/[ab]*", ["data/bcd"], True),
        ("data", ["data/cache"], False),
        ("Data/*", ["data/cache"], False),
        ("data/cach", ["data/cache"], False),
        ("data/cache", [], False),
    ],
)
def test_a_pattern_fits_any_name_of_a_plan(pattern, names, fits):
    found = RepositoryAnswers(Answered(probes="shell"), ((pattern, Answered(probes="tcp")),))

    assert found.of(names).probes == ("tcp" if fits else "shell")


FULL = Answered("dhi.io/{name}", "alpine", "one", "tcp", {"a": "keep"}, ("x",), ("tag",), "chart")


@pytest.mark.parametrize("key", ["target", "distro", "pull_secret", "probes", "via"])
def test_a_later_answer_takes_the_place_of_an_earlier_one(key):
    later = RepositoryAnswers(FULL, (("*", Answered(**{key: "other"})),)).of(["a/b"])

    assert getattr(later, key) == "other"
    assert [name for name in KEYS if getattr(later, name) != getattr(FULL, name)] == [key]


KEYS = ("target", "distro", "pull_secret", "probes", "images", "accept", "skip", "via")


def test_lists_and_maps_are_added_to_and_nothing_in_them_is_told_twice():
    more = Answered(images={"a": "dhi.io/a", "b": "keep"}, accept=("y", "x"), skip=("tag", "probes"))

    found = RepositoryAnswers(FULL, (("*", more),)).of(["a/b"])

    assert found.images == {"a": "dhi.io/a", "b": "keep"}
    assert (found.accept, found.skip) == (("x", "y"), ("tag", "probes"))


# under the flags


def settled(told, *, chart="", releases=(), **more):
    """The options with these answers under them, outside of any repository."""
    source = SimpleNamespace(
        repository=None,
        commit="",
        base="HEAD",
        target=SimpleNamespace(releases=releases),
        chart=SimpleNamespace(path=chart or "web", name="web", editable=bool(chart)),
    )
    return answered(source, Options(asked=told, **more))


def test_where_no_flag_says_otherwise_the_answers_count():
    found = settled(FULL)

    assert (found.wishes.target, found.wishes.distro, found.wishes.answers) == (
        "dhi.io/{name}",
        "alpine",
        ("a=keep",),
    )
    assert (found.choices.pull_secret, found.choices.probes, found.choices.via) == ("one", "tcp", "chart")
    assert (found.choices.skip, found.choices.accept) == (("tag",), frozenset({"x"}))
    # What was just answered needs no note.
    assert found.notes == ()


@pytest.mark.parametrize(
    ("more", "read_"),
    [
        ({"wishes": Wishes(target="mirror/{name}")}, lambda one: one.wishes.target == "mirror/{name}"),
        ({"wishes": Wishes(distro="debian")}, lambda one: one.wishes.distro == "debian"),
        # The flags of images are asked before the answers.
        (
            {"wishes": Wishes(to=("a=x:1",), answers=("b=keep",))},
            lambda one: one.wishes.answers == ("b=keep", "a=keep"),
        ),
        ({"choices": Choices(pull_secret="mine")}, lambda one: one.choices.pull_secret == "mine"),
        # A flag may say what is the default anyway.
        ({"given": frozenset({"pull_secret"})}, lambda one: one.choices.pull_secret == ""),
        ({"given": frozenset({"probes"})}, lambda one: one.choices.probes == "shell"),
        ({"given": frozenset({"via"})}, lambda one: one.choices.via == "values"),
        ({"choices": Choices(skip=("tag", "probes"))}, lambda one: one.choices.skip == ("tag", "probes")),
        # A step that is asked for is not left out.
        ({"choices": Choices(only=("tag",))}, lambda one: one.choices.skip == ()),
        ({"choices": Choices(accept=frozenset({"y"}))}, lambda one: one.choices.accept == {"x", "y"}),
    ],
)
def test_a_flag_counts_more(more, read_):
    assert read_(settled(FULL, **more))


@pytest.mark.parametrize(
    ("more", "skip"),
    [
        ({}, ("pull-secret",)),
        ({"choices": Choices(pull_secret="mine")}, ()),
        ({"given": frozenset({"pull_secret"})}, ()),
        ({"choices": Choices(only=("pull-secret",))}, ()),
        ({"choices": Choices(skip=("pull-secret",))}, ("pull-secret",)),
    ],
)
def test_no_secret_leaves_its_step_out(more, skip):
    found = settled(Answered(pull_secret="none"), **more)

    assert found.choices.skip == skip
    assert found.choices.pull_secret == (more.get("choices") or Choices()).pull_secret


def test_nothing_that_is_answered_changes_nothing():
    assert settled(Answered(), choices=Choices(probes="tcp")).choices == Choices(probes="tcp")
    assert settled(None).wishes == Wishes()


# the worktree beside the base


@pytest.mark.parametrize(
    ("here", "there", "differs_"),
    [
        (None, None, False),
        (None, b"probes: tcp\n", False),
        (b"probes: tcp\n", b"probes: tcp\n", False),
        # As Git may check it out.
        (b"probes: tcp\r\n", b"probes: tcp\n", False),
        (b"probes: exec\n", b"probes: tcp\n", True),
        (b"probes: tcp\n", None, True),
        (b"", b"probes: tcp\n", True),
    ],
)
def test_whether_the_worktree_says_something_else(workshop, here, there, differs_):
    (workshop.root / "x").write_text("x\n")
    if there is not None:
        (workshop.root / FILE).write_bytes(there)
    workshop.commit("answers")
    (workshop.root / FILE).unlink(missing_ok=True)
    if here is not None:
        (workshop.root / FILE).write_bytes(here)

    assert differs(Repository.discover(workshop.root), workshop.head()) is differs_


def test_before_the_first_commit_what_lies_there_is_not_used(tmp_path):
    (tmp_path / FILE).write_text("probes: tcp\n")

    assert differs(SimpleNamespace(root=tmp_path), "")


def test_what_is_no_file_of_its_own_says_something_else(tmp_path):
    (tmp_path / "other").write_text("probes: tcp\n")
    (tmp_path / FILE).symlink_to("other")

    assert differs(SimpleNamespace(root=tmp_path), "")
