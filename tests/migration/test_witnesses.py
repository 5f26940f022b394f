"""Releases beside the target: which read an edited place, and what of theirs may follow the chart's version."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import InvalidChartError, LimitError, RenderError
from migrate_dhi.kube.compare import ABSENT, Change, compare
from migrate_dhi.kube.manifests import Identity, Manifests, Object
from migrate_dhi.migration.witnesses import Witnesses, _makes, _reads, _versions, _Witness
from migrate_dhi.release.layer import Layer
from migrate_dhi.release.release import Origin, Release

LOCAL = Origin("directory", "app", path="apps/x")
FAR = Origin("repository", "app", "1.0.0", "https://charts.example.org")


def release(name="r", *layers, origin=FAR, way="application", **more):
    return Release(way, "ns", name, f"{name}.yaml", 0, 7, origin, layers, **more)


def file_layer(file="v.yaml"):
    return Layer("file", file)


def map_layer(file="r.yaml", document=0, *path):
    return Layer("map", file, document, path or ("spec", "values"))


# who reads what


@pytest.mark.parametrize(
    ("own", "edited", "reads"),
    [
        (file_layer("a.yaml"), file_layer("a.yaml"), True),
        (map_layer("a.yaml", 0), map_layer("a.yaml", 0), True),
        # one file holds the values of many: another document, another path
        (map_layer("a.yaml", 0), map_layer("a.yaml", 1), False),
        (map_layer("a.yaml", 0, "spec", "a"), map_layer("a.yaml", 0, "spec", "b"), False),
        (map_layer("a.yaml", 0, "spec"), map_layer("a.yaml", 0, "spec", "b"), True),
        (map_layer("a.yaml", 0, "spec", "b"), map_layer("a.yaml", 0, "spec"), True),
        # the whole file is one of values
        (file_layer("a.yaml"), map_layer("a.yaml", 3), True),
        (map_layer("a.yaml", 3), file_layer("a.yaml"), True),
        # it reads the file for something else: its chart
        (map_layer("b.yaml", 0), map_layer("a.yaml", 0), True),
        (Layer("unread", "a.yaml"), map_layer("a.yaml", 0), True),
    ],
)
def test_a_release_reads_the_part_of_a_file_that_its_layers_stand_in(own, edited, reads):
    assert _reads(release("r", own), edited) is reads


@pytest.mark.parametrize(
    ("origin", "layer", "makes"),
    [
        (LOCAL, map_layer("apps/x/templates/app.yaml"), True),
        (LOCAL, Layer("text", "apps/x/templates/app.yaml"), True),
        (LOCAL, Layer("parameters", "apps/x/templates/app.yaml"), True),
        (LOCAL, Layer("file", "apps/x/templates/app.yaml"), False),
        (LOCAL, Layer("unread", "apps/x/templates/app.yaml"), False),
        (LOCAL, map_layer("apps/x/values.yaml"), False),
        (LOCAL, map_layer("apps/xy/templates/app.yaml"), False),
        (FAR, map_layer("templates/app.yaml"), False),
    ],
)
def test_a_chart_makes_the_objects_that_stand_in_its_templates(origin, layer, makes):
    assert _makes(release("r", origin=origin), layer) is makes


class Estate:
    def __init__(self, readers, *, blindly=()):
        self.known, self.blindly = readers, blindly

    def lies_beside(self, _release, _file):
        return False

    def readers(self, file):
        return self.known.get(file, ())

    def reads_blindly(self, one, file):
        return (one.name, file) in self.blindly


def witnesses(readers, *, own=(), layers=(), editable=False, blindly=(), opened=None, made=None):
    members = {"": SimpleNamespace(layers=layers)}
    target = SimpleNamespace(releases=own, layers=layers, first=None, members=members)
    chart = SimpleNamespace(editable=editable, path="apps/x")
    estate = Estate(readers, blindly=blindly) if readers is not None else None
    source = SimpleNamespace(target=target, chart=chart, estate=estate)
    return Witnesses(
        source, opened or (lambda _: pytest.fail("opened")), made or (lambda _: pytest.fail("rendered"))
    )


def test_readers_are_all_but_the_target_each_once():
    own, other, third = release("own"), release("other"), release("third")
    known = witnesses({"a.yaml": (own, other), "b.yaml": (third, other)}, own=(own,))

    assert known.readers(frozenset({"b.yaml", "a.yaml"})) == (other, third)
    assert known.readers(frozenset({"c.yaml"})) == ()
    assert witnesses(None).readers(frozenset({"a.yaml"})) == ()


@pytest.mark.parametrize(
    ("one", "editable", "witness"),
    [
        (release("x", origin=LOCAL, way="chart"), True, False),
        (release("x", origin=LOCAL, way="chart"), False, True),
        (release("x", origin=LOCAL), True, True),
        (release("x", origin=Origin("directory", "y", path="apps/y"), way="chart"), True, True),
    ],
)
def test_a_chart_that_is_planned_by_itself_is_no_witness_of_itself(one, editable, witness):
    assert bool(witnesses({"a": (one,)}, editable=editable).readers(frozenset({"a"}))) is witness


def test_one_that_deploys_another_revision_is_no_witness_and_is_told():
    far = release("far", revision="v1")
    known = witnesses({"a": (far, release("near"))})

    assert [one.name for one in known.readers(frozenset({"a"}))] == ["near"]
    (told,) = known.findings(frozenset({"a"}))
    assert (told.code, told.severity, told.file, told.line) == ("foreign-revision", "warning", "far.yaml", 7)
    assert told.message == (
        "ns/far deploys the revision v1: nothing is proven for it, and the edits reach it when that revision has them"
    )
    assert known.findings(frozenset({"b"})) == []


def test_a_layer_is_shared_by_those_that_read_it_and_do_not_only_make_it():
    layer = map_layer("apps/x/templates/app.yaml")
    makes = release("makes", origin=LOCAL)
    reads = release("reads", layer)
    elsewhere = release("elsewhere", map_layer("apps/x/templates/app.yaml", 4))

    assert not witnesses({layer.file: (makes, elsewhere)}).share(layer)
    known = witnesses({layer.file: (makes, elsewhere, reads)})
    assert known.share(layer)
    assert list(known.sharers(layer)) == [reads]


# what an edit changes in another release

BEFORE, AFTER = {"v.yaml": "a: 1\n", "w.yaml": "b: 1\n"}, {"v.yaml": "a: 2\n", "w.yaml": "b: 1\n"}
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, labels: {{chart: app-{}}}}}\ndata: {{a: {!r}, r: {!r}}}\n"


class Rendered:
    """A renderer of one object that shows the value ``a`` of the texts, or nothing of them."""

    def __init__(self, *, error=None, random=False, shows=True):
        self.error, self.random, self.shows, self.count, self.calls = error, random, shows, 0, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def inputs(self):
        return frozenset()

    def render(self, texts, *, again=False):
        self.calls.append(again)
        if self.error:
            raise self.error
        self.count += 1
        value = texts["v.yaml"].strip() if self.shows else ""
        return Manifests(
            {"app/templates/t.yaml": OBJECT.format("1", value, str(self.count if self.random else 0))}
        )


def deployed(one, values=lambda texts: texts.get("v.yaml")):
    chart = SimpleNamespace(
        texts=BEFORE,
        chart_file="c/Chart.yaml",
        lock_file="c/Chart.lock",
        values_file="c/values.yaml",
        templates=(),
    )
    return SimpleNamespace(release=one, layers=one.layers, chart=chart, user_values=values)


def faults(one, renderer, *, values=lambda texts: texts.get("v.yaml"), layers=(), **more):
    opened = SimpleNamespace(target=SimpleNamespace(first=deployed(one, values)))
    known = witnesses(
        {"v.yaml": (one,)}, opened=lambda _: opened, made=lambda _: renderer, layers=layers, **more
    )
    return known.faults(BEFORE, AFTER), known


def test_what_changes_in_it_is_a_fault_of_the_edit():
    said, _ = faults(release("r", file_layer()), Rendered())

    assert said == ["changes the release ns/r: ConfigMap/x data.a"]


def test_of_several_changes_the_first_is_told_and_their_number():
    class Two(Rendered):
        def render(self, texts, *, again=False):
            text = super().render(texts, again=again).files["app/templates/t.yaml"]
            return Manifests({"app/templates/t.yaml": text + f"v: {texts['v.yaml']!r}\n"})

    said, _ = faults(release("r", file_layer()), Two())

    assert said == ["changes the release ns/r: ConfigMap/x data.a and 1 more"]


def test_nothing_is_rendered_where_it_reads_the_same():
    renderer = Rendered()
    said, _ = faults(release("r", file_layer()), renderer, values=lambda _: {"same": True})

    assert (said, renderer.calls) == ([], [])


def test_what_differs_in_each_render_is_no_change():
    renderer = Rendered(random=True, shows=False)
    said, _ = faults(release("r", file_layer()), renderer)

    assert (said, renderer.calls) == ([], [False, False, True])


def test_a_release_that_does_not_render_is_a_fault_unless_its_values_stay():
    reads = release("r", file_layer("v.yaml"))
    said, known = faults(reads, Rendered(error=RenderError("no such key")))
    assert said == ["ns/r reads it and cannot be rendered (no such key)"]
    assert known.findings(frozenset()) == []


def test_a_release_that_does_not_render_and_reads_the_same_values_is_told_as_unproven():
    one = release("r", map_layer("v.yaml", 0, "spec"))
    opened = SimpleNamespace(target=SimpleNamespace(first=deployed(one)))
    renderer = Rendered(error=RenderError("no such key"))
    known = witnesses({"v.yaml": (one,)}, opened=lambda _: opened, made=lambda _: renderer)

    assert known.faults({"v.yaml": "spec: {a: 1}\nb: 1\n"}, {"v.yaml": "spec: {a: 1}\nb: 2\n"}) == []

    (told,) = known.findings(frozenset())
    assert (told.code, told.severity, told.file, told.line) == ("witness-unproven", "warning", "r.yaml", 7)
    assert told.message == (
        "ns/r reads a file that is edited and was not rendered (no such key); its values stay the same"
    )


def test_a_file_of_its_chart_that_is_edited_is_no_value_that_stays():
    one = release("r", map_layer("w.yaml", 0, "spec"))
    opened = SimpleNamespace(target=SimpleNamespace(first=deployed(one)))
    renderer = Rendered(error=InvalidChartError("broken"))
    known = witnesses({"v.yaml": (one,)}, opened=lambda _: opened, made=lambda _: renderer)

    assert known.faults(BEFORE, AFTER) == ["ns/r reads it and cannot be rendered (broken)"]


def test_a_render_that_takes_too_much_ends_it():
    with pytest.raises(LimitError):
        faults(release("r", file_layer()), Rendered(error=LimitError("too much")))


def test_values_over_it_that_are_not_read_are_a_fault_though_nothing_changes():
    one = release("r", file_layer(), Layer("unread", "secret.yaml"))

    assert faults(one, Rendered(shows=False))[0] == [
        "ns/r reads it, and values over it that are not read here (secret.yaml)"
    ]
    assert faults(one, Rendered())[0] == ["changes the release ns/r: ConfigMap/x data.a"]


def test_values_that_are_not_read_are_no_fault_of_a_template_that_shows_the_edit_in_the_targets_object():
    one = release("r", file_layer(), Layer("unread", "secret.yaml"), origin=LOCAL)
    target = map_layer("apps/x/templates/t.yaml", 0, "data")

    assert faults(one, Rendered(), layers=(target,))[0] == []


def test_a_text_that_is_composed_of_it_and_a_link_cannot_be_followed():
    stale = release("r", Layer("map", "other.yaml", text="a: 1\n", sources=("v.yaml",)))
    assert faults(stale, Rendered())[0] == ["ns/r is composed of it, which cannot be followed"]

    linked = release("r", file_layer("link.yaml"))
    assert faults(linked, Rendered(), blindly={("r", "v.yaml")})[0] == [
        "ns/r reads it through a link, which cannot be followed"
    ]


# labels that carry the version of an edited chart

CHARTS = (
    {"c/Chart.yaml": "name: app\nversion: 1.0.0\nappVersion: '8'\n", "v.yaml": ""},
    {"c/Chart.yaml": "name: app\nversion: 1.0.1\nappVersion: '8'\n", "v.yaml": ""},
)


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ("version: 1.0.0\nname: a", "version: 1.0.1\nname: a", [("1.0.0", "1.0.1"), ("a-1.0.0", "a-1.0.1")]),
        ("appVersion: '8'\nname: a", "appVersion: '9'\nname: a", [("8", "9"), ("a-8", "a-9")]),
        ("version: 1.0.0", "version: 1.0.0\nname: b", []),
        ("version: 1.0.0", "name: a", []),
        ("version: [", "version: 1.0.1", []),
    ],
)
def test_versions_of_an_edited_chart(before, after, pairs):
    assert list(_versions({"c/Chart.yaml": before}, {"c/Chart.yaml": after})) == pairs
    assert list(_versions({"c/values.yaml": before}, {"c/values.yaml": after})) == []
    assert list(_versions({}, {"c/Chart.yaml": after})) == []


def labelled(version, place="metadata: {{name: x, labels: {{chart: {}}}}}"):
    return Manifests(
        {"app/templates/t.yaml": "apiVersion: v1\nkind: Service\n" + place.format(version) + "\n"}
    )


@pytest.mark.parametrize(
    ("place", "carries"),
    [
        ("metadata: {{name: x, labels: {{chart: {}}}}}", True),
        ("metadata: {{name: x, annotations: {{chart: {}}}}}", True),
        ("metadata: {{name: x}}\nspec: {{selector: {{chart: {}}}}}", False),
        ("metadata: {{name: x}}\nspec: {{selector: {{matchLabels: {{chart: {}}}}}}}", False),
        (
            "metadata: {{name: x}}\nspec: {{volumeClaimTemplates: [{{metadata: {{labels: {{chart: {}}}}}}}]}}",
            False,
        ),
        ("metadata: {{name: x}}\ndata: {{chart: {}}}", False),
    ],
)
def test_labels_and_annotations_may_carry_the_version_and_what_selects_may_not(place, carries):
    witness = _Witness(deployed(release()), Rendered(), lambda _: None)
    (change,) = compare(labelled("app-1.0.0", place), labelled("app-1.0.1", place))
    (other,) = compare(labelled("app-1.0.0", place), labelled("app-9.9.9", place))

    assert witness._carries_version(change, *CHARTS) is carries
    assert not witness._carries_version(other, *CHARTS)


# what an app-of-apps chart hands on


def handed_on(
    layer, path, *, before="x", name="web", template="apps/templates/app.yaml", origin=None, after="w"
):
    """Whether a change of an Application that the chart ``apps`` makes is the edit of a layer itself."""
    identity = Identity("argoproj.io", "Application", "", name)
    item = Object(identity, template, 0, {})
    change = Change(item, item, path, before, after)
    deployer = release("apps", origin=origin or Origin("directory", "apps", path="root"))
    texts = {"root/values.yaml": "web: {image: w}\n"}
    return witnesses({}, layers=(layer,))._is_handed_on(change, deployer, texts)


HELM = ("spec", "source", "helm")
THROUGH = Layer("map", "root/values.yaml", 0, ("web",), through="root/templates/app.yaml#web")
MADE = Layer("map", "root/templates/app.yaml", 0, (*HELM, "valuesObject"))


@pytest.mark.parametrize(
    ("layer", "path", "more", "expected"),
    [
        (THROUGH, (*HELM, "valuesObject", "image"), {}, True),
        (THROUGH, (*HELM, "values"), {"after": "image: w\n"}, True),
        (THROUGH, ("spec", "sources", 0, "helm", "values"), {"after": "image: 'w'"}, True),
        (THROUGH, (*HELM, "valuesObject"), {"after": {"image": "w"}}, True),
        (THROUGH, (*HELM, "valuesObject", "tag"), {"after": ABSENT}, True),
        # What the chart makes of the layer on the way is not what the plan renders.
        (THROUGH, (*HELM, "valuesObject", "image"), {"after": "z"}, False),
        (THROUGH, (*HELM, "valuesObject", "image"), {"after": ABSENT}, False),
        (THROUGH, (*HELM, "values"), {"after": "image: z\n"}, False),
        (THROUGH, (*HELM, "values"), {"after": "image: w\nmore: 1\n"}, False),
        (THROUGH, (*HELM, "values"), {"after": "- no\n- map"}, False),
        # Anything else of the object, another object, and another template are no edit of its values.
        (THROUGH, (*HELM, "parameters", 0, "value"), {}, False),
        (THROUGH, ("spec", "source", "targetRevision"), {}, False),
        (THROUGH, ("metadata", "annotations", "values"), {}, False),
        (THROUGH, (*HELM, "valuesObject", "image"), {"name": "other"}, False),
        (THROUGH, (*HELM, "valuesObject", "image"), {"template": "apps/templates/more.yaml"}, False),
        (THROUGH, (*HELM, "valuesObject"), {"origin": Origin("directory", "apps", path="else")}, False),
        # What stands in the template itself.
        (MADE, (*HELM, "valuesObject", "image"), {}, True),
        (MADE, (*HELM, "valuesObject"), {}, True),
        (MADE, (*HELM, "values"), {}, False),
        # A map that was not there comes with all that is above it.
        (MADE, HELM, {"before": ABSENT}, True),
        (MADE, HELM, {}, False),
        (MADE, (*HELM, "valuesObject", "image"), {"template": "apps/templates/more.yaml"}, False),
        (Layer("file", "root/templates/app.yaml"), (*HELM, "valuesObject"), {}, False),
    ],
)
def test_the_edit_itself_in_the_object_that_deploys_the_target_is_no_change_of_another_release(
    layer, path, more, expected
):
    assert handed_on(layer, path, **more) is expected


# what a witness is rendered from


class Inputs(Rendered):
    """A renderer that reads these files besides."""

    def __init__(self, *files):
        super().__init__()
        self.files = frozenset(files)

    def inputs(self):
        return self.files


def witness(*inputs, values=lambda _: {}, texts=BEFORE, templates=()):
    one = deployed(release("r"), values)
    one.chart.texts, one.chart.templates = texts, templates
    return _Witness(one, Inputs(*inputs), lambda _: None)


@pytest.mark.parametrize(
    ("inputs", "edited", "differs"),
    [
        ((), {}, False),
        # Its own files: Chart.yaml, the lock, values.yaml, and templates.
        ((), {"c/Chart.yaml": "version: 2\n"}, True),
        ((), {"c/Chart.lock": "x\n"}, True),
        ((), {"c/values.yaml": "x: 1\n"}, True),
        ((), {"c/templates/t.yaml": "x\n"}, True),
        ((), {"c/templates/other.yaml": "x\n"}, False),
        # Those of a chart that it depends on, and one that comes beside them.
        (("lib/values.yaml",), {"lib/values.yaml": "x: 1\n"}, True),
        (("lib/Chart.yaml",), {"lib/values.yaml": "x: 1\n"}, True),
        (("lib/Chart.yaml",), {"liby/values.yaml": "x: 1\n"}, False),
        (("lib/Chart.yaml",), {"lib/deep/values.yaml": "x: 1\n"}, False),
        # A file of values is read as such.
        (("v.yaml",), {"v.yaml": "a: 9\n"}, False),
    ],
)
def test_a_witness_is_rendered_again_where_its_chart_is_another_one(inputs, edited, differs):
    one = witness(*inputs, templates=("c/templates/t.yaml",))

    assert one.reads_otherwise(BEFORE, {**BEFORE, **edited}) is differs


def test_a_witness_is_rendered_again_where_its_values_are_other_ones():
    one = witness(values=lambda texts: texts["v.yaml"])

    assert one.reads_otherwise(BEFORE, AFTER)
    assert not one.reads_otherwise(BEFORE, {**BEFORE, "w.yaml": "b: 2\n"})


def test_a_witness_has_its_own_texts_and_of_those_of_the_target_what_it_reads():
    one = witness(texts={"v.yaml": "a: 1\n", "own.yaml": "x\n"})

    assert one._texts({"v.yaml": "a: 2\n", "c/Chart.yaml": "new\n", "other.yaml": "z\n"}) == {
        "v.yaml": "a: 2\n",
        "own.yaml": "x\n",
        "c/Chart.yaml": "new\n",
    }


class Versioned(Rendered):
    """Renders a workload whose pods carry the chart's version in a label."""

    def __init__(self, kind, hook=""):
        super().__init__()
        self.kind, self.hook = kind, hook

    def render(self, texts, **_):
        version = texts["c/Chart.yaml"].partition("version: ")[2].partition("\n")[0]
        pod = f"{{metadata: {{labels: {{chart: app-{version}}}}}, spec: {{containers: []}}}}"
        return Manifests(
            {
                "app/templates/t.yaml": f"kind: {self.kind}\nmetadata: {{name: x{self.hook}}}\nspec: {{template: {pod}}}\n"
            }
        )


@pytest.mark.parametrize(
    ("kind", "hook", "told"),
    [
        # Its pods begin anew, which nobody has to be told of each time.
        ("Deployment", "", []),
        (
            "Job",
            "",
            [
                "ns/r: Job/x spec.template.metadata.labels.chart would change, and Kubernetes refuses to change spec.template"
            ],
        ),
        ("Job", ", annotations: {helm.sh/hook: pre-upgrade}", []),
    ],
)
def test_a_version_in_what_the_cluster_refuses_to_change_is_told_of_another_release(kind, hook, told):
    one = release("r", file_layer("c/Chart.yaml"))
    opened = SimpleNamespace(target=SimpleNamespace(first=deployed(one, lambda _: None)))
    opened.target.first.chart.texts = CHARTS[0]
    known = witnesses({"c/Chart.yaml": (one,)}, opened=lambda _: opened, made=lambda _: Versioned(kind, hook))

    assert known.faults(*CHARTS) == []
    assert [(f.code, f.severity, f.message) for f in known.findings(frozenset())] == [
        ("immutable-job", "warning", message) for message in told
    ]
