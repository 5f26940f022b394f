"""The audit of one backend, and of all that were asked for, as data and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from migrate_dhi.audit.answers import Checked, run_checks
from migrate_dhi.audit.bystanders import Bystander, bystanders
from migrate_dhi.audit.checks import Check, checks
from migrate_dhi.audit.clients import Clients
from migrate_dhi.audit.contradictions import (
    of_asleep,
    of_authentication,
    of_secrets,
    of_unread_values,
)
from migrate_dhi.audit.databases import Allotment, Collision, Policy, allotments, collisions
from migrate_dhi.audit.ground import Ground, Unrendered
from migrate_dhi.audit.kubectl import Kubectl
from migrate_dhi.audit.operation import Statement, statements
from migrate_dhi.audit.places import Finder, Place
from migrate_dhi.audit.reach import Reach, reach
from migrate_dhi.audit.server import Server
from migrate_dhi.audit.services import Backend, backends
from migrate_dhi.audit.uses import Use
from migrate_dhi.dhi.playbook import Playbooks
from migrate_dhi.dhi.roles import Roles
from migrate_dhi.errors import UsageError
from migrate_dhi.findings import Finding
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record

SCHEMA = "migrate-dhi/audit/1"


@record
class BackendAudit:
    """Everything that is found of one backend."""

    backend: Backend
    auth: tuple[str, str]
    uses: tuple[Use, ...]
    bystanders: tuple[Bystander, ...]
    collisions: tuple[Collision, ...]
    allotments: tuple[Allotment, ...]
    reach: Reach
    operation: tuple[Statement, ...]
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    answers: tuple[Checked, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The backend in the JSON of ``audit``."""
        one = self.backend
        return {
            "service": one.id,
            "names": list(one.services),
            "role": one.role.name,
            "ports": list(one.ports),
            "release": one.item.release or None,
            "workloads": [str(item) for item in one.workloads],
            "images": list(one.images),
            "authentication": {"asked": self.auth[0], "reason": self.auth[1]},
            "clients": [_use(use) for use in self.uses],
            "others": [
                {"release": b.release, "reason": b.reason, **_place(b.place), "deployed": not b.asleep}
                for b in self.bystanders
            ],
            "databases": {
                "collisions": [
                    {
                        "database": c.database,
                        "risk": c.risk,
                        "reason": c.reason,
                        "clients": [u.who for u in c.uses],
                    }
                    for c in self.collisions
                ],
                "allocation": [
                    {
                        "client": a.use.who,
                        "release": a.use.release or None,
                        "component": a.use.component or None,
                        "now": a.now,
                        "proposed": a.proposed or None,
                    }
                    for a in self.allotments
                ],
            },
            "reach": {
                "policies": [str(item) for item in self.reach.policies],
                "not_read": [str(item) for item in self.reach.foreign],
                "open_to": self.reach.open_to,
                "clients": [{"client": use.who, "allowed": allowed} for use, allowed in self.reach.allowed],
                "proposal": self.reach.proposal or None,
            },
            "operation": [
                {"topic": s.topic, "verdict": s.verdict, "message": s.text, "object": s.object}
                for s in self.operation
            ],
            "findings": [finding.to_json() for finding in self.findings],
            "checks": [check.to_json() for check in self.checks],
            "answers": [answer.to_json() for answer in self.answers],
        }


@record
class Audit:
    """The audit of a repository: the backends that were asked for, and what could not be looked at.

    ``hidden`` are clients whose address stands in a Secret, ``elsewhere`` those of services that nothing here makes.
    """

    backends: tuple[BackendAudit, ...]
    hidden: tuple[Use, ...]
    elsewhere: tuple[Use, ...]
    unrendered: tuple[Unrendered, ...]
    looked_at: int
    objects: int

    def to_json(self) -> dict[str, Any]:
        """The JSON of ``audit``."""
        return {
            "schema": SCHEMA,
            "looked_at": {"releases": self.looked_at, "objects": self.objects},
            "backends": [one.to_json() for one in self.backends],
            "hidden": [_use(use) for use in self.hidden],
            "elsewhere": [_use(use) for use in self.elsewhere],
            "not_rendered": [one.to_json() for one in self.unrendered],
        }


def audit(
    ground: Ground,
    roles: Roles,
    playbooks: Playbooks,
    texts: Mapping[str, str],
    service: str = "",
    policy: Policy | None = None,
) -> Audit:
    """Audit a service, a release's services, or all whose image has a hardened counterpart.

    Args:
        ground: what the repository deploys.
        roles: what tells a backend and its clients.
        playbooks: which images have a counterpart.
        texts: file of the repository → its text, for the lines of manifests.
        service: ``namespace/name`` of a Service or of a release; empty for all.
        policy: which databases may be given.

    Raises:
        UsageError: there is no such service, with what there is.
    """
    every = backends(ground, roles)
    clients = Clients(ground, roles, every, Finder(ground, texts))
    chosen = (
        [one for one in every if _is_meant(one, service)] if service else _default(every, playbooks, clients)
    )
    if service and not chosen:
        known = ", ".join(sorted(one.id for one in every if one.role.database_kind != "none")) or "none"
        raise UsageError(
            f"no service or release {service} is among the backends here", help=f"the services here: {known}"
        )
    roles_asked = {one.role.name for one in chosen}
    uses = [
        use
        for use in clients.uses
        if use.role.database_kind != "none" and (not service or use.role.name in roles_asked)
    ]
    auditor = _Auditor(clients, playbooks, policy, alone=len(chosen) == 1)
    return Audit(
        tuple(auditor.of(one) for one in chosen),
        tuple(use for use in uses if use.address is None),
        tuple(use for use in uses if use.address and not clients.backend(use.address)),
        ground.unrendered,
        len(ground.rendered),
        len(ground.items),
    )


def _is_meant(one: Backend, service: str) -> bool:
    names = {f"{one.namespace}/{name}" for name in one.services}
    return service in names or service in {one.item.release, *(item.release for item in one.workloads)}


def _default(every: Sequence[Backend], playbooks: Playbooks, clients: Clients) -> list[Backend]:
    """The backends whose image a playbook knows; of HTTP those with clients, since every service of metrics is one."""
    known = [one for one in every if _is_known(one, playbooks)]
    used = {found.id for use in clients.uses if (found := clients.backend(use.address))}
    return [one for one in known if one.role.database_kind != "none" or one.id in used]


def _is_known(one: Backend, playbooks: Playbooks) -> bool:
    if one.operator:
        return True
    references = [reference for image in one.images if (reference := Reference.try_parse(image))]
    return any(
        playbooks.match(reference) or playbooks.for_target(reference.repository.rpartition("/")[2])
        for reference in references
    )


class _Auditor:
    """Audits one backend after the other; what is found of a release is found once for each role."""

    def __init__(self, clients: Clients, playbooks: Playbooks, policy: Policy | None, *, alone: bool) -> None:
        self._clients = clients
        self._playbooks = playbooks
        self._policy = policy
        self._alone = alone
        self._unread: dict[tuple[str, str], tuple[Finding, ...]] = {}

    def of(self, one: Backend) -> BackendAudit:
        """Everything of one backend."""
        clients, ground = self._clients, self._clients.ground
        uses = tuple(use for use in clients.uses if clients.backend(use.address) == one)
        server = Server(ground, one, clients.readers)
        found = [*of_authentication(server, uses)]
        workloads = (*(item for use in uses for item in use.workloads), *one.workloads)
        found += of_secrets(ground, clients.readers, workloads, clients.roles)
        beside = tuple(bystanders(clients, one, alone=self._alone))
        for release in dict.fromkeys((*(use.release for use in uses), *(b.release for b in beside))):
            found += self._unread_of(release, one)
        found += of_asleep(uses, found)
        return BackendAudit(
            one,
            server.auth,
            uses,
            beside,
            collisions(uses),
            allotments(one, uses, self._policy),
            reach(ground, one, uses),
            statements(ground, server, uses, self._playbooks),
            tuple(dict.fromkeys(found)),
            checks(ground, one, uses),
        )

    def _unread_of(self, release: str, one: Backend) -> tuple[Finding, ...]:
        rendered = self._clients.ground.by_id.get(release)
        # Every release is a client of some web service: there it is told where one service is asked for.
        if rendered is None or (one.role.database_kind == "none" and not self._alone):
            return ()
        key = (release, one.role.name)
        if key not in self._unread:
            self._unread[key] = tuple(of_unread_values(rendered, one.role))
        return self._unread[key]


def _use(use: Use) -> dict[str, Any]:
    return {
        "client": use.who,
        "namespace": use.item.namespace,
        "release": use.release or None,
        "component": use.component or None,
        "deployed": not use.asleep,
        "not_deployed_because": use.asleep or None,
        "role": use.role.name,
        "host": use.host or None,
        "service": f"{use.address.namespace}/{use.address.name}" if use.address else None,
        "service_known": bool(use.address and use.address.known),
        "pod": (use.address.pod or None) if use.address else None,
        "port": use.port,
        "database": use.database or None,
        "database_written": use.said,
        "authentication": use.auth,
        "user": use.user,
        "tls": use.tls,
        "secrets": [str(secret) for secret in use.secrets],
        "evidence": "values" if use.item.kind == "Values" else "render" if use.release else "manifest",
        "object": str(use.item),
        "workloads": sorted({f"{item.namespace}/{item}" for item in use.workloads}),
        **_place(use.place),
        "also": [_place(place) for place in use.more],
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line or None, "path": place.path}


def asked(found: Audit, kubectl: Kubectl) -> Audit:
    """The audit with the cluster's answers to its checks."""
    return replace(
        found, backends=tuple(replace(one, answers=run_checks(one.checks, kubectl)) for one in found.backends)
    )
