"""Which steps a trunk has, from what its commits tell."""

import pytest

from migrate_dhi.git.history import Commit, FileDiff
from migrate_dhi.migration.landed import Target, TrunkHistory, WrittenStep, landing

CHART = "apps/cache"


def message(*told, subject="change"):
    """The body of a commit that tells of these trailers, each a map; a squash has several blocks."""
    blocks = ["\n".join(f"{key}: {value}" for key, values in one.items() for value in values) for one in told]
    return "\n\n".join((subject, *blocks)) + "\n"


def step(name, chart=CHART, **more):
    return {"DHI-Step": [name], **({"DHI-Chart": [chart]} if chart else {}), **more}


def back(name, chart=CHART):
    return {"DHI-Reverts": [name], "DHI-Chart": [chart]}


class Repository:
    """Commits with their messages, oldest first, each on the one before; merges bring what is named."""

    def __init__(self, *bodies, merges=None):
        self.merges = merges or {}
        self.all = [
            Commit(of(n), (of(n - 1),) if n else (), body.partition("\n")[0], body, {})
            for n, body in enumerate(bodies)
        ]

    def log(self, since, until, *, telling=()):
        if since == () and until == ["main"]:
            found = [one for one in self.all if any(word in one.body for word in telling)]
            return list(reversed(found))
        return [self.all[n] for n in self.merges[until]]

    def is_merge(self, commit):
        return commit in self.merges


def of(number):
    return f"{number:040x}"


def migrations(*bodies, **more):
    """Target → the steps in force with the number of their commit, and the names of those taken back."""
    found = TrunkHistory(Repository(*bodies, **more), ["main"]).migrations
    return {
        str(target): ([(one.name, int(one.commit, 16)) for one in each.steps], list(each.taken_back))
        for target, each in found.items()
    }


def test_steps_of_a_rebase_or_a_merge():
    assert migrations("other", message(step("registry")), "other", message(step("tag"))) == {
        CHART: ([("registry", 1), ("tag", 3)], [])
    }


def test_steps_of_a_squash_are_one():
    assert migrations(message(step("registry"), step("tag"))) == {CHART: ([("registry+tag", 0)], [])}


def test_two_charts_and_releases_are_told_apart():
    release = {"DHI-Step": ["tag"], "DHI-Release": ["data/cache", "data/more"]}

    assert migrations(message(step("registry")), message(step("registry", "apps/web")), message(release)) == {
        "data/cache, data/more": ([("tag", 2)], []),
        "apps/web": ([("registry", 1)], []),
        CHART: ([("registry", 0)], []),
    }


def test_a_squash_of_two_plans():
    assert migrations(message(step("registry"), step("registry", "apps/web"), step("tag"))) == {
        CHART: ([("registry+tag", 0)], []),
        "apps/web": ([("registry", 0)], []),
    }


def test_what_was_taken_back_is_in_force_no_more():
    some = message(step("registry")), message(step("tag")), message(back("tag"))

    assert migrations(*some) == {CHART: ([("registry", 0)], ["tag"])}
    assert migrations(*some, message(back("registry"))) == {CHART: ([], ["registry", "tag"])}
    # A reversal of another chart is none of this one.
    assert migrations(some[0], message(back("registry", "apps/web"))) == {CHART: ([("registry", 0)], [])}


def test_a_squash_is_in_force_until_all_of_it_is_taken_back():
    squash = message(step("registry"), step("tag"))

    assert migrations(squash, message(back("tag"))) == {CHART: ([("registry+tag", 0)], ["tag"])}
    assert migrations(squash, message(back("tag")), message(back("registry"))) == {
        CHART: ([], ["registry", "tag"]),
    }


def test_what_was_made_again_after_it_was_taken_back_is_in_force():
    once = message(step("registry")), message(back("registry"))

    assert migrations(*once, message(step("registry"))) == {CHART: ([("registry", 2)], [])}
    assert migrations(*once, message(step("registry")), message(back("registry"))) == {
        CHART: ([], ["registry"])
    }


def test_an_older_migration_is_another_one():
    older = message(step("registry")), message(step("tag"))

    assert migrations(*older, message(step("tag"))) == {CHART: ([("tag", 2)], [])}
    # Of it nothing follows, also what was not made again.
    assert migrations(message(step("probes")), *older, message(step("tag")), message(step("versions"))) == {
        CHART: ([("tag", 3), ("versions", 4)], [])
    }


def test_a_plain_revert_takes_a_step_back():
    some = (
        message(step("registry")),
        message(step("tag")),
        f'Revert "change"\n\nThis reverts commit {of(1)}.\n',
    )

    assert migrations(*some) == {CHART: ([("registry", 0)], ["tag"])}


def reverting(number):
    return f"Revert\n\nThis reverts commit {of(number)}.\n"


def test_a_revert_that_was_taken_back_takes_nothing_back():
    once = message(step("registry")), message(step("tag")), reverting(1)

    assert migrations(*once, reverting(2)) == {CHART: ([("registry", 0), ("tag", 1)], [])}
    assert migrations(*once, reverting(2), reverting(3)) == {CHART: ([("registry", 0)], ["tag"])}


def test_a_reversal_that_was_taken_back_takes_nothing_back():
    some = message(step("tag")), message(back("tag"))

    assert migrations(*some, reverting(1)) == {CHART: ([("tag", 0)], [])}
    assert migrations(*some, reverting(1), reverting(2)) == {CHART: ([], ["tag"])}


def test_a_revert_of_a_merge_takes_back_all_that_it_brought():
    some = (
        message(step("registry")),
        message(step("tag")),
        "Merge",
        f"Revert\n\nThis reverts commit {of(2)}, reversing\n",
    )

    assert migrations(*some, merges={of(2): [0, 1]}) == {CHART: ([], ["registry", "tag"])}
    # One that is no merge and of no step takes nothing back.
    assert migrations(*some) == {CHART: ([("registry", 0), ("tag", 1)], [])}


def test_a_word_for_a_revert_that_names_no_commit():
    assert migrations(message(step("tag")), "This reverts commit abc\n") == {CHART: ([("tag", 0)], [])}


def test_where_nothing_tells_of_a_step_there_is_no_migration():
    assert migrations("a", message(back("tag")), message({"DHI-Image": ["a -> b"]})) == {}


# one step


def written(*told, parents=("p",), subject="s"):
    return WrittenStep.of(Commit("c", parents, subject, "", {}), told)


def test_a_step_has_what_its_commit_tells():
    one = written(
        step("registry", **{"DHI-Image": ["a -> b", "c -> d"], "DHI-Proof": ["helm 4"], "DHI-Needs": ["tag"]})
    )

    assert one == WrittenStep("registry", "c", "s", ("a -> b", "c -> d"), "helm 4", "p", "tag")
    assert one.to_json() == {
        "name": "registry",
        "commit": "c",
        "subject": "s",
        "images": ["a -> b", "c -> d"],
        "proof": "helm 4",
    }


def test_a_squash_needs_only_what_is_not_in_it():
    needs = {"DHI-Needs": ["tag"]}

    assert written(step("registry", **needs), step("tag")).needs == ""
    assert written(step("registry", **needs), step("probes")).needs == "tag"
    assert written(step("tag", **{"DHI-Needs": [""]})).needs == ""


def test_a_squash_tells_each_image_once_and_the_first_proof():
    images = {"DHI-Image": ["a -> b"]}

    one = written(step("registry", **images), step("tag", **images, **{"DHI-Proof": ["helm 4"]}))

    assert (one.names, one.images, one.proof) == (["registry", "tag"], ("a -> b",), "helm 4")


def test_a_root_has_nothing_before_it():
    assert written(step("tag"), parents=()).parent == ""


@pytest.mark.parametrize(
    ("trailers", "text", "names"),
    [
        ({"DHI-Chart": ["a/b"]}, "a/b", ("a/b",)),
        ({"DHI-Chart": ["a/b"], "DHI-Release": ["n/x"]}, "a/b", ("a/b", "n/x")),
        ({"DHI-Release": ["n/x", "n/y"]}, "n/x, n/y", ("n/x", "n/y")),
        ({}, "", ()),
    ],
)
def test_what_a_migration_is_for(trailers, text, names):
    target = Target.of(trailers)

    assert (str(target), target.names) == (text, names)
    assert all(target.is_named(["other", name]) for name in names)
    assert not target.is_named(["other", "a", ""])


# how the changes of a branch came into a trunk


class Clone:
    """Commits by name: what each changes is its fingerprint, what the trunk has since is told newest first."""

    def __init__(self, *since, changes=(), now="", before="a: 1\nb: 1\n", after="a: 2\nb: 1\n"):
        self.since, self.changes = since, dict(changes)
        self.texts = {"before": before.encode(), "after": after.encode()}
        self.now = now.encode()

    def differences(self, pairs):
        assert pairs == [("base", "tip")]
        return [[FileDiff("v.yaml", "before", "after")]]

    def log(self, base, trunk, *, paths):
        assert (base, trunk, paths) == ("base", "main", ["v.yaml"])
        return [Commit(name, parents, "s", body, {}) for name, parents, body in self.since]

    def fingerprints(self, pairs):
        return [self.changes.get(commit, f"of {commit}") for _, commit in pairs]

    def blobs(self, names):
        return {name: self.texts[name] for name in names}

    def read_all(self, commit, paths):
        assert (commit, paths) == ("main", ["v.yaml"])
        return {"v.yaml": self.now}


def landed(*since, steps=("registry", "tag"), **more):
    written_ = [WrittenStep(name, f"own-{name}", name, (), "", "p") for name in steps]
    found = landing(Clone(*since, **more), written_, "base", "tip", Target(CHART), "main")
    return found and (found.kind, found.commits)


def picked(name, body="", parents=("x",)):
    return name, parents, body


SAME = {
    "own-registry": "r",
    "new-registry": "r",
    "own-tag": "t",
    "new-tag": "t",
    "tip": "whole",
    "squash": "whole",
}


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ([], None),
        ([picked("other")], None),
        # By what each commit changes.
        ([picked("new-tag"), picked("new-registry")], ("rebase", ("new-registry", "new-tag"))),
        (
            [picked("new-tag"), picked("other"), picked("new-registry")],
            ("rebase", ("new-registry", "new-tag")),
        ),
        ([picked("new-registry")], None),
        # By what all of them change together.
        ([picked("squash")], ("squash", ("squash",))),
        # A merge of others that has the same is none of their commits.
        ([picked("squash", parents=("x", "y"))], None),
        # By what a message tells, whatever else was changed with it.
        ([picked("z", message(step("registry"), step("tag")))], ("squash", ("z",))),
        ([picked("z", message(step("tag"))), picked("y", message(step("registry")))], ("rebase", ("y", "z"))),
        ([picked("z", message(step("registry")))], None),
        ([picked("z", message(step("registry", "apps/web"), step("tag", "apps/web")))], None),
    ],
)
def test_how_the_steps_of_a_branch_came_into_a_trunk(since, found):
    assert landed(*since, changes=SAME) == found


def test_one_step_that_came_alone_is_told_as_squashed():
    assert landed(picked("new-tag"), steps=["tag"], changes=SAME) == ("squash", ("new-tag",))


@pytest.mark.parametrize(
    ("now", "is_there"),
    [
        ("a: 2\nb: 1\n", True),
        # What else the files say does not matter, nor how it is written.
        ("a: 2\nb: 5\nc: 1\n", True),
        ("# new\nb: 1\na: 2 # two\n", True),
        ("{a: 2, b: 1}\n", True),
        ("a: 1\nb: 1\n", False),
        ("a: 3\nb: 1\n", False),
        ("b: 1\n", False),
        ("", False),
        ("a: [\n", False),
    ],
)
def test_where_no_commit_tells_the_values_do(now, is_there):
    assert landed(picked("other"), now=now) == (("content", ()) if is_there else None)
