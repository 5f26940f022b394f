"""A client of the OCI distribution specification (github.com/opencontainers/distribution-spec), reading alone.

What has a digest is checked against it and kept; what a tag names is asked for once in a session.
"""

from collections.abc import Collection
from threading import Lock

from migrate_dhi.errors import NotInRegistryError, RegistryDeniedError, RegistryError
from migrate_dhi.oci.credentials import Credentials
from migrate_dhi.oci.image import (
    INDEXES,
    MANIFESTS,
    Configuration,
    Manifest,
    is_digest,
    layer_of,
    read_configuration,
    read_manifest,
    read_tags,
)
from migrate_dhi.oci.reference import DEFAULT_REGISTRY, Reference
from migrate_dhi.oci.store import Store, has_digest
from migrate_dhi.oci.tokens import Tokens, denied
from migrate_dhi.oci.transport import Answer, Transport, address, origin
from migrate_dhi.regex import regex

_HUB = "registry-1.docker.io"
_ACCEPT = ", ".join((*INDEXES, *MANIFESTS))
# The specification asks registries to take manifests of 4 MiB.
_LARGEST = 4 << 20
_MOST_PAGES = 1000
_NEXT = regex(r'\s*<(?P<url>[^>]+)>\s*;[^,]*\brel="?next"?')


class Registry:
    """All registries that are asked in a session; safe to use from several threads.

    Every method raises RegistryDeniedError where a login is missing or refused, NotInRegistryError where the
    registry has nothing of the name, and RegistryError where it does not answer or not as it should.
    """

    def __init__(
        self, transport: Transport, credentials: Credentials | None = None, store: Store | None = None
    ) -> None:
        self._transport = transport
        self._tokens = Tokens(transport, credentials or Credentials())
        self._store = store or Store(None)
        self._digests: dict[Reference, str] = {}
        self._schemes: dict[str, str] = {}
        self._challenges: dict[str, str] = {}
        self._lock = Lock()

    def tags(self, repository: Reference) -> tuple[str, ...]:
        """All tags of a repository, as the registry orders them; its own tag and digest do not count."""
        repository = repository.canonical()
        known = self._store.tags(repository.image)
        if known is not None:
            return known
        found: dict[str, None] = {}
        path = "tags/list?n=1000"
        seen: set[str] = set()
        while path and path not in seen and len(seen) < _MOST_PAGES:
            seen.add(path)
            answer = self._ask("GET", repository, path)
            found |= dict.fromkeys(read_tags(answer.body, repository.image))
            path = self._following(answer)
        tags = tuple(found)
        self._store.keep_tags(repository.image, tags)
        return tags

    def digest(self, image: Reference, *, again: bool = False) -> str:
        """The digest that a tag names now, asked for once unless ``again``; that of a reference with one is its own."""
        image = image.canonical()
        path = f"manifests/{image.digest or image.tag or 'latest'}"
        if again or image not in self._digests:
            digest = self._ask("HEAD", image, path).headers.get("docker-content-digest", "")
            if not is_digest(digest):
                # A registry need not tell it without the content.
                digest, _ = self._fetched(image, path, image.digest)
            self._digests[image] = digest
        return self._digests[image]

    def manifest(self, image: Reference) -> Manifest:
        """What a tag or digest names: an index or one image."""
        return self._manifest(image, self.digest(image))

    def configuration(self, image: Reference, platform: str) -> Configuration | None:
        """How an image runs on a platform; None where an index has none for it."""
        manifest = self.manifest(image)
        if not manifest.config:
            found = manifest.platform(platform)
            if found is None:
                return None
            manifest = self._manifest(image, found.digest)
        body = self._content(image, f"blobs/{manifest.config}", manifest.config)
        return read_configuration(body, str(image))

    def layer(self, artifact: Reference, media_types: Collection[str], most: int) -> bytes | None:
        """The first layer of one of some media types of what is no image, of at most so many bytes; None without one.

        It is checked against its digest, and not kept.
        """
        digest = self.digest(artifact)
        body = self._content(artifact, f"manifests/{digest}", digest)
        found = layer_of(body, media_types, str(artifact))
        if not found:
            return None
        answer = self._ask("GET", artifact, f"blobs/{found}", most)
        if not has_digest(answer.body, found):
            raise self._other(artifact, found)
        return answer.body

    def _manifest(self, image: Reference, digest: str) -> Manifest:
        return read_manifest(self._content(image, f"manifests/{digest}", digest), digest, str(image))

    def _content(self, image: Reference, path: str, digest: str) -> bytes:
        known = self._store.content(digest)
        return known if known is not None else self._fetched(image, path, digest)[1]

    def _fetched(self, image: Reference, path: str, digest: str) -> tuple[str, bytes]:
        """The digest and the bytes at a path; raises RegistryError where they do not belong together."""
        answer = self._ask("GET", image, path)
        told = digest or answer.headers.get("docker-content-digest", "")
        if not is_digest(told):
            import hashlib  # noqa: PLC0415 - a registry that tells no digest is rare

            told = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        if not has_digest(answer.body, told):
            raise self._other(image, told)
        self._store.keep(told, answer.body)
        return told, answer.body

    def _other(self, image: Reference, digest: str) -> RegistryError:
        return RegistryError(
            f"what the registry answers does not have the digest {digest[:19]}…: it is cut short, or not the image",
            where=str(image),
            help="try again; if it stays so, tell who runs the registry",
        )

    def _ask(self, method: str, image: Reference, path: str, most: int = _LARGEST) -> Answer:
        """The answer with status 200 to a request below ``/v2/REPOSITORY/``."""
        image = image.canonical()
        host = _HUB if image.registry == DEFAULT_REGISTRY else image.registry
        name = image.repository
        url = path if "://" in path else f"{self._scheme(host)}://{host}/v2/{name}/{path}"
        headers = {"Accept": _ACCEPT} if path.startswith("manifests/") else {}
        grant = self._tokens.known(host, name)
        answer = self._transport.send(method, url, headers, authorization=grant, limit=most)
        challenge = ""
        # A challenge of another host is none that the login is for.
        if answer.status == 401 and origin(answer.url) == origin(url):
            challenge = answer.headers.get("www-authenticate", "")
        elif answer.status in (403, 404) and not grant:
            # Some show to nobody what is not for everybody, and ask for a login at their door alone.
            challenge = self._challenge(host)
        if challenge:
            grant = self._tokens.answer(challenge, host, name, refused=grant)
            if grant:
                answer = self._transport.send(method, url, headers, authorization=grant, limit=most)
        if method == "HEAD" and answer.status in (405, 501):
            return self._ask("GET", image, path, most)
        if answer.status != 200:
            raise self._failure(answer, image, host)
        return answer

    def _challenge(self, host: str) -> str:
        """What a registry asks for before any repository is named, asked once; empty where nothing."""
        if host not in self._challenges:
            door = f"{self._scheme(host)}://{host}/v2/"
            answer = self._transport.send("GET", door, limit=_LARGEST)
            asks = answer.status == 401 and origin(answer.url) == origin(door)
            self._challenges[host] = answer.headers.get("www-authenticate", "") if asks else ""
        return self._challenges[host]

    def _scheme(self, host: str) -> str:
        with self._lock:
            if host not in self._schemes:
                self._schemes[host] = self._transport.scheme(host)
            return self._schemes[host]

    def _following(self, answer: Answer) -> str:
        match = _NEXT.match(answer.headers.get("link", ""))
        target = address(match["url"], answer.url) if match else answer.url
        return target if match and origin(target) == origin(answer.url) else ""

    def _failure(self, answer: Answer, image: Reference, host: str) -> RegistryError:
        status, where = answer.status, str(image)
        if status in (401, 403):
            login = self._tokens.login(host, image.repository)
            failure: RegistryError = denied(image.registry, image.repository, login)
            return RegistryDeniedError(failure.message, where=where, help=failure.help)
        if status == 404:
            return NotInRegistryError(
                f"{image.registry} has nothing of this name", where=where, help="name another tag or place"
            )
        if status == 429:
            after = answer.headers.get("retry-after", "")
            when = f"in {after} seconds" if after.isdecimal() else "later"
            return RegistryError(
                f"{image.registry} takes no more requests now (status 429)",
                where=where,
                help=f"try again {when}; a login is mostly given more",
            )
        return RegistryError(
            f"{image.registry} answers with status {status}", where=where, help="try again later"
        )
