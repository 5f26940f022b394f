"""Charts whose templates are functions of the values, in memory: a render of one takes no time."""

import json
from types import SimpleNamespace

from migrate_dhi.helm.chart import merge
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.trace.tracing import trace


class Chart:
    """Renders by a function of the merged values and the appVersion; remembers what it was given.

    ``template`` returns objects, one or a list of them, or a text.
    """

    label = ""

    def __init__(self, template, values, nodes=(), app_version="8.1.4", *, editable=True):
        self.template, self.values, self.nodes = template, values, nodes
        self.chart = SimpleNamespace(app_version=app_version, editable=editable, templates=())
        self.renders, self.begun = [], []

    def render(self, texts, extra=None):
        self.renders.append(extra)
        made = self.template(merge(self.values, extra or {}), texts.get("appVersion", self.chart.app_version))
        objects = made if isinstance(made, list) else [made]
        text = "\n---\n".join(one if isinstance(one, str) else json.dumps(one) for one in objects)
        return Manifests({"c/templates/t.yaml": text}, self.values)

    def begin(self, _texts, extra):
        self.begun.append(extra)


def node(text="", prefix=(), defaults=None, kind="application", app_version="8.1.4", name="c"):
    """One chart of the tree, with the text of its only template."""
    files = {"values.yaml": json.dumps(defaults) if defaults else "", "templates/t.yaml": text}
    source = SimpleNamespace(
        read=lambda file: files.get(file, ""),
        under=lambda folder: {file: own for file, own in files.items() if file.startswith(f"{folder}/")},
        children=lambda: iter(()),
    )
    return ChartNode(
        prefix, "/charts/".join([name, *prefix]), {"type": kind, "appVersion": app_version}, source
    )


def pod(*images, name="web", kind="Pod", api="v1", **spec):
    """A pod with a container for each image."""
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"containers": containers, **spec},
    }


def traced(template, values, nodes=None, **more):
    """(trace, the chart with its renders after the first one)."""
    chart = Chart(template, values, (node(),) if nodes is None else nodes, **more)
    before = chart.render({})
    chart.renders.clear()
    return trace(chart, {}, before, lambda version: {"appVersion": version}), chart
