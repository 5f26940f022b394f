"""The commands that only look: flags → calls of modules that are imported late."""

from pathlib import Path
from typing import Any

import click

from migrate_dhi.ui.live_flags import asking, charts_from, reaching
from migrate_dhi.ui.shared_flags import (
    AS_JSON,
    CHART_DIR,
    FILE,
    HELP,
    PLAYBOOKS,
    REPO_URL,
    RULE,
    STATE,
    together,
)

_CATALOG = click.option("--catalog", "file", metavar="FILE", type=FILE, help="Another catalog file.")
_OF_REPOSITORY = together(
    click.argument("directory", metavar="[DIR]", required=False, type=FILE, default="."), STATE, REPO_URL
)
"""Which repository is read, at which state, and by which addresses it is known."""


@click.command(context_settings=HELP)
@_OF_REPOSITORY
@CHART_DIR
@AS_JSON
def releases(
    directory: Path, base: str, repo_url: tuple[str, ...], chart_dir: tuple[Path, ...], form: str
) -> int:
    """List what the repository deploys, and what could not be resolved."""
    from migrate_dhi.ui import releases as shown  # noqa: PLC0415
    from migrate_dhi.ui.flags import folders_of  # noqa: PLC0415

    return shown.show_releases(directory, base, repo_url, folders_of(chart_dir), as_json=form == "json")


@click.command(context_settings=HELP)
@_OF_REPOSITORY
@click.option("--offline", is_flag=True, help="Fetch nothing: tell what is not in the cache.")
@reaching
@AS_JSON
def fetch(
    directory: Path, base: str, repo_url: tuple[str, ...], offline: bool, form: str, **flags: Any
) -> int:
    """Fetch every chart that is deployed from elsewhere, so that plans need no network."""
    from migrate_dhi.ui import fetching  # noqa: PLC0415

    return fetching.fetch(
        directory, base, repo_url, offline=offline, as_json=form == "json", access=charts_from(flags)
    )


@click.command(context_settings=HELP)
@click.argument("code", required=False, default="")
@AS_JSON
def findings(code: str, form: str) -> int:
    """Explain every finding, or the one named CODE: what it means, and what to do."""
    from migrate_dhi.ui import findings_text  # noqa: PLC0415

    return findings_text.show_findings(code, as_json=form == "json")


@click.group(context_settings=HELP, no_args_is_help=False)
def catalog() -> None:
    """Look at what is known of hardened images, and keep it fresh."""


@catalog.command("list", context_settings=HELP)
@click.argument("word", required=False, default="")
@_CATALOG
@AS_JSON
def list_images(word: str, file: Path | None, form: str) -> int:
    """List all hardened images, or those with WORD in their name."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.list_images(word, file, as_json=form == "json")


@catalog.command("show", context_settings=HELP)
@click.argument("name")
@_CATALOG
@click.option("--target", metavar="TEMPLATE", default="", help="With --live: the mirror to ask.")
@asking
@AS_JSON
def show_image(name: str, file: Path | None, form: str, target: str, **flags: Any) -> int:
    """Show one image: lines, tags, user, shell, end of life."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.show_image(name, file, target, flags, as_json=form == "json")


@catalog.command("match", context_settings=HELP)
@click.argument("image")
@_CATALOG
@PLAYBOOKS
@RULE
@AS_JSON
def match_image(image: str, file: Path | None, playbooks: tuple[Path, ...], form: str, **flags: Any) -> int:
    """Name the hardened images that could take the place of an upstream IMAGE, and the tag by the rule."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415
    from migrate_dhi.ui.flags import bounds_of  # noqa: PLC0415

    return known_commands.match_image(image, file, playbooks, bounds_of(flags), as_json=form == "json")


@catalog.command("diff", context_settings=HELP)
@click.argument("old", type=FILE, required=False)
@click.argument("new", type=FILE, required=False)
@click.option(
    "--for",
    "directory",
    metavar="DIR",
    type=FILE,
    help="Plan every release of this repository with both, and show what changed for them.",
)
@click.option("--offline", is_flag=True, help="With --for: fetch nothing.")
@AS_JSON
def compare(old: Path | None, new: Path | None, directory: Path | None, offline: bool, form: str) -> int:
    """Show what changed from the catalog OLD (default: the one before the last update) to NEW (the one in use)."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.compare(old, new, directory=directory, offline=offline, as_json=form == "json")


@catalog.command("update", context_settings=HELP)
@click.argument("source", metavar="[PATH|URL]", required=False, default="")
@click.option("--history", is_flag=True, help="Look up tags that were listed once in all commits.")
@click.option(
    "--accept-shrunk", "shrunk", is_flag=True, help="Take also one that lists far less than before."
)
@AS_JSON
def update(source: str, history: bool, shrunk: bool, form: str) -> int:
    """Use a newer catalog from now on: built from the public catalog repository, or from PATH or URL."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.update(source, history=history, shrunk=shrunk, as_json=form == "json")


@catalog.command("build", context_settings=HELP)
@click.option(
    "--from",
    "checkout",
    metavar="CHECKOUT",
    type=FILE,
    required=True,
    help="Git checkout of docker-hardened-images/catalog.",
)
@click.option("--history", is_flag=True, help="Also tags that were listed once, from the checkout's history.")
@click.option(
    "-o",
    "--output",
    "out",
    metavar="FILE",
    type=FILE,
    default=Path("catalog.jsonl.gz"),
    show_default=True,
    help="File to write.",
)
@AS_JSON
def build(checkout: Path, out: Path, history: bool, form: str) -> int:
    """Build a catalog file from a checkout of the public catalog repository."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.build(checkout, out, history=history, as_json=form == "json")


@click.group(context_settings=HELP, no_args_is_help=False)
def playbook() -> None:
    """Look at the advice for products, and check your own."""


@playbook.command("list", context_settings=HELP)
@PLAYBOOKS
@AS_JSON
def list_playbooks(playbooks: tuple[Path, ...], form: str) -> int:
    """List all playbooks: ours, this repository's, and those of --playbooks."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.list_playbooks(playbooks, as_json=form == "json")


@playbook.command("show", context_settings=HELP)
@click.argument("name")
@PLAYBOOKS
@AS_JSON
def show_playbook(name: str, playbooks: tuple[Path, ...], form: str) -> int:
    """Show one playbook: facts, data, probes, chart versions, notes, checks."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.show_playbook(name, playbooks, as_json=form == "json")


@playbook.command("check", context_settings=HELP)
@click.argument("files", metavar="[FILE]...", nargs=-1, type=FILE)
@PLAYBOOKS
@_CATALOG
@AS_JSON
def check_playbooks(
    files: tuple[Path, ...], playbooks: tuple[Path, ...], file: Path | None, form: str
) -> int:
    """Hold playbook files (default: all) against the catalog; exits with 5 where they contradict it."""
    from migrate_dhi.ui import known_commands  # noqa: PLC0415

    return known_commands.check_playbooks(files, playbooks, file, as_json=form == "json")
