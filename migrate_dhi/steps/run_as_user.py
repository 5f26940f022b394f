"""Give containers a numeric user where Kubernetes could not verify the image's own.

A hardened image names its user (``nonroot``); with ``runAsNonRoot: true`` and no number Kubernetes refuses
to start the container (``CreateContainerConfigError``). → ``runAsUser: 65532``, only where that is so, and
never against a user that the chart sets.
"""

import re
from collections.abc import Iterator
from typing import Any

from migrate_dhi.dhi.readiness.owners import tied_to_user
from migrate_dhi.edit import Set, ValuesPath
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Container, Path, value_at
from migrate_dhi.kube.mounts import mounts
from migrate_dhi.kube.users import effective
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, Image
from migrate_dhi.steps.derived import hashes
from migrate_dhi.steps.step import Goals, Proposal, Reach, Result
from migrate_dhi.trace.fragments import FragmentTracer, Reaching
from migrate_dhi.trace.pattern import Variable

_USER = ("runAsUser",)
_WORDS = regex(r"security_?-?context", re.IGNORECASE)
_FIELDS = ("runAsUser", "runAsGroup", "fsGroup")


class RunAsUserStep:
    """A numeric user for containers that must not run as root."""

    name = "run-as-user"
    title = "Name the user by its number"
    requires = ("registry",)
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal for each container that Kubernetes would refuse to start."""
        needy = [item for item in _containers(context) if _needs_number(*item)]
        if not needy:
            return Goals(idle="every user that must not be root is a number, or nothing demands it")
        values, of_pods = _reaching(context, needy)
        goals: list[_Goal] = []
        unknown = []
        for container, image in needy:
            uid = image.decision.definition.uid if image.decision.definition else None
            if not uid:
                unknown.append(container)
                continue
            goals.append(
                _Goal(
                    context,
                    container,
                    image,
                    uid,
                    tuple(values.get(container.key, ())),
                    tuple(of_pods.get(container.key, ())),
                    tuple(_literal(context, container) if not values.get(container.key) else ()),
                )
            )
        notices = tuple(_unknown(container) for container in unknown)
        blocked = (
            "" if goals else f"{unknown[0]} needs a numeric user, and the image's own is not known or is root"
        )
        return Goals(goals, blocked=blocked, notices=notices)

    def begin(self, context: Context) -> None:
        """Maps that are named like security contexts, wherever a container needs a number."""
        needy = [item for item in _containers(context) if _needs_number(*item)]
        for release in dict.fromkeys(map(_release, needy)):
            fields = context.trace_of(release).fields
            fields.begin(_named(fields), _USER)

    def announces(self, context: Context, change: Change) -> bool:
        """Hashes, and the same user in other containers of hardened images that share the value."""
        if hashes(change):
            return True
        pods = change.object.pods
        hardened = all(context.image_of(container) for pod in pods for container in pod.containers)
        return bool(pods) and hardened and _adds_user(change)

    def unreached(self, context: Context, missing: str) -> Finding:
        """A container that Kubernetes will not start."""
        return Finding(
            "user-not-numeric",
            "error",
            f"{missing} demands runAsNonRoot, its image names its user, and no value sets runAsUser for it alone",
            object=missing.partition(":")[0],
            container=missing.partition(": ")[2],
            help="use a version of the chart that reads a securityContext, or patch it in Git",
        )

    def subject(self, context: Context) -> str:
        """Names the users."""
        needy = (image for container, image in _containers(context) if _needs_number(container, image))
        users = {image.decision.definition.uid for image in needy if image.decision.definition}
        return f"run as {', '.join(str(uid) for uid in sorted(uid for uid in users if uid))}"


@record
class _Goal:
    """One container with the numeric user of its image."""

    context: Context
    container: Container
    image: Image
    uid: int
    paths: tuple[ValuesPath, ...]
    pod_paths: tuple[ValuesPath, ...] = ()
    literals: tuple[Variable, ...] = ()

    @property
    def label(self) -> str:
        return str(self.container)

    @property
    def images(self) -> tuple[Reference, ...]:
        return (self.image.before,)

    def reached(self, result: Result) -> Reach:
        own = result.manifests.find_container(self.container)
        if own is None or effective(own, "runAsUser") != self.uid:
            return Reach(0, 1, (self.label,))
        others = [str(other) for other in self.context.manifests.containers if self._misleads(other, result)]
        why = (
            f"also gives a user to {', '.join(others[:4])}, not by the number of its image" if others else ""
        )
        return Reach(int(not others), 1, (self.label,) if others else (), why)

    def _misleads(self, container: Container, result: Result) -> bool:
        """True for a container that has no user by number, and then has one that it may not be able to run as.

        That of its own image will do, and any where the files of a hardened image are open to all.
        """
        now = result.manifests.find_container(container)
        given = {
            field: value
            for field in ("runAsUser", "runAsGroup")
            if now and effective(container, field) is None and (value := effective(now, field)) is not None
        }
        if not given:
            return False
        image = self.context.image_of(container)
        definition = image.decision.definition if image else None
        if definition is None or not definition.uid:
            return True
        return given.get("runAsUser", definition.uid) != definition.uid and tied_to_user(
            container, definition
        )

    def touches(self, change: Change) -> bool:
        return self.expects(change)

    def expects(self, change: Change) -> bool:
        pod = self.container.pod
        inside = change.path[: len(pod.path)] == pod.path and change.identity == pod.object.identity
        return inside and _adds_user(change)

    def propose(self) -> Iterator[Proposal]:
        definition = self.image.decision.definition
        gid, release = definition.gid if definition else None, _release((self.container, self.image))
        for path in self.paths:
            *above, last = path
            named = last == "runAsUser"
            text = ".".join(map(str, above if named else path))
            user = Set(path, self.uid, release=release)
            if named and gid and effective(self.container, "runAsGroup") is None:
                group = Set((*above, "runAsGroup"), gid, release=release)
                reason = f"set runAsUser {self.uid} and runAsGroup {gid} in {text}"
                for owner in self._volume_owners(gid):
                    yield Proposal((user, group, owner), f"{reason}, and fsGroup {gid} for its volumes")
                yield Proposal((user, group), reason)
            yield Proposal((user,), f"set runAsUser {self.uid} in {text}")
        group_too = gid and effective(self.container, "runAsGroup") is None
        numbers = {"runAsUser": self.uid, **({"runAsGroup": gid} if group_too else {})}
        for line in self.literals:
            yield Proposal((Set(line.path, numbers, line.source),), f"write the user into {line}")

    def _volume_owners(self, gid: int) -> Iterator[Set]:
        """fsGroup, where the container writes to a volume that lasts and the pod names no owner for it.

        What another user wrote there is given to the group when the volume is mounted (Kubernetes, Pod
        security context); images are built so that the group may write what the user may.
        """
        writes = any(mount.lasting and mount.writable for mount in mounts(self.container))
        named = value_at(self.container.pod.spec, ("securityContext", "fsGroup")) is not None
        for path in self.pod_paths if writes and not named else ():
            yield Set((*path, "fsGroup"), gid, release=_release((self.container, self.image)))


def _literal(context: Context, container: Container) -> Iterator[Variable]:
    """The places of the chart's own templates for the security context of a container."""
    item = container.pod.object
    for landing in context.trace_of(item.identity.release).literals.landings("securityContext"):
        if landing.is_at(container.path, item, context.manifests):
            yield landing.variable


def _containers(context: Context) -> Iterator[tuple[Container, Image]]:
    for container in context.manifests.containers:
        image = context.image_of(container)
        if image:
            yield container, image


def _needs_number(container: Container, image: Image) -> bool:
    if effective(container, "runAsNonRoot") is not True or effective(container, "runAsUser") is not None:
        return False
    definition = image.decision.definition
    return definition is None or not definition.user.partition(":")[0].isdigit()


def _reaching(
    context: Context, needy: list[tuple[Container, Image]]
) -> tuple[dict[Any, list[ValuesPath]], dict[Any, list[ValuesPath]]]:
    """Container → the maps of the values that reach its security context, its own first; and the pod's alone."""
    found: dict[Any, list[ValuesPath]] = {}
    of_pods: dict[Any, list[ValuesPath]] = {}
    hits = [hit for release in dict.fromkeys(map(_release, needy)) for hit in _hits(context, release, needy)]
    for container, _ in needy:
        places = _places(container)
        for place in places:
            same = [hit for hit in hits if hit.is_at(place, container.pod.object, context.manifests)]
            # The map that reaches the fewest places changes the least.
            same.sort(key=lambda hit: (sum(other.path == hit.path for other in hits), not hit.listed))
            found.setdefault(container.key, []).extend((*hit.path, *hit.leaf) for hit in same)
            if place is places[1]:
                of_pods[container.key] = [hit.path for hit in same if hit.leaf]
    return found, of_pods


def _release(needy: tuple[Container, Image]) -> str:
    """The label of the release that a container belongs to."""
    return needy[0].pod.object.identity.release


def _hits(context: Context, release: str, needy: list[tuple[Container, Image]]) -> list[Reaching]:
    fields = context.trace_of(release).fields
    named = _named(fields)
    hits = list(fields.reaching(named, _USER))
    alone = [
        container
        for container, image in needy
        if _release((container, image)) == release
        and not any(hit.is_at(_places(container)[0], container.pod.object, context.manifests) for hit in hits)
    ]
    if alone:
        # Under any name: a map that is such a context, or all of the container or pod; a number that is the user.
        alike = fields.maps_like(own.spec.get("securityContext") for c in alone for own in (c, c.pod))
        whole = fields.maps_like(own.spec for c in alone for own in (c, c.pod))
        around = fields.around(context.holders(*alone), _WORDS)
        known = set(named)
        inside = ((*path, "securityContext") for path in whole)
        found = [path for path in (*alike, *inside, *around) if path not in known]
        hits += fields.reaching(list(dict.fromkeys(found)), _USER)
        hits += fields.reaching(fields.near(_USER[0]), ())
    return hits


def _named(fields: FragmentTracer) -> list[ValuesPath]:
    """The maps whose name speaks of a security context, the filled ones first."""
    empty, filled = fields.maps_named(_WORDS)
    return [*filled, *empty]


def _places(container: Container) -> tuple[Path, Path]:
    """Where the user of a container stands: in its own security context, and in the pod's."""
    return (
        (*container.path, "securityContext", "runAsUser"),
        (*container.pod.path, "securityContext", "runAsUser"),
    )


def _adds_user(change: Change) -> bool:
    """A user where there was none: no number that the chart sets is ever changed."""
    if "securityContext" not in change.path:
        return False
    # To Kubernetes, null is as good as nothing.
    if change.before in (ABSENT, None) and change.path[-1] in _FIELDS:
        return change.after not in (ABSENT, None)
    whole = change.path[-1] == "securityContext" and change.before in (ABSENT, None)
    return whole and isinstance(change.after, dict) and set(change.after) <= set(_FIELDS)


def _unknown(container: Container) -> Finding:
    return Finding(
        "user-not-numeric",
        "error",
        f"{container} demands runAsNonRoot, and the numeric user of its hardened image is not known or is root",
        object=str(container.pod),
        container=container.name,
        help="set runAsUser by hand, or choose another image with --to",
    )
