"""ConfigMaps and Secrets that a kustomization generates, and where each of their keys stands."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from migrate_dhi.edit import ValuesPath
from migrate_dhi.record import record
from migrate_dhi.release.contents import Contents
from migrate_dhi.untyped import mapping, sequence, text_at


@record
class Key:
    """Where the text of a generated key is from.

    ``file`` holds it whole; or ``text`` is what stands in the kustomization itself, at ``path``.
    """

    file: str
    path: ValuesPath = ()
    text: str = ""


@record
class Generated:
    """A generated ConfigMap or Secret.

    Args:
        kind: ``ConfigMap`` or ``Secret``.
        name: its name without the hash behind it.
        namespace: its namespace, or empty.
        file: the kustomization.
        keys: its keys.
        hashed: whether a hash of the content is put behind the name.
        names: the names that it had before prefixes.
    """

    kind: str
    name: str
    namespace: str
    file: str
    keys: Mapping[str, Key]
    hashed: bool = True
    names: tuple[str, ...] = ()


def generated(
    contents: Contents, file: str, data: Mapping[str, Any], known: tuple[Generated, ...]
) -> tuple[Generated, ...]:
    """What a kustomization generates, over what its bases did (``behavior: merge`` and ``replace``).

    What is merged is found by any name that it had, and keeps the one that it has now (kustomize 5.6, run).
    """
    found = list(known)
    options = mapping(data.get("generatorOptions"))
    for kind, field in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
        for index, entry in enumerate(sequence(data.get(field))):
            own = mapping(entry)
            name, space = text_at(own, "name"), text_at(own, "namespace")
            plain = {**options, **mapping(own.get("options"))}.get("disableNameSuffixHash") is True
            keys = dict(_keys(contents, file, own, (field, index)))
            made = Generated(kind, name, space, file, keys, hashed=not plain, names=(name,))
            before = _before(found, made)
            if before is None:
                found.append(made)
            elif own.get("behavior") in ("merge", "replace"):
                kept = before.keys if own.get("behavior") == "merge" else {}
                hashed = before.hashed and made.hashed
                found[found.index(before)] = replace(before, file=file, keys={**kept, **keys}, hashed=hashed)
            else:
                found[found.index(before)] = made
    return tuple(found)


def _before(found: list[Generated], made: Generated) -> Generated | None:
    """What is there already under a kind and name: of the same namespace, else of one that is not told."""
    alike = [one for one in found if one.kind == made.kind and made.name in one.names]
    return next(
        (one for space in (made.namespace, "") for one in alike if one.namespace == space),
        alike[0] if alike and not made.namespace else None,
    )


def _keys(
    contents: Contents, file: str, entry: Mapping[str, Any], where: ValuesPath
) -> Iterator[tuple[str, Key]]:
    for item in sequence(entry.get("files")):
        key, equals, name = str(item).partition("=")
        name = name if equals else key
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), name))
        yield (key if equals else posixpath.basename(name)), Key(path)
    names = [*sequence(entry.get("envs")), *([entry["env"]] if entry.get("env") else [])]
    for name in names:
        listed = contents.beside(file, str(name))
        for line in contents.text(listed).splitlines() if listed else ():
            if "=" in line and not line.lstrip().startswith("#"):
                key, _, text = line.lstrip().partition("=")
                yield key, Key(str(listed), text=text)
    for index, item in enumerate(sequence(entry.get("literals"))):
        key, _, text = str(item).partition("=")
        yield key, Key(file, (*where, "literals", index), _unquoted(text))


def _unquoted(text: str) -> str:
    """A literal without the quotes around it, one pair of them."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
