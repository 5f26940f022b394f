"""The command line: flags → calls, errors → exit codes. No logic of its own.

Everything that costs time to import is imported by the command that needs it: ``--help`` must be quick.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from migrate_dhi import __version__, redact
from migrate_dhi.errors import (
    AnswerMissingError,
    ConflictingFlagsError,
    InterruptedByUserError,
    MigrateDhiError,
    UsageError,
)
from migrate_dhi.ui import flag_words, mistyped, scan_command
from migrate_dhi.ui.audit_command import audit
from migrate_dhi.ui.branch_commands import rollback, status
from migrate_dhi.ui.commands import catalog, fetch, findings, playbook, releases
from migrate_dhi.ui.live_flags import asking, pinning
from migrate_dhi.ui.many_flags import check as check_many
from migrate_dhi.ui.many_flags import many
from migrate_dhi.ui.shared_flags import (
    ACCEPT,
    CHART_DIR,
    CLUSTER,
    FILE,
    HELP,
    OFFLINE,
    PLAYBOOKS,
    REPO_URL,
    RULE,
    repeatable,
    worded,
)

if TYPE_CHECKING:
    from migrate_dhi.ui.answers import Answers
    from migrate_dhi.ui.unattended import Job


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the program and leave with its exit code."""
    code = 130
    try:
        from migrate_dhi.ui import process  # noqa: PLC0415

        process.prepare()
        code = process.settle(run(sys.argv[1:] if argv is None else argv))
        if process.must_not_wait():
            os._exit(code)
    except KeyboardInterrupt:
        # Before there was anything to say, or while it was said.
        pass
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run the program; returns the exit code and never raises for what a user can cause."""
    from migrate_dhi.ui import console  # noqa: PLC0415

    redact.forget()
    try:
        command, arguments = _dispatch(list(argv))
        result = command.main(arguments, prog_name=_name(command), standalone_mode=False)
    except click.ClickException as error:
        console.print_error(UsageError(error.format_message(), help=_usage_help(error)))
        return 2
    except (click.Abort, KeyboardInterrupt):
        console.print_error(InterruptedByUserError("interrupted"))
        return 130
    except MigrateDhiError as error:
        console.print_error(error)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001 - whatever is left is a bug of ours, and is said to be one
        return _bug(error)
    return result if isinstance(result, int) else 0


def _name(command: click.Command) -> str:
    return "migrate-dhi" if command is migrate else f"migrate-dhi {command.name}"


def _usage_help(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    see = f"see {context.command_path if context else 'migrate-dhi'} --help"
    if isinstance(error, click.NoSuchOption):
        return (
            mistyped.flag_meant(error.option_name, {name for one in migrate.params for name in one.opts})
            or see
        )
    return see


def _bug(error: Exception) -> int:
    from migrate_dhi.ui import console, process  # noqa: PLC0415

    said = process.told(error)
    console.print_error(said)
    return said.exit_code


def _dispatch(arguments: list[str]) -> tuple[click.Command, list[str]]:
    """The first word that is no option is a command if it is in the table, else a chart; raises for a slip."""
    takes_values = {
        name: parameter.nargs
        for command in (migrate, *COMMANDS.values())
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.is_flag
        for name in parameter.opts
    }
    known = {"--help", *(name for one in migrate.params for name in one.opts)}
    skip = 0
    for index, word in enumerate(arguments):
        if skip:
            skip -= 1
        elif word == "--":
            break
        elif word.startswith("-") and word != "-":
            skip = takes_values.get(word, 0)
        elif word in COMMANDS:
            return COMMANDS[word], [*arguments[:index], *arguments[index + 1 :]]
        else:
            mistyped.require_no_slip(word, COMMANDS, known)
            break
    return migrate, arguments


class _Migrate(click.Command):
    """The main command; its help also lists the others."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(70)) for name, command in COMMANDS.items()])


@click.command(cls=_Migrate, name="migrate", context_settings=HELP)
@click.argument("charts", metavar="[CHART]...", nargs=-1)
@click.option("--plan", "dry_run", is_flag=True, help="Dry run: show the proven plan and change nothing.")
@click.option("--yes", is_flag=True, help="Ask nothing: write the branch with defaults and flags.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default=None,
    help="Output of --plan.",
)
@click.option("--check", is_flag=True, help="With --plan: exit 6 where something is ready to apply.")
@repeatable("--to", metavar="[FROM=]IMAGE[:TAG]", help="Hardened image to use; repeatable.")
@worded(
    "--target",
    metavar="TEMPLATE",
    help="Registry or mirror, as docker.io/acme/dhi-{name} (default: the mirror in use, else dhi.io/{name}).",
)
@click.option(
    "--distro", type=click.Choice(["debian", "alpine"]), default=None, help="Preferred distribution."
)
@click.option(
    "--via",
    type=click.Choice(["values", "chart"]),
    default="values",
    show_default=True,
    help="With chart: take Docker's hardened charts as dependencies first, where there are such.",
)
@click.option(
    "--upgrade-dependency",
    is_flag=True,
    help="Take the nearest newer version of a dependency first, where it solves what values cannot.",
)
@click.option(
    "--hand-over-bots",
    is_flag=True,
    help="A last step: let Renovate, Flux's automation and the image updater follow the hardened images.",
)
@RULE
@worded("--pull-secret", metavar="NAME", help="Pull secret for the hardened registry.")
@click.option(
    "--probes",
    type=click.Choice(["shell", "tcp", "exec", "strong", "auto", "keep"]),
    default="shell",
    show_default=True,
    help="Which exec probes become tcpSocket, or with strong: httpGet, grpc or a plain exec.",
)
@repeatable("--only", metavar="STEP", help="Only this step; repeatable.")
@repeatable("--skip", metavar="STEP", help="Without this step; repeatable.")
@repeatable(
    "--keep",
    metavar="IMAGE",
    help="Leave this image as it is, or `blocked`: each whose move ends in an error; repeatable.",
)
@ACCEPT
@click.option("--bump", type=click.Choice(["patch", "minor", "major"]), default="patch", show_default=True)
@worded("--branch", metavar="NAME", help="Branch to write (default: dhi/ and the chart's path).")
@click.option("--base", metavar="REV", default="HEAD", show_default=True, help="Revision to start from.")
@click.option("--run-hooks", is_flag=True, help="Run pre-commit and commit-msg on the commits first.")
@repeatable(
    "--values",
    "-f",
    metavar="FILE",
    type=FILE,
    help="Values file, as helm -f; repeatable.",
)
@worded(
    "--release",
    metavar="NAME",
    help="Release name (default: as what deploys the chart says, else the directory's name).",
)
@worded(
    "--namespace",
    metavar="NAME",
    help="Namespace (default: as what deploys the chart says, else 'default').",
)
@CHART_DIR
@REPO_URL
@CLUSTER
@repeatable(
    "--helm",
    metavar="PATH",
    type=FILE,
    help="Render with this Helm binary, not the embedded one; the result is checked with each further one.",
)
@click.option(
    "--render-timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    callback=flag_words.finite,
    default=60,
    show_default=True,
    help="Time that one render may take.",
)
@pinning
@asking
@click.option("--dormant", is_flag=True, help="Also migrate images that a value switches off now.")
@OFFLINE
@PLAYBOOKS
@click.option("--catalog", metavar="FILE", type=FILE, default=None, help="Another catalog file.")
@repeatable(
    "--pin",
    nargs=4,
    metavar="STEP FILE PATH VALUE",
    help="Edit of your own instead of a step's proposals; VALUE as JSON, or 'delete'; repeatable.",
)
@click.option(
    "--answers",
    metavar="FILE",
    type=FILE,
    default=None,
    help="Answers of an earlier session.",
)
@click.option(
    "--save-answers",
    metavar="FILE",
    type=FILE,
    default=None,
    help="Keep the answers here.",
)
@many
@click.option(
    "--verbose", "-v", is_flag=True, help="Show all: notes, each step's diff and effects, what was tried."
)
@click.version_option(__version__, prog_name="migrate-dhi", message="%(prog)s %(version)s")
def migrate(charts: tuple[str, ...], **flags: Any) -> int:
    """Move Helm charts in a GitOps repository to Docker Hardened Images, with proof.

    Every step is rendered with Helm before and after, and accepted only if the manifests changed as
    promised and nowhere else. Nothing but one new branch is ever written. Without --plan and --yes the
    program asks.
    """
    from migrate_dhi.helm.engine import load_ahead  # noqa: PLC0415
    from migrate_dhi.ui import prompts  # noqa: PLC0415

    _check(flags, at_terminal=prompts.at_terminal())
    answers = _answers(flags["answers"])
    load_ahead()
    given = flag_words.given(("pull_secret", "probes", "bump", "via"))

    @cache
    def job() -> "Job":
        from migrate_dhi.ui.flags import options_of  # noqa: PLC0415 - the first question comes before it
        from migrate_dhi.ui.unattended import Job  # noqa: PLC0415

        writes = not flags["dry_run"]
        options = replace(options_of(flags), given=given)
        return Job(options, tuple(flags["values"]), flags["base"], answers, given, writes)

    if not flags["dry_run"] and not flags["yes"]:
        return _ask(charts, flags, job, answers, given)
    from migrate_dhi.ui import unattended  # noqa: PLC0415

    if flags["every"]:
        from migrate_dhi.ui import apply_all  # noqa: PLC0415

        return apply_all.write_all(charts, flags)
    if flags["dry_run"] and unattended.means_several(charts, answers):
        return scan_command.overview(
            scan_command.Wanted(
                tuple(map(Path, charts)),
                form=flags["form"] or "text",
                check=flags["check"],
                verbose=flags["verbose"],
                required=True,
            ),
            flags,
            _repeated(flags),
        )
    paths = unattended.charts_or_here(charts, answers)
    if flags["branch"] and len(paths) > 1:
        raise ConflictingFlagsError(
            f"--branch names one branch, and these are {len(paths)} charts",
            help="leave --branch out: each chart has a branch of its own",
        )
    if flags["yes"]:
        return unattended.write_charts(paths, job())
    return unattended.plan_charts(
        paths,
        job(),
        flags["form"] or "text",
        check=flags["check"],
        verbose=flags["verbose"],
        command=["migrate-dhi", *charts, *_repeated(flags)],
    )


def _ask(
    charts: tuple[str, ...],
    flags: Mapping[str, Any],
    job: "Callable[[], Job]",
    answers: "Answers | None",
    given: frozenset[str],
) -> int:
    from migrate_dhi.dhi.naming import DEFAULT_TARGET  # noqa: PLC0415
    from migrate_dhi.ui import wizard  # noqa: PLC0415

    left_out = {"answers", "save_answers", "branch_per", "write_texts"}
    words = _repeated({name: value for name, value in flags.items() if name not in left_out})
    host = (flags["target"] or DEFAULT_TARGET).partition("/")[0]
    return wizard.run(
        wizard.Call(charts, job, given, tuple(words), host, answers, flags["save_answers"], flags)
    )


def _answers(file: Path | None) -> "Answers | None":
    if file is None:
        return None
    from migrate_dhi.ui.answers import read  # noqa: PLC0415

    return read(file)


def _check(flags: Mapping[str, Any], *, at_terminal: bool) -> None:
    """Flags that contradict each other, and questions that nobody could answer."""
    if flags["dry_run"] and flags["yes"]:
        raise ConflictingFlagsError("--plan and --yes contradict each other", help="give one of them")
    for name, given in (("--check", flags["check"]), ("--format", flags["form"])):
        if given and not flags["dry_run"]:
            raise ConflictingFlagsError(f"{name} belongs to --plan", help="add --plan")
    check_many(flags)
    both = set(flags["only"]) & set(flags["skip"])
    if both:
        raise ConflictingFlagsError(
            f"--only and --skip both name {', '.join(sorted(both))}", help="give one of them"
        )
    if not flags["dry_run"] and not flags["yes"] and not at_terminal:
        raise AnswerMissingError(
            "there is no terminal to ask at",
            help="add --plan to look, or --yes to write the branch without questions",
        )


def _repeated(flags: Mapping[str, Any]) -> list[str]:
    """The flags once more, without what belongs to the dry run: for the hint how to write the plan."""
    leave_out = {"dry_run", "form", "check", "verbose", "yes", "save_answers"}
    return flag_words.flag_words(migrate.params, flags, leave_out)


COMMANDS: dict[str, click.Command] = {
    "status": status,
    "rollback": rollback,
    "releases": releases,
    "scan": scan_command.command(migrate.params),
    "audit": audit,
    "fetch": fetch,
    "findings": findings,
    "catalog": catalog,
    "playbook": playbook,
}
