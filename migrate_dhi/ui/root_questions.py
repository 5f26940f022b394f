"""What a whole repository is asked: each undecided image once, by its hardened image, and the pull secret once."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from migrate_dhi.dhi.current import current_catalog
from migrate_dhi.dhi.naming import hardened_name
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.possible_secrets import possible_secrets
from migrate_dhi.migration.pullsecret_names import known_in
from migrate_dhi.migration.repository_answers import KEEP, NONE, Answered
from migrate_dhi.migration.scan import ImageTotal, Scan, ScanEntry
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.ui import console, prompts
from migrate_dhi.ui.choices_question import pick_secret
from migrate_dhi.ui.images_question import ALL, ask_image
from migrate_dhi.ui.images_text import reference_words
from migrate_dhi.ui.lines import Line, Look, Span, heading, one_line
from migrate_dhi.ui.prompts import Option
from migrate_dhi.wording import counted, some_of

WANTED = "pull-secret-none"
"""The finding of a release whose pods want a pull secret of which no name is known."""
_EACH = "each"
_USERS = 4


@record
class Question:
    """Images that could become the same, of one hardened image (empty: none is known), with who uses each."""

    hardened: str
    totals: tuple[ImageTotal, ...]

    @property
    def releases(self) -> set[str]:
        """The releases that wait for the answer."""
        return {release for total in self.totals for release in total.releases}


def questions_of(scan: Scan, options: Options, answered: Collection[str] = ()) -> list[Question]:
    """What is open, without the images that are ``answered``: by hardened image, those first that most wait for."""
    once: dict[str, ImageTotal] = {}
    for total in scan.questions:
        before = total.image.before
        first = once.setdefault(before, total)
        once[before] = replace(first, releases=tuple(dict.fromkeys((*first.releases, *total.releases))))
    found: dict[tuple[str, tuple[str, ...], str], list[ImageTotal]] = {}
    for before, total in once.items():
        if before not in answered:
            choices = total.image.choices
            key = (_hardened(choices, options), choices, "" if choices else before)
            found.setdefault(key, []).append(total)
    questions = [Question(name, tuple(totals)) for (name, *_), totals in found.items()]
    waiting = {one.hardened: 0 for one in questions}
    for one in questions:
        waiting[one.hardened] += len(one.releases)
    return sorted(questions, key=lambda one: (-waiting[one.hardened], one.hardened, -len(one.releases)))


def _hardened(choices: Sequence[str], options: Options) -> str:
    if not choices:
        return ""
    catalog = current_catalog(options.catalog)
    return hardened_name(Reference.parse(choices[0]), options.wishes.target, catalog)


def ask_images(questions: Sequence[Question], options: Options) -> dict[str, str]:
    """What each image becomes, or ``keep``: Enter alone leaves it as it is."""
    answers: dict[str, str] = {}
    rest = list(questions)
    hardened = None
    while rest:
        first = rest[0]
        if first.hardened != hardened:
            hardened = first.hardened
            console.show_lines(_lines(console.look(), [one for one in rest if one.hardened == hardened]))
        images = [total.image.before for total in first.totals]
        left = sum(len(one.totals) for one in rest)
        more = [Option(_EACH, "Decide on each by itself")] if len(images) > 1 else []
        more += [Option(ALL, f"Leave all {left} that are undecided as they are")] if left > 1 else []
        what = images[0] if len(images) == 1 else f"each of the {len(images)} images"
        answer = ask_image(options, f"What {what} becomes", first.totals[0].image.choices, more=more)
        if answer == _EACH:
            rest[:1] = [Question(first.hardened, (total,)) for total in first.totals]
        elif answer == ALL:
            return answers | {total.image.before: KEEP for one in rest for total in one.totals}
        elif answer:
            answers |= dict.fromkeys(images, answer)
            del rest[0]
    return answers


def _lines(look: Look, questions: Sequence[Question]) -> list[Line]:
    """The images of one hardened image, each with why it is asked for and who uses it."""
    totals = [total for one in questions for total in one.totals]
    users = len({release for one in questions for release in one.releases})
    name = questions[0].hardened or "images without a proposal"
    lines = heading(f"To decide: {name} ({counted(len(totals), 'image')} of {counted(users, 'release')})")
    for total in totals:
        image, releases = total.image, total.releases
        name = reference_words(look, image.before)
        lines += look.wrap((Span("  "),), [Span(name, "name"), Span(one_line(image.reason))], hang=6)
        used = f"used by {some_of(releases, _USERS)}"
        lines += look.wrap((Span("      "),), [Span(used, "faint")], hang=6)
    return lines


def ask_secret(entries: Sequence[ScanEntry], files: Snapshot) -> Answered:
    """The name of the pull secret for all releases that want one and have none."""
    registries = {
        Reference.parse(image.after or image.before).canonical().registry
        for entry in entries
        for image in entry.images
        if image.status in {"migrate", "already-dhi"}
    }
    who = some_of((entry.label for entry in entries), _USERS)
    want = "wants" if len(entries) == 1 else "want"
    lines = heading(f"{counted(len(entries), 'release')} {want} a pull secret, and no name is known")
    console.show_lines([*lines, *console.look().wrap((Span("  "),), [Span(who, "faint")], hang=2)])
    maybe = [one.name for one in possible_secrets(files, {entry.namespace or "default" for entry in entries})]
    return Answered(pull_secret=pick_secret(known_in(files, registries), registries, maybe=maybe) or NONE)


def ask_blocked(entries: Sequence[ScanEntry]) -> bool:
    """Whether the images whose own move ends in an error stay, so that the rest of their releases moves."""
    users: dict[str, list[str]] = {}
    for entry in entries:
        for image in entry.keepable:
            users.setdefault(image, []).append(entry.label)
    look = console.look()
    who, what = counted(len(entries), "release"), counted(len(users), "image")
    lines = heading(f"To decide: errors of {what} stop {who}, of which more would move")
    for image, releases in users.items():
        more = f" and {len(releases) - _USERS} more" if len(releases) > _USERS else ""
        told = [
            Span(reference_words(look, image), "name"),
            Span(f"of {', '.join(releases[:_USERS])}{more}", "faint"),
        ]
        lines += look.wrap((Span("  "),), told, hang=6)
    console.show_lines(lines)
    options = [
        Option("", "Leave these releases as they are", "left as they are"),
        Option(
            KEEP,
            "Leave these images as they are (--keep blocked), and plan the rest of their releases",
            "kept",
        ),
    ]
    return bool(prompts.select("What to do", options))
