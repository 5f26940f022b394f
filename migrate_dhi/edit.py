"""An edit as data: what the target makes of a step's wish, and what is written in the end."""

from typing import Any

from migrate_dhi.record import record

ValuesPath = tuple[str | int, ...]
"""Keys (``str``) and list positions (``int``), outermost first."""


@record
class Edit:
    """One change of one file: set the data at ``path`` to ``value``, or delete it.

    ``document`` is the index among the documents of a file of Kubernetes objects; None for a values file,
    which is one document. ``inner`` is the path in the YAML text that the scalar at ``path`` holds, or None
    where ``path`` is the place itself.
    """

    file: str
    path: ValuesPath
    value: Any = None
    delete: bool = False
    document: int | None = None
    inner: ValuesPath | None = None
