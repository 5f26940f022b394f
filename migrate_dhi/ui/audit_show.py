"""Runs the audit that the command asks for, and shows it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from migrate_dhi.audit.databases import Policy, read_policy
from migrate_dhi.audit.kubectl import Kubectl
from migrate_dhi.audit.report import asked, audit
from migrate_dhi.dhi.playbook import load_playbooks
from migrate_dhi.dhi.roles import load_roles
from migrate_dhi.errors import UsageError
from migrate_dhi.helm.store import user_cache
from migrate_dhi.migration.database_edits import database_edits
from migrate_dhi.migration.ground import Surveyor
from migrate_dhi.migration.known import playbook_folders
from migrate_dhi.migration.options import Options
from migrate_dhi.ui import console
from migrate_dhi.ui.audit_lines import audit_lines, edits_lines
from migrate_dhi.ui.audit_markdown import audit_markdown, edits_markdown
from migrate_dhi.ui.flags import folders_of

_POLICY = ".migrate-dhi/databases.yaml"


def show_audit(service: str, form: str, flags: Mapping[str, Any]) -> int:
    """Audit a service, or all, in the repository here; returns the exit code."""
    options = Options(
        offline=flags["offline"],
        chart_dirs=folders_of(flags["chart_dir"]),
        repo_urls=flags["repo_url"],
        kube_version=flags["kube_version"],
        api_versions=flags["api_versions"],
        cache=user_cache(),
        progress=console.progress,
    )
    surveyor = Surveyor(Path.cwd(), flags["base"], options)
    root = surveyor.repository.root
    kubectl = _kubectl(flags)
    folders = playbook_folders(surveyor.repository, flags["playbooks"])
    roles, playbooks = load_roles(folders), load_playbooks(folders)
    policy = _policy(flags["policy"], root)
    with surveyor as ground:
        found = audit(ground, roles, playbooks, _Texts(surveyor), service, policy)
        edits = {
            one.backend.id: database_edits(ground, roles, one)
            for one in found.backends
            if flags["edits"] and one.allotments
        }
    if kubectl:
        console.progress(f"asking {kubectl.context}")
        found = asked(found, kubectl)
        console.progress("")
    if form == "json":
        data = found.to_json()
        for one in data["backends"]:
            if one["service"] in edits:
                one["databases"]["edits"] = edits[one["service"]].to_json()
        console.print_json(data)
    elif form == "markdown":
        console.print_text(audit_markdown(found) + "".join(edits_markdown(one) for one in edits.values()))
    else:
        console.show_lines(audit_lines(console.look(), found))
        for name, made in edits.items():
            console.show_lines(edits_lines(console.look(), name, made))
    return 0


def _kubectl(flags: Mapping[str, Any]) -> Kubectl | None:
    if flags["run_checks"]:
        return Kubectl(flags["context"], flags["kubectl"])
    if flags["context"]:
        raise UsageError("--context belongs to --run-checks", help="add --run-checks")
    return None


def _policy(named: Path | None, root: Path) -> Policy | None:
    file = named or root / _POLICY
    return read_policy(file) if named or file.is_file() else None


class _Texts(Mapping[str, str]):
    """The texts of a repository's files, read when they are asked for."""

    def __init__(self, surveyor: Surveyor) -> None:
        self._surveyor = surveyor

    def __getitem__(self, path: str) -> str:
        text = self._surveyor.files.text(path)
        if text is None:
            raise KeyError(path)
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._surveyor.files.paths)

    def __len__(self) -> int:
        return len(self._surveyor.files.paths)
