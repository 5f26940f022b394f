"""Wishes: which image each --to, --keep and answer names, and that what cannot be meant is refused."""

import pytest

from migrate_dhi.dhi.naming import check_template, doubled, hardened_name, mirrors, place_of, seems_hardened
from migrate_dhi.dhi.upstream import Counterpart
from migrate_dhi.dhi.wish import Sorter, Wishes, check_named
from migrate_dhi.errors import ConflictingFlagsError, MalformedReferenceError, UnknownImageError
from migrate_dhi.oci.reference import Reference
from tests.dhi.apps import catalog_of, definition, image

CATALOG = catalog_of(
    image("app", definition("1", "1.2-debian13"), past={"1.1-debian13": ["2026-01-01", "2026-02-01"]}),
    image("web", definition("1", "1.2-debian13")),
)
TEMPLATE = "dhi.io/{name}"
APP, OTHER, WEB = "quay.io/acme/app:1.0", "ghcr.io/other/app:2.0", "docker.io/library/web:1.0"


def sorter(*images, targets=None, hardened=None, template=TEMPLATE, anywhere=False):
    read = [Reference.parse(one) for one in images]
    matches = {
        one: [Counterpart(t, "certain", "") for t in (targets or {}).get(str(one), ())] for one in read
    }
    return Sorter(
        matches, {one: (hardened or {}).get(str(one), "") for one in read}, template, CATALOG, anywhere
    )


def named(found):
    return sorted(str(one) for one in found)


# --keep


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("quay.io/acme/app", [APP]),
        ("quay.io/acme/app:1.0", [APP]),
        ("web", [WEB]),
        ("library/web", [WEB]),
        ("docker.io/library/web:1.0", [WEB]),
    ],
)
def test_an_image_is_named_whole_or_by_its_last_part(text, kept):
    assert named(sorter(APP, WEB).kept([text])) == kept


def test_a_tag_and_a_digest_narrow_what_is_named():
    digest = f"sha256:{'0a' * 32}"
    both = sorter(APP, "quay.io/acme/app:2.0", f"quay.io/acme/app:2.0@{digest}")

    assert len(both.kept(["quay.io/acme/app"])) == 3
    assert named(both.kept(["quay.io/acme/app:1.0"])) == [APP]
    assert named(both.kept(["quay.io/acme/app:2.0"])) == [
        "quay.io/acme/app:2.0",
        f"quay.io/acme/app:2.0@{digest}",
    ]
    assert named(both.kept([f"quay.io/acme/app:2.0@{digest}"])) == [f"quay.io/acme/app:2.0@{digest}"]


@pytest.mark.parametrize(
    ("images", "text", "message", "help_"),
    [
        (
            [APP, WEB],
            "none",
            "--keep none: no container of this chart uses that image",
            f"the images are: {WEB}, {APP}",
        ),
        (
            [APP],
            "quay.io/acme/app:9",
            "--keep quay.io/acme/app:9: no container of this chart uses that image",
            f"the images are: {APP}",
        ),
        (
            [APP, OTHER, WEB],
            "app",
            "--keep app: several images have that name",
            f"the images are: {OTHER}, {APP}",
        ),
        ([], "app", "--keep app: no container of this chart uses that image", "this chart uses no image"),
    ],
)
def test_what_names_no_image_or_several_is_refused(images, text, message, help_):
    with pytest.raises(UnknownImageError) as caught:
        sorter(*images).kept([text])

    assert (caught.value.message, caught.value.help) == (message, help_)


def test_wishes_for_many_releases_pass_over_one_that_has_no_such_image():
    many = sorter(WEB, anywhere=True)

    assert many.kept(["none"]) == frozenset()
    assert many.to(["app", "none=app"], frozenset()) == {}


# --to


def becomes(images, *texts, kept=(), **more):
    found = sorter(*images, **more).to(texts, frozenset(map(Reference.parse, kept)))
    return {str(one): str(wish.reference) for one, wish in found.items()}


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("web=app", "dhi.io/app"),
        ("web=app:1.2", "dhi.io/app:1.2"),
        ("web=dhi.io/app:1.2-debian13", "dhi.io/app:1.2-debian13"),
        ("web=docker.io/acme/dhi-app:1", "docker.io/acme/dhi-app:1"),
        ("docker.io/library/web:1.0=app", "dhi.io/app"),
    ],
)
def test_an_image_becomes_what_stands_behind_the_sign(text, reference):
    assert becomes([APP, WEB], text) == {WEB: reference}


def test_a_name_alone_is_one_under_the_template():
    assert becomes([WEB], "web=app:1", template="docker.io/acme/dhi-{name}") == {
        WEB: "docker.io/acme/dhi-app:1"
    }


@pytest.mark.parametrize(
    ("images", "targets", "hardened", "meant"),
    [
        # the image whose first counterpart it is, else the one of its name, else one that it is a counterpart of
        ([APP, WEB], {WEB: ["app"]}, {}, WEB),
        ([APP, WEB], {WEB: ["web", "app"]}, {}, APP),
        ([WEB], {WEB: ["web", "app"]}, {}, WEB),
        # else what is hardened already
        (["dhi.io/app:1.2", WEB], {}, {"dhi.io/app:1.2": "app"}, "dhi.io/app:1.2"),
        ([APP, "dhi.io/app:1.2"], {}, {"dhi.io/app:1.2": "app"}, APP),
    ],
)
def test_without_a_sign_the_one_image_that_could_become_it(images, targets, hardened, meant):
    assert list(becomes(images, "app:1.2", targets=targets, hardened=hardened)) == [meant]


@pytest.mark.parametrize(
    ("texts", "error", "message", "help_"),
    [
        (
            ["=app"],
            MalformedReferenceError,
            "--to =app: there is no image before the `=`",
            "write --to FROM=IMAGE[:TAG]",
        ),
        (
            ["x/app"],
            MalformedReferenceError,
            "--to x/app: x/app names no registry",
            "write docker.io/x/app, or the hardened image's name alone",
        ),
        (
            ["none"],
            UnknownImageError,
            "--to none: no image of this chart has none as its counterpart",
            f"write --to FROM=IMAGE; the images are: {OTHER}, {APP}",
        ),
        (
            ["app"],
            UnknownImageError,
            "--to app: several images could become app",
            f"write --to FROM=IMAGE; the images are: {OTHER}, {APP}",
        ),
        (
            ["quay.io/acme/app=web", "quay.io/acme/app=app"],
            ConflictingFlagsError,
            f"--to quay.io/acme/app=web and --to quay.io/acme/app=app both name {APP}",
            "leave one of the two out",
        ),
        (
            ["ghcr.io/other/app=web"],
            ConflictingFlagsError,
            f"--keep and --to both name {OTHER}",
            "leave one of the two out",
        ),
    ],
)
def test_a_wish_that_cannot_be_meant_is_refused(texts, error, message, help_):
    with pytest.raises(error) as caught:
        becomes([APP, OTHER], *texts, kept=[OTHER])

    assert (caught.value.message, caught.value.help) == (message, help_)


def test_the_same_wish_twice_is_one():
    assert becomes([WEB], "web=app", "docker.io/library/web=dhi.io/app") == {WEB: "dhi.io/app"}


# answers of the repository


def answered(answers, kept=(), to=()):
    known = sorter(APP, WEB)
    stay = known.kept(kept)
    stay, become = known.answered(answers, stay, known.to(to, stay))
    return named(stay), {str(one): str(wish.reference) for one, wish in become.items()}


@pytest.mark.parametrize(
    ("answers", "kept", "to", "found"),
    [
        (["web=keep"], [], [], ([WEB], {})),
        (["web=app:1"], [], [], ([], {WEB: "dhi.io/app:1"})),
        # later ones count more, and flags most
        (["web=app:1", "web=keep"], [], [], ([WEB], {})),
        (["web=keep", "web=app:1"], [], [], ([], {WEB: "dhi.io/app:1"})),
        (["web=app:1"], ["web"], [], ([WEB], {})),
        (["web=keep"], [], ["web=app:2"], ([], {WEB: "dhi.io/app:2"})),
        # one that is not there is passed over
        (["none=keep", "none=app"], [], [], ([], {})),
    ],
)
def test_answers_are_for_images_that_no_flag_names(answers, kept, to, found):
    assert answered(answers, kept, to) == found


# flags of many plans


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (Wishes(to=("none=app",)), "--to none: no chart uses that image"),
        (Wishes(keep=("none",)), "--keep none: no chart uses that image"),
        (Wishes(to=("quay.io/acme/app=app", "app", "web=app"), keep=("library/web", "app")), ""),
        (Wishes(to=("NO IMAGE=app",)), ""),
    ],
)
def test_a_flag_that_names_none_of_all_images(wishes, message):
    if not message:
        check_named(wishes, [APP, WEB, "NO IMAGE"], "no chart")
        return
    with pytest.raises(UnknownImageError) as caught:
        check_named(wishes, [APP, WEB], "no chart")
    assert (caught.value.message, caught.value.help) == (message, "see `migrate-dhi scan`")


# where hardened images lie


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("dhi.io/{name}", ""),
        ("docker.io/acme/dhi-{name}", ""),
        ("harbor.example:8443/{name}/x", ""),
        ("dhi.io/name", "--target dhi.io/name: the template must contain {name} once"),
        ("{name}/{name}", "--target {name}/{name}: the template must contain {name} once"),
        ("dhi.io/{name}:1", "--target dhi.io/{name}:1 makes no image without a tag"),
        ("DHI.io/X/{name}", "--target DHI.io/X/{name} makes no image without a tag"),
    ],
)
def test_a_template_makes_an_image_without_a_tag(template, message):
    if not message:
        assert check_template(template) == template
        return
    with pytest.raises(MalformedReferenceError) as caught:
        check_template(template)
    assert caught.value.message == message
    assert caught.value.help == "write it like dhi.io/{name} or docker.io/acme/dhi-{name}"


@pytest.mark.parametrize(
    ("image_", "template", "name"),
    [
        ("dhi.io/app:1", "", "app"),
        ("dhi.io/unknown:1", "", "unknown"),
        ("docker.io/acme/dhi-app:1", "docker.io/acme/dhi-{name}", "app"),
        ("acme/dhi-app:1", "docker.io/acme/dhi-{name}", "app"),
        ("docker.io/acme/app:1", "docker.io/acme/{name}", "app"),
        # an upstream image in the place of a mirror is none, unless the place is named for them
        ("docker.io/acme/unknown:1", "docker.io/acme/{name}", ""),
        ("docker.io/acme/dhi-unknown:1", "docker.io/acme/dhi-{name}", "unknown"),
        ("docker.io/acme/app/x:1", "docker.io/acme/{name}", ""),
        ("harbor.example/app-hard:1", "harbor.example/{name}-hard", "app"),
        # mirrors that nothing named: by their path, or by a tag that only the hardened image has
        ("docker.io/acme/dhi-app:1", "", "app"),
        ("harbor.example/dhi/app:1", "", "app"),
        ("harbor.example/my-dhi_x/app:1", "", "app"),
        ("dhi.example.org/x/app:1", "", "app"),
        ("harbor.example/x/app:1.2-debian13", "", "app"),
        ("harbor.example/x/app:1.1-debian13", "", "app"),
        ("harbor.example/x/app:9.9-debian13", "", ""),
        ("harbor.example/x/app:1.2", "", ""),
        ("harbor.example/dhi/unknown:1", "", ""),
        ("docker.io/dhi.io/app:1", "", ""),
    ],
)
def test_which_references_are_hardened_images_already(image_, template, name):
    assert hardened_name(Reference.parse(image_), template, CATALOG) == name


@pytest.mark.parametrize(
    ("image_", "template", "meant"),
    [
        ("docker.io/dhi.io/app:1", TEMPLATE, "dhi.io/app:1"),
        ("dhi.io/dhi.io/app:1", TEMPLATE, None),
        ("quay.io/harbor.example/app:1", "harbor.example/{name}", "harbor.example/app:1"),
        ("quay.io/harbor.example/app:1", TEMPLATE, None),
        ("harbor.example/dhi.io/app:1", TEMPLATE, None),
        ("docker.io/acme/app:1", TEMPLATE, None),
        ("docker.io/app:1", TEMPLATE, None),
    ],
)
def test_a_registry_that_stands_twice(image_, template, meant):
    found = doubled(Reference.parse(image_), template)

    assert (found and str(found)) == meant


def test_mirrors_are_the_places_that_hardened_images_come_from():
    images = [
        "docker.io/acme/dhi-app:1",
        "docker.io/acme/dhi-web:1",
        "dhi.io/app:1",
        "harbor.example/dhi/app:1",
        APP,
    ]

    assert mirrors(map(Reference.parse, images), CATALOG) == [
        "docker.io/acme/dhi-{name}",
        "harbor.example/dhi/{name}",
    ]
    assert str(place_of("harbor.example/dhi/{name}", "web")) == "harbor.example/dhi/web"


@pytest.mark.parametrize(
    ("image_", "seems"),
    [
        ("harbor.example/dhi/none:1-debian13", True),
        ("harbor.example/dhi/none:1-debian13-dev", True),
        ("harbor.example/dhi/none:1", False),
        ("harbor.example/x/none:1-debian13", False),
        ("harbor.example/dhi/none:1-debian-13", False),
    ],
)
def test_what_seems_hardened_whatever_its_name(image_, seems):
    assert seems_hardened(Reference.parse(image_)) is seems
