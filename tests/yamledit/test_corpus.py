"""Whole values files: the edits of a migration, exact data, no collateral line, the file's own list style.

The files are those of ``../shared/corpus/values`` beside the checkout where they are at hand, else a few of our own.
"""

import copy
import difflib
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import helm_python
import pytest

from migrate_dhi.yamledit import MISSING, Document, format_path
from migrate_dhi.yamledit.data import same

OWN = sorted((Path(__file__).parent / "files").glob("*.yaml"))
SHARED = sorted((Path(__file__).parents[3] / "shared" / "corpus" / "values").glob("*.yaml"))
FILES = [*OWN, *SHARED]
PROBE = {"tcpSocket": {"port": 6379}, "initialDelaySeconds": 7}


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def owners(data, keys, path=()):
    """Paths of maps that have one of the keys, outermost first."""
    if isinstance(data, dict):
        if any(key in data for key in keys):
            yield path
        for key, value in data.items():
            yield from owners(value, keys, (*path, key))


def migration(document):
    """The edits of a migration: tag, repository or registry, pull secret beside the image, a probe."""
    data = document.get(())
    image = next(
        (path for path in owners(data, ["tag"]) if isinstance(document.get((*path, "tag")), str)), None
    )
    if image is not None:
        yield (*image, "tag"), "9.10"
        name = "repository" if document.has((*image, "repository")) else "registry"
        yield (*image, name), "dhi.io/acme"
    above = image[:-1] if image else ()
    yield (*above, "imagePullSecrets"), [{"name": "dhi"}]
    for probe in ("livenessProbe", "readinessProbe"):
        found = next(owners(data, [probe]), None)
        if found is not None and isinstance(document.get((*found, probe)), dict):
            yield (*found, probe), PROBE
            return


def applied(data, path, value):
    data = copy.deepcopy(data)
    owner = data
    for part in path[:-1]:
        owner = owner[part]
    owner[path[-1]] = value
    return data


def changes(before, after):
    one, two = before.splitlines(keepends=True), after.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return [line for _, a, b, _, _ in codes for line in one[a:b]], [
        line for _, _, _, c, d in codes for line in two[c:d]
    ]


def subtree(document, path):
    """The source lines of a value: from its line to the last one that is indented below it."""
    lines = document.text.splitlines(keepends=True)
    start = document.line(path) - 1
    column = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > column
    ):
        end += 1
    return lines[start:end]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def document(request):
    return Document(read(request.param), name=request.param.name)


def test_read_as_helm_reads_it(document):
    assert same(document.get(()), helm_python.values_from_yaml(document.text))


def test_every_edit_of_a_migration_is_made_exactly(document):
    """Nothing is refused, the data are the intended ones for us and for Helm, only the edited lines change."""
    for path, value in migration(document):
        old, wanted = document.get(path), applied(document.get(()), path, value)
        edited = document.set(path, value)
        assert same(helm_python.values_from_yaml(edited.text), wanted), format_path(path)
        assert same(edited.get(()), wanted)
        removed, added = changes(document.text, edited.text)
        if old is MISSING:
            assert not removed
            assert next(line.strip() for line in added if line.strip()).startswith(f"{path[-1]}:")
            assert len([line for line in added if line.strip()]) == (2 if isinstance(value, list) else 1)
        elif isinstance(value, (dict, list)):
            assert not Counter(removed) - Counter(subtree(document, path))
        else:
            assert len(removed) == len(added) == 1
            assert removed == [document.text.splitlines(keepends=True)[document.line(path) - 1]]
        document = edited


def test_inserted_list_has_the_style_of_the_file(document):
    """The dashes stand as in most lists of the file, counted on the lines of the text."""
    found = Counter()
    lines = [
        line for line in document.text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    for upper, lower in pairwise(lines):
        if upper.split(" #")[0].rstrip().endswith(":") and lower.lstrip().startswith("- "):
            key = upper.lstrip().removeprefix("- ")
            found[len(lower) - len(lower.lstrip()) > len(upper) - len(key)] += 1
    indented, flush = found[True], found[False]
    text = document.set(("zzz",), [{"name": "dhi"}]).text
    last = next(n for n, line in enumerate(text.splitlines()) if line == "zzz:")
    dash = text.splitlines()[last + 1]
    if indented > flush:
        assert dash.startswith("  ")
    elif flush > indented:
        assert dash.startswith("- ")


def test_insert_and_delete_give_the_text_back(document):
    for path in [
        ("zzz",),
        *((*path, "zzz") for path in islice(owners(document.get(()), ["tag", "image"]), 6)),
    ]:
        assert document.set(path, [{"name": "dhi"}]).delete(path).text == document.text, format_path(path)


def test_with_crlf_and_mark_the_same_lines_change(document):
    if "\r" in document.text or document.text.startswith("\ufeff"):
        return
    other = Document("\ufeff" + document.text.replace("\n", "\r\n"))
    for path, value in migration(document):
        document, other = document.set(path, value), other.set(path, value)
        assert other.text == "\ufeff" + document.text.replace("\n", "\r\n")
