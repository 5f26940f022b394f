"""The versions step: appVersion in its own style, the chart's version by SemVer, labels alone besides."""

import pytest

from migrate_dhi.steps.versions import raised
from tests.charts import copy_case
from tests.conftest import plan_of, steps_of
from tests.steps.reading import TO, effects_of, lines, values_of


@pytest.fixture
def released(tmp_path):
    """The versions step of a chart with these lines in its Chart.yaml."""

    def plan(old, new, **flags):
        chart = copy_case("plain-chart", tmp_path / "plain-chart")
        file = chart / "Chart.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        values = chart / "values.yaml"
        values.write_text(
            values.read_text().replace("  pullPolicy:", "  tag: 8.1.4-alpine3.22\n  pullPolicy:")
        )
        return steps_of(plan_of(chart, to=TO, **flags))["versions"]

    return plan


def test_both_versions_are_raised(planned):
    step = steps_of(planned("strings-secrets", to=TO))["versions"]

    assert (step.status, step.done, step.of) == ("proven", 2, 2)
    assert values_of(step) == {"appVersion": "8.1.9", "version": "0.1.1"}
    assert lines(step) == [
        "-version: 0.1.0",
        '-appVersion: "8.1.4"',
        "+version: 0.1.1",
        '+appVersion: "8.1.9"',
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('appVersion: "8.1.4"', 'appVersion: "8.1.9"'),
        ("appVersion: '8.1.4'", "appVersion: '8.1.9'"),
        ("appVersion: 8.1.4", "appVersion: 8.1.9"),
        ("appVersion: v8.1.4 # server", "appVersion: v8.1.9 # server"),
    ],
)
def test_appversion_keeps_its_style(released, old, new):
    step = released('appVersion: "8.1.4"', old)

    assert f"-{old}" in lines(step)
    assert f"+{new}" in lines(step)


@pytest.mark.parametrize(
    ("version", "part", "after"),
    [
        ("0.2.1", "patch", "0.2.2"),
        ("0.2.1", "minor", "0.3.0"),
        ("0.2.1", "major", "1.0.0"),
        ("v1.2.3", "patch", "v1.2.4"),
        ("1.2", "patch", "1.2.1"),
        ("1", "minor", "1.1.0"),
        ("1.2.3-rc.1", "patch", "1.2.3"),
        ("0.9.9", "patch", "0.9.10"),
        ("1.2.3+build.5", "patch", "1.2.4"),
        # as a calendar has it
        ("2024.06.01", "patch", "2024.06.02"),
        ("v2024.06.09", "patch", "v2024.06.10"),
        ("2024.06.01", "minor", "2024.07.00"),
        ("2024.12.01", "minor", "2024.13.00"),
        ("2024.6.1", "patch", "2024.6.2"),
        ("24.04", "patch", "24.04.1"),
        ("01.2.3", "patch", "01.2.4"),
        ("2024.06.01-rc.1", "patch", "2024.06.01"),
        ("one", "patch", "one"),
    ],
)
def test_the_next_version(version, part, after):
    assert raised(version, part) == after


@pytest.mark.parametrize(("bump", "after"), [("patch", "1.4.1"), ("minor", "1.5.0"), ("major", "2.0.0")])
def test_the_part_to_raise_is_the_users_choice(released, bump, after):
    assert values_of(released("version: 1.4.0", "version: 1.4.0", bump=bump))["version"] == after


def test_only_labels_follow(planned):
    step = steps_of(planned("pdb", to=TO))["versions"]

    assert step.status == "proven"
    assert all("labels" in path for _, path in effects_of(step))


# --- what must not change


@pytest.mark.parametrize("app_version", ["7.2.0", "latest", "2024-01-01", ""])
def test_an_appversion_that_names_another_thing_stays(released, app_version):
    step = released('appVersion: "8.1.4"', f'appVersion: "{app_version}"')

    assert values_of(step) == {"version": "1.4.1"}


def test_a_chart_without_appversion_gets_none(released):
    step = released('appVersion: "8.1.4"\n', "")

    assert values_of(step) == {"version": "1.4.1"}


def test_the_same_version_needs_no_new_appversion(tmp_path, planned):
    step = steps_of(planned("strings-secrets", to=("dhi.io/valkey:8.1.4-debian13",)))["versions"]

    assert values_of(step) == {"version": "0.1.1"}


def test_appversion_stays_where_the_tag_was_left_out(planned):
    plan = planned("strings-secrets", to=TO, skip=("tag",))

    assert values_of(steps_of(plan)["versions"]) == {"version": "0.1.1"}


def test_appversion_stays_where_the_tag_could_not_be_set(planned):
    plan = planned("tag-suffix", to=TO)

    assert steps_of(plan)["tag"].status == "blocked"
    assert "appVersion" not in values_of(steps_of(plan)["versions"])


def test_appversion_stays_where_another_image_alone_moved(tmp_path):
    chart = copy_case("alias-on-path", tmp_path / "chart")
    values = chart / "values.yaml"
    values.write_text(values.read_text() + "archive:\n  image: *image\n")

    plan = plan_of(chart)

    assert "appVersion" not in values_of(steps_of(plan)["versions"])


@pytest.mark.parametrize("case", ["already-hardened", "no-counterpart", "library-chart"])
def test_nothing_is_released_where_nothing_changed(planned, case):
    step = steps_of(planned(case))["versions"]

    assert step.status == "not-needed"
    assert not step.edits


def test_nothing_is_released_where_every_step_is_blocked(planned):
    step = steps_of(planned("dup-key-on-path"))["versions"]

    assert step.status == "not-needed"


def test_skipped_on_purpose(planned):
    step = steps_of(planned("strings-secrets", to=TO, skip=("versions",)))["versions"]

    assert step.status == "skipped"
    assert not step.files


@pytest.mark.parametrize(
    "place",
    [
        "image: acme/sidecar:{{ .Chart.Version }}",
        "image: acme/sidecar\n          args: ['--agent=acme/agent:{{ .Chart.Version }}']",
    ],
)
def test_an_image_that_follows_the_charts_version_is_not_moved_by_a_release(tmp_path, place):
    chart = copy_case("strings-secrets", tmp_path / "strings-secrets")
    folder = chart / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "own.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: own\nspec:\n  containers:\n"
        f"        - name: own\n          {place}\n"
    )
    plan = plan_of(chart, to=TO)
    step = steps_of(plan)["versions"]

    assert all(effect.object != "Pod/own" for effect in step.effects)
    assert any("Pod/own" in tried.verdict for tried in step.tried)
    assert "version-unreached" in {found.code for found in plan.findings}


# --- retreat: labels and annotations alone, else less, else nothing


@pytest.fixture
def shown(tmp_path):
    """The plan of a chart that shows its versions in a field besides."""

    def plan(value, **flags):
        chart = copy_case("strings-secrets", tmp_path / "strings-secrets")
        (chart / "templates").mkdir(exist_ok=True)
        (chart / "templates/own.yaml").write_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own\n  labels:\n"
            "    helm.sh/chart: own-{{ .Chart.Version }}\n"
            f"    app.kubernetes.io/version: '{{{{ .Chart.AppVersion }}}}'\ndata:\n  value: '{value}'\n"
        )
        return plan_of(chart, to=TO, **flags)

    return plan


CHART, APP = "{{ .Chart.Version }}", "{{ .Chart.AppVersion }}"


@pytest.mark.parametrize(
    ("value", "raised"),
    [
        ("none", {"appVersion", "version"}),
        (f"v{CHART}", {"appVersion"}),
        (f"https://example.com/{CHART}/x.json", {"appVersion"}),
        (CHART, {"appVersion"}),
        (APP, {"version"}),
        (f"v{APP}-x", {"version"}),
        (f"docker.io/acme/agent:{APP}", {"version"}),
        (f"{CHART} {APP}", set()),
    ],
)
@pytest.mark.parametrize("accept", [(), ("unannounced-change",)])
def test_what_more_than_labels_would_follow_is_not_raised(shown, value, raised, accept):
    plan = shown(value, accept=accept)
    step = steps_of(plan)["versions"]

    assert set(values_of(step)) == raised
    assert step.status == ("proven" if raised else "not-needed")
    assert plan.status == "ready"
    told = [found.message for found in plan.findings if found.code == "version-unreached"]
    assert len(told) == 2 - len(raised)
    # The commit names what it changes, and nothing that stays.
    subjects = {
        (): None,
        ("version",): "release chart 0.1.1",
        ("appVersion",): "set appVersion to 8.1.9",
        ("appVersion", "version"): "release chart 0.1.1 with appVersion 8.1.9",
    }
    subject = step.commit and step.commit.subject.partition(": ")[2]
    assert subject == subjects[tuple(sorted(raised))]


@pytest.mark.parametrize(
    "place",
    [
        "selector: {{matchLabels: {0}}}",
        "serviceName: x\n  volumeClaimTemplates: [{{metadata: {{name: d, labels: {0}}}}}]",
    ],
)
def test_a_label_that_cannot_be_changed_is_not_raised(tmp_path, place):
    chart = copy_case("strings-secrets", tmp_path / "strings-secrets")
    (chart / "templates").mkdir(exist_ok=True)
    spec = place.format("{chart: 'x-{{ .Chart.Version }}'}")
    (chart / "templates/own.yaml").write_text(
        f"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: own}}\nspec:\n  {spec}\n"
    )
    plan = plan_of(chart, to=TO)

    assert set(values_of(steps_of(plan)["versions"])) == {"appVersion"}
    assert plan.status == "ready"


def test_a_url_with_the_charts_version_in_a_hook_stays(planned):
    plan = planned("release-url", to=TO, pull_secret="x")

    assert plan.status == "ready"
    assert all("command" not in effect.path for step in plan.steps for effect in step.effects)
    assert values_of(steps_of(plan)["versions"]) == {"appVersion": "8.1.9"}
