"""Texts of a step's outcome."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_dhi.edit import Edit
from migrate_dhi.git.trailers import NEEDS
from migrate_dhi.kube.compare import ABSENT, Change, compare
from migrate_dhi.kube.manifests import Identity, Manifests, Object
from migrate_dhi.migration.plan import CommitText, PlannedEdit, StepOutcome
from migrate_dhi.migration.step_texts import (
    commit_text,
    effects,
    listed,
    moved_images,
    planned_edits,
    shown,
    surprised,
    templates_of,
    unified_diff,
    with_needs,
)

RELEASES = ("n/a (x)", "n/b (y)", "n/c")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["Pod/a: app", "Pod/a: app"], "Pod/a: app"),
        ([f"Pod/{n}" for n in range(6)], "Pod/0, Pod/1, Pod/2, Pod/3 and 2 more"),
        (["Pod/a of n/a (x): app probe"], "Pod/a of n/a (x): app probe"),
        (["Pod/a of n/a (x): app", "Pod/a of n/b (y): app"], "Pod/a: app (in 2 releases)"),
        (["Pod/a of n/a (x): app", "Pod/b of n/c: app"], "Pod/a of n/a (x): app, Pod/b of n/c: app"),
    ],
)
def test_of_many_names_four_are_told_and_what_several_releases_have_is_told_once(names, told):
    assert listed(names, RELEASES) == told


@pytest.mark.parametrize(("context", "lines"), [(0, ["-b", "+x"]), (1, [" a", "-b", "+x", " c"])])
def test_a_diff_has_as_much_context_as_is_asked_for(context, lines):
    diff = unified_diff("f", "z\na\nb\nc\nd\n", "z\na\nx\nc\nd\n", context)

    assert diff.splitlines()[3:] == lines


HEAD = "-server\n" + 9 * "-Dkey=value\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (1, 2, "1 -> 2"),
        (ABSENT, "x", f"{ABSENT} -> x"),
        (f"{HEAD}# why\n-XX:a\n-Dfile=1\n", f"{HEAD}-Dfile=1\n", "...# why -XX:a -> nothing"),
        (f"{HEAD}-Dfile=1\n", f"{HEAD}# why\n-XX:a\n-Dfile=1\n", "nothing -> ...# why -XX:a"),
        (f"{HEAD}  a: 1\n", f"{HEAD}  b:\n  - x\n  a: 1\n", "nothing -> ...b: - x a: 1"),
        (f"{HEAD}port: 80\n", f"{HEAD}port: 8080\n", "...port: 80 -> ...port: 8080"),
        (f"{80 * 'x'} 1 {80 * 'y'}", f"{80 * 'x'} 2 {80 * 'y'}", f"...{19 * 'x'} 1 {19 * 'y'} -> ...{19 * 'x'} 2 {19 * 'y'}"),
        ("x" * 70, "y" * 70, f"{57 * 'x'}... -> {57 * 'y'}..."),
        ("", f"{HEAD}", f"nothing -> {HEAD.replace(chr(10), ' ')[:57]}..."),
    ],
)  # fmt: skip
def test_of_long_texts_it_is_told_what_differs(before, after, told):
    item = Object(Identity("", "ConfigMap", "", "x"), "t.yaml", 0, {"data": {"x": before}})

    assert shown(Change(item, item, ("data", "x"), before, after)) == f" ({told})"


def test_a_release_whose_name_begins_that_of_another_is_told_apart():
    names = ["Pod/a of n/app: main", "Pod/a of n/app-two: main"]

    assert listed(names, ("n/app", "n/app-two")) == "Pod/a: main (in 2 releases)"


# --- diffs


def applied(diff, before):
    """A text after a unified diff; every line that the diff says is there has to be."""
    lines = before.splitlines(keepends=True)
    at, result, hunk = 0, [], diff.split("\n")[2:]
    for number, line in enumerate(hunk):
        if line.startswith("@@"):
            start, _, count = line.split()[1].removeprefix("-").partition(",")
            place = int(start) - (1 if count != "0" else 0)
            result += lines[at:place]
            at = place
        elif line[:1] in (" ", "-", "+"):
            end = "" if number + 1 < len(hunk) and hunk[number + 1].startswith("\\") else "\n"
            if line[0] in " -":
                assert lines[at] == line[1:] + end
                at += 1
            if line[0] in " +":
                result.append(line[1:] + end)
    return "".join([*result, *lines[at:]])


LINE = st.sampled_from(["a", "b", "c", "", "  d: 1", "- x", "+ y", "@@ -1 +1 @@", "\\ z"])
TEXTS = st.tuples(st.lists(LINE, max_size=12), st.booleans()).map(
    lambda found: "\n".join(found[0]) + ("\n" if found[0] and found[1] else "")
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(TEXTS, TEXTS, st.integers(0, 4))
def test_a_diff_makes_the_one_text_of_the_other(before, after, context):
    diff = unified_diff("dir/f.yaml", before, after, context)

    assert bool(diff) is (before != after)
    if diff:
        assert diff.startswith("--- a/dir/f.yaml\n+++ b/dir/f.yaml\n@@ ")
        assert applied(diff, before) == after


def test_a_file_that_is_created_comes_from_nowhere():
    assert unified_diff("f", None, "a: 1\nb: 2") == (
        "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a: 1\n+b: 2\n\\ No newline at end of file\n"
    )
    assert unified_diff("f", None, "") == ""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        # A secret beside the change is left out, and the hunk still fits.
        ("password: word-one\na: 1\nb: 1\n", "password: word-one\na: 2\nb: 1\n", ["-a: 1", "+a: 2", " b: 1"]),
        (
            "a: 1\npassword: word-one\nb: 1\n",
            "a: 2\npassword: word-one\nb: 2\n",
            ["-a: 1", "+a: 2", "-b: 1", "+b: 2"],
        ),
        # One that changes is hidden.
        ("password: word-one\n", "password: word-two\n", ["-password: (hidden)", "+password: (hidden)"]),
    ],
)
def test_no_secret_is_in_a_diff(before, after, told):
    diff = unified_diff("f", before, after)

    assert "word-" not in diff
    assert [line for line in diff.splitlines()[2:] if not line.startswith("@@")] == told
    if "(hidden)" not in diff:
        assert applied(diff, before) == after


# --- effects


def change(path, before, after, *, kind="Deployment", data=None):
    item = Object(Identity("", kind, "", "x"), "t.yaml", 0, data or {})
    return Change(None if before is ABSENT and not path else item, item, path, before, after)


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        (change(("spec", "a"), 1, 2), 1, 2),
        (change(("spec", "a"), ABSENT, 2), None, 2),
        (change(("spec", "a"), 1, ABSENT), 1, None),
        # An object that comes or goes is told as one.
        (change((), ABSENT, {"a": 1}), None, "object"),
        (change((), {"a": 1}, ABSENT), "object", None),
        # What a Secret holds is not told, what else it says is.
        (change(("data", "a"), "eA==", "eQ==", kind="Secret"), "(secret)", "(secret)"),
        (change(("stringData", "a"), ABSENT, "x", kind="Secret"), None, "(secret)"),
        (change(("metadata", "labels", "a"), "x", "y", kind="Secret"), "x", "y"),
        (change(("data", "a"), "x", "y", kind="ConfigMap"), "x", "y"),
        # A value that its name calls a secret is hidden, of a variable by the variable's name.
        (change(("spec", "password"), "one", "two"), "(hidden)", "(hidden)"),
        (
            change(
                ("env", 0, "value"), "one", "two", data={"env": [{"name": "DB_PASSWORD", "value": "one"}]}
            ),
            "(hidden)",
            "(hidden)",
        ),
        (
            change(("env", 0, "value"), "one", "two", data={"env": [{"name": "MODE", "value": "one"}]}),
            "one",
            "two",
        ),
    ],
)
def test_an_effect_tells_both_sides_as_far_as_they_may_be_told(one, before, after):
    (effect,) = effects([one])

    assert (effect.before, effect.after) == (before, after)


def test_what_else_changes_is_told_for_the_first_three():
    many = [change(("spec", name), 1, 2) for name in "abcde"]

    assert surprised(many) == (
        "also changes Deployment/x spec.a (1 -> 2); Deployment/x spec.b (1 -> 2); Deployment/x spec.c (1 -> 2) "
        "and 2 more"
    )
    assert surprised([change(("data", "a"), "x", "y", kind="Secret")]) == "also changes Secret/x data.a"
    assert surprised([change((), ABSENT, {})]) == "also changes Deployment/x appears"


# --- steps that wait for another one


def outcome(name, *, deployable=True, edits=True, commit=True):
    text = CommitText("subject", "body", {"DHI-Step": (name,)}) if commit else None
    edited = (PlannedEdit("f", 1, "a", 1, 2),) if edits else ()
    return StepOutcome(name, name, "proven", "", deployable=deployable, edits=edited, commit=text)


@pytest.mark.parametrize(
    ("outcomes", "needs"),
    [
        ([outcome("one", deployable=False), outcome("two")], {"one": ("two",)}),
        # The next one that edits something.
        (
            [outcome("one", deployable=False), outcome("two", edits=False), outcome("three")],
            {"one": ("three",)},
        ),
        (
            [outcome("one", deployable=False), outcome("two", deployable=False), outcome("three")],
            {"one": ("two",), "two": ("three",)},
        ),
        ([outcome("one"), outcome("two")], {}),
        ([outcome("one", deployable=False)], {}),
        ([outcome("one", deployable=False, commit=False), outcome("two")], {}),
    ],
)
def test_a_step_that_does_not_run_alone_names_what_it_waits_for(outcomes, needs):
    found = with_needs(outcomes)

    assert [one.name for one in found] == [one.name for one in outcomes]
    told = {one.name: one.commit.trailers.get(NEEDS) for one in found if one.commit}
    assert {name: trailer for name, trailer in told.items() if trailer} == needs


def test_without_a_word_a_diff_has_three_lines_around_as_git_has():
    text = "".join(f"{n}\n" for n in range(9))

    assert unified_diff("f", text, text.replace("4", "x")).splitlines()[2:] == [
        "@@ -2,7 +2,7 @@", " 1", " 2", " 3", "-4", "+x", " 5", " 6", " 7",
    ]  # fmt: skip


# the edits as they are told, and the commit of a step


def test_an_edit_is_told_with_its_line_its_path_and_the_data_on_both_sides():
    before = {
        "r.yaml": "x: 1\n---\nspec:\n  values: |\n    image:\n      tag: 1\n    a: 1\n",
        "v.yaml": "a: 1\n",
    }
    edits = [
        Edit("r.yaml", ("spec", "values"), 2, document=1, inner=("image", "tag")),
        Edit("v.yaml", ("a",), None, delete=True),
        Edit("v.yaml", ("new", 0), "x"),
        Edit("v.yaml", ("password",), "secret"),
    ]
    after = {"r.yaml": before["r.yaml"].replace("tag: 1", "tag: 2"), "v.yaml": "new: [x]\npassword: secret\n"}

    assert [
        (one.file, one.document, one.line, one.path, one.before, one.after)
        for one in planned_edits(edits, before, after)
    ] == [
        ("r.yaml", 1, 6, "spec.values.image.tag", 1, 2),
        ("v.yaml", 0, 1, "a", 1, None),
        ("v.yaml", 0, 1, "new[0]", None, "x"),
        ("v.yaml", 0, 1, "password", None, "(hidden)"),
    ]


def told_step(name="tag", *, deployable=True):
    return SimpleNamespace(name=name, title="Use it", deployable=deployable, subject=lambda _: "use it now")


def context_of(*, editable=True, releases=(), **more):
    chart = SimpleNamespace(name="web", path="apps/web", editable=editable)
    return SimpleNamespace(chart=chart, target=SimpleNamespace(releases=releases), **more)


def committed(step, context, *edits, moved=None):
    return commit_text(step, context, edits, moved or {}, "Helm 4")


@pytest.mark.parametrize(
    ("after", "line"),
    [
        ("x", "x"),
        (1, "1"),
        (False, "False"),
        (None, "removed"),
        ({"a": 1}, "{'a': 1}"),
        ("a\n  b", "a b"),
        ("x" * 95, f"{'x' * 87}..."),
    ],
)
def test_the_body_of_a_commit_names_each_edit(after, line):
    edit = PlannedEdit("v.yaml", 3, "image.tag", "old", after)
    commit = committed(told_step(), context_of(), edit)

    assert commit.subject == "feat(web): use it now"
    assert commit.body == f"Use it.\n\n- v.yaml: image.tag is now {line}"


def test_a_commit_that_does_not_run_alone_says_so_and_one_of_versions_is_a_chore():
    alone = committed(told_step(deployable=False), context_of())

    assert alone.body.endswith("\n\nNot deployable on its own: merge the branch as a whole.")
    assert "deployable" not in committed(told_step(), context_of()).body
    assert committed(told_step("versions"), context_of()).subject.startswith("chore(web): ")


@pytest.mark.parametrize(
    ("context", "moved", "trailers"),
    [
        (context_of(), {}, {"DHI-Chart": ("apps/web",)}),
        # What is deployed from elsewhere has no chart in the repository.
        (
            context_of(editable=False, releases=[SimpleNamespace(id="ns/a"), SimpleNamespace(id="ns/b")]),
            {"a:1": "b:2", "c:1": "d:2"},
            {"DHI-Release": ("ns/a", "ns/b"), "DHI-Image": ("a:1 -> b:2", "c:1 -> d:2")},
        ),
    ],
)
def test_the_trailers_of_a_commit_are_those_that_say_something(context, moved, trailers):
    found = committed(told_step(), context, moved=moved).trailers

    assert found == {"DHI-Step": ("tag",), "DHI-Proof": ("Helm 4",), **trailers}


# the images that a step moves


def image(before, now, after):
    slots = [SimpleNamespace(read=lambda _, text=text: text) for text in now]
    return SimpleNamespace(before=before, slots=slots, decision=SimpleNamespace(after=after))


@pytest.mark.parametrize(
    ("images", "moved"),
    [
        ([], {}),
        # Half way it is what renders now.
        ([image("a:1", ["dhi.io/a:1"], "dhi.io/a:2")], {"a:1": "dhi.io/a:1"}),
        ([image("a:1", ["", "dhi.io/a:1"], "dhi.io/a:2")], {"a:1": "dhi.io/a:1"}),
        # What renders nowhere any more is what was meant.
        ([image("a:1", ["", ""], "dhi.io/a:2")], {"a:1": "dhi.io/a:2"}),
        ([image("a:1", ["a:1"], None)], {}),
    ],
)
def test_a_step_moves_images_to_what_renders_now(images, moved):
    assert moved_images(SimpleNamespace(swaps=(), moving=images), (), None) == moved


def test_an_exchange_moves_the_images_of_containers_that_changed():
    text = "kind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: a:1, env: [{name: image, value: b:1}]}]}\n"
    old = Manifests({"t.yaml": text})
    new = Manifests({"t.yaml": text.replace("a:1", "dhi.io/a:2").replace("b:1", "b:2")})
    swaps = SimpleNamespace(swaps=("one",), moving=[image("z:1", ["z:2"], "z:2")])

    assert moved_images(swaps, compare(old, new), new) == {"a:1": "dhi.io/a:2"}
    assert moved_images(swaps, compare(old, Manifests({})), new) == {}
    without = Manifests({"t.yaml": text.replace("image: a:1, ", "")})
    assert moved_images(swaps, compare(old, without), without) == {}


def test_the_templates_of_objects_are_told_by_their_names():
    manifests = Manifests(
        {f"c/templates/{n}.yaml": f"kind: Pod\nmetadata: {{name: {n}}}\n" for n in ("a", "b", "ab")}
    )
    here = SimpleNamespace(manifests=manifests)

    assert (
        templates_of(here, ["Pod/b: main", "Pod/ab: main"])
        == " (templates: c/templates/ab.yaml, c/templates/b.yaml)"
    )
    assert templates_of(here, ["Pod/z"]) == ""
