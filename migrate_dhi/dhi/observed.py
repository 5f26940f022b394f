"""What an image's own configuration says, laid over the catalog's facts; and where the two differ.

The labels ``com.docker.dhi.*`` are those of Docker's hardened images; ``shell`` does not tell of dash.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.oci.image import Configuration

_LABEL = "com.docker.dhi."
_UNTOLD = "dash"


def label(configuration: Configuration, name: str) -> str | None:
    """A label of hardened images, or None."""
    return configuration.labels.get(_LABEL + name)


def observed(known: Definition, seen: Configuration) -> Definition:
    """The facts of an image: its own where its configuration has them, else those of the catalog."""
    user, _, group = seen.user.partition(":")
    uid, gid = _number(user), _number(group)
    # A name says nothing of the number: the catalog's holds as long as the name is the same.
    same = user in (known.user.partition(":")[0], str(known.uid))
    return replace(
        known,
        user=seen.user or "root",
        uid=uid if uid is not None else known.uid if same else (0 if user in ("", "root") else None),
        gid=gid if gid is not None else known.gid if same else None,
        shells=_shells(known, seen),
        entrypoint=seen.entrypoint,
        cmd=seen.cmd,
        ports=seen.ports if set(seen.ports) != set(known.ports) else known.ports,
        environment={**known.environment, **seen.environment},
        work_dir=known.work_dir if _same_folder(known.work_dir, seen.work_dir) else seen.work_dir,
        end_of_life=_day(label(seen, "date.end-of-life")) or known.end_of_life,
        observed=True,
    )


def differences(known: Definition, own: Definition) -> tuple[str, ...]:
    """Where an image is not as the catalog says, each as a few words."""
    return tuple(_differences(known, own))


def _differences(known: Definition, own: Definition) -> Iterator[str]:
    if own.uid != known.uid or own.user.partition(":")[0] not in (
        known.user.partition(":")[0],
        str(known.uid),
    ):
        yield f"user {own.user} (catalog: {known.user})"
    for name, now, before in (
        ("entrypoint", " ".join(own.entrypoint), " ".join(known.entrypoint)),
        ("command", " ".join(own.cmd), " ".join(known.cmd)),
        ("ports", ", ".join(own.ports), ", ".join(known.ports)),
        ("shell", ", ".join(own.shells), ", ".join(known.shells)),
        ("working directory", own.work_dir, known.work_dir),
    ):
        if now != before:
            yield f"{name} {now or 'none'} (catalog: {before or 'none'})"
    for name, value in known.environment.items():
        if own.environment.get(name) != value:
            yield f"{name}={own.environment.get(name)} (catalog: {value})"


def _shells(known: Definition, seen: Configuration) -> tuple[str, ...]:
    told = label(seen, "shell")
    if told is None:
        return known.shells
    named = [name for name in told.replace(",", " ").split() if name != "none"]
    # One name is told where there may be more, and of a shell that the label knows nothing of none.
    kept = [name for name in known.shells if name == _UNTOLD or (named and name not in named)]
    found = {*named, *kept}
    return known.shells if found == set(known.shells) else tuple(sorted(found))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _same_folder(one: str, other: str) -> bool:
    return (one.rstrip("/") or "/") == (other.rstrip("/") or "/")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10]) if text else None
    except ValueError:
        return None
