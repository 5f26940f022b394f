"""Images that several places spell together: which do, and which are something else."""

import pytest

from migrate_dhi.trace.pairs import joined, pairs_in
from tests.conftest import steps_of
from tests.steps.reading import values_of

IMAGE = "quay.io/acme/app:v1"


def spelled(data):
    """The images that some data spells in pieces."""
    return [joined([part.text for part in parts]) for parts in pairs_in(data)]


@pytest.mark.parametrize(
    ("data", "image"),
    [
        ({"repository": "nvcr.io/acme", "image": "driver", "version": "1.2"}, "nvcr.io/acme/driver:1.2"),
        ({"version": "1.2", "image": "driver", "repository": "nvcr.io/acme"}, "nvcr.io/acme/driver:1.2"),
        ({"registry": "quay.io", "repository": "acme/app", "tag": "v1"}, "quay.io/acme/app:v1"),
        ({"repository": "acme/app", "tag": "v1", "pullPolicy": "Always"}, "acme/app:v1"),
        ({"registry": "quay.io", "image": "acme/app", "imageTag": "v1"}, "quay.io/acme/app:v1"),
        ({"repository": "localhost:5000/app", "tag": "v1"}, "localhost:5000/app:v1"),
        ({"repository": "acme/app", "tag": 17}, "acme/app:17"),
        ([{"name": "SCAN_IMG", "value": "quay.io/acme/app"}, {"name": "SCAN_VER", "value": "v1"}], IMAGE),
        # flat keys of settings, variables of an environment, arguments of a command
        ({"scan.repository": "quay.io/acme/app", "scan.tag": "v1", "other.tag": "v2"}, IMAGE),
        (
            {"scan.image.registry": "quay.io", "scan.image.repository": "acme/app", "scan.image.tag": "v1"},
            IMAGE,
        ),
        (
            [{"name": "SCAN_IMAGE", "value": "quay.io/acme/app"}, {"name": "SCAN_VERSION", "value": "v1"}],
            IMAGE,
        ),
        ([{"name": "IMAGE_NAME", "value": "quay.io/acme/app"}, {"name": "IMAGE_TAG", "value": "v1"}], IMAGE),
        (["--scan-image=quay.io/acme/app", "--debug", "--scan-tag=v1"], IMAGE),
        (["--scan-image", "quay.io/acme/app", "--scan-tag", "v1"], IMAGE),
        (["sh", "-c", "run --scan-image quay.io/acme/app --scan-tag v1"], IMAGE),
        # an image without a tag, and the version that is of nothing else
        ({"image": "quay.io/acme/app", "version": "v1"}, IMAGE),
        ({"baseImage": "quay.io/acme/app", "version": "v1"}, IMAGE),
        ({"scanImage": "quay.io/acme/app", "scanTag": "v1", "tag": "v9"}, IMAGE),
        # inside of a text
        ({"a.yaml": "scan:\n  image:\n    repository: quay.io/acme/app\n    tag: v1\n"}, IMAGE),
        ({"a.yaml": "- image: quay.io/acme/app\n  tag: v1\n- image: acme/other\n"}, IMAGE),
        ({"a.json": '{"scan":{"repository":"quay.io/acme/app","tag":"v1"},"tag":"v3"}'}, IMAGE),
        ({"a.ini": "scan_repository = quay.io/acme/app\nscan_tag = v1\n"}, IMAGE),
        ({"a.env": "SCAN_IMAGE=quay.io/acme/app\nSCAN_TAG=v1\n"}, IMAGE),
        (
            {
                "a.toml": "[one]\nrepository = 'acme/other'\n[two]\nrepository = 'quay.io/acme/app'\ntag = 'v1'\n"
            },
            IMAGE,
        ),
        # the name of something else
        ({"name": "main", "repository": "quay.io/acme/app", "tag": "v1"}, IMAGE),
        ({"name": "main", "registry": "quay.io", "repository": "acme/app", "tag": "v1"}, IMAGE),
        ({"registry": "quay.io/acme", "name": "app", "tag": "v1"}, IMAGE),
        # the name of the image itself, behind a host alone
        ({"repository": "quay.io/acme", "name": "app", "tag": "v1"}, IMAGE),
        ({"repository": "localhost:5000/acme", "name": "app", "tag": "v1"}, "localhost:5000/acme/app:v1"),
    ],
)
def test_pieces_in_the_order_of_a_reference(data, image):
    assert spelled(data) == [image]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"repository": "acme/app"},
        {"tag": "v1"},
        {"image": "driver", "version": "1.2"},
        {"image": "quay.io/acme/app:v1", "version": "v1"},
        {"image": "quay.io/acme/app:v1", "repository": "acme", "version": "v1"},
        {"repository": "https://charts.example", "version": "1.2"},
        {"repository": "acme/app", "tag": ""},
        {"repository": "two words", "tag": "v1"},
        {"name": "app", "version": "1.2"},
        {"image": "acme/app", "server": "v1"},
        {"repository": "acme/app", "tag": True},
        {"name": "acme/app", "version": "1.2"},
        {"git": {"repository": "acme/app", "tag": "v1"}},
        {"gitRepository": "acme/app", "gitTag": "v1"},
        {"chart": {"repository": "quay.io/acme/app", "version": "1.2"}},
        {"one": {"repository": "acme/app"}, "two": {"tag": "v1"}},
        {"one.repository": "acme/app", "two.tag": "v1"},
        {"a.yaml": "one:\n  repository: acme/app\ntwo:\n  tag: v1\n"},
        {"a.yaml": "- repository: acme/app\n- tag: v1\n"},
        {"a.yaml": "repository: acme/app\n---\ntag: v1\n"},
        {"a.toml": "[one]\nrepository = 'acme/app'\n[two]\ntag = 'v1'\n"},
        {"a.image": "acme/app", "b.image": "other/app", "version": "v1"},
        {"a.json": '[{"repository":"acme/app"},{"tag":"v1"}]'},
        {"labels": {"repository": "acme/app", "tag": "v1"}},
    ],
)
def test_other_maps_spell_no_image(data):
    assert spelled(data) == []


def test_one_version_for_all_images_of_one_owner():
    assert spelled({"a.image": "acme/a", "b.image": "acme/b", "version": "v1"}) == ["acme/a:v1", "acme/b:v1"]


def test_every_piece_is_moved_and_nothing_beside_it(planned):
    plan = planned("custom-resource-pieces", to=("dhi.io/valkey:8.1.9-debian13",))
    steps = steps_of(plan)

    # the chart's version beside them repeats the tag, and means another thing
    (finding,) = plan.open_errors
    assert (finding.code, "spec.chart.version" in finding.message) == ("derived-value", True)
    assert (steps["registry"].done, steps["tag"].done) == (2, 2)
    assert values_of(steps["registry"]) == {
        "cache.repository": "dhi.io",
        "exporter.image.registry": "dhi.io",
        "exporter.image.repository": "redis-exporter",
    }
    assert values_of(steps["tag"]) == {
        "cache.version": "8.1.9-debian13",
        "exporter.image.tag": "1.89.0-debian13",
    }
    assert {image.before: image.status for image in plan.images} == {
        "docker.io/valkey/valkey:8.1.4": "migrate",
        "docker.io/oliver006/redis_exporter:v1.89.0": "migrate",
        "docker.io/acme/agent:1.0": "no-counterpart",
    }


def test_a_mirror_with_one_part_less_empties_a_piece(planned):
    """`docker.io/valkey` + `valkey` becomes a name that one field holds, where the template allows it."""
    plan = planned(
        "custom-resource-pieces",
        to=("valkey=localhost:5000/valkey:8.1.9-debian13",),
        keep=("redis_exporter",),
    )

    assert steps_of(plan)["registry"].status == "proven"
    assert values_of(steps_of(plan)["registry"]) == {"cache.repository": "localhost:5000"}


def test_the_uses_say_that_it_is_a_custom_resource(planned):
    plan = planned("custom-resource-pieces", to=("dhi.io/valkey:8.1.9-debian13",))
    uses = {image.before: [(use.kind, use.role) for use in image.used_by] for image in plan.images}

    assert uses["docker.io/valkey/valkey:8.1.4"] == [("CachePolicy", "custom-resource")]
