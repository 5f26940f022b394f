"""Names of pull secrets: those that this repository already uses for a registry, and those that a plan wants."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from migrate_dhi.git.snapshot import Snapshot
from migrate_dhi.migration.plan import Plan
from migrate_dhi.migration.source import Source
from migrate_dhi.regex import regex
from migrate_dhi.release.streams import data_of, parts
from migrate_dhi.steps.context import Image

_KEY = regex(r"pull_?-?secrets?", re.IGNORECASE)
_NAME = regex(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def known_pull_secrets(source: Source, hosts: set[str]) -> list[str]:
    """Names under pull-secret keys in the files that mention one of the registries, most used first.

    Values stand in files of their own, in the objects that deploy a chart, and in manifests that no chart makes.
    """
    if source.files:
        return known_in(source.files, hosts)
    return _counted(source.chart.texts.values(), hosts)


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


def _counted(texts: Iterable[str], hosts: Collection[str]) -> list[str]:
    count: dict[str, int] = {}
    for text in texts:
        if not any(host in text for host in hosts) or not _KEY.search(text):
            continue
        # What is no YAML is not this plan's concern.
        for found in (found for part in parts(text) for found in _names(data_of(part.text))):
            count[found] = count.get(found, 0) + 1
    return sorted(count, key=lambda name: (-count[name], name))


def _mentioning(files: Snapshot, hosts: Collection[str]) -> Iterator[str]:
    """The texts of YAML files that mention one of the registries, but for templates and vendored charts."""
    found = files.mentioning(*sorted(hosts))
    names = [name for name in found if name.endswith((".yaml", ".yml")) and not _is_of_chart(name, files)]
    files.read_all(names)
    yield from filter(None, map(files.text, names))


def _is_of_chart(name: str, files: Snapshot) -> bool:
    """Whether a file is a template of a chart, or lies below the ``charts/`` of one."""
    above = name.split("/")[:-1]
    return any(
        folder in ("charts", "templates") and "/".join([*above[:at], "Chart.yaml"]) in files
        for at, folder in enumerate(above)
    )


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
