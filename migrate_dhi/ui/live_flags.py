"""The flags that say whether registries are asked, and how."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from migrate_dhi.errors import ConflictingFlagsError, PathNotFoundError, UsageError
from migrate_dhi.regex import regex
from migrate_dhi.ui.shared_flags import FILE, repeatable, together

if TYPE_CHECKING:
    from migrate_dhi.dhi.live import Live
    from migrate_dhi.helm.store import Access

_PLATFORM = regex(r"[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?")
_NEED_LIVE = ("pin_digest", "platform")
# Charts are asked for without it.
_FOR_CHARTS_TOO = ("ca", "plain_http")


reaching = together(
    click.option(
        "--ca",
        metavar="FILE",
        type=FILE,
        default=None,
        help="Trust the certificates in this file for registries, too.",
    ),
    repeatable("--plain-http", metavar="HOST", help="Ask this registry without TLS; repeatable."),
)
"""How registries are reached, for images and for charts."""
asking = together(
    reaching,
    click.option("--live", is_flag=True, help="Ask the registry, with your own login, what it has."),
    repeatable(
        "--platform",
        metavar="OS/ARCH",
        help="With --live: platform that images are needed for (default: linux/amd64); repeatable.",
    ),
)
"""The flags of a command that may ask registries."""
pinning = click.option("--pin-digest", is_flag=True, help="With --live: write the digest of the image, too.")


def charts_from(flags: Mapping[str, Any]) -> "Access":
    """How registries are asked for charts; raises PathNotFoundError where the file of ``--ca`` is not there."""
    from migrate_dhi.helm.store import Access  # noqa: PLC0415 - --help needs none of it

    ca = flags["ca"]
    if ca and not ca.is_file():
        raise PathNotFoundError("there is no such file", where=str(ca), help="correct --ca")
    return Access(ca, _hosts(flags))


def _hosts(flags: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(host.partition("://")[2].rstrip("/") or host for host in flags["plain_http"])


def live_from(flags: Mapping[str, Any], progress: Callable[[str], None]) -> "Live | None":
    """What asks registries by these flags; None without ``--live``.

    Raises ConflictingFlagsError for flags that contradict each other, or mean nothing without ``--live``, and
    PathNotFoundError or RegistryError where ``--ca`` cannot be read.
    """
    _check(flags)
    if not flags["live"]:
        return None
    from migrate_dhi.dhi import live  # noqa: PLC0415 - only where something is asked
    from migrate_dhi.helm.store import user_cache  # noqa: PLC0415

    asking = live.Asking(
        flags["platform"] or (live.PLATFORM,),
        flags["ca"],
        _hosts(flags),
        user_cache().with_name("registry"),
        pin=flags.get("pin_digest", False),
    )
    return live.Live(asking, progress)


def live_if_wanted(host: str) -> "Live | None":
    """What asks registries, where the user has a login for one and says that it is to be asked."""
    from migrate_dhi.oci.credentials import Credentials  # noqa: PLC0415 - where nothing renders yet

    if not Credentials().mentions(host):
        return None
    from migrate_dhi.ui import console, prompts  # noqa: PLC0415

    if not prompts.confirm(f"Ask {host}, with your login, whether the images are there?"):
        return None
    return live_from({"live": True, "platform": (), "ca": None, "plain_http": ()}, console.progress)


def _check(flags: Mapping[str, Any]) -> None:
    if flags["live"] and flags.get("offline"):
        raise ConflictingFlagsError("--live and --offline contradict each other", help="give one of them")
    for name in flags["platform"]:
        if not _PLATFORM.fullmatch(name):
            raise UsageError(
                f"--platform {name} is no platform", help="write it as linux/arm64 or linux/arm/v7"
            )
    needing = _NEED_LIVE if "chart_dir" in flags else (*_NEED_LIVE, *_FOR_CHARTS_TOO)
    lonely = [name for name in needing if flags.get(name)]
    if lonely and not flags["live"]:
        flag = "--" + lonely[0].replace("_", "-")
        raise ConflictingFlagsError(f"{flag} means something with --live alone", help="add --live")
