"""Admission policies of the repository that would refuse a hardened image: by their kind, and by what they say.

Read are lists and patterns of image names (Kyverno, Gatekeeper's parameters, settings of Kubewarden, globs of a policy
controller) and texts in expressions (ValidatingAdmissionPolicy). What a pattern says is decided; an expression is none.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from migrate_dhi.findings import Finding, Severity
from migrate_dhi.kube.documents import api_group
from migrate_dhi.migration.repository.seen import Seen, at
from migrate_dhi.oci.reference import Reference
from migrate_dhi.regex import regex
from migrate_dhi.release.raw import RawObject
from migrate_dhi.release.streams import mapping, sequence, text_at

# API group → where in the object images are judged, as paths; a list on the way stands for each of its items.
_JUDGED: dict[str, tuple[tuple[str, ...], ...]] = {
    "kyverno.io": (("spec", "rules", "validate"),),
    "policies.kyverno.io": (("spec", "validations"), ("spec", "variables")),
    "constraints.gatekeeper.sh": (("spec", "parameters"),),
    "admissionregistration.k8s.io": (("spec", "validations"), ("spec", "variables")),
    "policies.kubewarden.dev": (("spec", "settings"),),
}
_SIGNED: dict[str, tuple[tuple[str, ...], ...]] = {
    "kyverno.io": (
        ("spec", "rules", "verifyImages", "imageReferences"),
        ("spec", "rules", "verifyImages", "image"),
    ),
    "policies.kyverno.io": (("spec", "matchImageReferences", "glob"),),
    "policy.sigstore.dev": (("spec", "images", "glob"),),
}
_TALK = {"message", "messageExpression", "description", "title", "name"}
_QUOTED = regex(r"""["'`]([^"'`\s]+)["'`]""")
_PLACE = regex(r"(?P<no>!?)\^?\(?(?P<host>[\w-]+(?:\\*\.[\w-]+)+(?::\d+)?)(?P<rest>/[^\s|]*|\*)?")
# Words that say of a policy that it only tells.
_LENIENT = {"audit", "dryrun", "warn", "monitor"}


def of_policies(seen: Seen) -> Iterator[Finding]:
    """Policies that name registries and not that of the hardened images, and those that want a signature of theirs."""
    known = {
        reference.canonical().registry
        for entry in seen.entries
        for image in entry.images
        if (reference := Reference.try_parse(image.before))
    }
    for one in seen.objects:
        name = f"{one.data.get('kind')} {text_at(one.data, 'metadata', 'name')}"
        judged = list(_texts(one, _JUDGED.get(api_group(one.data), ())))
        for image in seen.hardened[:1] if judged else ():
            yield from _of_names(one, name, judged, image, known)
        patterns = list(_texts(one, _SIGNED.get(api_group(one.data), ())))
        signed = next((image for image in seen.hardened if any(_fits(image, text) for text in patterns)), "")
        if signed:
            yield Finding(
                "policy-signature",
                _severity(one),
                f"{name} wants a signature of {signed} that it knows the key or the identity of",
                file=one.file,
                line=one.line,
                help="let it verify hardened images by Docker's own key, or leave their registry out of it, before the "
                "merge",
            )


def _of_names(one: RawObject, name: str, judged: list[str], image: str, known: set[str]) -> Iterator[Finding]:
    """What a policy that names registries makes of an image from another one."""
    registry = Reference.parse(image).canonical().registry
    allowed: list[str] = []
    refused: list[str] = []
    spoken: list[str] = []
    for text in judged:
        plain = not any(sign in text for sign in ("'", '"', "`", "{{"))
        for part in text.replace("|", " ").split() if plain else _QUOTED.findall(text):
            match = _PLACE.match(part)
            host = match["host"].replace("\\", "") if match else ""
            if host in known or host == registry:
                (spoken if not plain else refused if match and match["no"] else allowed).append(part)
            elif plain and part in {"*", "*/*", "*:*"}:
                allowed.append(image)
    if any(_fits(image, part.lstrip("!")) for part in refused):
        yield _told(one, f"{name} refuses {registry}", _severity(one))
    elif allowed and not any(_fits(image, part) for part in allowed):
        some = ", ".join(dict.fromkeys(allowed[:3]))
        yield _told(one, f"{name} lets in {some}, and not {registry}", _severity(one))
    elif spoken and not allowed and not any(registry in part for part in spoken):
        some = ", ".join(dict.fromkeys(spoken[:3]))
        text = (
            f"{name} names {some} in an expression, and not {registry}: see what it makes of hardened images"
        )
        yield _told(one, text, "info")


def _told(one: RawObject, text: str, severity: Severity) -> Finding:
    return Finding(
        "policy-refuses",
        severity,
        text,
        file=one.file,
        line=one.line,
        help="let the registry of the hardened images in, there, before the merge",
    )


def _fits(image: str, pattern: str) -> bool:
    """Whether an image is meant by a pattern: a glob, or the beginning of a name as lists have it."""
    bare = pattern.lstrip("^").replace("\\", "").rstrip("*").rstrip("/")
    return (
        fnmatchcase(image, pattern)
        or image == bare
        or image.startswith((f"{bare}/", f"{bare}:"))
        or bare == ""
    )


def _severity(one: RawObject) -> Severity:
    """A note where the policy only tells, else a warning."""
    words = [
        at(one.data, "spec", "validationFailureAction"),
        at(one.data, "spec", "enforcementAction"),
        at(one.data, "spec", "mode"),
        *(at(rule, "validate", "failureAction") for rule in sequence(at(one.data, "spec", "rules"))),
    ]
    said = {str(word).lower() for word in words if word}
    if not said and str(one.data.get("apiVersion")).startswith("kyverno.io/"):
        # Its own default (API reference of ClusterPolicy).
        said = {"audit"}
    return "info" if said and said <= _LENIENT else "warning"


def _texts(one: RawObject, paths: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    for path in paths:
        for found in _below(one.data, path):
            yield from _leaves(found)


def _below(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(data, list):
        for item in data:
            yield from _below(item, path)
    elif not path:
        yield data
    elif path[0] in mapping(data):
        yield from _below(data[path[0]], path[1:])


def _leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in _TALK:
                yield from _leaves(value)
    elif isinstance(data, list):
        for item in data:
            yield from _leaves(item)
    elif isinstance(data, str):
        yield data
