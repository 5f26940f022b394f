"""A record is what ``dataclass(frozen=True)`` makes of the same class, in everything that the program relies on."""

import copy
import inspect
import subprocess
import sys
from dataclasses import (
    FrozenInstanceError,
    asdict,
    astuple,
    dataclass,
    field,
    fields,
    is_dataclass,
    replace,
)
from functools import cached_property
from typing import Any, ClassVar

import pytest

from migrate_dhi.record import _MANY, _compiled, record


def both(define):
    """The same class as a record, as one of which many were made, and as a data class."""
    often = define(record)
    often.__init__ = _compiled(fields(often), getattr(often, "__post_init__", None))
    kinds = {"record": define(record), "often": often, "data": define(dataclass(frozen=True))}
    return pytest.mark.parametrize("kind", kinds.values(), ids=kinds.keys())


def _place(decorate):
    @decorate
    class Place:
        """A place."""

        file: str
        line: int = 0
        seen: dict[str, Any] = field(default_factory=dict, compare=False)
        notes: tuple[Any, ...] = field(default=(), repr=False)
        LIMIT: ClassVar[int] = 3

        @cached_property
        def upper(self):
            return self.file.upper()

    return Place


places = both(_place)


def test_a_class_of_which_many_are_made_gets_a_method_of_its_own():
    kind = _place(record)
    general = kind.__init__

    made = [kind("a", number) for number in range(_MANY + 2)]

    assert kind.__init__ is not general
    assert [one.line for one in made] == list(range(_MANY + 2))


@places
def test_arguments_go_by_place_and_by_name(kind):
    assert kind("a", 2, {"x": 1}, (3,)) == kind(notes=(3,), seen={"x": 1}, line=2, file="a")
    assert (kind("a").line, kind("a").seen, kind("a").notes) == (0, {}, ())
    assert kind("a").seen is not kind("a").seen


@places
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((), {"line": 1}),
        (("a", 1, {}, (), 5), {}),
        (("a",), {"file": "b"}),
        (("a",), {"LIMIT": 1}),
        (("a", 1, {}, ()), {"line": 1}),
        (("a", 1, {}, ()), {"other": 1}),
    ],
)
def test_wrong_arguments_are_refused(kind, values, named):
    with pytest.raises(TypeError, match=r"Place|__init__"):
        kind(*values, **named)


@places
def test_nothing_is_assigned_or_deleted(kind):
    place = kind("a")

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'file'"):
        place.file = "b"
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'file'"):
        del place.file
    assert place.file == "a"


@places
def test_equal_where_the_compared_fields_are(kind):
    assert kind("a", seen={"x": 1}) == kind("a", seen={"y": 2})
    assert hash(kind("a", seen={"x": 1})) == hash(kind("a", seen={"y": 2}))
    assert kind("a") != kind("a", 1)
    assert kind("a") != kind("a", notes=(1,))
    assert {kind("a"): 1}[kind("a")] == 1
    assert len({kind("a"), kind("a", 0), kind("b")}) == 2


@places
def test_another_class_is_never_equal(kind):
    inner = type("Inner", (kind,), {})

    assert kind("a") != ("a", 0, ())
    assert kind("a") != _place(record)("a")
    assert kind("a") != inner("a")
    assert kind("a").__eq__("a") is NotImplemented


@places
def test_unhashable_values_make_it_unhashable(kind):
    with pytest.raises(TypeError, match="unhashable"):
        hash(kind("a", notes=([],)))


@places
def test_shown_without_the_hidden_fields(kind):
    assert repr(kind("a", 2, notes=(3,))) == f"{kind.__qualname__}(file='a', line=2, seen={{}})"


@places
def test_shown_where_it_holds_itself(kind):
    place = kind("a")
    place.seen["self"] = place

    assert repr(place).endswith("seen={'self': ...})")


@places
def test_the_functions_of_dataclasses_know_it(kind):
    place = kind("a", 2, {"x": kind("b")}, (3,))

    assert is_dataclass(kind)
    assert [(f.name, f.type) for f in fields(kind)][:2] == [("file", str), ("line", int)]
    assert replace(place, line=3) == kind("a", 3, {}, (3,))
    assert asdict(place)["seen"]["x"] == {"file": "b", "line": 0, "seen": {}, "notes": ()}
    assert astuple(kind("a")) == ("a", 0, {}, ())
    assert kind.__match_args__ == ("file", "line", "seen", "notes")
    with pytest.raises(TypeError):
        replace(place, other=1)


@places
def test_properties_are_kept_once_computed(kind):
    place = kind("a")

    assert place.upper is place.upper
    assert replace(place, file="b").upper == "B"


@places
def test_copies_are_equal(kind):
    place = kind("a", notes=(kind("b"),))

    assert copy.copy(place) == copy.deepcopy(place) == place


def _strip(self):
    object.__setattr__(self, "text", self.text.strip())


@both(
    lambda decorate: decorate(type("Safe", (), {"__annotations__": {"text": str}, "__post_init__": _strip}))
)
def test_what_follows_the_arguments_runs(kind):
    assert kind(" a ").text == "a"
    assert replace(kind("a"), text=" b ").text == "b"


@both(lambda decorate: decorate(type("Empty", (), {})))
def test_no_fields_at_all(kind):
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    assert repr(kind()) == "Empty()"
    with pytest.raises(TypeError):
        kind(1)


def _float(decorate):
    return decorate(type("Number", (), {"__annotations__": {"value": float}}))


@both(_float)
def test_a_single_field_is_compared_as_one_of_several(kind):
    nan = float("nan")

    # Data classes compare field by field from Python 3.13 on, and so find no such number equal to itself.
    of_record = kind.__dict__["__setattr__"].__module__ == "migrate_dhi.record"
    assert (kind(nan) == kind(nan)) or (not of_record and sys.version_info >= (3, 13))
    assert kind(1.0) == kind(1)


@both(_float)
def test_a_class_made_of_another_has_its_fields_first(kind):
    decorate = (
        record if kind.__dict__["__setattr__"].__module__ == "migrate_dhi.record" else dataclass(frozen=True)
    )
    inner = decorate(type("Inner", (kind,), {"__annotations__": {"unit": str}, "unit": "m"}))

    assert inner(1.0) == inner(value=1.0, unit="m")
    assert inner(1.0) != kind(1.0)


@both(
    lambda decorate: decorate(
        type("Hashed", (), {"__annotations__": {"a": str, "b": str}, "b": field(default="", hash=False)})
    )
)
def test_a_field_that_only_the_hash_leaves_out(kind):
    assert hash(kind("a", "b")) == hash(kind("a", "c"))
    assert kind("a", "b") != kind("a", "c")


@pytest.mark.parametrize(
    "body",
    [
        {"__annotations__": {"a": int}, "a": field(default=0, init=False)},
        {"__annotations__": {"a": int}, "a": field(default=0, kw_only=True)},
        {"__annotations__": {"a": int}, "__eq__": _strip},
        {"__annotations__": {"a": int}, "__init__": _strip},
    ],
)
def test_what_no_record_has_is_refused(body):
    with pytest.raises(TypeError, match="Odd is no record"):
        record(type("Odd", (), body))


def test_a_mutable_default_is_refused():
    with pytest.raises(ValueError, match="mutable default"):
        record(type("Odd", (), {"__annotations__": {"a": list}, "a": []}))


def test_types_are_checked_as_those_of_a_data_class(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        inspect.cleandoc("""
            from dataclasses import replace
            from migrate_dhi.record import record

            @record
            class Place:
                file: str
                line: int = 0

            place = Place("a", line=2)
            replace(place, line=3)
            Place(1)
            Place()
            replace(place, other=3)
            place.line = 3
        """)
    )

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(program)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line.split(":")[1] for line in done.stdout.splitlines()[:-1]] == ["11", "12", "13", "14"], (
        done.stdout
    )
