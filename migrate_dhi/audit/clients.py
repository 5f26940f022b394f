"""Clients: who is told to connect to a backend, with which database, with or without a password.

Found in what is rendered: URLs, and host, port and database under keys of their own, in variables, arguments,
ConfigMaps, Secrets that a chart renders, custom resources, and the texts in them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from migrate_dhi.audit.ground import Ground, Item, Rendered
from migrate_dhi.audit.leaves import Leaf, SecretKey, leaves
from migrate_dhi.audit.places import Finder
from migrate_dhi.audit.readers import Readers
from migrate_dhi.audit.services import Address, Backend, Names
from migrate_dhi.audit.urls import Url, is_hole, split_port, urls
from migrate_dhi.audit.uses import Auth, Use
from migrate_dhi.audit.uses import merged as merged_uses
from migrate_dhi.dhi.roles import Role, Roles, plain, words_of
from migrate_dhi.grouping import grouped
from migrate_dhi.record import record
from migrate_dhi.regex import regex

# Objects that name services and connect to none, and parts of objects that do.
_NO_CLIENTS = frozenset(
    {
        "Service", "Endpoints", "EndpointSlice", "NetworkPolicy", "CiliumNetworkPolicy", "PodDisruptionBudget",
        "Certificate", "Issuer", "ClusterIssuer", "CustomResourceDefinition", "ServiceMonitor", "PodMonitor",
        "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService", "Role", "ClusterRole",
        "RoleBinding", "ClusterRoleBinding", "ServiceAccount", "PrometheusRule", "HorizontalPodAutoscaler",
    }
)  # fmt: skip
_NO_PLACES = frozenset({"labels", "annotations", "matchLabels", "selector", "image", "metadata", "status"})
_HOST = regex(r"[A-Za-z0-9_][\w.\-]*(?::\d+)?(?:[,;\s]+[A-Za-z0-9_][\w.\-]*(?::\d+)?)*")
_BARE = regex(r"(?P<host>[A-Za-z0-9_][\w.-]*):(?P<port>\d+)/(?P<path>\w+)")
_VARIABLE = regex(r"\$\((\w+)\)")
_IN_FULL = regex(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.svc(?:\.[a-z0-9.-]*[a-z0-9])?(?::\d+)?")
_LABEL = regex(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound


class Clients:
    """Looks for clients in all objects."""

    def __init__(self, ground: Ground, roles: Roles, backends: Sequence[Backend], finder: Finder) -> None:
        self.ground = ground
        self.roles = roles
        self.names = Names(ground, roles)
        self.readers = Readers(ground)
        self._finder = finder
        self._written: dict[int, tuple[Leaf, ...]] = {}
        self._hosts = tuple({word for role in roles.all for word in role.keys["host"]})
        self._backends = {(one.namespace, name): one for one in backends for name in one.services}

    def written(self, rendered: Rendered) -> tuple[Leaf, ...]:
        """The settings in a release's values, read once."""
        # Several releases may have one id; the ground keeps them all as long as this lives.
        if id(rendered) not in self._written:
            self._written[id(rendered)] = tuple(leaves(rendered.written))
        return self._written[id(rendered)]

    def backend(self, address: Address | None) -> Backend | None:
        """The backend that an address leads to."""
        return self._backends.get((address.namespace, address.name)) if address else None

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every use, once for what is the same."""
        values = (one.item for one in self.ground.unrendered)
        found = [use for item in (*self.ground.items, *values) for use in self._of_item(item)]
        merged = list(merged_uses(found))
        # What is behind a Secret is known where the template that makes the Secret was read.
        known = {(use.app, use.role.name) for use in merged if use.address}
        return tuple(use for use in merged if use.address or (use.app, use.role.name) not in known)

    def _of_item(self, item: Item) -> Iterator[Use]:
        if item.kind in _NO_CLIENTS or item.object.is_test:
            return
        listed = [leaf for leaf in leaves(item.data) if not _NO_PLACES & set(map(str, leaf.path[:6]))]
        scopes = grouped((leaf.scope, leaf) for leaf in listed)
        workloads = self.readers.of(item)
        for leaf in listed:
            near = scopes[leaf.scope]
            for use in self._of_leaf(item, leaf, near):
                backend = self.backend(use.address)
                if not (backend and self._is_itself(backend, item, workloads)):
                    yield replace(use, workloads=workloads)

    def _is_itself(self, backend: Backend, item: Item, workloads: Sequence[Item]) -> bool:
        """Whether a setting is the backend's own, or that of a replica beside it."""
        own = {one.key for one in backend.workloads} | {backend.item.key}
        releases = {backend.item.release, item.release}
        for other in self._backends.values():
            beside = other.item.release and other.item.release in releases
            if other.role == backend.role and other.namespace == backend.namespace and beside:
                own |= {one.key for one in other.workloads}
        return item.key in own or (bool(workloads) and all(one.key in own for one in workloads))

    def _of_leaf(self, item: Item, leaf: Leaf, near: Sequence[Leaf]) -> Iterator[Use]:
        if leaf.secret:
            yield from self._of_secret(item, leaf)
            return
        text = _filled(leaf.value, near)
        if text.lstrip().startswith("#"):
            return
        listed = list(urls(text)) or self._bare(item, text.strip())
        for url in listed:
            yield from self._of_url(item, leaf, near, url)
        if not listed and _HOST.fullmatch(text.strip()):
            yield from self._of_host(item, leaf, near, text.strip())
        elif not listed and ".svc" in text:
            # A line of a script, or a host with options behind it.
            yield from self._of_host(item, leaf, near, " ".join(_IN_FULL.findall(text)))

    def _bare(self, item: Item, text: str) -> list[Url]:
        """A URL that lacks its scheme, where its host is a database: ``cache.data:6379/3``."""
        found = _BARE.fullmatch(text)
        backend = self.backend(self.names.address(found["host"], item.namespace)) if found else None
        if found is None or backend is None or backend.role.database_kind == "none":
            return []
        return [Url("", found["host"], int(found["port"]), found["path"], False, False, {})]

    def _of_url(self, item: Item, leaf: Leaf, near: Sequence[Leaf], url: Url) -> Iterator[Use]:
        if url.host in _LOCAL:
            return
        address = self.names.address(url.host, item.namespace)
        if address is None and url.scheme in self.roles.by_scheme and _LABEL.fullmatch(url.host):
            address = Address(item.namespace, url.host, known=False)
        backend = self.backend(address)
        role = self.roles.by_scheme.get(url.scheme)
        if backend and (role is None or role.database_kind == "none"):
            role = backend.role if backend.role.database_kind != "none" or role else None
        if role is None or not address or (role.database_kind == "none" and not backend):
            return
        prefix = _prefixes(leaf.key, ("url", "uri", "dsn", "connection", "connstr", "string"))
        other = self._around(near, prefix, role)
        told = next((url.query[name] for name in role.keys["database"] if name in url.query), "")
        database = told or ("" if role.database_kind == "none" else url.database)
        if not database and not is_hole(url.database):
            database = other.database
        auth: Auth = "yes" if url.password or other.auth == "yes" else "no"
        # What is written without a password may get one from a variable beside it.
        tls = url.scheme in role.tls_schemes
        yield self._use(
            item,
            leaf,
            role,
            address,
            url.host,
            url.port,
            database,
            auth,
            url.user or other.user,
            other.secrets,
            tls,
        )

    def _of_host(self, item: Item, leaf: Leaf, near: Sequence[Leaf], text: str) -> Iterator[Use]:
        for part in re.split(r"[,;\s]+", text):
            host, port = split_port(part)
            if host in _LOCAL:
                continue
            address = self.names.address(host, item.namespace)
            if address is None and not _prefixes(leaf.key, self._hosts):
                continue
            backend = self.backend(address)
            role = backend.role if backend else self._told(leaf, near, port)
            # A host of a web service is named for certificates and rules, too: there only a URL tells a client.
            if role is None or role.database_kind == "none":
                continue
            prefixes = _prefixes(leaf.key, role.keys["host"])
            if address is None and prefixes and _LABEL.fullmatch(host):
                beside = self._around(near, prefixes, role)
                if beside.port in role.ports or port in role.ports:
                    address = Address(item.namespace, host, known=False)
            if address is None:
                continue
            of_role = bool(set(words_of(leaf.key)) & set(role.words))
            whole = ".svc" in host or port in (backend.ports if backend else role.ports)
            if not (prefixes or of_role or whole):
                continue
            around = prefixes or _prefixes(leaf.key, ("",))
            if _is_off(near, around):
                continue
            other = self._around(near, around, role)
            auth: Auth = other.auth
            if auth == "unknown" and not self.readers.takes_secrets(self.readers.of(item)):
                auth = "no"
            yield self._use(
                item, leaf, role, address, host, port or other.port, other.database, auth, other.user, other.secrets,
                tls=False,
            )  # fmt: skip

    def _told(self, leaf: Leaf, near: Sequence[Leaf], port: int | None) -> Role | None:
        """The role of a service that nothing here makes: by the names around, else by the port."""
        names = (leaf.key, *(str(step) for step in reversed(leaf.scope)))
        roles = (role for name in names if (role := self.roles.named(name)))
        named = next((role for role in roles if role.database_kind != "none"), None)
        if named:
            return named
        prefixes = _prefixes(leaf.key, ("host", "hostname", "addr", "address", "server"))
        found = [
            _number(one.value) for one in near for prefix in prefixes if plain(one.key) == f"{prefix}port"
        ]
        numbers = [number for number in (port, *found) if number is not None]
        return next((self.roles.by_port[n] for n in numbers if n in self.roles.by_port), None)

    def _of_secret(self, item: Item, leaf: Leaf) -> Iterator[Use]:
        """A URL or a host that a Secret holds which nothing here renders: only that it is one is known."""
        if leaf.secret is None or (item.namespace, leaf.secret.name) in self.readers.rendered_secrets:
            return
        role = self.roles.named(leaf.key)
        holds = _prefixes(
            leaf.key, ("url", "uri", "dsn", "host", "hostname", "connectionstring", "configstring")
        )
        if role is None or role.database_kind == "none" or not holds:
            return
        secret = leaf.secret
        yield self._use(item, leaf, role, None, "", None, "", "unknown", False, (secret,), tls=False)

    def _around(self, near: Sequence[Leaf], prefixes: Sequence[str], role: Role) -> "_Around":
        def one(name: str) -> Leaf | None:
            for prefix in prefixes:
                # `POSTGRESQL__NAME` beside `POSTGRESQL__HOST` is the name of the database.
                named = ("name",) if name == "database" and prefix.endswith(role.words) else ()
                for word in (*role.keys[name], *named):
                    for leaf in near:
                        # `name` in a section `database` is the database's.
                        inside = f"{leaf.scope[-1]}_{leaf.key}" if name == "database" and leaf.scope else ""
                        if f"{prefix}{word}" in (plain(leaf.key), plain(inside)):
                            return leaf
            return None

        found = {name: one(name) for name in ("port", "database", "user", "password", "secret")}
        secrets = [leaf.secret for leaf in found.values() if leaf and leaf.secret]
        named = found["secret"]
        if named and named.value:
            secrets.append(SecretKey(named.value, ""))
        password = found["password"]
        given = bool(password and (password.value or password.secret)) or bool(named and named.value)
        database, user, port = found["database"], found["user"], found["port"]
        return _Around(
            _number(port.value) if port else None,
            database.value if database else "",
            "yes" if given else "no" if password else "unknown",
            bool(user and (user.value or user.secret)),
            tuple(secrets),
        )

    def _use(
        self, item: Item, leaf: Leaf, role: Role, address: Address | None, host: str, port: int | None,
        database: str, auth: Auth, user: bool, secrets: tuple[SecretKey, ...], tls: bool,
    ) -> Use:  # fmt: skip
        component = self._component(item, leaf, role)
        path = _shown(leaf)
        needles = (
            leaf.value if len(leaf.value) > 3 else "",
            host,
            # Behind the name of the release in a template of the values.
            f"}}}}{host.removeprefix(item.release.partition('/')[2])}" if item.release else "",
            str(leaf.secret.name) if leaf.secret else "",
        )
        hints = (leaf.key, *map(str, leaf.scope[-2:]), component, item.name)
        place = self._finder.place(item, path, needles, hints)
        rendered = self.ground.by_id.get(item.release) or self.ground.missing.get(item.release)
        named = tuple(
            SecretKey(s.name, s.key) for s in dict.fromkeys((*secrets, *self._in_value(leaf, item)))
        )
        known = is_hole(database) or not database
        default = role.database_default if address else ""
        return Use(
            item.release, item, component, role, address, host, port,
            default if known else database, not known, auth, user, named, tls, place,
            asleep=rendered.asleep if rendered else "",
        )  # fmt: skip

    def _in_value(self, leaf: Leaf, item: Item) -> Iterator[SecretKey]:
        """The Secrets behind variables that a value names."""
        names = set(_VARIABLE.findall(leaf.value))
        if names:
            for other in leaves(item.data):
                if other.secret and other.key in names and other.scope == leaf.scope:
                    yield other.secret

    def _component(self, item: Item, leaf: Leaf, role: Role) -> str:
        """The nearest word that names a part of an application: in the key, around it, in the object."""
        labels = (
            str(one.pod_labels.get("app.kubernetes.io/component") or "") for one in self.readers.of(item)
        )
        around = (
            str(step)
            for step in reversed(leaf.scope)
            if isinstance(step, str) and not step.endswith((".yml", ".yaml"))
        )
        for name in (leaf.key, *around, item.name, *labels):
            found = next((role.by_word[word] for word in words_of(name) if word in role.by_word), None)
            if found:
                return found.name
        return ""


@record
class _Around:
    """What stands beside a host."""

    port: int | None
    database: str
    auth: Auth
    user: bool
    secrets: tuple[SecretKey, ...]


@lru_cache(maxsize=65536)
def _prefixes(key: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """What stands before one of the words at the end of a key, then ever less of it; empty where none ends it.

    >>> _prefixes("REDIS_CACHE_HOST", ("host",))
    ('rediscache', 'redis', '')
    """
    parts = words_of(key)
    for at in range(len(parts)):
        if "".join(parts[at:]) in words:
            return tuple("".join(parts[:end]) for end in range(at, -1, -1))
    whole = plain(key)
    for word in words:
        if len(word) > 3 and whole.endswith(word):
            return (whole.removesuffix(word), "") if whole != word else ("",)
    return tuple("".join(parts[:end]) for end in range(len(parts), -1, -1)) if "" in words else ()


def _is_off(near: Sequence[Leaf], prefixes: Sequence[str]) -> bool:
    """Whether a switch beside a setting turns it off."""
    switches = {f"{prefix}{word}" for prefix in prefixes for word in ("enabled", "enable")}
    return any(plain(leaf.key) in switches and leaf.value.lower() == "false" for leaf in near)


def _filled(text: str, near: Sequence[Leaf]) -> str:
    """A text with the variables in it that stand beside it and are no secret."""
    if "$(" not in text:
        return text
    known = {leaf.key: leaf.value for leaf in near if leaf.value and not leaf.secret}
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _shown(leaf: Leaf) -> str:
    steps = [str(step) for step in leaf.path]
    return ".".join(steps)
