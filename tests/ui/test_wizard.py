"""The wizard as a person meets it: the real program, a pseudo-terminal, a real repository."""

import re
import shutil

import pytest

from tests.charts import copy_case
from tests.migration.stopping import DNS, WEB, chart_of
from tests.ui.wizards import CTRL_C, DOWN, ENTER, EXPORTER, STORE, UP, Repo

BRANCH = "dhi/apps-monitoring-redis-exporter"
STORE_BRANCH = "dhi/apps-cluster-valkey"
SECRET = "Name of the pull secret for dhi.io"
STEPS = ("Step registry", "Step tag", "Step probes", "Step versions")
REGISTRY, TAG_STEP, PROBES_STEP, VERSIONS = STEPS
BY_STEP, CHANGE, QUIT = "Step by step", "Change an answer", "Quit: write nothing"
WHAT, LAST = "What to change", "Anything else?"


def write(commits=4, branch=BRANCH):
    return f"Write the branch {branch} with {commits} commits?"


WRITE = write()


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path)


def subjects(repo, branch=BRANCH):
    return repo.git("log", "--format=%s", f"HEAD..{branch}").splitlines()


def test_enter_at_every_question_writes_the_plan_as_proposed(repo):
    before = repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")

    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET, WRITE, LAST)

    assert wizard.end() == 0
    plan = repo.run(EXPORTER, "--plan", "--branch", "other")
    assert len(subjects(repo)) == 4
    for subject in subjects(repo):
        assert subject in plan.stdout
    assert (repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")) == before


def test_the_plan_is_shown_before_anything_but_the_unknown_secret_is_asked(repo):
    wizard = repo.start(EXPORTER)
    wizard.see(f"{SECRET} (")
    assert "Images" not in wizard.shown
    wizard.press(ENTER).see("Images", "Changes, all steps", "Steps are commits", "Warnings", f"{WRITE} (")
    assert set(re.findall(r"^\? (.*?)(?: \(|: )", wizard.shown, re.MULTILINE)) <= {SECRET, WRITE}
    wizard.press(CTRL_C).see("Keep the answers").press("n")

    assert wizard.end() == 130


def test_where_all_is_known_the_plan_comes_without_a_question(repo):
    wizard = repo.start(EXPORTER, "--pull-secret", "regcred")
    wizard.enter(write(5), LAST)

    assert wizard.end() == 0
    assert "regcred" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_what_the_repository_answers_is_not_asked(repo):
    (repo.root / ".migrate-dhi.yaml").write_text("pull-secret: of-the-file\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "answers")
    wizard = repo.start(EXPORTER)
    wizard.enter(write(5), LAST)

    assert wizard.end() == 0
    assert "of-the-file" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_the_end_tells_what_comes_next_and_how_to_repeat_it(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET, WRITE)
    wizard.see(
        "git push -u origin", "kubectl", "The same without questions", f"migrate-dhi {EXPORTER}", "--yes"
    )
    wizard.choose(LAST, "Show the text for a pull request").see("### Images", "### How to roll back")

    assert wizard.end() == 0


def test_the_repeating_command_gives_the_same_files(repo):
    wizard = repo.start(EXPORTER)
    wizard.choose(SECRET, "Type the name").see("Its name in the cluster").press("regcred", ENTER)
    wizard.choose(write(5), CHANGE).choose(WHAT, "Version: patch").choose(
        "Raise the chart's version", "minor"
    )
    wizard.choose(write(5), BY_STEP).enter(REGISTRY, TAG_STEP, "Step pull-secret")
    wizard.choose(PROBES_STEP, "Skip").enter(VERSIONS, write(), LAST)
    assert wizard.end() == 0
    shown = wizard.shown.replace("\\\n", " ")
    command = re.search(r"migrate-dhi (apps/monitoring/redis-exporter .*--yes)", shown)[1].split()

    assert repo.run(*command, "--branch", "again").returncode == 0
    assert repo.git("diff", BRANCH, "again") == ""
    assert "regcred" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")
    assert "version: 1.4.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


QUESTIONS = {
    "secret": (),
    "plan": (SECRET,),
    "change": (SECRET, (WRITE, CHANGE)),
    "probes": (SECRET, (WRITE, CHANGE), (WHAT, "Probes:")),
    "step": (SECRET, (WRITE, BY_STEP)),
    "last step": (SECRET, (WRITE, BY_STEP), *STEPS[:3]),
}
ASKED = {
    "secret": SECRET,
    "plan": WRITE,
    "change": WHAT,
    "probes": "Probes",
    "step": REGISTRY,
    "last step": VERSIONS,
}


@pytest.mark.parametrize("where", QUESTIONS)
def test_ctrl_c_leaves_the_repository_as_it_was(repo, where):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    for way in QUESTIONS[where]:
        wizard.enter(way) if isinstance(way, str) else wizard.choose(*way)
    wizard.see(f"{ASKED[where]} (").press(CTRL_C)
    if where != "secret":
        wizard.see("Keep the answers for the next time?").press("n")

    assert wizard.end() == 130
    assert repo.state() == before
    assert "state: nothing was changed" in wizard.shown


def test_answers_kept_at_ctrl_c_are_not_asked_again(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.choose(SECRET, "Type the name").see("Its name in the cluster").press("regcred", ENTER)
    wizard.see(f"{write(5)} (").press(CTRL_C).see("Keep the answers").press("y")
    assert wizard.end() == 130
    assert repo.state() == before
    file = re.search(r"answers are kept in\s+(\S+)", wizard.shown)[1]

    again = repo.start("--answers", file)
    again.see(f"{write(5)} (")
    assert f"{SECRET} (" not in again.shown
    again.press(ENTER).enter(LAST)

    assert again.end() == 0
    assert "regcred" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_a_saved_session_repeats_without_a_terminal(repo):
    file = repo.home / "answers.yaml"
    wizard = repo.start(EXPORTER, "--save-answers", str(file))
    wizard.enter(SECRET).choose(WRITE, CHANGE).choose(WHAT, "Probes:").choose("Probes", "keep")
    wizard.choose(write(3), BY_STEP).enter(REGISTRY, TAG_STEP).choose(VERSIONS, "Skip").enter(write(2), LAST)
    assert wizard.end() == 0

    assert repo.run("--yes", "--answers", str(file), "--branch", "again").returncode == 0
    assert repo.git("diff", BRANCH, "again") == ""


def test_a_flag_counts_more_than_the_file_and_is_not_asked(repo):
    file = repo.home / "answers.yaml"
    file.write_text(f"charts:\n  {EXPORTER}:\n    bump: minor\n    probes: keep\n")
    wizard = repo.start("--answers", str(file), "--bump", "major")
    wizard.enter(SECRET).choose(write(3), CHANGE).see(f"{WHAT} (", "Probes: keep", "Back")
    wizard.drain()
    assert "   Version: " not in wizard.shown
    wizard.press(UP, ENTER).enter(write(3), LAST)

    assert wizard.end() == 0
    assert "version: 2.0.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


def test_a_skipped_step_is_not_written(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, BY_STEP).enter(REGISTRY, TAG_STEP).choose(PROBES_STEP, "Skip")
    wizard.enter(VERSIONS, write(3), LAST)

    assert wizard.end() == 0
    assert not [subject for subject in subjects(repo) if "probe" in subject]


def test_a_skipped_step_stays_skipped_when_the_steps_are_looked_at_again(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, BY_STEP).enter(REGISTRY, TAG_STEP).choose(PROBES_STEP, "Skip")
    wizard.enter(VERSIONS).choose(write(3), BY_STEP).enter(*STEPS, write(3), LAST)

    assert wizard.end() == 0
    assert len(subjects(repo)) == 3


def with_an_error(repo):
    """The plan of an image without a shell, whose probes a step would have changed."""
    wizard = repo.start(EXPORTER, "--to", "dhi.io/redis-exporter:1.89.0-debian13")
    return (
        wizard.enter(SECRET)
        .choose(WRITE, BY_STEP)
        .enter(REGISTRY, TAG_STEP)
        .choose(PROBES_STEP, "Skip")
        .enter(VERSIONS)
    )


def test_enter_never_accepts_an_error(repo):
    before = repo.state()
    wizard = with_an_error(repo)
    wizard.see("Errors", "✗ error", "probe-unreached").enter(write(3)).see(f"{WHAT} (").press(UP, ENTER)
    wizard.choose(write(3), "Write: each error is asked about by its name (probe-unreached)")
    wizard.enter("What to do").choose(write(3), QUIT).see("Nothing was written.")

    assert wizard.end() == 0
    assert "(accepted)" not in wizard.shown
    assert repo.state() == before


def test_an_error_that_a_skipped_step_leaves_is_accepted_by_name(repo):
    wizard = with_an_error(repo)
    wizard.choose(write(3), "Write: each error").choose("What to do", "Accept probe-unreached")
    wizard.see("--accept probe-unreached").enter(LAST)

    assert wizard.end() == 0
    assert "- probe-unreached: " in repo.git("log", "-1", "--format=%B", BRANCH)


def front(repo):
    """A chart whose image the rule leaves undecided."""
    values = copy_case("low-port", repo.root / "apps/web/front") / "values.yaml"
    values.write_text(values.read_text().replace(": 80\n", ": 8080\n"))
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "add a chart")
    return repo.start("apps/web/front", "--no-past", "--within", "patch", "--skip", "pull-secret")


NGINX = "docker.io/library/nginx:1.29.3-alpine"


def test_an_undecided_image_is_asked_about_before_the_plan(repo):
    wizard = front(repo)
    wizard.see("To decide in apps/web/front", "waits for a choice").choose(
        f"What {NGINX} becomes", "dhi.io/nginx:1.3"
    )
    wizard.see("as asked for", "Write the branch dhi/apps-web-front", "Write it").press(ENTER)
    wizard.see(f"--to {NGINX}=dhi.io/nginx:1.3").enter(LAST)

    assert wizard.end() == 0


def test_enter_leaves_an_undecided_image_as_it_is(repo):
    wizard = front(repo)
    wizard.enter(f"What {NGINX} becomes", "apps/web/front: nothing to do").see(
        "Nothing was written.", f"--keep {NGINX}"
    )

    assert wizard.end() == 0
    assert repo.branches() == []


def test_a_changed_answer_shows_the_plan_anew(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, CHANGE).choose(WHAT, "Probes:").choose("Probes", "keep")
    wizard.see("1 image moves, 3 commits").choose(write(3), CHANGE).choose(WHAT, "All as proposed at first")
    wizard.enter(SECRET) if wizard.see_one(f"{SECRET} (", f"{WRITE} (") == f"{SECRET} (" else wizard.press(
        ENTER
    )
    wizard.enter(LAST)

    assert wizard.end() == 0
    assert len(subjects(repo)) == 4


def test_back_at_a_step_goes_to_the_one_before_and_from_the_first_to_the_plan(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, BY_STEP).enter(REGISTRY).choose(TAG_STEP, "Back").choose(
        REGISTRY, "Back"
    )
    wizard.enter(WRITE, LAST)

    assert wizard.end() == 0
    assert len(subjects(repo)) == 4


def test_quit_at_the_plan_writes_nothing(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, QUIT).see("Nothing was written.", "The same without questions")

    assert wizard.end() == 0
    assert repo.state() == before


def test_quit_at_a_step_writes_nothing(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, BY_STEP).choose(REGISTRY, "Quit").see("Keep the answers").press("n")

    assert wizard.end() == 130
    assert repo.state() == before


def at_versions(repo):
    wizard = repo.start(EXPORTER)
    return wizard.enter(SECRET).choose(WRITE, BY_STEP).enter(*STEPS[:3])


def test_a_typed_version_is_proven_and_written_and_repeated(repo):
    wizard = at_versions(repo)
    wizard.choose(VERSIONS, "Edit").choose("Edit the step versions", "Type a value for version")
    wizard.see("version (empty: go back)").press("\x7f" * 5, "2.5.0", ENTER).see("+version: 2.5.0")
    wizard.enter(VERSIONS, WRITE).see("--pin versions").enter(LAST)

    assert wizard.end() == 0
    assert "version: 2.5.0" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")
    pin = ("--pin", "versions", f"{EXPORTER}/Chart.yaml", "version", '"2.5.0"')
    assert repo.run(EXPORTER, "--yes", "--branch", "again", *pin).returncode == 0
    assert repo.git("diff", BRANCH, "again") == ""


def test_several_values_of_ones_own_are_repeated_from_a_file_of_answers(repo):
    wizard = repo.start(STORE, "--pull-secret", "x")
    wizard.choose(write(4, STORE_BRANCH), BY_STEP).choose(REGISTRY, "Edit")
    wizard.choose("Edit the step registry", "Another way").enter(
        REGISTRY, TAG_STEP, "Step pull-secret", VERSIONS
    )
    wizard.enter(write(4, STORE_BRANCH)).see("The same without questions", "--answers", "--yes").enter(LAST)
    assert wizard.end() == 0
    command = re.search(r"migrate-dhi (apps/cluster/valkey .*--yes)", wizard.shown.replace("\\\n", " "))[1]
    assert "--pin" not in command

    assert repo.run(*command.split(), "--branch", "again").returncode == 0
    assert repo.git("diff", STORE_BRANCH, "again") == ""
    assert "repository: dhi.io/valkey" in repo.show(STORE_BRANCH, f"{STORE}/values.yaml")


def test_a_typed_value_that_does_not_hold_changes_nothing(repo):
    wizard = at_versions(repo)
    wizard.choose(VERSIONS, "Edit").choose("Edit the step versions", "Type a value for version")
    wizard.see("version (empty: go back)").press("\x7f" * 5, "one", ENTER).see(
        "That does not hold", "+version: 1.3.1"
    )
    wizard.enter(VERSIONS, WRITE, LAST)

    assert wizard.end() == 0
    assert "version: 1.3.1" in repo.show(BRANCH, f"{EXPORTER}/Chart.yaml")


def test_a_value_besides_that_no_template_reads_is_not_taken(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, BY_STEP).choose(REGISTRY, "Edit")
    wizard.choose("Edit the step registry", "Set another value besides").enter("In which file")
    wizard.see("Path of the value", "(empty: go back)").press("nosuch.key", ENTER)
    wizard.see("Value (as JSON").press("x", ENTER).see("That does not hold", "no template reads nosuch.key")
    wizard.choose(REGISTRY, "Quit").see("Keep the answers").press("n")

    assert wizard.end() == 130
    assert repo.state() == before


def test_a_typed_tag_becomes_the_choice_of_the_image(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, BY_STEP).enter(REGISTRY)
    wizard.choose(TAG_STEP, "Edit").choose("Edit the step tag", "Type a value for")
    wizard.see("(empty: go back)").press("\x7f" * 20, "1.89.0-debian13-compat", ENTER).see(
        "1.89.0-debian13-compat"
    )
    wizard.enter(TAG_STEP, PROBES_STEP, VERSIONS, WRITE, LAST)

    assert wizard.end() == 0
    assert "1.89.0-debian13-compat" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


IMAGE = "docker.io/oliver006/redis_exporter:v1.89.0-alpine"


def test_another_image_is_typed_and_proven(repo):
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, CHANGE).choose(WHAT, f"Image {IMAGE}")
    wizard.choose(f"What {IMAGE} becomes", "Type another").see("IMAGE:TAG").press("-compat", ENTER)
    wizard.see("as asked for").enter(WRITE).see(f"--to {IMAGE}=dhi.io/redis-exporter:1.89.0-debian13-compat")
    wizard.enter(LAST)

    assert wizard.end() == 0
    assert "1.89.0-debian13-compat" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_an_image_left_out_stays(repo):
    before = repo.state()
    wizard = repo.start(EXPORTER)
    wizard.enter(SECRET).choose(WRITE, CHANGE).choose(WHAT, f"Image {IMAGE}")
    wizard.choose(f"What {IMAGE} becomes", "Leave this").see("stays as it is", "no image moves")
    wizard.enter(f"{EXPORTER}: nothing to do").see("Nothing was written.", f"--keep {IMAGE}")

    assert wizard.end() == 0
    assert repo.state() == before


def test_several_charts_are_written_after_one_confirmation(repo):
    wizard = repo.start(STORE, EXPORTER)
    wizard.see(f"{STORE} (1 of 2)").enter(SECRET).see("Take it: all charts", "Quit").press(ENTER)
    wizard.see(f"{EXPORTER} (2 of 2)").enter(WRITE)
    assert repo.branches() == []
    wizard.see("Summary").enter("Write 2 branches with 7 commits?", LAST)

    assert wizard.end() == 0
    assert repo.branches() == [STORE_BRANCH, BRANCH]


def test_one_of_several_charts_is_left_as_it_is(repo):
    wizard = repo.start(STORE, EXPORTER, "--pull-secret", "x")
    wizard.see(f"{STORE} (1 of 2)").choose(write(4, STORE_BRANCH), "Leave this chart as it is").enter(
        write(5)
    ).see("left as it is").enter(f"Write the branch {BRANCH} with 5 commits?", LAST)

    assert wizard.end() == 0
    assert repo.branches() == [BRANCH]


def test_a_chart_that_is_not_ready_does_not_stop_the_others(repo):
    (repo.root / STORE / "values.yaml").write_text("changed: true\n")
    wizard = repo.start(STORE, EXPORTER)
    wizard.see("differs from HEAD").enter(SECRET, WRITE, LAST)

    assert wizard.end() == 4
    assert repo.branches() == [BRANCH]


def test_a_chart_that_cannot_be_planned_is_told_in_its_turn(repo):
    broken = copy_case("required-value", repo.root / "apps/web/broken")
    shutil.rmtree(broken / "ci")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "add a chart")
    wizard = repo.start(EXPORTER, "apps/web/broken", STORE, "--pull-secret", "x")
    wizard.see(f"{EXPORTER} (1 of 3)").enter(write(5))
    assert "error:" not in wizard.shown
    wizard.see("apps/web/broken (2 of 3)", "error:", "does not render", f"{STORE} (3 of 3)")
    wizard.choose(write(4, STORE_BRANCH), "Back").enter(write(5))
    wizard.enter(write(4, STORE_BRANCH)).see("left as it is").enter("Write 2 branches with 9 commits?", LAST)

    assert wizard.end() == 4
    assert repo.branches() == [STORE_BRANCH, BRANCH]


def test_nothing_is_asked_without_a_terminal(repo):
    before = repo.state()
    run = repo.run(EXPORTER)

    assert (run.returncode, run.stdout) == (2, "")
    assert "--yes" in run.stderr
    assert repo.state() == before


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_terminal_shows_all_within_its_width(repo, columns):
    wizard = repo.start(EXPORTER, columns=columns)
    wizard.enter(SECRET).see("Write the branch").see("Write it", "Step by step").press(DOWN, ENTER)
    wizard.enter(*STEPS).see("Write the branch").press(ENTER).enter(LAST)

    assert wizard.end() == 0
    printed = [line for line in wizard.lines() if "(arrows" not in line]
    assert max(map(len, printed)) <= columns


def test_a_narrow_terminal_gets_the_short_form_of_how_to_answer(repo):
    wizard = repo.start(EXPORTER, columns=60)

    wizard.enter(SECRET).see(f"{WRITE} (arrows) ")

    wizard.press(CTRL_C)


def test_the_terminal_may_be_resized_meanwhile(repo):
    wizard = repo.start(EXPORTER, columns=120)
    wizard.see(f"{SECRET} (").resize(60).press(ENTER).see("Write the branch").resize(200)
    wizard.press(DOWN, ENTER).enter(REGISTRY).resize(70, rows=15).enter(*STEPS[1:]).see("Write the branch")
    wizard.press(ENTER).enter(LAST)

    assert wizard.end() == 0
    assert repo.branches() == [BRANCH]


def test_no_colour_where_none_is_wanted(repo):
    wizard = repo.start(EXPORTER, NO_COLOR="1")
    wizard.enter(SECRET, WRITE, LAST)

    assert wizard.end() == 0
    colours = {code for codes in re.findall(r"\x1b\[([\d;]*)m", wizard.raw) for code in codes.split(";")}
    assert colours <= {"", "0", "1", "2", "4", "7"}


def test_a_terminal_that_cannot_move_its_cursor_gets_numbered_lists(repo):
    wizard = repo.start(EXPORTER, TERM="dumb")
    wizard.see(SECRET, "1) Type the name", "Number [2]: ").press("1\n")
    wizard.see("Its name in the cluster").press("regcred\n")
    wizard.see("Write the branch", "3) Change an answer", "Number [1]: ").press("3\n")
    wizard.see(WHAT, "3) Probes", "Number [1]: ").press("3\n").see("6) keep", "Number [1]: ").press("6\n")
    wizard.see("Write the branch", "Number [1]: ").press("2\n")
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
    wizard.press(*[ENTER] * 20).see(f"{SECRET} (")
    wizard.drain()
    assert f"{WRITE} (" not in wizard.shown
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
    wizard.choose(f"{chart}: blocked", BY_STEP)
    wizard.choose(REGISTRY, "Take the first way").see("readinessProbe").enter(
        REGISTRY, TAG_STEP, VERSIONS, write(3, "dhi/apps-web-renamed")
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
    wizard.enter(SECRET, WRITE).choose(LAST, "Show the text")

    assert wizard.end() == 0
    assert canary not in wizard.raw
    assert canary in repo.show(BRANCH, f"{EXPORTER}/values.yaml")


def test_an_image_whose_move_ends_in_an_error_may_stay_and_the_rest_moves(repo):
    chart_of(repo.root / "apps/two")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "add a chart")
    wizard = repo.start("apps/two", "--skip", "pull-secret").see("Errors", "shell-missing")
    wizard.choose(write(3, "dhi/apps-two"), "Write: each error").choose("What to do", f"Leave {DNS} as it is")
    wizard.see(f"--keep {DNS}").enter(LAST)

    assert wizard.end() == 0
    assert DNS in repo.show("dhi/apps-two", "apps/two/values.yaml")
    assert WEB not in repo.show("dhi/apps-two", "apps/two/values.yaml")
