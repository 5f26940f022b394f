"""What lies in charts/ as it is asked for, told without Helm, and never where Helm would say otherwise."""

import shutil
import tarfile

import pytest

from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.engine import dependency_states
from migrate_dhi.helm.states import READY
from migrate_dhi.helm.vendored import plainly_there
from tests.charts import pack


@pytest.fixture
def chart(tmp_path):
    def made(*declared, **vendored):
        lines = [
            f"- {{name: {name}, version: '{version}', repository: 'https://x.example'}}"
            for name, version in declared
        ]
        (tmp_path / "Chart.yaml").write_text(
            "\n".join(["apiVersion: v2", "name: top", "version: 1.0.0", "dependencies:", *lines, ""])
        )
        for folder, text in vendored.items():
            place = tmp_path / "charts" / folder
            place.mkdir(parents=True)
            (place / "Chart.yaml").write_text(f"apiVersion: v2\n{text}\n")
        return tmp_path

    return made


def there(folder, *declared):
    """Whether it is told to be there; then Helm says the same."""
    told = plainly_there([Dependency(name, "", version, "", "") for name, version in declared], folder)
    states = [state["status"] for state in dependency_states(folder)]
    assert not told or set(states) <= {*READY}
    return told


A, B = ("a", "1.2.0"), ("b", "0.1.0")


def test_a_folder_for_each_of_that_name_and_version(chart):
    folder = chart(
        A, B, a="name: a\nversion: 1.2.0", other="name: b\nversion: 0.1.0", more="name: c\nversion: 1.0.0"
    )

    assert there(folder, A, B)


@pytest.mark.parametrize(
    ("declared", "vendored"),
    [
        (A, {}),
        (A, {"a": "name: a\nversion: 1.2.1"}),
        (A, {"a": "name: b\nversion: 1.2.0"}),
        (("a", "^1.0.0"), {"a": "name: a\nversion: 1.2.0"}),
        (A, {"a": "name: a\nversion: 1.2.0", "again": "name: a\nversion: 2.0.0"}),
        (A, {"_a": "name: a\nversion: 1.2.0"}),
    ],
    ids=["missing", "another version", "another name", "a range", "twice", "hidden"],
)
def test_anything_else_is_for_helm_to_judge(chart, declared, vendored):
    assert not there(chart(declared, **vendored), declared)


@pytest.mark.parametrize(
    ("packed", "declared", "told"),
    [
        ({"a-1.2.0.tgz": A}, [A], True),
        ({"a-1.2.0.tgz": A, "b-0.1.0.tgz": B}, [A, B], True),
        ({"b-0.1.0.tgz": B, "a": A}, [A, B], True),
        ({"a-1.2.0.tgz": A}, [A, B], False),
        ({"a-1.2.0.tgz": ("a", "1.2.1")}, [A], False),
        ({"a-1.2.0.tgz": B}, [A], False),
        ({"x-1.2.0.tgz": A}, [A], True),
        ({"x-1.2.0.tgz": ("x", "1.2.0"), "a": A}, [A], True),
        # To Helm, the archive is one of b.
        ({"b": B, "b-c-1.0.0.tgz": ("b-c", "1.0.0")}, [B], False),
        # Both are called `a-…` to Helm, which then looks at the versions in their names.
        ({"a-1.2.0.tgz": A, "a-b-1.0.0.tgz": ("a-b", "1.0.0")}, [A], False),
    ],
)
def test_an_archive_of_that_name_and_version_that_no_other_is_called_like(chart, packed, declared, told):
    folders = {file.removesuffix(".tgz"): f"name: {name}\nversion: {v}" for file, (name, v) in packed.items()}
    folder = chart(*declared, **folders)
    for file in (file for file in packed if file.endswith(".tgz")):
        whole = folder / "charts" / file.removesuffix(".tgz")
        pack(whole, folder / "packed").rename(folder / "charts" / file)
        shutil.rmtree(whole)

    assert there(folder, *declared) == told


def test_an_archive_that_holds_no_chart_is_for_helm_to_judge(chart):
    folder = chart(A)
    (folder / "charts" / "own").mkdir(parents=True)
    (folder / "charts" / "own" / "version").write_text("version: 1.2.0\n")
    with tarfile.open(folder / "charts" / "a-1.2.0.tgz", "w:gz") as archive:
        archive.add(folder / "charts" / "own", "a")
    shutil.rmtree(folder / "charts" / "own")

    assert not plainly_there([Dependency("a", "", "1.2.0", "", "")], folder)


@pytest.mark.parametrize("name", [".helmignore", "charts/x-1.0.0.tgz", "charts/README.md"])
def test_files_beside_the_folders_are_for_helm_to_judge(chart, name):
    folder = chart(A, a="name: a\nversion: 1.2.0")
    (folder / name).write_text("charts/a\n" if name == ".helmignore" else "")

    assert not plainly_there([Dependency("a", "", "1.2.0", "", "")], folder)


@pytest.mark.parametrize("text", ["[", "name: [a]\nversion: 1.2.0", "name: a\nversion: 1.2"])
def test_metadata_that_cannot_be_compared_is_for_helm_to_judge(chart, text):
    folder = chart(A, a="name: a\nversion: 1.2.0")
    (folder / "charts/a/Chart.yaml").write_text(text)

    assert not plainly_there([Dependency("a", "", "1.2.0", "", "")], folder)
