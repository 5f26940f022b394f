"""The answers of a cluster beside what the manifests say: whether what runs is what was planned."""

import json
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal

from migrate_dhi import redact
from migrate_dhi.audit.checks import Check
from migrate_dhi.audit.ground import Item, maps_at
from migrate_dhi.audit.kubectl import Kubectl, refusal
from migrate_dhi.kube.manifests import show_path, value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex

Verdict = Literal["as planned", "different", "not there", "not run", "answered"]
_MOST = 6
# Quantities that a server writes in another form.
_SAME = regex(r"(\d*\.?\d+)\.?([numkMGTPE]|[KMGTPE]i)?")
_UNITS = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


@record
class Checked:
    """A check with its answer: ``found`` says what it showed, each a sentence."""

    check: Check
    verdict: Verdict
    found: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer in the JSON of ``audit``."""
        return {**self.check.to_json(), "verdict": self.verdict, "found": list(self.found)}


def run_checks(checks: Sequence[Check], kubectl: Kubectl) -> tuple[Checked, ...]:
    """Run every check that only reads, and hold its answer against the plan."""
    return tuple(_run(check, kubectl) for check in checks)


def _run(check: Check, kubectl: Kubectl) -> Checked:
    if check.query:
        return Checked(check, "not run", ("a query for your monitoring",))
    why = refusal(check.words)
    if why:
        return Checked(check, "not run", (why,))
    data = check.item is not None or check.pods is not None
    answer = kubectl.ask((*check.words, "-o", "json") if data else check.words)
    if not answer.ok:
        missing = "NotFound" in answer.stderr or "not found" in answer.stderr
        return Checked(check, "not there" if missing else "not run", (redact.text(answer.stderr[:300]),))
    if check.complaints:
        return _of_log(check, answer.stdout)
    if not data:
        return Checked(check, "answered", tuple(_lines(answer.stdout, answer.stderr)))
    try:
        live = json.loads(answer.stdout)
    except ValueError:
        return Checked(check, "not run", ("the answer is no JSON",))
    found = (
        list(_of_pods(check.pods, check.count, live)) if check.pods else list(_of_object(check.item, live))
    )
    return Checked(check, "different" if found else "as planned", tuple(found[:_MOST]))


def _of_log(check: Check, text: str) -> Checked:
    """How often a log complains; its lines may hold anything and are not repeated."""
    found = []
    for complaint in check.complaints:
        count = sum(bool(re.search(complaint, line)) for line in text.splitlines())
        if count:
            found.append(f"{count} line{' holds' if count == 1 else 's hold'} {complaint}")
    return Checked(check, "different" if found else "as planned", tuple(found))


def _lines(text: str, beside: str) -> Iterator[str]:
    rows = (text or beside).splitlines()
    for row in rows[:_MOST]:
        yield redact.text(" ".join(row.split()))
    if len(rows) > _MOST:
        yield f"and {len(rows) - _MOST} more lines"


def _of_object(item: Item | None, live: Any) -> Iterator[str]:
    """Where an object of the cluster differs from what was rendered, and what its status complains of."""
    if item is None:
        return
    for path, wanted, there in _differences(item.data.get("spec"), value_at(live, ("spec",)), ("spec",)):
        hidden = redact.data({str(path[-1]): wanted}), redact.data({str(path[-1]): there})
        values = [json.dumps(next(iter(one.values())), default=str)[:80] for one in hidden]
        yield f"{show_path(path, item.data)} is {values[1]}, and {values[0]} in the manifests"
    replicas = value_at(item.data, ("spec", "replicas"))
    ready = value_at(live, ("status", "readyReplicas")) or 0
    if isinstance(replicas, int) and item.object.pods and ready != replicas:
        yield f"{ready} of {replicas} ready"
    phase = value_at(live, ("status", "phase"))
    if phase not in (None, "Bound", "Active"):
        yield f"its phase is {phase}"
    allowed = value_at(live, ("status", "disruptionsAllowed"))
    if allowed == 0:
        yield "no disruption is allowed now: a drain waits"


def _differences(
    wanted: Any, there: Any, path: tuple[Any, ...]
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """What was rendered and is otherwise there; what the server adds is no difference."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            inner = there.get(key) if isinstance(there, dict) else None
            yield from _differences(value, inner, (*path, key))
    elif isinstance(wanted, list):
        if not isinstance(there, list) or len(there) != len(wanted):
            if wanted or there:
                yield path, wanted, there
            return
        for index, value in enumerate(wanted):
            yield from _differences(value, there[index], (*path, index))
    elif wanted is not None and wanted != there and not _alike(wanted, there):
        yield path, wanted, there


def _alike(wanted: Any, there: Any) -> bool:
    """Whether two scalars are one to a server that defaults and normalises."""
    if there is None and wanted in ("", False, 0):
        return True
    one, other = _SAME.fullmatch(str(wanted)), _SAME.fullmatch(str(there))
    return bool(one and other and _amount(one) == _amount(other))


def _amount(found: re.Match[str]) -> Fraction:
    """The number that a quantity of Kubernetes is."""
    unit = found[2] or ""
    binary = unit.endswith("i")
    power = _UNITS[unit.rstrip("i").replace("K", "k")]
    return Fraction(found[1]) * Fraction(1024 if binary else 1000) ** power


def _of_pods(item: Item | None, count: int | None, live: Any) -> Iterator[str]:
    """Pods that are not ready, that restart, or that run other images than were rendered."""
    if item is None:
        return
    pods = maps_at(live, ("items",))
    if count is not None and len(pods) != count:
        yield f"{len(pods)} pods, and {count} in the manifests"
    images = {c.name: c.image for pod in item.object.pods for c in pod.containers}
    for pod in pods:
        name = value_at(pod, ("metadata", "name"))
        phase = value_at(pod, ("status", "phase"))
        if phase != "Running":
            yield f"{name} is {phase}"
        for container in maps_at(pod, ("spec", "containers")):
            planned = images.get(str(container.get("name")))
            if planned and planned != container.get("image"):
                yield f"{name} runs {container.get('image')}, and {planned} is in the manifests"
        for status in maps_at(pod, ("status", "containerStatuses")):
            waiting = value_at(status, ("state", "waiting", "reason"))
            if waiting:
                yield f"{name}: {status.get('name')} waits: {waiting}"
            elif not status.get("ready"):
                yield f"{name}: {status.get('name')} is not ready"
            if status.get("restartCount"):
                yield f"{name}: {status.get('name')} was restarted {status['restartCount']} times"
