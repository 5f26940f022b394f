"""The judge: what no one announced is refused and shown, noise is left out, secrets are not told."""

import json

import pytest

from migrate_dhi.migration.step_texts import unified_diff
from tests.charts import copy_case
from tests.conftest import findings_of, plan_of, steps_of

TO = ("dhi.io/valkey:8.1.9-debian13",)

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: valkey
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
VALUES = "image:\n  repository: docker.io/valkey/valkey\n  tag: 8.1.4\n"


@pytest.fixture
def chart(tmp_path):
    """A chart of one Deployment and further templates."""

    def make(values=VALUES, **templates):
        folder = tmp_path / "web"
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text('apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: "8.1.4"\n')
        (folder / "values.yaml").write_text(values)
        for name, text in {"deployment": DEPLOYMENT, **templates}.items():
            (folder / "templates" / f"{name}.yaml").write_text(text)
        return folder

    return make


def config(body):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n{body}"


# --- surprises


@pytest.mark.parametrize(
    "body",
    [
        'data:\n  replicas: "{{ if contains "dhi" .Values.image.repository }}0{{ else }}3{{ end }}"\n',
        'data:\n  {{ if contains "dhi" .Values.image.repository }}new: x{{ else }}old: x{{ end }}\n',
        'immutable: {{ contains "dhi" .Values.image.repository }}\n',
    ],
)
def test_a_field_that_no_one_announced_is_refused(chart, body):
    step = steps_of(plan_of(chart(other=config(body)), to=TO))["registry"]

    assert step.status == "blocked"
    assert not step.edits
    assert any("ConfigMap/other" in tried.verdict for tried in step.tried)


def test_an_object_that_appears_is_refused(chart):
    body = '{{ if contains "dhi" .Values.image.repository }}\n' + config("data: {}\n") + "{{ end }}\n"

    step = steps_of(plan_of(chart(other=body), to=TO))["registry"]

    assert step.status == "blocked"
    assert any("ConfigMap/other appears" in tried.verdict for tried in step.tried)


def test_an_object_that_disappears_is_refused(chart):
    body = '{{ if contains "docker.io" .Values.image.repository }}\n' + config("data: {}\n") + "{{ end }}\n"

    step = steps_of(plan_of(chart(other=body), to=TO))["registry"]

    assert step.status == "blocked"
    assert any("ConfigMap/other disappears" in tried.verdict for tried in step.tried)


def test_a_surprise_that_the_user_accepts_is_told(planned):
    plan = planned("renamed-repository", to=TO, accept=("unannounced-change",))
    step = steps_of(plan)["registry"]

    assert step.status == "proven"
    assert "unannounced-change" in findings_of(plan)
    assert any("readinessProbe" in effect.path for effect in step.effects)


def test_another_place_that_repeats_the_image_is_announced(chart):
    body = config(
        'data:\n  run: "docker run {{ .Values.image.repository }}:{{ .Values.image.tag }} --help"\n'
    )
    plan = plan_of(chart(other=body), to=TO)

    assert plan.status == "ready"
    assert [
        effect.after for effect in steps_of(plan)["tag"].effects if effect.object == "ConfigMap/other"
    ] == [f"docker run {TO[0]} --help"]


def test_a_text_that_merely_holds_the_old_tag_does_not_excuse_another_change(chart):
    body = config(
        'data:\n  note: "{{ if hasPrefix "8.1.4" .Values.image.tag }}8.1.4 on{{ else }}8.1.4 off{{ end }}"\n'
    )

    assert steps_of(plan_of(chart(other=body), to=TO))["tag"].status == "blocked"


def test_a_field_that_no_one_announced_is_refused_where_the_chart_has_no_values_file(chart, tmp_path):
    """A trial creates values.yaml; what renders after it must not find it."""
    other = config('data:\n  mode: "{{ if contains "dhi" .Values.image.repository }}b{{ else }}a{{ end }}"\n')
    wrapper = tmp_path / "wrapper"
    (wrapper / "charts").mkdir(parents=True)
    chart(other=other).rename(wrapper / "charts" / "web")
    (wrapper / "Chart.yaml").write_text(
        "apiVersion: v2\nname: wrapper\nversion: 0.1.0\ndependencies: [{name: web, version: 0.1.0}]\n"
    )

    step = steps_of(plan_of(wrapper, to=TO))["registry"]

    assert step.status == "blocked"
    assert any("ConfigMap/other data.mode" in tried.verdict for tried in step.tried)


@pytest.mark.parametrize(
    "other",
    [
        'mode={{ if contains "dhi" .Values.image.repository }}b{{ else }}a{{ end }}',
        '{{ if contains "dhi" .Values.image.repository }}[a]{{ else }}(a){{ end }}',
        'x/y:{{ if contains "dhi" .Values.image.repository }}2{{ else }}1{{ end }}',
    ],
)
def test_another_word_beside_an_image_in_a_text_is_refused(chart, other):
    named = "image={{ .Values.image.repository }}:{{ .Values.image.tag }}"

    step = steps_of(plan_of(chart(other=config(f"data:\n  run: '{named} {other}'\n")), to=TO))["registry"]

    assert all(effect.object != "ConfigMap/other" for effect in step.effects)
    assert any("ConfigMap/other data.run" in tried.verdict for tried in step.tried)


def test_two_images_in_one_text_move_together(chart):
    values = f"{VALUES}other:\n  image: docker.io/library/memcached:1.6.30\n"
    named = "{{ .Values.image.repository }}:{{ .Values.image.tag }},{{ .Values.other.image }} v={{ .Values.image.tag }}"
    plan = plan_of(
        chart(values, other=config(f"data:\n  run: '{named}'\n")),
        to=(*TO, "dhi.io/memcached:1.6.45-debian13"),
    )

    assert [(f.code, f.message.partition(": ")[0]) for f in plan.open_errors] == [
        ("derived-value", "ConfigMap/other data.run becomes 8.1.9-debian13 (8.1.4 before)")
    ]
    assert [e.after for e in steps_of(plan)["tag"].effects if e.object == "ConfigMap/other"] == [
        f"{TO[0]},dhi.io/memcached:1.6.45-debian13 v=8.1.9-debian13"
    ]


def test_an_object_that_renders_twice_is_the_same_one_in_every_render(chart):
    """Two templates render it, and one of them names the image."""
    named = config('data:\n  image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n')
    plan = plan_of(chart(a=config("data:\n  a: x\n"), z=named), to=TO)

    assert plan.status == "ready"
    assert steps_of(plan)["registry"].done == 2


def test_an_immutable_config_map_that_would_change_is_an_error(chart):
    named = config(
        'immutable: true\ndata:\n  image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
    )
    plan = plan_of(chart(other=named), to=TO)

    assert plan.status == "blocked"
    assert [f.object for f in plan.open_errors if f.code == "immutable-field"] == ["ConfigMap/other"]


def test_labels_of_an_immutable_config_map_may_change(chart):
    label = '  labels: {v: "{{ .Values.image.tag }}"}\nimmutable: true\ndata: {a: b}\n'

    assert plan_of(chart(other=config(label)), to=TO).status == "ready"


def test_a_step_that_is_done_in_part_says_so(chart):
    """One pod has the secret already, and nothing reaches the other."""
    has = DEPLOYMENT.replace("      containers:", "      imagePullSecrets: [{name: dhi}]\n      containers:")
    other = DEPLOYMENT.replace("name: web", "name: other").replace(
        "      containers:", '      {{ "containers" }}:'
    )
    step = steps_of(plan_of(chart(deployment=has, other=other), to=TO, pull_secret="dhi"))["pull-secret"]

    assert (step.status, step.done, step.of) == ("done", 1, 2)
    assert step.reason.startswith("1 of 2")


# --- noise


@pytest.mark.parametrize(
    "body",
    [
        'data:\n  password: "{{ randAlphaNum 20 }}"\n',
        'data:\n  at: "{{ now | date "2006-01-02T15:04:05.000000000" }}"\n',
        'data:\n  at: "{{ now | date "2006-01-02T15:04:05" }}"\n',
        'data:\n  id: "{{ uuidv4 }}"\n  fixed: x\n',
    ],
)
def test_what_differs_in_every_render_is_left_out(chart, body):
    plan = plan_of(chart(other=config(body)), to=TO)

    assert plan.status == "ready"
    assert not any(effect.object == "ConfigMap/other" for step in plan.steps for effect in step.effects)


def test_noise_that_one_step_has_found_costs_the_next_ones_nothing(chart):
    folder = chart(other=config("data:\n  a: b\n"))
    quiet = plan_of(folder, to=TO)
    (folder / "templates" / "other.yaml").write_text(config('data:\n  id: "{{ uuidv4 }}"\n'))
    noisy = plan_of(folder, to=TO)

    assert sum(bool(step.edits) for step in noisy.steps) > 1
    assert noisy.renders == quiet.renders + 1


def test_noise_in_one_field_does_not_excuse_its_neighbour(chart):
    body = config(
        'data:\n  password: "{{ randAlphaNum 20 }}"\n'
        '  mode: "{{ if contains "dhi" .Values.image.repository }}b{{ else }}a{{ end }}"\n'
    )

    step = steps_of(plan_of(chart(other=body), to=TO))["registry"]

    assert step.status == "blocked"
    assert all("password" not in tried.verdict for tried in step.tried)


RANDOM = DEPLOYMENT.replace("  name: web", "  name: web-{{ randAlphaNum 5 | lower }}").replace(
    "      containers:",
    "      imagePullSecrets: {{ toJson .Values.imagePullSecrets }}\n"
    "      securityContext: {{ toJson .Values.podSecurityContext }}\n"
    "      containers:",
)
PROBED = RANDOM + (
    "          ports: [{containerPort: 6379}]\n          livenessProbe: {{ toJson .Values.livenessProbe }}\n"
)
MORE = (
    "imagePullSecrets: []\npodSecurityContext: {runAsNonRoot: true}\n"
    "livenessProbe:\n  exec:\n    command: [sh, -c, valkey-cli ping]\n"
)


def test_an_object_that_has_another_name_in_each_render_is_known_by_its_place(chart):
    plan = plan_of(chart(VALUES + MORE, deployment=PROBED), to=TO, pull_secret="dhi")

    assert plan.status == "ready"
    assert {
        name: (step.done, step.of) for name, step in steps_of(plan).items() if name != "versions"
    } == dict.fromkeys(("registry", "tag", "pull-secret", "probes", "run-as-user"), (1, 1))


def test_an_object_that_has_another_name_in_each_render_is_judged_as_strictly(chart):
    """The template takes neither shape of the list well."""
    bad = PROBED.replace(
        "imagePullSecrets: {{ toJson .Values.imagePullSecrets }}",
        "imagePullSecrets: [{name: {{ .Values.imagePullSecrets | len | quote }}}]",
    )
    step = steps_of(plan_of(chart(VALUES + MORE, deployment=bad), to=TO, pull_secret="dhi"))["pull-secret"]

    assert (step.status, step.edits) == ("blocked", ())


# --- secrets


def test_contents_of_secrets_are_not_told(chart):
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n"
        '  url: "hunter2@{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
        "data:\n"
        '  both: {{ printf "hunter3-%s" .Values.image.tag | b64enc }}\n'
    )
    plan = plan_of(chart(secret=secret), to=TO, accept=("all",))
    told = json.dumps(plan.to_json())

    assert "Secret/s" in told
    assert "hunter" not in told
    assert "aHVudGVy" not in told


def test_contents_of_secrets_are_not_told_where_a_try_fails(chart):
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n"
        '  mode: "{{ if contains "dhi" .Values.image.repository }}hunter2{{ else }}hunter1{{ end }}"\n'
    )
    plan = plan_of(chart(secret=secret), to=TO)

    assert plan.status == "blocked"
    assert steps_of(plan)["registry"].tried
    assert "hunter" not in json.dumps(plan.to_json())


# --- what Helm reads


@pytest.mark.parametrize(
    "line", ["mode: 0644", "flag: on", "time: 12:30", "big: 1e3", "date: 2024-01-01", "no: no"]
)
def test_values_that_parsers_read_differently_do_not_stand_in_the_way(chart, line):
    plan = plan_of(chart(f"{line}\n{VALUES}"), to=TO)

    assert plan.status == "ready"
    assert all(
        line in text for step in plan.steps for name, text in step.files.items() if name == "values.yaml"
    )


# --- cost


def test_a_plan_costs_two_renders_and_one_for_each_step_that_edits(planned):
    for case in ("values-comments", "crlf", "maps-secrets"):
        plan = planned(case, to=TO, pull_secret="kubernetes-dhi")

        assert plan.status == "ready"
        assert plan.renders <= 2 + len(plan.editing_steps)


def test_nothing_to_do_costs_two_renders_at_most(planned):
    for case in ("already-hardened", "no-counterpart", "library-chart"):
        assert planned(case).renders <= 2


# --- diffs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\n", "a: 2\n"),
        ("a: 1", "a: 2"),
        ("a: 1\n", "a: 2"),
        ("a: 1\r\nb: 2\r\n", "a: 1\r\nb: 3\r\n"),
        (None, "a: 1\n"),
        (None, "a: 1"),
        ("", "a: 1\n"),
        ("a: x\x0cy\nb: 1\n", "a: x\x0cy\nb: 2\n"),
        ("a: \u2028 x\nb: 1\n", "a: \u2028 x\nb: 2\n"),
        ("\n" * 40 + "a: 1\n" + "#\n" * 40 + "b: 1\n", "\n" * 40 + "a: 2\n" + "#\n" * 40 + "b: 2\n"),
    ],
)
@pytest.mark.parametrize("name", ["values.yaml", "ein Dienst/values.yaml", "größe/values.yaml"])
def test_a_diff_is_what_git_applies(tmp_path, clean_home, before, after, name):
    import subprocess

    file = tmp_path / "work" / name
    file.parent.mkdir(parents=True)
    if before is not None:
        file.write_bytes(before.encode())

    diff = unified_diff(name, before, after)
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=tmp_path / "work", check=True)

    assert file.read_bytes() == after.encode()


def test_no_diff_where_nothing_changes():
    assert unified_diff("values.yaml", "a: 1\n", "a: 1\n") == ""


def test_the_plan_of_the_same_chart_is_the_same(tmp_path, planned):
    again = plan_of(copy_case("strings-secrets", tmp_path / "strings-secrets"), to=TO)

    assert again.to_json() == planned("strings-secrets", to=TO).to_json()


def test_what_is_accepted_is_taken_only_where_nothing_else_holds(tmp_path):
    """`registry: dhi.io` would change a setting; with the registry emptied, the repository alone does it."""
    folder = tmp_path / "split"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text('apiVersion: v2\nname: split\nversion: 0.1.0\nappVersion: "8"\n')
    (folder / "values.yaml").write_text(
        "image:\n  registry: docker.io\n  repository: valkey/valkey\n  tag: 8.1.4\n"
    )
    image = "{{ with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    (folder / "templates" / "all.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: split\nspec:\n  containers:\n    - name: a\n      image: {image}\n"
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n"
        '  paid: "{{ eq .Values.image.registry "dhi.io" }}"\n'
    )

    clean = steps_of(plan_of(folder, to=TO))["registry"]
    accepting = steps_of(plan_of(folder, to=TO, accept=("unannounced-change",)))["registry"]

    assert clean.status == "proven"
    assert accepting.diff == clean.diff
    assert "as announced" in accepting.reason


def test_an_accepted_surprise_is_counted_in_the_summary(planned):
    step = steps_of(planned("renamed-repository", to=TO, accept=("unannounced-change",)))["registry"]

    assert "2 of them not announced" in step.reason


def test_init_containers_in_another_order_are_a_change(tmp_path):
    folder = tmp_path / "order"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text('apiVersion: v2\nname: order\nversion: 0.1.0\nappVersion: "8"\n')
    (folder / "values.yaml").write_text("image: docker.io/valkey/valkey:8.1.4\n")
    one, two = ("        - {name: one, image: acme/x:1}\n", "        - {name: two, image: acme/x:1}\n")
    (folder / "templates" / "all.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: order\nspec:\n  template:\n    spec:\n"
        '      initContainers:\n{{- if hasPrefix "dhi.io" .Values.image }}\n'
        f"{two}{one}{{{{- else }}}}\n{one}{two}{{{{- end }}}}\n"
        "      containers:\n        - name: a\n          image: {{ .Values.image }}\n"
    )

    step = steps_of(plan_of(folder, to=TO))["registry"]

    assert step.status == "blocked"
    assert any("initContainers" in tried.verdict for tried in step.tried)
