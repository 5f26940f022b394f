"""The answers that a repository keeps: ``.migrate-dhi.yaml`` at its root, as ``docs/answers.md`` describes it.

They are read from the base commit: what they accept counts once it is committed, and so was seen by whoever reviews.
A flag counts more than the file, a later entry under ``releases`` more than an earlier one, and both more than what is
said for all releases.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from migrate_dhi.dhi.naming import check_template
from migrate_dhi.dhi.wish import BLOCKED
from migrate_dhi.errors import MigrateDhiError, RepositoryError, UsageError
from migrate_dhi.finding_codes import check_accepted
from migrate_dhi.findings import Finding
from migrate_dhi.git.repository import Repository
from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.helm.chart import release_name
from migrate_dhi.migration.names import check_names
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.source import Source
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps import NAMES
from migrate_dhi.steps.context import WAYS
from migrate_dhi.steps.probes import POLICIES

FILE = ".migrate-dhi.yaml"
KEEP, NONE = "keep", "none"
DISTROS = ("debian", "alpine")
_EVERYWHERE = ("target", "distro", "pull-secret", "probes", "via", "images", "keep", "accept", "skip")
# What people write is far below; each process reads the file anew, and a larger one would hold up every plan.
_MOST_BYTES = 1 << 18
_KEYS = (*_EVERYWHERE, "releases")
_ADVICE = "docs/answers.md shows the keys"


@record
class Answered:
    """What is answered for some releases; None or empty where it is not.

    ``images`` maps an image, named as in ``--to FROM=``, to what it becomes or to ``keep``. ``pull_secret`` is a name
    or ``none``.
    """

    target: str | None = None
    distro: str | None = None
    pull_secret: str | None = None
    probes: str | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    via: str | None = None


@record
class RepositoryAnswers:
    """All answers of a repository: those for every release, and those for releases that fit a pattern, in order."""

    everywhere: Answered = Answered()
    releases: tuple[tuple[str, Answered], ...] = ()

    def of(self, names: Sequence[str]) -> Answered:
        """The answers for a plan by its names: of each release, and the path of its chart."""
        found = self.everywhere
        for pattern, more in self.releases:
            if any(fnmatchcase(name, pattern) for name in names):
                found = _over(found, more)
        return found


def _over(weak: Answered, strong: Answered) -> Answered:
    return Answered(
        strong.target if strong.target is not None else weak.target,
        strong.distro if strong.distro is not None else weak.distro,
        strong.pull_secret if strong.pull_secret is not None else weak.pull_secret,
        strong.probes if strong.probes is not None else weak.probes,
        {**weak.images, **strong.images},
        tuple(dict.fromkeys((*weak.accept, *strong.accept))),
        tuple(dict.fromkeys((*weak.skip, *strong.skip))),
        strong.via if strong.via is not None else weak.via,
    )


def answers_of(repository: Repository | None, commit: str) -> RepositoryAnswers:
    """The answers that a commit of a repository has; raises UsageError with the line of what is wrong in them."""
    return _read(repository.root, commit) if repository and commit else RepositoryAnswers()


@lru_cache(maxsize=8)
def _committed(root: Path, commit: str) -> bytes | None:
    return Repository(root).read(commit, FILE)


@lru_cache(maxsize=8)
def _read(root: Path, commit: str) -> RepositoryAnswers:
    try:
        content = _committed(root, commit)
    except RepositoryError as error:
        raise UsageError(
            "the answers are not read: it is a symbolic link or no file",
            where=FILE,
            help="commit a file of its own",
        ) from error
    if content is None:
        return RepositoryAnswers()
    if len(content) > _MOST_BYTES:
        raise UsageError(
            f"the answers are larger than {_MOST_BYTES >> 10} KiB", where=FILE, help="say it with patterns"
        )
    return read_answers(content.decode("utf-8", "replace"))


def answered(source: Source, options: Options) -> Options:
    """The options with what the repository answers for a target, where no flag says otherwise; with notes on it."""
    found = answers_of(source.repository, source.commit)
    names = list(_names(source, options))
    notes = [_unused(source)] if source.repository and _differs(source) else []
    changed, said = _laid_under(options, found.of(names))
    if options.asked:
        more = replace(found, everywhere=_over(found.everywhere, options.asked))
        changed, now = _laid_under(options, more.of(names))
        said = [text for text in said if text in now]
    if said:
        notes.append(Finding("answers-used", "info", f"{FILE} answers: {', '.join(said)}", file=FILE))
    return replace(changed, notes=(*changed.notes, *notes)) if notes else changed


def _names(source: Source, options: Options) -> Iterator[str]:
    """What a target is called in the file."""
    for one in source.target.releases:
        yield from (one.id, f"{one.file}#{one.name}")
    if not source.target.releases:
        name = options.release or release_name(source.chart.path, source.chart.name)
        yield f"{options.namespace or 'default'}/{name}"
    if source.chart.editable:
        yield source.chart.path


def _laid_under(options: Options, told: Answered) -> tuple[Options, list[str]]:
    """The options with answers where no flag says otherwise, and what they say."""
    said: list[str] = []
    wishes, choices, given = options.wishes, options.choices, options.given
    if told.target and not wishes.target:
        wishes = replace(wishes, target=told.target)
        said.append(f"target {told.target}")
    if told.distro and not wishes.distro:
        wishes = replace(wishes, distro=told.distro)
        said.append(f"distro {told.distro}")
    if told.images:
        pairs = tuple(f"{old}={new}" for old, new in told.images.items())
        wishes = replace(wishes, answers=(*wishes.answers, *pairs))
        said += [_of_image(old, new) for old, new in told.images.items()]
    skip = [name for name in told.skip if name not in (*choices.skip, *choices.only)]
    if told.pull_secret and "pull_secret" not in given and not choices.pull_secret:
        if told.pull_secret == NONE:
            skip += [name for name in ("pull-secret",) if name not in (*choices.skip, *choices.only)]
        else:
            choices = replace(choices, pull_secret=told.pull_secret)
        said.append(f"pull-secret {told.pull_secret}")
    if told.probes and "probes" not in given and told.probes != choices.probes:
        choices = replace(choices, probes=told.probes)
        said.append(f"probes {told.probes}")
    if told.via and "via" not in given and told.via != choices.via:
        choices = replace(choices, via=told.via)
        said.append(f"via {told.via}")
    accept = [code for code in told.accept if code not in choices.accept]
    said += [f"skip {name}" for name in told.skip if name in skip] + [f"accept {code}" for code in accept]
    choices = replace(
        choices, skip=(*choices.skip, *dict.fromkeys(skip)), accept=choices.accept | set(accept)
    )
    return replace(options, wishes=wishes, choices=choices), said


def _of_image(old: str, new: str) -> str:
    if (old, new) == (BLOCKED, KEEP):
        return f"keep {BLOCKED}"
    return f"{old} {'stays' if new == KEEP else f'becomes {new}'}"


def _differs(source: Source) -> bool:
    """Whether the worktree's answers are not those of the base."""
    if source.repository is None:
        return False
    return differs(source.repository, source.commit)


def differs(repository: Repository, commit: str) -> bool:
    """Whether the answers in the worktree are other ones than a commit has; those are not used."""
    try:
        here = read_regular(repository.root / FILE, follow=False)
    except FileNotFoundError:
        return False
    except OSError:
        # A link, or nothing that could be read: no answers are there.
        return True
    there = _committed(repository.root, commit) if commit else None
    return there is None or here.replace(b"\r\n", b"\n") != there.replace(b"\r\n", b"\n")


def _unused(source: Source) -> Finding:
    return Finding(
        "answers-uncommitted",
        "info",
        f"{FILE} in the worktree differs from {source.base}, and what {source.base} has is used",
        file=FILE,
        help="commit it: what it accepts counts once it is committed",
    )


def read_answers(text: str) -> RepositoryAnswers:
    """Read the text of the file; raises UsageError with file and line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(
            f"the answers are no YAML: {error.problem}", where=f"{FILE}:{line}", help=_ADVICE
        ) from error
    except yaml.YAMLError as error:
        raise UsageError("the answers are no YAML", where=f"{FILE}:1", help=_ADVICE) from error
    top = _mapping(node, "the file", _KEYS)
    releases = _mapping(top["releases"][1], "releases") if "releases" in top else {}
    return RepositoryAnswers(
        _answered(top, ""),
        tuple(
            (pattern, _answered(_mapping(value, f"releases.{pattern}", _EVERYWHERE), f"releases.{pattern}."))
            for pattern, (_, value) in releases.items()
        ),
    )


_Nodes = dict[str, tuple[Any, Any]]


def _answered(found: _Nodes, above: str) -> Answered:
    def text(key: str, words: Sequence[str] = ()) -> str | None:
        return _scalar(found[key][1], f"{above}{key}", words) if key in found else None

    def checked(key: str, value: str | None, check: Any) -> str | None:
        if value is not None:
            with _placed(found[key][1]):
                check(value)
        return value

    images = {}
    for old, (key, value) in (
        _mapping(found["images"][1], f"{above}images").items() if "images" in found else ()
    ):
        new = _scalar(value, f"{above}images.{old}")
        with _placed(key):
            Reference.parse(old)
            if new != KEEP:
                Reference.parse(new)
        images[old] = new
    for image, node in _list(found, "keep", above):
        with _placed(node):
            Reference.parse(image)
        images[image] = KEEP
    accept = []
    for code, node in _list(found, "accept", above):
        with _placed(node):
            check_accepted([code], f"{above}accept")
        accept.append(code)
    skip = []
    for name, node in _list(found, "skip", above):
        if name not in NAMES:
            raise _wrong(node, f"{above}skip: there is no step {name!r}", f"the steps are {', '.join(NAMES)}")
        skip.append(name)
    secret = text("pull-secret")
    return Answered(
        checked("target", text("target"), check_template),
        text("distro", DISTROS),
        checked("pull-secret", secret, lambda name: check_names(pull_secret=name)),
        text("probes", POLICIES),
        images,
        tuple(accept),
        tuple(skip),
        text("via", WAYS),
    )


class _placed:  # noqa: N801 - reads as what it does
    """Gives an error of a check the line of a node."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, MigrateDhiError):
            raise _wrong(self.node, error.message, error.help) from error


def _wrong(node: Any, what: str, advice: str = "") -> UsageError:
    line = node.start_mark.line + 1 if node is not None else 1
    return UsageError(what, where=f"{FILE}:{line}", help=advice or _ADVICE)


def _mapping(node: Any, what: str, keys: Sequence[str] = ()) -> _Nodes:
    """The entries of a map: key → (node of the key, node of the value); nothing at all is an empty map."""
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~")):
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(node, f"{what} is not a map")
    found: _Nodes = {}
    for key, value in node.value:
        name = _scalar(key, f"a key of {what}")
        if keys and name not in keys:
            raise _wrong(key, f"{what} has the unknown key {name!r}", f"the keys are {', '.join(keys)}")
        if name in found:
            raise _wrong(key, f"{what} has the key {name!r} twice", "join the two")
        found[name] = (key, value)
    return found


def _scalar(node: Any, what: str, words: Sequence[str] = ()) -> str:
    # The text as it stands: a tag such as 9.10 is no number.
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise _wrong(node, f"{what} is not a text")
    if words and node.value not in words:
        raise _wrong(node, f"{what} is {node.value!r}", f"write one of {', '.join(words)}")
    return str(node.value)


def _list(found: _Nodes, key: str, above: str) -> Iterator[tuple[str, Any]]:
    if key not in found:
        return
    node = found[key][1]
    if not isinstance(node, yaml.SequenceNode):
        raise _wrong(node, f"{above}{key} is not a list", f"write {key}: [ONE, MORE]")
    for item in node.value:
        yield _scalar(item, f"an item of {above}{key}"), item
