"""Bootstrap cycles: what makes the pull secret, or gives what it is made of, is itself to be pulled with it."""

from collections.abc import Iterator, Sequence

from migrate_dhi.findings import Finding
from migrate_dhi.kube.start import Reader, hosts_behind, readers
from migrate_dhi.migration.repository.pull_secrets import SecretPlace, places_of
from migrate_dhi.migration.repository.seen import Seen
from migrate_dhi.migration.scan import ScanEntry


def of_cycles(seen: Seen) -> Iterator[Finding]:
    """Releases without which a secret is not made that their own pods will want.

    Their roles let them act on the kind that makes it, or the object that makes it reads from a Service of theirs.
    """
    known = (
        *readers((one.data, one.namespace) for one in seen.objects),
        *(one for entry in seen.planned for one in entry.start.reads),
    )
    for name in seen.wanted:
        places = list(places_of(seen, name))
        for entry in seen.entries:
            wants = {namespace for namespace, wanted in entry.secrets if wanted == name}
            # A Secret that stands in Git, sealed by hand or not, needs nobody who makes it.
            by_hand = any(not one.made.group and one.made.reaches(space) for one in places for space in wants)
            parts = ((one, part) for one in places if wants and (part := _part_in(entry, one, known)))
            place, part = next(parts, (None, ""))
            if place and not by_hand:
                yield Finding(
                    "pull-secret-cycle",
                    "warning",
                    f"{entry.id} {part}, which makes the pull secret {name}, and is to be pulled "
                    "with it: where neither is there yet, neither comes up",
                    file=place.file,
                    line=place.line,
                    help=f"leave its images as they are (--keep, or releases.{entry.id} in .migrate-dhi.yaml), or "
                    "bring the secret there by other means before it",
                )


def _part_in(entry: ScanEntry, place: SecretPlace, known: Sequence[Reader]) -> str:
    """What a release does for the object that makes a secret, in words; empty where it does nothing."""
    made = place.made
    if acts_on(entry, place):
        return f"acts on {made.kind}"
    makers = [one for one in known if (one.group, one.kind, one.name) == (made.group, made.kind, made.maker)]
    for maker in makers if made.group else ():
        for reader, (service, namespace) in hosts_behind(maker, known):
            if (service, namespace) in entry.start.serves:
                through = f" (through {reader.kind} {reader.name})" if reader is not maker else ""
                return f"serves {service}.{namespace} to {made.kind} {made.maker}{through}"
    return ""


def acts_on(entry: ScanEntry, place: SecretPlace) -> bool:
    """Whether the roles of a release let it write the status of a kind: the plural begins as the kind does."""
    return bool(place.made.group) and any(
        group == place.made.group and resource.startswith(place.made.kind.lower())
        for group, resource in entry.start.reconciles
    )
