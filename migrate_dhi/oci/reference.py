"""Image references: registry / repository : tag @ digest.

The grammar is that of the OCI distribution specification as container runtimes apply it: the first
path component is a registry if it has a dot or a colon or is ``localhost``; without one the registry is
``docker.io``, and there a single name belongs to ``library/``.
"""

import re
from dataclasses import replace
from functools import cached_property, lru_cache

from migrate_dhi.errors import MalformedReferenceError
from migrate_dhi.record import record
from migrate_dhi.regex import regex

DEFAULT_REGISTRY = "docker.io"
# What is longer is no reference, and nothing to keep.
_LONG = 512

_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_REFERENCE = regex(
    rf"(?:(?P<registry>{_HOST})/)?(?P<repository>{_PATH}(?:/{_PATH})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?"
)


@record
class Reference:
    """One image reference; an absent part is an empty string.

    ``registry`` is empty where the text names none (Docker Hub is meant). Compare ``canonical()`` forms
    to ask whether two references name the same image.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read a reference, or raise MalformedReferenceError."""
        reference = cls.try_parse(text)
        if reference is None:
            raise MalformedReferenceError(
                f"{text!r} is not an image reference",
                help="write it as [registry/]repository[:tag][@sha256:digest], in lower case",
            )
        return reference

    @classmethod
    def try_parse(cls, text: str) -> "Reference | None":
        """Read a reference, or return None where the text is none."""
        return _read(text) if len(text) < _LONG else _read.__wrapped__(text)

    @property
    def name(self) -> str:
        """The last path component: ``valkey`` of ``docker.io/valkey/valkey``."""
        return self.repository.rpartition("/")[2]

    @property
    def image(self) -> str:
        """Registry and repository as written, without tag and digest."""
        return f"{self.registry}/{self.repository}" if self.registry else self.repository

    def canonical(self) -> "Reference":
        """The same image with Docker Hub and ``library/`` written out."""
        return self._canonical

    @cached_property
    def _canonical(self) -> "Reference":
        registry = self.registry or DEFAULT_REGISTRY
        if registry in {"index.docker.io", "registry-1.docker.io"}:
            registry = DEFAULT_REGISTRY
        repository = self.repository
        if registry == DEFAULT_REGISTRY and "/" not in repository:
            repository = f"library/{repository}"
        same = (registry, repository) == (self.registry, self.repository)
        return self if same else replace(self, registry=registry, repository=repository)

    def with_tag(self, tag: str, digest: str = "") -> "Reference":
        """The same image at another tag and digest."""
        return Reference(self.registry, self.repository, tag, digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.image}{tag}{digest}"


@lru_cache(maxsize=4096)
def _read(text: str) -> Reference | None:
    """A reference in a text: asked of the same few images again and again."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    registry, repository = match["registry"] or "", match["repository"]
    if registry and not ("." in registry or ":" in registry or registry == "localhost"):
        # `bitnami/valkey`: the first component is part of the repository, and so must be lower case.
        if re.fullmatch(_PATH, registry) is None:
            return None
        registry, repository = "", f"{registry}/{repository}"
    return Reference(registry, repository, match["tag"] or "", match["digest"] or "")
