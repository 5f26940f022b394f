"""Write the answers of flags to the repository's own file, beside what stands there."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from migrate_dhi.edit import ValuesPath
from migrate_dhi.errors import WriteError
from migrate_dhi.findings import is_accepted
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.repository_answers import FILE, KEEP, Answered, read_answers
from migrate_dhi.migration.scan import ScanEntry
from migrate_dhi.oci.reference import Reference
from migrate_dhi.yamledit import Document

_HEAD = "# Answers to migrate-dhi, read by every run once they are committed; the keys are in its docs/answers.md.\n"


def save(root: Path, options: Options, entries: Iterable[ScanEntry]) -> Path:
    """Write what flags answer; the file. Comments and all that stands there stay.

    What is accepted is written for each release that has such an error, and for no other.

    Raises UsageError where the file is there and wrong, EditRefusedError, or WriteError.
    """
    file = root / FILE
    if file.is_symlink():
        raise WriteError(
            "the answers are not written through a symbolic link",
            where=FILE,
            help="put a file of its own there",
        )
    try:
        before = file.read_bytes().decode("utf-8") if file.is_file() else ""
        read_answers(before)
        document = Document(before or _HEAD, name=FILE)
        for path, value in answers(options, entries).items():
            if path == ("skip",):
                # What is left out is added up, there as on the command line.
                known = document.get(path, None) or []
                value = list(dict.fromkeys([*known, *options.choices.skip]))  # noqa: PLW2901
            if document.get(path, None) != value:
                document = document.set(path, value)
        read_answers(document.text)
        file.write_bytes(document.text.encode("utf-8"))
    except OSError as error:
        raise WriteError(f"the answers cannot be written: {error.strerror}", where=str(file)) from error
    return file


def _moved_to(image: str, entries: Iterable[ScanEntry]) -> list[str]:
    """The images that ``--to IMAGE`` was meant for: those that became it."""
    meant = Reference.try_parse(image)
    found = {
        one.before: Reference.try_parse(one.after) for entry in entries for one in entry.images if one.after
    }
    return [
        before
        for before, after in found.items()
        if meant and after and after.name == meant.name and after.tag.startswith(meant.tag or after.tag)
    ]


def answers(options: Options, entries: Iterable[ScanEntry]) -> Mapping[ValuesPath, object]:
    """What flags answer, by its place in the file."""
    wishes, choices = options.wishes, options.choices
    found: dict[ValuesPath, object] = {}
    if wishes.target:
        found["target",] = wishes.target
    if wishes.distro:
        found["distro",] = wishes.distro
    asked = options.asked or Answered()
    if choices.pull_secret or asked.pull_secret:
        found["pull-secret",] = choices.pull_secret or asked.pull_secret
    if "probes" in options.given:
        found["probes",] = choices.probes
    if "via" in options.given:
        found["via",] = choices.via
    found |= {("images", source): image for source, image in asked.images.items()}
    entries = list(entries)
    for text in wishes.to:
        source, equals, image = text.rpartition("=")
        for before in [source] if equals else _moved_to(image, entries):
            found["images", before] = image
    for image in wishes.keep:
        found["images", image] = KEEP
    if choices.skip:
        found["skip",] = list(choices.skip)
    for entry in entries:
        codes = sorted(code for code in entry.errors if is_accepted(code, choices.accept))
        if codes:
            found["releases", entry.id, "accept"] = codes
    return found


def told(root: Path, commit: str) -> str:
    """What is to be done that the answers count."""
    there = Repository(root).read(commit, FILE) if commit else None
    how = "commit it" if there is None else "commit the change"
    return f"Answers written to {FILE}: {how}, and every later run reads them."
