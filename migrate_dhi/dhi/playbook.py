"""Playbooks: what people should know about a product before, while and after it is migrated.

One YAML file per product. A playbook advises and explains; the proof decides. Ours lie in the top-level
folder ``playbooks/`` (in a wheel: ``migrate_dhi/playbooks/``); users add their own with ``--playbooks`` or
in ``.migrate-dhi/playbooks/``. A file is parsed only when it mentions an image that is asked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

from migrate_dhi.dhi.tags import Release, release_of
from migrate_dhi.errors import CatalogError, PathNotFoundError
from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record


@record
class Fact:
    """One sentence for people, and where it is from."""

    text: str
    source: str


@record
class OperatorFact:
    """What an operator makes of a version with a suffix, such as `8.1.9-debian13`, in objects of its API group."""

    group: str
    text: str
    source: str


@record
class DataPath:
    """Where the image keeps data: ``path`` in the hardened image, ``before`` in the upstream one."""

    path: str
    before: str
    uid: int | None
    gid: int | None
    text: str
    source: str


@record
class EntrypointReads:
    """What only the entrypoint script of the upstream image reads, and what it makes of that.

    ``variables`` are names or patterns of variables (``GF_*__FILE``), ``paths`` files and folders. What the script of
    the hardened image reads, too, is not meant; ``NAME=VALUE`` is, since it makes something else of that value.
    """

    variables: tuple[str, ...]
    paths: tuple[str, ...]
    text: str
    source: str


@record
class OtherDefault:
    """A setting whose default the builds of the upstream image change, and the hardened one does not.

    ``value`` is what it is in the hardened image; where one of the words ``unless`` is said to the program, that does
    not count.
    """

    setting: str
    value: str
    unless: tuple[str, ...]
    text: str
    source: str


@record
class Place:
    """Files or folders that count for the program of one of the two images alone.

    Of ``writes``: where the hardened image's program must write as it starts. Of ``configuration``: where the upstream
    image's program is configured, and the hardened one's is not.
    """

    paths: tuple[str, ...]
    text: str
    source: str


@record
class ProbeAlternative:
    """A probe that needs no shell: a handler as Kubernetes takes it, and what it notices."""

    handler: Mapping[str, Any] = field(hash=False)
    text: str
    source: str


@record
class Member:
    """One hardened image of a playbook and the upstream images that it stands for.

    ``flavor`` and ``distro`` are preferences with their ``reason``. ``user``, ``uid``, ``shells``,
    ``ports`` and ``entrypoint`` are facts that the catalog is held against (None: not stated), from
    ``facts_source``. ``arguments`` tells what comes of it where the program gets none, as the upstream image gives
    some by itself.
    """

    images: tuple[str, ...]
    target: str
    flavor: str = ""
    distro: str = ""
    reason: str = ""
    user: str | None = None
    uid: int | None = None
    shells: tuple[str, ...] | None = None
    ports: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    facts_source: str = ""
    probe_port: int | None = None
    probes: tuple[ProbeAlternative, ...] = ()
    data: tuple[DataPath, ...] = ()
    entrypoint_reads: tuple[EntrypointReads, ...] = ()
    defaults: tuple[OtherDefault, ...] = ()
    arguments: Fact | None = None
    writes: tuple[Place, ...] = ()
    configuration: tuple[Place, ...] = ()


@record
class ChartFact:
    """A fact about versions of an upstream chart: ``versions`` are bounds such as ``>=0.9.0 <0.11.0``."""

    chart: str
    versions: str
    text: str
    source: str

    def covers(self, chart: str, version: str) -> bool:
        """Whether a version of a chart (``0.9.3``, ``v1.2.0``) is within the bounds."""
        release = release_of(version)
        return (
            chart == self.chart and bool(release) and all(_holds(b, release) for b in self.versions.split())
        )


def _holds(bound: str, release: Release) -> bool:
    operator = bound.rstrip("0123456789.")
    limit = release_of(bound[len(operator) :])
    return {
        "<": release < limit,
        "<=": release <= limit,
        ">": release > limit,
        ">=": release >= limit,
    }.get(operator, release == limit)


@record
class CheckCommand:
    """A read-only command to run after Argo CD has synced, and what it should show."""

    run: str
    expect: str


@record
class Playbook:
    """One file: its members (hardened images), chart facts, notes and checks."""

    name: str
    title: str
    file: str
    members: tuple[Member, ...]
    pull_secret: str = ""
    charts: tuple[ChartFact, ...] = ()
    notes: tuple[Fact, ...] = ()
    checks: tuple[CheckCommand, ...] = ()
    operators: tuple[OperatorFact, ...] = ()

    def member_for(self, image: Reference) -> Member | None:
        """The member that names this upstream image."""
        wanted = image.canonical().image
        return next(
            (
                m
                for m in self.members
                for name in m.images
                if Reference.parse(name).canonical().image == wanted
            ),
            None,
        )


class Playbooks:
    """The playbooks of some folders; of several for one image or of one name, that of the last folder counts."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files: dict[str, tuple[Path, str]] = {}
        for folder in reversed(list(folders)):
            for file in sorted(folder.glob("*.yaml")):
                try:
                    self._files.setdefault(file.stem, (file, read_regular(file).decode("utf-8")))
                except (OSError, UnicodeDecodeError) as error:
                    raise CatalogError(f"this playbook cannot be read: {error}", where=str(file)) from error
        self._parsed: dict[str, Playbook] = {}
        self._matched: dict[str, tuple[Playbook, Member] | None] = {}

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._files))

    def get(self, name: str) -> Playbook | None:
        """A playbook by name; CatalogError with file and line where it is not in order."""
        if name not in self._files:
            return None
        if name not in self._parsed:
            from migrate_dhi.dhi.playbook_file import read_playbook  # noqa: PLC0415 - parsing costs time

            file, text = self._files[name]
            self._parsed[name] = read_playbook(text, file)
        return self._parsed[name]

    @property
    def operators(self) -> tuple[OperatorFact, ...]:
        """What is known of operators; only the playbooks that know any are parsed."""
        named = (name for name, (_, text) in self._files.items() if "\noperators:" in text)
        return tuple(fact for name in named if (book := self.get(name)) for fact in book.operators)

    def __iter__(self) -> Iterator[Playbook]:
        for name in self.names():
            playbook = self.get(name)
            if playbook is not None:
                yield playbook

    def match(self, image: Reference) -> tuple[Playbook, Member] | None:
        """The playbook and member that name this upstream image."""
        whole = image.canonical()
        if whole.image not in self._matched:
            self._matched[whole.image] = self._match(whole)
        return self._matched[whole.image]

    def member(self, image: Reference, target: str) -> Member | None:
        """What is known of an upstream image that becomes a hardened one, also where a registry mirrors it.

        A mirror keeps owner and name: ``harbor.example/proxy/library/redis``.
        """
        named = self.match(image)
        if named:
            return named[1] if named[1].target == target else None
        path = f"/{image.canonical().repository}"
        playbook = self.for_target(target)
        for member in playbook.members if playbook else ():
            known = (Reference.parse(name).canonical().repository for name in member.images)
            if member.target == target and any("/" in one and path.endswith(f"/{one}") for one in known):
                return member
        return None

    def _match(self, image: Reference) -> tuple[Playbook, Member] | None:
        short = image.repository.removeprefix("library/")
        mention = _mention(short)
        for name, (_, text) in self._files.items():
            if short not in text or not mention.search(text):
                continue
            playbook = self.get(name)
            member = playbook.member_for(image) if playbook else None
            if playbook and member:
                return playbook, member
        return None

    def for_target(self, hardened: str) -> Playbook | None:
        """The playbook that advises on a hardened image by name."""
        for name, (_, text) in self._files.items():
            playbook = self.get(name) if hardened in text else None
            if playbook and any(member.target == hardened for member in playbook.members):
                return playbook
        return None


def _mention(short: str) -> re.Pattern[str]:
    """A quick test whether a file can name an image, before it is parsed: the path as people write it."""
    start = r"(?<![\w.-])" if "/" in short else r"(?:library/|(?<![\w./-]))"
    return re.compile(rf"{start}{re.escape(short)}(?![\w./-])")


def bundled_folder() -> Path:
    """The folder of our own playbooks: beside the package in a wheel, at the top of a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "playbooks"
    return inside if inside.is_dir() else package.parent / "playbooks"


def read_file(path: Path) -> Playbook:
    """One playbook file; CatalogError where it cannot be read or is not in order."""
    from migrate_dhi.dhi.playbook_file import read_playbook  # noqa: PLC0415 - parsing costs time

    try:
        return read_playbook(read_regular(path).decode("utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"this playbook cannot be read: {error}", where=str(path)) from error


def load_playbooks(extra: Iterable[Path] = ()) -> Playbooks:
    """Our own playbooks and those of further folders, which win.

    Raises PathNotFoundError where a further folder does not exist.
    """
    folders = [bundled_folder()]
    for folder in extra:
        if not folder.is_dir():
            raise PathNotFoundError(
                "there is no such folder of playbooks",
                where=str(folder),
                help="name a folder that holds *.yaml files",
            )
        folders.append(folder)
    files = [(folder, [file.stat() for file in sorted(folder.glob("*.yaml"))]) for folder in folders]
    state = tuple(
        (folder, tuple((s.st_ino, s.st_mtime_ns, s.st_size) for s in some)) for folder, some in files
    )
    return _loaded(state)


@lru_cache(maxsize=4)
def _loaded(state: tuple[tuple[Path, tuple[object, ...]], ...]) -> Playbooks:
    """The playbooks of folders whose files are as they were: what is parsed of them stays so for all plans."""
    return Playbooks(folder for folder, _ in state)
