"""Comments by which Renovate follows an image."""

import pytest

from migrate_dhi.migration.handover.comments import of_comments
from tests.migration.handover import grounds

TAG = "      tag: 8.1.4\n"


def test_the_name_becomes_that_of_the_hardened_image(shop):
    comment = "# renovate: datasource=docker depName=valkey/valkey versioning=docker"
    after = "# renovate: datasource=docker depName=dhi.io/valkey versioning=docker"
    shop.edit("apps/cache.yaml", TAG, f"      {comment}\n{TAG}")

    plan = shop.plan()
    step = plan["steps"][-1]

    assert (step["name"], step["status"], step["reason"]) == (
        "bots",
        "proven",
        "nothing in the manifests changes",
    )
    assert shop.changed(step) == [f"-      {comment}", f"+      {after}"]
    assert step["commit"]["trailers"]["DHI-Step"] == ["bots"]
    assert "bot-comment-stale" not in {finding["code"] for finding in plan["findings"]}


def test_only_on_request_and_not_where_it_is_left_out(shop):
    shop.edit("apps/cache.yaml", TAG, f"      # renovate: image=valkey/valkey\n{TAG}")
    assert not [step for step in shop.plan("data/cache", "--skip", "bots")["steps"] if step["name"] == "bots"]

    shop.flags = shop.flags[:-1]
    plan = shop.plan()

    assert "bots" not in {step["name"] for step in plan["steps"]}
    assert "bot-comment-stale" in {finding["code"] for finding in plan["findings"]}


def test_it_is_a_commit_of_its_own_and_a_second_run_finds_nothing(shop):
    shop.edit("apps/cache.yaml", TAG, f"      # renovate: image=valkey/valkey\n{TAG}").plan()

    assert shop.workshop.run("data/cache", "--yes", *shop.flags).code == 0

    git = shop.workshop.git
    assert (
        git("log", "-1", "--format=%s", "dhi/data-cache")
        == "chore(plain-chart): hand update bots over to the hardened images"
    )
    git("merge", "-q", "dhi/data-cache")
    assert shop.plan()["status"] == "nothing-to-do"


# what a comment says, read from the plan alone


def handed(comment, *more, now=None, images=grounds.VALKEY):
    """The comment above a tag as a hand-over leaves it, or empty where it is left alone."""
    text = f"image:\n  # {comment}\n  tag: 8.1.4\n"
    one = grounds.ground(text, (3, "8.1.4"), images=(images, *more), now=now)
    made = list(of_comments(one))
    lines = [line.removeprefix("# ") for line in grounds.changed(one)]
    assert len(made) == len(lines)
    assert all(one.settles == (("values.yaml", 2),) for one in made)
    return lines[0] if lines else ""


@pytest.mark.parametrize(
    ("comment", "after"),
    [
        ("renovate: image=valkey/valkey", "renovate: image=dhi.io/valkey"),
        ("renovate: image=docker.io/valkey/valkey", "renovate: image=dhi.io/valkey"),
        (
            "renovate: datasource=docker depName=valkey/valkey",
            "renovate: datasource=docker depName=dhi.io/valkey",
        ),
        ("RENOVATE depName=valkey/valkey", "RENOVATE depName=dhi.io/valkey"),
        (
            "renovate: depName=valkey/valkey versioning=docker",
            "renovate: depName=dhi.io/valkey versioning=docker",
        ),
        # Both names, of which the second is looked up.
        (
            "renovate: datasource=docker depName=valkey/valkey packageName=docker.io/valkey/valkey",
            "renovate: datasource=docker depName=dhi.io/valkey packageName=dhi.io/valkey",
        ),
        ("renovate: depName=valkey/valkey # ours", "renovate: depName=dhi.io/valkey # ours"),
        # A name of one's own beside it stays.
        (
            "renovate: depName=cache packageName=valkey/valkey",
            "renovate: depName=cache packageName=dhi.io/valkey",
        ),
        # What is followed there is no image, though it is called so.
        ("renovate: datasource=github-releases depName=valkey/valkey", ""),
        ("renovate: datasource=github-tags depName=valkey/valkey versioning=docker", ""),
        ("renovate: datasource=helm depName=valkey/valkey", ""),
        # To a semantic version a tag with a suffix is one before its release.
        ("renovate: depName=valkey/valkey versioning=semver", ""),
        ("renovate: depName=valkey/valkey versioning=semver-coerced", ""),
        ("renovate: depName=valkey/valkey versioning=loose", ""),
        ("renovate: depName=valkey/valkey versioning=regex:^(?<major>.*)$", ""),
        ("renovate: depName=valkey/valkey extractVersion=^v(?<version>.*)$", ""),
        ("renovate: depName=valkey/valkey registryUrl=https://docker.io", ""),
        ("renovate: depName=valkey/valkey-bundle", ""),
        ("renovate: depName=quay.io/valkey/valkey", ""),
        ("renovate: depName=dhi.io/valkey", ""),
        ("valkey/valkey", ""),
    ],
)
def test_what_a_comment_becomes(comment, after):
    assert handed(comment) == after


def test_a_comment_behind_the_value():
    line = "tag: 8.1.4 # renovate: depName=valkey/valkey"
    one = grounds.ground(f"{line}\n", (1, "8.1.4"))

    (made,) = of_comments(one)

    assert grounds.changed(one) == ["tag: 8.1.4 # renovate: depName=dhi.io/valkey"]
    assert (made.line, made.before, made.after) == (1, "valkey/valkey", "dhi.io/valkey")


def test_an_image_without_an_owner():
    nginx = ("nginx:1.29", "dhi.io/nginx:1.29")

    assert handed("renovate: depName=nginx", images=nginx) == "renovate: depName=dhi.io/nginx"
    assert handed("renovate: depName=library/nginx", images=nginx) == "renovate: depName=dhi.io/nginx"
    assert handed("renovate: depName=acme/nginx", images=nginx) == ""


def test_of_several_images_the_one_that_is_named():
    assert handed("renovate: depName=acme/b", ("acme/a:1", "dhi.io/a:1"), ("acme/b:1", "dhi.io/b:1")) == (
        "renovate: depName=dhi.io/b"
    )


def test_two_tags_of_one_image_are_one_name():
    assert handed("renovate: depName=valkey/valkey", ("valkey/valkey:7", "dhi.io/valkey:7")) == (
        "renovate: depName=dhi.io/valkey"
    )


def test_an_image_that_keeps_its_name_keeps_its_comment():
    assert (
        handed("renovate: depName=valkey/valkey", images=("valkey/valkey:8", "docker.io/valkey/valkey:9"))
        == ""
    )
    assert handed("renovate: depName=valkey/valkey", images=("valkey/valkey:8", "")) == ""


def test_lines_that_steps_added_above_it():
    text = "a: 1\n# renovate: depName=valkey/valkey\ntag: 8.1.4\n"
    one = grounds.ground(text, (3, "8.1.4"), now="a: 1\nregistry: dhi.io\nx: y\n" + text[5:])

    (made,) = of_comments(one)

    assert (made.line, made.settles) == (4, (("values.yaml", 2),))
    assert one.text("values.yaml").split("\n")[3] == "# renovate: depName=dhi.io/valkey"


def test_the_same_comment_at_two_values():
    """Each is found by how many of its like stand above it."""
    comment = "# renovate: depName=valkey/valkey\n"
    text = f"{comment}tag: 8.1.4\nb: 1\n{comment}other: 8.1.3\n"

    one = grounds.ground(text, (5, "8.1.3"))
    assert [made.line for made in of_comments(one)] == [4]
    both = grounds.ground(text, (2, "8.1.4"), (5, "8.1.3"))
    assert len(list(of_comments(both))) == 2
    assert both.text("values.yaml").count("depName=dhi.io/valkey") == 2


def test_a_comment_at_two_edits_is_handed_over_once():
    text = "# renovate: depName=valkey/valkey\nimage: valkey/valkey:8.1.4\n"

    one = grounds.ground(text, (2, "valkey/valkey"), (2, "8.1.4"))

    assert len(list(of_comments(one))) == 1


def test_a_value_that_is_new_has_no_comment():
    one = grounds.ground("# renovate: depName=valkey/valkey\ntag: 8.1.4\n", (2, None))

    assert list(of_comments(one)) == []


def test_a_comment_that_is_not_there_any_more_is_left_alone():
    text = "# renovate: depName=valkey/valkey\ntag: 8.1.4\n"
    one = grounds.ground(text, (2, "8.1.4"), now="tag: 8.1.4\n")

    assert list(of_comments(one)) == []
    assert one.changed == {}
