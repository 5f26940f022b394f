"""Files that no cluster reads and that name an image which moves: documents, snapshots of tests, pipelines."""

import re
from collections.abc import Iterator

from migrate_dhi.findings import Finding
from migrate_dhi.migration.repository.bots import RENOVATE
from migrate_dhi.migration.repository.seen import Seen, names_told
from migrate_dhi.regex import regex
from migrate_dhi.release.contents import KUSTOMIZATIONS
from migrate_dhi.wording import counted

_NAME = regex(r"\s*(?:-\s+)?(?:name|newName):\s")


def of_copies(seen: Seen) -> Iterator[Finding]:
    """The lines of such files, and those of kustomize's ``images:``, which match by the name that an image loses."""
    words = {name.removeprefix("docker.io/").removeprefix("library/"): name for name in seen.moving}
    # A bare word is a word of many texts.
    words = {word: name for word, name in words.items() if "/" in word}
    if not words:
        return
    some = "|".join(map(re.escape, words))
    # Of another registry it is another image, and of a site of code another repository.
    pattern = re.compile(rf"(?:(?<![\w./-])|(?<=://))(?:docker\.io/)?({some})(?=[:@\s\"'`)\]]|$)")
    found: dict[str, list[tuple[str, int]]] = {}
    for path, number, line in seen.files.lines_with(*words):
        for word in dict.fromkeys(pattern.findall(line)) if _is_copy(path, line) else ():
            found.setdefault(words[word], []).append((path, number))
    if not found:
        return
    places = [(path, number, name) for name, some in found.items() for path, number in some]
    first = {name: (path, number) for path, number, name in reversed(places)}
    shown = [
        f"{name.rpartition('/')[2]} in {path}:{number}" for name, (path, number) in sorted(first.items())
    ]
    yield Finding(
        "image-copies",
        "info",
        f"{counted(len(places), 'line')} that no release reads name{'s' * (len(places) == 1)} "
        f"{'images that move' if len(found) > 1 else 'an image that moves'} ({names_told(shown)})",
        file=places[0][0],
        line=places[0][1],
        help="documents, annotations, snapshots of tests, pipelines, images of kustomizations: look which of them are "
        "to name the hardened image; of names without an owner (nginx, redis) none are looked for",
    )


def _is_copy(path: str, line: str) -> bool:
    """Whether a line that names an image is none that deploys it: of values, manifests and bots other findings tell."""
    name = path.rpartition("/")[2]
    if RENOVATE.search(path):
        return False
    if (
        not path.endswith((".yaml", ".yml"))
        or "__snapshot__" in path
        or name in {"skaffold.yaml", "Chart.yaml"}
    ):
        return True
    return name in KUSTOMIZATIONS and _NAME.match(line) is not None
