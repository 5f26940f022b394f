"""Bootstrap cycles: what makes the pull secret is itself to be pulled with it."""

from collections.abc import Iterator

from migrate_dhi.findings import Finding
from migrate_dhi.migration.repository.pull_secrets import SecretPlace, places_of
from migrate_dhi.migration.repository.seen import Seen
from migrate_dhi.migration.scan import ScanEntry


def of_cycles(seen: Seen) -> Iterator[Finding]:
    """Releases whose roles let them act on the kind that makes a secret which their own pods will want."""
    for name in seen.wanted:
        places = list(places_of(seen, name))
        for entry in seen.entries:
            wants = {namespace for namespace, wanted in entry.secrets if wanted == name}
            place = next((one for one in places if wants and acts_on(entry, one)), None)
            # A Secret that stands in Git, sealed by hand or not, needs nobody who makes it.
            by_hand = any(not one.made.group and one.made.reaches(space) for one in places for space in wants)
            if place and not by_hand:
                yield Finding(
                    "pull-secret-cycle",
                    "warning",
                    f"{entry.id} acts on {place.made.kind}, which makes the pull secret {name}, and is to be pulled "
                    "with it: where neither is there yet, neither comes up",
                    file=place.file,
                    line=place.line,
                    help=f"leave its images as they are (--keep, or releases.{entry.id} in .migrate-dhi.yaml), or "
                    "bring the secret there by other means before it",
                )


def acts_on(entry: ScanEntry, place: SecretPlace) -> bool:
    """Whether the roles of a release let it write the status of a kind: the plural begins as the kind does."""
    return bool(place.made.group) and any(
        group == place.made.group and resource.startswith(place.made.kind.lower())
        for group, resource in entry.reconciles
    )
