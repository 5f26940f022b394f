"""Anchors, aliases and merge keys: who shares a text, and edits that change all of them alike or one alone."""

import helm_python
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from migrate_dhi.errors import EditRefusedError
from migrate_dhi.yamledit import MISSING, Document, Stream, format_path, parse_path
from migrate_dhi.yamledit.data import same
from tests.yamledit.test_properties import SETTINGS, paths

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  values:
    controllers:
      web:
        containers:
          app:
            image: &image
              repository: ghcr.io/acme/web # app
              tag: 2.4.1@sha256:aa
            probes: &probes
              liveness: &probe
                enabled: true
                path: /health
              readiness: *probe
        initContainers:
          migrate:
            image: *image
      worker:
        containers:
          app:
            image:
              <<: *image
              tag: &tag 2.4.0
            probes: *probes
          metrics:
            image:
              repository: ghcr.io/acme/metrics
              tag: *tag
    service: {port: &port 8080, target: *port}
"""
AT = ("spec", "values", "controllers")
WEB = (*AT, "web", "containers", "app", "image")
INIT = (*AT, "web", "initContainers", "migrate", "image")
WORKER = (*AT, "worker", "containers", "app", "image")
METRICS = (*AT, "worker", "containers", "metrics", "image")


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ((*WEB, "tag"), {(*WEB, "tag"), (*INIT, "tag")}),
        ((*INIT, "tag"), {(*WEB, "tag"), (*INIT, "tag")}),
        ((*WEB, "repository"), {(*WEB, "repository"), (*INIT, "repository"), (*WORKER, "repository")}),
        ((*WORKER, "repository"), {(*WEB, "repository"), (*INIT, "repository"), (*WORKER, "repository")}),
        ((*WORKER, "tag"), {(*WORKER, "tag"), (*METRICS, "tag")}),
        ((*METRICS, "tag"), {(*WORKER, "tag"), (*METRICS, "tag")}),
        ((*METRICS, "repository"), set()),
        (WEB, {WEB, INIT}),
        (WORKER, set()),
        ((*WEB, "digest"), {(*WEB, "digest"), (*INIT, "digest"), (*WORKER, "digest")}),
        ((*WEB, "a", "b"), {(*WEB, "a", "b"), (*INIT, "a", "b"), (*WORKER, "a", "b")}),
        ((*METRICS, "digest"), set()),
        (
            ("spec", "values", "service", "port"),
            {("spec", "values", "service", part) for part in ("port", "target")},
        ),
        (("spec", "values", "nope", "x"), set()),
        ((), set()),
    ],
)
def test_who_shares(path, users):
    assert set(Document(RELEASE).shared(path)) == users


def test_an_anchor_in_an_anchor():
    path = (*AT, "worker", "containers", "app", "probes", "readiness", "path")
    users = {
        (*AT, owner, "containers", "app", "probes", kind, "path")
        for owner in ("web", "worker")
        for kind in ("liveness", "readiness")
    }
    document = Document(RELEASE)
    assert set(document.shared(path)) == users
    after = document.set(path, "/live", together=users)
    assert after.text == RELEASE.replace("/health", "/live")


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ((*INIT, "tag"), "2.4.2", "2.4.1@sha256:aa", "2.4.2"),
        ((*WORKER, "repository"), "dhi.io/web", "ghcr.io/acme/web", "dhi.io/web"),
        ((*METRICS, "tag"), "2.4.9", "&tag 2.4.0", "&tag 2.4.9"),
        (("spec", "values", "service", "target"), 80, "&port 8080", "&port 80"),
        ((*INIT, "digest"), "x", "tag: 2.4.1@sha256:aa\n", "tag: 2.4.1@sha256:aa\n              digest: x\n"),
    ],
)
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_the_anchor_is_edited_where_all_its_users_change(path, value, old, new, break_):
    document = Stream(("a: 1\n---\n" + RELEASE).replace("\n", break_)).documents[1]
    users = document.shared(path)
    after = document.set(path, value, together=users)
    assert after.text == ("---\n" + RELEASE.replace(old, new)).replace("\n", break_)
    assert all(after.get(user) == value for user in users)
    assert after.shared(path) == users
    assert after.set(users[0], value) is after


def test_a_map_is_edited_with_its_users():
    document = Document(RELEASE)
    after = document.set(INIT, {"repository": "ghcr.io/acme/web", "tag": "x"}, together=[WEB, INIT])
    assert after.text == RELEASE.replace("2.4.1@sha256:aa", "x")


def test_a_map_that_a_merge_key_brings_in_elsewhere_names_the_keys_there():
    document = Document(RELEASE)
    with pytest.raises(EditRefusedError, match="is also that of") as caught:
        document.set(INIT, {"repository": "dhi.io/web", "tag": "x"}, together=[WEB, INIT])
    assert caught.value.places == (format_path((*WORKER, "repository")),)


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [("a.tag", 9, "tag: 1", "tag: 9"), ("a.tag", 1, "", ""), ("b.tag", 2, "", ""), ("a.name", "x", "", "")],
)
def test_what_every_user_overrides_is_of_one_path_alone(path, value, old, new):
    text = "a: &i\n  name: x\n  tag: 1\nb:\n  <<: *i\n  tag: 2\n"
    assert Document(text).set(parse_path(path), value).text == text.replace(old, new)


@pytest.mark.parametrize(
    ("path", "together", "others", "line"),
    [
        ((*WEB, "tag"), [(*WEB, "tag")], [(*INIT, "tag")], 9),
        ((*INIT, "tag"), [(*INIT, "tag")], [(*WEB, "tag")], 9),
        ((*WEB, "repository"), [(*INIT, "repository")], [(*WORKER, "repository")], 9),
        ((*WORKER, "tag"), [(*WEB, "tag")], [(*METRICS, "tag")], 24),
        ((*WEB, "digest"), [(*WEB, "digest"), (*INIT, "digest")], [(*WORKER, "digest")], 9),
    ],
)
def test_the_others_are_named(path, together, others, line):
    document = Document(RELEASE, name="release.yaml")
    with pytest.raises(EditRefusedError, match="is also that of") as caught:
        document.set(path, "x", together=together)
    assert caught.value.places == tuple(map(format_path, others))
    assert format_path(others[0]) in str(caught.value)
    assert caught.value.line <= line + 5
    assert caught.value.where == f"release.yaml:{caught.value.line}"


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ((*METRICS, "tag"), RELEASE.replace("tag: *tag", "tag: x")),
        (
            (*WORKER, "repository"),
            RELEASE.replace("&tag 2.4.0\n", "&tag 2.4.0\n              repository: x\n"),
        ),
        (("spec", "values", "service", "target"), RELEASE.replace("*port", "x")),
    ],
)
def test_a_place_of_its_own_is_written_out(path, new):
    document = Document(RELEASE)
    assert document.set(path, "x").text == new
    assert document.set(path, "x", together=[path]).text == new


OWN = [
    ("behind_the_merge", "a: &x {p: 1}\nb:\n  <<: *x\n", "b.p", 2, "a: &x {p: 1}\nb:\n  <<: *x\n  p: 2\n"),
    ("not_above_it", "a: &x {imageTag: 1}\nb:\n  imageName: 1\n  <<: *x\n  z: 1\n", "b.imageTag", 2,
     "a: &x {imageTag: 1}\nb:\n  imageName: 1\n  <<: *x\n  imageTag: 2\n  z: 1\n"),
    ("behind_the_last", "a: &x {p: 1}\nc: &z {p: 3}\nb:\n  <<: *x\n  q: 1\n  <<: *z\n", "b.p", 2,
     "a: &x {p: 1}\nc: &z {p: 3}\nb:\n  <<: *x\n  q: 1\n  <<: *z\n  p: 2\n"),
    ("in_braces", "a: &x {p: 1}\nb: {<<: *x, q: 1}\n", "b.p", 2, "a: &x {p: 1}\nb: {<<: *x, q: 1, p: 2}\n"),
    ("of_several", "a: &x {p: 1}\nb:\n  <<: [*x, {q: 1}]\n", "b.q", 2, "a: &x {p: 1}\nb:\n  <<: [*x, {q: 1}]\n  q: 2\n"),
    ("a_map", "a: &x {p: {q: 1}}\nb:\n  <<: *x\n", "b.p", {"q": 2}, "a: &x {p: {q: 1}}\nb:\n  <<: *x\n  p:\n    q: 2\n"),
    ("whole_map", "a: &x {p: 1, q: 1}\nb:\n  <<: *x\n", "b", {"p": 2, "q": 1, "z": 3},
     "a: &x {p: 1, q: 1}\nb:\n  <<: *x\n  p: 2\n  z: 3\n"),
    ("with_a_deletion", "a: &x {p: 1}\nb:\n  z: 1\n  <<: *x\n", "b", {"p": 2},
     "a: &x {p: 1}\nb:\n  <<: *x\n  p: 2\n"),
    ("override_that_is_there", "a: &x {p: 1}\nb:\n  <<: *x\n  p: 2\n", "b", {"p": 3}, "a: &x {p: 1}\nb:\n  <<: *x\n  p: 3\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path", "value", "after"), [case[1:] for case in OWN], ids=[case[0] for case in OWN]
)
def test_a_key_of_its_own_beside_a_merge_key(text, path, value, after):
    document = Document(text)
    assert document.set(parse_path(path), value).text == after
    assert helm_python.values_from_yaml(after) == Document(after).get(())


@pytest.mark.parametrize(
    ("text", "path", "value", "words"),
    [
        ("a: &x {p: 1, q: 1}\nb:\n  <<: *x\n", "b", {"p": 1}, "merge key"),
        ("a: &x {p: 1}\nb:\n  p: 5\n  <<: *x\n", "b", {"p": 2}, "merge key"),
        ("a: &x {p: 1}\nb: &z\n  <<: *x\nc: *z\n", "b.p", 2, "used elsewhere"),
        ("a: &x {p: {q: 1}}\nb:\n  <<: *x\n", "b.p.q", 2, "merge key"),
    ],
)
def test_what_no_key_beside_a_merge_key_can_say(text, path, value, words):
    with pytest.raises(EditRefusedError, match=words):
        Document(text).set(parse_path(path), value)


def test_together_without_an_anchor_is_a_plain_edit():
    assert Document("a: 1\nb: 1\n").set(("a",), 2, together=[("b",)]).text == "a: 2\nb: 1\n"
    assert Document("# c\n").set(("a",), 2, together=[("b",)]).text == "# c\na: 2\n"


def test_an_inner_anchor_that_others_use_is_not_lost():
    text = "a: &x\n  p: &z 1\nb: *x\nc: *z\n"
    with pytest.raises(EditRefusedError, match="used elsewhere"):
        Document(text).set(("a",), 5, together=[("a",), ("b",)])


def test_too_many_places():
    text = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 5)
    )
    with pytest.raises(EditRefusedError, match="too many places"):
        Document(text).shared(("a0", "x"))


@st.composite
def sharing(draw):
    """A document whose scalars are all different, with anchors, aliases and merge keys of every form."""
    number = iter(range(10, 1000))
    maps, scalars, lines = [], [], []

    def fresh():
        if scalars and draw(st.integers(0, 4)) == 0:
            return f"*{draw(st.sampled_from(scalars))}"
        n = next(number)
        if draw(st.integers(0, 4)) == 0:
            scalars.append(f"s{n}")
            return f"&s{n} v{n}"
        return f"v{n}"

    for n in range(draw(st.integers(2, 6))):
        if maps and draw(st.integers(0, 4)) == 0:
            lines.append(f"k{n}: *{draw(st.sampled_from(maps))}\n")
            continue
        entries, keys = [], draw(st.lists(st.sampled_from("pqr"), max_size=2, unique=True))
        entries += [f"{key}: {fresh()}" for key in keys]
        if maps:
            one, two = draw(st.sampled_from(maps)), draw(st.sampled_from(maps))
            form = draw(
                st.sampled_from(
                    [f"<<: *{one}", f"<<: [*{one}, *{two}]", f"in: *{one}", f"in: [*{one}, 1]", ""]
                )
            )
            entries.insert(draw(st.integers(0, len(entries))), form)
        body = f"{{{', '.join(filter(None, entries))}}}"
        if draw(st.booleans()):
            body = f"&m{n} {body}"
        lines.append(f"k{n}: {body}\n")
        if body.startswith("&"):
            maps.append(f"m{n}")
    return "".join(lines)


def replaced(data, old, new):
    if isinstance(data, dict):
        return {key: replaced(item, old, new) for key, item in data.items()}
    if isinstance(data, list):
        return [replaced(item, old, new) for item in data]
    return new if data == old else data


@SETTINGS
@given(sharing(), st.data())
def test_users_are_the_paths_that_read_the_same_text(text, data):
    document = Document(text)
    values = document.get(())
    assert same(values, helm_python.values_from_yaml(text))
    leaves = {path: document.get(path) for path in paths(values) if isinstance(document.get(path), str)}
    assume(leaves)
    path = data.draw(st.sampled_from(sorted(leaves, key=str)))
    expected = {one for one, value in leaves.items() if value == leaves[path]}
    users = document.shared(path)
    assert set(users) == (expected if len(expected) > 1 else set())
    assert len(users) == len(set(users))
    after = document.set(path, "new", together=users)
    assert same(after.get(()), replaced(values, leaves[path], "new"))
    assert after.text == text.replace(leaves[path], "new")


@SETTINGS
@given(sharing(), st.data())
def test_one_user_alone_changes_or_the_edit_is_refused(text, data):
    document = Document(text)
    values = document.get(())
    leaves = [path for path in paths(values) if isinstance(document.get(path), str)]
    assume(leaves)
    path = data.draw(st.sampled_from(leaves))
    together = data.draw(st.lists(st.sampled_from(leaves), max_size=2))
    try:
        after = document.set(path, "new", together=together)
    except EditRefusedError:
        assume(not document.shared(path) and "overrides" not in text)
        raise
    changed = {one for one in leaves if after.get(one) == "new"}
    assert path in changed
    assert changed == {path} or changed == set(document.shared(path)) <= {path, *together}
    assert same(after.get(()), helm_python.values_from_yaml(after.text))


@SETTINGS
@given(sharing(), st.data())
def test_users_of_a_key_that_is_not_there(text, data):
    document = Document(text)
    owners = [path for path in paths(document.get(())) if isinstance(document.get(path), dict) and path]
    assume(owners)
    path = (*data.draw(st.sampled_from(owners)), "zzz")
    users = document.shared(path)
    try:
        after = document.set(path, "new", together=users)
    except EditRefusedError:
        assume(False)
    found = {(*one, "zzz") for one in owners if after.get((*one, "zzz")) is not MISSING}
    assert found == set(users or [path])


def test_a_document_without_an_alias_may_be_asked_as_often_as_one_likes():
    """A plan asks of one document in each of its trials: what is counted is what one question leads to."""
    document = Document("a:\n  b:\n    c: 1\n")

    assert {tuple(document.shared(("a", "b", "c"))) for _ in range(500)} == {()}
    assert document.set(("a", "b", "c"), 2).text == "a:\n  b:\n    c: 2\n"
