"""What becomes of images that nobody decides on, or that nothing can reach: the rest moves all the same."""

import json

import pytest

from tests.conftest import findings_of, plan_of, steps_of
from tests.dhi.apps import definition, image, packed

VALUES = """\
image: docker.io/valkey/valkey:9.1.1
otherImage: docker.io/library/php:8.3-apache
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - name: main
          image: {{ .Values.image }}
"""
OTHER = {
    "container": "        - name: other\n          image: {{ .Values.otherImage }}\n",
    "argument": "          args: [--image={{ .Values.otherImage }}]\n",
    "config": "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {image: {{ .Values.otherImage }}}\n",
    "test": (
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: shop, annotations: {helm.sh/hook: test}}\n"
        "spec:\n  containers:\n    - {name: test, image: {{ .Values.otherImage | quote }}}\n"
    ),
    "fixed": '        - name: other\n          image: {{ list "docker.io" "library/php:8.3-apache" | join "/" }}\n',
}


@pytest.fixture
def chart(tmp_path):
    """A chart with an image that moves, and one that is a question, in some place."""

    def made(place, values=VALUES):
        folder = tmp_path / place
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
        (folder / "values.yaml").write_text(values)
        (folder / "templates/all.yaml").write_text(DEPLOYMENT + OTHER.get(place, ""))
        return folder

    return made


def statuses(plan):
    return [image.status for image in plan.images]


def undecided(plan):
    return [finding.severity for finding in plan.findings if finding.code == "image-undecided"]


def test_an_open_question_of_a_container_blocks(chart):
    plan = plan_of(chart("container"))

    assert (plan.status, statuses(plan), undecided(plan)) == ("blocked", ["migrate", "undecided"], ["error"])


@pytest.mark.parametrize("accept", [("image-undecided",), ("all",)])
def test_an_accepted_question_leaves_its_image_and_moves_the_rest(chart, accept):
    plan = plan_of(chart("container"), accept=accept)

    assert plan.status == "ready"
    assert steps_of(plan)["registry"].status == "proven"


@pytest.mark.parametrize("place", ["argument", "config", "test"])
def test_an_open_question_outside_of_what_runs_is_a_warning(chart, place):
    plan = plan_of(chart(place))

    assert (plan.status, statuses(plan), undecided(plan)) == ("ready", ["migrate", "undecided"], ["warning"])


def test_what_no_value_reaches_is_fixed_before_it_is_a_question(chart):
    plan = plan_of(chart("fixed"))

    assert (plan.status, statuses(plan), undecided(plan)) == ("ready", ["migrate", "fixed"], [])
    assert "image-fixed" in findings_of(plan)


def test_what_stays_because_no_value_reaches_it_says_nothing_of_its_tag(chart):
    folder = chart("fixed")
    template = folder / "templates/all.yaml"
    template.write_text(template.read_text().replace("php:8.3-apache", "php:latest"))

    assert "tag-floating" not in findings_of(plan_of(folder))


def test_the_rule_is_in_the_json(chart):
    plan = plan_of(chart("container"), accept=("all",))

    images = json.loads(json.dumps(plan.to_json()))["images"]
    assert [image["rule"] for image in images] == ["same-version", None]


def test_a_lower_version_that_is_named_blocks_until_it_is_accepted(chart):
    folder, to = chart("plain", "image: docker.io/valkey/valkey:9.1.1\n"), ("valkey:8.1.9-debian13",)

    assert "downgrade" in findings_of(plan_of(folder, to=to))
    assert plan_of(folder, to=to).status == "blocked"
    assert plan_of(folder, to=to, accept=("downgrade",)).status == "ready"


def test_a_weak_match_stays_and_does_not_block(chart):
    plan = plan_of(
        chart("container", VALUES.replace("docker.io/library/php:8.3-apache", "reg.example/x/nginx:1.29"))
    )

    assert (plan.status, statuses(plan)) == ("ready", ["migrate", "kept"])
    assert [f.severity for f in plan.findings if f.code == "match-weak"] == ["info"]


def test_images_whose_tag_is_one_value_go_to_one_version(chart, tmp_path):
    catalog = tmp_path / "catalog.jsonl.gz"
    past = {"1.0.1-debian13": ["2026-01-01", "2026-02-01"]}
    shop = [image("shop-web", definition("1", "1.1.0-debian13"), past=past)]
    catalog.write_bytes(packed(*shop, image("shop-job", definition("1", "1.1.0-debian13"))))
    folder = chart("container", "image: quay.io/one/shop-web\notherImage: quay.io/two/shop-job\ntag: 1.0.1\n")
    template = folder / "templates/all.yaml"
    for key in ("image", "otherImage"):
        template.write_text(
            template.read_text().replace(f"Values.{key} }}}}", f"Values.{key} }}}}:{{{{ .Values.tag }}}}")
        )
    to = ("quay.io/one/shop-web=dhi.io/shop-web", "quay.io/two/shop-job=dhi.io/shop-job")

    plan = plan_of(folder, catalog=catalog, to=to)

    assert {i.after for i in plan.images} == {
        "dhi.io/shop-web:1.1.0-debian13",
        "dhi.io/shop-job:1.1.0-debian13",
    }


EXPORTER = "image: docker.io/oliver006/redis_exporter:v1.89.0\n"
SHELL = 'exec: {command: [sh, -c, "wget -q localhost"]}'
NEEDS = {
    "command": '          command: [sh, -c, "exec redis-exporter"]\n',
    "script": "          args: [sh, -c, redis-exporter]\n          command: [/bin/sh]\n",
    "fixed probe": (
        "          ports: [{containerPort: 9121}]\n"
        '          livenessProbe: {{ dict "exec" (dict "command" (list "sh" "-c" "test -d /tmp")) | toJson }}\n'
    ),
    "post-start": f"          lifecycle: {{postStart: {{{SHELL}}}}}\n",
}
LIVES_WITHOUT = {
    "nothing": "",
    "stop hook": f"          lifecycle: {{preStop: {{{SHELL}}}}}\n",
    "probe of a value": (
        "          ports: [{containerPort: 9121}]\n"
        "          livenessProbe: {{ toYaml .Values.livenessProbe | nindent 12 }}\n"
    ),
}


def needing(chart, lines):
    folder = chart("plain", f"{EXPORTER}livenessProbe: {{{SHELL}}}\n")
    template = folder / "templates/all.yaml"
    template.write_text(template.read_text() + lines)
    return folder


@pytest.mark.parametrize("need", NEEDS)
def test_the_flavor_that_can_run_it_is_taken(chart, need):
    plan = plan_of(needing(chart, NEEDS[need]))

    [found] = plan.images
    assert (plan.status, found.after) == ("ready", "dhi.io/redis-exporter:1.89.0-debian13-compat")
    assert "flavor compat, because with 1.89.0-debian13 Deployment/shop: main runs sh" in found.reason
    assert not [finding for finding in plan.findings if finding.severity == "error"]


@pytest.mark.parametrize("need", LIVES_WITHOUT)
def test_the_plain_image_is_taken_where_it_can_run(chart, need):
    [found] = plan_of(needing(chart, LIVES_WITHOUT[need])).images

    assert found.after == "dhi.io/redis-exporter:1.89.0-debian13"


def test_what_the_user_names_is_not_changed_for_need(chart):
    plan = plan_of(needing(chart, NEEDS["command"]), to=("redis-exporter:1.89.0-debian13",))

    assert [found.after for found in plan.images] == ["dhi.io/redis-exporter:1.89.0-debian13"]
    assert "shell-missing" in findings_of(plan)


def test_a_past_tag_has_flavors_too(chart):
    folder = needing(chart, NEEDS["command"])
    (folder / "values.yaml").write_text(EXPORTER.replace("1.89.0", "1.88.0"))

    [found] = plan_of(folder).images

    assert found.after == "dhi.io/redis-exporter:1.88.0-debian13-compat"


def test_without_a_flavor_that_can_the_error_stays(chart):
    folder = chart("plain", "image: docker.io/grafana/alloy:v1.18.1\n")
    template = folder / "templates/all.yaml"
    template.write_text(template.read_text() + NEEDS["command"])

    plan = plan_of(folder)

    assert [found.after for found in plan.images] == ["dhi.io/alloy:1.18.1-debian13"]
