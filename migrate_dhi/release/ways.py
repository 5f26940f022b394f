"""The ways to deploy a chart, in the order in which they are listed. One way is one module with ``find``."""

from collections.abc import Callable, Iterable

from migrate_dhi.release import applications, charts, fleet, helmfiles, helmreleases, inflated, k3s
from migrate_dhi.release.declared import Declared
from migrate_dhi.release.release import Release, Unresolved

Find = Callable[[Declared], Iterable[Release | Unresolved]]

WAYS: tuple[Find, ...] = (
    applications.find,
    helmreleases.find,
    inflated.find,
    fleet.find,
    helmfiles.find,
    k3s.find,
    charts.find,
)
