"""The tag step: the tag itself, appVersion where only that reaches it, and digests of the old image."""

import pytest

from tests.charts import copy_case
from tests.conftest import findings_of, plan_of, steps_of
from tests.steps.reading import TO, VALKEY, effects_of, images_of, lines, values_of

TAG = "8.1.9-debian13"


@pytest.mark.parametrize(
    ("case", "written"),
    [
        ("strings-secrets", {"node.image.tag": TAG}),
        ("repository-with-registry", {"image.tag": TAG}),
        ("hub-and-version", {"global.version": TAG}),
        ("template-in-value", {"image.tag": TAG}),
        ("tag-suffix-value", {"image.tag": "8.1.9", "image.variant": "debian13"}),
        ("registry-and-tag-unlisted", {"image.tag": TAG}),
        ("tag-variant-of-all", {"agent.tag": "8.1.9", "agent.variant": "debian13"}),
    ],
)
def test_proven_in_the_value_that_holds_the_tag(planned, case, written):
    step = steps_of(planned(case, to=TO))["tag"]

    assert (step.status, step.done, step.of) == ("proven", 1, 1)
    assert [after for _, after in images_of(step).values()] == [VALKEY]
    assert values_of(step) == written


def test_a_tag_that_is_not_listed_is_created_rather_than_appversion_raised(planned):
    plan = planned("plain-chart", to=TO)
    step = steps_of(plan)["tag"]

    assert values_of(step) == {"image.tag": TAG}
    assert lines(step) == [f"+  tag: {TAG}"]
    assert {edit.file for edit in step.edits} == {"values.yaml"}


def test_where_only_appversion_reaches_the_tag_it_is_set_and_left_alone_by_versions(planned):
    steps = steps_of(planned("app-version-tag", to=TO))

    assert {edit.file for edit in steps["tag"].edits} == {"Chart.yaml"}
    assert values_of(steps["tag"]) == {"appVersion": TAG}
    assert values_of(steps["versions"]) == {"version": "v0.3.2"}


def test_a_float_is_written_as_text(planned):
    step = steps_of(planned("float-tag", to=("dhi.io/postgres:18.10",)))["tag"]

    assert step.status == "proven"
    assert [after for _, after in images_of(step).values()] == ["dhi.io/postgres:18.10"]
    assert values_of(step)["image.tag"] == "18.10"
    assert any(line.startswith('+  tag: "18.10"') for line in lines(step))


def test_a_digest_beside_the_tag_is_emptied(planned):
    plan = planned("digest-beside-tag", to=TO)
    step = steps_of(plan)["tag"]

    assert plan.status == "ready"
    assert [after for _, after in images_of(step).values()] == [VALKEY]
    assert values_of(step)["image.digest"] == ""


PINNED = "sha256:" + "2" * 64
_NAME = "{{ .Values.image.registry }}/{{ .Values.image.repository }}"
_DIGEST = "{{ with .Values.image.digest }}@{{ . }}{{ end }}"


@pytest.mark.parametrize(
    ("image", "digest", "rendered", "written"),
    [
        (_NAME + ":{{ .Values.image.tag }}" + _DIGEST, "", f"{VALKEY}@{PINNED}", {"digest": PINNED}),
        (
            _NAME + "{{ if .Values.image.digest }}" + _DIGEST + "{{ else }}:{{ .Values.image.tag }}{{ end }}",
            "",
            f"dhi.io/valkey@{PINNED}",
            {"digest": PINNED},
        ),
        (
            _NAME + ":{{ .Values.image.tag }}{{ with .Values.image.digest }}@sha256:{{ . }}{{ end }}",
            "1" * 64,
            f"{VALKEY}@{PINNED}",
            {"digest": "2" * 64},
        ),
        (
            _NAME + ":{{ .Values.image.tag }}{{ with .Values.image.sha }}@sha256:{{ . }}{{ end }}",
            "",
            f"{VALKEY}@{PINNED}",
            {"sha": "2" * 64},
        ),
        (_NAME + ":{{ .Values.image.tag }}", "", f"{VALKEY}@{PINNED}", {"tag": f"{TAG}@{PINNED}"}),
    ],
    ids=["beside the tag", "in place of the tag", "in hex", "in hex and empty", "behind the tag"],
)
def test_a_digest_is_written_in_the_shape_of_the_chart(tmp_path, image, digest, rendered, written):
    chart = copy_case("digest-beside-tag", tmp_path / "c")
    template = chart / "templates/deployment.yaml"
    text = template.read_text()
    head, tail = text.index("          {{- $image"), text.index("          ports:")
    template.write_text(f'{text[:head]}          image: "{image}"\n{text[tail:]}')
    key = "sha" if "image.sha" in image else "digest"
    values = (
        f"image:\n  registry: docker.io\n  repository: valkey/valkey\n  tag: 8.1.4\n  {key}: {digest!r}\n"
    )
    (chart / "values.yaml").write_text(values)

    step = steps_of(plan_of(chart, to=(f"dhi.io/valkey:{TAG}@{PINNED}",)))["tag"]

    assert [after for _, after in images_of(step).values()] == [rendered]
    assert values_of(step) == {f"image.{name}": value for name, value in {"tag": TAG, **written}.items()}


def test_a_default_digest_of_the_dependency_is_emptied(planned):
    plan = planned("default-digest", to=TO)
    rendered = [after for step in plan.steps for _, after in images_of(step).values()]

    assert plan.status == "ready"
    assert rendered[-1] == VALKEY


def test_every_place_has_the_same_tag(planned):
    step = steps_of(planned("cronjob-and-tests", to=TO))["tag"]

    assert (step.done, step.of) == (4, 4)
    assert {after for _, after in images_of(step).values()} == {VALKEY}


def test_a_digest_given_by_the_user_is_written_with_the_tag(planned):
    pinned = f"{VALKEY}@sha256:{'ab' * 32}"

    step = steps_of(planned("plain-chart", to=(pinned,)))["tag"]

    assert [after for _, after in images_of(step).values()] == [pinned]


def test_a_tag_that_the_catalog_does_not_list_is_taken_and_said_to_be(planned):
    plan = planned("plain-chart", to=("dhi.io/valkey:8.1.77-debian13",))

    assert steps_of(plan)["tag"].status == "proven"
    assert plan.images[0].facts.assumed


def test_comments_around_the_tag_stay(planned):
    steps = steps_of(planned("crlf", to=TO))

    assert lines(steps["tag"]) == ["-  tag: 8.1.4   # current", f"+  tag: {TAG}   # current"]
    assert "  # tag: 8.1.3\r\n" in steps["tag"].files["values.yaml"]


# --- what must not change


def test_a_suffix_of_the_template_blocks(planned):
    step = steps_of(planned("tag-suffix", to=TO))["tag"]

    assert step.status == "blocked"
    assert "tag-suffix/templates/deployment.yaml" in step.reason
    assert not step.edits


def test_a_chart_that_compares_the_tag_as_a_version_gets_the_bare_version_of_the_same_image(planned):
    plan = planned("semver-compare")
    step = steps_of(plan)["tag"]

    assert step.status == "proven"
    assert any("Probe" in tried.verdict for tried in step.tried)
    assert values_of(step) == {"image.tag": "1.89.0"}
    assert plan.images[0].after == "dhi.io/redis-exporter:1.89.0"
    assert "dhi.io/redis-exporter:1.89.0" in step.commit.subject


def test_a_tag_that_the_user_named_is_not_exchanged_for_another(planned):
    step = steps_of(planned("semver-compare", to=("dhi.io/redis-exporter:1.89.0-debian13",)))["tag"]

    assert step.status == "blocked"
    assert any("Probe" in tried.verdict for tried in step.tried)


def test_a_schema_that_wants_a_plain_version_still_gets_the_tag(planned):
    assert steps_of(planned("schema-strict", to=TO))["tag"].status == "proven"


def test_a_version_label_may_follow_and_nothing_else(planned):
    steps = steps_of(planned("version-label-digest", to=TO))
    others = [path for (_, path) in effects_of(steps["tag"]) if not path.endswith(".image")]

    assert others
    assert all("labels" in path for path in others)


def test_a_selector_that_follows_the_version_is_an_error(planned):
    plan = planned("version-in-selector", to=TO)

    assert plan.status == "blocked"
    assert findings_of(plan) >= {"pull-secret-none", "immutable-field"}
    finding = next(found for found in plan.findings if found.code == "immutable-field")
    assert finding.severity == "error"
    assert "selector" in finding.message


def test_a_claim_template_that_follows_the_version_is_an_error(planned):
    plan = planned("version-in-claim", to=TO)

    assert "immutable-field" in findings_of(plan)
    assert any("volumeClaimTemplates" in found.message for found in plan.findings)


def test_an_accepted_error_lets_the_plan_through(planned):
    assert planned("version-in-selector", to=TO, accept=("immutable-field",)).status == "ready"
    assert planned("version-in-selector", to=TO, accept=("all",)).status == "ready"


def test_an_accepted_code_does_not_accept_another(planned):
    assert planned("version-in-selector", to=TO, accept=("image-unreached",)).status == "blocked"


def test_blocked_for_an_image_that_the_registry_step_left(planned):
    step = steps_of(planned("plain-chart", to=TO, skip=("registry",)))["tag"]

    assert step.status == "blocked"
    assert "registry" in step.reason
    assert "docker.io/valkey/valkey:8.1.4" in step.reason
    assert not step.edits


def test_skipped_on_purpose(planned):
    step = steps_of(planned("plain-chart", to=TO, skip=("tag",)))["tag"]

    assert step.status == "skipped"
    assert not step.edits


def test_a_digest_is_held_to_be_of_the_version_of_its_tag_and_that_is_said(planned):
    plan = planned("digest-beside-tag")
    (image,) = plan.images

    assert (plan.status, image.rule) == ("ready", "newest-patch")
    assert "is the tag beside the digest that runs" in image.reason
    assert "tag-floating" not in findings_of(plan)


def test_a_digest_inside_the_tag_goes_even_where_the_tag_keeps_its_name(planned):
    plan = planned("digest-in-tag", to=("dhi.io/valkey:8.1.9",))

    step = steps_of(plan)["tag"]
    assert step.status == "proven"
    assert values_of(step) == {"image.tag": "8.1.9"}
    assert next(iter(images_of(step).values()))[1] == "dhi.io/valkey:8.1.9"
