"""The variables that Argo CD fills into values files' names and into parameters: its build environment.

``$NAME`` and ``${NAME}`` become a variable's text, a name that is none becomes nothing, and ``$$`` is a dollar (Argo
CD: util/argo/env, ``Envsubst``, which is Go's ``os.Expand``; docs/user-guide/build-environment).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from migrate_dhi.regex import regex
from migrate_dhi.untyped import mapping, sequence, text_at

_VARIABLE = regex(r"\$(?:\{([^}]*)\}|([A-Za-z0-9_]+|[*#$@!?-]))")
UNKNOWN = frozenset(
    {
        "ARGOCD_APP_REVISION",
        "ARGOCD_APP_REVISION_SHORT",
        "ARGOCD_APP_REVISION_SHORT_8",
        "KUBE_VERSION",
        "KUBE_API_VERSIONS",
    }
)
"""Variables whose text only the cluster or the sync knows."""


def build_environment(application: Mapping[str, Any], source: Mapping[str, Any]) -> Mapping[str, str]:
    """The variables of one source of an Application, as far as they are known here."""
    spec = mapping(application.get("spec"))
    return {
        "ARGOCD_APP_NAME": text_at(application, "metadata", "name"),
        "ARGOCD_APP_NAMESPACE": text_at(spec, "destination", "namespace"),
        "ARGOCD_APP_PROJECT_NAME": text_at(spec, "project"),
        "ARGOCD_APP_SOURCE_PATH": text_at(source, "path"),
        "ARGOCD_APP_SOURCE_REPO_URL": text_at(source, "repoURL"),
        "ARGOCD_APP_SOURCE_TARGET_REVISION": text_at(source, "targetRevision"),
    }


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables filled in."""
    return _VARIABLE.sub(lambda found: _becomes(found[1] or found[2], variables), text)


def unknown_in(text: str) -> str:
    """The first variable of a text that is not known here; empty where none is in it."""
    return next((name for _, name in _named(text) if name in UNKNOWN), "")


def leading(text: str) -> str:
    """The name that a text begins with as a variable; empty where it begins otherwise."""
    found = _VARIABLE.match(text)
    return (found[1] or found[2] or "") if found else ""


def fill_of(parameters: Any, variables: Mapping[str, str]) -> Mapping[str, str]:
    """What fills the variables in the values of parameters: as they stand → the text that they become."""
    values = (str(mapping(item).get("value") or "") for item in sequence(parameters))
    return {
        whole: _becomes(name, variables)
        for value in values
        for whole, name in _named(value)
        if name not in UNKNOWN
    }


def _named(text: str) -> Iterator[tuple[str, str]]:
    return ((found[0], found[1] or found[2] or "") for found in _VARIABLE.finditer(text))


def _becomes(name: str, variables: Mapping[str, str]) -> str:
    return "$" if name == "$" else variables.get(name, "")
