"""What becomes of one image, as data."""

from typing import Literal

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.rule import Rule
from migrate_dhi.dhi.tags import Release, parse_hardened, parse_upstream
from migrate_dhi.dhi.upstream import Confidence
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

Status = Literal["migrate", "already-dhi", "no-counterpart", "kept", "undecided"]


@record
class Decision:
    """What becomes of one image.

    ``after`` is set for ``migrate`` alone. ``reason`` is one sentence for people, with its source, and ``rule``
    the rule that chose the tag. ``definition`` holds the facts of ``after`` (or of ``before``, where that is
    hardened already); ``assumed`` says that they are those of the nearest listed line. ``candidates`` are what the
    image could become, best first: the choices to offer where it is ``undecided`` or the user wants another.
    ``digest`` is what a registry says that the tag of ``after`` names, where one was asked.
    """

    before: Reference
    after: Reference | None
    status: Status
    reason: str
    definition: Definition | None = None
    assumed: bool = False
    confidence: Confidence | Literal["chosen", ""] = ""
    candidates: tuple[Reference, ...] = ()
    notes: tuple[Finding, ...] = ()
    rule: Rule = ""
    digest: str = ""

    @property
    def version(self) -> Release:
        """The version that the image has after this; () where it names none."""
        if self.after:
            return parse_hardened(self.after.tag).release
        if self.status == "already-dhi":
            return parse_hardened(self.before.tag).release
        return parse_upstream(self.before.tag).release
