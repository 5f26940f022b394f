"""A reversal held against what its steps did: which fields are again what they were, and what else changes."""

import pytest

from migrate_dhi.helm.shelf import Shelf
from migrate_dhi.kube.compare import ABSENT, compare
from migrate_dhi.kube.manifests import Manifests
from migrate_dhi.migration import restored as module
from migrate_dhi.migration.restored import Restored, _equal, _field, _found, _NotRenderedError, _State, _Told
from migrate_dhi.release.layer import Layer
from tests.migration.releases import local, release
from tests.texts import Texts

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: x, labels: {{{labels}}}}}
spec: {{template: {{spec: {{containers: [{containers}]}}}}}}
"""


def of(image="a:1", *, labels="v: '1'", before="", more="", after=""):
    containers = f"{before}{{name: main, image: '{image}'{more}}}{after}"
    return Manifests({"c/templates/a.yaml": POD.format(labels=labels, containers=containers)})


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Nobody waits here; how long would have been waited is told."""
    slept = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    return slept


def told(steps, now, then, *again):
    """(fields that are what they were, those that are not, those besides); each render again is one of ``again``."""
    found, renders = _Told(), list(again) or [now] * 2
    found.add(steps, now, then, lambda: renders.pop(0))
    return found.fields, found.wrong, found.besides


STEP = (of("a:1"), of("b:2"))


def test_a_field_that_is_again_what_it_was(clock):
    assert told([STEP], of("b:2"), of("a:1")) == (1, [], [])
    # Nothing is unclear, so nothing is looked at twice.
    assert clock == []


def test_a_field_that_is_not():
    fields, wrong, besides = told([STEP], of("b:2"), of("c:3"))

    assert (fields, len(wrong), besides) == (0, 1, [])
    assert "containers[main].image" in wrong[0] or "containers[0].image" in wrong[0]


def test_of_several_steps_what_was_before_the_oldest_counts():
    """They come newest first."""
    newest, oldest = (of("b:2"), of("c:3")), (of("a:1"), of("b:2"))

    assert told([newest, oldest], of("c:3"), of("a:1")) == (1, [], [])
    assert told([newest, oldest], of("c:3"), of("b:2"))[0] == 0
    # Where the newest alone is taken back, its own.
    assert told([newest], of("c:3"), of("b:2")) == (1, [], [])


def test_what_changes_besides():
    _, wrong, besides = told([STEP], of("b:2"), of("a:1", labels="v: '9'"))

    assert (wrong, len(besides)) == ([], 1)
    assert "metadata.labels.v" in besides[0]


def test_what_was_changed_since_and_stays_is_no_matter():
    more = ", env: [{name: A, value: b}]"

    assert told([STEP], of("b:2", more=more), of("a:1", more=more)) == (1, [], [])


def test_a_container_that_came_before_it_since_does_not_mislead():
    """Items of a list are known by their names."""
    new = "{name: first, image: 'z:1'}, "

    assert told([STEP], of("b:2", before=new), of("a:1", before=new)) == (1, [], [])
    assert told([STEP], of("b:2", before=new), of("b:2", before=new))[0] == 0


def test_a_field_that_the_step_made_is_gone_again():
    made = (of("a:1"), of("a:1", more=", workingDir: /x"))

    assert told([made], made[1], made[0]) == (1, [], [])
    assert told([made], made[1], made[1])[0] == 0


def test_a_field_that_the_step_took_away_is_there_again():
    took = (of("a:1", more=", workingDir: /x"), of("a:1"))

    assert told([took], took[1], took[0]) == (1, [], [])
    assert told([took], took[1], of("a:1", more=", workingDir: /y"))[0] == 0


def test_an_object_that_is_gone_since_is_not_what_it_was():
    fields, wrong, _ = told([STEP], Manifests({}), Manifests({}))

    assert (fields, len(wrong)) == (0, 1)


def test_what_differs_by_itself_is_no_difference(clock):
    """It is looked at twice, the second time a second later: charts write times by the second."""
    other = of("b:2", labels="v: '9'")

    assert told([STEP], of("b:2"), of("a:1", labels="v: '5'"), other, of("b:2")) == (1, [], [])
    assert clock == [0.0]
    clock.clear()
    assert told([STEP], of("b:2"), of("a:1", labels="v: '5'"), of("b:2"), other) == (1, [], [])
    assert clock == [0.0, module._SECOND]
    assert len(told([STEP], of("b:2"), of("a:1", labels="v: '5'"), of("b:2"), of("b:2"))[2]) == 1


def test_noise_of_one_field_excuses_no_other():
    noisy = of("b:2", labels="v: '9'")

    fields, wrong, besides = told([STEP], of("b:2"), of("c:3", labels="v: '5'"), noisy, noisy)

    assert (fields, len(wrong), besides) == (0, 1, [])


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (1, 1, True),
        ("1", "1", True),
        ({"a": 1}, {"a": 1}, True),
        (ABSENT, ABSENT, True),
        (1, "1", False),
        (1, True, False),
        (1, 1.0, False),
        (0, False, False),
        (None, ABSENT, False),
        ("", None, False),
    ],
)
def test_when_two_values_are_the_same_to_kubernetes(one, two, same):
    assert _equal(one, two) is same


@pytest.mark.parametrize(
    ("named", "value"),
    [
        (("a", ("name", "x"), "v"), 1),
        (("a", ("name", "y"), "v"), ABSENT),
        (("a", 0, "v"), 1),
        (("a", 5), ABSENT),
        (("b", "c"), None),
        (("b", "c", "d"), ABSENT),
        (("b", ("name", "x")), ABSENT),
        ((), {"a": [{"name": "x", "v": 1}], "b": {"c": None}}),
    ],
)
def test_what_stands_at_a_field(named, value):
    assert _found({"a": [{"name": "x", "v": 1}], "b": {"c": None}}, named) == value


def test_a_field_is_known_by_the_names_of_what_it_stands_in():
    (change,) = compare(of("a:1", before="{name: o}, "), of("b:2", before="{name: o}, "))

    assert _field(change)[1][-2:] == (("name", "main"), "image")


# the proof as a whole


@pytest.mark.parametrize(
    ("proof", "proven"),
    [
        (Restored(("a",), 1), True),
        # What else changes is told, and no reason to doubt.
        (Restored(("a",), 1, besides=("x",)), True),
        (Restored(("a",), 1, wrong=("x",)), False),
        (Restored(("a",), 1, unproven=("x",)), False),
        (Restored((), 0), False),
    ],
)
def test_what_is_proven(proof, proven):
    assert proof.proven is proven
    assert proof.to_json()["proven"] is proven


def test_the_proof_as_data():
    assert Restored(("a",), 2, ("w",), ("b",), ("u",), "helm 4").to_json() == {
        "proven": False,
        "releases": ["a"],
        "fields": 2,
        "wrong": ["w"],
        "besides": ["b"],
        "unproven": ["u"],
        "engine": "helm 4",
    }
    assert Restored().to_json()["engine"] is None


# which charts are laid out to render a release as it was


def chart(*addresses, name="x"):
    entries = "".join(f"- {{name: d, repository: '{one}'}}\n" for one in addresses)
    return f"name: {name}\ndependencies:\n{entries}" if addresses else f"name: {name}\n"


def charts(path, over=None, **files):
    state = _State(
        Texts({name.replace("__", "/") + "/Chart.yaml": text for name, text in files.items()}),
        over or {},
        Shelf(),
        None,
    )
    return state._charts(path)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"apps__web": chart()}, ["apps/web"]),
        ({"apps__web": chart("file://../common")}, ["apps/web", "apps/common"]),
        ({"apps__web": chart("file://../../lib/common/")}, ["apps/web", "lib/common"]),
        # And what that names in turn.
        (
            {"apps__web": chart("file://../a"), "apps__a": chart("file://../b")},
            ["apps/web", "apps/a", "apps/b"],
        ),
        ({"apps__web": chart("file://../a"), "apps__a": chart("file://../web")}, ["apps/web", "apps/a"]),
        # What lies inside comes with it.
        ({"apps__web": chart("file://./charts/a", "file://sub")}, ["apps/web"]),
        ({"apps__web": chart("file://../..")}, ["."]),
        # From elsewhere, out of the repository, or of no use.
        ({"apps__web": chart("https://charts.example", "oci://x", "@alias", "")}, ["apps/web"]),
        ({"apps__web": chart("file://../../../x", "file:///etc")}, ["apps/web"]),
        ({"apps__web": "dependencies: text\n"}, ["apps/web"]),
        ({"apps__web": "dependencies: [text, {name: a}]\n"}, ["apps/web"]),
        ({}, ["apps/web"]),
    ],
)
def test_the_charts_beside_one_that_it_depends_on(files, found):
    assert charts("apps/web", **files) == found


def test_what_the_reversal_makes_of_a_chart_counts():
    over = {"apps/web/Chart.yaml": chart("file://../common")}

    assert charts("apps/web", over, apps__web=chart()) == ["apps/web", "apps/common"]
    assert charts("apps/web", {"apps/web/Chart.yaml": None}, apps__web=chart("file://../common")) == [
        "apps/web"
    ]


def test_a_chart_at_the_root():
    state = _State(Texts({"Chart.yaml": chart("file://lib", "file://../x")}), {}, Shelf(), None)

    assert state._charts(".") == ["."]


def test_values_that_are_kept_elsewhere_are_not_rendered():
    state = _State(Texts({}), {}, Shelf(), None)

    for layer in (Layer("unread", "sealed.yaml"), Layer("map", "a.yaml", text="a: 1\n")):
        with pytest.raises(_NotRenderedError, match="made or kept elsewhere"):
            state.again(release(layers=(layer,)))


def test_a_chart_that_was_not_there_is_told_with_its_state():
    one = release(origin=local("apps/web"))

    with pytest.raises(_NotRenderedError, match=r"apps/web/Chart\.yaml is not in the test"):
        _State(Texts({"apps/web/values.yaml": ""}), {}, Shelf(), Texts({})).again(one)
