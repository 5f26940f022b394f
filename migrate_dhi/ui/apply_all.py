"""``--yes --all``: every release planned side by side, and a branch written for each, or for several together."""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate_dhi.errors import MigrateDhiError, RepositoryError, UnknownImageError, WriteError
from migrate_dhi.findings import Finding
from migrate_dhi.git.repository import Repository
from migrate_dhi.migration.choices import check_wished
from migrate_dhi.migration.groups import groups_of
from migrate_dhi.migration.many import Begin, Branch, Bundle, Per, Told, bundles_of, part_of, texts_of
from migrate_dhi.migration.options import Options
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.pullsecret_names import wanted_secrets
from migrate_dhi.migration.scanning import Ground, sharing
from migrate_dhi.migration.workers import in_order, run, worker_count
from migrate_dhi.regex import regex
from migrate_dhi.ui import console
from migrate_dhi.ui.lines import BLANK, Line, Look, Span, heading, one_line
from migrate_dhi.ui.many_flags import shard_of
from migrate_dhi.ui.markdown import plan_markdown
from migrate_dhi.ui.outcome_text import kept_lines, labelled_command, secret_lines
from migrate_dhi.ui.plan_text import revision_words
from migrate_dhi.ui.process import told as told_of
from migrate_dhi.ui.remarks_text import told_lines
from migrate_dhi.ui.scan_run import Progress, ground_of, lies_in, of_repository
from migrate_dhi.wording import counted, some_of

_WORST = (3, 1, 4, 2, 5, 0)
_ODD = regex(r"[^\w.+-]+")


def write_all(paths: Sequence[str], flags: Mapping[str, Any]) -> int:
    """Plan and write; 5 where a release asks or is blocked, 4 where one cannot be planned, 1 where a write failed.

    What one of them stops does not stop the others: each branch that holds is written, as soon as it is its turn.

    Raises RepositoryError outside Git or before the first commit, and what is wrong in the flags.
    """
    ground, inside = ground_of([Path(path) for path in paths], flags, branch=True)
    if not ground.commit:
        raise RepositoryError(
            "there is no commit here yet", where=str(ground.root), help="commit the charts first"
        )
    repository = Repository(ground.root)
    per: Per = flags["branch_per"]
    chosen = [
        group for group in groups_of(ground.estate) if any(lies_in(one, inside) for one in group.releases)
    ]
    bundles = part_of(bundles_of(chosen, per, flags["branch"]), *shard_of(flags["shard"]))
    done: list[Branch] = []
    interrupted = False
    try:
        with closing(branches_of(bundles, ground)) as branches:
            for branch in branches:
                done.append(written(branch, repository, ground.options))  # noqa: PERF401 - Ctrl-C keeps those before
    except KeyboardInterrupt:
        interrupted = True
    besides = () if interrupted else beside(done, ground)
    console.show_lines(summary_lines(console.look(), done, besides, left=len(bundles) - len(done)))
    if not interrupted:
        console.show_lines(unused_lines(console.look(), ground.options, done))
    if flags["write_texts"]:
        write_texts(flags["write_texts"], done)
    return 130 if interrupted else worst_of(done)


def beside(branches: Sequence[Branch], ground: Ground) -> tuple[Finding, ...]:
    """What is to be done in the repository before these branches are merged, and what no plan has told."""
    told = [one for branch in branches for one in branch.told]
    codes = {finding.code for one in told if one.plan for finding in one.plan.findings}
    written = [entry for one in told if one.commits for entry in one.entries]
    others = [entry for one in told if not one.commits for entry in one.entries]
    try:
        found = of_repository(ground, written, others) if written else ()
    except MigrateDhiError as error:
        # The branches are written: what they lack may not hide that.
        console.print_note(f"the repository as a whole was not looked at: {error.message}")
        return ()
    return tuple(one for one in found if one.severity != "info" and one.code not in codes)


def unused_lines(look: Look, options: Options, done: Sequence[Branch]) -> list[Line]:
    """A flag that names an image which none of the plans has; each branch was written before that was known."""
    told = [one for branch in done for one in branch.told]
    try:
        if all(one.plan for one in told):
            images = [image for one in told if one.plan for image in one.plan.images]
            check_wished(options.wishes, images, "no release that was planned")
    except UnknownImageError as error:
        return [BLANK, *look.wrap((Span(f"{look.glyphs.warn} ", "warn"),), [Span(error.message)], hang=2)]
    return []


def branches_of(bundles: Sequence[Bundle], ground: Ground) -> Generator[Branch, None, None]:
    """What may be written of each bundle, in their order, planned side by side with progress.

    Whoever takes them all writes them or lets them go; where that is broken off nothing is held any more.
    """
    progress = Progress(len(bundles))
    taken = 0
    try:
        with sharing(ground) as shared:
            outcomes = run(Begin(shared), bundles, workers=worker_count(len(bundles)), told=told_of)
            with closing(outcomes):
                for outcome in in_order(outcomes):
                    bundle = bundles[outcome.number]
                    error = outcome.error
                    taken += 1
                    yield outcome.result or Branch(
                        bundle.branch, tuple(Told(group, error=error) for group in bundle.groups)
                    )
                    progress.show(taken, bundle.groups[0].names)
    except BaseException:
        let_go([bundle.branch for bundle in bundles], ground)
        raise
    finally:
        console.progress("")


def let_go(names: Iterable[str], ground: Ground) -> None:
    """Hold no commits any more for branches of these names that are not written."""
    for name in names:
        if name:
            Repository(ground.root).let_go(name)


def written(branch: Branch, repository: Repository, options: Options) -> Branch:
    """Write it; of one that cannot be written the error is in what is told of it."""
    try:
        return branch.write(repository, options)
    except MigrateDhiError as error:
        return Branch(branch.name, tuple(replace(one, error=error, commits=()) for one in branch.told))


def worst_of(branches: Sequence[Branch]) -> int:
    """The exit code for all of them: that of the gravest."""
    return min((code_of(one) for branch in branches for one in branch.told), key=_WORST.index, default=0)


def code_of(one: Told) -> int:
    """The exit code that a group alone would bring."""
    if one.error:
        return one.error.exit_code
    return 5 if one.plan and one.plan.status == "blocked" else 0


def summary_lines(
    look: Look, branches: Sequence[Branch], besides: Sequence[Finding] = (), *, left: int = 0
) -> list[Line]:
    """The branches that were written, what stands in the way of the others, the totals, and what was found."""
    written = [branch for branch in branches if any(one.commits for one in branch.told)]
    failed = [one for branch in branches for one in branch.told if one.error]
    idle = [one for branch in branches for one in branch.told if not one.error and not one.commits]
    lines: list[Line] = []
    if written:
        lines += [(Span(f"Written ({len(written)})", "good"),)]
        for branch in written:
            some = [one.group.argument for one in branch.told if one.commits]
            count = sum(len(one.commits) for one in branch.told)
            lines += look.wrap(
                (Span("  "), Span(branch.name, "name"), Span("  ")),
                [Span(f"{counted(count, 'commit')}:"), Span(", ".join(some), "faint")],
                hang=6,
            )
    if failed:
        lines += [*([BLANK] if lines else []), (Span(f"Not written ({len(failed)})", "bad"),)]
        for one in failed:
            message = one_line(str(one.error)) if one.error else ""
            way = (
                [Span(look.glyphs.arrow, "faint"), Span(one_line(one.error.help), "faint")]
                if one.error
                else []
            )
            lines += look.wrap(
                (Span("  "), Span(one.group.argument, "name"), Span("  ")), [Span(message), *way], hang=6
            )
    names = ", ".join(one.group.argument for one in idle)
    if idle:
        lines += [*([BLANK] if lines else []), (Span(f"Nothing to do ({len(idle)})", "faint"),)]
        lines += look.wrap((Span("  "),), [Span(names, "faint")], hang=2)
    total = (
        f"{counted(len(written), 'branch', 'es')} written, {len(failed)} not, {len(idle)} with nothing to do."
    )
    lines += [*([BLANK] if lines else []), (Span(total, "title"),)]
    if left:
        lines.append((Span(f"Interrupted: {left} were not begun or not finished.", "warn"),))
    plans = [plan for branch in written for plan in texts_of(branch)]
    return [*lines, *_found_lines(look, plans, besides), *_next_lines(look, written, plans)]


def _found_lines(look: Look, plans: Sequence[Plan], besides: Sequence[Finding]) -> list[Line]:
    """What the plans of all branches found, as it is told of one: equal findings once; and of the repository."""
    lines = kept_lines(look, plans, "each branch") if plans else []
    accepted = frozenset(code for plan in plans for code in plan.accepted)
    return lines + told_lines(
        look, [*(finding for plan in plans for finding in plan.findings), *besides], accepted
    )


def _next_lines(look: Look, written: Sequence[Branch], plans: Sequence[Plan]) -> list[Line]:
    lines = heading("Next") if written else []
    secrets = list(dict.fromkeys(pair for plan in plans for pair in wanted_secrets(plan)))
    lines += secret_lines(look, secrets)
    if written:
        base = revision_words(plans[0].base) if plans else "HEAD"
        lines += labelled_command(
            look, "review", ["git", "log", "--reverse", "-p", f"{base}..{written[0].name}"]
        )
        lines += labelled_command(look, "push", ["git", "push", "origin", "refs/heads/dhi/*"])
        lines += labelled_command(look, "take back", ["migrate-dhi", "rollback", written[0].name])
    return lines


def write_texts(folder: Path, branches: Sequence[Branch]) -> None:
    """A file of Markdown for the pull request of each branch, and ``index.json``; raises WriteError."""
    index = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for branch in branches:
            plans = list(texts_of(branch))
            if not plans:
                continue
            file = f"{_ODD.sub('-', branch.name)}.md"
            (folder / file).write_text("\n".join(map(plan_markdown, plans)), encoding="utf-8")
            index.append(
                {"branch": branch.name, "title": _title(branch), "body": file, "releases": list(_ids(branch))}
            )
        (folder / "index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise WriteError(
            f"the texts cannot be written: {error.strerror}",
            where=str(folder),
            help="name another folder",
            state="the branches are written",
        ) from error


def _title(branch: Branch) -> str:
    return f"Move {some_of((plan.title for plan in texts_of(branch)), 1)} to Docker Hardened Images"


def _ids(branch: Branch) -> Iterator[str]:
    return (release.id for one in branch.told if one.commits for release in one.group.releases)
