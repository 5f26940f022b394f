"""Noise: what differs between two renders of the same input, and nothing beside it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from migrate_dhi.kube.compare import compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration import noise as module
from migrate_dhi.migration.noise import Noise

HEAD = "kind: Secret\nmetadata: {{name: {}}}\n"


def of(more="v: 1", name="x", template="c/templates/a.yaml"):
    return Manifests({template: HEAD.format(name) + more + "\n"})


class Renderer:
    """Gives one render after the other, of a chart that tells the time or not; remembers how it was asked."""

    def __init__(self, *renders, clock):
        self.renders, self.asked, self.clock = list(renders), [], clock
        self.begun = None

    def render(self, texts, *, again=False):
        self.asked.append((texts, again))
        found = self.renders.pop(0)
        if found is not self.begun:
            found.made = (module.time.monotonic(),) * 2
        return found

    def tells_time(self, _):
        return self.clock


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only where someone sleeps."""
    time = SimpleNamespace(now=100.0, slept=[])

    def sleep(seconds):
        time.slept.append(seconds)
        time.now += seconds

    monkeypatch.setattr(module.time, "monotonic", lambda: time.now)
    monkeypatch.setattr(module.time, "sleep", sleep)
    # It has no rounding.
    monkeypatch.setattr(module, "_SECOND", 1.25)
    return time


def noise_of(before, *renders, tells_time=True):
    renderer = Renderer(*renders, clock=tells_time)
    return Noise(SimpleNamespace(texts={"values.yaml": ""}, manifests=before), renderer), renderer


def left(noise, after):
    return [change.place for change in noise.without(compare(noise.before.manifests, after))]


def test_a_field_that_differs_by_itself_excuses_what_is_below_it_and_not_its_neighbour(clock):
    before = of("a: {b: 1, c: 2}\nd: 1")
    noise, _ = noise_of(before, of("a: {b: 9, c: 2}\nd: 1"))
    assert left(noise, of("a: {b: 5, c: 5}\nd: 5")) == ["a.b", "a.c", "d"]

    assert noise.look()

    assert left(noise, of("a: {b: 5, c: 5}\nd: 5")) == ["a.c", "d"]
    assert left(noise, of("a: {b: {e: 1}, c: 2}\nd: 1")) == []
    # The map around it is more than the field.
    assert left(noise, of("a: 1\nd: 1")) == ["a"]


def test_what_is_below_a_field_that_differs_whole_is_noise_too(clock):
    noise, _ = noise_of(of("a: 1"), of("a: {b: 1}"))
    noise.look()

    assert left(noise, of("a: {c: 2}")) == []


def test_the_same_field_of_another_object_is_no_noise(clock):
    before = Manifests({**of(name="x").files, **of(name="y", template="c/templates/b.yaml").files})
    again = Manifests({**of("v: 9", name="x").files, **of(name="y", template="c/templates/b.yaml").files})
    after = Manifests(
        {**of("v: 5", name="x").files, **of("v: 5", name="y", template="c/templates/b.yaml").files}
    )
    noise, _ = noise_of(before, again)
    noise.look()

    (change,) = noise.without(compare(before, after))
    assert change.identity.name == "y"


def test_an_object_that_comes_or_goes_by_itself_excuses_its_kind_and_template_alone(clock):
    before = Manifests({})
    noise, _ = noise_of(before, of(name="made-up"))
    noise.look()

    assert noise.without(compare(before, of(name="another"))) == []
    assert len(noise.without(compare(before, of(template="c/templates/b.yaml")))) == 1
    other = Manifests({"c/templates/a.yaml": "kind: Role\nmetadata: {name: x}\n"})
    assert len(noise.without(compare(before, other))) == 1


def test_it_is_looked_for_twice_and_the_second_time_a_second_later(clock):
    noise, renderer = noise_of(of(), of(), of("v: 2"))

    assert noise.look()
    assert (clock.slept, noise.known.dates) == ([], False)
    clock.now += 0.5
    assert noise.look()
    assert clock.slept == [0.75]
    assert noise.known.dates
    assert not noise.look()
    assert renderer.asked == [({"values.yaml": ""}, True)] * 2
    assert left(noise, of("v: 3")) == []


def test_a_chart_that_does_not_tell_the_time_is_looked_at_twice_at_once(clock):
    noise, _ = noise_of(of(), of(), of("v: 2"), of(), tells_time=False)

    assert [noise.look(), noise.look(), noise.look()] == [True, True, False]
    assert clock.slept == []
    assert left(noise, of("v: 3")) == []
    later = noise.after(SimpleNamespace(texts={}, manifests=of("v: 7")))
    assert [later.look(), later.look()] == [True, False]


def test_what_one_chart_shows_at_once_another_that_tells_the_time_may_show_later(clock):
    noise, renderer = noise_of(of(), of(), of(), of(), of("v: 2"), tells_time=False)
    noise.look()
    noise.look()
    renderer.clock = True
    other = replace(noise, looks=0)

    assert [other.look(), other.look(), other.look()] == [True, True, False]
    assert clock.slept == [1.25]
    assert left(other, of("v: 3")) == []


def test_what_takes_a_second_by_itself_is_not_waited_for(clock):
    noise, _ = noise_of(of(), of(), of())
    noise.look()
    clock.now += 5

    assert noise.look()
    assert clock.slept == [0.0]
    assert not noise.look()


def test_a_first_look_a_second_after_the_render_is_enough(clock):
    noise, renderer = noise_of(of(), of("v: 2"))
    clock.now += 1.25

    assert noise.look()
    assert not noise.look()
    assert len(renderer.asked) == 1


def test_a_render_that_was_begun_at_once_is_no_look_a_second_later(clock):
    noise, renderer = noise_of(of(), of(), of("v: 2"))
    renderer.begun = renderer.renders[0]
    clock.now += 5

    assert noise.look()
    assert not noise.known.dates
    # Five seconds have gone by since the first render, so nothing is left to wait.
    assert noise.look()
    assert noise.known.dates
    assert clock.slept == [0.0]


def test_what_one_step_learns_holds_for_the_next_and_dates_are_waited_for_once(clock):
    first, renderer = noise_of(of(), of(), of("v: 2"), of())
    first.look()
    first.look()

    later = first.after(SimpleNamespace(texts={}, manifests=of("v: 7")))

    assert left(later, of("v: 8")) == []
    assert later.look()
    assert not later.look()
    assert len(renderer.asked) == 3
