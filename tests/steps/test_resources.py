"""The lists of pull secrets of custom resources, and of images in settings: on manifests alone."""

import json
from types import SimpleNamespace

import pytest

from migrate_dhi.dhi.target import Decision
from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Image
from migrate_dhi.steps.pull_secret import hands_on
from migrate_dhi.steps.secret_lists import Resource, of_resources, resources_of, setting_needs
from migrate_dhi.steps.step import Result
from migrate_dhi.trace.pull_secrets import SecretValue, lists_of
from migrate_dhi.trace.slots import container_slots, setting_slots

IMAGE = "dhi.io/valkey:8.1.9"
DHI, OLD = {"name": "dhi"}, {"name": "old"}
FILE = "c/templates/t.yaml"


def of(*objects):
    return Manifests({FILE: "\n---\n".join(map(json.dumps, objects))})


def engine(listed=None, name="e", key="imagePullSecrets", **spec):
    spec = {"image": IMAGE, **({} if listed is None else {key: listed}), **spec}
    return {"apiVersion": "acme.example/v1", "kind": "Engine", "metadata": {"name": name}, "spec": spec}


def settings(text=f"image: {IMAGE}\n"):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a.yaml": text}}


def context_of(manifests, values=None, known=(), *, hardened=True):
    """A context in which every image is hardened already."""
    slots = [
        *container_slots(manifests),
        *(slot for item in manifests.objects for slot in setting_slots(item)),
    ]
    images = []
    for text in dict.fromkeys(slot.text for slot in slots):
        before = Reference.parse(text)
        decision = Decision(before, None, "already-dhi" if hardened else "keep", "why")
        images.append(Image(before, decision, tuple(slot for slot in slots if slot.text == text)))
    secrets = SimpleNamespace(find_for=lambda _: list(known))
    return SimpleNamespace(
        manifests=manifests,
        images=images,
        choices=SimpleNamespace(pull_secret="dhi"),
        traces={"": SimpleNamespace(values=values or {})},
        trace_of=lambda _: SimpleNamespace(secrets=secrets),
        image_of=lambda container: container.image == IMAGE and hardened,
    )


def resource(item, values=None, known=()):
    context = context_of(of(item), values, known)
    (found,) = context.manifests.objects
    return Resource(context, found, tuple(lists_of(found.data)), tuple(known))


# --- which objects they are


@pytest.mark.parametrize(
    ("objects", "names"),
    [
        ([engine()], ["e"]),
        ([engine(name="a"), engine(name="b")], ["a", "b"]),
        ([engine(more=IMAGE)], ["e"]),
        # what makes pods of its own is known by them, and what is Kubernetes' own has no operator
        ([engine(template={"spec": {"containers": [{"image": IMAGE}]}})], []),
        ([engine(podTemplate={"spec": {"containers": [{"image": IMAGE}]}})], []),
        # but a template of pods may leave the image to the operator
        ([engine(podTemplate={"spec": {"containers": [{"name": "main"}]}})], ["e"]),
        ([engine(podTemplate={"spec": {"containers": [{"image": "acme/side:1.0.0"}]}})], ["e"]),
        ([settings()], []),
        ([{**engine(), "apiVersion": "apps/v1"}], []),
        ([engine(image="other")], []),
    ],
)
def test_custom_resources_that_name_a_hardened_image(objects, names):
    found = list(resources_of(context_of(of(*objects))))

    assert [item.identity.name for item, _ in found] == names
    assert list(resources_of(context_of(of(*objects), hardened=False))) == []


@pytest.mark.parametrize(
    ("item", "known", "goals", "told"),
    [
        (engine([]), (), 1, 0),
        (engine(None), (), 0, 1),
        (engine(None), [SecretValue(("x",), "maps", frozenset())], 1, 0),
        (engine(None, secretRef="dhi"), (), 0, 0),
        (engine(None, secretRef="dhi"), [SecretValue(("x",), "maps", frozenset())], 0, 0),
        (engine([DHI]), (), 1, 0),
    ],
)
def test_a_list_or_a_value_makes_a_goal_and_silence_is_told(item, known, goals, told):
    context = context_of(of(item), known=known)
    found, silent = of_resources(context, resources_of(context))

    assert (len(found), [note.code for note in silent]) == (goals, ["pull-secret-operator"] * told)
    assert all(goal.label == "Engine/e" and goal.images == () for goal in found)
    assert all((note.object, note.file, note.severity) == ("Engine/e", FILE, "warning") for note in silent)


# --- when it is reached, and which changes are its own


@pytest.mark.parametrize(
    ("before", "after", "reached"),
    [
        (engine([]), engine([DHI]), True),
        (engine([OLD]), engine([OLD, DHI]), True),
        (engine([OLD]), engine([DHI, OLD]), True),
        (engine(None), engine([DHI]), True),
        (engine(None), engine(None, pod={"pullSecrets": [DHI]}), True),
        (engine([OLD]), engine([DHI]), False),
        (engine([]), engine(["dhi"]), False),
        (engine([]), engine([{"name": "other"}]), False),
        (engine([]), engine("dhi"), False),
        (engine([]), engine(None), False),
        (engine([]), engine([DHI], name="other-kind") | {"kind": "Other"}, False),
        # names alone, as those that are there
        (engine(["old"]), engine(["old", "dhi"]), True),
        (engine(["old"]), engine(["old", DHI]), False),
        (engine(["old"]), engine(["dhi"]), False),
        (engine([OLD]), engine([OLD, "dhi"]), False),
    ],
)
def test_the_secret_stands_in_a_list_and_none_is_gone(before, after, reached):
    found = resource(before).reached(Result({}, of(after)))

    assert found.whole is reached
    assert found.missing == (() if reached else ("Engine/e",))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (engine([]), engine([DHI]), True),
        (engine([OLD]), engine([OLD, DHI]), True),
        (engine(None), engine([DHI]), True),
        (engine(None), engine(None, pod={"pullSecrets": [DHI]}), True),
        (engine(["old"]), engine(["old", "dhi"]), True),
        (engine(["old"]), engine(["old", DHI]), False),
        (engine([OLD]), engine([OLD, "dhi"]), False),
        (engine([]), engine([OLD]), False),
        (engine([]), engine([{**DHI, "more": 1}]), False),
        (engine(None), engine(None, pod={"pullSecrets": [DHI], "more": 1}), False),
        (engine([]), engine([], replicas=1), False),
        (engine(None), engine(None, pod=[DHI]), False),
    ],
)
def test_the_secret_in_a_list_is_expected_and_nothing_else(before, after, expected):
    goal = resource(before)
    changes = compare(of(before), of(after))

    assert changes
    assert all(goal.expects(change) for change in changes) is expected
    assert all(goal.touches(change) for change in changes) is expected


def test_the_list_of_another_object_is_none_of_it():
    (change,) = compare(of(engine([], name="other")), of(engine([DHI], name="other")))

    assert not resource(engine([])).expects(change)


# --- what is proposed


@pytest.mark.parametrize(
    ("values", "known", "expected"),
    [
        ({}, [], []),
        ({"imagePullSecrets": []}, [], [("imagePullSecrets", [DHI]), ("imagePullSecrets", ["dhi"])]),
        ({"a": {"pullSecrets": None}}, [], [("a.pullSecrets", [DHI]), ("a.pullSecrets", ["dhi"])]),
        ({"pullSecrets": [OLD]}, [], [("pullSecrets", [OLD, DHI]), ("pullSecrets", [OLD, "dhi"])]),
        ({"pullSecret": "x"}, [], []),
        # what is known to come out there first
        (
            {"imagePullSecrets": ["old"]},
            [SecretValue(("x", "y"), "strings", frozenset(), ["old"])],
            [
                ("x.y", ["old", "dhi"]),
                ("imagePullSecrets", ["old", DHI]),
                ("imagePullSecrets", ["old", "dhi"]),
            ],
        ),
    ],
)
def test_known_values_come_first_then_each_list_in_both_shapes(values, known, expected):
    found = list(resource(engine([]), values, known).propose())

    assert [
        (".".join(map(str, one.path)), one.value) for proposal in found for one in proposal.sets
    ] == expected
    assert [proposal.reason for proposal in found] == [f"add the secret to {path}" for path, _ in expected]


# --- images in settings alone


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        ([settings()], True),
        ([settings(f"image: {IMAGE}\npullSecret: dhi\n")], True),
        ([{**settings(), "data": {"a.yaml": f"image: {IMAGE}\n", "secret": "dhi"}}], False),
        # a pod or an operator has its own way to the secret
        (
            [
                settings(),
                {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"image": IMAGE}]}},
            ],
            False,
        ),
        ([settings(), engine()], False),
        ([settings("image: other\n")], False),
    ],
)
def test_settings_that_name_an_image_are_told_of(objects, told):
    found = setting_needs(context_of(of(*objects)), "dhi")

    assert [(note.code, note.object, note.file) for note in found] == (
        [("pull-secret-operator", "ConfigMap/c", FILE)] if told else []
    )
    assert all(IMAGE in note.message for note in found)


# --- settings that hand the secret on


def deployment(env=(), args=()):
    main = {"name": "main", "image": "a", "env": list(env), "args": list(args)}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"template": {"spec": {"containers": [main]}}},
    }


@pytest.mark.parametrize(
    ("before", "after", "handed"),
    [
        ([], [{"name": "IMAGE_PULL_SECRETS", "value": "dhi"}], True),
        ([], [{"name": "imagePullSecret", "value": "dhi"}], True),
        ([], [{"name": "PULL-SECRET-NAME", "value": "dhi"}], True),
        ([{"name": "PULL_SECRET", "value": ""}], [{"name": "PULL_SECRET", "value": "dhi"}], True),
        ([{"name": "PULL_SECRET", "value": None}], [{"name": "PULL_SECRET", "value": "dhi"}], True),
        ([{"name": "PULL_SECRET"}], [{"name": "PULL_SECRET", "value": "dhi"}], True),
        ([{"name": "PULL_SECRET", "value": "old"}], [{"name": "PULL_SECRET", "value": "dhi"}], False),
        ([], [{"name": "SECRET", "value": "dhi"}], False),
        ([], [{"name": "PULL_SECRET", "value": "other"}], False),
        ([], [{"name": "PULL_SECRET", "value": "dhi,dhi"}], False),
        ([{"name": "PULL_SECRET", "value": "dhi"}], [], False),
        ([{"name": "A", "value": ""}], [{"name": "A", "value": "dhi"}], False),
    ],
)
def test_a_variable_of_the_environment_may_hand_it_on(before, after, handed):
    changes = compare(of(deployment(before)), of(deployment(after)))

    assert changes
    assert all(hands_on(change, "dhi") for change in changes) is handed


@pytest.mark.parametrize(
    ("before", "after", "handed"),
    [
        # lists and maps under a key that speaks of pull secrets, in a text of YAML or JSON
        ("a: 1", "a: 1\nimagePullSecrets: [dhi]", True),
        ("a: 1", "a: 1\nimagePullSecrets: [{name: dhi}]", True),
        ("a: 1", "a: 1\nimage_pull_secret: dhi", True),
        ("pullSecrets: []", "pullSecrets: [{name: dhi}]", True),
        ("pullSecret: ''", "pullSecret: dhi", True),
        ("a: 1", "a: 1\npull: {pullSecret: {name: dhi}}", True),
        ("a: 1", '{"a": 1, "pullSecrets": ["dhi"]}', True),
        ("a: 1", "a: 1\npullSecrets: [dhi, other]", False),
        ("a: 1", "a: 1\npullSecrets: [{name: dhi, more: 1}]", False),
        ("a: 1", "a: 1\npull: {pullSecret: {name: dhi}, more: 1}", False),
        ("a: 1", "a: 1\nsecrets: [dhi]", False),
        ("pullSecret: old", "pullSecret: dhi", False),
        ("a: 1", "a: 2\npullSecret: dhi", False),
        ("a: 1", "a: 1", None),
    ],
)
def test_a_text_of_settings_may_hand_it_on(before, after, handed):
    changes = compare(of(settings(before)), of(settings(after)))

    assert (all(hands_on(change, "dhi") for change in changes) if changes else None) is handed


@pytest.mark.parametrize(
    ("before", "after", "handed"),
    [
        ([], ["--image-pull-secrets=dhi"], True),
        (["-v"], ["-v", "--imagePullSecret=dhi"], True),
        (["-v"], ["--pull-secret=dhi", "-v"], True),
        ([], ["--secret=dhi"], False),
        ([], ["--pull-secret=other"], False),
        ([], ["--pull-secret"], False),
        (["--pull-secret=old"], ["--pull-secret=dhi"], False),
        (["--pull-secret=dhi"], [], False),
        # in two words
        ([], ["--pull-secret", "dhi"], True),
        (["-v"], ["--image-pull-secret", "dhi", "-v"], True),
        (["--pull-secret", ""], ["--pull-secret", "dhi"], True),
        (["--pull-secret", "old"], ["--pull-secret", "dhi"], False),
        ([], ["--pull-secret", "dhi", "more"], False),
        ([], ["--secret", "dhi"], False),
        ([], ["--pull-secret", "other"], False),
        ([], ["--pull-secret=x", "dhi"], False),
        ([], ["dhi"], False),
        (["", "-v"], ["dhi", "-v"], False),
    ],
)
def test_an_argument_may_hand_it_on(before, after, handed):
    changes = compare(of(deployment(args=before)), of(deployment(args=after)))

    assert changes
    assert all(hands_on(change, "dhi") for change in changes) is handed
