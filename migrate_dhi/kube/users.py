"""Which user a container runs as, as Kubernetes resolves it: its own security context, else its pod's."""

from typing import Any

from migrate_dhi.kube.manifests import Container, value_at


def effective(container: Container, field: str) -> Any:
    """A field of the security context (``runAsUser``, ``runAsNonRoot``, ``fsGroup``), or None."""
    own = value_at(container.spec, ("securityContext", field))
    return own if own is not None else value_at(container.pod.spec, ("securityContext", field))


def numeric_user(container: Container | None) -> int | None:
    """The user that the manifest gives a container by its number; None: the image's own."""
    number = effective(container, "runAsUser") if container else None
    if isinstance(number, float) and number.is_integer():
        # A template writes what is above a million as `1e+06`, and Kubernetes takes it for what it is.
        return int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None
