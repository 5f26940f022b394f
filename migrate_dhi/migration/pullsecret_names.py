"""Names of pull secrets: those that this repository already uses for a registry, and those that a plan wants."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from migrate_dhi.errors import MigrateDhiError
from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.source import Source
from migrate_dhi.regex import regex
from migrate_dhi.steps.context import Image, parsed

_KEY = regex(r"pull_?-?secrets?", re.IGNORECASE)
_NAME = regex(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def known_pull_secrets(source: Source, hosts: set[str]) -> list[str]:
    """Names under pull-secret keys in the values files that mention one of the registries, most used first."""
    if source.files:
        return known_in(source.files, hosts)
    return _counted(source.chart.texts.items(), hosts)


def pull_secrets_for(source: Source, images: Iterable[Image]) -> list[str]:
    """The same for the registries that the hardened ones of these images come from."""
    hosts = {
        target.canonical().registry
        for image in images
        if image.hardened and (target := image.decision.after or image.before)
    }
    return known_pull_secrets(source, hosts) if hosts else []


def known_in(files: Snapshot, hosts: Iterable[str]) -> list[str]:
    """The same of all files of a repository."""
    return list(_known(files, frozenset(hosts)))


@lru_cache(maxsize=8)
def _known(files: Snapshot, hosts: frozenset[str]) -> tuple[str, ...]:
    return tuple(_counted(_mentioning(files, hosts), hosts))


def _counted(texts: Iterable[tuple[str, str]], hosts: Collection[str]) -> list[str]:
    count: dict[str, int] = {}
    for name, text in texts:
        if not any(host in text for host in hosts) or not _KEY.search(text):
            continue
        try:
            data = parsed(text, name).get(())
        except MigrateDhiError:
            # Another chart's values that are no YAML are not this plan's concern.
            continue
        for found in _names(data):
            count[found] = count.get(found, 0) + 1
    return sorted(count, key=lambda name: (-count[name], name))


def _mentioning(files: Snapshot, hosts: Collection[str]) -> Iterator[tuple[str, str]]:
    """The values files that mention one of the registries, with their texts."""
    names = [
        name
        for name in files.mentioning(*sorted(hosts))
        if name.endswith((".yaml", ".yml")) and "/charts/" not in f"/{name}" and "values" in name
    ]
    files.read_all(names)
    for name in names:
        text = files.text(name)
        if text is not None:
            yield name, text


def _names(data: Any, inside: bool = False) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if inside and key == "name" and isinstance(value, str):
                yield from _names(value, inside=True)
            else:
                yield from _names(value, inside=bool(_KEY.search(str(key))))
    elif isinstance(data, list):
        for item in data:
            yield from _names(item, inside=inside)
    elif inside and isinstance(data, str) and _NAME.fullmatch(data):
        yield data


def wanted_secrets(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The pull secrets that the plan gives to pods, each as (namespace, name): they must be there before its merge."""
    effects = [effect for step in plan.editing_steps for effect in step.effects if _KEY.search(effect.path)]
    names = dict.fromkeys(
        name
        for effect in effects
        for name in _names(effect.after, inside=True)
        if name not in _names(effect.before, inside=True)
    )
    namespaces = dict.fromkeys(one.namespace for one in plan.releases if one.role == "target")
    return tuple((namespace, name) for namespace in namespaces or (plan.namespace,) for name in names)
