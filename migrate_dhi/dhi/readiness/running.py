"""What the readiness checks look at, and what they say."""

from collections.abc import Callable, Mapping

from migrate_dhi.dhi.catalog import Definition, Script
from migrate_dhi.dhi.playbook import Member, Place
from migrate_dhi.dhi.tags import of_one_line, release_of
from migrate_dhi.findings import Finding, Severity
from migrate_dhi.kube.manifests import Container, Object, value_at
from migrate_dhi.kube.mounts import within
from migrate_dhi.kube.shell import args_of, command_of, environment_of, unwrapped
from migrate_dhi.kube.users import numeric_user
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.untyped import sequence

# Flavors that Docker makes to take the place of an upstream image in charts; others are other products.
_FOR_CHARTS = ("", "compat", "helm")
# What a step takes for an error on assumed facts, too: to leave the step out must not make less of it.
_OF_STEPS = frozenset({"probe-unreached"})

# Where programs put their sockets and the numbers of their processes.
_RUN = ("/run/", "/var/run/")

# What the playbooks know where none has the two images.
NOBODY = Member((), "")


@record
class Running:
    """One container of the final render that runs a hardened image.

    ``before`` and ``after`` are its image at first and now (equal: it was hardened already).
    ``definition`` holds the facts of ``after``, which are those of the nearest listed line where ``assumed``.
    ``user_before`` is the numeric user that the manifests gave the container at first, or None.
    ``known`` is what a playbook knows of the two images. ``variants`` are all definitions of the image.
    ``user_given`` is True where this migration gives the container its numeric user.
    """

    container: Container
    before: Reference
    after: Reference
    definition: Definition | None
    assumed: bool = False
    user_before: int | None = None
    known: Member = NOBODY
    variants: tuple[Definition, ...] = ()
    user_given: bool = False

    @property
    def moved(self) -> bool:
        """True where this migration changes the image; else it runs already, and has shown that it does."""
        return self.before.image != self.after.image

    @property
    def sure(self) -> bool:
        """True where the facts are those of the tag, or of a patch release of the same line."""
        if self.definition is None:
            return False
        own = self.definition
        return not self.assumed or of_one_line(release_of(self.after.tag), own.release, own.line)

    @property
    def source(self) -> str:
        """Where the facts are from, for people."""
        if self.definition is None:
            return "the catalog does not list this image"
        tag = f"{self.definition.image}:{self.definition.tag}"
        own = ", and the image's own configuration" if self.definition.observed else ""
        if self.assumed:
            return f"catalog: {tag}, the nearest listed line{own}; assumed for {self.after.tag or self.after}"
        return f"catalog: {tag}{own}"

    @property
    def uid(self) -> int | None:
        """The user that the container runs as: the manifest's number, else the image's; None: unknown."""
        number = numeric_user(self.container)
        if number is not None:
            return number
        return self.definition.uid if self.definition else None

    @property
    def capabilities(self) -> frozenset[str]:
        """Those that the manifest adds, without the prefix that they may have there."""
        added = value_at(self.container.spec, ("securityContext", "capabilities", "add"))
        return frozenset(str(name).upper().removeprefix("CAP_") for name in sequence(added))

    @property
    def privileged(self) -> bool:
        """Whether the container may do what the node may."""
        return value_at(self.container.spec, ("securityContext", "privileged")) is True

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line as Kubernetes puts it together of command, args, and the image's own."""
        own = self.definition
        if self.command:
            return (*self.command, *self.args)
        entrypoint = own.entrypoint if own else ()
        return (*entrypoint, *(self.args or (own.cmd if own else ())))

    @property
    def script(self) -> Script | None:
        """What is known of the script that the container starts, where that is the image's own."""
        known = self.definition.script if self.definition else None
        inner = unwrapped(self.argv)
        return known if known and inner and _base(inner[0]) == _base(known.path) else None

    @property
    def writes(self) -> tuple[Place, ...]:
        """Where its program writes as it starts: what a playbook knows, and folders of sockets that its script names.

        Of those only the ones that belong to the image's user, as Docker makes them for that.
        """
        script, own = self.script, self.definition
        if script is None or own is None:
            return self.known.writes
        folders = [path.path for path in own.paths if path.path.startswith(_RUN) and path.private(own.uid)]
        named = tuple(path for path in folders if any(within(read, path) for read in script.reads))
        return (
            *self.known.writes,
            *((Place(named, "its socket or the like", script.path),) if named else ()),
        )

    @property
    def command(self) -> tuple[str, ...]:
        """``command`` as rendered."""
        return command_of(self.container)

    @property
    def args(self) -> tuple[str, ...]:
        """``args`` as rendered."""
        return args_of(self.container)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables whose values the manifest spells out."""
        return environment_of(self.container)

    def variant(self, fits: Callable[[Definition], bool]) -> Definition | None:
        """A variant of the same version that has what this one lacks; one for development is the last resort."""
        own = self.definition
        alike = (
            variant
            for variant in self.variants
            if own
            and not self.assumed
            and (variant.release, variant.distro) == (own.release, own.distro)
            and variant.flavor in {own.flavor, *_FOR_CHARTS}
            and fits(variant)
        )
        return min(alike, key=lambda variant: (variant.variant == "dev", variant.flavor), default=None)

    def _other(self, fits: Callable[[Definition], bool]) -> str:
        """What to do to get a variant that has what this one lacks."""
        best = self.variant(fits)
        if best is None:
            return (
                "choose a variant that has it with --to (the tag of another flavor such as -compat, or -dev)"
            )
        root = ", and runs as root" if best.uid == 0 else ""
        return f"choose {self.after.image}:{best.tag} with --to, which has it{root}"

    def finding(
        self,
        code: str,
        severity: Severity,
        message: str,
        help: str = "",  # noqa: A002
        fits: Callable[[Definition], bool] | None = None,
        *,
        any_line: bool = False,
    ) -> Finding:
        """A remark on this container; ``fits`` tells the variants of the image that do not give rise to it: what to
        do begins with them then.

        An error becomes a warning where only ``helm test`` runs the container, where the image was hardened already,
        and where the facts are of another line, but for what a step tells then, too, and for what is so in any line
        of the image (``any_line``). What settles an error: such a
        variant, or that the image stays as it is.
        """
        known = self.sure or any_line or code in _OF_STEPS
        if severity == "error" and (not known or not self.moved or self.container.role == "test"):
            severity = "warning"
        container = self.container
        best = self.variant(fits) if fits else None
        other = [("--to", f"{self.before}={self.after.image}:{best.tag}")] if best else []
        return Finding(
            code,
            severity,
            f"{container} {message} ({self.source})",
            str(container.pod),
            container.name,
            container.pod.object.template,
            help=f"{self._other(fits)}, {help}" if fits else help,
            ways=(*other, ("--keep", str(self.before))) if severity == "error" else (),
        )


def _base(word: str) -> str:
    return word.rpartition("/")[2]


def on_object(item: Object, code: str, severity: Severity, message: str, help: str = "") -> Finding:  # noqa: A002
    """A remark on a rendered object."""
    return Finding(
        code, severity, f"{item.identity} {message}", str(item.identity), file=item.template, help=help
    )
