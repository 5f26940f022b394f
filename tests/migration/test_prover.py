"""The search for proposals that hold: a world of values and fields in the chart's place, judged as the judge does.

A world has values and fields that show them. A goal wants one field to be something; its proposals set values.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace

import pytest

from migrate_dhi.edit import Edit, Set
from migrate_dhi.migration import proof, proposals
from migrate_dhi.migration.judge import DERIVED, UNANNOUNCED, Trial
from migrate_dhi.migration.proof import MOST_PROPOSALS, _allowances, _Prover
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin, Release
from migrate_dhi.steps.step import Proposal, Reach, Result

OWN, OTHERS = "own.yaml", "shared.yaml"


@dataclass(frozen=True)
class Change:
    """One field that shows something else."""

    field: str
    before: object
    after: object

    @property
    def identity(self):
        return self.field.partition(".")[0]


class Goal:
    """A field that is to show a value, with proposals of {value: what it is set to}, best first."""

    def __init__(self, shown, want, *proposals):
        self.field, self.want, self.proposals = shown, want, proposals
        self.asked = 0

    label = property(lambda self: f"goal {self.field}")
    images = ()

    def propose(self):
        for number, values in enumerate(self.proposals):
            self.asked += 1
            yield Proposal(tuple(Set((key,), value) for key, value in values.items()), f"try {number}")

    def reached(self, result):
        done = result.manifests.get(self.field) == self.want
        return Reach(int(done), 1, () if done else (self.field,))

    def touches(self, change):
        return change.field == self.field

    def expects(self, change):
        return change.field == self.field and change.after == self.want


@dataclass
class World:
    """The judge of a chart whose fields are functions of its values; it counts its trials."""

    fields: dict
    values: dict
    refused: object = lambda _: ""
    derived: tuple = ()
    beside: object = lambda _: False
    shared: tuple = ()
    unseen: object = None
    hides: object = lambda _: ()
    looks: list = field(default_factory=list)
    trials: list = field(default_factory=list)
    codes: set = field(default_factory=set)

    def __post_init__(self):
        self.start = Result(self.values, self.shown(self.values))
        self.witnesses = SimpleNamespace(
            share=lambda layer: layer.file in self.shared,
            sharers=lambda layer: iter(
                [Release("chart", "ns", layer.file, layer.file, 0, 1, Origin("directory", "x"))]
                if layer.file in self.shared
                else []
            ),
        )

    def shown(self, values):
        return {name: show(values) for name, show in self.fields.items()}

    def trial(self, edits, goals, *, half=False, worth=lambda _: True):
        self.trials.append(tuple((edit.file, edit.path[0], edit.value) for edit in edits))
        after = {**self.values, **{edit.path[0]: edit.value for edit in edits}}
        why = self.refused(after)
        if why:
            return Trial(self.start, (), (), (), why)
        shown = self.shown(after)
        changes = [
            Change(name, old, shown[name]) for name, old in self.start.manifests.items() if shown[name] != old
        ]
        surprises = [
            c for c in changes if not any(goal.expects(c) or (half and goal.touches(c)) for goal in goals)
        ]
        fault = "also changes " + ", ".join(c.field for c in surprises) if surprises else ""
        result, hidden = Result(after, shown), ()
        if self.unseen and not fault and worth(result):
            self.looks.append(after)
            hidden = self.hides(after)
            surprises = surprises or hidden
            fault = "elsewhere, also changes " + ", ".join(hidden) if hidden else ""
        beside = not fault and self.beside(edits)
        return Trial(
            result,
            tuple(edits),
            tuple(changes),
            tuple(surprises),
            "changes a release" if beside else fault,
            hidden=tuple(hidden),
            beside=beside,
        )

    def code(self, surprises):
        return "" if not surprises else UNANNOUNCED if self.unannounced(surprises) else DERIVED

    def unannounced(self, surprises):
        return tuple(c for c in surprises if c.field not in self.derived)


def prover(world, *goals, pinned=(), explore="", alone=False, writable=True, locked={}):  # noqa: B006
    def edits(sets, texts, values, avoid):
        files = [file for file in (OTHERS, OWN) if not avoid(Layer("file", file))]
        return tuple(Edit(files[0], one.path, one.value) for one in sets) if files and writable else ()

    target = SimpleNamespace(
        releases=(),
        edits=edits,
        completed=lambda edits, *_: tuple(edits),
        alone=alone,
        of_label=lambda _: SimpleNamespace(locked=lambda path, _: locked.get(path[0])),
        layers=() if writable else (Layer("map", "x.yaml", writable=False, reason="it is sealed"),),
    )
    choices = SimpleNamespace(pinned={"tag": pinned} if pinned else {}, explore=explore)
    context = SimpleNamespace(choices=choices, target=target, texts=world.values, values={})
    return _Prover(SimpleNamespace(name="tag"), goals, context, world)


def show(name):
    return lambda values: values[name]


def run(world, *goals, **more):
    return prover(world, *goals, **more).run()


def told(found):
    return [(one.reason, one.verdict, one.accept) for one in found.tried]


def plain(**more):
    return World({"x": show("a"), "y": show("b")}, {"a": 0, "b": 0}, **more)


# all together, else one by one


def test_all_goals_together_cost_one_render():
    world = plain()
    found = run(world, Goal("x", 1, {"a": 1}), Goal("y", 2, {"b": 2}))

    assert (found.done, found.of, len(world.trials)) == (2, 2, 1)
    assert found.result.texts == {"a": 1, "b": 2}
    assert (found.tried, found.surprises, found.derived) == ((), (), ())
    assert found.summary == "2 fields of 2 objects change, all as announced"


def test_what_is_reached_already_counts_and_nothing_is_tried():
    world = plain()
    goal = Goal("x", 0, {"a": 1})
    found = run(world, goal)

    assert (found.done, found.of, world.trials, goal.asked, found.edits) == (1, 1, [], 0, ())
    assert found.summary == "nothing in the manifests changes"
    found = run(world, goal, Goal("y", 2, {"b": 2}))
    assert (found.done, found.of, found.edits) == (2, 2, (Edit(OTHERS, ("b",), 2),))


def test_the_first_proposal_that_holds_is_taken_and_what_did_not_hold_is_told():
    world = plain(refused=lambda values: "no such key" if values["a"] == 9 else "")
    found = run(world, Goal("x", 1, {"a": 9}, {"b": 5}, {"a": 2}, {"a": 1}, {"a": 1, "b": 0}))

    assert found.result.texts == {"a": 1, "b": 0}
    assert found.edits == (Edit(OTHERS, ("a",), 1),)
    assert told(found) == [
        ("try 0", "no such key", ""),
        ("try 1", "also changes y", ""),
        ("try 2", "reaches 0 of 1: not x", ""),
    ]


def test_one_that_fails_keeps_no_other_from_its_goal():
    world = plain(refused=lambda values: "no" if values["b"] else "")
    found = run(world, Goal("x", 1, {"a": 1}), Goal("y", 2, {"b": 2}))

    assert (found.done, found.of, found.result.texts) == (1, 2, {"a": 1, "b": 0})
    assert told(found) == [("goal y: try 0", "no", "")]
    assert [reach.missing for _, reach in found.reaches] == [(), ("y",)]


def test_a_goal_without_a_proposal_stays_open_and_the_others_are_tried():
    found = run(plain(), Goal("x", 1), Goal("y", 2, {"b": 2}))

    assert (found.done, found.of, found.tried) == (1, 2, ())


def test_a_surprise_that_the_goal_comes_with_names_the_code_by_which_it_would_be_taken():
    world = World({"x": show("a"), "z": show("a"), "y": show("b")}, {"a": 0, "b": 0})
    found = run(world, Goal("x", 1, {"a": 1}))
    assert told(found) == [("try 0", "also changes z", UNANNOUNCED)]
    assert (found.done, found.edits) == (0, ())

    world.derived = ("z",)
    assert told(run(world, Goal("x", 1, {"a": 1}))) == [("try 0", "also changes z", DERIVED)]
    # One that does not even reach it is not worth a code.
    assert told(run(world, Goal("x", 1, {"b": 1}))) == [("try 0", "also changes y", "")]


def test_a_layer_that_nothing_may_edit_and_that_decides_is_named():
    locked = {"b": Layer("file", "ci/x.yaml", writable=False, reason="values for tests")}
    found = run(plain(), Goal("x", 1, {"b": 1}), Goal("y", 2, {"a": 1}), locked=locked)

    verdicts = {one.verdict for one in found.tried}
    assert verdicts == {
        "ci/x.yaml decides b, and is not edited: values for tests", "reaches 0 of 1: not y",
    }  # fmt: skip


def test_so_many_proposals_are_tried_and_no_more():
    goal = Goal("x", 1, *({"a": n} for n in range(5, 5 + MOST_PROPOSALS)), {"a": 1})

    found = run(plain(), goal)

    assert (found.done, goal.asked, len(found.tried)) == (0, MOST_PROPOSALS, MOST_PROPOSALS)


def test_the_same_failure_is_told_once():
    world = plain(refused=lambda values: "no" if values["a"] else "")
    goal = Goal("x", 1, {"a": 1})
    goal.propose = lambda: iter([Proposal((Set(("a",), 1),), "the same")] * 3)

    assert told(run(world, goal)) == [("the same", "no", "")]


def test_proposals_that_come_to_the_same_edits_are_judged_once():
    world = plain()

    found = run(world, Goal("x", 1, {"a": 2}, {"a": 2}, {"a": 2}, {"a": 1}))

    # Together; alone, where it may be half way; and the one that holds, twice likewise.
    assert [trial[0][2] for trial in world.trials] == [2, 2, 1, 1]
    assert [reason for reason, *_ in told(found)] == ["try 0", "try 1", "try 2"]


# what trials for some goals tell of the next


def images():
    """Three images that one value moves at once, with a fourth that is to stay."""
    fields = {name: lambda v, name=name: v["all"] or v[name] for name in ("i", "j", "k")}
    return World({**fields, "other": show("all")}, {"all": 0, "i": 0, "j": 0, "k": 0})


def test_what_surprised_for_two_goals_is_tried_last_for_the_next():
    world = images()

    found = run(world, *(Goal(name, 1, {"all": 1}, {name: 1}) for name in ("i", "j", "k")))

    assert (found.done, found.result.texts) == (3, {"all": 0, "i": 1, "j": 1, "k": 1})
    assert sum("all" in {path for _, path, _ in trial} for trial in world.trials) == 3
    assert [reason for reason, *_ in told(found)] == ["goal i: try 0", "goal j: try 0"]


def test_but_it_is_tried_where_nothing_else_holds():
    world = images()
    goals = [Goal(name, 1, {"all": 1}, {name: 1}) for name in ("i", "j")]

    found = run(world, *goals, Goal("k", 1, {"all": 1}, {"k": 2}))

    assert found.done == 2
    assert [reason for reason, *_ in told(found)][2:] == ["goal k: try 1", "goal k: try 0"]


def hiding():
    """Where the value of all images is set, one in another view keeps its registry only by a value of its own."""
    fields = {name: lambda v, name=name: (v["all"], v[name]) for name in ("i", "j")}
    return World(
        fields,
        {"all": 0, "i": 0, "j": 0, "own": 0},
        hides=lambda v: ("hidden",) if v["all"] and not v["own"] else (),
        unseen=SimpleNamespace(kept=lambda hidden: tuple(Set(("own",), 1) for _ in hidden)),
    )


def test_what_has_to_stay_for_some_edits_stays_from_the_start_for_more():
    world = hiding()
    goals = [Goal(name, (1, 1), {"all": 1, name: 9}, {"all": 1, name: 1}) for name in ("i", "j")]

    found = run(world, *goals)

    assert (found.done, found.result.texts) == (2, {"all": 1, "i": 1, "j": 1, "own": 1})
    without = [trial for trial in world.trials if "own" not in {path for _, path, _ in trial}]
    # Together; the first goal with each of its proposals: the second begins with what the first has shown.
    assert len(without) == 3


def test_other_views_are_not_looked_at_for_what_reaches_nothing():
    world = plain(unseen=SimpleNamespace(kept=lambda _: ()))

    found = run(world, Goal("x", 1, {"a": 2}, {"a": 3}, {"a": 1}), Goal("y", 1, {"b": 1}))

    assert found.done == 2
    assert {"a": 3, "b": 0} not in world.looks
    assert {"a": 1, "b": 0} in world.looks


# goals that share values


def test_goals_that_share_a_value_are_reached_together_though_each_alone_is_half():
    """One value moves two fields, and each needs one of its own besides."""
    fields = {"x": lambda v: (v["all"], v["a"]), "y": lambda v: (v["all"], v["b"])}
    world = World(fields, {"all": 0, "a": 0, "b": 0}, refused=lambda v: "no" if v["a"] == 9 else "")
    first = Goal("x", (1, 1), {"all": 1, "a": 9}, {"all": 1, "a": 1})

    found = run(world, first, Goal("y", (1, 1), {"all": 1, "b": 1}))

    assert (found.done, found.of, found.tried) == (2, 2, (found.tried[0],))
    assert found.result.texts == {"all": 1, "a": 1, "b": 1}


def test_what_moves_a_goal_half_way_that_is_never_reached_is_taken_back():
    fields = {"x": show("all"), "y": lambda v: (v["all"], v["b"]), "z": show("c")}
    world = World(fields, {"all": 0, "b": 0, "c": 0}, refused=lambda v: "no" if v["b"] else "")

    found = run(
        world, Goal("x", 1, {"all": 1}), Goal("y", (1, 1), {"all": 1, "b": 1}), Goal("z", 1, {"c": 1})
    )

    assert found.result.texts == {"all": 0, "b": 0, "c": 1}
    assert [reach.done for _, reach in found.reaches] == [0, 0, 1]
    assert ("make all edits that held, together", "also changes y", UNANNOUNCED) in told(found)


def test_two_that_want_a_value_differently_get_a_proposal_that_serves_both():
    world = World(
        {"x": lambda v: v["own"] or v["all"], "y": lambda v: v["all"] or v["spare"]},
        {"all": "", "own": "", "spare": ""},
    )
    first = Goal("x", "1", {"all": "1"}, {"own": "1"})
    second = Goal("y", "2", {"all": "2"}, {"all": "", "spare": "2"})

    found = run(world, first, second)

    assert (found.done, found.of) == (2, 2)
    assert found.result.manifests == {"x": "1", "y": "2"}


def test_of_several_the_one_that_brings_a_surprise_in_is_left_out_and_the_others_are_kept():
    """Four values together switch something on that none of them does alone; the last one is at fault."""
    names = ["a", "b", "c", "d"]
    fields = {name: show(name) for name in names} | {"all": lambda v: v["c"] and all(v.values())}
    world = World(fields, dict.fromkeys(names, 0))

    found = run(world, *(Goal(name, 1, {name: 1}) for name in names))

    assert [reach.done for _, reach in found.reaches] == [1, 1, 1, 0]
    assert found.result.texts == {"a": 1, "b": 1, "c": 1, "d": 0}


def test_the_culprit_is_the_first_that_brings_it_in():
    names = ["a", "b", "c", "d", "e"]
    for guilty in names:
        fields = {name: show(name) for name in names} | {"odd": show(guilty)}
        world = World(fields, dict.fromkeys(names, 0))
        searching = prover(world, *(Goal(name, 1, {name: 1}) for name in names))
        searching.held = {id(goal): next(goal.propose()) for goal in searching.open}

        assert searching._culprit().field == guilty
        assert len(world.trials) <= 3


# the user's own edits


def test_a_pinned_edit_is_the_only_proposal():
    world = plain()
    goal = Goal("x", 1, {"a": 1})

    found = run(world, goal, pinned=(Edit("mine.yaml", ("a",), 1),))

    assert found.edits == (Edit("mine.yaml", ("a",), 1),)
    assert (goal.asked, len(world.trials), found.tried) == (0, 1, ())


@pytest.mark.parametrize(
    ("value", "verdict", "kept"),
    [(7, "also changes x", False), (0, "does not reach x", False)],
)
def test_a_pinned_edit_that_does_not_hold_is_told_and_not_taken(value, verdict, kept):
    found = run(plain(), Goal("x", 1, {"a": 1}), pinned=(Edit(OWN, ("a",), value),))

    assert told(found) == [("the edit that you chose", verdict, "")]
    assert bool(found.edits) is kept


def test_a_pinned_edit_that_reaches_a_part_is_taken_and_told():
    found = run(plain(), Goal("x", 1, {"a": 1}), Goal("y", 2, {"b": 2}), pinned=(Edit(OWN, ("a",), 1),))

    assert (found.done, found.of) == (1, 2)
    assert told(found) == [("the edit that you chose", "does not reach y", "")]


# other ways


def test_other_ways_that_hold_are_offered_each_once_where_they_are_asked_for():
    world = World(
        {"x": lambda v: v["a"] + v["b"]}, {"a": 0, "b": 0}, refused=lambda v: "no" if v["b"] == 9 else ""
    )
    ways = ({"a": 1}, {"b": 1}, {"a": 1}, {"b": 9, "a": -8}, {"a": 5})

    found = run(world, Goal("x", 1, *ways), explore="tag")

    assert [(one.reason, one.edits) for one in found.alternatives] == [("try 1", (Edit(OTHERS, ("b",), 1),))]
    assert run(world, Goal("x", 1, *ways), explore="registry").alternatives == ()


def test_of_several_goals_another_way_says_whose_it_is_and_keeps_the_rest():
    world = World({"x": lambda v: v["a"] + v["b"], "y": show("c")}, {"a": 0, "b": 0, "c": 0})

    found = run(world, Goal("x", 1, {"a": 1}, {"b": 1}), Goal("y", 2, {"c": 2}), explore="tag")

    (other,) = found.alternatives
    assert other.reason == "goal x: try 1"
    assert {edit.path[0]: edit.value for edit in other.edits} == {"b": 1, "c": 2}


# other releases


def test_where_it_changes_another_release_it_goes_to_a_file_that_the_target_has_alone():
    world = plain(beside=lambda edits: edits[0].file == OTHERS, shared=(OTHERS,))
    found = run(world, Goal("x", 1, {"a": 1}))

    assert found.edits == (Edit(OWN, ("a",), 1),)
    assert [trial[0][0] for trial in world.trials] == [OTHERS, OWN]


def test_where_there_is_no_such_file_the_change_is_the_reason():
    world = plain(beside=lambda _: True, shared=(OTHERS,))
    assert told(run(world, Goal("x", 1, {"a": 1}))) == [("try 0", "changes a release", "")]

    world = plain(beside=lambda _: True, shared=(OTHERS, OWN))
    found = run(world, Goal("x", 1, {"a": 1}))
    assert told(found) == [("try 0", "changes a release", "")]


def test_a_release_that_is_planned_alone_edits_nothing_that_others_read():
    world = plain(shared=(OTHERS,))
    assert run(world, Goal("x", 1, {"a": 1}), alone=True).edits == (Edit(OWN, ("a",), 1),)

    world = plain(shared=(OTHERS, OWN))
    found = run(world, Goal("x", 1, {"a": 1}), alone=True)
    assert told(found) == [
        ("try 0", f"every file that could hold it is read by ns/{OTHERS}, too", ""),
    ]
    assert world.trials == []


def test_what_no_layer_takes_says_why():
    found = run(plain(), Goal("x", 1, {"a": 1}), writable=False)

    assert told(found) == [
        ("try 0", "nothing that can be edited holds this value (x.yaml: it is sealed)", "")
    ]


# what is allowed besides, where nothing else holds


def missing(severity, met, accept=(), names=("x",)):
    strict = SimpleNamespace(reaches=[(None, Reach(0, 1, names))])
    step = SimpleNamespace(unreached=lambda *_: SimpleNamespace(severity=severity))
    context = SimpleNamespace(choices=SimpleNamespace(accept=accept))
    return list(_allowances(step, context, strict, met))


@pytest.mark.parametrize(
    ("severity", "met", "accept", "codes"),
    [
        ("error", {DERIVED}, (), [DERIVED]),
        ("error", {UNANNOUNCED}, (), []),
        ("error", {UNANNOUNCED}, ("all",), []),
        ("error", {UNANNOUNCED}, (UNANNOUNCED,), [UNANNOUNCED]),
        ("error", {UNANNOUNCED, DERIVED}, (UNANNOUNCED,), [DERIVED, UNANNOUNCED]),
        ("error", set(), (UNANNOUNCED,), []),
        # what stops no migration is not worth a surprise
        ("warning", {UNANNOUNCED, DERIVED}, (UNANNOUNCED,), []),
    ],
)
def test_what_a_proposal_may_change_besides(severity, met, accept, codes):
    assert missing(severity, met, accept) == codes


def test_where_nothing_is_missing_nothing_more_is_allowed():
    assert missing("error", {DERIVED}, names=()) == []


@pytest.mark.parametrize(
    ("changes", "surprises", "summary"),
    [
        (["a.x"], [], "1 field of 1 object changes, all as announced"),
        (["a.x", "a.y"], [], "2 fields of 1 object change, all as announced"),
        (["a.x", "b.y"], ["a.x"], "2 fields of 2 objects change, 1 of them not announced"),
    ],
)
def test_the_summary_counts_fields_and_objects(changes, surprises, summary):
    made = [Change(name, 0, 1) for name in changes]
    found = proof.Proof(None, (), tuple(made), (), (), tuple(c for c in made if c.field in surprises))

    assert found.summary == summary


def test_of_two_wishes_for_one_value_the_last_one_counts():
    some = [
        Proposal((Set(("a",), 1), Set(("b",), 1)), ""),
        None,
        Proposal((Set(("a",), 2), Set(("a",), 3, release="r")), ""),
    ]

    joined = proposals.joined(some)

    assert [(one.path, one.value, one.release) for one in joined] == [
        (("a",), 2, ""),
        (("b",), 1, ""),
        (("a",), 3, "r"),
    ]
    first, second = (proposals.values_of(one) for one in (some[0], some[2]))
    assert not proposals.agree(first, second)
    assert all(proposals.agree(one, one) for one in (first, second))
    assert all(proposals.agree(one, {}) for one, _ in pairwise((first, second, first)))


def test_of_layers_that_cannot_be_edited_two_are_told():
    layers = [Layer("map", f"{name}.yaml", writable=False, reason="it is sealed") for name in "abc"]
    target = SimpleNamespace(layers=[Layer("map", "w.yaml"), *layers])

    assert proof._not_editable(target) == (
        "nothing that can be edited holds this value (a.yaml: it is sealed; b.yaml: it is sealed)"
    )
