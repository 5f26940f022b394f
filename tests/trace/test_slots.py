"""Slots: where images stand in the manifests, what each place is, and how it is read in another render."""

import pytest

from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.slots import container_slots, role_of, setting_slots

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  annotations: {seen: acme/annotated:1.0}
spec:
  selector: {matchLabels: {image: acme/label:1.0}}
  template:
    metadata: {labels: {a: acme/label:1.0}}
    spec:
      initContainers:
        - {name: first, image: acme/first:1.0}
      containers:
        - name: main
          image: acme/main:1.0
          args: [--sidecar=acme/side:1.0, --plain]
          command: [run, acme/other:1.0]
          env:
            - {name: JOB, value: acme/job:1.0}
        - {name: bare}
"""
SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  a.yaml: |
    image: acme/in-config:1.0
"""
CUSTOM = """\
apiVersion: acme.example/v1
kind: Engine
metadata: {name: engine}
spec:
  image: acme/whole:1.0
  driver: {repository: quay.io/acme, image: driver, version: v1.2.3}
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: engines.acme.example}
spec: {default: acme/example:1.0}
"""


def objects(*texts):
    return list(Manifests({f"c/templates/{n}.yaml": text for n, text in enumerate(texts)}).objects)


def settings(text):
    return setting_slots(objects(text)[0])


def test_containers_that_name_an_image_are_slots():
    slots = list(container_slots(Manifests({"c/templates/x.yaml": POD})))

    assert [(slot.container, slot.role, slot.text, slot.word) for slot in slots] == [
        ("first", "init", "acme/first:1.0", None),
        ("main", "container", "acme/main:1.0", None),
    ]
    assert slots[1].path == ("spec", "template", "spec", "containers", 0, "image")
    assert all(slot.runs and slot.template == "c/templates/x.yaml" for slot in slots)


def test_images_beside_the_containers_but_not_in_labels_and_annotations():
    assert [(slot.role, slot.text, slot.word, slot.container) for slot in settings(POD)] == [
        ("argument", "acme/side:1.0", 1, "main"),
        ("argument", "acme/other:1.0", None, "main"),
        ("environment", "acme/job:1.0", None, "main"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SETTINGS, [("config", "acme/in-config:1.0", 1)]),
        (
            CUSTOM,
            [
                ("custom-resource", "acme/whole:1.0", None),
                ("custom-resource", "quay.io/acme/driver:v1.2.3", None),
            ],
        ),
        (DEFINITION, []),
    ],
)
def test_images_of_settings(text, found):
    slots = settings(text)

    assert [(slot.role, slot.text, slot.word) for slot in slots] == found
    assert not any(slot.runs or slot.container for slot in slots)


def test_pieces_are_read_together_in_another_render():
    _, slot = settings(CUSTOM)
    (after,) = objects(CUSTOM.replace("v1.2.3", "v1.2.4").replace("quay.io/acme", "dhi.io"))

    assert [piece.path for piece in slot.places] == [
        ("spec", "driver", "repository"),
        ("spec", "driver", "image"),
        ("spec", "driver", "version"),
    ]
    assert slot.path == ("spec", "driver", "repository")
    assert slot.read_in(after) == "dhi.io/driver:v1.2.4"
    assert slot.words_at(("spec", "driver", "image")) == {None}
    assert slot.words_at(("spec", "image")) == set()


@pytest.mark.parametrize(
    ("other", "read"),
    [
        (SETTINGS, "acme/in-config:1.0"),
        (SETTINGS.replace("acme/in-config", "dhi.io/in-config"), "dhi.io/in-config:1.0"),
        (SETTINGS.replace("image: ", ""), ""),
        (SETTINGS.replace("a.yaml", "b.yaml"), ""),
        (SETTINGS.replace("name: settings", "name: others"), ""),
        (CUSTOM, ""),
    ],
)
def test_a_slot_is_read_at_its_word_or_is_empty(other, read):
    (slot,) = settings(SETTINGS)

    assert slot.read(Manifests({"c/templates/1.yaml": other})) == read


def test_a_number_is_read_as_text_and_a_list_is_no_image():
    _, slot = settings(CUSTOM)
    (number,) = objects(CUSTOM.replace("v1.2.3", "17"))
    (odd,) = objects(CUSTOM.replace("v1.2.3", "[1]"))

    assert slot.read_in(number) == "quay.io/acme/driver:17"
    assert "17" not in slot.read_in(odd)


def test_the_place_of_a_string_says_what_it_is():
    (deployment,) = objects(POD)
    pod = ("spec", "template", "spec", "containers", 0)

    assert role_of(deployment, (*pod, "env", 0, "value")) == ("environment", "main")
    assert role_of(deployment, (*pod, "args", 0)) == ("argument", "main")
    assert role_of(deployment, ("spec", "other")) == ("config", "")
    assert role_of(objects(CUSTOM)[0], ("spec", "image")) == ("custom-resource", "")


def test_with_the_release_only_values_become_its_own():
    (slot,) = settings(SETTINGS)
    value, version = Variable(("image",)), Variable(("appVersion",), source="chart")
    pattern = (value, ":", version)
    switch = Variable(("on",))
    mine = type(slot)(
        *(getattr(slot, name) for name in ("identity", "template", "index", "path", "word", "text", "role")),
        container="",
        patterns=(pattern,),
        settings={pattern: {switch: True}},
    ).of_release("staging")

    own = Variable(("image",), release="staging")
    assert mine.patterns == ((own, ":", version),)
    assert mine.settings == {mine.patterns[0]: {Variable(("on",), release="staging"): True}}
    assert mine.variables == (own, version)
    assert mine.holders == ((),)


def test_slots_are_named_for_people():
    first, main = container_slots(Manifests({"c/templates/x.yaml": POD}))
    argument = settings(POD)[0]
    (config,) = settings(SETTINGS)

    assert str(main) == f"{main.identity}: main"
    assert str(first).endswith(": first")
    assert str(argument) == f"{main.identity}: main (argument)"
    assert str(config) == str(config.identity)
    assert config.key == (config.identity, ("data", "a.yaml"), 1)


def test_a_slot_of_settings_says_where_its_object_renders():
    text = """\
kind: ConfigMap
metadata: {name: first}
---
apiVersion: acme.example/v1
kind: Engine
metadata: {name: e, labels: {image: "acme/x:1.2.3"}}
spec: {repository: quay.io/acme/app, tag: v1, side: "acme/side:1.2.3", args: "--a=acme/arg:1.2.3 --b"}
"""
    manifests = Manifests({"c/templates/a.yaml": text})
    found = {slot.text: slot for item in manifests.objects for slot in setting_slots(item)}

    assert found.keys() == {"quay.io/acme/app:v1", "acme/side:1.2.3", "acme/arg:1.2.3"}
    for slot in found.values():
        assert (str(slot.identity), slot.template, slot.index) == ("Engine/e", "c/templates/a.yaml", 1)
        assert (slot.role, slot.container, slot.patterns) == ("custom-resource", "", ())
        assert slot.read(manifests) == slot.text
    pieces, side, arg = (found[text] for text in ("quay.io/acme/app:v1", "acme/side:1.2.3", "acme/arg:1.2.3"))
    assert [piece.path for piece in pieces.pieces] == [("spec", "repository"), ("spec", "tag")]
    assert (pieces.path, pieces.word) == (("spec", "repository"), None)
    assert (side.path, side.word, side.pieces) == (("spec", "side"), None, ())
    assert (arg.path, arg.word) == (("spec", "args"), 1)


def test_definitions_of_kinds_hold_no_images():
    text = "kind: CustomResourceDefinition\nspec: {default: 'acme/x:1.2.3'}\n"

    assert setting_slots(Manifests({"t": text}).objects[0]) == ()
