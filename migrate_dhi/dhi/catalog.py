"""The catalog: what is known of every hardened image, read from one compressed file.

Built by ``migrate_dhi.dhi.build`` from Docker's public catalog repository ``docker-hardened-images/catalog``;
nothing here asks a registry. ``container`` says how the file is laid out.
"""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.catalog_file import REBUILD, CatalogFile, Record
from migrate_dhi.dhi.tags import HardenedTag, Release, distance, parse_hardened, release_of
from migrate_dhi.errors import CatalogError
from migrate_dhi.record import record
from migrate_dhi.regex import regex

# The number at the end of a flavor that is named after a version of something else.
_NUMBERED = regex(r"-?\d[\d.]*$")


@record
class OwnedPath:
    """A directory or file that the image brings with an owner: ``mode`` is octal text, or empty."""

    path: str
    uid: int
    gid: int
    mode: str = ""

    def private(self, uid: int | None) -> bool:
        """True where it belongs to a user who is not root, and no other may write there."""
        return bool(uid) and self.uid == uid and self.mode[-1:] not in {"2", "3", "6", "7"}


@record
class Script:
    """The entrypoint script of an image whose text the catalog repository holds.

    ``reads``: the variables (``KAFKA_*``: all of that beginning), folders and files that its text names.
    ``program``: what it hands all its arguments to (empty: nothing, or it depends). ``verbatim``: it runs its
    arguments as they are, options too. ``drops``: first arguments whose further ones it does not read (``*``: it
    reads no argument).
    """

    path: str
    reads: tuple[str, ...] = ()
    program: str = ""
    verbatim: bool = False
    drops: tuple[str, ...] = ()


@record
class Definition:
    """One definition: an image in one line, distro, variant and flavor, with its current tags.

    ``version`` is the full version of the newest tag (empty: no tag names one), ``distro`` reads
    ``debian-13``, ``variant`` is ``runtime`` or ``dev``, ``flavor`` is empty, ``compat`` and so on.
    ``user`` is what the image runs as (a name or a number as text) and ``uid``/``gid`` the numbers
    (None: not given). ``shells`` and ``packages`` are names; ``ports`` read ``6379/tcp``;
    ``paths`` are those that the definition creates; ``sources`` are upstream source URLs with their
    revision; ``files`` are scripts and other files that it puts in beside the packages. ``observed``: user,
    shells, entrypoint, command, ports and environment are from the image itself. ``script`` is what is known of
    the script that the image starts.
    """

    image: str
    line: str
    version: str
    distro: str
    variant: str
    flavor: str
    tags: tuple[str, ...]
    user: str
    uid: int | None
    gid: int | None
    shells: tuple[str, ...]
    packages: tuple[str, ...]
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    ports: tuple[str, ...]
    environment: Mapping[str, str] = field(hash=False)
    work_dir: str
    paths: tuple[OwnedPath, ...]
    platforms: tuple[str, ...]
    released: date | None
    end_of_life: date | None
    sources: tuple[str, ...]
    observed: bool = False
    files: tuple[str, ...] = ()
    script: Script | None = None

    @property
    def release(self) -> Release:
        """The numbers of the version; of an image that is named after a distro's release, those of its line."""
        return release_of(self.version or self.line)

    @property
    def tag(self) -> str:
        """The most specific tag: full version and distro release, as Docker's own charts write it."""
        parsed = [parse_hardened(tag, [self.flavor]) for tag in self.tags]
        return max(parsed, key=lambda t: (not t.extra, len(t.release), len(t.distro), t.text)).text


@record
class PastTag:
    """A tag that the catalog listed once and lists no more; it may still be there to pull."""

    tag: str
    first_seen: str
    last_seen: str


class Catalog:
    """The facts of one catalog file; a record is decoded when it is asked for.

    Raises CatalogError where the file cannot be read or has a newer format than this program knows.
    """

    def __init__(self, data: bytes, origin: str) -> None:
        self._origin = origin
        self._file = CatalogFile(data, origin)
        self.source, self.date, self.commit = self._file.source, self._file.date, self._file.commit
        self._keys = frozenset(self._file.keys())
        self._definitions: dict[str, tuple[Definition, ...]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._gone: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def bundled(cls) -> "Catalog":
        """The catalog that this program was released with."""
        return cls.load(Path(__file__).with_name("data") / "catalog.jsonl.gz")

    @classmethod
    def load(cls, path: Path) -> "Catalog":
        """The catalog in a file; what is decoded of it stays so for all plans, as long as the file is the same."""
        try:
            state = path.stat()
            return _loaded(path, state.st_mtime_ns, state.st_size, state.st_ino)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CatalogError(
                f"the catalog cannot be read: {reason}", where=str(path), help=REBUILD
            ) from error

    def record(self, kind: str, name: str) -> Record:
        """One record of the file as it is written, or an empty one."""
        return self._file.read(f"{kind}:{name}")

    def names(self, kind: str = "image") -> tuple[str, ...]:
        """The names of all hardened images (or of all charts: ``kind="chart"``), sorted."""
        if kind not in self._names:
            keys = (key.partition(":") for key in self._keys)
            self._names[kind] = tuple(sorted(name for of, _, name in keys if of == kind))
        return self._names[kind]

    def charts(self, chart: str) -> tuple[str, ...]:
        """The names of the records that are about an upstream chart, by the name in its Chart.yaml, sorted."""
        return _by_chart(self._file).get(chart, ())

    def check(self) -> None:
        """Read every record; CatalogError where one is damaged."""
        for name in self.names():
            self.definitions(name)

    def __contains__(self, image: str) -> bool:
        return f"image:{image}" in self._keys

    def definitions(self, image: str) -> tuple[Definition, ...]:
        """All definitions of an image as the catalog orders them; none for an image that it lacks.

        In a catalog :meth:`without` some tags a definition may be left with none.
        """
        known = self._known(image)
        return tuple(map(self._left, known)) if self._gone else known

    def _known(self, image: str) -> tuple[Definition, ...]:
        known = self._definitions.get(image)
        if known is None:
            record = self.record("image", image)
            try:
                known = tuple(_definition(image, d) for d in record.get("definitions", ()))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise CatalogError(
                    f"the record of image {image} is damaged", where=self._origin, help=REBUILD
                ) from error
            self._definitions[image] = known
        return known

    def without(self, gone: Collection[tuple[str, str]]) -> "Catalog":
        """The same catalog without some tags, each as (image, tag)."""
        if not gone:
            return self
        other = copy(self)
        vars(other)["_gone"] = self._gone | frozenset(gone)
        return other

    def _left(self, definition: Definition) -> Definition:
        tags = tuple(tag for tag in definition.tags if (definition.image, tag) not in self._gone)
        return definition if tags == definition.tags else replace(definition, tags=tags)

    def past_tags(self, image: str) -> tuple[PastTag, ...]:
        """The tags of an image that were listed once, latest seen first; also of images that are gone."""
        record = self.record("image", image) or self.record("gone", image)
        past = record.get("past", {})
        tags = [PastTag(tag, str(first), str(last)) for tag, (first, last) in past.items()]
        tags = [tag for tag in tags if (image, tag.tag) not in self._gone]
        return tuple(sorted(tags, key=lambda t: (t.last_seen, t.first_seen, release_of(t.tag)), reverse=True))

    def past_tag(self, image: str, tag: str) -> PastTag | None:
        """A tag that was listed once."""
        return next((past for past in self.past_tags(image) if past.tag == tag), None)

    def find(self, image: str, tag: str) -> Definition | None:
        """The definition that lists a tag."""
        return next((d for d in self.definitions(image) if tag in d.tags), None)

    def parse(self, image: str, tag: str) -> HardenedTag:
        """A tag taken apart with the flavors that the image has."""
        return parse_hardened(tag, {d.flavor for d in self.definitions(image)})

    def nearest(self, image: str, tag: str) -> Definition | None:
        """The definition that an unlisted tag most likely resembles, or None.

        Same flavor and variant are required (or a flavor of the same name with another number, as `kafka-4.2.1` for
        `kafka-4.2.0`); then the same distro, then the nearest line, then the newer. The facts of what is left out of
        this catalog count, too.
        """
        wanted = self.parse(image, tag)
        known = [d for d in self._known(image) if (d.variant == "dev") == wanted.dev]
        alike = [d for d in known if d.flavor == wanted.flavor]
        named = _NUMBERED.sub("", wanted.flavor)
        alike = alike or [d for d in known if named and _NUMBERED.sub("", d.flavor) == named]
        if not alike:
            return None

        def far(definition: Definition) -> tuple[object, ...]:
            family = wanted.distro.partition("-")[0] or "debian"
            return (
                bool(wanted.distro) and definition.distro != wanted.distro,
                not definition.distro.startswith(family),
                distance(wanted.release, definition.release) if wanted.release else (),
                tuple(-number for number in definition.release),
            )

        return min(alike, key=far)


def _definition(image: str, facts: Mapping[str, Any]) -> Definition:
    """A definition from its record; absent keys are empty, as the builder leaves them out.

    A file named for one line may list the tags of another: the line is then that of its version, and the end of
    life that the file gives is another line's.
    """
    line, version, end = str(facts["line"]), str(facts.get("version", "")), _day(facts.get("end_of_life"))
    named, release = release_of(line), release_of(version)
    if named and release and release[: len(named)] != named:
        line, end = ".".join(map(str, release[: max(len(named), 2)])), None
    return Definition(
        image=image,
        line=line,
        version=version,
        distro=str(facts["distro"]),
        variant=str(facts.get("variant", "runtime")),
        flavor=str(facts.get("flavor", "")),
        tags=tuple(facts["tags"]),
        user=str(facts.get("user", "")),
        uid=facts.get("uid"),
        gid=facts.get("gid"),
        shells=tuple(facts.get("shells", ())),
        packages=tuple(facts.get("packages", ())),
        entrypoint=tuple(facts.get("entrypoint", ())),
        cmd=tuple(facts.get("cmd", ())),
        ports=tuple(facts.get("ports", ())),
        environment=dict(facts.get("environment", {})),
        work_dir=str(facts.get("work_dir", "")),
        paths=tuple(OwnedPath(*path) for path in facts.get("paths", ())),
        platforms=tuple(facts.get("platforms", ())),
        released=_day(facts.get("released")),
        end_of_life=end,
        sources=tuple(facts.get("sources", ())),
        files=tuple(facts.get("files", ())),
        script=_script(facts["script"]) if "script" in facts else None,
    )


def _script(facts: Mapping[str, Any]) -> Script:
    return Script(
        path=str(facts["path"]),
        reads=tuple(facts.get("reads", ())),
        program=str(facts.get("program", "")),
        verbatim=bool(facts.get("verbatim", False)),
        drops=tuple(facts.get("drops", ())),
    )


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


@lru_cache(maxsize=4)
def _by_chart(file: CatalogFile) -> Mapping[str, tuple[str, ...]]:
    """The names of charts by what the upstream charts are called: looked through once for all plans."""
    found: dict[str, tuple[str, ...]] = {}
    names = sorted(key.partition(":")[2] for key in file.keys() if key.startswith("chart:"))  # noqa: SIM118
    for name in names:
        for chart in dict.fromkeys((name, *file.read(f"chart:{name}").get("folders", ()))):
            found[chart] = (*found.get(chart, ()), name)
    return found


@lru_cache(maxsize=4)
def _loaded(path: Path, *_state: int) -> Catalog:
    return Catalog(path.read_bytes(), str(path))
