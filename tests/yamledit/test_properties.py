"""Random documents, random edits: the data is the intended one, and not one other line changes."""

import copy
import difflib
import json

import helm_python
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import MISSING, Document
from migrate_dhi.yamledit.data import same

SETTINGS = settings(max_examples=80, deadline=None, derandomize=True)
KEYS = st.sampled_from(["image", "tag", "name", "list", "a.b", "on", "80", "imagePullSecrets", "x y", "ü"])
TEXTS = st.sampled_from(
    ["x", "9.10", "on", "", "a: b", " #", "it's", "l1\nl2\n", "l1\nl2", "12:30", "dhi.io/x:1", "é😀"]
)
SCALARS = TEXTS | st.integers(-9, 99) | st.booleans() | st.none() | st.just(1.5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
COMMENTS = st.sampled_from(["", "", "", "# c", "# tag: 9", "# - item", "  # deeper", "# -- doc"])


def plain(value):
    """A scalar as people write it, in the form drawn for it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if not value or not value.isalnum() else value
    return json.dumps(value)


@st.composite
def blocks(draw, column=0, depth=0):
    """The lines of a block map with comments, blank lines, and every form of value."""
    step, dash = draw(st.sampled_from([2, 4])), draw(st.sampled_from([0, 2]))
    lines = []
    for key in draw(st.lists(KEYS, min_size=1, max_size=4, unique=True)):
        lead = " " * column
        lines += [f"{lead}{comment}".rstrip() for comment in draw(st.lists(COMMENTS, max_size=2))]
        name = f'"{key}"' if key in ("on", "80") else key
        tail = draw(st.sampled_from(["", "", " # t"]))
        form = draw(st.sampled_from(["scalar", "empty", "braces", "flow", "list", "map", "block"]))
        if form == "map" and depth < 3:
            lines += [f"{lead}{name}:{tail}", *draw(blocks(column + step, depth + 1))]
        elif form == "list":
            lines.append(f"{lead}{name}:{tail}")
            for item in draw(st.lists(SCALARS, min_size=1, max_size=3)):
                lines.append(f"{lead}{' ' * dash}- {plain(item)}{draw(st.sampled_from(['', ' # i']))}")
        elif form == "flow":
            lines.append(f"{lead}{name}: {{p: [1, x], q: {{r: 's'}}}}{tail}")
        elif form == "block":
            lines += [f"{lead}{name}: |{tail}", f"{lead}{' ' * step}text", f"{lead}{' ' * step} # more"]
        else:
            value = {
                "scalar": f" {plain(draw(SCALARS))}",
                "empty": "",
                "braces": draw(st.sampled_from([" {}", " []", " ~"])),
            }
            lines.append(f"{lead}{name}:{value.get(form, ' 1')}{tail}")
    return lines


@st.composite
def documents(draw):
    """A whole file: line endings, byte order mark, markers and last line break vary too."""
    lines = draw(blocks())
    text = (
        draw(st.sampled_from(["", "---\n", "# head\n"]))
        + "\n".join(lines)
        + draw(st.sampled_from(["\n", "\n", "", "\n\n# end\n"]))
    )
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "", "\ufeff"])) + text


def paths(data, path=()):
    yield path
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, child in children:
        yield from paths(child, (*path, part))


def applied(data, path, value):
    """The data after an edit, made without the editor."""
    data = copy.deepcopy(data)
    owner = data
    for part in path[:-1]:
        owner = owner[part]
    if isinstance(owner, list) and path[-1] == len(owner):
        owner.append(value)
    else:
        owner[path[-1]] = value
    return data


def changed_lines(before, after):
    one, two = before.split("\n"), after.split("\n")
    matcher = difflib.SequenceMatcher(None, one, two, autojunk=False)
    return [(one[a:b], two[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


@st.composite
def edits(draw):
    """A document and a path and value to set: existing, new or appended."""
    document = Document(draw(documents()))
    data = document.get(())
    path = draw(st.sampled_from(list(paths(data))))
    owner = document.get(path)
    if isinstance(owner, dict) and (not path or draw(st.booleans())):
        path = (*path, draw(KEYS))
    elif isinstance(owner, list) and draw(st.booleans()):
        path = (*path, len(owner))
    return document, path, draw(VALUES)


def attempt(document, path, value):
    """Set, or tell hypothesis that this one may be refused: a text at the end without line break."""
    try:
        return document.set(path, value)
    except EditRefusedError:
        assert not document.text.endswith("\n")
        assume(False)
        raise


@SETTINGS
@given(edits())
def test_data_is_the_intended_one_for_us_and_for_helm(edit):
    document, path, value = edit
    after = attempt(document, path, value)
    wanted = applied(document.get(()), path, value)
    assert same(after.get(()), wanted)
    assert same(helm_python.values_from_yaml(after.text.removeprefix("\ufeff")), wanted)


@SETTINGS
@given(edits())
def test_twice_is_once(edit):
    document, path, value = edit
    after = attempt(document, path, value)
    assert after.set(path, value) is after


@SETTINGS
@given(documents(), st.data())
def test_scalar_edit_changes_its_own_line_alone(text, data):
    document = Document(text)
    scalars = [
        path for path in paths(document.get(())) if isinstance(document.get(path), (str, int)) and path
    ]
    assume(scalars)
    path = data.draw(st.sampled_from(scalars))
    assume("\n" not in str(document.get(path)))
    value = data.draw(st.sampled_from(["new", "9.10", "on", 7, True]))
    old, new = text.split("\n"), document.set(path, value).text.split("\n")
    assert len(old) == len(new)
    changed = [n for n in range(len(old)) if old[n] != new[n]]
    assert changed in ([], [document.line(path) - 1])
    assert all(old[n].endswith("\r") == new[n].endswith("\r") for n in changed)


@SETTINGS
@given(edits())
def test_new_key_only_adds_lines_and_delete_gives_the_text_back(edit):
    document, path, value = edit
    owner = document.get(path[:-1])
    assume(document.get(path) is MISSING and isinstance(path[-1], str) and owner and path[:1] != ("flow",))
    after = attempt(document, path, value)
    for old, new in changed_lines(document.text, after.text):
        assert len(old) <= len(new) or not "".join(old).strip()
    assert after.delete(path).text == document.text


@SETTINGS
@given(documents(), st.data())
def test_delete_removes_the_data_and_keeps_every_other_line(text, data):
    document = Document(text)
    path = data.draw(st.sampled_from(list(paths(document.get(())))[1:]))
    try:
        after = document.delete(path)
    except EditRefusedError:
        assert (
            "|" in text
        )  # a comment below would become part of the text above, or the last line break is its own
        assume(False)
        raise
    wanted = document.get(())
    owner = wanted
    for part in path[:-1]:
        owner = owner[part]
    del owner[path[-1]]
    assert same(after.get(()), wanted)
    kept = [line.strip() for line in after.text.split("\n") if line.strip()]
    before = [line.strip() for line in text.split("\n")]
    unknown = [line for line in kept if line not in before]
    assert len(unknown) <= 1


@SETTINGS
@given(edits())
def test_line_endings_mark_and_last_break_stay(edit):
    document, path, value = edit
    after = attempt(document, path, value).text
    assert after.startswith("\ufeff") == document.text.startswith("\ufeff")
    assert after.endswith("\n") == document.text.endswith("\n")
    if "\r\n" in document.text:
        assert after.count("\r\n") == after.count("\n")
    else:
        assert "\r" not in after


@SETTINGS
@given(edits())
def test_comments_outside_the_edited_value_stay(edit):
    document, path, value = edit
    assume(not isinstance(document.get(path), (dict, list)) and "# more" not in str(document.get(path)))
    after = attempt(document, path, value).text.split("\n")
    comments = [line for line in document.text.split("\n") if line.strip().startswith("#")]
    for line in comments:
        assert after.count(line) >= comments.count(line)
