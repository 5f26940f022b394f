"""The flags that several commands take, each said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from migrate_dhi.ui.flag_words import filled

Command = Callable[..., int]

HELP = {"help_option_names": ["-h", "--help"]}
"""The settings of every command."""
FILE: Any = click.Path(path_type=Path)


def repeatable(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """A flag that may be given several times."""
    return click.option(*names, multiple=True, **settings)


def worded(*names: str, **settings: Any) -> Callable[[Any], Any]:
    """A flag with one word, which is not empty where it is given."""
    return click.option(*names, default="", callback=filled, **settings)


def together(*flags: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several flags as one, in the order in which the help lists them."""

    def with_all(command: Command) -> Command:
        for flag in reversed(flags):
            command = flag(command)
        return command

    return with_all


AS_JSON = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
OFFLINE = click.option("--offline", is_flag=True, help="Fetch nothing.")
STATE = click.option("--base", metavar="REV", default="", help="Revision to read (default: the worktree).")
CHART_DIR = repeatable(
    "--chart-dir",
    metavar="DIR",
    type=FILE,
    help="Take charts from this folder (NAME-VERSION.tgz, or directories) before any is fetched; repeatable.",
)
REPO_URL = repeatable(
    "--repo-url", metavar="URL", help="A further address by which this repository is known; repeatable."
)
CLUSTER = together(
    click.option("--kube-version", metavar="VERSION", default="", help="Kubernetes version to render for."),
    repeatable(
        "--api-versions", metavar="GROUP/VERSION", help="API version that the cluster has; repeatable."
    ),
)
PLAYBOOKS = repeatable("--playbooks", metavar="DIR", type=FILE, help="Your own playbooks; repeatable.")
ACCEPT = repeatable(
    "--accept", metavar="CODE", help="Accept error findings of this code, or 'all'; repeatable."
)
RULE = together(
    click.option(
        "--within",
        type=click.Choice(["patch", "minor", "major"]),
        default="minor",
        show_default=True,
        help="How far a version may go up unasked.",
    ),
    click.option("--no-past", is_flag=True, help="Without tags that are listed no more and get no updates."),
    click.option("--prefer", type=click.Choice(["newest"]), help="Newer lines rather than past tags."),
)
"""How far the rule for versions goes unasked."""
