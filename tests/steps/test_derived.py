"""What a change may bring along: values that a chart hands on to its application."""

import base64

import pytest

from migrate_dhi.kube.compare import ABSENT, Change
from migrate_dhi.kube.manifests import Identity, Object
from migrate_dhi.oci.reference import Reference
from migrate_dhi.steps.derived import Move, derived_value, echoes, follows, hashes, words_beside
from tests.conftest import SECRET, plan_of, steps_of
from tests.steps.reading import TO, effects_of, values_of


@pytest.mark.parametrize("name", ["registry", "tag", "pull-secret"])
def test_values_that_the_chart_hands_on_may_show_the_edit(planned, name):
    step = steps_of(planned("values-handed-on", to=TO, pull_secret=SECRET))[name]

    assert step.status == "proven"
    assert {effect.object.partition("/")[0] for effect in step.effects} == {"Deployment", "ConfigMap"}


def test_values_that_are_handed_on_are_edited_where_they_stand(planned):
    plan = planned("values-handed-on", to=TO, pull_secret=SECRET)

    assert values_of(steps_of(plan)["registry"]) == {"_defaults.hub": "dhi.io"}


def test_a_text_beside_the_values_is_no_echo(planned):
    step = steps_of(planned("partly-reached", to=TO))["registry"]

    assert all("PROXY" in tried.verdict for tried in step.tried)
    assert step.tried
    assert not any(path.startswith("checker") for path in values_of(step))


@pytest.fixture
def store(tmp_path):
    """A chart whose image has a short name that other texts hold, too; the configuration repeats the image."""

    def make(line):
        folder = tmp_path / "store"
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text('apiVersion: v2\nname: store\nversion: 0.1.0\nappVersion: "8"\n')
        (folder / "values.yaml").write_text("image:\n  repository: redis\n  tag: 8.1.4\n")
        (folder / "templates/pod.yaml").write_text(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: store\nspec:\n  containers:\n    - name: store\n"
            '      image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: store\ndata:\n  settings: |\n"
            f"    url = redis://db:6379\n    {line}\n"
        )
        return plan_of(folder, to=("redis=dhi.io/valkey:8.1.9-debian13",))

    return make


def test_a_bare_name_in_a_text_is_an_error_of_its_own(store):
    plan = store("image = {{ .Values.image.repository }}")

    assert steps_of(plan)["registry"].status == "proven"
    assert [f.code for f in plan.open_errors] == ["derived-value"]
    assert "data.settings becomes dhi.io/valkey (redis before)" in plan.open_errors[0].message
    assert effects_of(steps_of(plan)["registry"])["ConfigMap/store", "data.settings"] == (
        "url = redis://db:6379\nimage = redis",
        "url = redis://db:6379\nimage = dhi.io/valkey",
    )


def test_a_text_that_changes_besides_is_a_surprise(store):
    plan = store('image = {{ .Values.image.repository }}, {{ contains "dhi" .Values.image.repository }}')

    assert steps_of(plan)["registry"].status == "blocked"


IMAGE = ("app", "cache", "image", "tag")


@pytest.mark.parametrize(
    ("before", "after", "written", "echo"),
    [
        ("{app: {cache: {image: {tag: a}}}}", "{app: {cache: {image: {tag: b}}}}", (IMAGE, "b"), True),
        ("{values: {cache: {image: {tag: a}}}}", "{values: {cache: {image: {tag: b}}}}", (IMAGE, "b"), True),
        ("{image: {tag: a}}", "{image: {tag: b}}", (IMAGE, "b"), True),
        ("{values: {store: {image: {tag: a}}}}", "{values: {store: {image: {tag: b}}}}", (IMAGE, "b"), False),
        ("{values: {cache: {image: {tag: a}}}}", "{values: {cache: {image: {tag: c}}}}", (IMAGE, "b"), False),
        (
            "{values: {cache: {image: {tag: a}}}}",
            "{values: {cache: {image: {tag: b}}, x: 1}}",
            (IMAGE, "b"),
            False,
        ),
        (
            "{cache: {image: {tag: a}}}",
            "{cache: {image: {tag: b}}, account: {labels: null}}",
            (IMAGE, "b"),
            True,
        ),
        ("{cache: {labels: null}}", "{cache: {}}", (IMAGE, "b"), False),
        ("{cache: {on: true}}", "{cache: {on: null}}", (IMAGE, "b"), False),
    ],
)
def test_what_of_handed_on_values_shows_the_edit_alone(before, after, written, echo):
    item = Object(Identity("", "ConfigMap", "", "values"), "t.yaml", 0, {})

    values = {"app": {"cache": {"image": {"tag": "a"}}}}

    assert echoes(Change(item, item, ("data", "values.yaml"), before, after), [written], values) is echo


@pytest.mark.parametrize("line", ["6379: deny", "on: deny", "1.5: deny", "null: deny", "a: deny"])
def test_a_change_below_any_kind_of_key_is_no_echo(line):
    """YAML keys may be numbers and booleans; what changes below them is a change like any other."""
    item = Object(Identity("", "ConfigMap", "", "values"), "t.yaml", 0, {})
    before = f"image: {{tag: a}}\nacl:\n  {line}\n"
    after = before.replace("tag: a", "tag: b")

    assert echoes(Change(item, item, ("data", "x"), before, after), [(IMAGE, "b")], {})
    assert not echoes(
        Change(item, item, ("data", "x"), before, after.replace("deny", "allow")), [(IMAGE, "b")], {}
    )


@pytest.mark.parametrize(
    ("before", "echo"),
    [
        ("{hub: a, name: valkey, tag: 8}", True),
        ("{hub: a, imagePullSecrets: []}", True),
        ("{hub: a, retention: 8}", False),
        ("{hub: a}", False),
    ],
)
def test_one_key_alone_is_an_echo_only_among_values_of_the_chart(before, echo):
    item = Object(Identity("", "ConfigMap", "", "values"), "t.yaml", 0, {})
    values = {"imagePullSecrets": [], "_defaults": {"hub": "a", "name": "valkey", "tag": 8}}
    change = Change(item, item, ("data", "x"), before, before.replace("hub: a", "hub: b"))

    assert echoes(change, [(("_defaults", "hub"), "b")], values) is echo
    # as are those of a dependency among its own
    assert echoes(change, [(("app", "_defaults", "hub"), "b")], {"app": values, "retention": 8}) is (
        echo or "retention" in before
    )


# --- what follows from a moved image

OLD, NEW = "docker.io/valkey/valkey:8.1.3", "dhi.io/valkey:8.1.9-debian13"
DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
MOVE = Move(Reference.parse(OLD), Reference.parse(NEW))
SHOWN = [("8.1.3", "8.1.9-debian13"), ("", "x"), ("8", "8")]
LABEL, NOTE = ("metadata", "labels", "v"), ("metadata", "annotations", "v")
DATA, ENV = ("data", "x"), ("spec", "containers", 0, "env", 0, "value")


def changed(path, before, after, *, kind="ConfigMap", api="", data=None):
    old, new = data or ({}, {})
    identity = Identity(api, kind, "", "a")
    return Change(Object(identity, "t.yaml", 0, old), Object(identity, "t.yaml", 0, new), path, before, after)


@pytest.mark.parametrize(
    ("path", "before", "after", "follows_"),
    [
        (DATA, OLD, NEW, True),
        (DATA, f"run {OLD} now", f"run {NEW} now", True),
        (DATA, "valkey/valkey:8.1.3", NEW, True),
        (DATA, f"run {OLD} now", f"run {NEW} later", False),
        (DATA, f"run {OLD} now", f"run  {NEW} now", False),
        (DATA, f"run {OLD}", f"run {NEW} more", False),
        (DATA, OLD, "dhi.io/valkey:9", False),
        (DATA, "valkey/valkey", "dhi.io/valkey", False),
        (DATA, "8.1.3", "8.1.9-debian13", False),
        (DATA, 8, 9, False),
        (DATA, OLD, None, False),
        (DATA, None, NEW, False),
        (LABEL, "8.1.3", "8.1.9-debian13", True),
        (LABEL, "v8.1.3", "v8.1.9-debian13", True),
        (LABEL, "web-8.1.3", "web-8.1.9-debian13", True),
        (NOTE, "8.1.3", "8.1.9-debian13", True),
        (("spec", "selector", "v"), "8.1.3", "8.1.9-debian13", True),
        (("spec", "selector", "matchLabels", "v"), "8.1.3", "8.1.9-debian13", True),
        (("matchExpressions", 0, "values", 0), "8.1.3", "8.1.9-debian13", True),
        (("matchFields", 0, "values", 0), "8.1.3", "8.1.9-debian13", False),
        (("metadata", "labels"), "8.1.3", "8.1.9-debian13", False),
        (LABEL, "8.1.3", "9", False),
        (LABEL, "7", "8.1.9-debian13", False),
        (LABEL, "web-8", "other-8", False),
        (LABEL, "a", "x", False),
        (LABEL, "", "8.1.9-debian13", False),
        (LABEL, "valkey_valkey-8.1.3", "dhi.io_valkey-8.1.9", False),
        (LABEL, "docker.io_valkey_valkey_8.1.3", "dhi.io_valkey_8.1.9-debian13", True),
        (DATA, "a" * 64, "b" * 64, False),
        (NOTE, "a" * 64, "b" * 64, True),
    ],
)
def test_what_follows_from_a_move(path, before, after, follows_):
    assert follows(changed(path, before, after), [MOVE], SHOWN) is follows_


@pytest.mark.parametrize(("old", "new"), [("v8.1.3", "v9.0"), ("_8.1.3", "9.0_"), ("8.1.3", "9.0")])
def test_a_label_may_leave_out_what_stands_around_a_version(old, new):
    assert follows(changed(LABEL, "8.1.3", "9.0"), (), [(old, new)])


@pytest.mark.parametrize(
    ("before", "after", "makes"),
    [
        (OLD, NEW, True),
        ("valkey/valkey:8.1.3", NEW, True),
        (NEW, OLD, False),
        (OLD, OLD, False),
        ("docker.io/valkey/valkey", "dhi.io/valkey", False),
        (OLD, "no image!", False),
        ("no image!", NEW, False),
    ],
)
def test_a_move_makes_one_whole_reference_of_another(before, after, makes):
    assert MOVE.makes(before, after) is makes


@pytest.mark.parametrize(
    ("before", "after", "makes"),
    [
        (f"{OLD}@{DIGEST}", f"{NEW}@{OTHER}", True),
        (OLD, NEW, True),
        (f"docker.io/valkey/valkey@{DIGEST}", f"dhi.io/valkey@{OTHER}", False),
        (OLD, f"{NEW}@{DIGEST}", False),
    ],
)
def test_a_text_may_leave_the_digest_out(before, after, makes):
    move = Move(Reference.parse(f"{OLD}@{DIGEST}"), Reference.parse(f"{NEW}@{OTHER}"))

    assert move.makes(before, after) is makes


@pytest.mark.parametrize(
    ("key", "version", "image", "api", "follows_"),
    [
        ("version", "8.1.9-debian13", NEW, "acme.example", True),
        ("serverVersion", "8.1.9-debian13", NEW, "acme.example", True),
        ("imageTag", "8.1.9-debian13", NEW, "acme.example", True),
        ("versions", "8.1.9-debian13", NEW, "acme.example", False),
        ("replicas", "8.1.9-debian13", NEW, "acme.example", False),
        ("version", "8.1.9", NEW, "acme.example", False),
        ("version", "8.1.9-debian13", "dhi.io/other:8.1.9-debian13", "acme.example", False),
        ("version", "8.1.9-debian13", OLD, "acme.example", False),
        ("version", "8.1.9-debian13", NEW, "apps", False),
    ],
)
def test_the_version_beside_the_image_of_a_custom_resource(key, version, image, api, follows_):
    """An operator reads the tag as the version; a field of its own kind of Kubernetes is another matter."""
    old, new = {"spec": {key: "8.1.3", "image": OLD}}, {"spec": {key: version, "image": image}}
    change = changed(("spec", key), "8.1.3", version, kind="Cache", api=api, data=(old, new))

    assert follows(change, [MOVE]) is follows_


@pytest.mark.parametrize("data", [({}, {"spec": {}}), ({"spec": {}}, {}), ({"spec": []}, {"spec": []})])
def test_a_version_without_a_map_of_its_own_follows_nothing(data):
    change = changed(
        ("spec", "version"), "8.1.3", "8.1.9-debian13", kind="Cache", api="acme.example", data=data
    )

    assert follows(change, [MOVE]) is False


# --- hashes

HEX, TWICE = "a1" * 32, "b2" * 32


@pytest.mark.parametrize(
    ("path", "before", "after", "is_hash"),
    [
        (NOTE, HEX, TWICE, True),
        (NOTE, f"sha256:{HEX}", f"sha256:{TWICE}", True),
        (NOTE, "12345678", "87654321", True),
        (NOTE, "1234567", "7654321", False),
        (NOTE, "QUJD" * 7, "REVG" * 7 + "==", True),
        (NOTE, HEX, "latest", False),
        (NOTE, "latest", HEX, False),
        (NOTE, HEX, None, False),
        (NOTE, None, HEX, False),
        (DATA, HEX, TWICE, False),
        (("data", "checksum"), HEX, TWICE, True),
        (("data", "configHash"), HEX, TWICE, True),
        (("data", "sha256"), HEX, TWICE, True),
        (("data", "shape"), HEX, TWICE, False),
        (("checksum", "x"), HEX, TWICE, False),
    ],
)
def test_a_hash_where_one_is_said_to_be(path, before, after, is_hash):
    assert hashes(changed(path, before, after)) is is_hash


@pytest.mark.parametrize(
    ("variable", "field", "is_hash"),
    [("CONFIG_HASH", "value", True), ("CONFIG", "value", False), ("CONFIG_HASH", "other", False)],
)
def test_a_variable_whose_name_says_hash_holds_one(variable, field, is_hash):
    env = {"spec": {"env": [{"name": variable, field: HEX}]}}

    assert hashes(changed(("spec", "env", 0, field), HEX, TWICE, data=(env, env))) is is_hash


# --- bare parts

PARTS = [({"8.1.3", "valkey/valkey", "17"}, {"8.1.9-debian13", "valkey"}), ({"a"}, {"b"})]


@pytest.mark.parametrize(
    ("before", "after", "derived"),
    [
        ("8.1.3", "8.1.9-debian13", True),
        ("tag 8.1.3", "tag 8.1.9-debian13", True),
        ("8.1.3 a", "8.1.9-debian13 b", True),
        ("8.1.3", "b", False),
        ("a", "8.1.9-debian13", False),
        ("8.1.3 and", "8.1.9-debian13 or", False),
        ("8.1.3", "9", False),
        ("8", "8.1.9-debian13", False),
        (17, "valkey", True),
        (["8.1.3"], ["8.1.9-debian13"], False),
        ({"a": 1}, {"b": 1}, False),
        (None, "8.1.9-debian13", False),
        ("8.1.3", ABSENT, False),
    ],
)
def test_bare_parts_of_one_image_that_become_parts_of_its_target(before, after, derived):
    assert derived_value(changed(DATA, before, after), PARTS) is derived


def test_a_secret_is_read_as_what_it_encodes():
    before, after = (base64.b64encode(f"run {text}".encode()).decode() for text in (OLD, NEW))

    assert words_beside(changed(DATA, before, after, kind="Secret")) == [("run", "run"), (OLD, NEW)]
    wrapped = before[:20] + "\n" + before[20:] + "\n"
    assert words_beside(changed(DATA, wrapped, after, kind="Secret")) == [("run", "run"), (OLD, NEW)]
    assert words_beside(changed(DATA, before, after)) == [(before, after)]
    assert words_beside(changed(("stringData", "x"), before, after, kind="Secret")) == [(before, after)]
    assert words_beside(changed(DATA, "no base64", "no other", kind="Secret")) == [
        ("no", "no"),
        ("base64", "other"),
    ]
