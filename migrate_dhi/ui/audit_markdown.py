"""An audit as Markdown, for an issue or a page."""

from collections.abc import Iterable, Iterator, Sequence

from migrate_dhi.audit.report import Audit, BackendAudit
from migrate_dhi.audit.uses import Use
from migrate_dhi.migration.database_edits import DatabaseEdits
from migrate_dhi.ui.audit_lines import named
from migrate_dhi.ui.markdown import code, prose, table


def audit_markdown(found: Audit) -> str:
    """The whole text."""
    parts = [part for one in found.backends for part in _backend(one)]
    if found.hidden:
        rows = [
            (prose(u.who), prose(u.role.title), code(", ".join(map(str, u.secrets)))) for u in found.hidden
        ]
        parts += ["## Clients whose address stands in a Secret that is not read"]
        parts += [_table(("Client", "Role", "Secret"), rows)]
    if found.elsewhere:
        rows = [(prose(named(u)), code(u.host), code(str(u.place))) for u in found.elsewhere]
        parts += ["## Clients of services that nothing in this repository makes"]
        parts += [_table(("Client", "Host", "Set in"), rows)]
    if found.unrendered:
        rows = [(code(u.id), code(f"{u.file}:{u.line}"), prose(u.reason)) for u in found.unrendered]
        parts += [
            "## Not rendered, so that of these the values alone were looked at",
            _table(("Release", "Place", "Reason"), rows),
        ]
    parts.append(f"Looked at {found.objects} objects of {found.looked_at} releases and of plain manifests.")
    return "\n\n".join(parts) + "\n"


def edits_markdown(made: DatabaseEdits) -> str:
    """The edits that give each component its database, as a diff, and what has none."""
    rows = [
        (
            prose(named(one.allotment.use)),
            one.allotment.now,
            one.allotment.proposed,
            prose(one.reason or "proven"),
        )
        for one in made.given
    ]
    diff = made.diff.replace("```", "")
    told = _table(("Client", "Now", "Then", "Edit"), rows)
    return f"\n### Edits for a database of its own\n\n{told}\n\n```diff\n{diff}```\n"


def _backend(one: BackendAudit) -> Iterator[str]:
    backend = one.backend
    yield f"## {code(backend.id)}"
    yield f"{prose(backend.role.title)}. Asks for a password: {one.auth[0]} ({prose(one.auth[1])})."
    yield "### Clients"
    rows: list[tuple[str, ...]] = [(*_use(use), code(str(use.place))) for use in one.uses]
    yield _table(("Client", "Database", "Password", "Secrets", "Set in"), rows) if rows else "None was found."
    if one.bystanders:
        yield "### No clients, though a setting is there"
        others = [(code(b.release), prose(b.reason), code(str(b.place))) for b in one.bystanders]
        yield _table(("Release", "Why", "Place"), others)
    if one.collisions:
        yield "### Databases that applications share"
        shared = [
            (c.database, c.risk, prose(", ".join(named(use) for use in c.uses)), prose(c.reason))
            for c in one.collisions
        ]
        yield _table(("Database", "Risk", "Clients", "Why"), shared)
    if one.allotments:
        yield "### A database for each"
        rows = [(prose(named(a.use)), a.now, a.proposed or "none is left") for a in one.allotments]
        yield _table(("Client", "Now", "Proposed"), rows)
    yield "### Reach"
    yield f"Open to: {prose(one.reach.open_to)}."
    if one.reach.policies:
        yield _table(("Client", "Let in"), [(prose(use.who), allowed) for use, allowed in one.reach.allowed])
    elif one.reach.proposal:
        yield f"```yaml\n{one.reach.proposal.replace('`', '')}```"
    if one.operation:
        yield "### Operation"
        yield _table(
            ("Matter", "Verdict", "What"), [(s.topic, s.verdict, prose(s.text)) for s in one.operation]
        )
    if one.findings:
        yield "### Does not fit together"
        yield "\n".join(f"- {code(f.code)} {prose(f.message)}" for f in one.findings)
    if one.answers:
        yield "### What runs, beside the manifests"
        answers = [(a.verdict, code(a.check.command), prose("; ".join(a.found))) for a in one.answers]
        yield _table(("Verdict", "Command", "Found"), answers)
    else:
        yield "### Commands that only look"
        yield _table(("Command", "A good answer"), [(code(c.command), prose(c.expect)) for c in one.checks])


def _use(use: Use) -> tuple[str, str, str, str]:
    database = use.database if use.said else f"{use.database} (default)".lstrip()
    secrets = code(", ".join(map(str, use.secrets))) if use.secrets else ""
    return prose(named(use)), prose(database), use.auth, secrets


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(table(titles, rows))
