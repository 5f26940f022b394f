"""Charts that refuse images they do not know, unless a boolean is set."""

from tests.charts import copy_case
from tests.conftest import findings_of, plan_of, steps_of

SWITCH = "global.security.allowInsecureImages"


def edits_of(plan, step):
    return {edit.path: edit.after for edit in steps_of(plan)[step].edits}


def test_the_boolean_is_set_with_the_registry_and_explained(planned):
    plan = planned("image-check", pull_secret="")
    assert edits_of(plan, "registry") == {
        "image.registry": "dhi.io",
        "image.repository": "valkey",
        SWITCH: True,
    }
    assert edits_of(plan, "tag").keys() == {"image.tag"}
    assert steps_of(plan)["registry"].status == "proven"
    assert "unrecognized image dhi.io/valkey" in steps_of(plan)["registry"].tried[0].verdict
    finding = next(f for f in plan.findings if f.code == "image-check")
    assert (finding.severity, finding.file, finding.line) == ("warning", "values.yaml", 4)
    assert SWITCH in finding.message


def test_a_boolean_that_is_set_already_stays_as_it_is(tmp_path):
    chart = copy_case("image-check", tmp_path / "image-check")
    values = chart / "values.yaml"
    values.write_text(values.read_text().replace("Images: false", "Images: true"))
    plan = plan_of(chart)
    assert edits_of(plan, "registry").keys() == {"image.registry", "image.repository"}
    assert "image-check" not in findings_of(plan)
    assert steps_of(plan)["registry"].tried == ()


def test_a_boolean_that_is_not_needed_is_not_set(tmp_path):
    """The check knows the hardened image, though it refuses others."""
    chart = copy_case("image-check", tmp_path / "image-check")
    check = chart / "templates" / "_check.tpl"
    check.write_text(
        check.read_text().replace(
            '(ne $image "docker.io/valkey/valkey")',
            '(not (has $image (list "docker.io/valkey/valkey" "dhi.io/valkey")))',
        )
    )
    plan = plan_of(chart)
    assert edits_of(plan, "registry").keys() == {"image.registry", "image.repository"}
    assert "image-check" not in findings_of(plan)


def test_a_refusal_that_names_no_value_blocks(tmp_path):
    chart = copy_case("image-check", tmp_path / "image-check")
    check = chart / "templates" / "_check.tpl"
    check.write_text(check.read_text().replace("set global.security.allowInsecureImages to use it", "sorry"))
    plan = plan_of(chart)
    assert steps_of(plan)["registry"].status == "blocked"
    assert edits_of(plan, "registry") == {}


def test_of_two_dependencies_only_the_one_that_moves_gives_up_its_check(tmp_path):
    root = tmp_path / "both"
    for name in ("one", "two"):
        copy_case("image-check", root / "charts" / name)
        chart_file = root / "charts" / name / "Chart.yaml"
        chart_file.write_text(chart_file.read_text().replace("name: image-check", f"name: {name}"))
        template = root / "charts" / name / "templates" / "deployment.yaml"
        template.write_text(template.read_text().replace("{{ .Release.Name }}", name))
    (root / "Chart.yaml").write_text("apiVersion: v2\nname: both\nversion: 0.1.0\n")
    (root / "values.yaml").write_text("two:\n  image:\n    tag: 8.1.3\n")
    plan = plan_of(root, keep=["docker.io/valkey/valkey:8.1.3"])
    assert edits_of(plan, "registry") == {
        "one.image.registry": "dhi.io",
        "one.image.repository": "valkey",
        f"one.{SWITCH}": True,
    }
