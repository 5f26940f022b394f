"""The text of a pull request."""

from dataclasses import replace

import pytest

from migrate_dhi.migration.plan import Check, Use
from migrate_dhi.ui.markdown import code, plan_markdown, prose, rollout_checks
from tests.ui import plans


def test_the_sections_of_a_ready_plan():
    text = plan_markdown(plans.ready())

    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## `apps/cluster/valkey`: Docker Hardened Images",
        "### Images",
        "### Steps",
        "### Findings",
        "### After the sync",
        "### How to roll back",
    ]
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_an_image_row_has_user_shell_and_end_of_life():
    plan = plans.ready()
    image = replace(plan.images[0], facts=replace(plan.images[0].facts, assumed=False))

    assert (
        f"| `{plans.BEFORE}` | `{plans.AFTER}` | valkey (1001) | bash | 2027-10-21 "
        "| StatefulSet/valkey (valkey, init copy-config) |"
    ) in plan_markdown(replace(plan, images=(image,)))


def test_an_assumed_user_is_said_to_be_and_the_end_of_life_of_another_line_is_not_told():
    assert (
        f"| `{plans.BEFORE}` | `{plans.AFTER}` | valkey (1001), assumed | bash |  "
        "| StatefulSet/valkey (valkey, init copy-config) |"
    ) in plan_markdown(plans.ready())


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    for table in plan_markdown(plans.with_every_image_status()).split("\n\n"):
        rows = [line for line in table.splitlines() if line.startswith("|")]

        assert len({row.count("|") for row in rows}) <= 1


def test_the_branch_is_merged_whole_where_a_commit_does_not_run_alone():
    assert "**Merge the branch as a whole**" in plan_markdown(plans.ready())


def test_nothing_is_said_of_merging_where_every_commit_runs():
    assert "as a whole" not in plan_markdown(replace(plans.ready(), steps=(plans.versions_step(),)))


def test_nothing_to_do_has_neither_checks_nor_rollback():
    text = plan_markdown(plans.nothing_to_do())

    assert "has nothing left to move" in text
    assert "After the sync" not in text
    assert "roll back" not in text


def test_a_blocked_plan_says_so_at_the_top():
    assert "**but is blocked**" in plan_markdown(plans.blocked()).split("###", 1)[0]


def test_an_accepted_error_is_marked():
    text = plan_markdown(replace(plans.blocked(), accepted=frozenset({"all"})))

    assert "- **error** `shell-missing` (accepted): " in text
    assert "- **warning** `tag-unlisted`: " in text


def test_the_checks_of_the_playbook_follow_the_rollouts():
    text = plan_markdown(replace(plans.ready(), checks=(Check("kubectl get sts valkey", "1/1"),)))

    assert text.index("rollout status") < text.index("kubectl get sts valkey  # 1/1\n")


def test_a_rollout_that_the_playbook_checks_too_is_told_once():
    command = next(rollout_checks(plans.ready())).command
    text = plan_markdown(replace(plans.ready(), checks=(Check(command, "all replicas"),)))

    assert text.count(command) == 1
    assert f"{command}  # all replicas\n" in text


def test_without_a_playbook_the_rollouts_of_the_changed_workloads_are_checked():
    image = replace(
        plans.image(), used_by=(*plans.image().used_by, Use("CronJob", "backup", "c", "container"))
    )
    text = plan_markdown(replace(plans.ready(), images=(image,), namespace="store"))

    assert text.count("kubectl --namespace store rollout status statefulset/valkey\n") == 1
    assert "cronjob" not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("*bold* _it_", "\\*bold\\* \\_it\\_"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](b)", "\\[a\\](b)"),
        ("two\nlines", "two lines"),
        ("\x1b[1m\u202e", "\\\\x1b\\[1m\\\\u202e"),
        ("plain 1.0-debian13", "plain 1.0-debian13"),
    ],
)
def test_running_text_is_never_markup(text, shown):
    assert prose(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a:1", "`a:1`"),
        ("a`b", "`` a`b ``"),
        ("a``b`c", "``` a``b`c ```"),
        ("a|b", "`a\\|b`"),
        ("a\nb", "`a b`"),
    ],
)
def test_a_code_span_holds_any_text(text, shown):
    assert code(text) == shown
