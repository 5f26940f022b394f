"""Flags that were given, as words of a command line once more."""

from collections.abc import Collection, Iterable, Mapping
from math import isfinite
from typing import Any

import click


def flag_words(
    parameters: Iterable[click.Parameter], flags: Mapping[str, Any], leave_out: Collection[str] = ()
) -> list[str]:
    """The words of those flags that say something else than their default."""
    words: list[str] = []
    for parameter in parameters:
        name = parameter.name or ""
        value = flags.get(name)
        if not isinstance(parameter, click.Option) or name in leave_out:
            continue
        if not value or value == parameter.default:
            continue
        if parameter.is_flag:
            words.append(parameter.opts[0])
        else:
            for item in value if isinstance(value, tuple) else (value,):
                parts = item if isinstance(item, tuple) else (item,)
                words += [parameter.opts[0], *map(str, parts)]
    return words


def finite(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    """A number of seconds that end: no range refuses what is no number."""
    if not isfinite(value):
        raise click.BadParameter(f"{value} is no number of seconds")
    return value


def filled(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """A word that says something: an empty one, as of a variable that is not set, is no way to leave a flag out."""
    source = context.get_parameter_source(parameter.name or "")
    if not value and source is click.core.ParameterSource.COMMANDLINE:
        raise click.BadParameter("it is empty; leave the flag out if nothing is meant")
    return value


def given(names: Iterable[str]) -> frozenset[str]:
    """Those of these flags that stand on the command line, be it with their default."""
    context = click.get_current_context()
    written = click.core.ParameterSource.COMMANDLINE
    return frozenset(name for name in names if context.get_parameter_source(name) is written)
