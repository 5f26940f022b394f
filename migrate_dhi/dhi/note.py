"""Notes on a decision (they become findings of the plan), and those on ends of life and the catalog's age."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.naming import DEFAULT_TARGET, meant, seems_hardened
from migrate_dhi.dhi.rule import Option
from migrate_dhi.dhi.tags import Release, UpstreamTag, older
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from migrate_dhi.wording import some_of

SOON = timedelta(days=183)
_SHOWN = 4
OLD_CATALOG = timedelta(days=90)
MAX_AGE = "MIGRATE_DHI_CATALOG_MAX_AGE"
"""The variable of the environment that says how many days a catalog may be old."""


def end_of_life_note(definition: Definition, today: date) -> Finding | None:
    """A note where the line is past its end of life (warning) or within six months of it (info)."""
    end = definition.end_of_life
    if end is None or end > today + SOON:
        return None
    line = f"line {definition.line} of {definition.image}"
    help_text = f"see the other lines with `migrate-dhi catalog show {definition.image}`"
    if end < today:
        return Finding(
            "end-of-life", "warning", f"{line} is past its end of life since {end}", help=help_text
        )
    return Finding("end-of-life-soon", "info", f"{line} reaches its end of life on {end}", help=help_text)


def catalog_age_note(catalog: Catalog, today: date, most: int | None = None) -> Finding | None:
    """A note where the catalog is older than three months: tags it lists may have been replaced since.

    With ``most``, the days that it may be old, it is an error beyond those and nothing before.
    """
    try:
        written = date.fromisoformat(catalog.date)
    except ValueError:
        return Finding("catalog-undated", "warning", f"the catalog's date {catalog.date!r} is no date")
    days = (today - written).days
    if days <= (OLD_CATALOG.days if most is None else most):
        return None
    allowed = "" if most is None else f" ({MAX_AGE} allows {most})"
    return Finding(
        "catalog-old",
        "error" if most is not None else "warning" if days > 365 else "info",
        f"the catalog is of {catalog.date}, {days} days old{allowed}: newer tags exist, and some it lists may be gone",
        help="fetch a newer one with `migrate-dhi catalog update`",
    )


def past_note(place: str, option: Option, newer: Sequence[Option], today: date | None = None) -> Finding:
    """A tag that is listed no more was taken: since when, and the nearest line that still gets updates.

    A line that is listed past its end of life gets none either.
    """
    message = f"{place} was last listed on {option.listed_until}: it gets no more updates"
    ends = ((one, one.definition.end_of_life) for one in newer)
    alive = next((one for one, end in ends if not (today and end and end < today)), None)
    if alive:
        message += f"; the nearest that does is {alive.tag}{_end(alive.definition)}"
    elif newer:
        message += f", and {newer[0].tag}, the nearest that is listed, is past its end of life, too"
    return Finding(
        "tag-past",
        "warning",
        message,
        help="name that one with --to, or take such ones always with --prefer newest; --no-past leaves past tags out",
    )


def newer_note(place: str, upstream: str, option: Option, before: Definition | None) -> Finding:
    """Another line was taken: what is known to differ between the two."""
    message = (
        f"{place} is of a newer line than {upstream}, whose own is listed no more{_end(option.definition)}"
    )
    changes = line_changes(before, option.definition) if before else []
    if before and changes:
        message += f"; since {before.tag}: {', '.join(changes)}"
    elif before:
        message += f"; user, shell, entrypoint, ports and data are as in {before.tag}"
    return Finding(
        "line-newer",
        "warning",
        message,
        help="read the release notes between the two; name another tag with --to, or --within patch asks first",
    )


def behind_note(image: Reference, target: str, reason: str, *, behind: bool) -> Finding:
    """An image stays, since there is nothing to offer: all that is listed is older, or nothing can take its place."""
    message = f"{image} stays as it is: {reason}"
    if behind:
        advice = f"wait for {target} to be hardened in this version, or name a tag with --to"
        return Finding("catalog-behind", "warning", message, help=advice)
    return Finding(
        "catalog-missing",
        "warning",
        message,
        help=f"see `migrate-dhi catalog show {target}`, and name an image with --to FROM=IMAGE:TAG",
    )


def foreign_note(image: Reference, place: Reference, reason: str) -> Finding:
    """An image stays, since nothing tells which version of its program it holds."""
    return Finding(
        "version-foreign",
        "warning",
        f"{image} stays as it is: {reason}, so that nothing tells which one would take its place",
        help=f"name one with --to {image.image}={place.image}:TAG (see `migrate-dhi catalog show {place.name}`)",
    )


def floating_note(place: str, upstream: UpstreamTag, option: Option) -> Finding:
    """The tag named no version, so that what ran is not known."""
    what = f"the tag {upstream.text!r} names no version" if upstream.text else "the image has no tag"
    taken = (
        "the current line with the longest support"
        if option.rule == "supported"
        else "the newest current line"
    )
    message = f"{what}: {place} is {taken}{_end(option.definition)}, and what runs now may be older or newer"
    return Finding(
        "tag-floating", "warning", message, help="look at what runs, and name its version with --to"
    )


def line_changes(old: Definition, new: Definition) -> list[str]:
    """What the catalog knows to differ between two lines of an image, each as a few words."""
    pairs = (
        ("user", old.user or str(old.uid), new.user or str(new.uid)),
        ("shell", ", ".join(old.shells) or "none", ", ".join(new.shells) or "none"),
        ("entrypoint", " ".join(old.entrypoint) or "none", " ".join(new.entrypoint) or "none"),
        ("ports", ", ".join(old.ports) or "none", ", ".join(new.ports) or "none"),
        ("data", _data(old), _data(new)),
    )
    return [f"{name} {before} became {after}" for name, before, after in pairs if before != after]


def _data(definition: Definition) -> str:
    """The directories that the image makes for its user."""
    own = sorted(path.path for path in definition.paths if path.uid == definition.uid)
    return ", ".join(own) or "none"


def _end(definition: Definition) -> str:
    return f" (end of life {definition.end_of_life})" if definition.end_of_life else ""


def listed_note(catalog: Catalog, name: str, image: Reference) -> Finding:
    """A hardened image, or a tag of it, that the catalog does not list: what it lists instead."""
    of = f"the catalog of {catalog.date}"
    see = f"see the listed tags with `migrate-dhi catalog show {name}`"
    past = catalog.past_tag(name, image.tag)
    seen = (
        f"; it was listed from {past.first_seen} to {past.last_seen}, and may still be there to pull"
        if past
        else ""
    )
    if name not in catalog:
        message = f"{of} does not list an image {name} ({image}){seen}"
        help_text = meant(name, catalog.names()) or "see `migrate-dhi catalog list`"
        return Finding("image-unlisted", "warning", message, help=help_text)
    nearest = catalog.nearest(name, image.tag)
    facts = (
        f"; its facts are assumed to be those of {nearest.tag}, the nearest that is listed" if nearest else ""
    )
    what = image.tag or ("(none)" if image.digest else "latest, which no tag means,")
    listed = _listed_beside(catalog, name, image.tag)
    message = f"{of} does not list the tag {what} of {name}{listed}{seen}{facts}"
    return Finding("tag-unlisted", "warning", message, help=see)


def _listed_beside(catalog: Catalog, name: str, tag: str) -> str:
    """The listed tags in place of one that is not: of the same kind of image, else plain ones, one for each line."""
    wanted = catalog.parse(name, tag)
    alike = [d for d in catalog.definitions(name) if (d.variant == "dev") == wanted.dev and d.tag]
    alike = [d for d in alike if d.flavor == wanted.flavor] or [d for d in alike if not d.flavor]
    tags = dict.fromkeys(d.tag for d in sorted(alike, key=lambda d: d.release, reverse=True))
    return f", but {some_of(tags, _SHOWN)}" if tags else ""


def downgrade_note(image: Reference, after: Reference) -> Finding:
    """The user named a lower version than the one that runs."""
    message = (
        f"{image} would go down to {after.tag}: data and settings of the newer version may not be read by it"
    )
    help_text = "name a version that is not lower with --to, or accept it with --accept downgrade"
    return Finding("downgrade", "error", message, help=help_text)


def mirror_note(image: Reference, mirrors: Sequence[str], template: str) -> Finding | None:
    """Hardened images come from a mirror: whether what moves goes there too."""
    mirror = next((m for m in mirrors if image.image.startswith(m.partition("{")[0])), "")
    if not mirror:
        return None
    message = f"{image.image} is a mirror's copy of a hardened image"
    if mirror == template:
        message += f": what moves is taken from {mirror} too"
        return Finding(
            "mirror-found", "info", message, help=f"--target {DEFAULT_TARGET} takes it from Docker's registry"
        )
    return Finding("mirror-found", "info", message, help=f"--target {mirror} takes what moves from there too")


def split_note(versions: Mapping[Reference, Release], moving: Sequence[Reference]) -> Finding | None:
    """Images of one product that do not run one version any more once some of them have moved; else None."""
    for image in moving:
        for other, version in versions.items():
            mine = versions[image]
            if version and mine and (older(mine, version) or older(version, mine)):
                numbers = [".".join(map(str, release)) for release in (mine, version)]
                one, two = told_apart((image, other))
                message = (
                    f"{one} and {two} belong together: they run {numbers[0]} and {numbers[1]} after this plan"
                )
                help_text = "name one version for both with --to, or --keep both"
                return Finding("family-split", "warning", message, help=help_text)
    return None


def told_apart(images: Sequence[Reference]) -> list[str]:
    """Images by their names; whole where two of them have one name."""
    names = [image.name for image in images]
    return names if len(set(names)) == len(names) else [str(image) for image in images]


def stopped_note(image: Reference, error: Finding, beside: Reference | None = None) -> Finding:
    """An image stays, since its move ends in an error, or that of another one (``beside``) of its family does."""
    of = f"that of {beside.name}, with which it shares its version," if beside else "its move"
    message = f"{image} stays as it is (--keep blocked): {of} ends in the error {error.code}: {error.message}"
    where = (error.object, error.container, error.file, error.line)
    return Finding("image-blocked", "warning", message, *where, help=error.help)


def apart_note(image: Reference, other: Reference) -> Finding:
    """Two hardened images of one product run different versions already."""
    return Finding(
        "family-split",
        "warning",
        f"{image.name} and {other.name} belong together: they run {image.tag} and {other.tag}",
        help=f"name the version of {other.name} for {image.name} too, with --to",
    )


def misplaced_note(image: Reference, meant: Reference, why: str) -> Finding:
    """An image that was moved by hand and cannot be pulled as it is written."""
    return Finding(
        "image-misplaced",
        "warning",
        f"{image} cannot be what was meant: {why}; this plan writes {meant}",
        help="look whether this is what was meant, or leave it out with --keep",
    )


def repackaged_note(image: Reference, target: str) -> Finding:
    """Another build of the same software, whose charts rely on what is its own."""
    return Finding(
        "repackaged-image",
        "warning",
        f"{image.image} is another build of {target}, with scripts and paths of its own: "
        "a chart made for it may start or configure the hardened image wrongly",
        help="read the readiness findings, or --keep it",
    )


def cache_left_note(image: Reference, place: Reference) -> Finding:
    """What came through a registry of the user's own is pulled from elsewhere, past it."""
    registry = image.canonical().registry
    return Finding(
        "cache-left",
        "warning",
        f"{image.image} is pulled through {registry}, and {place.image} is pulled past it: nodes that reach "
        f"{registry} alone cannot pull it",
        help=f"let {registry} keep {place.registry}, too, and name the place: --target '{registry}/PATH/{{name}}'",
    )


def place_notes(catalog: Catalog, image: Reference) -> tuple[Finding, ...]:
    """What is told of an image that lies where hardened ones do, has a tag like theirs, and is none that is known."""
    return (listed_note(catalog, image.name, image),) if seems_hardened(image) else ()


def weak_note(image: Reference, names: Sequence[str]) -> Finding:
    """Only its name speaks for a counterpart."""
    return Finding(
        "match-weak",
        "info",
        f"{image.image} stays as it is: that it is what is hardened as {' or '.join(names)} only the name says",
        help=f"where it is, move it with --to {image.image}={names[0]}",
    )
