"""What a registry said of one image, and what people are told of it."""

from collections.abc import Iterable, Mapping

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.observed import differences, label
from migrate_dhi.dhi.tags import of_one_line
from migrate_dhi.findings import Finding
from migrate_dhi.oci.image import Configuration
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record


@record
class Seen:
    """What a registry said of an image: its digest (of the index, where there is one) and its configuration.

    ``lacking`` are wanted platforms that it has none for, ``has`` those that it has. ``gone`` says why it cannot
    be pulled; ``problem`` and ``advice`` why nothing is known of it, and what to do.
    """

    digest: str = ""
    configuration: Configuration | None = None
    has: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    gone: str = ""
    problem: str = ""
    advice: str = ""


def seen_notes(after: Reference, seen: Seen) -> list[Finding]:
    """What is wrong with a chosen image: it is gone, nothing is known of it, or a platform is missing."""
    if seen.gone:
        message = f"{after} cannot be pulled: {seen.gone}"
        help_text = "name another tag with --to, or --keep the image"
        return [Finding("tag-gone", "error", message, help=help_text)]
    if seen.problem:
        message = f"whether {after} is there, and its facts, are not confirmed: {seen.problem}"
        return [Finding("live-unconfirmed", "warning", message, help=seen.advice)]
    if seen.lacking:
        message = f"{after} is not there for {', '.join(seen.lacking)}"
        if seen.has:
            message += f", only for {', '.join(seen.has)}"
        help_text = "name another tag with --to, or the platforms that your nodes have with --platform"
        return [Finding("platform-missing", "error", message, help=help_text)]
    return []


def gone_note(lost: Mapping[Reference, str], catalog: Catalog) -> Finding:
    """Tags that were ruled out, each with the reason: the first would have been taken."""
    (first, why), *others = lost.items()
    message = f"{first} is not taken, though the catalog of {catalog.date} knows it: {why}"
    if others:
        message += f", nor {', '.join(tag.tag for tag, _ in others)}"
    return Finding(
        "tag-gone", "warning", message, help="name a tag that is there with --to, if another is wanted"
    )


def unpinned_note(after: Reference) -> Finding:
    """A digest is to be written that nobody knows."""
    message = f"the digest of {after} is not known, so --pin-digest cannot write it"
    help_text = "try again when the registry answers, or leave --pin-digest out"
    return Finding("digest-unknown", "error", message, help=help_text)


def facts_notes(
    after: Reference, known: Definition, seen: Seen, own: Definition, *, assumed: bool
) -> list[Finding]:
    """Whether an image is the hardened one, and as the catalog says."""
    found = []
    name = label(seen.configuration, "name") if seen.configuration else None
    if name != known.image:
        message = (
            f"{after} is labelled as the hardened image {name}, not {known.image}"
            if name
            else f"{after} has no label of a hardened image: it may be another image of that name"
        )
        help_text = "look at what was copied there, or name another place with --target"
        found.append(Finding("image-not-hardened", "warning", message, help=help_text))
    differing = differences(known, own)
    if differing:
        line = " of the nearest line" if assumed else ""
        message = (
            f"{after} is not as the catalog{line} says; this plan goes by the image: {'; '.join(differing)}"
        )
        help_text = f"use a newer catalog, or see `migrate-dhi catalog show {known.image} --live`"
        found.append(Finding("facts-differ", "warning", message, help=help_text))
    elif not seen.lacking:
        found.append(there_note(after, seen, ", with user, entrypoint and ports as the catalog says"))
    return found


def there_note(after: Reference, seen: Seen, more: str = "") -> Finding:
    """A chosen image is there for all platforms."""
    return Finding(
        "live-confirmed", "info", f"{after} is there for {', '.join(seen.has)} ({seen.digest}){more}"
    )


def newer_note(
    before: Reference, after: Reference, tags: Iterable[str], known: Definition, catalog: Catalog
) -> Finding | None:
    """The newest patch of the chosen tag's line that the registry has and the catalog does not know."""
    name = known.image
    own = catalog.parse(name, after.tag)
    listed = {tag for definition in catalog.definitions(name) for tag in definition.tags}
    heard_of = listed | {past.tag for past in catalog.past_tags(name)}
    newer = [
        read
        for tag in tags
        if tag not in heard_of
        and of_one_line((read := catalog.parse(name, tag)).release, own.release, known.line)
        and (read.flavor, read.dev, read.distro, read.extra) == (own.flavor, own.dev, own.distro, own.extra)
        and len(read.release) == len(own.release)
        and read.release > own.release
    ]
    if not newer:
        return None
    best = max(newer, key=lambda read: read.release).text
    message = f"{after.image} has {best}, which the catalog of {catalog.date} does not know yet: {after.tag} is older"
    help_text = f"take it with --to {before.image}={after.image}:{best}, or renew the catalog"
    return Finding("tag-newer", "info", message, help=help_text)
