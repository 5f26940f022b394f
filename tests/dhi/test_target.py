"""The decision for each image of a chart, on the bundled catalog."""

from datetime import date

import pytest

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.catalog_file import pack
from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.target import Wishes, decide
from migrate_dhi.errors import ConflictingFlagsError, MalformedReferenceError, UnknownImageError
from migrate_dhi.oci.reference import Reference

HEAD = {"format": 1, "source": "s", "date": "2026-01-01", "commit": ""}
VALKEY = "docker.io/valkey/valkey:9.0.1-alpine3.23"
EXPORTER = "docker.io/oliver006/redis_exporter:v1.89.0"


def decide_all(catalog, *images, **wishes):
    references = [Reference.parse(image) for image in images]
    return list(decide(references, Wishes(**wishes), catalog, load_playbooks()).values())


def test_same_version_is_taken(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:9.1.1")

    assert str(decision.after) == "dhi.io/valkey:9.1.1-debian13"
    assert decision.definition.uid == 65532
    assert not decision.assumed


def test_newest_patch_of_the_line_is_taken(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:8.1.3-alpine")

    assert str(decision.after) == "dhi.io/valkey:8.1.9-debian13"


def test_same_version_among_the_past_tags_is_taken(catalog):
    [decision] = decide_all(catalog, VALKEY)

    assert (decision.status, decision.rule) == ("migrate", "tag-past")
    assert str(decision.after) == "dhi.io/valkey:9.0.1-debian13"
    assert decision.assumed
    assert [note.code for note in decision.notes] == ["tag-past"]


def test_another_line_is_a_question_where_the_flag_says_so(catalog):
    [decision] = decide_all(catalog, VALKEY, bounds=Bounds("patch", past=False))

    assert (decision.status, decision.after) == ("undecided", None)
    assert "dhi.io/valkey:9.1.1-debian13" in map(str, decision.candidates)


def test_wished_tag_is_taken_though_unlisted(catalog):
    [decision] = decide_all(catalog, VALKEY, to=("dhi.io/valkey:9.0.2-debian13",))

    assert str(decision.after) == "dhi.io/valkey:9.0.2-debian13"
    assert (decision.status, decision.confidence, decision.rule) == ("migrate", "chosen", "chosen")
    assert (decision.reason, decision.candidates) == ("--to dhi.io/valkey:9.0.2-debian13", ())
    assert [note.code for note in decision.notes] == ["tag-unlisted"]
    assert decision.assumed
    assert decision.definition.shells == ("bash",)


def test_wish_without_tag_follows_the_rule(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:8.1.3", to=("dhi.io/valkey",))

    assert str(decision.after) == "dhi.io/valkey:8.1.9-debian13"


def test_wish_without_host_goes_through_the_target(catalog):
    [decision] = decide_all(
        catalog, VALKEY, to=("valkey:9.1.1-debian13",), target="docker.io/acme/dhi-{name}"
    )

    assert str(decision.after) == "docker.io/acme/dhi-valkey:9.1.1-debian13"
    assert not decision.assumed


@pytest.mark.parametrize("target", ["docker.io/acme/dhi-{name}", "harbor.example/dhi/{name}"])
def test_mirror_is_hardened_already(catalog, target):
    [decision] = decide_all(catalog, target.replace("{name}", "valkey") + ":9.1.1-debian13", target=target)

    assert (decision.status, decision.after) == ("already-dhi", None)


def test_upstream_image_under_the_mirror_host_is_not_hardened(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:9.1.1", target="docker.io/{name}")

    assert decision.status == "migrate"


def test_wish_that_is_fulfilled_changes_nothing(catalog):
    [decision] = decide_all(catalog, "dhi.io/valkey:9.0.2-debian13", to=("dhi.io/valkey:9.0.2-debian13",))

    assert (decision.status, decision.after) == ("already-dhi", None)


def test_wish_moves_only_its_image(catalog):
    valkey, exporter = decide_all(catalog, VALKEY, EXPORTER, to=("dhi.io/valkey:9.0.2-debian13",))

    assert str(valkey.after) == "dhi.io/valkey:9.0.2-debian13"
    assert str(exporter.after) == "dhi.io/redis-exporter:1.89.0-debian13"


def test_kept_image_stays(catalog):
    valkey, exporter = decide_all(catalog, VALKEY, EXPORTER, keep=("redis_exporter",))

    assert (exporter.status, exporter.after) == ("kept", None)
    assert valkey.status == "migrate"


def test_unknown_image_has_no_counterpart(catalog):
    [decision] = decide_all(catalog, "registry.example/team/app:1.0")

    assert (decision.status, decision.candidates) == ("no-counterpart", ())


def test_what_only_its_name_speaks_for_stays_and_is_said_once(catalog):
    [decision] = decide_all(catalog, "registry.example/team/valkey:9.1.1")

    assert (decision.status, decision.confidence, decision.after) == ("kept", "weak", None)
    assert [(note.code, note.severity) for note in decision.notes] == [("match-weak", "info")]
    assert "valkey:" not in decision.notes[0].help
    assert decision.candidates


def test_floating_tag_becomes_the_newest_and_is_said(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:latest")

    assert (decision.rule, str(decision.after)) == ("floating", "dhi.io/valkey:9.1.1-debian13")
    assert [note.code for note in decision.notes] == ["tag-floating"]


@pytest.mark.parametrize("wish", ["dhi.io/valkey:8.1.9-debian13", "dhi.io/valkey:9.0.3-debian13"])
def test_a_lower_version_that_the_user_names_is_an_error(catalog, wish):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:9.1.1", to=(wish,))

    assert str(decision.after) == wish
    assert ("downgrade", "error") in [(note.code, note.severity) for note in decision.notes]


def test_another_product_is_no_downgrade(catalog):
    [decision] = decide_all(catalog, "acme/cache:12.0", to=("acme/cache=dhi.io/valkey:9.1.1-debian13",))

    assert decision.notes == ()


def test_lower_hardened_tag_is_a_downgrade_too(catalog):
    [decision] = decide_all(catalog, "dhi.io/valkey:9.1.1-debian13", to=("dhi.io/valkey:8.1.9-debian13",))

    assert [note.code for note in decision.notes] == ["downgrade"]


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("dhi.io/valkey:nonsense", "tag-unlisted"),
        ("dhi.io/valkey:9.0.1-debian13", "tag-unlisted"),
        ("dhi.io/nosuch:1.0-debian13", "image-unlisted"),
    ],
)
def test_what_is_hardened_and_unlisted_is_said(catalog, image, code):
    [decision] = decide_all(catalog, image)

    assert decision.status == "already-dhi"
    assert [(note.code, note.severity) for note in decision.notes] == [(code, "warning")]


@pytest.mark.parametrize(
    ("image", "listed"),
    [
        (
            "dhi.io/valkey:nonsense",
            "valkey, but 9.1.1-debian13, 8.1.9-debian13, 8.0.10-debian13, 7.2.14-debian13;",
        ),
        (
            "dhi.io/valkey:8.0.1-debian13-sentinel",
            "valkey, but 9.1.1-debian13-sentinel, 8.1.9-debian13-sentinel, ",
        ),
        ("dhi.io/valkey:8.0.1-dev", "valkey, but 9.1.1-debian13-dev, 8.1.9-debian13-dev, "),
        ("dhi.io/python:2.7-debian13", " more; its facts"),
        ("dhi.io/valkey:8.1.9-debian13-fips", "valkey, but 9.1.1-debian13, 8.1.9-debian13, "),
    ],
)
def test_a_tag_that_is_not_listed_is_said_with_those_that_are(catalog, image, listed):
    [note] = decide_all(catalog, image)[0].notes

    assert listed in note.message


def test_what_is_hardened_and_listed_needs_no_word(catalog):
    [decision] = decide_all(catalog, "dhi.io/valkey:9.1.1-debian13")

    assert decision.notes == ()


@pytest.mark.parametrize(
    "mirror",
    [
        "harbor.example/dhi/valkey",
        "harbor.example/dhi-proxy/valkey",
        "docker.io/acme/dhi-valkey",
        "registry.example/cache/valkey",
        "dhi.example/valkey",
    ],
)
def test_a_mirror_is_recognised_and_teaches_the_target(catalog, mirror):
    valkey, exporter = decide_all(catalog, f"{mirror}:9.1.1-debian13", EXPORTER)

    assert valkey.status == "already-dhi"
    assert [note.code for note in valkey.notes] == ["mirror-found"]
    assert exporter.after.image == mirror.replace("valkey", "redis-exporter")


def test_the_flag_counts_more_than_the_mirror(catalog):
    valkey, exporter = decide_all(
        catalog, "harbor.example/dhi/valkey:9.1.1-debian13", EXPORTER, target="dhi.io/{name}"
    )

    assert (valkey.status, valkey.notes) == ("already-dhi", ())
    assert exporter.after.image == "dhi.io/redis-exporter"


def test_a_mirror_beside_the_registry_itself_is_only_offered(catalog):
    _, valkey, exporter = decide_all(
        catalog, "dhi.io/postgres:17.11-debian13", "harbor.example/dhi/valkey:9.1.1-debian13", EXPORTER
    )

    assert "--target harbor.example/dhi/{name}" in valkey.notes[0].help
    assert exporter.after.image == "dhi.io/redis-exporter"


@pytest.mark.parametrize(
    "image", ["registry.example/cache/valkey:9.1.1-alpine3.23", "registry.example/valkey:9.1.1"]
)
def test_a_tag_as_upstream_writes_it_makes_no_mirror(catalog, image):
    [decision] = decide_all(catalog, image)

    assert decision.status != "already-dhi"


def test_prerelease_is_a_question(catalog):
    [decision] = decide_all(catalog, "valkey/valkey:9.1.0-rc1")

    assert decision.status == "undecided"


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        ({"to": ("dhi.io/postgres",)}, UnknownImageError),
        ({"to": ("nothing/here=dhi.io/valkey",)}, UnknownImageError),
        ({"keep": ("nginx",)}, UnknownImageError),
        ({"to": ("valkey",), "keep": ("valkey/valkey",)}, ConflictingFlagsError),
        ({"to": ("valkey:9.1.1", "valkey:8.1.9")}, ConflictingFlagsError),
        ({"to": ("Not An Image",)}, MalformedReferenceError),
        ({"to": ("=dhi.io/valkey",)}, MalformedReferenceError),
        ({"to": ("acme/dhi-valkey",)}, MalformedReferenceError),
        ({"target": "dhi.io/valkey"}, MalformedReferenceError),
        ({"target": "dhi.io/{name}:1"}, MalformedReferenceError),
    ],
)
def test_flags_that_cannot_be_meant_are_refused(catalog, wishes, error):
    with pytest.raises(error):
        decide_all(catalog, VALKEY, **wishes)


def test_flag_that_several_images_could_mean_is_refused(catalog):
    with pytest.raises(UnknownImageError, match="several"):
        decide_all(
            catalog,
            "docker.io/valkey/valkey:9.1.1",
            "quay.io/valkey/valkey:9.1.1",
            to=("valkey:9.1.1-debian13",),
        )


def test_empty_catalog_leads_to_notes_and_not_to_crashes():
    empty = Catalog(pack(HEAD, []), "test")

    valkey, other = decide_all(empty, VALKEY, "acme/app:1")

    assert (valkey.status, other.status) == ("no-counterpart", "no-counterpart")
    assert [note.code for note in valkey.notes] == ["catalog-missing"]


def test_wish_for_an_image_that_the_catalog_lacks_is_taken_with_a_note():
    empty = Catalog(pack(HEAD, []), "test")

    [decision] = decide_all(empty, VALKEY, to=("dhi.io/valkey:9.0.2-debian13",))

    assert str(decision.after) == "dhi.io/valkey:9.0.2-debian13"
    assert [note.code for note in decision.notes] == ["image-unlisted"]
    assert decision.definition is None


def test_images_of_one_name_are_told_apart(catalog):
    images = ("quay.io/strimzi/kafka:1.1.0-kafka-4.2.0", "quay.io/strimzi/kafka:1.1.0-kafka-4.3.1")

    told = " ".join(decision.reason for decision in decide_all(catalog, *images))

    assert f"no version in reach is there for {images[1]} and for {images[0]} alike" in told


def test_image_that_is_listed_no_more_is_said(catalog):
    [decision] = decide_all(catalog, "docker.io/grafana/promtail:3.5.1")

    assert decision.status == "no-counterpart"
    assert "any more" in decision.reason


def test_end_of_life_is_noted_where_today_is_given(catalog):
    image = Reference.parse("registry.k8s.io/kubectl:v1.34.1")

    [dated] = decide([image], Wishes(), catalog, load_playbooks(), date(2026, 11, 22)).values()
    [undated] = decide([image], Wishes(), catalog, load_playbooks()).values()

    assert [note.code for note in dated.notes] == ["end-of-life"]
    assert undated.notes == ()


def test_wish_with_from_moves_that_image(catalog):
    [decision] = decide_all(
        catalog,
        "registry.example/team/cache:1.0",
        to=("registry.example/team/cache=dhi.io/valkey:9.1.1-debian13",),
    )

    assert str(decision.after) == "dhi.io/valkey:9.1.1-debian13"
    assert decision.confidence == "chosen"


def test_digest_alone_floats(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey@sha256:" + "0" * 64)

    assert (decision.rule, decision.after.digest) == ("floating", "")
    assert "the image has no tag" in decision.notes[0].message


def test_tag_beside_a_digest_is_read_and_the_digest_is_dropped(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:9.1.1@sha256:" + "0" * 64)

    assert str(decision.after) == "dhi.io/valkey:9.1.1-debian13"


def test_another_build_of_the_software_is_said(catalog):
    bitnami, official = decide_all(
        catalog, "docker.io/bitnami/postgresql:17.5.0-debian-12-r3", "postgres:17.5"
    )

    assert (bitnami.confidence, official.confidence) == ("likely", "certain")
    assert (bitnami.assumed, bitnami.rule, bitnami.definition) == (False, official.rule, official.definition)
    assert [note.code for note in bitnami.notes] == ["repackaged-image"]
    assert bitnami.notes[0].message.startswith("docker.io/bitnami/postgresql is another build of postgres, ")
    assert official.notes == ()


def test_what_is_newer_than_everything_listed_stays_and_is_no_question(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:99.0.0")

    assert (decision.status, decision.after, decision.candidates) == ("no-counterpart", None, ())
    assert [(note.code, note.severity) for note in decision.notes] == [("catalog-behind", "warning")]
    note = decision.notes[0]
    assert note.message == f"docker.io/valkey/valkey:99.0.0 stays as it is: {decision.reason}"
    assert note.help == "wait for valkey to be hardened in this version, or name a tag with --to"


def test_what_is_newer_than_its_line_only_is_still_a_question(catalog):
    [decision] = decide_all(catalog, "docker.io/valkey/valkey:8.1.99")

    assert decision.status != "no-counterpart"


@pytest.mark.parametrize(
    ("image", "target", "left"),
    [
        ("harbor.example/cache/library/redis:8.4.6", "", True),
        ("harbor.example/cache/valkey/valkey:9.1.1", "", True),
        # a cache that keeps hardened images, too
        ("harbor.example/cache/library/redis:8.4.6", "harbor.example/dhi/{name}", False),
        # registries of everyone
        ("redis:8.4.6", "", False),
        ("public.ecr.aws/docker/library/redis:8.4.6", "", False),
        ("mirror.gcr.io/library/redis:8.4.6", "", False),
        ("quay.io/kiwigrid/k8s-sidecar:2.10.1", "", False),
    ],
)
def test_a_cache_that_is_left_is_told(catalog, image, target, left):
    reference = Reference.parse(image)

    decision = decide([reference], Wishes(target=target), catalog, load_playbooks())[reference]

    assert decision.status == "migrate"
    found = [note for note in decision.notes if note.code == "cache-left"]
    assert bool(found) is left
    if left:
        assert "pulled through harbor.example" in found[0].message
        assert "--target 'harbor.example/PATH/{name}'" in found[0].help
