"""What a change may bring along: values that a chart hands on to its application."""

import pytest

from migrate_dhi.kube.compare import Change
from migrate_dhi.kube.manifests import Identity, Object
from migrate_dhi.steps.derived import echoes
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
