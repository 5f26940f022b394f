"""The command ``audit``: flags → calls of modules that are imported late."""

from pathlib import Path
from typing import Any

import click

_FILE: Any = click.Path(path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("service", metavar="[SERVICE]", required=False, default="")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option("--base", metavar="REV", default="", help="Revision to read (default: the worktree).")
@click.option(
    "--chart-dir",
    "chart_dirs",
    metavar="DIR",
    type=_FILE,
    multiple=True,
    help="Take charts from this folder before any is fetched; repeatable.",
)
@click.option("--offline", is_flag=True, help="Fetch nothing.")
@click.option(
    "--repo-url",
    "repo_urls",
    metavar="URL",
    multiple=True,
    help="A further address by which this repository is known; repeatable.",
)
@click.option("--kube-version", metavar="VERSION", default="", help="Kubernetes version to render for.")
@click.option(
    "--api-versions",
    metavar="GROUP/VERSION",
    multiple=True,
    help="API version that the cluster has; repeatable.",
)
@click.option(
    "--policy",
    metavar="FILE",
    type=_FILE,
    default=None,
    help="Which databases may be given to whom (docs/audit.md).",
)
@click.option(
    "--playbooks", metavar="DIR", type=_FILE, multiple=True, help="Your own playbooks and roles; repeatable."
)
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
