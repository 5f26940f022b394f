"""Set ``appVersion`` to the version that runs now, and raise the chart's own version.

``appVersion: "9.0.1"`` → ``"9.0.2"`` in the style it has (quotes, a leading ``v``), where it named the
version of exactly one migrated image; ``version: 0.2.1`` → ``0.2.2`` by Semantic Versioning.
"""

import re
from collections.abc import Iterator

from migrate_dhi.edit import Set
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import Change
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Context, parsed
from migrate_dhi.steps.derived import follows, hashes, is_annotation, is_label
from migrate_dhi.steps.step import Goals, Proposal, Reach, Result
from migrate_dhi.trace.tracing import APP_VERSION

_VERSION = regex(r"^(v?)(\d+(?:\.\d+)*)")


class VersionsStep:
    """``appVersion`` and ``version`` of Chart.yaml."""

    name = "versions"
    title = "Raise the versions in Chart.yaml"
    requires: tuple[str, ...] = ()
    deployable = True

    def goals(self, context: Context) -> Goals:
        """Nothing to raise where no step changed anything: a second run must find nothing to do."""
        if not context.chart.editable:
            reason = f"the chart is not in this repository: {context.target.deployer} deploys it"
            return Goals(idle=reason, settled=True)
        if not context.edited:
            return Goals(idle="no step changes anything, so there is nothing to release")
        if context.target.others:
            names = ", ".join(context.target.others[:4])
            return Goals(idle=f"the chart is shared with {names}, which this plan is not for", settled=True)
        chart = context.document(context.chart.chart_file)
        version = str(chart.get(("version",)))
        goals = [_Field(context, "version", new_version(context, version))]
        app_version = new_app_version(context)
        if app_version:
            goals.insert(0, _Field(context, "appVersion", app_version))
        return Goals(goals)

    def announces(self, context: Context, change: Change) -> bool:
        """``helm.sh/chart`` and other labels and annotations, and hashes of what holds them.

        Kubernetes refuses to change the labels by which an object selects, and those of volume claims.
        """
        if {"matchLabels", "selector", "volumeClaimTemplates"} & set(change.path):
            return False
        if not (is_label(change.path) or is_annotation(change.path)):
            return hashes(change)
        chart = context.document(context.chart.chart_file)
        app = new_app_version(context)
        old = str(chart.get(("version",)))
        pairs = [(old, new_version(context, old))]
        if app:
            pairs.append((context.chart.app_version, app))
        name = context.chart.name
        pairs += [(f"{name}-{a}", f"{name}-{b}") for a, b in pairs]
        return follows(change, shown=pairs)

    def unreached(self, context: Context, missing: str) -> Finding:
        """A version that cannot be raised without more changing than labels; it stays, and nothing is lost."""
        return Finding(
            "version-unreached",
            "warning",
            f"{missing} of {context.chart.chart_file} stays: raising it changes more than labels and annotations",
            file=context.chart.chart_file,
            help="raise it by hand, together with what follows from it",
        )

    def subject(self, context: Context) -> str:
        """Names the versions that are raised."""
        chart = context.document(context.chart.chart_file)
        version, app = str(chart.get(("version",))), str(chart.get(("appVersion",), "") or "")
        named = "" if app == context.chart.app_version or _owned(context) else app
        if version == context.chart.version:
            return f"set appVersion to {named}"
        return f"release chart {version}" + (f" with appVersion {named}" if named else "")


@record
class _Field:
    """One field of Chart.yaml: its goal is in the text, and the manifests must follow with labels alone."""

    context: Context
    key: str
    value: str

    @property
    def label(self) -> str:
        return self.key

    @property
    def images(self) -> tuple[Reference, ...]:
        return ()

    def reached(self, result: Result) -> Reach:
        file = self.context.chart.chart_file
        done = str(parsed(result.texts[file], file).get((self.key,), "")) == self.value
        return Reach(int(done), 1, () if done else (self.key,))

    def touches(self, change: Change) -> bool:
        return self.expects(change)

    def expects(self, change: Change) -> bool:
        return False

    def propose(self) -> Iterator[Proposal]:
        yield Proposal((Set((self.key,), self.value, "chart"),), f"set {self.key} to {self.value}")


def new_version(context: Context, old: str) -> str:
    """What the chart's version becomes: the one that the user typed, else the old one raised."""
    return str(context.choices.pinned_value("versions", ("version",)) or raised(old, context.choices.bump))


def _owned(context: Context) -> bool:
    """Whether an image takes its tag from appVersion: the tag step sets it then."""
    slots = (slot for image in context.images for slot in image.slots if image.moves or slot.runs)
    return any(APP_VERSION in slot.variables for slot in slots)


def new_app_version(context: Context) -> str:
    """What ``appVersion`` becomes, or empty where it stays.

    It is set where its old value is the version of exactly one image that moved to its new tag, and where no
    image takes its tag from it (then the tag step owns it).
    """
    old = context.chart.app_version
    now = str(context.document(context.chart.chart_file).get(("appVersion",), "") or "")
    if not old or now != old:
        return ""
    if _owned(context):
        return ""
    wanted = _VERSION.match(old)
    left = {image for step in ("registry", "tag") for image in context.unmoved.get(step, ())}
    named = [
        image
        for image in context.moving
        if image.before not in left
        and wanted
        and (found := _VERSION.match(image.before.tag))
        and found[2] == wanted[2]
    ]
    if len({image.before.canonical() for image in named}) != 1 or named[0].decision.after is None:
        return ""
    new = _VERSION.match(named[0].decision.after.tag)
    if not new or not wanted or new[2] == wanted[2]:
        return ""
    typed = context.choices.pinned_value("versions", ("appVersion",))
    return str(typed or f"{wanted[1]}{new[2]}")


def raised(version: str, part: str) -> str:
    """The next version, keeping the user's form: ``v1.2.3`` → ``v1.2.4``, ``1.2`` → ``1.2.1``.

    A pre-release is released first, as Semantic Versioning has it: ``1.2.3-rc.1`` → ``1.2.3``. Numbers that begin
    with a zero, as in a calendar's version, keep their width: ``2024.06.01`` → ``2024.06.02``. A version that is none
    stays.
    """
    import semver  # noqa: PLC0415 - 3 ms, only where a version is raised

    prefix = "v" if version.startswith("v") else ""
    plain = version.removeprefix("v")
    core = re.match(r"\d+(?:\.\d+){0,2}", plain)
    if not core:
        return version
    numbers = core[0].split(".")
    padded = ".".join([*(str(int(n)) for n in numbers), *["0"] * (3 - len(numbers))]) + plain[core.end() :]
    try:
        after = str(semver.Version.parse(padded).next_version(part)).split(".", 2)
    except ValueError:
        return version
    widths = [len(n) if n.startswith("0") else 0 for n in numbers] + [0, 0]
    return prefix + ".".join(n.zfill(width) for n, width in zip(after, widths, strict=False))
