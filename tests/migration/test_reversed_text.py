"""A step taken back from a file that went on since: by lines where they fit, else by values path."""

import pytest

from migrate_dhi.migration.reversed_text import reversed_text
from migrate_dhi.yamledit import MISSING

BEFORE = """\
# the cache
image:
  registry: docker.io
  repository: valkey/valkey
  tag: "8.1" # pinned
replicas: 1
imagePullSecrets: []
"""
AFTER = """\
# the cache
image:
  registry: dhi.io
  repository: valkey
  tag: 8.1.3-debian13 # pinned
replicas: 1
imagePullSecrets:
  - name: kubernetes-dhi
"""


def undone(now, before=BEFORE, after=AFTER):
    text, conflicts = reversed_text("values.yaml", before, after, now)
    assert not conflicts, conflicts
    return text


def conflicts(now, before=BEFORE, after=AFTER):
    return [(one.place, one.wanted, one.found) for one in reversed_text("values.yaml", before, after, now)[1]]


# as it was left


def test_untouched_file_is_what_it_was_byte_for_byte():
    assert undone(AFTER) == BEFORE
    assert undone(AFTER.replace("\n", "\r\n"), BEFORE.replace("\n", "\r\n"), AFTER.replace("\n", "\r\n")) == (
        BEFORE.replace("\n", "\r\n")
    )


def test_taken_back_by_hand_already_is_left_alone():
    assert undone(BEFORE) == BEFORE


def test_created_file_goes_and_a_deleted_one_returns():
    assert undone(AFTER, None) is None
    assert undone(None, BEFORE, None) == BEFORE
    assert undone(None, None) is None


# changed since, elsewhere


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("replicas: 1", "replicas: 3"),
        ("replicas: 1\n", ""),
        ("# the cache\n", "# the cache of all\n# and more\n"),
        ("replicas: 1\n", "replicas: 1\nresources:\n  limits: {cpu: 1}\n"),
        ("image:\n", "extra: true\nimage:\n"),
    ],
)
def test_other_lines_stay_and_the_steps_lines_are_what_they_were(old, new):
    assert undone(AFTER.replace(old, new, 1)) == BEFORE.replace(old, new, 1)


def test_change_right_beside_the_steps_lines():
    now = AFTER.replace(
        "  tag: 8.1.3-debian13 # pinned\n", "  tag: 8.1.3-debian13 # pinned\n  pullPolicy: Always\n"
    )
    assert undone(now) == BEFORE.replace(
        '  tag: "8.1" # pinned\n', '  tag: "8.1" # pinned\n  pullPolicy: Always\n'
    )


def test_comment_on_the_steps_own_line_stays():
    assert undone(AFTER.replace("# pinned", "# pinned by renovate")) == BEFORE.replace(
        "# pinned", "# pinned by renovate"
    )


def test_moved_below_another_key_is_found_by_its_lines():
    before, after = "a: 1\nimage: {tag: 1}\nb: 2\n", "a: 1\nimage: {tag: 2}\nb: 2\n"
    assert undone("a: 1\nc: 3\nimage: {tag: 2}\nb: 2\n", before, after) == (
        "a: 1\nc: 3\nimage: {tag: 1}\nb: 2\n"
    )


def test_another_secret_came_into_the_list():
    now = AFTER + "  - name: mirror\n"
    assert undone(now).endswith("imagePullSecrets:\n  - name: mirror\n")


def test_reformatted_file_is_edited_by_values_path():
    now = 'image: {repository: valkey, tag: 8.1.3-debian13, registry: "dhi.io"} # one line\nreplicas: 2\n'
    now += "imagePullSecrets: [{name: kubernetes-dhi}]\n"
    text = undone(now)
    assert "# one line" in text
    assert 'registry: "docker.io"' in text
    assert 'tag: "8.1"' in text
    assert "repository: valkey/valkey" in text
    assert "imagePullSecrets: []" in text
    assert "replicas: 2" in text


def test_map_that_the_step_made_and_others_filled():
    before, after = "a: 1\n", "a: 1\nsecurity:\n  runAsUser: 65532\n"
    assert undone("a: 1\nsecurity:\n  runAsUser: 65532\n  runAsGroup: 7\n", before, after) == (
        "a: 1\nsecurity:\n  runAsGroup: 7\n"
    )
    assert undone("security: {runAsUser: 65532}\nother: x\na: 1\n", before, after) == "other: x\na: 1\n"


def test_item_of_a_list_goes_by_its_name():
    before = "env:\n- name: A\n  value: docker.io/x:1\n- name: B\n  value: b\n"
    after = before.replace("docker.io/x:1", "dhi.io/x:1")
    now = "env: [{name: NEW, value: n}, {name: A, value: 'dhi.io/x:1'}, {name: B, value: c}]\n"
    assert undone(now, before, after) == (
        "env: [{name: NEW, value: n}, {name: A, value: 'docker.io/x:1'}, {name: B, value: c}]\n"
    )


def test_list_without_names_by_position():
    before, after = "args: [a, b, c]\n", "args: [a, x, c]\n"
    assert undone("args:\n- a\n- x\n- c\n", before, after) == "args:\n- a\n- b\n- c\n"


# other shapes of files


def test_one_document_of_several():
    one = "kind: HelmRelease\nmetadata:\n  name: a\nspec:\n  values:\n    tag: {tag}\n"
    two = "kind: HelmRelease\nmetadata:\n  name: b\nspec:\n  values:\n    tag: {tag}\n"
    before = one.format(tag=1) + "---\n" + two.format(tag=1)
    after = one.format(tag=1) + "---\n" + two.format(tag=2)
    more = "kind: ConfigMap\nmetadata: {name: c}\n---\n"
    assert undone(more + after, before, after) == more + before
    compact = "kind: HelmRelease\nmetadata: {name: b}\nspec: {values: {tag: 2}}\n"
    assert undone(compact, before, after) == compact.replace("2", "1")


def test_values_in_a_block_of_text():
    before = "spec:\n  values: |\n    image:\n      tag: 1\n    replicas: 1\n"
    after, now = (
        before.replace("tag: 1", "tag: 2"),
        before.replace("tag: 1", "tag: 2").replace("s: 1", "s: 3"),
    )
    assert undone(now, before, after) == before.replace("s: 1", "s: 3")
    now = 'spec: {values: "image: {tag: 2}\\nother: 1\\n"}\n'
    assert "tag: 1" in undone(now, before, after)


def test_template_by_its_lines():
    before = "kind: Pod\n{{ if .x }}\nimage: docker.io/x:1\n{{ end }}\n"
    after = before.replace("docker.io", "dhi.io")
    assert undone("# head\n" + after, before, after) == "# head\n" + before


# conflicts


@pytest.mark.parametrize(
    ("old", "new", "place", "wanted", "found"),
    [
        ("8.1.3-debian13", "9.0.0-debian13", "image.tag", "8.1.3-debian13", "9.0.0-debian13"),
        ("registry: dhi.io", "registry: mirror.example", "image.registry", "dhi.io", "mirror.example"),
    ],
)
def test_changed_value_is_a_conflict(old, new, place, wanted, found):
    assert conflicts(AFTER.replace(old, new)) == [(place, wanted, found)]


def test_every_conflict_is_told():
    now = AFTER.replace("8.1.3-debian13", "9").replace("registry: dhi.io", "registry: x")
    assert [place for place, _, _ in conflicts(now)] == ["image.registry", "image.tag"]


def test_list_that_holds_the_item_twice_or_another():
    doubled = AFTER + "  - name: kubernetes-dhi\n"
    assert [place for place, _, _ in conflicts(doubled.replace("replicas: 1\n", ""))] == ["imagePullSecrets"]
    assert conflicts(AFTER.replace("name: kubernetes-dhi", "name: other")) == []


def test_removed_key_is_a_conflict():
    now = AFTER.replace("  tag: 8.1.3-debian13 # pinned\n", "")
    assert [place for place, _, _ in conflicts(now)] == ["image.tag"]


def test_item_that_is_gone_is_a_conflict():
    before = "env:\n- name: A\n  value: 1\n- name: B\n  value: 2\n"
    assert conflicts("env:\n- name: B\n  value: 2\n", before, before.replace("value: 1", "value: 9")) == [
        ("env[A].value", 9, MISSING)
    ]


@pytest.mark.parametrize("now", [None, ""])
def test_file_that_is_gone_is_a_conflict(now):
    assert conflicts(now)


def test_file_that_is_there_again_is_a_conflict():
    assert conflicts("x: 1\n", BEFORE, None)


def test_text_that_is_no_yaml_any_more_is_a_conflict():
    assert conflicts("image: [\n")


def test_template_whose_line_changed_is_a_conflict():
    before = "{{ if .x }}\nimage: docker.io/x:1\n{{ end }}\n"
    assert conflicts(
        "{{ if .x }}\nimage: dhi.io/x:2\n{{ end }}\n", before, before.replace("docker.io", "dhi.io")
    )


def test_same_line_in_two_places_is_not_guessed():
    before = "{{ a }}\n{{ b }}\nc\n"
    after = "{{ a }}\nnew\n{{ b }}\nc\n"
    assert undone("{{ a }}\nnew\n{{ b }}\nc\nnew\n", before, after) == "{{ a }}\n{{ b }}\nc\nnew\n"
