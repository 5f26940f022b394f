"""What stays behind when an image moves: containers beside it, and other files of the repository that name it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from migrate_dhi.findings import Finding
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.helm.chart import join
from migrate_dhi.kube.mounts import mounts
from migrate_dhi.migration.source import Source
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context
from migrate_dhi.wording import counted

_LINE = regex(
    r"\s*(?:-\s+)?(?:image|repository):\s*[\"']?(?P<image>[\w./-]+?)(?:[:@][\w.:@-]*)?[\"']?\s*(?:#.*)?$"
)


def of_what_stays(source: Source, context: Context) -> list[Finding]:
    """Sidecars that keep their image beside a hardened one, and places that run the upstream image on."""
    return list(dict.fromkeys((*_sidecars(context), *_elsewhere(source, context))))


def _sidecars(context: Context) -> Iterator[Finding]:
    moving = {image.before for image in context.moving}
    for pod in context.hardened_pods:
        moved = [c for c in pod.containers if (image := context.image_of(c)) and image.before in moving]
        lasting = [container for container in moved if container.lasts]
        for container in pod.containers:
            if not container.lasts or not moved or context.image_of(container):
                continue
            own = {mount.name for mount in mounts(container)}
            shared = sorted(own & {mount.name for other in moved for mount in mounts(other)})
            if not lasting and not shared:
                # What is over before it begins leaves nothing but files.
                continue
            with_them = f", and shares {', '.join(shared)} with it" if shared else ""
            yield Finding(
                "sidecar-stays",
                "info",
                f"keeps {container.image} beside the hardened {(lasting or moved)[0].name}{with_them}",
                object=str(pod),
                container=container.name,
                help="see that it reaches what it needs: the same user for shared files, no tool of the old image",
            )


@record
class _Place:
    file: str
    line: int


def _elsewhere(source: Source, context: Context) -> Iterator[Finding]:
    images = {image.before.canonical().image: image.before for image in context.moving}
    files = source.files
    if files is None or not images:
        return
    mine = {*context.target.files, *context.texts}
    folders = tuple(
        join(folder, "") for folder in (source.chart.path, *source.folders) if source.chart.editable
    )
    for image in images:
        found = [
            place
            for place in _named(files).get(image, ())
            if place.file not in mine and not (folders and place.file.startswith(folders))
        ]
        if found:
            yield _told(image, found)


@lru_cache(maxsize=2)
def _named(files: Snapshot) -> Mapping[str, Sequence[_Place]]:
    """Every image that the YAML files of a state name, with the places; read once for all releases."""
    found: dict[str, list[_Place]] = {}
    for path, number, line in files.lines_with("image:", "repository:"):
        match = _LINE.match(line) if path.endswith((".yaml", ".yml")) else None
        named = Reference.try_parse(match["image"]) if match else None
        if named:
            found.setdefault(named.canonical().image, []).append(_Place(path, number))
    return found


def _told(image: str, places: Sequence[_Place]) -> Finding:
    first = places[0]
    others = len(places) - 1
    more = f" and {counted(others, 'more line')}" if others else ""
    return Finding(
        "image-elsewhere",
        "info",
        f"{image} is named in {first.file}:{first.line}{more} too: what runs from there keeps the upstream image",
        file=first.file,
        line=first.line,
        help="move it as well, where it is a client that must fit the server's version",
    )
