"""A whole plan as text."""

from dataclasses import replace

import pytest

from migrate_dhi.findings import Finding
from migrate_dhi.ui.lines import ASCII, Look, cells, plain
from migrate_dhi.ui.plan_text import closing_lines, finding_lines, plan_lines, step_lines
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
        "\nSteps\n",
        "\nregistry:",
        "\nversions:",
        "\nFindings\n",
        "\nWhat would be written\n",
    ]

    assert sorted(titles, key=text.index) == titles


def test_the_first_lines_say_which_chart_and_what_was_assumed():
    assert texts(plan_lines(FILE, plans.ready()))[:4] == [
        "apps/cluster/valkey  valkey 0.2.1 · app 9.0.1",
        "  depends on valkey 0.9.3",
        "  rendered by helm-python 4.2.3, Kubernetes v1.36.0, release valkey, namespace default",
        "  image facts: bundled of 2026-08-22",
    ]


def test_a_dependency_shows_its_alias():
    plan = plans.ready()
    chart = replace(plan.chart, dependencies=({"name": "valkey", "alias": "cache", "version": "0.9.3"},))

    assert "  depends on valkey 0.9.3 as cache" in shown(replace(plan, chart=chart))


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


def test_a_step_row_has_status_count_and_reason():
    rows = texts(step_lines(FILE, plans.ready().steps))

    assert (
        rows[0]
        == "  ✓ registry  proven      2 of 2  every container of the image is pulled from dhi.io/valkey"
    )
    assert rows[1].startswith("  · probes    not needed          templates/statefulset.yaml fixes them")


def test_a_goal_reached_in_part_is_marked():
    row = texts(step_lines(FILE, [replace(plans.registry_step(), done=5, of=6)]))[0]

    assert row.startswith("  ! registry  proven      5 of 6")


def test_a_blocked_step_shows_what_was_tried():
    rows = texts(step_lines(FILE, [plans.blocked_step()]))

    assert rows[0].startswith("  ✗ pull-secret  blocked     0 of 2  no value reaches the pods")
    assert "      tried global.imagePullSecrets as maps: nothing changed in the manifests" in rows


def test_what_a_proven_step_tried_before_is_shown_only_when_verbose():
    step = replace(plans.registry_step(), tried=plans.blocked_step().tried)

    assert not any("tried" in row for row in texts(step_lines(FILE, [step])))
    assert any("tried" in row for row in texts(step_lines(FILE, [step], verbose=True)))


def test_a_step_that_edits_nothing_has_no_changes_section():
    assert "\nprobes:" not in shown(plans.ready())


def test_findings_come_gravest_first_with_place_and_help():
    findings = [
        plans.finding("info", "c"),
        plans.finding("error", "a", file="values.yaml", line=3),
        plans.finding("warning", "b"),
    ]
    lines = texts(finding_lines(FILE, findings))

    assert [line for line in lines if not line.startswith("      ")] == [
        "  ✗ error    a",
        "  ! warning  b",
        "  i info     c",
    ]
    assert lines[2:4] == ["      at values.yaml:3", "      help: check that it can be pulled"]


def test_equal_findings_are_told_once_with_all_their_places():
    findings = [plans.finding(object=name) for name in ("Pod/a", "Pod/b", "Pod/a")]
    lines = texts(finding_lines(FILE, findings))

    assert len(lines) == 4
    assert "      at Pod/a; Pod/b" in lines


@pytest.mark.parametrize("accepted", [{"shell-missing"}, {"all"}])
def test_an_accepted_error_says_so(accepted):
    lines = texts(finding_lines(FILE, plans.blocked().findings, accepted))

    assert lines[0] == "  ✗ error    shell-missing  (accepted)"


def test_a_warning_is_never_called_accepted():
    assert "accepted" not in "".join(texts(finding_lines(FILE, [plans.finding()], {"all"})))


def test_a_message_of_several_lines_stays_one_paragraph():
    lines = texts(finding_lines(FILE, [Finding("x", "info", "first\n  second\x1b[0m")]))

    assert lines == ["  i info     x", "      first second\\x1b[0m"]


def test_what_would_be_written_names_branch_base_and_commits():
    lines = texts(closing_lines(FILE, plans.ready(), ("migrate-dhi", ".", "--to", plans.AFTER)))

    assert lines == [
        "",
        "What would be written",
        "  branch   dhi/apps-cluster-valkey",
        "  base     0123456789ab",
        "  commits  feat(valkey): pull valkey from dhi.io *",
        "           chore(valkey): raise appVersion to 9.0.2 and version to 0.2.2",
        "           * not deployable alone: merge the branch as a whole",
        "",
        "This was a dry run: nothing was changed. To write the branch:",
        f"  migrate-dhi . --to {plans.AFTER} --yes",
    ]


def test_a_branch_that_is_deployable_at_each_commit_has_no_mark():
    plan = replace(plans.ready(), steps=(plans.versions_step(),))

    assert "*" not in "".join(texts(closing_lines(FILE, plan)))


def test_a_base_that_is_a_name_is_not_shortened():
    name = "release/2026-11-and-a-long-name-of-a-branch"

    assert f"  base     {name}" in texts(closing_lines(FILE, replace(plans.ready(), base=name)))


def test_nothing_to_do_offers_no_command():
    assert texts(closing_lines(FILE, plans.nothing_to_do())) == [
        "",
        "✓ Nothing to do: no step changes a file.",
    ]


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


def test_an_accepted_error_is_no_obstacle():
    plan = replace(plans.blocked(), accepted=frozenset({"shell-missing"}))

    assert "--accept shell-missing" not in "".join(texts(closing_lines(FILE, plan)))


def test_images_that_are_left_as_they_are_are_no_obstacle():
    plan = replace(plans.blocked(), accepted=frozenset({"image-undecided"}))

    assert "--to" not in "".join(texts(closing_lines(FILE, plan)))


def test_a_step_that_would_change_more_than_it_announces_can_be_taken_as_shown(planned):
    plan = planned("renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",))
    flags = [line.strip() for line in texts(closing_lines(FILE, plan)) if line.strip().startswith("--")]

    assert flags[:2] == ["--accept unannounced-change", "--skip registry"]
    assert (
        planned(
            "renamed-repository", to=("dhi.io/valkey:8.1.9-debian13",), accept=("unannounced-change",)
        ).status
        == "ready"
    )
