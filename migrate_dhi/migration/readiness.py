"""The readiness of the planned result: what runs hardened images in the final render, as findings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.readiness import Running, check
from migrate_dhi.dhi.readiness.running import NOBODY
from migrate_dhi.findings import Finding
from migrate_dhi.kube.ports import declared
from migrate_dhi.kube.users import numeric_user
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.context import Context
from migrate_dhi.trace.unlisted import leaves
from migrate_dhi.yamledit import format_path

_OF_PORTS = ("port-differs", "port-low")
_MOST_VALUES = 4


def of_readiness(context: Context, catalog: Catalog, told: Sequence[Finding]) -> list[Finding]:
    """Findings on the final render; what stays true when a step is left out stays as grave as it is.

    Args:
        context: the state after all steps.
        catalog: the catalog, which has the variants of each image.
        told: the findings so far; what a step has said of a container is not said again.
    """
    found = list(running(context, catalog))
    images = {i.decision.after for i in context.moving if i.decision.after}
    known = {(finding.code, finding.object, finding.container) for finding in told}
    return [
        _placed(_probed(remark) if context.choices.probes == "keep" else remark, found, context)
        for remark in check(
            context.manifests,
            found,
            before=context.baseline,
            images=images,
            operators=context.playbooks.operators,
        )
        if (remark.code, remark.object, remark.container) not in known
    ]


def _probed(remark: Finding) -> Finding:
    """A probe that was kept by ``--probes keep`` is settled by the step that replaces it, too."""
    if remark.code != "probe-unreached" or remark.severity != "error":
        return remark
    return replace(remark, ways=(("--probes", "strong"), *remark.ways))


def _placed(remark: Finding, found: Sequence[Running], context: Context) -> Finding:
    """A remark on a port, with the values that hold its number under a key that speaks of ports."""
    if remark.code not in _OF_PORTS:
        return remark
    of = next(
        one.container
        for one in found
        if (str(one.container.pod), one.container.name) == (remark.object, remark.container)
    )
    numbers = {str(port["containerPort"]) for port in declared(of)}
    holding = [
        format_path(path)
        for path, value in leaves(context.trace_of(of.pod.object.identity.release).values)
        if str(value) in numbers and "port" in str(path[-1]).lower()
    ]
    if not holding or len(holding) > _MOST_VALUES:
        return remark
    told = f"{' and '.join(holding)} {'hold' if len(holding) > 1 else 'holds'} {' or '.join(sorted(numbers))}"
    return replace(remark, help=f"{remark.help}; of the values, {told}")


def running(context: Context, catalog: Catalog) -> Iterator[Running]:
    """The containers whose image, as rendered now, is a hardened one."""
    old = {container.key: container for container in context.baseline.containers}
    for container in context.manifests.containers:
        image = context.image_of(container)
        now = Reference.try_parse(container.image)
        if image is None or now is None:
            continue
        target = image.decision.after or image.before
        if now.canonical().image != target.canonical().image:
            # The registry step did not move it: the upstream image runs on.
            continue
        definition = image.decision.definition
        user = numeric_user(old.get(container.key))
        known = context.playbooks.member(image.before, definition.image) if definition else None
        yield Running(
            container,
            image.before,
            now,
            definition,
            image.decision.assumed,
            user,
            known=known or NOBODY,
            variants=catalog.definitions(definition.image) if definition else (),
            user_given=user is None and numeric_user(container) is not None,
        )
