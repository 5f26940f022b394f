"""Parts of a chart behind a condition of its templates: what an edit does to them counts, though they do not render."""

import pytest

from tests.conftest import plan_of

TEMPLATE = """apiVersion: apps/v1
kind: Deployment
metadata: {name: c}
spec:
  template:
    spec:
      imagePullSecrets: [{name: x}]
      containers:
        - name: main
          image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}"
        CONDITION
        - name: side
          image: "IMAGE"
        {{ end }}
"""
# The same in braces, on the line of its condition, too.
IN_BRACES = (
    '        - name: side\n          image: "IMAGE"\n',
    '        - {name: side, "image": "IMAGE", args: [a]}\n',
)
VALUES = "image:\n  registry: docker.io\n  repository: valkey/valkey\n  tag: 8.1.3\n"
SHARED = "{{ .Values.image.registry }}/acme/side:1.2"


@pytest.fixture
def plan(tmp_path):
    def made(condition, values, image=SHARED, ends=0, **flags):
        (tmp_path / "templates").mkdir(exist_ok=True)
        (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 0.1.0\n")
        (tmp_path / "values.yaml").write_text(VALUES + values)
        text = TEMPLATE.replace("CONDITION", condition).replace("IMAGE", image)
        text += "{{ end }}" * ends
        (tmp_path / "templates/all.yaml").write_text(text)
        return plan_of(tmp_path, pull_secret="x", **flags)

    return made


@pytest.mark.parametrize(
    ("condition", "values", "told"),
    [
        ("{{ if .Values.side.enabled }}", "side: {enabled: false}\n", "with side.enabled on"),
        ("{{ if .Values.side.run }}", "side: {run: false}\n", "with side.run on"),
        ('{{ if eq .Values.mode "full" }}', "mode: slim\n", "with mode=full"),
        ("{{ if and .Values.a .Values.b.enabled }}", "a: false\nb: {}\n", "with a and b.enabled on"),
    ],
)
def test_an_image_that_would_be_moved_along_blocks(plan, condition, values, told):
    found = plan(condition, values)

    assert found.status == "blocked"
    (error,) = found.open_errors
    assert error.code == "unannounced-change"
    assert told in error.message
    assert "acme/side" in error.message
    assert plan(condition, values, accept=("unannounced-change",)).status == "ready"


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("{{ if .Values.side.enabled }}", "side: {enabled: false}\n"),
        ("{{ if gt (int .Release.Revision) 1 }}", ""),
    ],
)
@pytest.mark.parametrize("joined", [False, True])
def test_an_image_in_braces_is_seen(plan, monkeypatch, condition, values, joined):
    text = TEMPLATE.replace(*IN_BRACES)
    if joined:
        text = text.replace("CONDITION\n        - {name", "- CONDITION{name")
    monkeypatch.setattr(__name__ + ".TEMPLATE", text)

    found = plan(condition, values)

    if values:
        assert found.status == "blocked"
    else:
        (finding,) = [one for one in found.findings if one.code == "render-unseen"]
        assert finding.message.startswith("no render shows acme/side (c/templates/all.yaml:")


def test_an_image_of_its_own_blocks_nothing(plan):
    assert (
        plan("{{ if .Values.side.run }}", "side: {run: false}\n", "docker.io/acme/side:1.2").status == "ready"
    )


def test_a_part_that_does_not_render_then_hides_no_other(plan):
    condition = '{{ if .Values.broken }}{{ fail "no" }}\n        - {image: x}\n        {{ end }}\n        {{ if .Values.side.run }}'
    condition = condition.replace("{image: x}", "image: x")

    assert plan(condition, "broken: false\nside: {run: false}\n").status == "blocked"


@pytest.mark.parametrize(
    ("condition", "values", "told"),
    [
        ("{{ if not .Values.plain }}", "plain: true\n", "with plain=false"),
        ("{{ if .Values.plain }}{{ else }}", "plain: true\n", "with plain=false"),
        ("{{ if .Values.a }}{{ else if .Values.b }}", "a: true\nb: false\n", "with b on and a=false"),
        ('{{ if ne .Values.mode "slim" }}', "mode: slim\n", "with mode="),
        ("{{ if and .Values.b (not .Values.a) }}", "a: true\nb: false\n", "with b on and a=false"),
        ("{{ with .Values.side }}{{ if .run }}", "side: {run: false}\n", "with side.run on"),
    ],
)
def test_branches_that_something_keeps_out_by_being_on(plan, condition, values, told):
    found = plan(condition, values, SHARED.replace(".Values", "$.Values"), ends=condition.count("{{ with"))

    assert found.status == "blocked"
    (error,) = found.open_errors
    assert error.code == "unannounced-change"
    assert told in error.message


def test_a_branch_for_want_of_another_and_an_image_of_its_own_blocks_nothing(plan):
    assert plan("{{ if not .Values.plain }}", "plain: true\n", "docker.io/acme/side:1.2").status == "ready"


def test_what_does_not_render_then_is_told(plan):
    condition = '{{ if not .Values.plain }}{{ fail "no" }}'

    found = plan(condition, "plain: true\n")

    assert found.status == "ready"
    notes = [one.message for one in found.findings if one.code == "render-unseen"]
    assert any("plain=false" in note for note in notes)
    assert any("acme/side" in note for note in notes)


@pytest.mark.parametrize(
    ("condition", "ends"),
    [
        ('{{ if .Capabilities.APIVersions.Has "acme/v1" }}', 0),
        ('{{ if hasKey .Values "side" }}', 0),
        ("{{ range .Values.list }}{{ if .side }}", 1),
        ("{{ with .Values.side }}{{ if $.Values.image }}", 1),
    ],
)
def test_an_image_that_no_view_shows_is_told(plan, condition, ends):
    found = plan(condition, "list: []\n", SHARED.replace(".Values", "$.Values"), ends=ends)

    (note,) = [one for one in found.findings if one.code == "render-unseen"]
    assert (note.severity, note.file) == ("info", "c/templates/all.yaml")
    assert f"acme/side (c/templates/all.yaml:{note.line})" in note.message


def test_an_image_that_a_view_shows_is_not_told(plan):
    found = plan("{{ if .Values.side.run }}", "side: {run: false}\n", "docker.io/acme/side:1.2")

    assert "render-unseen" not in {one.code for one in found.findings}


OF_LIST = "{{ $.Values.image.registry }}/{{ .name }}:{{ .tag }}"


@pytest.mark.parametrize(
    ("condition", "values", "image", "told"),
    [
        ("{{ range .Values.more }}", "more: []\n", OF_LIST, "more"),
        ("{{- range $name, $one := .Values.a.more }}", "a: {more: {}}\n", OF_LIST, "a.more"),
        ("{{ with .Values.more }}", "more:\n", OF_LIST, "more"),
        ("{{ if .Values.more }}", "", OF_LIST.replace(".name", ".Values.more.name"), "more"),
        # It brings its own, whatever is edited.
        ("{{ range .Values.more }}", "more: []\n", "{{ .name }}:{{ .tag }}", ""),
        # It is the same image, with a part that is empty.
        ("{{ if .Values.more }}", 'more: ""\n', "{{ .Values.more }}/{{ .Values.image.repository }}:1", ""),
        # It renders, or another view shows it.
        ("{{ range .Values.more }}", "more: [{name: acme/x, tag: 1}]\n", "{{ .name }}:{{ .tag }}", ""),
        ("{{ if .Values.more.enabled }}", "more: {}\n", "docker.io/acme/x:{{ .Values.image.tag }}", ""),
    ],
)
def test_an_image_that_a_value_would_bring_and_that_shares_others_is_told(
    plan, condition, values, image, told
):
    found = plan(condition, values, image)

    notes = [one.message for one in found.findings if one.code == "render-unseen"]
    assert [f"the image that {told} would bring (c/templates/all.yaml:" in note for note in notes] == [
        True
    ] * bool(told)
