"""Flags that no plan can be made with: refused before anything is rendered, and by name."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.target import Wishes
from migrate_dhi.edit import Edit
from migrate_dhi.errors import UnknownImageError, UnknownStepError, UsageError
from migrate_dhi.helm.chart import Chart
from migrate_dhi.migration.choices import check_all, check_pins, check_steps, check_wished, of_chart
from migrate_dhi.migration.options import Options
from migrate_dhi.steps import NAMES
from migrate_dhi.steps.context import Choices


def pins(*files, step="tag"):
    return Choices(pinned={step: tuple(Edit(file, ("a",), 1) for file in files)})


def chart(path="apps/web", *more):
    return Chart(Path(path), path, dict.fromkeys((f"{path}/Chart.yaml", *more), ""))


def test_every_step_is_known_by_its_name_and_nothing_else_is():
    check_steps(NAMES)

    with pytest.raises(UnknownStepError, match="no step 'Tag'") as error:
        check_steps(["tag", "Tag"])
    assert all(name in error.value.help for name in NAMES)


@pytest.mark.parametrize(
    ("file", "there"),
    [
        ("apps/web/Chart.yaml", True),
        # values.yaml may be created.
        ("apps/web/values.yaml", True),
        ("apps/web/values-prod.yaml", True),
        ("apps/web/other.yaml", False),
        ("apps/job/values.yaml", False),
    ],
)
def test_an_edit_of_a_file_that_is_not_the_charts_is_refused(file, there):
    one = chart("apps/web", "apps/web/values-prod.yaml")
    if there:
        check_pins(pins(file), one)
        return
    with pytest.raises(UsageError, match=f"apps/web has no file {file} to edit"):
        check_pins(pins(file), one)


def test_of_edits_for_several_charts_each_takes_its_own():
    choices = Choices(
        pull_secret="x",
        pinned={
            "tag": (Edit("apps/web/values.yaml", ("a",), 1), Edit("apps/job/values.yaml", ("a",), 2)),
            "registry": (Edit("apps/job/values.yaml", ("b",), 3),),
        },
    )
    found = of_chart(Options(choices=choices), chart()).choices

    assert found.pinned == {"tag": (Edit("apps/web/values.yaml", ("a",), 1),)}
    assert found.pull_secret == "x"


# flags for several charts


def plan(path="apps/web", images=(), layers=(), values_files=()):
    releases = [SimpleNamespace(layers=[("file", file, "") for file in layers])]
    return SimpleNamespace(
        images=images, releases=releases, chart=SimpleNamespace(path=path, values_files=values_files)
    )


@pytest.mark.parametrize(
    ("file", "plans", "there"),
    [
        ("apps/web/values.yaml", [plan()], True),
        ("apps/web/Chart.yaml", [plan()], True),
        ("apps/web/templates/deep/pod.yaml", [plan()], True),
        ("apps/web/charts/db/templates/pod.yaml", [plan()], True),
        # A file that no chart reads would be left out of each plan without a word.
        ("apps/web/value.yaml", [plan()], False),
        ("apps/web/docs/values.yaml", [plan()], False),
        ("apps/website/values.yaml", [plan()], False),
        ("apps/job/values.yaml", [plan(), plan("apps/job")], True),
        ("apps/job/values.yaml", [plan()], False),
        ("env/prod.yaml", [plan(layers=["env/prod.yaml"])], True),
        ("env/prod.yaml", [plan(values_files=["env/prod.yaml"])], True),
        ("env/dev.yaml", [plan(layers=["env/prod.yaml"])], False),
        # A chart at the top of the repository, and one of others.
        ("values.yaml", [plan(".")], True),
        ("templates/pod.yaml", [plan(".")], True),
        ("other.yaml", [plan(".")], False),
        ("values.yaml", [plan("")], False),
    ],
)
def test_an_edit_of_a_file_that_none_of_several_charts_has_is_refused(file, plans, there):
    options = Options(choices=pins(file))
    if there:
        check_all(options, plans)
        return
    with pytest.raises(UsageError, match=f"--pin {file}: none of these has that file"):
        check_all(options, plans)


def image(before="docker.io/acme/app:1", status="migrate", reason="named by the user", confidence="certain"):
    return SimpleNamespace(before=before, status=status, reason=reason, confidence=confidence)


@pytest.mark.parametrize(
    ("wishes", "images", "known"),
    [
        (Wishes(), [], True),
        (Wishes(to=("acme/app=dhi.io/app:2",)), [image()], True),
        (Wishes(to=("docker.io/acme/app=dhi.io/app:2",)), [image()], True),
        (Wishes(to=("app=dhi.io/app:2",)), [image()], True),
        (Wishes(to=("acme/other=dhi.io/app:2",)), [image()], False),
        (Wishes(keep=("acme/app",)), [image()], True),
        (Wishes(keep=("acme/other",)), [image()], False),
        # One of several is enough.
        (Wishes(keep=("acme/other",)), [image(), image("acme/other:3")], True),
        # Without a name in front it is for the image that has it as its counterpart.
        (Wishes(to=("dhi.io/app:2",)), [image(reason="--to dhi.io/app:2")], True),
        (Wishes(to=("dhi.io/app:2",)), [image(reason="--to dhi.io/app:2; newer")], True),
        (Wishes(to=("dhi.io/app:2",)), [image("dhi.io/app:2")], True),
        (Wishes(to=("dhi.io/app:2",)), [image()], False),
        # What stays for another reason may be the one that is meant.
        (Wishes(to=("dhi.io/app:2",)), [image(status="fixed")], True),
        (Wishes(to=("dhi.io/app:2",)), [image(status="undecided")], True),
        (Wishes(to=("dhi.io/app:2",)), [image(status="no-counterpart")], True),
        (Wishes(to=("dhi.io/app:2",)), [image(status="no-counterpart", confidence="")], False),
        (Wishes(to=("dhi.io/app:2",)), [image(status="kept")], False),
    ],
)
def test_a_wish_that_means_no_image_of_many_plans_is_refused(wishes, images, known):
    if known:
        check_wished(wishes, images, "none of these")
        return
    with pytest.raises(UnknownImageError, match="none of these"):
        check_wished(wishes, images, "none of these")
