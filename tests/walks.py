"""The walks of CONTRIBUTING.md: the code of a section, as it stands there."""

import re
import sys
import textwrap
import types
from pathlib import Path

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(section):
    """The Python blocks of a section, in order."""
    text = TEXT.partition(f"## {section}\n")[2].partition("\n## ")[0]
    assert text, f"there is no section {section!r}"
    return [textwrap.dedent(found[1]) for found in re.finditer(r"```python\n(.*?)```", text, re.DOTALL)]


def module(name, code, monkeypatch):
    """A module of this code, as if it lay in the package."""
    made = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(code, made.__dict__)
    return made


def cases_of(code, **space):
    """The test functions of a block, by name."""
    exec(code, space)
    return {name: value for name, value in space.items() if name.startswith("test_")}
