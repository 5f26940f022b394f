"""Which values could set part of an image, and what to put into them to find out.

A candidate is a value whose path or content looks like a part of an image. Markers keep the shape of what
they replace, so that templates, schemas and version comparisons take them: a tag stays a version of the
same line, a registry a host, a repository has as many components as before.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.tree import ChartNode
from migrate_dhi.kube.manifests import value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.pairs import pairs_in
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.texts import around_templates, certain_images, is_certainly_image, is_longer
from migrate_dhi.trace.unlisted import leaves, named, nulls, prefixes

_IMAGE_WORDS = regex(
    r"image|registry|repositor|(?:^|[^a-z])repo(?:$|[^a-z])|tag(?![eg])|digest|(?:^|[^a-z])hub$|^sha(?:256)?$|version$",
    re.IGNORECASE,
)
_NEVER = regex(
    r"pullpolicy|pullsecret|apiversion|kubeversion|minversion|tlsversion|secretname|annotations|labels|"
    r"storage|schedule|serviceaccount",
    re.IGNORECASE,
)
_FIELDS = {
    "registry": regex(r"registry|hub$|^host", re.IGNORECASE),
    "digest": regex(r"digest|^sha(?:256)?$", re.IGNORECASE),
    "tag": regex(r"tag(?![eg])|version", re.IGNORECASE),
}
_PLAIN_EMPTY = regex(r"^(?:image)?(?:tag|registry|repository|repo|hub)$|^image$", re.IGNORECASE)
# A part of a tag that is put in front of a version, or behind one.
_AFFIX_KEY = regex(r"prefix|suffix|variant|flavou?r", re.IGNORECASE)
_AFFIX = regex(r"v|[-_.].*[A-Za-z].*|.*[A-Za-z].*[-_.]")
_VERSION = regex(r"^(v?)(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)$", re.DOTALL)
_WORD = regex(r"""[."]([A-Za-z_]\w*)""")


@record
class Candidate:
    """A value to mark: where it is, and what it holds now (None where it is unlisted or null).

    ``label`` is what says what it is, where that is not its key.
    """

    variable: Variable
    value: Any = None
    label: str = ""

    @property
    def path(self) -> ValuesPath:
        """Its values path."""
        return self.variable.path

    @property
    def key(self) -> str:
        """Its last named key, or what it is known by; list indexes are passed over."""
        return self.label or next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def is_global(self) -> bool:
        """True for values under ``global``, the chart's or a dependency's."""
        return "global" in self.path[:-1]

    @property
    def role(self) -> str:
        """registry, repository, tag, digest or image: what its key and content look like."""
        for name, words in _FIELDS.items():
            if words.search(self.key):
                return name
        text = self.value if isinstance(self.value, str) else ""
        return "image" if _is_reference(text) else "repository"


def image_like(values: Mapping[str, Any]) -> list[Candidate]:
    """The listed values whose path looks like a part of an image, and those that hold a whole one under any key.

    In longer texts the words that are images; and what spells one in pieces, under whatever keys.
    """
    found = []
    for path, value in leaves(values):
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            continue
        if isinstance(value, str) and is_longer(value):
            found += [Candidate(Variable(path, word=n), w, "image") for n, w in certain_images(value)]
        elif looks_like_image_path(path) or (isinstance(value, str) and is_certainly_image(value)):
            found.append(Candidate(Variable(path), value))
    known = {candidate.variable for candidate in found}
    for part in (part for parts in pairs_in(values) for part in parts):
        variable = Variable(part.piece.path, word=part.piece.word)
        if variable not in known and part.text:
            found.append(Candidate(variable, part.text, part.role))
    return found


def is_whole_image(candidate: Candidate) -> bool:
    """True for a value that holds a whole image, with its repository and its tag."""
    text = candidate.value
    return isinstance(text, str) and candidate.role == "image" and "/" in text and "://" not in text


def by_content(
    values: Mapping[str, Any],
    images: Iterable[str],
    known: Iterable[Candidate],
    holders: Iterable[ValuesPath] = (),
) -> list[Candidate]:
    """The listed values that stand, whole, inside an image that renders, whatever their keys are called.

    Of a value that is a template, what is written beside its braces must stand there, in its order.
    The same keys beside the other values of the image (``holders``) come along where nothing lists them: charts
    lay defaults for all their images below the values of each.
    """
    parts = {part for image in images for part in _parts(image)}
    seen = {candidate.path for candidate in known}
    found = [
        Candidate(Variable(path), value)
        for path, value in leaves(values)
        if isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and path not in seen
        and (str(value).strip("/") in parts or _makes(str(value), parts))
    ]
    keys = dict.fromkeys(c.path[-1] for c in found if isinstance(c.path[-1], str))
    beside = (
        (*holder, key) for holder in holders for key in keys if isinstance(value_at(values, holder), dict)
    )
    hidden = (path for path in beside if value_at(values, path) in (None, ""))
    return list({c.path: c for c in [*found, *(Candidate(Variable(path)) for path in hidden)]}.values())


def unlisted(
    values: Mapping[str, Any], nodes: Sequence[ChartNode], known: Iterable[Candidate]
) -> list[Candidate]:
    """Values that templates read and no values file lists, or lists as null.

    Two sources: full ``.Values.…`` references, and for maps that hold a part of an image the other image
    fields that the templates of that chart read from somewhere.
    """
    seen = {candidate.path for candidate in known}
    found: dict[ValuesPath, Candidate] = {
        path: Candidate(Variable(path)) for path in nulls(nodes) if looks_like_image_path(path)
    }
    for node in nodes:
        text = "\n".join(template for _, template in node.templates)
        own = value_at(values, node.prefix)
        for own_path in named(text):
            for prefix in prefixes(node):
                path = (*prefix, *own_path)
                if looks_like_image_path(own_path) and value_at(values, path) is None:
                    found.setdefault(path, Candidate(Variable(path)))
        words = {word for word in _WORD.findall(text) if _is_field(word)}
        for parent in _image_maps(own, node.prefix):
            holder = value_at(values, parent)
            for word in sorted(words):
                if word not in holder:
                    found.setdefault((*parent, word), Candidate(Variable((*parent, word))))
    return [candidate for path, candidate in found.items() if path not in seen]


def marker(candidate: Candidate, number: int, version: str = "", *, behind: bool = False) -> str:
    """What to put into a candidate: ``number`` in the shape of what stands there.

    ``version`` is the version of the application, for tags that are empty so far; ``behind``: a tag keeps its
    version, and the number follows it.
    """
    text = "" if candidate.value is None else str(candidate.value)
    role = candidate.role
    if "{{" in text:
        # What a template makes of itself has no shape to keep.
        text = ""
    if role == "image":
        name, _, tag = text.partition("@")[0].rpartition(":")
        return f"{_last(name, number)}:{_versioned(tag, number)}"
    if role == "digest":
        prefix = "sha256:" if ":" in text or not text else ""
        return prefix + f"{number}".rjust(64, "a")
    if role == "tag" and text and (_AFFIX_KEY.search(candidate.key) or _AFFIX.fullmatch(text)):
        # It stands right beside a version: two numbers in a row are none of either.
        return f"{text}{number}x"
    if role == "tag":
        now = text or version
        return f"{now}-{number}" if behind and _VERSION.match(now) else _versioned(now, number)
    if role == "registry" and "/" not in text.rstrip("/"):
        slash = "/" if text.endswith("/") else ""
        return f"r{number}.example{slash}"
    return _last(text, number)


def _last(text: str, number: int) -> str:
    head, slash, _ = text.rstrip("/").rpartition("/")
    return f"{head}{slash}m{number}" + ("/" if text.endswith("/") else "")


def _versioned(text: str, number: int) -> str:
    match = _VERSION.match(text)
    if not match:
        return f"1.0.{number}"
    return f"{match[1]}{match[2]}.{match[3] or 0}.{number}{match[5] if match[4] else ''}"


def is_likely(candidate: Candidate) -> bool:
    """True for values that are filled, or empty in a way that charts fill without side effects.

    Empty digests and overrides shadow others.
    """
    return candidate.value not in (None, "") or bool(_PLAIN_EMPTY.match(candidate.key))


def _is_field(word: str) -> bool:
    return bool(
        re.fullmatch(r"(?:image)?(?:tag|registry|repository|digest|version)|hub|sha", word, re.IGNORECASE)
    )


def looks_like_image_path(path: ValuesPath) -> bool:
    """Whether the last keys of a path are those under which charts keep an image or a part of one."""
    words = [step for step in path if isinstance(step, str)]
    return bool(words) and not any(map(_is_never, words[-2:])) and any(map(_is_of_image, words[-3:]))


@lru_cache(maxsize=4096)
def _is_never(word: str) -> bool:
    return _NEVER.search(word) is not None


@lru_cache(maxsize=4096)
def _is_of_image(word: str) -> bool:
    return _IMAGE_WORDS.search(word) is not None


def _image_maps(values: Any, prefix: ValuesPath) -> Iterator[ValuesPath]:
    """The maps that hold a part of an image already."""
    if isinstance(values, dict):
        if any(_is_field(str(key)) and not isinstance(value, dict) for key, value in values.items()):
            yield prefix
        for key, value in values.items():
            yield from _image_maps(value, (*prefix, key))


def _is_reference(text: str) -> bool:
    return ":" in text.rpartition("/")[2] or "@" in text


def _makes(text: str, parts: Iterable[str]) -> bool:
    """Whether a template that is one word may make one of these parts."""
    if "{{" not in text or is_longer(text):
        return False
    pattern = ".*".join(re.escape(piece) for piece in around_templates(text))
    return any(re.fullmatch(pattern, part, re.DOTALL) for part in parts)


def _parts(image: str) -> set[str]:
    """All runs of whole components of an image: name, registry, tag and its pieces, and what lies between."""
    name, _, digest = image.partition("@")
    slash = name.rfind("/")
    colon = name.find(":", slash + 1)
    tag = name[colon + 1 :] if colon >= 0 else ""
    base = name[:colon] if colon >= 0 else name
    steps = base.split("/")
    runs = {"/".join(steps[i:j]) for i in range(len(steps)) for j in range(i + 1, len(steps) + 1)}
    # Charts put a tag together: a version, and the variant of the image behind a dash.
    pieces = [form for piece in tag.split("-") for form in (piece, piece.removeprefix("v"))]
    return {
        part
        for part in {*runs, image, name, tag, *pieces, digest, digest.removeprefix("sha256:")}
        if len(part) > 1
    }
