"""Which values put a pull secret into which pods, and in which shape the chart wants them.

Charts read the list of pull secrets as maps (``- name: x``) or as strings, about half and half, and some
read a single name. The wrong shape renders without a word (``name: map[name:x]``) and the pod never pulls.
So a marker is put into all candidates at once as a map; where it comes out garbled or the template fails,
again as a string.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from migrate_dhi.helm.candidates import references
from migrate_dhi.helm.manifests import Manifests, Object, Pod, strings, value_at
from migrate_dhi.helm.marking import aligned, lay, render_narrowing
from migrate_dhi.helm.pattern import ValuesPath
from migrate_dhi.helm.trial import Trials

Shape = Literal["maps", "strings", "single"]

_WORDS = re.compile(r"pull_?-?secrets?|registry_?-?secrets?|registrycredentials|regcred", re.IGNORECASE)
_FIRST = 71_000_001
_NUMBER = re.compile(r"migrate-dhi-(7\d{7})")


@dataclass(frozen=True)
class SecretValue:
    """A value that puts a pull secret into pods.

    ``pods`` are the pods that get it, themselves or through the service account that they name; ``value``
    is what the value holds now, dependency defaults included (None where it is unlisted).
    """

    path: ValuesPath
    shape: Shape
    pods: frozenset[str]
    value: Any = None
    listed: bool = True

    @property
    def is_global(self) -> bool:
        """True below ``global``."""
        return "global" in self.path[:-1]

    def with_secret(self, name: str) -> Any:
        """The value with one more secret: the old entries are kept, since Helm replaces lists."""
        if self.shape == "single":
            return name
        entry: Any = {"name": name} if self.shape == "maps" else name
        old = list(self.value) if isinstance(self.value, list) else []
        return [*old, entry]

    def __str__(self) -> str:
        return ".".join(map(str, self.path))


def pod_key(pod: Pod) -> str:
    """What names a pod spec in every render of the chart."""
    return f"{pod.object.identity}#{pod.object.identity.namespace}#{pod.object.identity.ordinal}"


def secrets_of(manifests: Manifests, pod: Pod) -> list[Any]:
    """The pull secrets of a pod as rendered: its own and those of the service account that it names."""
    account = manifests.service_account(pod)
    listed = account.data.get("imagePullSecrets") if account else None
    return [*pod.pull_secrets, *(listed if isinstance(listed, list) else [])]


def names_of(entries: Iterable[Any]) -> list[str]:
    """The names of well-formed entries."""
    return [e["name"] for e in entries if isinstance(e, dict) and isinstance(e.get("name"), str)]


def trace_pull_secrets(
    trials: Trials,
    texts: Mapping[str, str],
    before: Manifests,
    values: Mapping[str, Any],
    wanted: frozenset[str],
) -> list[SecretValue]:
    """Find the values that reach these pods (by ``pod_key``), until each pod is reached by one.

    Passes: listed values, then values that templates read and nothing lists, then values under ``global``.
    """
    found: dict[ValuesPath, SecretValue] = {}
    tracer = _Tracer(trials, texts, before, values, found)
    for group in _passes(values, lambda: trials.nodes):
        covered = frozenset[str]().union(*(value.pods for value in found.values()))
        if wanted <= covered:
            break
        tracer.run([path for path in group if path not in found])
    return list(found.values())


def _passes(values: Mapping[str, Any], nodes: Callable[[], Any]) -> Iterator[list[ValuesPath]]:
    listed = list(_listed(values))
    yield [path for path in listed if "global" not in path[:-1]]
    hidden = [p for p in references(nodes(), values, _WORDS) if p not in listed]
    yield [path for path in hidden if "global" not in path[:-1]]
    yield [path for path in listed if "global" in path[:-1] and path[0] == "global"]
    yield [path for path in [*listed, *hidden] if "global" in path[:-1]]


def _listed(values: Any, path: ValuesPath = ()) -> Iterator[ValuesPath]:
    """Values whose key speaks of pull secrets; of a map with such a key, its name and its lists."""
    if not isinstance(values, dict):
        return
    for key, value in values.items():
        here = (*path, key)
        if not _WORDS.search(str(key)):
            yield from _listed(value, here)
        elif isinstance(value, dict):
            for inner, content in value.items():
                if re.search(r"name|secrets?$", str(inner), re.IGNORECASE) and not isinstance(
                    content, bool | dict
                ):
                    yield (*here, inner)
        elif not isinstance(value, bool | int | float):
            yield here


class _Tracer:
    def __init__(
        self,
        trials: Trials,
        texts: Mapping[str, str],
        before: Manifests,
        values: Mapping[str, Any],
        found: dict[ValuesPath, SecretValue],
    ) -> None:
        self.trials = trials
        self.texts = texts
        self.before = before
        self.values = values
        self.found = found
        self.next = _FIRST

    def run(self, paths: Sequence[ValuesPath]) -> None:
        """Try the likeliest shape of each path, then the other ones for those that did not come out well."""
        pending = list(paths)
        for shape_index in range(2):
            if not pending:
                return
            shapes = {path: _shapes(path, value_at(self.values, path))[shape_index] for path in pending}
            self._mark(shapes)
            pending = [path for path in pending if path not in self.found]

    def _mark(self, shapes: Mapping[ValuesPath, Shape]) -> None:
        numbers = {path: self.next + index for index, path in enumerate(shapes)}
        self.next += len(shapes)
        trial = {
            path: SecretValue(path, shape, frozenset(), value_at(self.values, path)).with_secret(
                f"migrate-dhi-{numbers[path]}"
            )
            for path, shape in shapes.items()
        }
        by_number = {str(number): path for path, number in numbers.items()}

        def render(group: Sequence[ValuesPath]) -> Manifests:
            return self.trials.render(self.texts, lay({path: trial[path] for path in group}, self.values))

        for manifests, group in render_narrowing(list(shapes), render):
            self._read(manifests, by_number, shapes, set(group))

    def _read(
        self,
        after: Manifests,
        by_number: Mapping[str, ValuesPath],
        shapes: Mapping[ValuesPath, Shape],
        group: set[ValuesPath],
    ) -> None:
        reached: dict[ValuesPath, set[str]] = {}
        garbled: set[ValuesPath] = set()
        accounts: dict[str, set[ValuesPath]] = {}
        for old, new in aligned(self.before, after):
            for entry_owner, entries in _entries(new):
                for path, well in _markers(entries, by_number):
                    if not well:
                        garbled.add(path)
                    elif entry_owner == "account":
                        accounts.setdefault(new.identity.name, set()).add(path)
                    else:
                        reached.setdefault(path, set()).update(pod_key(pod) for pod in old.pods)
        for pod in after.pods if accounts else ():
            for path in accounts.get(pod.service_account, ()):
                reached.setdefault(path, set()).add(pod_key(pod))
        for path, pods in reached.items():
            if path not in garbled and path in group:
                value = value_at(self.values, path)
                listed = value_at(self.values, path[:-1]) is not None and path[-1] in value_at(
                    self.values, path[:-1]
                )
                self.found[path] = SecretValue(path, shapes[path], frozenset(pods), value, listed)


def _shapes(path: ValuesPath, value: Any) -> tuple[Shape, Shape]:
    """What to try first: entries decide, else the key's number."""
    if isinstance(value, list):
        strings_first = bool(value) and all(isinstance(entry, str) for entry in value)
        return ("strings", "maps") if strings_first else ("maps", "strings")
    key = str(path[-1]).lower()
    single = isinstance(value, str) or not key.endswith("s") or key.endswith("name")
    return ("single", "maps") if single else ("maps", "strings")


def _entries(item: Object) -> Iterator[tuple[str, Any]]:
    if item.kind == "ServiceAccount":
        yield "account", item.data.get("imagePullSecrets")
    for pod in item.pods:
        yield "pod", pod.spec.get("imagePullSecrets")


def _markers(entries: Any, by_number: Mapping[str, ValuesPath]) -> Iterator[tuple[ValuesPath, bool]]:
    """Each marker in a rendered list, and whether it stands there as Kubernetes wants it."""
    for entry in entries if isinstance(entries, list) else [entries]:
        for _, text in strings(entry):
            for match in _NUMBER.finditer(text):
                if match[1] in by_number:
                    yield by_number[match[1]], isinstance(entry, dict) and entry == {"name": match[0]}
