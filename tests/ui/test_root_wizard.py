"""The wizard at a root, as a person meets it: overview, each question once, the choice, the proof, the branches."""

import re
import shutil

import pytest

from tests.charts import copy_case
from tests.migration.stopping import DNS, WEB, chart_of
from tests.ui.wizards import CTRL_C, DOWN, ENTER, EXPORTER, STORE, UP, Repo

BRANCH, STORE_BRANCH = "dhi/apps-monitoring-redis-exporter", "dhi/apps-cluster-valkey"
SECRET, WHICH, LAST = "Name of the pull secret for dhi.io", "Which releases?", "Anything else?"
FILE = ".migrate-dhi.yaml"
NGINX = "docker.io/library/nginx:1.29.3-alpine"
CHANGED = f"What {NGINX} becomes"
# With these the rule leaves an image undecided.
STRICT = ("--no-past", "--within", "patch", "--skip", "pull-secret")


@pytest.fixture
def repo(tmp_path):
    return Repo(tmp_path)


def with_fronts(repo):
    """Two charts more, of the same image."""
    for name in ("front", "shop"):
        values = copy_case("low-port", repo.root / "apps/web" / name) / "values.yaml"
        values.write_text(values.read_text().replace(": 80\n", ": 8080\n"))
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "two charts more")
    return repo


def write(count):
    return f"Write {count} branch{'es' * (count != 1)}?"


def typed(wizard, name="regcred"):
    wizard.see("2 releases want a pull secret", "cluster/valkey, monitoring/redis-exporter")
    return wizard.choose(SECRET, "Type the name").see("Its name in the cluster").press(name, ENTER)


def test_the_overview_comes_first_and_nothing_is_written_before_the_last_answer_that_writes(repo):
    before = repo.state()
    wizard = repo.start()
    wizard.see("Ready: proven, a branch can be written (2)", "cluster/valkey", "2 releases: 2 ready")
    typed(wizard).enter(WHICH)
    wizard.see("Proven, and nothing is written yet (2)", f"{STORE}: 1 image moves", f"{write(2)} (")
    assert repo.state() == before
    wizard.press(ENTER).see("Written (2)", "git push origin", "The same without questions").enter(LAST)

    assert wizard.end() == 0
    assert repo.branches() == [STORE_BRANCH, BRANCH]
    assert "regcred" in repo.show(BRANCH, f"{EXPORTER}/values.yaml")
    assert repo.state()[1] == before[1]


def test_the_command_that_repeats_it_gives_the_same_branches(repo):
    wizard = typed(repo.start()).enter(WHICH).choose(write(2), "Write the branches and nothing else")
    wizard.see("The same without questions").enter(LAST)
    assert wizard.end() == 0
    trees = [repo.git("rev-parse", f"{branch}^{{tree}}") for branch in repo.branches()]
    command = re.search(r"migrate-dhi (--yes --all .*)", wizard.shown)[1].split()
    repo.git("branch", "-D", *repo.branches())

    assert repo.run(*command).returncode == 0
    assert [repo.git("rev-parse", f"{branch}^{{tree}}") for branch in repo.branches()] == trees


def test_a_yes_writes_the_answers_and_what_they_say_is_what_was_written(repo):
    wizard = typed(repo.start()).enter(WHICH)
    assert not (repo.root / FILE).exists()
    wizard.choose(write(2), f"Write, and keep the answers in {FILE}").see("commit it").enter(LAST)
    assert wizard.end() == 0
    written = repo.show(BRANCH, f"{EXPORTER}/values.yaml")
    assert (repo.root / FILE).read_text().endswith("\npull-secret: regcred\n")
    repo.git("branch", "-D", *repo.branches())
    repo.git("add", FILE)
    repo.git("commit", "-q", "-m", "answers")

    again = repo.start()
    again.see("2 releases: 2 ready").enter(WHICH, write(2), LAST)

    assert again.end() == 0
    assert f"{SECRET} (" not in again.shown
    assert repo.show(BRANCH, f"{EXPORTER}/values.yaml") == written


def test_answers_are_kept_without_a_branch(repo):
    wizard = typed(repo.start()).choose(WHICH, "Keep the answers").see(f"Answers written to {FILE}")

    assert wizard.end() == 0
    assert (repo.root / FILE).is_file()
    assert repo.branches() == []


def test_an_image_is_asked_for_once_with_all_that_use_it(repo):
    wizard = with_fronts(repo).start("apps/web", *STRICT)
    wizard.see("Needs an answer", "To decide: ", "(1 image of 2 releases)", NGINX)
    wizard.see("used by web/front, web/shop").choose(CHANGED, "dhi.io/nginx:1.3")
    wizard.see("Ready: proven", "web/front", "web/shop", "2 releases: 2 ready").enter(WHICH)
    wizard.choose(write(2), f"Write, and keep the answers in {FILE}").enter(LAST)

    assert wizard.end() == 0
    assert wizard.shown.count(f"{CHANGED}: ") == 1
    chosen = re.search(
        r"^  ?\"?docker.io/library/nginx:1.29.3-alpine\"?: (dhi.io/nginx:1.3\S+)$",
        (repo.root / FILE).read_text(),
        re.MULTILINE,
    )[1]
    for name in ("front", "shop"):
        assert chosen.partition(":")[2] in repo.show(f"dhi/apps-web-{name}", f"apps/web/{name}/values.yaml")


def test_enter_leaves_an_image_as_it_is_for_all(repo):
    wizard = with_fronts(repo).start("apps/web", *STRICT)
    wizard.enter(CHANGED).see("Nothing to do (2)", "2 releases: 2 nothing to do")
    wizard.choose(WHICH, "Keep the answers")

    assert wizard.end() == 0
    assert f"{NGINX}: keep\n" in (repo.root / FILE).read_text()
    assert repo.branches() == []


def test_some_of_them_on_one_branch_with_the_texts_in_a_folder(repo):
    texts = repo.home / "texts"
    wizard = repo.start("--pull-secret", "x", "--write-texts", str(texts))
    wizard.choose(WHICH, "Some of those").see("Which of them? (", EXPORTER).press(DOWN, " ", ENTER)
    wizard.choose(write(1), "Share branches otherwise").choose("What shares a branch?", "one branch for all")
    wizard.see("dhi/all", f"{EXPORTER}: 1 image moves").choose(write(1), "Look at a plan").choose(
        "Which plan?", EXPORTER
    )
    wizard.see("Changes, all steps").enter(write(1)).see("Written (1)")

    assert wizard.end() == 0
    assert repo.branches() == ["dhi/all"]
    assert repo.git("diff", "--name-only", "HEAD", "dhi/all").split() == [
        f"{EXPORTER}/Chart.yaml",
        f"{EXPORTER}/values.yaml",
    ]
    assert sorted(path.name for path in texts.iterdir()) == ["dhi-all.md", "index.json"]


def test_one_by_itself_is_the_wizard_of_a_release_and_leads_back(repo):
    wizard = typed(repo.start()).choose(WHICH, "One by itself").choose("Which one?", EXPORTER)
    one = f"Write the branch {BRANCH} with 5 commits?"
    wizard.see("Images", "regcred").choose(one, "Back").choose(WHICH, "One by itself").choose(
        "Which one?", EXPORTER
    )
    wizard.enter(one, LAST).see(f"Keep the answers in {FILE}").press("n")

    assert wizard.end() == 0
    assert repo.branches() == [BRANCH]
    assert not (repo.root / FILE).exists()


def test_what_has_its_branch_already_is_told_and_not_proposed(repo):
    assert repo.run(EXPORTER, "--yes", "--pull-secret", "x").returncode == 0

    wizard = repo.start("--pull-secret", "x")
    wizard.see("1 of those that are ready has its branch already: migrate-dhi status")
    wizard.choose(WHICH, "The one that is ready").enter(write(1), LAST)

    assert wizard.end() == 0
    assert repo.branches() == [STORE_BRANCH, BRANCH]


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_terminal_shows_all_within_its_width(repo, columns):
    wizard = repo.start("--pull-secret", "x", columns=columns)
    wizard.see("Ready: proven", "2 releases: 2 ready").choose(WHICH, "Some of those").see("Which of them?")
    wizard.press(ENTER).see("Proven, and nothing is written yet (1)").enter(write(1), LAST)

    assert wizard.end() == 0
    printed = [line for line in wizard.lines() if "(arrows" not in line and "(space" not in line]
    assert max(map(len, printed)) <= columns


def to_secret(wizard):
    return wizard.see(f"{SECRET} (")


def to_choice(wizard):
    return typed(wizard).see(f"{WHICH} (")


def to_proof(wizard):
    return to_choice(wizard).press(ENTER).see(f"{write(2)} (")


def to_shared(wizard):
    """Where commits are held aside for a branch of several plans."""
    wizard = to_choice(wizard).press(ENTER).choose(write(2), "Share branches otherwise")
    return wizard.choose("What shares a branch?", "one branch for all").see(f"{write(1)} (")


@pytest.mark.parametrize("at", [to_secret, to_choice, to_proof, to_shared])
def test_ctrl_c_leaves_nothing(repo, at):
    before = repo.state()
    wizard = at(repo.start()).press(CTRL_C)
    wizard.see("state: nothing was changed")

    assert wizard.end() == 130
    assert repo.state() == before
    assert ("--pull-secret regcred" in wizard.shown) == (at is not to_secret)


def test_ctrl_c_while_it_plans_leaves_nothing(repo):
    for number in range(30):
        shutil.copytree(repo.root / EXPORTER, repo.root / "many" / f"app-{number:03}")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "many")
    before = repo.state()
    wizard = repo.start()
    wizard.see("planned ").press(CTRL_C).see("state: nothing was changed")

    assert wizard.end() == 130
    assert repo.state() == before


def test_finishing_at_the_proof_writes_nothing(repo):
    before = repo.state()
    wizard = to_shared(repo.start())
    wizard.press(UP, ENTER).see("Nothing was written.")

    assert wizard.end() == 0
    assert repo.state() == before


def test_what_was_held_for_a_shared_branch_is_let_go_when_it_is_shared_no_more(repo):
    before = repo.state()
    wizard = to_shared(repo.start()).press(DOWN, DOWN, DOWN, ENTER)
    wizard.choose("What shares a branch?", "one branch for each plan").see(f"{write(2)} (").press(UP, ENTER)
    wizard.see("Nothing was written.")

    assert wizard.end() == 0
    assert repo.state() == before


def test_what_differs_from_the_base_is_told_at_the_proof_and_stops_no_other(repo):
    (repo.root / STORE / "values.yaml").write_text("changed: true\n")
    wizard = repo.start("--pull-secret", "x").enter(WHICH)
    wizard.see("Not to be written (1)", STORE, "differs from HEAD").enter(write(1), LAST)

    assert wizard.end() == 4
    assert repo.branches() == [BRANCH]


def test_a_folder_with_one_release_is_the_wizard_of_it(repo):
    wizard = repo.start("apps/monitoring", "--pull-secret", "x")
    wizard.enter(f"Write the branch {BRANCH} with 5 commits?", LAST)

    assert wizard.end() == 0


def test_flags_of_many_releases_are_none_of_one(repo):
    run = repo.start(EXPORTER, "--branch-per", "all").see("--branch-per is for many releases")

    assert run.end() == 2


def test_without_a_terminal_nothing_is_asked(repo):
    before = repo.state()
    run = repo.run()

    assert (run.returncode, run.stdout) == (2, "")
    assert "--yes" in run.stderr
    assert repo.state() == before


def test_images_that_stop_their_releases_may_stay_and_enter_leaves_the_releases(repo):
    chart_of(repo.root / "apps/web/two")
    with_fronts(repo)
    wizard = repo.start("apps/web", "--skip", "pull-secret")
    wizard.see("Blocked", "web/two", "To decide: errors of 1 image stop 1 release", DNS, "of web/two")
    wizard.enter("What to do").choose(WHICH, "Finish")
    assert wizard.end() == 0

    wizard = repo.start("apps/web", "--skip", "pull-secret").choose("What to do", "Leave these images")
    wizard.enter(WHICH).choose(write(3), "Write the branches and nothing else").see("--keep blocked").enter(
        LAST
    )
    assert wizard.end() == 0
    assert DNS in repo.show("dhi/apps-web-two", "apps/web/two/values.yaml")
    assert WEB not in repo.show("dhi/apps-web-two", "apps/web/two/values.yaml")
