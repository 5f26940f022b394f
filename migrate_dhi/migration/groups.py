"""The releases of an estate by the plans that are made of them, each with the argument that means it."""

from collections.abc import Iterator, Sequence

from migrate_dhi.git.repository import Repository
from migrate_dhi.grouping import grouped
from migrate_dhi.migration.joined import named, plans_of
from migrate_dhi.migration.source import Opening, Source
from migrate_dhi.migration.target import estate_of, open_chart, open_together, require_here
from migrate_dhi.record import record
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.release import Release


@record
class Group:
    """Releases that one plan migrates: those of a chart directory, or the builds of one object.

    ``argument`` means them on the command line, from the root of the repository. ``chart`` is the folder of their
    chart in the repository, or empty; ``others`` are releases of it that another revision deploys.
    """

    argument: str
    releases: tuple[Release, ...]
    chart: str = ""
    others: tuple[Release, ...] = ()

    @property
    def names(self) -> str:
        """The releases, for people."""
        return ", ".join(dict.fromkeys(one.id for one in self.releases))


def groups_of(estate: Estate) -> tuple[Group, ...]:
    """Every release of an estate in the one group that plans it, in the order in which they are found."""
    together = {one: number for number, plan in enumerate(plans_of(estate.releases)) for one in plan}
    found = grouped(
        (one.origin.path if one.origin.kind == "directory" else together[one], one) for one in estate.releases
    )
    return tuple(_group(releases, estate) for releases in found.values())


def _group(releases: Sequence[Release], estate: Estate) -> Group:
    here = [one for one in releases if not one.revision] or list(releases)
    others = tuple(one for one in releases if one not in here)
    first = here[0]
    if first.origin.kind == "directory":
        return Group(first.origin.path, tuple(here), first.origin.path, others)
    argument = next(_arguments(here, estate), f"{first.file}#{first.object or first.name}")
    return Group(argument, tuple(here), "", others)


def _arguments(releases: Sequence[Release], estate: Estate) -> Iterator[str]:
    """The arguments that mean these releases and no others, the shortest first; all or none are of the base."""
    first, meant = releases[0], set(releases)
    same = estate.by_id.get(first.id, ())
    if ({one for one in same if not one.revision} or {*same}) == meant and first.id.count("/") == 1:
        yield first.id
    here = estate.by_file.get(first.file, ())
    beside = [one for one in here if not one.revision] or here
    for name in dict.fromkeys((first.name, first.object, first.id)):
        if name and {*named(beside, name)} == meant:
            yield f"{first.file}#{name}"
    if len({one.id for one in releases}) > 1 and {*beside} == meant:
        yield first.file
    if first.maker and {*named(beside, first.maker)} == meant:
        yield f"{first.file}#{first.maker}"


def open_group(group: Group, repository: Repository, commit: str, opening: Opening) -> Source:
    """The releases of a group, opened to be planned; raises what opening a chart raises."""
    if group.chart:
        require_here(repository.root, group.chart)
        return open_chart(repository.root / group.chart, opening)
    estate = estate_of(repository, commit, opening)
    return open_together(group.releases, repository, commit, estate, opening)
