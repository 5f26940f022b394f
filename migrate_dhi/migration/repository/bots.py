"""Rules of Renovate, and lists of the image updater, that know an image by the name that it loses."""

from collections.abc import Iterator

from migrate_dhi.findings import Finding
from migrate_dhi.migration.repository.seen import Seen
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex

_UPDATER = "-image-updater.argoproj.io/image-list"
RENOVATE = regex(r"(?:^|/)(?:renovate\.json5?|\.renovaterc(?:\.json5?)?)$|(?:^|/)\.?renovate/[^/]+\.json5?$")
_QUOTED = regex(r"[\"']([^\"'\s]+)[\"']")
# Behind the colon of an item stands a range of versions.
_VERSIONS = regex(r":[^/]*$")
_WORDS = regex(r"[\s,\"']+")


def of_bots(seen: Seen) -> Iterator[Finding]:
    """Rules of Renovate, and lists of the image updater, that know an image by the name that it loses."""
    for path, number, line in seen.files.lines_with(_UPDATER):
        named = [
            _named(_VERSIONS.sub("", word.rpartition("=")[2]))
            for word in _WORDS.split(line.partition(_UPDATER)[2])
        ]
        for image in dict.fromkeys(name for name in named if name in seen.moving):
            yield Finding(
                "bot-rule",
                "warning",
                f"the image updater follows {image}, which becomes {seen.moving[image]}",
                file=path,
                line=number,
                help="name the hardened image in the list, and its tags in the strategy (--hand-over-bots)",
            )
    for path in seen.files.paths:
        if not RENOVATE.search(path):
            continue
        for number, line in enumerate((seen.files.text(path) or "").splitlines(), 1):
            for word in _QUOTED.findall(line):
                image = _named(word)
                if image in seen.moving:
                    yield Finding(
                        "bot-rule",
                        "warning",
                        f"a rule of Renovate names {word}, which becomes {seen.moving[image]}: it no longer applies",
                        file=path,
                        line=number,
                        help="name the hardened image in the rule, too (--hand-over-bots)",
                    )


def _named(text: str) -> str:
    reference = Reference.try_parse(text) if text and "*" not in text else None
    return reference.canonical().image if reference else ""
