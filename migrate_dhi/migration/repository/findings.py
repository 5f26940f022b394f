"""All that is found of a repository, in the order in which it is told."""

from collections.abc import Callable, Iterator, Sequence

from migrate_dhi.findings import Finding
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.repository.accounts import of_accounts
from migrate_dhi.migration.repository.automation import of_automation
from migrate_dhi.migration.repository.bots import of_bots
from migrate_dhi.migration.repository.copies import of_copies
from migrate_dhi.migration.repository.cycles import of_cycles
from migrate_dhi.migration.repository.policies import of_policies
from migrate_dhi.migration.repository.projects import of_projects
from migrate_dhi.migration.repository.pull_secrets import of_secrets
from migrate_dhi.migration.repository.registries import of_registries
from migrate_dhi.migration.repository.seen import Seen, moving_of
from migrate_dhi.migration.scan import ScanEntry
from migrate_dhi.release.addresses import Addresses
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.raw import raw_objects

DETECTORS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    of_registries,
    of_secrets,
    of_accounts,
    of_cycles,
    of_policies,
    of_projects,
    of_automation,
    of_bots,
    of_copies,
)
"""What is looked for, each in a file of its own."""


def findings_of(
    files: Snapshot, addresses: Addresses, entries: Sequence[ScanEntry], planned: Sequence[ScanEntry] = ()
) -> tuple[Finding, ...]:
    """What is to be said of the repository; nothing where no release would change.

    ``planned`` are those that bring something besides, and do not change.
    """
    changing = [entry for entry in entries if entry.secrets or any(image.after for image in entry.images)]
    if not changing:
        return ()
    seen = Seen(
        files,
        tuple(raw_objects(Declared(files, addresses))),
        changing,
        moving_of(changing),
        (*entries, *planned),
    )
    return tuple(finding for detector in DETECTORS for finding in detector(seen))
