"""The command ``scan``, and ``--plan`` at a root: flags → every release planned → an overview in one of its forms."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from migrate_dhi.errors import ConflictingFlagsError
from migrate_dhi.record import record
from migrate_dhi.ui.flag_words import flag_words
from migrate_dhi.ui.many_flags import shard_of
from migrate_dhi.ui.shared_flags import FILE, HELP

FORMS = ("text", "json", "markdown", "html")
_OWN = frozenset(
    {
        "shard",
        "namespace",
        "release",
        "values",
        "branch",
        "pin",
        "answers",
        "save_answers",
        "run_hooks",
        "every",
        "branch_per",
        "write_texts",
    }
)
_OF_A_PLAN = frozenset({"dry_run", "yes", "form", "check", "verbose", "charts"})
_WAYS = ("application", "helmrelease", "kustomize", "fleet", "helmfile", "k3s", "chart")
_STATUSES = ("ready", "ask", "blocked", "nothing-to-do", "unresolved", "error")

_OWN_FLAGS = (
    frozenset(
        [
            "form",
            "statuses",
            "ways",
            "images",
            "namespaces",
            "changed_since",
            "output",
            "update",
            "workers",
            "save_answers",
            "shard",
            "matrix",
        ]
    )
    | _OF_A_PLAN
)


@record
class Wanted:
    """What of the repository is shown, and how.

    ``paths`` are files and folders; an entry is shown that lies in one of them, or in none where there are none.
    ``required`` tells that finding nothing at all is an error. ``shard`` is which of how many parts is planned; with a
    ``matrix`` of so many parts nothing is.
    """

    paths: tuple[Path, ...] = ()
    statuses: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    changed_since: str = ""
    form: str = "text"
    output: Path | None = None
    update: Path | None = None
    workers: int = 0
    check: bool = False
    verbose: bool = False
    required: bool = False
    save: bool = False
    shard: tuple[int, int] = (1, 1)
    matrix: int = 0


def command(planning: Iterable[click.Parameter]) -> click.Command:
    """The command; ``planning`` are the flags of the main command, of which it takes those that a plan needs."""
    shared = [one for one in planning if one.name not in _OWN | _OF_A_PLAN and isinstance(one, click.Option)]
    many: dict[str, Any] = {"multiple": True}
    own: list[click.Parameter] = [
        click.Argument(["paths"], metavar="[DIR]...", nargs=-1, type=FILE),
        click.Option(["--format", "form"], type=click.Choice(FORMS), default="text", show_default=True),
        click.Option(["--status", "statuses"], type=click.Choice(_STATUSES), help="Only these; repeatable.", **many),
        click.Option(["--kind", "ways"], type=click.Choice(_WAYS), help="Only those; repeatable.", **many),
        click.Option(["--image", "images"], metavar="TEXT", help="Only with such an image; repeatable.", **many),
        click.Option(["--namespace", "namespaces"], metavar="NAME", help="Only of it; repeatable.", **many),
        click.Option(
            ["--changed-since"], metavar="REV", default="", help="Only what reads a file that differs from REV."
        ),
        click.Option(
            ["--output", "-o"], metavar="FILE", type=FILE, help="Write to FILE, not to stdout."
        ),
        click.Option(
            ["--update"],
            metavar="FILE",
            type=FILE,
            help="With --format markdown: renew FILE, and keep the boxes that are checked in it.",
        ),
        click.Option(
            ["--workers"],
            metavar="N",
            type=click.IntRange(min=1),
            default=None,
            help="Plan N at once (default: one for each processor).",
        ),
        click.Option(
            ["--save-answers"],
            is_flag=True,
            help="Write what these flags answer to .migrate-dhi.yaml, which later runs read once it is committed.",
        ),
        click.Option(["--shard"], metavar="I/N", default="", help="Only the I-th of N parts of the releases."),
        click.Option(
            ["--matrix"],
            metavar="N",
            type=click.IntRange(min=1),
            default=None,
            help="Plan nothing: print a matrix of at most N parts as JSON, for jobs of the CI system.",
        ),
        click.Option(["--check"], is_flag=True, help="Exit 6 where something is ready to apply."),
        click.Option(["--verbose", "-v"], is_flag=True, help="Show releases with nothing to do one by one, too."),
    ]  # fmt: skip
    return click.Command(
        "scan",
        params=[*own, *shared],
        callback=_called,
        context_settings=HELP,
        help="Plan every release of the repository (or below DIR) and show what is next for each. "
        "Changes nothing. Exits with 5 where something is blocked or asks, with 4 where something cannot be planned.",
        short_help="Plan every release of the repository: an overview.",
    )


def _called(**flags: Any) -> int:
    wanted = Wanted(
        paths=tuple(flags["paths"]),
        statuses=tuple(flags["statuses"]),
        ways=tuple(flags["ways"]),
        images=tuple(flags["images"]),
        namespaces=tuple(flags["namespaces"]),
        changed_since=flags["changed_since"],
        form=flags["form"],
        output=flags["output"],
        update=flags["update"],
        workers=flags["workers"] or 0,
        check=flags["check"],
        verbose=flags["verbose"],
        save=flags["save_answers"],
        shard=shard_of(flags["shard"]),
        matrix=flags["matrix"] or 0,
    )
    if wanted.update and wanted.form != "markdown":
        raise ConflictingFlagsError("--update belongs to --format markdown", help="add --format markdown")
    return overview(wanted, flags, flag_words(click.get_current_context().command.params, flags, _OWN_FLAGS))


def overview(wanted: Wanted, flags: Mapping[str, Any], words: Sequence[str]) -> int:
    """Plan and show; the exit code.

    Args:
        wanted: what is shown, and how.
        flags: the flags of the main command that a plan needs, by their names; those that are left out are not given.
        words: those flags as they were written, for the commands that come next.

    Raises RepositoryError outside Git, PathNotFoundError, and UsageError for an image that no release has.
    """
    from migrate_dhi.ui import scan_run  # noqa: PLC0415 - everything that plans

    return scan_run.overview(wanted, flags, words)
