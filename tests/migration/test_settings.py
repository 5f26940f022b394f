"""Images that stand in settings: in pieces, in longer texts, in lists; all of it moves, or it is said that it stays."""

import pytest

from tests.conftest import findings_of, plan_of, steps_of
from tests.steps.reading import values_of

OPERATOR = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator}
spec:
  selector: {matchLabels: {app: operator}}
  template:
    metadata: {labels: {app: operator}}
    spec:
      containers:
        - name: main
          image: docker.io/acme/operator:1.0.0
"""
CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n"
RESOURCE = "---\napiVersion: acme.example/v1\nkind: Cache\nmetadata: {name: cache}\nspec:\n"
PAIR = "cache: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n"
OLD, NEW = "docker.io/valkey/valkey:8.1.3", "dhi.io/valkey:8.1.9-debian13"


@pytest.fixture
def planned_with(tmp_path):
    """The plan of an operator with these values and settings."""

    def plan(values, settings, **flags):
        chart = tmp_path / "shop"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
        (chart / "values.yaml").write_text(values)
        (chart / "templates/all.yaml").write_text(OPERATOR + settings)
        return plan_of(chart, **flags)

    return plan


def becomes(plan):
    return {image.before: image.after for image in plan.images if image.status == "migrate"}


def staying(plan):
    """Those that nothing can move, with the reason; a plan does not say of them that they move."""
    return {
        image.before: image.reason for image in plan.images if image.status == "fixed" and not image.after
    }


IN_PIECES = {
    "flat keys": CONFIG
    + "  scan.repository: {{ .Values.cache.repository }}\n  scan.tag: {{ .Values.cache.tag }}\n",
    "text": CONFIG
    + "  a.yaml: |\n    cache:\n      image:\n        repository: {{ .Values.cache.repository }}\n"
    + "        tag: {{ .Values.cache.tag }}\n",
    "json": CONFIG + '  a.json: {{ dict "cache" .Values.cache | toJson | quote }}\n',
    "variables": "          env:\n            - {name: CACHE_IMAGE, value: {{ .Values.cache.repository }}}\n"
    "            - {name: CACHE_VERSION, value: {{ .Values.cache.tag }}}\n",
    "arguments": "          args: [--cache-image={{ .Values.cache.repository }}, --cache-tag={{ .Values.cache.tag }}]\n",
    "resource": RESOURCE
    + "  baseImage: {{ .Values.cache.repository }}\n  version: {{ .Values.cache.tag }}\n",
}


@pytest.mark.parametrize("settings", IN_PIECES.values(), ids=IN_PIECES)
def test_a_repository_and_its_tag_move_together(planned_with, settings):
    plan = planned_with(PAIR, settings)

    assert becomes(plan) == {OLD: NEW}
    assert [steps_of(plan)[name].status for name in ("registry", "tag")] == ["proven", "proven"]
    assert values_of(steps_of(plan)["registry"]) == {"cache.repository": "dhi.io/valkey"}
    assert values_of(steps_of(plan)["tag"]) == {"cache.tag": "8.1.9-debian13"}
    assert plan.status == "ready"


LISTED = {
    "variables": "list:\n  - {name: CACHE_IMAGE, value: docker.io/valkey/valkey}\n"
    "  - {name: CACHE_TAG, value: 8.1.3}\n",
    "variable of an operator": f"list:\n  - {{name: RELATED_IMAGE_X, value: {OLD}}}\n",
    "arguments": "list: [--cache-image=docker.io/valkey/valkey, --cache-tag=8.1.3]\n",
    "whole": "list: [--debug, --cache=docker.io/valkey/valkey:8.1.3]\n",
}


@pytest.mark.parametrize(("key", "values"), LISTED.items(), ids=LISTED)
def test_items_of_a_list_that_the_values_hold(planned_with, key, values):
    field = "env" if key.startswith("variable") else "args"
    plan = planned_with(values, f"          {field}: {{{{ toYaml .Values.list | nindent 12 }}}}\n")

    assert becomes(plan) == {OLD: NEW}
    assert plan.status == "ready"


TEXTS = {
    "pieces": "  image:\n    # which one\n    repository: docker.io/valkey/valkey\n    tag: 8.1.3\n",
    "whole": "  # which one\n  image: docker.io/valkey/valkey:8.1.3\n",
    "two": "  images:\n    - docker.io/valkey/valkey:8.1.3\n    - docker.io/acme/other:1.0\n    - docker.io/valkey/valkey:8.1.3\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_words_of_a_text_that_the_values_hold(planned_with, text):
    plan = planned_with(f"config: |\n{text}", CONFIG + "  a.yaml: |\n    {{- .Values.config | nindent 4 }}\n")

    assert becomes(plan) == {OLD: NEW}
    assert plan.status == "ready"
    # only the lines with the image change, comments and all else stay
    diff = steps_of(plan)["tag"].diff.splitlines()
    gone = [line for line in diff if line.startswith("-") and not line.startswith("---")]
    assert all("valkey" in line or "8.1.3" in line for line in gone)


def test_a_template_in_a_text_stays(planned_with):
    plan = planned_with(
        'level: info\nconfig: |\n  level: "{{ .Values.level }}"\n  image: docker.io/valkey/valkey:8.1.3\n',
        CONFIG + "  a.yaml: |\n    {{- tpl .Values.config . | nindent 4 }}\n",
    )

    assert values_of(steps_of(plan)["tag"]) == {"config": f'level: "{{{{ .Values.level }}}}"\nimage: {NEW}\n'}


FIXED = {
    "pieces": CONFIG + "  scan.repository: docker.io/valkey/valkey\n  scan.tag: 8.1.3\n",
    "resource": RESOURCE + "  image: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n",
}


@pytest.mark.parametrize("settings", FIXED.values(), ids=FIXED)
def test_an_image_that_a_template_fixes_in_settings_is_said(planned_with, settings):
    plan = planned_with("{}\n", settings)

    assert [image.status for image in plan.images] == ["no-counterpart", "fixed"]
    (finding,) = [finding for finding in plan.findings if finding.code == "image-fixed"]
    assert f" names {OLD}, which no value reaches" in finding.message


@pytest.mark.parametrize(("key", "path"), [("image", "image[1]"), ("cache.image", "word[1]")])
def test_a_whole_image_in_settings_of_an_own_template_is_written_there(planned_with, key, path):
    plan = planned_with("{}\n", CONFIG + f"  {key}: docker.io/valkey/valkey:8.1.3\n")

    assert [image.status for image in plan.images] == ["no-counterpart", "migrate"]
    (edit,) = steps_of(plan)["tag"].edits
    assert (edit.path, edit.after) == (path, NEW)


def test_a_pair_of_something_else_is_no_image(planned_with):
    plan = planned_with(
        PAIR,
        CONFIG + "  git.repository: {{ .Values.cache.repository }}\n  git.tag: {{ .Values.cache.tag }}\n",
    )

    assert [image.before for image in plan.images] == ["docker.io/acme/operator:1.0.0"]


def test_a_bare_version_beside_a_whole_image_is_still_an_error(planned_with):
    plan = planned_with(
        PAIR,
        "          env:\n"
        "            - {name: CACHE_IMAGE, value: {{ .Values.cache.repository }}:{{ .Values.cache.tag }}}\n"
        "            - {name: CACHE_IMAGE_VERSION, value: {{ .Values.cache.tag }}}\n",
    )

    assert "derived-value" in findings_of(plan)


# --- switched off


def test_what_renders_in_settings_is_not_called_switched_off(planned_with):
    plan = planned_with(
        PAIR.replace("8.1.3}", "8.1.3, enabled: false}"), IN_PIECES["flat keys"], keep=("valkey",)
    )

    assert "image-dormant" not in findings_of(plan)


@pytest.mark.parametrize("shown", [True, False])
def test_switched_off_is_said_of_what_a_render_shows(planned_with, shown):
    values = PAIR.replace("8.1.3}", "8.1.3, enabled: false}")
    plan = planned_with(
        values, "{{- if .Values.cache.enabled }}\n" + IN_PIECES["flat keys"] + "{{- end }}\n" if shown else ""
    )

    assert ("image-dormant" in findings_of(plan)) == shown


def test_an_image_of_settings_that_cannot_be_moved_keeps_nothing_else_from_moving(planned_with):
    plan = planned_with(
        "ver: 8.1.3\nother: docker.io/valkey/valkey:8.1.4\n",
        "          env:\n            - {name: IMAGE, value: 'docker.io/valkey/{{ print \"valkey\" }}:{{ .Values.ver }}'}\n"
        "        - name: other\n          image: {{ .Values.other }}\n",
    )

    assert becomes(plan)["docker.io/valkey/valkey:8.1.4"] == NEW
    assert plan.status == "ready"
    (finding,) = [finding for finding in plan.findings if finding.code == "image-unreached"]
    assert (finding.severity, finding.container) == ("warning", "main")
    assert "main (environment) keeps its image" in finding.message
    assert staying(plan) == {OLD: "no proposal to move it holds"}


def test_alone_it_leaves_nothing_to_do(planned_with):
    plan = planned_with(
        "ver: 8.1.3\n",
        "          env:\n            - {name: IMAGE, value: 'docker.io/valkey/{{ print \"valkey\" }}:{{ .Values.ver }}'}\n",
    )

    assert plan.status == "nothing-to-do"
    assert "image-unreached" in findings_of(plan)
    assert staying(plan) == {OLD: "no proposal to move it holds"}


def test_an_image_on_one_line_with_one_that_is_kept_is_not_said_to_move(planned_with):
    lines = "".join(
        f"                {n}={{{{ .Values.name }}}}:{{{{ .Values.tag }}}}-kafka-{n}\n"
        for n in ("4.2.0", "4.3.1")
    )
    one, other = (f"quay.io/strimzi/kafka:1.1.0-kafka-{n}" for n in ("4.2.0", "4.3.1"))

    plan = planned_with(
        "name: quay.io/strimzi/kafka\ntag: 1.1.0\nother: docker.io/library/nginx:1.30.1\n",
        f"          env:\n            - name: IMAGES\n              value: |\n{lines}"
        "        - name: other\n          image: {{ .Values.other }}\n",
        keep=(one,),
    )

    assert list(becomes(plan)) == ["docker.io/library/nginx:1.30.1"]
    assert list(staying(plan)) == [other]
    # Nor is anything said of the version that it would have moved to.
    assert findings_of(plan) & {"family-split", "line-newer"} == set()


@pytest.mark.parametrize(
    ("more", "told"), [("", True), ("            - {name: SECRET, value: regcred}\n", False)]
)
def test_pods_that_are_made_of_an_image_in_settings_need_the_secret(planned_with, more, told):
    settings = f"          env:\n            - {{name: CACHE_IMAGE, value: '{OLD}'}}\n{more}".replace(
        OLD, "{{ .Values.image }}"
    )
    plan = planned_with(f"image: {OLD}\n", settings, pull_secret="regcred")

    assert ("pull-secret-operator" in findings_of(plan)) == told


@pytest.mark.parametrize(
    ("tag", "named"), [("{{ .Values.tag }}", NEW), ("{{ print `8.1.0` }}", "dhi.io/valkey:8.1.0")]
)
def test_it_is_told_of_the_image_that_is_named_then_be_it_half_moved(planned_with, tag, named):
    settings = f"          env:\n            - {{name: CACHE_IMAGE, value: '{{{{ .Values.name }}}}:{tag}'}}\n"

    plan = planned_with("name: docker.io/valkey/valkey\ntag: 8.1.3\n", settings, pull_secret="regcred")

    (told,) = [one.message for one in plan.findings if one.code == "pull-secret-operator"]
    assert f"names {named} in its settings" in told
    assert ("tag-unreached" in findings_of(plan)) == (named != NEW)


def test_a_tag_that_another_image_shares_is_not_moved_without_it(planned_with):
    plan = planned_with(
        "ver: 8.1.3\ncache: docker.io/acme/valkey\nother: docker.io/acme/tool\n",
        CONFIG + "  cache.image: {{ .Values.cache }}\n  other.image: {{ .Values.other }}\n"
        "  version: {{ .Values.ver | quote }}\n",
        to=("docker.io/acme/valkey=dhi.io/valkey:8.1.9-debian13",),
    )

    assert "derived-value" in findings_of(plan)
    assert plan.status == "blocked"


CACHE = RESOURCE + "  image: {{ .Values.cacheImage }}\n"
LISTS = {
    "from the start": (
        "secrets: []\n",
        "  imagePullSecrets: {{ toYaml .Values.secrets | nindent 4 }}\n",
        "secrets",
    ),
    "only if there is one": (
        "global: {secrets: []}\n",
        "  {{- with .Values.global.secrets }}\n  imagePullSecrets: {{ toYaml . | nindent 4 }}\n  {{- end }}\n",
        "global.secrets",
    ),
    "deeper": (
        "secrets: []\n",
        "  pod:\n    {{- range .Values.secrets }}\n    imagePullSecrets: [{name: {{ . }}}]\n    {{- end }}\n",
        "secrets",
    ),
}


@pytest.mark.parametrize(("values", "listed", "path"), LISTS.values(), ids=LISTS)
def test_the_list_of_a_custom_resource_gets_the_secret_whenever_it_is_there(
    planned_with, values, listed, path
):
    plan = planned_with(f"cacheImage: {OLD}\n{values}", CACHE + listed, pull_secret="regcred")
    step = steps_of(plan)["pull-secret"]

    assert (step.status, list(values_of(step))) == ("proven", [path])
    assert "pull-secret-operator" not in findings_of(plan)


def test_a_custom_resource_without_a_list_is_told(planned_with):
    plan = planned_with(f"cacheImage: {OLD}\n", CACHE, pull_secret="regcred")

    assert "pull-secret-operator" in findings_of(plan)
