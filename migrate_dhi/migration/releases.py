"""Releases as a plan shows them."""

from typing import Literal

from migrate_dhi.migration.plan import ReleaseSummary
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Release, show


def summary_of(
    release: Release, namespace: str, name: str, role: Literal["target", "witness"] = "target"
) -> ReleaseSummary:
    """A release, with the namespace and the name that it was rendered for."""
    layers = tuple(summary_of_layer(layer) for layer in release.layers)
    return ReleaseSummary(release.way, namespace, name, release.file, release.line, layers, role)


def summary_of_layer(layer: Layer) -> tuple[str, str, str]:
    """Form, file, and path in the document."""
    return layer.form, layer.file, show(layer)
