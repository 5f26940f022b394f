"""A branch written, taken back and looked at, in a real repository."""

import subprocess
from dataclasses import replace

import pytest

from migrate_dhi.git.commits import CommitDraft
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.trailers import format_message
from migrate_dhi.migration.plan import Effect
from migrate_dhi.migration.rollback import RollbackWishes, plan_rollback
from migrate_dhi.migration.status import read_status
from migrate_dhi.ui.lines import Look, cells, plain
from migrate_dhi.ui.outcome_text import labelled_command, written_lines
from migrate_dhi.ui.rollback_text import rollback_lines
from migrate_dhi.ui.status_text import status_lines
from tests.ui import plans

FILE = Look()
BRANCH = "dhi/apps-cluster-valkey"
FIRST = "feat(valkey): pull valkey from dhi.io"
SECOND = "chore(valkey): raise appVersion to 9.0.2 and version to 0.2.2"


def texts(lines):
    return [plain(line) for line in lines]


def git(root, *words):
    return subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The two commits of the ready plan on a branch: the repository and the ids."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git(tmp_path, "init", "-q", "-b", "main")
    folder = tmp_path / "apps" / "cluster" / "valkey"
    folder.mkdir(parents=True)
    (folder / "Chart.yaml").write_text("name: valkey\nversion: 0.2.1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Start")
    repository = Repository.discover(tmp_path)
    drafts = [
        CommitDraft(
            format_message(step.commit.subject, step.commit.body, step.commit.trailers),
            {path: text.encode() for path, text in step.files.items()},
        )
        for step in plans.ready().editing_steps
    ]
    return repository, repository.write_branch(BRANCH, repository.resolve("HEAD"), drafts)


def test_a_written_branch_is_listed_with_what_comes_next():
    lines = texts(written_lines(FILE, plans.ready(), BRANCH, ["a" * 40, "b" * 40], told=True))

    assert lines == [
        f"✓ Wrote {BRANCH} with 2 commits on 0123456789ab.",
        f"  aaaaaaaaaa  {FIRST}",
        f"  bbbbbbbbbb  {SECOND}",
        "  Your worktree, index and HEAD are as they were. Merge it whole: its parts do not run alone.",
        "",
        "Next",
        f"  review     git log --reverse -p 0123456789ab..{BRANCH}",
        f"  push       git push -u origin {BRANCH}",
        f"  take back  migrate-dhi rollback {BRANCH}",
    ]


def test_what_a_branch_was_written_in_spite_of_is_told():
    lines = texts(written_lines(FILE, plans.ready(), BRANCH, ["a" * 40, "b" * 40]))
    grave = [finding for finding in plans.ready().findings if finding.severity != "info"]

    assert grave
    told = lines[lines.index("Warnings") : lines.index("Next")]
    assert all(any(finding.code in line for line in told) for finding in grave)


def test_a_new_pull_secret_is_to_be_looked_for():
    effect = Effect("Pod/a", "spec.imagePullSecrets", None, [{"name": "regcred"}])
    plan = replace(plans.ready(), steps=(replace(plans.registry_step(), effects=(effect,)),))

    said = texts(written_lines(FILE, plan, BRANCH, ["a" * 40]))

    at = said.index("  secret     kubectl --namespace default get secret regcred")
    # How it is made where it is not there yet; no login is asked for or told, and nothing is written unsealed.
    made = (
        "kubectl --namespace default create secret docker-registry regcred --docker-server=dhi.io "
        '--docker-username="$DHI_USER" --docker-password="$DHI_TOKEN" --dry-run=client -o yaml'
    )
    assert said[at + 1 : at + 3] == [
        "  not there",
        f"    {made} | kubeseal --format yaml > sealed-pull-secret.yaml",
    ]
    other = replace(plan, steps=(plans.registry_step(),))
    assert not any("kubeseal" in line for line in texts(written_lines(FILE, other, BRANCH, ["a" * 40])))


@pytest.mark.parametrize(
    ("namespaces", "told"),
    [(3, None), (4, "1 more namespace that needs it"), (5, "2 more namespaces that need it")],
)
def test_the_namespaces_whose_pull_secret_is_not_shown_are_counted(namespaces, told):
    effect = Effect("Pod/a", "spec.imagePullSecrets", None, [{"name": "regcred"}])
    release = plans.ready().releases[0]
    releases = tuple(replace(release, namespace=f"n{at}", role="target") for at in range(namespaces))
    step = replace(plans.registry_step(), effects=(effect,))
    plan = replace(plans.ready(), steps=(step,), releases=releases)

    said = texts(written_lines(FILE, plan, BRANCH, ["a" * 40]))

    at = said.index("  secret     kubectl --namespace n2 get secret regcred")
    assert said[at + 1] == (f"{' ' * 13}and {told}" if told else "  not there")


def test_a_long_command_stands_below_its_label_on_a_narrow_terminal():
    look = Look(width=60, fit=True)
    lines = texts(
        labelled_command(look, "review", ["git", "log", "--reverse", "-p", f"main..dhi/{'x' * 30}"])
    )

    assert lines[0] == "  review"
    assert all(cells(line) <= 60 for line in lines)


def test_the_status_shows_each_branch_with_steps_and_images(written):
    repository, ids = written

    assert texts(status_lines(FILE, read_status(repository))) == [
        f"{BRANCH}  apps/cluster/valkey, not merged",
        f"  {ids[0][:10]}  registry  {FIRST}",
        f"  {ids[1][:10]}  versions  {SECOND}",
        f"  {plans.BEFORE} → {plans.AFTER}",
    ]


def test_the_status_tells_a_worktree_and_commits_of_others(written, tmp_path):
    repository, _ = written
    git(tmp_path, "switch", "-q", BRANCH)
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "By hand")
    lines = texts(status_lines(FILE, read_status(repository)))

    assert f"  checked out in {tmp_path}" in lines
    assert any(line.endswith("(no step) By hand") for line in lines)


def test_the_status_tells_a_merge(written, tmp_path):
    repository, _ = written
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "Merge", BRANCH)

    assert texts(status_lines(FILE, read_status(repository)))[0] == f"{BRANCH}  apps/cluster/valkey, merged"


def test_no_branch_is_said(written, tmp_path):
    repository, _ = written
    git(tmp_path, "branch", "-D", BRANCH)

    assert texts(status_lines(FILE, read_status(repository))) == [
        "No branch of migrate-dhi in this repository."
    ]


def test_a_rollback_is_shown_before_it_is_done(written):
    repository, ids = written
    rollback = plan_rollback(repository, BRANCH)

    assert texts(rollback_lines(FILE, rollback)) == [
        f"Deletes {BRANCH} of apps/cluster/valkey",
        f"  takes back  {ids[1][:10]}  {SECOND}",
        f"  takes back  {ids[0][:10]}  {FIRST}",
    ]
    assert repository.resolve(BRANCH) == ids[1]


def test_a_rollback_that_was_done_says_how_to_bring_it_back(written, tmp_path):
    repository, ids = written
    rollback = plan_rollback(repository, BRANCH)
    lines = texts(rollback_lines(FILE, rollback, rollback.apply()))

    assert lines[0] == f"✓ Deleted {BRANCH} of apps/cluster/valkey"

    git(tmp_path, *lines[-1].split()[1:])

    assert repository.resolve(BRANCH) == ids[1]


def test_a_rollback_to_a_step_keeps_it(written):
    repository, ids = written

    assert texts(
        rollback_lines(FILE, plan_rollback(repository, BRANCH, RollbackWishes(to_step="registry")))
    ) == [
        f"Moves back {BRANCH} of apps/cluster/valkey",
        f"  takes back  {ids[1][:10]}  {SECOND}",
        f"  keeps       {ids[0][:10]}  {FIRST}",
    ]


def test_a_rollback_names_the_commits_of_others_and_leaves_remotes_alone(written, tmp_path):
    repository, ids = written
    git(tmp_path, "switch", "-q", BRANCH)
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "By hand")
    git(tmp_path, "switch", "-q", "main")
    git(tmp_path, "update-ref", f"refs/remotes/origin/{BRANCH}", ids[1])
    lines = texts(rollback_lines(FILE, plan_rollback(repository, BRANCH)))

    assert any(line.endswith("By hand (no step of migrate-dhi)") for line in lines)
    assert f"  refs/remotes/origin/{BRANCH} is not touched" in lines


def test_a_rollback_to_the_last_step_does_nothing(written):
    repository, _ = written

    assert texts(
        rollback_lines(FILE, plan_rollback(repository, BRANCH, RollbackWishes(to_step="versions")))
    ) == [f"✓ Nothing to take back: {BRANCH} ends with the step versions already."]


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_is_wider_than_the_terminal(written, columns):
    repository, ids = written
    look = Look(width=columns, fit=True)
    lines = [
        *written_lines(look, plans.ready(), BRANCH, ids),
        *status_lines(look, read_status(repository)),
        *rollback_lines(look, plan_rollback(repository, BRANCH)),
    ]

    assert [plain(line) for line in lines if cells(plain(line)) > columns] == []
