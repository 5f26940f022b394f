"""The user's wishes for images: ``--to`` and ``--keep``, sorted out by the image that each one names."""

from collections.abc import Iterable, Mapping, Sequence

from migrate_dhi.dhi.catalog import Catalog
from migrate_dhi.dhi.naming import hardened_name, meant, place_of
from migrate_dhi.dhi.rule import Bounds
from migrate_dhi.dhi.upstream import Counterpart
from migrate_dhi.errors import ConflictingFlagsError, MalformedReferenceError, UnknownImageError
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

KEEP = "keep"
BLOCKED = "blocked"
"""What ``--keep`` names in place of an image: each one of a plan whose own move ends in an error."""
FILE_ANSWERS = "the answer for"
"""How an answer that names several images is told."""


@record
class Wishes:
    """What the user's flags say: ``--to``, ``--target``, ``--keep``, ``--distro`` (empty: the policy), and how far
    the rule may go unasked. An empty ``target`` is the mirror that the release uses already, else ``dhi.io``.
    ``anywhere``: they are for many releases, and one that has no image of that name passes over them. ``answers``
    (``FROM=IMAGE`` or ``FROM=keep``) are always so; they count less than the others, and later ones more than earlier.
    ``stopped`` are images that ``--keep blocked`` leaves as they are, each with the error that its move ends in.
    """

    to: tuple[str, ...] = ()
    target: str = ""
    keep: tuple[str, ...] = ()
    distro: str = ""
    bounds: Bounds = Bounds()
    anywhere: bool = False
    answers: tuple[str, ...] = ()
    stopped: tuple[tuple[Reference, Finding], ...] = ()

    @property
    def keeps_blocked(self) -> bool:
        """Whether images stay whose own move ends in an error."""
        return BLOCKED in self.keep or f"{BLOCKED}={KEEP}" in self.answers


@record
class To:
    """One ``--to``: the image it names, by name and as the reference to write (maybe without a tag)."""

    text: str
    source: str
    name: str
    reference: Reference


class Sorter:
    """Finds the images that wishes name.

    ``matches`` are the counterparts of each image, ``hardened`` the name of the hardened image that it is
    already, or empty. Raises UnknownImageError where a wish names no image or several, ConflictingFlagsError
    where two contradict each other, MalformedReferenceError where one is no image reference.
    """

    def __init__(
        self,
        matches: Mapping[Reference, Sequence[Counterpart]],
        hardened: Mapping[Reference, str],
        template: str,
        catalog: Catalog,
        anywhere: bool = False,
    ) -> None:
        self.images = tuple(matches)
        self.matches = matches
        self.hardened = hardened
        self.template = template
        self.catalog = catalog
        self.anywhere = anywhere

    def to(self, texts: Iterable[str], kept: frozenset[Reference]) -> dict[Reference, To]:
        """The wish for each image that has one."""
        sorted_out: dict[Reference, To] = {}
        for text in texts:
            wish = self._read(text)
            for image in self._named(wish.source, "--to") if wish.source else self._counterpart(wish):
                if image in kept:
                    raise ConflictingFlagsError(
                        f"--keep and --to both name {image}", help="leave one of the two out"
                    )
                other = sorted_out.setdefault(image, wish)
                if other.reference != wish.reference:
                    raise ConflictingFlagsError(
                        f"--to {other.text} and --to {wish.text} both name {image}",
                        help="leave one of the two out",
                    )
        return sorted_out

    def answered(
        self, answers: Sequence[str], kept: frozenset[Reference], to: dict[Reference, To]
    ) -> tuple[frozenset[Reference], dict[Reference, To]]:
        """What is kept and what becomes of the others, with the answers for images that no wish names."""
        self.anywhere = True
        stay, become = set(kept), dict(to)
        for text in reversed(answers):
            source, _, target = text.rpartition("=")
            if source == BLOCKED:
                continue
            open_ = [i for i in self._named(source, FILE_ANSWERS) if i not in stay and i not in become]
            if target == KEEP:
                stay |= set(open_)
            else:
                become |= dict.fromkeys(open_, self._read(text))
        return frozenset(stay), become

    def _read(self, text: str) -> To:
        source, equals, target = text.rpartition("=")
        if equals and not source:
            raise MalformedReferenceError(
                f"--to {text}: there is no image before the `=`", help="write --to FROM=IMAGE[:TAG]"
            )
        reference = Reference.parse(target)
        if not reference.registry:
            if "/" in reference.repository:
                raise MalformedReferenceError(
                    f"--to {text}: {reference.repository} names no registry",
                    help=f"write docker.io/{reference.repository}, or the hardened image's name alone",
                )
            reference = place_of(self.template, reference.repository).with_tag(
                reference.tag, reference.digest
            )
        name = hardened_name(reference, self.template, self.catalog) or reference.name
        return To(text, source, name, reference)

    def kept(self, texts: Iterable[str]) -> frozenset[Reference]:
        """The images that are to stay."""
        return frozenset(image for text in texts if text != BLOCKED for image in self._named(text, "--keep"))

    def _named(self, text: str, flag: str) -> list[Reference]:
        """The images that a user's text names: a reference, else a last path component."""
        wanted = Reference.parse(text)
        full = [i for i in self.images if i.canonical().image == wanted.canonical().image]
        if wanted.tag or wanted.digest:
            full = [
                i
                for i in full
                if (i.tag, i.digest) == (wanted.tag, wanted.digest)
                or (not wanted.digest and i.tag == wanted.tag)
            ]
        short = [i for i in self.images if text == i.name]
        found = full or short
        if not found and not self.anywhere:
            raise UnknownImageError(
                f"{flag} {text}: no container of this chart uses that image", help=self._offer(self.images)
            )
        if len({i.canonical().image for i in found}) > 1:
            raise UnknownImageError(f"{flag} {text}: several images have that name", help=self._offer(found))
        return found

    def _counterpart(self, wish: To) -> list[Reference]:
        """The single image that a ``--to`` without FROM means."""
        hardened = [i for i in self.images if self.hardened[i] == wish.name]
        plain = [i for i in self.images if not self.hardened[i]]
        best = [i for i in plain if self.matches[i] and self.matches[i][0].target == wish.name]
        named = [i for i in plain if i.name == wish.name]
        other = [i for i in plain if any(c.target == wish.name for c in self.matches[i])]
        found = best or named or other or hardened
        if not found and not self.anywhere:
            raise UnknownImageError(
                f"--to {wish.text}: no image of this chart has {wish.name} as its counterpart",
                help=f"{self._slip(wish.name)}write --to FROM=IMAGE; {self._offer(self.images)}",
            )
        if len({i.canonical().image for i in found}) > 1:
            raise UnknownImageError(
                f"--to {wish.text}: several images could become {wish.name}",
                help=f"write --to FROM=IMAGE; {self._offer(found)}",
            )
        return found

    def _slip(self, name: str) -> str:
        """What a name may mean that the catalog does not list."""
        near = "" if name in self.catalog else meant(name, self.catalog.names())
        return f"{near} Else " if near else ""

    def _offer(self, images: Iterable[Reference]) -> str:
        names = sorted({str(image) for image in images})
        return f"the images are: {', '.join(names)}" if names else "this chart uses no image"


def check_named(wishes: Wishes, images: Iterable[str], of: str) -> None:
    """Raise UnknownImageError for a ``--to FROM=`` or ``--keep`` that names none of all images ``of`` many plans."""
    there = [one for image in images if (one := Reference.try_parse(image))]
    known = {name for one in there for name in (one.canonical().image, one.name)}
    named = [("--to", text.rpartition("=")[0]) for text in wishes.to]
    for flag, text in [*named, *(("--keep", text) for text in wishes.keep if text != BLOCKED)]:
        wanted = Reference.try_parse(text) if text else None
        if wanted and not {wanted.canonical().image, text} & known:
            raise UnknownImageError(f"{flag} {text}: {of} uses that image", help="see `migrate-dhi scan`")
