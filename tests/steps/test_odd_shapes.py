"""Small charts, each with one odd way to put an image or a pull secret into the manifests."""

import pytest

from tests.conftest import SECRET, plan_of, steps_of
from tests.steps.reading import TO, values_of

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
{more}  containers:
    - name: valkey
      image: "{image}"
{env}"""
CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  settings: |\n"


@pytest.fixture
def chart(tmp_path):
    """A chart of one pod whose template and values the test gives."""

    def make(values, template):
        folder = tmp_path / "web"
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text('apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: "1"\n')
        (folder / "values.yaml").write_text(values)
        (folder / "templates/pod.yaml").write_text(template)
        return folder

    return make


def pod(image, *, more="", env=""):
    return POD.format(image=image, more=more, env=env)


# --- images

OPTIONAL = (
    "{{ with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:{{ .Values.image.tag }}"
)


def test_an_empty_registry_is_filled_and_the_repository_loses_its_owner(chart):
    values = 'image:\n  registry: ""\n  repository: valkey/valkey\n  tag: 8.1.4\n'

    step = steps_of(plan_of(chart(values, pod(OPTIONAL)), to=TO))["registry"]

    assert step.status == "proven"
    assert values_of(step) == {"image.registry": "dhi.io", "image.repository": "valkey"}
    assert not step.tried


def test_a_repository_that_a_template_makes_stays_a_template(chart):
    values = 'owner: valkey\nimage:\n  registry: docker.io/valkey\n  repository: "{{ .Values.owner }}"\n  tag: 8.1.4\n'
    image = "{{ .Values.image.registry }}/{{ tpl .Values.image.repository . }}:{{ .Values.image.tag }}"

    step = steps_of(plan_of(chart(values, pod(image)), to=TO))["registry"]

    assert values_of(step) == {"image.registry": "dhi.io"}


def test_the_last_of_three_parts_is_emptied_where_two_are_enough(chart):
    values = "image:\n  registry: docker.io\n  owner: valkey\n  name: valkey\n  tag: 8.1.4\n"
    image = (
        "{{ .Values.image.registry }}/{{ join `/` (compact (list (required `owner` .Values.image.owner) "
        ".Values.image.name)) }}:{{ .Values.image.tag }}"
    )

    step = steps_of(plan_of(chart(values, pod(image)), to=TO))["registry"]

    assert step.status == "proven"
    assert values_of(step) == {"image.registry": "dhi.io", "image.name": ""}


def test_a_name_that_is_taken_for_a_whole_image_loses_the_tag_and_is_passed_over(chart):
    values = 'defaults:\n  hub: docker.io/valkey\nhub: ""\nimage: valkey\ntag: 8.1.4\n'
    parts = "(.Values.hub | default .Values.defaults.hub) .Values.image .Values.tag"
    image = f"{{{{ contains `/` .Values.image | ternary .Values.image (printf `%s/%s:%s` {parts}) }}}}"

    plan = plan_of(chart(values, pod(image)), to=("docker.io/acme/dhi-valkey:8.1.9-debian13",))

    step = steps_of(plan)["registry"]
    assert [tried.reason for tried in step.tried] == ["set hub to docker.io and image to acme/dhi-valkey"]
    assert values_of(step) == {"hub": "docker.io/acme", "image": "dhi-valkey"}


def test_a_text_may_hold_the_hash_of_a_part_of_itself(chart):
    values = "image:\n  registry: docker.io\n  repository: valkey/valkey\n  tag: 8.1.4\n"
    image = "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    settings = f"{CONFIG}    agent: {image}\n    id: {{{{ sha256sum (toJson .Values.image) }}}}\n"

    plan = plan_of(chart(values, pod("docker.io/acme/other:1") + settings), to=TO)

    assert [step.status for step in plan.steps[:2]] == ["proven", "proven"]


def test_a_text_that_changes_in_another_word_is_a_surprise(chart):
    values = "image:\n  registry: docker.io\n  repository: valkey/valkey\n  tag: 8.1.4\n"
    image = "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    settings = f"{CONFIG}    agent: {image}\n    length: {{{{ len .Values.image.repository }}}}\n"

    plan = plan_of(chart(values, pod("docker.io/acme/other:1") + settings), to=TO)

    assert not any(step.edits for step in plan.steps)
    assert "data" in plan.steps[0].tried[0].verdict


# --- pull secrets

VALUES = "image: docker.io/valkey/valkey:8.1.4\npullSecrets: []\n"
EITHER = """\
  {{- with .Values.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ if kindIs "map" . }}{{ .name }}{{ else }}{{ . }}{{ end }}
    {{- end }}
  {{- end }}
"""
TOLD = """\
      env:
        {{- with .Values.pullSecrets }}
        - name: WORKER_PULL_SECRETS
          value: {{ join "," . | quote }}
        {{- end }}
        - name: OTHER
          value: here
"""


def test_a_variable_may_name_the_secret_and_then_wants_names(chart):
    plan = plan_of(
        chart(VALUES, pod("{{ .Values.image }}", more=EITHER, env=TOLD)), to=TO, pull_secret=SECRET
    )

    step = steps_of(plan)["pull-secret"]
    assert step.status == "proven"
    assert values_of(step) == {"pullSecrets": [SECRET]}


def test_another_variable_that_changes_with_the_secret_is_a_surprise(chart):
    env = TOLD.replace("value: here", "value: {{ len .Values.pullSecrets | quote }}")

    plan = plan_of(chart(VALUES, pod("{{ .Values.image }}", more=EITHER, env=env)), to=TO, pull_secret=SECRET)

    assert steps_of(plan)["pull-secret"].status == "blocked"
