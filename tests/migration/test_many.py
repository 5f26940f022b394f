"""Which plans share a branch, and what becomes of those that do not hold."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import BlockedError
from migrate_dhi.migration.many import Branch, Told, bundles_of, part_of, texts_of
from tests.migration.releases import group, local, release


def of(name, namespace="data", file="apps/x.yaml", chart=""):
    origin = {"origin": local(chart)} if chart else {}
    return group(release(name, namespace, file, **origin), argument=f"{namespace}/{name}", chart=chart)


def bundled(per, *groups, branch=""):
    """(branch, arguments) of each bundle."""
    return [(one.branch, [each.argument for each in one.groups]) for one in bundles_of(groups, per, branch)]


A, B, C = of("a", "x", "apps/one/a.yaml"), of("b", "y", "apps/two/b.yaml"), of("c", "x", "apps/two/c.yaml")


def test_each_plan_has_a_branch_of_its_own_name():
    assert bundled("target", A, B) == [("", ["x/a"]), ("", ["y/b"])]


@pytest.mark.parametrize(
    ("per", "found"),
    [
        ("namespace", [("dhi/namespace-x", ["x/a", "x/c"]), ("dhi/namespace-y", ["y/b"])]),
        ("directory", [("dhi/directory-apps-one", ["x/a"]), ("dhi/directory-apps-two", ["y/b", "x/c"])]),
        ("all", [("dhi/all", ["x/a", "y/b", "x/c"])]),
    ],
)
def test_what_shares_a_branch(per, found):
    assert bundled(per, A, B, C) == found


def test_one_branch_for_all_may_be_named():
    assert bundled("all", A, B, branch="feat/dhi") == [("feat/dhi", ["x/a", "y/b"])]


@pytest.mark.parametrize(
    ("file", "chart", "branch"),
    [
        ("apps/cache/release.yaml", "", "dhi/directory-apps-cache"),
        # A chart is in the folder that its own folder lies in.
        ("clusters/a.yaml", "apps/web", "dhi/directory-apps"),
        ("clusters/a.yaml", "web", "dhi/directory"),
        ("release.yaml", "", "dhi/directory"),
    ],
)
def test_the_folder_of_a_plan(file, chart, branch):
    assert bundled("directory", of("a", file=file, chart=chart)) == [(branch, ["data/a"])]


def test_what_has_no_namespace_goes_to_default():
    assert bundled("namespace", of("a", ""), of("b", "default")) == [
        ("dhi/namespace-default", ["/a", "default/b"])
    ]


def test_two_folders_whose_branches_would_have_one_name_share_it():
    """Else the second would find its branch taken, and its plans were lost."""
    some = of("a", file="apps/a-b/x.yaml"), of("b", file="apps/a/b/x.yaml")

    assert bundled("directory", *some) == [("dhi/directory-apps-a-b", ["data/a", "data/b"])]


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_all_parts_together_are_all_and_none_twice(parts):
    bundles = bundles_of([of(name) for name in "abcde"], "target")

    found = [one for part in range(1, parts + 1) for one in part_of(bundles, part, parts)]

    assert sorted(one.groups[0].argument for one in found) == [f"data/{name}" for name in "abcde"]
    sizes = [len(part_of(bundles, part, parts)) for part in range(1, parts + 1)]
    assert max(sizes) - min(sizes) <= 1


# writing


class Repository:
    """Remembers what is asked of it."""

    def __init__(self, taken=""):
        self.asked, self.taken = [], taken

    def publish(self, branch, tip):
        self.asked.append(("publish", branch, tip))
        if self.taken == tip:
            raise BlockedError("lost the race")

    def let_go(self, branch):
        self.asked.append(("let go", branch))


OPTIONS = SimpleNamespace(live=None, run_hooks=False)


def test_a_branch_of_several_appears_once_and_its_commits_are_let_go():
    repository = Repository()

    Branch("dhi/all", (Told(A),), tip="abc").write(repository, OPTIONS)

    assert repository.asked == [("publish", "dhi/all", "abc"), ("let go", "dhi/all")]


def test_what_was_held_is_let_go_where_the_branch_cannot_be_written():
    repository = Repository(taken="abc")

    with pytest.raises(BlockedError):
        Branch("dhi/all", (), tip="abc").write(repository, OPTIONS)

    assert repository.asked[-1] == ("let go", "dhi/all")


def test_an_image_that_was_changed_meanwhile_stops_the_branch():
    def check_again(digests):
        assert digests == {"image": "sha256:0"}
        raise BlockedError("it changed")

    repository = Repository()
    with pytest.raises(BlockedError):
        Branch("b", (), tip="abc", digests={"image": "sha256:0"}).write(
            repository, SimpleNamespace(live=SimpleNamespace(check_again=check_again))
        )

    assert repository.asked == [("let go", "b")]


def test_where_no_plan_holds_there_is_no_branch():
    repository, branch = Repository(), Branch("dhi/all", (Told(A),))

    assert branch.write(repository, OPTIONS) is branch
    assert repository.asked == []


def test_a_branch_of_one_plan_has_its_commits_told():
    draft = SimpleNamespace(write=lambda options: ["one", "two"] if options is OPTIONS else [])

    written = Branch("b", (Told(A),), draft).write(Repository(), OPTIONS)

    assert written.told == (Told(A, commits=("one", "two")),)


def test_the_plans_of_a_branch_are_those_with_commits():
    told = (
        Told(A, "a", commits=("1",)),
        Told(B, "b"),
        Told(C, error=BlockedError("no")),
        Told(A, "c", commits=("2",)),
    )

    assert list(texts_of(Branch("b", told))) == ["a", "c"]
