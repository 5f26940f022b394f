"""The ways to deploy a chart, in the order in which they are listed. One way is one module with ``find``."""

from collections.abc import Callable, Iterable

from migrate_dhi.release import charts
from migrate_dhi.release.contents import Contents
from migrate_dhi.release.release import Release, Unresolved

Find = Callable[[Contents], Iterable[Release | Unresolved]]

WAYS: tuple[Find, ...] = (charts.find,)
