"""Patterns: cut at markers, taken apart like a reference, solved for another image."""

import pytest

from migrate_dhi.trace.pattern import Variable, complete, solve, split_at_tag, tokenize, unite, variables

R, P, N, T, D = (Variable((key,)) for key in ("registry", "repository", "name", "tag", "digest"))
SPLIT = (R, "/", P, ":", T)


def best(pattern, goal, **current):
    """The first solution as {key: value}."""
    found = solve(pattern, goal, {Variable((key,)): value for key, value in current.items()})
    return {str(variable): value for variable, value in found[0].items()} if found else None


@pytest.mark.parametrize(
    ("pattern", "goal", "current", "expected"),
    [
        (
            SPLIT,
            "dhi.io/valkey:9.0.2",
            {"registry": "docker.io", "repository": "valkey/valkey", "tag": "9.0.1"},
            {"registry": "dhi.io", "repository": "valkey", "tag": "9.0.2"},
        ),
        (
            SPLIT,
            "harbor.example/dhi/valkey:1",
            {"registry": "docker.io", "repository": "valkey/valkey", "tag": "9.0.1"},
            {"registry": "harbor.example", "repository": "dhi/valkey", "tag": "1"},
        ),
        (
            SPLIT,
            "docker.io/acme/dhi-valkey:1",
            {"registry": "docker.io", "repository": "valkey/valkey", "tag": "9"},
            {"registry": "docker.io", "repository": "acme/dhi-valkey", "tag": "1"},
        ),
        (
            SPLIT,
            "localhost:5000/valkey:1",
            {"registry": "docker.io", "repository": "valkey", "tag": "9"},
            {"registry": "localhost:5000", "repository": "valkey", "tag": "1"},
        ),
        (
            (P, ":", T),
            "dhi.io/valkey:9.0.2",
            {"repository": "docker.io/valkey/valkey", "tag": "9"},
            {"repository": "dhi.io/valkey", "tag": "9.0.2"},
        ),
        (
            (P, ":", T),
            "localhost:5000/valkey:1",
            {"repository": "quay.io/a/b", "tag": "9"},
            {"repository": "localhost:5000/valkey", "tag": "1"},
        ),
        ((Variable(("image",)),), "dhi.io/valkey:9", {"image": "valkey:8"}, {"image": "dhi.io/valkey:9"}),
        (
            (R, P, ":", T),
            "dhi.io/valkey:1",
            {"registry": "docker.io/", "repository": "valkey/valkey", "tag": "9"},
            {"registry": "dhi.io/", "repository": "valkey", "tag": "1"},
        ),
        (
            (R, "/valkey:", T),
            "dhi.io/valkey:1",
            {"registry": "docker.io/valkey", "tag": "9"},
            {"registry": "dhi.io", "tag": "1"},
        ),
        (
            (P, ":", T, "-", N),
            "dhi.io/valkey:9.0.2-debian13",
            {"repository": "docker.io/valkey", "tag": "9", "name": "alpine"},
            {"repository": "dhi.io/valkey", "tag": "9.0.2", "name": "debian13"},
        ),
        (
            (P, ":v", T),
            "dhi.io/x:v1.2.3",
            {"repository": "quay.io/x", "tag": "1.0.0"},
            {"repository": "dhi.io/x", "tag": "1.2.3"},
        ),
        (
            (P, ":", T, "@", D),
            f"dhi.io/x:1@sha256:{'a' * 64}",
            {"repository": "quay.io/x", "tag": "1", "digest": "sha256:b"},
            {"repository": "dhi.io/x", "tag": "1", "digest": f"sha256:{'a' * 64}"},
        ),
        ((P, "/", P, ":", T), "a/a:1", {"repository": "b", "tag": "2"}, {"repository": "a", "tag": "1"}),
        # a template that drops what it put in front, or between
        (
            ("docker.io/", P, ":", T),
            "dhi.io/valkey:1",
            {"repository": "valkey/valkey", "tag": "9"},
            {"repository": "dhi.io/valkey", "tag": "1"},
        ),
        (
            (R, "/", P, "/", N, ":", T),
            "dhi.io/valkey:1",
            {"registry": "docker.io", "repository": "valkey", "name": "valkey", "tag": "9"},
            {"registry": "dhi.io", "repository": "", "name": "valkey", "tag": "1"},
        ),
    ],
)
def test_the_best_solution(pattern, goal, current, expected):
    assert best(pattern, goal, **current) == expected


@pytest.mark.parametrize(
    ("pattern", "goal"),
    [
        ((P, ":", T, "-distroless"), "dhi.io/valkey:9.0.2-debian13"),
        ((P, ":8.1.4"), "dhi.io/valkey:9"),
        (("quay.io/a:", T), "dhi.io/a:1"),
        ((P, ":v", T), "dhi.io/x:1.2.3"),
        ((P, "/", P, ":", T), "a/b:1"),
        ((), "dhi.io/x:1"),
    ],
)
def test_no_solution_where_the_fixed_text_forbids_it(pattern, goal):
    assert solve(pattern, goal, {}) == []


def test_every_exact_solution_reads_as_the_goal():
    goal = "harbor.example/dhi/valkey:9.0.2-debian13"
    for found in solve(SPLIT, goal, {}):
        text = "".join(found[token] if isinstance(token, Variable) else token for token in SPLIT)
        # A slash beside an empty value is for the template to leave out.
        assert text in (goal, f"/{goal}", goal.replace(":", "/:"))


def test_what_stays_as_it_is_costs_nothing():
    current = {"registry": "dhi.io", "repository": "valkey", "tag": "9.0.1"}

    assert best(SPLIT, "dhi.io/valkey:9.0.2", **current) == {**current, "tag": "9.0.2"}


def test_last_the_first_value_stays_and_what_follows_brings_its_own_registry():
    found = solve((R, P, ":", T), "dhi.io/valkey:1", {R: "docker.io", P: "/valkey/valkey", T: "9"})

    assert found[-1] == {R: "docker.io", P: "dhi.io/valkey", T: "1"}
    assert all(one[R] != "docker.io" for one in found[:-1])
    found = solve((R, "/", P, ":", T), "dhi.io/valkey:1", {R: "docker.io", P: "valkey/valkey", T: "9"})
    assert found[-1] == {R: "docker.io", P: "dhi.io/valkey", T: "1"}


def test_the_number_of_solutions_is_limited():
    pattern = tuple(Variable((f"v{n}",)) for n in range(12))

    assert len(solve(pattern, "a/b/c/d/e/f/g/h/i:1-2-3-4-5-6", {})) <= 12


def test_texts_are_cut_at_the_longest_marker_first():
    markers = {"m1": P, "m12": N}

    assert tokenize("x/m12:m1", markers) == ("x/", N, ":", P)


def test_a_text_without_markers_stays_whole():
    assert tokenize("docker.io/a:1", {"m1": P}) == ("docker.io/a:1",)


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (SPLIT, ((R, "/", P), (T,), ())),
        ((P, ":", T, "@", D), ((P,), (T,), (D,))),
        ((P, "@", D), ((P,), (), (D,))),
        (("localhost:5000/", P, ":", T), (("localhost:5000/", P), (T,), ())),
        (("a/b:1.2-", T), (("a/", "b"), ("1.2-", T), ())),
        ((N,), ((N,), (), ())),
    ],
)
def test_a_pattern_is_cut_like_a_reference(pattern, parts):
    assert split_at_tag(pattern) == parts


@pytest.mark.parametrize(
    ("pattern", "whole"),
    [
        (SPLIT, True),
        ((N,), True),
        ((P, ":", T), True),
        ((P, ":8.1"), False),
        (("docker.io/", P, ":", T), False),
        ((P, ":", T, "-alpine"), False),
        ((P, "@", D), False),
        (("/", P, ":", T), False),
        ((P, "/", N, ":", T), True),
        (("docker.io/a:1",), False),
    ],
)
def test_complete_means_that_values_decide_name_and_tag(pattern, whole):
    assert complete(pattern) is whole


def test_variables_are_listed_once_and_in_order():
    assert variables((T, ":", P, "/", T)) == (T, P)


def test_what_two_renders_show_is_united():
    named, tagged = (R, "/", P, ":8.1.4"), ("docker.io/valkey:", T)

    assert (R, "/", P, ":", T) in unite(
        [named, tagged], "docker.io/valkey:8.1.4", {R: "docker.io", P: "valkey"}
    )


def test_a_registry_that_is_empty_so_far_hides_no_tag():
    """`{{ with .registry }}{{ . }}/{{ end }}`: a marker in it puts a host in front of a name that has one."""
    text = "quay.io/acme/app:v1.2.3"
    named, tagged = (P, ":v1.2.3"), (R, "/quay.io/acme/app:", T)

    found = unite([named, tagged], text, {P: "quay.io/acme/app", R: None, T: None})

    assert (P, ":", T) in found


def test_two_empty_values_at_one_place_are_not_both_asked_for():
    """`{{ .global.suffix | default .image.suffix }}`: either may be what fills it."""
    text = "quay.io/acme/app:v1"
    found = unite([(P, ":", T, R), (P, ":", T, N)], text, {P: "quay.io/acme/app", T: "v1", R: "", N: ""})

    assert all(not {R, N} <= set(variables(pattern)) for pattern in found)
