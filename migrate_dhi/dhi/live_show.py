"""One image of the catalog held against what the registry has: for ``catalog show IMAGE --live``."""

from typing import Any

from migrate_dhi.dhi.catalog import Catalog, Definition
from migrate_dhi.dhi.facts import newest_first
from migrate_dhi.dhi.live import Live
from migrate_dhi.dhi.observed import differences, observed
from migrate_dhi.dhi.seen import Seen
from migrate_dhi.errors import RegistryError
from migrate_dhi.oci.reference import Reference

Json = dict[str, Any]


def live_show(live: Live, catalog: Catalog, name: str, place: Reference) -> Json:
    """What the registry says of the fullest tag of each definition, and which tags one of the two knows alone.

    Args:
        live: asks.
        catalog: what is listed.
        name: the image, which the catalog lists.
        place: where it lies.
    """
    definitions = sorted((d for d in catalog.definitions(name) if d.tags), key=newest_first)
    seen = live.see([place.with_tag(d.tag) for d in definitions])
    listed = {tag for definition in definitions for tag in definition.tags}
    known = listed | {past.tag for past in catalog.past_tags(name)}
    tags, problem = _tags(live, place)
    return {
        "place": place.image,
        "platforms": list(live.asking.platforms),
        "images": [_image(d, one) for d, one in zip(definitions, seen, strict=True)],
        "tags": len(tags),
        "tags_unknown_to_catalog": [tag for tag in tags if tag not in known],
        "tags_missing": sorted(listed - set(tags)) if tags else [],
        "problem": problem or None,
    }


def _tags(live: Live, place: Reference) -> tuple[tuple[str, ...], str]:
    try:
        return live.registry.tags(place), ""
    except RegistryError as error:
        return (), f"{error.message}; {error.help}"


def _image(definition: Definition, seen: Seen) -> Json:
    own = observed(definition, seen.configuration) if seen.configuration else definition
    return {
        "tag": definition.tag,
        "digest": seen.digest or None,
        "there": None if seen.problem else not seen.gone,
        "reason": seen.gone or seen.problem or None,
        "platforms_missing": list(seen.lacking),
        "differences": list(differences(definition, own)),
    }
