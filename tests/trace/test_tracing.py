"""Tracing: which value reaches which part of which image, and that nothing else is said to."""

import pytest

from tests.charts import copy_as_dependency, copy_case
from tests.trace.traced import shapes, traced


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Trace of a fixture chart, computed once."""
    known = {}

    def of(case):
        if case not in known:
            known[case] = traced(copy_case(case, tmp_path_factory.mktemp("trace") / case))
        return known[case]

    return of


def best(found, case):
    """The best shape of each slot, in the order of the manifests."""
    trace, _, _ = found(case)
    return [shapes(slot)[0] if slot.patterns else "" for slot in trace.slots]


SPLIT = "{%(k)s.registry}/{%(k)s.repository}:{%(k)s.tag}"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("registry-with-port", [SPLIT % {"k": "image"}]),
        ("repository-with-registry", ["{image.repository}:{image.tag}"]),
        ("split-name", ["{image.registry}/{image.repository}/{image.name}:{image.tag}"]),
        ("hub-and-version", ["{global.hub}/{path[0] of templates/deployment.yaml}:{global.version}"]),
        ("default-registry", ["docker.io/{image.repository}:{image.tag}"]),
        ("tag-suffix-value", ["{image.repository}:{image.tag}-{image.variant}"]),
        ("strings-secrets", [SPLIT % {"k": "node.image"}]),
        ("values-empty", [SPLIT % {"k": "node.image"}]),
        ("values-missing", [SPLIT % {"k": "node.image"}]),
        ("tgz-dependency", [SPLIT % {"k": "node.image"}]),
        ("alias-dependency", [SPLIT % {"k": "cache.image"}, SPLIT % {"k": "sessions.image"}]),
        ("internal-defaults", [SPLIT % {"k": "_defaults.image"}]),
        ("template-in-value", ["{image.repository}:{image.tag}"]),
        ("registry-and-tag-unlisted", ["{image.repository}:{image.tag}"]),
    ],
)
def test_what_reaches_what(found, case, expected):
    assert best(found, case) == expected


def test_a_whole_image_string_is_one_value(found):
    for shape in best(found, "whole-image-string"):
        assert shape.startswith("{")
        assert shape.endswith("}")
        assert shape.count("{") == 1


def test_items_of_lists_are_traced(found):
    assert best(found, "extra-containers-list")[1:5] == [
        "{extraContainers.0.image}",
        "{extraContainers.1.image}",
        "{prePull.0}",
        "{prePull.1}",
    ]


def test_an_unlisted_tag_is_found_and_appversion_is_a_fallback(found):
    trace, _, _ = found("plain-chart")
    (slot,) = trace.slots

    assert shapes(slot)[0] == "{image.registry}/{image.repository}:{image.tag}"


def test_appversion_is_found_where_nothing_else_reaches_the_tag(found):
    (shape,) = best(found, "app-version-tag")

    assert shape == "{image.repository}:{appVersion}"


def test_hooks_tests_and_cronjobs_have_their_role(found):
    trace, _, _ = found("cronjob-and-tests")

    assert sorted(slot.role for slot in trace.slots) == ["container", "container", "hook", "test"]


def test_images_outside_containers_are_found(found):
    trace, _, _ = found("image-in-args-and-env")
    roles = {slot.role: slot for slot in trace.slots}

    assert set(roles) == {"container", "argument", "environment", "config", "custom-resource"}
    assert roles["argument"].text == roles["config"].text == "docker.io/valkey/valkey:8.1.4"
    assert all(shapes(slot) for slot in trace.slots)


def test_a_slot_reads_its_image_in_another_render(found):
    trace, before, _ = found("image-in-args-and-env")

    assert all(slot.read(before) == slot.text for slot in trace.slots)


# --- what is not reached


def test_an_image_fixed_in_the_template_of_a_dependency_has_no_pattern(tmp_path):
    trace, _, _ = traced(copy_as_dependency("image-fixed", tmp_path / "chart"))

    assert [slot.text for slot in trace.slots if not slot.patterns] == [
        "docker.io/oliver006/redis_exporter:v1.89.0"
    ]


def test_the_line_of_the_wrappers_own_job_is_its_pattern(found):
    trace, _, renders = found("own-job")

    assert [shapes(slot) for slot in trace.slots if slot.identity.kind == "Job"] == [
        ["{image[0] of templates/job.yaml}"]
    ]
    assert renders == 3


def test_a_disabled_dependency_has_no_slot(found):
    trace, _, _ = found("condition-off")

    assert [slot.text for slot in trace.slots] == ["docker.io/valkey/valkey:8.1.4"]


@pytest.mark.parametrize("case", ["library-chart", "no-workloads"])
def test_no_pod_no_slot(found, case):
    trace, _, _ = found(case)

    assert trace.slots == ()


def test_a_misplaced_value_reaches_nothing(found):
    trace, _, _ = found("misplaced-values")

    assert not any(str(variable).startswith("image.") for slot in trace.slots for variable in slot.variables)


@pytest.mark.parametrize("case", ["plain-chart", "strings-secrets", "umbrella", "cronjob-and-tests", "crlf"])
def test_tracing_leaves_the_chart_as_it_is(tmp_path, case):
    chart = copy_case(case, tmp_path / case)
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in chart.rglob("*") if path.is_file()
    }

    traced(chart)

    assert before == {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in chart.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    "case", ["crlf", "maps-secrets", "alias-dependency", "tgz-dependency", "values-empty"]
)
def test_one_marked_render_is_enough_for_the_usual_chart(found, case):
    assert found(case)[2] == 2


def test_a_value_that_a_chart_refuses_by_its_name_costs_one_render(tmp_path):
    """Names of other things stand in images, too; a chart that looks them up quotes the one it misses."""
    chart = copy_case("default-registry", tmp_path / "app")
    names = [f"part{number}" for number in range(20)]
    with (chart / "values.yaml").open("a") as values:
        values.writelines(f"{name}: valkey\n" for name in names)
    template = chart / "templates" / "deployment.yaml"
    refuse = '{{ if ne .Values.part9 "valkey" }}{{ fail (printf "no part %q" .Values.part9) }}{{ end }}\n'
    template.write_text(refuse + template.read_text())

    _, _, renders = traced(chart)
    template.write_text(template.read_text().replace("no part %q", "no part, and not %.0s"))
    _, _, unnamed = traced(chart)

    assert renders < unnamed
    assert renders == traced(copy_case("default-registry", tmp_path / "plain"))[2] + 2


# --- what markers have to be like, and what has to be set besides

DEPLOYMENT = """\
{{- $tag := .Values.image.tag | default .Chart.AppVersion }}
CHECK
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ $tag }}SUFFIX"
"""


def chart_of(folder, check="", suffix="", values=""):
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: '8.1.4'\n")
    (folder / "values.yaml").write_text(f"image: {{repository: docker.io/acme/web, tag: ''}}\n{values}")
    text = DEPLOYMENT.replace("CHECK", check).replace("SUFFIX", suffix)
    (folder / "templates" / "deployment.yaml").write_text(text)
    return folder


def test_a_tag_that_is_empty_is_marked_as_a_version_of_the_application(tmp_path):
    """A chart that takes no older version would refuse any other marker."""
    check = '{{ if not (semverCompare "~8.1" $tag) }}{{ fail "another version" }}{{ end }}'

    found, _, renders = traced(chart_of(tmp_path / "web", check))

    assert [shapes(slot)[0] for slot in found.slots] == ["{image.repository}:{image.tag}"]
    assert renders == 2


def test_a_switch_elsewhere_that_adds_to_the_tag_is_set_besides(tmp_path):
    suffix = "{{ if .Values.small }}-alpine{{ end }}"

    found, _, _ = traced(chart_of(tmp_path / "web", suffix=suffix, values="small: true\n"))

    (slot,) = found.slots
    assert shapes(slot) == ["{image.repository}:{image.tag}", "{image.repository}:{image.tag}-alpine"]
    ((pattern, values),) = slot.settings.items()
    assert pattern == slot.patterns[0]
    assert {str(variable): value for variable, value in values.items()} == {"small": False}


def test_an_image_whose_digest_hides_the_tag_is_known_without_it(found):
    trace, _, _ = found("digest-beside-tag")
    (slot,) = trace.slots

    assert slot.text.startswith("docker.io/valkey/valkey@sha256:")
    assert slot.plain == "docker.io/valkey/valkey:8.1.4-alpine3.22"
