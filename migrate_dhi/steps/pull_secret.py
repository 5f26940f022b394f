"""Give every pod with a hardened image the pull secret.

``imagePullSecrets: []`` → ``imagePullSecrets: [kubernetes-dhi]`` or ``[{name: kubernetes-dhi}]``, in the
shape that the chart renders correctly; secrets that were listed stay listed. Only the name is written.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from textwrap import dedent
from typing import Any

from migrate_dhi.edit import Set
from migrate_dhi.findings import Finding
from migrate_dhi.kube.compare import ABSENT, Change, differences
from migrate_dhi.kube.documents import structure
from migrate_dhi.kube.manifests import OF, Manifests, Path, Pod, value_at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.steps.context import Context
from migrate_dhi.steps.derived import follows
from migrate_dhi.steps.secret_lists import begin, of_resources, operator_needs, resources_of, setting_needs
from migrate_dhi.steps.step import Goal, Goals, Proposal, Reach, Result
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.pull_secrets import SecretValue, fixed_lists, names_of, pod_key, secrets_of

_MOST_VALUES = 12
_MOST_LINES = 2000


class PullSecretStep:
    """The pull secret in every pod that runs a hardened image."""

    name = "pull-secret"
    title = "Give the pods the pull secret"
    requires = ("registry",)
    deployable = True

    def goals(self, context: Context) -> Goals:
        """One goal over all pods: which values are best depends on all of them; and one for each object
        of an operator that names a hardened image and lists pull secrets.
        """
        resources = list(resources_of(context))
        beside = setting_needs(context, context.choices.pull_secret) if context.choices.pull_secret else []
        if not context.hardened_pods and not resources:
            return Goals(idle="no pod runs a hardened image", notices=tuple(beside))
        if not context.choices.pull_secret:
            notice = Finding(
                "pull-secret-none",
                "warning",
                "no pull secret is named, and none is known in this repository: the pods can pull only if the "
                "cluster has credentials of its own for the registry",
                help="name it with --pull-secret NAME",
            )
            return Goals(skipped="no pull secret is named (--pull-secret)", notices=(notice,))
        goals: list[Goal] = [_Pods(context)] if context.hardened_pods else []
        own, silent = of_resources(context, resources)
        goals += own
        notices = (*silent, *beside)
        return Goals(
            goals, "no pod of this chart runs a hardened image, but those of an operator", notices=notices
        )

    def begin(self, context: Context) -> None:
        """Lists of pull secrets in the objects of operators; those of pods were traced with the images."""
        begin(context)

    def announces(self, context: Context, change: Change) -> bool:
        """The secret in other pods, in service accounts, in settings of the application; hashes of what changed."""
        name = context.choices.pull_secret
        if follows(change, ()) or hands_on(change, name):
            return True
        return "imagePullSecrets" in change.path and _adds(change, name)

    def unreached(self, context: Context, missing: str) -> Finding:
        """A pod without the secret cannot pull; a test pod only fails its test."""
        item = next((pod for pod in context.manifests.pods if str(pod) == missing), None)
        other = next((one for one, _ in resources_of(context) if str(one.identity) == missing), None)
        if other and not item:
            return operator_needs(other, context.choices.pull_secret)
        test = item is not None and item.object.is_test
        template = item.object.template if item else ""
        account = item.service_account if item else "default"
        advice = f"add imagePullSecrets to the service account '{account}' of the namespace, in Git"
        if item and item.pull_secrets:
            # Kubernetes adds those of the service account only to a pod that lists none.
            advice = "patch the pod in Git: it lists pull secrets of its own, so its service account's do not count"
        return Finding(
            "pull-secret-unreached",
            "warning" if test else "error",
            f"no value of this chart puts the pull secret into {missing} ({template}){_unread(context, template)}",
            object=missing,
            file=template,
            help=advice,
        )

    def subject(self, context: Context) -> str:
        """Names the secret."""
        return f"pull with {context.choices.pull_secret}"


@record
class _Pods:
    """All pods that run a hardened image list the secret."""

    context: Context

    @property
    def label(self) -> str:
        return f"pull secret {self.context.choices.pull_secret}"

    @property
    def images(self) -> tuple[Reference, ...]:
        return tuple(image.before for image in self.context.images if image.hardened)

    def reached(self, result: Result) -> Reach:
        manifests = result.manifests
        name = self.context.choices.pull_secret
        lost = [str(pod) for pod in self.context.manifests.pods if self._names(pod) - _names(manifests, pod)]
        missing = [str(pod) for pod in self.context.hardened_pods if name not in _names(manifests, pod)]
        of = len(self.context.hardened_pods)
        if lost:
            return Reach(0, of, tuple(lost), f"takes a pull secret from {', '.join(lost[:4])}")
        return Reach(of - len(missing), of, tuple(missing))

    def _names(self, pod: Pod) -> set[str]:
        """What a pod pulls with so far; a list of its own takes the place of its service account's."""
        return _names(self.context.manifests, pod)

    def touches(self, change: Change) -> bool:
        return self.expects(change)

    def expects(self, change: Change) -> bool:
        return "imagePullSecrets" in change.path and _adds(change, self.context.choices.pull_secret)

    def propose(self) -> Iterator[Proposal]:
        context = self.context
        name = context.choices.pull_secret
        missing = frozenset(
            pod_key(pod) for pod in context.hardened_pods if name not in _names(context.manifests, pod)
        )
        open_pods = [pod for pod in context.hardened_pods if pod_key(pod) in missing]
        values = [value for label in context.traces for value in self._values(label, open_pods)]
        best = _cover(values, missing)
        left = missing.difference(*(value.pods for value in best))
        # What no value reaches may stand in a template of our own.
        fixed = self._fixed(open_pods) if left else []
        for chosen in (
            [*best, *_cover(fixed, left)],
            best if fixed else [],
            _cover(fixed, missing) if best else [],
            *([value] for value in sorted(values, key=_width)[:_MOST_VALUES] if [value] != best),
        ):
            if chosen:
                yield self._proposal(chosen)
        # Nothing is left to hope for: the render shows what the chart has against these.
        for secrets in (found.secrets for found in context.traces.values()):
            for value in [value for path, value in secrets.refused.items() if path not in secrets.found][:2]:
                yield self._proposal([value])

    def _fixed(self, open_pods: list[Pod]) -> list[SecretValue]:
        """The places of the chart's own templates that the open pods render from."""
        landings = [
            one
            for found in self.context.traces.values()
            for one in found.literals.landings("imagePullSecrets")
        ]
        keys = frozenset(map(pod_key, open_pods))
        return [one for one in fixed_lists(landings, self.context.manifests) if one.pods & keys]

    def _values(self, label: str, open_pods: list[Pod]) -> list[SecretValue]:
        """The values of one release that put secrets into its pods."""
        pods = [pod for pod in open_pods if pod.object.identity.release == label]
        if not pods:
            return []
        holders = self.context.holders(*(container for pod in pods for container in pod.containers))
        return self.context.traces[label].secrets.find(frozenset(map(pod_key, pods)), holders)

    def _proposal(self, chosen: list[SecretValue]) -> Proposal:
        sets, words = [], []
        for value in chosen:
            sets.append(
                Set(
                    value.path,
                    value.with_secret(self.context.choices.pull_secret),
                    value.source,
                    release=value.release,
                )
            )
            form = {"maps": "as a map", "strings": "as a string", "single": "as the one name"}[value.shape]
            words.append(f"{value} ({form})")
            for switch in value.switches:
                sets.append(Set(switch, value=True, release=value.release))
                words.append(f"{Variable(switch)} switched on")
        return Proposal(tuple(sets), f"add the secret to {' and '.join(words)}")


def _unread(context: Context, template: str) -> str:
    """The values of a template's chart that list pull secrets and come out in no pod, in words; or nothing."""
    secrets = context.trace_of(template.partition(OF)[2]).secrets
    prefix = context.node_of(template).prefix
    listed = [
        path for path in secrets.listed() if path[: len(prefix)] == prefix and path not in secrets.found
    ]
    names = " and ".join(".".join(map(str, path)) for path in listed[:2])
    return f"; {names} is listed, and comes out in no pod" if listed else ""


def _names(manifests: Manifests, pod: Pod) -> set[str]:
    """What a pod of any render pulls with in this one; nothing where it is gone."""
    found = manifests.find_pod(pod)
    return set(names_of(secrets_of(manifests, found))) if found else set()


def _cover(values: list[SecretValue], missing: frozenset[str]) -> list[SecretValue]:
    """Few values that reach all pods, rather narrow ones than wide ones, rather listed than not."""
    chosen: list[SecretValue] = []
    open_pods = set(missing)
    while open_pods:
        useful = [value for value in values if value.pods & open_pods]
        if not useful:
            break
        best = min(useful, key=lambda v: (len(v.pods - missing), -len(v.pods & open_pods), *_width(v)))
        chosen.append(best)
        open_pods -= best.pods
    return chosen


def _width(value: SecretValue) -> tuple[bool, bool, int, str]:
    return (value.is_global, not value.listed, len(value.path), str(value))


def _adds(change: Change, name: str) -> bool:
    """Nothing is lost, and the secret is all that comes."""
    old = change.before if isinstance(change.before, list) else []
    if change.before is ABSENT or isinstance(change.before, list) or change.before is None:
        entry = isinstance(change.path[-1], int)
        new = change.after if isinstance(change.after, list) else [change.after] if entry else None
        return new == [*old, {"name": name}]
    return False


def hands_on(change: Change, name: str) -> bool:
    """True where settings of the application list the secret now, for pods that it makes itself."""
    if _in_environment(change, name) or _in_arguments(change, name):
        return True
    if not isinstance(change.before, str) or not isinstance(change.after, str):
        return False
    old, new = structure(change.before), structure(change.after)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return _in_lines(change.before, change.after, name)
    places = list(differences(old, new))
    return bool(places) and all(
        (was is ABSENT or not was) and _lists(becomes, place, name) for place, was, becomes in places
    )


def _in_lines(before: str, after: str, name: str) -> bool:
    """Lines that list the secret, added to a text that is no YAML: a template of pods that the application makes."""
    old, new = before.splitlines(), after.splitlines()
    if len(new) > _MOST_LINES:
        return False
    blocks = []
    for kind, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind not in ("equal", "insert"):
            return False
        blocks += [new[start:end]] if kind == "insert" else []
    return bool(blocks) and all(_is_list_of(lines, name) for lines in blocks)


def _is_list_of(lines: Sequence[str], name: str) -> bool:
    """Lines of YAML that list the secret, or of another language of which each holds nothing but that."""
    listed = structure(dedent("\n".join(lines)))
    if isinstance(listed, dict):
        return _lists(listed, (), name)
    words = [re.findall(r"[\w.-]+", line) for line in lines]
    return all(
        name in line
        and any(map(_speaks_of_secrets, line))
        and all(word in (name, "name") or _speaks_of_secrets(word) for word in line)
        for line in words
    )


def _lists(value: Any, place: Path, name: str) -> bool:
    """True for the secret at a place that speaks of secrets, or for a map of nothing but such places."""
    if isinstance(value, dict) and value and value != {"name": name}:
        return all(_lists(content, (*place, key), name) for key, content in value.items())
    added: list[Any] = [name, {"name": name}, [name], [{"name": name}]]
    return value in added and any(map(_speaks_of_secrets, place))


def _in_environment(change: Change, name: str) -> bool:
    """A variable of the environment that is added for the secret, or was empty before."""
    path = change.path
    if path[-2:-1] == ("env",) and change.before is ABSENT:
        variable = change.after
    elif path[-3:-2] == ("env",) and path[-1] == "value" and change.before in (ABSENT, None, ""):
        variable = {**value_at(change.object.data, path[:-1]), "value": change.after}
    else:
        return False
    return (
        isinstance(variable, dict)
        and variable.get("value") == name
        and _speaks_of_secrets(variable.get("name"))
    )


def _in_arguments(change: Change, name: str) -> bool:
    """An argument that is added for the secret, in one word or in two: ``--image-pull-secrets=NAME``."""
    if change.before not in (ABSENT, "") or not {"args", "command"} & set(change.path[-2:-1]):
        return False
    word, at = str(change.after), change.path[-1]
    flag, _, value = word.partition("=")
    if change.before is ABSENT and value == name and _speaks_of_secrets(flag):
        return True
    # An index counts among the words of before, or of after for what was added.
    item = change.after_object if change.before is ABSENT else change.before_object
    words = value_at(item.data, change.path[:-1]) if item else None
    if not isinstance(words, list) or not isinstance(at, int):
        return False
    if word == name:
        return at > 0 and _is_flag(words[at - 1])
    return change.before is ABSENT and _is_flag(word) and words[at + 1 : at + 2] == [name]


def _is_flag(word: Any) -> bool:
    """A word that announces the secret behind it."""
    return str(word).startswith("-") and "=" not in str(word) and _speaks_of_secrets(word)


def _speaks_of_secrets(key: Any) -> bool:
    return "pullsecret" in re.sub(r"[_-]", "", str(key)).lower()
