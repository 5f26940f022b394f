"""The text of a pull request."""

from dataclasses import replace
from shlex import split

import pytest

from migrate_dhi.finding_codes import codes
from migrate_dhi.migration.plan import Check, Effect
from migrate_dhi.migration.plan_image import Use
from migrate_dhi.ui.markdown import code, plan_markdown, prose, rollout_checks
from tests.ui import plans


def test_the_sections_of_a_ready_plan():
    text = plan_markdown(plans.ready())

    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## `apps/cluster/valkey`: Docker Hardened Images",
        "### Images",
        "### Changes",
        "### What to know",
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


def test_a_branch_of_an_odd_name_is_one_word_of_the_command():
    assert "migrate-dhi rollback 'dhi/a;touch X'" in plan_markdown(
        replace(plans.ready(), branch="dhi/a;touch X")
    )


def test_an_image_that_stays_for_want_of_a_tag_is_not_said_to_have_no_counterpart():
    image = replace(plans.image(), status="no-counterpart", after="", confidence="certain")

    assert "| stays: no hardened tag in reach |" in plan_markdown(replace(plans.ready(), images=(image,)))


def test_a_blocked_plan_says_so_at_the_top():
    assert "**but is blocked**" in plan_markdown(plans.blocked()).split("###", 1)[0]


def test_an_accepted_error_is_marked():
    text = plan_markdown(replace(plans.blocked(), accepted=frozenset({"all"})))

    assert "### Errors\n\n- `shell-missing` (accepted): " in text
    assert "nothing else changed, but for the errors that were accepted." in text
    assert "(accepted)" not in plan_markdown(plans.blocked())


def test_a_warning_says_what_it_means_and_where_it_holds():
    found = [plans.finding(message=f"image {n} has it", object=f"Pod/{n}") for n in range(12)]
    text = plan_markdown(replace(plans.ready(), findings=tuple(found)))

    assert (
        f"- `tag-unlisted`: {prose(codes()['tag-unlisted'].meaning)} _check that it can be pulled_\n" in text
    )
    assert "\n  - image 0 has it\n" in text
    assert "\n  - and 4 more alike\n" in text
    assert text.count("tag-unlisted") == 1


def test_notes_and_what_is_not_needed_say_nothing_to_a_reviewer():
    text = plan_markdown(plans.ready())

    assert "image-fixed" not in text
    assert "not needed" not in text
    assert "probes" not in text


def test_each_commit_names_its_values_by_file():
    assert (
        "- feat(valkey): pull valkey from dhi.io: `valkey.image.registry`, `valkey.image.repository` "
        f"in `{plans.VALUES}`\n"
    ) in plan_markdown(plans.ready())


@pytest.mark.parametrize(
    ("status", "told"), [("blocked", "see the errors"), ("skipped", "left out on purpose")]
)
def test_a_step_that_somebody_may_miss_is_told_with_its_reason(status, told):
    step = replace(plans.probes_step(), status=status, reason="left out on purpose")
    text = plan_markdown(replace(plans.ready(), steps=(plans.registry_step(), step)))

    assert f"- _no commit_ for probes, {status}: {told}\n" in text


@pytest.mark.parametrize(("more", "told"), [(1, "and 1 more line,"), (2, "and 2 more lines,")])
def test_what_an_exchange_changes_is_told_up_to_a_length(more, told):
    effects = tuple(Effect(f"Pod/{at}", "", None, {}) for at in range(150 + more))
    step = replace(plans.versions_step(), name="dependency", effects=effects)

    assert f"- {told} in the JSON of the plan" in plan_markdown(replace(plans.ready(), steps=(step,)))


def test_steps_that_wait_are_told_together():
    steps = [replace(plans.probes_step(), name=n, status="waiting", reason="waiting for x; so") for n in "ab"]
    text = plan_markdown(replace(plans.ready(), steps=tuple(steps)))

    assert "- _no commit yet_ for a, b: waiting for x\n" in text


def test_the_pull_secret_is_looked_for_and_made_without_a_secret_in_git():
    step = replace(
        plans.registry_step(),
        effects=(
            Effect("Pod/a", "spec.imagePullSecrets", [{"name": "old"}], [{"name": "old"}, {"name": "new"}]),
        ),
    )
    text = plan_markdown(replace(plans.ready(), steps=(step,)))

    assert "kubectl --namespace default get secret new\n" in text
    assert "create secret docker-registry new --docker-server=dhi.io " in text
    assert "secret old" not in text


def test_a_mirror_at_docker_hub_is_logged_in_to_by_its_own_name():
    effect = Effect("Pod/a", "spec.imagePullSecrets", None, [{"name": "hub"}])
    step = replace(plans.registry_step(), effects=(effect,))
    image = replace(plans.image(), after="docker.io/acme/dhi-valkey:9.0.1-debian13")
    text = plan_markdown(replace(plans.ready(), steps=(step,), images=(image,)))

    assert "secret docker-registry hub --docker-server=https://index.docker.io/v1/ " in text


def test_without_a_new_pull_secret_nothing_is_said_of_one():
    assert "Before the merge\n" not in plan_markdown(plans.ready())


def test_the_checks_of_the_playbook_follow_the_rollouts():
    text = plan_markdown(replace(plans.ready(), checks=(Check("kubectl get sts valkey", "1/1"),)))

    assert text.index("rollout status") < text.index("kubectl get sts valkey  # 1/1\n")


def test_the_other_namespaces_are_to_be_looked_into_alike():
    one = plans.ready().releases[0]
    plan = replace(
        plans.ready(), releases=(one, replace(one, namespace="prod"), replace(one, namespace="dev"))
    )

    assert "Look alike into `dev`, `prod`.\n" in plan_markdown(plan)
    assert "Look alike" not in plan_markdown(plans.ready())


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


def test_a_command_with_a_hostile_namespace_is_one_word_of_the_shell():
    plan = replace(plans.ready(), namespace="a|`b`$(c)")

    assert {split(check.command)[2] for check in rollout_checks(plan)} == {plan.namespace}


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
