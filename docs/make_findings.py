"""Write docs/findings.md from the registry of findings: ``make docs``."""

from pathlib import Path

from migrate_dhi.finding_codes import codes

PAGE = Path(__file__).with_name("findings.md")
HEAD = """\
# Findings

What `migrate-dhi` has to say about a plan. An **error** stops every write until it is accepted by its name
(`--accept CODE`, or in the wizard); a **warning** is shown wherever something is written; an **info** is a note.
`migrate-dhi findings CODE` shows one of them at the terminal. This page is made by `make docs`.

| code | severity | meaning | what to do | accepted by |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The text of the page."""
    rows = (
        (
            f"`{code.name}`",
            ", ".join(code.severities),
            code.meaning,
            code.remedy,
            "its name alone" if code.by_name else "its name, `all`" if code.stops else "",
        )
        for code in codes().values()
    )
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
