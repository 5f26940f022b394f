"""Releases as a plan shows them."""

from typing import Literal

from migrate_dhi.migration.plan import ReleaseSummary
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import show


def summary_of(
    deployed: Deployed, namespace: str, name: str, role: Literal["target", "witness"] = "target"
) -> ReleaseSummary:
    """A release, with the namespace and the name that it was rendered for."""
    layers = tuple(_layer(layer) for layer in deployed.layers)
    release = deployed.release
    if release is None:
        return ReleaseSummary("chart", namespace, name, deployed.chart.chart_file, 1, layers, role)
    return ReleaseSummary(release.way, namespace, name, release.file, release.line, layers, role)


def _layer(layer: Layer) -> tuple[str, str, str]:
    """Form, file, and path in the document."""
    return layer.form, layer.file, show(layer)
