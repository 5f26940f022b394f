"""Charts that do not lie in the repository: taken from folders that the user names, the cache, or their source."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path, PurePath

from migrate_dhi.errors import DependencyError, InvalidChartError
from migrate_dhi.grouping import grouped
from migrate_dhi.helm.chart import Dependency
from migrate_dhi.helm.engine import read_values, satisfies
from migrate_dhi.helm.store import Access, Kept, Store
from migrate_dhi.record import record
from migrate_dhi.regex import regex

_VERSION = regex(r"[\w.+-]+")
_SOURCES = ("http://", "https://", "oci://", "@", "alias:")
_ARCHIVE = regex(r"(?P<name>.+?)-(?P<version>v?\d.*)\.(?:tgz|tar\.gz)")


@record
class Shelf:
    """Where charts are looked for, in this order: ``folders``, ``cache``, and unless ``offline`` their source.

    A folder holds charts as ``NAME-VERSION.tgz`` or as directories; name and version decide, wherever the chart
    is said to be from. What is unpacked goes to ``scratch``, once for all processes that share it; None: for each.
    """

    folders: tuple[Path, ...] = ()
    cache: Path | None = None
    offline: bool = False
    scratch: Path | None = None
    access: Access = Access()

    @property
    def store(self) -> Store:
        """The cache."""
        return Store(self.cache, self.access)

    def find(self, name: str, version: str) -> Path | None:
        """The archive or directory of a chart in the folders; of a range the newest version there."""
        found = [(here, path) for known, here, path in self._held if known == name and fits(version, here)]
        return max(found, key=lambda one: (sortable(one[0]), one[0] == version))[1] if found else None

    def versions(self, name: str) -> list[str]:
        """The versions of a chart that the folders hold."""
        return sorted({here for here, _ in self.held(name)}, key=sortable)

    def held(self, name: str) -> list[tuple[str, Path]]:
        """Every archive and directory of a chart in the folders, with its version."""
        return [(here, path) for known, here, path in self._held if known == name]

    @property
    def _held(self) -> Iterator[tuple[str, str, Path]]:
        """(name, version, path) of everything in the folders."""
        for folder in self.folders:
            if folder.is_dir():
                yield from _held_in(folder, folder.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _held_in(folder: Path, _changed: int) -> tuple[tuple[str, str, Path], ...]:
    """(name, version, path) of what a folder holds: looked at once for all plans, until something comes or goes."""
    return tuple(_looked(folder))


def _looked(folder: Path) -> Iterator[tuple[str, str, Path]]:
    for path in sorted(folder.iterdir()):
        match = _ARCHIVE.fullmatch(path.name)
        if match and path.is_file():
            yield match["name"], match["version"], path
        elif (path / "Chart.yaml").is_file():
            metadata = read_values((path / "Chart.yaml").read_text("utf-8"), where=str(path))
            yield str(metadata.get("name")), str(metadata.get("version")), path


# What an archive may unpack to; charts are small, and a bomb of 95 KB was seen to hold 95 MB.
_LARGEST = 64 * 1024 * 1024


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a chart's archive; its one top folder.

    Only plain files are taken, none out of the folder. Raises InvalidChartError for what is no archive of a chart.
    """
    import tarfile  # noqa: PLC0415 - only where a chart is packed

    try:
        with tarfile.open(archive, "r:*") as opened:
            size, made = 0, set[Path]()
            for member in opened:
                path = PurePath(member.name)
                if not member.isfile() or not path.parts or ".." in path.parts or path.is_absolute():
                    continue
                size += member.size
                if size > _LARGEST:
                    raise InvalidChartError(
                        f"the archive unpacks to more than {_LARGEST >> 20} MiB",
                        where=archive.name,
                        help="look at what it holds",
                    )
                target = folder / path
                if target.parent not in made:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    made.add(target.parent)
                content = opened.extractfile(member)
                if content:
                    target.write_bytes(content.read())
    except (tarfile.TarError, OSError, EOFError) as error:
        raise InvalidChartError(
            f"the archive cannot be read: {error}", where=archive.name, help="fetch the chart again"
        ) from error
    tops = [path for path in folder.iterdir() if (path / "Chart.yaml").is_file()] if folder.is_dir() else []
    if len(tops) != 1:
        raise InvalidChartError(
            "the archive holds no chart", where=archive.name, help="fetch the chart again"
        )
    return tops[0]


def version_in(archive: Path) -> str:
    """The version of the chart in an archive; raises InvalidChartError for what is no archive of a chart."""
    from migrate_dhi.scratch import folder as scratch_folder  # noqa: PLC0415 - only where a chart is fetched by another name than its version

    with scratch_folder() as folder:
        file = unpack(archive, Path(folder)) / "Chart.yaml"
        version = str(read_values(file.read_text(encoding="utf-8"), where=archive.name).get("version") or "")
    if not _VERSION.fullmatch(version):
        # It becomes part of a file's name.
        raise InvalidChartError(f"the chart in it has the version {version!r}", where=archive.name)
    return version


def missing(wanted: Dependency, shelf: Shelf, where: str, reason: str, advice: str = "") -> DependencyError:
    """The error for a chart that is not at hand."""
    held = shelf.versions(wanted.name)
    there = f"; --chart-dir holds {wanted.name} {', '.join(held[-3:])}" if held else ""
    version = wanted.version if exact(wanted.version) else "VERSION"
    folder = f"put {wanted.name}-{version}.tgz into a folder and name that with --chart-dir"
    return DependencyError(
        f"the chart {wanted.name} {wanted.version} from {wanted.repository or 'nowhere named'} {reason}{there}",
        where=where,
        help="; or ".join(part for part in (advice, folder) if part),
    )


def packed_name(archive: Path) -> str:
    """What Helm takes for an archive below ``charts/`` ends in ``.tgz``."""
    return f"{archive.name.removesuffix('.tgz').removesuffix('.tar.gz')}.tgz"


def by_source(absent: Iterable[Dependency]) -> str:
    """Charts that are not at hand, each source named once."""
    sources = grouped((one.repository, f"{one.name} {one.version}".strip()) for one in absent)
    return "; ".join(f"{', '.join(dict.fromkeys(names))} from {source}" for source, names in sources.items())


def fits(wanted: str, here: str) -> bool:
    """Whether a version is the one that is asked for, or lies in the range that is, as Helm reads ranges.

    Empty asks for any release; part of a version (``1.9``) is a range to Helm, too.
    """
    return wanted.removeprefix("v") == here.removeprefix("v") or satisfies(wanted or "*", here) is True


def is_source(repository: str) -> bool:
    """Whether charts can be fetched from what a chart names as its repository."""
    return repository.startswith(_SOURCES)


def exact(version: str) -> bool:
    """Only an exact version names the same archive tomorrow; a range, or a part of a version, may not."""
    if version.startswith("sha256:"):
        return True
    core = version.removeprefix("v").partition("+")[0].partition("-")[0]
    return core.count(".") == 2 and all(part.isdecimal() for part in core.split("."))


def pin(what: str, wanted: Dependency, kept: Kept) -> str:
    """What a range was taken for; empty for an exact version."""
    if exact(wanted.version) or not kept.day:
        return ""
    return (
        f"{what} is asked for as {wanted.version or 'any version'}, and was taken as {kept.version}, "
        f"the newest that {wanted.repository} listed on {kept.day}"
    )


def nearest(version: str, listed: Iterable[str]) -> str:
    """The version itself, else the newest patch of the nearest newer minor version; empty where none is newer."""
    listed = tuple(listed)
    same = (one for one in listed if one.removeprefix("v") == version.removeprefix("v"))
    return next(same, "") or next(iter(newer_minors(version, listed)), "")


def newer_minors(version: str, listed: Iterable[str]) -> list[str]:
    """The newest patch of each minor version that is newer, or of that of the version itself, nearest first.

    What is no release (``1.2.0-rc.1``) is not taken.
    """
    numbers, newest = sortable(version)[0], {}
    for one in sorted(listed, key=sortable):
        here, release, _ = sortable(one)
        if release and here > numbers:
            newest[here[:2]] = one
    return [newest[minor] for minor in sorted(newest)]


def sortable(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
    """What versions are ordered by, oldest first (semver.org, 11): what stands behind a ``+`` does not count."""
    core, dash, rest = version.removeprefix("v").partition("+")[0].partition("-")
    numbers = [int(part) for part in core.split(".") if part.isdecimal()]
    numbers += [0] * (3 - len(numbers))
    words = ((part.isdecimal(), part) for part in rest.split("."))
    return (
        tuple(numbers),
        not dash,
        tuple((not number, int(part) if number else 0, part) for number, part in words),
    )
