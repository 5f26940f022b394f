"""The images of a plan as data, and as its JSON has them: see ``migration/plan.py``."""

from typing import Any, Literal

from migrate_dhi.record import record

ImageStatus = Literal["migrate", "already-dhi", "no-counterpart", "kept", "fixed", "undecided"]
Role = Literal["container", "init", "hook", "test", "argument", "environment", "config", "custom-resource"]

# Where an image runs; elsewhere it is a setting, or runs in tests alone.
RUNS: frozenset[Role] = frozenset({"container", "init", "hook"})


@record
class Use:
    """One place of the rendered manifests where an image stands."""

    kind: str
    name: str
    container: str
    role: Role

    def to_json(self) -> dict[str, Any]:
        """The use in the JSON contract."""
        return {"kind": self.kind, "name": self.name, "container": self.container, "role": self.role}


@record
class ImageValue:
    """A value that sets part of an image: ``role`` is registry, repository, tag, digest or image."""

    file: str
    role: str
    path: str

    def to_json(self) -> dict[str, Any]:
        """The value in the JSON contract."""
        return {"file": self.file, "role": self.role, "path": self.path}


@record
class ImageFacts:
    """What the catalog says of the hardened image that was chosen, for people."""

    line: str = ""
    user: str = ""
    uid: int | None = None
    shells: tuple[str, ...] = ()
    end_of_life: str = ""
    assumed: bool = False

    def to_json(self) -> dict[str, Any]:
        """The facts in the JSON contract."""
        return {
            "line": self.line or None,
            "user": self.user or None,
            "uid": self.uid,
            "shells": list(self.shells),
            "end_of_life": self.end_of_life or None,
            "assumed": self.assumed,
        }


@record
class PlannedImage:
    """One image of the chart and what it becomes; ``after`` is empty where it is not migrated.

    ``rule`` names the rule that chose the tag, and is empty where no tag was chosen. ``releases`` are the labels of
    those that use it, where the plan is of several. ``digest`` is what the tag names, where a registry was asked.
    """

    before: str
    after: str
    status: ImageStatus
    reason: str
    used_by: tuple[Use, ...] = ()
    values: tuple[ImageValue, ...] = ()
    candidates: tuple[str, ...] = ()
    confidence: str = ""
    facts: ImageFacts | None = None
    rule: str = ""
    releases: tuple[str, ...] = ()
    digest: str = ""

    @property
    def asks(self) -> bool:
        """Whether it must be decided what becomes of it: of what stands in settings alone it need not."""
        return self.status == "undecided" and any(use.role in RUNS for use in self.used_by)

    def to_json(self) -> dict[str, Any]:
        """The image in the JSON contract."""
        return {
            "before": self.before,
            "after": self.after or None,
            "status": self.status,
            "reason": self.reason,
            "used_by": [use.to_json() for use in self.used_by],
            "values": [value.to_json() for value in self.values],
            "candidates": list(self.candidates),
            "confidence": self.confidence or None,
            "facts": self.facts.to_json() if self.facts else None,
            "rule": self.rule or None,
            "digest": self.digest or None,
        }
