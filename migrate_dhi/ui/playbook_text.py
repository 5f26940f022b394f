"""Playbooks as lines: a list, one in full, and what the catalog says against them."""

from collections.abc import Mapping, Sequence
from typing import Any

from migrate_dhi.ui.catalog_text import table
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, heading, one_line

Json = Mapping[str, Any]


def list_lines(look: Look, playbooks: Sequence[Json]) -> list[Line]:
    """All playbooks, one a line: name, title, the hardened images that they are about."""
    rows = [(book["name"], book["title"], ", ".join(book["targets"])) for book in playbooks]
    return table(look, rows, head=("playbook", "title", "hardened images"), indent=0)


def show_lines(look: Look, book: Json) -> list[Line]:
    """One playbook: its images with facts, data and probes, then facts of charts and operators, notes and checks."""
    lines = look.wrap((Span(book["name"], "title"), Span("  ")), [Span(book["title"])], hang=2)
    lines += look.wrap((Span("  "),), [Span(str(book["file"]), "faint")], hang=4)
    for member in book["members"]:
        lines += _member(look, member)
    if book["pull_secret"]:
        lines += [*heading("Pull secrets"), *_fact(look, book["pull_secret"])]
    if book["charts"]:
        lines += heading("Charts")
        for fact in book["charts"]:
            lines += _fact(look, f"{fact['chart']} {fact['versions']}: {fact['text']}", fact["source"])
    if book["operators"]:
        lines += heading("Operators")
        for fact in book["operators"]:
            lines += _fact(look, f"{fact['group']}: {fact['text']}", fact["source"])
    if book["notes"]:
        lines += heading("Notes")
        for note in book["notes"]:
            lines += _fact(look, note["text"], note["source"])
    if book["checks"]:
        lines += heading("Checks, after the rollout")
        for check in book["checks"]:
            lines += look.wrap((Span("  "),), [Span(check["run"], "command")], hang=4)
            lines += look.wrap((Span("    "),), [Span(check["expect"], "faint")], hang=4)
    return lines


def _member(look: Look, member: Json) -> list[Line]:
    flavor = " ".join(word for word in (member["flavor"], member["distro"]) if word)
    target = member["target"] + (f" ({flavor})" if flavor else "")
    lines = [BLANK, *look.wrap((Span(target, "name"), Span("  ")), [Span("for"), *_images(member)], hang=2)]
    if member["reason"]:
        lines += _fact(look, member["reason"])
    facts = [
        f"user {member['user']}" if member["user"] is not None else "",
        f"uid {member['uid']}" if member["uid"] is not None else "",
        f"shells {', '.join(member['shells']) or 'none'}" if member["shells"] is not None else "",
        f"ports {', '.join(member['ports'])}" if member["ports"] else "",
        f"entrypoint {' '.join(member['entrypoint'])}" if member["entrypoint"] else "",
    ]
    if any(facts):
        lines += _fact(look, "; ".join(fact for fact in facts if fact), member["facts_source"])
    for data in member["data"]:
        moved = f" (before: {data['before']})" if data["before"] not in ("", data["path"]) else ""
        lines += _fact(look, f"data in {data['path']}{moved}: {data['text']}", data["source"])
    for probe in member["probes"]:
        handler = next(iter(probe["handler"]))
        lines += _fact(look, f"probe by {handler}: {probe['text']}", probe["source"])
    return lines


def _images(member: Json) -> list[Span]:
    return [Span(", ".join(member["images"]))]


def _fact(look: Look, text: str, source: str = "") -> list[Line]:
    pieces = [Span(one_line(text)), *([Span(f"[{one_line(source)}]", "faint")] if source else [])]
    return look.wrap((Span("  - "),), pieces, hang=4)


def check_lines(look: Look, results: Sequence[Json]) -> list[Line]:
    """For each playbook that it agrees with the catalog, or what the catalog says otherwise."""
    lines: list[Line] = []
    for result in results:
        found = result["contradictions"]
        sign = Span(f"{look.glyphs.bad} ", "bad") if found else Span(f"{look.glyphs.good} ", "good")
        words = "the catalog says otherwise:" if found else "agrees with the catalog"
        lines += look.wrap((sign,), [Span(result["name"], "name"), Span(words)], hang=2)
        for text in found:
            lines += look.wrap((Span("    "),), [Span(one_line(text))], hang=6)
    return lines
