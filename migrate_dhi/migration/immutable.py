"""Fields that the API server refuses to change: a sync of the branch would fail on them."""

from collections.abc import Iterable, Mapping

from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import Object, Path
from migrate_dhi.untyped import mapping

# Field by kind (Kubernetes API validation of each kind).
_IMMUTABLE: Mapping[str, tuple[Path, ...]] = {
    "Deployment": (("spec", "selector"),),
    "ReplicaSet": (("spec", "selector"),),
    "DaemonSet": (("spec", "selector"),),
    "StatefulSet": (
        ("spec", "selector"),
        ("spec", "serviceName"),
        ("spec", "volumeClaimTemplates"),
        ("spec", "podManagementPolicy"),
    ),
    "Job": (("spec", "selector"), ("spec", "template"), ("spec", "completionMode")),
    "PersistentVolumeClaim": (
        ("spec", "accessModes"),
        ("spec", "storageClassName"),
        ("spec", "selector"),
        ("spec", "volumeName"),
        ("spec", "volumeMode"),
        ("spec", "dataSource"),
    ),
    "RoleBinding": (("roleRef",),),
    "ClusterRoleBinding": (("roleRef",),),
    "Secret": (("type",),),
    "StorageClass": (("provisioner",), ("parameters",), ("reclaimPolicy",), ("volumeBindingMode",)),
    "PriorityClass": (("value",), ("preemptionPolicy",)),
}
_OPTIONS = "argocd.argoproj.io/sync-options"
# Argo CD replaces an object by an update, which the API server refuses as well, unless it is told to force it.
_RECREATED = frozenset({"Replace=true", "Force=true"})


def of_changes(changes: Iterable[Change]) -> list[Finding]:
    """Fields that the cluster will refuse to change."""
    found: dict[tuple[str, str], Finding] = {}
    for change in changes:
        item = change.object
        if change.before_object and change.after_object and _apart(change.before_object, change.after_object):
            continue
        for field in _fixed_fields(item):
            if not _within(change.path, field) or (item.kind == "Job" and _replaced(change)):
                continue
            place = ".".join(map(str, field))
            job = item.kind == "Job"
            found.setdefault(
                (str(item.identity), place),
                Finding(
                    "immutable-job" if job else "immutable-field",
                    "warning" if job else "error",
                    f"{item.identity} {change.place} would change, and Kubernetes refuses to change {place}",
                    object=str(item.identity),
                    file=item.template,
                    help="delete the finished Job before the sync, or let Argo CD replace it "
                    f"({_OPTIONS}: Force=true,Replace=true)"
                    if job
                    else "the object has to be deleted (--cascade=orphan) and created anew: plan that, then --accept "
                    "immutable-field",
                ),
            )
    return list(found.values())


def _apart(one: Object, other: Object) -> bool:
    """Whether two objects are not one to the cluster: one with another name is created anew."""
    return one.identity != other.identity


def _fixed_fields(item: Object) -> tuple[Path, ...]:
    """The fields of an object that cannot be changed; a ConfigMap or Secret says so of itself."""
    if item.data.get("immutable") is True:
        return (("data",), ("binaryData",), ("stringData",))
    return _IMMUTABLE.get(item.kind, ())


def _within(path: Path, field: Path) -> bool:
    return path[: len(field)] == field


def _replaced(change: Change) -> bool:
    """Hooks are deleted before they are created anew, unless they say otherwise; Argo CD can be told so too."""
    own = mapping(mapping(change.object.data.get("metadata")).get("annotations"))
    options = {option.strip() for option in str(own.get(_OPTIONS) or "").split(",")}
    hook = "argocd.argoproj.io/hook" in own
    return bool(change.object.hooks) or hook or options >= _RECREATED
