"""Edits of the user's own: one that no template reads is refused, wherever the values of a release stand."""

import json
from types import SimpleNamespace

import pytest
import yaml

from migrate_dhi.edit import Edit
from migrate_dhi.errors import RenderError
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration.pins import of_pins
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer

FILE = "web/values.yaml"
OBJECT = "web/release.yaml"
TEXTS = {
    FILE: "a: {b: 1, unread: 1}\n",
    "web/Chart.yaml": "name: web\nversion: 1.0.0\n",
    OBJECT: "kind: HelmRelease\nspec:\n  values:\n    a: {b: 1}\n",
}


class Renderer:
    """Shows the values that ``reads`` gives of those in both files."""

    def __init__(self, reads, random=False):
        self.reads, self.random, self.count = reads, random, 0

    def render(self, texts, **_):
        self.count += 1
        shown = self.reads(yaml.safe_load(texts[FILE]), yaml.safe_load(texts[OBJECT])["spec"]["values"])
        return Manifests({"t": json.dumps(shown), "r": str(self.count if self.random else 0)})


def told(*pins, templates="", reads=lambda *_: None, random=False, prefix=()):
    chart = SimpleNamespace(chart_file="web/Chart.yaml")
    layers = (Layer("file", FILE), Layer("map", OBJECT, 0, ("spec", "values")))
    members = {"": Deployed(SimpleNamespace(values_file=FILE, editable=False), layers)}
    context = SimpleNamespace(
        choices=SimpleNamespace(pinned={"tag": pins}),
        chart=chart,
        texts=TEXTS,
        nodes=[
            SimpleNamespace(prefix=(), templates=()),
            SimpleNamespace(prefix=prefix, templates=[("t", templates)]),
        ],
        target=SimpleNamespace(members=members),
    )
    return [
        (one.message.partition(" reads ")[2].partition(",")[0], one.file, one.line)
        for one in of_pins("tag", context, Renderer(reads, random))
    ]


def edit(*path, value=2):
    return Edit(FILE, path, value)


UNREAD = [("a.b", FILE, 1)]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, UNREAD),
        # What a template names is read, though it changes nothing now.
        ({"templates": "{{ if false }}{{ .Values.a.b }}{{ end }}"}, []),
        ({"templates": "{{ .Values.a.bc }}"}, UNREAD),
        ({"templates": "{{ .Values.a.b.c }}"}, UNREAD),
        ({"templates": "{{ .Values.x.a.b }}"}, UNREAD),
        # What it makes otherwise is read, however that is written.
        ({"reads": lambda own, _: own["a"]["b"]}, []),
        ({"reads": lambda own, _: own["a"]["unread"]}, UNREAD),
        # What differs in each render shows nothing.
        ({"random": True}, UNREAD),
        ({"random": True, "reads": lambda own, _: own["a"]["b"]}, []),
        # A dependency names it below its key.
        ({"templates": "{{ .Values.b }}", "prefix": ("a",)}, []),
        ({"templates": "{{ .Values.b }}", "prefix": ("c",)}, UNREAD),
        ({"templates": "{{ .Values.a.b }}", "prefix": ("a",)}, UNREAD),
    ],
)
def test_a_value_is_read_where_a_template_names_it_or_makes_something_else_of_it(more, found):
    assert told(edit("a", "b"), **more) == found


@pytest.mark.parametrize(
    ("templates", "found"),
    [("{{ .Values.a.b }}", []), ("{{ .Values.spec.values.a.b }}", [("spec.values.a.b", OBJECT, 4)])],
)
def test_a_value_in_an_object_is_named_by_its_path_among_the_values(templates, found):
    pin = Edit(OBJECT, ("spec", "values", "a", "b"), 2, document=0)

    assert told(pin, templates=templates) == found


@pytest.mark.parametrize(
    ("path", "read"),
    [
        (("version",), True),
        (("appVersion",), True),
        (("dependencies", 0, "version"), True),
        (("other",), False),
    ],
)
def test_what_helm_reads_of_chart_yaml_counts(path, read):
    assert bool(told(Edit("web/Chart.yaml", path, "2.0.0"))) is not read


def test_each_edit_is_judged_with_the_others_made():
    pins = edit("a", "b"), edit("a", "new")

    # Read only where the other one is set.
    assert told(*pins, reads=lambda own, _: own["a"]["b"] == 2 and own["a"].get("new")) == []
    assert told(*pins, reads=lambda own, _: own["a"]["b"]) == [("a.new", FILE, 1)]


def test_an_edit_that_changes_nothing_or_cannot_be_made_is_judged_elsewhere():
    assert told(edit("a", "b", value=1)) == []
    assert told(edit("a", "b", "c")) == []

    def fails(own, _):
        raise RenderError("no")

    assert told(edit("a", "b"), reads=fails) == []
