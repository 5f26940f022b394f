"""What the catalog knows, as lines: a list, one image on one screen, matches, differences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.grouping import grouped
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, Style, cells, pad, safe
from migrate_dhi.wording import counted

Json = Mapping[str, Any]
_CONFIDENCE: dict[str, Style] = {"certain": "good", "likely": "plain", "weak": "warn"}
_TABLE = ("line", "version", "flavor", "user", "shell", "end of life", "distro")
_PAST_SHOWN = 3
_ROOM = 12


def table(
    look: Look, rows: Sequence[Sequence[str]], *, head: Sequence[str] = (), indent: int = 2
) -> list[Line]:
    """Rows in columns, the last one laid out over further lines; the first is what the row is about."""
    return [line for row in table_rows(look, rows, head=head, indent=indent) for line in row]


def table_rows(
    look: Look, rows: Sequence[Sequence[str]], *, head: Sequence[str] = (), indent: int = 2
) -> list[list[Line]]:
    """The lines of each row of a table, its head first where there is one.

    Where the columns leave no room for the words of the last one, it stands below them; where they have none either,
    each row is laid out by itself. Where lines need not fit, a row is as wide as it has to be.
    """
    every = [*([head] if head else []), *rows]
    widths = [max(cells(safe(row[at])) for row in every) for at in range(len(every[0]) - 1)] if every else []
    hang = indent + sum(width + 2 for width in widths)
    room, below = look.width - hang, False
    longest = max((cells(safe(word)) for row in every for word in row[-1].split()), default=0)
    if room < max(longest, _ROOM):
        if look.fit and hang - 2 > look.width:
            return [_by_itself(look, row, indent, head=row is head) for row in every]
        below = look.fit
        look = look if below else replace(look, width=hang + max(longest, _ROOM))
    found = []
    for row in every:
        style: Style = "faint" if row is head else "plain"
        cut = [Span(" " * indent)]
        for at, width in enumerate(widths):
            name = at == 0 and row is not head
            cut.append(Span(pad(row[at], width + 2), "name" if name else style))
        start = (Span(" " * (indent + 4)),) if below else tuple(cut)
        last = look.wrap(
            start, [Span(row[-1], "faint" if below else style)], hang=indent + 4 if below else hang
        )
        found.append([tuple(cut), *last] if below else last)
    return found


def _by_itself(look: Look, row: Sequence[str], indent: int, *, head: bool) -> list[Line]:
    """A row whose cells follow each other, with a sign between them."""
    pieces = [Span(row[0], "faint" if head else "name")]
    for cell in row[1:]:
        pieces += [Span(look.glyphs.dot, "faint"), Span(cell, "faint" if head else "plain")] if cell else []
    return look.wrap((Span(" " * indent),), pieces, hang=indent + 2)


def list_lines(look: Look, images: Sequence[Json], word: str, catalog: str) -> list[Line]:
    """All images, one a line: name, number of tags, shells of the runtime images, lines newest first."""
    if not images:
        return look.wrap((), [Span(f"No image of the {catalog} has a name with {word!r}.")], hang=0)
    rows = [
        (
            image["name"],
            str(image["tags"]),
            ", ".join(image["runtime_shells"]) or "none",
            " ".join(image["lines"]),
        )
        for image in images
    ]
    lines = table(look, rows, head=("image", "tags", "shell", "lines"), indent=0)
    count = counted(len(images), "image")
    return [*lines, BLANK, *look.wrap((), [Span(f"{count} of the {catalog}", "faint")], hang=0)]


def show_lines(look: Look, shown: Json) -> list[Line]:
    """One image: its runtime images by line with user, shell, end of life and tags; then what all share.

    Then what the registry has of it, where it was asked.
    """
    origin = shown["catalog"]
    source = f"{origin['source']} of {origin['date']}"
    title = shown["title"] if shown["title"] != shown["image"] else ""
    about = [Span(title), Span(look.glyphs.dot, "faint")] if title else []
    lines = look.wrap((Span(shown["image"], "title"), Span("  ")), [*about, Span(source, "faint")], hang=2)
    dev = [line for line in shown["lines"] if line["variant"] != "runtime"]
    rows = _rows([line for line in shown["lines"] if line["variant"] == "runtime"] or dev)
    lines += table(look, [(*row[:-1], _distros(row[-1].split())) for row in rows], head=_TABLE)
    lines += _tag_lines(look, rows)
    lines += _shared(look, shown, dev if len(dev) < len(shown["lines"]) else [])
    return [*lines, *(_live_lines(look, shown["live"]) if "live" in shown else [])]


def _tag_lines(look: Look, rows: Mapping[tuple[str, ...], Sequence[str]]) -> list[Line]:
    """The tags of each row: on a terminal as many as a line holds."""
    lines: list[Line] = [(Span("  tags", "faint"),)]
    alike = Counter((row[0], row[2]) for row in rows)
    for row, tags in rows.items():
        distro = _distros(row[-1].split()) if alike[row[0], row[2]] > 1 else ""
        name = Span("  " + " ".join(word for word in (row[0], row[2], distro) if word), "name")
        room = look.width - cells(name.text) - 2
        lines.append((name, Span("  "), Span(look.cut(", ".join(tags), room))))
    return lines


def _distros(names: Sequence[str]) -> str:
    """``debian-13, alpine-3.24, 3.23``: releases of one family behind its name."""
    families = grouped((family, release) for family, _, release in (name.partition("-") for name in names))
    return ", ".join(f"{family}-{', '.join(releases)}" for family, releases in families.items())


def _rows(lines: Sequence[Json]) -> dict[tuple[str, ...], list[str]]:
    """Row of the table → tags, the fullest of each definition first; rows that differ by distro alone are one."""
    merged: dict[tuple[str, ...], list[Json]] = {}
    rows: dict[tuple[str, ...], list[str]] = {}
    for line in lines:
        user = str(line["user"] or line["uid"] or "not given")
        number = "" if line["uid"] is None or user == str(line["uid"]) else f" ({line['uid']})"
        shells = ", ".join(line["shells"]) or "none"
        end = line["end_of_life"] or "not given"
        key = (line["line"], line["version"], line["flavor"], user + number, shells, end)
        merged.setdefault(key, []).append(line)
    for words, same in merged.items():
        distros = " ".join(dict.fromkeys(line["distro"] for line in same))
        fullest = [max(line["tags"], key=len) for line in same if line["tags"]]
        rows[*words, distros] = list(
            dict.fromkeys([*fullest, *(tag for line in same for tag in line["tags"])])
        )
    return rows


def _shared(look: Look, shown: Json, dev: Sequence[Json]) -> list[Line]:
    texts = []
    if dev:
        users = ", ".join(dict.fromkeys(str(line["user"] or line["uid"]) for line in dev))
        shells = ", ".join(dict.fromkeys(shell for line in dev for shell in line["shells"])) or "none"
        of = ", ".join(dict.fromkeys(line["line"] for line in dev))
        texts.append(("-dev", f"user {users}, shell {shells}; of {of}"))
    newest = shown["lines"][0] if shown["lines"] else {}
    start = " ".join([*newest.get("entrypoint", ()), *newest.get("cmd", ())])
    if start:
        texts.append(("starts", start))
    if newest.get("ports"):
        texts.append(("ports", ", ".join(newest["ports"])))
    past = shown["past_tags"]
    if past:
        told = ", ".join(f"{tag['tag']} (until {tag['last_seen']})" for tag in past[:_PAST_SHOWN])
        texts.append((f"{len(past)} past", told + (look.glyphs.more if len(past) > _PAST_SHOWN else "")))
    column = max((cells(label) for label, _ in texts), default=0) + 4
    return [
        (Span(pad(f"  {label}", column), "faint"), Span(look.cut(text, look.width - column)))
        for label, text in texts
    ]


def _live_lines(look: Look, live: Json) -> list[Line]:
    """The fullest tag of each definition, and whether it is as the catalog says; then the tags on one side alone."""
    lines = [BLANK, *look.wrap((), [Span(f"{live['place']}, asked now", "title")], hang=2)]
    problem = live["problem"] or ""
    # What is true of the whole registry is said once.
    own = [image for image in live["images"] if not (image["reason"] and problem.startswith(image["reason"]))]
    rows = [(image["tag"], _digest(image), _said(image)) for image in own]
    lines += table(look, rows, head=("tag", "digest", "the registry says")) if rows else []
    if problem:
        return [*lines, *look.wrap((Span("  "),), [Span(problem, "warn")], hang=2)]
    told = [f"{live['tags']} tags"]
    for key, what in (
        ("tags_unknown_to_catalog", "unknown to the catalog"),
        ("tags_missing", "listed by the catalog and not there"),
    ):
        if live[key]:
            told.append(f"{len(live[key])} {what}: {', '.join(live[key])}")
    for text in told:
        lines.append((Span("  "), Span(look.cut(text, look.width - 2))))
    return lines


def _digest(image: Json) -> str:
    return image["digest"][:19] if image["digest"] else ""


def _said(image: Json) -> str:
    if image["reason"]:
        return str(image["reason"])
    lacking = [f"not for {', '.join(image['platforms_missing'])}"] if image["platforms_missing"] else []
    return "; ".join([*lacking, *image["differences"]]) or "there, as the catalog says"


def match_lines(look: Look, matched: Json, catalog: str) -> list[Line]:
    """The candidates for an upstream image, best first, each with how sure it is and why."""
    if not matched["candidates"]:
        return look.wrap(
            (), [Span(f"No hardened image is known for {matched['image']} ({catalog}).")], hang=0
        )
    lines: list[Line] = [(Span(matched["image"], "title"),)]
    names = max(cells(candidate["target"]) for candidate in matched["candidates"])
    for candidate in matched["candidates"]:
        confidence = candidate["confidence"]
        prefix = (
            Span(f"  {look.glyphs.arrow} "),
            Span(pad(candidate["target"], names + 2), "name"),
            Span(f"{confidence:<9}", _CONFIDENCE[confidence]),
        )
        reason = candidate["source"] + ("" if candidate["listed"] else f"; the {catalog} does not list it")
        lines += look.wrap(prefix, [Span(reason)], hang=6)
    return lines + _decision_lines(look, matched["decision"])


def _decision_lines(look: Look, decision: Json) -> list[Line]:
    """What a plan would make of it: the tag with its rule, or what could be chosen, and what is to be known."""
    if decision["after"]:
        head: Line = (
            Span("  becomes ", "faint"),
            Span(decision["after"], "good"),
            Span(f"  {decision['rule']}", "name"),
        )
    else:
        head = (Span(f"  {decision['status'].replace('-', ' ')}", "warn"),)
    texts = [decision["reason"], *(f"{note['code']}: {note['message']}" for note in decision["findings"])]
    if not decision["after"] and decision["offers"]:
        texts.append(f"possible: {', '.join(decision['offers'])}")
    return [head, *(line for text in texts for line in look.wrap((Span("    "),), [Span(text)], hang=6))]


def diff_lines(look: Look, diff: Json) -> list[Line]:
    """What changed between two catalogs: images, then the tags and facts of each image in both."""
    lines: list[Line] = []
    for label, side in (("from", diff["from"]), ("to", diff["to"])):
        words = f"{side['source']} of {side['date']} ({side['commit'][:12]})"
        lines += look.wrap((Span(f"{label:<5}", "faint"),), [Span(words)], hang=5)
    for name in diff["images_added"]:
        lines.append((Span(f"+ {name}", "added"), Span("  new image", "faint")))
    for name in diff["images_removed"]:
        lines.append((Span(f"- {name}", "removed"), Span("  listed no more", "faint")))
    for name, change in diff["images_changed"].items():
        lines.append((Span("  "), Span(name, "name")))
        for sign, key, style in (("+", "tags_added", "added"), ("-", "tags_removed", "removed")):
            if change.get(key):
                lines += look.wrap((Span(f"    {sign} "),), [Span(" ".join(change[key]), style)], hang=6)  # type: ignore[arg-type]
        if change.get("facts_changed"):
            text = f"user or shell differ: {'; '.join(change['facts_changed'])}"
            lines += look.wrap((Span("    ! ", "warn"),), [Span(text)], hang=6)
    if not (diff["images_added"] or diff["images_removed"] or diff["images_changed"]):
        lines.append((Span("Nothing differs."),))
    return lines
