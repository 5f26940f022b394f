"""The registry step: every shape in which charts write registry and repository."""

import pytest

from tests.charts import copy_case
from tests.conftest import findings_of, plan_of, steps_of
from tests.steps.reading import TO, VALKEY, effects_of, images_of, lines, values_of

OLD = "docker.io/valkey/valkey:8.1.4"


@pytest.mark.parametrize(
    ("case", "written"),
    [
        ("plain-chart", {"image.registry": "dhi.io", "image.repository": "valkey"}),
        ("repository-with-registry", {"image.repository": "dhi.io/valkey"}),
        ("default-registry", {"image.repository": "dhi.io/valkey"}),
        ("strings-secrets", {"node.image.registry": "dhi.io", "node.image.repository": "valkey"}),
        ("values-empty", {"node.image.registry": "dhi.io", "node.image.repository": "valkey"}),
        ("values-missing", {"node.image.registry": "dhi.io", "node.image.repository": "valkey"}),
        ("hub-and-version", {"global.hub": "dhi.io"}),
        ("split-name", {"image.registry": "dhi.io", "image.repository": ""}),
        ("internal-defaults", {"_defaults.image.registry": "dhi.io", "_defaults.image.repository": "valkey"}),
    ],
)
def test_proven_in_the_shape_of_the_chart(planned, case, written):
    step = steps_of(planned(case, to=TO))["registry"]

    assert step.status == "proven"
    assert (step.done, step.of) == (1, 1)
    ((before, after),) = images_of(step).values()
    assert before.startswith(OLD)
    assert after == before.replace("docker.io/valkey/valkey", "dhi.io/valkey")
    assert values_of(step) == written


def test_a_whole_image_string_keeps_its_tag_for_the_next_step(planned):
    step = steps_of(planned("whole-image-string"))["registry"]

    assert step.status == "proven"
    assert all(
        after.rpartition(":")[2] == before.rpartition(":")[2] for before, after in images_of(step).values()
    )


def test_a_registry_with_a_port_gives_way_as_a_whole(planned):
    step = steps_of(planned("registry-with-port", to=TO))["registry"]

    assert step.status == "proven"
    assert all(after.startswith("dhi.io/valkey:") for _, after in images_of(step).values())


def test_a_mirror_takes_the_place_of_the_registry(planned):
    plan = planned("plain-chart", target="harbor.example/dhi/{name}", to=("valkey:8.1.9-debian13",))

    assert values_of(steps_of(plan)["registry"]) == {
        "image.registry": "harbor.example",
        "image.repository": "dhi/valkey",
    }


def test_every_container_of_the_image_is_counted(planned):
    step = steps_of(planned("cronjob-and-tests", to=TO))["registry"]

    assert (step.status, step.done, step.of) == ("proven", 4, 4)
    assert {name.split("/")[0] for name in images_of(step)} >= {"Deployment", "CronJob", "Job", "Pod"}


def test_images_in_arguments_environment_and_configuration_follow(planned):
    step = steps_of(planned("image-in-args-and-env"))["registry"]

    assert step.status == "proven"
    assert step.done == step.of == 4
    assert {effect.object.split("/")[0] for effect in step.effects} == {
        "Deployment",
        "ConfigMap",
        "CacheCluster",
    }


def test_both_aliases_of_a_dependency_are_moved(planned):
    step = steps_of(planned("alias-dependency", to=TO))["registry"]

    assert (step.done, step.of) == (2, 2)
    assert len({path.split(".")[0] for path in values_of(step)}) == 2


def test_a_dependency_two_levels_down_is_reached(planned):
    step = steps_of(planned("umbrella"))["registry"]

    assert step.status == "proven"
    assert not any(path.startswith("global.") for path in values_of(step))


def test_an_image_of_a_library_chart_is_reached(planned):
    assert steps_of(planned("library-dependency"))["registry"].status == "proven"


def test_an_archive_is_read_and_the_wrapper_is_edited(planned):
    step = steps_of(planned("tgz-dependency"))["registry"]

    assert step.status == "proven"
    assert {edit.file for edit in step.edits} == {"values.yaml"}


def test_each_value_is_edited_in_the_strongest_file_that_lists_it(planned):
    steps = steps_of(planned("environment-overlay", values=("values-prod.yaml",), to=TO))

    assert {edit.file for edit in steps["registry"].edits} == {"values.yaml"}
    assert {edit.file for edit in steps["tag"].edits} == {"values-prod.yaml"}
    assert list(images_of(steps["tag"]).values()) == [("dhi.io/valkey:8.1.3", VALKEY)]


# --- what must not change


@pytest.mark.parametrize("case", ["no-counterpart", "no-workloads", "library-chart"])
def test_not_needed_where_nothing_is_to_be_moved(planned, case):
    plan = planned(case)

    assert plan.status == "nothing-to-do"
    assert steps_of(plan)["registry"].status == "not-needed"
    assert not any(step.edits or step.diff for step in plan.steps)


def test_what_is_hardened_already_is_left_alone(planned):
    plan = planned("already-hardened")

    assert plan.status == "nothing-to-do"
    assert [image.status for image in plan.images] == ["already-dhi"]


def test_only_the_image_that_is_not_hardened_yet_is_moved(planned):
    plan = planned("partly-hardened")
    step = steps_of(plan)["registry"]

    assert len(images_of(step)) == 1
    assert all("valkey" not in before for before, _ in images_of(step).values())


def test_a_global_registry_does_not_move_another_image(planned):
    plan = planned("two-images-one-global", to=TO)
    step = steps_of(plan)["registry"]

    assert step.status == "proven"
    assert not any(path.startswith("global") for path in values_of(step))
    assert [before for before, _ in images_of(step).values()] == [OLD]


def test_a_global_registry_that_shadows_all_others_is_emptied_where_one_image_stays(planned):
    step = steps_of(planned("global-registry-set", to=TO))["registry"]

    assert step.status == "proven"
    assert [before for before, _ in images_of(step).values()] == ["mirror.acme.example/valkey/valkey:8.1.4"]
    assert values_of(step) == {
        "global.imageRegistry": "",
        "image.registry": "dhi.io",
        "image.repository": "valkey",
        "sidecar.image.registry": "mirror.acme.example",
    }


def test_a_disabled_dependency_is_not_moved(planned):
    step = steps_of(planned("condition-off", to=TO))["registry"]

    assert step.status == "proven"
    assert all(path.startswith("node.") for path in values_of(step))


def test_a_value_that_helm_ignores_is_not_edited(planned):
    """The image stands beside the dependency's key, so that key is what must be created."""
    step = steps_of(planned("misplaced-values"))["registry"]

    assert step.status == "proven"
    assert all(not path.startswith("image.") for path in values_of(step))


def test_an_image_that_stands_in_the_template_is_fixed_with_its_place(planned):
    plan = planned("image-fixed", foreign=True)
    fixed = [image for image in plan.images if image.status == "fixed"]
    finding = next(found for found in plan.findings if found.code == "image-fixed")

    assert [image.before for image in fixed] == ["docker.io/oliver006/redis_exporter:v1.89.0"]
    assert finding.severity == "warning"
    assert finding.file == "outer/charts/image-fixed/templates/deployment.yaml"
    assert finding.line > 0
    assert steps_of(plan)["registry"].status == "proven"


def test_a_kept_image_stays(planned):
    plan = planned("checksum-of-image", keep=("valkey",))

    assert plan.status == "nothing-to-do"
    assert {image.status for image in plan.images} == {"kept"}


def test_a_probe_that_moves_with_the_name_is_no_part_of_the_deal(planned):
    step = steps_of(planned("renamed-repository"))["registry"]

    assert step.status == "blocked"
    assert any("Probe" in tried.verdict for tried in step.tried)


@pytest.mark.parametrize("case", ["dup-key-on-path", "values-two-documents"])
def test_what_cannot_be_edited_exactly_is_not_edited(planned, case):
    step = steps_of(planned(case))["registry"]

    assert any("values.yaml:" in tried.verdict for tried in step.tried)
    assert not any("valkey" in (before or "") for before, _ in images_of(step).values())


@pytest.fixture
def aliased(tmp_path):
    """The chart whose images share an anchor, which a value that no template reads uses too."""
    chart = copy_case("alias-on-path", tmp_path / "chart")
    values = chart / "values.yaml"
    values.write_text(values.read_text() + "archive:\n  image: *image\n")
    return plan_of(chart, accept=("all",))


def test_an_anchor_is_edited_where_all_that_use_it_move(planned):
    step = steps_of(planned("alias-on-path"))["registry"]

    assert (step.done, step.of) == (3, 3)
    assert lines(step) == [
        "-    registry: docker.io",
        "-    repository: valkey/valkey",
        "+    registry: dhi.io",
        "+    repository: valkey",
        "-    registry: *registry",
        "-    repository: oliver006/redis_exporter",
        "+    registry: dhi.io",
        "+    repository: redis-exporter",
    ]


def test_an_anchor_that_something_else_uses_is_not_edited(aliased):
    step = steps_of(aliased)["registry"]

    assert any("values.yaml:" in tried.verdict for tried in step.tried)
    assert not any("valkey" in (before or "") for before, _ in images_of(step).values())


def test_a_duplicate_key_elsewhere_does_not_matter(planned):
    assert steps_of(planned("dup-key-unrelated"))["registry"].status == "proven"


def test_crlf_and_the_missing_last_newline_stay(planned):
    step = steps_of(planned("crlf"))["registry"]
    text = step.files["values.yaml"]

    assert text.count("\n") == text.count("\r\n")
    assert text.endswith("resources: {}")
    assert lines(step) == [
        "-  registry: docker.io",
        "-  repository: valkey/valkey",
        "+  registry: dhi.io",
        "+  repository: valkey",
    ]


def test_a_byte_order_mark_stays(planned):
    assert steps_of(planned("values-bom"))["registry"].files["values.yaml"].startswith("\ufeff---")


def test_the_hash_of_what_names_the_image_may_change_and_nothing_else(planned):
    step = steps_of(planned("checksum-of-image"))["registry"]
    others = {path for (_, path) in effects_of(step) if not path.endswith(".image")}

    assert step.status == "proven"
    assert others
    assert all("checksum" in path or path.startswith("data") for path in others)


def test_the_commit_says_that_it_is_not_deployable_alone(planned):
    step = steps_of(planned("plain-chart", to=TO))["registry"]

    assert not step.deployable
    assert "merge the branch as a whole" in step.commit.body
    assert step.commit.trailers["DHI-Step"] == ("registry",)
    # What renders after this commit alone: the tag is still the old one.
    tag = OLD.rpartition(":")[2]
    assert step.commit.trailers["DHI-Image"] == (f"{OLD} -> {VALKEY.rpartition(':')[0]}:{tag}",)
    assert step.commit.trailers["DHI-Needs"] == ("tag",)


def test_the_commit_does_not_tell_of_an_image_that_did_not_move(aliased):
    step = steps_of(aliased)["registry"]

    assert (step.done, step.of) == (1, 3)
    assert "valkey" not in step.commit.subject
    assert not any("valkey" in moved for moved in step.commit.trailers["DHI-Image"])


def test_no_error_where_everything_is_reached(planned):
    plan = planned("plain-chart", to=TO, pull_secret="kubernetes-dhi")

    assert plan.status == "ready"
    assert not [found for found in plan.findings if found.severity == "error"]
    assert not findings_of(plan) & {"image-fixed", "image-unreached", "tag-unreached", "pull-secret-none"}


def test_a_global_image_that_only_settings_show_is_found_and_moved(planned):
    step = steps_of(planned("image-in-settings-only", to=TO))["registry"]

    assert step.status == "proven"
    assert values_of(step) == {"global.images.cache.image": "dhi.io/valkey:8.1.4"}
    assert {effect.object for effect in step.effects} == {"ConfigMap/image-in-settings-only"}


@pytest.mark.parametrize("attempt", range(6))
def test_objects_that_render_in_another_order_each_time_are_not_mixed_up(tmp_path, attempt):
    plan = plan_of(copy_case("unsorted-objects", tmp_path / "unsorted-objects"), to=TO, pull_secret="dhi")
    steps = steps_of(plan)

    assert plan.status == "ready"
    assert (steps["registry"].done, steps["registry"].of, steps["pull-secret"].of) == (2, 2, 2)
    assert set(values_of(steps["registry"])) == {
        "workers.two.image.repository",
        "workers.five.image.repository",
    }
    assert {effect.object for effect in steps["tag"].effects} == {
        "Deployment/unsorted-objects-two",
        "Deployment/unsorted-objects-five",
    }


def test_an_argument_behind_a_line_that_an_unlisted_value_writes_is_known_without_the_global_registry(
    tmp_path,
):
    chart = copy_case("global-registry-set", tmp_path / "global-registry-set")
    template = next((chart / "templates").iterdir())
    text, runs = template.read_text(), ".Values.sidecar.image"
    [image] = [
        line.partition("image: ")[2].strip('"') for line in text.splitlines() if "Values.image.tag" in line
    ]
    template.write_text(
        text.replace(".Values.image.", f"{runs}.")
        + "          args:\n            {{- with .Values.baseImage }}\n            - --base={{ . }}\n            {{- end }}\n"
        + f"            - --image={image}\n"
    )

    step = steps_of(plan_of(chart, to=TO))["registry"]

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert values_of(step) == {
        "global.imageRegistry": "",
        "image.registry": "dhi.io",
        "image.repository": "valkey",
        "sidecar.image.registry": "mirror.acme.example",
    }
