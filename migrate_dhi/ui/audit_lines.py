"""An audit as lines for a terminal: one backend after the other, each matter under its heading."""

from collections.abc import Sequence

from migrate_dhi.audit.report import Audit, BackendAudit
from migrate_dhi.audit.uses import Use
from migrate_dhi.migration.database_edits import DatabaseEdits
from migrate_dhi.ui.catalog_text import table
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, Style, command_lines, continued_lines, heading

_VERDICTS: dict[str, Style] = {"good": "good", "note": "plain", "warning": "warn"}
_AUTH = {"yes": "with a password", "no": "without a password", "unknown": "password: not told here"}
_MOST_HIDDEN = 20


def audit_lines(look: Look, found: Audit) -> list[Line]:
    """The whole audit."""
    lines: list[Line] = []
    short = len(found.backends) > 1
    for one in found.backends:
        lines += _backend(look, one, short=short)
        lines += _checks(look, one, short=short)
        lines.append(BLANK)
    if not found.backends:
        lines += look.wrap(
            (),
            [Span("No backend here has an image with a hardened counterpart; name one: NAMESPACE/NAME.")],
            hang=0,
        )
    if found.hidden:
        lines += heading("Clients whose address stands in a Secret that is not read")
        for use in found.hidden[:_MOST_HIDDEN]:
            names = ", ".join(str(secret) for secret in use.secrets)
            lines += _item(look, use.who, f"{use.role.title}, from {names}", str(use.place))
        if len(found.hidden) > _MOST_HIDDEN:
            lines.append((Span(f"  and {len(found.hidden) - _MOST_HIDDEN} more, in --format json"),))
    if found.elsewhere:
        lines += heading("Clients of services that nothing in this repository makes")
        for use in found.elsewhere:
            lines += _item(look, named(use), f"{use.role.title} at {use.host}", str(use.place))
    if found.unrendered:
        lines += heading(
            f"Not rendered, so that of these the values alone were looked at: {len(found.unrendered)}"
        )
        for missing in found.unrendered:
            lines += _item(look, missing.id, missing.reason, f"{missing.file}:{missing.line}")
    lines += [BLANK, (Span(_looked(found), "faint"),)]
    return lines


def _looked(found: Audit) -> str:
    return f"Looked at {found.objects} objects of {found.looked_at} releases and of plain manifests."


def _backend(look: Look, one: BackendAudit, *, short: bool) -> list[Line]:
    backend = one.backend
    asked = {"yes": "asks for a password", "no": "asks for no password", "unknown": "password unknown"}[
        one.auth[0]
    ]
    about = [Span(f"{backend.role.title}, {asked}: {one.auth[1]}")]
    lines = look.wrap((Span(backend.id, "title"), Span("  ")), about, hang=2)
    lines += _clients(look, one.uses)
    if one.bystanders:
        lines += heading("No clients, though a setting is there")
        for other in one.bystanders:
            lines += _item(look, other.release, other.reason, str(other.place))
    rows: list[tuple[str, ...]]
    if one.collisions:
        lines += heading("Databases that applications share")
        rows = [
            (c.database, c.risk, f"{', '.join(named(use) for use in c.uses)}: {c.reason}")
            for c in one.collisions
        ]
        lines += table(look, rows, head=("database", "risk", "who"))
    if one.allotments:
        lines += heading("A database for each")
        rows = [(named(a.use), a.now, a.proposed or "none is left") for a in one.allotments]
        lines += table(look, rows, head=("client", "now", "proposed"))
    lines += _reach(look, one, short=short)
    if one.operation:
        lines += heading("Operation")
        for said in one.operation:
            prefix = (Span(f"  {said.topic:<13}", "faint"),)
            lines += look.wrap(prefix, [Span(said.text, _VERDICTS[said.verdict])], hang=15)
    if one.findings:
        lines += heading("Does not fit together")
        for finding in one.findings:
            place = f"{finding.file}:{finding.line}" if finding.line else finding.file
            lines += _item(look, finding.code, finding.message, place)
    return lines


def _checks(look: Look, one: BackendAudit, *, short: bool) -> list[Line]:
    if one.answers:
        lines = heading("What runs, beside the manifests")
        for answer in one.answers:
            style: Style = "warn" if answer.verdict in ("different", "not there") else "plain"
            prefix = (Span("  "), Span(f"{answer.verdict}: ", style))
            lines += look.wrap(prefix, [Span(answer.check.command, "command")], hang=4)
            for found in answer.found:
                lines += look.wrap((Span("      "),), [Span(found)], hang=6)
        return lines
    if short:
        text = f"{len(one.checks)} commands that only look: migrate-dhi audit {one.backend.id} lists them"
        return [BLANK, *look.wrap((), [Span(text, "faint")], hang=2)]
    lines = heading("Commands that only look (--run-checks --context NAME runs them)")
    for check in one.checks:
        words = check.words if check.query else ("kubectl", *check.words)
        lines += (
            continued_lines(look, words, indent=2) if check.query else command_lines(look, words, indent=2)
        )
        lines += look.wrap((Span("      "),), [Span(check.expect, "faint")], hang=6)
    return lines


def _clients(look: Look, uses: Sequence[Use]) -> list[Line]:
    lines = heading(f"Clients: {len(uses)}")
    rows = []
    for use in uses:
        secrets = f" from {', '.join(map(str, use.secrets))}" if use.secrets else ""
        database = use.database if use.said else f"{use.database} (default)".lstrip()
        rows.append((named(use), database, f"{_AUTH[use.auth]}{secrets}", str(use.place)))
    return lines + (
        table(look, rows, head=("client", "database", "authentication", "set in")) if rows else []
    )


def _reach(look: Look, one: BackendAudit, *, short: bool) -> list[Line]:
    lines = heading("Reach")
    lines += look.wrap((Span("  "),), [Span(f"Open to: {one.reach.open_to}.")], hang=2)
    kept_out = [use.who for use, allowed in one.reach.allowed if allowed == "no"]
    unsure = [use.who for use, allowed in one.reach.allowed if allowed == "unknown"]
    if kept_out:
        lines += look.wrap((Span("  "),), [Span(f"Not let in: {', '.join(kept_out)}.", "warn")], hang=2)
    if unsure:
        lines += look.wrap((Span("  "),), [Span(f"Not known whether let in: {', '.join(unsure)}.")], hang=2)
    if one.reach.proposal and not one.reach.policies:
        policy = one.reach.proposal.splitlines()
        what = (
            "A policy for the clients that were found"
            if one.uses
            else "A policy that lets in nobody, as no client was found"
        )
        if short:
            told = f"{what} ({len(policy)} lines): migrate-dhi audit {one.backend.id} shows it"
            return lines + look.wrap((Span("  "),), [Span(told, "faint")], hang=2)
        lines.append((Span(f"  {what}:", "faint"),))
        lines += [(Span(f"    {line}"),) for line in policy]
    return lines


def edits_lines(look: Look, name: str, made: DatabaseEdits) -> list[Line]:
    """The edits that give each component its database, as a diff, and what has none."""
    lines = heading(f"{name}: edits for a database of its own; nothing was written")
    for one in made.given:
        who = named(one.allotment.use)
        text = f"proven: {one.allotment.now} becomes {one.allotment.proposed}" if one.edits else one.reason
        place = ", ".join(f"{edit.file}:{edit.line}" for edit in one.edits)
        lines += _item(look, who, text, place)
    styles: dict[str, Style] = {"+": "added", "-": "removed", "@": "hunk"}
    lines.append(BLANK)
    return lines + [(Span(line, styles.get(line[:1], "plain")),) for line in made.diff.splitlines()]


def named(use: Use) -> str:
    """A client for people, and that it is not deployed where that is so."""
    return f"{use.who} (not deployed)" if use.asleep else use.who


def _item(look: Look, name: str, text: str, place: str) -> list[Line]:
    prefix = (Span("  "), Span(name, "name"), Span("  "))
    where = [Span(f"({place})", "faint")] if place and place not in text else []
    return look.wrap(prefix, [Span(text), *where], hang=4)
