"""Where the chart comes from: directory, repository, base revision, and the texts that will be edited.

What is rendered is what Git has: for a branch the files of the base, else, where something differs from it,
those of the worktree that Git tracks or does not ignore. The text of a file that is unchanged is the base blob's
own bytes, and not the worktree's: with ``core.autocrlf`` the two differ, and what is committed must differ from
the blob by the edit alone.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Self

from migrate_dhi import redact
from migrate_dhi.errors import (
    InvalidChartError,
    PathNotFoundError,
    RepositoryError,
    UsageError,
)
from migrate_dhi.git.changes import FileChange
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import Snapshot, read_regular
from migrate_dhi.git.trees import LINK, not_writable
from migrate_dhi.helm.chart import Chart, join
from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.migration.nearest_chart import no_chart
from migrate_dhi.migration.own_templates import TEMPLATES, charts_below, templates_here, templates_of
from migrate_dhi.migration.states import CHART_FILE, chart_folder, left_out, nearest, tree_of, worktree_of
from migrate_dhi.record import record
from migrate_dhi.release.deployed import Deployed
from migrate_dhi.release.estate import Estate
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import own_file
from migrate_dhi.release.target import Target
from migrate_dhi.unprintable import unprintable

# A hint must not cost a walk through a whole disk.
_MOST_FOLDERS = 500


@record
class Opening:
    """How targets are opened, the same for all of a call.

    ``values`` are values files of the user's own: with them, or with ``alone``, a chart directory is planned by
    itself, whatever deploys it. ``branch`` tells that a branch is to be written, of ``base`` as it is.
    """

    values: tuple[Path, ...] = ()
    base: str = "HEAD"
    branch: bool = False
    alone: bool = False
    shelf: Shelf = Shelf()
    repo_urls: tuple[str, ...] = ()


@record
class Source:
    """A chart to plan for.

    ``repository`` is None outside Git: planning works there, writing does not. ``base`` is the revision as
    the user wrote it, ``commit`` its full id. ``changes`` are the files that differ from it under the chart and
    the charts beside it that it depends on (``folders``), and of the ``--values`` files; ``ignored`` those below
    that Git ignores or whose link leads out of the repository: no render reads them. ``obstacle`` is why there is
    no repository to write in. ``examples_failing`` are values files for tests with which the chart does not render
    either, where it is rendered with others of them. ``named`` is the file that stands for several releases, or empty.
    """

    target: Target
    repository: Repository | None
    base: str
    commit: str
    changes: tuple[FileChange, ...]
    obstacle: RepositoryError | None = None
    folders: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    files: Snapshot | None = None
    estate: Estate | None = None
    opening: Opening | None = None
    examples_failing: tuple[str, ...] = ()
    named: str = ""

    @property
    def title(self) -> str:
        """What is planned, for people: the chart's path, the file that several releases share, or the release.

        Where releases beside it have the same name, with the file that it alone reads, or with its build.
        """
        releases = self.target.releases
        if self.named:
            return self.named
        if not releases or (self.chart.editable and not self.target.alone):
            return self.chart.path
        first = releases[0]
        known = self.estate.by_id.get(first.id, ()) if self.estate else ()
        others = [one for one in known if one not in releases]
        own = (own_file(first, others) or first.build) if others else ""
        return f"{first.id} ({own})" if own else first.id

    @property
    def worktree(self) -> bool:
        """Whether files are planned as they lie here, of which some differ from the base."""
        return self.files is not None and not self.files.commit

    @property
    def chart(self) -> Chart:
        """The chart, with the texts that may be edited."""
        return self.target.chart

    @property
    def lock(self) -> str | None:
        """The text of Chart.lock, or None where the chart has none that is ours."""
        if not self.chart.editable:
            return None
        name = self.chart.lock_file
        if name in self.chart.texts:
            return self.chart.texts[name]
        if self.chart.files is not None:
            return _text(name, self.chart.files) if name in self.chart.files else None
        file = self.chart.directory / "Chart.lock"
        return _on_disk(name, file) if file.is_file() else None

    def with_texts(self, texts: Mapping[str, str]) -> Self:
        """The same target, its chart as other texts have it."""
        members = {
            label: replace(member, chart=member.chart.with_texts(texts))
            for label, member in self.target.members.items()
        }
        return replace(self, target=replace(self.target, members=members))

    @property
    def dirty(self) -> tuple[FileChange, ...]:
        """The changes of files that can be edited: they forbid to write a branch that edits them."""
        return tuple(
            change for change in self.changes if change.path in {*self.chart.texts, self.chart.values_file}
        )


def open_source(
    argument: Path, *, values: Sequence[Path] = (), base: str = "HEAD", branch: bool = False
) -> Source:
    """Open the chart at a path (its directory, or its Chart.yaml); one that a sparse checkout leaves out as Git has it.

    For a ``branch`` it is planned as the base has it, whatever the worktree holds; else as it lies here.

    Raises PathNotFoundError, NoChartError, InvalidChartError, or UsageError for an unknown revision.
    """
    directory = argument.resolve() if left_out(argument) else _chart_directory(argument)
    repository, commit, obstacle = _repository(directory, base)
    path = repository.relative(directory) if repository else "."
    places = {join(path, name): directory / name for name in (CHART_FILE, "values.yaml")}
    value_files = []
    for file in values:
        if not file.is_file():
            raise PathNotFoundError("there is no such values file", where=str(file), help="correct --values")
        value_files.append(_name(file, directory, repository))
        places[value_files[-1]] = file
    if repository is None:
        layers = tuple(Layer("file", name) for name in value_files)
        texts = {name: _on_disk(name, file) for name, file in places.items() if file.is_file()}
        texts |= templates_here(directory, path)
        chart = Chart.read(directory, path, texts)
        return Source(Target.of([Deployed(chart, layers)]), None, base, commit, (), obstacle)
    tree = tree_of(repository.root, commit, base)
    # In one batch: each call of Git is a process.
    tree.read_all([*places, *tree.under(join(path, TEMPLATES)), *charts_below(path, tree)])
    folders = _folders(directory, path, tree, branch=branch)
    inside = [name for name in places if not outside(name)]
    inside = list(dict.fromkeys((*inside, *map(tree.real, inside))))
    changes = repository.changed(commit, [*folders, *inside])
    changed = {change.path for change in changes}
    files = worktree_of(repository.root) if changes and not branch else tree
    values_file = join(path, "values.yaml")
    # Helm reads values through a link: they are edited where they stand.
    led = {name: files.real(name) for name in (values_file, *value_files)}
    if more := [one for one in led.values() if one not in inside and not outside(one)]:
        changes += [one for one in repository.changed(commit, more) if one not in changes]
        changed |= {change.path for change in changes}
    texts = {}
    for name, file in places.items():
        if name in files:
            real = led.get(name, name)
            # What is unchanged has the bytes of the blob.
            texts[real] = _text(real, files if real in changed else tree)
        elif name in value_files or name.endswith(CHART_FILE) or _is_odd(name, file, files):
            # What the user names is read where Git does not have it.
            texts[name] = _on_disk(name, file)
    texts |= templates_of(path, tree, files, changed)
    unknown = [name for name in inside if name in texts and name not in changed and name not in tree]
    changes += [FileChange(name, "ignored") for name in unknown]
    ignored = _ignored(repository.root, folders, files, changed)
    chart = replace(Chart.read(directory, path, texts), files=files, changed=frozenset(changed))
    if led[values_file] != values_file:
        chart = replace(chart, values_at=led[values_file])
    target = Target.of([Deployed(chart, tuple(Layer("file", led[name]) for name in value_files))])
    return Source(target, repository, base, commit, tuple(changes), obstacle, tuple(folders), ignored, files)


def open_files(
    repository: Repository,
    commit: str,
    base: str,
    names: Sequence[str],
    branch: bool,
    also: Sequence[str] = (),
) -> tuple[Snapshot, list[FileChange], dict[str, str]]:
    """The state that is read, what of these files differs from the base, and their texts.

    A file that is not there has no text, and none of ``also`` that cannot be edited. Raises InvalidChartError for
    what is no text.
    """
    tree = tree_of(repository.root, commit, base)
    plain = [one for one in also if one in tree and not tree.is_link(one) and not tree.pointer(one)]
    names = tuple(dict.fromkeys((*names, *plain)))
    changes = repository.changed(commit, list(names)) if names else []
    changed = {change.path for change in changes}
    files = worktree_of(repository.root) if changes and not branch else tree
    texts = {name: _text(name, files if name in changed else tree) for name in names if name in files}
    return files, changes, texts


def _is_odd(name: str, file: Path, files: Snapshot) -> bool:
    """Whether something is there that is no file: it is refused, as Helm would.

    Raises InvalidChartError for a link that leads to none of the repository's: where it is checked out there is none.
    """
    if name in files.skipped and file.is_symlink():
        raise _unread(name, files.skipped[name])
    return name in files.skipped or (not files.commit and os.path.lexists(file) and not file.is_file())


def outside(name: str) -> bool:
    """Whether the name of a text is that of a file outside the repository."""
    return name.startswith(("/", "../"))


def _folders(directory: Path, path: str, tree: Snapshot, *, branch: bool) -> list[str]:
    """The repository folders that a chart is rendered from: its own, those of charts beside it, and of theirs."""
    found = [path]
    for folder in found:
        here = directory if folder == path else tree.root / folder
        name = join(folder, CHART_FILE)
        stored = name in tree and (branch or not here.exists())
        try:
            text = _text(name, tree) if stored else _on_disk(name, here / CHART_FILE)
            chart = replace(Chart.read(here, folder, {name: text}), files=tree)
        except InvalidChartError:
            if folder == path:
                raise
            # That one beside it is none is told where it is rendered.
            continue
        local = [d for d in chart.dependencies if d.repository.startswith("file://")]
        beside = dict.fromkeys(other for d in local if (other := chart.beside(d)))
        found += [other for other in beside if other not in found]
    return found


def _ignored(root: Path, folders: Sequence[str], files: Snapshot, changed: set[str]) -> tuple[str, ...]:
    """The files on disk below these folders that the state lacks and Git does not speak of: it ignores them."""
    found = []
    modules = {root / module for module in files.submodules()}
    for top in folders:
        for folder, names, entries in islice(os.walk(root / top), _MOST_FOLDERS):
            names[:] = [n for n in names if not n.startswith(".") and Path(folder, n) not in modules]
            inside = Path(folder).relative_to(root).as_posix()
            found += [join(inside, entry) for entry in entries if not entry.startswith(".")]
    return tuple(sorted(name for name in set(found) if name not in files and name not in changed))


def _chart_directory(argument: Path) -> Path:
    if not argument.exists():
        raise PathNotFoundError(
            "there is no such path", where=str(argument), help="name the directory of a chart"
        )
    directory = chart_folder(argument)
    if not directory.is_dir() or not (directory / CHART_FILE).is_file():
        raise no_chart(argument)
    found = directory.resolve()
    try:
        os.fspath(found).encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "the path is not UTF-8 text, which Helm and Git both want", where=str(found), help="rename it"
        ) from error
    return found


def repository_of(directory: Path, base: str) -> tuple[Repository | None, str]:
    """The repository that a directory lies in, and the full id of the base; None outside Git."""
    repository, commit, _ = _repository(directory, base)
    return repository, commit


def _repository(directory: Path, base: str) -> tuple[Repository | None, str, RepositoryError | None]:
    try:
        repository = Repository.discover(nearest(directory))
        return repository, repository.resolve(base), None
    except RepositoryError as error:
        if base != "HEAD":
            raise
        # Outside Git, or before the first commit, there is nothing to write on; the chart can be looked at.
        return None, "", error


def _name(file: Path, directory: Path, repository: Repository | None) -> str:
    """The path of a values file in the repository; one outside it keeps its absolute path."""
    if repository is None:
        return Path(os.path.relpath(file.resolve(), directory)).as_posix()
    try:
        return repository.relative(file)
    except Exception:  # noqa: BLE001 - any refusal means: not a file of this repository
        return file.resolve().as_posix()


def _text(name: str, files: Snapshot) -> str:
    """The text of a file of the repository; raises where it cannot be edited there."""
    if files.is_link(name):
        raise not_writable(name, LINK)
    pointer = files.pointer(name)
    if pointer:
        raise InvalidChartError(
            f"the file {pointer}, because of its `filter` in .gitattributes",
            where=name,
            help="store it without that attribute: such files are neither read nor edited in Git",
        )
    content = files.read(name)
    if content is None:
        raise _unread(name, files.skipped.get(name, "it is gone"))
    return _decoded(name, content)


def _unread(name: str, why: str) -> InvalidChartError:
    return InvalidChartError(f"the file is not read: {why}", where=name, help="mend what is there")


def _on_disk(name: str, file: Path) -> str:
    try:
        return _decoded(name, read_regular(file))
    except OSError as error:
        raise InvalidChartError(
            f"the file is not read: {error.strerror}",
            where=name,
            help="mend what is there, or its permissions",
        ) from error


def _decoded(name: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidChartError(
            "the file is not UTF-8 text", where=f"{name}:{line}", help="save it as UTF-8"
        ) from error
    redact.learn(text)
    odd = unprintable(text)
    if odd:
        raise InvalidChartError(
            f"the file is no YAML: {odd[1]}", where=f"{name}:{odd[0]}", help="take it out of the file"
        )
    return text
