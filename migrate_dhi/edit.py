"""What a step asks for (a Set), and what the target makes of it: an Edit, written in the end."""

from typing import Any

from migrate_dhi.record import record

ValuesPath = tuple[str | int, ...]
"""Keys (``str``) and list positions (``int``), outermost first."""


@record
class Edit:
    """One change of one file: set the data at ``path`` to ``value``, or delete it.

    ``document`` is the index among the documents of a file of Kubernetes objects; None for a values file,
    which is one document. ``inner`` is the path in the YAML text that the scalar at ``path`` holds, or None
    where ``path`` is the place itself. With ``template`` the file is a template of the chart, and ``path`` a place
    of its lines: what is written there, and which of the lines of that kind it is.
    """

    file: str
    path: ValuesPath
    value: Any = None
    delete: bool = False
    document: int | None = None
    inner: ValuesPath | None = None
    template: bool = False


@record
class Set:
    """A value that a step wants: it knows no file.

    ``release`` names the release that is meant, where several are planned together. ``word`` is set where only the
    word of that number in the text at the path is to become the value. ``source`` is ``values``,
    ``chart`` for a field of Chart.yaml, ``lock`` for one of Chart.lock, ``version`` for that of a chart from
    elsewhere where it stands, or ``template`` for a line of a template
    (``path`` begins with its file then). With ``delete`` the path is taken out of every layer that lists it. With
    ``over`` it must lie over the chart's own values: only there a ``null`` deletes a default whatever the version of
    Helm.
    """

    path: ValuesPath
    value: Any = None
    source: str = "values"
    delete: bool = False
    over: bool = False
    release: str = ""
    word: int | None = None
