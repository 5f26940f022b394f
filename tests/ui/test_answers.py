"""The file of answers: what is written reads back, and what a person got wrong is told."""

from pathlib import Path

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.errors import PathNotFoundError, UsageError
from migrate_dhi.migration.options import Options
from migrate_dhi.ui.answers import KEEP, Answers, ChartAnswers, pin_words, read, read_pin

FULL = ChartAnswers(
    images={"docker.io/a/b:1.10": "dhi.io/b:1.10", "c:9.0": KEEP},
    pull_secret="regcred",
    probes="tcp",
    bump="minor",
    steps={"registry": "apply", "tag": "skip"},
    accept=("shell-missing",),
    pinned={
        "versions": (
            Edit("a/Chart.yaml", ("version",), "1.10"),
            Edit("a/values.yaml", ("x", 0), None, delete=True),
        )
    },
)


def written(tmp_path, text):
    file = tmp_path / "answers.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("chart", [FULL, ChartAnswers(), ChartAnswers(pull_secret="", images={})])
def test_what_is_written_reads_back(tmp_path, chart):
    answers = Answers({"apps/a": chart})

    assert read(written(tmp_path, answers.dump())) == answers


def test_tags_that_look_like_numbers_stay_as_they_are(tmp_path):
    file = written(tmp_path, "charts: {a: {images: {b:1.10: dhi.io/b:1.10}, pull_secret: 0123}}")

    assert read(file).charts["a"].images == {"b:1.10": "dhi.io/b:1.10"}
    assert read(file).charts["a"].pull_secret == "0123"


def test_an_empty_file_answers_nothing(tmp_path):
    assert read(written(tmp_path, "")) == Answers()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("charts: [a]", "charts is not a mapping"),
        ("chart: {}", "unknown key 'chart'"),
        ("charts: {a: {probe: tcp}}", "unknown key 'probe'"),
        ("charts: {a: {probes: udp}}", "a.probes is 'udp'"),
        ("charts: {a: {bump: [patch]}}", "a.bump is not a text"),
        ("charts: {a: {steps: {tag: maybe}}}", "a.steps.tag is 'maybe'"),
        ("charts: {a: {accept: all}}", "a.accept is not a list"),
        ("charts: {a: {pinned: {tag: x}}}", "a.pinned.tag is not a list"),
        ("charts: {a: {pinned: {tag: [{file: f, path: 'a..b', value: c}]}}}", "no values path"),
        ("charts: {a: {pinned: {tag: [{file: f}]}}}", "a.pinned.tag.path is not a text"),
        ("charts: {a", "no YAML"),
        ("a: !!python/object:os.system x", "unknown key"),
    ],
)
def test_a_mistake_is_told(tmp_path, text, told):
    with pytest.raises(UsageError) as raised:
        read(written(tmp_path, text))

    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PathNotFoundError):
        read(tmp_path / "none.yaml")


def test_answers_lie_over_the_flags():
    options = FULL.applied(Options())

    assert options.wishes.to == ("docker.io/a/b:1.10=dhi.io/b:1.10",)
    assert options.wishes.keep == ("c:9.0",)
    assert (options.choices.pull_secret, options.choices.probes, options.choices.bump) == (
        "regcred",
        "tcp",
        "minor",
    )
    assert options.choices.skip == ("tag",)


def test_no_answers_change_no_option():
    assert ChartAnswers().applied(Options()) == Options()


def test_no_pull_secret_means_that_its_step_is_left_out():
    assert ChartAnswers(pull_secret="").applied(Options()).choices.skip == ("pull-secret",)


def test_what_is_proposed_anyway_needs_no_flag():
    assert FULL.flags(FULL)[:4] == ["--to", "docker.io/a/b:1.10=dhi.io/b:1.10", "--keep", "c:9.0"]
    assert "--probes" not in FULL.flags(FULL)
    assert "--probes" in FULL.flags(ChartAnswers())


def test_charts_are_found_from_the_root_of_the_repository(tmp_path):
    (tmp_path / ".git").mkdir()

    assert Answers({"apps/a": FULL}).paths(tmp_path / "apps") == [tmp_path / "apps/a"]
    assert Answers({"a": FULL}).paths(Path("/nowhere")) == [Path("/nowhere/a")]


@pytest.mark.parametrize("value", ["1.0", 7, True, None, ["a"], {"b": 1}, "delete", ""])
def test_a_pin_reads_back_from_its_words(value):
    edit = Edit("values.yaml", ("a", 0, "b.c"), value)

    assert read_pin(*pin_words(edit)) == edit


def test_a_plain_word_is_a_text():
    assert read_pin("f", "a", "main-1").value == "main-1"


def test_a_flag_counts_more_and_one_that_is_no_answer_changes_nothing():
    chart = ChartAnswers(pull_secret="regcred", probes="tcp")

    assert chart.without({"probes", "via"}) == ChartAnswers(pull_secret="regcred")
