"""Values that templates read in unusual ways: reached, and with the narrowest value; or the true reason why not."""

import json

import pytest

from tests.conftest import plan_of, steps_of
from tests.steps.reading import values_of

CONTAINER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - name: main
          image: IMAGE
---
"""
TAG = "8.1.9-debian13"
REPOSITORY = "{repository: docker.io/valkey/valkey}"


def container(image, name="shop"):
    return CONTAINER.replace("IMAGE", image).replace("NAME", name)


@pytest.fixture
def planned_with(tmp_path):
    """The plan of a chart with these values and templates."""

    def plan(values, templates, schema=None, **flags):
        chart = tmp_path / "shop"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: 8.1.3\n")
        (chart / "values.yaml").write_text(values)
        (chart / "templates/all.yaml").write_text(templates)
        if schema:
            (chart / "values.schema.json").write_text(json.dumps(schema))
        return plan_of(chart, **flags)

    return plan


def written(plan):
    """What the two steps write together."""
    return values_of(steps_of(plan)["registry"]) | values_of(steps_of(plan)["tag"])


NAME = "{{ .Values.image.repository }}"
READ = {
    "brackets": "{{ (.Values.image).repository }}:{{ ((.Values.image).tag) | default .Chart.AppVersion }}",
    "get": NAME + ':{{ get .Values.image "tag" | default "8.1.3" }}',
    "dig": NAME + ':{{ dig "tag" "8.1.3" .Values.image }}',
    "dig by a pipe": NAME + ':{{ .Values.image | dig "tag" "8.1.3" }}',
    "index": '{{ index .Values "image" "repository" }}:{{ index .Values.image "tag" | default "8.1.3" }}',
    "defaults of defaults": NAME
    + ":{{ .Values.image.tag | default .Values.version | default .Chart.AppVersion }}",
    "coalesce": NAME + ":{{ coalesce .Values.image.tag .Values.other .Chart.AppVersion }}",
    "has key": NAME + ':{{ if hasKey .Values.image "tag" }}{{ .Values.image.tag }}{{ else }}8.1.3{{ end }}',
}


@pytest.mark.parametrize("image", READ.values(), ids=READ)
def test_a_tag_that_nothing_lists_is_found_however_it_is_read(planned_with, image):
    plan = planned_with(f"image: {REPOSITORY}\n", container(image))

    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG}


@pytest.mark.parametrize(
    ("values", "image", "after"),
    [
        (
            "registry: docker.io\nimage: {repository: '{{ .Values.registry }}/valkey/valkey', tag: 8.1.3}\n",
            "{{ tpl .Values.image.repository . }}:{{ .Values.image.tag }}",
            {"image.repository": "dhi.io/valkey", "image.tag": TAG},
        ),
        (
            "registry: docker.io\nimage: '{{ .Values.registry }}/valkey/valkey:{{ .Chart.AppVersion }}'\n",
            "{{ tpl .Values.image . }}",
            {"image": f"dhi.io/valkey:{TAG}"},
        ),
        # Under a key that tells nothing it is known by what is written beside its braces.
        (
            "from: docker.io\nruns: '{{ .Values.from }}/valkey/valkey:8.1.3'\n",
            "{{ tpl .Values.runs . }}",
            {"runs": f"dhi.io/valkey:{TAG}"},
        ),
        (
            "image: {repository: docker.io/valkey/valkey}\nruns: '{{ .Chart.AppVersion }}'\n",
            "{{ .Values.image.repository }}:{{ tpl .Values.runs . }}",
            {"image.repository": "dhi.io/valkey", "runs": TAG},
        ),
    ],
)
def test_a_value_that_is_a_template_is_written_as_what_it_is_to_be(planned_with, values, image, after):
    assert written(planned_with(values, container(image))) == after


# --- one moves, one stays

LOCAL = "{{ .Values.global.imageRegistry | default .Values.%s.registry }}/{{ .Values.%s.repository }}:{{ .Values.%s.tag }}"
BOTH = container(LOCAL % (("image",) * 3)) + container(LOCAL % (("other",) * 3), "other")


@pytest.mark.parametrize("listed", ["registry: docker.io, ", 'registry: "", ', ""])
def test_a_filled_global_registry_is_emptied_and_what_stays_gets_its_own(planned_with, listed):
    plan = planned_with(
        "global: {imageRegistry: docker.io}\n"
        f"image: {{{listed}repository: valkey/valkey, tag: 8.1.3}}\n"
        f"other: {{{listed}repository: acme/other, tag: 1.0.0}}\n",
        BOTH,
    )
    kept = {} if "docker" in listed else {"other.registry": "docker.io"}

    assert written(plan) == {
        "global.imageRegistry": "",
        "image.registry": "dhi.io",
        "image.repository": "valkey",
        "image.tag": TAG,
        **kept,
    }
    assert plan.status == "ready"


CUT = """{{ $host := splitn "/" 2 .Values.%s -}}
{{ .Values.global.imageRegistry | default $host._0 }}/{{ (splitn ":" 2 $host._1)._0 }}:{{ (splitn ":" 2 $host._1)._1 }}"""


@pytest.mark.parametrize("place", ["global.images", "images"])
def test_a_registry_in_place_of_the_host_of_a_whole_image_is_emptied(planned_with, place):
    keys = f"{place}.web.image", f"{place}.other.image"
    images = "{web: {image: 'docker.io/valkey/valkey:8.1.3'}, other: {image: 'docker.io/acme/other:1.0.0'}}"
    values = f"global: {{imageRegistry: mirror.example, images: {images}}}\n"
    if place == "images":
        values = f"global: {{imageRegistry: mirror.example}}\nimages: {images}\n"

    plan = planned_with(values, container(CUT % keys[0]) + container(CUT % keys[1], "other"))

    assert written(plan) == {
        "global.imageRegistry": "",
        keys[0]: f"dhi.io/valkey:{TAG}",
        keys[1]: "mirror.example/acme/other:1.0.0",
    }
    assert plan.status == "ready"


OVER = """{{ if .Values.own.repository -}}
{{- if .Values.global.imageRegistry -}}
{{ .Values.global.imageRegistry }}/{{ (splitn "/" 2 .Values.own.repository)._1 }}:{{ .Values.own.tag | default "none" }}
{{- else -}}
{{ .Values.own.repository }}:{{ .Values.own.tag | default "none" }}
{{- end -}}
{{- else -}}
CUT
{{- end }}"""


def test_a_default_that_another_value_brings_is_written_where_it_would_be_another_one(planned_with):
    """With a repository of its own the image takes its tag from elsewhere: it is written down as it was."""
    image = OVER.replace("CUT", CUT % "global.image")
    plan = planned_with(
        "global: {imageRegistry: mirror.example, image: 'docker.io/valkey/valkey:8.1.3'}\n"
        "own: {repository: '', tag: ''}\n",
        container(image),
    )

    assert written(plan) == {
        "global.imageRegistry": "",
        "own.repository": "dhi.io/valkey",
        "own.tag": TAG,
    }
    assert plan.status == "ready"


BASED = """{{ if hasPrefix "/" .Values.%s.repository }}{{ .Values.base }}{{ end }}{{ .Values.%s.repository }}:{{ .Values.%s.tag }}"""


def test_a_name_with_a_registry_goes_without_the_base_that_others_share(planned_with):
    plan = planned_with(
        "base: docker.io\nimage: {repository: /valkey/valkey, tag: 8.1.3}\nother: {repository: /acme/other, tag: 1.0.0}\n",
        container(BASED % (("image",) * 3)) + container(BASED % (("other",) * 3), "other"),
    )

    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG}
    assert plan.status == "ready"


MERGED = "{{ with merge .Values.%s .Values.global.image }}{{ .registry }}/{{ .image }}:{{ .tag }}{{ end }}"
OWN_FIRST = "{{ .Values.%s.registry | default .Values.registry }}/{{ .Values.%s.image }}:{{ .Values.%s.tag }}"


@pytest.mark.parametrize(
    ("shared", "image"),
    [("global: {image: {registry: docker.io}}", MERGED), ("registry: docker.io", OWN_FIRST)],
)
def test_a_registry_of_its_own_that_nothing_lists_goes_before_a_shared_one(planned_with, shared, image):
    count = image.count("%s")
    plan = planned_with(
        f"{shared}\nimage: {{image: valkey/valkey, tag: 8.1.3}}\nother: {{image: acme/other, tag: 1.0.0}}\n",
        container(image % (("image",) * count)) + container(image % (("other",) * count), "other"),
    )

    assert written(plan) == {"image.registry": "dhi.io", "image.image": "valkey", "image.tag": TAG}
    assert plan.status == "ready"


TAGGED = "{{ .Values.%s.repository }}:{{ .Values.%s.tag | default .Values.global.tag }}"
HIDDEN = "{{ .Values.%s.repository }}:{{ .Values.global.tag | default .Values.%s.tag }}"


@pytest.mark.parametrize(
    ("image", "more"),
    [(TAGGED, {}), (HIDDEN, {"global.tag": "", "other.tag": "8.1.3"})],
    ids=["own", "hidden"],
)
def test_a_tag_for_all_moves_one_alone(planned_with, image, more):
    plan = planned_with(
        "global: {tag: 8.1.3}\nimage: {repository: docker.io/valkey/valkey}\nother: {repository: docker.io/acme/other}\n",
        container(image % (("image",) * 2)) + container(image % (("other",) * 2), "other"),
    )

    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG, **more}


BESIDE = (
    "{{ with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:{{ .Values.image.tag }}"
)
ALONE = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"


def test_a_repository_that_is_read_with_a_registry_here_and_alone_there(planned_with):
    plan = planned_with(
        "image: {registry: docker.io, repository: valkey/valkey, tag: 8.1.3}\n",
        container(BESIDE) + container(ALONE, "other"),
    )

    assert written(plan) == {"image.registry": "", "image.repository": "dhi.io/valkey", "image.tag": TAG}
    assert plan.status == "ready"


# --- a digest in place of the tag

DIGEST = "sha256:" + "a" * 64
DIGESTED = NAME + "{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag }}{{ end }}"


def test_a_digest_is_of_the_version_that_the_tag_beside_it_names(planned_with):
    plan = planned_with(
        f"image: {{repository: docker.io/valkey/valkey, tag: 8.1.3, digest: '{DIGEST}'}}\n",
        container(DIGESTED),
    )
    (image,) = plan.images

    assert (image.before, image.rule) == (f"docker.io/valkey/valkey@{DIGEST}", "newest-patch")
    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG, "image.digest": ""}


def test_a_digest_is_of_the_version_of_the_chart_where_no_tag_is_listed(planned_with):
    image = DIGESTED.replace(".Values.image.tag", ".Values.image.tag | default .Chart.AppVersion")
    plan = planned_with(
        f"image: {{repository: docker.io/valkey/valkey, digest: '{DIGEST}'}}\n", container(image)
    )

    assert [image.rule for image in plan.images] == ["newest-patch"]
    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG, "image.digest": ""}


def test_a_digest_alone_names_no_version(planned_with):
    plan = planned_with(
        f"image: {{repository: docker.io/valkey/valkey, digest: '{DIGEST}'}}\n",
        container(NAME + "@{{ .Values.image.digest }}"),
    )

    assert [image.rule for image in plan.images if image.status == "migrate"] in ([], ["floating"])


# --- a text that the template adds to the tag

PLAIN = NAME + ":{{ .Values.image.tag }}"
ADDED = {
    "a word": (
        "variant: distroless",
        '{{ if eq .Values.variant "distroless" }}-distroless{{ end }}',
        {"variant": ""},
    ),
    "a switch": ("slim: true", "{{ if .Values.slim }}-slim{{ end }}", {"slim": False}),
    "the tag": ("x: 1", '{{ if not (contains "-" .Values.image.tag) }}-alpine{{ end }}', {}),
}


@pytest.mark.parametrize(("value", "added", "more"), ADDED.values(), ids=ADDED)
def test_what_adds_to_the_tag_is_switched_off(planned_with, value, added, more):
    plan = planned_with(
        f"image: {{repository: docker.io/valkey/valkey, tag: 8.1.3}}\n{value}\n", container(PLAIN + added)
    )

    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG, **more}


def test_a_fixed_text_beside_the_tag_is_the_reason(planned_with):
    plan = planned_with(
        "image: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n", container(PLAIN + "-alpine")
    )
    (tried,) = steps_of(plan)["tag"].tried

    assert steps_of(plan)["tag"].status == "blocked"
    assert "'-alpine'" in tried.verdict


AFFIXED = "{{ .Values.repo }}:{{ .Values.tagPrefix }}{{ .Values.ver }}{{ .Values.tagSuffix }}"
AFFIXES = {
    "none": ("", "", {"ver": TAG}),
    "a prefix": ("v", "", {"tagPrefix": "", "ver": TAG}),
    "a suffix": ("", "-alpine", {"ver": "8.1.9", "tagSuffix": "-debian13"}),
    "both": ("v", "-alpine", {"tagPrefix": "", "ver": "8.1.9", "tagSuffix": "-debian13"}),
}


@pytest.mark.parametrize(("prefix", "suffix", "after"), AFFIXES.values(), ids=AFFIXES)
def test_a_version_between_affixes_stays_a_version(planned_with, prefix, suffix, after):
    values = f"repo: docker.io/valkey/valkey\nver: 8.1.3\ntagPrefix: '{prefix}'\ntagSuffix: '{suffix}'\n"

    assert written(planned_with(values, container(AFFIXED))) == {"repo": "dhi.io/valkey", **after}


def test_versions_of_one_text_with_one_prefix(planned_with):
    one = "{{ .Values.repo }}:{{ .Values.tagPrefix }}{{ .Values.%s.ver }}"
    image = (
        f"docker.io/acme/operator:1.0.0\n          env: [{{name: X, value: '8={one % 'a'} 9={one % 'b'}'}}]"
    )
    plan = planned_with(
        "repo: docker.io/valkey/valkey\na: {ver: 8.1.3}\nb: {ver: 9.1.1}\ntagPrefix: v\n", container(image)
    )

    assert written(plan) == {
        "repo": "dhi.io/valkey",
        "tagPrefix": "",
        "a.ver": TAG,
        "b.ver": "9.1.1-debian13",
    }


# --- what a template of one's own writes behind a registry or a name that is given


BEHIND = {
    "a registry": (
        '{{ default "docker.io" .Values.global.imageRegistry }}/valkey/valkey:8.1.3',
        "global: {imageRegistry: null}\n",
        {"global.imageRegistry": "dhi.io", "path[0]": "valkey", "version[0]": TAG},
    ),
    "a name": (
        "{{ .Values.repo }}:8.1.3",
        "repo: docker.io/valkey/valkey\n",
        {"repo": "dhi.io/valkey", "version[0]": TAG},
    ),
}


@pytest.mark.parametrize(("image", "values", "after"), BEHIND.values(), ids=BEHIND)
def test_a_literal_behind_what_a_value_gives_is_edited_with_it(planned_with, image, values, after):
    plan = planned_with(values, container(image))

    assert written(plan) == after


# --- what a schema refuses


def schema(key, rule):
    return {"properties": {"image": {"properties": {key: rule}}}}


@pytest.mark.parametrize(
    ("key", "rule", "says"),
    [
        ("repository", {"enum": ["docker.io/valkey/valkey", "quay.io/valkey/valkey"]}, "must be one of"),
        ("repository", {"pattern": "^(docker|quay)[.]io/"}, "does not match pattern"),
        ("repository", {"const": "docker.io/valkey/valkey"}, "must be 'docker.io/valkey/valkey'"),
    ],
)
def test_what_the_schema_refuses_is_tried_and_its_complaint_is_the_reason(planned_with, key, rule, says):
    plan = planned_with(
        "image: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n", container(PLAIN), schema(key, rule)
    )
    step = steps_of(plan)["registry"]

    assert step.status == "blocked"
    assert all("image.repository" in tried.reason and says in tried.verdict for tried in step.tried)
    assert step.tried


def test_a_schema_that_allows_the_target_alone_is_no_obstacle(planned_with):
    allowed = {"enum": ["docker.io/valkey/valkey", "dhi.io/valkey"]}
    plan = planned_with(
        "image: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n",
        container(PLAIN),
        schema("repository", allowed),
    )

    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": TAG}


def test_a_schema_without_room_for_the_distro_gets_the_bare_version(planned_with):
    plan = planned_with(
        "image: {repository: docker.io/valkey/valkey, tag: 8.1.3}\n",
        container(PLAIN),
        schema("tag", {"maxLength": 6}),
    )

    assert written(plan) == {"image.repository": "dhi.io/valkey", "image.tag": "8.1.9"}
