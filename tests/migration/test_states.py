"""What a sparse checkout leaves out of a repository, and the nearest folder that is there."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import RepositoryError
from migrate_dhi.migration import states
from migrate_dhi.migration.states import left_out, nearest


@pytest.mark.parametrize(("name", "there"), [("a/b", "a/b"), ("a/b/c/d", "a/b"), ("a/x", "a"), ("x/y/z", "")])
def test_the_nearest_folder_of_a_path_that_is_there(tmp_path, name, there):
    (tmp_path / "a/b").mkdir(parents=True)

    assert nearest(tmp_path / name) == tmp_path / there


def test_the_nearest_folder_of_a_path_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert nearest(states.Path("x/y")).resolve() == tmp_path


@pytest.mark.parametrize(
    ("files", "path", "out"),
    [
        (["apps/web/Chart.yaml"], "apps/web", True),
        (["apps/web/values.yaml"], "apps/web", False),
        (["apps/web/Chart.yaml"], "apps/job", False),
        ([], "apps/web", False),
        # What is here is not left out.
        (["here/Chart.yaml"], "here", False),
        (["Chart.yaml"], "", False),
    ],
)
def test_a_chart_is_left_out_where_git_has_it_and_the_worktree_has_not(
    tmp_path, monkeypatch, files, path, out
):
    (tmp_path / "here").mkdir()
    repository = SimpleNamespace(root=tmp_path, relative=lambda place: place.relative_to(tmp_path).as_posix())
    monkeypatch.setattr(states, "Repository", SimpleNamespace(discover=lambda _: repository))
    monkeypatch.setattr(
        states, "worktree_of", lambda root: files if root == tmp_path else pytest.fail(str(root))
    )

    assert left_out(tmp_path / path) is out


def test_outside_of_a_repository_nothing_is_left_out(tmp_path, monkeypatch):
    def discover(_):
        raise RepositoryError("none")

    monkeypatch.setattr(states, "Repository", SimpleNamespace(discover=discover))

    assert not left_out(tmp_path / "apps/web")
