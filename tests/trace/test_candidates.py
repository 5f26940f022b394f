"""Which values are taken for parts of an image by their keys."""

import pytest

from migrate_dhi.trace.candidates import image_like
from migrate_dhi.trace.unlisted import named


@pytest.mark.parametrize(
    "key", ["tag", "imageTag", "tagSuffix", "dockerTag", "image_tag", "defaultTags", "TAG"]
)
def test_a_key_that_speaks_of_a_tag(key):
    assert [candidate.path for candidate in image_like({key: "1.2.3"})] == [(key,)]


@pytest.mark.parametrize("key", ["stage", "dataAggregator", "percentage", "advantage"])
def test_a_key_that_only_spells_it(key):
    assert image_like({key: "1.2.3"}) == []


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{{ .Values.image.tag }}", [("image", "tag")]),
        ("{{ ((.Values.image).tag) | default 1 }}", [("image", "tag")]),
        ("{{ ($.Values.a.b).c.d }}", [("a", "b", "c", "d")]),
        ('{{ index .Values "my-app" "image" }}', [("my-app", "image")]),
        ('{{ get .Values.app.image "tag" }}', [("app", "image", "tag")]),
        ('{{ dig "image" "tag" "latest" .Values.app }}', [("app", "image", "tag")]),
        ('{{ dig "image" "tag" $other (.Values) }}', [("image", "tag")]),
        ('{{ printf "%s" "x" }} {{ .Chart.Name }}', []),
    ],
)
def test_values_that_templates_name_in_any_spelling(text, paths):
    assert list(named(text)) == paths


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("docker.io/valkey/valkey:8.1.3", True),
        ("valkey/valkey:v8.1.3-alpine", True),
        ("localhost:5000/app:1.0", True),
        ("http://host/path:8.0", False),
        ("valkey:8.1.3", False),
        ("some/path:latest", False),
        ("run docker.io/valkey/valkey:8.1.3", True),
    ],
)
def test_a_whole_image_is_found_under_any_key(value, found):
    values = {"env": [{"name": "RELATED", "value": value}]}

    assert [c.path for c in image_like(values)] == ([("env", 0, "value")] if found else [])
