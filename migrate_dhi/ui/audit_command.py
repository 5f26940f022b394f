"""The command ``audit``: flags → calls of modules that are imported late."""

from typing import Any

import click

from migrate_dhi.ui.shared_flags import CHART_DIR, CLUSTER, FILE, HELP, OFFLINE, REPO_URL, STATE, repeatable


@click.command(context_settings=HELP)
@click.argument("service", metavar="[SERVICE]", required=False, default="")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@STATE
@CHART_DIR
@OFFLINE
@REPO_URL
@CLUSTER
@click.option(
    "--policy",
    metavar="FILE",
    type=FILE,
    default=None,
    help="Which databases may be given to whom (docs/audit.md).",
)
@repeatable("--playbooks", metavar="DIR", type=FILE, help="Your own playbooks and roles; repeatable.")
@click.option(
    "--edits", is_flag=True, help="Also the edits that give each component a database of its own, proven."
)
@click.option(
    "--run-checks", is_flag=True, help="Run the commands that only look, in the cluster of --context."
)
@click.option("--context", metavar="NAME", default="", help="With --run-checks: the context of kubectl.")
@click.option("--kubectl", metavar="PROGRAM", default="kubectl", help="With --run-checks: what is run.")
def audit(service: str, form: str, **flags: Any) -> int:
    """Show who uses a service, from Git alone.

    SERVICE is NAMESPACE/NAME of a Service or of a release; without it every backend whose image has a hardened
    counterpart is looked at: clients, databases, reach, operation.
    """
    from migrate_dhi.ui import audit_show  # noqa: PLC0415

    return audit_show.show_audit(service, form, flags)
