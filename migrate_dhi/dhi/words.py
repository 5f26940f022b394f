"""The words of an upstream tag: those that say how it is built may go, those that name a variant must be found.

``8.3-apache`` is another program than ``8.3``; ``8.3-bookworm-slim`` is not. What is not known to be a word of
the first kind is taken for one of the second: a word that nothing of the hardened image explains is a question.
"""

from migrate_dhi.dhi.catalog import Definition
from migrate_dhi.dhi.tags import UpstreamTag, parse_hardened
from migrate_dhi.regex import regex

# Distributions and their releases, sizes, platforms, revisions of a repackager, commits and dates.
_MAY_GO = regex(
    r"(alpine|debian|ubuntu|bookworm|bullseye|buster|stretch|trixie|forky|jammy|noble|focal|bionic|resolute"
    r"|ubi|el|rhel|centos|rocky|almalinux|fedora|amazonlinux|al|ol|oraclelinux|photon|azurelinux|mariner|wolfi"
    r"|chainguard|suse|sles|bci|leap|busybox|linux|deb\d+u)[\d.]*"
    r"|slim|minimal|micro|mini|tiny|small|lite|light|distroless|static|scratch|libc|glibc|musl|gnu|base|debug"
    r"|nonroot|non|root|rootless|unprivileged|amd64|arm64|aarch64|x86|armv\d|s390x|ppc64le|multiarch|multi|arch"
    r"|ga|final|release|stable|lts|latest|mainline|current|oss|community|ce|production|prod|padded"
    r"|main|master|nightly|edge|dev|develop|canary|head|snapshot|rolling|unstable|testing|sha|git|pr"
    r"|(r|rev|build|b|ls|p|patch|post|hotfix|eksbuild|rancher|k3s|rke2r|gke|okd|ocp|c|v)?\.?\d[\d.]*"
    r"|helm|chart|g?[0-9a-f]{6,40}|v[0-9a-f]{6,}"
    r"|\d{8}(t?\d{4,6}z?)?|\d+t\d+z?"
)
_JAVA = regex(r"(?:jdk|jre|java)-?(\d*)")
_SPLIT = regex(r"[^a-z0-9]+")


def parts(text: str) -> list[str]:
    """The words of a name or tag, in lower case."""
    return [word for word in _SPLIT.split(text.lower()) if word]


def variant_words(upstream: UpstreamTag) -> tuple[str, ...]:
    """The words of a tag that name a variant, in the order of the alphabet."""
    return tuple(sorted(word for word in upstream.words if not _MAY_GO.fullmatch(word.strip("."))))


def unexplained(words: tuple[str, ...], definition: Definition) -> tuple[str, ...]:
    """Those of the words that nothing of a hardened image explains: name, flavor, tags, packages, or revision."""
    known = set(parts(f"{definition.image} {definition.flavor} {definition.line}"))
    for tag in definition.tags:
        known |= {
            part for word in parse_hardened(tag, [definition.flavor]).extra for part in (word, *parts(word))
        }
    for source in definition.sources:
        known |= set(parts(source.partition("#")[2]))
    for program in (*definition.entrypoint, *definition.cmd):
        known |= set(parts(program.rpartition("/")[2]))
    own, packages = parts(definition.image), [parts(package) for package in definition.packages]
    for package in packages:
        known |= {*package, "".join(package)}
    # A Java image is its own Java: only what others bring along stands for another kind of it.
    brought = [package for package in packages if package[: len(own)] != own]
    return tuple(word for word in words if word not in known and not _java(word, brought))


def _java(word: str, packages: list[list[str]]) -> bool:
    """Whether a word such as ``jdk21`` names the Java that the image brings to run its program."""
    match = _JAVA.fullmatch(word)
    return match is not None and any(
        {"jre", "jdk"} & set(package) and (not match[1] or match[1] in package) for package in packages
    )
