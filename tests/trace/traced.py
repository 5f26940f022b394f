"""A fixture chart with its trials, as the planner lays them out."""

from contextlib import contextmanager

from migrate_dhi.helm.engine import RenderOptions
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.source import open_source
from migrate_dhi.steps.context import parsed
from migrate_dhi.trace.tracing import APP_VERSION, trace


@contextmanager
def trials_of(chart, *, offline=True, cache=None, **options):
    """Renderer of a chart directory, offline."""
    with Renderer(
        open_source(chart).chart,
        RenderOptions(chart.name),
        shelf=Shelf(offline=offline, cache=cache),
        **options,
    ) as trials:
        yield trials


def traced(chart):
    """(trace, manifests before, renders that it cost)."""
    with trials_of(chart) as trials:
        texts = trials.chart.texts
        before = trials.render(texts, merged=True)

        def with_app_version(version):
            file = trials.chart.chart_file
            return {**texts, file: parsed(texts[file], file).set(APP_VERSION.path, version).text}

        found = trace(trials, texts, before, with_app_version)
        return found, before, trials.count


def shapes(slot):
    """The patterns of a slot as texts: {image.registry}/{image.repository}:{image.tag}."""
    return ["".join(t if isinstance(t, str) else f"{{{t}}}" for t in pattern) for pattern in slot.patterns]
