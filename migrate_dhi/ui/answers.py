"""The answers of a session as a YAML file: what is in it is not asked again.

::

    charts:
      apps/cluster/valkey:
        images:                                  # only what differs from the proposal; or `keep`
          docker.io/valkey/valkey:9.0.1: dhi.io/valkey:9.0.4-debian13
        pull_secret: kubernetes-dhi              # or `none`
        probes: shell
        bump: patch
        steps: {versions: skip}
        accept: [shell-missing]
        pinned:
          versions:
          - {file: apps/cluster/valkey/Chart.yaml, path: version, value: '"1.0.0"'}   # JSON, or `delete`

Charts are named by their path from the root of the repository (outside Git: from the current directory).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_dhi.errors import PathNotFoundError, UsageError
from migrate_dhi.finding_codes import check_accepted
from migrate_dhi.git.snapshot import read_regular
from migrate_dhi.record import record

if TYPE_CHECKING:  # the first question must not wait for what renders
    from migrate_dhi.edit import Edit
    from migrate_dhi.migration.options import Options

KEEP = "keep"
NONE = "none"
DELETE = "delete"
# What begins with one of these is meant as JSON.
_JSON_SIGNS = frozenset('{["')
_POLICIES = ("shell", "tcp", "exec", "strong", "auto", "keep")
_BUMPS = ("patch", "minor", "major")
_DONE = ("apply", "skip")
_HEAD = "# Answers to migrate-dhi: `migrate-dhi --answers FILE` asks only what is left.\n"


@record
class ChartAnswers:
    """The answers for one chart; None means not answered yet.

    ``images`` maps an image to the reference that it becomes, or to ``keep``; images as proposed are not in
    it. ``pull_secret`` is a name, or empty for none. ``steps`` maps names to ``apply`` or ``skip``.
    """

    images: Mapping[str, str] | None = None
    pull_secret: str | None = None
    probes: str | None = None
    bump: str | None = None
    steps: Mapping[str, str] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    pinned: Mapping[str, tuple["Edit", ...]] = field(default_factory=dict)

    def without(self, keys: Iterable[str]) -> "ChartAnswers":
        """The answers without those that flags have given, which count more than a file; not all flags are answers."""
        mine = {one.name for one in fields(self)}
        return replace(self, **dict.fromkeys(mine & set(keys)))  # type: ignore[arg-type]

    def applied(self, options: "Options") -> "Options":
        """The options of the command line with these answers laid over them."""
        images = self.images or {}
        wishes, choices = options.wishes, options.choices
        skip = [name for name, done in self.steps.items() if done == "skip"]
        if self.pull_secret == "":
            skip.append("pull-secret")
        return replace(
            options,
            wishes=replace(
                wishes,
                to=(*wishes.to, *(f"{old}={new}" for old, new in images.items() if new != KEEP)),
                keep=(*wishes.keep, *(old for old, new in images.items() if new == KEEP)),
            ),
            choices=replace(
                choices,
                pull_secret=self.pull_secret or choices.pull_secret,
                probes=self.probes or choices.probes,
                bump=self.bump or choices.bump,
                skip=tuple(dict.fromkeys((*choices.skip, *skip))),
                accept=choices.accept | set(self.accept),
                pinned={**choices.pinned, **self.pinned},
            ),
        )

    def flags(self, proposal: "ChartAnswers") -> list[str]:
        """The flags that say the same; what is as ``proposal`` has it anyway is left out."""
        words: list[str] = []
        for old, new in (self.images or {}).items():
            words += ["--keep", old] if new == KEEP else ["--to", f"{old}={new}"]
        if self.pull_secret and self.pull_secret != proposal.pull_secret:
            words += ["--pull-secret", self.pull_secret]
        if self.probes not in {None, proposal.probes}:
            words += ["--probes", str(self.probes)]
        if self.bump not in {None, proposal.bump}:
            words += ["--bump", str(self.bump)]
        skipped = [name for name, done in self.steps.items() if done == "skip"]
        if self.pull_secret == "" and proposal.pull_secret:
            skipped.append("pull-secret")
        for name in dict.fromkeys(skipped):
            words += ["--skip", name]
        for code in self.accept:
            words += ["--accept", code]
        for step, edits in self.pinned.items():
            for edit in edits:
                words += ["--pin", step, *pin_words(edit)]
        return words

    def data(self) -> dict[str, Any]:
        """As it stands in the file."""
        data: dict[str, Any] = {}
        if self.images is not None:
            data["images"] = dict(self.images)
        if self.pull_secret is not None:
            data["pull_secret"] = self.pull_secret or NONE
        data |= {key: value for key in ("probes", "bump") if (value := getattr(self, key)) is not None}
        if self.steps:
            data["steps"] = dict(self.steps)
        if self.accept:
            data["accept"] = list(self.accept)
        if self.pinned:
            data["pinned"] = {
                step: [dict(zip(("file", "path", "value"), pin_words(edit), strict=True)) for edit in edits]
                for step, edits in self.pinned.items()
            }
        return data


@dataclass
class Answers:
    """The answers of a session, by the path of the chart."""

    charts: dict[str, ChartAnswers] = field(default_factory=dict)

    def paths(self, here: Path) -> list[Path]:
        """Where the charts lie, seen from a directory of their repository."""
        top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
        return [top / path for path in self.charts]

    def dump(self) -> str:
        """The text of the file."""
        import yaml  # noqa: PLC0415 - see read

        data = {"charts": {path: chart.data() for path, chart in self.charts.items()}}
        return _HEAD + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def saved_as(answers: Answers, file: Path | None = None) -> Path:
    """Keep answers in a file, else outside of the repository; raises UsageError where that cannot be written."""
    if file is None:
        from platformdirs import user_state_path  # noqa: PLC0415 - only here

        name = next(iter(answers.charts), "").strip("./").replace("/", "-") or "chart"
        file = user_state_path("migrate-dhi", ensure_exists=True) / f"answers-{name}.yaml"
    try:
        file.write_text(answers.dump(), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the answers cannot be written: {error.strerror}", where=str(file), help="correct --save-answers"
        ) from error
    return file


def pin_words(edit: "Edit") -> tuple[str, str, str]:
    """A pinned edit as words: file, path, and the value as JSON, or ``delete``."""
    from migrate_dhi.yamledit import format_path  # noqa: PLC0415 - the first question needs no editor

    return edit.file, format_path(edit.path), DELETE if edit.delete else json.dumps(edit.value)


def read_pin(file: str, path: str, value: str) -> "Edit":
    """The edit that such words mean; a plain text needs no quotes.

    Raises UsageError for a bad path, and for a value that begins as JSON and is none.
    """
    from migrate_dhi.edit import Edit  # noqa: PLC0415 - see pin_words
    from migrate_dhi.yamledit import parse_path  # noqa: PLC0415

    if value == DELETE:
        return Edit(file, parse_path(path), delete=True)
    try:
        data = json.loads(value)
    except ValueError as error:
        if value.lstrip()[:1] in _JSON_SIGNS:
            raise UsageError(
                f"the value {value!r} for {path} is no JSON: {error}",
                help='write JSON, as \'"text"\' or \'["a", "b"]\', or a plain text',
            ) from error
        data = value
    return Edit(file, parse_path(path), data)


def read(file: Path) -> Answers:
    """Read an answers file; raises PathNotFoundError, or UsageError with what is wrong in it."""
    import yaml  # noqa: PLC0415 - only where there is such a file

    try:
        # Every scalar as text: a tag such as 9.10 is no number.
        data = yaml.load(read_regular(file).decode("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes texts only
    except OSError as error:
        raise PathNotFoundError(
            "the answers cannot be read", where=str(file), help="correct --answers"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError("the answers are no YAML", where=str(file), help="correct the file") from error
    reader = _Reader(str(file))
    top = reader.mapping(data, "the file", ("charts",))
    charts = reader.mapping(top.get("charts"), "charts")
    return Answers({path: reader.chart(path, entry) for path, entry in charts.items()})


class _Reader:
    """Checks what a person may have written."""

    def __init__(self, file: str) -> None:
        self.file = file

    def wrong(self, what: str, advice: str) -> UsageError:
        return UsageError(what, where=self.file, help=advice)

    def mapping(self, data: Any, what: str, keys: tuple[str, ...] = ()) -> dict[str, Any]:
        data = {} if data in (None, "") else data  # nothing is written there
        if not isinstance(data, dict):
            raise self.wrong(f"{what} is not a mapping", "see the head of a saved answers file")
        for key in data:
            if keys and key not in keys:
                raise self.wrong(f"{what} has the unknown key {key!r}", f"the keys are {', '.join(keys)}")
        return data

    def text(self, data: Any, what: str, words: tuple[str, ...] = ()) -> str:
        if not isinstance(data, str) or not data:
            raise self.wrong(f"{what} is not a text", "write one word there, or leave the key out")
        if words and data not in words:
            raise self.wrong(f"{what} is {data!r}", f"write one of {', '.join(words)}")
        return data

    def texts(self, data: Any, what: str, words: tuple[str, ...] = ()) -> dict[str, str]:
        found = self.mapping(data, what)
        return {key: self.text(value, f"{what}.{key}", words) for key, value in found.items()}

    def chart(self, path: str, entry: Any) -> ChartAnswers:
        keys = ("images", "pull_secret", "probes", "bump", "steps", "accept", "pinned")
        data = self.mapping(entry, path, keys)
        accept = data.get("accept") or []
        if not isinstance(accept, list):
            raise self.wrong(f"{path}.accept is not a list", "write [CODE, …]")
        accept = [self.text(code, f"{path}.accept") for code in accept]
        check_accepted(accept, f"{self.file}: {path}.accept")

        def given(key: str, words: tuple[str, ...] = ()) -> str | None:
            return self.text(data[key], f"{path}.{key}", words) if key in data else None

        secret = given("pull_secret")
        return ChartAnswers(
            images=self.texts(data["images"], f"{path}.images") if "images" in data else None,
            pull_secret="" if secret == NONE else secret,
            probes=given("probes", _POLICIES),
            bump=given("bump", _BUMPS),
            steps=self.texts(data.get("steps"), f"{path}.steps", _DONE),
            accept=tuple(accept),
            pinned={
                step: tuple(self._pins(f"{path}.pinned.{step}", pins))
                for step, pins in self.mapping(data.get("pinned"), f"{path}.pinned").items()
            },
        )

    def _pins(self, what: str, pins: Any) -> Iterator["Edit"]:
        if not isinstance(pins, list):
            raise self.wrong(f"{what} is not a list", "write a list of {file, path, value}")
        for pin in pins:
            words = self.mapping(pin, what, ("file", "path", "value"))
            yield read_pin(*(self.text(words.get(key), f"{what}.{key}") for key in ("file", "path", "value")))
