"""A chart that does not render with its own values, planned with the values files for tests that it brings along.

chart-testing installs a chart once with each ``ci/*-values.yaml``, so these are complete. They are no deployment: what
they decide is edited nowhere, and the plan says what its proof stands on.
"""

from collections.abc import Iterator
from dataclasses import replace

from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import join
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.required import rendering_examples
from migrate_dhi.migration.source import Source
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.target import Target

_WHY = "values for tests of the chart, which nothing deploys"


def with_examples(source: Source, trials: Renderer) -> Source | None:
    """The same chart, once with each of its values files for tests that it renders with; None where there is none.

    Only a chart that nothing is known to deploy, and that no values are given for, is planned like that.
    """
    only = source.target.first
    deployed = only.release and only.release.way != "chart"
    if len(source.target.members) > 1 or deployed or only.layers or not only.chart.editable:
        return None
    rendering, failing = rendering_examples(trials)
    if not rendering:
        return None
    members = [
        replace(only, example=file, layers=(Layer("file", file, writable=False, reason=_WHY, text=text),))
        for file, text in ((join(only.chart.path, name), text) for name, text in rendering.items())
    ]
    target = Target.of(members, source.target.others, alone=source.target.alone)
    return replace(
        source, target=target, examples_failing=tuple(join(only.chart.path, name) for name in failing)
    )


def of_examples(source: Source) -> Iterator[Finding]:
    """What the proof of such a plan stands on."""
    names = [member.example for member in source.target.members.values() if member.example]
    if names:
        besides = source.examples_failing
        failed = f"; it does not render with {', '.join(besides)}" if besides else ""
        yield Finding(
            "values-of-tests",
            "warning",
            f"{source.title} does not render with its own values: what is proven here is proven with "
            f"{', '.join(names)} only{failed}",
            file=names[0],
            help="give the values that it is deployed with by --values FILE, to have it proven for them",
        )
