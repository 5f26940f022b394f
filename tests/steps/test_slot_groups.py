"""What the registry and the tag step propose for an image, and which changes they take for theirs: charts in memory."""

from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.target import Decision
from migrate_dhi.errors import RenderError
from migrate_dhi.helm.chart import merge
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Image
from migrate_dhi.steps.images import named, parts_of, rendered_moves, shown_of
from migrate_dhi.steps.registry import RegistryStep
from migrate_dhi.steps.step import Result
from migrate_dhi.steps.tag import TagStep
from migrate_dhi.trace.marking import lay
from migrate_dhi.trace.texts import with_words, word_at
from tests.dhi.ready import BARE
from tests.trace.in_python import node, pod, traced

OLD, NEW = "docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.1.9-debian13"
DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
SPLIT = {"registry": "docker.io", "repository": "valkey/valkey", "tag": "8.1.4"}


class Known:
    """What steps look at, of a chart whose template is a function; ``moves`` says what becomes of which image."""

    def __init__(self, template, values, moves, text="", **more):
        self.trace, self.chart = traced(template, values, (node(text),), **more)
        self.manifests = self.chart.render({})
        self.merged, self.demands = values, self.trace.demands
        self.images = [self._image(before, after) for before, after in moves.items()]
        self.choices = SimpleNamespace(pinned={})

    def _image(self, text, after):
        before = Reference.parse(text)
        slots = tuple(slot for slot in self.trace.slots if slot.text == text)
        assert slots, [slot.text for slot in self.trace.slots]
        target = Reference.parse(after) if after else None
        decision = Decision(before, target, "migrate" if after else "keep", "why", BARE)
        return Image(before, decision, slots)

    @property
    def moving(self):
        return tuple(image for image in self.images if image.moves)

    def trace_of(self, _release):
        return self.trace

    def value(self, variable):
        if variable.source == "chart":
            return self.chart.chart.app_version
        return word_at(value_at(self.merged, variable.path), variable.word)

    def after(self, proposal):
        """The render with what a proposal sets."""
        laid, texts = {}, {}
        for one in proposal.sets:
            old = value_at(self.merged, one.path)
            if one.source == "chart":
                texts["appVersion"] = one.value
            else:
                laid[one.path] = one.value if one.word is None else with_words(old, {one.word: one.value})
        return self.chart.render(texts, lay(laid, self.merged))


def proposals(step, context):
    """For each goal what its proposals set, as {path: value}."""
    return [
        [{".".join(map(str, one.path)): one.value for one in proposal.sets} for proposal in goal.propose()]
        for goal in step.goals(context).goals
    ]


def first(step, context):
    """What the first proposal of each goal that reaches it sets."""
    found = []
    for goal in step.goals(context).goals:
        for proposal in goal.propose():
            if goal.reached(Result({}, context.after(proposal))).whole:
                found.append({".".join(map(str, one.path)): one.value for one in proposal.sets})
                break
    return found


def parts(values):
    own = values["image"]
    return pod(f"{own['registry']}/{own['repository']}:{own['tag']}")


def optional(values):
    own = values["image"]
    return pod((f"{own['registry']}/" if own["registry"] else "") + f"{own['repository']}:{own['tag']}")


# --- the registry step: the name, and nothing of the tag


@pytest.mark.parametrize(
    ("template", "values", "old", "sets"),
    [
        (parts, {"image": SPLIT}, OLD, {"image.registry": "dhi.io", "image.repository": "valkey"}),
        (optional, {"image": {**SPLIT, "registry": ""}}, "valkey/valkey:8.1.4", {"image.registry": "dhi.io", "image.repository": "valkey"}),
        (lambda v: pod(v["image"]), {"image": OLD}, OLD, {"image": "dhi.io/valkey:8.1.4"}),
        (
            lambda v: pod(f"{v['image']}:{v['tag']}"),
            {"image": "docker.io/valkey/valkey", "tag": "8.1.4"},
            OLD,
            {"image": "dhi.io/valkey"},
        ),
        (
            lambda v: pod(f"{v['hub']}/{v['name']}:{v['tag']}"),
            {"hub": "docker.io/valkey", "name": "valkey", "tag": "8.1.4"},
            OLD,
            {"hub": "dhi.io"},
        ),
        # the digest is not this step's
        (lambda v: pod(v["image"]), {"image": f"{OLD}@{DIGEST}"}, f"{OLD}@{DIGEST}", {"image": f"dhi.io/valkey:8.1.4@{DIGEST}"}),
        # words of a longer text
        (
            lambda v: pod("other:1", args=v["args"]),
            {"args": "--image=docker.io/valkey/valkey:8.1.4 --debug"},
            OLD,
            {"args": "dhi.io/valkey:8.1.4"},
        ),
        # several images of one list
        (lambda v: pod(*v["images"]), {"images": ["acme/x:1.2.3", OLD]}, OLD, {"images.1": "dhi.io/valkey:8.1.4"}),
    ],
)  # fmt: skip
def test_the_name_moves_and_the_tag_stays(template, values, old, sets):
    context = Known(lambda v, _: template(v), values, {old: NEW})

    assert first(RegistryStep(), context) == [sets]


def test_what_stands_there_already_is_reached():
    values = {"image": {**SPLIT, "registry": "dhi.io", "repository": "valkey"}}
    context = Known(lambda v, _: parts(v), values, {"dhi.io/valkey:8.1.4": NEW})
    (goal,) = RegistryStep().goals(context).goals

    reach = goal.reached(Result({}, context.manifests))
    assert (reach.done, reach.of, reach.missing, reach.why) == (1, 1, (), "")


def test_slots_with_the_same_values_are_one_goal_and_others_another():
    def template(values, _):
        return [pod(values["a"], values["a"]), pod(values["b"], name="db")]

    context = Known(template, {"a": OLD, "b": OLD}, {OLD: NEW})
    goals = RegistryStep().goals(context).goals

    assert [len(goal.slots) for goal in goals] == [2, 1]
    assert [goal.label for goal in goals] == [OLD, OLD]
    assert proposals(RegistryStep(), context) == [
        [{"a": "dhi.io/valkey:8.1.4"}],
        [{"b": "dhi.io/valkey:8.1.4"}],
    ]


def test_images_that_stay_have_no_goal():
    context = Known(lambda v, _: pod(v["image"]), {"image": OLD}, {OLD: ""})

    assert RegistryStep().goals(context).goals == []
    assert (
        TagStep().goals(context).idle
        == RegistryStep().goals(context).idle
        == "no image of this chart is to be migrated"
    )


# --- the tag step: the whole reference, and no digest of the old image

HALF = {"registry": "dhi.io", "repository": "valkey", "tag": "8.1.4"}


def with_digest(values):
    own = values["image"]
    end = f"@{own['digest']}" if own.get("digest") else f":{own['tag']}"
    return pod(f"{own['registry']}/{own['repository']}{end}")


def with_both(values):
    own = values["image"]
    end = f"@{own['digest']}" if own.get("digest") else ""
    return pod(f"{own['registry']}/{own['repository']}:{own['tag']}{end}")


@pytest.mark.parametrize(
    ("template", "values", "old", "new", "sets"),
    [
        (parts, {"image": HALF}, "dhi.io/valkey:8.1.4", NEW, {"image.tag": "8.1.9-debian13"}),
        (lambda v: pod(v["image"]), {"image": "dhi.io/valkey:8.1.4"}, "dhi.io/valkey:8.1.4", NEW, {"image": NEW}),
        (
            with_both,
            {"image": {**HALF, "digest": DIGEST}},
            f"dhi.io/valkey:8.1.4@{DIGEST}",
            NEW,
            {"image.tag": "8.1.9-debian13", "image.digest": ""},
        ),
        (
            with_digest,
            {"image": {**HALF, "digest": DIGEST}},
            f"dhi.io/valkey@{DIGEST}",
            NEW,
            {"image.tag": "8.1.9-debian13", "image.digest": ""},
        ),
        # a digest that is wanted takes the place of the old one, or of nothing
        (
            with_both,
            {"image": {**HALF, "digest": DIGEST}},
            f"dhi.io/valkey:8.1.4@{DIGEST}",
            f"{NEW}@{OTHER}",
            {"image.tag": "8.1.9-debian13", "image.digest": OTHER},
        ),
        (
            with_both,
            {"image": {**HALF, "digest": ""}},
            "dhi.io/valkey:8.1.4",
            f"{NEW}@{OTHER}",
            {"image.tag": "8.1.9-debian13", "image.digest": OTHER},
        ),
        # without a value for it the digest is part of the tag
        (parts, {"image": HALF}, "dhi.io/valkey:8.1.4", f"{NEW}@{OTHER}", {"image.tag": f"8.1.9-debian13@{OTHER}"}),
        # a prefix that the template writes
        (
            lambda v: pod(f"dhi.io/valkey:v{v['image']['tag']}"),
            {"image": {"tag": "8.1.4"}},
            "dhi.io/valkey:v8.1.4",
            "dhi.io/valkey:v8.1.9",
            {"image.tag": "8.1.9"},
        ),
    ],
)  # fmt: skip
def test_the_tag_and_no_digest_of_the_old_image(template, values, old, new, sets):
    context = Known(lambda v, _: template(v), values, {old: new})

    assert first(TagStep(), context) == [sets]


@pytest.mark.parametrize(
    ("now", "new", "texts"),
    [
        # Docker Hub's host stands where the chart writes it, and nowhere else
        ("acme/dhi-valkey:8.1.4", "docker.io/acme/dhi-valkey:8.1.9", ["acme/dhi-valkey:8.1.9", "docker.io/acme/dhi-valkey:8.1.9"]),
        ("docker.io/acme/dhi-valkey:8.1.4", "docker.io/acme/dhi-valkey:8.1.9", ["docker.io/acme/dhi-valkey:8.1.9"]),
        (f"dhi.io/valkey:8.1.4@{DIGEST}", NEW, [NEW]),
        ("dhi.io/valkey:8.1.4", f"{NEW}@{OTHER}", [f"{NEW}@{OTHER}"]),
    ],
)  # fmt: skip
def test_the_whole_reference_as_the_chart_writes_it(now, new, texts):
    context = Known(lambda v, _: pod(v["image"]), {"image": now}, {now: new})
    (goal,) = TagStep().goals(context).goals

    assert [one.value for proposal in goal.propose() for one in proposal.sets] == texts


def test_a_text_that_the_template_puts_beside_the_tag_is_told_as_the_reason():
    context = Known(
        lambda v, _: pod(f"dhi.io/valkey:{v['image']['tag']}-alpine"),
        {"image": {"tag": "8.1.4"}},
        {"dhi.io/valkey:8.1.4-alpine": NEW},
    )
    (goal,) = TagStep().goals(context).goals

    reach = goal.reached(Result({}, context.manifests))
    assert reach.why == "the template puts '-alpine' beside the value of the tag, whatever that is"
    assert (reach.done, reach.of, reach.missing) == (0, 1, ("Pod/web: c0",))
    assert first(TagStep(), context) == []


def test_what_the_chart_demands_of_other_images_comes_along_in_a_further_proposal():
    def template(values, _):
        if values["image"]["registry"] != "docker.io" and not values["security"]["others"]:
            raise RenderError("no", where="c/templates/t.yaml:1", text="set security.others to true")
        return parts(values)

    context = Known(template, {"image": SPLIT, "security": {"others": False}}, {OLD: NEW})
    (found,) = proposals(RegistryStep(), context)
    moved = {"image.registry": "dhi.io", "image.repository": "valkey"}

    assert found[:2] == [moved, {**moved, "security.others": True}]


# --- which changes are their own


def change_of(template, before, after):
    return compare(
        traced(template, before)[1].render({}), traced(template, merge(before, after))[1].render({})
    )


@pytest.mark.parametrize(
    ("after", "registry", "tag"),
    [
        ({"registry": "dhi.io", "repository": "valkey"}, True, False),
        ({"registry": "dhi.io", "repository": "valkey", "tag": "8.1.9-debian13"}, False, True),
        ({"registry": "dhi.io"}, False, False),
        ({"registry": "dhi.io", "repository": "valkey", "tag": "8.1.5"}, False, False),
        ({"tag": "8.1.9-debian13"}, False, False),
        ({"registry": "NO IMAGE"}, False, False),
    ],
)
def test_an_image_field_is_expected_as_what_the_step_wants_of_it(after, registry, tag):
    def template(values, _):
        return parts(values)

    context = Known(template, {"image": SPLIT}, {OLD: NEW})
    (change,) = change_of(template, {"image": SPLIT}, {"image": after})

    for step, expected in ((RegistryStep(), registry), (TagStep(), tag)):
        (goal,) = step.goals(context).goals
        assert (goal.touches(change), goal.expects(change)) == (True, expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("run {new} --rm", True),
        ("run {new} --now", False),
        ("run  {new} --rm", False),
        ("run {new} --rm more", False),
        ("run {new}", False),
        ("run dhi.io/valkey:8.1.5 --rm", False),
    ],
)
def test_of_a_longer_text_the_image_alone_may_change(line, expected):
    def template(values, _):
        return pod("other:1", containers=[{"name": "c", "image": "other:1", "args": [values["line"]]}])

    before = {"line": f"run {OLD} --rm"}
    context = Known(template, before, {OLD: NEW})
    (goal,) = RegistryStep().goals(context).goals
    changes = change_of(template, before, {"line": line.format(new="dhi.io/valkey:8.1.4")})

    assert [goal.expects(change) for change in changes] == [expected]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("dhi.io/valkey:8.1.4", "docker.io/valkey/valkey:8.0.3", True),
        ("dhi.io/valkey:8.1.4", "dhi.io/valkey:8.0.3", True),
        ("dhi.io/valkey:8.1.4", "dhi.io/valkey:8.0.4", False),
        ("dhi.io/valkey:8.1.4", "docker.io/acme/other:1.0", False),
        ("docker.io/valkey/valkey:8.1.4", "dhi.io/valkey:8.0.3", False),
    ],
)
def test_another_image_of_the_same_text_may_move_along_to_what_is_wanted_of_it(one, two, expected):
    def template(values, _):
        return pod(
            "other:1",
            containers=[{"name": "c", "image": "other:1", "args": [f"{values['one']},{values['two']}"]}],
        )

    before = {"one": OLD, "two": "docker.io/valkey/valkey:8.0.3"}
    moves = {OLD: NEW, "docker.io/valkey/valkey:8.0.3": "dhi.io/valkey:8.0.5-debian13"}
    context = Known(template, before, moves)
    goal = RegistryStep().goals(context).goals[0]
    (change,) = change_of(template, before, {"one": one, "two": two})

    assert goal.expects(change) is expected


# --- what other fields may show of it


def test_names_tags_and_versions_that_labels_may_show():
    context = Known(
        lambda v, _: parts(v), {"image": {**SPLIT, "tag": "8.1.4-alpine3"}}, {f"{OLD}-alpine3": NEW}
    )

    assert shown_of(context) == [
        ("docker.io/valkey/valkey", "dhi.io/valkey"),
        ("8.1.4-alpine3", "8.1.9-debian13"),
        ("8.1.4", "8.1.9"),
    ]


@pytest.mark.parametrize(
    ("tag", "new", "old_parts", "new_parts"),
    [
        ("8.1.4", "8.1.9-debian13", {"8.1.4"}, {"8.1.9-debian13", "8.1.9", "8.1.4"}),
        ("8.1.4-alpine", "8.1.9", {"8.1.4-alpine", "8.1.4"}, {"8.1.9", "8.1.4-alpine", "8.1.4"}),
        # what stands in front of a dash says a version only where it is more than a sign or two
        ("8-alpine", "9", {"8-alpine"}, {"9", "8-alpine"}),
        ("v8-alpine", "9", {"v8-alpine"}, {"9", "v8-alpine"}),
    ],
)
def test_the_parts_of_an_image_and_of_its_target(tag, new, old_parts, new_parts):
    before = f"docker.io/library/redis:{tag}"
    context = Known(
        lambda v, _: pod(f"redis:{v['image']['tag']}"),
        {"image": {"tag": tag}},
        {f"redis:{tag}": f"dhi.io/valkey:{new}"},
    )
    ((old, target),) = parts_of(context)

    assert old == {
        "redis",
        f"redis:{tag}",
        before,
        "docker.io",
        "library/redis",
        "docker.io/library/redis",
        *old_parts,
    }
    assert target == {
        *("valkey", "dhi.io", "dhi.io/valkey", f"dhi.io/valkey:{new}", f"dhi.io/valkey:{tag}"),
        *new_parts,
    }


def test_each_rendered_image_moves_once():
    def template(values, _):
        return [pod(values["a"], values["b"])]

    context = Known(template, {"a": OLD, "b": OLD}, {OLD: NEW})

    assert [(str(m.before), str(m.after)) for m in rendered_moves(context, lambda _, after: after)] == [
        (OLD, NEW)
    ]


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "a"], "a"),
        (["a", "b"], "a, b"),
        (["b", "a", "b", "c"], "b, a and 1 more"),
        ("abcde", "a, b and 3 more"),
    ],
)
def test_a_subject_names_two_and_counts_the_rest(texts, line):
    assert named(texts) == line
