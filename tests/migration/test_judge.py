"""The judge: an edit holds where all that changes is what a goal wants, in every view and in no other release."""

import json
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import yaml

from migrate_dhi.edit import Edit
from migrate_dhi.errors import RenderError
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.judge import DERIVED, UNANNOUNCED, Hidden, Judge, _comes_along, _is_moved, _written
from migrate_dhi.migration.noise import Noise
from migrate_dhi.oci.reference import Reference
from migrate_dhi.release.layer import Layer
from migrate_dhi.steps.derived import Move

FILE = "values.yaml"
VALUES = "a: 1\nb: 2\nimage: docker.io/acme/app:1.0\n"
OLD, NEW = Reference.parse("docker.io/acme/app:1.0"), Reference.parse("dhi.io/app:1.1")


def image(before=OLD, after=NEW, slots=()):
    return SimpleNamespace(before=before, decision=SimpleNamespace(after=after), slots=slots)


def slot(key):
    return SimpleNamespace(read=lambda manifests: json.loads(manifests.objects[0].data["data"][key]))


class Chart:
    """Renders a ConfigMap with a field for each value; what ``also`` gives, besides."""

    def __init__(self, also=lambda _: {}, refuse=lambda _: ""):
        self.also, self.refuse, self.count = also, refuse, 0

    def render(self, texts, **_):
        self.count += 1
        values = yaml.safe_load(texts[FILE])
        why = self.refuse(values)
        if why:
            raise RenderError(why)
        shown = {key: json.dumps(value) for key, value in {**values, **self.also(values)}.items()}
        return Manifests(
            {
                "c/templates/t.yaml": yaml.safe_dump(
                    {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": shown}
                )
            }
        )

    def tells_time(self, _):
        return False


@dataclass
class Context:
    """What a judge asks of the state before."""

    texts: dict
    manifests: Manifests
    target: object
    moving: tuple
    chart = SimpleNamespace(name="app")

    def trace_of(self, _):
        return SimpleNamespace(values={})


class Goal:
    """A field that is to be something."""

    def __init__(self, name, want):
        self.name, self.want = name, json.dumps(want)

    def touches(self, change):
        return change.path == ("data", self.name)

    def expects(self, change):
        return self.touches(change) and change.after == self.want


def judge(chart=None, *, announces=(), allowed="", views=(), beside=(), layers=(), moving=()):
    chart = chart or Chart()
    texts = {FILE: VALUES}
    members = {"": SimpleNamespace(layers=layers, layer_of=lambda _: (None, ()))}
    context = Context(texts, chart.render(texts), SimpleNamespace(members=members), moving)
    step = SimpleNamespace(announces=lambda _, change: change.path[-1] in announces)
    witnesses = SimpleNamespace(faults=lambda *_: [f"changes {name}" for name in beside if name])
    unseen = SimpleNamespace(views=views) if views else None
    return Judge(step, context, Noise(context, chart), witnesses, unseen, allowed)


def view(chart):
    return SimpleNamespace(renderer=chart, label="as an upgrade")


def set_(key, value):
    return Edit(FILE, (key,), value)


def test_what_a_goal_wants_holds_and_is_what_changes():
    found = judge().trial([set_("a", 5)], [Goal("a", 5)])

    assert (found.fault, found.surprises, found.beside) == ("", (), False)
    assert [change.place for change in found.changes] == ["data.a"]
    assert found.result.texts[FILE] == VALUES.replace("a: 1", "a: 5")
    assert found.edits == (set_("a", 5),)


@pytest.mark.parametrize(
    ("goals", "half", "fault"),
    [
        ([Goal("a", 6)], False, "also changes ConfigMap/x data.a (1 -> 5)"),
        # half way is allowed where goals share a value, and only for what a goal is about
        ([Goal("a", 6)], True, ""),
        ([Goal("b", 5)], True, "also changes ConfigMap/x data.a (1 -> 5)"),
        ([], False, "also changes ConfigMap/x data.a (1 -> 5)"),
    ],
)
def test_what_no_goal_wants_is_a_fault(goals, half, fault):
    found = judge().trial([set_("a", 5)], goals, half=half)

    assert found.fault == fault
    assert len(found.surprises) == bool(fault)
    # Made all the same, so that it can be shown and accepted.
    assert found.edits == (set_("a", 5),)


def test_what_the_step_announces_is_no_surprise():
    assert judge(announces={"a"}).trial([set_("a", 5)], []).fault == ""


@pytest.mark.parametrize(
    ("edit", "refuse", "fault"),
    [
        (set_("a", 5), lambda values: "no such a" if values["a"] == 5 else "", "no such a"),
        (Edit(FILE, ("a", "b"), 5), lambda _: "", "values.yaml"),
    ],
)
def test_what_cannot_be_edited_or_rendered_is_a_fault_and_leaves_all_as_it_was(edit, refuse, fault):
    judging = judge(Chart(refuse=refuse))
    found = judging.trial([edit], [Goal("a", 5)])

    assert fault in found.fault
    assert (found.edits, found.changes, found.result) == ((), (), judging.start)


def test_what_differs_in_each_render_is_left_out_and_looked_for_only_where_something_surprises():
    chart = Chart()
    chart.also = lambda _: {"random": chart.count}
    judging = judge(chart)
    before = chart.count
    found = judging.trial([set_("a", 5)], [Goal("a", 5)])
    assert (found.fault, [change.place for change in found.changes]) == ("", ["data.a"])
    assert chart.count == before + 2

    calm = Chart()
    judging = judge(calm)
    before = calm.count
    judging.trial([set_("a", 5)], [Goal("a", 5)])
    assert calm.count == before + 1


# what repeats a bare part of an image, and what does not

MOVED = {"moving": [image(slots=[slot("image")])]}


@pytest.mark.parametrize(
    ("also", "code"),
    [
        (lambda v: {"name": v["image"].split("/")[0]}, DERIVED),
        (lambda v: {"other": "x" if "dhi" in v["image"] else "y"}, UNANNOUNCED),
        (lambda v: {"name": v["image"].split("/")[0], "z": "x" if "dhi" in v["image"] else "y"}, UNANNOUNCED),
    ],
)
@pytest.mark.parametrize("allowed", ["", DERIVED, UNANNOUNCED])
def test_the_gravest_of_the_surprises_is_allowed_by_its_code_and_a_lesser_one_with_it(also, code, allowed):
    judging = judge(Chart(also), allowed=allowed, **MOVED)
    goal = Goal("image", str(NEW))
    found = judging.trial([set_("image", str(NEW))], [goal])

    held = allowed == code or (allowed == UNANNOUNCED and code == DERIVED)
    assert bool(found.fault) is not held
    assert judging.code(found.surprises) == code
    assert judging.codes == {code}
    assert bool(judging.unannounced(found.surprises)) is (code == UNANNOUNCED)


def test_without_a_surprise_there_is_no_code():
    judging = judge()
    judging.trial([set_("a", 5)], [Goal("a", 5)])

    assert (judging.code([]), judging.codes) == ("", {""})


# other releases, and other views


def test_what_changes_another_release_is_a_fault_beside():
    found = judge(beside=("one", "two", "three")).trial([set_("a", 5)], [Goal("a", 5)])
    assert (found.fault, found.beside) == ("changes one; changes two", True)

    # What does not hold for the target is not worth a look at the others.
    found = judge(beside=("one",)).trial([set_("a", 5)], [])
    assert (found.fault, found.beside) == ("also changes ConfigMap/x data.a (1 -> 5)", False)


@pytest.mark.parametrize(
    ("layer", "fault"),
    [
        (
            Layer("map", "other.yaml", text="x: 1\n", sources=(FILE,)),
            "app is composed of it in other.yaml, which cannot be followed",
        ),
        (Layer("map", "other.yaml", text="x: 1\n", sources=("more.yaml",)), ""),
        (Layer("map", FILE), ""),
    ],
)
def test_values_that_are_composed_of_the_edited_file_cannot_be_followed(layer, fault):
    found = judge(layers=(layer,)).trial([set_("a", 5)], [Goal("a", 5)])

    assert (found.fault, found.beside) == (fault, bool(fault))


def test_a_surprise_that_only_another_view_shows_is_a_fault():
    hidden = Chart(lambda v: {"job": v["a"]})
    found = judge(views=[view(hidden)]).trial([set_("a", 5)], [Goal("a", 5)])

    assert found.fault == "as an upgrade, also changes ConfigMap/x data.job (1 -> 5)"
    assert [change.place for change in found.hidden] == ["data.job"]
    assert found.surprises == found.hidden
    assert not found.beside


def test_a_view_that_does_not_render_with_the_edit_is_a_fault():
    broken = Chart(refuse=lambda v: "no" if v["a"] == 5 else "")
    found = judge(views=[view(broken)]).trial([set_("a", 5)], [Goal("a", 5)])

    assert (found.fault, found.hidden) == ("as an upgrade: no", ())


def test_noise_of_another_view_is_no_surprise_there():
    noisy = Chart()
    noisy.also = lambda _: {"random": noisy.count}

    assert judge(views=[view(noisy)]).trial([set_("a", 5)], [Goal("a", 5)]).fault == ""


# what may come along


def pods(first, second="{}", images=("dhi.io/app:1.1", "dhi.io/app:1.1")):
    listed = ", ".join(
        f"{{name: c{n}, image: {one}, securityContext: {context}}}"
        for n, (one, context) in enumerate(zip(images, (first, second), strict=True))
    )
    return Manifests({"c/t.yaml": f"kind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{listed}]}}\n"})


ONE = SimpleNamespace(moving=[image()])


@pytest.mark.parametrize(
    ("images", "along"),
    [
        (("dhi.io/app:1.1", "other:1"), True),
        (("dhi.io/app:9", "other:1"), True),
        (("other:1", "dhi.io/app:1.1"), False),
        (("NO IMAGE", "dhi.io/app:1.1"), False),
    ],
)
def test_the_user_of_a_container_that_comes_to_run_a_hardened_image(images, along):
    (change,) = compare(pods("{runAsUser: 1}", images=images), pods("{runAsUser: 2}", images=images))

    assert _comes_along(change, ONE) is along
    assert not _comes_along(change, SimpleNamespace(moving=[]))
    assert not _comes_along(change, SimpleNamespace(moving=[image(after=None)]))


def test_of_a_pod_only_where_all_its_containers_do_and_only_users_and_probes():
    def pod(user, *images, field="securityContext"):
        listed = ", ".join(f"{{image: {one}}}" for one in images)
        text = f"kind: Pod\nmetadata: {{name: p}}\nspec: {{{field}: {{a: {user}}}, containers: [{listed}]}}\n"
        return Manifests({"c/t.yaml": text})

    def along(*images, **more):
        (change,) = compare(pod(1, *images, **more), pod(2, *images, **more))
        return _comes_along(change, ONE)

    assert along("dhi.io/app:1.1", "dhi.io/app:1.2")
    assert not along("dhi.io/app:1.1", "other:1")
    assert not along()
    assert not along("dhi.io/app:1.1", field="resources")


def test_an_object_that_goes_comes_along_with_nothing():
    (change,) = compare(pods("{}"), Manifests({}))

    assert not _comes_along(change, ONE)


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("docker.io/acme/app:1.0", "dhi.io/app:1.1", True),
        ("acme/app:1.0", "dhi.io/app:1.1", True),
        ("docker.io/acme/app:1.0", "dhi.io/app:1.2", False),
        ("docker.io/acme/app:1.1", "dhi.io/app:1.1", False),
        ("NO IMAGE", "dhi.io/app:1.1", False),
        ("docker.io/acme/app:1.0", "NO IMAGE", False),
    ],
)
def test_the_image_of_a_container_that_moves_as_elsewhere(before, after, moved):
    (change,) = compare(pods("{}", images=(before, "x")), pods("{}", images=(after, "x")))

    assert _is_moved(change, [Move(OLD, NEW)]) is moved
    assert not _is_moved(change, [])


def test_a_field_that_is_no_image_is_not_moved():
    def of(text):
        return Manifests({"c/t.yaml": f"kind: ConfigMap\nmetadata: {{name: p}}\nimage: {text}\n"})

    (change,) = compare(of(OLD), of(NEW))

    assert not _is_moved(change, [Move(OLD, NEW)])


def test_what_is_written_is_told_by_its_path_in_the_values():
    layer = Layer("map", "r.yaml", path=("spec", "values"))
    members = {
        "a": SimpleNamespace(layer_of=lambda _: (None, ())),
        "b": SimpleNamespace(
            layer_of=lambda edit: (layer, edit.path[2:]) if edit.file == "r.yaml" else (None, ())
        ),
    }
    context = SimpleNamespace(target=SimpleNamespace(members=members))
    edits = [
        Edit("r.yaml", ("spec", "values", "a"), 1),
        Edit("v.yaml", ("b",), 2, True),
        Edit("t.yaml", ("image", 0), "x", template=True),
    ]

    assert _written(edits, context) == [(("a",), 1), (("b",), None)]


# what all edits together change in another view


@dataclass
class End(Context):
    """A state with the images that the steps moved."""

    images: tuple = ()
    unmoved: tuple = ()
    edited: tuple = ()


def hidden(view_chart, *, also=lambda _: {}, edits=(("a", 5),), images=(), announces=(), values=None):
    """What a view shows besides, once edits are made that the plain chart renders, too: fields and derived ones."""
    plain = Chart(also)
    texts = {FILE: VALUES}
    after = {**yaml.safe_load(VALUES), **dict(edits)}
    members = {"": SimpleNamespace(layers=(), layer_of=lambda _: (None, ()))}
    target = SimpleNamespace(members=members)
    start = End(texts, plain.render(texts), target, images, images)
    end_texts = {FILE: yaml.safe_dump(values or after)}
    end = End(end_texts, plain.render(end_texts), target, images, images)
    step = SimpleNamespace(announces=lambda _, change: change.path[-1] in announces)
    one = Hidden(start, end, [set_(key, value) for key, value in edits], [step])
    found, derived = one.changes(view(view_chart), Noise(start, plain))
    return [change.place for change in found], [change.place for change in derived]


MOVES = (image(slots=[slot("image")]),)
TO_NEW = (("image", str(NEW)),)


@pytest.mark.parametrize(
    ("there", "more", "found"),
    [
        # What the plain render shows is judged there.
        (lambda _: {}, {}, ([], [])),
        (lambda v: {"job": v["a"]}, {}, (["data.job"], [])),
        (lambda v: {"job": v["b"]}, {}, ([], [])),
        # The same field, with another value than in the plain render.
        (lambda v: {"a": v["a"] + 1}, {}, (["data.a"], [])),
        (lambda v: {"job": v["a"]}, {"announces": ("job",)}, ([], [])),
        # It follows an image that moves, whole; a bare part of it may mean something else.
        (lambda v: {"job": v["image"]}, {"edits": TO_NEW, "images": MOVES}, ([], [])),
        (lambda v: {"job": v["image"].split("/")[0]}, {"edits": TO_NEW, "images": MOVES}, ([], ["data.job"])),
        (lambda v: {"job": len(v["image"])}, {"edits": TO_NEW, "images": MOVES}, (["data.job"], [])),
    ],
)
def test_what_nothing_explains_in_another_view_is_told_by_whether_it_repeats_part_of_an_image(
    there, more, found
):
    assert hidden(Chart(there), **more) == found


def test_noise_of_another_view_is_left_out_there():
    noisy = Chart()
    noisy.also = lambda values: {"random": noisy.count, "job": values["a"]}

    assert hidden(noisy) == (["data.job"], [])


def test_a_result_that_does_not_render_in_another_view_is_an_error_of_it():
    with pytest.raises(RenderError, match="no"):
        hidden(Chart(refuse=lambda values: "no" if values["a"] == 5 else ""))
