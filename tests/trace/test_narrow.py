"""Values that move several images, that add to a tag, or that no marker could be put into."""

from types import SimpleNamespace

import pytest

from migrate_dhi.errors import RenderError
from migrate_dhi.kube.manifests import Identity, Manifests
from migrate_dhi.trace.candidates import Candidate
from migrate_dhi.trace.markers import pattern_of, with_marker
from migrate_dhi.trace.narrow import added, guessed, shared, switches, without_digest
from migrate_dhi.trace.pattern import Variable
from migrate_dhi.trace.slots import Slot, container_slots

R, P, T, G = (Variable((name,)) for name in ("registry", "repository", "tag", "global"))
APP = Variable(("appVersion",), source="chart")
DIGEST = f"sha256:{'0a' * 32}"


def slot(text, *patterns):
    return Slot(
        Identity("apps/v1", "Deployment", "", text), "x.yaml", 0, (), None, text, "container", "", patterns
    )


@pytest.mark.parametrize(
    ("slots", "found"),
    [
        ([slot("a/x:1", (R, "/", P, ":", T)), slot("a/y:1", (R, "/", P, ":", T))], [R, P, T]),
        ([slot("a/x:1", (G, "/", P, ":", T)), slot("a/y:1", (G, "/", R, ":", APP))], [G]),
        # two containers of one image are no two images
        ([slot("a/x:1", (R, "/", P, ":", T)), slot("a/x:1", (R, "/", P, ":", T))], []),
        # one of its own beside it moves that one alone
        (
            [slot("a/x:1", (G, "/", P, ":", T), (R, "/", P, ":", T)), slot("a/y:1", (G, "/", P, ":", T))],
            [P, T],
        ),
        # a value that is the whole image is a way around
        ([slot("a/x:1", (G, "/", P, ":", T), (R,)), slot("a/y:1", (G, "/", P, ":", T))], []),
        # but where it stands in place of what another value would have there
        ([slot("m/a/x:1", (G, "/a/x:1"), ("m/a/", P, ":9"))], [G]),
        ([slot("m/a/x:1", (G, "/", P, ":", T), ("m/a/", P, ":9"))], []),
        # what is not known whole says nothing
        ([slot("a/x:1", (G, "/x:", T)), slot("a/y:1", (G, "/y:1"))], []),
        ([slot("no image", (G, "/", P, ":", T)), slot("a/y:1", (G, "/", P, ":", T))], []),
    ],
)
def test_values_that_move_several_images(slots, found):
    assert shared(slots, ()) == sorted(found, key=str)


ALL = Variable(("global", "imageRegistry"))


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([Candidate(Variable(("other", "repository")), "acme/y")], [ALL]),
        ([Candidate(Variable(("other", "repository")), "")], []),
        ([Candidate(Variable(("other", "tag")), "1.2.3")], []),
        ([Candidate(P, "acme/x")], []),
    ],
)
def test_a_registry_for_all_of_one_image_where_others_do_not_show(listed, found):
    assert shared([slot("a/x:1", (ALL, "/", P, ":", T))], listed) == found


POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {}}}\nspec: {{containers: [{{name: c, image: '{}'}}]}}\n"


def rendered(*images):
    return Manifests({f"c/templates/{n}.yaml": POD.format(f"p{n}", image) for n, image in enumerate(images)})


def test_what_a_digest_hides_is_the_image_without_it_and_others_stay():
    found = list(container_slots(rendered(f"a/x@{DIGEST}", f"a/y:1@{DIGEST}", "a/z:1", "a/bare")))

    plain = without_digest(found, lambda: rendered("a/x:2", "a/y:2", "a/z:2", "a/bare:2"))

    assert [one.plain for one in plain] == ["a/x:2", "", "", ""]


def test_nothing_is_rendered_where_no_digest_hides_a_tag():
    found = list(container_slots(rendered(f"a/y:1@{DIGEST}", "a/z:1", "not an image")))

    assert without_digest(found, lambda: pytest.fail("a render")) == found


def test_a_chart_that_insists_on_digests_keeps_its_slots():
    def refuse():
        raise RenderError("a digest is needed")

    found = list(container_slots(rendered(f"a/x@{DIGEST}")))

    assert without_digest(found, refuse) == found


@pytest.mark.parametrize(
    ("key", "value", "text", "guess"),
    [
        ("tag", "1.2", "a/x:1.2", ("a/x:", T)),
        ("tag", "1.2", "a/x:1.2-alpine", ("a/x:", T, "-alpine")),
        # a tag is looked for from behind, a name from the front
        ("tag", "1.2", "1.2/x:1.2", ("1.2/x:", T)),
        ("repository", "acme", "acme/acme:1", (P, "/acme:1")),
        ("registry", "quay.io", "quay.io/a/x:1", (R, "/a/x:1")),
        ("registry", "quay.io", "dhi.io/quay.io/x:1", None),
        # only at the joints of a reference, and never by one letter
        ("tag", "1.2", "a/x:1.2.3", None),
        ("tag", "1.2", "a/x:v1.2", None),
        ("repository", "app", "my-app/x:1", ("my-", P, "/x:1")),
        ("tag", "1", "a/x:1", None),
        ("tag", "", "a/x:1", None),
        ("tag", None, "a/x:1", None),
        ("repository", "other", "a/x:1", None),
    ],
)
def test_a_guess_by_what_stands_there(key, value, text, guess):
    found = guessed(slot(text), [Candidate(Variable((key,)), value)], {})

    assert found[-1:] == ([guess] if guess else [])


def test_guesses_fill_up_what_is_known():
    found = guessed(slot("quay.io/app:1.2", ("quay.io/", P, ":1.2")), [Candidate(T, "1.2")], {P: "app"})

    assert ("quay.io/", P, ":", T) in found
    assert found[-1] == ("quay.io/app:", T)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ((P, ":", T, "-alpine"), ["alpine"]),
        ((P, ":", T, "@", DIGEST), [DIGEST]),
        ((P, ":v", T), []),
        ((P, ":", T, "-9"), []),
        ((P, ":1.2-alpine"), []),
        ((P, ":", T), []),
        (("-x/", P, ":", T), []),
    ],
)
def test_texts_that_templates_add_to_a_tag(pattern, texts):
    assert added([slot("a/x:1", pattern), slot("a/y:1", pattern)]) == texts


def node(text, prefix=()):
    return SimpleNamespace(prefix=prefix, metadata={}, templates=(("c/templates/x.yaml", text),))


@pytest.mark.parametrize(
    ("template", "values", "found"),
    [
        ("", {"variant": "alpine", "other": "slim"}, {("variant",): ""}),
        ("{{ if .Values.small }}-alpine{{ end }}", {"small": True}, {("small",): False}),
        ("{{ if .Values.small }}-alpine{{ end }}", {"small": False}, {("small",): True}),
        ("{{ if .Values.kind }}-alpine{{ end }}", {"kind": "x"}, {("kind",): ""}),
        ("{{ if .Values.kind }}-alpine{{ end }}", {"kind": ""}, {}),
        ("{{ if .Values.kind }}-alpine{{ end }}", {"kind": 7}, {}),
        # three lines above, and none below
        ("{{ if .Values.a }}\n\n\n-alpine", {"a": True}, {("a",): False}),
        ("{{ if .Values.a }}\n\n\n\n-alpine", {"a": True}, {}),
        ("-alpine\n{{ .Values.a }}", {"a": True}, {}),
        ("{{ if .Values.a }}-slim", {"a": True}, {}),
    ],
)
def test_why_a_text_may_be_added(template, values, found):
    assert dict(switches([node(template)], values, ["alpine"])) == found


def test_of_a_dependency_and_no_more_than_six():
    text = "".join(f"{{{{ .Values.on{n} }}}} " for n in range(9)) + "-alpine"
    values = {"sub": {f"on{n}": False for n in range(9)}}

    assert list(switches([node(text, ("sub",))], values, ["alpine"])) == [
        (("sub", f"on{n}"), True) for n in range(6)
    ]


# markers in rendered texts


@pytest.mark.parametrize(
    ("marker", "text", "pattern"),
    [
        ("r70000001.example", "r70000001.example/a:1", (R, "/a:1")),
        ("r70000001.example/", "r70000001.example/a:1", (R, "a:1")),
        ("r70000001.example/", "r70000001.example", (R,)),
        ("v1.2.70000001", "a:1.2.70000001", ("a:", R)),
        (f"sha256:{'a' * 56}70000001", f"a@sha256:{'a' * 56}70000001", ("a@", R)),
        (f"sha256:{'a' * 56}70000001", f"a@{'a' * 56}70000001", ("a@", R)),
        # shortened by a template: all between the joints is it
        ("1.2.70000001-alpine", "a/b:x70000001@c", ("a/b:", R, "@c")),
        ("1.2.70000001", "a:1", ("a:1",)),
        ("no number", "a:1", ("a:1",)),
    ],
)
def test_a_marker_is_found_in_what_a_template_made_of_it(marker, text, pattern):
    assert pattern_of(text, [(marker, R)]) == pattern


def test_a_marker_takes_the_place_of_a_value_or_of_one_of_its_words():
    assert with_marker("old", R, "new") == "new"
    assert with_marker("--a=x --b=y", Variable(("args",), word=3), "new") == "--a=x --b=new"
    assert with_marker(7, Variable(("n",), word=0), "new") == "new"
