"""Real files, roughened and edited at random with fixed seeds: what is not refused is exact, for Helm too."""

import copy
import random
import re
from collections import Counter

import helm_python
import pytest

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import MISSING, Document, format_path
from migrate_dhi.yamledit.data import same
from tests.yamledit.test_corpus import FILES, read

SMALL = [path for path in FILES if path.stat().st_size < 6000]
VALUES = [
    "x", "9.10", "on", "", "a: b", " #", "it's", "l1\nl2\n", "l1\nl2", "é😀", "{{ .x }}", "- a", "k:", 0, 1.5, True, None,
    {}, [], ["x"], [{"name": "x"}], {"a": {"b": ["c", {"d": "e\nf\n"}]}, "on": 1}, [[1, "y"], {"k": None}], {"x.y": "9"},
]  # fmt: skip
SCALAR_LINE = r"^(\s*)(\w+): (\w+)$"
FORMS = [
    '\\1\\2: "\\3" # t',
    "\\1\\2: '\\3'",
    "\\1\\2:",
    "\\1\\2: {p: \\3, q: [1, x]}",
    '\\1\\2: {\n\\1  "p": 1, # in\n\\1  "q": [\n\\1    2\n\\1  ]\n\\1}',
    "\\1\\2: &anc \\3",
    "\\1\\2: |\n\\1  \\3\n\\1   more",
    "\\1\\2: >-\n\\1  \\3\n\n\\1  more",
    "\\1\\2:\n\\1- - \\3\n\\1  -\n\\1- # c\n\\1  k: v",
    "\\1? \\2\n\\1: \\3",
]


def roughened(text, random_):
    """The file with comments, blank lines, other forms of values and other line endings."""
    lines = text.split("\n")
    for _ in range(random_.choice([0, 5, 30])):
        at = random_.randrange(len(lines))
        kind = random_.random()
        if kind < 0.2:
            lines.insert(at, "")
        elif kind < 0.4:
            lines.insert(at, " " * random_.randrange(6) + random_.choice(["# c", "# x: 1", "# - i"]))
        else:
            lines[at] = re.sub(SCALAR_LINE, random_.choice(FORMS), lines[at])
    text = "\n".join(lines)
    if random_.random() < 0.3:
        text = text.rstrip("\n")
    if random_.random() < 0.3:
        text = text.replace("\n", "\r\n")
    return ("\ufeff" if random_.random() < 0.2 else "") + text


def paths(data, path=()):
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, child in children:
        yield (*path, part)
        yield from paths(child, (*path, part))


def comments(text):
    return Counter(line.strip() for line in text.split("\n") if line.strip().startswith("#"))


def edit(document, random_):
    """One random edit: the new document (or None where it is refused) and the data that it must have."""
    data = document.get(())
    path = random_.choice(list(paths(data)) or [("newKey",)])
    wanted, old = copy.deepcopy(data), document.get(path)
    if isinstance(old, dict) and random_.random() < 0.5:
        path = (*path, random_.choice(["newKey", "image", "a.b"]))
    elif isinstance(old, list) and random_.random() < 0.5:
        path = (*path, len(old))
    owner = wanted
    for part in path[:-1]:
        owner = owner[part]
    value = copy.deepcopy(random_.choice(VALUES))
    delete = document.has(path) and random_.random() < 0.2
    if delete:
        del owner[path[-1]]
    elif isinstance(owner, list) and path[-1] == len(owner):
        owner.append(value)
    else:
        owner[path[-1]] = value
    try:
        after = document.delete(path) if delete else document.set(path, value)
    except EditRefusedError:
        return path, None, wanted
    if not delete and not isinstance(old, (dict, list)) and "#" not in str(old):
        assert not comments(document.text) - comments(after.text), format_path(path)
    return path, after, wanted


@pytest.mark.parametrize("seed", range(60))
def test_random_edits_of_a_roughened_file(seed):
    random_ = random.Random(seed)
    file = random_.choice(SMALL)
    text = roughened(read(file), random_)
    try:
        document = Document(text, name=file.name)
    except EditRefusedError:
        with pytest.raises(helm_python.HelmValuesError):
            helm_python.values_from_yaml(text)
        return
    made = 0
    for _ in range(8):
        path, after, wanted = edit(document, random_)
        if after is None:
            continue
        made += 1
        assert same(after.get(()), wanted), format_path(path)
        assert same(helm_python.values_from_yaml(after.text), wanted), format_path(path)
        assert after.text.endswith("\n") == document.text.endswith("\n") or not after.text.strip()
        if "\r\n" in document.text:
            assert after.text.count("\r\n") == after.text.count("\n")
        if document.get(path) is MISSING and isinstance(path[-1], str) and document.get(path[:-1]):
            assert after.delete(path).text == document.text, format_path(path)
        document = after
    assert made
