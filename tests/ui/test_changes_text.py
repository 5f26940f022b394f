"""The diff of the files, and what changes in the manifests."""

from dataclasses import replace

import pytest

from migrate_dhi.migration.plan import Effect
from migrate_dhi.ui.changes_text import diff_lines, effect_lines, split_effects, value_text
from migrate_dhi.ui.lines import Look, cells, plain
from tests.ui import plans

FILE = Look()
NARROW = Look(width=60, fit=True)


def texts(lines):
    return [plain(line) for line in lines]


def shown(*effects, look=FILE, verbose=False):
    return texts(effect_lines(look, replace(plans.registry_step(), effects=effects), verbose=verbose))


def test_a_diff_keeps_its_lines_and_drops_what_only_git_reads():
    lines = texts(diff_lines(FILE, plans.REGISTRY_DIFF))

    assert lines[0] == f"    --- a/{plans.VALUES}"
    assert "    -    registry: docker.io" in lines
    assert not any("index " in line for line in lines)


def test_a_removed_line_of_dashes_is_no_file_name():
    diff = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n--- old\n+++ new\n--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n"
    styles = [line[1].style for line in diff_lines(FILE, diff)]

    assert styles == [
        *["faint", "faint", "hunk", "removed", "added"],
        *["faint", "faint", "hunk", "removed", "added"],
    ]


def test_crlf_in_every_line_is_not_shown():
    diff = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a: 1\r\n+a: 2\r\n"

    assert texts(diff_lines(FILE, diff))[-2:] == ["    -a: 1", "    +a: 2"]


def test_crlf_in_some_lines_is_shown():
    diff = "@@ -1,2 +1,2 @@\n a: 1\n-b: 1\r\n+b: 2\r\n"

    assert texts(diff_lines(FILE, diff))[-1] == "    +b: 2\\r"


def test_a_missing_last_line_break_is_told():
    diff = "@@ -1 +1 @@\n-a: 1\n\\ No newline at end of file\n+a: 2\n"

    assert "    \\ No newline at end of file" in texts(diff_lines(FILE, diff))


def test_on_a_narrow_terminal_changed_lines_are_whole_and_context_is_cut():
    long = "x" * 100
    lines = texts(diff_lines(NARROW, f"@@ -1,2 +1,2 @@\n {long}\n+{long}\n"))

    assert all(cells(line) <= 60 for line in lines)
    assert lines[1].endswith("…")
    assert "".join(line.strip() for line in lines[2:]) == f"+{long}"


def test_an_escape_sequence_in_a_comment_of_the_file_is_written_out():
    assert texts(diff_lines(FILE, "@@ -1 +1 @@\n+# \x1b[31mred\n"))[-1] == "    +# \\x1b[31mred"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(none)"),
        ("", '""'),
        ("9.0.1", "9.0.1"),
        ("two words", "two words"),
        (" padded", '" padded"'),
        (True, "true"),
        (8080, "8080"),
        ([{"name": "dhi"}], '[{"name": "dhi"}]'),
        ("größe", "größe"),
    ],
)
def test_a_value_reads_as_in_a_manifest(value, text):
    assert value_text(value) == text


def test_a_very_long_value_is_cut_in_a_file_too():
    assert len(value_text("x" * 5000)) < 200
    assert len(value_text(["x" * 5000])) < 200


def test_effects_stand_under_their_object():
    assert shown(
        Effect("Deployment/a", "spec.x", 1, 2),
        Effect("Job/b", "spec.y", None, "z"),
        Effect("Deployment/a", "spec.z", 3, None),
    ) == [
        "  In the manifests:",
        "    Deployment/a",
        "      spec.x: 1 → 2",
        "      spec.z: 3 → (none)",
        "    Job/b",
        "      spec.y: (none) → z",
    ]


def test_an_object_that_changes_alike_in_several_releases_is_told_once_unless_verbose():
    found = [Effect(f"Pod/x of n/{name}", "spec.a", 1, 2) for name in "ab"]
    other = Effect("Pod/x of n/c", "spec.a", 1, 3)

    assert shown(*found, other) == [
        "  In the manifests:",
        "    Pod/x in 2 releases",
        "      spec.a: 1 → 2",
        "    Pod/x of n/c",
        "      spec.a: 1 → 3",
    ]
    assert "    Pod/x of n/b" in shown(*found, verbose=True)


def test_the_same_label_in_many_objects_is_one_line():
    lines = texts(effect_lines(FILE, plans.versions_step(), verbose=False))

    assert lines == [
        "  In the manifests: only labels and checksum annotations change.",
        "    label app.kubernetes.io/version 9.0.1 → 9.0.2 in 3 objects",
        "    annotation checksum/config in StatefulSet/valkey follows",
    ]


def test_verbose_names_the_objects_of_a_label():
    lines = texts(effect_lines(FILE, plans.versions_step(), verbose=True))

    assert "      StatefulSet/valkey Service/valkey ConfigMap/valkey" in lines


def test_a_label_with_another_value_is_told_apart():
    _, moved = split_effects(
        [
            Effect("Service/a", "metadata.labels.v", "1", "2"),
            Effect("Service/b", "metadata.labels.v", "1", "3"),
        ]
    )

    assert [(change.after, change.objects) for change in moved] == [
        ("2", ("Service/a",)),
        ("3", ("Service/b",)),
    ]


@pytest.mark.parametrize("path", ["spec.selector.matchLabels.app", "data.labels_file", "spec.labelsFrom"])
def test_what_is_no_label_of_an_object_is_shown_in_full(path):
    objects, moved = split_effects([Effect("Deployment/a", path, "1", "2")])

    assert list(objects) == ["Deployment/a"]
    assert moved == []


def test_an_ordinary_annotation_shows_its_values():
    assert shown(Effect("Pod/a", 'metadata.annotations["note"]', "x", "y")) == [
        "  In the manifests: only annotations change.",
        "    annotation note x → y in Pod/a",
    ]


def test_no_effect_is_said():
    assert shown() == ["  In the manifests: nothing changes."]


def test_of_a_changed_text_only_the_changed_lines_are_shown():
    before = "\n".join(f"line {n}" for n in range(50))

    assert shown(Effect("ConfigMap/c", "data.conf", before, before.replace("line 7\n", "line seven\n"))) == [
        "  In the manifests:",
        "    ConfigMap/c",
        "      data.conf",
        "        - line 7",
        "        + line seven",
    ]


def test_of_a_text_that_changes_all_over_the_rest_is_counted():
    before, after = ("\n".join(f"{word} {n}" for n in range(50)) for word in ("old", "new"))

    assert shown(Effect("ConfigMap/c", "data.conf", before, after))[-1] == "        and 88 more lines"


def test_on_a_narrow_terminal_no_line_is_too_wide():
    field = "spec.template.spec.containers[0].livenessProbe.exec.command"
    effects = (
        Effect("Deployment/" + "n" * 70, field, ["sh", "-c", "x" * 90], None),
        Effect("Pod/a", "p", "a\n" * 3, "b" * 99 + "\n"),
    )

    assert all(cells(line) <= 60 for line in shown(*effects, look=NARROW))
