"""A whole plan as text."""

from dataclasses import replace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.ui.lines import ASCII, Look, cells, plain
from migrate_dhi.ui.plan_text import closing_lines, plan_lines, step_lines, summary_words
from tests.ui import plans

FILE = Look()
PLANS = {
    "ready": plans.ready(),
    "blocked": plans.blocked(),
    "nothing to do": plans.nothing_to_do(),
    "every image status": plans.with_every_image_status(),
}


def texts(lines):
    return [plain(line) for line in lines]


def shown(plan, look=FILE, **options):
    return "\n".join(texts(plan_lines(look, plan, **options)))


def test_the_sections_come_in_the_order_of_reading():
    text = shown(plans.ready())
    titles = [
        "\nImages\n",
        "\nChanges, all steps",
        "\nSteps are commits",
        "\nWarnings\n",
        "\n1 image moves",
        "To write",
    ]

    assert sorted(titles, key=text.index) == titles


def test_the_first_lines_say_which_chart_and_what_was_assumed():
    about = "apps/cluster/valkey  valkey 0.2.1 · app 9.0.1 · release default/valkey"

    assert texts(plan_lines(FILE, plans.ready()))[:2] == [about, ""]
    assert texts(plan_lines(FILE, plans.ready(), verbose=True))[:4] == [
        about,
        "  depends on valkey 0.9.3",
        "  rendered by helm-python 4.2.3, Kubernetes v1.36.0, release valkey, namespace default",
        "  image facts: bundled of 2026-08-22",
    ]


def test_of_many_releases_the_first_three_are_named():
    one = plans.ready().releases[0]
    plan = replace(plans.ready(), releases=tuple(replace(one, namespace=f"n{n}") for n in range(9)))

    assert "releases n0/valkey, n1/valkey, n2/valkey and 6 more\n" in shown(plan)
    assert "n8/valkey" in shown(plan, verbose=True)


def test_a_release_in_several_places_is_named_once():
    plan = replace(plans.ready(), releases=plans.ready().releases * 2)

    assert "release default/valkey (2 places)\n" in shown(plan)


def test_the_net_diff_of_each_file_stands_once_and_the_steps_only_when_verbose():
    short, long = shown(plans.ready()), shown(plans.ready(), verbose=True)

    assert short.count("-    registry: docker.io") == 1
    assert f"  {plans.VALUES}\n    @@ -5,4 +5,4 @@\n" in short
    assert "In the manifests" not in short
    assert long.count("-    registry: docker.io") == 2
    assert "\nregistry: Pull the images from the hardened registry\n" in long


def test_a_new_file_is_said_to_be():
    plan = replace(plans.ready(), originals={})

    assert f"  {plans.VALUES} (new)\n" in shown(plan)


def test_notes_are_counted_and_told_only_when_verbose():
    short, long = shown(plans.ready()), shown(plans.ready(), verbose=True)

    assert "image-fixed" not in short
    assert "1 note;" in short
    assert "  i info     image-fixed\n" in long


SUMS = {
    "ready": (plans.ready(), "1 image moves, 2 commits, 1 warning, 1 note; proven for 1 release"),
    "blocked": (
        plans.blocked(),
        "1 image moves, 1 waits for a choice, 1 commit, 1 error, 1 warning, 1 note; proven for 1 release",
    ),
    "accepted": (
        replace(plans.blocked(), accepted=frozenset({"all"})),
        "1 image moves, 1 commit, 1 accepted error, 1 warning, 1 note; proven for 1 release",
    ),
    "nothing": (plans.nothing_to_do(), "no image moves, 0 commits"),
}


@pytest.mark.parametrize(("plan", "words"), SUMS.values(), ids=SUMS)
def test_the_sum_is_one_line(plan, words):
    assert summary_words(plan) == words


def test_the_sum_tells_the_releases_that_stay():
    one = plans.ready().releases[0]
    other = replace(one, name="other", role="witness")
    plan = replace(plans.ready(), releases=(one, one, other))

    assert summary_words(plan).endswith(
        "; proven for 2 releases, 1 other that reads its files stays as it is"
    )
    unproven = plans.finding(code="witness-unproven")
    assert summary_words(replace(plan, findings=(unproven,))).endswith("; proven for 2 releases")


def test_a_dependency_shows_its_alias():
    plan = plans.ready()
    chart = replace(plan.chart, dependencies=({"name": "valkey", "alias": "cache", "version": "0.9.3"},))

    assert "  depends on valkey 0.9.3 as cache" in shown(replace(plan, chart=chart), verbose=True)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("width", [60, 72, 80, 100, 200])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(plan, width, verbose):
    command = ("migrate-dhi", "apps/cluster/valkey", "--to", plans.AFTER, "--pull-secret", "kubernetes-dhi")
    lines = texts(plan_lines(Look(width=width, fit=True), plan, verbose=verbose, command=command))

    # A flag with its value is one word of a command, which is not broken.
    assert [line for line in lines if cells(line) > width and "--to" not in line] == []


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_without_unicode_our_own_signs_are_ascii(plan):
    assert shown(plan, Look(glyphs=ASCII)).isascii()
    assert shown(plan, Look(width=60, fit=True, glyphs=ASCII)).isascii()


def test_no_line_of_a_file_ends_in_blanks():
    assert not any(line.endswith(" ") for line in texts(plan_lines(FILE, plans.blocked(), verbose=True)))


def test_a_step_row_has_status_count_and_commit_or_why_none():
    rows = texts(step_lines(FILE, plans.ready().steps))

    assert rows[0] == "  ✓ registry  proven      2 of 2  feat(valkey): pull valkey from dhi.io *"
    assert rows[1].startswith("  · probes    not needed          templates/statefulset.yaml fixes them")
    assert rows[1].endswith("…")
    assert len(rows) == 3


def test_what_waits_for_the_choice_of_an_image_is_not_called_not_needed():
    step = replace(plans.probes_step(), status="waiting", reason="waiting for a choice: what app becomes")

    assert texts(step_lines(FILE, [step]))[0] == "  ? probes  waiting     for a choice: what app becomes"
    assert step.to_json()["status"] == "not-needed"


def test_verbose_tells_the_whole_reason():
    text = " ".join(" ".join(texts(step_lines(FILE, plans.ready().steps, verbose=True))).split())

    assert plans.probes_step().reason in text
    assert plans.registry_step().reason in text


def test_a_goal_reached_in_part_is_marked():
    row = texts(step_lines(FILE, [replace(plans.registry_step(), done=5, of=6)]))[0]

    assert row.startswith("  ! registry  proven      5 of 6")


def test_a_blocked_step_shows_what_was_tried_when_verbose():
    rows = texts(step_lines(FILE, [plans.blocked_step()], verbose=True))

    assert rows[0].startswith("  ✗ pull-secret  blocked     0 of 2  no value reaches the pods")
    assert "      tried global.imagePullSecrets as maps: nothing changed in the manifests" in rows


def test_what_a_proven_step_tried_before_is_shown_only_when_verbose():
    step = replace(plans.registry_step(), tried=plans.blocked_step().tried)

    assert not any("tried" in row for row in texts(step_lines(FILE, [step])))
    assert any("tried" in row for row in texts(step_lines(FILE, [step], verbose=True)))


def test_the_end_tells_how_to_write_the_branch():
    assert texts(closing_lines(FILE, plans.ready(), ("migrate-dhi", ".", "--to", plans.AFTER))) == [
        "This was a dry run: nothing was changed. To write the branch:",
        f"  migrate-dhi . --to {plans.AFTER} --yes",
    ]


def test_where_no_branch_can_be_written_no_command_is_told():
    barred = Finding("not-a-repository", "info", "no branch can be written: why", help="do this")
    plan = replace(plans.ready(), findings=(barred,))

    assert texts(closing_lines(FILE, plan, ("migrate-dhi", "."))) == [
        "This was a dry run: nothing was changed. No branch can be written: why: do this."
    ]


def test_branch_and_base_stand_at_the_steps():
    steps = "\nSteps are commits of dhi/apps-cluster-valkey on 0123456789ab"

    assert f"{steps} (* does not run alone: merge all)\n" in shown(plans.ready())
    assert f"{steps}\n" in shown(replace(plans.ready(), steps=(plans.versions_step(),)))


def test_a_base_that_is_a_name_is_not_shortened():
    name = "release/2026-11-and-a-long-name-of-a-branch"

    assert f" on {name} (*" in shown(replace(plans.ready(), base=name))


def test_nothing_to_do_offers_no_command():
    assert texts(closing_lines(FILE, plans.nothing_to_do())) == ["✓ Nothing to do: no step changes a file."]


def test_a_blocked_plan_names_each_obstacle_with_its_flag_and_no_yes():
    lines = texts(closing_lines(FILE, plans.blocked()))
    flags = [line.strip() for line in lines if line.strip().startswith("--")]

    assert flags == [
        f"--to {plans.EXPORTER}=dhi.io/redis-exporter:1.80.1-debian13",
        "--accept image-undecided",
        "--accept shell-missing",
        "--skip pull-secret",
    ]
    assert "--yes" not in "".join(lines)


def ways(plan, words=()):
    lines = texts(closing_lines(FILE, plan, words))
    return [line.strip() for line in lines if line.strip().startswith("--")]


def test_what_follows_from_a_blocked_step_is_decided_there(planned):
    plan = planned("renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",), pull_secret="x")

    assert [step.name for step in plan.blocked_steps][:3] == ["registry", "tag", "pull-secret"]
    assert ways(plan) == ["--accept unannounced-change"]
    assert [error.code for error in plan.open_errors] == ["unannounced-change"]


def test_an_image_that_no_step_can_move_is_not_said_to_move(planned):
    plan = planned("renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",), pull_secret="x")

    assert summary_words(plan).startswith("1 image would move, 0 commits, ")
    assert summary_words(planned("plain-chart")).startswith("1 image moves, ")


def test_steps_that_lack_one_that_was_left_out_are_decided_together(planned):
    plan = planned("plain-chart", skip=("registry",), pull_secret="x")
    names = [step.name for step in plan.blocked_steps]

    assert len(names) > 1
    assert ways(plan) == [" ".join(f"--skip {name}" for name in names)]
    assert planned("plain-chart", skip=("registry", *names)).status == "nothing-to-do"


def test_an_accepted_error_is_no_obstacle():
    plan = replace(plans.blocked(), accepted=frozenset({"shell-missing"}))

    assert "--accept shell-missing" not in "".join(texts(closing_lines(FILE, plan)))


def test_images_that_are_left_as_they_are_are_no_obstacle():
    plan = replace(plans.blocked(), accepted=frozenset({"image-undecided"}))

    assert "--to" not in "".join(texts(closing_lines(FILE, plan)))


def test_a_step_that_would_change_more_than_it_announces_can_be_taken_as_shown(planned):
    plan = planned("renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",))
    flags = [line.strip() for line in texts(closing_lines(FILE, plan)) if line.strip().startswith("--")]

    assert flags == ["--accept unannounced-change"]
    assert (
        planned(
            "renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",), accept=("unannounced-change",)
        ).status
        == "ready"
    )
