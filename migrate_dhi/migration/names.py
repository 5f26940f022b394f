"""Names that the cluster or Git would refuse: better told before the plan than at the first sync."""

from collections.abc import Iterable

from migrate_dhi.errors import UsageError
from migrate_dhi.git.branches import require_valid
from migrate_dhi.git.repository import Repository
from migrate_dhi.regex import regex

# Kubernetes, "Object Names and IDs": a DNS label, and a DNS subdomain of such labels.
_LABEL = regex(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = regex(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*")
# Group, version (a DNS label that begins with a letter) and kind, as Helm's `Capabilities.APIVersions` has them.
_API = regex(rf"({_SUBDOMAIN.pattern}/)?[a-z]([-a-z0-9]*[a-z0-9])?(/[A-Z][A-Za-z0-9]*)?")
_VERSION = regex(r"v?\d+(\.\d+){0,2}([-+][\w.+-]+)?")

_RULES = {
    "--pull-secret": (_SUBDOMAIN, 253),
    # Helm leaves room for what charts append (chartutil, ValidateReleaseName).
    "--release": (_SUBDOMAIN, 53),
    "--namespace": (_LABEL, 63),
}


def check_names(**named: str) -> None:
    """Raise UsageError for a name that Kubernetes refuses; the keywords are the flags, empty is not given.

    >>> check_names(pull_secret="kubernetes-dhi", release="")
    """
    for flag, name in ((f"--{word.replace('_', '-')}", name) for word, name in named.items()):
        form, longest = _RULES[flag]
        if name and (len(name) > longest or not form.fullmatch(name)):
            dots = " and dots" if form is _SUBDOMAIN else ""
            raise UsageError(
                f"{flag} {name}: this is no name in Kubernetes",
                help=f"write it with at most {longest} small letters, digits, dashes{dots}",
            )


def check_kube_version(version: str) -> None:
    """Raise UsageError for what is no version; empty is not given."""
    if version and not _VERSION.fullmatch(version):
        raise UsageError(
            f"--kube-version {version}: this is no version", help="write it like 1.31 or v1.31.2"
        )


def check_api_versions(versions: Iterable[str]) -> None:
    """Raise UsageError for what no cluster calls an API version, or a kind of one."""
    for version in versions:
        if not _API.fullmatch(version):
            raise UsageError(
                f"--api-versions {version}: this is no API version",
                help="write it like v1, apps/v1 or monitoring.coreos.com/v1/ServiceMonitor; repeat the flag for more",
            )


def check_branch_name(repository: Repository | None, branch: str) -> None:
    """Raise UsageError where Git takes no branch of this name; empty is not given."""
    if repository and branch:
        require_valid(repository.root, branch)
