"""Admission policies of the repository that would refuse a hardened image: by their kind, and by what they say.

Read are lists and patterns of image names (Kyverno, Gatekeeper's parameters, settings of Kubewarden, globs of a policy
controller) and texts in expressions (ValidatingAdmissionPolicy). What a pattern says is decided; an expression is none.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal

from migrate_dhi.findings import Finding, Severity
from migrate_dhi.kube.documents import api_group
from migrate_dhi.migration.repository.matching import met
from migrate_dhi.migration.repository.seen import Seen, at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.record import record
from migrate_dhi.regex import regex
from migrate_dhi.release.raw import RawObject
from migrate_dhi.untyped import mapping, sequence, text_at

# API group → where in a rule images are judged, as paths; a list on the way stands for each of its items.
_JUDGED: dict[str, tuple[tuple[str, ...], ...]] = {
    "kyverno.io": (("validate",),),
    "policies.kyverno.io": (("spec", "validations"), ("spec", "variables")),
    "constraints.gatekeeper.sh": (("spec", "parameters"),),
    "admissionregistration.k8s.io": (("spec", "validations"), ("spec", "variables")),
    "policies.kubewarden.dev": (("spec", "settings"),),
}
_SIGNED: dict[str, tuple[tuple[str, ...], ...]] = {
    "kyverno.io": (("verifyImages", "imageReferences"), ("verifyImages", "image")),
    "policies.kyverno.io": (("spec", "matchImageReferences", "glob"),),
    "policy.sigstore.dev": (("spec", "images", "glob"),),
}
_KYVERNO, _GATEKEEPER = "kyverno.io", "constraints.gatekeeper.sh"
_TALK = {"message", "messageExpression", "description", "title", "name", "preconditions", "assignImage"}
_QUOTED = regex(r"""["'`]([^"'`\s]+)["'`]""")
_PLACE = regex(r"(?P<no>!?)\^?\(?(?P<host>[\w-]+(?:\\*\.[\w-]+)+(?::\d+)?)(?P<rest>/[^\s|]*|\*)?")
# Words that say of a policy that it only tells.
_LENIENT = {"audit", "dryrun", "warn", "monitor"}
# Words in the kind of a constraint, or in the key of a parameter, by which what is listed is kept out, or let alone.
_OUT = regex(r"(?i)disallow|den(?:y|ied)|block|forbid|reject|refuse|banned|blacklist")
_ALONE = regex(r"(?i)exempt|ignore|skip|exclu")
# The operators of Kyverno under which a condition that denies is met by what is not listed.
_UNLESS = {"notin", "anynotin", "allnotin", "notequals", "notequal"}

_Sense = Literal["in", "out", "alone"]


@record
class _Rule:
    """A rule of a policy: ``data`` is the rule of Kyverno's, or else the object, which is one rule."""

    one: RawObject
    group: str
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The policy, for people."""
        return f"{self.one.data.get('kind')} {text_at(self.one.data, 'metadata', 'name')}"

    @property
    def severity(self) -> Severity:
        """A note where the policy only tells, else a warning; what a rule says of itself counts more."""
        spec = self.one.data.get("spec")
        own = self.data if self.group == _KYVERNO else {}
        words = [
            at(own, "validate", "failureAction"),
            *(at(one, "failureAction") for one in sequence(own.get("verifyImages"))),
        ]
        if not any(words):
            words = [
                at(spec, "validationFailureAction"),
                at(spec, "enforcementAction"),
                at(spec, "mode"),
                *sequence(at(spec, "validationActions")),
                *(at(one, "action") for one in sequence(at(spec, "scopedEnforcementActions"))),
            ]
        words += [at(one, "action") for one in sequence(at(spec, "validationFailureActionOverrides"))]
        said = {str(word).lower() for word in words if word} - {"scoped"}
        if not said and self.group == _KYVERNO:
            # Its own default (API reference of ClusterPolicy).
            said = {"audit"}
        return "info" if said and said <= _LENIENT else "warning"


def of_policies(seen: Seen) -> Iterator[Finding]:
    """Policies that name registries and not that of the hardened images, and those that want a signature of theirs."""
    known = {
        reference.canonical().registry
        for entry in seen.entries
        for image in entry.images
        if (reference := Reference.try_parse(image.before))
    }
    for one in seen.objects:
        told: dict[Finding, None] = {}
        for rule in _rules(one):
            images = [
                image.after
                for entry in seen.entries
                if met(one, rule.data if rule.group == _KYVERNO else {}, [entry.namespace or "default"])
                for image in entry.images
                if image.after
            ]
            told |= dict.fromkeys((*_of_names(rule, images, known), *_of_signatures(rule, images)))
        yield from told


def _rules(one: RawObject) -> Iterator[_Rule]:
    group = api_group(one.data)
    if group == _KYVERNO:
        yield from (_Rule(one, group, mapping(rule)) for rule in sequence(at(one.data, "spec", "rules")))
    elif group in _JUDGED or group in _SIGNED:
        yield _Rule(one, group, one.data)


def _of_signatures(rule: _Rule, images: list[str]) -> Iterator[Finding]:
    patterns = [text for path in _SIGNED.get(rule.group, ()) for text in _plain(_below(rule.data, path))]
    skipped = list(_plain(_below(rule.data, ("verifyImages", "skipImageReferences"))))
    passes = any(
        action == "pass" for action in _below(rule.data, ("spec", "authorities", "static", "action"))
    )
    wanted = (
        image
        for image in images
        if any(_fits(image, text) for text in patterns) and not any(_fits(image, text) for text in skipped)
    )
    signed = "" if passes else next(wanted, "")
    if signed:
        yield Finding(
            "policy-signature",
            rule.severity,
            f"{rule.name} wants a signature of {signed} that it knows the key or the identity of",
            file=rule.one.file,
            line=rule.one.line,
            help="let it verify hardened images by Docker's own key, or leave their registry out of it, before the "
            "merge",
        )


def _of_names(rule: _Rule, images: list[str], known: set[str]) -> Iterator[Finding]:
    """What a policy that names registries makes of the first image from another one that it does not let in."""
    base: _Sense = "in"
    if rule.group == _GATEKEEPER and _OUT.search(str(rule.one.data.get("kind"))):
        base = "out"
    judged = [
        said
        for path in _JUDGED.get(rule.group, ())
        for found in _below(rule.data, path)
        for said in _texts(found, base, rule.group)
    ]
    found = (told for image in images if judged for told in _of_image(rule, judged, image, known))
    yield from list(found)[:1]


def _of_image(
    rule: _Rule, judged: list[tuple[str, _Sense]], image: str, known: set[str]
) -> Iterator[Finding]:
    registry = Reference.parse(image).canonical().registry
    said: dict[_Sense, list[str]] = {"in": [], "out": [], "alone": []}
    spoken: list[str] = []
    for text, sense in judged:
        plain = not any(sign in text for sign in ("'", '"', "`", "{{"))
        for part in text.replace("|", " ").split() if plain else _QUOTED.findall(text):
            match = _PLACE.match(part)
            host = match["host"].replace("\\", "") if match else ""
            if not plain:
                spoken += [part] if host in known or host == registry else []
            elif host in known or host == registry or part in {"*", "*/*", "*:*"}:
                said["out" if match and match["no"] else sense].append(part.lstrip("!"))
    prefix = rule.group == _GATEKEEPER
    if any(_fits(image, part, prefix=prefix) for part in said["alone"]):
        return
    if any(_fits(image, part, prefix=prefix) for part in said["out"]):
        yield _told(rule, f"{rule.name} refuses {registry}", rule.severity)
    elif said["in"] and not any(_fits(image, part, prefix=prefix) for part in said["in"]):
        some = ", ".join(dict.fromkeys(said["in"][:3]))
        yield _told(rule, f"{rule.name} lets in {some}, and not {registry}", rule.severity)
    elif spoken and not said["in"] and not any(registry in part for part in spoken):
        some = ", ".join(dict.fromkeys(spoken[:3]))
        text = f"{rule.name} names {some} in an expression, and not {registry}: see what it makes of hardened images"
        yield _told(rule, text, "info")


def _told(rule: _Rule, text: str, severity: Severity) -> Finding:
    return Finding(
        "policy-refuses",
        severity,
        text,
        file=rule.one.file,
        line=rule.one.line,
        help="let the registry of the hardened images in, there, before the merge",
    )


def _fits(image: str, pattern: str, *, prefix: bool = False) -> bool:
    """Whether an image is meant by a pattern: a glob, or the beginning of a name as lists have it."""
    bare = pattern.lstrip("^").replace("\\", "").rstrip("*")
    if prefix and image.startswith(bare):
        return True
    bare = bare.rstrip("/")
    return (
        fnmatchcase(image, pattern)
        or image == bare
        or image.startswith((f"{bare}/", f"{bare}:"))
        or bare == ""
    )


def _below(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _below(item, path)
    elif not path:
        yield data
    elif path[0] in mapping(data):
        yield from _below(data[path[0]], path[1:])


def _plain(found: Iterator[Any]) -> Iterator[str]:
    yield from (one for one in found if isinstance(one, str))


def _texts(data: Any, sense: _Sense, group: str) -> Iterator[tuple[str, _Sense]]:
    """The texts of a rule, each with what it means for an image to be listed there."""
    if isinstance(data, dict):
        if group == _KYVERNO and "operator" in data:
            unless = str(data["operator"]).lower() in _UNLESS
            yield from ((text, sense) for text, _ in _texts(data.get("key"), sense, group))
            yield from _texts(data.get("value"), "in" if unless else "out", group)
            return
        for key, value in data.items():
            if key not in _TALK:
                yield from _texts(value, sense if group == _KYVERNO else _sense(str(key), sense), group)
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item, sense, group)
    elif isinstance(data, str):
        yield data, sense


def _sense(key: str, sense: _Sense) -> _Sense:
    """What is listed under a key of a constraint's parameters or of settings."""
    return "alone" if _ALONE.search(key) else "out" if _OUT.search(key) else sense
