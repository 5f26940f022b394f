"""The commands that look at branches and take them back: their flags and texts; the rest is elsewhere."""

from typing import Any

import click

from migrate_dhi.errors import AnswerMissingError, UsageError
from migrate_dhi.finding_codes import check_accepted
from migrate_dhi.ui.shared_flags import ACCEPT, AS_JSON, CHART_DIR, HELP, OFFLINE, repeatable

_BASE = click.option(
    "--base", metavar="REV", default="HEAD", show_default=True, help="Revision that branches start from."
)


@click.command(context_settings=HELP)
@click.argument("chart", metavar="[CHART]", required=False)
@_BASE
@AS_JSON
def status(chart: str | None, base: str, form: str) -> int:
    """Show which steps are on which branch."""
    from migrate_dhi.ui import unattended  # noqa: PLC0415

    return unattended.show_status(chart, base, as_json=form == "json")


@click.command(context_settings=HELP)
@click.argument("target", metavar="[CHART|BRANCH]", required=False)
@click.option(
    "--to", "to_step", metavar="STEP", default=None, help="The last step to keep (default: keep none)."
)
@repeatable("--skip", metavar="STEP", help="Of merged steps, leave this one as it is; repeatable.")
@ACCEPT
@click.option(
    "--branch", metavar="NAME", default="", help="Branch that reverses merged steps (default: …-reversal)."
)
@_BASE
@click.option(
    "--run-hooks", is_flag=True, help="Run pre-commit and commit-msg on a reversal's commits first."
)
@CHART_DIR
@OFFLINE
@click.option("--yes", is_flag=True, help="Ask nothing.")
@AS_JSON
def rollback(target: str | None, yes: bool, form: str, **flags: Any) -> int:
    """Take a branch back, whole or to a step; of merged steps, write a branch that reverses them.

    A backup of the branch is kept. Without a name, and without --yes, the command lists what can be taken back.
    """
    from migrate_dhi.helm.shelf import Shelf  # noqa: PLC0415
    from migrate_dhi.helm.store import user_cache  # noqa: PLC0415
    from migrate_dhi.migration.rollback import RollbackWishes  # noqa: PLC0415
    from migrate_dhi.ui import prompts, unattended  # noqa: PLC0415
    from migrate_dhi.ui.flags import folders_of  # noqa: PLC0415

    if target is None and not yes:
        if flags["to_step"] or flags["skip"]:
            raise UsageError("--to and --skip are of one migration", help="name its chart or its branch")
        return unattended.show_choices(flags["base"], as_json=form == "json")
    if not yes and not prompts.at_terminal():
        unattended.require_migration(str(target), flags["base"])
        raise AnswerMissingError(
            "there is no terminal to ask at", help="add --yes to roll back without questions"
        )
    accept = frozenset(flags.pop("accept"))
    check_accepted(accept)
    shelf = Shelf(folders_of(flags.pop("chart_dir")), user_cache(), offline=flags.pop("offline"))
    wishes = RollbackWishes(**flags, accept=accept, shelf=shelf)
    return unattended.roll_back(target, wishes, ask=not yes, as_json=form == "json")
