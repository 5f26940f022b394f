"""The wizard as a person meets it: the real program, a pseudo-terminal, a real repository."""

import re
import shutil

import pytest

from tests.charts import copy_case
from tests.ui.wizards import CTRL_C, DOWN, ENTER, EXPORTER, STORE, Repo

NO_SHELL = ("What to do", "Accept probe-unreached")
BRANCH = "dhi/apps-monitoring-redis-exporter"
QUESTIONS = (
    "What the images become",
    "Tag for redis_exporter:v1.89.0-alpine",
    "Name of the pull secret",
    "Probes",
    "Raise the chart's version",
    "Step registry",
    "Step tag",
    "Step probes",
    "Step versions",
    f"Write the branch {BRANCH} with 4 commits?",
)
IMAGES, TAG, SECRET, PROBES, BUMP, REGISTRY, TAG_STEP, PROBES_STEP, VERSIONS, WRITE = QUESTIONS
LAST = "Anything else?"


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path)


def subjects(repo, branch=BRANCH):
    return repo.git("log", "--format=%s", f"HEAD..{branch}").splitlines()


def test_enter_at_every_question_writes_the_plan_as_proposed(repo):
    before = repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")

    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS, LAST)

    assert wizard.end() == 0
    plan = repo.run(EXPORTER, "--plan", "--branch", "other")
    assert len(subjects(repo)) == 4
    for subject in subjects(repo):
        assert subject in plan.stdout
    assert (repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")) == before


def test_the_end_tells_what_comes_next_and_how_to_repeat_it(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS)
    wizard.see(
        "git push -u origin", "kubectl", "The same without questions", f"migrate-dhi {EXPORTER}", "--yes"
    )
    wizard.choose(LAST, "Show the text for a pull request").see("### Images", "### How to roll back")

    assert wizard.end() == 0


def test_the_repeating_command_gives_the_same_files(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(IMAGES, TAG).choose(SECRET, "Type the name").see("Its name in the cluster").press(
        "regcred", ENTER
    )
    wizard.choose(PROBES, "exec").choose(BUMP, "minor").enter(REGISTRY, TAG_STEP, "Step pull-secret")
    wizard.choose(PROBES_STEP, "Skip").enter(VERSIONS)
    wizard.enter(f"Write the branch {BRANCH} with 4 commits?", LAST)
    assert wizard.end() == 0
    shown = wizard.shown.replace("\\\n", " ")
    command = re.search(r"migrate-dhi (apps/monitoring/redis-exporter .*--yes)", shown)[1].split()

    assert repo.run(*command, "--branch", "again").returncode == 0
    assert repo.git("diff", BRANCH, "again") == ""
    assert "regcred" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")
    assert "version: 1.4.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


@pytest.mark.parametrize("question", range(len(QUESTIONS)))
def test_ctrl_c_leaves_the_repository_as_it_was(repo, question):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS[:question]).see(f"{QUESTIONS[question]} (").press(CTRL_C)
    if question > 1:
        wizard.see("Keep the answers for the next time?").press("n")

    assert wizard.end() == 130
    assert repo.state() == before
    assert "state: nothing was changed" in wizard.shown


def test_ctrl_c_while_the_charts_are_chosen_leaves_all_as_it_was(repo):
    before = repo.state()
    wizard = repo.start()
    wizard.see("Which charts? (").press(CTRL_C)

    assert wizard.end() == 130
    assert repo.state() == before


def test_answers_kept_at_ctrl_c_are_not_asked_again(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(IMAGES, TAG).choose(SECRET, "Type the name").see("Its name in the cluster").press(
        "regcred", ENTER
    )
    wizard.enter(PROBES).see(f"{BUMP} (").press(CTRL_C).see("Keep the answers").press("y")
    assert wizard.end() == 130
    assert repo.state() == before
    file = re.search(r"answers are kept in\s+(\S+)", wizard.shown)[1]

    again = repo.start("--answers", file)
    again.see(f"{BUMP} (")
    for asked in (IMAGES, TAG, SECRET, PROBES):
        assert f"{asked} (" not in again.shown
    again.press(ENTER).enter(REGISTRY, TAG_STEP, "Step pull-secret", PROBES_STEP, VERSIONS)
    again.enter(f"Write the branch {BRANCH} with 5 commits?", LAST)

    assert again.end() == 0
    assert "regcred" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_a_saved_session_repeats_without_a_terminal(repo):
    file = repo.home / "answers.yaml"
    wizard = repo.start(EXPORTER, "--save-answers", str(file))
    wizard.enter(IMAGES, TAG, SECRET).choose(PROBES, "keep").enter(BUMP, REGISTRY, TAG_STEP).choose(
        VERSIONS, "Skip"
    )
    wizard.enter(f"Write the branch {BRANCH} with 2 commits?", LAST)
    assert wizard.end() == 0

    assert repo.run("--yes", "--answers", str(file), "--branch", "again").returncode == 0
    assert repo.git("diff", BRANCH, "again") == ""


def test_a_flag_counts_more_than_the_file_and_is_not_asked(repo):
    file = repo.home / "answers.yaml"
    file.write_text(f"charts:\n  {EXPORTER}:\n    bump: minor\n    probes: keep\n")
    wizard = repo.start("--answers", str(file), "--bump", "major")
    wizard.enter(IMAGES, TAG, SECRET, REGISTRY, TAG_STEP, VERSIONS)
    wizard.enter(f"Write the branch {BRANCH} with 3 commits?", LAST)

    assert wizard.end() == 0
    assert "version: 2.0.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


def test_a_skipped_step_is_not_written(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(IMAGES, TAG, SECRET, PROBES, BUMP, REGISTRY, TAG_STEP).choose(PROBES_STEP, "Skip").enter(
        VERSIONS
    )
    wizard.enter(f"Write the branch {BRANCH} with 3 commits?", LAST)

    assert wizard.end() == 0
    assert not [subject for subject in subjects(repo) if "probe" in subject]


def test_an_error_that_a_skipped_step_leaves_is_not_accepted_by_enter(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER, "--to", "dhi.io/redis-exporter:1.89.0-debian13")
    wizard.enter(SECRET, PROBES, BUMP, REGISTRY, TAG_STEP).choose(PROBES_STEP, "Skip")
    wizard.enter(VERSIONS).see("✗ error", "probe-unreached").enter("What to do").see("left as it is")

    assert wizard.end() == 0
    assert repo.state() == before


def test_an_error_that_a_skipped_step_leaves_is_accepted_by_name(repo):
    wizard = repo.start(EXPORTER, "--to", "dhi.io/redis-exporter:1.89.0-debian13")
    wizard.enter(SECRET, PROBES, BUMP, REGISTRY, TAG_STEP).choose(PROBES_STEP, "Skip").enter(VERSIONS)
    wizard.choose(*NO_SHELL).see("probe-unreached", "(accepted)")
    wizard.enter(f"Write the branch {BRANCH} with 3 commits?", LAST)

    assert wizard.end() == 0
    assert "- probe-unreached: " in repo.git("log", "-1", "--format=%B", BRANCH)


def test_back_changes_an_earlier_answer(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(IMAGES, TAG, SECRET, PROBES).choose(BUMP, "Back").choose(PROBES, "Back").see(f"{SECRET} (")
    wizard.press(ENTER).choose(PROBES, "keep").choose(BUMP, "minor").enter(REGISTRY)
    wizard.choose(TAG_STEP, "Back").enter(REGISTRY, TAG_STEP, VERSIONS)
    wizard.choose(f"Write the branch {BRANCH} with 3 commits?", "Back").enter(VERSIONS)
    wizard.enter(f"Write the branch {BRANCH} with 3 commits?", LAST)

    assert wizard.end() == 0
    assert "version: 1.4.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


def test_no_at_the_end_writes_nothing(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS[:-1]).choose(WRITE, "No, write nothing").see("Nothing was written.")

    assert wizard.end() == 0
    assert repo.state() == before


def test_quit_at_a_step_writes_nothing(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS[:5]).choose(REGISTRY, "Quit").see("Keep the answers").press("n")

    assert wizard.end() == 130
    assert repo.state() == before


def test_a_typed_version_is_proven_and_written_and_repeated(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS[:8]).choose(VERSIONS, "Edit").choose(
        "Edit the step versions", "Type a value for version"
    )
    wizard.see("version (empty: go back)").press("\x7f" * 5, "2.5.0", ENTER).see("+version: 2.5.0")
    wizard.enter(VERSIONS, WRITE).see("--pin versions").enter(LAST)

    assert wizard.end() == 0
    assert "version: 2.5.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")
    pin = ("--pin", "versions", f"{EXPORTER}/Chart.yaml", "version", '"2.5.0"')
    assert repo.run(EXPORTER, "--yes", "--branch", "again", *pin).returncode == 0
    assert repo.git("diff", BRANCH, "again") == ""


def test_a_typed_value_that_does_not_hold_changes_nothing(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS[:8]).choose(VERSIONS, "Edit").choose(
        "Edit the step versions", "Type a value for version"
    )
    wizard.see("version (empty: go back)").press("\x7f" * 5, "one", ENTER).see(
        "That does not hold", "+version: 1.3.1"
    )
    wizard.enter(VERSIONS, WRITE, LAST)

    assert wizard.end() == 0
    assert "version: 1.3.1" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


def test_a_typed_tag_becomes_the_choice_of_the_image(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS[:6]).choose(TAG_STEP, "Edit").choose("Edit the step tag", "Type a value for")
    wizard.see("(empty: go back)").press("\x7f" * 20, "1.89.0-debian13-compat", ENTER).see(
        "1.89.0-debian13-compat"
    )
    wizard.enter(TAG_STEP, PROBES_STEP, VERSIONS, WRITE, LAST)

    assert wizard.end() == 0
    assert "1.89.0-debian13-compat" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_an_image_left_out_stays(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.choose(IMAGES, "Change docker.io/oliver006").choose(
        "What docker.io/oliver006/redis_exporter:v1.89.0-alpine becomes", "Leave this"
    )
    wizard.see("stays as it is").enter(IMAGES).see("nothing to do")

    assert wizard.end() == 0
    assert repo.state() == before


def test_several_charts_are_written_after_one_confirmation(repo):
    wizard = repo.start()
    wizard.see("Which charts? (", EXPORTER).press(" ", DOWN, " ", ENTER)
    wizard.see(f"{STORE} (1 of 2)").enter(IMAGES).see("Tag for valkey").press(ENTER).enter(SECRET)
    while wizard.see_one(f"{EXPORTER} (2 of 2)", "? (arrows", " (arrows") == " (arrows":
        wizard.press(ENTER)
    assert repo.branches() == []
    wizard.enter(IMAGES, TAG, SECRET)
    while "branches" not in wizard.see_one("Write 2 branches", " (arrows"):
        wizard.press(ENTER)
    wizard.press(ENTER).enter(LAST)

    assert wizard.end() == 0
    assert repo.branches() == ["dhi/apps-cluster-valkey", BRANCH]


def test_a_chart_that_is_not_ready_does_not_stop_the_others(repo):
    (repo.root / STORE / "values.yaml").write_text("changed: true\n")
    wizard = repo.start(STORE, EXPORTER)
    wizard.see("differs from HEAD").enter(*QUESTIONS, LAST)

    assert wizard.end() == 4
    assert repo.branches() == [BRANCH]


def test_two_hundred_charts_are_listed_filtered_and_chosen(repo):
    for number in range(200):
        chart = repo.root / "many" / f"app-{number:03}"
        shutil.copytree(repo.root / EXPORTER, chart)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "many")
    wizard = repo.start(rows=24)
    wizard.see("202 charts under", "Which charts? (").press("app-137").see("app-137").press(ENTER)
    wizard.see("Images of many/app-137").enter(IMAGES).see(f"{TAG} (").press(CTRL_C)

    assert wizard.end() == 130


def test_nothing_is_asked_without_a_terminal(repo):
    before = repo.state()
    run = repo.run(EXPORTER)

    assert (run.returncode, run.stdout) == (2, "")
    assert "--yes" in run.stderr
    assert repo.state() == before


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_terminal_shows_all_within_its_width(repo, columns):
    wizard = repo.start(EXPORTER, columns=columns)
    wizard.enter("What the images become").see("Tag for").press(ENTER).see("Name of the pull secret").press(
        ENTER
    )
    wizard.enter(PROBES, BUMP, REGISTRY, TAG_STEP, PROBES_STEP, VERSIONS).see("Write the branch").press(ENTER)
    wizard.enter(LAST)

    assert wizard.end() == 0
    printed = [line for line in wizard.lines() if "(arrows" not in line]
    assert max(map(len, printed)) <= columns


def test_a_narrow_terminal_gets_the_short_form_of_how_to_answer(repo):
    wizard = repo.start(EXPORTER, columns=60)

    wizard.enter("What the images become").see("Tag for redis_exporter:v1.89.0-alpine (arrows) ")

    wizard.press(CTRL_C)


def test_the_terminal_may_be_resized_meanwhile(repo):
    wizard = repo.start(EXPORTER, columns=120)
    wizard.enter(IMAGES).see("Tag for").resize(60).press(ENTER).see("Name of the pull secret").resize(
        200
    ).press(ENTER)
    wizard.enter(PROBES, BUMP, REGISTRY).resize(70, rows=15).enter(
        TAG_STEP, PROBES_STEP, VERSIONS, WRITE, LAST
    )

    assert wizard.end() == 0
    assert repo.branches() == [BRANCH]


def test_no_colour_where_none_is_wanted(repo):
    wizard = repo.start(EXPORTER, NO_COLOR="1")
    wizard.enter(*QUESTIONS, LAST)

    assert wizard.end() == 0
    colours = {code for codes in re.findall(r"\x1b\[([\d;]*)m", wizard.raw) for code in codes.split(";")}
    assert colours <= {"", "0", "1", "2", "4", "7"}


def test_a_terminal_that_cannot_move_its_cursor_gets_numbered_lists(repo):
    wizard = repo.start(EXPORTER, TERM="dumb")
    wizard.see("What the images become", "1) Take it", "Number [1]: ").press("\n")
    wizard.see("Tag for", "Number [1]: ").press("\n").see("Name of the pull secret", "Number [2]: ").press(
        "1\n"
    )
    wizard.see("Its name in the cluster").press("regcred\n").see("Probes", "Number [1]: ").press("6\n")
    wizard.see("Raise", "Number [1]: ").press("\n")
    for step in ("registry", "tag", "pull-secret", "versions"):
        wizard.see(f"Step {step}", "Number [1]: ").press("\n")
    wizard.see("Write the branch", "Number [1]: ").press("\n").see("Anything else?", "Number [1]: ").press(
        "\n"
    )

    assert wizard.end() == 0
    assert "\x1b" not in wizard.raw
    assert len(subjects(repo)) == 4


def test_keys_pressed_before_a_question_is_read_answer_nothing(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.press(*[ENTER] * 20).see(f"{IMAGES} (")
    wizard.drain()
    assert f"{TAG} (" not in wizard.shown
    wizard.press(CTRL_C)

    assert wizard.end() == 130
    assert repo.state() == before


def test_a_blocked_step_may_be_taken_with_what_it_changes_besides(repo):
    """The chart probes another way once its image has another name; the person sees it, and takes it."""
    chart = "apps/web/renamed"
    copy_case("renamed-repository", repo.root / chart)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "add a chart")

    wizard = repo.start(
        chart, "--to", "dhi.io/valkey:8.1.9-debian13", "--pull-secret", "x", "--skip", "pull-secret"
    )
    wizard.enter(PROBES).see("readinessProbe")
    wizard.choose(REGISTRY, "Take the first way").see("readinessProbe").enter(
        REGISTRY, TAG_STEP, VERSIONS, "Write the branch dhi/apps-web-renamed with 3 commits?"
    )
    wizard.see("--accept unannounced-change").enter(LAST)

    assert wizard.end() == 0
    assert len(subjects(repo, "dhi/apps-web-renamed")) == 3


def test_no_secret_is_shown(repo):
    canary = "s3cr3t-C4N4RY"
    values = repo.root / EXPORTER / "values.yaml"
    lines = [
        line
        for text in values.read_text().splitlines()
        for line in (
            text,
            f"{text[: len(text) - len(text.lstrip())]}apiToken: {canary}" if "tag:" in text else "",
        )
    ]
    values.write_text("\n".join(line for line in lines if line) + "\n")
    assert canary in values.read_text()
    repo.git("commit", "-qam", "add a secret")
    wizard = repo.start(EXPORTER)
    wizard.enter(*QUESTIONS).choose(LAST, "Show the text")

    assert wizard.end() == 0
    assert canary not in wizard.raw
    assert canary in repo.show(BRANCH, f"{EXPORTER}/values.yaml")
