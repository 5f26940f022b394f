"""What a plain render does not show: upgrades, and parts that are switched off; an edit must hold there, too."""

from types import SimpleNamespace

import pytest

from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Identity, Manifests, Object
from migrate_dhi.migration.unseen import Unseen, _repositories
from tests.charts import copy_case
from tests.conftest import plan_of, steps_of
from tests.steps.reading import TO, values_of


def told(plan, code):
    return [finding.message for finding in plan.findings if finding.code == code]


@pytest.fixture
def changed(tmp_path):
    """The plan of a fixture chart with some text of its template, and of its values, replaced."""

    def make(case, template=("", ""), values=("", ""), **flags):
        chart = copy_case(case, tmp_path / case)
        for file, (old, new) in (("templates/all.yaml", template), ("values.yaml", values)):
            text = (chart / file).read_text()
            assert old in text
            (chart / file).write_text(text.replace(old, new))
        return plan_of(chart, **{"to": TO, "pull_secret": "x", **flags})

    return make


# --- upgrades


def test_a_job_of_upgrades_that_would_move_along_blocks_the_step(planned):
    plan = planned("upgrade-job", to=TO, pull_secret="x")
    step = steps_of(plan)["registry"]

    assert step.status == "blocked"
    assert any("on an upgrade, also changes Job/upgrade-job-migrate" in t.verdict for t in step.tried)
    assert (
        "docker.io/acme/migrator:1.2.0 -> dhi.io/acme/migrator:1.2.0" in told(plan, "unannounced-change")[0]
    )


@pytest.mark.parametrize(("accept", "status"), [(("all",), "blocked"), (("unannounced-change",), "ready")])
def test_it_is_accepted_by_name_alone(planned, accept, status):
    plan = planned("upgrade-job", to=TO, pull_secret="x", accept=accept)

    assert plan.status == status
    assert told(plan, "unannounced-change")


OWN = "{{ .Values.image.registry }}/{{ .Values.migrator.repository }}:{{ .Values.migrator.tag }}"


@pytest.mark.parametrize(
    "image",
    [
        "docker.io/acme/migrator:1.2.0",
        "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}",
        "docker.io/{{ .Values.migrator.repository }}:{{ .Values.migrator.tag }}",
    ],
)
def test_a_job_of_upgrades_with_the_same_or_an_own_image_is_no_surprise(changed, image):
    plan = changed("upgrade-job", (OWN, image))

    assert plan.status == "ready"
    assert plan.unseen_renders == 2


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("{{ .Values.image.registry }}/{{ .Values.image.repository }}:1.0", "unannounced-change"),
        ("docker.io/acme/migrator:{{ .Values.image.tag }}", "unannounced-change"),
        (
            "acme/x:1\n          args: ['{{ .Values.image.tag }}']".replace("'{{", "{{").replace("}}'", "}}"),
            "derived-value",
        ),
    ],
)
def test_a_part_that_another_image_or_setting_of_upgrades_shares(changed, image, code):
    plan = changed("upgrade-job", (f'"{OWN}"', image))

    assert plan.status == "blocked"
    assert code in {finding.code for finding in plan.open_errors}
    assert any("on an upgrade" in message for message in told(plan, code))


def test_an_own_registry_of_a_job_of_upgrades_is_set(changed):
    own = "{{ .Values.migrator.registry | default .Values.image.registry }}"
    plan = changed(
        "upgrade-job",
        ("{{ .Values.image.registry }}/{{ .Values.migrator.repo", own + "/{{ .Values.migrator.repo"),
    )

    assert plan.status == "ready"
    assert values_of(steps_of(plan)["registry"])["migrator.registry"] == "docker.io"


def test_the_pull_secret_may_reach_a_job_of_upgrades(changed):
    plan = changed(
        "upgrade-job",
        (f'"{OWN}"', "docker.io/acme/x:1\n      imagePullSecrets: {{ toJson .Values.imagePullSecrets }}"),
    )

    assert plan.status == "ready"


def test_what_says_on_upgrades_that_it_is_one_is_no_surprise(changed):
    plan = changed(
        "upgrade-job", (f'"{OWN}"', "acme/x:1\n          args: [{{ .Release.Revision }}, {{ now | quote }}]")
    )

    assert plan.status == "ready"


def test_a_chart_that_does_not_render_as_an_upgrade_is_told_of(changed):
    plan = changed("upgrade-job", (f'"{OWN}"', '{{ fail "give the current password" }}'))

    assert plan.status == "ready"
    assert "on an upgrade" in told(plan, "render-unseen")[0]
    assert "give the current password" in told(plan, "render-unseen")[0]


def test_a_result_that_does_not_render_as_an_upgrade_is_an_error(changed):
    plan = changed(
        "upgrade-job",
        (f'"{OWN}"', '{{ if contains "dhi" .Values.image.registry }}{{ fail "x" }}{{ end }}a:1'),
    )

    assert plan.status == "blocked"


def test_a_chart_that_asks_for_neither_costs_no_render(planned):
    assert planned("strings-secrets", to=TO).unseen_renders == 0


def test_nothing_is_looked_at_where_nothing_is_edited(planned):
    plan = planned("upgrade-job", keep=("docker.io/valkey/valkey:8.1.4",))

    assert plan.unseen_renders == 0


@pytest.mark.parametrize(("image", "status"), [("the same", "proven"), ("acme/x:1", "blocked")])
def test_a_probe_may_change_along_in_a_container_of_the_hardened_image_alone(tmp_path, image, status):
    chart = copy_case("upgrade-job", tmp_path / "upgrade-job")
    template, values = chart / "templates/all.yaml", chart / "values.yaml"
    probe = "          livenessProbe: {{ toJson .Values.live }}\n"
    own = template.read_text().partition("image: ")[2].partition("\n")[0]
    shared = (
        f"acme/y:1\n        - name: other\n          image: {own if image == 'the same' else image}\n{probe}"
    )
    text = template.read_text().replace("          ports:\n", f"{probe}          ports:\n")
    template.write_text(text.replace(f'"{OWN}"\n', shared))
    values.write_text(f"{values.read_text()}live: {{exec: {{command: [sh, -c, x]}}, periodSeconds: 3}}\n")

    plan = plan_of(chart, to=TO, pull_secret="x")
    step = steps_of(plan)["probes"]

    assert any(("on an upgrade" in tried.verdict) for tried in step.tried) is (status == "blocked")
    assert (step.status == "proven") is (status == "proven")


# --- parts that are switched off


def test_a_sidecar_that_is_switched_off_keeps_its_registry(planned):
    plan = planned("sidecar-off", to=TO, pull_secret="x")

    assert plan.status == "ready"
    assert values_of(steps_of(plan)["registry"]) == {
        "image.registry": "dhi.io",
        "image.repository": "valkey",
        "sidecar.image.registry": "docker.io",
    }
    assert told(plan, "image-dormant") == [
        "acme/sidecar:1.2.0: sidecar.enabled is false; what does not render stays as it is"
    ]


def test_a_sidecar_without_a_registry_of_its_own_blocks_the_step(changed):
    plan = changed(
        "sidecar-off", (".image.registry | default $.Values.image.registry", "$.Values.image.registry")
    )
    step = steps_of(plan)["registry"]

    assert step.status == "blocked"
    assert any("with sidecar.enabled on, also changes" in tried.verdict for tried in step.tried)


def test_a_sidecar_with_its_own_registry_costs_nothing(changed):
    plan = changed("sidecar-off", values=('registry: ""', "registry: quay.io"))

    assert plan.status == "ready"
    assert "sidecar.image.registry" not in values_of(steps_of(plan)["registry"])


FOR_ALL = "{{ $.Values.global.imageRegistry | default .image.registry }}/{{ .image.repository }}"


@pytest.fixture
def overridden(tmp_path):
    """The plan of a chart whose global registry lies over those that its images have of their own."""

    def make(registry="quay.io", more="", parts="", **flags):
        chart = copy_case("sidecar-off", tmp_path / "sidecar-off")
        text = (chart / "templates/all.yaml").read_text()
        text = text.replace(
            "{{ .Values.image.registry }}/{{ .Values.image.repository }}",
            FOR_ALL.replace(" .image", " .Values.image"),
        )
        text = text.replace(
            "{{ .image.registry | default $.Values.image.registry }}/{{ .image.repository }}", FOR_ALL
        )
        (chart / "templates/all.yaml").write_text(text + more)
        values = (chart / "values.yaml").read_text().replace('registry: ""', f"registry: {registry}")
        (chart / "values.yaml").write_text(f"{values}{parts}global: {{imageRegistry: mirror.example}}\n")
        return plan_of(chart, **{"to": ("valkey=dhi.io/valkey:8.1.9-debian13",), "pull_secret": "x", **flags})

    return make


@pytest.mark.parametrize("registry", ["quay.io", '""', "mirror.example"])
def test_a_registry_for_all_goes_and_what_is_switched_off_keeps_it_as_its_own(overridden, registry):
    plan = overridden(registry)

    assert plan.status == "ready"
    found = values_of(steps_of(plan)["registry"])
    own = {} if registry == "mirror.example" else {"sidecar.image.registry": "mirror.example"}
    assert found == {
        "global.imageRegistry": "",
        "image.registry": "dhi.io",
        "image.repository": "valkey",
        **own,
    }


JOB = """---
{{- if .Release.IsUpgrade }}
apiVersion: batch/v1
kind: Job
metadata: {name: up}
spec: {template: {spec: {containers: [{name: up, image: "{{ .Values.global.imageRegistry | default .Values.up.image.registry }}/{{ .Values.up.image.repository }}:1.0"}]}}}
{{- end }}
"""


def test_those_that_only_different_views_show_keep_it_all(overridden):
    plan = overridden(more=JOB, parts="up: {image: {registry: gcr.io, repository: acme/up}}\n")

    assert plan.status == "ready"
    found = values_of(steps_of(plan)["registry"])
    assert (found["sidecar.image.registry"], found["up.image.registry"]) == (
        "mirror.example",
        "mirror.example",
    )


def test_a_dependency_that_is_off_keeps_it_by_the_key_that_it_lists_itself(tmp_path):
    chart = copy_case("sidecar-off", tmp_path / "sidecar-off")
    side = chart / "charts/side"
    (side / "templates").mkdir(parents=True)
    (side / "Chart.yaml").write_text("apiVersion: v2\nname: side\nversion: 1.0.0\n")
    (side / "values.yaml").write_text(
        "labels: {job: side}\nimage: {registry: quay.io, repository: acme/side}\nglobal: {}\n"
    )
    text = (chart / "templates/all.yaml").read_text().partition("        {{- with .Values.sidecar }}")[0]
    ours = text.replace(
        "{{ .Values.image.registry }}/{{ .Values.image.repository }}",
        FOR_ALL.replace(" .image", " .Values.image"),
    )
    (chart / "templates/all.yaml").write_text(ours)
    theirs = ours.replace("{{ .Release.Name }}", "side").replace("{{ .Values.image.tag }}", "1.0")
    (side / "templates/all.yaml").write_text(theirs)
    with (chart / "Chart.yaml").open("a") as file:
        file.write("dependencies: [{name: side, version: 1.0.0, condition: side.enabled}]\n")
    (chart / "values.yaml").write_text(
        "image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.4}\n"
        "side: {enabled: false}\nglobal: {imageRegistry: mirror.example}\nimagePullSecrets: []\n"
    )

    plan = plan_of(chart, to=("valkey=dhi.io/valkey:8.1.9-debian13",), pull_secret="x")

    assert plan.status == "ready"
    found = values_of(steps_of(plan)["registry"])
    assert found["side.image.registry"] == "mirror.example"
    assert not [path for path in found if "labels" in path]


def test_what_no_registry_of_its_own_can_hold_blocks(overridden):
    fixed = JOB.replace(".Values.up.image.registry", '"docker.io"')

    plan = overridden(more=fixed, parts="up: {image: {repository: acme/up}}\n")

    assert plan.status == "blocked"


def test_a_part_that_does_not_render_is_not_said_to_stay(changed):
    plan = changed(
        "sidecar-off", ("        - name: sidecar", '        - name: {{ fail "give sidecar.config" }}')
    )

    assert "not known" in told(plan, "image-dormant")[0]


def test_what_no_switch_brings_out_is_no_dormant_image(changed):
    plan = changed(
        "sidecar-off",
        (
            "{{ .image.registry | default $.Values.image.registry }}/{{ .image.repository }}:{{ .image.tag }}",
            "acme/b:1",
        ),
    )

    assert told(plan, "image-dormant") == []


def test_a_part_that_only_shows_in_both_is_looked_at(changed):
    plan = changed(
        "sidecar-off",
        (
            '{{- if .enabled }}\n        - name: sidecar\n          image: "{{ .image.registry | default',
            '{{- if and .enabled $.Release.IsUpgrade }}\n        - name: sidecar\n          image: "{{ "" | default',
        ),
    )

    assert plan.status == "blocked"
    assert any("on an upgrade with sidecar.enabled on" in t.verdict for t in steps_of(plan)["registry"].tried)


# --- the registry that an image of a hidden part gets for itself


def change(before, after, release="", path=("spec", "image")):
    identity = Identity("", "Job", "", "x", release=release)
    item = Object(identity, "c/templates/x.yaml", 0, {})
    return Change(item, item, path, before, after)


class Plain:
    """What renders a chart as it is, with these defaults of it and of its dependencies."""

    label, assumed = "", {}

    def __init__(self, *nodes):
        self.nodes = [
            SimpleNamespace(prefix=prefix, defaults=defaults, templates=()) for prefix, defaults in nodes
        ]

    def seen(self, **_):
        return self


def kept(values, *pairs, nodes=(), release=""):
    unseen = Unseen([(Plain(*nodes), values, ())], {})
    return {wish.path: wish.value for wish in unseen.kept([change(*pair, release) for pair in pairs])}


SIDE = ("docker.io/acme/side:1", "dhi.io/acme/side:1")


@pytest.mark.parametrize(
    ("values", "sets"),
    [
        ({"side": {"registry": "", "repository": "acme/side"}}, {("side", "registry"): "docker.io"}),
        # What is listed under no key is written under the usual one.
        ({"side": {"repository": "acme/side"}}, {("side", "registry"): "docker.io"}),
        (
            {"side": {"imageRegistry": "", "repository": "acme/side"}},
            {("side", "imageRegistry"): "docker.io"},
        ),
        ({"side": {"registryUrl": "", "repository": "acme/side"}}, {("side", "registryUrl"): "docker.io"}),
        ({"side": {"registrySecret": "", "repository": "acme/side"}}, {("side", "registry"): "docker.io"}),
        ({"side": {"hub": "", "image": "acme/side"}}, {("side", "hub"): "docker.io"}),
        (
            {"side": {"Registry": "", "image": {"name": "x"}, "repository": "acme/side"}},
            {("side", "Registry"): "docker.io"},
        ),
        # A name without its folder counts where the key says that it is an image's.
        ({"side": {"registry": "", "image": "side"}}, {("side", "registry"): "docker.io"}),
        ({"side": {"registry": "", "app": "side"}}, {}),
        ({"side": {"registry": "", "repository": "acme/other"}}, {}),
        ({"side": {"registry": "", "repository": "e/side"}}, {}),
        ({"side": {"registry": "", "repository": ""}}, {}),
        # It has it already: what hides it counts for all.
        ({"side": {"registry": "docker.io", "repository": "acme/side"}}, {}),
        ({"all": [{"registry": "", "repository": "acme/side"}]}, {("all", 0, "registry"): "docker.io"}),
        (
            {
                "a": {"registry": "", "repository": "acme/side"},
                "b": {"registry": "x", "repository": "acme/side"},
            },
            {("a", "registry"): "docker.io", ("b", "registry"): "docker.io"},
        ),
    ],
)
def test_an_image_that_would_move_along_keeps_its_registry_by_a_key_of_its_own(values, sets):
    assert kept(values, SIDE) == sets


@pytest.mark.parametrize(
    ("pair", "sets"),
    [
        (("quay.io/acme/side:1", "dhi.io/acme/side:1"), {("side", "registry"): "quay.io"}),
        (("acme/side:1", "dhi.io/acme/side:1"), {("side", "registry"): "docker.io"}),
        # What stands between a registry and a name is left where the registry is empty.
        (("/acme/side:1", "dhi.io/acme/side:1"), {("side", "registry"): "docker.io"}),
        # Another image, or no image at all, is nothing that a registry can keep.
        (("docker.io/acme/side:1", "dhi.io/side2:1"), {}),
        (("docker.io/acme/side:1", ABSENT), {}),
        (("on", "off"), {}),
    ],
)
def test_what_it_keeps_is_the_registry_that_it_had(pair, sets):
    assert kept({"side": {"registry": "", "repository": "acme/side"}}, pair) == sets


def test_where_one_of_them_has_none_nothing_is_kept():
    values = {"side": {"registry": "", "repository": "acme/side"}}

    assert kept(values, SIDE, ("docker.io/acme/else:1", "dhi.io/acme/else:1")) == {}
    assert kept(values, SIDE, release="other") == {}


def test_the_defaults_of_a_dependency_that_is_left_out_count():
    nodes = [((), {}), (("side",), {"image": {"registry": "quay.io", "repository": "acme/side"}})]

    assert kept({"side": {"enabled": False}}, SIDE, nodes=nodes) == {
        ("side", "image", "registry"): "docker.io"
    }


# --- whether what is switched off renders once it is on


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([True], True),
        ([False], False),
        ([None], None),
        ([None, False], False),
        ([False, True], True),
        ([], None),
    ],
)
def test_of_several_releases_one_that_shows_an_image_is_enough(shown, expected):
    unseen = Unseen([], {})
    unseen._members = [SimpleNamespace(shows=lambda _, one=one: one) for one in shown]

    assert unseen.shows("x") is expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kind: Pod\nspec: {containers: [{image: acme/app:1}]}\n", {"acme/app"}),
        (
            "kind: Pod\nspec: {containers: [{image: 'docker.io/library/nginx:1@sha256:" + "a" * 64 + "'}]}\n",
            {"library/nginx"},
        ),
        ("kind: ConfigMap\ndata: {run: 'docker run quay.io/acme/app:1'}\n", {"acme/app"}),
        ("kind: X\nspec: {repository: acme/app, tag: '1'}\n", {"acme/app"}),
        ("kind: ConfigMap\ndata: {url: 'http://x.example:80/a'}\n", set()),
        ("kind: Pod\nspec: {containers: [{image: acme/app}]}\n", set()),
    ],
)
def test_what_reads_like_an_image_in_manifests(text, found):
    assert (
        _repositories(Manifests({"c/templates/x.yaml": f"apiVersion: v1\nmetadata: {{name: x}}\n{text}"}))
        == found
    )


TAGLESS = """apiVersion: apps/v1
kind: Deployment
metadata: {name: x}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec:
      containers:
        - name: main
          {{- if WHEN }}
          image: {{ .Values.image.repository }}
          {{- else }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          {{- end }}
"""


@pytest.mark.parametrize(
    ("when", "status", "severity"),
    [
        (".Values.image.ignoreTag", "ready", "warning"),
        # An upgrade comes by itself.
        (".Release.IsUpgrade", "blocked", "error"),
    ],
)
def test_an_image_that_a_switch_would_leave_without_its_tag_is_a_warning(tmp_path, when, status, severity):
    chart = tmp_path / "x"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: x\nversion: 0.1.0\n")
    (chart / "values.yaml").write_text(
        "image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.3\n  ignoreTag: false\n"
    )
    (chart / "templates/all.yaml").write_text(TAGLESS.replace("WHEN", when))

    plan = plan_of(chart, pull_secret="x", only=("registry", "tag"))

    assert plan.status == status
    assert {one.severity for one in plan.findings if one.code == "derived-value"} == {severity}
