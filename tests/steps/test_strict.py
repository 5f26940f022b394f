"""What may follow from an image that moves, and what may not: the judge, on charts that derive much from one value."""

import pytest

from tests.conftest import plan_of, steps_of

TO = ("dhi.io/postgres:17.11-debian13",)
REPOSITORY, TAG = "{{ .Values.image.repository }}", "{{ .Values.image.tag }}"
IMAGE = f"{REPOSITORY}:{TAG}"

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: db
  annotations: {annotations}
  labels: {labels}
spec:
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec:
      containers:
        - name: db
          image: "{image}"
          args: {args}
          env: {env}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: db}}
data:
  settings: {settings}
"""


@pytest.fixture
def derive(tmp_path):
    """The plan of a chart whose image has a short name and tag, with other fields built from the same values."""

    def make(accept=(), keep=(), values="", to=TO, **fields):
        folder = tmp_path / "db"
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text('apiVersion: v2\nname: db\nversion: 0.1.0\nappVersion: "17"\n')
        (folder / "values.yaml").write_text(f'image:\n  repository: postgres\n  tag: "17"\n{values}')
        shown = {"annotations": "{}", "labels": "{}", "args": "[]", "env": "[]", "settings": "''"}
        (folder / "templates/db.yaml").write_text(POD.format(**{"image": IMAGE, **shown, **fields}))
        return plan_of(folder, to=to, accept=accept, keep=keep, skip=("versions",))

    return make


def variable(value, name="OTHER"):
    return {"env": f"[{{name: {name}, value: '{value}'}}]"}


ACCEPTED = {
    "the whole string": variable(IMAGE),
    "an option's value": {"args": f"['--sidecar={IMAGE}']"},
    "a word of a line": {"args": f"['run {IMAGE} --rm']"},
    "a list": variable(f"{IMAGE},docker.io/acme/other:1"),
    "a line of a ConfigMap": {"settings": f"'db: 17 {IMAGE} postgres'"},
    "quoted in JSON": {"settings": f"""'{{"image": "{IMAGE}"}}'"""},
    "twice in one text": {"settings": f"'{IMAGE} {IMAGE}'"},
    "with Docker Hub's host": variable(
        f"{{{{ if not (contains `/` .Values.image.repository) }}}}docker.io/library/{{{{ end }}}}{IMAGE}"
    ),
    "a label with the tag": {"labels": f"{{version: '{TAG}'}}"},
    "a label with a v": {"labels": f"{{version: 'v{TAG}'}}"},
    "a label with the name": {"labels": "{of: '{{ .Values.image.repository | replace `/` `-` }}'}"},
    "an annotation": {"annotations": f"{{runs: 'postgres at {TAG}'}}"},
    "a checksum": {
        "annotations": f"{{checksum/db: '{{{{ printf `{IMAGE}` | sha256sum }}}}'}}".replace(
            f"printf `{IMAGE}`", "printf `%s:%s` .Values.image.repository .Values.image.tag"
        )
    },
    "a variable that says that it is a hash": variable(
        "{{ .Values.image.tag | sha256sum }}", "CONFIG_SHA256SUM"
    ),
}

DERIVED = {
    "the tag alone": variable(TAG, "TOOL_IMAGE_VERSION"),
    "a number that was the tag": variable(TAG, "RETENTION_DAYS"),
    "the repository alone": variable(REPOSITORY),
    "a name as an option's value": {"args": f"['--database={REPOSITORY}']"},
    "a tag as a word": {"args": f"['--keep', '{TAG} days']"},
    "a tag in a list": variable(f"1,{TAG},3"),
    "a tag beside the image": variable(f"{IMAGE} {TAG}"),
    "a name in a ConfigMap": {"settings": f"'engine = {REPOSITORY}'"},
    "a number in YAML of a ConfigMap": {"settings": f"'retention: {TAG}'"},
    "the image without its tag": variable(
        f"docker.io/library/{REPOSITORY}".replace(
            f"docker.io/library/{REPOSITORY}",
            "{{ if not (contains `/` .Values.image.repository) }}docker.io/library/{{ end }}" + REPOSITORY,
        )
    ),
}

REFUSED = {
    "a host": variable(f"{REPOSITORY}-primary.db.svc", "DB_HOST"),
    "a URL's scheme": variable(f"{REPOSITORY}://db:5432/app"),
    "a URL's path": variable(f"https://example.com/{REPOSITORY}/releases"),
    "a host and port": variable(f"{REPOSITORY}:5432"),
    "a part of a number": variable(f"{TAG}00"),
    "a number computed from the tag": variable(
        "{{ if eq (.Values.image.tag | toString) `17` }}1{{ else }}2{{ end }}"
    ),
    "a file's path": {"args": f"['/opt/{REPOSITORY}/bin']"},
    "a file with the tag": variable(f"/usr/lib/{TAG}/bin"),
    "a name with a suffix": variable(f"{REPOSITORY}_exporter"),
    "an image with more behind its tag": variable(f"{IMAGE}-fips"),
    "an image at another tag": variable(f"{REPOSITORY}:16"),
    "an image that loses its registry": variable(f"{{{{ base .Values.image.repository }}}}:{TAG}x"),
    "another word beside the image": variable(f"{IMAGE} {{{{ len .Values.image.repository }}}}"),
    "another separator beside the image": variable(
        f"{IMAGE}{{{{ ternary `,` `;` (eq .Values.image.tag `17`) }}}}"
    ),
    "a word more beside the image": variable(
        f"{IMAGE}{{{{ if ne .Values.image.tag `17` }}}} new{{{{ end }}}}"
    ),
    "a key called labels in a ConfigMap": {"settings": f"''\n  labels: 'days-{TAG}'"},
    "a key called annotations in a ConfigMap": {"settings": f"''\n  annotations: 'days-{TAG}'"},
    "a hash in a field that says no such thing": variable("{{ .Values.image.tag | sha256sum }}", "SEED"),
    "a checksum that becomes a word": {
        "annotations": "{checksum/db: '{{ if eq (.Values.image.tag | toString) `17` }}"
        "{{ sha256sum `a` }}{{ else }}none{{ end }}'}"
    },
    "a label that says something else": {
        "labels": "{tier: '{{ ternary `a` `b` (eq (.Values.image.tag | toString) `17`) }}'}"
    },
    "a key": {
        "env": "[{name: '{{ .Values.image.repository | upper | replace `/` `_` | replace `.` `_` }}', value: x}]"
    },
    "the order of arguments": {
        "args": "['{{ ternary `a` `b` (eq (.Values.image.tag | toString) `17`) }}', "
        "'{{ ternary `b` `a` (eq (.Values.image.tag | toString) `17`) }}']"
    },
    "an argument more": {"args": "[a{{ if ne (.Values.image.tag | toString) `17` }}, b{{ end }}]"},
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_follows_from_the_image(derive, name):
    plan = derive(**ACCEPTED[name])

    assert [steps_of(plan)[step].status for step in ("registry", "tag")] == ["proven", "proven"]
    assert not plan.open_errors


@pytest.mark.parametrize("name", DERIVED)
def test_a_bare_part_of_the_image_is_an_error_of_its_own(derive, name):
    plan = derive(accept=("all",), **DERIVED[name])

    assert plan.status == "blocked"
    assert {finding.code for finding in plan.open_errors} == {"derived-value"}
    assert all(" becomes " in f.message and " before)" in f.message for f in plan.open_errors)


@pytest.mark.parametrize("name", DERIVED)
def test_a_bare_part_of_the_image_is_accepted_by_name(derive, name):
    plan = derive(accept=("derived-value",), **DERIVED[name])

    assert plan.status == "ready"
    assert any(finding.code == "derived-value" and finding.severity == "error" for finding in plan.findings)


@pytest.mark.parametrize("name", REFUSED)
def test_what_merely_holds_the_old_text_is_a_surprise(derive, name):
    plan = derive(accept=("all", "derived-value"), **REFUSED[name])

    assert plan.status == "blocked"
    assert {finding.code for finding in plan.open_errors} == {"unannounced-change"}
    assert any(steps_of(plan)[step].status == "blocked" for step in ("registry", "tag"))


def test_a_surprise_is_accepted_by_name_alone(derive):
    plan = derive(accept=("unannounced-change",), **REFUSED["a host"])

    assert plan.status == "ready"
    assert any(
        "DB_HOST" in f.message or "env" in f.message for f in plan.findings if f.code == "unannounced-change"
    )


def test_more_is_refused_than_accepted():
    assert len(REFUSED) + len(DERIVED) >= len(ACCEPTED)


# --- several images in one field

LINES = """\
images:
  registry: docker.io
  kafka: {repository: library/postgres, tag: "17"}
  other: {repository: library/postgres, tag: "16"}
"""
NAMED = "{{ $.Values.images.registry }}/{{ .repository }}:{{ .tag }}"
FIELD = (
    "{{ with .Values.images.kafka }}17=" + NAMED + "{{ end }} "
    "{{ with .Values.images.other }}16=" + NAMED + "{{ end }}"
)


def test_each_image_of_one_field_moves_by_itself(derive):
    to = (
        "docker.io/library/postgres:17=dhi.io/postgres:17.11-debian13",
        "docker.io/library/postgres:16=dhi.io/postgres:16.15-debian13",
    )
    plan = derive(values=LINES, to=(*to, "postgres:17=dhi.io/postgres:17.11-debian13"), **variable(FIELD))

    assert plan.status == "ready"
    ends = [e.after for e in steps_of(plan)["tag"].effects if "env" in e.path]
    assert ends == ["17=dhi.io/postgres:17.11-debian13 16=dhi.io/postgres:16.15-debian13"]


def test_a_kept_image_of_the_same_field_stays(derive):
    to = (
        "docker.io/library/postgres:17=dhi.io/postgres:17.11-debian13",
        "postgres:17=dhi.io/postgres:17.11-debian13",
    )
    plan = derive(values=LINES, to=to, keep=("docker.io/library/postgres:16",), **variable(FIELD))

    ends = {e.after.partition(" ")[2] for s in plan.steps for e in s.effects if "env" in e.path}
    assert ends <= {"16=docker.io/library/postgres:16"}


def test_a_setting_with_the_tag_alone_is_told_with_both_values(planned):
    plan = planned("tag-as-setting", to=("dhi.io/valkey:8.1.9-debian13",), pull_secret="x", accept=("all",))

    (finding,) = plan.open_errors
    assert (finding.code, finding.severity) == ("derived-value", "error")
    assert "env[TOOL_IMAGE_VERSION].value becomes 8.1.9-debian13 (8.1.4 before)" in finding.message


def test_a_kept_image_on_a_line_of_its_own_stays(planned):
    plan = planned("images-in-one-field", keep=("docker.io/valkey/valkey:8.0.3",), accept=("all",))

    # it stands in settings alone: that it cannot be moved by itself keeps nothing else from moving
    assert plan.status == "nothing-to-do"
    assert not any(step.edits for step in plan.steps)
    (finding,) = [finding for finding in plan.findings if finding.code == "image-unreached"]
    assert (finding.severity, "(environment) keeps its image" in finding.message) == ("warning", True)
    assert any("env[CACHE_IMAGES]" in tried.verdict for tried in steps_of(plan)["registry"].tried)


def test_two_images_on_lines_of_their_own_move_each_to_its_own_tag(planned):
    to = (
        "docker.io/valkey/valkey:8.0.3=dhi.io/valkey:8.0.5-debian13",
        "docker.io/valkey/valkey:8.1.4=dhi.io/valkey:8.1.9-debian13",
    )
    plan = planned("images-in-one-field", to=to)

    assert plan.status == "ready"
    (effect,) = steps_of(plan)["tag"].effects
    assert effect.after.splitlines() == [
        "8.0=dhi.io/valkey:8.0.5-debian13",
        "8.1=dhi.io/valkey:8.1.9-debian13",
    ]


RESOURCE = """\
apiVersion: acme.example/v1
kind: Database
metadata: {{name: own}}
spec:
  image: "{image}"
  {key}: "{value}"
"""


@pytest.mark.parametrize(
    ("key", "value", "codes"),
    [
        ("version", TAG, set()),
        ("tag", TAG, set()),
        ("retention", TAG, {"derived-value"}),
        ("version", f"v{TAG}", {"unannounced-change"}),
        ("name", REPOSITORY, {"derived-value"}),
    ],
)
def test_a_custom_resource_may_tell_the_version_of_the_image_beside(derive, key, value, codes):
    resource = RESOURCE.format(image=IMAGE, key=key, value=value)
    plan = derive(settings=f"''\n---\n{resource}")

    assert {finding.code for finding in plan.open_errors} == codes
