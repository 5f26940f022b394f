"""Comments by which Renovate follows an image."""

import pytest

TAG = "      tag: 8.1.4\n"


@pytest.mark.parametrize(
    ("comment", "after"),
    [
        ("# renovate: image=docker.io/valkey/valkey", "# renovate: image=dhi.io/valkey"),
        (
            "# renovate: datasource=docker depName=valkey/valkey versioning=docker",
            "# renovate: datasource=docker depName=dhi.io/valkey versioning=docker",
        ),
    ],
)
def test_the_name_becomes_that_of_the_hardened_image(shop, comment, after):
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


def test_a_comment_behind_the_value(shop):
    shop.edit("apps/cache.yaml", TAG, "      tag: 8.1.4 # renovate: depName=valkey/valkey\n")

    before, after = shop.changed(shop.step())

    assert before.endswith(" # renovate: depName=valkey/valkey")
    assert after == before.replace("-", "+", 1).replace("depName=valkey/valkey", "depName=dhi.io/valkey")


@pytest.mark.parametrize(
    "comment",
    [
        "# renovate: depName=valkey/valkey-bundle",
        "# renovate: depName=valkey/valkey extractVersion=^v(?<version>.*)$",
        "# renovate: depName=valkey/valkey registryUrl=https://docker.io",
        "# valkey/valkey is what we run",
    ],
)
def test_what_says_something_else_or_more_stays(shop, comment):
    shop.edit("apps/cache.yaml", TAG, f"      {comment}\n{TAG}")

    assert shop.step()["status"] == "not-needed"


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
