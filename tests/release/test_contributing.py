"""The walk of CONTRIBUTING.md, "add a way to deploy", with the very lines that stand there."""

import re
import sys
import textwrap
import types
from pathlib import Path

import pytest

from migrate_dhi.release import contents, estate
from tests.release.conftest import layers, one

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## Add a way to deploy")[2].partition("\n## ")[0]
BLOCKS = [textwrap.dedent(found[1]) for found in re.finditer(r"```python\n(.*?)```", SECTION, re.DOTALL)]

HEAD = "apiVersion: helm.crossplane.io/v1beta1\nkind: Release\n"


@pytest.fixture
def walked(monkeypatch):
    """The program with the way of the walk in its lists."""
    line, module, _ = BLOCKS
    monkeypatch.setattr(contents, "GROUPS", {**contents.GROUPS, **eval(f"{{{line}}}")})
    way = types.ModuleType("migrate_dhi.release.crossplane")
    exec(module, way.__dict__)
    monkeypatch.setattr(estate, "WAYS", (way.find, *estate.WAYS))


def test_the_walk_finds_what_its_test_says(walked, repo):
    space = {"one": one, "layers": layers}
    exec(BLOCKS[2], space)

    space["test_values_are_a_map_in_the_object"](repo)


def test_the_walk_names_what_it_cannot_resolve(walked, repo):
    chart = "{url: 'https://example.com/web.tgz'}"
    text = f"{HEAD}metadata: {{name: web}}\nspec: {{forProvider: {{chart: {chart}}}}}\n"

    assert [found.reason for found in repo.estate({"web.yaml": text}).unresolved] == [
        "its chart is an address (url)"
    ]


def test_the_kind_is_unknown_before_the_walk(repo):
    text = f"{HEAD}metadata: {{name: web}}\nspec: {{forProvider: {{chart: {{name: web}}}}}}\n"

    assert repo.estate({"web.yaml": text}).releases == ()


def test_files_that_the_walk_names_are_there():
    root = Path(contents.__file__).parents[1]

    for name in ("release/contents.py", "release/ways.py", "release/release.py"):
        assert f"`{name}`" in TEXT
        assert (root / name).is_file()
    assert "benchmarks/releases.py" in TEXT
    assert sys.modules["migrate_dhi.release.ways"].WAYS
