"""Frozen data classes that cost little to define.

``dataclasses.dataclass`` writes the source of six methods for each class and compiles it: 0.4 ms, which for a
hundred classes is a third of what importing this program takes, however few instances a run makes. The methods
of a record are common to all classes and read the names of its fields; an instance costs some microseconds more.
A class of which a run makes many gets an ``__init__`` of its own after all.
"""

import dataclasses
from collections.abc import Callable, Mapping
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, NoReturn, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)

# So many instances cost as much more as it takes to compile a method.
_MANY = 150


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def record(cls: _Class) -> _Class:
    """Make a class what ``dataclass(frozen=True)`` makes of it.

    ``fields``, ``field``, ``replace``, ``asdict`` and ``__post_init__`` work as they do there. There are no
    options: every field is an argument by place or by name, and no class has methods of its own in place of
    those that a record gets. Raises TypeError for a class that wants it otherwise.
    """
    # A class without a docstring gets its signature for one, which loads and asks a whole module.
    cls.__doc__ = cls.__doc__ or cls.__name__
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(cls)
    compared = tuple(field.name for field in fields if field.compare)
    hashed = tuple(field.name for field in fields if (field.compare if field.hash is None else field.hash))
    methods = {
        "__init__": _init(cls, fields, getattr(cls, "__post_init__", None)),
        "__repr__": _repr,
        **_equality(compared, hashed),
        "__setattr__": _no_assignment,
        "__delattr__": _no_deletion,
    }
    odd = {
        field.name for field in fields if field.kw_only or not field.init
    } | methods.keys() & cls.__dict__.keys()
    if odd:
        raise TypeError(f"{cls.__qualname__} is no record, because of {', '.join(sorted(odd))}")
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def _init(
    cls: type, fields: tuple[dataclasses.Field[Any], ...], finish: Callable[[Any], None] | None
) -> Callable[..., None]:
    names = tuple(field.name for field in fields)
    put = object.__setattr__
    made = 0

    def __init__(self: Any, /, *values: Any, **named: Any) -> None:  # noqa: N807 - a method of the class
        nonlocal made
        made += 1
        if made == _MANY:
            setattr(cls, "__init__", _compiled(fields, finish))  # noqa: B010 - a method is no variable to assign to
        if named or len(values) != len(names):
            values = _bound(type(self), fields, values, named)
        for name, value in zip(names, values, strict=True):
            put(self, name, value)
        if finish:
            finish(self)

    return __init__


def _compiled(
    fields: tuple[dataclasses.Field[Any], ...], finish: Callable[[Any], None] | None
) -> Callable[..., None]:
    """The method as one would write it for these fields."""
    scope: dict[str, Any] = {
        "_put_": object.__setattr__,
        "_finish_": finish,
        "_missing_": dataclasses.MISSING,
    }
    parameters, lines = [], []
    for number, field in enumerate(fields):
        parameter = field.name
        if field.default is not dataclasses.MISSING:
            scope[f"_default_{number}_"] = field.default
            parameter += f"=_default_{number}_"
        elif field.default_factory is not dataclasses.MISSING:
            scope[f"_make_{number}_"] = field.default_factory
            parameter += "=_missing_"
            lines.append(f"    if {field.name} is _missing_: {field.name} = _make_{number}_()")
        parameters.append(parameter)
        lines.append(f"    _put_(_record_, {field.name!r}, {field.name})")
    lines += ["    _finish_(_record_)"] if finish else []
    text = "\n".join(
        [f"def __init__({', '.join(['_record_', '/', *parameters])}):", *lines, "    return None"]
    )
    exec(text, scope)  # noqa: S102 - of the names of fields alone
    made: Callable[..., None] = scope["__init__"]
    return made


def _bound(
    cls: type, fields: tuple[dataclasses.Field[Any], ...], values: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[Any, ...]:
    """A value for every field, from the arguments of a call and the defaults; raises TypeError as any call does."""
    known = [field.name for field in fields[len(values) :]]
    if len(values) > len(fields) or not named.keys() <= set(known):
        wrong = ", ".join(sorted(named.keys() - set(known)))
        raise TypeError(f"{cls.__qualname__}() got {wrong or len(values)} more than once, or without a field")
    bound = list(values)
    for field in fields[len(values) :]:
        if field.name in named:
            bound.append(named[field.name])
        elif field.default is not dataclasses.MISSING:
            bound.append(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            bound.append(field.default_factory())
        else:
            raise TypeError(f"{cls.__qualname__}() missing the argument {field.name!r}")
    return tuple(bound)


def _equality(compared: tuple[str, ...], hashed: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    # A getter of one name gives the bare value, and of none there is no getter: the class is always among them.
    compare = attrgetter(*compared, "__class__")
    key = compare if hashed == compared else attrgetter(*hashed, "__class__")

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807 - a method of the class
        return compare(self) == compare(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807 - a method of the class
        return hash(key(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (
        f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr
    )
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _no_assignment(_: Any, name: str, __: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_deletion(_: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
