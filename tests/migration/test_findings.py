"""Findings that are not one step's own: what the chart, its images and the changes give occasion to say."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_dhi.edit import Edit
from migrate_dhi.errors import RenderError
from migrate_dhi.findings import Finding
from migrate_dhi.helm.chart import Chart
from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Identity, Manifests, Object
from migrate_dhi.migration import findings
from migrate_dhi.migration.plan import StepOutcome, Tried
from migrate_dhi.oci.reference import Reference
from migrate_dhi.trace.dormant import Dormant
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.slots import Slot

CHART = Chart.read(Path("web"), "web", {"web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n"})
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: main, image: x}]}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"


def codes(found):
    return [(one.code, one.severity) for one in found]


# of the chart


def of_chart(manifests=POD, *, chart=CHART, warnings=(), nodes=(), values=None, **trials):
    baseline = Manifests({"web/templates/x.yaml": manifests}, warnings=tuple(warnings))
    traces = {"": SimpleNamespace(nodes=nodes, values=values or {})}
    renderers = {
        "unchecked": (),
        "granted": (),
        "pinned": (),
        "stand_ins": (),
        "looked_up": (),
        "left_out": (),
        **trials,
    }
    return findings.of_chart(
        SimpleNamespace(chart=chart, baseline=baseline, traces=traces), SimpleNamespace(**renderers)
    )


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),
        ({"pinned": ["db ^1.0 is 1.4.0"]}, [("version-resolved", "info")]),
        ({"stand_ins": ["db is that of this repository"]}, [("dependency-assumed", "warning")]),
        ({"granted": ["a/v1", "b/v1"]}, [("api-assumed", "info")]),
        ({"looked_up": ["web/templates/x.yaml:3"]}, [("lookup-assumed", "warning")]),
        ({"warnings": ["coalesce.go: cannot overwrite"]}, [("engine-warning", "warning")]),
        ({"unchecked": ["https://x.example/s.json"]}, [("schema-unchecked", "warning")]),
        ({"manifests": SERVICE}, [("no-workloads", "info")]),
        ({"manifests": ""}, [("no-manifests", "info")]),
        (
            {"manifests": "", "chart": replace(CHART, metadata={"type": "library"})},
            [("library-chart", "info")],
        ),
    ],
)
def test_what_the_engine_does_not_say_aloud(more, found):
    assert codes(of_chart(**more)) == found


def test_several_of_a_kind_are_told_in_one():
    (one,) = of_chart(unchecked=["a", "b", "c"])
    assert "refers to a and 2 more, which was not looked at" in one.message
    (one,) = of_chart(granted=["a/v1", "b/v1"])
    assert "has no a/v1, b/v1: it is assumed" in one.message


@pytest.mark.parametrize(("editable", "file"), [(True, "web/Chart.yaml"), (False, "")])
def test_of_a_chart_from_elsewhere_no_file_is_named(editable, file):
    chart = replace(CHART, editable=editable)

    assert {one.file for one in of_chart(chart=chart, pinned=["x"], stand_ins=["x"])} == {file}


def node(prefix, held="1.0.0", **dependency):
    declared = [dependency] if dependency else []
    return SimpleNamespace(
        prefix=prefix,
        metadata={"name": prefix[-1] if prefix else "web", "version": held},
        declared=declared,
        key_of=lambda entry: str(entry.get("alias") or entry["name"]),
        condition=(),
        tags=(),
        defaults={},
        heeded=True,
    )


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ([node(()), node(("db",))], ""),
        (
            [node(()), node(("db",), name="common")],
            "db depends on common, which it does not hold: Helm renders nothing of it",
        ),
        # Of the chart itself Helm refuses what is lacking.
        ([node((), name="common")], ""),
        ([node(()), node(("db",), name="common"), node(("db", "common"))], ""),
    ],
)
def test_a_vendored_chart_that_lacks_what_it_declares_is_told(nodes, told):
    found = of_chart(nodes=nodes)

    assert codes(found) == [("dependency-lacking", "warning")] * bool(told)
    assert all(one.message.startswith(told) for one in found)


# of the images


OLD = Reference.parse("docker.io/acme/app:1.0")


def slot(*patterns, role="container"):
    identity = Identity("apps/v1", "Deployment", "", "web")
    return Slot(identity, "web/templates/d.yaml", 0, ("spec",), None, str(OLD), role, "main", patterns)


def image(status, *slots, notes=(), candidates=()):
    decision = SimpleNamespace(status=status, notes=notes, reason="no line", candidates=candidates)
    return SimpleNamespace(
        before=OLD,
        decision=decision,
        slots=slots,
        hardened=True,
        reachable=[one for one in slots if one.patterns],
        fixed=[one for one in slots if not one.patterns],
    )


def of_images(*images, texts=(("web/templates/d.yaml", "a\nimage: acme/app:1.0\n"),), own="", beside=""):
    context = SimpleNamespace(
        images=images,
        node_of=lambda _: SimpleNamespace(templates=texts),
        own_template=lambda _: own,
        template_beside=lambda _: beside,
    )
    return findings.of_images(context)


REACHED, FIXED = slot((Variable(("image",)),)), slot()
NOTE = Finding("line-newer", "warning", "m")


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (image("migrate", REACHED), []),
        (image("migrate", REACHED, notes=[NOTE]), ["line-newer"]),
        (image("already-dhi", REACHED, notes=[NOTE]), ["line-newer"]),
        (image("kept", FIXED, notes=[NOTE]), ["line-newer"]),
        (image("no-counterpart", FIXED), []),
        # Of what no value reaches only that is worth a word.
        (image("migrate", FIXED, notes=[NOTE]), ["image-fixed"]),
        (image("undecided", FIXED, notes=[NOTE]), ["image-fixed"]),
        (image("migrate", REACHED, FIXED, notes=[NOTE]), ["line-newer", "image-fixed"]),
        (image("undecided", REACHED, notes=[NOTE]), ["line-newer", "image-undecided"]),
        (image("undecided", REACHED, FIXED), ["image-undecided"]),
    ],
)
def test_what_is_said_of_an_image(one, found):
    assert [finding.code for finding in of_images(one)] == found


@pytest.mark.parametrize(
    ("role", "severity"),
    [
        ("container", "error"),
        ("init", "error"),
        ("hook", "error"),
        ("test", "warning"),
        ("environment", "warning"),
    ],
)
def test_a_question_stops_the_rest_only_where_the_image_runs(role, severity):
    candidates = [f"dhi.io/app:{n}" for n in range(6)]
    (one,) = of_images(image("undecided", slot((Variable(("image",)),), role=role), candidates=candidates))

    assert one.severity == severity
    assert ("it runs in no container" in one.message) is (severity == "warning")
    assert (
        "--to docker.io/acme/app=IMAGE:TAG (dhi.io/app:0, dhi.io/app:1, dhi.io/app:2, dhi.io/app:3), or"
        in one.help
    )


@pytest.mark.parametrize(
    ("text", "line", "fixed"),
    [
        ("a\nimage: acme/app:1.0\n", 2, True),
        # Only what stands there shows that it is fixed.
        ("a\nb\nx: app\n", 3, False),
        ("a\nb\nimage: {{ include }}\n", 3, False),
        ("a\n", 0, False),
    ],
)
def test_an_image_is_fixed_where_it_stands_in_the_template(text, line, fixed):
    (one,) = of_images(image("migrate", FIXED), texts=[("web/templates/d.yaml", text)])

    assert one.line == line
    assert ("fixed in the template" in one.message) is fixed


@pytest.mark.parametrize(
    ("own", "beside", "file", "advice"),
    [
        ("", "", "web/templates/d.yaml", "ask the chart's authors"),
        ("apps/web/templates/d.yaml", "", "apps/web/templates/d.yaml", "the template is yours"),
        ("", "lib/templates/d.yaml", "lib/templates/d.yaml", "of a chart that others may depend on"),
    ],
)
def test_who_can_change_a_template_is_told(own, beside, file, advice):
    (one,) = of_images(image("migrate", FIXED), own=own, beside=beside)

    assert one.file == file
    assert advice in one.help


# of what is switched off


def asleep(name, *switch):
    return Dormant(name, ("x",), switch)


@pytest.mark.parametrize(
    ("shown", "assumed", "told"),
    [
        (True, False, "a, b: side.enabled is false; what does not render stays as it is"),
        (
            None,
            False,
            "a, b: side.enabled is false, and the chart does not render with it on: what edits do to it then is not known",
        ),
        (True, True, "a, b: side.enabled looked at as if it were true"),
        (None, True, "a, b: side.enabled looked at as if it were true"),
        (False, True, "a, b: side.enabled looked at as if it were true"),
        # What renders neither way is no image of the chart.
        (False, False, ""),
    ],
)
def test_an_image_that_a_value_switches_off(shown, assumed, told):
    switch = ("side", "enabled")
    items = [asleep("a", *switch), asleep("b", *switch), asleep("a", *switch)]
    found = findings.of_dormant(items, lambda _: shown, assumed=assumed)

    assert [one.message for one in found] == [told] * bool(told)
    assert all(bool(one.help) is not assumed for one in found)


def test_those_of_other_switches_are_told_apart():
    found = findings.of_dormant([asleep("a", "x"), asleep("b", "y", 0)], lambda _: True, assumed=False)

    assert [one.message.partition(" is")[0] for one in found] == ["a: x", "b: y.0"]


# of what changes besides


def change(before, after, kind="ConfigMap", path=("data", "x")):
    item = Object(Identity("v1", kind, "", "x"), "web/templates/x.yaml", 0, {"data": {"x": before}})
    return Change(item, item, path, before, after)


@pytest.mark.parametrize(
    ("before", "after", "kind", "words"),
    [
        ("17", "17.4-debian13", "ConfigMap", "becomes 17.4-debian13 (17 before)"),
        ("a 17 b 17", "a 18 b 18", "ConfigMap", "becomes 18 (17 before)"),
        ("v=17,n=app", "v=18,n=web", "ConfigMap", "becomes 18 (17 before), web (app before)"),
        ("", "18", "ConfigMap", "becomes 18 (empty before)"),
        # A whole image that moves is announced.
        ("acme/app:17 17", "dhi.io/app:18 18", "ConfigMap", "becomes 18 (17 before)"),
        # What a Secret holds is not told.
        ("17", "18", "Secret", "becomes another"),
    ],
)
def test_a_bare_part_of_an_image_is_told_with_both_words(before, after, kind, words):
    (one,) = findings.of_surprises((), [change(before, after, kind)])

    assert (one.code, one.severity, one.file) == ("derived-value", "error", "web/templates/x.yaml")
    assert f" {words}: it follows the image" in one.message


def test_a_change_that_nobody_announced_is_told_with_the_view_that_shows_it():
    (plain,) = findings.of_surprises([change("a", "b")])
    (seen,) = findings.of_surprises([change("a", ABSENT)], where="on an upgrade")

    assert (plain.code, plain.severity) == ("unannounced-change", "error")
    assert plain.message == "ConfigMap/x data.x changes as well (a -> b), unannounced"
    assert seen.message.startswith("on an upgrade: ConfigMap/x data.x changes as well")


@pytest.mark.parametrize(
    ("tried", "code"),
    [
        ([], ""),
        ([Tried("set a", "fails")], ""),
        ([Tried("set a", "fails"), Tried("set b", "also changes x", "derived-value")], "derived-value"),
        (
            [Tried("set a", "x", "unannounced-change"), Tried("set b", "x", "derived-value")],
            "unannounced-change",
        ),
    ],
)
def test_the_first_proposal_that_could_be_accepted_is_offered(tried, code):
    found = findings.of_tried("tag", tried)

    assert [one.code for one in found] == [code] * bool(code)
    assert all(f"--accept {code}, or leave it out with --skip tag" in one.help for one in found)


DEMAND = Variable(("global", "security", "allow"))


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit("v.yaml", DEMAND.path, value=True, document=1), True),
        (Edit("v.yaml", DEMAND.path, value=True, document=0), False),
        (Edit("w.yaml", DEMAND.path, value=True, document=1), False),
        (Edit("v.yaml", ("global",), value=True, document=1), False),
        (Edit("v.yaml", DEMAND.path, value=True, document=1, inner=("a",)), False),
    ],
)
def test_a_check_of_the_chart_that_an_edit_switches_off_is_told(edit, told):
    context = SimpleNamespace(
        demands=[DEMAND],
        texts={"v.yaml": "x: 1\n---\nglobal:\n  security: {allow: false}\n"},
        place=lambda _: Edit("v.yaml", DEMAND.path, None, document=1),
    )
    found = findings.of_demands(context, [edit])

    assert [(one.code, one.line) for one in found] == [("image-check", 4)] * told
    context.place = lambda _: None
    assert findings.of_demands(context, [edit]) == []


def test_each_template_that_is_edited_is_told_once_by_its_first_line():
    texts = {"t.yaml": "a\nimage: x:1\nb\nimage: x:2\n"}
    edits = (
        Edit("t.yaml", ("image", 1), "x", template=True),
        Edit("t.yaml", ("image", 0), "x", template=True),
        Edit("v.yaml", ("a",), "x"),
    )
    outcomes = [StepOutcome("tag", "", "proven", "", chosen=(edit,)) for edit in edits]

    found = findings.of_places(outcomes, texts)
    assert [(one.file, one.line) for one in found if one.code == "template-edited"] == [("t.yaml", 2)]


def test_a_result_that_does_not_render_otherwise_is_an_error_with_its_place():
    one = findings.unrendered("on an upgrade", RenderError("no", where="t.yaml:3"))

    assert (one.code, one.severity, one.file) == ("render-unseen", "error", "t.yaml:3")


@pytest.mark.parametrize(
    ("alias", "told"),
    [
        ({}, "Helm takes that one without a word"),
        (
            {"alias": "c"},
            "Helm takes that one without a word, without its alias: what is set under `db.c` is read by nothing",
        ),
    ],
)
def test_one_that_holds_another_version_than_it_declares_is_told(alias, told):
    nodes = [node(()), node(("db",), name="common", version="2.x"), node(("db", "common"), "1.0.0")]
    nodes[1].declared[0].update(alias)

    (one,) = of_chart(nodes=nodes)

    assert one.message.startswith(f"db depends on common 2.x, and holds common 1.0.0: {told}")
    assert one.message.endswith("what is under `db.common` is" if alias else "without a word")


@pytest.mark.parametrize(
    ("target", "hardened", "files", "told"),
    [
        ("", True, "files", True),
        ("mirror.example/{name}", True, "files", False),
        ("", False, "files", False),
        ("", True, None, False),
    ],
)
def test_a_rewrite_of_the_registry_is_a_note_where_something_is_hardened_and_no_place_is_named(
    monkeypatch, target, hardened, files, told
):
    one = SimpleNamespace(
        unseen=True, how="k3s", source="dhi.io", place="mirror.example", file="r.yaml", line=3
    )
    monkeypatch.setattr(findings, "rewrites", lambda *_: [one])
    context = SimpleNamespace(images=[SimpleNamespace(hardened=False), SimpleNamespace(hardened=hardened)])

    found = findings.of_rewrites(SimpleNamespace(files=files), context, target)

    assert [(f.message, f.file, f.line) for f in found] == [
        ("k3s takes dhi.io from mirror.example: the manifests keep the name", "r.yaml", 3)
    ] * told
