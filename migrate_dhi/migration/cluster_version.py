"""Images whose tag follows the version of the cluster: charts take kubectl in that of ``.Capabilities.KubeVersion``.

Which one it is only the user knows. What is assumed becomes the tag that is written, which follows no cluster any more.
"""

import re
from contextlib import suppress
from dataclasses import replace

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.engine import DEFAULT_KUBE_VERSION
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.renderers import Renderers
from migrate_dhi.steps.context import Context, Image

_MAJOR, _MINOR = map(int, DEFAULT_KUBE_VERSION.removeprefix("v").split(".")[:2])
_OTHER = f"v{_MAJOR}.{_MINOR - 1}.0"
_SHOWS = re.compile(rf"v?{_MAJOR}\.{_MINOR}(?![\d])")


def of_cluster_version(context: Context, trials: Renderers) -> list[Finding]:
    """A warning for each image that moves and has another tag with another version of Kubernetes, none being named."""
    suspects = [image for image in context.moving if _SHOWS.match(image.before.tag)]
    if not suspects or all(member.options.kube_version for member in trials.members):
        return []
    with suppress(MigrateDhiError):
        others = Renderers([_elsewhere(member) for member in trials.members])
        manifests = others.render(context.chart.texts)
        return [
            _told(image)
            for image in suspects
            if any(slot.read(manifests) not in ("", slot.text) for slot in image.reachable)
        ]
    return []


def _elsewhere(member: Renderer) -> Renderer:
    """What renders for a cluster of another version, where none is named."""
    other = member.seen()
    if not member.options.kube_version:
        other.options = replace(other.options, kube_version=_OTHER)
    return other


def _told(image: Image) -> Finding:
    return Finding(
        "kube-version-tag",
        "warning",
        f"the tag of {image.before} is the version of Kubernetes that the chart is rendered for, and none is named: "
        f"{DEFAULT_KUBE_VERSION} is assumed, and {image.decision.after} is written for every cluster",
        help="name the version that the cluster has with --kube-version, or the tag with --to",
    )
