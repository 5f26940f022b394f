"""Which values put a pull secret into which pods, and in which shape the chart wants them.

Charts read the list of pull secrets as maps (``- name: x``) or as strings, about half and half, and some
read a single name. The wrong shape renders without a word (``name: map[name:x]``) and the pod never pulls.
So a marker is put into all candidates at once as a map; where it comes out garbled or the template fails,
again as a string.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any, Literal

from migrate_dhi.edit import ValuesPath
from migrate_dhi.helm.renderer import Renderer
from migrate_dhi.helm.tree import off_by
from migrate_dhi.kube.manifests import Identity, Manifests, Object, Pod, is_builtin, strings, value_at
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.trace.fragments import maps_like
from migrate_dhi.trace.guarded import near
from migrate_dhi.trace.literals import Landing
from migrate_dhi.trace.marking import aligned, apart, lay, render_narrowing
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.unlisted import lifted, neighbours, references
from migrate_dhi.untyped import children, sequence

Shape = Literal["maps", "strings", "single"]

_WORDS = regex(r"pull_?-?secrets?|registry_?-?secrets?|registrycredentials|regcred", re.IGNORECASE)
LIST_KEYS = frozenset({"imagePullSecrets", "pullSecrets"})
_FIRST = 71_000_001
# The passes before those with switches, which try once more what was tried.
_PLAIN_PASSES = 4
_NUMBER = regex(r"migrate-dhi-(7\d{7})")
_GARBLED = regex(r"map\[name:migrate-dhi-(7\d{7})")


@record
class SecretValue:
    """A value that puts a pull secret into pods.

    ``pods`` are the pods that get it, themselves or through the service account that they name; ``value``
    is what the value holds now, dependency defaults included (None where it is unlisted). ``switches`` are
    booleans, false now, without which the templates do not read it. ``release`` names the release whose value
    it is, where several are planned together; ``source`` is that of a :class:`Variable`.
    """

    path: ValuesPath
    shape: Shape
    pods: frozenset[str]
    value: Any = None
    listed: bool = True
    switches: tuple[ValuesPath, ...] = ()
    release: str = ""
    source: str = "values"

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
        return str(Variable(self.path, self.source))


def pod_key(pod: Pod) -> str:
    """What names a pod spec in every render of the chart."""
    item = pod.object.identity
    return "#".join(map(str, (item, item.namespace, item.ordinal, *pod.path)))


def secrets_of(manifests: Manifests, pod: Pod) -> list[Any]:
    """The pull secrets that a pod pulls with, as rendered: its own, else those of the service account it names.

    Kubernetes adds those of the service account only to a pod that lists none (admission plugin ServiceAccount).
    """
    if pod.pull_secrets:
        return pod.pull_secrets
    account = manifests.service_account(pod)
    return sequence(account.data.get("imagePullSecrets")) if account else []


def names_of(entries: Iterable[Any]) -> list[str]:
    """The names of well-formed entries."""
    return [e["name"] for e in entries if isinstance(e, dict) and isinstance(e.get("name"), str)]


class SecretTracer:
    """Finds the values that put pull secrets into pods; keeps what it learns from render to render.

    ``before`` is the render of the texts, with merged values.
    """

    def __init__(self, renderer: Renderer, texts: Mapping[str, str], before: Manifests) -> None:
        self.renderer = renderer
        self.texts = texts
        self.before = before
        self.values = before.values
        self.found: dict[ValuesPath, SecretValue] = {}
        # Values with which the chart did not render, in the shape that was tried last.
        self.refused: dict[ValuesPath, SecretValue] = {}
        # Values that come out in the lists of custom resources, by the names of those.
        self.resources: dict[ValuesPath, SecretValue] = {}
        self._shapes: dict[ValuesPath, list[Shape]] = {}
        # Values whose markers came out nowhere; and what is asked for when all else was tried.
        self._silent: set[ValuesPath] = set()
        self._postponed: dict[ValuesPath, None] = {}
        self._last = False
        self._next = _FIRST
        self._numbers: dict[str, tuple[ValuesPath, Shape]] = {}

    def listed(self) -> list[ValuesPath]:
        """The listed values outside ``global``: what a first render should mark."""
        listed = [path for path in self._listed if "global" not in path[:-1]]
        nodes = self.renderer.nodes if listed else ()
        return list(dict.fromkeys(lifted(path, nodes) for path in listed))

    def find(self, wanted: frozenset[str], holders: Iterable[ValuesPath] = ()) -> list[SecretValue]:
        """Render with markers until a value is known for each wanted pod (by ``pod_key``), or none is left.

        Listed values come first, then values that templates read and nothing lists, then ``global``, last what
        may stand around the maps that hold the values of an image (``holders``).
        """
        for group, switches in self._passes(holders):
            for _ in range(3):
                if wanted <= frozenset[str]().union(*(value.pods for value in self.found.values())):
                    return list(self.found.values())
                self._try(group, switches)
        return list(self.found.values())

    def find_for(self, item: Object) -> list[SecretValue]:
        """The values that put a pull secret into a list of a custom resource."""
        for group, switches in self._passes(()):
            for _ in range(3):
                found = [value for value in self.resources.values() if str(item.identity) in value.pods]
                if found:
                    return found
                self._try(group, switches)
        return [value for value in self.resources.values() if str(item.identity) in value.pods]

    def marks(self, paths: Iterable[ValuesPath]) -> dict[ValuesPath, Any]:
        """A value with a marker for each path that is not known yet, in the likeliest shape not tried yet."""
        wanted = self._open(paths)
        marked = self._marked(wanted)
        for path in wanted:
            self._numbers[str(self._next)] = (path, self._shapes[path].pop(0))
            self._next += 1
        return marked

    def _marked(self, wanted: Iterable[ValuesPath]) -> dict[ValuesPath, Any]:
        """The value of each with the marker that it gets next."""
        return {
            path: SecretValue(
                path, self._shapes[path][0], frozenset(), value_at(self.values, path)
            ).with_secret(f"migrate-dhi-{number}")
            for number, path in enumerate(wanted, self._next)
        }

    def begin(self, item: Object) -> None:
        """Have rendered what :meth:`find_for` will look at first, if it will at all."""
        if any(str(item.identity) in value.pods for value in self.resources.values()):
            return
        for group, _ in islice(self._passes(()), _PLAIN_PASSES):
            wanted = self._open(group)
            if not self._is_silent(wanted):
                marks = self._marked(wanted)
                some = {path: marks[path] for path in next(apart(marks))}
                self.renderer.begin(self.texts, lay(some, self.values))
                return

    def _open(self, paths: Iterable[ValuesPath]) -> list[ValuesPath]:
        """Those that are not known yet, and have a shape that was not tried."""
        for path in paths:
            self._shapes.setdefault(path, list(_shapes(path, value_at(self.values, path))))
        return [path for path in dict.fromkeys(paths) if self._shapes[path] and path not in self.found]

    def _try(self, group: Iterable[ValuesPath], switches: tuple[ValuesPath, ...]) -> None:
        """One render with the values of a group; at the end of all, where hardly anything reads one of them."""
        wanted = self._open(list(group))
        if self._is_silent(wanted) and not switches and not self._last:
            self._postponed |= dict.fromkeys(wanted)
        else:
            self._render(self.marks(wanted), switches)

    @cached_property
    def _listed(self) -> list[ValuesPath]:
        return list(_listed(self.values))

    def _is_silent(self, wanted: Iterable[ValuesPath]) -> bool:
        """Whether hardly anything reads one of them."""
        off = self._left_out
        return all(p in self._silent or any(p[: len(one)] == one for one in off) for p in wanted)

    @cached_property
    def _hidden(self) -> list[ValuesPath]:
        """Values that templates read and nothing lists."""
        named = references(self.renderer.nodes, self.values, _WORDS)
        return [path for path in named if path not in self._listed]

    @cached_property
    def _left_out(self) -> list[tuple[str, ...]]:
        """The values of what Helm leaves out; the templates of another chart may read them all the same."""
        return [node.prefix for node in self.renderer.nodes if off_by(self.values, node)]

    def read(self, after: Manifests, paths: Iterable[ValuesPath]) -> None:
        """Learn from a render in which these values were marked."""
        reached: dict[tuple[ValuesPath, Shape], set[str]] = {}
        resources: dict[tuple[ValuesPath, Shape], set[str]] = {}
        garbled: set[tuple[ValuesPath, Shape]] = set()
        accounts: dict[Identity, set[tuple[ValuesPath, Shape]]] = {}
        heard: set[ValuesPath] = set()
        for text in after.files.values():
            # A map where a template joins names: map[name:…]
            garbled |= {self._numbers[number] for number in _GARBLED.findall(text) if number in self._numbers}
            heard |= {self._numbers[number][0] for number in _NUMBER.findall(text) if number in self._numbers}
        self._silent = (self._silent | set(paths)) - heard
        for old, new in aligned(self.before, after):
            for owner, entries in _entries(new):
                marked = list(self._markers(entries, owner))
                garbled |= {key for key, well in marked if not well}
                for key in (key for key, well in marked if well):
                    if owner == "account":
                        accounts.setdefault(new.identity, set()).add(key)
                    elif owner == "resource":
                        resources.setdefault(key, set()).add(str(old.identity))
                    else:
                        reached.setdefault(key, set()).update(pod_key(pod) for pod in old.pods)
        listing = {pod_key(pod) for pod in self.before.pods if pod.pull_secrets} if accounts else set()
        for pod in after.pods if accounts else ():
            account = after.service_account(pod) if pod_key(pod) not in listing else None
            for key in accounts.get(account.identity, ()) if account else ():
                reached.setdefault(key, set()).add(pod_key(pod))
        for into, reach in ((self.found, reached), (self.resources, resources)):
            for (path, shape), names in reach.items():
                if (path, shape) not in garbled:
                    into[path] = self._value(path, shape, names)

    def _value(self, path: ValuesPath, shape: Shape, names: Iterable[str]) -> SecretValue:
        holder = value_at(self.values, path[:-1])
        listed = isinstance(holder, dict) and path[-1] in holder
        value = value_at(self.values, path)
        return SecretValue(path, shape, frozenset(names), value, listed, (), self.renderer.label)

    def _passes(
        self, holders: Iterable[ValuesPath]
    ) -> Iterator[tuple[Iterable[ValuesPath], tuple[ValuesPath, ...]]]:
        self._last = False
        listed = self._listed
        yield self.listed(), ()
        hidden = self._hidden
        # Those of a library chart itself, where what is set for its caller does not come out.
        beneath = [path for path in listed if lifted(path, self.renderer.nodes) != path]
        yield [path for path in [*hidden, *beneath] if "global" not in path[:-1]], ()
        yield [path for path in listed if "global" in path[:-1] and path[0] == "global"], ()
        yield [path for path in [*listed, *hidden] if "global" in path[:-1]], ()
        beside = list(near(self.renderer.nodes, self.values, "imagePullSecrets"))
        for paths, switches in beside:
            if switches:
                for path in paths:
                    # What was tried with the switch off was not read at all.
                    self._shapes.pop(path, None)
                yield paths, switches
        # Under any name: what templates read there, and what the whole pod is made of.
        yield [path for paths, switches in beside for path in paths if not switches], ()
        pods = (pod.spec for pod in self.before.pods)
        yield [(*path, "imagePullSecrets") for path in maps_like(self.values, pods)], ()
        yield neighbours(self.values, self.renderer.nodes, holders, _WORDS), ()
        self._last = True
        yield list(self._postponed), ()

    def _render(self, marks: Mapping[ValuesPath, Any], switches: tuple[ValuesPath, ...]) -> None:
        on = dict.fromkeys(switches, True)

        def render(group: Sequence[ValuesPath]) -> Manifests:
            return self.renderer.render(
                self.texts, lay({**on, **{path: marks[path] for path in group}}, self.values)
            )

        numbers = {path: number for number, (path, _) in self._numbers.items() if path in marks}

        def refuse(path: ValuesPath) -> None:
            shape = self._numbers[numbers[path]][1]
            self.refused[path] = SecretValue(
                path, shape, frozenset(), value_at(self.values, path), release=self.renderer.label
            )

        for some in apart(marks):
            marked = render_narrowing(some, render, sign=lambda path: numbers[path], refuse=refuse)
            for manifests, group in marked:
                self.read(manifests, group)
                for path in group:
                    if switches and path in self.found:
                        self.found[path] = replace(self.found[path], switches=switches)

    def _markers(self, entries: Any, owner: str) -> Iterator[tuple[tuple[ValuesPath, Shape], bool]]:
        """Each marker in a rendered list, and whether it stands there as Kubernetes wants it, or its operator."""
        # One map in the place of the list is refused.
        well = isinstance(entries, list)
        listed = entries if well else [entries]
        others = [entry for entry in listed if not any(_NUMBER.search(text) for _, text in strings(entry))]
        names = owner == "resource" and lists_names(others)
        for entry in listed:
            for _, text in strings(entry):
                for match in _NUMBER.finditer(text):
                    if match[1] in self._numbers:
                        right = well and entry == (match[0] if names else {"name": match[0]})
                        yield self._numbers[match[1]], right


def fixed_lists(landings: Iterable[Landing], manifests: Manifests) -> list[SecretValue]:
    """The pods of the chart's own templates that list no pull secret, or literal ones: where one can be written."""
    found: dict[ValuesPath, SecretValue] = {}
    for landing in landings:
        for pod in manifests.pods:
            if landing.is_at(pod.path, pod.object, manifests):
                path = landing.variable.path
                known = found.get(path)
                pods = (known.pods if known else frozenset()) | {pod_key(pod)}
                listed = known.value if known else pod.pull_secrets
                found[path] = SecretValue(path, "maps", pods, listed, source="template")
    return list(found.values())


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


def _shapes(path: ValuesPath, value: Any) -> tuple[Shape, ...]:
    """What to try first: entries decide, else the key's number."""
    if isinstance(value, list):
        strings_first = bool(value) and all(isinstance(entry, str) for entry in value)
        return ("strings", "maps") if strings_first else ("maps", "strings")
    key = str(path[-1]).lower()
    single = isinstance(value, str) or not key.endswith("s") or key.endswith("name")
    return ("single", "maps") if single else ("maps", "strings", "single")


def _entries(item: Object) -> Iterator[tuple[str, Any]]:
    if item.kind == "ServiceAccount":
        yield "account", item.data.get("imagePullSecrets")
    for pod in item.pods:
        yield "pod", pod.spec.get("imagePullSecrets")
    if not is_builtin(item.identity.api):
        yield from (("resource", value_at(item.data, place)) for place in lists_of(item.data))


def lists_names(entries: Any) -> bool:
    """True for a list of pull secrets by their names alone, as some operators want it; an empty one is none."""
    return isinstance(entries, list) and bool(entries) and all(isinstance(entry, str) for entry in entries)


def lists_of(data: Any, path: ValuesPath = ()) -> Iterator[ValuesPath]:
    """The places of lists of pull secrets in a custom resource or in values, empty ones too."""
    for step, value in children(data):
        if step in LIST_KEYS and isinstance(value, list | None):
            yield (*path, step)
        else:
            yield from lists_of(value, (*path, step))
